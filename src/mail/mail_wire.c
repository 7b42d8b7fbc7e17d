/* A mail as the reader process handed it over: checked as if an enemy had written it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/address.h"
#include "mail/answer.h"
#include "mail/attachment.h"
#include "mail/mail_json.h"

enum {
	SHORT_BYTES = 4 << 10,   /* kinds, names, ids, addresses' pieces */
	STEPS_MAX = 4096,
	OFFSET_MAX = 24 * 60,    /* minutes from UTC */
};
static const int64_t date_max = 253402300799; /* the end of year 9999 */

/* Conversion to UTF-8 makes at most three bytes of one. */
static size_t field_bytes(void)
{
	return 3 * mail_limits_default.field_bytes + 16;
}

struct reading {
	struct err *e;
	uint64_t raw_bytes;
	uint64_t texts; /* bytes of carried texts that may still come */
	bool ok;
};

static bool refuse(struct reading *r, const char *key, const char *what)
{
	if (r->ok)
		err_set(r->e, ERR_INPUT, "the reader's answer: '%s' %s", key, what);
	r->ok = false;
	return false;
}

/* A string of at most max bytes without NUL; with `line`, without controls too. NULL where null is allowed and given, or on refusal. */
static char *take_string(struct reading *r, const json_t *v, const char *key, size_t max, bool line, bool nullable)
{
	if (nullable && json_is_null(v))
		return NULL;
	if (!json_is_string(v)) {
		refuse(r, key, "is not a string");
		return NULL;
	}
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);
	if (n > max || strlen(s) != n || !utf8_valid(s, n)) {
		refuse(r, key, "is too long, or no clean text");
		return NULL;
	}
	for (size_t i = 0; line && i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7F) {
			refuse(r, key, "has a control character");
			return NULL;
		}
	return mem_dupn(s, n);
}

static char *get_string(struct reading *r, const json_t *j, const char *key, size_t max, bool line, bool nullable)
{
	return take_string(r, json_object_get(j, key), key, max, line, nullable);
}

static uint64_t get_number(struct reading *r, const json_t *j, const char *key, uint64_t max)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
		return refuse(r, key, "is not a number, or out of range");
	return (uint64_t)json_integer_value(v);
}

static bool get_bool(struct reading *r, const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_boolean(v))
		return refuse(r, key, "is not a boolean");
	return json_is_true(v);
}

static const json_t *get_array(struct reading *r, const json_t *j, const char *key, size_t max)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_array(v) || json_array_size(v) > max) {
		refuse(r, key, "is not a list, or too long");
		return NULL;
	}
	return v;
}

static void get_mailbox(struct reading *r, const json_t *v, const char *key, struct mailbox *out)
{
	out->name = get_string(r, v, "name", field_bytes(), true, false);
	out->addr = get_string(r, v, "addr", field_bytes(), true, false);
	if (!r->ok)
		refuse(r, key, "is not a mailbox");
}

static void get_mailboxes(struct reading *r, const json_t *j, const char *key, struct mailboxes *out)
{
	const json_t *a = get_array(r, j, key, mail_limits_default.recipients);
	for (size_t i = 0; a && r->ok && i < json_array_size(a); i++) {
		struct mailbox b = {0};
		get_mailbox(r, json_array_get(a, i), key, &b);
		if (r->ok)
			mailboxes_add(out, b.name, b.addr);
		mailbox_free(&b);
	}
}

static void get_strings(struct reading *r, const json_t *j, const char *key, size_t most, size_t max, struct strs *out)
{
	const json_t *a = get_array(r, j, key, most);
	for (size_t i = 0; a && r->ok && i < json_array_size(a); i++) {
		char *s = take_string(r, json_array_get(a, i), key, max, true, false);
		if (s)
			strs_own(out, s);
	}
}

static void get_time(struct reading *r, const json_t *j, struct mail *m)
{
	const json_t *v = json_object_get(j, "time");
	if (json_is_null(v))
		return;
	const json_t *t = json_array_get(v, 0), *o = json_array_get(v, 1);
	if (json_array_size(v) != 2 || !json_is_integer(t) || !json_is_integer(o) || json_integer_value(t) > date_max ||
	    json_integer_value(t) < -date_max || json_integer_value(o) > OFFSET_MAX || json_integer_value(o) < -OFFSET_MAX) {
		refuse(r, "time", "is no time");
		return;
	}
	m->has_date = true;
	m->date = json_integer_value(t);
	m->date_offset = (int)json_integer_value(o);
}

static bool media_type_ok(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.+-/") == strlen(s) && strchr(s, '/') && strchr(s, '/') == strrchr(s, '/');
}

static void get_caution(struct reading *r, const json_t *v, struct attachment *to)
{
	to->real = get_string(r, v, "real_type", 127, true, true);
	char *danger = get_string(r, v, "danger", SHORT_BYTES, true, true);
	if (to->real && !media_type_ok(to->real))
		refuse(r, "real_type", "is no media type");
	if (danger && !attachment_danger_by_name(danger, &to->danger))
		refuse(r, "danger", "is unknown");
	free(danger);
}

