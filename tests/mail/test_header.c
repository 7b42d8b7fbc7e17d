#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/compose.h"

static char *text(const char *name, const char *s)
{
	struct buf b = {0};
	header_text(&b, name, s);
	return buf_take(&b);
}

static void writes(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out, *why;
	} cases[] = {
		{"Re: question", "Re: question", "ASCII stays readable"},
		{"", "", "nothing"},
		{"[INT-42] Nominering hösten", "[INT-42] Nominering =?UTF-8?Q?h=C3=B6sten?=", "words in front stay readable"},
		{"åå b öö", "=?UTF-8?B?w6XDpSBiIMO2w7Y=?=", "one run from the first to the last, B where it is shorter"},
		{"x\r\nBcc: evil@example.org", "x Bcc: evil@example.org", "no line is ended"},
		{"a\tb\v\fc", "a b c", "other blanks"},
		{"a\x01\x1b[31mb\x7f", "a[31mb", "controls are dropped"},
		{"a\xc2\x85"
		 "b\xc2\x9b"
		 "c",
		 "a bc", "C1 controls"},
		{"a\xe2\x80\xae"
		 "fdp.exe\xe2\x81\xa6 \xe2\x80\x8f\xd8\x9c"
		 "b",
		 "afdp.exe b", "bidi controls"},
		{"a\xe2\x80\xa8"
		 "b",
		 "a b", "the line separator of Unicode"},
		{"=?utf-8?b?eA0KQmNjOiBldmls?=", "=?UTF-8?Q?=3D=3Futf-8=3Fb=3FeA0KQmNjOiBldmls=3F=3D?=", "a stranger's encoded word stays text"},
		{"  a   b  ", "a b", "blanks single"},
		{"\xff", "=?UTF-8?B?77+9?=", "what is not UTF-8"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *s = text("Subject", cases[i].in);
		if (strcmp(s, cases[i].out) != 0)
			fail_msg("%s: \"%s\" became \"%s\"", cases[i].why, cases[i].in, s);
		free(s);
	}
}

/* Every line at most 76 columns, every fold lawful, every encoded word at most 75 and whole characters. */
static void check_lines(const char *name, const char *value)
{
	size_t col = strlen(name) + 2;
	for (const char *p = value; *p; p++) {
		if (p[0] == '\r') {
			assert_true(p[1] == '\n' && p[2] == ' ');
			assert_true(p[3] != ' ' && p[3] != '\r' && p[3] != '\0');
			p++;
			col = 0;
			continue;
		}
		assert_true(*p >= ' ' && *p < 0x7F);
		if (++col > 76)
			fail_msg("a line of %zu columns in %s: %s", col, name, value);
	}
	for (const char *p = value; (p = strstr(p, "=?UTF-8?"));) {
		const char *end = strstr(p + 10, "?=");
		assert_non_null(end);
		assert_true(end + 2 - p <= 75);
		char *word = mem_dupn(p, (size_t)(end + 2 - p)), *back = g_mime_utils_header_decode_text(NULL, word);
		assert_true(g_utf8_validate(back, -1, NULL)); /* RFC 2047 §5: a word holds whole characters */
		g_free(back);
		free(word);
		p = end + 2;
	}
}

static void is_read_back(void **state)
{
	(void)state;
	static const char *const words[] = {"Re:", "åäö", "ansökan", "a", "日本語の件名です", "😀", "=?x?=", "utbytesstudier", "\"q\"", "x=y", "e\xcc\x81",
	                                    "https://uni.example/a/very/long/path/that/fits/no/line/at/all/really/none/whatever/comes?q=1", "-"};
	unsigned r = 1;
	for (unsigned i = 0; i < 3000; i++) {
		struct buf in = {0};
		for (unsigned j = 0; j < i % 40; j++) {
			r = r * 1103515245u + 12345u;
			buf_addf(&in, "%s%s", j ? " " : "", words[(r >> 16) % (sizeof words / sizeof *words)]);
		}
		char *s = text("Subject", in.s ? in.s : "");
		check_lines("Subject", s);
		char *unfolded = g_mime_utils_header_unfold(s), *back = g_mime_utils_header_decode_text(NULL, unfolded);
		if (in.n <= 1900)
			assert_string_equal(back, in.s ? in.s : "");
		g_free(unfolded);
		g_free(back);
		free(s);
		buf_free(&in);
	}
}

static void is_bounded(void **state)
{
	(void)state;
	char *in = mem_alloc(1 << 20);
	memset(in, 'x', (1 << 20) - 1);
	char *s = text("Subject", in);
	assert_true(strlen(s) < 4000);
	check_lines("Subject", s);
	free(s);
	free(in);
}

