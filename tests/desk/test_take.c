#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"

#define ANNA "anna@partner.example"

static const char question[] =
	"From: Anna Berg <anna@partner.example>\r\n"
	"To: international@uni.example\r\n"
	"Cc: Cia <cia@partner.example>\r\n"
	"Subject: Nomineringar till utbyte\r\n"
	"Date: Mon, 14 Sep 2026 10:00:00 +0200\r\n"
	"Message-ID: <q1@partner.example>\r\n"
	"Content-Type: text/plain; charset=utf-8\r\n"
	"Content-Transfer-Encoding: 8bit\r\n"
	"\r\n"
	"Hej! Vi vill skicka våra nomineringar för utbyte till hösten.\r\n"
	"När är sista dagen? Med vänliga hälsningar, Anna\r\n";

static int64_t count(struct office *o, const char *table)
{
	char *q = mem_fmt("SELECT count(*) FROM %s", table);
	int64_t n = sql_number(o->desk.db, q);
	free(q);
	return n;
}

/* --- an ordinary inquiry --- */

static void an_inquiry_opens_a_ticket(void **state)
{
	struct office *o = *state;
	struct taken t;
	struct ticket ticket;
	struct err e;
	bool yes;
	take(o, question, &t);
	assert_int_equal(t.ticket, 1);
	assert_string_equal(t.outcome, "opened");
	assert_string_equal(t.folder, "Ingang/mobility");
	assert_string_equal(t.topic, "mobility");
	assert_string_equal(t.to, "mia@int.uni.example,moa@int.uni.example");
	assert_true(t.answered);
	assert_true(t.confidence >= 0.6);
	assert_non_null(strstr(t.why, "opened: mobility"));
	assert_int_equal(ticket_get(o->desk.db, 1, &ticket, &e), 1);
	assert_string_equal(ticket.status, "open");
	assert_string_equal(ticket.subject, "Nomineringar till utbyte");
	assert_string_equal(ticket.requester_name, "Anna Berg");
	assert_string_equal(ticket.requester_addr, ANNA);
	assert_string_equal(ticket.lang, "sv");
	assert_false(ticket.internal);
	assert_int_equal(ticket.created, o->now);
	ticket_free(&ticket);
	static const struct {
		const char *addr;
		bool is;
	} people[] = {{ANNA, true}, {"cia@partner.example", true}, {"mia@int.uni.example", true}, {"moa@int.uni.example", true}, {OFFICE, false}};
	for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
		MUST(participant_is(o->desk.db, 1, people[i].addr, &yes, &e));
		if (yes != people[i].is)
			fail_msg("%s", people[i].addr);
	}
	uint64_t size;
	MUST(message_raw_size(o->desk.db, t.message, &size, &e));
	assert_int_equal(size, sizeof question - 1);
	assert_int_equal(sql_number(o->desk.db, "SELECT message FROM inbox WHERE outcome = 'opened' AND folder = 'Ingang/mobility' AND filed = 0"), t.message);
	assert_int_equal(count(o, "outbox"), 3);
	taken_free(&t);
	expect_sound(o);
}

