#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/act.h"
#include "desk/office.h"
#include "desk/reply.h"
#include "store/change.h"
#include "store/part.h"

#define ANNA "anna@partner.example"
#define ERIK "erik@partner.example"
#define MIA "mia@int.uni.example"
#define MOA "moa@int.uni.example"
#define BO "bo.ek@uni.example"
#define LENA "lena@int.uni.example"
#define AGREEMENTS "agreements@uni.example"
#define TRIAGE "triage@uni.example"
#define QUALITY "kvalitet@uni.example"
#define LAW "juridik@uni.example"
#define ADMIN "admin root"

enum { DAY_SECONDS = 24 * 3600 };

static const char staff_conf[] =
	"staff = { members = [ \"*@int.uni.example\", \"bo.ek@uni.example\" ]; people = (\n"
	"  { address = \"mia@int.uni.example\"; name = \"Mia Ask\"; deputy = \"moa@int.uni.example\"; },\n"
	"  { address = \"moa@int.uni.example\"; name = \"Moa Berg\"; deputy = \"bo.ek@uni.example\"; },\n"
	"  { address = \"bo.ek@uni.example\"; name = \"Bo Ek\"; aliases = [ \"bo@int.uni.example\" ]; } ); };\n"
	"triage = { staff = [ \"triage@uni.example\" ]; lead = \"lena@int.uni.example\"; confidence = 0.6; };\n";

static const char question[] = "From: Anna Berg <anna@partner.example>\r\nTo: international@uni.example\r\nCc: Erik Dal <erik@partner.example>\r\n"
                               "Subject: Nomineringar till utbyte\r\nMessage-ID: <q1@partner.example>\r\n\r\n"
                               "Hej!\r\n\r\nNomineringar för utbyte till hösten: hur många platser har vi?\r\nVårt telefonnummer är 123.\r\n";

static bool unreadable; /* what stands in the store cannot be read again */

static bool read_stored(void *ctx, int64_t message, struct mail *out, uint64_t *raw_bytes, struct err *e)
{
	struct office *o = ctx;
	if (unreadable)
		return err_set(e, ERR_TEMPORARY, "the reader is gone");
	struct raw_reader *raw = raw_open(o->desk.db, message, e);
	if (!raw)
		return false;
	*raw_bytes = raw_size(raw);
	char *bytes = mem_alloc(*raw_bytes + 1);
	bool ok = raw_read(raw, 0, bytes, *raw_bytes, e);
	raw_close(raw);
	if (ok)
		message_read(bytes, *raw_bytes, &mail_limits_default, out);
	free(bytes);
	return ok;
}

static const struct token_key key = {.id = 1, .secret = "a secret of thirty-two bytes her"};
static const struct token_keys keys = {&key, 1};

/* The office's config with people in it. */
static struct config *people_config(struct office *o)
{
	struct buf b = {0};
	for (const char *s = office_conf; *s;) {
		size_t n = strcspn(s, "\n") + 1;
		if (strncmp(s, "staff =", 7) == 0)
			buf_adds(&b, staff_conf);
		else if (strncmp(s, "triage =", 8) != 0)
			buf_add(&b, s, n);
		s += n;
	}
	char *path = temp_file(o->store->dir, "people.conf", b.s, b.n, 0600);
	struct config *c = office_config(path);
	free(path);
	buf_free(&b);
	return c;
}

/* Ticket 1 in mobility, of Anna with Erik in copy; its first mails are sent. */
static int open_scene(void **state)
{
	if (office_open(state) != 0)
		return -1;
	struct office *o = *state;
	struct taken t;
	config_free(o->config);
	o->config = people_config(o);
	if (!o->config)
		return -1;
	o->desk = (struct desk){.config = o->config, .db = o->store->db, .read = read_stored, .ctx = o};
	unreadable = false;
	take(o, question, &t);
	taken_free(&t);
	struct sents first = send_all(o);
	sents_free(&first);
	return 0;
}

static int close_scene(void **state)
{
	struct office *o = *state;
	expect_sound(o);
	return office_close(state);
}

static void another(struct office *o, const char *raw)
{
	struct taken t;
	struct sents all;
	take(o, raw, &t);
	taken_free(&t);
	all = send_all(o);
	sents_free(&all);
}

/* --- acting --- */

struct outcome {
	struct acted acted;
	struct command_faults faults;
	struct ticket ticket; /* as desk_act left it */
	struct sents sents;   /* what went out */
};

static void outcome_free(struct outcome *r)
{
	acted_free(&r->acted);
	command_faults_free(&r->faults);
	ticket_free(&r->ticket);
	sents_free(&r->sents);
}

struct by { /* who acts, on what */
	const char *actor;
	int64_t ticket, about;
	const char *mail; /* the staff's mail in hand, or NULL */
};

static struct outcome act_on(struct office *o, struct by by, const char *text)
{
	struct outcome r = {0};
	struct err e;
	struct commands c;
	struct mail m = {0};
	const struct day today = day_of_number(o->now / DAY_SECONDS);
	if (by.mail)
		mail_of(by.mail, &m);
	commands_read(by.mail ? m.reply_text : text, &today, &c);
	MUST(db_begin(o->desk.db, &e));
	assert_int_equal(ticket_get(o->desk.db, by.ticket, &r.ticket, &e), 1);
	const struct act_ground g = {.desk = &o->desk,
	                             .keys = &keys,
	                             .ticket = &r.ticket,
	                             .actor = by.actor,
	                             .admin = strncmp(by.actor, "admin ", 6) == 0,
	                             .mail = by.mail ? &m : NULL,
	                             .about = by.about,
	                             .text = c.rest,
	                             .now = o->now};
	if (!desk_act(&g, &c, &r.acted, &r.faults, &e))
		fail_msg("'%s': %s", text, e.text);
	MUST(db_commit(o->desk.db, &e));
	commands_free(&c);
	mail_free(&m);
	r.sents = send_all(o);
	return r;
}

/* It must go well. */
static struct outcome did(struct office *o, const char *actor, const char *text)
{
	struct outcome r = act_on(o, (struct by){actor, 1, 0, NULL}, text);
	if (r.faults.n)
		fail_msg("'%s': %s", text, r.faults.v[0].en);
	return r;
}

/* It must go well; what went out is of no interest. */
static void quietly(struct office *o, const char *actor, const char *text)
{
	struct outcome r = did(o, actor, text);
	outcome_free(&r);
}

/* Everything of the store that a command could change, as text. */
static char *all_of_it(struct office *o)
{
	static const char *const tables[] = {
		"SELECT id, status, ifnull(topic, '-'), ifnull(second_topic, '-'), ifnull(owner, '-'), confidence, ifnull(wakes, 0), ifnull(closed, 0), ifnull(merged, 0), spam FROM ticket",
		"SELECT ticket, addr, role, ifnull(bad, '-') FROM participant ORDER BY 1, 2", "SELECT id, ticket FROM message ORDER BY id"};
	struct buf b = {0};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		sqlite3_stmt *q;
		assert_int_equal(sqlite3_prepare_v2(o->desk.db->handle, tables[i], -1, &q, NULL), SQLITE_OK);
		while (sqlite3_step(q) == SQLITE_ROW) {
			for (int k = 0; k < sqlite3_column_count(q); k++)
				buf_addf(&b, "%s ", (const char *)sqlite3_column_text(q, k));
			buf_addc(&b, '\n');
		}
		sqlite3_finalize(q);
	}
	return buf_take(&b);
}

static int64_t rows(struct office *o)
{
	return sql_number(o->desk.db, "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM event) + (SELECT count(*) FROM part) + (SELECT count(*) FROM change)");
}

