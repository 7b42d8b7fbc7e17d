#include "mail/carry.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/carry_texts.h"
#include "mail/head.h"
#include "mail/place.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`{|}~" /* RFC 2045 §5.1 without RFC 2231's marks */

enum {
	BOUNDARY_MOST = 200,  /* 70 by RFC 2046 §5.1.1; some programs make longer ones */
	PARAMETER_MOST = 300, /* bytes of another parameter's name or value, and */
	PARAMETERS_MOST = 20  /* how many of them are kept */
};

static struct carry_step *add_step(struct carry *out, enum carry_op op)
{
	if ((out->n & (out->n - 1)) == 0) /* grow at powers of two */
		out->v = mem_resize(out->v, out->n ? out->n * 2 : 1, sizeof *out->v);
	out->v[out->n] = (struct carry_step){.op = op};
	return &out->v[out->n++];
}

static void add_copy(struct carry *out, size_t from, size_t to)
{
	if (to <= from)
		return;
	struct carry_step *s = add_step(out, CARRY_COPY);
	s->offset = from;
	s->length = to - from;
}

static void add_bytes(struct carry *out, char *text)
{
	add_step(out, CARRY_BYTES)->text = text;
}

static void add_text(struct carry *out, struct carry_text *t)
{
	struct carry_step *s = add_step(out, t->html ? CARRY_HTML : CARRY_PLAIN);
	s->text = t->text;
	s->head = t->head;
	s->insert = t->insert;
	s->flowed = t->flowed;
	s->delsp = t->delsp;
	s->top = t->top;
	t->text = t->head = NULL; /* the step's now */
}

/* ---- the mail's own header ---- */

struct top {
	size_t fields;      /* how many there are */
	size_t types;       /* Content-Type fields among them */
	size_t start, body; /* where the header begins and the body */
	bool sure;          /* GMime sees the same last field, and a blank line follows it: the body begins where everybody thinks it does */
};

static bool is_field(const struct head_field *f, const char *name)
{
	return f->name_n == strlen(name) && strncasecmp(f->name, name, f->name_n) == 0;
}

static int64_t last_offset(GMimeObject *o)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int64_t last = -1;
	for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
		int64_t at = g_mime_header_get_offset(g_mime_header_list_get_header_at(list, i));
		last = at > last ? at : last;
	}
	return last;
}

static struct top read_top(GMimeMessage *msg, const char *raw, size_t n)
{
	struct top t = {.start = head_start(raw, n)};
	struct head_field f;
	size_t last = 0, end;
	t.body = end = t.start;
	while (head_next(raw, n, &t.body, &f)) {
		t.fields++;
		t.types += is_field(&f, "Content-Type");
		last = (size_t)(f.name - raw);
		end = t.body;
	}
	if (!msg || !g_mime_message_get_mime_part(msg))
		return t;
	int64_t ours = last_offset(GMIME_OBJECT(msg)), its = last_offset(g_mime_message_get_mime_part(msg));
	bool blank = t.body == n || (t.body - end == 1 && raw[end] == '\n') || (t.body - end == 2 && raw[end] == '\r');
	t.sure = blank && (int64_t)last == (ours > its ? ours : its);
	return t;
}

/* ---- rewritten in place ---- */

/* A parameter as a quoted string on a line of its own: a boundary may hold blanks, and must not be folded at them. False when it cannot
 * be written so. */
