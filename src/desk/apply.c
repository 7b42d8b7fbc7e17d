/* apply: carries a plan into the store. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "desk/desk.h"
#include "desk/act.h"
#include "desk/letter.h"
#include "desk/plan.h"
#include "desk/reply.h"
#include "desk/returned.h"
#include "desk/staff.h"
#include "desk/why.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/part.h"
#include "store/ticket.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

struct work { /* one mail on its way into the store */
	struct desk *desk;
	const struct mail *mail;
	const char *raw;
	size_t raw_bytes;
	const char *trouble;
	int64_t now;
	struct keys keys;
	struct token_keys token_keys; /* the same, as mail/token.h takes them */
	struct routing routing;
	struct staff_claim claim;
	struct threading threading;
	struct ticket ticket;
	struct strs holders;
	struct plan plan;
	struct strs forwarded; /* everyone a forward goes to, for its To field */
	int64_t message;
	struct replied replied;
	unsigned char digest[MESSAGE_DIGEST];
};

/* A person's mail on a ticket that was closed long ago asks something new: a ticket of its own, linked to the old. */
static bool closed_too_long(const struct work *w)
{
	const struct ticket *t = &w->ticket;
	bool asks = w->threading.writer == WRITER_PEOPLE && w->threading.evidence != EVIDENCE_OWN && !mail_is_automatic(w->mail);
	return asks && strcmp(t->status, "closed") == 0 && t->closed && w->now - t->closed > (int64_t)w->desk->config->office.reopen_days * DAY;
}

/* Who has moved a ticket away may still take that back. */
static bool takes_back(struct work *w, struct err *e)
{
	const struct day today = day_local(w->now);
	struct commands c;
	bool yes = false;
	if (w->threading.writer != WRITER_NOT_YOURS)
		return true;
	commands_read(w->mail->reply_text ? w->mail->reply_text : "", &today, &c);
	bool ok = act_takes_back_own(w->desk, &w->ticket, &c, w->mail->from.addr, &yes, e);
	commands_free(&c);
	if (yes)
		w->threading.writer = WRITER_STAFF;
	return ok;
}

static bool place(struct work *w, struct err *e)
{
	struct db *db = w->desk->db;
	const struct config *c = w->desk->config;
	if (w->trouble)
		return true;
	staff_claim_read(c, &w->token_keys, w->mail, w->now, &w->claim);
	const struct thread_ground g = {db, c, &w->token_keys, &w->claim, w->now};
	if (!thread_place(&g, w->mail, &w->threading, e))
		return false;
	if (!w->threading.ticket)
		return true;
	if (ticket_get(db, w->threading.ticket, &w->ticket, e) < 0 || !takes_back(w, e))
		return false;
	if (closed_too_long(w)) {
		ticket_free(&w->ticket);
		w->ticket = (struct ticket){0};
		w->threading = (struct threading){.wished = w->threading.ticket, .too_late = true};
		return true;
	}
	if (!w->ticket.owner)
		return participant_list(db, w->ticket.id, "staff", &w->holders, e);
	strs_add(&w->holders, w->ticket.owner);
	return true;
}

static bool gather(struct work *w, struct facts *f, struct err *e)
{
	struct db *db = w->desk->db;
	const char *from = w->mail->from.addr ? w->mail->from.addr : "";
	*f = (struct facts){.config = w->desk->config, .mail = w->mail, .routing = &w->routing, .holders = &w->holders, .trouble = w->trouble};
	if (!place(w, e))
		return false;
	f->threading = w->threading;
	f->link_expired = w->claim.link_expired;
	if (w->threading.ticket)
		f->ticket = &w->ticket;
	const char *why_not, *to = plan_answer_address(f, &why_not);
	return message_count(db, from, w->threading.ticket, w->now - HOUR, &f->mails_from, &f->mails_on, e) && outbox_replies_since(db, w->threading.ticket, w->now - HOUR, &f->replies_on, e) &&
	       ticket_spammer(db, from, &f->spammer, e) &&
	       outbox_automatic_since(db, w->now - HOUR, to ? to : from, &f->answers_to, e) && outbox_automatic_since(db, w->now - DAY, to ? to : from, &f->answers_day, e) &&
	       outbox_automatic_since(db, w->now - 3 * DAY, to ? to : from, &f->answers_days, e) &&
	       outbox_automatic_since(db, w->now - HOUR, NULL, &f->answers_all, e);
}

/* Where people want their answers: a Reply-To of their own domain. One elsewhere is shown to staff, and not used. */
static bool set_answer_addr(struct work *w, struct err *e)
{
	const struct mail *m = w->mail;
	const char *r = m->reply_to.n == 1 ? m->reply_to.v[0].addr : NULL, *from = m->from.addr;
	if (!r || !from || address_same(r, from) || !address_ok(r) || config_is_own_address(w->desk->config, r) || strcasecmp(address_domain(r), address_domain(from)) != 0)
		return true;
	w->ticket.answer_addr = mem_dup(r);
	return ticket_save(w->desk->db, &w->ticket, w->now, e);
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
	return ticket_add(w->desk->db, &w->ticket, e) && set_answer_addr(w, e);
}

