/* folders: intake's watch over the topics' folders: a mail that a person has dragged from one to another moves its ticket.
 *
 * A look asks each folder for its UIDNEXT alone, and reads the heads of what is new; what we have filed there ourselves is known by the store.
 * A folder that is seen for the first time, or was rebuilt, is taken as it is. */
#ifndef DAEMON_FOLDERS_H
#define DAEMON_FOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "desk/desk.h"
#include "wire/imap.h"

struct folders { /* start with {0} */
	int64_t next;   /* steady ms: not before */
	bool failing;   /* and it was told */
};

/* *away: another mailbox is selected now. *moved: how many tickets. false: e; the connection is dead, or the store is. */
bool folders_look(struct folders *f, struct desk *desk, struct imap *imap, bool *away, size_t *moved, struct err *e);

#endif
