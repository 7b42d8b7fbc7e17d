/* What follows the words of a command: addresses, a date, a number, a topic, a text. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "command_parts.h"
#include "desk/spell.h"
#include "mail/address.h"

enum { ADDRESSES = 20 };

struct piece {
	const char *s;
	size_t n;
};

/* The next piece at *p: a run without separators, and without the punctuation around it. False at the end. */
static bool next_piece(const char **p, const char *separators, struct piece *out)
{
	for (;;) {
		*p += strspn(*p, separators);
		if (!**p)
			return false;
		out->s = *p;
		out->n = strcspn(*p, separators);
		*p += out->n;
		while (out->n && strchr("'*_`:", out->s[0])) {
			out->s++;
			out->n--;
		}
		while (out->n && strchr("'*_`.:!?,;", out->s[out->n - 1]))
			out->n--;
		if (out->n)
			return true;
	}
}

static bool is_one_of(struct piece w, const char *const *known, size_t n)
{
	char *key = spell_compact(w.s, w.n);
	bool found = false;
	for (size_t i = 0; i < n && !found; i++)
		found = strcmp(known[i], key) == 0;
	free(key);
	return found;
}
#define IS_ONE_OF(w, list) is_one_of((w), (list), sizeof(list) / sizeof *(list))

/* Without blanks and the punctuation of a sentence around it. */
static struct piece trimmed(const char *s)
{
	size_t n = strlen(s), skip = strspn(s, " :=-,\"'");
	while (n > skip && strchr(" .:!,;\"'", s[n - 1]))
		n--;
	return (struct piece){s + skip, n - skip};
}

static void read_none(struct command_reading *r, struct command *c, const char *args)
{
	static const char *const noise[] = {
		"it", "this", "that", "the", "ticket", "please", "now", "thanks", "thank", "you", "den", "det", "detta", "denna", "har", "arendet", "arende", "tack",
		"nu", "mejlet", "mailet", "mail", "is", "ar", "ok", "hand", "om", "care", "of", "med", "with", "",
	};
	struct piece w;
	for (const char *p = args; next_piece(&p, " ", &w);)
		if (!IS_ONE_OF(w, noise)) {
			fault_extra(r, c->kind, w.s, strlen(w.s));
			return;
		}
}

static bool read_date(struct command_reading *r, struct command *c, const char *s)
{
	struct piece w = trimmed(s);
	if (w.n == 0) {
		fault_missing(r, c->kind, ARGS_DATE);
		return false;
	}
	enum day_fault f = day_read(w.s, w.n, r->today, c->kind == COMMAND_WAIT ? DAY_WAIT : DAY_BY, &c->date);
	c->has_date = f == DAY_GOOD;
	if (f != DAY_GOOD) {
		c->date = (struct day){0};
		fault_date(r, c->kind, w.s, w.n, f);
	}
	return c->has_date;
}

/* False: a fault was added. */
static bool add_address(struct command_reading *r, struct command *c, struct piece w)
{
	if (w.n > 7 && strncasecmp(w.s, "mailto:", 7) == 0)
		w = (struct piece){w.s + 7, w.n - 7};
	const char *query = memchr(w.s, '?', w.n);
	char *addr = mem_dupn(w.s, query ? (size_t)(query - w.s) : w.n);
	bool ok = address_ok(addr), known = false;
	for (size_t i = 0; i < c->addresses.n; i++) /* "a@x<mailto:a@x>", as Outlook writes it in plain text */
		known = known || address_same(c->addresses.v[i], addr);
	if (!ok)
		fault_address(r, c->kind, w.s, w.n);
	else if (!known)
		strs_add(&c->addresses, addr);
	free(addr);
	if (c->addresses.n > ADDRESSES)
		fault_many(r, ADDRESSES);
	return ok && c->addresses.n <= ADDRESSES;
}

/* A word among addresses that is none. False: a fault was added, or the rest of the line was a date. */
static bool read_between(struct command_reading *r, struct command *c, struct piece w, const char *behind, const char *last_angle)
{
	static const char *const joining[] = {"and", "och", "samt", "to", "till", "cc", "plus", "med", "with", "the", ""};
	static const char *const by[] = {"by", "before", "until", "due", "senast", "innan", "fore", "deadline"};
	static const char *const watch[] = {"watch", "follow", "watching", "keep", "bevaka", "bevakning", "folj", "behall"};
	enum command_args args = command_form(c->kind)->args;
	if (IS_ONE_OF(w, joining) || w.s < last_angle) /* a name before its <address> */
		return true;
	if (args == ARGS_ADDRESS_WATCH && c->addresses.n && IS_ONE_OF(w, watch))
		return c->watch = true;
	if (c->addresses.n == 0) {
		fault_address(r, c->kind, w.s, w.n);
		return false;
	}
	if (args != ARGS_ADDRESSES_DATE) {
		fault_extra(r, c->kind, w.s, strlen(w.s));
		return false;
	}
	if (IS_ONE_OF(w, by)) {
		read_date(r, c, behind);
		return false;
	}
	struct piece all = trimmed(w.s);
	enum day_fault f = day_read(all.s, all.n, r->today, DAY_BY, &c->date);
	if (f == DAY_UNKNOWN)
		fault_extra(r, c->kind, all.s, all.n);
	else if (f != DAY_GOOD)
		fault_date(r, c->kind, all.s, all.n, f);
	c->has_date = f == DAY_GOOD;
	return false;
}

