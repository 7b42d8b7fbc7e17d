/* clock: a day that passes in no time.
 *
 * Preloaded into a program, it moves the wall clock ahead by INGANG_CLOCK_AHEAD seconds. What measures how long something takes (the monotonic
 * clock) goes on as it is, so no limit in the program runs out because a test lets a month pass. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t ahead;
static int (*real_clock)(clockid_t, struct timespec *);

static void prepare(void) __attribute__((constructor)); /* early: the reader may open nothing later */
static void prepare(void)
{
	const char *s = getenv("INGANG_CLOCK_AHEAD");
	ahead = s ? (time_t)strtoll(s, NULL, 10) : 0;
	*(void **)&real_clock = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!real_clock)
		prepare();
	int failed = real_clock(clock, t);
	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		t->tv_sec += ahead;
	return failed;
}

time_t time(time_t *out)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	out->tv_sec = t.tv_sec;
	out->tv_usec = t.tv_nsec / 1000;
	return 0;
}
