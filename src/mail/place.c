#include "mail/place.h"

#include <gmime/gmime.h>
#include <string.h>

enum { HEAD_MOST = 64 << 10 }; /* bytes of a part's header */

struct bytes {
	const char *raw;
	size_t n;
};

int64_t place_offset(GMimeObject *o)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	if (g_mime_header_list_get_count(list) > 0)
		return g_mime_header_get_offset(g_mime_header_list_get_header_at(list, 0));
	if (GMIME_IS_PART(o)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));
		GMimeStream *s = content ? g_mime_data_wrapper_get_stream(content) : NULL;
		return s ? s->bound_start : -1;
	}
	return -1;
}

static size_t line_start(const struct bytes *f, size_t at) /* of the line that ends before `at` */
{
	const char *lf = at > 1 ? memrchr(f->raw, '\n', at - 1) : NULL;
	return lf ? (size_t)(lf - f->raw) + 1 : 0;
}

static size_t line_end_length(const struct bytes *f, size_t at)
{
	if (at + 1 < f->n && f->raw[at] == '\r' && f->raw[at + 1] == '\n')
		return 2;
	return at < f->n && f->raw[at] == '\n';
}

/* "--boundary", perhaps the closing "--", perhaps blanks, at the beginning of a line */
static bool is_boundary(const struct bytes *f, size_t at, const char *boundary, bool may_close)
{
	size_t n = strlen(boundary);
	if (f->n - at < n + 2 || memcmp(f->raw + at, "--", 2) != 0 || memcmp(f->raw + at + 2, boundary, n) != 0)
		return false;
	at += n + 2;
	if (may_close && f->n - at >= 2 && memcmp(f->raw + at, "--", 2) == 0)
		at += 2;
	while (at < f->n && (f->raw[at] == ' ' || f->raw[at] == '\t'))
		at++;
	return at == f->n || line_end_length(f, at) > 0;
}

static bool any_boundary(const struct bytes *f, size_t at, const struct place_nest *in)
{
	for (; in; in = in->outer)
		if (is_boundary(f, at, in->boundary, true))
			return true;
	return false;
}

/* From the blank line before `body` back to the boundary. */
static bool find_head(const struct bytes *f, size_t body, const char *boundary, size_t *head)
{
	size_t at = body;
	for (bool blank = true;; blank = false) {
		if (at == 0 || body - at > HEAD_MOST)
			return false;
		size_t line = line_start(f, at);
		if (is_boundary(f, line, boundary, false)) {
			*head = at;
			return !blank;
		}
		if ((line_end_length(f, line) > 0) != blank || f->raw[at - 1] != '\n')
			return false;
		at = line;
	}
}

/* Where the header of a part lies whose content begins at `body`. */
static bool find_start(const struct bytes *f, GMimeObject *o, size_t body, const struct place_nest *in, struct place *out)
{
	if (!find_head(f, body, in->boundary, &out->from))
		return false;
	return g_mime_header_list_get_count(g_mime_object_get_header_list(o)) == 0 || place_offset(o) >= (int64_t)out->from;
}

static bool same_bytes(const struct bytes *f, GMimeStream *s, size_t at)
{
	char chunk[4096];
	ssize_t got;
	if (GMIME_IS_STREAM_MEM(s) && (const char *)g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(s))->data == f->raw)
		return (size_t)s->bound_start == at; /* it reads from the very mail */
	g_mime_stream_reset(s);
	while ((got = g_mime_stream_read(s, chunk, sizeof chunk)) > 0) {
		if ((size_t)got > f->n - at || memcmp(chunk, f->raw + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
	return got == 0 && at == (size_t)s->bound_end;
}

bool place_leaf(GMimeObject *o, const char *raw, size_t n, const struct place_nest *in, struct place *out)
{
	struct bytes f = {raw, n};
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));
	GMimeStream *s = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	*out = (struct place){0};
	if (!s || s->bound_start <= 0 || s->bound_end < s->bound_start || (guint64)s->bound_end > n)
		return false;
	size_t body = (size_t)s->bound_start, end = (size_t)s->bound_end;
	if (!find_start(&f, o, body, in, out))
		return false;
	out->to = end;
	out->needs_line_end = end == body && any_boundary(&f, end, in);
	size_t after = end + line_end_length(&f, end);
	return (out->needs_line_end || end == n || (after > end && any_boundary(&f, after, in))) && same_bytes(&f, s, body);
}

/* The first line from `at` on that is a boundary; n: there is none. */
static size_t next_boundary(const struct bytes *f, size_t at, const struct place_nest *in)
{
	while (at < f->n && !any_boundary(f, at, in)) {
		const char *next = memmem(f->raw + at, f->n - at, "\n--", 3);
		at = next ? (size_t)(next - f->raw) + 1 : f->n;
	}
	return at;
}

bool place_message(GMimeObject *o, const char *raw, size_t n, const struct place_nest *in, struct place *out)
{
	struct bytes f = {raw, n};
	GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
	int64_t body = inner ? place_offset(GMIME_OBJECT(inner)) : -1;
	*out = (struct place){0};
	if (body <= 0 || (uint64_t)body >= n || !find_start(&f, o, (size_t)body, in, out))
		return false;
	size_t after = next_boundary(&f, (size_t)body, in), end = after;
	if (end > (size_t)body && raw[end - 1] == '\n' && after < n)
		end -= end - 1 > (size_t)body && raw[end - 2] == '\r' ? 2 : 1;
	out->to = end;
	return end > (size_t)body;
}
