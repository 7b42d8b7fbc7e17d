#include "desk/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/why.h"
#include "mail/address.h"

/* What machines, and staff whose mail may be a machine's, can make us send in an hour: a loop that shows no mark ends here. */
enum { LOOP_MAILS_FROM = 50, LOOP_MAILS_ON = 20, LOOP_REPLIES_ON = 12, ANSWERS_FREE = 3 };

static void act(struct plan *p, enum action_kind kind, const char *to, const char *what, char *why)
{
	p->v = mem_resize(p->v, p->n + 1, sizeof *p->v);
	p->v[p->n++] = (struct action){kind, mem_dup(to), mem_dup(what), why};
}

static bool planned_to(const struct plan *p, const char *addr)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].kind == ACTION_FORWARD && address_same(p->v[i].to, addr))
			return true;
	return false;
}

/* RFC 3834 §2 and §4: no machine, list or bounce is answered, nor we ourselves, nor an address that the mail itself did not come from. */
const char *plan_answer_address(const struct facts *f, const char **why_not)
{
	const struct mail *m = f->mail;
	const struct config *c = f->config;
	const char *to = m->from.addr;
	*why_not = NULL;
	if (f->trouble)
		*why_not = "the mail could not be read";
	else if (mail_is_automatic(m))
		*why_not = m->kind_why && *m->kind_why ? m->kind_why : "an automatic mail";
	else if (!to || !address_ok(to))
		*why_not = "the mail names no address that can be written to";
	else if (config_is_own_address(c, to))
		*why_not = "it came from an address of our own";
	else if (address_is_robot(to))
		*why_not = "it came from an address that nobody reads";
	else if (config_is_staff(c, to))
		*why_not = "its writer is staff";
	else if (f->spammer)
		*why_not = "a mail of its writer was marked as spam";
	else if (f->answers_to >= c->limits.answers_per_address_hour)
		*why_not = "the address got an automatic mail within the hour";
	else if (f->answers_days >= ANSWERS_FREE && f->answers_day >= 1)
		*why_not = "the address got three automatic mails within three days, and one within the last: one a day is enough";
	else if (f->answers_all >= c->limits.answers_per_hour)
		*why_not = "the limit of automatic mails an hour is reached";
	if (*why_not)
		return NULL;
	bool writer_too = false;
	for (size_t i = 0; i < m->reply_to.n; i++)
		writer_too = writer_too || address_same(m->reply_to.v[i].addr, to);
	for (size_t i = 0; i < m->reply_to.n; i++) { /* a Reply-To elsewhere makes us write to a stranger */
		const char *r = m->reply_to.v[i].addr;
		if (address_same(r, to) || (writer_too && config_is_own_address(c, r)))
			continue;
		if (m->reply_to.n > 1 || config_is_own_address(c, r) || !address_ok(r) || address_is_robot(r) || config_is_staff(c, r) ||
		    strcasecmp(address_domain(r), address_domain(to)) != 0) {
			*why_not = "its Reply-To names another domain, our own address, more than one, or a robot";
			return NULL;
		}
		return r;
	}
	return to;
}

static void plan_answer(const struct facts *f, struct plan *p)
{
	const struct routing *r = f->routing;
	const char *why_not, *to = plan_answer_address(f, &why_not);
	if (!to)
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("not acknowledged: %s", why_not));
	else if (r->answer)
		act(p, ACTION_ANSWER, to, r->answer, mem_fmt("answered automatically with '%s' to %s: rule '%s'", r->answer, to, r->rules.v[r->rules.n - 1]));
	else if (!r->acknowledge)
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("not acknowledged: rule '%s' says so", r->rules.v[r->rules.n - 1]));
	else
		act(p, ACTION_ACKNOWLEDGE, to, r->topic < 0 ? "acknowledgement-triage" : "acknowledgement", mem_fmt("acknowledged to %s", to));
}

/* A writer needs no copy of their own mail, unless nobody would see it at all. */
static void plan_forwards(const struct facts *f, const struct strs *staff, bool writer_too, const char *reason, struct plan *p)
{
	const char *from = writer_too ? NULL : f->mail->from.addr;
	for (size_t i = 0; i < staff->n; i++) {
		if (planned_to(p, staff->v[i]) || (from && address_same(from, staff->v[i])))
			continue;
		act(p, ACTION_FORWARD, staff->v[i], NULL, mem_fmt("forwarded to %s%s%s", staff->v[i], *reason ? ": " : "", reason));
	}
}

static bool looks_like_a_loop(const struct facts *f)
{
	const struct mail *m = f->mail;
	if (!mail_is_automatic(m) && !config_is_staff(f->config, m->from.addr))
		return false;
	return f->mails_from >= LOOP_MAILS_FROM || (f->ticket && f->mails_on >= LOOP_MAILS_ON);
}

