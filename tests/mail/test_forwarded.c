/* Whose mail a forward carries (mail.forwarded_from), and that it survives the way from the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "mail/mail_json.h"
#include "mail/message.h"

static struct mail read_mail(const char *raw)
{
	struct mail m;
	message_read(raw, strlen(raw), &mail_limits_default, &m);
	return m;
}

static void expect(const char *raw, const char *name, const char *addr, const char *why)
{
	struct mail m = read_mail(raw), back;
	struct err e = {0};
	const char *got = m.forwarded_from.addr;
	if (!got != !addr || (got && (strcmp(got, addr) != 0 || strcmp(m.forwarded_from.name, name) != 0)))
		fail_msg("%s: '%s' <%s>, not '%s' <%s>", why, got ? m.forwarded_from.name : "", got ? got : "nobody", name, addr ? addr : "nobody");
	json_t *j = mail_to_wire(&m);
	assert_true(addr ? json_is_object(json_object_get(j, "forwarded_from")) : json_is_null(json_object_get(j, "forwarded_from")));
	if (!mail_from_wire(j, strlen(raw), &back, &e))
		fail_msg("%s: %s", why, e.text);
	json_t *again = mail_to_wire(&back);
	assert_true(json_equal(j, again));
	json_decref(again);
	json_decref(j);
	mail_free(&m);
	mail_free(&back);
}

#define MIXED(subject) "From: Eva <eva@uni.example>\r\nSubject: " subject "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define NOTE "--b\r\n\r\nKan du ta den?\r\n"
#define MAIL(from) "--b\r\nContent-Type: message/rfc822\r\n\r\n" from "Subject: q\r\n\r\nTwo students.\r\n"
#define END "--b--\r\n"
#define S40 "Nu kommer det en text som tar sin plats. "
#define LONG S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n" S40 "\r\n"

static void of_an_attached_mail(void **state)
{
	(void)state;
	expect(MIXED("En fraga") NOTE MAIL("From: =?utf-8?q?Bj=C3=B6rn?= <bo@b.example>\r\n") END, "Björn", "bo@b.example", "a short note");
	expect(MIXED("x") MAIL("From: bo@b.example\r\n") END, "", "bo@b.example", "no note at all");
	expect(MIXED("x") "--b\r\n\r\n" LONG MAIL("From: bo@b.example\r\n") END, "", NULL, "a long text with a mail attached is no forward");
	expect(MIXED("VB: x") "--b\r\n\r\n" LONG MAIL("From: bo@b.example\r\n") END, "", "bo@b.example", "but with a subject that says so");
	expect(MIXED("x") NOTE MAIL("From: bo@b.example\r\n") MAIL("From: cia@b.example\r\n") END, "", NULL, "two mails");
	expect(MIXED("x") NOTE MAIL("From: EVA@uni.example\r\n") END, "", NULL, "her own mail");
	expect(MIXED("x") NOTE MAIL("") END, "", NULL, "nobody's");
	expect(MIXED("x") NOTE MAIL("From: Bo\r\n") END, "", NULL, "no address");
	expect(MIXED("x") NOTE MAIL("From: \"a b\"@b.example\r\n") END, "", NULL, "no address that one can write to");
	expect(MIXED("x") NOTE MAIL("To: z@b.example\r\nFrom: Bo\r\n <bo@b.example>\r\nFrom: cia@b.example\r\n") END, "Bo", "bo@b.example", "folded, and the first of two");
	expect(MIXED("x") NOTE END, "", NULL, "nothing attached");
	expect("From: MAILER-DAEMON@b.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
	       "--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; b\r\n\r\nFinal-Recipient: rfc822; z@b.example\r\nAction: failed\r\n"
	       "Status: 5.1.1\r\n\r\n" MAIL("From: desk@uni.example\r\n") END, "", NULL, "a bounce");
	expect("From: loop@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
	       "--b\r\n\r\nAn abuse report\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n"
	       MAIL("From: desk@uni.example\r\n") END, "", NULL, "a report of abuse");
}

#define PLAIN(subject) "From: Eva <eva@uni.example>\r\nSubject: " subject "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
#define GMAIL "---------- Forwarded message ---------\r\nFrom: Bo Ek <bo@b.example>\r\nDate: Tue, Mar 3, 2026 at 2:05 PM\r\nSubject: q\r\nTo: <eva@uni.example>\r\n\r\n\r\nHej\r\n"

static void of_a_mail_in_the_text(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *name, *addr, *why;
	} cases[] = {
		{PLAIN("Fwd: q") "Kan du?\r\n\r\n" GMAIL, "Bo Ek", "bo@b.example", "Gmail"},
		{PLAIN("q") "Kan du?\r\n\r\n" GMAIL, "", NULL, "the subject does not say so"},
		{PLAIN("Re: Fwd: q") "Svar\r\n\r\n" GMAIL, "", NULL, "an answer to a forward"},
		{PLAIN("[lista] Fwd: q") "Kan du?\r\n\r\n" GMAIL, "Bo Ek", "bo@b.example", "a list's tag in front"},
		{PLAIN("VB: q") "Hej\r\n\r\nFrån: Bo Ek <bo@b.example>\r\nSkickat: den 3 mars 2026 14:05\r\nTill: Eva <eva@uni.example>\r\nÄmne: q\r\n\r\nHej\r\n", "Bo Ek", "bo@b.example",
		 "Outlook, Swedish"},
		{PLAIN("VB: q") "________________________________\r\nFrån: Bo Ek\r\nSkickat: den 3 mars 2026 14:05\r\nTill: Eva\r\nÄmne: q\r\n\r\nbo@b.example\r\n", "", NULL,
		 "Outlook without the address"},
		{PLAIN("WG: q") "-----Ursprüngliche Nachricht-----\r\nVon: Bo Ek [mailto:bo@b.example]\r\nGesendet: Dienstag, 3. März 2026 14:05\r\nAn: Eva\r\nBetreff: q\r\n\r\nHej\r\n",
		 "Bo Ek", "bo@b.example", "an older Outlook, German"},
		{PLAIN("FW: q") "From: bo@b.example<mailto:bo@b.example>\r\nSent: Tuesday, March 3, 2026 2:05 PM\r\nTo: Eva\r\nSubject: q\r\n\r\nHej\r\n", "", "bo@b.example", "an address alone"},
		{PLAIN("FW: q") "From: desk@b.example <desk@b.example> On Behalf Of Bo Ek <bo@b.example>\r\nSent: Tuesday, March 3, 2026 2:05 PM\r\nTo: Eva\r\nSubject: q\r\n\r\nHej\r\n", "Bo Ek",
		 "bo@b.example", "on behalf of"},
		{PLAIN("Fwd: q") "Begin forwarded message:\r\n\r\n> From: \"Ek, Bo\" <bo@b.example>\r\n> Subject: q\r\n> Date: 3 March 2026 at 14:05:06 CET\r\n> To: eva@uni.example\r\n>\r\n> Hej\r\n",
		 "Ek, Bo", "bo@b.example", "Apple Mail"},
		{PLAIN("Fwd: q") "-------- Forwarded Message --------\r\nSubject: q\r\nDate: Tue, 3 Mar 2026 14:05:06 +0100\r\nFrom: Bo Ek <bo@b.example>\r\nTo: eva@uni.example\r\n\r\nHej\r\n", "Bo Ek",
		 "bo@b.example", "Thunderbird"},
		{PLAIN("Fwd: q") "---------- Forwarded message ---------\r\nFrom: A Very Long Name of the Department of Student Affairs\r\n <bo@b.example>\r\nDate: Tue, Mar 3, 2026 at 2:05 PM\r\n"
		                 "Subject: q\r\n\r\nHej\r\n",
		 "A Very Long Name of the Department of Student Affairs", "bo@b.example", "broken in two"},
		{PLAIN("Fwd: q") "---------- Forwarded message ---------\r\nFrom: Eva <eva@uni.example>\r\nDate: x\r\n\r\n" GMAIL, "", NULL, "the first one is her own"},
		{PLAIN("Fwd: q") GMAIL "\r\n---------- Forwarded message ---------\r\nFrom: cia@b.example\r\n\r\nx\r\n", "Bo Ek", "bo@b.example", "the first of two"},
		{PLAIN("Fwd: q") "---------- Forwarded message ---------\r\nFrom: x@@y <@>\r\n\r\n", "", NULL, "no address"},
		{PLAIN("Fwd: q") "---------- Forwarded message ---------\r\nFrom:", "", NULL, "cut short"},
		{PLAIN("Fwd: q") "Hej bo@b.example\r\n", "", NULL, "nothing forwarded"},
		{PLAIN("Fwd: resa") "Från: Lund\r\nTill: Kiruna\r\nDatum: 3 mars\r\nfraga bo@b.example\r\n", "", NULL, "a journey"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(cases[i].raw, cases[i].name, cases[i].addr, cases[i].why);
}

static void a_lie_of_the_reader_is_refused(void **state)
{
	(void)state;
	static const char *const lies[] = {
		"1", "\"bo@b.example\"", "[]", "{}", "{\"name\": \"Bo\"}", "{\"name\": \"Bo\", \"addr\": \"\"}", "{\"name\": \"Bo\", \"addr\": null}",
		"{\"name\": \"\", \"addr\": \"a b@c.example\"}", "{\"name\": \"\", \"addr\": \"a@b.example>, <c@d.example\"}", "{\"name\": \"a\\nb\", \"addr\": \"a@b.example\"}",
		"{\"name\": \"\", \"addr\": \"eva@UNI.example\"}",
	};
	struct mail m = read_mail(PLAIN("Fwd: q") GMAIL), back;
	for (size_t i = 0; i <= sizeof lies / sizeof *lies; i++) {
		json_t *j = mail_to_wire(&m);
		struct err e = {0};
		if (i < sizeof lies / sizeof *lies)
			json_object_set_new(j, "forwarded_from", json_loads(lies[i], JSON_DECODE_ANY, NULL));
		else
			json_object_del(j, "forwarded_from");
		if (mail_from_wire(j, 10000, &back, &e))
			fail_msg("case %zu was taken", i);
		json_decref(j);
	}
	mail_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_an_attached_mail),
		cmocka_unit_test(of_a_mail_in_the_text),
		cmocka_unit_test(a_lie_of_the_reader_is_refused),
	};
	message_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
