#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "desk/spell.h"

static void words_are_made_comparable(void **state)
{
	(void)state;
	static const struct {
		const char *text, *plain, *compact, *why;
	} cases[] = {
		{"close", "close", "close", "as it is"},
		{"  St\xc3\x84NG  Nu ", "stang nu", "stangnu", "case, dots, blanks"},
		{"sta\xcc\x88ng", "stang", "stang", "decomposed"},
		{"h\xc3\xa5ll \xc3\xb6gonen", "hall ogonen", "hallogonen", "rings"},
		{"\xc3\xa6r\xc3\xb8 \xc3\xa9t\xc3\xa9 \xc3\xbc", "aro ete u", "aroeteu", "other languages' letters"},
		{"Sl\xc3\xa5-ihop:", "sla-ihop:", "slaihop", "punctuation"},
		{"2026\xe2\x80\x91" "12\xe2\x88\x92" "01", "2026-12-01", "20261201", "dashes"},
		{"I\xe2\x80\x99ll", "i'll", "ill", "apostrophes"},
		{"\xef\xbd\x83lose", "close", "close", "a wide letter"},
		{"clo\xe2\x80\x8bse", "close", "close", "an invisible blank"},
		{"\xd0\xb4\xd0\xb0", "\xd0\xb4\xd0\xb0", "\xd0\xb4\xd0\xb0", "other letters stay"},
		{"", "", "", "nothing"},
		{"\xff", "\xef\xbf\xbd", "", "no text"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].text);
		char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
		memcpy(copy, cases[i].text, n);
		char *plain = spell_plain(copy, n), *compact = spell_compact(copy, n);
		if (strcmp(plain, cases[i].plain) != 0 || strcmp(compact, cases[i].compact) != 0)
			fail_msg("%s: '%s', '%s'", cases[i].why, plain, compact);
		free(copy);
		free(plain);
		free(compact);
	}
}

static void a_written_word_is_recognised(void **state)
{
	(void)state;
	static const struct {
		const char *compact, *written;
		bool same;
	} cases[] = {
		{"slaihop", "sl\xc3\xa5 ihop", true}, {"illtakeit", "i'll take it", true}, {"", "", true}, {"slaihopp", "sl\xc3\xa5 ihop", false},
		{"slaiho", "sl\xc3\xa5 ihop", false}, {"", "a", false}, {"a", "", false}, {"sl", "sl\xc3\xa5", false}, {"\xd0\xb4", "\xd0\xb4", true},
		{"\xd0", "\xd0\xb4", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = strdup(cases[i].compact);
		if (spell_is(copy, cases[i].written, strlen(cases[i].written)) != cases[i].same)
			fail_msg("'%s' for '%s'", cases[i].compact, cases[i].written);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_are_made_comparable), cmocka_unit_test(a_written_word_is_recognised)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
