#include "mail/carry_texts.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/charset.h"
#include "mail/compose.h"
#include "mail/content.h"
#include "mail/head.h"
#include "mail/html_carry.h"
#include "mail/place.h"
#include "mail/text.h"

enum { HEAD_MOST = 64 << 10 }; /* bytes of a field */

enum found { NO_TEXT, TEXT, SEALED }; /* SEALED: the mail may not be changed */

struct nest { /* the multipart around a part */
	struct place_nest in;
	bool list; /* of parts that stand side by side: a named text there is a file, not the body */
};

struct finder {
	const char *raw;
	size_t n;
	const struct mail_limits *limits;
	struct carry_texts *out;
	size_t parts;
};

/* ---- fields ---- */

/* The fields that stay with a text whose type and encoding are written anew. */
static bool is_kept(const char *name)
{
	static const char *const gone[] = {"Content-Type", "Content-Transfer-Encoding", "Content-MD5", "Content-Length"};
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p >= 0x7F) /* no name at all (RFC 5322 §2.2) */
			return false;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (strcasecmp(name, gone[i]) == 0)
			return false;
	return strncasecmp(name, "Content-", 8) == 0;
}

static void put_field(struct buf *out, const char *name, const char *raw_value)
{
	struct buf line = {0}, value = {0};
	head_unfold(raw_value, strlen(raw_value), &line);
	if (line.n && header_ascii(&value, name, line.s, line.n) && value.n) {
		buf_addf(out, "%s: %s\r\n", name, value.s);
	} else if (line.n && strcasecmp(name, "Content-Description") == 0) {
		struct buf words = {0};
		head_decode(line.s, line.n, &words);
		header_text(&value, name, words.s ? words.s : "");
		buf_addf(out, "%s: %s\r\n", name, value.s ? value.s : "");
		buf_free(&words);
	}
	buf_free(&line);
	buf_free(&value);
}

void carry_fields(GMimeObject *o, struct buf *out)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int n = g_mime_header_list_get_count(list);
	for (int i = 0; i < n && i < 100; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *name = g_mime_header_get_name(h), *value = g_mime_header_get_raw_value(h);
		if (name && value && is_kept(name) && strlen(value) <= HEAD_MOST)
			put_field(out, name, value);
	}
}

/* ---- what it says ---- */

/* Labels lie, so: no NUL (but in UTF-16), nothing broken, and no guess but that of UTF-8, which does not err. */
static bool to_utf8(const char *label, const char *s, size_t n, struct buf *out)
{
	char low[16] = "";
	for (size_t i = 0; label && label[i] && i + 1 < sizeof low; i++)
		low[i] = g_ascii_tolower(label[i]);
	bool wide = !strncmp(low, "utf-16", 6) || !strncmp(low, "utf-32", 6) || !strncmp(low, "ucs", 3) || !strncmp(low, "unicode", 7);
	if (!strncmp(low, "hz", 2) || (!wide && memchr(s, '\0', n)))
		return false;
	if (!charset_to_utf8(label, s, n, out) && !utf8_valid(s, n))
		return false;
	return out->n == 0 || (!strstr(out->s, "\xEF\xBF\xBD") && !memchr(out->s, 0x1B, out->n) && strlen(out->s) == out->n);
}

static void lf_only(struct buf *b) /* CR LF, and CR alone, to LF */
{
	if (b->n == 0)
		return;
	const char *s = b->s, *end = b->s + b->n, *cr;
	char *to = b->s;
	for (; s < end && (cr = memchr(s, '\r', (size_t)(end - s))); s = cr + 1) {
		memmove(to, s, (size_t)(cr - s));
		to += cr - s;
		if (cr + 1 == end || cr[1] != '\n')
			*to++ = '\n';
	}
	if (s < end && to != s)
		memmove(to, s, (size_t)(end - s));
	buf_cut(b, (size_t)(to - b->s) + (size_t)(end - s));
}

