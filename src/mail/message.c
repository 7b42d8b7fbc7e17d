#include "mail/message.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/charset.h"
#include "mail/head.h"
#include "mail/origin.h"
#include "mail/quote.h"
#include "mail/text.h"

enum { REPORT_BYTES = 64 << 10, CHUNK = 16 << 10, NAME_BYTES = 255 };

struct walk {
	const struct mail_limits *limits;
	struct mail *mail;
	struct buf plain, html; /* inline text, and inline HTML made text */
	bool has_plain, has_html;
	struct origin_parts found;
	size_t parts, depth;
};

void message_setup(void)
{
	charset_setup();
	g_mime_init();
}

static void warn_once(struct mail *m, const char *text)
{
	if (!strs_has(&m->warnings, text))
		strs_add(&m->warnings, text);
}

/* Decodes a part's content; the first `keep` bytes of it go to out (which may be NULL), the size of all of it is returned. */
static uint64_t decode(GMimePart *part, struct buf *out, size_t keep, bool *cut)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	if (!stream)
		return 0;
	GMimeEncoding state;
	g_mime_encoding_init_decode(&state, g_mime_data_wrapper_get_encoding(content));
	g_mime_stream_reset(stream);
	char *in = mem_alloc(CHUNK), *decoded = mem_alloc(g_mime_encoding_outlen(&state, CHUNK));
	uint64_t size = 0;
	ssize_t got;
	do {
		got = g_mime_stream_read(stream, in, CHUNK);
		size_t n = got > 0 ? g_mime_encoding_step(&state, in, (size_t)got, decoded) : g_mime_encoding_flush(&state, in, 0, decoded);
		if (out && size < keep)
			buf_add(out, decoded, n < keep - size ? n : keep - (size_t)size);
		size += n;
	} while (got > 0);
	if (cut)
		*cut = size > keep;
	free(in);
	free(decoded);
	return size;
}

/* No path, no control or bidi characters, not endless: a name that can be shown and written to a disk. */
static char *harmless_name(const char *s)
{
	struct buf in = {0}, out = {0};
	charset_to_utf8(NULL, s, strlen(s), &in);
	const char *p = in.s ? in.s : "";
	for (const char *q = p; *q; q++)
		if ((*q == '/' || *q == '\\') && q[1])
			p = q + 1;
	for (size_t n = strlen(p), k; n > 0; p += k, n -= k) {
		uint32_t c = utf8_next(p, n, &k);
		bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
		if (!bidi && c >= ' ' && !(c >= 0x7F && c < 0xA0) && c != '/' && c != '\\')
			buf_add(&out, p, k);
	}
	buf_free(&in);
	buf_cut(&out, utf8_cut(out.s ? out.s : "", out.n, NAME_BYTES));
	while (out.n && out.s[out.n - 1] == ' ')
		buf_cut(&out, out.n - 1);
	return buf_take(&out);
}

static const char *name_of(GMimeObject *o)
{
	const char *s = g_mime_object_get_content_disposition_parameter(o, "filename");
	return s ? s : g_mime_object_get_content_type_parameter(o, "name");
}

static char *type_of(GMimeObject *o)
{
	GMimeContentType *t = g_mime_object_get_content_type(o);
	const char *major = g_mime_content_type_get_media_type(t), *minor = g_mime_content_type_get_media_subtype(t);
	struct buf raw = {0}, out = {0};
	buf_addf(&raw, "%s/%s", major ? major : "application", minor ? minor : "octet-stream");
	for (size_t i = 0; i < raw.n && i < 127; i++) {
		char c = raw.s[i];
		if (c > ' ' && c < 0x7F)
			buf_addc(&out, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
	}
	buf_free(&raw);
	return buf_take(&out);
}

static void attach(struct walk *w, GMimeObject *o, uint64_t size)
{
	struct mail *m = w->mail;
	const char *name = name_of(o);
	if ((m->n_attachments & (m->n_attachments - 1)) == 0)
		m->attachments = mem_resize(m->attachments, m->n_attachments ? m->n_attachments * 2 : 1, sizeof *m->attachments);
	m->attachments[m->n_attachments++] = (struct attachment){name ? harmless_name(name) : mem_dup(""), type_of(o), size};
}

static bool is_param(GMimeObject *o, const char *name, const char *value)
{
	const char *v = g_mime_object_get_content_type_parameter(o, name);
	return v && strcasecmp(v, value) == 0;
}

static bool is_type(GMimeObject *o, const char *major, const char *minor)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), major, minor);
}

