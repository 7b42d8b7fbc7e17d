#include "store/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void model_row_free(struct model_row *r)
{
	free(r->figures);
	free(r->verdict);
	*r = (struct model_row){0};
}

bool model_add(struct db *d, const struct model_row *r, const struct buf *bytes, int64_t *id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MODEL_ADD, e);
	if (!q)
		return false;
	bind_int(q, 1, r->made);
	bind_int(q, 2, r->upto);
	bind_int(q, 3, r->lessons);
	bind_text(q, 4, r->figures);
	bind_text(q, 5, r->verdict);
	sqlite3_bind_blob64(q, 6, bytes->s, bytes->n, SQLITE_STATIC);
	if (!db_done(d, q, e))
		return false;
	*id = db_last_id(d);
	if (!(q = db_query(d, SQL_MODEL_TRIM, e)))
		return false;
	bind_int(q, 1, MODELS_KEPT);
	return db_done(d, q, e);
}

static void row_of(sqlite3_stmt *q, struct model_row *out)
{
	*out = (struct model_row){
		.id = sqlite3_column_int64(q, 0),
		.made = sqlite3_column_int64(q, 1),
		.upto = sqlite3_column_int64(q, 2),
		.live = sqlite3_column_int(q, 3) != 0,
		.before = sqlite3_column_int64(q, 4),
		.lessons = sqlite3_column_int64(q, 5),
		.figures = column_text(q, 6),
		.verdict = column_text(q, 7),
		.bytes = sqlite3_column_int64(q, 8),
	};
}

static bool each(struct db *d, int64_t id, model_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MODEL_LIST, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, id);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		struct model_row r;
		row_of(q, &r);
		bool more = fn(ctx, &r);
		model_row_free(&r);
		if (!more) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool model_list(struct db *d, model_fn *fn, void *ctx, struct err *e)
{
	return each(d, 0, fn, ctx, e);
}

static bool take(void *ctx, const struct model_row *r)
{
	struct model_row *out = ctx;
	*out = *r;
	out->figures = mem_dup(r->figures);
	out->verdict = mem_dup(r->verdict);
	return false;
}

int model_get(struct db *d, int64_t id, struct model_row *out, struct err *e)
{
	*out = (struct model_row){0};
	if (id <= 0)
		return 0;
	return !each(d, id, take, out, e) ? -1 : out->id != 0;
}

bool model_bytes(struct db *d, int64_t id, struct buf *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MODEL_BYTES, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	enum db_step s = db_row(d, q, e);
	if (s == DB_FAILED)
		return false;
	const void *v = s == DB_ROW ? sqlite3_column_blob(q, 0) : NULL;
	if (!v) {
		if (s == DB_ROW)
			db_reset(q);
		return err_set(e, ERR_INPUT, s == DB_ROW ? "of model %lld the figures alone are kept: learn makes it anew from the tickets" : "there is no model %lld", (long long)id);
	}
	buf_add(out, v, (size_t)sqlite3_column_bytes(q, 0));
	db_reset(q);
	return true;
}

bool model_in_use(struct db *d, int64_t *id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MODEL_IN_USE, e);
	if (!q || db_row(d, q, e) != DB_ROW)
		return false;
	*id = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool model_use(struct db *d, int64_t id, bool back, struct err *e)
{
	struct model_row r;
	int64_t now;
	int there = id ? model_get(d, id, &r, e) : 1;
	if (there < 0 || !model_in_use(d, &now, e))
		return false;
	int64_t bytes = id && there ? r.bytes : 1;
	if (id && there)
		model_row_free(&r);
	if (!there)
		return err_set(e, ERR_INPUT, "there is no model %lld", (long long)id);
	if (!bytes)
		return err_set(e, ERR_INPUT, "of model %lld the figures alone are kept: learn makes one anew from the tickets", (long long)id);
	if (id == now)
		return err_set(e, ERR_INPUT, id ? "model %lld is in use already" : "no model is in use but the one that the program was built with", (long long)id);
	sqlite3_stmt *q = db_query(d, SQL_MODEL_REST, e);
	if (!q || !db_done(d, q, e))
		return false;
	if (id == 0)
		return true;
	if (!(q = db_query(d, SQL_MODEL_USE, e)))
		return false;
	bind_int(q, 1, id);
	bind_int(q, 2, back ? -1 : now);
	return db_done(d, q, e);
}

bool model_corrections(struct db *d, int64_t *n, int64_t *upto, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MODEL_CORRECTIONS, e);
	if (!q || db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	*upto = sqlite3_column_int64(q, 1);
	db_reset(q);
	return true;
}

static const char *text(sqlite3_stmt *q, int at)
{
	return (const char *)sqlite3_column_text(q, at);
}

bool decided_each(struct db *d, int64_t most, decided_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_DECIDED, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, most);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		bool spam = sqlite3_column_int(q, 2) != 0;
		const struct decided t = {
			.ticket = sqlite3_column_int64(q, 0),
			.topic = spam ? NULL : text(q, 1),
			.second = spam ? NULL : text(q, 3),
			.when = sqlite3_column_int64(q, 4),
			.corrected = sqlite3_column_int(q, 5) != 0,
			.message = sqlite3_column_int64(q, 6),
			.received = sqlite3_column_int64(q, 7),
			.from = text(q, 8),
			.subject = text(q, 9),
			.text = text(q, 10),
			.reply_text = text(q, 11),
			.attached_text = text(q, 12),
			.attachments = text(q, 13),
		};
		if (!fn(ctx, &t)) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}
