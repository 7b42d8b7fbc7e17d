/* mails: mail files read for a command, by a locked-in reader of its own. */
#ifndef CTL_MAILS_H
#define CTL_MAILS_H

#include "base/err.h"
#include "mail/mail.h"

struct mails { /* start with {.limits = …, .fd = -1} */
	const struct mail_limits *limits;
	int fd, pid;
};

/* Any bytes give a mail: a mail that the reader cannot live with is read by its header, with a warning. false: e (no reader can be had). */
bool mails_read(struct mails *r, const char *raw, size_t n, struct mail *out, struct err *e);
void mails_end(struct mails *r);

/* Calls back for each file named, and for each regular file below a folder named, in order of names. A file that cannot be read is said
 * on stderr. Returns the exit code. */
typedef bool mails_fn(void *ctx, const char *file, const struct mail *m);
int mails_each(struct mails *r, int argc, char **argv, mails_fn *fn, void *ctx);

#endif
