/* manage: what an admin, and a failed delivery, do to a ticket. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/desk.h"
#include "desk/letter.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

static bool the_ticket(struct desk *d, int64_t id, struct ticket *t, struct err *e)
{
	int there = ticket_get(d->db, id, t, e);
	return there > 0 || (there == 0 && err_set(e, ERR_INPUT, "there is no ticket %lld", (long long)id));
}

/* The ticket's first mail to each of these people. */
static bool hand_over(struct desk *d, const struct ticket *t, const struct strs *people, const struct mail *mail, int64_t message, uint64_t raw_bytes,
                      const char *why, int64_t now, struct err *e)
{
	const struct letter_ground g = {d->config, t, mail, message, raw_bytes, now, NULL};
	for (size_t i = 0; i < people->n; i++) {
		struct outbox_item item;
		char *thread = NULL;
		bool ok = outbox_first_forward(d->db, t->id, people->v[i], &thread, e);
		const struct forward_words words = {.kind = FORWARD_NEW, .why = why, .thread = thread};
		ok = ok && letter_forward(&g, people->v[i], people, &words, &item, e) && letter_post(d->db, &item, now, e) &&
		     participant_add(d->db, t->id, people->v[i], "", "staff", e);
		free(thread);
		if (!ok)
			return false;
	}
	return true;
}

bool desk_move(struct desk *d, int64_t ticket, const char *topic, const struct mail *mail, int64_t message, uint64_t raw_bytes, const char *actor, int64_t now,
               struct err *e)
{
	struct ticket t = {0};
	int index = topic ? config_topic_index(d->config, topic) : -1;
	if (topic && index < 0)
		return err_set(e, ERR_INPUT, "there is no topic '%s' in the config", topic);
	if (!the_ticket(d, ticket, &t, e))
		return false;
	char *what = mem_fmt("moved from %s to %s", t.topic ? t.topic : "triage", topic ? topic : "triage");
	bool same = (!topic && !t.topic) || (topic && t.topic && strcmp(topic, t.topic) == 0);
	bool ok = same ? err_set(e, ERR_INPUT, "ticket %lld is in %s already", (long long)ticket, topic ? topic : "triage")
	               : ticket_set_topic(d->db, ticket, topic, now, e) && event_add(d->db, ticket, now, actor, what, e) && participant_drop_staff(d->db, ticket, e);
	if (ok) {
		free(t.topic);
		t.topic = mem_dup(topic);
		t.confidence = 1;
		char *why = mem_fmt("%s: %s", actor, what);
		ok = hand_over(d, &t, config_topic_staff(d->config, index), mail, message, raw_bytes, why, now, e);
		free(why);
	}
	free(what);
	ticket_free(&t);
	return ok;
}

bool desk_assign(struct desk *d, int64_t ticket, const char *addr, const struct mail *mail, int64_t message, uint64_t raw_bytes, const char *actor, int64_t now,
                 struct err *e)
{
	struct ticket t = {0};
	if (!address_ok(addr))
		return err_set(e, ERR_INPUT, "'%s' is not an address that can be written to", addr);
	if (config_is_own_address(d->config, addr))
		return err_set(e, ERR_INPUT, "'%s' is the office's own address: the mail would come back", addr);
	if (!config_is_staff(d->config, addr))
		return err_set(e, ERR_INPUT, "'%s' is not on the staff list: add it to staff.members", addr);
	if (!the_ticket(d, ticket, &t, e))
		return false;
	char *what = mem_fmt("assigned to %s", addr), *why = mem_fmt("%s: %s", actor, what);
	struct strs one = {0};
	strs_add(&one, addr);
	bool ok = ticket_set_owner(d->db, ticket, addr, now, e) && event_add(d->db, ticket, now, actor, what, e) &&
	          hand_over(d, &t, &one, mail, message, raw_bytes, why, now, e);
	strs_free(&one);
	free(what);
	free(why);
	ticket_free(&t);
	return ok;
}

bool desk_set_status(struct desk *d, int64_t ticket, const char *status, const char *actor, int64_t now, struct err *e)
{
	struct ticket t = {0};
	if (!the_ticket(d, ticket, &t, e))
		return false;
	char *what = mem_fmt("%s", strcmp(status, "open") == 0 ? "reopened" : status);
	bool ok = ticket_set_status(d->db, &t, status, now, e) && event_add(d->db, ticket, now, actor, what, e);
	free(what);
	ticket_free(&t);
	return ok;
}

bool desk_note(struct desk *d, int64_t ticket, const char *text, const char *actor, int64_t now, struct err *e)
{
	struct ticket t = {0};
	if (!the_ticket(d, ticket, &t, e))
		return false;
	char *what = mem_fmt("note: %s", text);
	bool ok = event_add(d->db, ticket, now, actor, what, e) && ticket_touch(d->db, ticket, now, e);
	free(what);
	ticket_free(&t);
	return ok;
}

/* Who is told that a mail did not arrive: those who have the ticket, else triage; never the address that failed. */
static bool told_people(struct desk *d, const struct outbox_item *i, const struct ticket *t, struct strs *out, struct err *e)
{
	struct strs holders = {0};
	if (t->owner)
		strs_add(&holders, t->owner);
	else if (!participant_list(d->db, t->id, "staff", &holders, e))
		return false;
	for (size_t k = 0; k < holders.n; k++)
		if (!address_same(holders.v[k], i->recipient))
			strs_add(out, holders.v[k]);
	strs_free(&holders);
	const struct strs *triage = config_topic_staff(d->config, -1);
	for (size_t k = 0; out->n == 0 && k < triage->n; k++)
		if (!address_same(triage->v[k], i->recipient))
			strs_add(out, triage->v[k]);
	return true;
}

bool desk_not_delivered(struct desk *d, int64_t outbox, const char *error, int64_t now, struct err *e)
{
	struct outbox_item i = {0};
	struct ticket t = {0};
	struct strs people = {0};
	int there = outbox_get(d->db, outbox, &i, e);
	if (there <= 0)
		return there == 0 && err_set(e, ERR_BUG, "there is no row %lld in the outbox", (long long)outbox);
	char *what = mem_fmt("not delivered: %s to %s: %s", i.kind, i.recipient, error);
	bool ok = outbox_end(d->db, outbox, "failed", error, now, e) && event_add(d->db, i.ticket, now, "courier", what, e);
	if (ok && strcmp(i.kind, "notice") != 0) {
		ok = the_ticket(d, i.ticket, &t, e) && told_people(d, &i, &t, &people, e);
		const struct mail none = {0};
		const struct letter_ground g = {d->config, &t, &none, 0, 0, now, NULL};
		for (size_t k = 0; ok && k < people.n; k++) {
			struct outbox_item notice;
			ok = letter_failed(&g, people.v[k], i.recipient, error, &notice, e) && letter_post(d->db, &notice, now, e);
		}
	}
	free(what);
	strs_free(&people);
	ticket_free(&t);
	outbox_item_free(&i);
	return ok;
}
