/* What happens to tickets by itself: a day comes, an answer stays away, a colleague is not there. What was done stands in the store, so neither a
 * restart nor a clock that jumps does it twice. */
#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "desk/staff.h"
#include "store/message.h"
#include "store/ticket.h"

enum { MORNING = 8 * 3600 + 1, AGAIN = 60, CHAIN = 32 };

/* --- each once --- */

struct waking {
	int64_t now, next;
	struct act_parts parts;
	int64_t *tickets;
	size_t n;
};

static void at_the_latest(struct waking *w, int64_t when)
{
	if (w->next < 0 || when < w->next)
		w->next = when;
}

static bool add_ticket(void *ctx, const struct ticket *t)
{
	struct waking *w = ctx;
	if (t->wakes > w->now) {
		at_the_latest(w, t->wakes);
		return true;
	}
	w->tickets = mem_resize(w->tickets, w->n + 1, sizeof *w->tickets);
	w->tickets[w->n++] = t->id;
	return true;
}

/* A day that was named is over at midnight; people are written to in the morning. */
static int64_t remind_at(const struct part *p)
{
	return p->handover ? p->due : p->due + MORNING;
}

static bool add_part(void *ctx, const struct part *p)
{
	struct waking *w = ctx;
	if (remind_at(p) > w->now) {
		at_the_latest(w, remind_at(p));
		return true;
	}
	return act_parts_add(&w->parts, p);
}

static bool staff_sv(const struct desk *d)
{
	return strcmp(d->config->office.languages.v[0], "sv") == 0;
}

static bool wake(struct desk *d, const struct token_keys *keys, int64_t id, int64_t now, struct err *e)
{
	struct ticket t = {0};
	struct strs people = {0};
	const struct mail none = {0};
	if (ticket_get(d->db, id, &t, e) <= 0)
		return false;
	const struct letter_ground g = {.config = d->config, .ticket = &t, .mail = &none, .now = now, .keys = keys};
	act_set_status(&t, "open", now);
	bool ok = ticket_save(d->db, &t, now, e) && event_add(d->db, id, now, "desk", "woke: the day that it waited for has come", e) &&
	          ticket_holders(d->db, d->config, &t, NULL, &people, e) && send_notices(d, &g, &people, "woke", NULL, 0, NULL, e);
	strs_free(&people);
	ticket_free(&t);
	return ok;
}

static bool remind_division(struct desk *d, const struct letter_ground *g, const struct part *p, struct err *e)
{
	struct outbox_item item;
	return !*p->addr || (letter_reminder(g, p, p->addr, NULL, &item, e) && letter_post(d->db, &item, g->now, e));
}

static bool tell_overdue(struct desk *d, const struct letter_ground *g, const struct strs *people, const struct part *p, struct err *e)
{
	for (size_t i = 0; i < people->n; i++) {
		struct outbox_item item;
		if (!letter_overdue(g, people->v[i], p, &item, e) || !letter_post(d->db, &item, g->now, e))
			return false;
	}
	return true;
}

static bool remind(struct desk *d, const struct token_keys *keys, struct part *p, int64_t now, struct err *e)
{
	struct ticket t = {0};
	struct strs people = {0};
	const struct mail none = {0};
	const struct placeholder v[] = {{"division", act_part_name(d->config, p, d->config->office.languages.v[0])}};
	int64_t final;
	if (!ticket_final(d->db, p->ticket, &final, e) || ticket_get(d->db, final, &t, e) <= 0)
		return false;
	const struct letter_ground g = {.config = d->config, .ticket = &t, .mail = &none, .now = now, .keys = keys};
	char *what = mem_fmt("part %d (%s) has no answer yet: reminded", p->number, act_part_name(d->config, p, "en"));
	p->reminded = now;
	bool ok = part_save(d->db, p, e) && event_add(d->db, t.id, now, "desk", what, e);
	if (ok && !t.owner && config_is_staff(d->config, p->asked_by))
		strs_add(&people, p->asked_by);
	else if (ok)
		ok = ticket_holders(d->db, d->config, &t, NULL, &people, e);
	ok = ok && (p->handover ? send_notices(d, &g, &people, "handover-quiet", v, 1, NULL, e) : tell_overdue(d, &g, &people, p, e) && remind_division(d, &g, p, e));
	strs_free(&people);
	ticket_free(&t);
	free(what);
	return ok;
}

/* The result of one that was tried. Only a store that cannot be written to stops the others. */
static bool go_on(struct waking *w, bool ok, const struct err *one, struct err *e)
{
	if (ok)
		return true;
	*e = *one;
	at_the_latest(w, w->now + AGAIN);
	return e->kind != ERR_TEMPORARY;
}

bool desk_tick(struct desk *d, const struct token_keys *keys, int64_t now, int64_t *next, struct err *e)
{
	struct waking w = {.now = now, .next = -1};
	bool ok = ticket_waking(d->db, INT64_MAX, add_ticket, &w, e) && part_overdue(d->db, INT64_MAX, add_part, &w, e), all = ok;
	for (size_t i = 0; ok && i < w.n; i++) {
		struct err one;
		bool done = db_begin(d->db, &one) && db_end(d->db, wake(d, keys, w.tickets[i], now, &one), &one);
		all = all && done;
		ok = go_on(&w, done, &one, e);
	}
	for (size_t i = 0; ok && i < w.parts.n; i++) {
		struct err one;
		bool done = db_begin(d->db, &one) && db_end(d->db, remind(d, keys, &w.parts.v[i], now, &one), &one);
		all = all && done;
		ok = go_on(&w, done, &one, e);
	}
	*next = w.next;
	free(w.tickets);
	act_parts_free(&w.parts);
	return all;
}