static bool put_parameter(struct buf *out, const char *name, const char *value)
{
	size_t n = strlen(value);
	for (size_t i = 0; i < n; i++)
		if (value[i] < ' ' || value[i] >= 0x7F)
			return false;
	if (n > PARAMETER_MOST || strlen(name) > PARAMETER_MOST || name[strspn(name, TOKEN)] != '\0')
		return false;
	buf_addf(out, ";\r\n %s=\"", name);
	for (size_t i = 0; i < n; i++) {
		if (value[i] == '"' || value[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, value[i]);
	}
	buf_addc(out, '"');
	return true;
}

/* The multipart's type with its boundary first. False: there is no boundary that everybody would read alike. */
static bool put_type(struct buf *out, GMimeContentType *type)
{
	const char *boundary = g_mime_content_type_get_parameter(type, "boundary"), *minor = g_mime_content_type_get_media_subtype(type);
	GMimeParamList *list = g_mime_content_type_get_parameters(type);
	size_t n = boundary ? strlen(boundary) : 0;
	if (n == 0 || n > BOUNDARY_MOST || boundary[n - 1] == ' ' || strpbrk(boundary, "\"\\") || !minor || minor[strspn(minor, TOKEN)])
		return false;
	buf_addf(out, "Content-Type: multipart/%s", minor);
	if (!put_parameter(out, "boundary", boundary))
		return false;
	for (int i = 0; i < g_mime_param_list_length(list) && i < PARAMETERS_MOST; i++) {
		GMimeParam *p = g_mime_param_list_get_parameter_at(list, i);
		if (strcasecmp(g_mime_param_get_name(p), "boundary") != 0)
			put_parameter(out, g_mime_param_get_name(p), g_mime_param_get_value(p));
	}
	buf_adds(out, "\r\n");
	return true;
}

static bool has_odd_encoding(GMimeObject *o)
{
	const char *s = g_mime_object_get_header(o, "Content-Transfer-Encoding");
	if (!s)
		return false;
	s += strspn(s, " \t");
	size_t n = strcspn(s, " \t;");
	return !((n == 4 && !strncasecmp(s, "7bit", 4)) || (n == 4 && !strncasecmp(s, "8bit", 4)) || (n == 6 && !strncasecmp(s, "binary", 6)));
}

static void copy_with_texts(struct carry *out, struct carry_texts *t, size_t from, size_t n)
{
	for (size_t i = 0; i < t->n; i++) {
		struct carry_text *x = &t->v[i];
		add_copy(out, from, x->from);
		add_text(out, x);
		if (x->needs_line_end)
			add_bytes(out, mem_dup("\r\n"));
		from = x->to;
	}
	add_copy(out, from, n);
}

/* The block goes into the mail's own texts. False: that cannot be done, nothing is planned. */
static bool rewrite(GMimeObject *root, const struct top *top, const char *raw, size_t n, const struct mail_limits *limits,
                    struct carry *out)
{
	struct carry_texts texts = {0};
	struct buf content = {0};
	bool ok = top->types <= 1 && carry_texts_find(root, raw, n, limits, &texts);
	if (ok && texts.v[0].top) {
		add_text(out, &texts.v[0]);
	} else if (ok) {
		size_t at = top->body;
		for (size_t i = 0; i < texts.n; i++) {
			ok = ok && texts.v[i].from > at;
			at = texts.v[i].to;
		}
		ok = ok && top->sure && !has_odd_encoding(root) && put_type(&content, g_mime_object_get_content_type(root));
		if (ok) {
			carry_fields(root, &content);
			copy_with_texts(out, &texts, top->body, n);
		}
	}
	if (ok)
		out->content = buf_take(&content);
	buf_free(&content);
	carry_texts_free(&texts);
	return ok;
}

/* ---- wrapped ---- */

/* A boundary that occurs nowhere in the mail. It depends on all of it, so no mail can hold it on purpose. */
static char *new_boundary(const char *raw, size_t n)
{
	for (unsigned i = 0;; i++) {
		GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
		g_checksum_update(sum, (const guchar *)&i, sizeof i);
		g_checksum_update(sum, (const guchar *)raw, (gssize)n);
		char *b = mem_fmt("=_ingang_%.32s", g_checksum_get_string(sum));
		g_checksum_free(sum);
		if (!memmem(raw, n, b, strlen(b)))
			return b;
		free(b);
	}
}

/* Our block as the first part of a new multipart/mixed, and the beginning of the second. */
static char *begin_wrap(const char *raw, size_t n, struct carry *out)
{
	char *boundary = new_boundary(raw, n);
	out->content = mem_fmt("Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n", boundary);
	add_bytes(out, mem_fmt("--%s\r\n", boundary));
	struct carry_step *s = add_step(out, CARRY_PLAIN);
	s->text = mem_dup("");
	s->head = mem_dup("");
	add_bytes(out, mem_fmt("\r\n--%s\r\n", boundary));
	return boundary;
}

static void end_wrap(char *boundary, struct carry *out)
{
	add_bytes(out, mem_fmt("\r\n--%s--\r\n", boundary));
	free(boundary);
}

/* Where the first thing inside lies, by GMime's account: what is not behind the header that we see makes the header doubtful. */
static bool begins_at_body(GMimeObject *root, size_t body)
{
	if (GMIME_IS_PART(root)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(root));
		GMimeStream *s = content ? g_mime_data_wrapper_get_stream(content) : NULL;
		return s && s->bound_start == (gint64)body;
	}
	GMimeObject *inner = NULL;
	if (GMIME_IS_MULTIPART(root) && g_mime_multipart_get_count(GMIME_MULTIPART(root)) > 0)
		inner = g_mime_multipart_get_part(GMIME_MULTIPART(root), 0);
	else if (GMIME_IS_MESSAGE_PART(root))
		inner = GMIME_OBJECT(g_mime_message_part_get_message(GMIME_MESSAGE_PART(root)));
	return inner && place_offset(inner) >= (gint64)body;
}

/* The mail's entity, its own Content-* fields and its body, becomes the second part as it is. */
static bool wrap_entity(GMimeObject *root, const struct top *top, const char *raw, size_t n, struct carry *out)
{
	if (!top->sure || top->fields == 0 || !begins_at_body(root, top->body))
		return false;
	char *boundary = begin_wrap(raw, n, out);
	struct head_field f;
	for (size_t at = top->start; head_next(raw, n, &at, &f);) {
		size_t from = (size_t)(f.name - raw);
		if (f.name_n >= 8 && strncasecmp(f.name, "Content-", 8) == 0 && !is_field(&f, "Content-Length"))
			add_copy(out, from, at);
	}
	add_bytes(out, mem_dup("\r\n"));
	add_copy(out, top->body, n);
	end_wrap(boundary, out);
	return true;
}

static void wrap_whole(const struct top *top, const char *raw, size_t n, struct carry *out)
{
	char *boundary = begin_wrap(raw, n, out);
	add_bytes(out, mem_fmt("Content-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n"
	                       "Content-Disposition: attachment; filename=\"mail.eml\"\r\n\r\n",
	                       top->fields ? "message/rfc822" : "application/octet-stream"));
	add_copy(out, top->start, n);
	end_wrap(boundary, out);
}

void carry_plan(GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct carry *out)
{
	*out = (struct carry){0};
	struct top top = read_top(msg, raw, n);
	GMimeObject *root = msg ? g_mime_message_get_mime_part(msg) : NULL;
	if (root && rewrite(root, &top, raw, n, limits, out))
		return;
	if (!root || !wrap_entity(root, &top, raw, n, out))
		wrap_whole(&top, raw, n, out);
}
