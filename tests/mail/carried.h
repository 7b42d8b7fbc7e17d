/* carried: a mail is carried on and read again, and what came out is held against what went in. For test_carry.c.
 *
 * The promise: apart from our block, every leaf of the mail arrives with the bytes it had, in the same order and nesting. */
#ifndef TESTS_MAIL_CARRIED_H
#define TESTS_MAIL_CARRIED_H

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/carry.h"
#include "mail/charset.h"
#include "mail/compose.h"

#define BLOCK "[[block]]"
#define BLOCK_HTML "<div>[[block]]</div>"

struct leaf {
	char *type; /* media type, with those of all multiparts around it: "multipart/mixed > text/plain" */
	char *about; /* disposition, file name, content id, language */
	char *charset;
	struct buf bytes; /* decoded */
};

struct leaves {
	struct leaf *v;
	size_t n, cap;
};

static inline void leaves_free(struct leaves *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].type);
		free(l->v[i].about);
		free(l->v[i].charset);
		buf_free(&l->v[i].bytes);
	}
	free(l->v);
	*l = (struct leaves){0};
}

/* The stream borrows raw, as message.c does it; *bytes goes to unparse(). */
static inline GMimeMessage *parse_raw(const char *raw, size_t n, GByteArray **bytes)
{
	*bytes = g_byte_array_new_take((guint8 *)(uintptr_t)raw, n);
	GMimeStream *s = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(s), *bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(s), FALSE);
	size_t start = n >= 3 && memcmp(raw, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	while (start < n && (raw[start] == '\r' || raw[start] == '\n'))
		start++;
	while (n - start > 5 && (memcmp(raw + start, "From ", 5) == 0 || memcmp(raw + start, ">From ", 6) == 0)) {
		const char *lf = memchr(raw + start, '\n', n - start);
		start = lf ? (size_t)(lf - raw) + 1 : n;
	}
	g_mime_stream_seek(s, (gint64)start, GMIME_STREAM_SEEK_SET);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	g_mime_parser_set_persist_stream(p, TRUE);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
	g_object_unref(p);
	g_object_unref(s);
	return m;
}

static inline void unparse(GMimeMessage *m, GByteArray *bytes)
{
	if (m)
		g_object_unref(m);
	g_byte_array_steal(bytes, NULL);
	g_byte_array_unref(bytes);
}

static inline bool is_empty(GMimeObject *o)
{
	if (g_mime_header_list_get_count(g_mime_object_get_header_list(o)) > 0 || !GMIME_IS_PART(o))
		return false;
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));
	GMimeStream *s = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	return !s || s->bound_start == s->bound_end;
}

/* An attached message, or last part, of no bytes or of one line end: GMime has no part in the first case, and an empty one in the second,
 * and a mail that is wrapped gets a line end. */
static inline bool is_nothing(GMimeMessage *m)
{
	return g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(m))) == 0 && is_empty(g_mime_message_get_mime_part(m));
}

static inline int parts_of(GMimeObject *o, bool loose)
{
	int n = GMIME_IS_MULTIPART(o) ? g_mime_multipart_get_count(GMIME_MULTIPART(o)) : 0;
	return n && loose && is_empty(g_mime_multipart_get_part(GMIME_MULTIPART(o), n - 1)) ? n - 1 : n;
}

static inline void leaves_add(struct leaves *l, GMimeObject *o, const char *path, bool loose)
{
	char *type = mem_fmt("%s%s%s/%s", path, *path ? " > " : "", g_mime_content_type_get_media_type(g_mime_object_get_content_type(o)),
	                     g_mime_content_type_get_media_subtype(g_mime_object_get_content_type(o)));
	for (char *c = type; *c; c++)
		*c = g_ascii_tolower(*c);
	int parts = parts_of(o, loose);
	for (int i = 0; i < parts; i++)
		leaves_add(l, g_mime_multipart_get_part(GMIME_MULTIPART(o), i), type, loose);
	if (parts > 0) {
		free(type);
		return;
	}
	GMimeMessage *inner = GMIME_IS_MESSAGE_PART(o) ? g_mime_message_part_get_message(GMIME_MESSAGE_PART(o)) : NULL;
	if (inner && g_mime_message_get_mime_part(inner) && !(loose && is_nothing(inner))) {
		leaves_add(l, g_mime_message_get_mime_part(inner), type, loose);
		free(type);
		return;
	}
	if (l->n == l->cap)
		l->v = mem_resize(l->v, l->cap = l->cap ? l->cap * 2 : 8, sizeof *l->v);
	struct leaf *f = &l->v[l->n++];
	*f = (struct leaf){.type = type};
	const char *disposition = g_mime_object_get_disposition(o), *id = g_mime_object_get_content_id(o);
	const char *name = GMIME_IS_PART(o) ? g_mime_part_get_filename(GMIME_PART(o)) : NULL;
	const char *lang = g_mime_object_get_header(o, "Content-Language");
	const char *charset = g_mime_object_get_content_type_parameter(o, "charset");
	f->about = mem_fmt("%s|%s|%s|%s", disposition ? disposition : "", name ? name : "", id ? id : "", lang ? lang : "");
	f->charset = mem_dup(charset);
	if (GMIME_IS_PART(o) && g_mime_part_get_content(GMIME_PART(o))) {
		GMimeStream *s = g_mime_stream_mem_new();
		g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(o)), s);
		GByteArray *a = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(s));
		buf_add(&f->bytes, a->data, a->len);
		g_object_unref(s);
	} else if (GMIME_IS_MULTIPART(o) && g_mime_multipart_get_prologue(GMIME_MULTIPART(o))) {
		buf_adds(&f->bytes, g_mime_multipart_get_prologue(GMIME_MULTIPART(o)));
	}
}