/* --- a colleague who is away --- */

static const char away_mark[] = "away: ";

struct away { /* who was said to be away on a ticket */
	const struct config *config;
	struct strs v;
};

static bool add_away(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	(void)line;
	struct away *l = ctx;
	(void)time;
	if (strcmp(actor, "desk") == 0 && str_starts(what, away_mark)) {
		const char *addr = what + sizeof away_mark - 1;
		strs_own(&l->v, mem_dupn(addr, strcspn(addr, ";")));
	}
	return true;
}

static bool is_away(const struct away *l, const char *addr)
{
	for (size_t i = 0; i < l->v.n; i++)
		if (same_person(l->config, l->v.v[i], addr))
			return true;
	return false;
}

/* The first of the chain who is there, or NULL. */
static const char *deputy_of(const struct config *c, const struct away *l, const char *addr)
{
	const struct config_person *p = config_person(c, addr);
	for (int i = 0; p && p->deputy && i < CHAIN; i++) {
		if (!is_away(l, p->deputy) && !same_person(c, p->deputy, addr))
			return p->deputy;
		p = config_person(c, p->deputy);
	}
	return NULL;
}

/* The ticket waits for this person: its owner, its only staff, or one of them who has a deputy. */
static bool depends_on(struct desk *d, const struct ticket *t, const char *addr, const char *deputy, bool *yes, struct err *e)
{
	struct strs staff = {0};
	*yes = t->owner && same_person(d->config, t->owner, addr);
	if (t->owner)
		return true;
	bool ok = participant_list(d->db, t->id, "staff", &staff, e);
	bool only = staff.n > 0, one = false;
	for (size_t i = 0; i < staff.n; i++) {
		bool same = same_person(d->config, staff.v[i], addr);
		only = only && same;
		one = one || same;
	}
	*yes = only || (one && deputy);
	strs_free(&staff);
	return ok;
}

/* Who is to know: the topic's lead, else triage's, else triage. */
static void lead_of(const struct config *c, const struct ticket *t, const char *away, const char *deputy, struct strs *out)
{
	int topic = t->topic ? config_topic_index(c, t->topic) : -1;
	const char *leads[] = {topic >= 0 ? c->topics[topic].lead : NULL, c->triage.lead};
	for (size_t i = 0; i < 2 && out->n == 0; i++)
		if (leads[i] && same_person(c, leads[i], deputy))
			return; /* has the ticket itself */
		else if (leads[i] && !same_person(c, leads[i], away))
			strs_add(out, leads[i]);
	const struct strs *triage = config_topic_staff(c, -1);
	for (size_t i = 0; out->n == 0 && i < triage->n; i++)
		if (!same_person(c, triage->v[i], away) && !same_person(c, triage->v[i], deputy))
			strs_add(out, triage->v[i]);
}

static bool give_to(struct desk *d, const struct token_keys *keys, struct ticket *t, const char *away, const char *deputy, int64_t now, struct strs *told, struct err *e)
{
	struct carried mail = {0};
	struct strs one = {0}, cc = {0};
	int64_t message;
	char *name = letter_who(d->config, away);
	char *why = mem_fmt(staff_sv(d) ? "%s är borta, och du är ersättare" : "%s is away, and you stand in", name);
	free(t->owner);
	t->owner = mem_dup(deputy);
	strs_add(&one, deputy);
	bool ok = ticket_save(d->db, t, now, e) && message_last_of(d->db, t->id, NULL, &message, e) && (message || message_first(d->db, t->id, &message, e)) &&
	          carried_load(d, message, &mail, e) && participant_list(d->db, t->id, "cc", &cc, e);
	if (ok) {
		const struct letter_ground g = carried_ground(d, keys, t, &mail, now);
		const struct forward_words w = {.kind = FORWARD_NEW, .why = why, .trouble = mail.trouble, .cc = &cc};
		ok = send_forwards(d, &g, &one, &w, "staff", told, e);
	}
	carried_free(&mail);
	strs_free(&one);
	strs_free(&cc);
	free(name);
	free(why);
	return ok;
}

bool desk_absent(struct desk *d, const struct token_keys *keys, struct ticket *t, const char *away, int64_t now, bool *done, struct strs *told, struct err *e)
{
	struct away l = {.config = d->config};
	struct strs leads = {0};
	const struct mail none = {0};
	const struct letter_ground g = {.config = d->config, .ticket = t, .mail = &none, .now = now, .keys = keys};
	*done = false;
	bool ok = event_list(d->db, t->id, add_away, &l, e), alone = false;
	if (ok && strcmp(t->status, "closed") != 0 && !is_away(&l, away))
		ok = depends_on(d, t, away, deputy_of(d->config, &l, away), &alone, e);
	if (ok && alone) {
		const char *deputy = deputy_of(d->config, &l, away);
		char *name = letter_who(d->config, away), *other = deputy ? letter_who(d->config, deputy) : mem_dup("");
		char *what = deputy ? mem_fmt("%s%s; assigned to the deputy %s", away_mark, away, deputy) : mem_fmt("%s%s; nobody stands in", away_mark, away);
		const struct placeholder v[] = {{"who", name}, {"deputy", other}};
		lead_of(d->config, t, away, deputy, &leads);
		ok = event_add(d->db, t->id, now, "desk", what, e) && (!deputy || give_to(d, keys, t, away, deputy, now, told, e)) &&
		     send_notices(d, &g, &leads, "absent", v, 2, told, e);
		*done = ok;
		free(name);
		free(other);
		free(what);
	}
	strs_free(&leads);
	strs_free(&l.v);
	return ok;
}
