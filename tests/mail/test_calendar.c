/* Invitations in words, alone and as the text of a mail that has no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fold.h"
#include "mail/calendar.h"
#include "mail/message.h"

#define CAL(method, lines) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" method "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define REQUEST "METHOD:REQUEST\r\n"

static char *words(const char *charset, const char *s)
{
	size_t n = strlen(s);
	char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
	struct buf out = {0};
	memcpy(copy, s, n);
	bool found = calendar_words(charset, copy, n, &out);
	assert_true(found || out.n == 0);
	free(copy);
	return buf_take(&out);
}

static void an_event_in_words(void **state)
{
	(void)state;
	static const struct {
		const char *s, *want, *why;
	} cases[] = {
		{CAL(REQUEST, "SUMMARY:M\xc3\xb6te\r\nDTSTART;TZID=Europe/Stockholm:20260305T140000\r\nDTEND;TZID=Europe/Stockholm:20260305T153000\r\nLOCATION:Sal 3\r\n"
		              "ORGANIZER;CN=Anna Berg:mailto:anna@uni.example\r\nATTENDEE;CN=Bo;PARTSTAT=NEEDS-ACTION:mailto:bo@uni.example\r\n"
		              "ATTENDEE:MAILTO:eva@uni.example\r\nDESCRIPTION:Hej\\,\\nvi ses\\; eller \\\\ inte.\r\n"),
		 "Invitation: Möte\nWhen: 2026-03-05 14:00 – 15:30 (Europe/Stockholm)\nWhere: Sal 3\nOrganizer: Anna Berg <anna@uni.example>\n"
		 "Attendees: Bo, eva@uni.example\n\nHej,\nvi ses; eller \\ inte.\n", "all of it"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART:20260305T230000Z\r\nDTEND:20260306T010000Z\r\n"), "Invitation: x\nWhen: 2026-03-05 23:00 – 2026-03-06 01:00 (UTC)\n", "over midnight"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART:20260305T140000\r\n"), "Invitation: x\nWhen: 2026-03-05 14:00\n", "no end, no zone"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART;VALUE=DATE:20260305\r\nDTEND;VALUE=DATE:20260306\r\n"), "Invitation: x\nWhen: 2026-03-05\n", "a whole day"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART;VALUE=DATE:20260227\r\nDTEND;VALUE=DATE:20260302\r\n"), "Invitation: x\nWhen: 2026-02-27 – 2026-03-01\n", "whole days"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART;TZID=A:20260305T140000\r\nDTEND;TZID=B:20260305T120000\r\n"), "Invitation: x\nWhen: 2026-03-05 14:00 (A) – 2026-03-05 12:00 (B)\n",
		 "two zones"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART;TZID=\"W. Europe: Stockholm; x\":20260305T140000\r\n"), "Invitation: x\nWhen: 2026-03-05 14:00 (W. Europe: Stockholm; x)\n", "a quoted zone"},
		{CAL(REQUEST, "SUMMARY:x\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n"), "Invitation: x\nRepeats: every week\n", "a series"},
		{CAL("METHOD:REPLY\r\n", "SUMMARY:x\r\nATTENDEE;PARTSTAT=ACCEPTED;CN=Bo:mailto:b@c.example\r\n"), "Accepted: x\nAttendee: Bo\n", "accepted"},
		{CAL("METHOD:reply\r\n", "ATTENDEE;partstat=declined:mailto:b@c.example\r\nSUMMARY:x\r\n"), "Declined: x\nAttendee: b@c.example\n", "declined"},
		{CAL("METHOD:REPLY\r\n", "SUMMARY:x\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:b@c.example\r\n"), "Tentative: x\nAttendee: b@c.example\n", "perhaps"},
		{CAL("METHOD:CANCEL\r\n", "SUMMARY:x\r\n"), "Cancelled: x\n", "cancelled"},
		{CAL("", "SUMMARY:x\r\n"), "Event: x\n", "no method"},
		{CAL(REQUEST, "SUM\r\n MARY;LANGUAGE=sv:a\r\n  b\r\n\tc\r\n"), "Invitation: a bc\n", "folded lines"},
		{CAL(REQUEST, "SUMMARY:M\xc3\r\n \xb6te\r\n"), "Invitation: Möte\n", "folded within a character"},
		{CAL(REQUEST, "SUMMARY:x\\ny\r\nLOCATION:\r\n"), "Invitation: x y\n", "a line break where there is one line; an empty place"},
		{CAL(REQUEST, "SUMMARY:x\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nLOCATION:here\r\n"), "Invitation: x\nWhere: here\n", "an alarm within"},
		{"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VTIMEZONE\nTZID:A\nBEGIN:STANDARD\nDTSTART:16010101T000000\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n"
		 "BEGIN:VEVENT\nLOCATION:y\nEND:VEVENT\nEND:VCALENDAR\n", "Invitation: x\n", "a time zone before it, another event behind it, bare line ends"},
		{CAL(REQUEST, "SUMMARY:x\r\nATTENDEE;CUTYPE=ROOM;CN=Sal 3:mailto:sal3@c.example\r\n"), "Invitation: x\n", "a room is nobody"},
		{CAL(REQUEST, "SUMMARY:x\r\nORGANIZER;CN=\"Berg: Anna\";X=\"a;b\":mailto:a@b.example\r\n"), "Invitation: x\nOrganizer: Berg: Anna <a@b.example>\n", "signs in a name"},
		{CAL(REQUEST, "SUMMARY:x\r\nORGANIZER;CN=\"Anna:mailto:a@b.example\r\n"), "Invitation: x\nOrganizer: Anna <a@b.example>\n", "a quote that never ends"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART:2026\r\nDTEND:20261399T999999\r\n"), "Invitation: x\n", "no times"},
		{CAL(REQUEST, "SUMMARY:x\r\nDTSTART:20260305T140000\r\nDTEND:20261399T999999\r\n"), "Invitation: x\nWhen: 2026-03-05 14:00\n", "a bad end"},
		{"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x", "Event: x\n", "cut short"},
		{"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "", "no event"},
		{"Hello: there\r\n", "", "no calendar"},
		{"", "", "nothing"},
		{"\r\n \r\n:\r\n;:\r\n;;;=:\r\n", "", "rubbish"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *got = words(NULL, cases[i].s);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: <%s>, not <%s>", cases[i].why, got, cases[i].want);
		free(got);
	}
	char *got = words("iso-8859-1", CAL(REQUEST, "SUMMARY:M\xf6te\r\n"));
	assert_string_equal(got, "Invitation: Möte\n");
	free(got);
}

static void long_ones_are_bounded(void **state)
{
	(void)state;
	struct buf s = {0};
	buf_adds(&s, "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:");
	for (int i = 0; i < 300000; i++)
		buf_adds(&s, "å");
	buf_adds(&s, "\r\nDESCRIPTION:x");
	for (int i = 0; i < 300000; i++)
		buf_adds(&s, "å\r\n ");
	for (int i = 0; i < 5000; i++)
		buf_addf(&s, "\r\nATTENDEE;CN=A%d:mailto:a@b.example", i);
	char *got = words(NULL, s.s);
	size_t n = strlen(got);
	assert_true(utf8_valid(got, n));
	assert_true(n < 70000);
	assert_non_null(strstr(got, "A19 and 4980 more\n"));
	free(got);
	buf_free(&s);
}

#define HEAD "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define INVITE "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n" CAL(REQUEST, "SUMMARY:Lunch\r\n")

static void it_is_the_text_of_a_mail_without_one(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *want, *why;
	} cases[] = {
		{HEAD INVITE, "Invitation: Lunch\n", "alone"},
		{MIXED "--b\r\n" INVITE "--b--\r\n", "Invitation: Lunch\n", "in a multipart"},
		{MIXED "--b\r\n\r\n  \r\n--b\r\n" INVITE "--b--\r\n", "Invitation: Lunch\n", "beside a blank text"},
		{MIXED "--b\r\nContent-Type: text/html\r\n\r\n<p> </p>\r\n--b\r\n" INVITE "--b--\r\n", "Invitation: Lunch\n", "beside blank HTML"},
		{MIXED "--b\r\n\r\nHej\r\n--b\r\n" INVITE "--b--\r\n", "Hej", "beside a text"},
		{MIXED "--b\r\nContent-Type: text/html\r\n\r\n<p>Hej\r\n--b\r\n" INVITE "--b--\r\n", "Hej\n", "beside HTML"},
		{HEAD "Content-Type: text/calendar\r\n\r\nrubbish\r\n", "", "rubbish"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m;
		message_read(cases[i].raw, strlen(cases[i].raw), &mail_limits_default, &m);
		if (strcmp(m.text, cases[i].want) != 0)
			fail_msg("%s: <%s>, not <%s>", cases[i].why, m.text, cases[i].want);
		if (strncmp(m.text, "Inv", 3) == 0)
			assert_string_equal(m.reply_text, "Invitation: Lunch");
		assert_int_equal(m.n_attachments, 1); /* it is listed, whatever is made of it */
		mail_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_in_words),
		cmocka_unit_test(long_ones_are_bounded),
		cmocka_unit_test(it_is_the_text_of_a_mail_without_one),
	};
	message_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