static inline struct leaves leaves_of(const char *raw, size_t n, bool loose)
{
	struct leaves l = {0};
	GByteArray *bytes;
	GMimeMessage *m = parse_raw(raw, n, &bytes);
	if (m && g_mime_message_get_mime_part(m))
		leaves_add(&l, g_mime_message_get_mime_part(m), "", loose);
	unparse(m, bytes);
	return l;
}

/* The bytes that would be sent; false when a range lies outside of raw. */
static inline bool materialise(const struct composed *c, const char *raw, size_t n, struct buf *out)
{
	uint64_t size = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct span *s = &c->v[i];
		uint64_t limit = s->raw ? n : c->bytes.n;
		if (s->offset > limit || s->length > limit - s->offset)
			return false;
		buf_add(out, (s->raw ? raw : c->bytes.s) + s->offset, s->length);
		size += s->length;
	}
	return size == c->size;
}

enum { DEEPEST = 10000 }; /* of the path of a leaf: deeper, GMime gives up at a depth that one more multipart changes */

enum carried_as { REWRITTEN, WRAPPED, ATTACHED };

struct carried {
enum carried_as as;
	size_t blocks;      /* leaves with our block in it */
	struct buf mail;    /* what would be sent */
	char fault[800];    /* "" when the promise is kept */
};

static inline void carried_free(struct carried *c)
{
	buf_free(&c->mail);
}

static inline char *as_utf8(const struct leaf *f)
{
	struct buf b = {0};
	charset_to_utf8(f->charset, f->bytes.s ? f->bytes.s : "", f->bytes.n, &b);
	size_t n = 0;
	for (size_t i = 0; i < b.n; i++) { /* CR LF and CR to LF */
		if (b.s[i] == '\r' && i + 1 < b.n && b.s[i + 1] == '\n')
			continue;
		b.s[n++] = b.s[i] == '\r' ? '\n' : b.s[i];
	}
	buf_cut(&b, n);
	return buf_take(&b);
}

/* The text without the block; a charset in a <meta> counts as the same. */
static inline bool same_text(const struct leaf *was, const struct leaf *is)
{
	bool html = strstr(is->type, "text/html") != NULL;
	char *a = as_utf8(was), *b = as_utf8(is);
	const char *block = html ? BLOCK_HTML : BLOCK "\n\n";
	char *at = strstr(b, block);
	if (!at && !html && strncmp(b, BLOCK, strlen(BLOCK)) == 0 && !b[strlen(BLOCK) + (b[strlen(BLOCK)] == '\n')]) {
		at = b;
		block = b[strlen(BLOCK)] ? BLOCK "\n" : BLOCK;
	}
	bool same = false;
	if (at) {
		memmove(at, at + strlen(block), strlen(at + strlen(block)) + 1);
		same = strcmp(a, b) == 0;
		if (!same && html) /* the meta charset was rewritten, or the text was read by it: the length of what follows the head decides */
			same = strcasestr(a, "charset") != NULL;
		if (!same && !html && strlen(b) == strlen(a) + 1 && strncmp(a, b, strlen(a)) == 0)
			same = b[strlen(a)] == '\n'; /* a whole mail ends with a line end */
		if (!same && html && strlen(b) == strlen(a) + 1)
			same = strncmp(a, b, strlen(a)) == 0;
	}
	free(a);
	free(b);
	return same;
}

