#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mail/message.h"
#include "mail/origin.h"

static struct mail read_mail(const char *raw, size_t n)
{
	char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
	memcpy(copy, raw, n);
	struct mail m;
	message_read(copy, n, &mail_limits_default, &m);
	free(copy);
	return m;
}

static int setup(void **state)
{
	(void)state;
	message_setup();
	return 0;
}

static void auto_submitted_is_parsed(void **state)
{
	(void)state;
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"auto-replied", "auto-replied"}, {" Auto-Replied (vacation)", "auto-replied"}, {"(why (not)) AUTO-GENERATED; type=x", "auto-generated"},
		{"no", "no"},                     {"No (a person)", "no"},                      {"auto-replied;owner-email=\"x\"", "auto-replied"},
		{"", ""},                         {"(no", ""},                                  {"auto-(x)replied", "auto-replied"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char got[32];
		auto_submitted(cases[i].in, got);
		assert_string_equal(got, cases[i].want);
	}
}

#define REPORT(type, part, body) \
	"From: a@b.example\r\nContent-Type: multipart/report; report-type=" type "; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n--b\r\nContent-Type: " part \
	"\r\n\r\n" body "\r\n--b--\r\n"

static void kinds_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		enum mail_kind kind;
		const char *why;
	} cases[] = {
		{"From: a@b.example\r\nSubject: Fr\xc3\xa5ga\r\n\r\nHej", MAIL_PERSON, ""},
		{"From: a@b.example\r\nAuto-Submitted: no\r\n\r\nHej", MAIL_PERSON, ""},
		{"From: a@b.example\r\nAuto-Submitted: NO (really)\r\n\r\nHej", MAIL_PERSON, ""},
		{"From: a@b.example\r\nAuto-Submitted: Auto-Replied (x)\r\n\r\nHej", MAIL_AUTO_REPLY, "Auto-Submitted: auto-replied"},
		{"From: a@b.example\r\nAuto-Submitted: auto-generated\r\n\r\nHej", MAIL_GENERATED, "Auto-Submitted: auto-generated"},
		{"From: a@b.example\r\nAuto-Submitted: auto-notified\r\n\r\nHej", MAIL_GENERATED, "Auto-Submitted: auto-notified"},
		{"From: a@b.example\r\nSubject: Automatiskt svar: Avtal\r\nAuto-Submitted: auto-generated\r\n\r\nJag \xc3\xa4r p\xc3\xa5 semester.", MAIL_AUTO_REPLY,
		 "Auto-Submitted: auto-generated"},
		{"From: a@b.example\r\nX-Autoreply: yes\r\n\r\nHej", MAIL_AUTO_REPLY, "X-Autoreply: yes"},
		{"From: a@b.example\r\nX-Autoreply: no\r\n\r\nHej", MAIL_PERSON, ""},
		{"From: a@b.example\r\nPrecedence: auto_reply\r\n\r\nHej", MAIL_AUTO_REPLY, "Precedence: auto_reply"},
		{"From: a@b.example\r\nSubject: Out of Office: visit\r\n\r\nI am out of the office until Monday.", MAIL_AUTO_REPLY, "Subject: Out of Office: visit"},
		{"From: a@b.example\r\nSubject: Autosvar: avtal\r\n\r\nJag \xc3\xa4r tj\xc3\xa4nstledig till maj.", MAIL_AUTO_REPLY, "Subject: Autosvar: avtal"},
		{"From: a@b.example\r\nSubject: Autosvar: avtal\r\nAuto-Submitted: auto-generated\r\n\r\n\xc3\x85ter v. 33.", MAIL_AUTO_REPLY, "Auto-Submitted: auto-generated"},
		{"From: a@b.example\r\nDelivered-By-The-Graces-Of: The Vacation program\r\nPrecedence: junk\r\n\r\nx", MAIL_AUTO_REPLY,
		 "Delivered-By-The-Graces-Of: The Vacation program"},
		{"From: a@b.example\r\nSubject: Autosvar i Outlook\r\n\r\nHur g\xc3\xb6r jag? Jag \xc3\xa4r p\xc3\xa5 semester i juli.", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Fr\xc3\xa5nvaro p\xc3\xa5 seminariet\r\n\r\nJag \xc3\xa4r sjukskriven och kan inte komma.", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Semesterst\xc3\xa4ngt\r\n\r\nJag har semester i juli. \xc3\x84r ni \xc3\xb6ppna d\xc3\xa5.", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: F\xc3\xb6r\xc3\xa4ldraledig till maj\r\n\r\nJag \xc3\xa4r f\xc3\xb6r\xc3\xa4ldraledig. Beh\xc3\xa5ller jag min plats?", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Semester till 9/8\r\n\r\nJag har semester. Ring v\xc3\xa4xeln.", MAIL_AUTO_REPLY, "Subject: Semester till 9/8"},
		{"From: a@b.example\r\nFeedback-ID: 1234:user:proton\r\n\r\nHej", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Out of office hours, can we visit?\r\n\r\nWe would like to see your campus at seven.", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Re: Out of Office: visit\r\n\r\nI am out of the office until Monday.", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: visit\r\n\r\nI am out of the office until Monday, can we meet then?", MAIL_PERSON, ""},
		{"From: a@b.example\r\nList-Id: <l.b.example>\r\n\r\nHej", MAIL_LIST, "List-Id: <l.b.example>"},
		{"From: a@b.example\r\nPrecedence: list\r\n\r\nHej", MAIL_LIST, "Precedence: list"},
		{"From: a@b.example\r\nPrecedence: bulk\r\n\r\nHej", MAIL_GENERATED, "Precedence: bulk"},
		{"From: a@b.example\r\nList-Unsubscribe: <mailto:x@b.example>\r\n\r\nHej", MAIL_GENERATED, "List-Unsubscribe: <mailto:x@b.example>"},
		{"From: no-reply@b.example\r\n\r\nHej", MAIL_GENERATED, "From: no-reply@b.example"},
		{"Return-Path: <>\r\nFrom: a@b.example\r\n\r\nHej", MAIL_GENERATED, "Return-Path: <>"},
		{REPORT("delivery-status", "message/delivery-status", "Final-Recipient: rfc822; x@y.example\r\nStatus: 5.1.1\r\n"), MAIL_BOUNCE,
		 "multipart/report: delivery-status"},
		{REPORT("disposition-notification", "message/disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed"), MAIL_RECEIPT,
		 "multipart/report: disposition-notification"},
		{REPORT("feedback-report", "message/feedback-report", "Feedback-Type: abuse"), MAIL_GENERATED, "multipart/report: feedback-report"},
		{"From: MAILER-DAEMON@b.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program.", MAIL_BOUNCE, "From: mailer-daemon"},
		{"From: a@b.example\r\nX-Failed-Recipients: x@y.example\r\n\r\nx", MAIL_BOUNCE, "a mail system's header field"},
		{"Return-Path: <>\r\nFrom: postmaster@b.example\r\nSubject: Kan inte levereras: Avtal\r\n\r\nMeddelandet kunde inte levereras.", MAIL_BOUNCE,
		 "a delivery report by its words"},
		{"From: postmaster@b.example\r\nSubject: Your mail server\r\n\r\nCan you fix your DNS?", MAIL_GENERATED, "From: postmaster@b.example"},
		{"From: a@b.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nI got this when I wrote to you: could not be delivered. Why?", MAIL_PERSON, ""},
		{"From: a@b.example\r\nSubject: Fwd: Delivery Status Notification (Failure)\r\n\r\nYour message could not be delivered to x@y.example", MAIL_PERSON, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_mail(cases[i].raw, strlen(cases[i].raw));
		if (m.kind != cases[i].kind || strcmp(m.kind_why, cases[i].why) != 0)
			fail_msg("want %s (%s), got %s (%s):\n%s", mail_kind_name(cases[i].kind), cases[i].why, mail_kind_name(m.kind), m.kind_why, cases[i].raw);
		mail_free(&m);
	}
}

static void reports_are_read(void **state)
{
	(void)state;
	static const char raw[] =
		"From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n"
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nOriginal-Recipient: rfc822;first@y.example\r\n"
		"Final-Recipient: rfc822; <last@y.example>\r\nStatus: 4.2.2 (full)\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
		"Message-ID: <came-back@uni.example>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n";
	struct mail m = read_mail(raw, sizeof raw - 1);
	assert_int_equal(m.kind, MAIL_BOUNCE);
	assert_string_equal(m.bounce.recipient, "last@y.example");
	assert_string_equal(m.bounce.status, "4.2.2");
	assert_string_equal(m.bounce.message_id, "came-back@uni.example");
	mail_free(&m);
	static const char words[] = "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nI'm afraid I wasn't able to deliver your message.\r\n\r\n"
	                            "<gone@y.example>:\r\n192.0.2.1 said: 550 no such user (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
	                            "Message-ID: <came-back@uni.example>\r\n";
	m = read_mail(words, sizeof words - 1);
	assert_string_equal(m.bounce.recipient, "gone@y.example");
	assert_string_equal(m.bounce.status, "5.1.1");
	assert_string_equal(m.bounce.message_id, "came-back@uni.example");
	mail_free(&m);
	static const char bare[] = "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.\r\n"
	                           "<a@b.example>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
	                           "Message-ID: <x\x1fy\x7f@b.example>\r\n";
	m = read_mail(bare, sizeof bare - 1);
	assert_int_equal(m.kind, MAIL_BOUNCE);
	assert_string_equal(m.bounce.message_id, "xy@b.example"); /* no control characters, wherever an id was found */
	mail_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auto_submitted_is_parsed), cmocka_unit_test(kinds_are_told), cmocka_unit_test(reports_are_read),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
