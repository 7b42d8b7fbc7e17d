#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/fold.h"

/* Without the ending NUL, in a block of exactly its size: a sanitizer sees any overread. */
static char *exact(const char *s, size_t n)
{
	char *p = malloc(n ? n : 1);
	assert_non_null(p);
	memcpy(p, s, n);
	return p;
}

static void folds(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out, *why;
	} cases[] = {
		{"", "", "nothing"},
		{"Nominering", "nominering", "ASCII case"},
		{"ÅÄÖ åäö", "åäö åäö", "å, ä, ö have case"},
		{"håll hall höll holl", "håll hall höll holl", "and stay apart from a and o"},
		{"A\xcc\x8a" "A\xcc\x88" "O\xcc\x88", "åäö", "letters with combining marks are composed"},
		{"n\xcc\x83" "Andu e\xcc\x81t\xc3\xa9", "ñandu été", "one letter of ASCII with a mark"},
		{"a\xcc\xa3\xcc\x8a", "\xe1\xba\xa1\xcc\x8a", "two marks, in canonical order"},
		{"a\xcc\x8a\xcc\xa3", "\xe1\xba\xa1\xcc\x8a", "the same in the other order"},
		{"\xcc\x8a" "a", "\xcc\x8a" "a", "a mark with nothing before it"},
		{"x \xcc\x88y", "x \xcc\x88y", "a mark behind a blank"},
		{"Straße STRASSE", "strasse strasse", "full case folding"},
		{"ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ", "final sigma"},
		{"ДОГОВОР", "договор", "Cyrillic"},
		{"ﬁnans Ｅｒａｓｍｕｓ＋ ①", "finans erasmus+ 1", "NFKC: ligatures, full width, circled"},
		{"  a\t\r\n b\v\fc  ", "a b c", "runs of blanks are one, none at the ends"},
		{"a\xc2\xa0\xe2\x80\xaf\xe3\x80\x80" "b\xe2\x80\xa8" "c\xc2\x85" "d", "a b c d", "blanks of Unicode"},
		{"a\x01\x1f\x7f" "b", "a b", "controls are blanks"},
		{"sam\xc2\xad" "arbets\xc2\xad" "avtal", "samarbetsavtal", "soft hyphens are dropped"},
		{"a\xe2\x80\x8b" "v\xe2\x80\x8d" "t\xe2\x81\xa0" "al\xef\xbb\xbf", "avtal", "zero-width characters are dropped"},
		{"\xe2\x80\xae" "avtal\xe2\x80\xac\xe2\x80\x8e", "avtal", "bidi controls are dropped"},
		{"\xe2\x80\x8b \xc2\xad", "", "nothing that can be seen"},
		{"å\xe2\x80\x8b" "å", "åå", "between letters that are not ASCII"},
		{"h\xc2\xad" "o\xe2\x80\x8b\xcc\x88j", "höj", "between a letter and its mark"},
		{"\xff", "\xef\xbf\xbd", "no UTF-8"},
		{"a\xc3", "a\xef\xbf\xbd", "a character that is cut"},
		{"a\xc3(b", "a\xef\xbf\xbd(b", "a broken one in the middle"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "an over-long one"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "half a surrogate"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "beyond U+10FFFF"},
		{"\xf0\x9f\x87\xb8\xf0\x9f\x87\xaa", "\xf0\x9f\x87\xb8\xf0\x9f\x87\xaa", "a flag"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].in);
		char *in = exact(cases[i].in, n), *out = fold_text(in, n);
		if (strcmp(out, cases[i].out) != 0)
			fail_msg("%s: '%s' became '%s'", cases[i].why, cases[i].in, out);
		char *again = fold_text(out, strlen(out));
		if (strcmp(again, out) != 0)
			fail_msg("%s: folded twice, '%s' became '%s'", cases[i].why, out, again);
		free(in);
		free(out);
		free(again);
	}
}