/* OpenPGP in the text itself (RFC 4880 §7): at the beginning of a line, so a quoted one does not count. */
static bool has_pgp(const char *s)
{
	for (; s; s = strchr(s, '\n'), s = s ? s + 1 : NULL)
		if (!strncmp(s, "-----BEGIN PGP MESSAGE", 22) || !strncmp(s, "-----BEGIN PGP SIGNED MESSAGE", 29))
			return true;
	return false;
}

static bool set_text(const struct finder *f, GMimeObject *o, const char *s, size_t n, struct carry_text *t)
{
	const char *charset = g_mime_object_get_content_type_parameter(o, "charset");
	char meta[64] = "";
	struct buf utf8 = {0}, html = {0};
	if (t->html && (!charset || !*charset)) {
		text_html_charset(s, n, meta);
		charset = strncasecmp(meta, "utf-16", 6) == 0 ? NULL : meta; /* whoever could read the tag had no UTF-16 before him */
	}
	bool ok = to_utf8(charset, s, n, &utf8) && utf8.n <= f->limits->text_bytes;
	if (ok) {
		lf_only(&utf8);
		ok = t->html || !utf8.s || !has_pgp(utf8.s);
	}
	if (ok && t->html)
		t->insert = html_carry(utf8.s ? utf8.s : "", utf8.n, &html);
	t->text = ok ? buf_take(t->html ? &html : &utf8) : NULL;
	buf_free(&utf8);
	buf_free(&html);
	return ok;
}

static bool known_encoding(GMimeObject *o)
{
	const char *s = g_mime_object_get_header(o, "Content-Transfer-Encoding");
	if (!s || !*s)
		return true;
	return g_mime_content_encoding_from_string(s) != GMIME_CONTENT_ENCODING_DEFAULT;
}

static bool is_param(GMimeObject *o, const char *name, const char *value)
{
	const char *s = g_mime_object_get_content_type_parameter(o, name);
	return s && strcasecmp(s, value) == 0;
}

static enum found take_text(struct finder *f, GMimeObject *o, const struct nest *in, bool html)
{
	GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));
	GMimeStream *s = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	if (!s || f->out->n == CARRY_TEXTS || !known_encoding(o) ||
	    (guint64)(s->bound_end - s->bound_start) > (guint64)f->limits->text_bytes * 4)
		return SEALED;
	struct carry_text *t = &f->out->v[f->out->n++];
	*t = (struct carry_text){.html = html, .top = !in, .flowed = is_param(o, "format", "flowed"), .delsp = is_param(o, "delsp", "yes")};
	struct place at = {0};
	if (in && !place_leaf(o, f->raw, f->n, &in->in, &at))
		return SEALED;
	t->from = at.from;
	t->to = at.to;
	t->needs_line_end = at.needs_line_end;
	struct buf head = {0};
	struct content c;
	content_read(GMIME_PART(o), SIZE_MAX, &c);
	bool ok = set_text(f, o, c.s, c.n, t);
	content_free(&c);
	carry_fields(o, &head);
	t->head = buf_take(&head);
	return ok ? TEXT : SEALED;
}

/* ---- which part ---- */

static bool is_type(GMimeObject *o, const char *major, const char *minor)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), major, minor);
}

static bool is_attached(GMimeObject *o)
{
	const char *s = g_mime_object_get_disposition(o);
	return s && *s && strcasecmp(s, "inline") != 0; /* an unknown one counts as attachment (RFC 2183 §2.8) */
}

/* Parts that mean something only together with the text beside them: Exchange makes such a list of signed and encrypted mail. */
static bool is_seal(GMimeObject *o)
{
	return is_type(o, "application", "pgp-encrypted") || is_type(o, "application", "pgp-signature") ||
	       is_type(o, "application", "pkcs7-signature") || is_type(o, "application", "x-pkcs7-signature");
}

