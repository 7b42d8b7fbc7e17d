#include "store/outbox.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char *spans_json(const struct composed *c)
{
	json_t *a = json_array();
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(a, json_pack("[iII]", c->v[i].raw ? 1 : 0, (json_int_t)c->v[i].offset, (json_int_t)c->v[i].length));
	char *s = json_dumps(a, JSON_COMPACT), *copy = mem_dup(s ? s : "[]");
	free(s);
	json_decref(a);
	return copy;
}

static bool spans_from_json(const char *text, struct composed *c, struct err *e)
{
	json_t *a = json_loads(text, 0, NULL);
	size_t n = json_array_size(a);
	c->v = mem_array(n, sizeof *c->v);
	bool ok = json_is_array(a);
	for (size_t i = 0; ok && i < n; i++) {
		int raw;
		json_int_t offset, length;
		ok = json_unpack(json_array_get(a, i), "[iII]", &raw, &offset, &length) == 0 && offset >= 0 && length >= 0 &&
		     (raw || (uint64_t)offset + (uint64_t)length <= c->bytes.n);
		if (!ok)
			break;
		c->v[c->n++] = (struct span){raw != 0, (uint64_t)offset, (uint64_t)length};
		c->size += (uint64_t)length;
	}
	json_decref(a);
	return ok || err_set(e, ERR_BUG, "an outbox row has broken spans");
}

bool outbox_add(struct db *d, const struct outbox_item *i, int64_t now, int64_t *id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_ADD, e);
	if (!q)
		return false;
	char *spans = spans_json(&i->mail);
	bind_int(q, 1, i->ticket);
	bind_text(q, 2, i->kind);
	bind_text(q, 3, i->sender);
	bind_text(q, 4, i->recipient);
	bind_text(q, 5, i->message_id);
	bind_int(q, 6, now);
	bind_text(q, 7, i->subject);
	bind_text(q, 8, i->text);
	sqlite3_bind_blob64(q, 9, i->mail.bytes.s ? i->mail.bytes.s : "", i->mail.bytes.n, SQLITE_STATIC);
	bind_text(q, 10, spans);
	if (i->source)
		bind_int(q, 11, i->source);
	bind_text(q, 12, i->writer);
	bind_text(q, 13, i->held ? "held" : "due");
	bool ok = db_done(d, q, e);
	if (ok)
		*id = db_last_id(d);
	free(spans);
	return ok;
}

static void read_item(sqlite3_stmt *q, struct outbox_item *i)
{
	*i = (struct outbox_item){
		.id = sqlite3_column_int64(q, 0),
		.ticket = sqlite3_column_int64(q, 1),
		.kind = column_text(q, 2),
		.sender = column_text(q, 3),
		.recipient = column_text(q, 4),
		.message_id = column_text(q, 5),
		.state = column_text(q, 6),
		.attempts = sqlite3_column_int(q, 7),
		.due = sqlite3_column_int64(q, 8),
		.error = column_text(q, 9),
		.created = sqlite3_column_int64(q, 10),
		.done = sqlite3_column_int64(q, 11),
		.subject = column_text(q, 12),
		.text = column_text(q, 13),
		.source = sqlite3_column_int64(q, 14),
		.writer = column_text(q, 15),
		.after = sqlite3_column_int64(q, 16),
	};
	i->held = strcmp(i->state, "held") == 0;
}

void outbox_item_free(struct outbox_item *i)
{
	free(i->kind);
	free(i->sender);
	free(i->recipient);
	free(i->message_id);
	free(i->state);
	free(i->error);
	free(i->subject);
	free(i->text);
	free(i->writer);
	composed_free(&i->mail);
	*i = (struct outbox_item){0};
}

int outbox_next(struct db *d, int64_t now, struct outbox_item *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_NEXT, e);
	if (!q)
		return -1;
	bind_int(q, 1, now);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	read_item(q, out);
	buf_add(&out->mail.bytes, sqlite3_column_blob(q, 17), (size_t)sqlite3_column_bytes(q, 17));
	out->broken = !spans_from_json((const char *)sqlite3_column_text(q, 18), &out->mail, e);
	db_reset(q);
	return 1;
}

bool outbox_when(struct db *d, int64_t *due, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_WHEN, e);
	*due = -1;
	if (!q)
		return false;
	if (db_row(d, q, e) != DB_ROW)
		return false;
	if (sqlite3_column_type(q, 0) != SQLITE_NULL)
		*due = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

int outbox_get(struct db *d, int64_t id, struct outbox_item *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_GET, e);
	if (!q)
		return -1;
	bind_int(q, 1, id);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	read_item(q, out);
	db_reset(q);
	return 1;
}

bool outbox_once(const struct outbox_item *i)
{
	return strcmp(i->kind, "acknowledgement") == 0 || strcmp(i->kind, "answer") == 0;
}

/* Binds id and now where the statement takes them, and runs it. */
static bool change(struct db *d, enum sql_name name, int64_t id, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	if (sqlite3_bind_parameter_count(q) > 1)
		bind_int(q, 2, now);
	return db_done(d, q, e);
}

