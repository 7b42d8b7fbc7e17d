/* supervisor: starts intake and courier, hands readers to intake, watches them all, starts again what has died, and reloads the config.
 *
 * It holds the lock on the store (no second daemon), and no secret. */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "config/config.h"

/* Takes over `config`. Returns the exit code. once: takes in what waits, sends what is due, ends. */
int supervisor_run(struct config *config, bool once);
/* Prints problems as "file:line: message" lines on stderr, in the log's way when the daemon runs already. */
void supervisor_tell_problems(const struct problems *p, bool running);

#endif
