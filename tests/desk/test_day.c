#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "desk/day.h"

static const struct day today = {2026, 11, 25}; /* a Wednesday, in week 48 */

struct one {
	const char *text;
	enum day_use use;
	enum day_fault fault;
	const char *want; /* "YYYY-MM-DD" where it is good */
	const char *why;
};

static void read_all(const struct one *v, size_t n, const struct day *now)
{
	for (size_t i = 0; i < n; i++) {
		struct day d;
		size_t len = strlen(v[i].text);
		char *copy = malloc(len ? len : 1), got[32] = ""; /* without its NUL, so that a sanitizer sees any overread */
		memcpy(copy, v[i].text, len);
		enum day_fault f = day_read(copy, len, now, v[i].use, &d);
		free(copy);
		if (f == DAY_GOOD)
			snprintf(got, sizeof got, "%04d-%02d-%02d", d.year, d.month, d.day);
		if (f != v[i].fault || strcmp(got, v[i].want ? v[i].want : "") != 0)
			fail_msg("'%s' (%s): fault %d, day '%s'", v[i].text, v[i].why ? v[i].why : "", (int)f, got);
	}
}
#define READ(cases) read_all((cases), sizeof(cases) / sizeof *(cases), &today)

static void dates_are_read(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"2026-12-01", DAY_WAIT, DAY_GOOD, "2026-12-01", "ISO"},
		{"2026-12-1", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"2026/12/01", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"2026.12.01", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"20261201", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"261201", DAY_WAIT, DAY_GOOD, "2026-12-01", "as on Swedish forms"},
		{"2026\xe2\x80\x91" "12\xe2\x80\x93" "01", DAY_WAIT, DAY_GOOD, "2026-12-01", "dashes that a mail program made"},
		{"1/12", DAY_WAIT, DAY_GOOD, "2026-12-01", "the day comes first"},
		{"1/12 2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1/12 10", DAY_WAIT, DAY_UNKNOWN, NULL, "an hour?"},
		{"1/12-26", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1/12/2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1/12/26", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1.12.", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1.12.2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"01-12-2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1 dec", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1 dec.", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1. Dezember", DAY_WAIT, DAY_UNKNOWN, NULL, "German"},
		{"1 december 2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"den 1:a december", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"den 1 december, 2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"December 1st, 2026", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"the 1st of December", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"dec 1", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1dec", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"DEC 1", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"1 maj", DAY_WAIT, DAY_GOOD, "2027-05-01", "the next one"},
		{"3/1", DAY_WAIT, DAY_GOOD, "2027-01-03", "over the turn of the year"},
		{"24 sept", DAY_WAIT, DAY_GOOD, "2027-09-24", "ten months ahead is the most"},
		{"26 sept", DAY_WAIT, DAY_PAST, NULL, "more is a slip"},
		{"24/11", DAY_WAIT, DAY_PAST, NULL, "yesterday is a slip"},
		{"december", DAY_WAIT, DAY_GOOD, "2026-12-01", "a month: its first day"},
		{"december", DAY_BY, DAY_GOOD, "2026-12-31", "or its last"},
		{"i december", DAY_BY, DAY_GOOD, "2026-12-31", NULL},
		{"in February", DAY_BY, DAY_GOOD, "2027-02-28", NULL},
		{"december 2027", DAY_WAIT, DAY_GOOD, "2027-12-01", NULL},
		{"29 feb", DAY_WAIT, DAY_NO_SUCH, NULL, "neither this year nor next"},
		{"29 feb 2028", DAY_WAIT, DAY_GOOD, "2028-02-29", NULL},
	};
	READ(cases);
}