/* Text parts stand below each other, each on a line of its own. */
static void next_part(struct buf *b)
{
	if (b->n && b->s[b->n - 1] != '\n')
		buf_addc(b, '\n');
}

static void inline_text(struct walk *w, GMimePart *part, bool html)
{
	GMimeObject *o = GMIME_OBJECT(part);
	struct buf bytes = {0}, utf8 = {0};
	struct buf *to = html ? &w->html : &w->plain;
	size_t room = w->limits->text_bytes > to->n ? w->limits->text_bytes - to->n : 0;
	bool cut = false;
	char meta[64] = "";
	decode(part, &bytes, room, &cut);
	const char *charset = g_mime_object_get_content_type_parameter(o, "charset");
	if (html && (!charset || !*charset)) {
		text_html_charset(bytes.s ? bytes.s : "", bytes.n, meta);
		charset = meta;
	}
	if (!charset_to_utf8(charset, bytes.s ? bytes.s : "", bytes.n, &utf8))
		warn_once(w->mail, "the character set of the text was guessed");
	if (cut)
		warn_once(w->mail, "the text is longer than is read");
	if (!utf8.s)
		buf_add(&utf8, "", 0);
	next_part(to);
	if (html)
		text_html(utf8.s, utf8.n, to);
	else
		text_plain(utf8.s, utf8.n, is_param(o, "format", "flowed"), is_param(o, "delsp", "yes"), to);
	if (html)
		w->has_html = true;
	else
		w->has_plain = true;
	buf_free(&bytes);
	buf_free(&utf8);
}

static void note_report(struct walk *w, GMimePart *part)
{
	GMimeObject *o = GMIME_OBJECT(part);
	struct buf *to = NULL;
	if (is_type(o, "message", "delivery-status") || is_type(o, "message", "global-delivery-status"))
		to = &w->found.status;
	else if (is_type(o, "message", "disposition-notification") || is_type(o, "message", "global-disposition-notification"))
		to = &w->found.notice;
	else if (is_type(o, "message", "feedback-report"))
		to = &w->found.feedback;
	else if (is_type(o, "text", "rfc822-headers") || is_type(o, "message", "global-headers") || is_type(o, "text", "rfc822-header"))
		to = &w->found.returned;
	else if (is_type(o, "text", "calendar") && is_param(o, "method", "REPLY"))
		w->found.calendar_reply = true;
	else if (is_type(o, "application", "pkcs7-mime") || is_type(o, "application", "x-pkcs7-mime") || is_type(o, "application", "pgp-encrypted"))
		w->mail->encrypted = true;
	if (to && to->n == 0)
		decode(part, to, REPORT_BYTES, NULL);
}

static void leaf(struct walk *w, GMimePart *part)
{
	GMimeObject *o = GMIME_OBJECT(part);
	const char *disposition = g_mime_object_get_disposition(o), *name = name_of(o);
	bool shown = !(name && *name) && !(disposition && strcasecmp(disposition, "attachment") == 0);
	if (shown && is_type(o, "text", "plain"))
		inline_text(w, part, false);
	else if (shown && (is_type(o, "text", "html") || is_type(o, "application", "xhtml+xml")))
		inline_text(w, part, true);
	else {
		note_report(w, part);
		attach(w, o, decode(part, NULL, 0, NULL));
	}
}

static void message_part(struct walk *w, GMimeMessagePart *part)
{
	GMimeMessage *inner = g_mime_message_part_get_message(part);
	uint64_t size = 0;
	if (inner) {
		GMimeStream *count = g_mime_stream_null_new();
		ssize_t n = g_mime_object_write_to_stream(GMIME_OBJECT(inner), NULL, count);
		size = n > 0 ? (uint64_t)n : 0;
		g_object_unref(count);
		char *head = w->found.returned.n == 0 ? g_mime_object_get_headers(GMIME_OBJECT(inner), NULL) : NULL;
		if (head)
			buf_add(&w->found.returned, head, strnlen(head, REPORT_BYTES));
		g_free(head);
	}
	attach(w, GMIME_OBJECT(part), size);
}

static void walk_part(struct walk *w, GMimeObject *o);

