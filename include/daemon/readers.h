/* readers: intake's hold on the reader process: it asks the supervisor for one, feeds it, and gives it up when it fails. */
#ifndef DAEMON_READERS_H
#define DAEMON_READERS_H

#include <stddef.h>

#include "reader/reader.h"

struct readers {
	int line; /* to the supervisor */
	int fd;   /* to the reader; -1: none yet */
};

/* Reads mails. trouble[i] NULL: jobs[i].mail is read. Else why not, in words (the caller frees), and the mail holds what the header gave. */
void readers_read(struct readers *r, struct reader_job *jobs, size_t n, char **trouble);
void readers_end(struct readers *r);

/* The supervisor's side: sends `fd` over the line. */
bool readers_hand_out(int line, int fd);

#endif