static void get_attachments(struct reading *r, const json_t *j, struct mail *m)
{
	const json_t *a = get_array(r, j, "attachments", mail_limits_default.parts);
	if (!a || json_array_size(a) == 0)
		return;
	m->attachments = mem_array(json_array_size(a), sizeof *m->attachments);
	for (size_t i = 0; r->ok && i < json_array_size(a); i++) {
		const json_t *v = json_array_get(a, i);
		struct attachment *to = &m->attachments[m->n_attachments++];
		to->name = get_string(r, v, "name", SHORT_BYTES, true, false);
		to->type = get_string(r, v, "type", SHORT_BYTES, true, false);
		to->size = get_number(r, v, "size", r->raw_bytes * 2 + 1024);
		if (to->name && strpbrk(to->name, "/\\"))
			refuse(r, "name", "of an attachment has a path in it");
		get_caution(r, v, to);
	}
}

static bool name_ok(const char *s)
{
	for (const char *p = s; *p; p++)
		if (*p <= ' ' || *p >= 0x7F || *p == ':')
			return false;
	return *s != '\0';
}

static void get_fields(struct reading *r, const json_t *j, struct mail *m)
{
	const json_t *a = get_array(r, j, "fields", mail_limits_default.fields);
	if (!a || json_array_size(a) == 0)
		return;
	m->fields = mem_array(json_array_size(a), sizeof *m->fields);
	for (size_t i = 0; r->ok && i < json_array_size(a); i++) {
		const json_t *v = json_array_get(a, i);
		struct field *f = &m->fields[m->n_fields++];
		f->name = take_string(r, json_array_get(v, 0), "fields", SHORT_BYTES, true, false);
		f->value = take_string(r, json_array_get(v, 1), "fields", field_bytes(), true, false);
		if (f->name && !name_ok(f->name))
			refuse(r, "fields", "has a bad name");
	}
}

/* Nothing but whole Content-* fields: what is carried must not bring a Bcc, a From or a body along. */
static void check_content(struct reading *r, const char *s, const char *key)
{
	bool first = true;
	while (s && *s) {
		const char *end = strstr(s, "\r\n");
		bool folded = (*s == ' ' || *s == '\t') && !first;
		if (!end || (!folded && strncasecmp(s, "Content-", 8) != 0) || memchr(s, '\n', (size_t)(end - s)) ||
		    memchr(s, '\r', (size_t)(end - s)) || (!folded && !memchr(s, ':', (size_t)(end - s)))) {
			refuse(r, key, "has a field that is not carried");
			return;
		}
		s = end + 2;
		first = false;
	}
}

static void get_step(struct reading *r, const json_t *v, struct carry_step *to)
{
	to->op = (enum carry_op)get_number(r, v, "op", CARRY_HTML);
	to->offset = get_number(r, v, "offset", r->raw_bytes);
	to->length = get_number(r, v, "length", r->raw_bytes);
	to->text = get_string(r, v, "text", r->texts, false, true);
	to->head = get_string(r, v, "head", mail_limits_default.field_bytes * 4, false, true);
	size_t n = to->text ? strlen(to->text) : 0;
	to->insert = get_number(r, v, "insert", n);
	to->flowed = get_bool(r, v, "flowed");
	to->delsp = get_bool(r, v, "delsp");
	to->top = get_bool(r, v, "top");
	if (r->ok && to->length > r->raw_bytes - to->offset)
		refuse(r, "length", "goes beyond the mail");
	if (r->ok && to->op != CARRY_COPY && !to->text)
		refuse(r, "text", "is missing");
	check_content(r, to->head, "head");
	r->texts -= r->ok ? n : 0;
}

static void get_carry(struct reading *r, const json_t *j, struct carry *out)
{
	const json_t *c = json_object_get(j, "carry"), *a = get_array(r, c, "steps", STEPS_MAX);
	out->content = get_string(r, c, "content", mail_limits_default.field_bytes * 4, false, true);
	check_content(r, out->content, "content");
	if (!a || json_array_size(a) == 0)
		return;
	out->v = mem_array(json_array_size(a), sizeof *out->v);
	while (r->ok && out->n < json_array_size(a)) {
		out->n++;
		get_step(r, json_array_get(a, out->n - 1), &out->v[out->n - 1]);
	}
}

/* A part: each lies behind the one before, and all in the mail. */
static void get_part(struct reading *r, const json_t *v, uint64_t from, struct answer_part *to)
{
	const json_t *inlined = json_array_get(v, 0), *offset = json_array_get(v, 1), *length = json_array_get(v, 2);
	if (json_array_size(v) != 3 || !json_is_boolean(inlined) || !json_is_integer(offset) || !json_is_integer(length)) {
		refuse(r, "parts", "is no list of ranges");
		return;
	}
	*to = (struct answer_part){json_is_true(inlined), (uint64_t)json_integer_value(offset), (uint64_t)json_integer_value(length)};
	if (json_integer_value(offset) < 0 || to->offset < from || to->offset > r->raw_bytes || json_integer_value(length) < 1 ||
	    to->length > r->raw_bytes - to->offset)
		refuse(r, "parts", "goes beyond the mail, or back in it");
}

