#include "store/message.h"

#include <gnutls/crypto.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"

enum { BLOB_PIECE = 256 * 1024, BOUND_MAX = 1 << 20, THREAD_IDS = 50, LEARNED_FROM = 8192, NAMES_MAX = 10 };

/* A length in front of each piece, so that no two different lists of pieces hash alike. */
static void hash_text(gnutls_hash_hd_t h, const char *s)
{
	uint64_t n = s ? strlen(s) + 1 : 0;
	gnutls_hash(h, &n, sizeof n);
	if (s)
		gnutls_hash(h, s, strlen(s));
}

static void hash_number(gnutls_hash_hd_t h, int64_t v)
{
	gnutls_hash(h, &v, sizeof v);
}

void message_digest(const struct mail *m, unsigned char out[static MESSAGE_DIGEST])
{
	gnutls_hash_hd_t h;
	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) != 0)
		abort(); /* GnuTLS without SHA-256 cannot be */
	hash_text(h, m->message_id);
	hash_text(h, m->from.addr);
	hash_number(h, m->has_date ? m->date : -1);
	hash_text(h, m->subject);
	hash_text(h, m->text);
	for (size_t i = 0; i < m->n_attachments; i++) {
		hash_text(h, m->attachments[i].name);
		hash_text(h, m->attachments[i].type);
		hash_number(h, (int64_t)m->attachments[i].size);
	}
	gnutls_hash_deinit(h, out);
}

/* Fields that two copies of one mail do not share: RFC 5321 §4.4, RFC 8601, RFC 6376, RFC 8617, and what filters add. */
static bool added_on_the_way(const char *line, size_t n)
{
	static const char *const names[] = {"Received", "Return-Path", "Delivered-To", "Received-SPF", "Authentication-Results", "DKIM-Signature"};
	static const char *const prefixes[] = {"ARC-", "X-Envelope-", "X-Forefront-", "X-Google-", "X-Microsoft-", "X-MS-Exchange-", "X-Original-", "X-Received",
	                                       "X-Spam", "X-Virus-"};
	size_t k = 0;
	while (k < n && line[k] != ':' && line[k] != ' ' && line[k] != '\t')
		k++;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == k && strncasecmp(line, names[i], k) == 0)
			return true;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (k >= strlen(prefixes[i]) && strncasecmp(line, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* SHA-256 over the bytes but for such fields, and what the mail says. Line by line; a line is all it understands of a mail. */
static void bytes_digest(const unsigned char *digest, const char *raw, size_t n, unsigned char out[static MESSAGE_DIGEST])
{
	gnutls_hash_hd_t h;
	bool skip = false;
	size_t at = 0;
	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) != 0)
		abort();
	gnutls_hash(h, digest, MESSAGE_DIGEST);
	while (at < n && raw[at] != '\n' && raw[at] != '\r') { /* the header ends at an empty line */
		const char *end = memchr(raw + at, '\n', n - at);
		size_t k = end ? (size_t)(end - (raw + at)) + 1 : n - at;
		if (raw[at] != ' ' && raw[at] != '\t')
			skip = added_on_the_way(raw + at, k);
		if (!skip)
			gnutls_hash(h, raw + at, k);
		at += k;
	}
	if (at < n)
		gnutls_hash(h, raw + at, n - at);
	gnutls_hash_deinit(h, out);
}

static char *recipients_json(const struct mail *m)
{
	json_t *a = json_array();
	for (size_t i = 0; i < m->to.n; i++)
		json_array_append_new(a, json_string(m->to.v[i].addr));
	for (size_t i = 0; i < m->cc.n; i++)
		json_array_append_new(a, json_string(m->cc.v[i].addr));
	char *s = json_dumps(a, JSON_COMPACT), *copy = mem_dup(s ? s : "[]");
	free(s);
	json_decref(a);
	return copy;
}

/* A large original goes in by pieces through an incremental blob: a bound value would be copied whole once more. (A small one is bound: its
 * pages are written once, not first as zeros.) */
