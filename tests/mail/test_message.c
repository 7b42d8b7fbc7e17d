#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <time.h>

#include "base/buf.h"
#include "mail/mail_json.h"
#include "mail/message.h"
#include "mail/wild.h"

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

#define HEAD "From: Anna <a@b.example>\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

static void the_text_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *want, *why;
	} cases[] = {
		{HEAD "\r\nHej\r\nd\xc3\xa5\r\n", "Hej\nd\xc3\xa5\n", "plain, no type"},
		{"\r\n   \r\n" HEAD "\r\nHej\r\n", "Hej\n", "blank lines on top"},
		{"From x@y Tue Mar  3 13:05:06 2026\n" HEAD "\r\nHej\r\n", "Hej\n", "a line of an mbox on top"},
		{HEAD "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nd=E5 =\r\nx\r\n", "d\xc3\xa5 x\n", "quoted-printable"},
		{HEAD "Content-Type: text/html\r\n\r\n<p>Hej", "Hej\n", "HTML alone"},
		{HEAD "Content-Type: text/html\r\n\r\n<meta charset=windows-1251>\xcf", "\xd0\x9f\n", "a character set in the HTML"},
		{HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--\r\n", "plain",
		 "plain before HTML"},
		{HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n \xc2\xa0\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--b--\r\n", "html\n",
		 "HTML where the plain part is blank"},
		{MIXED "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", "one\ntwo", "text parts below each other"},
		{MIXED "--b\r\n\r\none\r\n", "one\n", "no last boundary"},
		{MIXED "Hej\r\n", "Hej\n", "no boundary at all"},
		{HEAD "Content-Type: multipart/mixed\r\n\r\nHej\r\n", "Hej\n", "no boundary parameter"},
		{MIXED "--b\r\nContent-Type: text/plain; name=a.txt\r\n\r\nfile\r\n--b--\r\n", "", "a text with a name is a file"},
		{MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n--b--\r\n", "", "an attached mail is not opened"},
		{"", "", "nothing at all"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_mail(cases[i].raw, strlen(cases[i].raw));
		if (strcmp(m.text, cases[i].want) != 0)
			fail_msg("%s: want <%s>, got <%s>", cases[i].why, cases[i].want, m.text);
		mail_free(&m);
	}
}

static void attachments_are_listed(void **state)
{
	(void)state;
	static const struct {
		const char *part, *name, *type;
		uint64_t size;
	} cases[] = {
		{"Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD", "a.pdf", "application/pdf", 3},
		{"Content-Type: Image/PNG\r\nContent-Disposition: inline\r\n\r\nabc", "", "image/png", 3},
		{"Content-Type: application/x; name=a\r\nContent-Disposition: attachment; filename=b.pdf\r\n\r\nabc", "b.pdf", "application/x", 3},
		{"Content-Type: application/x\r\nContent-Disposition: attachment; filename*=utf-8''%C3%A5.pdf\r\n\r\nabc", "\xc3\xa5.pdf", "application/x", 3},
		{"Content-Type: application/x\r\nContent-Disposition: attachment; filename*0=a; filename*1=b\r\n\r\nabc", "ab", "application/x", 3},
		{"Content-Type: application/x; name=\"=?utf-8?q?=C3=A5=2Epdf?=\"\r\n\r\nabc", "\xc3\xa5.pdf", "application/x", 3},
		{"Content-Type: application/x; name=\"=?utf-8?b?w6U=?=\r\n =?utf-8?b?LnBkZg==?=\"\r\n\r\nabc", "\xc3\xa5.pdf", "application/x", 3},
		{"Content-Type: application/x; name=\"../../etc/passwd\"\r\n\r\nabc", "passwd", "application/x", 3},
		{"Content-Type: application/x; name=\"C:\\\\x\\\\a.exe\"\r\n\r\nabc", "a.exe", "application/x", 3},
		{"Content-Type: application/x; name=\"a\xe2\x80\xae" "fdp.exe\"\r\n\r\nabc", "afdp.exe", "application/x", 3},
		{"Content-Type: application/x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n", "", "application/x", 3},
		{"Content-Type: text/calendar; method=REQUEST\r\n\r\nabc", "", "text/calendar", 3},
		{"Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz", "", "message/rfc822", 15},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char raw[1024];
		snprintf(raw, sizeof raw, MIXED "--b\r\n\r\nHej\r\n--b\r\n%s\r\n--b--\r\n", cases[i].part);
		struct mail m = read_mail(raw, strlen(raw));
		if (m.n_attachments != 1 || strcmp(m.attachments[0].name, cases[i].name) != 0 || strcmp(m.attachments[0].type, cases[i].type) != 0 ||
		    m.attachments[0].size != cases[i].size)
			fail_msg("case %zu: %zu, <%s> %s %d", i, m.n_attachments, m.n_attachments ? m.attachments[0].name : "",
			         m.n_attachments ? m.attachments[0].type : "", m.n_attachments ? (int)m.attachments[0].size : -1);
		mail_free(&m);
	}
}

static void encryption_is_seen(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		bool encrypted;
	} cases[] = {
		{HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx", true},
		{HEAD "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
		      "Version: 1\r\n--b--\r\n", true},
		{HEAD "\r\n-----BEGIN PGP MESSAGE-----\r\n", true},
		{HEAD "\r\nHej\r\n", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_mail(cases[i].raw, strlen(cases[i].raw));
		assert_int_equal(m.encrypted, cases[i].encrypted);
		mail_free(&m);
	}
}

static void limits_hold(void **state)
{
	(void)state;
	struct mail_limits l = mail_limits_default;
	struct mail m;
	static const char raw[] = MIXED "--b\r\n\r\n1234567890\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n";
	l.text_bytes = 5;
	message_read(raw, sizeof raw - 1, &l, &m);
	assert_string_equal(m.text, "12345");
	assert_int_equal(m.warnings.n, 1);
	mail_free(&m);
	l = mail_limits_default;
	l.parts = 2;
	message_read(raw, sizeof raw - 1, &l, &m);
	assert_int_equal(m.n_attachments, 0);
	assert_int_equal(m.warnings.n, 1);
	mail_free(&m);
	l = mail_limits_default;
	l.bytes = 10;
	message_read(raw, sizeof raw - 1, &l, &m);
	assert_string_equal(m.subject, "x");
	assert_string_equal(m.text, "");
	assert_int_equal(m.warnings.n, 1);
	mail_free(&m);
	message_read_header(raw, sizeof raw - 1, &m);
	assert_string_equal(m.from.addr, "a@b.example");
	assert_string_equal(m.text, "");
	mail_free(&m);
}

/* --- the wire --- */

static const char wire_mail[] = MIXED "--b\r\n\r\nHej\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\r\nabc\r\n--b--\r\n";

static void a_mail_survives_the_wire(void **state)
{
	(void)state;
	struct mail m = read_mail(wire_mail, sizeof wire_mail - 1), back;
	struct err e;
	json_t *j = mail_to_wire(&m);
	assert_true(mail_from_wire(j, sizeof wire_mail - 1, &back, &e));
	json_t *again = mail_to_wire(&back);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	mail_free(&m);
	mail_free(&back);
}

/* Each breaks one thing; the path is that of the value that is replaced. */
static void a_forged_answer_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *key, *sub, *value;
	} cases[] = {
		{"subject", NULL, "1"}, {"subject", NULL, "null"}, {"subject", NULL, "\"a\\u0000b\""}, {"subject", NULL, "\"a\\r\\nBcc: x\""},
		{"from", NULL, "[]"}, {"from", "addr", "null"}, {"from", "addr", "\"a\\n@b\""}, {"to", NULL, "{}"}, {"to", NULL, "[1]"}, {"kind", NULL, "\"boss\""},
		{"text", NULL, "null"}, {"encrypted", NULL, "1"}, {"time", NULL, "[1]"}, {"time", NULL, "[1, 100000]"}, {"time", NULL, "[1e3, 0]"},
		{"attachments", NULL, "[{\"name\": \"../x\", \"type\": \"a/b\", \"size\": 1}]"}, {"attachments", NULL, "[{\"name\": \"x\", \"type\": \"a/b\", \"size\": -1}]"},
		{"attachments", NULL, "[{\"name\": \"x\", \"type\": \"a/b\", \"size\": 99999999}]"}, {"fields", NULL, "[[\"a b\", \"c\"]]"}, {"fields", NULL, "[[\"a\"]]"},
		{"fields", NULL, "[[\"a\", \"b\\nc: d\"]]"}, {"bounce", "status", "[]"}, {"carry", "steps", "[{}]"}, {"carry", NULL, "null"},
		{"carry", "content", "\"Bcc: x@y\\r\\n\""}, {"carry", "content", "\"Content-Type: a/b\\nBcc: x\\r\\n\""}, {"carry", "content", "\"Content-Type: a/b\""},
		{"carry", "content", "\"Content-Type: a/b\\r\\n\\r\\nbody\\r\\n\""},
		{"carry", "steps", "[{\"op\": 0, \"offset\": 10, \"length\": 99999, \"text\": null, \"head\": null, \"insert\": 0, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"carry", "steps", "[{\"op\": 0, \"offset\": 9223372036854775807, \"length\": 1, \"text\": null, \"head\": null, \"insert\": 0, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"carry", "steps", "[{\"op\": 9, \"offset\": 0, \"length\": 1, \"text\": null, \"head\": null, \"insert\": 0, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"carry", "steps", "[{\"op\": 3, \"offset\": 0, \"length\": 0, \"text\": \"abc\", \"head\": \"\", \"insert\": 4, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"carry", "steps", "[{\"op\": 2, \"offset\": 0, \"length\": 0, \"text\": null, \"head\": \"\", \"insert\": 0, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"carry", "steps", "[{\"op\": 2, \"offset\": 0, \"length\": 0, \"text\": \"x\", \"head\": \"From: x\\r\\n\", \"insert\": 0, \"flowed\": false, \"delsp\": false, \"top\": false}]"},
		{"answer", NULL, "null"}, {"answer", "html", "1"}, {"answer", "html", "\"a\\u0000b\""}, {"answer", "parts", "null"}, {"answer", "parts", "[1]"},
		{"answer", "parts", "[[true, 10]]"}, {"answer", "parts", "[[1, 10, 1]]"}, {"answer", "parts", "[[true, 10, 0]]"}, {"answer", "parts", "[[true, 10, -1]]"},
		{"answer", "parts", "[[true, -1, 1]]"}, {"answer", "parts", "[[true, 10, 99999]]"}, {"answer", "parts", "[[true, 99999, 1]]"},
		{"answer", "parts", "[[true, 9223372036854775807, 9223372036854775807]]"}, {"answer", "parts", "[[true, 10, 9223372036854775807]]"},
		{"answer", "parts", "[[true, 10, 5], [false, 14, 5]]"}, {"answer", "parts", "[[true, 10, 5], [false, 0, 5]]"}, {"answer", "parts", "[[true, 10, 1.5]]"},
	};
	struct mail m = read_mail(wire_mail, sizeof wire_mail - 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *j = mail_to_wire(&m), *v = json_loads(cases[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(v);
		json_object_set_new(cases[i].sub ? json_object_get(j, cases[i].key) : j, cases[i].sub ? cases[i].sub : cases[i].key, v);
		struct mail back;
		struct err e = {0};
		if (mail_from_wire(j, sizeof wire_mail - 1, &back, &e))
			fail_msg("%s %s was taken", cases[i].key, cases[i].value);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_null(back.subject); /* empty */
		json_decref(j);
	}
	json_t *j = mail_to_wire(&m); /* and a key that is missing */
	json_object_del(j, "reply_text");
	struct mail back;
	struct err e = {0};
	assert_false(mail_from_wire(j, sizeof wire_mail - 1, &back, &e));
	json_decref(j);
	mail_free(&m);
}

/* A machine's mail is no answer, whatever the reader says. */
static void a_machine_answers_nobody(void **state)
{
	(void)state;
	static const char raw[] = HEAD "Auto-Submitted: auto-replied\r\n\r\nBorta\r\n";
	struct mail m = read_mail(raw, sizeof raw - 1), back;
	struct err e = {0};
	assert_string_equal(m.answer.text, "");
	json_t *j = mail_to_wire(&m);
	assert_true(mail_from_wire(j, sizeof raw - 1, &back, &e));
	assert_string_equal(back.answer.text, "");
	mail_free(&back);
	json_object_set_new(json_object_get(j, "answer"), "html", json_string("<p>Borta"));
	assert_false(mail_from_wire(j, sizeof raw - 1, &back, &e));
	json_decref(j);
	mail_free(&m);
}

static void the_contract_s_keys_are_there(void **state)
{
	(void)state;
	static const char raw[] = "From: Anna <a@b.example>\r\nDate: Tue, 3 Mar 2026 14:05:06 -0230\r\n\r\nHej\r\n";
	struct mail m = read_mail(raw, sizeof raw - 1);
	json_t *j = mail_to_json(&m);
	static const char *const keys[] = {"subject", "from", "to", "cc", "date", "message_id", "in_reply_to", "references", "text", "reply_text", "lang",
	                                   "attachments", "forwarded_from", "kind", "kind_why", "encrypted", "reply_to", "warnings"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_non_null(json_object_get(j, keys[i]));
	assert_string_equal(json_string_value(json_object_get(j, "date")), "2026-03-03T14:05:06-02:30");
	assert_true(json_is_null(json_object_get(j, "message_id")));
	json_decref(j);
	mail_free(&m);
}

/* --- hostile --- */

static double seconds_for(const char *head, const char *unit, size_t bytes)
{
	struct buf b = {0};
	buf_adds(&b, head);
	while (b.n < bytes)
		buf_adds(&b, unit);
	buf_adds(&b, "\r\n\r\nhi\r\n");
	struct timespec from, to;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	struct mail m = read_mail(b.s, b.n);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	mail_free(&m);
	buf_free(&b);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void the_cost_is_linear(void **state)
{
	(void)state;
	static const struct {
		const char *head, *unit;
	} cases[] = {
		{"To: ", "a,"}, {"To: ", "a:;"}, {"To: ", "("}, {"To: ", "<,"}, {"To: ", "\"\\\""}, {"Subject: ", "=?utf-8?q?a"}, {"Subject: ", "=?a?b?YQ=="},
		{"References: ", "<a@b>"}, {"X: y\r\n", "X: y\r\n"}, {"Content-Type: text/plain; ", "a=b; "}, {MIXED, "--b\r\n\r\nx\r\n"}, {MIXED, "--\r\n"},
		{HEAD "Content-Type: text/html\r\n\r\n", "<div>"}, {HEAD "Content-Type: text/html\r\n\r\n", "<b><p></b>"}, {HEAD "Content-Type: text/html\r\n\r\n", "<!--"},
		{HEAD "Content-Type: text/html\r\n\r\n<a ", "x=y "}, {HEAD "Content-Type: text/html\r\n\r\n", "<table><tr>x"}, {HEAD "\r\n", "> a\r\n"},
		{HEAD "Content-Type: message/rfc822\r\n\r\nTo: ", "a,"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double one = seconds_for(cases[i].head, cases[i].unit, 50000), ten = seconds_for(cases[i].head, cases[i].unit, 500000);
		if (ten > 40 * one + 0.5)
			fail_msg("%s%s: %g s, ten times as long %g s", cases[i].head, cases[i].unit, one, ten);
	}
}

static void wild_mails_are_known(void **state)
{
	(void)state;
	assert_int_equal(wild_look(wire_mail, sizeof wire_mail - 1, &mail_limits_default), WILD_NOT);
	struct buf b = {0};
	buf_adds(&b, "Subject: x\r\nTo: ");
	for (int i = 0; i < 9000; i++)
		buf_adds(&b, "a,");
	buf_adds(&b, "\r\n\r\nTo: you\r\n");
	assert_int_equal(wild_look(b.s, b.n, &mail_limits_default), WILD_FIELDS);
	char *masked = wild_masked(b.s, b.n);
	assert_memory_equal(masked, "Subject: x\r\nXo: a,a", 19);
	assert_string_equal(masked + b.n - 9, "To: you\r\n");
	free(masked);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_found), cmocka_unit_test(attachments_are_listed), cmocka_unit_test(encryption_is_seen), cmocka_unit_test(limits_hold),
		cmocka_unit_test(a_mail_survives_the_wire), cmocka_unit_test(a_forged_answer_is_refused), cmocka_unit_test(a_machine_answers_nobody),
		cmocka_unit_test(the_contract_s_keys_are_there),
		cmocka_unit_test(the_cost_is_linear), cmocka_unit_test(wild_mails_are_known),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
