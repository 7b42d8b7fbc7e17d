#include "mail/calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/charset.h"

enum { NAMES_MAX = 20, SHORT_BYTES = 1000, LONG_BYTES = 64 << 10, FIELD_MAX = 256 << 10 };

/* One content line (RFC 5545 §3.1), unfolded: NAME *(";" PARAM "=" VALUE) ":" VALUE */
struct line {
	struct buf text;
	const char *name, *params, *value; /* params: from the first ';' on, or "" */
};

struct event {
	char method[16], status[16]; /* of the one who answers: PARTSTAT */
	char *summary, *where, *description, *organizer;
	char *start, *end, *start_zone, *end_zone;
	char repeats[16];
	struct buf attendees;
	size_t n_attendees;
};

/* --- lines --- */

/* Lines made whole before their bytes are made characters: they are broken at any byte. */
static void unfold(const char *s, size_t n, struct buf *out)
{
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(s + at, '\n', n - at);
		size_t end = lf ? (size_t)(lf - s) : n, stop = end;
		while (stop > at && s[stop - 1] == '\r')
			stop--;
		buf_add(out, s + at, stop - at);
		at = lf ? end + 1 : n;
		if (at < n && (s[at] == ' ' || s[at] == '\t'))
			at++;
		else
			buf_addc(out, '\n');
	}
}

static bool next_line(const char *s, size_t n, size_t *at, struct buf *out)
{
	buf_clear(out);
	if (*at >= n)
		return false;
	const char *lf = memchr(s + *at, '\n', n - *at);
	size_t length = lf ? (size_t)(lf - s) - *at : n - *at;
	buf_add(out, s + *at, utf8_cut(s + *at, length, FIELD_MAX));
	*at += length + 1;
	return true;
}

/* The end of a name, parameter or its value: quoted strings may hold any of the signs. */
static char *unquoted(char *s, const char *signs)
{
	for (bool quoted = false; *s; s++)
		if (*s == '"')
			quoted = !quoted;
		else if (!quoted && strchr(signs, *s))
			return s;
	return NULL;
}

static bool split(struct line *l)
{
	char *colon = unquoted(l->text.s, ":");
	if (!colon) /* a quote that never ends */
		colon = strchr(l->text.s, ':');
	if (!colon)
		return false;
	*colon = '\0';
	l->value = colon + 1;
	l->name = l->text.s;
	char *semicolon = strchr(l->text.s, ';');
	l->params = semicolon ? semicolon + 1 : "";
	if (semicolon)
		*semicolon = '\0';
	return true;
}

static bool is(const struct line *l, const char *name)
{
	return strcasecmp(l->name, name) == 0;
}

/* A parameter's value without its quotes, as new memory; NULL where there is none. */
static char *param(const struct line *l, const char *name)
{
	size_t k = strlen(name);
	char *all = mem_dup(l->params), *found = NULL;
	for (char *p = all; p && *p && !found;) {
		char *end = unquoted(p, ";");
		if (end)
			*end = '\0';
		if (strncasecmp(p, name, k) == 0 && p[k] == '=') {
			char *v = p + k + 1;
			v += *v == '"';
			found = mem_dupn(v, strcspn(v, "\""));
		}
		p = end ? end + 1 : NULL;
	}
	free(all);
	return found;
}

/* Text as its writer meant it (RFC 5545 §3.3.11); `lines`: on several, else on one. As new memory, at most max bytes. */
static char *plain(const char *s, bool lines, size_t max)
{
	struct buf out = {0};
	for (; *s && out.n < max + 4; s++) {
		char c = *s;
		if (c == '\\' && s[1]) {
			c = *++s;
			if (c == 'n' || c == 'N')
				c = '\n';
		}
		if (c == '\n' || c == '\t')
			c = lines ? c : ' ';
		if (((unsigned char)c >= ' ' && c != 0x7F) || c == '\n' || c == '\t')
			buf_addc(&out, c);
	}
	buf_cut(&out, utf8_cut(out.s ? out.s : "", out.n, max));
	while (out.n && strchr(" \t\n", out.s[out.n - 1]))
		buf_cut(&out, out.n - 1);
	return buf_take(&out);
}

static void keep_word(const char *s, char out[static 16])
{
	size_t n = 0;
	for (; s && n < 15 && isalpha((unsigned char)s[n]); n++)
		out[n] = (char)toupper((unsigned char)s[n]);
	out[n] = '\0';
}

/* --- who --- */

