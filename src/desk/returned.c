#include "desk/returned.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/act.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/outbox.h"
#include "store/ticket.h"

struct fault { /* what did not arrive, and why */
	const struct letter_ground *ground;
	struct db *db;
	const struct outbox_item *row; /* NULL: not known */
	const char *recipient, *error;
};

static bool tell(const struct fault *f, const char *to, bool answer, struct err *e)
{
	const struct placeholder v[] = {{"recipient", f->recipient}, {"error", f->error}, {"text", f->row && f->row->text ? f->row->text : ""}};
	struct outbox_item item;
	if (!address_ok(to) || address_same(to, f->recipient)) /* never to the address that has just failed */
		return true;
	return (answer ? letter_notice(f->ground, to, "answer-failed", v, 3, NULL, &item, e) : letter_failed(f->ground, to, f->recipient, f->error, &item, e)) &&
	       letter_post(f->db, &item, f->ground->now, e);
}

static bool tell_all(const struct fault *f, const struct strs *people, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; ok && i < people->n; i++)
		ok = tell(f, people->v[i], false, e);
	return ok;
}

/* Those who have the ticket, else triage. */
static bool tell_holders(const struct fault *f, struct err *e)
{
	const struct ticket *t = f->ground->ticket;
	struct strs holders = {0};
	bool ok = true;
	if (t->owner)
		strs_add(&holders, t->owner);
	else
		ok = participant_list(f->db, t->id, "staff", &holders, e);
	bool anyone = false;
	for (size_t i = 0; i < holders.n; i++)
		anyone = anyone || !address_same(holders.v[i], f->recipient);
	ok = ok && tell_all(f, anyone ? &holders : config_topic_staff(f->ground->config, -1), e);
	strs_free(&holders);
	return ok;
}

/* The asker, and their part has failed; a question that no part waits for any more is told to those who have the ticket. */
static bool question_failed(const struct fault *f, struct err *e)
{
	struct desk d = {.config = f->ground->config, .db = f->db};
	struct strs told = {0};
	bool ok = desk_part_failed(&d, f->ground, f->recipient, f->error, &told, e) && (told.n || tell_holders(f, e));
	strs_free(&told);
	return ok;
}

static bool tell_whoever_should_know(const struct fault *f, struct err *e)
{
	const char *kind = f->row ? f->row->kind : "";
	if (strcmp(kind, "reply") == 0)
		return f->row->writer && address_ok(f->row->writer) ? tell(f, f->row->writer, true, e) : tell_holders(f, e);
	if (strcmp(kind, "question") == 0)
		return question_failed(f, e);
	if (strcmp(kind, "forward") == 0)
		return tell_all(f, config_topic_staff(f->ground->config, -1), e);
	return true; /* what we sent by machine: a line in the history is enough, or two machines write to each other */
}

/* RFC 3463: class 5 is for good. */
static bool permanent(const char *status)
{
	return status && status[0] == '5';
}

bool desk_returned(const struct letter_ground *g, struct db *db, int64_t outbox, const struct bounce *b, struct err *e)
{
	struct outbox_item row = {0};
	int there = outbox ? outbox_get(db, outbox, &row, e) : 0;
	const char *error = b->status && *b->status ? b->status : "it came back";
	struct fault f = {g, db, there > 0 ? &row : NULL, there > 0 ? row.recipient : b->recipient ? b->recipient : "", error};
	bool ok = there >= 0;
	if (ok && there > 0)
		ok = outbox_came_back(db, outbox, error, e);
	if (ok && permanent(b->status) && *f.recipient)
		ok = participant_bad(db, g->ticket->id, f.recipient, error, e);
	ok = ok && tell_whoever_should_know(&f, e);
	outbox_item_free(&row);
	return ok;
}

bool desk_not_delivered(struct desk *d, int64_t outbox, const char *error, int64_t now, struct err *e)
{
	struct outbox_item i = {0};
	struct ticket t = {0};
	const struct mail none = {0};
	struct keys keys = {0};
	int there = outbox_get(d->db, outbox, &i, e);
	if (there <= 0)
		return there == 0 && err_set(e, ERR_BUG, "there is no row %lld in the outbox", (long long)outbox);
	char *what = mem_fmt("not delivered: %s to %s: %s", i.kind, i.recipient, error);
	bool ok = outbox_end(d->db, outbox, "failed", error, now, e) && event_add(d->db, i.ticket, now, "courier", what, e) && keys_load(d->db, now, &keys, e);
	there = ok ? ticket_get(d->db, i.ticket, &t, e) : -1;
	if (there > 0) {
		const struct token_keys token_keys = {keys.v, keys.n};
		const struct letter_ground g = {.config = d->config, .ticket = &t, .mail = &none, .now = now, .keys = &token_keys};
		const struct fault f = {&g, d->db, &i, i.recipient, error};
		/* a receipt that the requester's server refuses is told, once: staff will wish to know before they answer */
		ok = strcmp(i.kind, "acknowledgement") == 0 || strcmp(i.kind, "answer") == 0 ? tell_holders(&f, e) : tell_whoever_should_know(&f, e);
	}
	ok = ok && there >= 0;
	keys_free(&keys);
	free(what);
	ticket_free(&t);
	outbox_item_free(&i);
	return ok;
}