static void days_are_read(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"fredag", DAY_WAIT, DAY_GOOD, "2026-11-27", NULL},
		{"p\xc3\xa5 m\xc3\xa5ndag", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"pa\xcc\x8a ma\xcc\x8andag", DAY_WAIT, DAY_GOOD, "2026-11-30", "decomposed"},
		{"P\xc3\x85 M\xc3\x85NDAG", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"pa mandag", DAY_WAIT, DAY_GOOD, "2026-11-30", "without its rings"},
		{"till l\xc3\xb6rdag", DAY_WAIT, DAY_GOOD, "2026-11-28", NULL},
		{"nu p\xc3\xa5 fredag", DAY_WAIT, DAY_GOOD, "2026-11-27", NULL},
		{"Wed", DAY_WAIT, DAY_GOOD, "2026-12-02", "not today"},
		{"this Friday", DAY_BY, DAY_GOOD, "2026-11-27", NULL},
		{"next Friday", DAY_WAIT, DAY_GOOD, "2026-12-04", "of the next week"},
		{"n\xc3\xa4sta m\xc3\xa5ndag", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"fredag n\xc3\xa4sta vecka", DAY_WAIT, DAY_GOOD, "2026-12-04", NULL},
		{"Friday next week", DAY_BY, DAY_GOOD, "2026-12-04", NULL},
		{"fredag v. 50", DAY_BY, DAY_GOOD, "2026-12-11", NULL},
		{"fredag 4/12", DAY_WAIT, DAY_GOOD, "2026-12-04", NULL},
		{"fredagen den 4 december", DAY_WAIT, DAY_GOOD, "2026-12-04", NULL},
		{"Friday, 4 December 2026", DAY_WAIT, DAY_GOOD, "2026-12-04", NULL},
		{"torsdag 4/12", DAY_WAIT, DAY_NO_SUCH, NULL, "it is a Friday"},
		{"idag", DAY_BY, DAY_GOOD, "2026-11-25", NULL},
		{"i dag", DAY_BY, DAY_GOOD, "2026-11-25", NULL},
		{"today", DAY_WAIT, DAY_PAST, NULL, "nothing to wait for"},
		{"2026-11-25", DAY_WAIT, DAY_PAST, NULL, "the same as a date"},
		{"2026-11-25", DAY_BY, DAY_GOOD, "2026-11-25", NULL},
		{"2026-11-24", DAY_BY, DAY_PAST, NULL, NULL},
		{"tomorrow", DAY_WAIT, DAY_GOOD, "2026-11-26", NULL},
		{"imorgon", DAY_WAIT, DAY_GOOD, "2026-11-26", NULL},
		{"i morgon", DAY_WAIT, DAY_GOOD, "2026-11-26", NULL},
		{"i \xc3\xb6vermorgon", DAY_WAIT, DAY_GOOD, "2026-11-27", NULL},
		{"the day after tomorrow", DAY_WAIT, DAY_GOOD, "2026-11-27", NULL},
		{"om 3 dagar", DAY_WAIT, DAY_GOOD, "2026-11-28", NULL},
		{"in 3 days", DAY_WAIT, DAY_GOOD, "2026-11-28", NULL},
		{"3 days from now", DAY_WAIT, DAY_GOOD, "2026-11-28", NULL},
		{"in a week", DAY_WAIT, DAY_GOOD, "2026-12-02", NULL},
		{"om tv\xc3\xa5 veckor", DAY_WAIT, DAY_GOOD, "2026-12-09", NULL},
		{"inom en m\xc3\xa5nad", DAY_BY, DAY_GOOD, "2026-12-25", NULL},
		{"om 3 m\xc3\xa5nader", DAY_WAIT, DAY_GOOD, "2027-02-25", NULL},
		{"om ett \xc3\xa5r", DAY_WAIT, DAY_GOOD, "2027-11-25", NULL},
		{"om 3 arbetsdagar", DAY_WAIT, DAY_GOOD, "2026-11-30", "over a weekend"},
		{"in 5 working days", DAY_WAIT, DAY_GOOD, "2026-12-02", NULL},
		{"in 0 days", DAY_WAIT, DAY_PAST, NULL, NULL},
		{"next week", DAY_WAIT, DAY_GOOD, "2026-11-30", "its Monday"},
		{"n\xc3\xa4sta vecka", DAY_BY, DAY_GOOD, "2026-12-04", "its Friday"},
		{"i n\xc3\xa4sta vecka", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"this week", DAY_BY, DAY_GOOD, "2026-11-27", NULL},
		{"this week", DAY_WAIT, DAY_PAST, NULL, NULL},
		{"next month", DAY_WAIT, DAY_GOOD, "2026-12-01", NULL},
		{"n\xc3\xa4sta m\xc3\xa5nad", DAY_BY, DAY_GOOD, "2026-12-31", NULL},
		{"v. 49", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"v49", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"vecka 49", DAY_BY, DAY_GOOD, "2026-12-04", NULL},
		{"week 49", DAY_WAIT, DAY_GOOD, "2026-11-30", NULL},
		{"v. 48", DAY_BY, DAY_GOOD, "2026-11-27", "this week's Friday"},
		{"v. 48", DAY_WAIT, DAY_PAST, NULL, "it has begun"},
		{"v. 3", DAY_WAIT, DAY_GOOD, "2027-01-18", "next year's"},
		{"v. 3 2028", DAY_WAIT, DAY_GOOD, "2028-01-17", NULL},
		{"v. 40", DAY_WAIT, DAY_PAST, NULL, "a slip"},
		{"v. 53", DAY_WAIT, DAY_GOOD, "2026-12-28", "2026 has 53"},
		{"v. 53 2027", DAY_WAIT, DAY_NO_SUCH, NULL, "2027 has 52"},
		{"v. 54", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"v. 0", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
	};
	READ(cases);
}