static void a_nul_is_a_blank(void **state)
{
	(void)state;
	char *in = exact("a\0\0b\0", 5), *out = fold_text(in, 5);
	assert_string_equal(out, "a b");
	free(in);
	free(out);
}

/* Whatever the bytes, the result is UTF-8 without blanks at its ends. */
static void any_bytes_fold(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (int round = 0; round < 3000; round++) {
		unsigned char bytes[40];
		size_t n = round % (sizeof bytes + 1);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (unsigned char)(seed >> (round % 2 ? 24 : 16));
			if (round % 3 == 0)
				bytes[i] |= 0x80;
		}
		char *in = exact((const char *)bytes, n), *out = fold_text(in, n);
		size_t len = strlen(out);
		assert_true(utf8_valid(out, len));
		if (len)
			assert_true(out[0] != ' ' && out[len - 1] != ' ');
		assert_null(strstr(out, "  "));
		free(in);
		free(out);
	}
}

/* A character that the fast path knows becomes what the general one makes of it: a zero-width space beside it shuts the former. */
static void fast_and_general_agree(void **state)
{
	(void)state;
	static const char *const around[][2] = {{"", ""}, {"a", "b"}, {"X ", " Y"}, {"ö", "Ä"}, {"\xe2\x80\x9c", "\xc2\xa0"}};
	for (uint32_t c = 0x80; c < 0x2100; c = c == 0xFF ? 0x2000 : c + 1)
		for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
			char put[4];
			size_t n;
			struct buf fast = {0}, general = {0};
			utf8_put(put, c, &n);
			buf_adds(&fast, around[i][0]);
			buf_add(&fast, put, n);
			buf_adds(&fast, around[i][1]);
			buf_adds(&general, around[i][0]);
			buf_adds(&general, "\xe2\x80\x8b");
			buf_add(&general, put, n);
			buf_adds(&general, "\xe2\x80\x8b");
			buf_adds(&general, around[i][1]);
			char *a = fold_text(fast.s, fast.n), *b = fold_text(general.s, general.n);
			if (strcmp(a, b) != 0)
				fail_msg("U+%04X in '%s': '%s' and '%s'", (unsigned)c, fast.s, a, b);
			free(a);
			free(b);
			buf_free(&fast);
			buf_free(&general);
		}
}

