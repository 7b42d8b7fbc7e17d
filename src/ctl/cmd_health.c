/* outbox, status: what goes out, and how it goes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/mem.h"
#include "base/strs.h"
#include "ctl/ctl.h"
#include "store/figures.h"
#include "store/outbox.h"

enum { LATE_S = 15 * 60 };

/* --- outbox --- */

struct outbox_listing {
	const struct ctl *ctl;
	size_t n;
};

static bool print_row(void *ctx, const struct outbox_item *i)
{
	struct outbox_listing *l = ctx;
	const char *state = strcmp(i->state, "sending") == 0 ? "due" : i->state;
	if (l->ctl->json) {
		print_json(json_pack("{s:I, s:I, s:o, s:[o], s:s, s:i, s:o, s:o, s:o, s:o}", "id", (json_int_t)i->id, "ticket", (json_int_t)i->ticket, "kind",
		                     json_text(i->kind), "to", json_text(i->recipient), "state", state, "attempts", i->attempts, "error", json_text(i->error),
		                     "message_id", json_text(i->message_id), "due", json_time(i->due), "created", json_time(i->created)));
		return true;
	}
	const char *sgr = strcmp(state, "sent") == 0 ? "32" : strcmp(state, "due") == 0 || strcmp(state, "held") == 0 ? "33" : "31";
	if (l->n++ == 0)
		printf("%s%-6s %-7s %-8s %-15s %-26s %s%s\n", colour("1"), "row", "ticket", "state", "kind", "to", "tries", colour(""));
	printf("%-6lld %-7lld %s%-8s%s %-15s ", (long long)i->id, (long long)i->ticket, colour(sgr), state, colour(""), i->kind);
	print_column(i->recipient, 25);
	printf("%d\n", i->attempts);
	if (i->error && *i->error) {
		fputs("       ", stdout);
		print_text(i->error, 72);
		putchar('\n');
	}
	return true;
}

static int outbox_change(struct ctl *c, const char *what)
{
	struct err e;
	char *end;
	long long id = strtoll(c->argv[1], &end, 10);
	if (*end || id <= 0)
		return ctl_usage("'%s' is no number of an outbox row", c->argv[1]);
	int code = ctl_store(c, DB_WRITE);
	if (code != EX_OK)
		return code;
	bool retry = strcmp(what, "retry") == 0;
	if (!db_begin(c->db, &e))
		return ctl_fail(&e);
	int done = retry ? outbox_retry(c->db, id, (int64_t)time(NULL), &e) : outbox_drop(c->db, id, (int64_t)time(NULL), &e);
	if (done == 0)
		err_set(&e, ERR_INPUT, "there is no row %lld that can be %s: one that was sent stays as it is", id, retry ? "sent again" : "dropped");
	if (done <= 0 || !db_commit(c->db, &e))
		return ctl_fail(&e);
	if (c->json)
		print_json(json_pack("{s:I, s:s}", "id", (json_int_t)id, "done", what));
	else
		printf("%s: %lld\n", retry ? "due again" : "dropped", id);
	return EX_OK;
}

static bool known_state(const char *s)
{
	static const char *const known[] = {"held", "due", "sent", "unknown", "failed", "dropped"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(s, known[i]) == 0)
			return true;
	return false;
}

int cmd_outbox(struct ctl *c)
{
	const char *state = NULL;
	struct outbox_listing l = {c, 0};
	struct err e;
	ctl_option(c, "state", &state);
	if (c->argc == 2 && (strcmp(c->argv[0], "retry") == 0 || strcmp(c->argv[0], "drop") == 0))
		return outbox_change(c, c->argv[0]);
	if (c->argc != 0)
		return ctl_usage("usage: ingangctl outbox [--state held|due|sent|unknown|failed|dropped | retry ID | drop ID]");
	if (state && !known_state(state))
		return ctl_usage("unknown state '%s': held, due, sent, unknown, failed or dropped", state);
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	if (!outbox_list(c->db, state, print_row, &l, &e))
		return ctl_fail(&e);
	if (!c->json && l.n == 0)
		puts("the outbox is empty");
	return EX_OK;
}

/* --- status --- */

static bool count_tickets(void *ctx, const char *topic, const char *status, int64_t n)
{
	json_t *out = ctx, *t = json_object_get(out, topic);
	if (!t) {
		t = json_object();
		json_object_set_new(out, topic, t);
	}
	json_object_set_new(t, status, json_integer(n));
	return true;
}

enum { DAY_S = 24 * 3600, SOON_DAYS = 30, VERY_SOON_DAYS = 7 };

struct login_ends { /* of what a login is made with, as far as it is known */
	struct {
		const char *side, *what;
		int64_t end;
	} v[2];
	size_t n;
};

