/* apply: carries a plan into the store. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "desk/desk.h"
#include "desk/letter.h"
#include "desk/plan.h"
#include "desk/why.h"
#include "mail/address.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

enum { HOUR = 3600 };

struct work { /* one mail on its way into the store */
	struct desk *desk;
	const struct mail *mail;
	const char *raw;
	size_t raw_bytes;
	const char *trouble;
	int64_t now;
	struct routing routing;
	struct threading threading;
	struct ticket ticket;
	struct strs holders;
	struct plan plan;
	struct strs forwarded; /* everyone a forward goes to, for its To field */
	int64_t message;
	unsigned char digest[MESSAGE_DIGEST];
};

static bool gather(struct work *w, struct facts *f, struct err *e)
{
	struct db *db = w->desk->db;
	const char *from = w->mail->from.addr ? w->mail->from.addr : "";
	*f = (struct facts){.config = w->desk->config, .mail = w->mail, .routing = &w->routing, .holders = &w->holders, .trouble = w->trouble};
	if (!w->trouble && !thread_place(db, w->desk->config, w->mail, &w->threading, e))
		return false;
	f->threading = w->threading;
	if (w->threading.ticket) {
		if (ticket_get(db, w->threading.ticket, &w->ticket, e) < 0)
			return false;
		if (w->ticket.owner)
			strs_add(&w->holders, w->ticket.owner);
		else if (!participant_list(db, w->ticket.id, "staff", &w->holders, e))
			return false;
		f->ticket = &w->ticket;
	}
	const char *why_not, *to = plan_answer_address(f, &why_not);
	if (!message_count(db, from, w->threading.ticket, w->now - HOUR, &f->mails_from, &f->mails_on, e))
		return false;
	return outbox_automatic_since(db, w->now - HOUR, to ? to : from, &f->answers_to, e) && outbox_automatic_since(db, w->now - HOUR, NULL, &f->answers_all, e);
}

static bool open_ticket(struct work *w, struct err *e)
{
	const struct config *c = w->desk->config;
	const struct mail *m = w->mail;
	const struct routing *r = &w->routing;
	w->ticket = (struct ticket){
		.status = mem_dup("open"),
		.topic = r->topic >= 0 ? mem_dup(config_topic_name(c, r->topic)) : NULL,
		.second_topic = r->second >= 0 ? mem_dup(config_topic_name(c, r->second)) : NULL,
		.confidence = r->confidence,
		.lang = mem_dup(m->lang),
		.subject = mem_dup(m->subject ? m->subject : ""),
		.requester_name = mem_dup(m->from.name ? m->from.name : ""),
		.requester_addr = mem_dup(m->from.addr ? m->from.addr : ""),
		.internal = config_is_internal(c, m->from.addr),
		.linked = w->threading.wished,
		.created = w->now,
		.updated = w->now,
	};
	return ticket_add(w->desk->db, &w->ticket, e);
}

static bool add_participants(struct work *w, struct err *e)
{
	struct db *db = w->desk->db;
	const struct mail *m = w->mail;
	const struct config *c = w->desk->config;
	if (m->from.addr && *m->from.addr && !config_is_own_address(c, m->from.addr) &&
	    !participant_add(db, w->ticket.id, m->from.addr, m->from.name ? m->from.name : "", "requester", e))
		return false;
	const struct mailboxes *lists[] = {&m->to, &m->cc};
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const struct mailbox *b = &lists[k]->v[i];
			if (b->addr && address_ok(b->addr) && !config_is_own_address(c, b->addr) && !participant_add(db, w->ticket.id, b->addr, b->name ? b->name : "", "cc", e))
				return false;
		}
	return true;
}

/* The message, its original, its ids and its people; the plan's first action has opened or found the ticket. */
static bool keep(struct work *w, struct err *e)
{
	struct db *db = w->desk->db;
	if (!message_add(db, w->ticket.id, w->mail, w->digest, w->raw, w->raw_bytes, w->now, &w->message, e))
		return false;
	if (w->mail->message_id && !thread_add(db, w->mail->message_id, w->ticket.id, false, e))
		return false;
	return w->mail->kind == MAIL_BOUNCE || add_participants(w, e);
}

static bool forward(struct work *w, const struct letter_ground *g, const char *to, const char *why, struct err *e)
{
	struct outbox_item item;
	char *thread = NULL;
	bool ok = outbox_first_forward(w->desk->db, w->ticket.id, to, &thread, e);
	const struct forward_words words = {.kind = w->threading.ticket ? FORWARD_FOLLOWUP : FORWARD_NEW, .why = why, .thread = thread, .trouble = w->trouble};
	ok = ok && letter_forward(g, to, &w->forwarded, &words, &item, e) && letter_post(w->desk->db, &item, w->now, e) &&
	     participant_add(w->desk->db, w->ticket.id, to, "", "staff", e);
	free(thread);
	return ok;
}

static bool carry_out(struct work *w, const struct action *a, const char *why, struct err *e)
{
	struct desk *d = w->desk;
	const struct letter_ground g = {d->config, &w->ticket, w->mail, w->message, w->raw_bytes, w->now, NULL};
	const struct bounce *b = &w->mail->bounce;
	struct outbox_item item;
	bool ok = true;
	switch (a->kind) {
	case ACTION_OPEN:
	case ACTION_NOTE:
		break;
	case ACTION_JOIN: /* the row that it returns, if it does */
		ok = !w->threading.outbox || outbox_came_back(d->db, w->threading.outbox, b->status && *b->status ? b->status : "it came back", e);
		break;
	case ACTION_REOPEN:
		ok = ticket_set_status(d->db, &w->ticket, "open", w->now, e);
		break;
	case ACTION_FORWARD:
		ok = forward(w, &g, a->to, why, e);
		break;
	case ACTION_FAILED:
		ok = letter_failed(&g, a->to, b->recipient && *b->recipient ? b->recipient : "?", b->status && *b->status ? b->status : w->mail->subject, &item, e) &&
		     letter_post(d->db, &item, w->now, e);
		break;
	case ACTION_ACKNOWLEDGE:
		ok = letter_answer(&g, "acknowledgement", a->what, a->to, &item, e) && letter_post(d->db, &item, w->now, e);
		break;
	case ACTION_ANSWER:
		ok = letter_answer(&g, "answer", a->what, a->to, &item, e) && letter_post(d->db, &item, w->now, e);
		break;
	}
	return ok && event_add(d->db, w->ticket.id, w->now, "desk", a->why, e);
}

