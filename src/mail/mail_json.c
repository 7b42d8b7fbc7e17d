#include "mail/mail_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mail/attachment.h"

static json_t *text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *box(const struct mailbox *b)
{
	return json_pack("{s:s, s:s}", "name", b->name ? b->name : "", "addr", b->addr ? b->addr : "");
}

static json_t *boxes(const struct mailboxes *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(a, box(&l->v[i]));
	return a;
}

static json_t *list(const struct strs *l)
{
	json_t *a = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(a, json_string(l->v[i]));
	return a;
}

/* ISO 8601 in the sender's own time zone */
static json_t *date(const struct mail *m)
{
	time_t t = (time_t)(m->date + (int64_t)m->date_offset * 60);
	struct tm tm;
	char s[80];
	if (!m->has_date || !gmtime_r(&t, &tm))
		return json_null();
	int off = m->date_offset < 0 ? -m->date_offset : m->date_offset;
	snprintf(s, sizeof s, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	         tm.tm_min, tm.tm_sec, m->date_offset < 0 ? '-' : '+', off / 60, off % 60);
	return json_string(s);
}

static json_t *attachment(const struct attachment *a)
{
	return json_pack("{s:s, s:s, s:I, s:s?, s:s?}", "name", a->name, "type", a->type, "size", (json_int_t)a->size, "real_type", a->real, "danger",
	                 attachment_danger_name(a->danger));
}

static json_t *attachments(const struct mail *m)
{
	json_t *a = json_array();
	for (size_t i = 0; i < m->n_attachments; i++)
		json_array_append_new(a, attachment(&m->attachments[i]));
	return a;
}

json_t *mail_to_json(const struct mail *m)
{
	json_t *j = json_object();
	json_object_set_new(j, "subject", text(m->subject ? m->subject : ""));
	json_object_set_new(j, "from", m->from.addr ? box(&m->from) : json_null());
	json_object_set_new(j, "sender", m->sender.addr ? box(&m->sender) : json_null());
	json_object_set_new(j, "reply_to", boxes(&m->reply_to));
	json_object_set_new(j, "to", boxes(&m->to));
	json_object_set_new(j, "cc", boxes(&m->cc));
	json_object_set_new(j, "date", date(m));
	json_object_set_new(j, "message_id", text(m->message_id));
	json_object_set_new(j, "in_reply_to", text(m->in_reply_to));
	json_object_set_new(j, "references", list(&m->references));
	json_object_set_new(j, "text", text(m->text ? m->text : ""));
	json_object_set_new(j, "reply_text", text(m->reply_text ? m->reply_text : ""));
	json_object_set_new(j, "lang", text(m->lang));
	json_object_set_new(j, "attachments", attachments(m));
	json_object_set_new(j, "kind", json_string(mail_kind_name(m->kind)));
	json_object_set_new(j, "kind_why", text(m->kind_why ? m->kind_why : ""));
	if (m->kind == MAIL_BOUNCE)
		json_object_set_new(j, "bounce", json_pack("{s:s, s:s, s:s}", "recipient", m->bounce.recipient ? m->bounce.recipient : "",
		                                           "status", m->bounce.status ? m->bounce.status : "", "message_id",
		                                           m->bounce.message_id ? m->bounce.message_id : ""));
	json_object_set_new(j, "forwarded_from", m->forwarded_from.addr ? box(&m->forwarded_from) : json_null());
	json_object_set_new(j, "encrypted", json_boolean(m->encrypted));
	json_object_set_new(j, "warnings", list(&m->warnings));
	return j;
}
