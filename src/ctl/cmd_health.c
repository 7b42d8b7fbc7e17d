/* outbox, status: what goes out, and how it goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/ctl.h"
#include "store/health.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

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

struct counts {
	int64_t held, due, failed, unknown, sent;
	int64_t oldest; /* due time of the oldest waiting row; 0: none */
};

static bool count_outbox(struct db *d, struct counts *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_STATES, e);
	enum db_step s;
	*n = (struct counts){0};
	if (!q)
		return false;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const char *state = (const char *)sqlite3_column_text(q, 0);
		int64_t k = sqlite3_column_int64(q, 1), first = sqlite3_column_int64(q, 2);
		if (strcmp(state, "sent") == 0)
			n->sent = k;
		else if (strcmp(state, "failed") == 0)
			n->failed = k;
		else if (strcmp(state, "unknown") == 0)
			n->unknown = k;
		else if (strcmp(state, "held") == 0)
			n->held = k;
		else if (strcmp(state, "dropped") != 0) {
			n->due += k;
			if (!n->oldest || first < n->oldest)
				n->oldest = first;
		}
	}
	return s == DB_END;
}

static bool count_tickets(struct db *d, json_t *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_COUNT_TICKETS, e);
	enum db_step s;
	if (!q)
		return false;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const char *topic = (const char *)sqlite3_column_text(q, 0);
		json_t *t = json_object_get(out, topic);
		if (!t) {
			t = json_object();
			json_object_set_new(out, topic, t);
		}
		json_object_set_new(t, (const char *)sqlite3_column_text(q, 1), json_integer(sqlite3_column_int64(q, 2)));
	}
	return s == DB_END;
}

static json_t *health_json(const struct health *h)
{
	return json_pack("{s:o, s:o, s:o}", "ok", json_time(h->ok), "failed", json_time(h->failed), "error", h->failed ? json_text(h->error) : json_null());
}

static void print_side(const char *name, const struct health *h)
{
	char when[32];
	printf("%-8s last went well %s\n", name, h->ok ? print_time(h->ok, when) : "never");
	if (h->failed) {
		printf("%8s %sfails since %s: ", "", colour("31"), print_time(h->failed, when));
		print_text(h->error, 0);
		printf("%s\n", colour(""));
	}
}

static void print_status(json_t *tickets, const struct counts *n, int64_t waiting, const struct health *imap, const struct health *smtp, bool well)
{
	const char *topic;
	json_t *t;
	print_side("imap", imap);
	print_side("smtp", smtp);
	printf("%-8s %lld due, %lld sent, %lld failed, %lld unknown, %lld held\n", "outbox", (long long)n->due, (long long)n->sent, (long long)n->failed,
	       (long long)n->unknown, (long long)n->held);
	printf("%-8s %lld taken in, but not in their folder yet\n", "inbox", (long long)waiting);
	json_object_foreach(tickets, topic, t)
		printf("%-8s %-14s %lld open, %lld pending, %lld closed\n", "tickets", topic, (long long)json_integer_value(json_object_get(t, "open")),
		       (long long)json_integer_value(json_object_get(t, "pending")), (long long)json_integer_value(json_object_get(t, "closed")));
	printf("%s%s%s\n", colour(well ? "32" : "31"), well ? "all is well" : "something needs a look", colour(""));
}

int cmd_status(struct ctl *c)
{
	struct err e;
	struct counts n;
	struct health imap = {0}, smtp = {0};
	int64_t waiting = 0, now = (int64_t)time(NULL);
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	json_t *tickets = json_object();
	bool ok = count_outbox(c->db, &n, &e) && count_tickets(c->db, tickets, &e) && inbox_waiting(c->db, &waiting, &e) && health_get(c->db, "imap", &imap, &e) &&
	          health_get(c->db, "smtp", &smtp, &e);
	if (ok) {
		bool late = n.oldest && now - n.oldest > LATE_S;
		bool well = !imap.failed && !smtp.failed && !late && n.failed == 0 && n.unknown == 0;
		if (c->json)
			print_json(json_pack("{s:b, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:o}, s:I, s:O}", "ok", well, "imap", health_json(&imap), "smtp", health_json(&smtp), "outbox",
			                     "due", (json_int_t)n.due, "sent", (json_int_t)n.sent, "failed", (json_int_t)n.failed, "unknown", (json_int_t)n.unknown, "held", (json_int_t)n.held, "oldest_due",
			                     json_time(n.oldest), "unfiled", (json_int_t)waiting, "tickets", tickets));
		else
			print_status(tickets, &n, waiting, &imap, &smtp, well);
		code = well ? EX_OK : 1;
	}
	health_free(&imap);
	health_free(&smtp);
	json_decref(tickets);
	return ok ? code : ctl_fail(&e);
}
