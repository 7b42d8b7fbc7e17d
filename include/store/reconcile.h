/* reconcile: is every mail that ever lay in the inbox accounted for?
 *
 * A mail that was seen there has a row in the table `inbox` with its one outcome, or still lies there. One that lies there without a row after
 * a look that went well was set aside, for a reason that the log tells; one that has left without a row was taken away by somebody else. */
#ifndef STORE_RECONCILE_H
#define STORE_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/db.h"

struct inbox_look { /* a look that went well, all UIDs ascending */
	uint32_t uidvalidity;
	const uint32_t *there; /* what lay there when it began */
	size_t n_there;
	const uint32_t *earlier; /* and in looks before that were cut short */
	size_t n_earlier;
	const uint32_t *aside; /* set aside by intake; in any order */
	size_t n_aside;
};

enum left_how { LEFT_ASIDE, LEFT_FORGOTTEN, LEFT_GONE }; /* waits for a reason; waits for none; is not there any more */

struct left { /* a mail without an outcome */
	uint32_t uid;
	enum left_how how;
	int64_t since;
};

struct reconciled {
	int64_t looked; /* when; 0: never yet */
	int64_t mails;  /* that have their outcome */
	struct left *v; /* those that wait first */
	size_t n;
	size_t n_fresh; /* of the unexplained: not told of by a look before */
	bool new_day;   /* the first look of a day (UTC) */
};

enum { LEFT_MAX = 1000, GONE_DAYS = 7 }; /* as many are named, and gone ones for so long */

bool left_unexplained(const struct left *l); /* LEFT_FORGOTTEN or LEFT_GONE */
size_t reconciled_unexplained(const struct reconciled *r);
const char *left_why(const struct left *l);
void reconciled_free(struct reconciled *r);

/* Reckons after a look, and keeps what came of it, in a transaction of its own where there is something new. */
bool reconcile(struct db *d, const struct inbox_look *look, int64_t now, struct reconciled *out, struct err *e);
bool reconcile_last(struct db *d, struct reconciled *out, struct err *e); /* what the last look found */

#endif