/* CN, or the address where there is none; with the address behind it where that is wanted. */
static char *person(const struct line *l, bool address)
{
	char *cn = param(l, "CN"), *name = cn ? plain(cn, false, SHORT_BYTES) : mem_dup("");
	const char *v = l->value + strspn(l->value, " ");
	bool mail = strncasecmp(v, "mailto:", 7) == 0;
	char *addr = mail ? plain(v + 7, false, SHORT_BYTES) : mem_dup("");
	char *out = !*name || strcmp(name, addr) == 0 ? mem_dup(addr) : address && *addr ? mem_fmt("%s <%s>", name, addr) : mem_dup(name);
	free(cn);
	free(name);
	free(addr);
	return out;
}

static void attendee(const struct line *l, struct event *e)
{
	char *type = param(l, "CUTYPE"), *status = param(l, "PARTSTAT"), *who = person(l, false);
	bool thing = type && (strcasecmp(type, "ROOM") == 0 || strcasecmp(type, "RESOURCE") == 0);
	if (!thing && *who) {
		if (e->n_attendees++ == 0)
			keep_word(status, e->status);
		if (e->n_attendees <= NAMES_MAX)
			buf_addf(&e->attendees, "%s%s", e->n_attendees > 1 ? ", " : "", who);
	}
	free(type);
	free(status);
	free(who);
}

/* --- when --- */

/* "20260305T140000Z": false where it is no time. *whole: a date alone. */
static bool read_time(const char *s, struct tm *tm, bool *whole, bool *utc)
{
	size_t days = strspn(s, "0123456789"), clock = days == 8 && s[8] == 'T' ? strspn(s + 9, "0123456789") : 0;
	*tm = (struct tm){0};
	if (days != 8 || (s[8] && clock != 6 && clock != 4))
		return false;
	int year, month, day, hour = 0, minute = 0;
	if (sscanf(s, "%4d%2d%2d", &year, &month, &day) != 3 || (clock && sscanf(s + 9, "%2d%2d", &hour, &minute) != 2))
		return false;
	*whole = clock == 0;
	*utc = clock && (s[9 + clock] == 'Z' || s[9 + clock] == 'z');
	*tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60;
}