/* Of a proved colleague only answers count, and many: what bears their name without proof must not be able to silence them. */
static bool answers_without_end(const struct facts *f)
{
	return f->replies_on >= LOOP_REPLIES_ON;
}

/* To staff; where its writer alone would get it, or a member of staff is away (their answering machine would answer a colleague's), to triage. */
static void plan_delivery(const struct facts *f, const struct strs *staff, struct plan *p)
{
	const struct config *c = f->config;
	size_t before = p->n;
	if (looks_like_a_loop(f)) {
		p->braked = true;
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("not forwarded: %lld mails of this writer, %lld on this ticket within the hour look like a loop",
		                                        (long long)f->mails_from, (long long)f->mails_on));
		return;
	}
	if (!(f->mail->kind == MAIL_AUTO_REPLY && config_is_staff(c, f->mail->from.addr)))
		plan_forwards(f, staff, false, "", p);
	if (p->n == before && !(f->ticket && config_is_staff(c, f->mail->from.addr)))
		plan_forwards(f, config_topic_staff(c, -1), false, f->ticket ? "nobody else has the ticket" : "its writer is the one who would get it", p);
	if (p->n == before && !f->ticket && !mail_is_automatic(f->mail))
		plan_forwards(f, config_topic_staff(c, -1), true, "nobody else would see it", p);
	if (p->n == before)
		act(p, ACTION_NOTE, NULL, NULL, mem_dup("not forwarded: its writer is the only one who has the ticket"));
}

/* RFC 3464. Backscatter, or a mail that was not sent by us: nobody here can do anything about it. One that only looks like a report is a mail. */
static bool is_strange_report(const struct facts *f)
{
	const struct bounce *b = &f->mail->bounce;
	return !f->trouble && f->mail->kind == MAIL_BOUNCE && ((b->recipient && *b->recipient) || (b->message_id && *b->message_id));
}

static void plan_new(const struct facts *f, struct plan *p)
{
	const struct config *c = f->config;
	const struct routing *r = f->routing;
	if (is_strange_report(f)) {
		act(p, ACTION_ASIDE, NULL, NULL, mem_dup("it reports on a mail that is none of ours"));
		p->folder = mem_fmt("%s/returned", c->imap.folder);
		return;
	}
	char *why = f->trouble ? mem_dup(f->trouble) : routing_why(c, r, "en");
	if (r->topic >= 0)
		act(p, ACTION_OPEN, NULL, NULL, mem_fmt("opened: %s (%.0f %%): %s", config_topic_name(c, r->topic), r->confidence * 100, why));
	else
		act(p, ACTION_OPEN, NULL, NULL, mem_fmt("opened: triage: %s", why));
	free(why);
	if (f->threading.wished)
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("names ticket [%s-%lld], %s", c->office.tag, (long long)f->threading.wished,
		                                        f->threading.too_late ? "which was closed too long ago" : "but its writer is not on that ticket"));
	plan_delivery(f, routing_staff(c, r), p);
	if (r->topic >= 0 && r->second >= 0 && !r->forward_to && !p->braked && !mail_is_automatic(f->mail))
		act(p, ACTION_ALSO, NULL, config_topic_name(c, r->second), mem_fmt("a part of it is for %s", config_topic_name(c, r->second)));
	plan_answer(f, p);
	p->folder = mem_fmt("%s/%s", c->imap.folder, config_topic_name(c, r->topic));
}

static const char *evidence_words(enum evidence e)
{
	switch (e) {
	case EVIDENCE_TOKEN: return "it answers a mail that we sent to its writer";
	case EVIDENCE_REFERENCE: return "it refers to a mail of the ticket";
	case EVIDENCE_RETURNED: return "it returns a mail of the ticket";
	case EVIDENCE_TAG: return "its subject names the ticket, and its writer is on it";
	case EVIDENCE_OWN: return "it is a mail that we sent";
	case EVIDENCE_NONE: break;
	}
	return "no evidence";
}

static const char *as_whom(const struct facts *f)
{
	switch (f->threading.writer) {
	case WRITER_STAFF: return " as staff";
	case WRITER_UNPROVED: return " (says to be staff, and could not be proved)";
	case WRITER_NOT_YOURS: return " (staff, but not of this ticket)";
	case WRITER_PART: return " for a division that was asked";
	case WRITER_PEOPLE:
	case WRITER_STRANGER: break;
	}
	return "";
}

