/* Dates as people write them: words and numbers become a row of kinds ("on friday 4 dec" is "WnM"), and each known row is one way to write a date. */
#include <stdlib.h>
#include <string.h>

#include "desk/day.h"
#include "desk/spell.h"

enum { TOKENS = 16, SLIP_DAYS = 304, FAR_DAYS = 5 * 366 };

/* What a word means. Kinds: M month, W weekday, C count, D day near today, X next (1) or this (0), U unit in days (30 a month, 365 a year, 0 a working
 * day), K "week" before its number, I "in", A "after", B "working", P says nothing. */
static const struct meaning {
	const char *word;
	char kind;
	int value;
} meanings[] = {
	{"januari", 'M', 1}, {"january", 'M', 1}, {"jan", 'M', 1}, {"februari", 'M', 2}, {"february", 'M', 2}, {"feb", 'M', 2}, {"febr", 'M', 2},
	{"mars", 'M', 3}, {"march", 'M', 3}, {"mar", 'M', 3}, {"april", 'M', 4}, {"apr", 'M', 4}, {"maj", 'M', 5}, {"may", 'M', 5},
	{"juni", 'M', 6}, {"june", 'M', 6}, {"jun", 'M', 6}, {"juli", 'M', 7}, {"july", 'M', 7}, {"jul", 'M', 7}, {"augusti", 'M', 8},
	{"august", 'M', 8}, {"aug", 'M', 8}, {"september", 'M', 9}, {"sep", 'M', 9}, {"sept", 'M', 9}, {"oktober", 'M', 10}, {"october", 'M', 10},
	{"okt", 'M', 10}, {"oct", 'M', 10}, {"november", 'M', 11}, {"nov", 'M', 11}, {"december", 'M', 12}, {"dec", 'M', 12},
	{"mandag", 'W', 1}, {"mandagen", 'W', 1}, {"man", 'W', 1}, {"monday", 'W', 1}, {"mon", 'W', 1}, {"tisdag", 'W', 2}, {"tisdagen", 'W', 2},
	{"tis", 'W', 2}, {"tuesday", 'W', 2}, {"tue", 'W', 2}, {"tues", 'W', 2}, {"onsdag", 'W', 3}, {"onsdagen", 'W', 3}, {"ons", 'W', 3},
	{"wednesday", 'W', 3}, {"wed", 'W', 3}, {"torsdag", 'W', 4}, {"torsdagen", 'W', 4}, {"tors", 'W', 4}, {"tor", 'W', 4}, {"thursday", 'W', 4},
	{"thu", 'W', 4}, {"thur", 'W', 4}, {"thurs", 'W', 4}, {"fredag", 'W', 5}, {"fredagen", 'W', 5}, {"fre", 'W', 5}, {"friday", 'W', 5},
	{"fri", 'W', 5}, {"lordag", 'W', 6}, {"lordagen", 'W', 6}, {"lor", 'W', 6}, {"saturday", 'W', 6}, {"sat", 'W', 6}, {"sondag", 'W', 7},
	{"sondagen", 'W', 7}, {"son", 'W', 7}, {"sunday", 'W', 7}, {"sun", 'W', 7},
	{"a", 'C', 1}, {"an", 'C', 1}, {"one", 'C', 1}, {"en", 'C', 1}, {"ett", 'C', 1}, {"two", 'C', 2}, {"tva", 'C', 2}, {"three", 'C', 3},
	{"tre", 'C', 3}, {"four", 'C', 4}, {"fyra", 'C', 4}, {"five", 'C', 5}, {"fem", 'C', 5}, {"six", 'C', 6}, {"sex", 'C', 6}, {"seven", 'C', 7},
	{"sju", 'C', 7}, {"eight", 'C', 8}, {"atta", 'C', 8}, {"nine", 'C', 9}, {"nio", 'C', 9}, {"ten", 'C', 10}, {"tio", 'C', 10},
	{"idag", 'D', 0}, {"today", 'D', 0}, {"imorgon", 'D', 1}, {"imorron", 'D', 1}, {"morgon", 'D', 1}, {"morron", 'D', 1}, {"tomorrow", 'D', 1},
	{"overmorgon", 'D', 2}, {"iovermorgon", 'D', 2},
	{"next", 'X', 1}, {"nasta", 'X', 1}, {"kommande", 'X', 1}, {"coming", 'X', 1}, {"this", 'X', 0}, {"denna", 'X', 0},
	{"d", 'U', 1}, {"day", 'U', 1}, {"days", 'U', 1}, {"dag", 'U', 1}, {"dagar", 'U', 1}, {"week", 'U', 7}, {"weeks", 'U', 7}, {"vecka", 'U', 7},
	{"veckor", 'U', 7}, {"veckan", 'U', 7}, {"month", 'U', 30}, {"months", 'U', 30}, {"manad", 'U', 30}, {"manader", 'U', 30}, {"manaden", 'U', 30},
	{"year", 'U', 365}, {"years", 'U', 365}, {"ar", 'U', 365}, {"arbetsdag", 'U', 0}, {"arbetsdagar", 'U', 0}, {"vardagar", 'U', 0},
	{"workday", 'U', 0}, {"workdays", 'U', 0}, {"weekdays", 'U', 0},
	{"v", 'K', 0}, {"w", 'K', 0}, {"wk", 'K', 0}, {"i", 'I', 0}, {"in", 'I', 0}, {"om", 'I', 0}, {"within", 'I', 0}, {"inom", 'I', 0},
	{"after", 'A', 0}, {"working", 'B', 0}, {"business", 'B', 0},
	{"on", 'P', 0}, {"pa", 'P', 0}, {"the", 'P', 0}, {"den", 'P', 0}, {"by", 'P', 0}, {"until", 'P', 0}, {"till", 'P', 0}, {"tills", 'P', 0},
	{"to", 'P', 0}, {"fram", 'P', 0}, {"senast", 'P', 0}, {"before", 'P', 0}, {"fore", 'P', 0}, {"innan", 'P', 0}, {"of", 'P', 0}, {"due", 'P', 0},
	{"from", 'P', 0}, {"fran", 'P', 0}, {"now", 'P', 0}, {"nu", 'P', 0}, {"at", 'P', 0}, {"latest", 'P', 0},
};

