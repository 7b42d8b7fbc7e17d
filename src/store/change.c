#include "store/change.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/json_text.h"

enum { CONFIDENCE_UNIT = 1000000 }; /* as the writer of JSON knows whole numbers alone */

static void put(struct buf *b, const char *key, const char *value)
{
	json_key(b, key);
	json_put(b, value);
}

static void put_number(struct buf *b, const char *key, int64_t value)
{
	json_key(b, key);
	json_put_number(b, value);
}

static char *ticket_text(const struct ticket *t)
{
	struct buf b = {0};
	json_open(&b, '{');
	put(&b, "status", t->status);
	put(&b, "topic", t->topic);
	put(&b, "second_topic", t->second_topic);
	put(&b, "owner", t->owner);
	put(&b, "answer_addr", t->answer_addr);
	put_number(&b, "confidence", (int64_t)(t->confidence * CONFIDENCE_UNIT + 0.5));
	put_number(&b, "linked", t->linked);
	put_number(&b, "wakes", t->wakes);
	put_number(&b, "closed", t->closed);
	put_number(&b, "merged", t->merged);
	put_number(&b, "answered", t->answered);
	put_number(&b, "spam", t->spam);
	json_close(&b, '}');
	return buf_take(&b);
}

bool change_add(struct db *d, const struct ticket *before, const char *actor, const char *what, const char *extra, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_CHANGE_ADD, e);
	if (!q)
		return false;
	char *text = ticket_text(before);
	bind_int(q, 1, before->id);
	bind_int(q, 2, now);
	bind_text(q, 3, actor);
	bind_text(q, 4, what);
	bind_text(q, 5, text);
	bind_text(q, 6, extra);
	bool ok = db_done(d, q, e);
	free(text);
	return ok;
}

int change_last(struct db *d, int64_t ticket, const char *actor, struct change *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_CHANGE_LAST, e);
	if (!q)
		return -1;
	bind_int(q, 1, ticket);
	bind_text(q, 2, actor);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	*out = (struct change){
		.id = sqlite3_column_int64(q, 0),
		.ticket = sqlite3_column_int64(q, 1),
		.time = sqlite3_column_int64(q, 2),
		.actor = column_text(q, 3),
		.what = column_text(q, 4),
		.before = column_text(q, 5),
		.extra = column_text(q, 6),
		.passed = sqlite3_column_int(q, 7) != 0,
	};
	db_reset(q);
	return 1;
}

/* Of null and of what is no string: NULL. */
static void take(const json_t *j, const char *key, char **field)
{
	free(*field);
	*field = mem_dup(json_string_value(json_object_get(j, key)));
}

static int64_t number(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static bool read_before(const char *text, struct ticket *t)
{
	json_t *j = json_loads(text, 0, NULL);
	bool ok = json_is_string(json_object_get(j, "status"));
	if (ok) {
		take(j, "status", &t->status);
		take(j, "topic", &t->topic);
		take(j, "second_topic", &t->second_topic);
		take(j, "owner", &t->owner);
		take(j, "answer_addr", &t->answer_addr);
		t->confidence = (double)number(j, "confidence") / CONFIDENCE_UNIT;
		t->linked = number(j, "linked");
		t->wakes = number(j, "wakes");
		t->closed = number(j, "closed");
		t->merged = number(j, "merged");
		t->answered = number(j, "answered");
		t->spam = number(j, "spam") != 0;
	}
	json_decref(j);
	return ok;
}

bool change_restore(struct db *d, const struct change *c, struct ticket *out, struct err *e)
{
	*out = (struct ticket){0};
	int there = ticket_get(d, c->ticket, out, e);
	if (there > 0 && read_before(c->before, out))
		return true;
	if (there >= 0)
		err_set(e, ERR_BUG, "change %lld of ticket %lld cannot be read", (long long)c->id, (long long)c->ticket);
	ticket_free(out);
	return false;
}

bool change_undone(struct db *d, int64_t id, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_CHANGE_UNDONE, e);
	if (!q)
		return false;
	bind_int(q, 1, id);
	bind_int(q, 2, now);
	return db_done(d, q, e) && (db_changes(d) == 1 || err_set(e, ERR_INPUT, "change %lld was undone already", (long long)id));
}

void change_free(struct change *c)
{
	free(c->actor);
	free(c->what);
	free(c->before);
	free(c->extra);
	*c = (struct change){0};
}
