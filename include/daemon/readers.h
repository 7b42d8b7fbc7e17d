/* readers: intake's hold on the reader process: it asks the supervisor for one, feeds it, and gives it up when it fails. */
#ifndef DAEMON_READERS_H
#define DAEMON_READERS_H

#include <stddef.h>

#include "mail/mail.h"

struct readers {
	int line; /* to the supervisor */
	int fd;   /* to the reader; -1: none yet */
};

/* Reads one mail. NULL: it was read. Else why not, in words (the caller frees), and `out` holds what the header gave. */
char *readers_read(struct readers *r, const char *raw, size_t n, struct mail *out);
void readers_end(struct readers *r);

/* The supervisor's side: sends `fd` over the line. */
bool readers_hand_out(int line, int fd);

#endif