struct token {
	int value;
	unsigned digits; /* of a number */
	bool apart;      /* a blank stands before it */
};

struct reading {
	char kind[TOKENS + 1]; /* 'n' a number, a kind of word, '?' an unknown one, else the character itself */
	struct token t[TOKENS];
	size_t n;
	struct day today;
	int64_t now;
	enum day_use use;
};

struct span {
	int64_t first, last; /* day numbers */
	bool yearless;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c) /* of a plain word; others make it unknown anyhow */
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

static bool add(struct reading *r, char kind, int value, unsigned digits, bool apart)
{
	if (r->n == TOKENS)
		return false;
	r->kind[r->n] = kind;
	r->t[r->n++] = (struct token){value, digits, apart};
	r->kind[r->n] = '\0';
	return true;
}

static size_t ordinal_length(const char *s) /* "1st", "1:a" */
{
	static const char *const v[] = {":a", ":e", "st", "nd", "rd", "th"};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (strncmp(s, v[i], 2) == 0 && !is_letter(s[2]) && !is_digit(s[2]))
			return 2;
	return 0;
}

static size_t add_word(struct reading *r, const char *s, bool apart) /* its length; 0: no room */
{
	size_t n = 0;
	while (is_letter(s[n]))
		n++;
	char kind = '?';
	int value = 0;
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (strlen(meanings[i].word) == n && memcmp(meanings[i].word, s, n) == 0) {
			kind = meanings[i].kind;
			value = meanings[i].value;
		}
	return kind == 'P' || add(r, kind, value, 0, apart) ? n : 0;
}