/* Only a mail of those whose ticket it is brings further people in. */
static bool brings_people(const struct work *w)
{
	return w->mail->kind != MAIL_BOUNCE && (w->threading.ticket == 0 || (w->threading.writer == WRITER_PEOPLE && w->threading.evidence != EVIDENCE_OWN && !mail_is_automatic(w->mail)));
}

static bool add_participants(struct work *w, struct err *e)
{
	struct db *db = w->desk->db;
	const struct mail *m = w->mail;
	const struct config *c = w->desk->config;
	if (m->from.addr && *m->from.addr && !config_is_own_address(c, m->from.addr) &&
	    !participant_add(db, w->ticket.id, m->from.addr, m->from.name ? m->from.name : "", "requester", e))
		return false;
	if (w->ticket.answer_addr && !participant_add(db, w->ticket.id, w->ticket.answer_addr, "", "requester", e))
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
	return !brings_people(w) || add_participants(w, e);
}

struct shown { /* people in copy, for the block */
	const struct work *work;
	struct strs cc;
};

static bool show_cc(void *ctx, const struct participant *p)
{
	struct shown *s = ctx;
	const struct ticket *t = &s->work->ticket;
	const struct config *c = s->work->desk->config;
	if (strcmp(p->role, "cc") != 0 || staff_has_topic(c, p->addr, t->topic ? config_topic_index(c, t->topic) : -1))
		return true;
	char *who = *p->name ? mem_fmt("%s <%s>", p->name, p->addr) : mem_dup(p->addr);
	strs_add(&s->cc, who);
	free(who);
	return true;
}

/* What staff must beware of, in their language; NULL: nothing. */
static char *warning(const struct work *w)
{
	const struct config *c = w->desk->config;
	const struct mail *m = w->mail;
	bool sv = strcmp(c->office.languages.v[0], "sv") == 0;
	const char *who = m->from.name && *m->from.name ? m->from.name : m->from.addr;
	if (w->threading.writer == WRITER_UNPROVED)
		return mem_fmt(sv ? "Obs: mejlet säger sig komma från %s, en kollega, men det gick inte att styrka. Det har inte skickats vidare till den som frågar, och ingenting har gjorts."
		                  : "Note: the mail says that it is from %s, a colleague, but this could not be proved. It was not sent on to the person who asks, and nothing was done.", who);
	if (w->threading.writer == WRITER_NOT_YOURS)
		return mem_fmt(sv ? "Obs: %s arbetar inte med det här ämnet. Mejlet har inte skickats vidare till den som frågar."
		                  : "Note: %s does not work with this topic. The mail was not sent on to the person who asks.", who);
	if (!w->threading.wished)
		return NULL;
	char *name = mem_fmt("[%s-%lld]", c->office.tag, (long long)w->threading.wished);
	char *words = w->threading.too_late ? mem_fmt(sv ? "Hör ihop med %s, som stängdes för länge sedan." : "Belongs with %s, which was closed long ago.", name)
	                                    : mem_fmt(sv ? "Nämner %s, men avsändaren hör inte till det ärendet." : "Names %s, but its writer is not on that ticket.", name);
	free(name);
	return words;
}

static bool forward(struct work *w, const struct letter_ground *g, const char *to, const char *why, struct err *e)
{
	struct outbox_item item;
	struct shown shown = {.work = w};
	char *thread = NULL, *beware = warning(w);
	bool ok = thread_of_staff(w->desk->db, w->desk->config, &w->ticket, to, &thread, e) && participant_each(w->desk->db, w->ticket.id, show_cc, &shown, e);
	const struct forward_words words = {.kind = w->threading.ticket == 0 ? FORWARD_NEW : FORWARD_FOLLOWUP, .why = why, .thread = thread, .trouble = w->trouble, .warning = beware, .cc = &shown.cc};
	ok = ok && letter_forward(g, to, &w->forwarded, &words, &item, e) && letter_post(w->desk->db, &item, w->now, e) &&
	     participant_add(w->desk->db, w->ticket.id, to, "", "staff", e);
	strs_free(&shown.cc);
	free(beware);
	free(thread);
	return ok;
}

static bool forward_all(struct work *w, const struct letter_ground *g, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; i < w->holders.n; i++)
		strs_add(&w->forwarded, w->holders.v[i]);
	for (size_t i = 0; ok && i < w->holders.n; i++)
		ok = forward(w, g, w->holders.v[i], "", e);
	return ok;
}

static bool reply(struct work *w, struct err *e)
{
	const struct reply_ground g = {.desk = w->desk, .keys = &w->token_keys, .ticket = &w->ticket, .mail = w->mail, .message = w->message, .raw_bytes = w->raw_bytes,
	                               .threading = &w->threading, .claim = &w->claim, .now = w->now};
	return desk_reply(&g, &w->replied, e);
}

