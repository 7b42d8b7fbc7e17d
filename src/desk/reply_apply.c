/* reply_apply: carries out what a mail of staff means. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "desk/act.h"
#include "desk/letter.h"
#include "desk/reply.h"
#include "desk/thread.h"
#include "mail/address.h"
#include "mail/quote.h"
#include "store/keys.h"
#include "store/message.h"
#include "store/outbox.h"

enum { MINUTE = 60, SAID_BYTES = 256 << 10, LINES_COMPARED = 500 };

struct reply {
	const struct reply_ground *g;
	struct commands commands;
	struct outbox_item row;      /* the mail of ours that was replied to; id 0: unknown */
	struct outbox_item first;    /* the answer of a colleague who was faster; id 0: none */
	struct message_row to;       /* the mail that an answer answers; id 0: unknown */
	const char *lang;            /* of staff */
	bool no_html;                /* it holds what the text does not */
	const char *admin;           /* who answers for the office, without a mail of their own; NULL: a colleague */
	struct replied *out;
};

static const struct config *config_of(const struct reply *r)
{
	return r->g->desk->config;
}

static struct db *db_of(const struct reply *r)
{
	return r->g->desk->db;
}

static const char *writer_of(const struct reply *r)
{
	return r->g->mail->from.addr;
}

/* The name that people are to see. */
static const char *name_of(const struct reply *r)
{
	const struct config_person *p = config_person(config_of(r), writer_of(r));
	if (p && p->name)
		return p->name;
	return r->g->mail->from.name ? r->g->mail->from.name : "";
}

static bool same_person(const struct reply *r, const char *a, const char *b)
{
	const struct config_person *p = a ? config_person(config_of(r), a) : NULL, *q = b ? config_person(config_of(r), b) : NULL;
	return a && b && (address_same(a, b) || (p && p == q));
}

static struct letter_ground ground_of(const struct reply *r)
{
	const struct reply_ground *g = r->g;
	return (struct letter_ground){.config = config_of(r), .ticket = g->ticket, .mail = g->mail, .message = g->message, .raw_bytes = g->raw_bytes, .now = g->now, .keys = g->keys};
}

static bool event(const struct reply *r, const char *what, struct err *e)
{
	return event_add(db_of(r), r->g->ticket->id, r->g->now, r->admin ? r->admin : writer_of(r), what, e);
}

/* To somebody of staff, in their thread; the writer's goes on from the mail in hand. */
static bool tell(const struct reply *r, const char *to, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	const struct letter_ground g = ground_of(r);
	struct outbox_item item;
	char *thread = NULL;
	bool to_writer = same_person(r, to, writer_of(r)), ok = to_writer || thread_of_staff(db_of(r), config_of(r), g.ticket, to, &thread, e);
	ok = ok && letter_notice(&g, to, template, v, n, to_writer ? g.mail->message_id : thread, &item, e) && letter_post(db_of(r), &item, g.now, e);
	free(thread);
	return ok;
}

static bool tell_writer(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	return tell(r, writer_of(r), template, v, n, e);
}

/* Staff who have the ticket, but for the writer. */
static bool tell_others(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e)
{
	struct strs staff = {0};
	bool ok = participant_list(db_of(r), r->g->ticket->id, "staff", &staff, e);
	for (size_t i = 0; ok && i < staff.n; i++)
		if (!same_person(r, staff.v[i], writer_of(r)))
			ok = tell(r, staff.v[i], template, v, n, e);
	strs_free(&staff);
	return ok;
}

static void say(struct reply *r, const char *what)
{
	free(r->out->what);
	r->out->what = mem_dup(what);
}

/* --- what came back to the writer --- */

/* A colleague as people know them; the caller frees. */
static bool colleague(const struct reply *r, const char *addr, char **name, struct err *e)
{
	const struct config_person *p = addr ? config_person(config_of(r), addr) : NULL;
	struct message_row m = {0};
	int64_t id = 0;
	*name = NULL;
	if (p && p->name) {
		*name = mem_dup(p->name);
		return true;
	}
	if (addr && !message_last_of(db_of(r), r->g->ticket->id, addr, &id, e))
		return false;
	if (id && message_get(db_of(r), id, &m, e) < 0)
		return false;
	*name = mem_dup(m.from_name && *m.from_name ? m.from_name : addr ? addr : "");
	message_row_free(&m);
	return true;
}