static void read_addresses(struct command_reading *r, struct command *c, const char *args)
{
	static const char *const me[] = {"me", "myself", "mig", "migsjalv"};
	const char *last_angle = strrchr(args, '<'), *p = args;
	size_t faults = r->out->n_faults;
	struct piece w = trimmed(args);
	if (c->kind == COMMAND_ASSIGN && w.n && IS_ONE_OF(w, me)) {
		c->kind = COMMAND_TAKE;
		return;
	}
	while (next_piece(&p, " <>()[],;\"", &w)) {
		bool go_on = memchr(w.s, '@', w.n) ? add_address(r, c, w) : read_between(r, c, w, p, last_angle ? last_angle : args);
		if (!go_on)
			break;
	}
	if (r->out->n_faults > faults)
		return;
	if (c->addresses.n == 0)
		fault_missing(r, c->kind, ARGS_ADDRESS);
	else if (c->addresses.n > 1 && command_form(c->kind)->args != ARGS_ADDRESSES_DATE)
		fault_extra(r, c->kind, c->addresses.v[1], strlen(c->addresses.v[1]));
}

static void read_topic(struct command_reading *r, struct command *c, const char *args)
{
	static const char *const filler[] = {"to", "till", "the", "topic", "amne", "amnet", "in", "into"};
	struct piece all = trimmed(args), w;
	for (;;) {
		const char *p = all.s;
		size_t n = strcspn(all.s, " ");
		w = (struct piece){all.s, n < all.n ? n : all.n};
		if (w.n == all.n || !IS_ONE_OF(w, filler))
			break;
		p += w.n;
		p += strspn(p, " \"'");
		all = (struct piece){p, all.n - (size_t)(p - all.s)};
	}
	if (all.n == 0)
		fault_missing(r, c->kind, ARGS_TOPIC);
	else
		c->topic = mem_dupn(all.s, all.n);
}

/* "41", "#41", "INT-41", "[INT-41]"; 0: none */
static int64_t ticket_number(struct piece w)
{
	const char *dash = memrchr(w.s, '-', w.n);
	int64_t v = 0;
	if (dash)
		w = (struct piece){dash + 1, w.n - (size_t)(dash + 1 - w.s)};
	for (size_t i = 0; i < w.n; i++) {
		if (w.s[i] < '0' || w.s[i] > '9' || v > UINT32_MAX)
			return 0;
		v = v * 10 + (w.s[i] - '0');
	}
	return v <= UINT32_MAX ? v : 0;
}

static void read_number(struct command_reading *r, struct command *c, const char *args)
{
	static const char *const noise[] = {"ticket", "arende", "arendet", "nr", "no", "number", "nummer", "med", "with", "and", "och", "into", "to", "i", "till", "the", ""};
	struct piece w;
	for (const char *p = args; next_piece(&p, " #[]()\"", &w);) {
		if (IS_ONE_OF(w, noise))
			continue;
		int64_t v = ticket_number(w);
		if (v == 0 || c->number) {
			c->number = 0;
			fault_number(r, w.s, v ? strlen(w.s) : w.n);
			return;
		}
		c->number = v;
	}
	if (c->number == 0)
		fault_missing(r, c->kind, ARGS_NUMBER);
}

void command_args_read(struct command_reading *r, struct command *c, const char *args)
{
	switch (command_form(c->kind)->args) {
	case ARGS_NONE:
		read_none(r, c, args);
		break;
	case ARGS_ADDRESS:
	case ARGS_ADDRESS_WATCH:
	case ARGS_ADDRESSES_DATE:
		read_addresses(r, c, args);
		break;
	case ARGS_TOPIC:
		read_topic(r, c, args);
		break;
	case ARGS_TEXT:
		args += strspn(args, " ");
		if ((*args == ':' || *args == '-') && args[1] == ' ') /* "!note - text", but not a smile */
			args += 1 + strspn(args + 1, " ");
		c->text = mem_dup(args);
		break;
	case ARGS_DATE:
		read_date(r, c, args);
		break;
	case ARGS_NUMBER:
		read_number(r, c, args);
		break;
	}
}