static enum found leaf(struct finder *f, GMimeObject *o, const struct nest *in)
{
	if (is_type(o, "application", "pkcs7-mime") || is_type(o, "application", "x-pkcs7-mime") || is_type(o, "application", "pgp") || is_seal(o))
		return SEALED;
	const char *name = g_mime_part_get_filename(GMIME_PART(o));
	if (is_attached(o) || (in && in->list && name && *name))
		return NO_TEXT;
	if (is_type(o, "text", "plain") || is_type(o, "text", "html"))
		return take_text(f, o, in, is_type(o, "text", "html"));
	return NO_TEXT;
}

static enum found find(struct finder *f, GMimeObject *o, const struct nest *in, size_t depth);

/* Side by side: the first text, with nothing sealed before it and no seal beside it. */
static enum found find_first(struct finder *f, GMimeMultipart *m, const struct nest *in, size_t depth)
{
	int n = g_mime_multipart_get_count(m);
	for (int i = 0; i < n; i++) {
		enum found r = find(f, g_mime_multipart_get_part(m, i), in, depth);
		if (r == SEALED)
			return r;
		if (r == NO_TEXT)
			continue;
		for (int j = i + 1; j < n; j++)
			if (is_seal(g_mime_multipart_get_part(m, j)))
				return SEALED;
		return TEXT;
	}
	return NO_TEXT;
}

static enum found find_each(struct finder *f, GMimeMultipart *m, const struct nest *in, size_t depth)
{
	enum found all = NO_TEXT;
	int n = g_mime_multipart_get_count(m);
	for (int i = 0; i < n && all != SEALED; i++) {
		enum found r = find(f, g_mime_multipart_get_part(m, i), in, depth);
		all = r > all ? r : all;
	}
	return all;
}

/* multipart/related names its root, or it is the first (RFC 2387 §3.2); where that is no text, whatever text there is. */
static enum found find_root(struct finder *f, GMimeMultipart *m, const struct nest *in, size_t depth)
{
	const char *start = g_mime_object_get_content_type_parameter(GMIME_OBJECT(m), "start");
	int n = g_mime_multipart_get_count(m);
	for (int i = 0; start && i < n; i++) {
		GMimeObject *o = g_mime_multipart_get_part(m, i);
		const char *id = g_mime_object_get_content_id(o);
		size_t len = id ? strlen(id) : 0;
		const char *p = start + (*start == '<');
		if (len == 0 || strncmp(p, id, len) != 0 || !strchr(">", p[len]))
			continue;
		enum found r = find(f, o, in, depth);
		if (r != NO_TEXT)
			return r;
		break;
	}
	return find_first(f, m, in, depth);
}

static enum found find(struct finder *f, GMimeObject *o, const struct nest *in, size_t depth)
{
	if (!o || ++f->parts > f->limits->parts || depth > f->limits->depth)
		return SEALED;
	if (GMIME_IS_PART(o))
		return leaf(f, o, in);
	if (!GMIME_IS_MULTIPART(o))
		return is_attached(o) ? NO_TEXT : SEALED; /* a message shown before the text: the block would not be on top */
	if (is_type(o, "multipart", "signed") || is_type(o, "multipart", "encrypted"))
		return SEALED;
	bool mixed = is_type(o, "multipart", "mixed"), related = is_type(o, "multipart", "related");
	struct nest here = {{g_mime_object_get_content_type_parameter(o, "boundary"), in ? &in->in : NULL}, mixed};
	if (!here.in.boundary)
		return SEALED;
	if (is_type(o, "multipart", "alternative"))
		return find_each(f, GMIME_MULTIPART(o), &here, depth + 1);
	if (related)
		return find_root(f, GMIME_MULTIPART(o), &here, depth + 1);
	return mixed ? find_first(f, GMIME_MULTIPART(o), &here, depth + 1) : NO_TEXT;
}

bool carry_texts_find(GMimeObject *root, const char *raw, size_t n, const struct mail_limits *limits, struct carry_texts *out)
{
	struct finder f = {.raw = raw, .n = n, .limits = limits, .out = out};
	*out = (struct carry_texts){0};
	return find(&f, root, NULL, 0) == TEXT;
}

void carry_texts_free(struct carry_texts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].text);
		free(t->v[i].head);
	}
	*t = (struct carry_texts){0};
}
