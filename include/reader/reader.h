/* reader: the process that reads what strangers wrote, and the hand that feeds it.
 *
 * The child holds no secret, no file and no socket but its pipe: raw mail in, one JSON object out (mail_to_wire()), both framed by a length.
 * What comes back is checked as if an enemy had written it (mail_from_wire()). A child that dies or does not answer is given up. */
#ifndef READER_READER_H
#define READER_READER_H

#include <stddef.h>

#include "base/err.h"
#include "mail/mail.h"

/* Runs in the child: serves until the other end closes. Locks itself in first (reader/sandbox.h); where the kernel has no seccomp, it ends
 * when `sandbox` says that nothing is read without. Never returns. */
void reader_serve(int fd, const struct mail_limits *limits, bool sandbox) __attribute__((noreturn));

enum reader_result {
	READER_DONE,
	READER_GONE,  /* it died or wrote nonsense: close fd and get another reader */
	READER_SLOW   /* it gave no answer in time: the same, but do not ask for the whole mail again */
};

#ifdef INGANG_MISBEHAVING_READER
enum { READER_SECONDS = 2 };
#else
enum { READER_SECONDS = 30 }; /* the longest that one mail may take */
#endif

/* Asks the reader at `fd` for one mail. header_only: only the bare header scanner is used (for a mail that killed a reader). */
enum reader_result reader_ask(int fd, const char *raw, size_t n, bool header_only, struct mail *out, struct err *e);

struct reader_job {
	const char *raw;
	size_t n;
	bool header_only;
	struct mail mail; /* the answer; empty until then */
};

/* The same for many at once: while the reader reads one, the next is on its way. *answered: so many, the first ones, have their mail; when the
 * result is not READER_DONE, the next one is the one that the reader failed at. */
enum reader_result reader_ask_all(int fd, struct reader_job *jobs, size_t n, size_t *answered, struct err *e);
/* The same with another patience for each answer, in milliseconds. */
enum reader_result reader_ask_within(int fd, int ms, struct reader_job *jobs, size_t n, size_t *answered, struct err *e);

/* A reader in a process of its own for a program that has none yet (ingangctl): its fd, and its pid for waitpid(); -1: e. */
int reader_start(const struct mail_limits *limits, int *pid, struct err *e);

#endif
