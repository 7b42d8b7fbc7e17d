/* temp_store: a store of a test's own, with short ways to fill it and to look into it. */
#ifndef TESTS_STORE_TEMP_STORE_H
#define TESTS_STORE_TEMP_STORE_H

#include <string.h>

#include "base/temp_dir.h"
#include "store/db.h"
#include "store/message.h"
#include "store/outbox.h"
#include "store/ticket.h"

struct temp_store {
	char *dir, *path;
	struct db *db;
};

/* The call wants a `struct err e` in scope. */
#define MUST(call) \
	do { \
		if (!(call)) \
			fail_msg("%s: %s", #call, e.text); \
	} while (0)

static inline int temp_store_open(void **state)
{
	struct err e;
	struct temp_store *s = mem_alloc(sizeof *s);
	s->dir = temp_dir();
	s->path = mem_fmt("%s/ingang.db", s->dir);
	s->db = db_open(s->path, DB_CREATE, &e);
	if (!s->db)
		print_error("%s\n", e.text);
	*state = s;
	return s->db ? 0 : -1;
}

static inline int temp_store_close(void **state)
{
	struct temp_store *s = *state;
	db_close(s->db);
	temp_dir_remove(s->dir);
	free(s->path);
	free(s);
	return 0;
}

/* Plain SQL that must go well. */
static inline void sql(struct db *d, const char *text)
{
	char *error = NULL;
	if (sqlite3_exec(d->handle, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", text, error);
}

/* The one number of a query. */
static inline int64_t sql_number(struct db *d, const char *text)
{
	sqlite3_stmt *q;
	if (sqlite3_prepare_v2(d->handle, text, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		fail_msg("%s: %s", text, sqlite3_errmsg(d->handle));
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

/* Inside a transaction. */
static inline int64_t add_ticket(struct db *d, const char *topic, const char *requester)
{
	char subject[] = "Fråga", name[] = "Anna Berg";
	struct err e;
	char *to = mem_dup(topic), *addr = mem_dup(requester);
	struct ticket t = {.topic = to, .confidence = 0.5, .subject = subject, .requester_name = name, .requester_addr = addr, .created = 1000};
	MUST(ticket_add(d, &t, &e));
	free(to);
	free(addr);
	return t.id;
}

/* Inside a transaction. `text` makes the mail another one. */
static inline int64_t add_message(struct db *d, int64_t ticket, const char *subject, const char *text, const char *raw, size_t n)
{
	struct err e;
	int64_t id = 0;
	unsigned char digest[MESSAGE_DIGEST];
	char addr[] = "anna@partner.example", name[] = "Anna Berg", *s = mem_dup(subject), *body = mem_dup(text);
	struct mail m = {.subject = s, .text = body, .from = {name, addr}};
	message_digest(&m, digest);
	MUST(message_add(d, ticket, &m, digest, raw, n, 1000, &id, &e));
	free(s);
	free(body);
	return id;
}

/* Inside a transaction. A row of a few bytes. */
static inline int64_t add_outbox(struct db *d, int64_t ticket, const char *kind, const char *recipient, const char *message_id, int64_t now)
{
	struct err e;
	int64_t id = 0;
	struct outbox_item i = {.ticket = ticket};
	struct span span = {false, 0, 6};
	char sender[] = "office@uni.example", subject[] = "s", text[] = "t", *k = mem_dup(kind), *to = mem_dup(recipient), *mid = mem_dup(message_id);
	i.kind = k;
	i.sender = sender;
	i.recipient = to;
	i.message_id = mid;
	i.subject = subject;
	i.text = text;
	buf_adds(&i.mail.bytes, "A: b\r\n");
	i.mail.v = &span;
	i.mail.n = 1;
	MUST(outbox_add(d, &i, now, &id, &e));
	buf_free(&i.mail.bytes);
	free(k);
	free(to);
	free(mid);
	return id;
}

#endif
