#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "topic/telling.h"

static void words_of_any_mail_tell_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		bool tells;
	} cases[] = {{"nominering", true}, {"Learning Agreement*", true}, {"*avtal*", true}, {"MoU", true}, {"till avtalet", true}, {"@kth.example", true},
	             {"students", true}, {"Jag", false}, {"den", false}, {"hos er", false}, {"I have", false}, {"her", false}, {"på", false}, {"2026", false},
	             {"två", false}, {"I'M", false}, {"year*", false}, {"", false}, {"*", false}, {"\xff\xff", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (telling(cases[i].words) != cases[i].tells)
			fail_msg("'%s'", cases[i].words);
}

static void what_is_within_the_other_is_the_same(void **state)
{
	(void)state;
	assert_true(telling_same("nominer*", "Nominering"));
	assert_true(telling_same("exchange student*", "exchange"));
	assert_true(telling_same("*avtal*", "AVTAL"));
	assert_false(telling_same("nominering", "nomination"));
	assert_false(telling_same("scholarship", "scholar fund"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_any_mail_tell_nothing), cmocka_unit_test(what_is_within_the_other_is_the_same)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
