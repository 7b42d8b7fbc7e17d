#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mail/head.h"

static struct mail head_of(const char *raw)
{
	size_t n = strlen(raw);
	char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
	memcpy(copy, raw, n);
	struct mail m = {0};
	head_read(copy, n, &mail_limits_default, &m);
	free(copy);
	return m;
}

static void subjects_are_decoded(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *want, *why;
	} cases[] = {
		{"hello", "hello", "plain"},
		{"  a\r\n  b\r\n\tc", "a b c", "folded, blanks run together"},
		{"=?utf-8?Q?Utbyte_h=C3=B6st?=", "Utbyte h\xc3\xb6st", "quoted-printable"},
		{"=?UTF-8?b?SMO2c3Q=?=", "H\xc3\xb6st", "base64"},
		{"=?iso-8859-1?q?H=F6st?=", "H\xc3\xb6st", "latin 1"},
		{"=?iso-8859-1?q?=80?=", "\xe2\x82\xac", "latin 1 that is windows-1252"},
		{"=?utf-8*sv?q?H=C3=B6st?=", "H\xc3\xb6st", "with a language (RFC 2231)"},
		{"=?utf-8?q?a?= =?utf-8?q?b?=", "ab", "blanks between encoded words are dropped"},
		{"=?utf-8?q?a?=\r\n =?utf-8?b?Yg==?= c", "ab c", "but not behind the last"},
		{"=?utf-8?b?w7Y=?= =?utf-8?b?w4M=?=", "\xc3\xb6\xc3\x83", "each its own"},
		{"=?utf-8?b?SMM=?= =?utf-8?b?tnN0?=", "H\xc3\xb6st", "a character cut in two"},
		{"=?utf-8?q?SV=3A?=Utbyte", "SV:Utbyte", "no blank behind"},
		{"=?utf-8?Q?what? yes?=", "what? yes", "a question mark and a blank inside"},
		{"=?x-none?q?H=C3=B6st?=", "H\xc3\xb6st", "unknown character set that is UTF-8"},
		{"H\xc3\xb6st", "H\xc3\xb6st", "raw UTF-8"},
		{"H\xf6st", "H\xc3\xb6st", "raw latin 1"},
		{"=?utf-8?q?never ends", "=?utf-8?q?never ends", "no end: as it is"},
		{"=?utf-8?b?eA0KQmNjOiBldmls?=", "x Bcc: evil", "a line end in an encoded word makes no field"},
		{"=?utf-8?q?a=00b?=", "ab", "NUL"},
		{"=?iso-2022-jp?b?GyRCJUYlOSVIGyhC?=", "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "Japanese"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char raw[512];
		snprintf(raw, sizeof raw, "From: a@b.example\r\nSubject: %s\r\n\r\nbody", cases[i].raw);
		struct mail m = head_of(raw);
		if (strcmp(m.subject, cases[i].want) != 0)
			fail_msg("%s: want <%s>, got <%s>", cases[i].why, cases[i].want, m.subject);
		mail_free(&m);
	}
}

static void mailboxes_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *want, *why; /* "name|addr;name|addr" */
	} cases[] = {
		{"a@b.example", "|a@b.example", "address alone"},
		{"<a@B.Example>", "|a@b.example", "the domain in lower case"},
		{"Anna Berg <Anna@b.example>", "Anna Berg|Anna@b.example", "the local part as written"},
		{"\"Berg, Anna\" <a@b.example>, c@d.example", "Berg, Anna|a@b.example;|c@d.example", "a comma in quotes"},
		{"Berg, Anna <a@b.example>, c@d.example", "Berg, Anna|a@b.example;|c@d.example", "a comma without quotes"},
		{"a@b.example (Anna Berg)", "Anna Berg|a@b.example", "the old form"},
		{"a@b.example (Anna (the) Berg)", "Anna (the) Berg|a@b.example", "nested comment"},
		{"=?utf-8?q?Bj=C3=B6rk=2C_Anna?= <a@b.example>", "Bj\xc3\xb6rk, Anna|a@b.example", "encoded name"},
		{"=?utf-8?q?Bj=C3=B6rk,_Anna?= <a@b.example>", "Bj\xc3\xb6rk, Anna|a@b.example", "a comma that should have been encoded"},
		{"\"=?utf-8?q?Bj=C3=B6rk?=\" <a@b.example>", "Bj\xc3\xb6rk|a@b.example", "encoded in quotes"},
		{"\"An\\\"na\" <a@b.example>", "An\"na|a@b.example", "escaped quote"},
		{"Group: a@b.example, Eva <e@f.example>;, x@y.example", "|a@b.example;Eva|e@f.example;|x@y.example", "a group, flattened"},
		{"undisclosed-recipients:;", "", "an empty group"},
		{"<@x.example,@y.example:a@b.example>", "|a@b.example", "a route"},
		{"Anna a@b.example", "Anna|a@b.example", "no brackets"},
		{"Anna <a@b.example", "Anna|a@b.example", "no closing bracket"},
		{"A <a@b.example> B <c@d.example>", "A|a@b.example;B|c@d.example", "no comma"},
		{"\"a b\"@c.example", "a b@c.example|", "quoted local part: taken for a name, never for an address"},
		{"Anna", "|Anna", "a word"},
		{"Anna Berg", "Anna Berg|", "a name alone"},
		{"", "", "nothing"},
		{"<>", "", "null"},
		{"\"Anna <a@b.example>", "Anna|a@b.example", "no closing quote"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mailboxes l = {0};
		char got[512] = "";
		head_mailboxes(cases[i].raw, strlen(cases[i].raw), 10, &l);
		for (size_t k = 0; k < l.n; k++)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s|%s", k ? ";" : "", l.v[k].name, l.v[k].addr);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: want <%s>, got <%s>", cases[i].why, cases[i].want, got);
		mailboxes_free(&l);
	}
	struct mailboxes l = {0};
	assert_false(head_mailboxes("a@b, c@d, e@f", 13, 2, &l)); /* more than asked for */
	assert_int_equal(l.n, 2);
	mailboxes_free(&l);
}

