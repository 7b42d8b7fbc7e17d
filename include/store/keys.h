/* keys: the secrets that tokens are made with (mail/token.h), which make and renew themselves, and the tokens that were used up.
 *
 * The first key of the list makes tokens, for 90 days; the others check until the last token made with them has expired. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/token.h"
#include "store/db.h"

struct keys {
	struct token_key *v;
	size_t n;
};

/* Inside a transaction a key is made where there is none or the last one is old; outside, what is there is read: n may be 0. */
bool keys_load(struct db *d, int64_t now, struct keys *out, struct err *e);
void keys_free(struct keys *k); /* wipes them */

/* *by is the caller's: who used the token up, *when; NULL: nobody yet. */
bool token_spent(struct db *d, const char *token, char **by, int64_t *when, struct err *e);
bool token_spend(struct db *d, const char *token, int64_t ticket, const char *by, int64_t now, struct err *e); /* ERR_INPUT: it was already */

#endif