static void staff_get_the_mail_with_a_block(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, question, &t);
	taken_free(&t);
	struct sents all = send_all(o);
	assert_int_equal(sent_count(&all, "forward"), 2);
	const struct sent *mia = sent_to(&all, "forward", "mia@int.uni.example"), *moa = sent_to(&all, "forward", "moa@int.uni.example");
	const struct sent *both[] = {mia, moa};
	for (size_t i = 0; i < 2; i++) {
		const struct sent *s = both[i];
		expect_sound_mail(s, "a forward");
		assert_string_equal(s->item.sender, OFFICE);
		assert_string_equal(s->mail.from.addr, OFFICE);
		assert_string_equal(s->mail.from.name, "Anna Berg via Avdelningen för internationalisering");
		assert_string_equal(s->mail.subject, "[INT-1] Nomineringar till utbyte");
		assert_int_equal(s->mail.to.n, 2);
		assert_string_equal(s->mail.to.v[0].addr, "mia@int.uni.example");
		assert_string_equal(s->mail.to.v[1].addr, "moa@int.uni.example");
		assert_int_equal(s->mail.reply_to.n, 1);
		assert_string_equal(s->mail.reply_to.v[0].addr, OFFICE);
		assert_string_equal(sent_field(s, "X-Ingang-Ticket"), "INT-1");
		assert_string_equal(sent_field(s, "References"), "<q1@partner.example>");
		assert_string_equal(s->mail.message_id, s->item.message_id);
		assert_non_null(strstr(s->mail.text, "Anna Berg <anna@partner.example>"));
		assert_non_null(strstr(s->mail.text, "[INT-1]"));
		assert_non_null(strstr(s->mail.text, "Utbyten"));
		assert_non_null(strstr(s->mail.text, "nominering"));
		assert_non_null(strstr(s->mail.text, "När är sista dagen?"));
		assert_true(str_ends_case(s->item.message_id, "@uni.example"));
		assert_true(strlen(s->item.message_id) >= 32 + strlen("INT-1.@uni.example"));
	}
	assert_string_not_equal(mia->item.message_id, moa->item.message_id);
	sents_free(&all);
}

static void the_requester_gets_a_receipt(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, question, &t);
	taken_free(&t);
	struct sents all = send_all(o);
	assert_int_equal(sent_count(&all, "acknowledgement"), 1);
	const struct sent *s = sent_to(&all, "acknowledgement", ANNA);
	expect_sound_mail(s, "a receipt");
	assert_string_equal(s->item.sender, ""); /* the null reverse-path: nobody answers it */
	assert_string_equal(sent_field(s, "Auto-Submitted"), "auto-replied");
	assert_string_equal(sent_field(s, "X-Auto-Response-Suppress"), "All");
	assert_string_equal(sent_field(s, "X-Ingang-Loop"), OFFICE);
	assert_string_equal(sent_field(s, "Content-Language"), "sv");
	assert_string_equal(s->mail.in_reply_to, "q1@partner.example");
	assert_string_equal(s->mail.from.addr, OFFICE);
	assert_string_equal(s->mail.from.name, "Avdelningen för internationalisering");
	assert_int_equal(s->mail.to.n, 1);
	assert_string_equal(s->mail.to.v[0].addr, ANNA);
	assert_int_equal(s->mail.cc.n, 0);
	assert_string_equal(s->mail.subject, "[INT-1] Vi har fått din fråga");
	assert_null(strstr(s->mail.text, "{"));
	assert_int_equal(s->mail.kind, MAIL_AUTO_REPLY); /* as we would see it ourselves */
	sents_free(&all);
}

/* --- the same mail again, and further ones --- */

static void a_copy_has_no_effects(void **state)
{
	struct office *o = *state;
	struct taken t;
	struct err e;
	take(o, question, &t);
	taken_free(&t);
	MUST(db_begin(o->desk.db, &e));
	MUST(ticket_set_topic(o->desk.db, 1, "agreements", o->now, &e)); /* staff have moved it meanwhile */
	MUST(db_commit(o->desk.db, &e));
	take(o, question, &t);
	assert_string_equal(t.outcome, "copy");
	assert_int_equal(t.ticket, 1);
	assert_string_equal(t.folder, "Ingang/agreements");
	assert_false(t.answered);
	assert_string_equal(t.to, "");
	taken_free(&t);
	assert_int_equal(count(o, "ticket"), 1);
	assert_int_equal(count(o, "message"), 1);
	assert_int_equal(count(o, "raw"), 1);
	assert_int_equal(count(o, "outbox"), 3);
	assert_int_equal(count(o, "inbox"), 2);
	expect_sound(o);
}