static bool add_raw(struct db *d, int64_t message, const char *raw, size_t n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_RAW_ADD, e);
	sqlite3_blob *blob = NULL;
	if (!q)
		return false;
	bind_int(q, 1, message);
	if (n <= BOUND_MAX)
		sqlite3_bind_blob64(q, 2, raw, n, SQLITE_STATIC);
	else
		sqlite3_bind_zeroblob64(q, 2, n);
	if (!db_done(d, q, e))
		return false;
	if (n <= BOUND_MAX)
		return true;
	if (sqlite3_blob_open(d->handle, "main", "raw", "bytes", message, 1, &blob) != SQLITE_OK) {
		sqlite3_blob_close(blob);
		return db_error(d, "cannot keep the original", e);
	}
	int rc = SQLITE_OK;
	for (size_t at = 0; at < n && rc == SQLITE_OK; at += BLOB_PIECE)
		rc = sqlite3_blob_write(blob, raw + at, (int)(n - at < BLOB_PIECE ? n - at : BLOB_PIECE), (int)at);
	bool ok = rc == SQLITE_OK || db_error(d, "cannot keep the original", e);
	sqlite3_blob_close(blob);
	return ok;
}

/* As much as a topic is learned from (topic/features.h). */
static char *beginning(const char *text)
{
	const char *s = text ? text : "";
	return mem_dupn(s, utf8_cut(s, strlen(s), LEARNED_FROM));
}

static char *attachment_names(const struct mail *m)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; i < m->n_attachments && i < NAMES_MAX; i++)
		if (m->attachments[i].name && *m->attachments[i].name && !strchr(m->attachments[i].name, '\n'))
			buf_addf(&b, "%s\n", m->attachments[i].name);
	return buf_take(&b);
}

bool message_add(struct db *d, int64_t ticket, const struct mail *m, const unsigned char *digest, const char *raw, size_t n, int64_t now, int64_t *id,
                 struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_ADD, e);
	if (!q)
		return false;
	struct buf warnings = {0};
	unsigned char bytes[MESSAGE_DIGEST];
	bytes_digest(digest, raw, n, bytes);
	buf_adds(&warnings, "");
	for (size_t i = 0; i < m->warnings.n; i++)
		buf_addf(&warnings, "%s\n", m->warnings.v[i]);
	char *recipients = recipients_json(m);
	bind_int(q, 1, ticket);
	bind_text(q, 2, mail_kind_name(m->kind));
	bind_text(q, 3, m->from.name ? m->from.name : "");
	bind_text(q, 4, m->from.addr ? m->from.addr : "");
	bind_text(q, 5, recipients);
	if (m->has_date)
		bind_int(q, 6, m->date);
	bind_int(q, 7, now);
	bind_text(q, 8, m->message_id);
	sqlite3_bind_blob(q, 9, digest, MESSAGE_DIGEST, SQLITE_STATIC);
	bind_text(q, 10, m->subject ? m->subject : "");
	bind_text(q, 11, m->text ? m->text : "");
	bind_text(q, 12, m->reply_text ? m->reply_text : "");
	bind_text(q, 13, warnings.s);
	sqlite3_bind_blob(q, 14, bytes, MESSAGE_DIGEST, SQLITE_STATIC);
	char *attached = beginning(m->attached_text), *names = attachment_names(m);
	bind_text(q, 15, attached);
	bind_text(q, 16, names);
	bool ok = db_done(d, q, e);
	free(attached);
	free(names);
	if (ok) {
		*id = db_last_id(d);
		ok = add_raw(d, *id, raw, n, e);
	}
	free(recipients);
	buf_free(&warnings);
	return ok;
}

bool message_same(struct db *d, const unsigned char *digest, const char *raw, size_t n, uint32_t uidvalidity, int64_t *id, int64_t *ticket, char **topic,
                  struct err *e)
{
	unsigned char bytes[MESSAGE_DIGEST];
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_BY_DIGEST, e);
	*id = 0;
	*ticket = 0;
	*topic = NULL;
	if (!q)
		return false;
	bytes_digest(digest, raw, n, bytes);
	sqlite3_bind_blob(q, 1, digest, MESSAGE_DIGEST, SQLITE_STATIC);
	sqlite3_bind_blob(q, 2, bytes, MESSAGE_DIGEST, SQLITE_STATIC);
	bind_int(q, 3, uidvalidity);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*id = sqlite3_column_int64(q, 0);
	*ticket = sqlite3_column_int64(q, 1);
	*topic = column_text(q, 2);
	db_reset(q);
	return true;
}

