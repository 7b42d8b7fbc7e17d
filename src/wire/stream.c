#include "wire/stream.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libetpan/mailstream.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "stream_tls.h"

enum { TIMEOUT_MS = 30000, MAILSTREAM_BUFFER = 16384 }; /* one TLS record */

struct stream {
	int fd;
	char *host, *ca_file, *where; /* where: host:port, for messages */
	int timeout_ms;
	struct tls tls;
	int64_t deadline;
	int allowed_ms; /* as last allowed, for messages */
	uint64_t budget, allowed;
	struct buf ahead; /* to be read before the network; already filtered */
	size_t ahead_at;
	stream_filter_fn *filter;
	void *filter_ctx;
	bool broken;
	struct err err;
	mailstream *ms;
};

void wire_setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	gnutls_global_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool wire_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (!strcasecmp(host, "localhost"))
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool wire_refuse_plain(const char *host, struct err *e)
{
	return err_set(e, ERR_CONFIG, "'%s' without TLS is refused: only a server on this machine (127.0.0.1, ::1, localhost) may do without", host);
}

int wire_timeout(const struct wire_server *server)
{
	return server->timeout_ms > 0 ? server->timeout_ms : TIMEOUT_MS;
}

/* --- connecting --- */

bool wire_is_loopback_address(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
	return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

/* A connected, non-blocking socket, or -1 with errno. */
static int connect_one(const struct addrinfo *a, int64_t deadline)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	int failure = 0;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
		failure = errno;
		if (failure == EINPROGRESS || failure == EINTR) {
			socklen_t n = sizeof failure;
			int r = stream_poll(fd, POLLOUT, deadline);
			if (r == 0)
				failure = ETIMEDOUT;
			else if (r < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &n) < 0)
				failure = errno;
		}
	}
	if (failure) {
		close(fd);
		errno = failure;
		return -1;
	}
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); /* a peer that is gone is noticed during IDLE */
	return fd;
}