static void add_time(struct buf *out, const struct tm *tm, bool date, bool clock)
{
	if (date)
		buf_addf(out, "%04d-%02d-%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
	if (clock)
		buf_addf(out, "%s%02d:%02d", date ? " " : "", tm->tm_hour, tm->tm_min);
}

static bool same_day(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday;
}

static void day_before(struct tm *tm)
{
	time_t t = timegm(tm) - 86400;
	gmtime_r(&t, tm);
}

static void add_zone(struct buf *out, bool utc, const char *zone)
{
	if (utc)
		buf_adds(out, " (UTC)");
	else if (zone && *zone)
		buf_addf(out, " (%s)", zone);
}

static void add_when(const struct event *e, struct buf *out)
{
	struct tm from, to;
	bool whole, utc, end_whole, end_utc;
	if (!e->start || !read_time(e->start, &from, &whole, &utc))
		return;
	bool ends = e->end && read_time(e->end, &to, &end_whole, &end_utc) && whole == end_whole;
	if (ends && whole)
		day_before(&to); /* the end is the first day that is free again */
	if (ends && whole && timegm(&to) <= timegm(&from))
		ends = false;
	bool one_zone = !ends || (utc == end_utc && strcmp(e->start_zone ? e->start_zone : "", e->end_zone ? e->end_zone : "") == 0);
	buf_adds(out, "When: ");
	add_time(out, &from, true, !whole);
	if (!one_zone)
		add_zone(out, utc, e->start_zone);
	if (ends) {
		buf_adds(out, " – ");
		add_time(out, &to, whole || !one_zone || !same_day(&from, &to), !whole);
	}
	if (!whole && one_zone)
		add_zone(out, utc, e->start_zone);
	else if (!one_zone)
		add_zone(out, end_utc, e->end_zone);
	buf_addc(out, '\n');
}

/* --- the event --- */

static void keep(char **to, char *s) /* the first one counts */
{
	if (*to)
		free(s);
	else
		*to = s;
}

static void take_time(const struct line *l, char **time, char **zone)
{
	char *id = *time ? NULL : param(l, "TZID");
	if (id)
		*zone = plain(id, false, SHORT_BYTES);
	keep(time, plain(l->value, false, SHORT_BYTES));
	free(id);
}

static void take_line(const struct line *l, struct event *e)
{
	if (is(l, "SUMMARY")) {
		keep(&e->summary, plain(l->value, false, SHORT_BYTES));
	} else if (is(l, "LOCATION")) {
		keep(&e->where, plain(l->value, false, SHORT_BYTES));
	} else if (is(l, "DESCRIPTION")) {
		keep(&e->description, plain(l->value, true, LONG_BYTES));
	} else if (is(l, "ORGANIZER")) {
		keep(&e->organizer, person(l, true));
	} else if (is(l, "ATTENDEE")) {
		attendee(l, e);
	} else if (is(l, "DTSTART")) {
		take_time(l, &e->start, &e->start_zone);
	} else if (is(l, "DTEND") || is(l, "DUE")) {
		take_time(l, &e->end, &e->end_zone);
	} else if (is(l, "RRULE")) {
		const char *f = strcasestr(l->value, "FREQ=");
		keep_word(f ? f + 5 : NULL, e->repeats);
	}
}

/* The fields of the first event or task; what is nested in it (alarms) and beside it (time zones) is passed over. */
static bool read_event(const char *s, size_t n, struct event *e)
{
	struct line l = {0};
	size_t at = 0, within = 0; /* 1: in the event itself */
	bool found = false;
	while (!(found && within == 0) && next_line(s, n, &at, &l.text)) {
		if (!split(&l))
			continue;
		if (is(&l, "BEGIN")) {
			bool event = strncasecmp(l.value, "VEVENT", 6) == 0 || strncasecmp(l.value, "VTODO", 5) == 0;
			found = found || event;
			within += within > 0 || event;
		} else if (is(&l, "END")) {
			within -= within > 0;
		} else if (within == 1) {
			take_line(&l, e);
		} else if (within == 0 && is(&l, "METHOD")) {
			keep_word(l.value, e->method);
		}
	}
	buf_free(&l.text);
	return found;
}

static const char *title(const struct event *e)
{
	static const struct {
		const char *method, *status, *title;
	} v[] = {
		{"REQUEST", "", "Invitation"}, {"CANCEL", "", "Cancelled"}, {"REPLY", "ACCEPTED", "Accepted"}, {"REPLY", "DECLINED", "Declined"},
		{"REPLY", "TENTATIVE", "Tentative"}, {"REPLY", "DELEGATED", "Delegated"}, {"REPLY", "", "Answer"}, {"COUNTER", "", "Other time proposed"},
		{"DECLINECOUNTER", "", "Other time declined"},
	};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (strcmp(e->method, v[i].method) == 0 && (!*v[i].status || strcmp(e->status, v[i].status) == 0))
			return v[i].title;
	return "Event";
}

static void add_field(struct buf *out, const char *label, const char *s)
{
	if (s && *s)
		buf_addf(out, "%s: %s\n", label, s);
}

static void in_words(const struct event *e, struct buf *out)
{
	const char *const freq[][2] = {{"DAILY", "every day"}, {"WEEKLY", "every week"}, {"MONTHLY", "every month"}, {"YEARLY", "every year"}};
	buf_addf(out, "%s: %s\n", title(e), e->summary ? e->summary : "");
	add_when(e, out);
	for (size_t i = 0; i < sizeof freq / sizeof *freq; i++)
		if (strcmp(e->repeats, freq[i][0]) == 0)
			add_field(out, "Repeats", freq[i][1]);
	add_field(out, "Where", e->where);
	add_field(out, "Organizer", e->organizer);
	if (e->attendees.n) {
		buf_addf(out, "%s: %s", e->n_attendees == 1 ? "Attendee" : "Attendees", e->attendees.s);
		if (e->n_attendees > NAMES_MAX)
			buf_addf(out, " and %zu more", e->n_attendees - NAMES_MAX);
		buf_addc(out, '\n');
	}
	if (e->description && *e->description)
		buf_addf(out, "\n%s\n", e->description);
}

bool calendar_words(const char *charset, const char *s, size_t n, struct buf *out)
{
	struct event e = {0};
	struct buf lines = {0}, utf8 = {0};
	unfold(s, n, &lines);
	charset_to_utf8(charset, lines.s ? lines.s : "", lines.n, &utf8);
	bool found = utf8.s && read_event(utf8.s, utf8.n, &e);
	if (found)
		in_words(&e, out);
	free(e.summary);
	free(e.where);
	free(e.description);
	free(e.organizer);
	free(e.start);
	free(e.end);
	free(e.start_zone);
	free(e.end_zone);
	buf_free(&e.attendees);
	buf_free(&lines);
	buf_free(&utf8);
	return found;
}