static void a_second_mail_joins(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, question, &t);
	taken_free(&t);
	struct sents first = send_all(o);
	const char *thread = sent_to(&first, "forward", "moa@int.uni.example")->item.message_id;
	char *raw = mem_fmt("From: Anna Berg <anna@partner.example>\r\nTo: international@uni.example\r\nSubject: Re: [INT-1] Vi har =?utf-8?q?f=C3=A5tt?= din\r\n"
	                    "Message-ID: <q2@partner.example>\r\nIn-Reply-To: <%s>\r\n\r\nEn sak till: gäller det även sommaren?\r\n",
	                    sent_to(&first, "acknowledgement", ANNA)->item.message_id);
	take(o, raw, &t);
	assert_int_equal(t.ticket, 1);
	assert_string_equal(t.outcome, "joined");
	assert_string_equal(t.folder, "Ingang/mobility");
	assert_false(t.answered);
	taken_free(&t);
	free(raw);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 2);
	assert_int_equal(sent_count(&all, "forward"), 2); /* no second receipt */
	const struct sent *s = sent_to(&all, "forward", "moa@int.uni.example");
	expect_sound_mail(s, "a follow-up");
	assert_string_equal(s->mail.in_reply_to, thread); /* in the same thread with its receiver */
	assert_int_equal(s->mail.references.n, 2);
	assert_string_equal(s->mail.references.v[0], thread);
	assert_string_equal(s->mail.references.v[1], "q2@partner.example");
	assert_string_equal(s->mail.subject, "Re: [INT-1] Vi har fått din"); /* the tag once */
	assert_non_null(strstr(s->mail.text, "gäller det även sommaren?"));
	assert_int_equal(count(o, "ticket"), 1);
	sents_free(&all);
	sents_free(&first);
	expect_sound(o);
}

static void a_mail_opens_a_closed_ticket_again(void **state)
{
	struct office *o = *state;
	struct taken t;
	struct ticket ticket;
	struct err e;
	take(o, question, &t);
	taken_free(&t);
	assert_int_equal(ticket_get(o->desk.db, 1, &ticket, &e), 1);
	MUST(db_begin(o->desk.db, &e));
	MUST(ticket_set_status(o->desk.db, &ticket, "closed", o->now, &e));
	MUST(db_commit(o->desk.db, &e));
	ticket_free(&ticket);
	take(o, "From: anna@partner.example\r\nReferences: <q1@partner.example>\r\nMessage-ID: <q3@p>\r\nSubject: x\r\n\r\nStill there?\r\n", &t);
	assert_string_equal(t.outcome, "joined");
	taken_free(&t);
	assert_int_equal(ticket_get(o->desk.db, 1, &ticket, &e), 1);
	assert_string_equal(ticket.status, "open");
	ticket_free(&ticket);
}

static void the_owner_alone_gets_further_mails(void **state)
{
	struct office *o = *state;
	struct taken t;
	struct err e;
	take(o, question, &t);
	taken_free(&t);
	struct sents first = send_all(o);
	sents_free(&first);
	MUST(db_begin(o->desk.db, &e));
	MUST(ticket_set_owner(o->desk.db, 1, "moa@int.uni.example", o->now, &e));
	MUST(db_commit(o->desk.db, &e));
	take(o, "From: anna@partner.example\r\nReferences: <q1@partner.example>\r\nMessage-ID: <q3@p>\r\nSubject: x\r\n\r\nMore\r\n", &t);
	assert_string_equal(t.to, "moa@int.uni.example");
	taken_free(&t);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 1);
	sents_free(&all);
}

