/* Mails to staff about a ticket: an earlier message carried on, and notices. */
#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "desk/thread.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

/* What the store knows of a message that could not be read. */
static bool known_of(struct db *d, int64_t message, struct carried *out, struct err *e)
{
	struct message_row row = {0};
	int there = message_get(d, message, &row, e);
	if (there <= 0)
		return there == 0 && err_set(e, ERR_BUG, "there is no message %lld", (long long)message);
	out->mail = (struct mail){.subject = mem_dup(row.subject), .from = {mem_dup(row.from_name), mem_dup(row.from_addr)}, .message_id = mem_dup(row.message_id)};
	out->mail.text = mem_dup(row.text);
	out->mail.reply_text = mem_dup(row.reply_text);
	message_row_free(&row);
	return message_raw_size(d, message, &out->raw_bytes, e);
}

bool carried_load(struct desk *d, int64_t message, struct carried *out, struct err *e)
{
	struct err why;
	*out = (struct carried){.message = message};
	if (!d->read)
		out->trouble = mem_dup("it is not read again here");
	else if (!d->read(d->ctx, message, &out->mail, &out->raw_bytes, &why))
		out->trouble = mem_dup(why.text);
	return !out->trouble || known_of(d->db, message, out, e);
}

void carried_free(struct carried *c)
{
	mail_free(&c->mail);
	free(c->trouble);
	*c = (struct carried){0};
}

struct letter_ground carried_ground(struct desk *d, const struct token_keys *keys, const struct ticket *t, const struct carried *c, int64_t now)
{
	return (struct letter_ground){.config = d->config, .ticket = t, .mail = &c->mail, .message = c->message, .raw_bytes = c->raw_bytes, .now = now, .keys = keys};
}

bool act_load(struct act *a, struct err *e)
{
	return a->carried.message || carried_load(a->desk, a->about, &a->carried, e);
}

static void tell(struct strs *told, const char *addr)
{
	if (told && !strs_has_case(told, addr))
		strs_add(told, addr);
}

bool send_forwards(struct desk *d, const struct letter_ground *g, const struct strs *people, const struct forward_words *w, const char *role, struct strs *told,
                   struct err *e)
{
	for (size_t i = 0; i < people->n; i++) {
		struct outbox_item item;
		struct forward_words words = *w;
		char *thread = NULL;
		bool ok = thread_of_staff(d->db, d->config, g->ticket, people->v[i], &thread, e);
		words.thread = thread;
		ok = ok && letter_forward(g, people->v[i], people, &words, &item, e) && letter_post(d->db, &item, g->now, e) &&
		     participant_add(d->db, g->ticket->id, people->v[i], "", role, e);
		free(thread);
		if (!ok)
			return false;
		tell(told, people->v[i]);
	}
	return true;
}

bool send_notices(struct desk *d, const struct letter_ground *g, const struct strs *people, const char *template, const struct placeholder *v, size_t n,
                  struct strs *told, struct err *e)
{
	for (size_t i = 0; i < people->n; i++) {
		struct outbox_item item;
		char *thread = NULL;
		bool ok = thread_of_staff(d->db, d->config, g->ticket, people->v[i], &thread, e) &&
		          letter_notice(g, people->v[i], template, v, n, thread, &item, e) && letter_post(d->db, &item, g->now, e);
		free(thread);
		if (!ok)
			return false;
		tell(told, people->v[i]);
	}
	return true;
}

bool same_person(const struct config *c, const char *a, const char *b)
{
	if (!a || !b)
		return false;
	const struct config_person *p = config_person(c, a);
	return address_same(a, b) || (p && p == config_person(c, b));
}

static void add_but(const struct config *c, const struct strs *from, const char *but, struct strs *out)
{
	for (size_t i = 0; i < from->n; i++)
		if (!same_person(c, from->v[i], but) && !strs_has_case(out, from->v[i]))
			strs_add(out, from->v[i]);
}

bool ticket_colleagues(struct db *d, const struct config *c, const struct ticket *t, const char *but, struct strs *out, struct err *e)
{
	struct strs staff = {0};
	if (t->owner)
		strs_add(&staff, t->owner);
	bool ok = participant_list(d, t->id, "staff", &staff, e);
	add_but(c, &staff, but, out);
	strs_free(&staff);
	return ok;
}

bool ticket_holders(struct db *d, const struct config *c, const struct ticket *t, const char *but, struct strs *out, struct err *e)
{
	if (t->owner && !same_person(c, t->owner, but)) {
		strs_add(out, t->owner);
		return true;
	}
	if (!ticket_colleagues(d, c, t, but, out, e))
		return false;
	if (out->n == 0)
		add_but(c, config_topic_staff(c, t->topic ? config_topic_index(c, t->topic) : -1), but, out);
	return true;
}