static struct login_ends login_ends(const struct config *c)
{
	const struct config_server *sides[] = {&c->imap.server, &c->smtp};
	struct login_ends all = {0};
	for (int i = 0; i < 2; i++) {
		if (!sides[i]->oauth2 || (i == 1 && sides[1]->oauth2 == sides[0]->oauth2))
			continue;
		const struct oauth2_client client = ctl_oauth2(sides[i]);
		all.v[all.n].side = i == 0 ? "imap" : "smtp";
		all.v[all.n].end = oauth2_ends(&client, &all.v[all.n].what);
		all.n += all.v[all.n].end != 0;
	}
	return all;
}

/* Why all is not well, in words; none: it is. */
static void look_for_trouble(const struct ctl *c, const struct figures *f, const struct login_ends *ends, int64_t now, struct strs *why)
{
	int64_t patience = 2 * (int64_t)c->config->imap.poll_seconds + 60;
	size_t unexplained = reconciled_unexplained(&f->inbox), aside = f->inbox.n - unexplained;
	if (f->imap.failed)
		strs_add(why, "mail cannot be fetched");
	else if (f->imap.ok && now - f->imap.ok > (patience > LATE_S ? patience : LATE_S))
		strs_add(why, "nobody has looked into the inbox for a while: does ingangd run?");
	if (f->smtp.failed)
		strs_add(why, "mail cannot be sent");
	for (size_t i = 0; i < ends->n; i++)
		if (ends->v[i].end - now <= (int64_t)VERY_SOON_DAYS * DAY_S)
			strs_own(why, mem_fmt("%s of %s %s: get a new one", ends->v[i].what, ends->v[i].side, ends->v[i].end > now ? "ends soon" : "has ended"));
	if (f->oldest_due && now - f->oldest_due > LATE_S)
		strs_add(why, "mail has been due for more than a quarter of an hour: ingangctl outbox --state due");
	if (f->outbox[OUTBOX_FAILED])
		strs_add(why, "mail was refused: ingangctl outbox --state failed, then retry or drop each");
	if (f->outbox[OUTBOX_UNKNOWN])
		strs_add(why, "mail may or may not have been sent: ingangctl outbox --state unknown, then retry or drop each");
	if (aside)
		strs_add(why, "mail lies in the inbox that could not be taken in");
	if (unexplained)
		strs_add(why, "mail was seen in the inbox, and what became of it is not known");
}

static json_t *health_json(const struct health *h)
{
	return json_pack("{s:o, s:o, s:o}", "ok", json_time(h->ok), "failed", json_time(h->failed), "error", h->failed ? json_text(h->error) : json_null());
}

static json_t *inbox_json(const struct figures *f)
{
	json_t *aside = json_array(), *unexplained = json_array();
	for (size_t i = 0; i < f->inbox.n; i++) {
		const struct left *l = &f->inbox.v[i];
		json_array_append_new(left_unexplained(l) ? unexplained : aside,
		                      json_pack("{s:I, s:o, s:s}", "uid", (json_int_t)l->uid, "since", json_time(l->since), "why", left_why(l)));
	}
	return json_pack("{s:o, s:I, s:o, s:o}", "looked", json_time(f->inbox.looked), "mails", (json_int_t)f->inbox.mails, "aside", aside, "unexplained", unexplained);
}

static json_t *outbox_json(const struct figures *f)
{
	json_t *o = json_object();
	for (int i = 0; i < OUTBOX_STATES; i++)
		json_object_set_new(o, outbox_state_names[i], json_integer(f->outbox[i]));
	json_object_set_new(o, "oldest_due", json_time(f->oldest_due));
	return o;
}

static json_t *login_ends_json(const struct login_ends *ends)
{
	json_t *all = json_array();
	for (size_t i = 0; i < ends->n; i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:o}", "side", ends->v[i].side, "what", ends->v[i].what, "ends", json_time(ends->v[i].end)));
	return all;
}

static json_t *status_json(const struct figures *f, json_t *tickets, const struct login_ends *ends, const struct strs *trouble)
{
	json_t *why = json_array();
	for (size_t i = 0; i < trouble->n; i++)
		json_array_append_new(why, json_string(trouble->v[i]));
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:I, s:o, s:O, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:o}", "ok", trouble->n == 0, "trouble", why, "imap",
	                 health_json(&f->imap), "smtp", health_json(&f->smtp), "outbox", outbox_json(f), "unfiled", (json_int_t)f->unfiled, "inbox", inbox_json(f), "tickets",
	                 tickets, "week", "opened", (json_int_t)f->week_tickets, "triage", (json_int_t)f->week_triage, "unproved", (json_int_t)f->week_unproved, "store", "bytes",
	                 (json_int_t)f->bytes, "tickets", (json_int_t)f->tickets, "messages", (json_int_t)f->messages, "outbox", (json_int_t)f->rows, "events",
	                 (json_int_t)f->events, "oauth2", login_ends_json(ends));
}