static size_t add_number(struct reading *r, const char *s, bool apart)
{
	size_t n = 0;
	int64_t v = 0;
	while (is_digit(s[n]) && n < 9)
		v = v * 10 + (s[n++] - '0');
	if (is_digit(s[n]) || !add(r, 'n', (int)v, (unsigned)n, apart))
		return 0;
	return n + ordinal_length(s + n);
}

static bool split(struct reading *r, const char *s)
{
	bool apart = true;
	while (*s) {
		size_t n = 1;
		if (is_digit(*s))
			n = add_number(r, s, apart);
		else if (is_letter(*s))
			n = add_word(r, s, apart);
		else if (*s != ' ' && *s != ',' && !add(r, *s, 0, 0, apart))
			n = 0;
		if (n == 0)
			return false;
		apart = *s == ' ';
		s += n;
	}
	return true;
}

static void drop(struct reading *r, size_t i)
{
	memmove(r->kind + i, r->kind + i + 1, r->n - i);
	memmove(r->t + i, r->t + i + 1, (r->n - i - 1) * sizeof *r->t);
	r->n--;
}

/* What has more than one word or spelling becomes one kind: a dot behind a word, "i dag", "in december", "working days", "vecka 49". */
static void simplify(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		char before = i ? r->kind[i - 1] : '\0', after = r->kind[i + 1];
		bool number_next = after == 'n' || after == 'C';
		if (r->kind[i] == '.' && !(before == 'n' && after == 'n' && !r->t[i + 1].apart)) {
			drop(r, i--);
		} else if (r->kind[i] == 'I' && after == 'U' && r->t[i + 1].value == 1) {
			r->kind[i + 1] = 'D';
			r->t[i + 1].value = 0;
			drop(r, i--);
		} else if (r->kind[i] == 'B' && after == 'U' && r->t[i + 1].value == 1) {
			r->t[i + 1].value = 0;
			drop(r, i--);
		} else if (r->kind[i] == 'I' && !number_next && after != 'B') {
			drop(r, i--);
		} else if (r->kind[i] == 'U' && r->t[i].value == 7 && after == 'n') {
			r->kind[i] = 'K';
		}
	}
}

static enum day_fault one_day(int64_t number, bool yearless, struct span *out)
{
	*out = (struct span){number, number, yearless};
	return DAY_GOOD;
}

static enum day_fault by_numbers(int year, int month, int day, struct span *out)
{
	struct day d = {year, month, day};
	return day_valid(&d) ? one_day(day_number(&d), false, out) : DAY_NO_SUCH;
}

/* The next one: this year's, and next year's where that is past. */
static enum day_fault without_year(const struct reading *r, int month, int day, struct span *out)
{
	struct day d = {r->today.year, month, day};
	if (!day_valid(&d))
		d.year++; /* 29 February */
	return day_valid(&d) ? one_day(day_number(&d), d.year == r->today.year, out) : DAY_NO_SUCH;
}

static int month_length(int year, int month)
{
	struct day d = {year, month, 31};
	while (!day_valid(&d) && d.day > 1)
		d.day--;
	return d.day;
}

static enum day_fault whole_month(int year, int month, bool yearless, struct span *out)
{
	struct day d = {year, month, 1};
	if (!day_valid(&d))
		return DAY_NO_SUCH;
	out->first = day_number(&d);
	out->last = out->first + month_length(year, month) - 1;
	out->yearless = yearless;
	return DAY_GOOD;
}

static int64_t monday_of(int64_t number)
{
	struct day d = day_of_number(number);
	return number - day_weekday(&d) + 1;
}

static enum day_fault whole_week(int64_t monday, struct span *out)
{
	*out = (struct span){monday, monday + 4, false};
	return DAY_GOOD;
}

static int64_t first_monday(int year) /* of ISO week 1: the week with 4 January in it */
{
	struct day d = {year, 1, 4};
	return monday_of(day_number(&d));
}