/* Why this topic, in the words of the block; a ticket that the mail named without proof is told to staff here. */
static char *block_why(const struct work *w)
{
	const struct config *c = w->desk->config;
	const char *lang = c->office.languages.v[0];
	char *why = routing_why(c, &w->routing, lang), *all;
	if (!w->threading.wished)
		return why;
	all = mem_fmt(strcmp(lang, "sv") == 0 ? "%s. Nämner [%s-%lld], men avsändaren hör inte till det ärendet" : "%s. Names [%s-%lld], but its writer is not on that ticket",
	              why, c->office.tag, (long long)w->threading.wished);
	free(why);
	return all;
}

static bool carry_out_all(struct work *w, struct err *e)
{
	char *why = block_why(w);
	bool ok = true;
	for (size_t i = 0; i < w->plan.n; i++)
		if (w->plan.v[i].kind == ACTION_FORWARD)
			strs_add(&w->forwarded, w->plan.v[i].to);
	for (size_t i = 0; ok && i < w->plan.n; i++) {
		const struct action *a = &w->plan.v[i];
		if (a->kind == ACTION_OPEN)
			ok = open_ticket(w, e);
		if (ok && (a->kind == ACTION_OPEN || a->kind == ACTION_JOIN))
			ok = keep(w, e);
		ok = ok && carry_out(w, a, why, e);
	}
	free(why);
	return ok && ticket_touch(w->desk->db, w->ticket.id, w->now, e);
}

static void tell(const struct work *w, struct taken *out)
{
	struct buf to = {0};
	buf_adds(&to, "");
	for (size_t i = 0; i < w->forwarded.n; i++)
		buf_addf(&to, "%s%s", i ? "," : "", w->forwarded.v[i]);
	*out = (struct taken){
		.ticket = w->ticket.id,
		.message = w->message,
		.outcome = mem_dup(w->threading.ticket ? "joined" : "opened"),
		.folder = mem_dup(w->plan.folder),
		.topic = mem_dup(w->ticket.topic ? w->ticket.topic : "triage"),
		.confidence = w->ticket.confidence,
		.why = mem_dup(w->plan.v[0].why),
		.to = buf_take(&to),
	};
	out->braked = w->plan.braked;
	for (size_t i = 0; i < w->plan.n; i++)
		out->answered = out->answered || w->plan.v[i].kind == ACTION_ACKNOWLEDGE || w->plan.v[i].kind == ACTION_ANSWER;
}

/* The same mail again: no effects but that its copy is filed beside the first. */
static bool take_copy(struct work *w, int64_t message, int64_t ticket, const char *topic, struct taken *out, struct err *e)
{
	const struct config *c = w->desk->config;
	*out = (struct taken){
		.ticket = ticket,
		.message = message,
		.outcome = mem_dup("copy"),
		.folder = mem_fmt("%s/%s", c->imap.folder, topic ? topic : "triage"),
		.topic = mem_dup(topic ? topic : "triage"),
		.confidence = 1,
		.why = mem_dup("the same mail was taken in before"),
		.to = mem_dup(""),
	};
	return event_add(w->desk->db, ticket, w->now, "desk", "a copy of a mail that is here already was filed", e);
}

static void work_free(struct work *w)
{
	routing_free(&w->routing);
	ticket_free(&w->ticket);
	strs_free(&w->holders);
	strs_free(&w->forwarded);
	plan_free(&w->plan);
}

static bool take_new(struct work *w, struct taken *out, struct err *e)
{
	struct facts f;
	if (w->trouble)
		w->routing = (struct routing){.topic = -1, .guess = -1, .second = -1};
	else
		route_mail(w->desk->config, w->mail, &w->routing);
	if (!gather(w, &f, e))
		return false;
	plan_mail(&f, &w->plan);
	if (!carry_out_all(w, e))
		return false;
	tell(w, out);
	return true;
}

bool desk_take(struct desk *d, const struct mail *m, const char *raw, size_t n, const char *trouble, const struct inbox_place *place, int64_t now,
               struct taken *out, struct err *e)
{
	struct work w = {.desk = d, .mail = m, .raw = raw, .raw_bytes = n, .trouble = trouble, .now = now};
	int64_t message, ticket;
	char *topic = NULL;
	*out = (struct taken){0};
	message_digest(m, w.digest);
	bool ok = message_same(d->db, w.digest, raw, n, place ? place->uidvalidity : 0, &message, &ticket, &topic, e) &&
	          (message ? take_copy(&w, message, ticket, topic, out, e) : take_new(&w, out, e));
	if (ok && place)
		ok = inbox_add(d->db, place->uidvalidity, place->uid, out->message, out->outcome, out->folder, now, e);
	if (!ok)
		taken_free(out);
	free(topic);
	work_free(&w);
	return ok;
}

void taken_free(struct taken *t)
{
	free(t->outcome);
	free(t->folder);
	free(t->topic);
	free(t->why);
	free(t->to);
	*t = (struct taken){0};
}
