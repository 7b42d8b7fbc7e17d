/* reckon: intake's account of the inbox: after each look, is every mail that was ever seen there accounted for? */
#ifndef DAEMON_RECKON_H
#define DAEMON_RECKON_H

#include <stddef.h>
#include <stdint.h>

#include "store/db.h"
#include "wire/imap.h"

struct reckon { /* start with {0} */
	uint32_t uidvalidity;
	uint32_t *seen; /* mails without an outcome that looks have seen which were cut short */
	size_t n_seen;
};

/* A look has begun: these lie there and have no outcome yet. */
void reckon_seen(struct reckon *r, uint32_t uidvalidity, const uint32_t *uids, size_t n);
/* It went well: logs each mail that is newly unexplained, and once a day `reconciled mails=N unexplained=N`. A failure is logged and let go:
 * it must not stop the work. */
void reckon_settle(struct reckon *r, struct db *db, const struct imap_uid *there, size_t n, const uint32_t *aside, size_t n_aside, int64_t now);
void reckon_free(struct reckon *r);

#endif