static enum day_fault week_number(const struct reading *r, int week, int year, struct span *out)
{
	struct day thursday = day_of_number(monday_of(r->now) + 3); /* its year is the week's */
	bool yearless = year == 0;
	year = yearless ? thursday.year : year;
	if (year < 1971 || year > 2190 || week < 1)
		return DAY_NO_SUCH;
	int64_t monday = first_monday(year) + (week - 1) * 7;
	int64_t due = r->use == DAY_WAIT ? monday - 1 : monday + 4;
	if (yearless && due < r->now && first_monday(year + 1) + (week - 1) * 7 - r->now <= SLIP_DAYS)
		monday = first_monday(++year) + (week - 1) * 7;
	return monday < first_monday(year + 1) ? whole_week(monday, out) : DAY_NO_SUCH;
}

static int64_t working_days(int64_t now, int n)
{
	while (n > 0) {
		struct day d = day_of_number(++now);
		n -= day_weekday(&d) <= 5;
	}
	return now;
}

static enum day_fault ahead(const struct reading *r, int n, int unit, struct span *out)
{
	if (n > FAR_DAYS)
		return DAY_FAR;
	if (unit == 1 || unit == 7)
		return one_day(r->now + (int64_t)n * unit, false, out);
	if (unit == 0)
		return one_day(working_days(r->now, n), false, out);
	struct day d = r->today;
	int month = d.month - 1 + (unit == 30 ? n : n * 12);
	d.year += month / 12;
	d.month = month % 12 + 1;
	if (d.year > 2199)
		return DAY_FAR;
	int most = month_length(d.year, d.month); /* a month from 31 January is the last of February */
	d.day = d.day < most ? d.day : most;
	return one_day(day_number(&d), false, out);
}

static enum day_fault three_numbers(const struct token *t, char sep, struct span *out)
{
	const struct token *a = &t[0], *b = &t[2], *c = &t[4];
	if (b->digits > 2)
		return DAY_UNKNOWN;
	if (a->digits == 4 && c->digits <= 2)
		return by_numbers(a->value, b->value, c->value, out);
	if (a->digits > 2 || (c->digits != 4 && c->digits != 2))
		return DAY_UNKNOWN;
	if (c->digits == 4)
		return by_numbers(c->value, b->value, a->value, out);
	if (sep != '-')
		return by_numbers(2000 + c->value, b->value, a->value, out);
	return a->value > 31 ? by_numbers(2000 + a->value, b->value, c->value, out) : DAY_UNCLEAR;
}

static enum day_fault one_number(const struct token *t, struct span *out)
{
	if (t->digits == 8)
		return by_numbers(t->value / 10000, t->value / 100 % 100, t->value % 100, out);
	if (t->digits == 6)
		return by_numbers(2000 + t->value / 10000, t->value / 100 % 100, t->value % 100, out);
	return DAY_UNKNOWN;
}

static bool is(const char *kind, const char *row)
{
	return strcmp(kind, row) == 0;
}

static int year_of(const struct token *t)
{
	return t->digits == 2 ? 2000 + t->value : t->value;
}

static enum day_fault numbers_and_months(const struct reading *r, const char *k, const struct token *t, struct span *out)
{
	if (is(k, "n"))
		return one_number(t, out);
	if (is(k, "n-n-n") || is(k, "n/n/n") || is(k, "n.n.n") || is(k, "n/n-n"))
		return three_numbers(t, k[1], out);
	if (is(k, "n/n") || is(k, "n.n"))
		return without_year(r, t[2].value, t[0].value, out);
	if ((is(k, "n/nn") || is(k, "n.nn")) && t[3].digits == 4)
		return by_numbers(t[3].value, t[2].value, t[0].value, out);
	if (is(k, "n-n"))
		return DAY_UNCLEAR;
	if (is(k, "nM"))
		return without_year(r, t[1].value, t[0].value, out);
	if (is(k, "nMn"))
		return by_numbers(year_of(&t[2]), t[1].value, t[0].value, out);
	if (is(k, "Mn") && t[1].digits == 4)
		return whole_month(t[1].value, t[0].value, false, out);
	if (is(k, "Mn"))
		return without_year(r, t[0].value, t[1].value, out);
	if (is(k, "Mnn"))
		return by_numbers(year_of(&t[2]), t[0].value, t[1].value, out);
	if (is(k, "M"))
		return whole_month(r->today.year, t[0].value, true, out);
	return DAY_UNKNOWN;
}