bool outbox_claim(struct db *d, int64_t id, struct err *e)
{
	return change(d, SQL_OUTBOX_CLAIM, id, 0, e) &&
	       (db_changes(d) == 1 || err_set(e, ERR_TEMPORARY, "row %lld of the outbox is no longer due", (long long)id));
}

bool outbox_sent(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return change(d, SQL_OUTBOX_SENT, id, now, e);
}

bool outbox_came_back(struct db *d, int64_t id, const char *why, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_CAME_BACK, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_text(q, 2, why);
	return db_done(d, q, e);
}

bool outbox_again(struct db *d, int64_t id, int64_t due, const char *error, bool counts, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_AGAIN, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_int(q, 2, due);
	bind_text(q, 3, error);
	bind_int(q, 4, counts);
	return db_done(d, q, e);
}

bool outbox_end(struct db *d, int64_t id, const char *state, const char *error, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_END, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_text(q, 2, state);
	bind_text(q, 3, error);
	bind_int(q, 4, now);
	return db_done(d, q, e);
}

bool outbox_recover(struct db *d, int64_t now, int *lost, struct err *e)
{
	sqlite3_stmt *once = db_query(d, SQL_OUTBOX_RECOVER_ONCE, e), *again = db_query(d, SQL_OUTBOX_RECOVER_AGAIN, e);
	if (!once || !again)
		return false;
	bind_int(once, 1, now);
	if (!db_done(d, once, e))
		return false;
	*lost = db_changes(d);
	return db_done(d, again, e);
}

int outbox_retry(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return change(d, SQL_OUTBOX_RETRY, id, now, e) ? db_changes(d) > 0 : -1;
}

int outbox_drop(struct db *d, int64_t id, int64_t now, struct err *e)
{
	return change(d, SQL_OUTBOX_DROP, id, now, e) ? db_changes(d) > 0 : -1;
}

static bool walk(struct db *d, sqlite3_stmt *q, outbox_fn *fn, void *ctx, struct err *e)
{
	enum db_step s;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		struct outbox_item i;
		read_item(q, &i);
		bool more = fn(ctx, &i);
		outbox_item_free(&i);
		if (!more) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool outbox_list(struct db *d, const char *state, outbox_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_LIST, e);
	if (!q)
		return false;
	bind_text(q, 1, state);
	return walk(d, q, fn, ctx, e);
}

bool outbox_of_ticket(struct db *d, int64_t ticket, outbox_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_OF_TICKET, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	return walk(d, q, fn, ctx, e);
}

bool outbox_replies_since(struct db *d, int64_t ticket, int64_t since, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_REPLIES, e);
	*n = 0;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_int(q, 2, since);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool outbox_notices_since(struct db *d, int64_t ticket, const char *recipient, int64_t since, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_NOTICES, e);
	*n = 0;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_int(q, 2, since);
	bind_text(q, 3, recipient);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool outbox_automatic_since(struct db *d, int64_t since, const char *recipient, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, recipient ? SQL_OUTBOX_COUNT_TO : SQL_OUTBOX_COUNT_ALL, e);
	if (!q)
		return false;
	bind_int(q, 1, since);
	if (recipient)
		bind_text(q, 2, recipient);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*n = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool outbox_first_forward(struct db *d, int64_t ticket, const char *recipient, char **message_id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_FIRST_TO, e);
	*message_id = NULL;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, recipient);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*message_id = column_text(q, 0);
	db_reset(q);
	return true;
}

bool outbox_release(struct db *d, int64_t ticket, const char *writer, int64_t now, int *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_RELEASE, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_text(q, 2, writer);
	bind_int(q, 3, now);
	if (!db_done(d, q, e))
		return false;
	*n = db_changes(d);
	return true;
}

int outbox_last_reply(struct db *d, int64_t ticket, struct outbox_item *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_LAST_REPLY, e);
	if (!q)
		return -1;
	bind_int(q, 1, ticket);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	read_item(q, out);
	db_reset(q);
	return 1;
}

bool outbox_kind_of(struct db *d, const char *message_id, char **kind, int64_t *source, int64_t *ticket, char **recipient, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_OUTBOX_KIND_OF, e);
	*kind = *recipient = NULL;
	*source = *ticket = 0;
	if (!q)
		return false;
	bind_text(q, 1, message_id);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*kind = column_text(q, 0);
	*source = sqlite3_column_int64(q, 1);
	*ticket = sqlite3_column_int64(q, 2);
	*recipient = column_text(q, 3);
	db_reset(q);
	return true;
}

static bool find_row(struct db *d, enum sql_name name, const char *text, int64_t *id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	*id = 0;
	if (!q)
		return false;
	bind_text(q, 1, text);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*id = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool outbox_by_message_id(struct db *d, const char *message_id, int64_t *id, struct err *e)
{
	return find_row(d, SQL_OUTBOX_BY_ID, message_id, id, e);
}

bool outbox_by_token(struct db *d, const char *token, int64_t *id, struct err *e)
{
	return find_row(d, SQL_OUTBOX_BY_TOKEN, token, id, e);
}
