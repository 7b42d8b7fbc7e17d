#include "mail/content.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/text.h"

enum { CHUNK = 16 << 10 };

/* The content as it came. False: it is not in memory. */
static bool encoded(GMimeStream *stream, const char **s, size_t *n)
{
	if (!GMIME_IS_STREAM_MEM(stream))
		return false;
	const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	gint64 end = stream->bound_end != -1 ? stream->bound_end : (gint64)bytes->len;
	if (stream->bound_start < 0 || stream->bound_start > end || end > (gint64)bytes->len)
		return false;
	*s = (const char *)bytes->data + stream->bound_start;
	*n = (size_t)(end - stream->bound_start);
	return true;
}

/* Through GMime's own filter. The first `most` bytes go to out, the size of all is returned. */
static uint64_t filtered(GMimeStream *stream, GMimeContentEncoding encoding, size_t most, struct buf *out)
{
	g_mime_stream_reset(stream);
	GMimeStream *decoded = g_mime_stream_filter_new(stream);
	GMimeFilter *filter = g_mime_filter_basic_new(encoding, FALSE);
	g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
	char *chunk = mem_alloc(CHUNK);
	uint64_t size = 0;
	for (ssize_t n; (n = g_mime_stream_read(decoded, chunk, CHUNK)) > 0; size += (uint64_t)n)
		if (size < most)
			buf_add(out, chunk, (uint64_t)n < most - size ? (size_t)n : most - (size_t)size);
	free(chunk);
	g_object_unref(filter);
	g_object_unref(decoded);
	return size;
}

static GMimeStream *stream_of(GMimePart *part, GMimeContentEncoding *encoding)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	if (content)
		*encoding = g_mime_data_wrapper_get_encoding(content);
	return content ? g_mime_data_wrapper_get_stream(content) : NULL;
}

void content_read(GMimePart *part, size_t most, struct content *out)
{
	GMimeContentEncoding encoding;
	GMimeStream *stream = stream_of(part, &encoding);
	const char *s;
	size_t n;
	*out = (struct content){.s = ""};
	if (!stream)
		return;
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE || !encoded(stream, &s, &n)) {
		out->more = filtered(stream, encoding, most, &out->hold) > most;
		s = NULL;
	} else if (encoding == GMIME_CONTENT_ENCODING_BASE64) {
		decode_base64(s, n, most, &out->hold);
		s = NULL;
	} else if (encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
		decode_quoted(s, n, most, &out->hold);
		s = NULL;
	}
	if (!s) {
		s = out->hold.s ? out->hold.s : "";
		n = out->hold.n;
	}
	out->more = out->more || n > most;
	out->s = s;
	out->n = n < most ? n : most;
}

void content_free(struct content *c)
{
	buf_free(&c->hold);
}

void content_text(GMimePart *part, bool html, size_t most, struct buf *out, bool *more, bool *guessed)
{
	struct content c;
	char meta[64] = "";
	content_read(part, most, &c);
	const char *charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
	if (html && (!charset || !*charset)) {
		text_html_charset(c.s, c.n, meta);
		charset = utf8_valid(c.s, c.n) ? "utf-8" : meta; /* many programs convert the text and leave the <meta> */
	}
	*guessed = !charset_to_utf8(charset, c.s, c.n, out);
	*more = c.more;
	if (!out->s)
		buf_add(out, "", 0);
	content_free(&c);
}

uint64_t content_size(GMimePart *part)
{
	GMimeContentEncoding encoding;
	GMimeStream *stream = stream_of(part, &encoding);
	const char *s;
	size_t n;
	struct buf none = {0};
	if (!stream)
		return 0;
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE || !encoded(stream, &s, &n))
		return filtered(stream, encoding, 0, &none);
	if (encoding == GMIME_CONTENT_ENCODING_BASE64)
		return decoded_base64(s, n);
	return encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ? decoded_quoted(s, n) : n;
}
