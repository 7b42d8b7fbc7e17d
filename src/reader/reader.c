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
enum { ANSWER_MAX = 64 << 20, MEMORY = 512 << 20, MAILS_A_LIFE = 2000 };

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
	json_t *j = mail_to_wire(m);
	char *text = json_dumps(j, JSON_COMPACT);
	uint64_t n = text ? strlen(text) : 0;
	bool ok = put(fd, &n, sizeof n) && put(fd, text, n);
	free(text);
	json_decref(j);
	return ok;
}

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
	bool ok = answer(fd, &m);
	mail_free(&m);
	free(raw);
	return ok;
}

void reader_serve(int fd, const struct mail_limits *limits)
{
	struct err e;
	message_setup();
	if (!sandbox_enter(fd, MEMORY, &e)) {
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

static bool await(int fd, short events, int64_t until, bool *slow, struct err *e)
{
	for (;;) {
		int64_t left = until - now_ms();
		*slow = left <= 0;
		if (*slow)
			return err_set(e, ERR_TEMPORARY, "the reader gave no answer within %d s", READER_SECONDS);
		struct pollfd p = {fd, events, 0};
		int k = poll(&p, 1, (int)left);
		if (k > 0)
			return true;
		if (k < 0 && errno != EINTR)
			return err_set(e, ERR_TEMPORARY, "cannot wait for the reader: %s", strerror(errno));
	}
}

static bool send_all(int fd, const void *p, size_t n, int64_t until, bool *slow, struct err *e)
{
	const char *at = p;
	while (n > 0) {
		ssize_t k = send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!await(fd, POLLOUT, until, slow, e))
				return false;
			continue;
		}
		if (k <= 0)
			return err_set(e, ERR_TEMPORARY, "the reader is gone");
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool receive_all(int fd, void *p, size_t n, int64_t until, bool *slow, struct err *e)
{
	char *at = p;
	while (n > 0) {
		ssize_t k = recv(fd, at, n, MSG_DONTWAIT);
		if (k < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!await(fd, POLLIN, until, slow, e))
				return false;
			continue;
		}
		if (k <= 0)
			return err_set(e, ERR_TEMPORARY, "the reader died");
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool ask(int fd, const char *raw, size_t n, bool header_only, struct buf *reply, bool *slow, struct err *e)
{
	uint64_t frame = n | (header_only ? header_only_bit : 0), length = 0;
	int64_t until = now_ms() + READER_SECONDS * 1000;
	if (!send_all(fd, &frame, sizeof frame, until, slow, e) || !send_all(fd, raw, n, until, slow, e) || !receive_all(fd, &length, sizeof length, until, slow, e))
		return false;
	if (length == 0 || length > ANSWER_MAX)
		return err_set(e, ERR_TEMPORARY, "the reader announced an answer of %" PRIu64 " bytes", length);
	buf_reserve(reply, length);
	if (!receive_all(fd, reply->s, length, until, slow, e))
		return false;
	reply->n = length;
	reply->s[length] = '\0';
	return true;
}

enum reader_result reader_ask(int fd, const char *raw, size_t n, bool header_only, struct mail *out, struct err *e)
{
	struct buf reply = {0};
	bool slow = false;
	*out = (struct mail){0};
	bool ok = ask(fd, raw, n, header_only, &reply, &slow, e);
	if (ok) {
		json_error_t why;
		json_t *j = json_loadb(reply.s, reply.n, JSON_REJECT_DUPLICATES, &why);
		ok = j ? mail_from_wire(j, n, out, e) : err_set(e, ERR_TEMPORARY, "the reader wrote no JSON: %s", why.text);
		json_decref(j);
	}
	buf_free(&reply);
	return ok ? READER_DONE : slow ? READER_SLOW : READER_GONE;
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
		reader_serve(pair[1], limits);
	}
	close(pair[1]);
	if (*pid < 0) {
		err_set(e, ERR_TEMPORARY, "cannot start the reader: %s", strerror(errno));
		close(pair[0]);
		return -1;
	}
	return pair[0];
}