bool message_list(struct db *d, int64_t ticket, message_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_LIST, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	while ((s = db_row(d, q, e)) == DB_ROW) {
		const struct message m = {
			.id = sqlite3_column_int64(q, 0),
			.kind = (const char *)sqlite3_column_text(q, 1),
			.from_name = (const char *)sqlite3_column_text(q, 2),
			.from_addr = (const char *)sqlite3_column_text(q, 3),
			.recipients = (const char *)sqlite3_column_text(q, 4),
			.date = sqlite3_column_int64(q, 5),
			.received = sqlite3_column_int64(q, 6),
			.message_id = (const char *)sqlite3_column_text(q, 7),
			.subject = (const char *)sqlite3_column_text(q, 8),
			.text = (const char *)sqlite3_column_text(q, 9),
			.warnings = (const char *)sqlite3_column_text(q, 10),
			.after = sqlite3_column_int64(q, 11),
		};
		if (!fn(ctx, &m)) {
			db_reset(q);
			return true;
		}
	}
	return s == DB_END;
}

/* The one value of a query with one number bound; `none` where there is no row or it is NULL. */
static bool one_number(struct db *d, enum sql_name name, int64_t arg, int64_t none, int64_t *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	*out = none;
	if (!q)
		return false;
	if (sqlite3_bind_parameter_count(q) > 0)
		bind_int(q, 1, arg);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	if (sqlite3_column_type(q, 0) != SQLITE_NULL)
		*out = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool message_count(struct db *d, const char *from, int64_t ticket, int64_t since, int64_t *by_writer, int64_t *on_ticket, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_COUNT, e);
	if (!q)
		return false;
	bind_text(q, 1, from);
	bind_int(q, 2, since);
	bind_int(q, 3, ticket);
	if (db_row(d, q, e) != DB_ROW)
		return false;
	*by_writer = sqlite3_column_int64(q, 0);
	*on_ticket = sqlite3_column_int64(q, 1);
	db_reset(q);
	return true;
}

int message_get(struct db *d, int64_t id, struct message_row *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_MESSAGE_GET, e);
	if (!q)
		return -1;
	bind_int(q, 1, id);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END ? 0 : -1;
	*out = (struct message_row){
		.id = sqlite3_column_int64(q, 0),
		.kind = column_text(q, 1),
		.from_name = column_text(q, 2),
		.from_addr = column_text(q, 3),
		.recipients = column_text(q, 4),
		.date = sqlite3_column_int64(q, 5),
		.received = sqlite3_column_int64(q, 6),
		.message_id = column_text(q, 7),
		.subject = column_text(q, 8),
		.text = column_text(q, 9),
		.warnings = column_text(q, 10),
		.ticket = sqlite3_column_int64(q, 12),
		.reply_text = column_text(q, 13),
	};
	db_reset(q);
	return 1;
}

void message_row_free(struct message_row *m)
{
	free(m->kind);
	free(m->from_name);
	free(m->from_addr);
	free(m->recipients);
	free(m->message_id);
	free(m->subject);
	free(m->text);
	free(m->reply_text);
	free(m->warnings);
	*m = (struct message_row){0};
}

static bool two_numbers(struct db *d, enum sql_name name, int64_t first, int64_t second, struct err *e)
{
	sqlite3_stmt *q = db_query(d, name, e);
	if (!q)
		return false;
	bind_int(q, 1, first);
	bind_int(q, 2, second);
	return db_done(d, q, e);
}

bool message_move(struct db *d, int64_t id, int64_t ticket, struct err *e)
{
	struct message_row m = {0};
	int there = message_get(d, id, &m, e);
	bool ok = there > 0 ? m.ticket == ticket || (two_numbers(d, SQL_MESSAGE_MOVE, id, ticket, e) && two_numbers(d, SQL_THREAD_COPY, id, ticket, e) &&
	                                             two_numbers(d, SQL_THREAD_DROP, id, m.ticket, e))
	                    : there == 0 && err_set(e, ERR_BUG, "there is no message %lld", (long long)id);
	message_row_free(&m);
	return ok;
}

bool message_last_of(struct db *d, int64_t ticket, const char *addr, int64_t *id, struct err *e)
{
	sqlite3_stmt *q = db_query(d, addr ? SQL_MESSAGE_LAST_OF : SQL_MESSAGE_LAST_ASKED, e);
	*id = 0;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	if (addr)
		bind_text(q, 2, addr);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*id = sqlite3_column_int64(q, 0);
	db_reset(q);
	return true;
}

