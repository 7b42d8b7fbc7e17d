/* Message ids and dates of a header. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "mail/head.h"

static void add_id(struct strs *out, const char *s, size_t n)
{
	struct buf b = {0};
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > ' ' && s[i] != 0x7F && s[i] != '<' && s[i] != '>')
			buf_addc(&b, s[i]);
	if (b.n)
		strs_own(out, buf_take(&b));
	buf_free(&b);
}

bool head_ids(const char *s, size_t n, size_t most, struct strs *out)
{
	bool bracketed = memchr(s, '<', n) != NULL;
	for (size_t i = 0; i < n;) {
		if (s[i] == ' ' || s[i] == ',' || (bracketed && s[i] != '<')) {
			i++;
			continue;
		}
		size_t from = bracketed ? i + 1 : i, j = from;
		while (j < n && (bracketed ? s[j] != '>' && s[j] != '<' : s[j] != ' ' && s[j] != ','))
			j++;
		if (out->n >= most)
			return false;
		add_id(out, s + from, j - from);
		i = j < n && s[j] == '<' ? j : j + 1;
	}
	return true;
}

struct when {
	int year, month, day, hour, minute, second, offset;
	bool has_year, has_month, has_day, has_time, has_zone;
};

static int month_of(const char *s, size_t n)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (int i = 0; n >= 3 && i < 12; i++)
		if (strncasecmp(s, names + (size_t)i * 3, 3) == 0)
			return i + 1;
	return 0;
}

static bool zone_of(const char *s, size_t n, int *minutes)
{
	static const struct {
		const char *name;
		int minutes;
	} zones[] = {
		{"UT", 0}, {"UTC", 0}, {"GMT", 0}, {"Z", 0}, {"WET", 0}, {"WEST", 60}, {"BST", 60}, {"CET", 60}, {"MET", 60}, {"MEZ", 60},
		{"CEST", 120}, {"MEST", 120}, {"MESZ", 120}, {"EET", 120}, {"EEST", 180}, {"MSK", 180}, {"IST", 330}, {"JST", 540},
		{"KST", 540}, {"AEST", 600}, {"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420},
		{"MDT", -360}, {"PST", -480}, {"PDT", -420},
	};
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (strlen(zones[i].name) == n && strncasecmp(s, zones[i].name, n) == 0) {
			*minutes = zones[i].minutes;
			return true;
		}
	return false;
}

/* "+0200", "+02:00", "+2"; false when it is none */
static bool offset_of(const char *s, size_t n, int *minutes)
{
	int v = 0, digits = 0;
	bool colon = false;
	for (size_t i = 1; i < n; i++) {
		colon = colon || s[i] == ':';
		if (isdigit((unsigned char)s[i]) && digits < 4) {
			v = v * 10 + (s[i] - '0');
			digits++;
		} else if (s[i] != ':') {
			return false;
		}
	}
	if (digits == 0)
		return false;
	if (digits <= 2 && !colon)
		v *= 100;
	v = v / 100 * 60 + v % 100;
	if (v > 18 * 60)
		v = 0;
	*minutes = s[0] == '-' ? -v : v;
	return true;
}

static void take_time(struct when *w, const char *s)
{
	int part[3] = {0};
	for (int i = 0; i < 3; i++) {
		for (int d = 0; isdigit((unsigned char)*s); s++)
			if (d++ < 2)
				part[i] = part[i] * 10 + (*s - '0');
		if (*s != ':' && *s != '.')
			break;
		s++;
	}
	w->hour = part[0];
	w->minute = part[1];
	w->second = part[2];
	w->has_time = true;
}

static void take_number(struct when *w, const char *s, size_t n)
{
	int v = 0;
	for (; n > 2 && s[0] == '0'; n--) /* "029 Apr" */
		s++;
	for (size_t i = 0; i < n && i < 6; i++)
		v = v * 10 + (s[i] - '0');
	if (n <= 2 && !w->has_day) {
		w->day = v;
		w->has_day = true;
	} else if (!w->has_year) {
		w->year = n <= 2 ? v + (v < 50 ? 2000 : 1900) : n == 3 ? v + 1900 : v; /* RFC 5322 §4.3 */
		w->has_year = true;
	}
}

