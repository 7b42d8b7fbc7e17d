#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/signature.h"

static void alone(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name;
		bool want;
	} cases[] = {
		{"", "Bo Ek", true},
		{" \n\n", "Bo Ek", true},
		{"-- \nBo Ek\nhandläggare\n", "Bo Ek", true},
		{"--\nBo Ek\n", NULL, true},
		{"Bo Ek\nhandläggare\n", "Bo Ek", true},
		{"Bo Ek, handläggare\n08-123 45 67\n", "Bo Ek", true},
		{"BO EK\n", "Bo Ek", true},
		{"/Bo\n", "Bo Ek", true},
		{"Bo\n", "Bo Ek", true},
		{"Mvh\nBo\n", "Bo Ek", true},
		{"Med vänlig hälsning,\n\nBo Ek\nUtbildningsavdelningen\n", NULL, true},
		{"Best regards\nBo\n", "Bo Ek", true},
		{"Mvh Bo\n", "Bo Ek", true},
		{"Hälsningar, Bo Ek\n", "Bo Ek", true},
		{"Hälsningar till Anna\n", "Bo Ek", false},
		{"Best, as always, is to call.\n", "Bo Ek", false},
		{"Skickat från min iPhone\n", "Bo Ek", true},
		{"Sent from my iPhone\n\nBo Ek\n", "Bo Ek", true},
		{"Bo Ek\n\nSkickat från min iPhone\n", "Bo Ek", true},
		{"Hej\n", "Bo Ek", false},
		{"Ja.\n\nBo Ek\n", "Bo Ek", false},
		{"Ja.\n-- \nBo Ek\n", "Bo Ek", false},
		{"Bo will call you.\n", "Bo Ek", false},
		{"Ask Bo Ek\n", "Bo Ek", false},
		{"Best regards to your mother, and yes, we take them all.\n", "Bo Ek", false},
		{"Bo Ek\nhandläggare\n\nPS: we would be glad to receive all of them from the first of April onwards, and housing is no problem.\n", "Bo Ek", false},
		{"Mvh\n1\n2\n3\n4\n5\n6\n7\n8\n", "Bo Ek", false},
		{"handläggare\n", NULL, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (signature_alone(cases[i].text, cases[i].name) != cases[i].want)
			fail_msg("%zu: '%s' of %s", i, cases[i].text, cases[i].name ? cases[i].name : "nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(alone)};
	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