static void names_mailboxes(void **state)
{
	(void)state;
	static const struct {
		const char *name, *addr, *out, *why;
	} cases[] = {
		{"", "a@uni.example", "a@uni.example", "no name, no brackets"},
		{"Ann Ek", "a@uni.example", "Ann Ek <a@uni.example>", "atoms"},
		{"Ek, Ann", "a@uni.example", "\"Ek, Ann\" <a@uni.example>", "a comma would end the mailbox"},
		{"Ann \"x\" \\ Ek", "a@uni.example", "\"Ann \\\"x\\\" \\\\ Ek\" <a@uni.example>", "quotes are escaped"},
		{"staff@uni.example", "a@uni.example", "\"staff@uni.example\" <a@uni.example>", "an address as a name is no address"},
		{"Åsa <b@evil.example>", "a@uni.example", "=?UTF-8?B?w4VzYSA8YkBldmlsLmV4YW1wbGU+?= <a@uni.example>", "encoded, with all specials"},
		{"=?utf-8?q?x=0D=0ABcc:_e?=", "a@uni.example",
		 "=?UTF-8?B?PT91dGYtOD9xP3g9MEQ9MEFCY2M6X2U/PQ==?= <a@uni.example>", "a stranger's encoded word"},
		{"x\r\nBcc: e@evil.example", "a@uni.example", "\"x Bcc: e@evil.example\" <a@uni.example>", "no line is ended"},
		{"Jörg", "jörg@üni.example", "=?UTF-8?B?SsO2cmc=?= <jörg@üni.example>", "RFC 6532 addresses stay UTF-8"},
		{"x", "a@uni.example>, <e@evil.example", "", "no address"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mailboxes l = {0};
		struct buf b = {0};
		mailboxes_add(&l, cases[i].name, cases[i].addr);
		header_mailboxes(&b, "From", &l);
		if (strcmp(b.s ? b.s : "", cases[i].out) != 0)
			fail_msg("%s: became \"%s\"", cases[i].why, b.s);
		buf_free(&b);
		mailboxes_free(&l);
	}
}

static void lists_mailboxes(void **state)
{
	(void)state;
	struct mailboxes l = {0};
	struct buf b = {0};
	char name[300] = "";
	for (int i = 0; i < 30; i++) {
		char addr[40];
		snprintf(addr, sizeof addr, "person%d@uni.example", i);
		mailboxes_add(&l, i % 3 == 0 ? "" : name, addr);
		strcat(name, i % 2 ? "ö " : "ab, ");
	}
	header_mailboxes(&b, "To", &l);
	check_lines("To", b.s);
	InternetAddressList *back = internet_address_list_parse(NULL, b.s);
	assert_int_equal(internet_address_list_length(back), 30);
	for (int i = 0; i < 30; i++) {
		InternetAddress *a = internet_address_list_get_address(back, i);
		assert_string_equal(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)), l.v[i].addr);
		char *trimmed = mem_dup(l.v[i].name);
		while (*trimmed && trimmed[strlen(trimmed) - 1] == ' ')
			trimmed[strlen(trimmed) - 1] = '\0';
		const char *got = internet_address_get_name(a);
		assert_string_equal(got ? got : "", trimmed);
		free(trimmed);
	}
	g_object_unref(back);
	buf_free(&b);
	mailboxes_free(&l);
}

static void commas_fit_too(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 60; n++) {
		struct mailboxes l = {0};
		struct buf b = {0};
		char addr[100] = "";
		memset(addr, 'a', n);
		strcat(addr, "@x.example");
		for (int i = 0; i < 4; i++)
			mailboxes_add(&l, i % 2 ? "Ann" : "", addr);
		header_mailboxes(&b, "To", &l);
		check_lines("To", b.s);
		buf_free(&b);
		mailboxes_free(&l);
	}
}

static void knows_ids(void **state)
{
	(void)state;
	static const struct {
		const char *id;
		bool ok;
	} cases[] = {
		{"1.a@uni.example", true}, {"no-at", true},     {"", false},        {"a b@x", false}, {"a@x>\r\nBcc: e", false},
		{"a@x>", false},           {"<a@x", false},     {"a\x7f@x", false}, {"å@x", false},   {"a\t@x", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(header_id_ok(cases[i].id), cases[i].ok);
	char longest[252];
	memset(longest, 'a', 251);
	longest[251] = '\0';
	assert_false(header_id_ok(longest));
	longest[250] = '\0';
	assert_true(header_id_ok(longest));
}

static void folds_ascii(void **state)
{
	(void)state;
	struct buf b = {0};
	const char *v = "attachment; filename=\"a long name that goes on and on.pdf\"; size=12345; creation-date=\"x\"";
	assert_true(header_ascii(&b, "Content-Disposition", v, strlen(v)));
	check_lines("Content-Disposition", b.s);
	buf_clear(&b);
	assert_false(header_ascii(&b, "X", "a\r\nBcc: e", 9));
	assert_false(header_ascii(&b, "X", "å", 2));
	assert_int_equal(b.n, 0);
	char longest[1000];
	memset(longest, 'a', sizeof longest);
	assert_false(header_ascii(&b, "X", longest, sizeof longest));
	buf_free(&b);
}

static int set_up(void **state)
{
	(void)state;
	g_mime_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),          cmocka_unit_test(is_read_back),    cmocka_unit_test(is_bounded), cmocka_unit_test(names_mailboxes),
		cmocka_unit_test(lists_mailboxes), cmocka_unit_test(commas_fit_too), cmocka_unit_test(knows_ids), cmocka_unit_test(folds_ascii),
	};
	return cmocka_run_group_tests_name("mail/header", tests, set_up, NULL);
}