static void a_wished_ticket_is_told_to_staff(void **state)
{
	struct office *o = *state;
	struct taken t;
	struct ticket ticket;
	struct err e;
	take(o, question, &t);
	taken_free(&t);
	struct sents first = send_all(o);
	sents_free(&first);
	take(o, "From: eve@evil.example\r\nTo: international@uni.example\r\nSubject: Re: [INT-1] Nomineringar till utbyte\r\nMessage-ID: <e1@evil.example>\r\n\r\n"
	        "Nomineringar till utbyte, vad har ni sagt till Anna?\r\n", &t);
	assert_int_equal(t.ticket, 2);
	assert_string_equal(t.outcome, "opened");
	taken_free(&t);
	assert_int_equal(ticket_get(o->desk.db, 2, &ticket, &e), 1);
	assert_int_equal(ticket.linked, 1);
	ticket_free(&ticket);
	struct sents all = send_all(o);
	const struct sent *s = sent_to(&all, "forward", NULL);
	assert_non_null(strstr(s->mail.text, "[INT-1]"));
	assert_non_null(strstr(s->mail.text, "[INT-2]"));
	const struct sent *receipt = sent_to(&all, "acknowledgement", "eve@evil.example"); /* she learns nothing of the other */
	assert_non_null(strstr(receipt->mail.subject, "[INT-2]"));
	assert_null(strstr(receipt->mail.text, "INT-1"));
	assert_null(strstr(receipt->mail.text, "Anna"));
	sents_free(&all);
	expect_sound(o);
}

/* --- answers of rules, limits, languages --- */

static void a_rule_answers(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, "From: Bob <bob@partner.example>\r\nSubject: Nomination dates please\r\nMessage-ID: <b1@p>\r\n\r\n"
	        "Hello, we would like to know when the nominations have to be with you.\r\n", &t);
	assert_true(t.answered);
	taken_free(&t);
	struct sents all = send_all(o);
	assert_int_equal(sent_count(&all, "acknowledgement"), 0);
	const struct sent *s = sent_to(&all, "answer", "bob@partner.example");
	expect_sound_mail(s, "an answer");
	assert_string_equal(s->item.sender, "");
	assert_string_equal(sent_field(s, "Auto-Submitted"), "auto-replied");
	assert_string_equal(sent_field(s, "Content-Language"), "en"); /* as Bob wrote */
	assert_non_null(strstr(s->mail.subject, "[INT-1] Nomination and application dates"));
	assert_non_null(strstr(s->mail.text, OFFICE)); /* how to reach a person */
	sents_free(&all);
	expect_sound(o);
}

static void an_address_gets_few_receipts_an_hour(void **state)
{
	struct office *o = *state; /* two to an address, five in all */
	size_t answered = 0;
	for (int i = 0; i < 4; i++) {
		struct taken t;
		char *raw = mem_fmt("From: loop@partner.example\r\nSubject: utbyte %d\r\nMessage-ID: <l%d@p>\r\n\r\nutbyte %d\r\n", i, i, i);
		take(o, raw, &t);
		answered += t.answered;
		assert_string_equal(t.outcome, "opened");
		taken_free(&t);
		free(raw);
		o->now += 60;
	}
	assert_int_equal(answered, 2);
	o->now += 3600;
	struct taken t;
	take(o, "From: loop@partner.example\r\nSubject: utbyte\r\nMessage-ID: <l9@p>\r\n\r\nutbyte\r\n", &t);
	assert_true(t.answered); /* an hour later */
	taken_free(&t);
	answered = 1;
	for (int i = 0; i < 8; i++) {
		char *raw = mem_fmt("From: a%d@partner.example\r\nSubject: utbyte\r\nMessage-ID: <a%d@p>\r\n\r\nutbyte\r\n", i, i);
		take(o, raw, &t);
		answered += t.answered;
		taken_free(&t);
		free(raw);
	}
	assert_int_equal(answered, 5); /* the brake */
	assert_int_equal(count(o, "ticket"), 13);
	expect_sound(o);
}

/* --- what machines send --- */

static void machines_get_a_ticket_and_no_answer(void **state)
{
	struct office *o = *state;
	static const char *const heads[] = {
		"From: anna@partner.example\r\nAuto-Submitted: auto-generated\r\n",
		"From: anna@partner.example\r\nPrecedence: bulk\r\n",
		"From: anna@partner.example\r\nList-Id: <news.partner.example>\r\n",
		"From: noreply@partner.example\r\n",
		"From: " OFFICE "\r\n",
		"X-Nobody: at all\r\n",
		"From: \r\n",
	};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct taken t;
		char *raw = mem_fmt("%sSubject: utbyte %zu\r\n\r\nutbyte\r\n", heads[i], i);
		take(o, raw, &t);
		if (t.answered || !*t.to || strcmp(t.outcome, "opened") != 0)
			fail_msg("%s: %s, to %s", heads[i], t.answered ? "answered" : "not answered", t.to);
		taken_free(&t);
		free(raw);
	}
	struct sents all = send_all(o);
	assert_int_equal(sent_count(&all, "forward"), all.n);
	for (size_t i = 0; i < all.n; i++)
		expect_sound_mail(&all.v[i], "a machine's mail carried on");
	sents_free(&all);
	expect_sound(o);
}

