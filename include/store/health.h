/* health: when each side last went well, and what was wrong since: what `ingangctl status` tells. */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <stdint.h>

#include "store/db.h"

struct health {
	int64_t ok;     /* last success; 0: never */
	int64_t failed; /* last failure; 0: never, or a success since */
	char *error;    /* of that failure, or NULL */
};

/* Notes a success (error NULL; written at most once a minute) or a failure of "imap" or "smtp", in a transaction of its own. A note that
 * cannot be written is let go: it must not stop the work. */
void health_note(struct db *d, const char *side, int64_t now, const char *error);
bool health_get(struct db *d, const char *side, struct health *out, struct err *e);
void health_free(struct health *h);

/* A fact about the store: "SIDE.WHAT". *value (the caller's) NULL: there is none. meta_put() inside a transaction. */
bool meta_get(struct db *d, const char *side, const char *what, char **value, struct err *e);
bool meta_put(struct db *d, const char *side, const char *what, const char *value, struct err *e);

#endif
