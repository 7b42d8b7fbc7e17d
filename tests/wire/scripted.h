/* scripted: a server that follows a script, in a child process, for the tests of this folder.
 *
 *     static const struct step S[] = {{NULL, "* OK hi\r\n"}, {"LOGIN", "$ OK in\r\n"}, {.act = ACT_CLOSE}};
 *     struct scripted srv = scripted_start(&(struct script){S, 3}, 1, NULL);
 *     … 127.0.0.1, srv.port …
 *     scripted_end(&srv);            // srv.log: what the client sent, a line each
 *
 * A step waits for a line of the client that contains `expect` (after an IMAP tag; NULL: waits for none), then sends `send`, in which
 * '$' stands for the tag, then acts. A line that does not fit is logged as "UNEXPECTED", and the connection closed. */
#ifndef TESTS_WIRE_SCRIPTED_H
#define TESTS_WIRE_SCRIPTED_H

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum act {
	ACT_NEXT,
	ACT_CLOSE,  /* ends this connection */
	ACT_STALL,  /* says nothing more */
	ACT_DRIP,   /* `send`, a byte every 20 ms */
	ACT_TLS,    /* after `send`, the handshake */
	ACT_REPEAT, /* `send` `n` times */
	ACT_UNTIL,  /* then reads the client's lines up to "." (SMTP's text) */
	ACT_LOOP    /* the same step again for the next line, `n` times in all */
};

struct step {
	const char *expect, *send;
	enum act act;
	int n;
};

struct script {
	const struct step *v;
	size_t n;
	bool tls; /* from the first byte */
};

struct scripted {
	uint16_t port;
	pid_t pid;
	int fd; /* the log, shared with the child */
	char *log;
};

struct scripted_link {
	int fd, log;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t credentials;
	char tag[64];
};

static void scripted_log(const struct scripted_link *k, const char *a, const char *b)
{
	dprintf(k->log, "%s%s\n", a, b);
}

static bool scripted_send(const struct scripted_link *k, const char *p, size_t n)
{
	while (n) {
		ssize_t r = k->tls ? gnutls_record_send(k->tls, p, n) : send(k->fd, p, n, MSG_NOSIGNAL);
		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

static bool scripted_say(const struct scripted_link *k, const char *text)
{
	char out[8192];
	size_t n = 0;
	for (const char *s = text; *s && n < sizeof out - sizeof k->tag; s++)
		n += *s == '$' ? (size_t)snprintf(out + n, sizeof k->tag, "%s", k->tag) : (out[n] = *s, 1u);
	return scripted_send(k, out, n);
}

static bool scripted_line(const struct scripted_link *k, char out[static 8192])
{
	for (size_t n = 0; n < 8191; n++) {
		ssize_t r = k->tls ? gnutls_record_recv(k->tls, out + n, 1) : recv(k->fd, out + n, 1, 0);
		if (r <= 0)
			return false;
		if (out[n] == '\n') {
			out[n ? n - (out[n - 1] == '\r') : 0] = '\0';
			return true;
		}
	}
	return false;
}

static bool scripted_handshake(struct scripted_link *k)
{
	int r;
	gnutls_init(&k->tls, GNUTLS_SERVER);
	gnutls_set_default_priority(k->tls);
	gnutls_credentials_set(k->tls, GNUTLS_CRD_CERTIFICATE, k->credentials);
	gnutls_transport_set_int(k->tls, k->fd);
	do
		r = gnutls_handshake(k->tls);
	while (r < 0 && !gnutls_error_is_fatal(r));
	scripted_log(k, "TLS ", r < 0 ? gnutls_strerror(r) : "up");
	return r == 0;
}

static bool scripted_step(struct scripted_link *k, const struct step *s)
{
	char line[8192];
	if (s->expect) {
		if (!scripted_line(k, line)) {
			scripted_log(k, "CLOSED before ", s->expect);
			return false;
		}
		if (!strstr(line, s->expect)) {
			scripted_log(k, "UNEXPECTED ", line);
			return false;
		}
		scripted_log(k, "", line);
		if (strchr(line, ' ')) /* "DONE" and the like belong to the command before */
			snprintf(k->tag, sizeof k->tag, "%.*s", (int)strcspn(line, " "), line);
	}
	const char *text = s->send ? s->send : "";
	for (int i = 0; i < (s->act == ACT_REPEAT ? s->n : s->act == ACT_DRIP ? 0 : 1); i++)
		if (!scripted_say(k, text))
			return false;
	if (s->act == ACT_DRIP)
		for (; *text && scripted_send(k, text, 1); text++)
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	if (s->act == ACT_STALL)
		while (scripted_line(k, line))
			scripted_log(k, "", line);
	if (s->act == ACT_UNTIL)
		do
			if (!scripted_line(k, line))
				return false;
			else
				scripted_log(k, "| ", line);
		while (strcmp(line, ".") != 0);
	return s->act == ACT_TLS ? scripted_handshake(k) : s->act != ACT_CLOSE && s->act != ACT_STALL;
}

static void scripted_serve(int listening, int log, const struct script *scripts, size_t n, gnutls_certificate_credentials_t c)
{
	for (size_t i = 0; i < n; i++) {
		struct scripted_link k = {.fd = accept(listening, NULL, NULL), .log = log, .credentials = c};
		bool on = !scripts[i].tls || scripted_handshake(&k);
		for (size_t j = 0; on && j < scripts[i].n; j++)
			for (int left = scripts[i].v[j].act == ACT_LOOP ? scripts[i].v[j].n : 1; on && left > 0; left--)
				on = scripted_step(&k, &scripts[i].v[j]);
		if (on) { /* the client may still say goodbye */
			char line[8192];
			while (scripted_line(&k, line)) {
				scripted_log(&k, "", line);
				if (strstr(line, "LOGOUT") || strstr(line, "QUIT"))
					break;
			}
		}
		close(k.fd);
	}
}

/* A port of loopback, and an empty log. */
static struct scripted scripted_listen(int *fd)
{
	struct scripted s = {.fd = memfd_create("log", MFD_CLOEXEC)};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s.fd < 0 || bind(*fd, (struct sockaddr *)&a, sizeof a) || listen(*fd, 8) || getsockname(*fd, (struct sockaddr *)&a, &len))
		abort();
	s.port = ntohs(a.sin_port);
	fflush(NULL);
	return s;
}

__attribute__((unused)) static struct scripted scripted_start(const struct script *scripts, size_t n, gnutls_certificate_credentials_t c)
{
	int fd;
	struct scripted s = scripted_listen(&fd);
	s.pid = fork();
	if (s.pid == 0) {
		alarm(60); /* whatever happens to the test */
		scripted_serve(fd, s.fd, scripts, n, c);
		_exit(0);
	}
	close(fd);
	return s;
}

/* Lets it play to its end, for at most a second. */
__attribute__((unused)) static void scripted_wait(const struct scripted *s)
{
	struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, s->pid, 0), .events = POLLIN};
	poll(&p, 1, 1000);
	close(p.fd);
}

/* Ends it, and reads the log. */
static void scripted_end(struct scripted *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	off_t n = lseek(s->fd, 0, SEEK_END);
	s->log = calloc(1, (size_t)n + 1);
	if (pread(s->fd, s->log, (size_t)n, 0) != n)
		abort();
	close(s->fd);
}

#endif
