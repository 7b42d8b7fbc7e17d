#include "store/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"

bool ticket_add(struct db *d, struct ticket *t, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_ADD, e);
	if (!q)
		return false;
	bind_text(q, 1, t->topic);
	bind_text(q, 2, t->second_topic);
	sqlite3_bind_double(q, 3, t->confidence);
	bind_text(q, 4, t->lang);
	bind_text(q, 5, t->subject);
	bind_text(q, 6, t->requester_name);
	bind_text(q, 7, t->requester_addr);
	bind_int(q, 8, t->internal);
	if (t->linked)
		bind_int(q, 9, t->linked);
	bind_int(q, 10, t->created);
	bind_text(q, 11, t->answer_addr);
	bind_int(q, 12, t->spam);
	if (!db_done(d, q, e))
		return err_in(e, "cannot open a ticket");
	t->id = db_last_id(d);
	return true;
}

static void read_ticket(sqlite3_stmt *q, struct ticket *t)
{
	*t = (struct ticket){
		.id = sqlite3_column_int64(q, 0),
		.status = column_text(q, 1),
		.topic = column_text(q, 2),
		.second_topic = column_text(q, 3),
		.confidence = sqlite3_column_double(q, 4),
		.lang = column_text(q, 5),
		.subject = column_text(q, 6),
		.requester_name = column_text(q, 7),
		.requester_addr = column_text(q, 8),
		.internal = sqlite3_column_int(q, 9) != 0,
		.owner = column_text(q, 10),
		.linked = sqlite3_column_int64(q, 11),
		.created = sqlite3_column_int64(q, 12),
		.updated = sqlite3_column_int64(q, 13),
		.wakes = sqlite3_column_int64(q, 14),
		.closed = sqlite3_column_int64(q, 15),
		.merged = sqlite3_column_int64(q, 16),
		.answered = sqlite3_column_int64(q, 17),
		.answer_addr = column_text(q, 18),
		.spam = sqlite3_column_int(q, 19) != 0,
	};
}

void ticket_free(struct ticket *t)
{
	free(t->status);
	free(t->topic);
	free(t->second_topic);
	free(t->lang);
	free(t->subject);
	free(t->requester_name);
	free(t->requester_addr);
	free(t->owner);
	free(t->answer_addr);
	*t = (struct ticket){0};
}

int ticket_get(struct db *d, int64_t id, struct ticket *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_GET, e);
	if (!q)
		return -1;
	bind_int(q, 1, id);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	read_ticket(q, out);
	db_reset(q);
	return 1;
}

static bool walk(struct db *d, sqlite3_stmt *q, ticket_fn *fn, void *ctx, struct err *e)
{
	enum db_step s;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		struct ticket t;
		read_ticket(q, &t);
		bool more = fn(ctx, &t);
		ticket_free(&t);
		if (!more) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

bool ticket_list(struct db *d, const char *status, const char *topic, ticket_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_LIST, e);
	if (!q)
		return false;
	bind_text(q, 1, status);
	bind_text(q, 2, topic);
	return walk(d, q, fn, ctx, e);
}

/* What people type to an FTS5 query that cannot be malformed: each word or "phrase" quoted, '*' after a word kept. */
static char *fts_query(const char *words)
{
	struct buf b = {0};
	const char *s = words;
	while (*s) {
		s += strspn(s, " \t\r\n");
		if (!*s)
			break;
		bool phrase = *s == '"';
		size_t n = phrase ? strcspn(++s, "\"") : strcspn(s, " \t\r\n");
		bool prefix = !phrase && n > 0 && s[n - 1] == '*';
		size_t keep = n - (prefix ? 1 : 0);
		bool letters = false;
		for (size_t i = 0, k; i < keep; i += k)
			letters |= char_is_word(utf8_next(s + i, keep - i, &k));
		if (letters) {
			buf_adds(&b, b.n ? " \"" : "\"");
			for (size_t i = 0; i < keep; i++)
				buf_adds(&b, s[i] == '"' ? "\"\"" : (char[]){s[i], 0});
			buf_adds(&b, prefix ? "\"*" : "\"");
		}
		s += n + (phrase && s[n] == '"');
	}
	return buf_take(&b);
}

bool ticket_search(struct db *d, const char *words, ticket_fn *fn, void *ctx, struct err *e)
{
	char *query = fts_query(words);
	bool ok = *query != '\0' || err_set(e, ERR_INPUT, "there is no word to search for in '%s'", words);
	sqlite3_stmt *q = ok ? db_query(d, SQL_TICKET_SEARCH, e) : NULL;
	ok = q != NULL;
	if (ok) {
		bind_text(q, 1, query);
		ok = walk(d, q, fn, ctx, e);
	}
	free(query);
	return ok;
}