static void a_bounce_is_noted_and_told(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, question, &t);
	taken_free(&t);
	struct sents first = send_all(o);
	char *raw = mem_fmt("From: MAILER-DAEMON@partner.example\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn1@partner.example>\r\n"
	                    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
	                    "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.partner.example\r\n\r\n"
	                    "Final-Recipient: rfc822; moa@int.uni.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
	                    "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <%s>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n",
	                    sent_to(&first, "forward", "moa@int.uni.example")->item.message_id);
	take(o, raw, &t);
	assert_int_equal(t.ticket, 1);
	assert_string_equal(t.outcome, "joined");
	assert_false(t.answered);
	taken_free(&t);
	free(raw);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 1);
	const struct sent *s = sent_to(&all, "notice", "triage@uni.example");
	expect_sound_mail(s, "a notice");
	assert_string_equal(s->item.sender, "");
	assert_string_equal(sent_field(s, "Auto-Submitted"), "auto-generated");
	assert_non_null(strstr(s->mail.text, "moa@int.uni.example"));
	assert_non_null(strstr(s->mail.text, "5.1.1"));
	sents_free(&all);
	sents_free(&first);
	struct err e;
	bool yes;
	MUST(participant_is(o->desk.db, 1, "mailer-daemon@partner.example", &yes, &e)); /* what a bounce names is nobody on the ticket */
	assert_false(yes);
	expect_sound(o);
}

/* --- what cannot be read --- */

/* Agreements before mobility, which stands first in the config; and how likely it is. */
static void triage_sees_the_likeliest_topic_first(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, "From: <anna@partner.example>\r\nTo: <" OFFICE ">\r\nSubject: Hello\r\nMessage-ID: <g@partner.example>\r\n\r\nWe have a mou.\r\n", &t);
	assert_string_equal(t.topic, "triage");
	taken_free(&t);
	struct sents all = send_all(o);
	const struct sent *s = sent_to(&all, "forward", "triage@uni.example");
	const char *first = strstr(s->mail.text, " agreements, "), *second = strstr(s->mail.text, " mobility");
	assert_true(first && second && first < second);
	struct buf html = {0};
	for (const char *p = s->bytes.s; *p; p++) /* quoted-printable's soft line ends */
		if (strncmp(p, "=\r\n", 3) == 0)
			p += 2;
		else
			buf_addc(&html, *p);
	const char *link = strstr(html.s, ">Avtal ");
	assert_non_null(link);
	assert_true(atoi(link + 7) > 20 && atoi(link + 7) < 60);
	buf_free(&html);
	sents_free(&all);
}

static void an_unreadable_mail_goes_to_triage_whole(void **state)
{
	struct office *o = *state;
	static const char raw[] = "From: Anna <anna@partner.example>\r\nSubject: nominering utbyte\r\nReferences: <x@y>\r\n\r\n\xff\xfe it kills\r\n";
	struct mail m;
	struct taken t;
	message_read_header(raw, sizeof raw - 1, &m);
	take_mail(o, &m, raw, "the reader died", &t);
	mail_free(&m);
	assert_string_equal(t.topic, "triage");
	assert_string_equal(t.folder, "Ingang/triage");
	assert_string_equal(t.to, "triage@uni.example");
	assert_false(t.answered);
	taken_free(&t);
	struct sents all = send_all(o);
	assert_int_equal(all.n, 1);
	const struct sent *s = sent_to(&all, "forward", "triage@uni.example");
	assert_non_null(strstr(s->mail.text, "the reader died"));
	assert_non_null(strstr(s->mail.text, "nominering utbyte"));
	const char *inside = memmem(s->bytes.s, s->bytes.n, raw, sizeof raw - 1); /* the original, byte for byte */
	assert_non_null(inside);
	sents_free(&all);
	expect_sound(o);
}

