#include "store/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WRITE_EVERY_S = 60 };

bool meta_get(struct db *d, const char *side, const char *what, char **value, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_META_GET, e);
	*value = NULL;
	if (!q)
		return false;
	char *key = mem_fmt("%s.%s", side, what);
	bind_text(q, 1, key);
	enum db_step s = db_row(d, q, e);
	if (s == DB_ROW) {
		*value = column_text(q, 0);
		db_reset(q);
	}
	free(key);
	return s != DB_FAILED;
}

bool meta_put(struct db *d, const char *side, const char *what, const char *value, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_META_PUT, e);
	if (!q)
		return false;
	char *key = mem_fmt("%s.%s", side, what);
	bind_text(q, 1, key);
	bind_text(q, 2, value);
	bool ok = db_done(d, q, e);
	free(key);
	return ok;
}

bool health_get(struct db *d, const char *side, struct health *out, struct err *e)
{
	char *ok_at = NULL, *failed_at = NULL;
	*out = (struct health){0};
	bool ok = meta_get(d, side, "ok", &ok_at, e) && meta_get(d, side, "failed", &failed_at, e) && meta_get(d, side, "error", &out->error, e);
	out->ok = ok_at ? strtoll(ok_at, NULL, 10) : 0;
	out->failed = failed_at ? strtoll(failed_at, NULL, 10) : 0;
	if (!ok || !out->failed) {
		free(out->error);
		out->error = NULL;
	}
	free(ok_at);
	free(failed_at);
	return ok;
}

void health_free(struct health *h)
{
	free(h->error);
	*h = (struct health){0};
}

void health_note(struct db *d, const char *side, int64_t now, const char *error)
{
	struct err e;
	struct health h;
	char at[24];
	if (!health_get(d, side, &h, &e))
		return;
	bool write = error ? true : h.failed || now - h.ok >= WRITE_EVERY_S || now < h.ok;
	health_free(&h);
	if (!write || !db_begin(d, &e))
		return;
	snprintf(at, sizeof at, "%lld", (long long)now);
	bool ok = error ? meta_put(d, side, "failed", at, &e) && meta_put(d, side, "error", error, &e)
	                : meta_put(d, side, "ok", at, &e) && meta_put(d, side, "failed", "0", &e) && meta_put(d, side, "error", "", &e);
	db_end(d, ok, &e);
}
