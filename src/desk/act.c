/* Commands on a ticket, all or none: first every check, then what they do, then what an undo needs. */
#include "desk/act.h"

#include <stdlib.h>
#include <string.h>

#include "act_parts.h"
#include "store/message.h"
#include "store/ticket.h"

void acted_free(struct acted *a)
{
	buf_free(&a->done);
	strs_free(&a->told);
	*a = (struct acted){0};
}

void command_faults_free(struct command_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].line);
		free(f->v[i].sv);
		free(f->v[i].en);
	}
	free(f->v);
	*f = (struct command_faults){0};
}

static const struct command *first_of(const struct commands *c, enum command_kind k)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == k)
			return &c->v[i];
	return NULL;
}

bool act_tell(struct act *a, const struct strs *people, const char *done, struct err *e)
{
	const struct mail none = {0};
	const struct letter_ground g = {.config = a->config, .ticket = a->t, .mail = &none, .now = a->g->now, .keys = a->g->keys};
	const struct placeholder v[] = {{"done", done}};
	return send_notices(a->desk, &g, people, "changed", v, 1, &a->out->told, e);
}

/* --- carrying out --- */

static bool do_text_note(struct act *a, const struct command *k, struct err *e)
{
	return do_note(a, k->text, e);
}

static bool do_narrow(struct act *a, const struct command *k, struct err *e)
{
	(void)k;
	(void)e;
	a->out->answer_to_sender_only = true;
	ACT_SAY_PLAIN(a, "Svaret går bara till avsändaren.", "The answer goes to the sender alone.");
	return true;
}

static bool do_help(struct act *a, const struct command *k, struct err *e)
{
	(void)k;
	(void)e;
	return a->out->help = true;
}

/* In this order, whatever the order in the mail: what a ticket is, where it belongs, whose it is, who is asked, how it stands. */
static const struct {
	enum command_kind kind;
	bool (*run)(struct act *a, const struct command *k, struct err *e);
} doings[] = {
	{COMMAND_UNDO, do_undo}, {COMMAND_MERGE, do_merge}, {COMMAND_SPLIT, do_split}, {COMMAND_REOPEN, do_reopen}, {COMMAND_MOVE, do_move},
	{COMMAND_ALSO, do_also}, {COMMAND_TAKE, do_take}, {COMMAND_ASSIGN, do_assign}, {COMMAND_ASK, do_ask}, {COMMAND_NOTE, do_text_note},
	{COMMAND_SEND, do_send}, {COMMAND_TO_SENDER, do_narrow}, {COMMAND_WAIT, do_wait}, {COMMAND_HANDOVER, do_handover}, {COMMAND_CLOSE, do_close},
	{COMMAND_SPAM, do_spam}, {COMMAND_HELP, do_help},
};

static bool has_any(const struct commands *c, unsigned kinds)
{
	for (size_t i = 0; i < c->n; i++)
		if (kinds & 1U << c->v[i].kind)
			return true;
	return false;
}

/* A text that is neither an answer nor anybody's cover stays with the ticket. */
static bool keep_rest(struct act *a, struct err *e)
{
	static const unsigned covers = 1U << COMMAND_MOVE | 1U << COMMAND_HANDOVER;
	const struct command *assign = first_of(a->c, COMMAND_ASSIGN);
	bool cover = a->c->rest_is == REST_COVER && (has_any(a->c, covers) || (assign && !same_person(a->config, assign->addresses.v[0], a->g->actor)));
	if (!*a->g->text || a->c->rest_is == REST_ANSWER)
		return true;
	a->out->rest_used = true;
	if (cover || a->c->rest_is == REST_QUESTION)
		return true;
	ACT_SAY_PLAIN(a, "Det du skrev under är sparat som en anteckning och är inte skickat.", "What you wrote below is kept as a note and was not sent.");
	return act_event(a, a->t->id, mem_fmt("note: %s", a->g->text), e);
}

static void remark_closed(struct act *a)
{
	static const unsigned busy = 1U << COMMAND_TAKE | 1U << COMMAND_ASSIGN | 1U << COMMAND_MOVE | 1U << COMMAND_ALSO | 1U << COMMAND_ASK;
	static const unsigned ends = 1U << COMMAND_CLOSE | 1U << COMMAND_SPAM | 1U << COMMAND_HANDOVER | 1U << COMMAND_UNDO;
	if (strcmp(a->t->status, "closed") == 0 && has_any(a->c, busy) && !has_any(a->c, ends))
		ACT_SAY_PLAIN(a, "Ärendet är fortfarande stängt. Med !öppna öppnar du det igen.", "The ticket is still closed. !reopen opens it again.");
}

static bool carry_out(struct act *a, struct err *e)
{
	static const unsigned states = 1U << COMMAND_CLOSE | 1U << COMMAND_REOPEN | 1U << COMMAND_WAIT | 1U << COMMAND_SPAM | 1U << COMMAND_HANDOVER |
	                               1U << COMMAND_MERGE | 1U << COMMAND_UNDO;
	a->out->status_said = has_any(a->c, states);
	if (first_of(a->c, COMMAND_MERGE))
		act_merge_order(a);
	if (!undo_begin(a, e))
		return false;
	for (size_t i = 0; i < sizeof doings / sizeof *doings; i++)
		for (size_t k = 0; k < a->c->n; k++) {
			if (a->c->v[k].kind != doings[i].kind)
				continue;
			if (!doings[i].run(a, &a->c->v[k], e))
				return false;
			if (doings[i].kind != COMMAND_ASK && doings[i].kind != COMMAND_NOTE) /* written twice it is meant once */
				break;
		}
	remark_closed(a);
	return keep_rest(a, e) && ticket_save(a->db, a->t, a->g->now, e) && undo_keep(a, e);
}

/* The message that forwards carry: the one replied to where it is on this ticket, else what the requester wrote last, else what began the ticket. */
static bool find_about(struct act *a, struct err *e)
{
	struct message_row row = {0};
	int there = a->g->about ? message_get(a->db, a->g->about, &row, e) : 0;
	if (there > 0 && row.ticket == a->t->id)
		a->about = row.id;
	if (there > 0)
		message_row_free(&row);
	if (there < 0)
		return false;
	return a->about || (message_last_of(a->db, a->t->id, NULL, &a->about, e) && (a->about || message_first(a->db, a->t->id, &a->about, e)));
}

bool desk_act(const struct act_ground *ground, const struct commands *c, struct acted *out, struct command_faults *faults, struct err *e)
{
	struct act_ground g = *ground;
	struct act a = {.g = &g, .c = c, .out = out, .faults = faults, .desk = g.desk, .config = g.desk->config, .db = g.desk->db, .t = g.ticket, .topic = -1, .also = -1};
	const struct config_person *person = g.admin ? NULL : config_person(a.config, g.actor);
	g.actor = person ? person->address : g.actor; /* one person, from whichever address they write */
	g.text = g.text ? g.text : "";
	a.lang = g.lang ? g.lang : a.config->office.languages.v[0];
	a.sv = strcmp(a.lang, "sv") == 0;
	a.trace = json_object();
	*out = (struct acted){0};
	*faults = (struct command_faults){0};
	bool ok = find_about(&a, e) && act_check(&a, e);
	if (ok && faults->n == 0 && c->n)
		ok = carry_out(&a, e);
	if (!ok)
		acted_free(out);
	json_decref(a.trace);
	json_decref(a.taken_back);
	strs_free(&a.writers);
	change_free(&a.change);
	ticket_free(&a.other);
	ticket_free(&a.before);
	carried_free(&a.carried);
	return ok;
}
