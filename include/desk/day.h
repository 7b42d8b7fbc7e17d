/* day: dates as people write them in a mail, in Swedish and English. Pure: today is an argument.
 *
 *     2026-12-01  20261201  1/12  1/12-26  1.12.2026  1 dec  den 1:a december 2026  December 1st, 2026  december
 *     fredag  på måndag  next friday  fredag nästa vecka  fredag 4/12  idag  tomorrow  i övermorgon
 *     om 3 dagar  in two weeks  om 5 arbetsdagar  next week  nästa månad  v. 49  week 49 2026
 *
 * The day comes before the month, always. Without a year it is the next such day, but one that is past and comes again only in more than
 * ten months is taken for a slip. A weekday is the next one after today; "next" (nästa) is that of the next week. */
#ifndef DESK_DAY_H
#define DESK_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct day {
	int year, month, day;
};

bool day_valid(const struct day *d);                 /* a day of the calendar, from 1970 to 2199 */
int64_t day_number(const struct day *d);             /* days since 1970-01-01 */
struct day day_of_number(int64_t n);
int day_weekday(const struct day *d);                /* 1 is Monday, 7 Sunday */
struct day day_local(int64_t time);                  /* the day of a moment (seconds since 1970) in the process's time zone */

enum day_use {
	DAY_WAIT, /* until a day after today; of a week or month the first (a week's Monday) */
	DAY_BY    /* at the latest on a day, today or later; of a week or month the last (a week's Friday) */
};

enum day_fault {
	DAY_GOOD,
	DAY_UNKNOWN,  /* not understood */
	DAY_UNCLEAR,  /* may be read in two ways: 12-01, 01-12-26 */
	DAY_NO_SUCH,  /* 31/2, week 54, a Friday that is none */
	DAY_PAST,     /* *out is the day that was meant, where it is known */
	DAY_FAR       /* more than five years ahead */
};

enum day_fault day_read(const char *text, size_t n, const struct day *today, enum day_use use, struct day *out);

#endif