/* It must be refused with these words, and nothing done. */
static void refused(struct office *o, struct by by, const char *text, const char *words)
{
	char *before = all_of_it(o);
	int64_t n = rows(o);
	struct outcome r = act_on(o, by, text);
	char *after = all_of_it(o);
	bool said = false;
	for (size_t i = 0; i < r.faults.n; i++)
		said = said || strstr(r.faults.v[i].en, words) || strstr(r.faults.v[i].sv, words);
	if (!said)
		fail_msg("'%s': not refused with '%s' but '%s'", text, words, r.faults.n ? r.faults.v[0].en : r.acted.done.s ? r.acted.done.s : "");
	for (size_t i = 0; i < r.faults.n; i++)
		assert_true(*r.faults.v[i].sv && *r.faults.v[i].en);
	assert_string_equal(before, after);
	assert_int_equal(rows(o), n);
	assert_int_equal(r.sents.n + r.acted.done.n + r.acted.told.n, 0);
	free(before);
	free(after);
	outcome_free(&r);
}

static void refused_on_1(struct office *o, const char *actor, const char *text, const char *words)
{
	refused(o, (struct by){actor, 1, 0, NULL}, text, words);
}

/* What it does is taken back by !undo exactly. */
static void undone(struct office *o, const char *actor, const char *text)
{
	char *before = all_of_it(o);
	struct outcome r = did(o, actor, text);
	char *between = all_of_it(o);
	if (!r.acted.undoable || strcmp(before, between) == 0)
		fail_msg("'%s' has changed nothing", text);
	outcome_free(&r);
	quietly(o, actor, "!undo");
	char *after = all_of_it(o);
	if (strcmp(before, after) != 0)
		fail_msg("'%s' was not undone:\n%s\nbut:\n%s", text, before, after);
	free(before);
	free(between);
	free(after);
	expect_sound(o);
}

/* --- looking --- */

static struct ticket ticket_now(struct office *o, int64_t id)
{
	struct err e;
	struct ticket t;
	assert_int_equal(ticket_get(o->desk.db, id, &t, &e), 1);
	return t;
}

static void expect_ticket(struct office *o, int64_t id, const char *status, const char *topic, const char *owner)
{
	struct ticket t = ticket_now(o, id);
	if (strcmp(t.status, status) != 0 || strcmp(t.topic ? t.topic : "triage", topic) != 0 || strcmp(t.owner ? t.owner : "", owner) != 0)
		fail_msg("INT-%lld is %s, in %s, of %s", (long long)id, t.status, t.topic ? t.topic : "triage", t.owner ? t.owner : "nobody");
	ticket_free(&t);
}

struct looked_for {
	const char *actor, *words;
	bool found;
};

static bool find_event(void *ctx, int64_t line, int64_t time, const char *actor, const char *what)
{
	(void)line;
	struct looked_for *l = ctx;
	(void)time;
	l->found = l->found || (strcmp(actor, l->actor) == 0 && strcmp(what, l->words) == 0);
	return true;
}

static bool has_event(struct office *o, int64_t ticket, const char *actor, const char *what)
{
	struct err e;
	struct looked_for l = {actor, what, false};
	MUST(event_list(o->desk.db, ticket, find_event, &l, &e));
	return l.found;
}

static void expect_event(struct office *o, int64_t ticket, const char *actor, const char *what)
{
	if (!has_event(o, ticket, actor, what))
		fail_msg("no line '%s' by %s", what, actor);
}

static void expect_people(struct office *o, int64_t ticket, const char *role, const char *want)
{
	struct err e;
	struct strs l = {0};
	struct buf b = {0};
	MUST(participant_list(o->desk.db, ticket, role, &l, &e));
	buf_adds(&b, "");
	for (size_t i = 0; i < l.n; i++)
		buf_addf(&b, "%s ", l.v[i]);
	assert_string_equal(b.s, want);
	strs_free(&l);
	buf_free(&b);
}

static void expect_done(const struct outcome *r, const char *words)
{
	if (!r->acted.done.s || !strstr(r->acted.done.s, words))
		fail_msg("not '%s' but:\n%s", words, r->acted.done.s ? r->acted.done.s : "");
}

static void expect_words(const struct sent *s, const char *words)
{
	if (!strstr(s->mail.text, words))
		fail_msg("no '%s' in:\n%s", words, s->mail.text);
}

static void expect_no_words(const struct sent *s, const char *words)
{
	if (strstr(s->bytes.s, words))
		fail_msg("'%s' in:\n%s", words, s->bytes.s);
}

static void expect_sends(const struct outcome *r, size_t n)
{
	if (r->sents.n != n) {
		for (size_t i = 0; i < r->sents.n; i++)
			print_message("%s to %s: %s\n", r->sents.v[i].item.kind, r->sents.v[i].item.recipient, r->sents.v[i].item.subject);
		fail_msg("%zu mails, not %zu", r->sents.n, n);
	}
}

static struct part part_now(struct office *o, int64_t ticket, int number)
{
	struct err e;
	struct part p;
	assert_int_equal(part_get(o->desk.db, ticket, number, &p, &e), 1);
	return p;
}

static void expect_part(struct office *o, int64_t ticket, int number, const char *addr, const char *state)
{
	struct part p = part_now(o, ticket, number);
	if (strcmp(p.addr, addr) != 0 || strcmp(p.state, state) != 0)
		fail_msg("part %d to '%s' is %s", number, p.addr, p.state);
	part_free(&p);
}

/* --- whose it is --- */

static void a_ticket_is_taken(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!take");
	expect_ticket(o, 1, "open", "mobility", MIA);
	expect_event(o, 1, MIA, "taken");
	expect_done(&r, "Ärendet är ditt nu.");
	expect_sends(&r, 0);
	assert_true(r.acted.undoable);
	outcome_free(&r);
	r = did(o, MIA, "!ta");
	expect_done(&r, "redan ditt");
	assert_false(r.acted.undoable);
	outcome_free(&r);
	r = did(o, MOA, "!ta");
	expect_ticket(o, 1, "open", "mobility", MOA);
	expect_event(o, 1, MOA, "taken over from " MIA);
	expect_sends(&r, 1);
	expect_words(sent_to(&r.sents, "notice", MIA), "Moa Berg har tagit över ärendet."); /* she had it, and has not any more */
	outcome_free(&r);
}

static void a_colleague_gets_it(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!take");
	struct outcome r = did(o, MIA, "!assign bo@int.uni.example\n\nKan du ta den här? Du känner ju Anna.");
	expect_ticket(o, 1, "open", "mobility", BO); /* by their own address */
	expect_event(o, 1, MIA, "assigned to " BO);
	expect_sends(&r, 1);
	const struct sent *f = sent_to(&r.sents, "forward", BO);
	expect_words(f, "Du känner ju Anna.");
	expect_words(f, "hur många platser har vi?");
	expect_words(f, "Mia Ask");
	assert_true(r.acted.rest_used);
	expect_done(&r, "Bo Ek");
	outcome_free(&r);
	r = did(o, BO, "!assign " MIA); /* he owns it: it is his to give */
	expect_sends(&r, 1);
	outcome_free(&r);
	expect_people(o, 1, "staff", BO " " MIA " " MOA " ");
	quietly(o, MIA, "!assign " BO);
	quietly(o, "bo@int.uni.example", "!stäng"); /* from another of his addresses he is the same */
	expect_event(o, 1, BO, "closed");
	quietly(o, BO, "!undo");
	expect_ticket(o, 1, "open", "mobility", BO);
}