/* An automatic mail changes no ticket and is forwarded to nobody, with two exceptions: staff who are away, and a division that was asked. */
static void plan_machine(const struct facts *f, struct plan *p)
{
	const struct mail *m = f->mail;
	const char *why = m->kind_why && *m->kind_why ? m->kind_why : "an automatic answer";
	if (m->kind == MAIL_AUTO_REPLY && f->threading.writer != WRITER_PEOPLE && f->threading.writer != WRITER_PART && config_is_staff(f->config, m->from.addr))
		act(p, ACTION_ABSENT, m->from.addr, NULL, mem_fmt("%s is away: %s", m->from.addr, why));
	else if (f->threading.writer == WRITER_PART && !looks_like_a_loop(f))
		act(p, ACTION_PART, NULL, NULL, mem_fmt("part %d stays open: %s", f->threading.part, why));
	else
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("not forwarded: %s", why));
}

static void plan_person(const struct facts *f, struct plan *p)
{
	const struct mail *m = f->mail;
	switch (f->threading.writer) {
	case WRITER_STAFF:
		if (f->config->staff.commands && !mail_is_automatic(m) && !answers_without_end(f)) { /* what a list or a program sends in their name is no act of theirs */
			act(p, ACTION_REPLY, m->from.addr, NULL, mem_fmt("read as a reply of %s", m->from.addr));
			return;
		}
		plan_delivery(f, f->holders, p);
		return;
	case WRITER_PART:
		act(p, ACTION_PART, NULL, NULL, mem_fmt("part %d is answered", f->threading.part));
		return;
	case WRITER_NOT_YOURS:
		act(p, ACTION_NOT_YOURS, m->from.addr, NULL, mem_fmt("nothing was done: %s works for another topic", m->from.addr));
		plan_delivery(f, f->holders, p);
		return;
	case WRITER_UNPROVED: /* the colleague whose name it bears should see it, too */
		if (looks_like_a_loop(f))
			plan_delivery(f, f->holders, p);
		else if (f->link_expired)
			act(p, ACTION_LINK_EXPIRED, m->from.addr, NULL, mem_dup("nothing was done: the link is too old"));
		else
			plan_forwards(f, f->holders, true, "it may be forged", p);
		return;
	case WRITER_PEOPLE:
	case WRITER_STRANGER:
		break;
	}
	if (!mail_is_automatic(m) && strcmp(f->ticket->status, "open") != 0)
		act(p, ACTION_REOPEN, NULL, NULL, mem_fmt("%s: a new mail came", strcmp(f->ticket->status, "closed") == 0 ? "reopened" : "open again"));
	plan_delivery(f, f->holders, p);
}

static void plan_joined(const struct facts *f, struct plan *p)
{
	const struct mail *m = f->mail;
	const char *from = m->from.addr && *m->from.addr ? m->from.addr : "somebody";
	act(p, ACTION_JOIN, NULL, NULL,
	    mem_fmt("a %s of %s joined%s: %s", m->kind == MAIL_PERSON ? "mail" : mail_kind_name(m->kind), from, as_whom(f), evidence_words(f->threading.evidence)));
	p->folder = mem_fmt("%s/%s", f->config->imap.folder, f->ticket->topic ? f->ticket->topic : "triage");
	if (f->threading.evidence == EVIDENCE_OWN) /* forwarded again, it would come back for ever */
		act(p, ACTION_NOTE, NULL, NULL, mem_dup("not forwarded: it is our own mail, which somebody who got it redirects to us"));
	else if (m->kind == MAIL_BOUNCE && m->bounce.action && *m->bounce.action && strcasecmp(m->bounce.action, "failed") != 0) /* RFC 3464 §2.3.3 */
		act(p, ACTION_NOTE, NULL, NULL, mem_fmt("a report: the mail to %s is %s", m->bounce.recipient && *m->bounce.recipient ? m->bounce.recipient : "somebody", m->bounce.action));
	else if (m->kind == MAIL_BOUNCE)
		act(p, ACTION_RETURNED, NULL, NULL, mem_fmt("came back: a mail to %s could not be delivered%s%s", m->bounce.recipient && *m->bounce.recipient ? m->bounce.recipient : "somebody",
		                                            m->bounce.status && *m->bounce.status ? ": " : "", m->bounce.status ? m->bounce.status : ""));
	else if (m->kind == MAIL_AUTO_REPLY || m->kind == MAIL_RECEIPT)
		plan_machine(f, p);
	else
		plan_person(f, p);
}

void plan_mail(const struct facts *f, struct plan *out)
{
	*out = (struct plan){0};
	if (f->ticket)
		plan_joined(f, out);
	else
		plan_new(f, out);
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].to);
		free(p->v[i].what);
		free(p->v[i].why);
	}
	free(p->v);
	free(p->folder);
	*p = (struct plan){0};
}