static char *fault_lines(const struct command_fault *v, size_t n, const char *lang)
{
	struct buf b = {0};
	bool sv = strcmp(lang, "sv") == 0;
	buf_adds(&b, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s\n    %s", i ? "\n" : "", v[i].line, sv ? v[i].sv : v[i].en);
	return buf_take(&b);
}

static bool give_back(struct reply *r, const char *faults, struct err *e)
{
	const struct placeholder v[] = {{"faults", faults}, {"text", r->g->mail->reply_text ? r->g->mail->reply_text : ""}};
	char *what = mem_fmt("nothing was done: a command of %s was at fault", writer_of(r));
	say(r, what);
	bool ok = event(r, what, e) && tell_writer(r, "command-fault", v, 2, e);
	free(what);
	return ok;
}

static bool link_used(struct reply *r, struct err *e)
{
	char *by = NULL;
	int64_t when = 0;
	if (!token_spent(db_of(r), r->g->claim->token_text, &by, &when, e))
		return false;
	char *time = letter_time(when, r->lang), *who = NULL;
	bool ok = colleague(r, by, &who, e);
	const struct placeholder v[] = {{"who", who}, {"when", time}};
	say(r, "a link that was used before");
	ok = ok && event(r, "nothing was done: the link had been used before", e) && tell_writer(r, "link-used", v, 2, e);
	free(who);
	free(time);
	free(by);
	return ok;
}

static bool link_altered(struct reply *r, struct err *e)
{
	const char *name = command_name((enum command_kind)(r->g->claim->token.nonce >> 11), r->lang);
	char *faults = mem_fmt(strcmp(r->lang, "sv") == 0 ? "Länken är gjord för !%s och för ingenting annat." : "The link was made for !%s, and for nothing else.", name);
	bool ok = give_back(r, faults, e);
	free(faults);
	return ok;
}

/* --- notes --- */

static bool keep_note(struct reply *r, const char *text, struct err *e)
{
	char *what = mem_fmt("note: %s", text);
	bool ok = event(r, what, e);
	free(what);
	return ok;
}

static bool note_only(struct reply *r, struct err *e)
{
	const struct placeholder v[] = {{"text", r->commands.rest}};
	say(r, "kept as a note");
	return keep_note(r, r->commands.rest, e) && tell_writer(r, "kept-as-note", v, 1, e);
}

/* --- the answer --- */

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
	const struct config *c = config_of(l->reply);
	if (strcmp(p->role, "cc") == 0 && address_ok(p->addr) && !config_is_own_address(c, p->addr) && !config_is_staff(c, p->addr) && !address_is_robot(p->addr))
		add_recipient(l, &l->cc, p->addr, p->bad);
	return true;
}

/* The requester, and those whom they had in copy. */
static bool find_recipients(const struct reply *r, bool sender_only, struct recipients *l, struct err *e)
{
	const struct ticket *t = r->g->ticket;
	const char *requester = t->answer_addr ? t->answer_addr : t->requester_addr;
	*l = (struct recipients){.reply = r};
	if (address_ok(requester) && !config_is_own_address(config_of(r), requester)) /* also one that a receipt did not reach: many refuse mail of machines alone */
		add_recipient(l, &l->to, requester, NULL);
	return sender_only || participant_each(db_of(r), t->id, add_cc, l, e);
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
	const struct letter_ground g = ground_of(r);
	struct strs references = {0};
	struct outbox_item item;
	const struct reply_words w = {
		.writer = writer_of(r),
		.writer_name = name_of(r),
		.to = &l->to,
		.cc = &l->cc,
		.in_reply_to = r->to.message_id,
		.references = &references,
		.answer = &r->g->mail->answer,
		.text = r->commands.rest,
		.html = !r->no_html && reply_html_fits(r->g->mail, r->commands.rest),
		.held = held,
	};
	bool ok = message_thread_ids(db_of(r), r->g->ticket->id, &references, e);
	put_last(&references, r->to.message_id); /* RFC 5322 §3.6.4 */
	ok = ok && letter_reply(&g, to, &w, &item, e) && letter_post(db_of(r), &item, r->g->now, e);
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
	if (!colleague(r, r->first.writer, &who, e))
		return false;
	char *to = list_words(&l->send), *what = mem_fmt("an answer to %s was held: %s answered first", to, r->first.writer ? r->first.writer : "a colleague");
	char *when = letter_time(r->first.created, r->lang);
	const struct placeholder v[] = {{"who", who}, {"when", when}, {"first", r->first.text}, {"send", "yes"}};
	say(r, what);
	bool ok = event(r, what, e) && tell_writer(r, "held", v, 4, e);
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
		t->owner = mem_dup(writer_of(r));
	if (!status_said && strcmp(t->status, "open") == 0) {
		free(t->status);
		t->status = mem_dup("pending");
	}
	return ticket_save(db_of(r), t, r->g->now, e);
}

