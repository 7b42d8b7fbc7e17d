#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"
#include "desk/thread.h"

static void tags(void **state)
{
	(void)state;
	static const struct {
		const char *subject;
		int64_t want;
		const char *why;
	} cases[] = {
		{"Re: [INT-42] Fråga", 42, "in the middle"},
		{"[INT-1]", 1, "alone"},
		{"[int-7] x", 7, "in lower case"},
		{"x [INT-007]", 7, "with zeros in front"},
		{"[OTH-42] x", 0, "of another desk"},
		{"[INTX-42] x", 0, "of another desk that begins alike"},
		{"[XINT-42] x", 0, "of another desk that ends alike"},
		{"[OTH-1] [INT-2]", 2, "behind another desk's"},
		{"[INT-1] [INT-2]", 1, "two: the first"},
		{"[INT-0]", 0, "no ticket has the number 0"},
		{"[INT-0] [INT-5]", 5, "the first is none"},
		{"[INT--5]", 0, "negative"},
		{"[INT-5", 0, "not closed"},
		{"[INT-]", 0, "no number"},
		{"[INT-5x]", 0, "more than a number"},
		{"[INT-5 ]", 0, "a blank"},
		{"INT-5", 0, "no brackets"},
		{"[INT-999999999999999]", 999999999999999, "as long as is looked at"},
		{"[INT-9223372036854775808]", 0, "beyond any number"},
		{"[INT-99999999999999999999999999999999]", 0, "far beyond"},
		{"[", 0, "a bracket at the end"},
		{"[INT", 0, "cut in the tag"},
		{"[INT-", 0, "cut before the number"},
		{"", 0, "nothing"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t got = thread_tag("INT", cases[i].subject);
		if (got != cases[i].want)
			fail_msg("%s: '%s' gave %lld", cases[i].why, cases[i].subject, (long long)got);
	}
}

/* Ticket 1: Anna asked, Cia was in Cc; mails q1@partner (hers) and ours1 (a forward to Bo, outbox row 1).
 * Ticket 2: Eva asked; mails q2@other (hers) and ours2 (a receipt, outbox row 2). "shared@x" was seen on both.
 * Ticket 3: a stranger's, whose mail bore the copied id q1@partner. */
static int tickets(void **state)
{
	if (office_open(state) != 0)
		return -1;
	struct office *o = *state;
	struct db *d = o->desk.db;
	struct err e;
	MUST(db_begin(d, &e));
	add_ticket(d, "mobility", "anna@partner.example");
	add_ticket(d, NULL, "eva@other.example");
	add_ticket(d, NULL, "eve@evil.example");
	MUST(participant_add(d, 1, "anna@partner.example", "Anna", "requester", &e));
	MUST(participant_add(d, 1, "cia@partner.example", "Cia", "cc", &e));
	MUST(participant_add(d, 1, "bo.ek@uni.example", "", "staff", &e));
	MUST(participant_add(d, 2, "eva@other.example", "Eva", "requester", &e));
	MUST(participant_add(d, 3, "eve@evil.example", "Eve", "requester", &e));
	add_outbox(d, 1, "forward", "bo.ek@uni.example", "ours1@uni.example", 1000);
	add_outbox(d, 2, "acknowledgement", "eva@other.example", "ours2@uni.example", 1000);
	MUST(thread_add(d, "q1@partner", 1, false, &e));
	MUST(thread_add(d, "ours1@uni.example", 1, true, &e));
	MUST(thread_add(d, "q2@other", 2, false, &e));
	MUST(thread_add(d, "ours2@uni.example", 2, true, &e));
	MUST(thread_add(d, "shared@x", 1, false, &e));
	MUST(thread_add(d, "shared@x", 2, false, &e));
	MUST(thread_add(d, "q1@partner", 3, false, &e));
	MUST(db_commit(d, &e));
	return 0;
}

#define ANNA "anna@partner.example"
#define EVA "eva@other.example"
#define EVE "eve@evil.example"
#define BO "bo.ek@uni.example"
#define DAEMON "mailer-daemon@partner.example"
#define OURS1 "ours1@uni.example"
#define OURS2 "ours2@uni.example"

struct placing {
	const char *why, *from;
	enum mail_kind kind;
	const char *in_reply_to, *references[4], *subject, *returned;
	int64_t ticket;
	enum evidence evidence;
	int64_t wished, outbox;
};

static const struct placing placings[] = {
	{"a new mail", ANNA, 0, NULL, {NULL}, "Hello", NULL, 0, EVIDENCE_NONE, 0, 0},
	/* by a reference */
	{"a participant answers our mail", ANNA, 0, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"a participant writes on in their own thread", ANNA, 0, "q1@partner", {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 0},
	{"whatever the case of the address", "Anna@PARTNER.example", 0, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"one who was in Cc", "cia@partner.example", 0, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"a stranger answers our mail", EVE, 0, OURS1, {NULL}, "x", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"a stranger answers another's mail", "new@evil.example", 0, "q2@other", {NULL}, "x", NULL, 0, EVIDENCE_NONE, 2, 0},
	{"a requester of another ticket", EVA, 0, OURS1, {NULL}, "x", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"staff who are on the ticket", BO, 0, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"staff who are not", "mia@int.uni.example", 0, OURS2, {NULL}, "x", NULL, 2, EVIDENCE_REFERENCE, 0, 2},
	{"nobody's mail", NULL, 0, OURS1, {NULL}, "x", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"an address that could not be told", "", 0, OURS1, {NULL}, "x", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"an id that nobody knows", ANNA, 0, "ours9@uni.example", {"q9@partner"}, "x", NULL, 0, EVIDENCE_NONE, 0, 0},
	/* which of several */
	{"In-Reply-To before References", BO, 0, OURS1, {OURS2}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"the last of References before the first", BO, 0, NULL, {OURS2, "unknown@x", OURS1}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"an earlier one where the last is unknown", BO, 0, "unknown@x", {OURS2, OURS1, "unknown@y"}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"one that may be joined before one that may not", ANNA, 0, OURS2, {OURS1}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"the first wish is told", EVE, 0, OURS2, {OURS1}, "x", NULL, 0, EVIDENCE_NONE, 2, 0},
	{"empty ids are none", ANNA, 0, "", {"", OURS1, ""}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"all ids are empty", ANNA, 0, "", {"", ""}, "x", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"an id on two tickets leads to one's own", EVA, 0, "shared@x", {NULL}, "x", NULL, 2, EVIDENCE_REFERENCE, 0, 0},
	{"a copied id does not lead astray", ANNA, 0, "q1@partner", {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 0},
	{"nor into another's ticket", EVE, 0, "q1@partner", {NULL}, "x", NULL, 3, EVIDENCE_REFERENCE, 0, 0},
	/* machines */
	{"a bounce of our mail", DAEMON, MAIL_BOUNCE, NULL, {NULL}, "x", OURS1, 1, EVIDENCE_RETURNED, 0, 1},
	{"without any sender", NULL, MAIL_BOUNCE, NULL, {NULL}, "x", OURS2, 2, EVIDENCE_RETURNED, 0, 2},
	{"before what it refers to", DAEMON, MAIL_BOUNCE, OURS2, {OURS2}, "x", OURS1, 1, EVIDENCE_RETURNED, 0, 1},
	{"a bounce of a mail that is not ours", DAEMON, MAIL_BOUNCE, NULL, {NULL}, "x", "q1@partner", 0, EVIDENCE_NONE, 1, 0},
	{"a bounce of an unknown mail", DAEMON, MAIL_BOUNCE, NULL, {NULL}, "x", "other@x", 0, EVIDENCE_NONE, 0, 0},
	{"a bounce that only refers to our mail", DAEMON, MAIL_BOUNCE, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"a returned id in a person's mail is nothing", EVE, MAIL_PERSON, NULL, {NULL}, "x", OURS1, 0, EVIDENCE_NONE, 0, 0},
	{"an auto-reply to our mail, from elsewhere", "vacation@x.example", MAIL_AUTO_REPLY, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"an auto-reply to another's mail", "vacation@x.example", MAIL_AUTO_REPLY, "q1@partner", {NULL}, "x", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"a receipt for our mail", "x@x.example", MAIL_RECEIPT, OURS1, {NULL}, "x", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	/* by the subject */
	{"a participant names the ticket", ANNA, 0, NULL, {NULL}, "Re: [INT-1] x", NULL, 1, EVIDENCE_TAG, 0, 0},
	{"staff name it", BO, 0, NULL, {NULL}, "[INT-2]", NULL, 2, EVIDENCE_TAG, 0, 0},
	{"a stranger names it", EVE, 0, NULL, {NULL}, "[INT-1]", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"nobody names it", NULL, 0, NULL, {NULL}, "[INT-1]", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"a machine names it", ANNA, MAIL_AUTO_REPLY, NULL, {NULL}, "[INT-1]", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"another desk's", ANNA, 0, NULL, {NULL}, "[OTH-1]", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"number 0", ANNA, 0, NULL, {NULL}, "[INT-0]", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"a number that there is not", ANNA, 0, NULL, {NULL}, "[INT-99]", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"a huge number", ANNA, 0, NULL, {NULL}, "[INT-18446744073709551617]", NULL, 0, EVIDENCE_NONE, 0, 0},
	{"a reference before the subject", ANNA, 0, OURS1, {NULL}, "[INT-2]", NULL, 1, EVIDENCE_REFERENCE, 0, 1},
	{"a proved subject before a reference that is not", ANNA, 0, OURS2, {NULL}, "[INT-1]", NULL, 1, EVIDENCE_TAG, 0, 0},
	{"neither proved: the reference is told", EVE, 0, OURS1, {NULL}, "[INT-2]", NULL, 0, EVIDENCE_NONE, 1, 0},
	{"no subject at all", ANNA, 0, NULL, {NULL}, NULL, NULL, 0, EVIDENCE_NONE, 0, 0},
};

static const struct token_key key = {3, "a secret that these tests know"};
static const struct token_keys keys = {&key, 1};

static void place(struct office *o, struct mail *m, struct threading *t)
{
	struct staff_claim claim;
	struct err e;
	m->fields = mem_array(1, sizeof *m->fields);
	m->fields[m->n_fields++] = (struct field){mem_dup("From"), mem_dup(m->from.addr ? m->from.addr : "")};
	staff_claim_read(o->config, &keys, m, o->now, &claim);
	const struct thread_ground g = {o->desk.db, o->config, &keys, &claim, o->now};
	MUST(thread_place(&g, m, t, &e));
	staff_claim_free(&claim);
}

static void a_mail_finds_its_ticket(void **state)
{
	struct office *o = *state;
	for (size_t i = 0; i < sizeof placings / sizeof *placings; i++) {
		const struct placing *p = &placings[i];
		struct threading t = {.ticket = 99, .wished = 99, .outbox = 99};
		struct mail m = {.kind = p->kind};
		m.from.addr = mem_dup(p->from);
		m.in_reply_to = mem_dup(p->in_reply_to);
		m.subject = mem_dup(p->subject);
		m.bounce.message_id = mem_dup(p->returned);
		for (size_t k = 0; k < 4 && p->references[k]; k++)
			strs_add(&m.references, p->references[k]);
		place(o, &m, &t);
		if (t.ticket != p->ticket || t.evidence != p->evidence || t.wished != p->wished || t.outbox != p->outbox)
			fail_msg("%s: ticket %lld by %d, wished %lld, outbox %lld", p->why, (long long)t.ticket, t.evidence, (long long)t.wished, (long long)t.outbox);
		mail_free(&m);
	}
}

/* Who gets our mail may redirect it to us. It is known by its own id, whatever else it refers to; nobody else's mail is. */
static void our_own_mail_comes_back(void **state)
{
	static const struct {
		const char *why, *id, *from;
		enum mail_kind kind;
		int64_t ticket;
		enum evidence evidence;
	} cases[] = {
		{"a forward of ours", OURS1, OFFICE, MAIL_GENERATED, 1, EVIDENCE_OWN},
		{"a receipt of ours", OURS2, OFFICE, MAIL_AUTO_REPLY, 2, EVIDENCE_OWN},
		{"by whatever way it came", OURS1, EVE, MAIL_LIST, 1, EVIDENCE_OWN},
		{"a machine's mail with the id of a requester's", "q1@partner", OFFICE, MAIL_GENERATED, 0, EVIDENCE_NONE},
		{"a person's mail with an id of ours", OURS1, EVE, MAIL_PERSON, 0, EVIDENCE_NONE},
	};
	struct office *o = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = {.kind = cases[i].kind};
		struct threading t;
		m.message_id = mem_dup(cases[i].id);
		m.from.addr = mem_dup(cases[i].from);
		m.in_reply_to = mem_dup("q2@other");
		place(o, &m, &t);
		if (t.ticket != cases[i].ticket || t.evidence != cases[i].evidence)
			fail_msg("%s: ticket %lld by %d", cases[i].why, (long long)t.ticket, t.evidence);
		mail_free(&m);
	}
}

/* An id that very many tickets share: somebody's mails all bear the same. The walk is bounded, and nothing breaks. */
static void an_id_of_many_tickets(void **state)
{
	struct office *o = *state;
	struct err e;
	const char *id = "everywhere@x";
	struct mail m = {.from = {NULL, mem_dup(EVE)}, .in_reply_to = mem_dup(id)};
	struct threading t;
	MUST(db_begin(o->desk.db, &e));
	for (int i = 0; i < 40; i++)
		MUST(thread_add(o->desk.db, id, add_ticket(o->desk.db, NULL, "x@y.example"), false, &e));
	place(o, &m, &t);
	assert_int_equal(t.ticket, 0);
	assert_int_equal(t.wished, 4);
	mail_free(&m);
	db_rollback(o->desk.db);
}

/* --- by a token --- */

struct by_token {
	const char *why, *from;
	enum token_purpose purpose;
	int64_t of;          /* the ticket of the token */
	const char *person;  /* for whom it was made */
	uint16_t nonce;
	const char *kind;    /* of the mail that it stands in, to `person`; NULL: that mail is not known any more */
	int64_t ticket;
	enum writer writer;
	int64_t wished;
	int part;
};

static const struct by_token by_token[] = {
	{"the requester answers us", ANNA, TOKEN_REQUESTER, 1, ANNA, 0, "reply", 1, WRITER_PEOPLE, 0, 0},
	{"a mail of ours that is not kept any more", ANNA, TOKEN_REQUESTER, 1, ANNA, 0, NULL, 1, WRITER_PEOPLE, 0, 0},
	{"somebody else with the requester's token", EVE, TOKEN_REQUESTER, 1, ANNA, 0, "reply", 0, WRITER_STRANGER, 1, 0},
	{"one who was in Cc, with the requester's token", "cia@partner.example", TOKEN_REQUESTER, 1, ANNA, 0, "reply", 1, WRITER_PEOPLE, 0, 0},
	{"staff of the topic", "mia@int.uni.example", TOKEN_STAFF, 1, "mia@int.uni.example", 0, "forward", 1, WRITER_STAFF, 0, 0},
	{"staff with their token in an id that is none of ours", "mia@int.uni.example", TOKEN_STAFF, 1, "mia@int.uni.example", 0, NULL, 1, WRITER_UNPROVED, 0, 0},
	{"staff of another topic", "agreements@uni.example", TOKEN_STAFF, 1, "agreements@uni.example", 0, "forward", 1, WRITER_NOT_YOURS, 0, 0},
	{"staff of another topic, who have the ticket", BO, TOKEN_STAFF, 1, BO, 0, "forward", 1, WRITER_STAFF, 0, 0},
	{"triage may act on everything", "triage@uni.example", TOKEN_STAFF, 1, "triage@uni.example", 0, "forward", 1, WRITER_STAFF, 0, 0},
	{"staff with a colleague's token", "moa@int.uni.example", TOKEN_STAFF, 1, "mia@int.uni.example", 0, "forward", 1, WRITER_UNPROVED, 0, 0},
	{"a stranger with a token of staff", EVE, TOKEN_STAFF, 1, "mia@int.uni.example", 0, "forward", 0, WRITER_STRANGER, 1, 0},
	{"one who is staff no longer", "old@int.example", TOKEN_STAFF, 1, "old@int.example", 0, "forward", 0, WRITER_STRANGER, 1, 0},
	{"staff with a token for a ticket that there is not", "mia@int.uni.example", TOKEN_STAFF, 77, "mia@int.uni.example", 0, NULL, 0, WRITER_STRANGER, 0, 0},
	{"a division that was asked", "kvalitet@uni.example", TOKEN_PART, 1, "kvalitet@uni.example", 2, "question", 1, WRITER_PART, 0, 2},
	{"somebody of that division", "lisa@uni.example", TOKEN_PART, 1, "kvalitet@uni.example", 2, "question", 1, WRITER_PART, 0, 2},
	{"of a division elsewhere", "lisa@law.example", TOKEN_PART, 1, "office@law.example", 2, "question", 1, WRITER_PART, 0, 2},
	{"somebody of elsewhere with a division's token", EVE, TOKEN_PART, 1, "kvalitet@uni.example", 2, "question", 0, WRITER_STRANGER, 1, 0},
	{"the requester with a division's token speaks as requester", ANNA, TOKEN_PART, 1, "kvalitet@uni.example", 2, "question", 1, WRITER_PEOPLE, 0, 0},
};

static void a_token_says_who_writes(void **state)
{
	struct office *o = *state;
	struct err e;
	for (size_t i = 0; i < sizeof by_token / sizeof *by_token; i++) {
		const struct by_token *b = &by_token[i];
		const struct token made = {.ticket = b->of, .purpose = b->purpose, .expires = o->now + 1000, .nonce = b->nonce};
		struct mail m = {0};
		struct threading t;
		char token[TOKEN_TEXT + 1];
		assert_true(token_make(&keys, &made, b->person, token));
		m.from.addr = mem_dup(b->from);
		m.in_reply_to = mem_fmt("%s.%04zx@uni.example", token, i);
		MUST(db_begin(o->desk.db, &e));
		if (b->kind) {
			add_outbox(o->desk.db, b->of, b->kind, b->person, m.in_reply_to, 1000);
			MUST(thread_add(o->desk.db, m.in_reply_to, b->of, true, &e));
		}
		place(o, &m, &t);
		db_rollback(o->desk.db);
		if (t.ticket != b->ticket || t.writer != b->writer || t.wished != b->wished || t.part != b->part)
			fail_msg("%s: ticket %lld as %d, wished %lld, part %d", b->why, (long long)t.ticket, t.writer, (long long)t.wished, t.part);
		assert_true(t.ticket == 0 || !b->kind || t.outbox > 2);
		mail_free(&m);
	}
}

/* Whom an id alone, or the subject alone, lets speak as what. */
static void an_id_alone_makes_nobody_staff(void **state)
{
	struct office *o = *state;
	static const struct {
		const char *from, *in_reply_to, *subject;
		enum writer want;
	} cases[] = {
		{ANNA, OURS1, "x", WRITER_PEOPLE}, {ANNA, NULL, "[INT-1]", WRITER_PEOPLE}, {BO, OURS1, "x", WRITER_UNPROVED},
		{BO, NULL, "[INT-1]", WRITER_UNPROVED}, {"mia@int.uni.example", OURS2, "x", WRITER_UNPROVED}, {EVE, OURS1, "x", WRITER_STRANGER},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = {.from.addr = mem_dup(cases[i].from), .in_reply_to = mem_dup(cases[i].in_reply_to), .subject = mem_dup(cases[i].subject)};
		struct threading t;
		place(o, &m, &t);
		if (t.writer != cases[i].want)
			fail_msg("%zu: as %d", i, t.writer);
		mail_free(&m);
	}
}

static void a_merged_ticket_stands_for_another(void **state)
{
	struct office *o = *state;
	struct err e;
	struct ticket t2;
	struct mail m = {.from = {NULL, mem_dup(EVA)}, .in_reply_to = mem_dup("q2@other")};
	struct threading t;
	MUST(db_begin(o->desk.db, &e));
	assert_int_equal(ticket_get(o->desk.db, 2, &t2, &e), 1);
	free(t2.status);
	t2.status = mem_dup("closed");
	t2.merged = 1;
	MUST(ticket_save(o->desk.db, &t2, o->now, &e));
	MUST(participant_add(o->desk.db, 1, EVA, "Eva", "cc", &e));
	place(o, &m, &t);
	assert_int_equal(t.ticket, 1);
	ticket_free(&t2);
	mail_free(&m);
	db_rollback(o->desk.db);
}

/* What staff get stands below what they have read: the first forward to them, or to a group that they are of. */
static void staff_read_on_in_their_thread(void **state)
{
	struct office *o = *state;
	static const struct {
		const char *why, *topic, *to, *want;
	} cases[] = {
		{"a group", "agreements", "agreements@uni.example", "first@uni.example"},
		{"one of a group", "agreements", BO, "first@uni.example"},
		{"one of another topic", "agreements", "mia@int.uni.example", NULL},
		{"who had one of their own", "agreements", "moa@int.uni.example", "own@uni.example"},
		{"a colleague had one", "mobility", "mia@int.uni.example", NULL},
		{"a topic since, of which nobody had one", "mobility", BO, NULL},
		{"triage", NULL, "triage@uni.example", NULL},
	};
	struct err e;
	struct ticket t;
	MUST(db_begin(o->desk.db, &e));
	add_outbox(o->desk.db, 3, "forward", "agreements@uni.example", "first@uni.example", 1000);
	add_outbox(o->desk.db, 3, "forward", "agreements@uni.example", "second@uni.example", 1001);
	add_outbox(o->desk.db, 3, "forward", "moa@int.uni.example", "own@uni.example", 1002);
	assert_int_equal(ticket_get(o->desk.db, 3, &t, &e), 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got;
		free(t.topic);
		t.topic = cases[i].topic ? mem_dup(cases[i].topic) : NULL;
		MUST(thread_of_staff(o->desk.db, o->desk.config, &t, cases[i].to, &got, &e));
		if (got != cases[i].want && (!got || !cases[i].want || strcmp(got, cases[i].want) != 0))
			fail_msg("%s: %s", cases[i].why, got ? got : "none");
		free(got);
	}
	ticket_free(&t);
	db_rollback(o->desk.db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test_setup_teardown(a_mail_finds_its_ticket, tickets, office_close),
		cmocka_unit_test_setup_teardown(our_own_mail_comes_back, tickets, office_close),
		cmocka_unit_test_setup_teardown(an_id_of_many_tickets, tickets, office_close),
		cmocka_unit_test_setup_teardown(a_token_says_who_writes, tickets, office_close),
		cmocka_unit_test_setup_teardown(an_id_alone_makes_nobody_staff, tickets, office_close),
		cmocka_unit_test_setup_teardown(a_merged_ticket_stands_for_another, tickets, office_close),
		cmocka_unit_test_setup_teardown(staff_read_on_in_their_thread, tickets, office_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