static void what_is_no_date_is_none(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"", DAY_WAIT, DAY_UNKNOWN, NULL, "nothing"},
		{"   ", DAY_WAIT, DAY_UNKNOWN, NULL, "blanks"},
		{"snart", DAY_WAIT, DAY_UNKNOWN, NULL, "a word"},
		{"3", DAY_WAIT, DAY_UNKNOWN, NULL, "a number"},
		{"fredag kl 10", DAY_WAIT, DAY_UNKNOWN, NULL, "a time of day"},
		{"12-01", DAY_WAIT, DAY_UNCLEAR, NULL, "month first or day first"},
		{"01-12-26", DAY_WAIT, DAY_UNCLEAR, NULL, "2001, or 2026"},
		{"12/25", DAY_WAIT, DAY_NO_SUCH, NULL, "month first"},
		{"31/2", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"2026-02-29", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"2026-13-01", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"0/12", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"1/12/1926", DAY_WAIT, DAY_NO_SUCH, NULL, "before 1970"},
		{"2025-12-01", DAY_WAIT, DAY_PAST, NULL, "last year's"},
		{"2062-12-01", DAY_WAIT, DAY_FAR, NULL, "digits that changed places"},
		{"in 99999 days", DAY_WAIT, DAY_FAR, NULL, NULL},
		{"om 999999999 \xc3\xa5r", DAY_WAIT, DAY_FAR, NULL, NULL},
		{"in 99999999999999999999 days", DAY_WAIT, DAY_UNKNOWN, NULL, "more digits than a number has"},
		{"1/2/3/4", DAY_WAIT, DAY_UNKNOWN, NULL, NULL},
		{"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", DAY_WAIT, DAY_UNKNOWN, NULL, "more words than a date has"},
		{"fredag l\xc3\xb6rdag", DAY_WAIT, DAY_NO_SUCH, NULL, NULL},
		{"fre fre fre fre fre fre fre fre fre", DAY_WAIT, DAY_GOOD, "2026-11-27", "stammering"},
		{"\xff\xfe", DAY_WAIT, DAY_UNKNOWN, NULL, "no text"},
	};
	READ(cases);
}

static void it_depends_on_today(void **state)
{
	(void)state;
	static const struct day sunday = {2026, 12, 27}, new_year = {2027, 1, 1}, last_of_january = {2027, 1, 31};
	static const struct one on_sunday[] = {
		{"next week", DAY_WAIT, DAY_GOOD, "2026-12-28", "begins tomorrow"},
		{"fredag", DAY_WAIT, DAY_GOOD, "2027-01-01", NULL},
		{"s\xc3\xb6ndag", DAY_WAIT, DAY_GOOD, "2027-01-03", NULL},
		{"this week", DAY_BY, DAY_PAST, NULL, "its Friday is past"},
		{"next month", DAY_WAIT, DAY_GOOD, "2027-01-01", NULL},
		{"v. 1", DAY_WAIT, DAY_GOOD, "2027-01-04", NULL},
	};
	static const struct one on_new_year[] = {
		{"v. 53", DAY_BY, DAY_GOOD, "2027-01-01", "it is still week 53 of 2026"},
		{"v. 1", DAY_WAIT, DAY_GOOD, "2027-01-04", NULL},
		{"31 dec", DAY_WAIT, DAY_GOOD, "2027-12-31", "within the year it may be any day"},
	};
	static const struct one at_the_end_of_january[] = {
		{"om en m\xc3\xa5nad", DAY_WAIT, DAY_GOOD, "2027-02-28", NULL},
		{"next month", DAY_BY, DAY_GOOD, "2027-02-28", NULL},
	};
	read_all(on_sunday, sizeof on_sunday / sizeof *on_sunday, &sunday);
	read_all(on_new_year, sizeof on_new_year / sizeof *on_new_year, &new_year);
	read_all(at_the_end_of_january, sizeof at_the_end_of_january / sizeof *at_the_end_of_january, &last_of_january);
}

static void the_calendar_is_right(void **state)
{
	(void)state;
	static const struct {
		struct day d;
		int64_t number;
		int weekday;
	} cases[] = {
		{{1970, 1, 1}, 0, 4}, {{1999, 12, 31}, 10956, 5}, {{2000, 2, 29}, 11016, 2}, {{2000, 3, 1}, 11017, 3}, {{2026, 11, 25}, 20782, 3}, {{2100, 3, 1}, 47541, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(day_number(&cases[i].d), cases[i].number);
		assert_int_equal(day_weekday(&cases[i].d), cases[i].weekday);
	}
	struct day before = {1969, 12, 31};
	for (int64_t n = 0; n < 84000; n++) { /* every day to 2199 follows the one before */
		struct day d = day_of_number(n);
		assert_true(day_valid(&d) && day_number(&d) == n);
		bool next = d.day == before.day + 1 && d.month == before.month && d.year == before.year;
		assert_true(next || d.day == 1);
		before = d;
	}
	assert_false(day_valid(&(struct day){2100, 2, 29}) || day_valid(&(struct day){2026, 0, 1}) || day_valid(&(struct day){2026, 1, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read), cmocka_unit_test(days_are_read), cmocka_unit_test(what_is_no_date_is_none),
		cmocka_unit_test(it_depends_on_today), cmocka_unit_test(the_calendar_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