static bool answered_event(struct reply *r, const struct recipients *l, struct err *e)
{
	char *to = list_words(&l->send), *bad = list_words(&l->bad);
	char *what = mem_fmt("answered%s%s%s%s%s", *to ? " to " : "", to, l->addressed ? " (the writer's own mail went to the requester)" : "", *bad ? "; left out, since mail comes back: " : "", bad);
	const struct placeholder v[] = {{"who", r->admin ? r->admin : *name_of(r) ? name_of(r) : writer_of(r)}, {"text", r->commands.rest}};
	say(r, what);
	bool ok = event(r, what, e) && tell_others(r, "answered", v, 2, e);
	free(what);
	free(bad);
	free(to);
	return ok;
}

static bool nothing_sent(struct reply *r, const char *template, const char *what, struct err *e)
{
	const struct placeholder v[] = {{"text", r->commands.rest}};
	say(r, what);
	return event(r, what, e) && tell_writer(r, template, v, 1, e);
}

/* A mail of ours to staff, with its token and its block, would go out with it: some way of quoting that is not known. Nothing is sent then. */
static bool holds_our_mail(struct reply *r, const char *text, bool *yes, struct err *e)
{
	char word[TOKEN_TEXT + 1];
	int64_t row = 0;
	*yes = false;
	while (text && !*yes && (text = token_find(text, word)) != NULL) {
		if (!outbox_by_token(db_of(r), word, &row, e))
			return false;
		*yes = row != 0;
	}
	return true;
}

static bool leaks(struct reply *r, bool *yes, struct err *e)
{
	bool in_html = false;
	if (!holds_our_mail(r, r->commands.rest, yes, e) || !holds_our_mail(r, r->g->mail->answer.html, &in_html, e))
		return false;
	r->no_html = in_html;
	return true;
}

static bool give_back_leak(struct reply *r, struct err *e)
{
	return give_back(r, strcmp(r->lang, "sv") == 0 ? "Ditt svar innehåller vårt mejl till dig, med länkar som bara är till för kollegorna. Ta bort det som är citerat, och skicka en gång till."
	                                               : "Your answer holds our message to you, with links that are for colleagues alone. Take out what is quoted, and send it once more.", e);
}

static bool answer(struct reply *r, bool sender_only, bool status_said, bool held, struct err *e)
{
	struct recipients l;
	bool leak;
	if (!leaks(r, &leak, e))
		return false;
	if (leak)
		return give_back_leak(r, e);
	bool ok = find_recipients(r, sender_only, &l, e);
	if (ok && l.send.n == 0 && !l.addressed) {
		ok = nothing_sent(r, "no-recipient", "nothing was sent: there is nobody who could be answered", e);
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

/* --- commands --- */

static bool has(const struct commands *c, enum command_kind kind)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == kind)
			return true;
	return false;
}

static bool only(const struct commands *c, enum command_kind kind)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind != kind)
			return false;
	return c->n > 0;
}

/* *done: all were carried out; else they were at fault, and came back to the writer. */
static bool commands_do(struct reply *r, bool by_link, struct acted *acted, bool *done, struct err *e)
{
	const struct reply_ground *g = r->g;
	const struct act_ground a = {.desk = g->desk, .keys = g->keys, .ticket = g->ticket, .actor = writer_of(r), .actor_name = name_of(r), .mail = g->mail, .message = g->message,
	                             .raw_bytes = g->raw_bytes, .about = r->row.source, .text = by_link ? "" : r->commands.rest, .now = g->now};
	struct command_faults faults = {0};
	*done = false;
	bool ok = desk_act(&a, &r->commands, acted, &faults, e);
	if (ok && faults.n) { /* understood, but they cannot be done */
		char *lines = fault_lines(faults.v, faults.n, r->lang);
		ok = give_back(r, lines, e);
		free(lines);
	} else if (ok) {
		*done = true;
	}
	command_faults_free(&faults);
	if (!*done)
		return ok;
	return !by_link || token_spend(db_of(r), g->claim->token_text, g->ticket->id, writer_of(r), g->now, e);
}