static bool not_yours(struct work *w, const struct letter_ground *g, const char *to, struct err *e)
{
	const char *lang = w->desk->config->office.languages.v[0];
	int topic = w->ticket.topic ? config_topic_index(w->desk->config, w->ticket.topic) : -1;
	const struct placeholder v[] = {{"topic", config_topic_title(w->desk->config, topic, lang)}, {"text", w->mail->reply_text ? w->mail->reply_text : ""}};
	struct outbox_item item;
	return letter_notice(g, to, "not-yours", v, 2, w->mail->message_id, &item, e) && letter_post(w->desk->db, &item, w->now, e);
}

static bool part_answered(struct work *w, const struct letter_ground *g, struct err *e)
{
	struct part p = {0};
	int64_t open = 0;
	int there = part_get(w->desk->db, w->threading.asked, w->threading.part, &p, e);
	if (there <= 0) /* split or merged away: staff see it all the same */
		return there == 0 && forward_all(w, g, e);
	bool ok = desk_part_answered(w->desk, g, &w->ticket, &p, NULL, NULL, &w->forwarded, &open, e);
	part_free(&p);
	return ok;
}

static bool absent(struct work *w, const char *who, struct err *e)
{
	bool done = false;
	return desk_absent(w->desk, &w->token_keys, &w->ticket, who, w->now, &done, &w->forwarded, e);
}

static bool reopen(struct work *w, struct err *e)
{
	free(w->ticket.status);
	w->ticket.status = mem_dup("open");
	w->ticket.wakes = 0;
	return ticket_save(w->desk->db, &w->ticket, w->now, e);
}

static bool carry_out(struct work *w, const struct action *a, const char *why, struct err *e)
{
	struct desk *d = w->desk;
	const struct letter_ground g = {.config = d->config, .ticket = &w->ticket, .mail = w->mail, .message = w->message, .raw_bytes = w->raw_bytes, .now = w->now, .keys = &w->token_keys,
	                                .guess = w->threading.ticket ? NULL : w->routing.verdict.scores};
	struct outbox_item item;
	if (!event_add(d->db, w->ticket.id, w->now, "desk", a->why, e))
		return false;
	switch (a->kind) {
	case ACTION_ASIDE:
	case ACTION_OPEN:
	case ACTION_NOTE:
	case ACTION_JOIN:
		break;
	case ACTION_REOPEN: return reopen(w, e);
	case ACTION_FORWARD: return forward(w, &g, a->to, why, e);
	case ACTION_RETURNED: return desk_returned(&g, d->db, w->threading.outbox, &w->mail->bounce, e);
	case ACTION_REPLY: return reply(w, e);
	case ACTION_LINK_EXPIRED: return letter_notice(&g, a->to, "link-expired", NULL, 0, w->mail->message_id, &item, e) && letter_post(d->db, &item, w->now, e);
	case ACTION_NOT_YOURS: return not_yours(w, &g, a->to, e);
	case ACTION_PART: return part_answered(w, &g, e);
	case ACTION_ABSENT: return absent(w, a->to, e);
	case ACTION_ALSO: return desk_also(d, &g, config_topic_index(d->config, a->what), "desk", why, NULL, &w->forwarded, e);
	case ACTION_ACKNOWLEDGE: return letter_answer(&g, "acknowledgement", a->what, a->to, &item, e) && letter_post(d->db, &item, w->now, e);
	case ACTION_ANSWER: return letter_answer(&g, "answer", a->what, a->to, &item, e) && letter_post(d->db, &item, w->now, e);
	}
	return true;
}

/* Why this topic, in the words of the block. */
static char *block_why(const struct work *w)
{
	const struct config *c = w->desk->config;
	return routing_why(c, &w->routing, c->office.languages.v[0]);
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
	if (w->replied.what) {
		free(out->why);
		out->why = mem_dup(w->replied.what);
	}
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

/* Nothing is kept of it but that it was here; it lies in its folder. */
static bool take_aside(const struct work *w, struct taken *out)
{
	*out = (struct taken){.outcome = mem_dup("aside"), .folder = mem_dup(w->plan.folder), .topic = mem_dup("none"), .why = mem_dup(w->plan.v[0].why), .to = mem_dup("")};
	return true;
}

static void work_free(struct work *w)
{
	routing_free(&w->routing);
	staff_claim_free(&w->claim);
	keys_free(&w->keys);
	replied_free(&w->replied);
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
	if (!keys_load(w->desk->db, w->now, &w->keys, e))
		return false;
	w->token_keys = (struct token_keys){w->keys.v, w->keys.n};
	if (!gather(w, &f, e))
		return false;
	plan_mail(&f, &w->plan);
	if (w->plan.v[0].kind == ACTION_ASIDE)
		return take_aside(w, out);
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
