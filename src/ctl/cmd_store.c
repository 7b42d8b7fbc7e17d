/* verify, backup: does the store keep its promises, and a copy of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/ctl.h"
#include "store/backup.h"

/* --- breaches --- */

struct breaches {
	const struct ctl *ctl;
	size_t n;
	json_t *all;
};

static void on_breach(void *ctx, const char *invariant, const char *breach, const char *what_to_do)
{
	struct breaches *b = ctx;
	b->n++;
	if (b->ctl->json)
		json_array_append_new(b->all, json_pack("{s:o, s:o, s:o}", "invariant", json_text(invariant), "breach", json_text(breach), "do", json_text(what_to_do)));
	else
		printf("%sbroken%s: %s: %s\n  to do: %s\n", colour("31"), colour(""), invariant, breach, what_to_do);
}

static json_t *history_json(const struct history_end *h)
{
	return json_pack("{s:I, s:o, s:o}", "lines", (json_int_t)h->line, "last", json_time(h->time), "hash", h->line ? json_string(h->hash) : json_null());
}

static void print_history(const struct history_end *h)
{
	char when[32];
	if (h->line)
		printf("the history has %lld lines, the last of %s: %lld:%s\n", (long long)h->line, print_time(h->time, when), (long long)h->line, h->hash);
}

/* --- verify --- */

/* "LINE:HASH", as an earlier verify or backup told it: is that line still there as it was? */
static int check_noted(struct ctl *c, const char *noted, struct breaches *b, struct err *e)
{
	char *end;
	long long line = strtoll(noted, &end, 10);
	if (*end != ':' || line <= 0 || strlen(end + 1) != 64 || strspn(end + 1, "0123456789abcdefABCDEF") != 64)
		return ctl_usage("'%s' is not LINE:HASH, as verify and backup print it", noted);
	int there = db_history_has(c->db, line, end + 1, e);
	if (there < 0)
		return ctl_fail(e);
	char breach[80];
	snprintf(breach, sizeof breach, "line %lld is not the one that was noted", line);
	if (there == 0)
		on_breach(b, "the history is as it was when a line of it was noted", breach, "the history was written anew up to there: compare it with a backup, and find out who can write to the store");
	return EX_OK;
}

int cmd_verify(struct ctl *c)
{
	struct err e;
	struct breaches b = {c, 0, NULL};
	struct history_end history = {0};
	const char *noted = NULL;
	bool has_noted = ctl_option(c, "line", &noted);
	if (c->argc)
		return ctl_usage("usage: ingangctl verify [--line LINE:HASH]");
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	b.all = json_array();
	bool ok = db_verify(c->db, on_breach, &b, &e) && db_history_end(c->db, &history, &e);
	code = !ok ? ctl_fail(&e) : has_noted ? check_noted(c, noted, &b, &e) : EX_OK;
	if (code == EX_OK) {
		code = b.n ? 1 : EX_OK;
		if (c->json) {
			print_json(json_pack("{s:b, s:O, s:o}", "ok", b.n == 0, "breaches", b.all, "history", history_json(&history)));
		} else {
			print_history(&history);
			if (b.n)
				printf("%s%zu breach%s%s\n", colour("31"), b.n, b.n == 1 ? "" : "es", colour(""));
			else
				printf("%sthe store keeps all its promises%s\n", colour("32"), colour(""));
		}
	}
	json_decref(b.all);
	return code;
}

/* --- backup --- */

int cmd_backup(struct ctl *c)
{
	struct err e;
	struct breaches b = {c, 0, NULL};
	struct backup_facts f;
	bool force = ctl_option(c, "force", NULL);
	if (c->argc != 1 || !*c->argv[0])
		return ctl_usage("usage: ingangctl backup FILE [--force]");
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	b.all = json_array();
	bool ok = backup_make(c->db, c->argv[0], force, (int64_t)time(NULL), &f, on_breach, &b, &e);
	code = !ok ? ctl_fail(&e) : b.n ? 1 : EX_OK;
	if (ok && c->json) {
		print_json(json_pack("{s:o, s:I, s:I, s:b, s:O, s:o}", "file", json_text(c->argv[0]), "bytes", (json_int_t)f.bytes, "tickets", (json_int_t)f.tickets, "ok", b.n == 0,
		                     "breaches", b.all, "history", history_json(&f.history)));
	} else if (ok) {
		printf("%s: %lld bytes, %lld tickets, %s\n", c->argv[0], (long long)f.bytes, (long long)f.tickets,
		       b.n ? "a true copy of a store that breaks its promises (see above)" : "read back and verified");
		print_history(&f.history);
	}
	json_decref(b.all);
	return code;
}
