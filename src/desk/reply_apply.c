/* reply_apply: carries out what a mail of staff means. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "desk/act.h"
#include "desk/signature.h"
#include "store/keys.h"
#include "store/ticket.h"

#include "reply_parts.h"

enum { MINUTE = 60 };

/* --- what came back to the writer --- */

static char *fault_lines(const struct command_fault *v, size_t n, const char *lang)
{
	struct buf b = {0};
	bool sv = strcmp(lang, "sv") == 0;
	buf_adds(&b, "");
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s\n    %s", i ? "\n" : "", v[i].line, sv ? v[i].sv : v[i].en);
	return buf_take(&b);
}

static bool link_used(struct reply *r, struct err *e)
{
	char *by = NULL;
	int64_t when = 0;
	if (!token_spent(reply_db(r), r->g->claim->token_text, &by, &when, e))
		return false;
	char *time = letter_time(when, r->lang), *who = NULL;
	bool ok = reply_colleague(r, by, &who, e);
	const struct placeholder v[] = {{"who", who}, {"when", time}};
	reply_say(r, "a link that was used before");
	ok = ok && reply_event(r, "nothing was done: the link had been used before", e) && reply_tell_writer(r, "link-used", v, 2, e);
	free(who);
	free(time);
	free(by);
	return ok;
}

static bool link_altered(struct reply *r, struct err *e)
{
	const char *name = command_name((enum command_kind)(r->g->claim->token.nonce >> 11), r->lang);
	char *faults = mem_fmt(strcmp(r->lang, "sv") == 0 ? "Länken är gjord för !%s och för ingenting annat." : "The link was made for !%s, and for nothing else.", name);
	bool ok = reply_give_back(r, faults, e);
	free(faults);
	return ok;
}

/* --- notes --- */

static bool keep_note(struct reply *r, const char *text, struct err *e)
{
	char *what = mem_fmt("note: %s", text);
	bool ok = reply_event(r, what, e);
	free(what);
	return ok;
}

static bool note_only(struct reply *r, struct err *e)
{
	const struct placeholder v[] = {{"text", r->commands.rest}}, noted[] = {{"who", *reply_name(r) ? reply_name(r) : reply_writer(r)}, {"text", r->commands.rest}};
	reply_say(r, "kept as a note");
	return keep_note(r, r->commands.rest, e) && reply_tell_others_up_to(r, NOTES_AN_HOUR, "noted", noted, 2, e) && reply_tell_writer_up_to(r, NOTES_AN_HOUR, "kept-as-note", v, 1, e);
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
	const struct act_ground a = {.desk = g->desk, .keys = g->keys, .ticket = g->ticket, .actor = reply_writer(r), .actor_name = reply_name(r), .mail = g->mail, .message = g->message,
	                             .raw_bytes = g->raw_bytes, .about = r->row.source, .text = by_link ? "" : r->commands.rest, .now = g->now};
	struct command_faults faults = {0};
	*done = false;
	bool ok = desk_act(&a, &r->commands, acted, &faults, e);
	if (ok && faults.n) { /* understood, but they cannot be done */
		char *lines = fault_lines(faults.v, faults.n, r->lang);
		ok = reply_give_back(r, lines, e);
		free(lines);
	} else if (ok) {
		*done = true;
	}
	command_faults_free(&faults);
	if (!*done)
		return ok;
	return !by_link || token_spend(reply_db(r), g->claim->token_text, g->ticket->id, reply_writer(r), g->now, e);
}

static bool receipt(struct reply *r, const struct acted *acted, struct err *e)
{
	struct buf list = {0};
	bool ok = true;
	if (acted->help) {
		command_help(r->lang, &list);
		const struct placeholder v[] = {{"commands", list.s}};
		ok = reply_tell_writer(r, "help", v, 1, e);
		buf_free(&list);
	}
	if (!ok || !acted->done.n)
		return ok;
	const struct placeholder v[] = {{"done", acted->done.s}, {"undo", acted->undoable ? "yes" : ""}};
	return reply_tell_writer(r, "receipt", v, 2, e);
}

/* Text below commands that is no answer: kept, and the receipt says so. */
static bool keep_rest(struct reply *r, struct acted *acted, struct err *e)
{
	buf_addf(&acted->done, "%s%s", acted->done.n ? "\n" : "",
	         strcmp(r->lang, "sv") == 0 ? "Texten under är sparad som anteckning och har inte skickats till någon." : "The text below is kept as a note and was sent to nobody.");
	return keep_note(r, r->commands.rest, e);
}