static bool iso_date(struct when *w, const char *s, size_t n) /* "2021-11-20" with or without "T14:22:01Z" behind it */
{
	for (size_t i = 0; i < 10; i++)
		if (n < 10 || (i == 4 || i == 7 ? s[i] != '-' && s[i] != '/' : !isdigit((unsigned char)s[i])))
			return false;
	w->year = atoi(s);
	w->month = atoi(s + 5);
	w->day = atoi(s + 8);
	w->has_year = w->has_month = w->has_day = true;
	if (n > 11 && (s[10] == 'T' || s[10] == 't')) {
		take_time(w, s + 11);
		size_t i = 11;
		while (i < n && strchr("0123456789:.", s[i]))
			i++;
		if (i < n)
			w->has_zone = s[i] == '+' || s[i] == '-' ? offset_of(s + i, n - i, &w->offset) : zone_of(s + i, n - i, &w->offset);
	}
	return true;
}

static void take_token(struct when *w, const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];
	size_t digits = strspn(s, "0123456789");
	if (iso_date(w, s, n))
		return;
	if (memchr(s, ':', n) && isdigit(c) && !w->has_time) {
		take_time(w, s);
		size_t i = strspn(s, "0123456789:.");
		if (i < n && (s[i] == '+' || s[i] == '-'))
			w->has_zone = offset_of(s + i, n - i, &w->offset);
		else if (i < n && strncasecmp(s + i, "pm", 2) == 0 && w->hour < 12)
			w->hour += 12;
	} else if ((c == '+' || c == '-') && w->has_time) {
		w->has_zone = offset_of(s, n, &w->offset) || w->has_zone;
	} else if (isdigit(c) && digits < n && (s[digits] == '-' || s[digits] == '/' || s[digits] == '.') && n >= 6) { /* "20-Nov-2021" */
		take_token(w, s, digits);
		const char *rest = s + digits + 1;
		size_t left = n - digits - 1, k = strcspn(rest, "-/.");
		if (k > left)
			k = left;
		int m = month_of(rest, k);
		w->month = m ? m : atoi(rest);
		w->has_month = true;
		if (k + 1 < left)
			take_number(w, rest + k + 1, strspn(rest + k + 1, "0123456789"));
	} else if (isdigit(c)) {
		if (digits >= n || !isalpha((unsigned char)s[digits]) || n - digits == 2) /* also "20th" */
			take_number(w, s, digits);
	} else if (!w->has_month && month_of(s, n)) {
		w->month = month_of(s, n);
		w->has_month = true;
	} else if (w->has_time && (strncasecmp(s, "pm", n) == 0 || strncasecmp(s, "am", n) == 0) && n == 2) {
		w->hour = w->hour % 12 + (tolower(c) == 'p' ? 12 : 0);
	} else if (w->has_time && !w->has_zone) {
		size_t letters = 0;
		while (letters < n && isalpha((unsigned char)s[letters]))
			letters++;
		w->has_zone = zone_of(s, letters, &w->offset);
		if (letters < n && (s[letters] == '+' || s[letters] == '-'))
			w->has_zone = offset_of(s + letters, n - letters, &w->offset) || w->has_zone;
	}
}

bool head_date(const char *s, int64_t *time, int *offset)
{
	struct when w = {0};
	int depth = 0;
	for (int tokens = 0; *s && tokens < 40;) {
		if (*s == '(' || *s == ')' || depth > 0) {
			depth += *s == '(' ? 1 : *s == ')' ? -1 : 0;
			depth = depth < 0 ? 0 : depth;
			s++;
			continue;
		}
		size_t n = strcspn(s, " ,()\t");
		if (n)
			take_token(&w, s, n);
		tokens += n > 0;
		s += n ? n : 1;
	}
	if (!w.has_year || !w.has_month || !w.has_day || w.month < 1 || w.month > 12 || w.day < 1 || w.day > 31 || w.year < 1900 ||
	    w.year > 9999 || w.hour > 24 || w.minute > 59 || w.second > 61)
		return false;
	struct tm tm = {.tm_year = w.year - 1900, .tm_mon = w.month - 1, .tm_mday = w.day, .tm_hour = w.hour, .tm_min = w.minute, .tm_sec = w.second};
	*time = (int64_t)timegm(&tm) - (int64_t)w.offset * 60;
	*offset = w.offset;
	return true;
}