static bool receipt(struct reply *r, const struct acted *acted, struct err *e)
{
	struct buf list = {0};
	bool ok = true;
	if (acted->help) {
		command_help(r->lang, &list);
		const struct placeholder v[] = {{"commands", list.s}};
		ok = tell_writer(r, "help", v, 1, e);
		buf_free(&list);
	}
	if (!ok || !acted->done.n)
		return ok;
	const struct placeholder v[] = {{"done", acted->done.s}, {"undo", acted->undoable ? "yes" : ""}};
	return tell_writer(r, "receipt", v, 2, e);
}

static bool carry_out(struct reply *r, enum reply_kind kind, bool by_link, struct err *e)
{
	struct acted acted = {0};
	bool done = true, ok = true;
	bool silent = only(&r->commands, COMMAND_TO_SENDER);
	if (r->commands.n && kind != REPLY_HELD)
		ok = commands_do(r, by_link, &acted, &done, e);
	if (ok && done && kind == REPLY_COMMANDS) {
		say(r, acted.done.n ? acted.done.s : "commands");
		if (!by_link && !acted.rest_used && r->commands.rest_is != REST_QUESTION && r->commands.rest[strspn(r->commands.rest, " \t\r\n")])
			ok = keep_note(r, r->commands.rest, e);
	}
	if (ok && done && (kind == REPLY_ANSWER || kind == REPLY_HELD))
		ok = answer(r, has(&r->commands, COMMAND_TO_SENDER), acted.status_said, kind == REPLY_HELD, e);
	if (ok && done && r->commands.n && !silent)
		ok = receipt(r, &acted, e);
	acted_free(&acted);
	return ok;
}

/* --- the facts --- */

/* Did somebody else answer a moment ago, what this one answers, too? */
static bool collision(struct reply *r, bool *yes, struct err *e)
{
	int64_t window = (int64_t)config_of(r)->staff.hold_minutes * MINUTE;
	*yes = false;
	if (window == 0)
		return true;
	int there = outbox_last_reply(db_of(r), r->g->ticket->id, &r->first, e);
	if (there <= 0 || same_person(r, r->first.writer, writer_of(r)) || r->first.created <= r->g->now - window)
		return there >= 0;
	/* what was taken in after the mail that their answer came in, it does not answer */
	*yes = r->first.source ? r->to.id < r->first.source : r->to.received <= r->first.created;
	return true;
}

/* The mail that the forward carried, when it is the requester's or of those in copy; else the latest of theirs. */
static bool answered_mail(struct reply *r, struct message_row *out, struct err *e)
{
	const int64_t ticket = r->g->ticket->id;
	char *role = NULL;
	int64_t latest = 0;
	if (r->row.source && message_get(db_of(r), r->row.source, out, e) < 0)
		return false;
	bool ok = !out->id || participant_role(db_of(r), ticket, out->from_addr, &role, e);
	bool theirs = ok && out->id && out->ticket == ticket && role && (strcmp(role, "requester") == 0 || strcmp(role, "cc") == 0);
	free(role);
	if (!ok || theirs)
		return ok;
	message_row_free(out);
	*out = (struct message_row){0};
	return message_last_of(db_of(r), ticket, NULL, &latest, e) && (!latest || message_get(db_of(r), latest, out, e) >= 0);
}

/* The mail that was replied to: the one that In-Reply-To names, also where it went to a colleague; else the one whose token proved the writer. */
static bool replied_row(struct reply *r, struct err *e)
{
	const struct reply_ground *g = r->g;
	int64_t id = 0;
	if (g->mail->in_reply_to && !outbox_by_message_id(db_of(r), g->mail->in_reply_to, &id, e))
		return false;
	if (id && outbox_get(db_of(r), id, &r->row, e) < 0)
		return false;
	if (r->row.id && r->row.ticket == g->ticket->id)
		return true;
	outbox_item_free(&r->row);
	r->row = (struct outbox_item){0};
	return !g->threading->outbox || outbox_get(db_of(r), g->threading->outbox, &r->row, e) >= 0;
}