static void walk_multipart(struct walk *w, GMimeMultipart *multi)
{
	GMimeObject *o = GMIME_OBJECT(multi);
	if (is_type(o, "multipart", "report") && !*w->found.report) {
		const char *type = g_mime_object_get_content_type_parameter(o, "report-type");
		for (size_t i = 0; i < sizeof w->found.report - 1 && type && type[i]; i++)
			w->found.report[i] = (char)g_ascii_tolower(type[i]);
		if (!type)
			strcpy(w->found.report, "?");
	}
	if (is_type(o, "multipart", "encrypted"))
		w->mail->encrypted = true;
	int n = g_mime_multipart_get_count(multi);
	if (n == 0 && w->depth == 0) { /* no boundary, or none that occurs: what is there is text */
		const char *s = g_mime_multipart_get_prologue(multi);
		if (s) {
			struct buf utf8 = {0};
			charset_to_utf8(NULL, s, strnlen(s, w->limits->text_bytes), &utf8);
			text_plain(utf8.s ? utf8.s : "", utf8.n, false, false, &w->plain);
			buf_free(&utf8);
			w->has_plain = true;
		}
		warn_once(w->mail, "a multipart without parts");
	}
	w->depth++;
	for (int i = 0; i < n; i++)
		walk_part(w, g_mime_multipart_get_part(multi, i));
	w->depth--;
}

static void walk_part(struct walk *w, GMimeObject *o)
{
	if (!o)
		return;
	if (++w->parts > w->limits->parts || w->depth > w->limits->depth) {
		warn_once(w->mail, "more parts, or deeper ones, than are read");
		return;
	}
	if (GMIME_IS_MULTIPART(o))
		walk_multipart(w, GMIME_MULTIPART(o));
	else if (GMIME_IS_MESSAGE_PART(o))
		message_part(w, GMIME_MESSAGE_PART(o));
	else if (GMIME_IS_PART(o))
		leaf(w, GMIME_PART(o));
	else
		attach(w, o, 0);
}

/* The plain parts; where there are none, or only blank ones, the HTML. */
static void choose_text(struct walk *w)
{
	struct mail *m = w->mail;
	bool plain = w->has_plain && !(w->has_html && text_is_blank(w->plain.s ? w->plain.s : "", w->plain.n));
	m->text = buf_take(plain ? &w->plain : &w->html);
	if (strstr(m->text, "-----BEGIN PGP MESSAGE-----"))
		m->encrypted = true;
}

static GMimeMessage *parse(const char *raw, size_t n, size_t start, GByteArray **bytes, GMimeStream **stream)
{
	/* GMime reads from our memory and never writes to it: no copy of a 20 MB mail */
	*bytes = g_byte_array_new_take((guint8 *)(uintptr_t)raw, n);
	*stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(*stream), *bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(*stream), FALSE);
	g_mime_stream_seek(*stream, (gint64)start, GMIME_STREAM_SEEK_SET);
	GMimeParser *parser = g_mime_parser_new_with_stream(*stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	GMimeParserOptions *options = g_mime_parser_options_new();
	static const char *const fallback[] = {"utf-8", "windows-1252", NULL};
	g_mime_parser_options_set_fallback_charsets(options, (const char **)(uintptr_t)fallback);
	GMimeMessage *msg = g_mime_parser_construct_message(parser, options);
	g_mime_parser_options_free(options);
	g_object_unref(parser);
	return msg;
}

static void read_body(const char *raw, size_t n, size_t start, const struct mail_limits *limits, struct mail *out)
{
	struct walk w = {.limits = limits, .mail = out};
	GByteArray *bytes;
	GMimeStream *stream;
	GMimeMessage *msg = parse(raw, n, start, &bytes, &stream);
	if (msg) {
		walk_part(&w, g_mime_message_get_mime_part(msg));
		g_object_unref(msg);
	}
	g_object_unref(stream);
	g_byte_array_steal(bytes, NULL);
	g_byte_array_unref(bytes);
	choose_text(&w);
	out->reply_text = quote_reply(out->text, strlen(out->text), &out->from);
	origin_of(out, &w.found);
	origin_parts_free(&w.found);
	buf_free(&w.plain);
	buf_free(&w.html);
}

void message_read_header(const char *raw, size_t n, struct mail *out)
{
	*out = (struct mail){0};
	head_read(raw, n, &mail_limits_default, out);
	out->text = mem_dup("");
	out->reply_text = mem_dup("");
	struct origin_parts nothing = {0};
	origin_of(out, &nothing);
}

void message_read(const char *raw, size_t n, const struct mail_limits *limits, struct mail *out)
{
	if (n > limits->bytes || n > G_MAXINT) {
		message_read_header(raw, n, out);
		strs_add(&out->warnings, "the mail is larger than is read: only its header was");
		return;
	}
	*out = (struct mail){0};
	head_read(raw, n, limits, out);
	read_body(raw, n, head_start(raw, n), limits, out);
}