/* What is named as replied to lies on another ticket: nothing of that one is shown. */
static void only_its_own_mails_are_carried(void **state)
{
	struct office *o = *state;
	another(o, "From: Olof <olof@annan.example>\r\nSubject: Avtal\r\nMessage-ID: <q9@annan.example>\r\n\r\nHemligt samarbetsavtal.\r\n");
	int64_t other = sql_number(o->desk.db, "SELECT id FROM message WHERE ticket = 2");
	struct outcome r = act_on(o, (struct by){MIA, 1, other, NULL}, "!assign " BO);
	expect_words(sent_to(&r.sents, "forward", BO), "hur många platser har vi?");
	outcome_free(&r);
}

static void who_cannot_get_it(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!assign eve@evil.example", "not on the staff list");
	refused_on_1(o, MIA, "!assign " ANNA, "!handover " ANNA);
	refused_on_1(o, MIA, "!assign " OFFICE, "the office's own address");
	refused_on_1(o, MIA, "!assign int-office@uni.example", "the office's own address");
	refused_on_1(o, ADMIN, "!take", "only a colleague");
}

/* --- where it belongs --- */

static void a_move_hands_over(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!take");
	struct outcome r = did(o, MIA, "!flytta avtal\n\nDet här är nog ert.");
	expect_ticket(o, 1, "open", "agreements", "");
	expect_event(o, 1, MIA, "moved from mobility to agreements");
	expect_people(o, 1, "staff", AGREEMENTS " ");
	expect_sends(&r, 1);
	const struct sent *f = sent_to(&r.sents, "forward", AGREEMENTS);
	expect_words(f, "Det här är nog ert.");
	expect_words(f, "hur många platser har vi?");
	expect_words(f, "Mia Ask har flyttat ärendet från Utbyten");
	expect_done(&r, "Avtal");
	outcome_free(&r);
	refused_on_1(o, MIA, "!close", "another topic than yours"); /* it is no longer hers, */
	r = did(o, MIA, "!undo");                                   /* but her own last doing is */
	refused_on_1(o, MOA, "!undo", "nothing on this ticket");
	expect_ticket(o, 1, "open", "mobility", MIA);
	expect_people(o, 1, "staff", MIA " " MOA " ");
	expect_words(sent_to(&r.sents, "notice", AGREEMENTS), "Mia Ask har ångrat sig");
	expect_sends(&r, 1);
	outcome_free(&r);
	quietly(o, MIA, "!flytta avtal");
	quietly(o, BO, "!ta"); /* who works for it now builds on it */
	refused_on_1(o, MIA, "!undo", "another topic than yours");
}

static void topics_as_people_write_them(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!move avtall", "Menade du ”Avtal”?");
	refused_on_1(o, MIA, "!move avtall", "Ämnena är: mobility (Utbyten), agreements (Avtal), triage (");
	refused_on_1(o, MIA, "!move agrements", "Did you mean “agreements”?");
	refused_on_1(o, MIA, "!move weather", "There is no topic “weather”. The topics are: mobility (Mobility), agreements (Agreements), triage (");
	refused_on_1(o, MIA, "!move mobility", "is in “Mobility” already");
	refused_on_1(o, MIA, "!move UTBYTEN", "is in “Mobility” already");
	refused_on_1(o, MIA, "!also utbyten", "is in “Mobility” already");
	refused_on_1(o, MIA, "!also triage", "one of the topics");
	refused_on_1(o, MIA, "!also wether", "There is no topic");
	refused_on_1(o, MIA, "!move av", "There is no topic"); /* too little for a beginning */
	undone(o, MIA, "!flytta avta");
	undone(o, MIA, "!move tria");
	quietly(o, MIA, "!move triage");
	expect_ticket(o, 1, "open", "triage", "");
	expect_people(o, 1, "staff", TRIAGE " ");
	refused_on_1(o, TRIAGE, "!move triage", "already");
}

static void a_second_topic_helps_out(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!även avtal");
	struct ticket t = ticket_now(o, 1);
	assert_string_equal(t.second_topic, "agreements");
	ticket_free(&t);
	struct part p = part_now(o, 1, 1);
	assert_string_equal(p.topic, "agreements");
	assert_string_equal(p.state, "open");
	assert_string_equal(p.asked_by, MIA);
	part_free(&p);
	expect_sends(&r, 1);
	expect_words(sent_to(&r.sents, "forward", AGREEMENTS), "hur många platser har vi?");
	expect_people(o, 1, "staff", MIA " " MOA " "); /* it is not theirs */
	expect_people(o, 1, "part", AGREEMENTS " ");
	outcome_free(&r);
	refused_on_1(o, MIA, "!also agreements", "second topic already");
	r = did(o, MIA, "!undo");
	expect_part(o, 1, 1, "", "waived");
	expect_done(&r, "Vi väntar inte längre på svar från Avtal.");
	outcome_free(&r);
	quietly(o, MIA, "!also avtal");
	r = did(o, MIA, "!move avtal"); /* all of it is theirs now */
	expect_part(o, 1, 2, "", "waived");
	t = ticket_now(o, 1);
	assert_null(t.second_topic);
	ticket_free(&t);
	expect_people(o, 1, "staff", AGREEMENTS " ");
	outcome_free(&r);
	quietly(o, MIA, "!undo");
	expect_part(o, 1, 2, "", "open");
}

static void those_who_have_it_get_no_second_copy(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!assign bo.ek@uni.example");
	struct err e;
	MUST(db_begin(o->desk.db, &e));
	MUST(participant_add(o->desk.db, 1, AGREEMENTS, "", "staff", &e));
	MUST(db_commit(o->desk.db, &e));
	struct outcome r = did(o, BO, "!also avtal");
	expect_sends(&r, 0);
	expect_done(&r, "har redan ärendet");
	assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM part"), 0);
	outcome_free(&r);
}

/* --- notes --- */

static void a_note_is_for_colleagues(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!note rang Anna\n\nHon skickar listan i morgon.");
	expect_event(o, 1, MIA, "note: rang Anna\nHon skickar listan i morgon.");
	expect_sends(&r, 1);
	const struct sent *n = sent_to(&r.sents, "notice", MOA);
	expect_words(n, "Mia Ask");
	expect_words(n, "Hon skickar listan i morgon.");
	assert_false(r.acted.undoable);
	expect_ticket(o, 1, "open", "mobility", "");
	outcome_free(&r);
	refused_on_1(o, MIA, "!undo", "nothing on this ticket");
}

/* --- how it stands --- */

static void closed_and_opened_again(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!reopen", "is open already");
	struct outcome r = did(o, MIA, "!close");
	expect_ticket(o, 1, "closed", "mobility", "");
	expect_event(o, 1, MIA, "closed");
	assert_true(r.acted.status_said && r.acted.undoable);
	expect_done(&r, "Ärendet är stängt.");
	expect_sends(&r, 0);
	outcome_free(&r);
	r = did(o, MIA, "!close");
	expect_done(&r, "var redan stängt");
	outcome_free(&r);
	r = did(o, MOA, "!take");
	expect_done(&r, "fortfarande stängt");
	outcome_free(&r);
	refused_on_1(o, MIA, "!vänta tills om 3 dagar", "!reopen");
	quietly(o, MIA, "!reopen");
	expect_ticket(o, 1, "open", "mobility", MOA);
	expect_event(o, 1, MIA, "reopened");
}

static void open_questions_are_named(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!ask " QUALITY " " LAW "\n\nÄr det här bra?");
	struct outcome r = did(o, MIA, "!close");
	expect_done(&r, QUALITY " och " LAW " har inte svarat än");
	outcome_free(&r);
}

static void spam_is_closed_and_marked(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!spam\n\nSamma sälj som förra veckan.");
	struct ticket t = ticket_now(o, 1);
	assert_true(t.spam);
	assert_string_equal(t.status, "closed");
	ticket_free(&t);
	assert_true(r.acted.rest_used); /* what stands below is no answer */
	expect_event(o, 1, MIA, "note: Samma sälj som förra veckan.");
	expect_done(&r, "inte skickat");
	outcome_free(&r);
}

