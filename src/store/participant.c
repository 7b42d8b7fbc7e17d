/* participant: the people on a ticket (store/ticket.h). */
#include <stdlib.h>

#include "store/ticket.h"

bool participant_add(struct db *d, int64_t ticket, const char *addr, const char *name, const char *role, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_ADD, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, addr);
	bind_text(q, 3, name);
	bind_text(q, 4, role);
	return db_done(d, q, e);
}

bool participant_role(struct db *d, int64_t ticket, const char *addr, char **role, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_ROLE, e);
	*role = NULL;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, addr);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*role = column_text(q, 0);
	db_reset(q);
	return true;
}

bool participant_is(struct db *d, int64_t ticket, const char *addr, bool *yes, struct err *e)
{
	char *role;
	bool ok = participant_role(d, ticket, addr, &role, e);
	*yes = role != NULL;
	free(role);
	return ok;
}

bool participant_list(struct db *d, int64_t ticket, const char *role, struct strs *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_LIST, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, role);
	while ((s = db_row(d, q, e)) == DB_ROW)
		strs_own(out, column_text(q, 0));
	return s == DB_END;
}

bool participant_drop_staff(struct db *d, int64_t ticket, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_DROP_STAFF, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	return db_done(d, q, e);
}

bool participant_each(struct db *d, int64_t ticket, participant_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_EACH, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const struct participant p = {
			.addr = (const char *)sqlite3_column_text(q, 0),
			.name = (const char *)sqlite3_column_text(q, 1),
			.role = (const char *)sqlite3_column_text(q, 2),
			.bad = (const char *)sqlite3_column_text(q, 3),
		};
		if (!fn(ctx, &p)) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool participant_bad(struct db *d, int64_t ticket, const char *addr, const char *why, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_BAD, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, addr);
	bind_text(q, 3, why);
	return db_done(d, q, e);
}

bool participant_drop(struct db *d, int64_t ticket, const char *addr, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_PARTICIPANT_DROP, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, addr);
	return db_done(d, q, e);
}