static void dates_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		int64_t time;
		int offset;
	} cases[] = {
		{"Tue, 3 Mar 2026 14:05:06 +0100", 1772543106, 60}, {"3 Mar 2026 14:05:06 +0100", 1772543106, 60},
		{"Tue, 03 Mar 26 13:05:06 GMT", 1772543106, 0},     {"Tue, 3 Mar 2026 14:05:06 +0100 (CET)", 1772543106, 60},
		{"Tue Mar  3 13:05:06 2026", 1772543106, 0},        {"2026-03-03T14:05:06+01:00", 1772543106, 60},
		{"2026-03-03 13:05:06 +0000", 1772543106, 0},       {"Tue, 3-Mar-2026 08:05:06 EST", 1772543106, -300},
		{"Tue, 3 Mar 2026 13:05:06", 1772543106, 0},        {"Tue, 3 Mar 2026 13:05", 1772543100, 0},
		{"Tue, 3 Mar 2026 13:05:06 XYZ", 1772543106, 0},    {"Tue, 003 Mar 2026 13:05:06 Z", 1772543106, 0},
		{"Tue, 3 Mar 2026 1:05:06 PM +0000", 1772543106, 0},{"(a (b)) 3 Mar 2026 13:05:06 -0000", 1772543106, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t t = 0;
		int off = 0;
		if (!head_date(cases[i].raw, &t, &off) || t != cases[i].time || off != cases[i].offset)
			fail_msg("%s: got %lld %d", cases[i].raw, (long long)t, off);
	}
	static const char *const none[] = {"", "yesterday", "99 Foo 2026", "Tue, 45 Mar 2026 14:05:06", "3 Mar 2026 14:99:00", "1 2 3 4 5"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		int64_t t;
		int off;
		if (head_date(none[i], &t, &off))
			fail_msg("%s is no date", none[i]);
	}
}

static void fields_keep_their_order(void **state)
{
	(void)state;
	struct mail m = head_of("From x@y Tue Mar  3 13:05:06 2026\nFrom: nobody\nX-A: 1\nno field at all\nX-B : 2\n\t3\nFrom: a@b.example\nMessage-ID: < m@x >\n"
	                        "In-Reply-To: <i@x> (your mail)\nReferences: <r1@x>\n <r2@x><r3@x>\nTo: a@b\nTo: c@d\n\nSubject: no\n");
	assert_int_equal(m.n_fields, 9);
	assert_string_equal(m.fields[2].name, "X-B");
	assert_string_equal(mail_field(&m, "x-b"), "2 3");
	assert_string_equal(m.from.addr, "a@b.example"); /* the first From without an address gives way */
	assert_string_equal(m.message_id, "m@x");
	assert_string_equal(m.in_reply_to, "i@x");
	assert_int_equal(m.references.n, 3);
	assert_string_equal(m.references.v[2], "r3@x");
	assert_int_equal(m.to.n, 2);
	assert_string_equal(m.subject, "");
	mail_free(&m);
	m = head_of("X-A: 1\nFrom\n : <a@b.example>\nno field\nSubject: read on\n\nbody\n"); /* a fold before the colon ends no header */
	assert_int_equal(m.n_fields, 3);
	assert_string_equal(m.from.addr, "a@b.example");
	assert_string_equal(m.subject, "read on");
	mail_free(&m);
}

static void limits_hold(void **state)
{
	(void)state;
	struct mail_limits few = mail_limits_default;
	few.fields = 2;
	few.field_bytes = 10;
	static const char raw[] = "Subject: 1234567890123\r\nX: y\r\nFrom: a@b\r\n\r\n";
	struct mail m = {0};
	head_read(raw, sizeof raw - 1, &few, &m);
	assert_int_equal(m.n_fields, 2);
	assert_string_equal(m.subject, "123456789");
	assert_null(m.from.addr);
	assert_int_equal(m.warnings.n, 2);
	mail_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects_are_decoded), cmocka_unit_test(mailboxes_are_read), cmocka_unit_test(dates_are_read),
		cmocka_unit_test(fields_keep_their_order), cmocka_unit_test(limits_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
