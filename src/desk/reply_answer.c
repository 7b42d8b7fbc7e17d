/* reply_answer: a colleague's answer, out to the requester and those in copy. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/address.h"
#include "mail/token.h"
#include "store/ticket.h"

#include "reply_parts.h"

bool reply_answered_mail(struct reply *r, struct message_row *out, struct err *e)
{
	const int64_t ticket = r->g->ticket->id;
	char *role = NULL;
	int64_t latest = 0;
	if (r->row.source && message_get(reply_db(r), r->row.source, out, e) < 0)
		return false;
	bool ok = !out->id || participant_role(reply_db(r), ticket, out->from_addr, &role, e);
	bool theirs = ok && out->id && out->ticket == ticket && role && (strcmp(role, "requester") == 0 || strcmp(role, "cc") == 0);
	free(role);
	if (!ok || theirs)
		return ok;
	message_row_free(out);
	*out = (struct message_row){0};
	return message_last_of(reply_db(r), ticket, NULL, &latest, e) && (!latest || message_get(reply_db(r), latest, out, e) >= 0);
}

struct recipients {
	const struct reply *reply;
	struct strs to, cc;      /* named in the mail */
	struct strs send;        /* who gets it from us */
	struct strs bad;         /* left out: mail to them comes back */
	bool addressed; /* the writer's own mail went to the requester already */
};

static bool already_addressed(const struct mail *m, const char *addr)
{
	const struct mailboxes *lists[] = {&m->to, &m->cc};
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			if (address_same(lists[k]->v[i].addr, addr))
				return true;
	return false;
}

static void add_recipient(struct recipients *l, struct strs *field, const char *addr, const char *bad)
{
	if (strs_has_case(&l->to, addr) || strs_has_case(&l->cc, addr))
		return;
	if (bad) {
		strs_add(&l->bad, addr);
		return;
	}
	strs_add(field, addr);
	if (already_addressed(l->reply->g->mail, addr))
		l->addressed = true;
	else
		strs_add(&l->send, addr);
}

static bool add_cc(void *ctx, const struct participant *p)
{
	struct recipients *l = ctx;
	const struct config *c = reply_config(l->reply);
	int topic = l->reply->g->ticket->topic ? config_topic_index(c, l->reply->g->ticket->topic) : -1;
	if (strcmp(p->role, "cc") == 0 && !staff_has_topic(c, p->addr, topic) && address_ok(p->addr) && !config_is_own_address(c, p->addr) && !address_is_robot(p->addr) &&
	    *address_domain(p->addr) != '[')
		add_recipient(l, &l->cc, p->addr, p->bad);
	return true;
}

/* The requester, and those whom they had in copy. */
static bool find_recipients(const struct reply *r, bool sender_only, struct recipients *l, struct err *e)
{
	const struct ticket *t = r->g->ticket;
	const char *requester = t->answer_addr ? t->answer_addr : t->requester_addr;
	*l = (struct recipients){.reply = r};
	if (address_ok(requester) && !config_is_own_address(reply_config(r), requester)) /* also one that a receipt did not reach: many refuse mail of machines alone */
		add_recipient(l, &l->to, requester, NULL);
	return sender_only || participant_each(reply_db(r), t->id, add_cc, l, e);
}

static void recipients_free(struct recipients *l)
{
	strs_free(&l->to);
	strs_free(&l->cc);
	strs_free(&l->send);
	strs_free(&l->bad);
}

static void put_last(struct strs *l, const char *id)
{
	struct strs all = {0};
	for (size_t i = 0; i < l->n; i++)
		if (!id || strcmp(l->v[i], id) != 0)
			strs_add(&all, l->v[i]);
	if (id)
		strs_add(&all, id);
	strs_free(l);
	*l = all;
}

static bool send_one(struct reply *r, const struct recipients *l, const char *to, bool held, struct err *e)
{
	const struct letter_ground g = reply_letters(r);
	struct strs references = {0};
	struct outbox_item item;
	const struct reply_words w = {
		.writer = reply_writer(r),
		.writer_name = reply_name(r),
		.to = &l->to,
		.cc = &l->cc,
		.in_reply_to = r->to.message_id,
		.references = &references,
		.answer = &r->g->mail->answer,
		.text = r->commands.rest,
		.html = !r->no_html && reply_html_fits(r->g->mail, r->commands.rest),
		.held = held,
	};
	bool ok = message_thread_ids(reply_db(r), r->g->ticket->id, &references, e);
	put_last(&references, r->to.message_id); /* RFC 5322 §3.6.4 */
	ok = ok && letter_reply(&g, to, &w, &item, e) && letter_post(reply_db(r), &item, r->g->now, e);
	strs_free(&references);
	return ok;
}

static char *list_words(const struct strs *l)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < l->n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", l->v[i]);
	return buf_take(&b);
}