enum { NAMES = 9 }; /* columns of what a line is about */

static void line(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(const char *name, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	printf("%-*s", NAMES, name);
	print_wrapped(text, NAMES, NAMES);
}

static void print_side(const char *name, const struct health *h)
{
	char when[32];
	line(name, "last went well %s", h->ok ? print_time(h->ok, when) : "never");
	if (h->failed) {
		char *text = mem_fmt("fails since %s: %s", print_time(h->failed, when), h->error ? h->error : "");
		printf("%*s%s", NAMES, "", colour("31"));
		print_wrapped(text, NAMES, NAMES);
		fputs(colour(""), stdout);
		free(text);
	}
}

static void print_login_ends(const struct login_ends *ends, int64_t now)
{
	char when[32];
	for (size_t i = 0; i < ends->n; i++) {
		long long days = (ends->v[i].end - now) / DAY_S;
		fputs(days > SOON_DAYS ? "" : colour(days > VERY_SOON_DAYS ? "33" : "31"), stdout);
		line("oauth2", "%s of %s %s on %.10s (in %lld days)", ends->v[i].what, ends->v[i].side, ends->v[i].end > now ? "ends" : "ended", print_time(ends->v[i].end, when), days);
		fputs(days > SOON_DAYS ? "" : colour(""), stdout);
	}
}

static void print_inbox(const struct figures *f)
{
	enum { NAMED = 10 };
	char when[32];
	if (f->inbox.looked)
		line("inbox", "%lld mails taken in, %zu unexplained, as of %s", (long long)f->inbox.mails, reconciled_unexplained(&f->inbox), print_time(f->inbox.looked, when));
	if (f->unfiled)
		line(f->inbox.looked ? "" : "inbox", "%lld taken in, but not in their folder yet", (long long)f->unfiled);
	for (size_t i = 0; i < f->inbox.n && i < NAMED; i++)
		line("", "UID %lu, since %s: %s", (unsigned long)f->inbox.v[i].uid, print_time(f->inbox.v[i].since, when), left_why(&f->inbox.v[i]));
	if (f->inbox.n > NAMED)
		line("", "and %zu more (--json names them)", f->inbox.n - NAMED);
}

static void print_status(const struct figures *f, json_t *tickets, const struct login_ends *ends, const struct strs *trouble)
{
	const char *topic;
	json_t *t;
	print_side("imap", &f->imap);
	print_side("smtp", &f->smtp);
	print_login_ends(ends, (int64_t)time(NULL));
	line("outbox", "%lld due, %lld sent, %lld failed, %lld unknown, %lld held", (long long)f->outbox[OUTBOX_DUE], (long long)f->outbox[OUTBOX_SENT],
	     (long long)f->outbox[OUTBOX_FAILED], (long long)f->outbox[OUTBOX_UNKNOWN], (long long)f->outbox[OUTBOX_HELD]);
	print_inbox(f);
	json_object_foreach(tickets, topic, t)
		line("tickets", "%-14s %lld open, %lld pending, %lld closed", topic, (long long)json_integer_value(json_object_get(t, "open")),
		     (long long)json_integer_value(json_object_get(t, "pending")), (long long)json_integer_value(json_object_get(t, "closed")));
	line("week", "%lld tickets, %lld of them in triage; %lld mails said to be a colleague's and could not be proved", (long long)f->week_tickets,
	     (long long)f->week_triage, (long long)f->week_unproved);
	line("store", "%lld KiB, %lld mails, %lld lines of history", (long long)(f->bytes / 1024), (long long)f->messages, (long long)f->events);
	if (trouble->n == 0)
		printf("%sall is well%s\n", colour("32"), colour(""));
	else
		printf("%ssomething needs a look%s\n", colour("31"), colour(""));
	for (size_t i = 0; i < trouble->n; i++) {
		fputs("- ", stdout);
		print_wrapped(trouble->v[i], 2, 2);
	}
}

int cmd_status(struct ctl *c)
{
	struct err e;
	struct figures f;
	struct strs trouble = {0};
	int64_t now = (int64_t)time(NULL);
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	if (!figures_read(c->db, now, &f, &e))
		return ctl_fail(&e);
	json_t *tickets = json_object();
	bool ok = figures_tickets(c->db, count_tickets, tickets, &e);
	if (ok) {
		const struct login_ends ends = login_ends(c->config);
		look_for_trouble(c, &f, &ends, now, &trouble);
		if (c->json)
			print_json(status_json(&f, tickets, &ends, &trouble));
		else
			print_status(&f, tickets, &ends, &trouble);
		code = trouble.n ? 1 : EX_OK;
	}
	strs_free(&trouble);
	figures_free(&f);
	json_decref(tickets);
	return ok ? code : ctl_fail(&e);
}
