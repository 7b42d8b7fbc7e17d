/* ends: secrets, certificates and sign-ins whose end is known are announced in time: 30, 7 and 1 days before, and when they are over. */
#ifndef DAEMON_ENDS_H
#define DAEMON_ENDS_H

#include <stdint.h>

#include "config/config.h"

enum ends_stage { ENDS_FAR, ENDS_MONTH, ENDS_WEEK, ENDS_DAY, ENDS_OVER };

struct ends { /* all zero at the start */
	enum ends_stage told[2]; /* of imap, of smtp */
	int64_t look_at;
};

enum ends_stage ends_stage(int64_t end, int64_t now); /* end 0: not known */
/* Looks once an hour, and logs each stage once. */
void ends_look(struct ends *e, const struct config *c, int64_t now);

#endif
