#include "daemon/readers.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/child.h"

enum { ATTEMPTS = 3, HAND_OUT_MS = 20000, AT_ONCE = 16 /* each may take READER_SECONDS, and intake must not seem to stand still */ };

/* A descriptor over a UNIX socket (SCM_RIGHTS, unix(7)). */
union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

bool readers_hand_out(int line, int fd)
{
	union rights r = {.room = {0}};
	char byte = 'r';
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = r.room, .msg_controllen = sizeof r.room};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(line, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static int receive(int line, int ms)
{
	union rights r;
	char byte;
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = r.room, .msg_controllen = sizeof r.room};
	struct pollfd p = {line, POLLIN, 0};
	int fd = -1;
	if (poll(&p, 1, ms) <= 0 || recvmsg(line, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* A reader that came after its time: the supervisor ends it when the next is asked for, so taking it would leave us one behind for ever. */
static void drop_late(const struct readers *r)
{
	int fd;
	while (r->late && (fd = receive(r->line, 0)) >= 0)
		close(fd);
}

static bool have_reader(struct readers *r)
{
	if (r->fd >= 0)
		return true;
	drop_late(r);
	if (send(r->line, "R", 1, MSG_NOSIGNAL) != 1)
		return false;
	r->fd = receive(r->line, HAND_OUT_MS);
	r->late = r->late || r->fd < 0;
	return r->fd >= 0;
}

void readers_end(struct readers *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* The header alone, by a fresh reader; else nothing at all is known of the mail. */
static void read_header(struct readers *r, struct reader_job *j)
{
	struct err e;
	readers_end(r);
	if (!have_reader(r) || reader_ask(r->fd, j->raw, j->n, true, &j->mail, &e) != READER_DONE)
		readers_end(r);
}

/* A reader that has served its time closes its end between two mails, and one may be killed for no fault of the mail's: a death is tried again
 * with the whole mail; only a mail that keeps on killing, or that takes too long, is left to the header scanner. */
void readers_read(struct readers *r, struct reader_job *jobs, size_t n, char **trouble)
{
	int failures = 0; /* at the mail that is next */
	for (size_t done = 0, answered; done < n;) {
		struct err e = {.text = "there is no reader"};
		enum reader_result result = READER_GONE;
		size_t k = n - done < AT_ONCE ? n - done : AT_ONCE;
		answered = 0;
		if (r->pulse)
			pulse_beat(r->pulse);
		if (have_reader(r))
			result = reader_ask_all(r->fd, jobs + done, k, &answered, &e);
		done += answered;
		if (result == READER_DONE) {
			failures = 0;
			continue;
		}
		failures = answered ? 1 : failures + 1;
		log_event(failures == 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "reader-lost", LOG_S("why", e.text), LOG_I("attempt", failures));
		readers_end(r);
		if (result == READER_SLOW || failures >= ATTEMPTS) {
			read_header(r, &jobs[done]);
			trouble[done++] = mem_dup(e.text);
			failures = 0;
		}
	}
}