static bool carry_out(struct reply *r, enum reply_kind kind, bool by_link, struct err *e)
{
	struct acted acted = {0};
	bool done = true, ok = true;
	bool silent = only(&r->commands, COMMAND_TO_SENDER);
	if (r->commands.n && kind != REPLY_HELD)
		ok = commands_do(r, by_link, &acted, &done, e);
	if (ok && done && kind == REPLY_COMMANDS) {
		reply_say(r, acted.done.n ? acted.done.s : "commands");
		if (!by_link && !acted.rest_used && r->commands.rest_is != REST_QUESTION && !signature_alone(r->commands.rest, reply_name(r)))
			ok = keep_rest(r, &acted, e);
	}
	if (ok && done && (kind == REPLY_ANSWER || kind == REPLY_HELD))
		ok = reply_answer(r, has(&r->commands, COMMAND_TO_SENDER), acted.status_said, kind == REPLY_HELD, e);
	if (ok && done && r->commands.n && !silent)
		ok = receipt(r, &acted, e);
	acted_free(&acted);
	return ok;
}

/* --- the facts --- */

/* Did somebody else answer a moment ago, what this one answers, too? */
static bool collision(struct reply *r, bool *yes, struct err *e)
{
	int64_t window = (int64_t)reply_config(r)->staff.hold_minutes * MINUTE;
	*yes = false;
	if (window == 0)
		return true;
	int there = outbox_last_reply(reply_db(r), r->g->ticket->id, &r->first, e);
	if (there <= 0 || reply_same_person(r, r->first.writer, reply_writer(r)) || r->first.created <= r->g->now - window)
		return there >= 0;
	/* what was taken in after the mail that their answer came in, it does not answer */
	*yes = r->first.source ? r->to.id < r->first.source : r->to.received <= r->first.created;
	return true;
}

/* The mail that was replied to: the one that In-Reply-To names, also where it went to a colleague; else the one whose token proved the writer. */
static bool replied_row(struct reply *r, struct err *e)
{
	const struct reply_ground *g = r->g;
	int64_t id = 0;
	if (g->mail->in_reply_to && !outbox_by_message_id(reply_db(r), g->mail->in_reply_to, &id, e))
		return false;
	if (id && outbox_get(reply_db(r), id, &r->row, e) < 0)
		return false;
	if (r->row.id && r->row.ticket == g->ticket->id)
		return true;
	outbox_item_free(&r->row);
	r->row = (struct outbox_item){0};
	return !g->threading->outbox || outbox_get(reply_db(r), g->threading->outbox, &r->row, e) >= 0;
}

static bool gather(struct reply *r, struct reply_facts *f, struct err *e)
{
	const struct reply_ground *g = r->g;
	const struct staff_claim *c = g->claim;
	*f = (struct reply_facts){.mail = g->mail, .commands = &r->commands, .name = reply_name(r)};
	if (!replied_row(r, e))
		return false;
	f->to_notice = (c->has_token && c->token.purpose == TOKEN_NOTICE) || (r->row.kind && strcmp(r->row.kind, "notice") == 0);
	f->by_link = c->has_token && c->token.purpose == TOKEN_COMMAND;
	f->link = (enum command_kind)(f->by_link ? c->token.nonce >> 11 : 0);
	if (f->by_link) {
		char *by = NULL;
		int64_t when;
		if (!token_spent(reply_db(r), c->token_text, &by, &when, e))
			return false;
		f->link_used = by != NULL;
		free(by);
	}
	return reply_answered_mail(r, &r->to, e) && collision(r, &f->colleague_was_faster, e);
}

bool desk_reply(const struct reply_ground *g, struct replied *out, struct err *e)
{
	struct reply r = {.g = g, .lang = g->desk->config->office.languages.v[0], .out = out};
	const struct day today = day_local(g->now);
	struct reply_facts f;
	char *written = NULL;
	*out = (struct replied){0};
	if (!reply_written(&r, &written, e))
		return false;
	commands_read(written, &today, &r.commands);
	bool ok = gather(&r, &f, e);
	if (ok) {
		char *faults = NULL;
		out->kind = reply_means(&f);
		switch (out->kind) {
		case REPLY_FAULTS:
			faults = fault_lines(r.commands.faults, r.commands.n_faults, r.lang);
			ok = reply_give_back(&r, faults, e);
			break;
		case REPLY_LINK_USED: ok = link_used(&r, e); break;
		case REPLY_LINK_ALTERED: ok = link_altered(&r, e); break;
		case REPLY_EMPTY: ok = reply_nothing_sent(&r, "nothing-sent", "nothing was sent: the mail is empty", e); break;
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

void replied_free(struct replied *r)
{
	free(r->what);
	*r = (struct replied){0};
}