/* --- waiting --- */

static struct sents tick(struct office *o, int64_t now, int64_t *next)
{
	struct err e;
	if (!desk_tick(&o->desk, &keys, now, next, &e))
		fail_msg("%s", e.text);
	return send_all(o);
}

/* The morning of a day in Stockholm, also when the clocks have changed meanwhile. */
static void a_ticket_wakes_at_eight(void **state)
{
	struct office *o = *state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	int64_t next;
	struct sents all;
	struct outcome r = did(o, MIA, "!take\n!vänta 2026-12-01");
	struct ticket t = ticket_now(o, 1);
	assert_string_equal(t.status, "pending");
	assert_int_equal(t.wakes, 1796108400); /* 2026-12-01T07:00:00Z */
	ticket_free(&t);
	expect_event(o, 1, MIA, "waits until 2026-12-01");
	expect_done(&r, "tisdag 1 december 2026");
	outcome_free(&r);
	all = tick(o, 1796108399, &next);
	assert_int_equal(all.n, 0);
	assert_int_equal(next, 1796108400);
	all = tick(o, 1796108400, &next);
	assert_int_equal(all.n, 1);
	expect_words(sent_to(&all, "notice", MIA), "öppet igen");
	sents_free(&all);
	assert_int_equal(next, -1);
	expect_ticket(o, 1, "open", "mobility", MIA);
	t = ticket_now(o, 1);
	assert_int_equal(t.wakes, 0);
	ticket_free(&t);
	static const int64_t jumps[] = {1796108400, 1796108400 + DAY_SECONDS, 0, 1796108400 - DAY_SECONDS, 4102444800, 1796108400};
	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		all = tick(o, jumps[i], &next);
		assert_int_equal(all.n, 0);
	}
	setenv("TZ", "UTC", 1);
	tzset();
}

static void a_summer_morning_is_earlier(void **state)
{
	struct office *o = *state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	quietly(o, MIA, "!wait 29/3/2027"); /* the day after the clocks went forward */
	struct ticket t = ticket_now(o, 1);
	assert_int_equal(t.wakes, 1806300000); /* 2027-03-29T06:00:00Z */
	ticket_free(&t);
	setenv("TZ", "UTC", 1);
	tzset();
}

/* --- merge --- */

static const char second[] = "From: Olof Ny <olof@annan.example>\r\nTo: international@uni.example\r\nSubject: Utbyte igen\r\nMessage-ID: <q2@annan.example>\r\n\r\n"
                             "Gäller nomineringar till utbyte, samma som Anna Berg skrev om.\r\n";
static const char deal[] = "From: Olof Ny <olof@annan.example>\r\nTo: international@uni.example\r\nSubject: Samarbetsavtal\r\nMessage-ID: <q3@annan.example>\r\n\r\n"
                           "Vi vill teckna ett samarbetsavtal (MoU agreement).\r\n";

static void two_tickets_become_one(void **state)
{
	struct office *o = *state;
	another(o, second);
	expect_ticket(o, 2, "open", "mobility", "");
	char *before = all_of_it(o);
	for (int64_t from = 1; from <= 2; from++) { /* whichever is replied to, the older one stays */
		struct outcome r = act_on(o, (struct by){MIA, from, 0, NULL}, from == 1 ? "!merge 2" : "!slå ihop med INT-1");
		assert_int_equal(r.faults.n, 0);
		assert_int_equal(r.ticket.id, 1);
		struct ticket t = ticket_now(o, 2);
		assert_int_equal(t.merged, 1);
		assert_string_equal(t.status, "closed");
		ticket_free(&t);
		assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM message WHERE ticket = 1"), 2);
		expect_people(o, 1, "cc", ERIK " olof@annan.example ");
		expect_done(&r, "[INT-2] är nu en del av [INT-1]");
		expect_done(&r, "Anna Berg <" ANNA ">");
		expect_done(&r, "Olof Ny <olof@annan.example>");
		expect_event(o, 2, MIA, "merged into INT-1");
		expect_event(o, 1, MIA, "INT-2 was merged into this ticket");
		expect_sends(&r, 0); /* the same colleagues had both */
		outcome_free(&r);
		expect_sound(o);
		r = did(o, MIA, "!undo");
		expect_done(&r, "[INT-2] är ett eget ärende igen.");
		outcome_free(&r);
		char *after = all_of_it(o);
		assert_string_equal(after, before);
		free(after);
	}
	free(before);
}

static void a_merge_opens_what_waits_for_an_answer(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!close");
	another(o, second);
	struct outcome r = act_on(o, (struct by){MIA, 2, 0, NULL}, "!merge 1");
	expect_ticket(o, 1, "open", "mobility", "");
	outcome_free(&r);
}

static void those_who_keep_it_see_the_other_mail(void **state)
{
	struct office *o = *state;
	another(o, deal);
	expect_ticket(o, 2, "open", "agreements", "");
	refused_on_1(o, MIA, "!merge 2", "belongs to another topic");
	struct outcome r = act_on(o, (struct by){ADMIN, 1, 0, NULL}, "!merge 2");
	expect_sends(&r, 2);
	expect_words(sent_to(&r.sents, "forward", MIA), "teckna ett samarbetsavtal");
	expect_words(sent_to(&r.sents, "forward", MOA), "teckna ett samarbetsavtal");
	expect_people(o, 1, "staff", MIA " " MOA " "); /* the others' topic is not this one's */
	outcome_free(&r);
}

static void merges_that_cannot_be(void **state)
{
	struct office *o = *state;
	another(o, second);
	refused_on_1(o, MIA, "!merge 1", "is this ticket");
	refused_on_1(o, MIA, "!merge 99", "There is no ticket [INT-99]");
	quietly(o, MIA, "!merge 2");
	refused_on_1(o, MIA, "!merge 2", "a part of this ticket already");
	refused(o, (struct by){MIA, 2, 0, NULL}, "!close", "a part of [INT-1]");
}

/* --- split --- */

static const char later[] = "From: Anna Berg <anna@partner.example>\r\nTo: international@uni.example\r\nSubject: Re: [INT-1] Nomineringar\r\nMessage-ID: <q4@partner.example>\r\n"
                            "In-Reply-To: <q1@partner.example>\r\n\r\nOch en sak till: vi vill ha ett nytt samarbetsavtal, ett MoU agreement.\r\n";

static void a_mail_becomes_a_ticket(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!split", "the ticket's first mail");
	another(o, later);
	int64_t first = sql_number(o->desk.db, "SELECT min(id) FROM message"), last = sql_number(o->desk.db, "SELECT max(id) FROM message");
	refused(o, (struct by){MIA, 1, first, NULL}, "!split", "the ticket's first mail");
	struct outcome r = act_on(o, (struct by){MIA, 1, last, NULL}, "!dela");
	assert_int_equal(r.faults.n, 0);
	expect_ticket(o, 2, "open", "agreements", ""); /* by its own words */
	struct ticket t = ticket_now(o, 2);
	assert_int_equal(t.linked, 1);
	assert_string_equal(t.requester_addr, ANNA);
	ticket_free(&t);
	expect_sends(&r, 1);
	expect_words(sent_to(&r.sents, "forward", AGREEMENTS), "nytt samarbetsavtal");
	expect_done(&r, "[INT-2]");
	assert_int_equal(sql_number(o->desk.db, "SELECT ticket FROM message WHERE message_id = 'q4@partner.example'"), 2);
	outcome_free(&r);
	expect_sound(o);
	r = did(o, MIA, "!undo");
	assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM message WHERE ticket = 1"), 2);
	t = ticket_now(o, 2);
	assert_int_equal(t.merged, 1); /* what went out for it leads here */
	ticket_free(&t);
	outcome_free(&r);
}

