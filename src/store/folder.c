#include "store/folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/health.h"

static const char key[] = "folder";

bool folder_mark_get(struct db *d, const char *folder, struct folder_mark *out, struct err *e)
{
	char *value;
	*out = (struct folder_mark){0};
	if (!meta_get(d, key, folder, &value, e))
		return false;
	out->known = value && sscanf(value, "%" SCNu32 " %" SCNu32, &out->uidvalidity, &out->uidnext) == 2;
	free(value);
	return true;
}

bool folder_mark_put(struct db *d, const char *folder, uint32_t uidvalidity, uint32_t uidnext, struct err *e)
{
	char *value = mem_fmt("%" PRIu32 " %" PRIu32, uidvalidity, uidnext);
	bool ok = meta_put(d, key, folder, value, e);
	free(value);
	return ok;
}

bool folder_find(struct db *d, const char *message_id, const char *folder, filed_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_FOLDER_FIND, e);
	enum db_step s;
	if (!q)
		return false;
	bind_text(q, 1, message_id);
	bind_text(q, 2, folder);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const struct filed_mail m = {sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1), sqlite3_column_int(q, 2) != 0};
		if (!fn(ctx, &m)) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool folder_moved(struct db *d, int64_t message, const char *folder, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_FOLDER_MOVED, e);
	if (!q)
		return false;
	bind_int(q, 1, message);
	bind_text(q, 2, folder);
	return db_done(d, q, e);
}
