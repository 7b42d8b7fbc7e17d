#include "store/keys.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DAY_S = 24 * 3600, RENEW_S = 90 * DAY_S, LONGEST_S = 732 * DAY_S /* a requester's token, two years, rounded up to a day */ };

/* A key that is kept: when the next one was made no token is made with it any more. The clock may have been set back meanwhile. */
struct kept {
	struct token_key key;
	int64_t made, retired; /* retired 0: it is the last one */
};

static bool read_keys(struct db *d, struct kept out[static TOKEN_KEYS], size_t *n, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_KEY_LIST, e);
	enum db_step s;
	*n = 0;
	if (!q)
		return false;
	while ((s = db_row(d, q, e)) == DB_ROW) {
		if (*n == TOKEN_KEYS || sqlite3_column_bytes(q, 1) != TOKEN_SECRET) {
			db_reset(q);
			return err_set(e, ERR_BUG, "the keys in the store '%s' are damaged: ingangctl verify", d->path);
		}
		struct kept *k = &out[*n];
		k->key.id = (unsigned)sqlite3_column_int(q, 0);
		memcpy(k->key.secret, sqlite3_column_blob(q, 1), TOKEN_SECRET);
		k->made = sqlite3_column_int64(q, 2);
		k->retired = *n ? out[*n - 1].made : 0;
		++*n;
	}
	return s == DB_END;
}

static bool expired(const struct kept *k, int64_t now)
{
	return k->retired && k->retired + LONGEST_S <= now;
}

static bool add_key(struct db *d, unsigned id, int64_t now, struct err *e)
{
	unsigned char secret[TOKEN_SECRET];
	sqlite3_stmt *q = db_query(d, SQL_KEY_ADD, e);
	if (!q)
		return false;
	if (gnutls_rnd(GNUTLS_RND_KEY, secret, sizeof secret) != 0)
		return err_set(e, ERR_TEMPORARY, "the system gives no random numbers for a key");
	bind_int(q, 1, id);
	sqlite3_bind_blob(q, 2, secret, sizeof secret, SQLITE_STATIC);
	bind_int(q, 3, now);
	bool ok = db_done(d, q, e);
	gnutls_memset(secret, 0, sizeof secret);
	return ok;
}

/* A new key where it is time for one. Its number goes round, so that a key is taken out years after its last token, and not when the clock is wrong
 * for a moment; where the number's old key may still be needed, the last one goes on. */
static bool renew(struct db *d, const struct kept *have, size_t n, int64_t now, bool *made, struct err *e)
{
	*made = false;
	if (n > 0 && now - have[0].made < RENEW_S && have[0].made - now < RENEW_S)
		return true;
	unsigned id = n > 0 ? (have[0].key.id + 1) % TOKEN_KEYS : 0;
	for (size_t i = 0; i < n; i++)
		if (have[i].key.id == id) {
			if (!expired(&have[i], now))
				return true;
			sqlite3_stmt *q = db_query(d, SQL_KEY_DROP, e);
			if (!q)
				return false;
			bind_int(q, 1, id);
			if (!db_done(d, q, e))
				return false;
		}
	*made = true;
	return add_key(d, id, now, e);
}

bool keys_load(struct db *d, int64_t now, struct keys *out, struct err *e)
{
	struct kept have[TOKEN_KEYS];
	size_t n;
	bool made = false;
	*out = (struct keys){0};
	bool ok = read_keys(d, have, &n, e);
	if (ok && d->writing)
		ok = renew(d, have, n, now, &made, e) && (!made || read_keys(d, have, &n, e));
	if (ok && n > 0) {
		out->v = mem_array(n, sizeof *out->v);
		for (size_t i = 0; i < n; i++)
			if (!expired(&have[i], now))
				out->v[out->n++] = have[i].key;
	}
	gnutls_memset(have, 0, sizeof have);
	return ok;
}

void keys_free(struct keys *k)
{
	if (k->v)
		gnutls_memset(k->v, 0, k->n * sizeof *k->v);
	free(k->v);
	*k = (struct keys){0};
}

bool token_spent(struct db *d, const char *token, char **by, int64_t *when, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_SPENT_GET, e);
	*by = NULL;
	*when = 0;
	if (!q)
		return false;
	bind_text(q, 1, token);
	enum db_step s = db_row(d, q, e);
	if (s != DB_ROW)
		return s == DB_END;
	*by = column_text(q, 0);
	*when = sqlite3_column_int64(q, 1);
	db_reset(q);
	return true;
}

bool token_spend(struct db *d, const char *token, int64_t ticket, const char *by, int64_t now, struct err *e)
{
	sqlite3_stmt *q = db_query(d, SQL_SPENT_ADD, e);
	if (!q)
		return false;
	bind_text(q, 1, token);
	bind_int(q, 2, ticket);
	bind_text(q, 3, by);
	bind_int(q, 4, now);
	return db_done(d, q, e) && (db_changes(d) == 1 || err_set(e, ERR_INPUT, "the link was used already"));
}