static void get_answer(struct reading *r, const json_t *j, struct mail *m)
{
	struct answer *out = &m->answer;
	const json_t *v = json_object_get(j, "answer"), *a = get_array(r, v, "parts", mail_limits_default.parts);
	out->html = get_string(r, v, "html", mail_limits_default.text_bytes, false, true);
	out->text = mem_dup(m->reply_text && !mail_is_automatic(m) ? answer_below_commands(m->reply_text) : "");
	if (a && mail_is_automatic(m) && (out->html || json_array_size(a)))
		refuse(r, "answer", "is a machine's");
	if (!r->ok || json_array_size(a) == 0)
		return;
	out->parts = mem_array(json_array_size(a), sizeof *out->parts);
	for (uint64_t from = 0; r->ok && out->n_parts < json_array_size(a);) {
		struct answer_part *to = &out->parts[out->n_parts++];
		get_part(r, json_array_get(a, out->n_parts - 1), from, to);
		from = to->offset + to->length;
	}
}

static void get_kind(struct reading *r, const json_t *j, struct mail *m)
{
	char *kind = get_string(r, j, "kind", SHORT_BYTES, true, false);
	if (kind && !mail_kind_by_name(kind, &m->kind))
		refuse(r, "kind", "is unknown");
	free(kind);
	m->kind_why = get_string(r, j, "kind_why", SHORT_BYTES, true, false);
	const json_t *b = json_object_get(j, "bounce");
	m->bounce.recipient = get_string(r, b, "recipient", SHORT_BYTES, true, true);
	m->bounce.status = get_string(r, b, "status", SHORT_BYTES, true, true);
	m->bounce.action = get_string(r, b, "action", SHORT_BYTES, true, true);
	m->bounce.message_id = get_string(r, b, "message_id", SHORT_BYTES, true, true);
}

/* What an answer is sent to: nothing but a whole address, and never the sender's own. */
static void get_forwarded(struct reading *r, const json_t *v, struct mail *m)
{
	struct mailbox *b = &m->forwarded_from;
	if (json_is_null(v))
		return;
	get_mailbox(r, v, "forwarded_from", b);
	if (r->ok && (!address_ok(b->addr) || (m->from.addr && address_same(b->addr, m->from.addr))))
		refuse(r, "forwarded_from", "is nobody to answer to");
}

bool mail_from_wire(const json_t *j, uint64_t raw_bytes, struct mail *out, struct err *e)
{
	struct reading r = {.e = e, .raw_bytes = raw_bytes, .texts = raw_bytes * 4 + (4u << 20), .ok = true};
	const struct mail_limits *l = &mail_limits_default;
	const json_t *from = json_object_get(j, "from"), *sender = json_object_get(j, "sender");
	*out = (struct mail){0};
	if (raw_bytes > (uint64_t)1 << 40)
		return err_set(e, ERR_INPUT, "a mail of %llu bytes is none", (unsigned long long)raw_bytes);
	out->subject = get_string(&r, j, "subject", field_bytes(), true, false);
	if (!json_is_null(from))
		get_mailbox(&r, from, "from", &out->from);
	if (!json_is_null(sender))
		get_mailbox(&r, sender, "sender", &out->sender);
	get_mailboxes(&r, j, "reply_to", &out->reply_to);
	get_mailboxes(&r, j, "to", &out->to);
	get_mailboxes(&r, j, "cc", &out->cc);
	get_time(&r, j, out);
	out->message_id = get_string(&r, j, "message_id", field_bytes(), true, true);
	out->in_reply_to = get_string(&r, j, "in_reply_to", field_bytes(), true, true);
	get_strings(&r, j, "references", l->references, field_bytes(), &out->references);
	out->text = get_string(&r, j, "text", l->text_bytes, false, false);
	out->reply_text = get_string(&r, j, "reply_text", l->text_bytes, false, false);
	out->attached_text = get_string(&r, j, "attached_text", l->text_bytes, false, true);
	out->lang = get_string(&r, j, "lang", 16, true, true);
	get_attachments(&r, j, out);
	get_kind(&r, j, out);
	get_forwarded(&r, json_object_get(j, "forwarded_from"), out);
	out->encrypted = get_bool(&r, j, "encrypted");
	get_strings(&r, j, "warnings", 1000, SHORT_BYTES, &out->warnings);
	get_fields(&r, j, out);
	get_carry(&r, j, &out->carry);
	get_answer(&r, j, out);
	if (!r.ok)
		mail_free(out);
	return r.ok;
}