/* --- questions --- */

static void others_are_asked(void **state)
{
	struct office *o = *state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	struct outcome r = did(o, MIA, "!fråga " QUALITY " " LAW " senast 2026-12-01\n\nHej! Kan ni godkänna tio platser?");
	expect_sends(&r, 2);
	const struct sent *q = sent_to(&r.sents, "question", QUALITY);
	expect_words(q, "Kan ni godkänna tio platser?");
	sent_to(&r.sents, "question", LAW);
	struct part p = part_now(o, 1, 2);
	assert_string_equal(p.addr, LAW);
	assert_string_equal(p.asked_by, MIA);
	assert_string_equal(p.question, "Hej! Kan ni godkänna tio platser?");
	assert_int_equal(p.due, 1796165999); /* the end of that day: 2026-12-01T22:59:59Z */
	part_free(&p);
	expect_people(o, 1, "part", LAW " " QUALITY " ");
	expect_ticket(o, 1, "open", "mobility", "");
	assert_true(r.acted.rest_used);
	expect_done(&r, "Svaret kommer till dig.");
	expect_event(o, 1, MIA, "asked " QUALITY " (part 1), by 2026-12-01: Hej! Kan ni godkänna tio platser?");
	outcome_free(&r);
	r = did(o, MIA, "!undo");
	expect_part(o, 1, 1, QUALITY, "waived");
	expect_part(o, 1, 2, LAW, "waived");
	expect_people(o, 1, "part", "");
	outcome_free(&r);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void who_cannot_be_asked(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!ask " QUALITY, "The question is missing");
	refused_on_1(o, MIA, "!ask " OFFICE "\n\nVad?", "the office's own address");
	refused_on_1(o, MIA, "!ask " ANNA "\n\nVad?", "who wrote to us");
	refused_on_1(o, MIA, "!ask no-reply@uni.example\n\nVad?", "nobody reads");
	refused_on_1(o, MIA, "!handover " OFFICE, "the office's own address");
	refused_on_1(o, MIA, "!handover " MOA, "!assign " MOA);
	refused_on_1(o, MIA, "!handover " ANNA, "who wrote to us");
}

/* A reply to the forward, with the block and the requester's mail in it as the mail program quotes them; the telephone number was taken out. */
static const char asking[] = "From: Mia Ask <mia@int.uni.example>\r\nTo: international@uni.example\r\nSubject: Re: [INT-1] Nomineringar\r\nMessage-ID: <s1@int.uni.example>\r\n\r\n"
                             "!ask kvalitet@uni.example\r\n\r\nKan ni godkänna det?\r\n\r\nMia\r\n\r\n"
                             "Den 25 november 2026 skrev Anna Berg via Avdelningen <international@uni.example>:\r\n"
                             "> Ärende: [INT-1] canary-block aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
                             "> Hej!\r\n>\r\n> Nomineringar för utbyte till hösten: hur många\r\n> platser har vi?\r\n";

static void a_question_takes_along_what_was_left_in(void **state)
{
	struct office *o = *state;
	struct outcome r = act_on(o, (struct by){MIA, 1, 0, asking}, "");
	assert_int_equal(r.faults.n, 0);
	const struct sent *q = sent_to(&r.sents, "question", QUALITY);
	expect_words(q, "Kan ni godkänna det?");
	expect_words(q, "> Nomineringar för utbyte till hösten: hur många platser har vi?");
	expect_words(q, "Anna Berg skrev");
	expect_no_words(q, "canary-block");
	expect_no_words(q, "aaaaaaaaaaaaaaaaaaaa");
	expect_no_words(q, "123");
	expect_no_words(q, ANNA);
	outcome_free(&r);
}

/* Our mail to her, quoted in a way that nobody foresaw: its links would go to strangers. */
static void our_own_mail_is_not_passed_on(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MOA, "!assign " MIA);
	char *id = mem_dup(sent_to(&r.sents, "forward", MIA)->item.message_id);
	id[TOKEN_TEXT] = '\0';
	char *ask = mem_fmt("!ask " QUALITY "\n\nVad tycker ni?\n\n| mailto:x?subject=(%s)", id), *hand = mem_fmt("!handover " LAW "\n\nEr fråga. %s", id);
	refused_on_1(o, MIA, ask, "links that are for colleagues alone");
	refused_on_1(o, MIA, hand, "links that are for colleagues alone");
	free(ask);
	free(hand);
	free(id);
	outcome_free(&r);
}

/* --- an admin answers --- */

static bool admin_answers(struct office *o, const char *text, struct strs *sent, struct err *e)
{
	struct ticket t = ticket_now(o, 1);
	bool ok = db_begin(o->desk.db, e) && db_end(o->desk.db, desk_answer(&o->desk, &keys, &t, ADMIN, text, o->now, sent, e), e);
	ticket_free(&t);
	return ok;
}

static void the_office_answers(void **state)
{
	struct office *o = *state;
	struct err e;
	struct strs sent = {0};
	MUST(admin_answers(o, "Ni har tio platser.", &sent, &e));
	assert_int_equal(sent.n, 2);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 4); /* Anna, Erik; and both colleagues know */
	const struct sent *a = sent_to(&all, "reply", ANNA);
	sent_to(&all, "reply", ERIK);
	expect_words(a, "Ni har tio platser.");
	assert_string_equal(a->mail.from.addr, OFFICE);
	assert_string_equal(a->mail.from.name, "Avdelningen för internationalisering");
	assert_string_equal(a->mail.in_reply_to, "q1@partner.example");
	assert_null(mail_field(&a->mail, "Auto-Submitted"));
	assert_null(a->item.writer);
	expect_words(sent_to(&all, "notice", MIA), "Ni har tio platser.");
	sents_free(&all);
	strs_free(&sent);
	expect_ticket(o, 1, "pending", "mobility", "");
	struct ticket t = ticket_now(o, 1);
	assert_int_equal(t.answered, o->now);
	ticket_free(&t);
	expect_event(o, 1, ADMIN, "answered to " ANNA ", " ERIK);
}