static bool name_failed(const char *host, int r, struct err *e)
{
	if (r == EAI_NONAME)
		return err_set(e, ERR_TEMPORARY, "the name '%s' is not known in the DNS; is it spelt right in the url?", host);
	return err_set(e, ERR_TEMPORARY, "cannot look up the name '%s': %s", host, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
}

static bool connect_any(struct stream *s, const struct wire_server *server, struct err *e)
{
	char port[8];
	snprintf(port, sizeof port, "%u", server->port);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *all = NULL;
	if (wire_is_loopback(server->host))
		hints.ai_flags = 0; /* AI_ADDRCONFIG does not count loopback itself as configured */
	int r = getaddrinfo(server->host, port, &hints, &all);
	if (r)
		return name_failed(server->host, r, e);
	int left = 0, failure = EADDRNOTAVAIL;
	for (const struct addrinfo *a = all; a; a = a->ai_next)
		left++;
	int64_t deadline = stream_clock() + s->timeout_ms;
	for (const struct addrinfo *a = all; a && s->fd < 0; a = a->ai_next, left--) {
		if (server->tls == WIRE_PLAIN && !wire_is_loopback_address(a->ai_addr))
			continue; /* a name may say localhost and mean another machine */
		int64_t now = stream_clock();
		s->fd = connect_one(a, now + (deadline - now) / left);
		if (s->fd < 0)
			failure = errno;
	}
	freeaddrinfo(all);
	if (s->fd >= 0)
		return true;
	return err_set(e, ERR_TEMPORARY, "cannot connect to '%s': %s%s", s->where, strerror(failure),
	               failure == ECONNREFUSED ? "; is the server running, and the port right?" :
	               failure == ETIMEDOUT    ? "; is the port right, and open in the firewall?" :
	                                         "");
}

/* --- what libetpan calls --- */

static bool fail(struct stream *s, enum err_kind kind, const char *why)
{
	s->broken = true;
	if (s->err.kind == ERR_NONE)
		err_set(&s->err, kind, "%s", why);
	return false;
}

static bool failf(struct stream *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool failf(struct stream *s, const char *fmt, ...)
{
	va_list ap;
	char why[400];
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return fail(s, ERR_TEMPORARY, why);
}

/* 1: *got bytes; 0: nothing now, wait for it; -1: over, and said why */
static int receive(struct stream *s, char *out, size_t n, size_t *got)
{
	ssize_t r = s->tls.up ? gnutls_record_recv(s->tls.session, out, n) : recv(s->fd, out, n, 0);
	if (r > 0) {
		*got = (size_t)r;
		return 1;
	}
	if (r == 0 || (s->tls.up && r == GNUTLS_E_PREMATURE_TERMINATION)) {
		failf(s, "'%s' closed the connection", s->where);
		return -1;
	}
	if (s->tls.up) {
		if (!gnutls_error_is_fatal((int)r))
			return 0;
		if (r == GNUTLS_E_PULL_ERROR || r == GNUTLS_E_UNEXPECTED_PACKET_LENGTH) /* cut off, also within a record */
			failf(s, "the connection to '%s' broke", s->where);
		else
			failf(s, "TLS with '%s' broke: %s", s->where, gnutls_strerror((int)r));
		return -1;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	failf(s, "the connection to '%s' broke: %s", s->where, strerror(errno));
	return -1;
}

static bool in_time(struct stream *s, short events)
{
	int r = stream_poll(s->fd, events, s->deadline);
	if (r > 0)
		return true;
	if (r < 0)
		return failf(s, "cannot wait for '%s': %s", s->where, strerror(errno));
	return failf(s, "'%s' did not answer in full within %d s", s->where, (s->allowed_ms + 999) / 1000);
}

static size_t take_ahead(struct stream *s, void *out, size_t n)
{
	size_t there = s->ahead.n - s->ahead_at;
	if (n > there)
		n = there;
	if (n)
		memcpy(out, s->ahead.s + s->ahead_at, n);
	s->ahead_at += n;
	if (s->ahead_at == s->ahead.n) {
		buf_clear(&s->ahead);
		s->ahead_at = 0;
	}
	return n;
}

/* One receive that has passed budget and filter; as receive(). */
static int receive_checked(struct stream *s, char *out, size_t n, size_t *got)
{
	if (!s->budget) {
		failf(s, "'%s' sent more than the %llu bytes that this can take", s->where, (unsigned long long)s->allowed);
		return -1;
	}
	int r = receive(s, out, n < s->budget ? n : (size_t)s->budget, got);
	if (r <= 0)
		return r;
	s->budget -= *got;
	struct err e = {0};
	if (s->filter && !s->filter(s->filter_ctx, out, *got, &e)) {
		fail(s, e.kind, e.text);
		return -1;
	}
	return 1;
}

static ssize_t on_read(mailstream_low *low, void *out, size_t n)
{
	struct stream *s = low->data;
	if (s->broken)
		return -1;
	if (s->ahead.n)
		return (ssize_t)take_ahead(s, out, n);
	for (;;) {
		size_t got = 0;
		int r = receive_checked(s, out, n, &got);
		if (r)
			return r > 0 ? (ssize_t)got : -1;
		if (!in_time(s, POLLIN))
			return -1;
	}
}

static ssize_t on_write(mailstream_low *low, const void *p, size_t n)
{
	struct stream *s = low->data;
	while (!s->broken) {
		ssize_t r = s->tls.up ? gnutls_record_send(s->tls.session, p, n) : send(s->fd, p, n, MSG_NOSIGNAL);
		if (r > 0)
			return r;
		if (s->tls.up ? gnutls_error_is_fatal((int)r) : errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			failf(s, "the connection to '%s' broke: %s", s->where, s->tls.up ? gnutls_strerror((int)r) : strerror(errno));
		else
			in_time(s, POLLOUT);
	}
	return -1;
}

static int on_close(mailstream_low *low)
{
	struct stream *s = low->data;
	tls_end(&s->tls);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return 0;
}

static int on_get_fd(mailstream_low *low)
{
	return ((struct stream *)low->data)->fd;
}

static void on_free(mailstream_low *low)
{
	free(low); /* the stream outlives it by a moment: stream_free() */
}

static void on_cancel(mailstream_low *low)
{
	((struct stream *)low->data)->broken = true;
}

static mailstream_low_driver driver = {
	.mailstream_read = on_read,
	.mailstream_write = on_write,
	.mailstream_close = on_close,
	.mailstream_get_fd = on_get_fd,
	.mailstream_free = on_free,
	.mailstream_cancel = on_cancel,
};

/* --- the stream --- */

struct stream *stream_open(const struct wire_server *server, struct err *e)
{
	if (server->tls == WIRE_PLAIN && !wire_is_loopback(server->host)) {
		wire_refuse_plain(server->host, e);
		return NULL;
	}
	struct stream *s = mem_alloc(sizeof *s);
	s->fd = -1;
	s->host = mem_dup(server->host);
	s->ca_file = mem_dup(server->ca_file);
	s->where = mem_fmt(strchr(server->host, ':') ? "[%s]:%u" : "%s:%u", server->host, server->port);
	s->timeout_ms = wire_timeout(server);
	mailstream_low *low = mailstream_low_new(s, &driver);
	s->ms = low ? mailstream_new(low, MAILSTREAM_BUFFER) : NULL;
	if (!s->ms) {
		free(low);
		err_set(e, ERR_TEMPORARY, "no memory for a connection");
		goto failed;
	}
	if (!connect_any(s, server, e))
		goto failed;
	stream_allow(s, s->timeout_ms, 0);
	if (server->tls == WIRE_TLS && !tls_start(&s->tls, s->fd, s->host, s->where, s->ca_file, s->deadline, e))
		goto failed;
	return s;
failed:
	stream_free(s);
	return NULL;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->ms)
		mailstream_close(s->ms);
	buf_free(&s->ahead);
	free(s->host);
	free(s->ca_file);
	free(s->where);
	free(s);
}

bool stream_start_tls(struct stream *s, struct err *e)
{
	char extra;
	if (s->ahead.n || s->ms->read_buffer_len || recv(s->fd, &extra, 1, MSG_PEEK) > 0) {
		s->broken = true;
		return err_set(e, ERR_TEMPORARY, "'%s' sent text between STARTTLS and TLS: somebody may be tampering with the connection; closed it",
		               s->where);
	}
	stream_allow(s, s->timeout_ms, 0);
	if (!tls_start(&s->tls, s->fd, s->host, s->where, s->ca_file, s->deadline, e))
		s->broken = true;
	return !s->broken;
}

bool stream_is_tls(const struct stream *s)
{
	return s->tls.up;
}

void stream_allow(struct stream *s, int ms, uint64_t bytes)
{
	s->deadline = stream_clock() + ms;
	s->allowed_ms = ms;
	s->budget = s->allowed = bytes;
}

void stream_extend(struct stream *s, int64_t ms)
{
	s->deadline += ms;
}

void stream_filter(struct stream *s, stream_filter_fn *filter, void *ctx)
{
	s->filter = filter;
	s->filter_ctx = ctx;
}

void stream_feed(struct stream *s, const char *text)
{
	buf_adds(&s->ahead, text);
}

struct _mailstream *stream_mailstream(struct stream *s)
{
	return s->ms;
}

/* TLS has packets of its own: a readable socket need not mean text. Keeps what there is; -1: broken. */
static int look(struct stream *s)
{
	char chunk[4096];
	size_t got = 0;
	int r = receive_checked(s, chunk, sizeof chunk, &got);
	if (r > 0)
		buf_add(&s->ahead, chunk, got);
	return r;
}

enum stream_event stream_wait(struct stream *s, int fd, int ms)
{
	int64_t deadline = stream_clock() + ms;
	for (;;) {
		if (s->broken)
			return STREAM_BROKEN;
		if (s->ahead.n || s->ms->read_buffer_len)
			return STREAM_DATA;
		int r = look(s);
		if (r)
			continue;
		int64_t left = deadline - stream_clock();
		struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
		int n = poll(p, 2, left < 0 ? 0 : (int)left);
		if (n < 0 && errno != EINTR)
			failf(s, "cannot wait for '%s': %s", s->where, strerror(errno));
		else if (n > 0 && p[1].revents)
			return STREAM_FD;
		else if (n == 0 && left <= 0)
			return STREAM_TIMEOUT;
	}
}

bool stream_failed(const struct stream *s, struct err *e)
{
	if (s->err.kind == ERR_NONE)
		return false;
	*e = s->err;
	return true;
}
