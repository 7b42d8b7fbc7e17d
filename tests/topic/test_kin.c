#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "topic/kin.h"

static bool akin(const struct kin *k, const char *a, const char *b)
{
	uint16_t x[KIN_AT_ONE], y[KIN_AT_ONE];
	size_t n = kin_find(k, a, strlen(a), x), m = kin_find(k, b, strlen(b), y);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			if (x[i] == y[j])
				return true;
	return false;
}

static void words_that_mean_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool akin;
	} cases[] = {
		{"lost ", "missing ", true},
		{"refund ", "reimbursed ", true},     /* "reimburse*" */
		{"refund ", "återbetalning ", true},  /* the other language, a prefix */
		{"agreement ", "avtalet ", true},
		{"looking for it ", "find ", true},   /* words in a row, and what follows does not matter */
		{"turn ", "turn on ", false},         /* half of them is another thing */
		{"lostprophet ", "missing ", false},  /* no '*': the whole word */
		{"lost ", "found ", false},
		{"xyzzy ", "xyzzy ", false},
		{"a ", "a ", false},
		{"å ", "å ", false},
	};
	struct kin *k = kin_new();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (akin(k, cases[i].a, cases[i].b) != cases[i].akin)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
	kin_free(k);
	kin_free(NULL);
}

/* As features look for them: in lower case, of letters and digits; each line a group of at least two. */
static void lines_are_well_written(void **state)
{
	(void)state;
	for (size_t g = 0; kin_words[g]; g++) {
		const char *s = kin_words[g];
		assert_non_null(strchr(s, ' '));
		for (size_t i = 0; s[i]; i++) {
			unsigned char c = (unsigned char)s[i];
			bool ok = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '_' || (c == '*' && i > 1 && (s[i + 1] == ' ' || !s[i + 1]));
			if (!ok || (c == ' ' && (i == 0 || s[i + 1] == ' ' || !s[i + 1])))
				fail_msg("group %zu: '%s' at byte %zu", g, s, i);
		}
	}
}

static void any_bytes_are_looked_up(void **state)
{
	(void)state;
	struct kin *k = kin_new();
	uint16_t out[KIN_AT_ONE];
	char s[100];
	memset(s, 'a', sizeof s);
	assert_int_equal(kin_find(k, s, 0, out), 0);
	assert_int_equal(kin_find(k, s, sizeof s, out), 0);
	memset(s, 0xC3, sizeof s);
	assert_int_equal(kin_find(k, s, sizeof s, out), 0);
	memset(s, ' ', sizeof s);
	assert_int_equal(kin_find(k, s, sizeof s, out), 0);
	kin_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_that_mean_the_same), cmocka_unit_test(lines_are_well_written),
	                                   cmocka_unit_test(any_bytes_are_looked_up)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
