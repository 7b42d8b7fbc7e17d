#include "mail/mail_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mail/attachment.h"
#include "mail/json_text.h"

static void put(struct buf *out, const char *key, const char *s)
{
	json_key(out, key);
	json_put(out, s);
}

static void put_some(struct buf *out, const char *key, const char *s) /* a string in any case */
{
	put(out, key, s ? s : "");
}

static void put_box(struct buf *out, const struct mailbox *b)
{
	json_open(out, '{');
	put_some(out, "name", b->name);
	put_some(out, "addr", b->addr);
	json_close(out, '}');
}

static void put_box_of(struct buf *out, const char *key, const struct mailbox *b)
{
	json_key(out, key);
	if (b->addr)
		put_box(out, b);
	else
		json_put(out, NULL);
}

static void put_boxes(struct buf *out, const char *key, const struct mailboxes *l)
{
	json_key(out, key);
	json_open(out, '[');
	for (size_t i = 0; i < l->n; i++)
		put_box(out, &l->v[i]);
	json_close(out, ']');
}

static void put_list(struct buf *out, const char *key, const struct strs *l)
{
	json_key(out, key);
	json_open(out, '[');
	for (size_t i = 0; i < l->n; i++)
		json_put(out, l->v[i]);
	json_close(out, ']');
}

/* ISO 8601 in the sender's own time zone */
static void put_date(struct buf *out, const struct mail *m)
{
	time_t t = (time_t)(m->date + (int64_t)m->date_offset * 60);
	struct tm tm;
	char s[80];
	bool known = m->has_date && gmtime_r(&t, &tm);
	int off = m->date_offset < 0 ? -m->date_offset : m->date_offset;
	if (known)
		snprintf(s, sizeof s, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		         tm.tm_min, tm.tm_sec, m->date_offset < 0 ? '-' : '+', off / 60, off % 60);
	put(out, "date", known ? s : NULL);
}

static void put_attachments(struct buf *out, const struct mail *m)
{
	json_key(out, "attachments");
	json_open(out, '[');
	for (size_t i = 0; i < m->n_attachments; i++) {
		const struct attachment *a = &m->attachments[i];
		json_open(out, '{');
		put(out, "name", a->name);
		put(out, "type", a->type);
		json_key(out, "size");
		json_put_number(out, (int64_t)a->size);
		put(out, "real_type", a->real);
		put(out, "danger", attachment_danger_name(a->danger));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void put_bounce(struct buf *out, const struct bounce *b)
{
	json_key(out, "bounce");
	json_open(out, '{');
	put(out, "recipient", b->recipient);
	put(out, "status", b->status);
	put(out, "action", b->action);
	put(out, "message_id", b->message_id);
	json_close(out, '}');
}

static void put_mail(struct buf *out, const struct mail *m)
{
	put_some(out, "subject", m->subject);
	put_box_of(out, "from", &m->from);
	put_box_of(out, "sender", &m->sender);
	put_boxes(out, "reply_to", &m->reply_to);
	put_boxes(out, "to", &m->to);
	put_boxes(out, "cc", &m->cc);
	put_date(out, m);
	put(out, "message_id", m->message_id);
	put(out, "in_reply_to", m->in_reply_to);
	put_list(out, "references", &m->references);
	put_some(out, "text", m->text);
	put_some(out, "reply_text", m->reply_text);
	put(out, "lang", m->lang);
	put_attachments(out, m);
	put(out, "kind", mail_kind_name(m->kind));
	put_some(out, "kind_why", m->kind_why);
	put_box_of(out, "forwarded_from", &m->forwarded_from);
	json_key(out, "encrypted");
	json_put_bool(out, m->encrypted);
	put_list(out, "warnings", &m->warnings);
}

static void put_step(struct buf *out, const struct carry_step *s)
{
	json_open(out, '{');
	json_key(out, "op");
	json_put_number(out, s->op);
	json_key(out, "offset");
	json_put_number(out, (int64_t)s->offset);
	json_key(out, "length");
	json_put_number(out, (int64_t)s->length);
	put(out, "text", s->text);
	put(out, "head", s->head);
	json_key(out, "insert");
	json_put_number(out, (int64_t)s->insert);
	json_key(out, "flowed");
	json_put_bool(out, s->flowed);
	json_key(out, "delsp");
	json_put_bool(out, s->delsp);
	json_key(out, "top");
	json_put_bool(out, s->top);
	json_close(out, '}');
}

static void put_carry(struct buf *out, const struct carry *c)
{
	json_key(out, "carry");
	json_open(out, '{');
	put(out, "content", c->content);
	json_key(out, "steps");
	json_open(out, '[');
	for (size_t i = 0; i < c->n; i++)
		put_step(out, &c->v[i]);
	json_close(out, ']');
	json_close(out, '}');
}

/* Its text is the end of reply_text: who reads this finds it there. */
static void put_answer(struct buf *out, const struct answer *a)
{
	json_key(out, "answer");
	json_open(out, '{');
	put(out, "html", a->html);
	json_key(out, "parts");
	json_open(out, '[');
	for (size_t i = 0; i < a->n_parts; i++) {
		json_open(out, '[');
		json_put_bool(out, a->parts[i].inlined);
		json_put_number(out, (int64_t)a->parts[i].offset);
		json_put_number(out, (int64_t)a->parts[i].length);
		json_close(out, ']');
	}
	json_close(out, ']');
	json_close(out, '}');
}

static void put_fields(struct buf *out, const struct mail *m)
{
	json_key(out, "fields");
	json_open(out, '[');
	for (size_t i = 0; i < m->n_fields; i++) {
		json_open(out, '[');
		json_put(out, m->fields[i].name);
		json_put(out, m->fields[i].value);
		json_close(out, ']');
	}
	json_close(out, ']');
}

static void put_time(struct buf *out, const struct mail *m)
{
	json_key(out, "time");
	if (!m->has_date) {
		json_put(out, NULL);
		return;
	}
	json_open(out, '[');
	json_put_number(out, m->date);
	json_put_number(out, m->date_offset);
	json_close(out, ']');
}

void mail_write_json(const struct mail *m, struct buf *out)
{
	json_open(out, '{');
	put_mail(out, m);
	if (m->kind == MAIL_BOUNCE)
		put_bounce(out, &m->bounce);
	json_close(out, '}');
}

void mail_write_wire(const struct mail *m, struct buf *out)
{
	json_open(out, '{');
	put_mail(out, m);
	put_bounce(out, &m->bounce);
	put(out, "attached_text", m->attached_text);
	put_fields(out, m);
	put_carry(out, &m->carry);
	put_answer(out, &m->answer);
	put_time(out, m);
	json_close(out, '}');
}

static json_t *read_back(struct buf *text)
{
	json_t *j = json_loadb(text->s, text->n, 0, NULL);
	buf_free(text);
	return j;
}

json_t *mail_to_json(const struct mail *m)
{
	struct buf text = {0};
	mail_write_json(m, &text);
	return read_back(&text);
}

json_t *mail_to_wire(const struct mail *m)
{
	struct buf text = {0};
	mail_write_wire(m, &text);
	return read_back(&text);
}