/* The last leaf of a mail without a proper end may gain or lose line ends: GMime differs about them by what follows. */
static inline bool same_bytes(const struct leaf *a, const struct leaf *b, bool last)
{
	size_t n = a->bytes.n, m = b->bytes.n;
	while (last && n > 0 && strchr("\r\n", a->bytes.s[n - 1]))
		n--;
	while (last && m > 0 && strchr("\r\n", b->bytes.s[m - 1]))
		m--;
	return n == m && (n == 0 || memcmp(a->bytes.s, b->bytes.s, n) == 0);
}

static inline void compare(struct carried *c, const char *raw, size_t n)
{
	struct leaves was = leaves_of(raw, n, c->as != REWRITTEN), is = leaves_of(c->mail.s, c->mail.n, c->as != REWRITTEN);
	size_t skip = c->as == REWRITTEN ? 0 : 1;
	const char *around = c->as == WRAPPED ? "multipart/mixed > " : c->as == ATTACHED ? "multipart/mixed > message/rfc822 > " : "";
	for (size_t i = 0; i < is.n; i++)
		c->blocks += is.v[i].bytes.n > 0 && strstr(is.v[i].bytes.s, BLOCK) != NULL;
	if (c->as == ATTACHED && (was.n == 0 || (is.n == 2 && strstr(is.v[1].type, "octet-stream"))))
		goto end;
	if (is.n != was.n + skip && !(was.n && strlen(was.v[0].type) >= DEEPEST)) {
		snprintf(c->fault, sizeof c->fault, "%zu leaves became %zu", was.n, is.n);
		goto end;
	}
	for (size_t i = 0; i < was.n && !*c->fault && strlen(was.v[i].type) < DEEPEST; i++) {
		const struct leaf *a = &was.v[i], *b = &is.v[i + skip];
		char *type = mem_fmt("%s%s", around, a->type);
		bool equal = same_bytes(a, b, i + 1 == was.n);
		bool block = b->bytes.n && strstr(b->bytes.s, BLOCK) && !(a->bytes.n && strstr(a->bytes.s, BLOCK));
		if (strcmp(type, b->type) != 0)
			snprintf(c->fault, sizeof c->fault, "leaf %zu: type \"%s\" became \"%s\"", i, type, b->type);
		else if (c->as == REWRITTEN && block ? !same_text(a, b) : !equal)
			snprintf(c->fault, sizeof c->fault, "leaf %zu (%s): %zu bytes became %zu others", i, b->type, a->bytes.n, b->bytes.n);
		else if (!block && strcmp(a->about, b->about) != 0)
			snprintf(c->fault, sizeof c->fault, "leaf %zu: \"%s\" became \"%s\"", i, a->about, b->about);
		free(type);
	}
end:
	leaves_free(&was);
	leaves_free(&is);
}

static inline struct carried carry_on(const char *raw, size_t n, const struct mail_limits *limits)
{
	struct carried c = {0};
	struct carry plan;
	struct composed composed;
	struct err e = {0};
	GByteArray *bytes;
	GMimeMessage *m = parse_raw(raw, n, &bytes);
	carry_plan(m, raw, n, limits, &plan);
	unparse(m, bytes);
	struct mailbox to = {mem_dup(""), mem_dup("staff@uni.example")};
	struct outgoing o = {.from = {mem_dup("Kö via Office"), mem_dup("office@uni.example")}, .to = {&to, 1}, .subject = "x",
	                     .message_id = "1@uni.example"};
	c.as = REWRITTEN;
	for (size_t i = 0; i < plan.n; i++)
		if (plan.v[i].op == CARRY_BYTES && strstr(plan.content, "=_ingang_"))
			c.as = strstr(plan.v[i].text, "filename=\"mail.eml\"") ? ATTACHED : c.as == REWRITTEN ? WRAPPED : c.as;
	if (!compose_carry(&o, &plan, BLOCK "\n", BLOCK_HTML, &composed, &e))
		snprintf(c.fault, sizeof c.fault, "%s", e.text);
	else if (!materialise(&composed, raw, n, &c.mail))
		snprintf(c.fault, sizeof c.fault, "a range outside of the mail");
	else
		compare(&c, raw, n);
	if (!*c.fault && c.blocks == 0)
		snprintf(c.fault, sizeof c.fault, "the block is nowhere");
	mailbox_free(&to);
	mailbox_free(&o.from);
	composed_free(&composed);
	carry_free(&plan);
	return c;
}

#endif