static enum day_fault weeks_and_days(const struct reading *r, const char *k, const struct token *t, struct span *out)
{
	int64_t monday = monday_of(r->now);
	if (is(k, "D"))
		return one_day(r->now + t[0].value, false, out);
	if (is(k, "UAD") && t[0].value == 1)
		return one_day(r->now + t[2].value + 1, false, out);
	if (is(k, "InU") || is(k, "ICU"))
		return ahead(r, t[1].value, t[2].value, out);
	if (is(k, "nU") || is(k, "CU"))
		return ahead(r, t[0].value, t[1].value, out);
	if (is(k, "XU") && t[1].value == 7)
		return whole_week(monday + (int64_t)t[0].value * 7, out);
	if (is(k, "XU") && t[1].value == 30)
		return whole_month(r->today.year + (r->today.month + t[0].value > 12), (r->today.month - 1 + t[0].value) % 12 + 1, false, out);
	if (is(k, "Kn"))
		return week_number(r, t[1].value, 0, out);
	if (is(k, "Knn") || is(k, "Kn-n") || is(k, "Kn/n"))
		return week_number(r, t[1].value, year_of(&t[strlen(k) - 1]), out);
	if (is(k, "W") || (is(k, "XW") && t[0].value == 0)) {
		int64_t day = monday + t[strlen(k) - 1].value - 1;
		return one_day(day > r->now ? day : day + 7, false, out);
	}
	if (is(k, "XW"))
		return one_day(monday + 7 + t[1].value - 1, false, out);
	return DAY_UNKNOWN;
}

static enum day_fault find(const struct reading *r, const char *k, const struct token *t, struct span *out)
{
	enum day_fault f = numbers_and_months(r, k, t, out);
	if (f == DAY_UNKNOWN)
		f = weeks_and_days(r, k, t, out);
	if (f != DAY_UNKNOWN || k[0] != 'W')
		return f;
	/* "fredag 4/12", "Friday week 49": the rest is the day, or its week */
	f = find(r, k + 1, t + 1, out); /* once: the rest has no weekday in front of it that is read the same way */
	if (f != DAY_GOOD)
		return f;
	if (out->last == out->first + 4)
		return one_day(out->first + t[0].value - 1, false, out);
	struct day d = day_of_number(out->first);
	if (out->first != out->last || day_weekday(&d) != t[0].value)
		return DAY_NO_SUCH;
	return DAY_GOOD;
}

static enum day_fault due(struct reading *r, struct span *s, struct day *out)
{
	int64_t earliest = r->use == DAY_WAIT ? r->now + 1 : r->now;
	int64_t day = r->use == DAY_WAIT ? s->first : s->last;
	*out = day_of_number(day);
	if (day < earliest && s->yearless) {
		struct day again = *out;
		again.year++;
		if (again.day > month_length(again.year, again.month))
			again.day = month_length(again.year, again.month);
		if (day_number(&again) - r->now <= SLIP_DAYS) {
			day = day_number(&again);
			*out = again;
		}
	}
	if (day < earliest)
		return DAY_PAST;
	return day > r->now + FAR_DAYS ? DAY_FAR : DAY_GOOD;
}

enum day_fault day_read(const char *text, size_t n, const struct day *today, enum day_use use, struct day *out)
{
	struct reading r = {.today = *today, .now = day_number(today), .use = use};
	struct span s = {0};
	*out = (struct day){0};
	if (n > 200)
		return DAY_UNKNOWN;
	char *plain = spell_plain(text, n);
	bool ok = split(&r, plain);
	free(plain);
	if (!ok)
		return DAY_UNKNOWN;
	simplify(&r);
	enum day_fault f = find(&r, r.kind, r.t, &s);
	return f == DAY_GOOD ? due(&r, &s, out) : f;
}