bool message_thread_ids(struct db *d, int64_t ticket, struct strs *out, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_THREAD_IDS, e);
	struct strs all = {0};
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, ticket);
	while ((s = db_row(d, q, e)) == DB_ROW)
		strs_own(&all, column_text(q, 0));
	for (size_t i = 0; i < all.n && s == DB_END; i++)
		if (i == 0 || all.n - i < THREAD_IDS)
			strs_add(out, all.v[i]);
	strs_free(&all);
	return s == DB_END;
}

bool message_first(struct db *d, int64_t ticket, int64_t *id, struct err *e)
{
	return one_number(d, SQL_MESSAGE_FIRST, ticket, 0, id, e);
}

bool message_raw_size(struct db *d, int64_t message, uint64_t *size, struct err *e)
{
	int64_t n;
	if (!one_number(d, SQL_MESSAGE_RAW_SIZE, message, 0, &n, e))
		return false;
	*size = (uint64_t)n;
	return true;
}

struct raw_reader {
	struct db *db;
	sqlite3_blob *blob;
};

struct raw_reader *raw_open(struct db *d, int64_t message, struct err *e)
{
	struct raw_reader *r = mem_alloc(sizeof *r);
	r->db = d;
	if (sqlite3_blob_open(d->handle, "main", "raw", "bytes", message, 0, &r->blob) == SQLITE_OK)
		return r;
	db_error(d, "cannot read the original", e);
	raw_close(r);
	return NULL;
}

bool raw_read(struct raw_reader *r, uint64_t offset, void *out, size_t n, struct err *e)
{
	return sqlite3_blob_read(r->blob, out, (int)n, (int)offset) == SQLITE_OK || db_error(r->db, "cannot read the original", e);
}

uint64_t raw_size(const struct raw_reader *r)
{
	return (uint64_t)sqlite3_blob_bytes(r->blob);
}

void raw_close(struct raw_reader *r)
{
	if (!r)
		return;
	sqlite3_blob_close(r->blob);
	free(r);
}

bool thread_add(struct db *d, const char *message_id, int64_t ticket, bool ours, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_THREAD_ADD, e);
	if (!q)
		return false;
	bind_text(q, 1, message_id);
	bind_int(q, 2, ticket);
	bind_int(q, 3, ours);
	return db_done(d, q, e);
}

bool thread_find(struct db *d, const char *message_id, thread_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_THREAD_FIND, e);
	enum db_step s;
	if (!q)
		return false;
	bind_text(q, 1, message_id);
	while ((s = db_row(d, q, e)) == DB_ROW)
		if (!fn(ctx, sqlite3_column_int64(q, 0), sqlite3_column_int(q, 1) != 0)) {
			db_reset(q);
			return true;
		}
	return s == DB_END;
}

bool inbox_add(struct db *d, uint32_t uidvalidity, uint32_t uid, int64_t message, const char *outcome, const char *folder, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_INBOX_ADD, e);
	if (!q)
		return false;
	bind_int(q, 1, uidvalidity);
	bind_int(q, 2, uid);
	if (message)
		bind_int(q, 3, message);
	else
		sqlite3_bind_null(q, 3);
	bind_text(q, 4, outcome);
	bind_text(q, 5, folder);
	bind_int(q, 6, now);
	return db_done(d, q, e);
}

bool inbox_known(struct db *d, uint32_t uidvalidity, uint32_t uid, bool *known, char **folder, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_INBOX_KNOWN, e);
	*known = false;
	*folder = NULL;
	if (!q)
		return false;
	bind_int(q, 1, uidvalidity);
	bind_int(q, 2, uid);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*known = true;
	*folder = column_text(q, 0);
	db_reset(q);
	return true;
}

bool inbox_filed(struct db *d, uint32_t uidvalidity, uint32_t uid, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_INBOX_FILED, e);
	if (!q)
		return false;
	bind_int(q, 1, uidvalidity);
	bind_int(q, 2, uid);
	return db_done(d, q, e);
}

bool inbox_unfiled(struct db *d, uint32_t uidvalidity, inbox_fn *fn, void *ctx, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_INBOX_UNFILED, e);
	enum db_step s;
	if (!q)
		return false;
	bind_int(q, 1, uidvalidity);
	while ((s = db_row(d, q, e)) == DB_ROW)
		if (!fn(ctx, (uint32_t)sqlite3_column_int64(q, 0))) {
			db_reset(q);
			return true;
		}
	return s == DB_END;
}

bool inbox_waiting(struct db *d, int64_t *n, struct err *e)
{
	return one_number(d, SQL_INBOX_WAITING, 0, 0, n, e);
}