static bool gather(struct reply *r, struct reply_facts *f, struct err *e)
{
	const struct reply_ground *g = r->g;
	const struct staff_claim *c = g->claim;
	*f = (struct reply_facts){.mail = g->mail, .commands = &r->commands, .name = name_of(r)};
	if (!replied_row(r, e))
		return false;
	f->to_notice = (c->has_token && c->token.purpose == TOKEN_NOTICE) || (r->row.kind && strcmp(r->row.kind, "notice") == 0);
	f->by_link = c->has_token && c->token.purpose == TOKEN_COMMAND;
	f->link = (enum command_kind)(f->by_link ? c->token.nonce >> 11 : 0);
	if (f->by_link) {
		char *by = NULL;
		int64_t when;
		if (!token_spent(db_of(r), c->token_text, &by, &when, e))
			return false;
		f->link_used = by != NULL;
		free(by);
	}
	return answered_mail(r, &r->to, e) && collision(r, &f->colleague_was_faster, e);
}

/* --- the text --- */

struct theirs { /* what those who are answered wrote, its blanks made one */
	struct buf said;
	struct strs people;
	size_t compared;
};

static void add_squeezed(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool blank = strchr(" \t\r\n", s[i]) != NULL;
		if (!blank)
			buf_addc(out, s[i]);
		else if (out->n && out->s[out->n - 1] != ' ')
			buf_addc(out, ' ');
	}
}

static bool add_person(void *ctx, const struct participant *p)
{
	struct theirs *t = ctx;
	if (strcmp(p->role, "requester") == 0 || strcmp(p->role, "cc") == 0)
		strs_add(&t->people, p->addr);
	return true;
}

static bool add_said(void *ctx, const struct message *m)
{
	struct theirs *t = ctx;
	if (strs_has_case(&t->people, m->from_addr) && t->said.n < SAID_BYTES) {
		add_squeezed(&t->said, m->text, strlen(m->text));
		buf_adds(&t->said, " \n ");
	}
	return true;
}

static bool they_said(void *ctx, const char *line, size_t n)
{
	struct theirs *t = ctx;
	struct buf b = {0};
	if (t->compared++ >= LINES_COMPARED)
		return false;
	add_squeezed(&b, line, n);
	while (b.n && b.s[b.n - 1] == ' ')
		buf_cut(&b, b.n - 1);
	bool yes = b.n && t->said.n && strstr(t->said.s, b.s);
	buf_free(&b);
	return yes;
}

/* What the colleague wrote now. Of what they quote, only those lines above an answer that the requester, or somebody in copy, wrote on this ticket. */
static bool what_was_written(struct reply *r, char **out, struct err *e)
{
	const struct mail *m = r->g->mail;
	struct theirs t = {0};
	bool ok = participant_each(db_of(r), r->g->ticket->id, add_person, &t, e) && message_list(db_of(r), r->g->ticket->id, add_said, &t, e);
	if (ok)
		*out = quote_reply_to_us(m->text ? m->text : "", m->text ? strlen(m->text) : 0, they_said, &t);
	buf_free(&t.said);
	strs_free(&t.people);
	return ok;
}

bool desk_reply(const struct reply_ground *g, struct replied *out, struct err *e)
{
	struct reply r = {.g = g, .lang = g->desk->config->office.languages.v[0], .out = out};
	const struct day today = day_local(g->now);
	struct reply_facts f;
	char *written = NULL;
	*out = (struct replied){0};
	if (!what_was_written(&r, &written, e))
		return false;
	commands_read(written, &today, &r.commands);
	bool ok = gather(&r, &f, e);
	if (ok) {
		char *faults = NULL;
		out->kind = reply_means(&f);
		switch (out->kind) {
		case REPLY_FAULTS:
			faults = fault_lines(r.commands.faults, r.commands.n_faults, r.lang);
			ok = give_back(&r, faults, e);
			break;
		case REPLY_LINK_USED: ok = link_used(&r, e); break;
		case REPLY_LINK_ALTERED: ok = link_altered(&r, e); break;
		case REPLY_EMPTY: ok = nothing_sent(&r, "nothing-sent", "nothing was sent: the mail is empty", e); break;
		case REPLY_NOTE: ok = note_only(&r, e); break;
		case REPLY_COMMANDS:
		case REPLY_ANSWER:
		case REPLY_HELD: ok = carry_out(&r, out->kind, f.by_link, e); break;
		}
		free(faults);
	}
	free(written);
	commands_free(&r.commands);
	outbox_item_free(&r.row);
	outbox_item_free(&r.first);
	message_row_free(&r.to);
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
	bool ok = answered_mail(&r, &r.to, e) && find_recipients(&r, false, &l, e);
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

void replied_free(struct replied *r)
{
	free(r->what);
	*r = (struct replied){0};
}
