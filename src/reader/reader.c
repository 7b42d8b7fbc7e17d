#include "reader/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strs.h"
#include "mail/mail_json.h"
#include "mail/message.h"
#include "reader/sandbox.h"
#include "topic/language.h"

/* A question: 8 bytes of length (the top bit: header only), then the mail. An answer: 8 bytes of length, then JSON. */
static const uint64_t header_only_bit = UINT64_C(1) << 63;
enum { ANSWER_MAX = 64 << 20, MEMORY = 256 << 20, MAILS_A_LIFE = 2000 };

/* --- the child --- */

static bool get(int fd, void *p, size_t n)
{
	char *at = p;
	while (n > 0) {
		ssize_t k = read(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool put(int fd, const void *p, size_t n)
{
	const char *at = p;
	while (n > 0) {
		ssize_t k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool answer(int fd, const struct mail *m)
{
	struct buf text = {0};
	mail_write_wire(m, &text);
	uint64_t n = text.n;
	bool ok = put(fd, &n, sizeof n) && put(fd, text.s, n);
	buf_free(&text);
	return ok;
}

#ifdef INGANG_MISBEHAVING_READER
#include "reader/misbehave.h" /* of tests/ */
#endif

static bool serve_one(int fd, const struct mail_limits *limits)
{
	uint64_t n;
	if (!get(fd, &n, sizeof n))
		return false;
	bool header_only = (n & header_only_bit) != 0;
	n &= ~header_only_bit;
	char *raw = mem_alloc(n + 1);
	struct mail m = {0};
	if (!get(fd, raw, n))
		return false;
	if (header_only)
		message_read_header(raw, n, &m);
	else
		message_read(raw, n, limits, &m);
	if (!m.lang && m.reply_text) {
		const char *s = *m.reply_text || !m.text ? m.reply_text : m.text;
		m.lang = mem_dup(language_of(s, strlen(s)));
	}
#ifdef INGANG_MISBEHAVING_READER
	if (!header_only)
		misbehave(fd, &m);
#endif
	bool ok = answer(fd, &m);
	mail_free(&m);
	free(raw);
	return ok;
}

void reader_serve(int fd, const struct mail_limits *limits, bool sandbox)
{
	struct err e;
	message_setup(); /* loads what a library would open later */
	json_object_seed(0);
	if (!sandbox_enter(fd, MEMORY, &e) && (sandbox || e.kind != ERR_CONFIG)) {
		log_event(LOG_LEVEL_ERROR, "reader-refused", LOG_S("why", e.text));
		_exit(EX_CONFIG);
	}
	for (int i = 0; i < MAILS_A_LIFE && serve_one(fd, limits); i++)
		;
	_exit(0); /* replaced by a fresh one: what a library leaks ends here */
}

/* --- the parent --- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* A talk with the reader: questions go out while answers come in, so that it is never idle and nobody waits for both. */
struct talk {
	int fd;
	struct reader_job *jobs;
	size_t n, asked, answered;
	uint64_t frame;        /* of the question that is going out */
	size_t out;            /* bytes of frame and mail that have gone */
	uint64_t length;       /* of the answer that is coming in */
	size_t in;             /* bytes of length and answer that have come */
	struct buf reply;
	int patience_ms;       /* the longest that one answer may take */
	int64_t until;         /* when the next answer must be there */
	bool slow;
};

static bool talk_wait(struct talk *t, struct err *e)
{
	struct pollfd p = {t->fd, (short)(POLLIN | (t->asked < t->n ? POLLOUT : 0)), 0};
	int64_t left = t->until - now_ms();
	t->slow = left <= 0;
	if (t->slow)
		return err_set(e, ERR_TEMPORARY, "the reader gave no answer within %d s", (t->patience_ms + 999) / 1000);
	return poll(&p, 1, (int)left) >= 0 || errno == EINTR || err_set(e, ERR_TEMPORARY, "cannot wait for the reader: %s", strerror(errno));
}

/* Sends what the pipe takes now. */
static bool talk_send(struct talk *t, struct err *e)
{
	while (t->asked < t->n) {
		const struct reader_job *j = &t->jobs[t->asked];
		const char *from = t->out < sizeof t->frame ? (const char *)&t->frame + t->out : j->raw + (t->out - sizeof t->frame);
		size_t left = t->out < sizeof t->frame ? sizeof t->frame - t->out : j->n - (t->out - sizeof t->frame);
		if (t->out == 0)
			t->frame = j->n | (j->header_only ? header_only_bit : 0);
		if (left > 0) {
			ssize_t k = send(t->fd, from, left, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (k < 0 && (errno == EAGAIN || errno == EINTR))
				return true;
			if (k <= 0)
				return err_set(e, ERR_TEMPORARY, "the reader is gone");
			t->out += (size_t)k;
		}
		if (t->out == sizeof t->frame + j->n) {
			t->asked++;
			t->out = 0;
		}
	}
	return true;
}

static bool talk_understand(struct talk *t, struct err *e)
{
	struct reader_job *j = &t->jobs[t->answered];
	json_error_t why;
	json_t *json = json_loadb(t->reply.s, t->reply.n, JSON_REJECT_DUPLICATES, &why);
	bool ok = json ? mail_from_wire(json, j->n, &j->mail, e) : err_set(e, ERR_TEMPORARY, "the reader wrote no JSON: %s", why.text);
	json_decref(json);
	if (!ok)
		return false;
	t->answered++;
	t->in = 0;
	t->until = now_ms() + t->patience_ms;
	buf_clear(&t->reply);
	return true;
}

/* Receives what has come. */
static bool talk_receive(struct talk *t, struct err *e)
{
	while (t->answered < t->n) {
		bool head = t->in < sizeof t->length;
		char *to = head ? (char *)&t->length + t->in : t->reply.s + (t->in - sizeof t->length);
		size_t left = head ? sizeof t->length - t->in : t->length - (t->in - sizeof t->length);
		ssize_t k = recv(t->fd, to, left, MSG_DONTWAIT);
		if (k < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (k <= 0)
			return err_set(e, ERR_TEMPORARY, "the reader died");
		t->in += (size_t)k;
		if (head && t->in == sizeof t->length) {
			if (t->length == 0 || t->length > ANSWER_MAX)
				return err_set(e, ERR_TEMPORARY, "the reader announced an answer of %" PRIu64 " bytes", t->length);
			buf_reserve(&t->reply, t->length);
		} else if (t->in == sizeof t->length + t->length) {
			t->reply.n = t->length;
			t->reply.s[t->length] = '\0';
			if (!talk_understand(t, e))
				return false;
		}
	}
	return true;
}

enum reader_result reader_ask_within(int fd, int ms, struct reader_job *jobs, size_t n, size_t *answered, struct err *e)
{
	struct talk t = {.fd = fd, .jobs = jobs, .n = n, .patience_ms = ms, .until = now_ms() + ms};
	bool ok = true;
	while (ok && t.answered < n)
		ok = talk_send(&t, e) && talk_receive(&t, e) && (t.answered == n || talk_wait(&t, e));
	buf_free(&t.reply);
	*answered = t.answered;
	return ok ? READER_DONE : t.slow ? READER_SLOW : READER_GONE;
}

enum reader_result reader_ask_all(int fd, struct reader_job *jobs, size_t n, size_t *answered, struct err *e)
{
	return reader_ask_within(fd, READER_SECONDS * 1000, jobs, n, answered, e);
}

enum reader_result reader_ask(int fd, const char *raw, size_t n, bool header_only, struct mail *out, struct err *e)
{
	struct reader_job job = {.raw = raw, .n = n, .header_only = header_only};
	size_t answered;
	enum reader_result r = reader_ask_all(fd, &job, 1, &answered, e);
	*out = job.mail;
	return r;
}

int reader_start(const struct mail_limits *limits, int *pid, struct err *e)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		err_set(e, ERR_TEMPORARY, "cannot make a pipe to the reader: %s", strerror(errno));
		return -1;
	}
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		reader_serve(pair[1], limits, false); /* an admin looks at a file of their own choice */
	}
	close(pair[1]);
	if (*pid < 0) {
		err_set(e, ERR_TEMPORARY, "cannot start the reader: %s", strerror(errno));
		close(pair[0]);
		return -1;
	}
	return pair[0];
}
