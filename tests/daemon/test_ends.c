#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/ends.h"

enum { DAY = 86400 };

static void stages(void **state)
{
	static const struct {
		int64_t left;
		enum ends_stage stage;
	} cases[] = {
		{30 * DAY + 1, ENDS_FAR}, {30 * DAY, ENDS_MONTH}, {7 * DAY + 1, ENDS_MONTH}, {7 * DAY, ENDS_WEEK}, {DAY + 1, ENDS_WEEK}, {DAY, ENDS_DAY}, {1, ENDS_DAY},
		{0, ENDS_OVER}, {-400 * DAY, ENDS_OVER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(ends_stage(1809129600, 1809129600 - cases[i].left), cases[i].stage);
	assert_int_equal(ends_stage(0, 1809129600), ENDS_FAR); /* nobody knows */
}

/* Once for each stage, and from the beginning when a new secret has come. */
static void each_is_told(void **state)
{
	struct config_oauth2 o = {.grant = GRANT_SECRET, .expires = 1809129600};
	struct config c = {.imap.server.oauth2 = &o, .smtp.oauth2 = &o};
	struct ends e = {0};
	(void)state;
	ends_look(&e, &c, o.expires - 40 * DAY);
	assert_int_equal(e.told[0], ENDS_FAR);
	ends_look(&e, &c, o.expires - 40 * DAY + 3599); /* within the hour: not looked at */
	ends_look(&e, &c, o.expires - 6 * DAY);
	assert_int_equal(e.told[0], ENDS_WEEK);
	ends_look(&e, &c, o.expires + 1);
	assert_int_equal(e.told[0], ENDS_OVER);
	assert_int_equal(e.told[1], ENDS_FAR); /* smtp's is the same: told once */
	o.expires += 700 * DAY;
	ends_look(&e, &c, o.expires - 699 * DAY);
	assert_int_equal(e.told[0], ENDS_FAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(stages), cmocka_unit_test(each_is_told)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
