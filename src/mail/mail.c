#include "mail/mail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

const struct mail_limits mail_limits_default = {
	.bytes = 35u << 20,
	.depth = 32,
	.parts = 500,
	.fields = 1000,
	.field_bytes = 64u << 10,
	.recipients = 100,
	.references = 500,
	.text_bytes = 1u << 20,
};

static const char *const kind_names[MAIL_KINDS] = {
	[MAIL_PERSON] = "person", [MAIL_AUTO_REPLY] = "auto-reply", [MAIL_BOUNCE] = "bounce",
	[MAIL_LIST] = "list",     [MAIL_RECEIPT] = "receipt",       [MAIL_GENERATED] = "generated",
};

const char *mail_kind_name(enum mail_kind kind)
{
	return (unsigned)kind < MAIL_KINDS ? kind_names[kind] : "person";
}

bool mail_kind_by_name(const char *name, enum mail_kind *out)
{
	for (unsigned i = 0; i < MAIL_KINDS; i++)
		if (strcmp(name, kind_names[i]) == 0) {
			*out = (enum mail_kind)i;
			return true;
		}
	return false;
}

const char *mail_field(const struct mail *m, const char *name)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strcasecmp(m->fields[i].name, name) == 0)
			return m->fields[i].value;
	return NULL;
}

bool mail_is_automatic(const struct mail *m)
{
	return m->kind != MAIL_PERSON;
}

void mailbox_copy(struct mailbox *to, const struct mailbox *from)
{
	*to = (struct mailbox){mem_dup(from->name), mem_dup(from->addr)};
}

void mailbox_free(struct mailbox *b)
{
	free(b->name);
	free(b->addr);
	*b = (struct mailbox){0};
}

void mailboxes_add(struct mailboxes *l, const char *name, const char *addr)
{
	if ((l->n & (l->n - 1)) == 0) /* grow at powers of two */
		l->v = mem_resize(l->v, l->n ? l->n * 2 : 1, sizeof *l->v);
	l->v[l->n++] = (struct mailbox){mem_dup(name ? name : ""), mem_dup(addr ? addr : "")};
}

void mailboxes_free(struct mailboxes *l)
{
	for (size_t i = 0; i < l->n; i++)
		mailbox_free(&l->v[i]);
	free(l->v);
	*l = (struct mailboxes){0};
}

void carry_free(struct carry *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].text);
		free(c->v[i].head);
	}
	free(c->v);
	free(c->content);
	*c = (struct carry){0};
}

void answer_free(struct answer *a)
{
	free(a->text);
	free(a->html);
	free(a->parts);
	*a = (struct answer){0};
}

static void free_lists(struct mail *m)
{
	for (size_t i = 0; i < m->n_attachments; i++) {
		free(m->attachments[i].name);
		free(m->attachments[i].type);
		free(m->attachments[i].real);
	}
	free(m->attachments);
	for (size_t i = 0; i < m->n_fields; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->fields);
	strs_free(&m->references);
	strs_free(&m->warnings);
}

void mail_free(struct mail *m)
{
	free(m->subject);
	mailbox_free(&m->from);
	mailbox_free(&m->sender);
	mailbox_free(&m->forwarded_from);
	mailboxes_free(&m->reply_to);
	mailboxes_free(&m->to);
	mailboxes_free(&m->cc);
	free(m->message_id);
	free(m->in_reply_to);
	free(m->text);
	free(m->reply_text);
	free(m->attached_text);
	free(m->lang);
	free(m->kind_why);
	free(m->bounce.recipient);
	free(m->bounce.status);
	free(m->bounce.action);
	free(m->bounce.message_id);
	free_lists(m);
	carry_free(&m->carry);
	answer_free(&m->answer);
	*m = (struct mail){0};
}
