/* The calendar. How people write it: day_read.c */
#include "desk/day.h"

#include <time.h>

bool day_valid(const struct day *d)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (d->year < 1970 || d->year > 2199 || d->month < 1 || d->month > 12 || d->day < 1)
		return false;
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
	return d->day <= lengths[d->month - 1] + (leap && d->month == 2);
}

/* Years that begin in March, so that the leap day is their last; 400 of them have 146097 days. */
int64_t day_number(const struct day *d)
{
	int64_t y = d->year - (d->month <= 2), era = y / 400, in_era = y - era * 400;
	int64_t in_year = (153 * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

struct day day_of_number(int64_t n)
{
	n += 719468;
	int64_t era = n / 146097, in_era = n - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
	int m = (int)(month < 10 ? month + 3 : month - 9);
	return (struct day){(int)(year + era * 400) + (m <= 2), m, (int)(in_year - (153 * month + 2) / 5) + 1};
}

int day_weekday(const struct day *d)
{
	return (int)((day_number(d) + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
}

struct day day_local(int64_t time)
{
	time_t t = (time_t)time;
	struct tm tm;
	localtime_r(&t, &tm);
	return (struct day){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}