/* Every way to begin a character, against the library's own reading of it. */
static void next_reads_as_the_library_does(void **state)
{
	(void)state;
	static const unsigned char ends[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
	enum { ENDS = sizeof ends };
	for (unsigned lead = 0x80; lead < 0x100; lead++)
		for (unsigned k = 0; k < ENDS * ENDS * ENDS; k++)
			for (size_t n = 1; n <= 4; n++) {
				const unsigned char s[4] = {(unsigned char)lead, ends[k % ENDS], ends[k / ENDS % ENDS], ends[k / ENDS / ENDS]};
				utf8proc_int32_t want;
				size_t len;
				utf8proc_ssize_t want_len = utf8proc_iterate(s, (utf8proc_ssize_t)n, &want);
				uint32_t got = utf8_next((const char *)s, n, &len);
				if (want_len <= 0 ? got != 0xFFFD || len != 1 : got != (uint32_t)want || len != (size_t)want_len)
					fail_msg("%02x %02x %02x %02x, %zu bytes: U+%04X of %zu", s[0], s[1], s[2], s[3], n, (unsigned)got, len);
			}
	for (uint32_t c = 0; c <= 0x10FFFF; c++) { /* and each character there and back */
		char put[4];
		size_t n, len;
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		utf8_put(put, c, &n);
		if (utf8_next(put, n, &len) != c || len != n)
			fail_msg("U+%04X came back otherwise", (unsigned)c);
	}
}

static void next_and_put(void **state)
{
	(void)state;
	static const struct {
		const char *s;
		size_t n;
		uint32_t c;
		size_t len;
		bool back; /* utf8_put() gives the same bytes */
	} cases[] = {
		{"a", 1, 'a', 1, true},
		{"\0", 1, 0, 1, true},
		{"\x7f", 1, 0x7F, 1, true},
		{"å", 2, 0xE5, 2, true},
		{"€", 3, 0x20AC, 3, true},
		{"\xf0\x9f\x8e\x93", 4, 0x1F393, 4, true},
		{"\xf4\x8f\xbf\xbf", 4, 0x10FFFF, 4, true},
		{"\xef\xbf\xbd", 3, 0xFFFD, 3, true},
		{"\xc3", 1, 0xFFFD, 1, false},
		{"\xe2\x82", 2, 0xFFFD, 1, false},
		{"\xf0\x9f\x8e", 3, 0xFFFD, 1, false},
		{"\xe2(\xa1", 3, 0xFFFD, 1, false},
		{"\x80", 1, 0xFFFD, 1, false},
		{"\xc0\x80", 2, 0xFFFD, 1, false},
		{"\xc1\xbf", 2, 0xFFFD, 1, false},
		{"\xe0\x80\xaf", 3, 0xFFFD, 1, false},
		{"\xed\xa0\x80", 3, 0xFFFD, 1, false},
		{"\xf4\x90\x80\x80", 4, 0xFFFD, 1, false},
		{"\xf8\x88\x80\x80\x80", 5, 0xFFFD, 1, false},
		{"\xff", 1, 0xFFFD, 1, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *s = exact(cases[i].s, cases[i].n), put[4];
		size_t len = 99, k = 99;
		uint32_t c = utf8_next(s, cases[i].n, &len);
		if (c != cases[i].c || len != cases[i].len)
			fail_msg("case %zu: U+%04X, %zu bytes", i, (unsigned)c, len);
		utf8_put(put, c, &k);
		if (cases[i].back)
			assert_true(k == len && memcmp(put, s, k) == 0);
		assert_int_equal(utf8_valid(s, cases[i].n), cases[i].back);
		free(s);
	}
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0å", 4));
	assert_false(utf8_valid("a\0\xe5", 3));
}

static void cut_ends_between_characters(void **state)
{
	(void)state;
	static const struct {
		const char *s;
		size_t max, want;
	} cases[] = {
		{"abc", 0, 0}, {"abc", 2, 2}, {"abc", 3, 3}, {"abc", 9, 3}, {"", 0, 0}, {"", 5, 0},
		{"aåb", 1, 1}, {"aåb", 2, 1}, {"aåb", 3, 3}, {"€", 1, 0}, {"€", 2, 0}, {"€", 3, 3},
		{"x\xf0\x9f\x8e\x93y", 4, 1}, {"x\xf0\x9f\x8e\x93y", 5, 5}, {"\x80\x80\x80", 2, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].s);
		char *s = exact(cases[i].s, n);
		size_t got = utf8_cut(s, n, cases[i].max);
		if (got != cases[i].want)
			fail_msg("'%s' to %zu: %zu", cases[i].s, cases[i].max, got);
		free(s);
	}
}

static void words_are_letters_digits_and_marks(void **state)
{
	(void)state;
	static const uint32_t yes[] = {'a', 'Z', '0', 0xE5, 0xD6, 0x3A3, 0x434, 0x301, 0x661, 0x4E2D, 0xB2, 0x10400};
	static const uint32_t no[] = {' ', '-', '_', '*', '\'', 0, 0x7F, 0xA0, 0x2019, 0x2014, 0x20AC, 0xFFFD, 0x1F393, 0x200B, 0xAD, 0xE000};
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!char_is_word(yes[i]))
			fail_msg("U+%04X is of a word", (unsigned)yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (char_is_word(no[i]))
			fail_msg("U+%04X is not of a word", (unsigned)no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(a_nul_is_a_blank),
		cmocka_unit_test(any_bytes_fold),
		cmocka_unit_test(fast_and_general_agree),
		cmocka_unit_test(next_reads_as_the_library_does),
		cmocka_unit_test(next_and_put),
		cmocka_unit_test(cut_ends_between_characters),
		cmocka_unit_test(words_are_letters_digits_and_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
