/* readers: intake's hold on the reader process: it asks the supervisor for one, feeds it, and gives it up when it fails. */
#ifndef DAEMON_READERS_H
#define DAEMON_READERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader/reader.h"

struct readers {
	int line; /* to the supervisor */
	int fd;   /* to the reader; -1: none yet */
	bool late; /* one that was asked for did not come in time: it may come yet, and is not the one to take */
	_Atomic int64_t *pulse; /* beaten while mails are read; NULL: none */
};

/* Reads mails. trouble[i] NULL: jobs[i].mail is read. Else why not, in words (the caller frees), and the mail holds what the header gave. */
void readers_read(struct readers *r, struct reader_job *jobs, size_t n, char **trouble);
void readers_end(struct readers *r);

/* The supervisor's side: sends `fd` over the line. */
bool readers_hand_out(int line, int fd);

#endif
