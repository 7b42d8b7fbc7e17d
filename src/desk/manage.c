/* manage: what a failed delivery does to a ticket. */
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
