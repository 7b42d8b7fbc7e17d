/* clock: a day that passes in no time.
 *
 * Preloaded into a program, it moves the wall clock ahead by INGANG_CLOCK_AHEAD seconds. What measures how long something takes (the monotonic
 * clock) goes on as it is, so no limit in the program runs out because a test lets a month pass. A test that wants just that names a file in
 * INGANG_STEADY_FILE, whose eight bytes are seconds that the monotonic clock is ahead, now. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t ahead;
static volatile const int64_t *steady_ahead;
static int (*real_clock)(clockid_t, struct timespec *);

static void prepare(void) __attribute__((constructor)); /* early: the reader may open nothing later */
static void prepare(void)
{
	const char *s = getenv("INGANG_CLOCK_AHEAD");
	ahead = s ? (time_t)strtoll(s, NULL, 10) : 0;
	const char *steady = getenv("INGANG_STEADY_FILE");
	int fd = steady && !steady_ahead ? open(steady, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) { /* mapped: the reader sees it too */
		void *map = mmap(NULL, sizeof *steady_ahead, PROT_READ, MAP_SHARED, fd, 0);
		steady_ahead = map == MAP_FAILED ? NULL : map;
		close(fd);
	}
	*(void **)&real_clock = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!real_clock)
		prepare();
	int failed = real_clock(clock, t);
	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		t->tv_sec += ahead;
	if (!failed && clock == CLOCK_MONOTONIC && steady_ahead)
		t->tv_sec += (time_t)*steady_ahead;
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