/* Nothing at all is known, not even a header. */
static void a_mail_of_nothing_is_a_ticket(void **state)
{
	struct office *o = *state;
	const struct mail none = {0};
	struct taken t;
	take_mail(o, &none, "\x01\x02", "there is no reader", &t);
	assert_string_equal(t.outcome, "opened");
	taken_free(&t);
	take_mail(o, &none, "\x01\x03", "there is no reader", &t); /* another one: nobody knows what is in it */
	assert_string_equal(t.outcome, "opened");
	taken_free(&t);
	take_mail(o, &none, "\x01\x02", "there is no reader", &t); /* the first one again */
	assert_string_equal(t.outcome, "copy");
	taken_free(&t);
	take(o, "", &t);
	assert_string_equal(t.to, "triage@uni.example");
	taken_free(&t);
	struct sents all = send_all(o);
	for (size_t i = 0; i < all.n; i++)
		assert_string_equal(all.v[i].item.recipient, "triage@uni.example");
	sents_free(&all);
	expect_sound(o);
}

/* --- all or nothing --- */

static void a_failure_leaves_nothing(void **state)
{
	struct office *o = *state;
	struct mail m;
	struct taken t;
	struct err e = {0};
	const struct inbox_place place = {7, 1};
	mail_of(question, &m);
	static const char *const tables[] = {"outbox", "thread", "participant", "event", "inbox", "raw"};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char *trap = mem_fmt("CREATE TEMP TRIGGER trap BEFORE INSERT ON main.%s BEGIN SELECT raise(ABORT, 'no'); END", tables[i]);
		sql(o->desk.db, trap);
		free(trap);
		MUST(db_begin(o->desk.db, &e));
		MUST(db_part_begin(o->desk.db, &e));
		if (desk_take(&o->desk, &m, question, sizeof question - 1, NULL, &place, o->now, &t, &e))
			fail_msg("taken in, though nothing could be written into %s", tables[i]);
		assert_null(t.outcome); /* nothing to free, nothing to believe */
		db_part_undo(o->desk.db);
		MUST(db_commit(o->desk.db, &e));
		assert_int_equal(count(o, "ticket") + count(o, "message") + count(o, "outbox") + count(o, "inbox"), 0);
		sql(o->desk.db, "DROP TRIGGER temp.trap");
	}
	mail_free(&m);
	take(o, question, &t); /* and then it goes well */
	assert_int_equal(t.ticket, 1);
	taken_free(&t);
}

int main(void)
{
#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, office_open, office_close)
	const struct CMUnitTest tests[] = {
		DESK_TEST(an_inquiry_opens_a_ticket),
		DESK_TEST(staff_get_the_mail_with_a_block),
		DESK_TEST(the_requester_gets_a_receipt),
		DESK_TEST(a_copy_has_no_effects),
		DESK_TEST(a_second_mail_joins),
		DESK_TEST(a_mail_opens_a_closed_ticket_again),
		DESK_TEST(the_owner_alone_gets_further_mails),
		DESK_TEST(a_wished_ticket_is_told_to_staff),
		DESK_TEST(a_rule_answers),
		DESK_TEST(an_address_gets_few_receipts_an_hour),
		DESK_TEST(machines_get_a_ticket_and_no_answer),
		DESK_TEST(a_bounce_is_noted_and_told),
		DESK_TEST(triage_sees_the_likeliest_topic_first),
		DESK_TEST(an_unreadable_mail_goes_to_triage_whole),
		DESK_TEST(a_mail_of_nothing_is_a_ticket),
		DESK_TEST(a_failure_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