static bool held_event(struct reply *r, const struct recipients *l, struct err *e)
{
	char *who = NULL;
	if (!reply_colleague(r, r->first.writer, &who, e))
		return false;
	char *to = list_words(&l->send), *what = mem_fmt("an answer to %s was held: %s answered first", to, r->first.writer ? r->first.writer : "a colleague");
	char *when = letter_time(r->first.created, r->lang);
	const struct placeholder v[] = {{"who", who}, {"when", when}, {"first", r->first.text}, {"send", "yes"}};
	reply_say(r, what);
	bool ok = reply_event(r, what, e) && reply_tell_writer(r, "held", v, 4, e);
	free(when);
	free(what);
	free(to);
	free(who);
	return ok;
}

/* The requester has the word now, unless a command has said what becomes of the ticket. */
static bool mark_answered(struct reply *r, bool status_said, struct err *e)
{
	struct ticket *t = r->g->ticket;
	if (!t->answered)
		t->answered = r->g->now;
	if (!t->owner && !r->admin)
		t->owner = mem_dup(reply_writer(r));
	if (!status_said && strcmp(t->status, "open") == 0) {
		free(t->status);
		t->status = mem_dup("pending");
	}
	return ticket_save(reply_db(r), t, r->g->now, e);
}

static bool answered_event(struct reply *r, const struct recipients *l, struct err *e)
{
	char *to = list_words(&l->send), *bad = list_words(&l->bad);
	char *what = mem_fmt("answered%s%s%s%s%s", *to ? " to " : "", to, l->addressed ? " (the writer's own mail went to the requester)" : "", *bad ? "; left out, since mail comes back: " : "", bad);
	const struct placeholder v[] = {{"who", r->admin ? r->admin : *reply_name(r) ? reply_name(r) : reply_writer(r)}, {"text", r->commands.rest}};
	reply_say(r, what);
	bool ok = reply_event(r, what, e) && reply_tell_others(r, "answered", v, 2, e);
	free(what);
	free(bad);
	free(to);
	return ok;
}

/* A token of ours is in it, in a link of ours too ("%28TOKEN%29"): some way of quoting that is not known, or a link that was copied. Nothing is
 * sent then. For whom it was made is not asked: FORGED says that a key of ours is named. */
static bool holds_token(const struct reply *r, const char *text)
{
	char word[TOKEN_TEXT + 1], *plain = mem_dup(text ? text : "");
	bool found = false;
	for (char *p = plain; (p = strchr(p, '%')) != NULL && p[1] && p[2]; p++)
		p[0] = p[1] = p[2] = ' ';
	for (const char *p = plain; !found && (p = token_find(p, word)) != NULL;) {
		struct token t;
		enum token_fault f = token_check(r->g->keys, word, reply_writer(r), r->g->now, &t);
		found = f != TOKEN_NOT_ONE && f != TOKEN_NO_KEY;
	}
	free(plain);
	return found;
}

static bool give_back_leak(struct reply *r, struct err *e)
{
	return reply_give_back(r, strcmp(r->lang, "sv") == 0 ? "Ditt svar innehåller vårt mejl till dig, med länkar som bara är till för kollegorna. Ta bort det som är citerat, och skicka en gång till."
	                                               : "Your answer holds our message to you, with links that are for colleagues alone. Take out what is quoted, and send it once more.", e);
}

bool reply_answer(struct reply *r, bool sender_only, bool status_said, bool held, struct err *e)
{
	struct recipients l;
	if (holds_token(r, r->commands.rest))
		return give_back_leak(r, e);
	r->no_html = holds_token(r, r->g->mail->answer.html);
	bool ok = find_recipients(r, sender_only, &l, e);
	if (ok && l.send.n == 0 && !l.addressed) {
		ok = reply_nothing_sent(r, "no-recipient", "nothing was sent: there is nobody who could be answered", e);
	} else if (ok) {
		for (size_t i = 0; ok && i < l.send.n; i++)
			ok = send_one(r, &l, l.send.v[i], held, e);
		if (ok && held)
			ok = held_event(r, &l, e);
		else if (ok)
			ok = mark_answered(r, status_said, e) && answered_event(r, &l, e);
		r->out->answered = ok && !held;
	}
	recipients_free(&l);
	return ok;
}

bool desk_answer(struct desk *d, const struct token_keys *keys, struct ticket *t, const char *admin, const char *text, int64_t now, struct strs *sent, struct err *e)
{
	const struct mail none = {0};
	const struct reply_ground g = {.desk = d, .keys = keys, .ticket = t, .mail = &none, .now = now};
	struct replied out = {0};
	struct reply r = {.g = &g, .lang = d->config->office.languages.v[0], .admin = admin, .out = &out};
	struct recipients l = {0};
	r.commands.rest = mem_dup(text);
	bool ok = reply_answered_mail(&r, &r.to, e) && find_recipients(&r, false, &l, e);
	if (ok && l.send.n == 0)
		ok = err_set(e, ERR_INPUT, "there is nobody on ticket %lld who could be answered", (long long)t->id);
	for (size_t i = 0; ok && i < l.send.n; i++) {
		ok = send_one(&r, &l, l.send.v[i], false, e);
		strs_add(sent, l.send.v[i]);
	}
	ok = ok && mark_answered(&r, false, e) && answered_event(&r, &l, e);
	recipients_free(&l);
	message_row_free(&r.to);
	commands_free(&r.commands);
	replied_free(&out);
	return ok;
}