static void nobody_can_be_answered(void **state)
{
	struct office *o = *state;
	struct err e = {0};
	struct strs sent = {0};
	struct taken t;
	take(o, "From: Office <" OFFICE ">\r\nSubject: Utbyte\r\nMessage-ID: <o1@uni.example>\r\n\r\nNomineringar till utbyte.\r\n", &t);
	int64_t id = t.ticket;
	taken_free(&t);
	struct ticket ours = ticket_now(o, id);
	MUST(db_begin(o->desk.db, &e));
	assert_false(desk_answer(&o->desk, &keys, &ours, ADMIN, "Hej", o->now, &sent, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	db_rollback(o->desk.db);
	ticket_free(&ours);
	struct sents all = send_all(o);
	sents_free(&all);
	strs_free(&sent);
}

/* --- their answers --- */

static const char answer[] = "From: Kvalitet <kvalitet@uni.example>\r\nTo: international@uni.example\r\nSubject: Re: fråga\r\nMessage-ID: <a1@uni.example>\r\n"
                             "In-Reply-To: <q1@partner.example>\r\n\r\nTio platser går bra.\r\n";
static const char away[] = "From: Kvalitet <kvalitet@uni.example>\r\nTo: international@uni.example\r\nSubject: Autosvar\r\nMessage-ID: <a2@uni.example>\r\n"
                           "Auto-Submitted: auto-replied\r\n\r\nVi har stängt till måndag.\r\n";

/* The mail on ticket 1, as an answer to its part: whom it went to. */
static struct sents answered(struct office *o, int number, const char *raw, int64_t *open)
{
	struct err e;
	struct mail m;
	struct ticket t = ticket_now(o, 1);
	struct part p = part_now(o, 1, number);
	unsigned char digest[MESSAGE_DIGEST];
	int64_t message;
	mail_of(raw, &m);
	message_digest(&m, digest);
	MUST(db_begin(o->desk.db, &e));
	MUST(message_add(o->desk.db, 1, &m, digest, raw, strlen(raw), o->now, &message, &e));
	const struct letter_ground g = {.config = o->config, .ticket = &t, .mail = &m, .message = message, .raw_bytes = strlen(raw), .now = o->now, .keys = &keys};
	struct strs told = {0};
	MUST(desk_part_answered(&o->desk, &g, &t, &p, NULL, NULL, &told, open, &e));
	MUST(db_commit(o->desk.db, &e));
	strs_free(&told);
	mail_free(&m);
	part_free(&p);
	ticket_free(&t);
	return send_all(o);
}

static void an_answer_comes_to_the_owner(void **state)
{
	struct office *o = *state;
	int64_t open;
	quietly(o, MIA, "!ask " QUALITY " " LAW "\n\nGår tio?");
	struct sents all = answered(o, 1, answer, &open);
	assert_int_equal(open, 1);
	assert_int_equal(all.n, 1);
	expect_words(sent_to(&all, "forward", MIA), "Tio platser går bra."); /* nobody owns it: the asker */
	sents_free(&all);
	expect_part(o, 1, 1, QUALITY, "answered");
	refused_on_1(o, MOA, "!undo", "nothing on this ticket"); /* it was not she who asked */
	struct outcome r = did(o, MIA, "!undo"); /* the other one is waived */
	expect_part(o, 1, 1, QUALITY, "answered");
	expect_part(o, 1, 2, LAW, "waived");
	expect_done(&r, QUALITY " har redan svarat");
	outcome_free(&r);
	quietly(o, MOA, "!take");
	quietly(o, MOA, "!ask " QUALITY "\n\nGår elva?");
	quietly(o, MIA, "!assign " MIA);
	all = answered(o, 3, away, &open);
	assert_int_equal(open, 1);
	expect_words(sent_to(&all, "notice", MIA), "Vi har stängt till måndag.");
	expect_part(o, 1, 3, QUALITY, "open");
	sents_free(&all);
}

static const char from_lena[] = "From: Lena <lena@int.uni.example>\r\nTo: international@uni.example\r\nSubject: Re: fråga\r\nMessage-ID: <a3@uni.example>\r\n\r\nDet går bra.\r\n";

/* The one who was asked has got the ticket meanwhile: the others see the answer. */
static void nobody_gets_their_own_answer(void **state)
{
	struct office *o = *state;
	int64_t open;
	quietly(o, MIA, "!ask " LENA "\n\nGår tio?");
	quietly(o, MIA, "!assign " LENA);
	struct sents all = answered(o, 1, from_lena, &open);
	assert_int_equal(all.n, 2);
	sent_to(&all, "forward", MIA);
	sent_to(&all, "forward", MOA);
	sents_free(&all);
}

static void an_answered_question_cannot_be_undone(void **state)
{
	struct office *o = *state;
	int64_t open;
	quietly(o, MIA, "!ask " QUALITY "\n\nGår tio?");
	struct sents all = answered(o, 1, answer, &open);
	sents_free(&all);
	assert_int_equal(open, 0);
	refused_on_1(o, MIA, "!undo", "answered already");
}

static void a_question_is_late_once(void **state)
{
	struct office *o = *state;
	int64_t next, due;
	quietly(o, MIA, "!ask " QUALITY " by 2026-12-01\n\nGår tio?");
	struct part p = part_now(o, 1, 1);
	due = p.due;
	part_free(&p);
	struct sents all = tick(o, due + 1, &next); /* midnight: nobody is written to */
	assert_int_equal(all.n, 0);
	all = tick(o, next, &next);
	assert_int_equal(all.n, 2);
	expect_words(sent_to(&all, "notice", MIA), QUALITY);
	expect_words(sent_to(&all, "question", QUALITY), "Går tio?");
	sents_free(&all);
	assert_int_equal(next, -1);
	static const int64_t jumps[] = {2000000000, 0, 1000000000, 4102444800};
	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		all = tick(o, jumps[i], &next);
		assert_int_equal(all.n, 0);
	}
	expect_part(o, 1, 1, QUALITY, "open");
}

static void a_question_that_does_not_arrive(void **state)
{
	struct office *o = *state;
	struct err e;
	struct strs told = {0};
	struct ticket t;
	const struct mail none = {0};
	quietly(o, MIA, "!ask " QUALITY " " LAW "\n\nGår tio?");
	t = ticket_now(o, 1);
	const struct letter_ground g = {.config = o->config, .ticket = &t, .mail = &none, .now = o->now, .keys = &keys};
	MUST(db_begin(o->desk.db, &e));
	MUST(desk_part_failed(&o->desk, &g, QUALITY, "5.1.1", &told, &e));
	MUST(db_commit(o->desk.db, &e));
	expect_part(o, 1, 1, QUALITY, "failed");
	expect_part(o, 1, 2, LAW, "open");
	struct sents all = send_all(o);
	assert_int_equal(all.n, 1);
	expect_words(sent_to(&all, "notice", MIA), "Går tio?");
	sents_free(&all);
	strs_free(&told);
	ticket_free(&t);
}

/* --- handover --- */

static void the_whole_ticket_goes_elsewhere(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!överlämna " LAW "\n\nDet här är er fråga.");
	expect_ticket(o, 1, "closed", "mobility", "");
	expect_sends(&r, 2);
	const struct sent *f = sent_to(&r.sents, "forward", LAW);
	expect_words(f, "Det här är er fråga.");
	expect_words(f, "hur många platser har vi?");
	assert_non_null(strstr(sent_field(f, "Reply-To"), ANNA));
	const struct sent *w = sent_to(&r.sents, "reply", ANNA);
	expect_words(w, LAW);
	assert_string_equal(w->mail.in_reply_to, "q1@partner.example");
	expect_no_words(w, "Det här är er fråga.");
	expect_part(o, 1, 1, LAW, "waived"); /* nobody waits for it */
	expect_event(o, 1, MIA, "handed over to " LAW " (part 1)");
	outcome_free(&r);
	r = did(o, MIA, "!undo");
	expect_ticket(o, 1, "open", "mobility", "");
	expect_done(&r, "Mejlet till " LAW " går inte att ta tillbaka.");
	outcome_free(&r);
}

static void a_handover_is_watched(void **state)
{
	struct office *o = *state;
	int64_t open, next;
	struct outcome r = did(o, MIA, "!take\n!handover " QUALITY " watch");
	expect_ticket(o, 1, "pending", "mobility", MIA);
	expect_part(o, 1, 1, QUALITY, "open");
	expect_people(o, 1, "watch", QUALITY " ");
	outcome_free(&r);
	struct sents all = tick(o, o->now + 7 * DAY_SECONDS - 1, &next);
	assert_int_equal(all.n, 0);
	assert_int_equal(next, o->now + 7 * DAY_SECONDS);
	all = tick(o, next, &next);
	assert_int_equal(all.n, 1);
	expect_words(sent_to(&all, "notice", MIA), QUALITY);
	sents_free(&all);
	all = answered(o, 1, answer, &open);
	expect_words(sent_to(&all, "forward", MIA), "Tio platser går bra.");
	sents_free(&all);
	expect_ticket(o, 1, "closed", "mobility", MIA);
	expect_part(o, 1, 1, QUALITY, "answered");
}

/* --- an answer that was held --- */

/* An answer of a colleague in the outbox. */
static void post_reply(struct office *o, const char *writer, const char *id, bool held)
{
	struct err e;
	struct outbox_item i = {.ticket = 1, .kind = mem_dup("reply"), .sender = mem_dup(OFFICE), .recipient = mem_dup(ANNA), .message_id = mem_dup(id),
	                        .subject = mem_dup("Re: Nomineringar"), .text = mem_dup("Tio platser."), .writer = mem_dup(writer), .held = held};
	char nobody[] = "", office[] = OFFICE;
	struct outgoing out = {.from = {nobody, office}, .subject = "Re: Nomineringar", .date = o->now, .message_id = id};
	mailboxes_add(&out.to, "", ANNA);
	MUST(compose_text(&out, "Tio platser.\n", &i.mail, &e));
	mailboxes_free(&out.to);
	MUST(db_begin(o->desk.db, &e));
	MUST(letter_post(o->desk.db, &i, o->now, &e));
	MUST(db_commit(o->desk.db, &e));
}

static void a_held_answer_is_sent(void **state)
{
	struct office *o = *state;
	post_reply(o, MIA, "held@uni.example", true);
	refused_on_1(o, MOA, "!send", "No answer of yours is held");
	struct outcome r = did(o, MIA, "!skicka ändå");
	expect_sends(&r, 2);
	sent_to(&r.sents, "reply", ANNA);
	expect_words(sent_to(&r.sents, "notice", MOA), "Tio platser.");
	struct ticket t = ticket_now(o, 1);
	assert_string_equal(t.status, "pending");
	assert_string_equal(t.owner, MIA);
	assert_int_equal(t.answered, o->now);
	ticket_free(&t);
	assert_false(r.acted.undoable);
	outcome_free(&r);
	refused_on_1(o, MIA, "!undo", "answer that was sent cannot be taken back");
	refused_on_1(o, MIA, "!send", "No answer of yours is held");
}

/* --- several at once --- */

static void all_or_none(void **state)
{
	struct office *o = *state;
	refused_on_1(o, MIA, "!take\n!close\n!ask " OFFICE "\n\nVad?", "the office's own address");
	refused_on_1(o, MIA, "!take\n!colse", "There is no command");
	refused_on_1(o, MIA, "!move weather\n!assign eve@evil.example\n!wait igår", "There is no topic");
	struct outcome r = act_on(o, (struct by){MIA, 1, 0, NULL}, "!move weather\n!assign eve@evil.example\n!wait igår");
	assert_int_equal(r.faults.n, 3); /* all of them are told */
	outcome_free(&r);
	static const char *const half[] = {"!assign", "!assign bo ek@int.uni.example", "!move", "!also", "!wait", "!wait for Godot", "!merge", "!merge all", "!ask\n\nVad?",
	                                   "!handover", "!note", "!ask by tomorrow\n\nVad?"};
	for (size_t i = 0; i < sizeof half / sizeof *half; i++)
		refused_on_1(o, MIA, half[i], "for example");
	r = did(o, MIA, "!stäng\n!flytta avtal\n!tilldela bo.ek@uni.example\n\nTa den, Bo.");
	expect_ticket(o, 1, "closed", "agreements", BO); /* the owner is the new topic's, whatever the order */
	expect_words(sent_to(&r.sents, "forward", BO), "Ta den, Bo.");
	outcome_free(&r);
	quietly(o, MIA, "!undo"); /* one mail is one change */
	expect_ticket(o, 1, "open", "mobility", "");
	expect_people(o, 1, "staff", MIA " " MOA " ");
}

static void what_does_not_go_together(void **state)
{
	struct office *o = *state;
	another(o, second);
	static const char *const cases[] = {
		"!close\n!wait tomorrow",    "!close\n!reopen",           "!take\n!assign " MOA,     "!move avtal\n!move triage",  "!spam\n!ask " LAW "\n\nVad?", "!undo\n!close",
		"!merge 2\n!move avtal",     "!merge 2\n!merge 2",        "!close\n!handover " LAW, "!wait tomorrow\n!wait monday", "!split\n!handover " LAW,    "!assign " MIA "\n!assign " MOA,
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused_on_1(o, MIA, cases[i], "cannot be in one mail");
	quietly(o, MIA, "!close\n!close");
	quietly(o, MIA, "!undo\n!undo");
	expect_ticket(o, 1, "open", "mobility", "");
}

static void an_answer_to_the_sender_alone(void **state)
{
	struct office *o = *state;
	struct outcome r = did(o, MIA, "!till avsändaren\n!stäng\n\nSvar.");
	assert_true(r.acted.answer_to_sender_only && r.acted.status_said);
	assert_false(r.acted.rest_used); /* it is the answer, and the caller's */
	expect_sends(&r, 0);
	outcome_free(&r);
	refused_on_1(o, MIA, "!to sender", "The answer is missing");
	r = did(o, MIA, "!hjälp");
	assert_true(r.acted.help);
	outcome_free(&r);
}

/* --- undo --- */

static void every_change_can_be_undone(void **state)
{
	struct office *o = *state;
	another(o, later);
	static const char *const doings[] = {
		"!take",
		"!assign " LENA,
		"!move avtal",
		"!move triage\n!close",
		"!also avtal",
		"!close",
		"!wait tomorrow",
		"!spam",
		"!ask " LAW "\n\nVad?",
		"!handover " LAW,
		"!handover " LAW " watch",
		"!take\n!also avtal\n!ask " LAW " " QUALITY "\n!wait tomorrow\n\nVad?",
	};
	static const char *const befores[] = {NULL, "!take", "!wait 2027-01-01", "!also avtal", "!assign " BO};
	for (size_t b = 0; b < sizeof befores / sizeof *befores; b++) {
		if (befores[b])
			quietly(o, MOA, befores[b]);
		for (size_t i = 0; i < sizeof doings / sizeof *doings; i++) {
			if (befores[b] && strcmp(befores[b], "!also avtal") == 0 && strstr(doings[i], "also")) /* is so already */
				continue;
			undone(o, MIA, doings[i]);
		}
		if (befores[b])
			quietly(o, MOA, "!undo");
	}
	refused_on_1(o, MIA, "!undo", "cannot be taken back"); /* an undo takes back nothing twice; the word to the requester is gone */
}

static void undo_goes_back_step_by_step(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!take");
	quietly(o, MIA, "!wait tomorrow");
	quietly(o, MIA, "!close");
	quietly(o, MIA, "!undo");
	expect_ticket(o, 1, "pending", "mobility", MIA);
	quietly(o, MIA, "!undo");
	expect_ticket(o, 1, "open", "mobility", MIA);
	quietly(o, MIA, "!undo");
	expect_ticket(o, 1, "open", "mobility", "");
	quietly(o, MIA, "!take");
	quietly(o, MOA, "!close");
	refused_on_1(o, MIA, "!undo", "Somebody else has changed the ticket or answered");
	quietly(o, MOA, "!undo");
	quietly(o, MIA, "!undo");
	expect_ticket(o, 1, "open", "mobility", "");
}

/* Who answers builds on what was done, as who gives a command does. */
static void an_answer_of_another_settles_it(void **state)
{
	struct office *o = *state;
	quietly(o, MIA, "!move avtal");
	o->now += 60;
	post_reply(o, BO, "bo@uni.example", false);
	struct sents all = send_all(o);
	sents_free(&all);
	refused_on_1(o, MIA, "!undo", "another topic than yours");
	refused_on_1(o, TRIAGE, "!undo", "nothing on this ticket");
	quietly(o, TRIAGE, "!close");
	o->now += 60;
	post_reply(o, BO, "bo2@uni.example", false);
	all = send_all(o);
	sents_free(&all);
	refused_on_1(o, TRIAGE, "!undo", "or answered after you");
}

/* What came between by itself stays. */
static void undo_leaves_what_came_since(void **state)
{
	struct office *o = *state;
	struct err e;
	quietly(o, MIA, "!take\n!wait tomorrow");
	struct ticket t = ticket_now(o, 1);
	MUST(db_begin(o->desk.db, &e));
	MUST(ticket_set_status(o->desk.db, &t, "open", o->now, &e)); /* the requester wrote */
	MUST(db_commit(o->desk.db, &e));
	ticket_free(&t);
	another(o, later);
	quietly(o, MIA, "!undo");
	expect_ticket(o, 1, "open", "mobility", "");
	assert_int_equal(sql_number(o->desk.db, "SELECT count(*) FROM message WHERE ticket = 1"), 2);
	quietly(o, MIA, "!wait tomorrow");
	quietly(o, MIA, "!take");
	t = ticket_now(o, 1);
	MUST(db_begin(o->desk.db, &e));
	MUST(ticket_set_status(o->desk.db, &t, "open", o->now, &e)); /* and wrote again */
	MUST(db_commit(o->desk.db, &e));
	ticket_free(&t);
	quietly(o, MIA, "!undo"); /* what is given back is the ticket, not the rest that it had */
	expect_ticket(o, 1, "open", "mobility", "");
}

/* --- who may --- */

static void whose_ticket_it_is(void **state)
{
	struct office *o = *state;
	refused_on_1(o, LENA, "!close", "another topic than yours");
	refused_on_1(o, AGREEMENTS, "!take", "another topic than yours");
	quietly(o, TRIAGE, "!assign " LENA); /* triage may act on everything; */
	quietly(o, LENA, "!close");          /* and whoever owns it */
	quietly(o, ADMIN, "!reopen");
}

/* --- not there --- */

static struct sents is_away(struct office *o, const char *who, bool *done)
{
	struct err e;
	struct strs told = {0};
	struct ticket t = ticket_now(o, 1);
	MUST(db_begin(o->desk.db, &e));
	MUST(desk_absent(&o->desk, &keys, &t, who, o->now, done, &told, &e));
	MUST(db_commit(o->desk.db, &e));
	strs_free(&told);
	ticket_free(&t);
	return send_all(o);
}

static void a_deputy_stands_in(void **state)
{
	struct office *o = *state;
	bool done;
	struct sents all = is_away(o, MIA, &done); /* of two who have it */
	assert_true(done);
	expect_ticket(o, 1, "open", "mobility", MOA);
	assert_int_equal(all.n, 2);
	expect_words(sent_to(&all, "forward", MOA), "Mia Ask är borta, och du är ersättare");
	expect_words(sent_to(&all, "notice", LENA), "Moa Berg");
	sents_free(&all);
	all = is_away(o, MIA, &done); /* once a ticket and person */
	assert_false(done);
	assert_int_equal(all.n, 0);
	all = is_away(o, MOA, &done); /* the deputy is away too: hers */
	assert_true(done);
	expect_ticket(o, 1, "open", "mobility", BO);
	sents_free(&all);
	all = is_away(o, BO, &done); /* nobody stands in for Bo */
	assert_true(done);
	assert_int_equal(all.n, 1);
	expect_words(sent_to(&all, "notice", LENA), "Bo Ek");
	sents_free(&all);
	expect_ticket(o, 1, "open", "mobility", BO);
	quietly(o, BO, "!assign " MIA);
	all = is_away(o, "MIA@int.uni.example", &done); /* in any case; and she was told of already */
	assert_false(done);
	sents_free(&all);
}

static void the_only_one_who_has_it_is_away(void **state)
{
	struct office *o = *state;
	struct err e;
	bool done;
	MUST(db_begin(o->desk.db, &e));
	MUST(participant_drop(o->desk.db, 1, MOA, &e));
	MUST(db_commit(o->desk.db, &e));
	struct sents all = is_away(o, MOA, &done);
	assert_false(done);
	assert_int_equal(all.n, 0);
	all = is_away(o, MIA, &done);
	assert_true(done);
	expect_ticket(o, 1, "open", "mobility", MOA);
	sents_free(&all);
}

static void who_is_away_is_passed_over(void **state)
{
	struct office *o = *state;
	bool done;
	quietly(o, MOA, "!take");
	struct sents all = is_away(o, MOA, &done);
	sents_free(&all);
	expect_ticket(o, 1, "open", "mobility", BO);
	quietly(o, BO, "!assign " MIA);
	all = is_away(o, MIA, &done); /* her deputy Moa is away: Moa's deputy */
	expect_ticket(o, 1, "open", "mobility", BO);
	sents_free(&all);
}

/* --- a mail that cannot be read again --- */

static void what_cannot_be_read_is_attached(void **state)
{
	struct office *o = *state;
	unreadable = true;
	struct outcome r = did(o, MIA, "!assign " BO "\n\nTa den.");
	const struct sent *f = sent_to(&r.sents, "forward", BO);
	assert_int_equal(f->mail.n_attachments, 1);
	assert_int_equal(f->mail.attachments[0].size, sizeof question - 1);
	expect_words(f, "Ta den.");
	expect_words(f, "the reader is gone");
	outcome_free(&r);
	unreadable = false;
}

int main(void)
{
#define SCENE_TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		SCENE_TEST(a_ticket_is_taken),
		SCENE_TEST(a_colleague_gets_it),
		SCENE_TEST(only_its_own_mails_are_carried),
		SCENE_TEST(who_cannot_get_it),
		SCENE_TEST(a_move_hands_over),
		SCENE_TEST(topics_as_people_write_them),
		SCENE_TEST(a_second_topic_helps_out),
		SCENE_TEST(those_who_have_it_get_no_second_copy),
		SCENE_TEST(a_note_is_for_colleagues),
		SCENE_TEST(closed_and_opened_again),
		SCENE_TEST(open_questions_are_named),
		SCENE_TEST(spam_is_closed_and_marked),
		SCENE_TEST(a_ticket_wakes_at_eight),
		SCENE_TEST(a_summer_morning_is_earlier),
		SCENE_TEST(two_tickets_become_one),
		SCENE_TEST(a_merge_opens_what_waits_for_an_answer),
		SCENE_TEST(those_who_keep_it_see_the_other_mail),
		SCENE_TEST(merges_that_cannot_be),
		SCENE_TEST(a_mail_becomes_a_ticket),
		SCENE_TEST(others_are_asked),
		SCENE_TEST(who_cannot_be_asked),
		SCENE_TEST(a_question_takes_along_what_was_left_in),
		SCENE_TEST(our_own_mail_is_not_passed_on),
		SCENE_TEST(the_office_answers),
		SCENE_TEST(nobody_can_be_answered),
		SCENE_TEST(an_answer_comes_to_the_owner),
		SCENE_TEST(nobody_gets_their_own_answer),
		SCENE_TEST(an_answered_question_cannot_be_undone),
		SCENE_TEST(a_question_is_late_once),
		SCENE_TEST(a_question_that_does_not_arrive),
		SCENE_TEST(the_whole_ticket_goes_elsewhere),
		SCENE_TEST(a_handover_is_watched),
		SCENE_TEST(a_held_answer_is_sent),
		SCENE_TEST(all_or_none),
		SCENE_TEST(what_does_not_go_together),
		SCENE_TEST(an_answer_to_the_sender_alone),
		SCENE_TEST(every_change_can_be_undone),
		SCENE_TEST(undo_goes_back_step_by_step),
		SCENE_TEST(an_answer_of_another_settles_it),
		SCENE_TEST(undo_leaves_what_came_since),
		SCENE_TEST(whose_ticket_it_is),
		SCENE_TEST(a_deputy_stands_in),
		SCENE_TEST(the_only_one_who_has_it_is_away),
		SCENE_TEST(who_is_away_is_passed_over),
		SCENE_TEST(what_cannot_be_read_is_attached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
