#include "store/chain.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

enum { HASH = 32, ARGS = 5 };

static void event_hash(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	gnutls_hash_hd_t h;
	char head[96];
	unsigned char out[HASH];
	(void)n;
	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) != 0) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	const void *previous = sqlite3_value_blob(v[0]), *actor = sqlite3_value_text(v[3]), *what = sqlite3_value_text(v[4]);
	size_t previous_n = (size_t)sqlite3_value_bytes(v[0]), actor_n = (size_t)sqlite3_value_bytes(v[3]), what_n = (size_t)sqlite3_value_bytes(v[4]);
	int k = snprintf(head, sizeof head, "%lld %lld %zu %zu\n", (long long)sqlite3_value_int64(v[1]), (long long)sqlite3_value_int64(v[2]), actor_n, what_n);
	gnutls_hash(h, previous ? previous : "", previous_n);
	gnutls_hash(h, head, (size_t)k);
	gnutls_hash(h, actor ? actor : "", actor_n);
	gnutls_hash(h, what ? what : "", what_n);
	gnutls_hash_deinit(h, out);
	sqlite3_result_blob(ctx, out, HASH, SQLITE_TRANSIENT);
}

int chain_register(sqlite3 *handle)
{
	return sqlite3_create_function_v2(handle, "event_hash", ARGS, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, event_hash, NULL, NULL, NULL);
}
