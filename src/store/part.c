#include "store/part.h"

#include <stdlib.h>
#include <string.h>

static void bind_time(sqlite3_stmt *q, int at, int64_t v)
{
	if (v)
		bind_int(q, at, v);
}

bool part_add(struct db *d, struct part *p, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PART_ADD, e);
	if (!q)
		return false;
	bind_int(q, 1, p->ticket);
	bind_text(q, 2, p->addr ? p->addr : "");
	bind_text(q, 3, p->topic);
	bind_text(q, 4, p->asked_by ? p->asked_by : "");
	bind_text(q, 5, p->question ? p->question : "");
	bind_time(q, 6, p->due);
	bind_int(q, 7, p->created);
	bind_int(q, 8, p->handover);
	bind_int(q, 9, p->watch);
	if (db_row(d, q, e) != DB_ROW)
		return err_in(e, "cannot add a part");
	p->id = sqlite3_column_int64(q, 0);
	p->number = sqlite3_column_int(q, 1);
	db_reset(q);
	return true;
}

static void read_part(sqlite3_stmt *q, struct part *p)
{
	*p = (struct part){
		.id = sqlite3_column_int64(q, 0),
		.ticket = sqlite3_column_int64(q, 1),
		.number = sqlite3_column_int(q, 2),
		.addr = column_text(q, 3),
		.topic = column_text(q, 4),
		.asked_by = column_text(q, 5),
		.question = column_text(q, 6),
		.state = column_text(q, 7),
		.due = sqlite3_column_int64(q, 8),
		.reminded = sqlite3_column_int64(q, 9),
		.created = sqlite3_column_int64(q, 10),
		.done = sqlite3_column_int64(q, 11),
		.message = sqlite3_column_int64(q, 12),
		.handover = sqlite3_column_int(q, 13) != 0,
		.watch = sqlite3_column_int(q, 14) != 0,
	};
}

void part_free(struct part *p)
{
	free(p->addr);
	free(p->topic);
	free(p->asked_by);
	free(p->question);
	free(p->state);
	*p = (struct part){0};
}

int part_get(struct db *d, int64_t ticket, int number, struct part *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PART_GET, e);
	if (!q)
		return -1;
	bind_int(q, 1, ticket);
	bind_int(q, 2, number);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	read_part(q, out);
	db_reset(q);
	return 1;
}

bool part_save(struct db *d, const struct part *p, struct err *e)
{
	bool open = strcmp(p->state, "open") == 0;
	if (open ? p->done != 0 : p->done == 0)
		return err_set(e, ERR_BUG, "part %d of ticket %lld is %s, done at %lld", p->number, (long long)p->ticket, p->state, (long long)p->done);
	sqlite3_stmt *q = db_query(d, SQL_PART_SAVE, e);
	if (!q)
		return false;
	bind_int(q, 1, p->id);
	bind_text(q, 2, p->state);
	bind_time(q, 3, p->due);
	bind_time(q, 4, p->reminded);
	bind_time(q, 5, p->done);
	bind_time(q, 6, p->message);
	bind_int(q, 7, p->handover);
	bind_int(q, 8, p->watch);
	return db_done(d, q, e) && (db_changes(d) == 1 || err_set(e, ERR_BUG, "there is no part %lld", (long long)p->id));
}

static bool walk(struct db *d, enum sql_name name, int64_t arg, part_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, arg);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		struct part p;
		read_part(q, &p);
		bool more = fn(ctx, &p);
		part_free(&p);
		if (!more) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool part_each(struct db *d, int64_t ticket, part_fn *fn, void *ctx, struct err *e)
{
	return walk(d, SQL_PART_EACH, ticket, fn, ctx, e);
}

bool part_overdue(struct db *d, int64_t now, part_fn *fn, void *ctx, struct err *e)
{
	return walk(d, SQL_PART_OVERDUE, now, fn, ctx, e);
}

bool part_open_count(struct db *d, int64_t ticket, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PART_OPEN_COUNT, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}
