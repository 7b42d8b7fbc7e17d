/* child: what every process under the supervisor has in common. */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "wire/oauth2.h"
#include "wire/stream.h"

/* Shared by all processes: when each last made progress (monotonic seconds). A process that stands still is replaced. */
struct pulse {
	_Atomic int64_t intake, courier, metrics, trainer;
	_Atomic int64_t burst; /* since when intake has batches of mail before it (monotonic ms); 0: it has not */
};

struct child_ground {
	const struct config *config;
	bool once;             /* do what there is to do, then end */
	int stop;              /* readable when the process is to end (a signalfd) */
	int wake_courier[2];   /* intake writes, courier reads: there is something to send */
	int readers;           /* intake's end of the line to the supervisor: it hands out readers */
	struct pulse *pulse;
};

int64_t clock_now(void);      /* seconds since 1970, UTC */
int64_t clock_steady(void);   /* monotonic milliseconds */
bool stop_wanted(int stop);
/* Waits until one of two descriptors (-1: none) is readable, or the time has passed; false when the process is to end. */
bool child_wait(const struct child_ground *g, int fd, int ms);
struct wire_server child_server(const struct config_server *s); /* borrows */
struct oauth2_client child_oauth2(const struct config_server *s); /* of a server that has oauth2; borrows */
void pulse_beat(_Atomic int64_t *p);
/* Waits so long, with signs of life; false when the process is to end. */
bool child_pause(const struct child_ground *g, _Atomic int64_t *pulse, int ms);

/* Doubling pauses with jitter, from `first` to `most` ms; backoff_reset() after a success. */
struct backoff {
	int first, most, next;
};
int backoff_ms(struct backoff *b);
void backoff_reset(struct backoff *b);

/* The processes' mains: return the exit code (sysexits.h). */
int intake_main(const struct child_ground *g);
int courier_main(const struct child_ground *g); /* metrics_main(): daemon/metrics.h, trainer_main(): daemon/trainer.h */

#endif
