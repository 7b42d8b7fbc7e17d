#include "store/figures.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "store/message.h"

enum { WEEK = 7 * 24 * 3600 };

const char *const outbox_state_names[OUTBOX_STATES] = {"held", "due", "sent", "unknown", "failed", "dropped"};

static bool outbox(struct db *d, struct figures *f, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_STATES, e);
	enum db_step s;
	if (!q)
		return false;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const char *state = (const char *)sqlite3_column_text(q, 0);
		int64_t n = sqlite3_column_int64(q, 1), first = sqlite3_column_int64(q, 2);
		int at = OUTBOX_DUE; /* and sending */
		for (int i = 0; i < OUTBOX_STATES; i++)
			if (strcmp(state, outbox_state_names[i]) == 0)
				at = i;
		f->outbox[at] += n;
		f->rows += n;
		if (at == OUTBOX_DUE && (!f->oldest_due || first < f->oldest_due))
			f->oldest_due = first;
	}
	return s == DB_END;
}

static bool sizes(struct db *d, int64_t now, struct figures *f, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_FIGURES, e);
	if (!q)
		return false;
	bind_int(q, 1, now - WEEK);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	f->tickets = sqlite3_column_int64(q, 0);
	f->messages = sqlite3_column_int64(q, 1);
	f->events = sqlite3_column_int64(q, 2);
	f->week_tickets = sqlite3_column_int64(q, 3);
	f->week_triage = sqlite3_column_int64(q, 4);
	f->week_unproved = sqlite3_column_int64(q, 5);
	db_reset(q);
	return true;
}

static int64_t file_bytes(const char *path, const char *suffix)
{
	struct stat st;
	char *name = mem_fmt("%s%s", path, suffix);
	int64_t n = stat(name, &st) == 0 ? st.st_size : 0;
	free(name);
	return n;
}

bool figures_read(struct db *d, int64_t now, struct figures *out, struct err *e)
{
	*out = (struct figures){0};
	bool ok = health_get(d, "imap", &out->imap, e) && health_get(d, "smtp", &out->smtp, e) && outbox(d, out, e) && inbox_waiting(d, &out->unfiled, e) &&
	          reconcile_last(d, &out->inbox, e) && sizes(d, now, out, e);
	if (!ok) {
		figures_free(out);
		return false;
	}
	for (size_t i = 0; i < out->inbox.n; i++) {
		const struct left *l = &out->inbox.v[i];
		if (l->how != LEFT_GONE && (!out->oldest_waiting || l->since < out->oldest_waiting))
			out->oldest_waiting = l->since;
	}
	out->bytes = file_bytes(d->path, "") + file_bytes(d->path, "-wal");
	return true;
}

void figures_free(struct figures *f)
{
	health_free(&f->imap);
	health_free(&f->smtp);
	reconciled_free(&f->inbox);
	*f = (struct figures){0};
}

bool figures_tickets(struct db *d, tickets_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_COUNT_TICKETS, e);
	enum db_step s;
	if (!q)
		return false;
	while ((s = db_row(d, q, e)) == DB_ROW)
		if (!fn(ctx, (const char *)sqlite3_column_text(q, 0), (const char *)sqlite3_column_text(q, 1), sqlite3_column_int64(q, 2))) {
			db_reset(q);
			return true;
		}
	return s == DB_END;
}