static bool lawful(const char *from, const char *to)
{
	static const char *const changes[][2] = {
		{"open", "pending"}, {"pending", "open"}, {"open", "closed"}, {"pending", "closed"}, {"closed", "open"}};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (strcmp(changes[i][0], from) == 0 && strcmp(changes[i][1], to) == 0)
			return true;
	return false;
}

static bool change(struct db *d, enum sql_name name, int64_t id, const char *value, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_text(q, 2, value);
	bind_int(q, 3, now);
	return db_done(d, q, e);
}

bool ticket_set_status(struct db *d, const struct ticket *t, const char *status, int64_t now, struct err *e)
{
	if (!lawful(t->status, status))
		return err_set(e, ERR_INPUT, "ticket %lld is %s: it cannot become %s", (long long)t->id, t->status, status);
	return change(d, SQL_TICKET_STATUS, t->id, status, now, e);
}

bool ticket_set_topic(struct db *d, int64_t id, const char *topic, int64_t now, struct err *e)
{
	return change(d, SQL_TICKET_TOPIC, id, topic, now, e);
}

bool ticket_set_owner(struct db *d, int64_t id, const char *addr, int64_t now, struct err *e)
{
	return change(d, SQL_TICKET_OWNER, id, addr, now, e);
}

bool ticket_touch(struct db *d, int64_t id, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_TOUCH, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_int(q, 2, now);
	return db_done(d, q, e);
}

static void bind_some(sqlite3_stmt *q, int at, int64_t v) /* 0 is NULL */
{
	if (v)
		bind_int(q, at, v);
}

bool ticket_save(struct db *d, const struct ticket *t, int64_t now, struct err *e)
{
	int64_t end = 0;
	if (t->merged && !ticket_final(d, t->merged, &end, e))
		return false;
	if (t->merged && (end == 0 || end == t->id))
		return err_set(e, ERR_INPUT, "ticket %lld cannot be merged into %lld: %s", (long long)t->id, (long long)t->merged,
		               end ? "that one was merged into it" : "there is no such ticket");
	sqlite3_stmt *q = db_query(d, SQL_TICKET_SAVE, e);
	if (!q)
		return false;
	bind_int(q, 1, t->id);
	bind_text(q, 2, t->status);
	bind_text(q, 3, t->topic);
	bind_text(q, 4, t->second_topic);
	sqlite3_bind_double(q, 5, t->confidence);
	bind_text(q, 6, t->owner);
	bind_some(q, 7, t->linked);
	bind_some(q, 8, t->answered);
	bind_text(q, 9, t->answer_addr);
	bind_int(q, 10, t->spam);
	bind_some(q, 11, t->merged);
	bind_some(q, 12, t->wakes);
	bind_some(q, 13, t->closed);
	bind_int(q, 14, now);
	return db_done(d, q, e) && (db_changes(d) == 1 || err_set(e, ERR_BUG, "there is no ticket %lld", (long long)t->id));
}

bool ticket_final(struct db *d, int64_t id, int64_t *final, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_FINAL, e);
	*final = 0;
	if (!q)
		return false;
	bind_int(q, 1, id);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*final = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool ticket_waking(struct db *d, int64_t now, ticket_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_WAKING, e);
	if (!q)
		return false;
	bind_int(q, 1, now);
	return walk(d, q, fn, ctx, e);
}

bool ticket_spammer(struct db *d, const char *addr, bool *yes, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_TICKET_SPAMMER, e);
	if (!q)
		return false;
	bind_text(q, 1, addr);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*yes = sqlite3_column_int(q, 0) != 0;
	db_reset(q);
	return true;
}

bool event_add(struct db *d, int64_t ticket, int64_t now, const char *actor, const char *what, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_EVENT_ADD, e);
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	bind_int(q, 2, now);
	bind_text(q, 3, actor);
	bind_text(q, 4, what);
	return db_done(d, q, e);
}

bool event_list(struct db *d, int64_t ticket, event_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_EVENT_LIST, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	while ((s = db_row(d, q, e)) == DB_ROW)
		if (!fn(ctx, sqlite3_column_int64(q, 3), sqlite3_column_int64(q, 0), (const char *)sqlite3_column_text(q, 1), (const char *)sqlite3_column_text(q, 2))) {
			db_reset(q);
			return true;
		}
	return s == DB_END;
}
