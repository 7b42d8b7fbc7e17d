/* token_endpoint: an HTTPS server that gives the answers of a list, one a connection, in a child process; for the tests of oauth2.
 *
 *     struct scripted s = endpoint_start((struct answer[]){{"200 OK", "", "{}", ANSWER}}, 1, credentials);
 *     … https://localhost:PORT/token …
 *     scripted_end(&s); // s.log: for each question its first line and its body, a line each */
#ifndef TESTS_WIRE_TOKEN_ENDPOINT_H
#define TESTS_WIRE_TOKEN_ENDPOINT_H

#include <fcntl.h>
#include <strings.h>

#include "wire/scripted.h"

enum answer_act { ANSWER, ANSWER_STALL, ANSWER_CLOSE, ANSWER_HUGE };

struct answer {
	const char *status, *fields, *body; /* fields: whole lines with CR LF */
	enum answer_act act;
};

static void endpoint_answer(struct scripted_link *k, const struct answer *a)
{
	char line[8192], head[1024], body[8192] = "";
	size_t n = 0;
	if (!scripted_line(k, line))
		return;
	scripted_log(k, "", line);
	while (scripted_line(k, line) && *line)
		if (!strncasecmp(line, "content-length:", 15))
			n = strtoul(line + 15, NULL, 10);
	for (size_t i = 0; i < n && i < sizeof body - 1; i++) {
		if (gnutls_record_recv(k->tls, body + i, 1) != 1)
			return;
		body[i + 1] = '\0';
	}
	scripted_log(k, "", body);
	if (a->act == ANSWER_STALL)
		while (scripted_line(k, line))
			;
	if (a->act == ANSWER_STALL || a->act == ANSWER_CLOSE)
		return;
	size_t long_body = a->act == ANSWER_HUGE ? 10u << 20 : strlen(a->body);
	snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n", a->status, a->fields, long_body);
	bool on = scripted_send(k, head, strlen(head));
	for (size_t sent = 0; on && a->act == ANSWER_HUGE && sent < long_body; sent += sizeof body)
		on = scripted_send(k, memset(body, ' ', sizeof body), sizeof body);
	if (on && a->act == ANSWER)
		scripted_send(k, a->body, long_body);
	gnutls_bye(k->tls, GNUTLS_SHUT_WR);
}

static struct scripted endpoint_start(const struct answer *v, size_t n, gnutls_certificate_credentials_t c)
{
	int fd;
	struct scripted s = scripted_listen(&fd);
	s.pid = fork();
	if (s.pid == 0) {
		alarm(60);
		for (size_t i = 0; i < n; i++) {
			struct scripted_link k = {.fd = accept(fd, NULL, NULL), .log = open("/dev/null", O_WRONLY), .credentials = c};
			bool up = scripted_handshake(&k);
			k.log = s.fd;
			if (up)
				endpoint_answer(&k, &v[i]);
			close(k.fd);
		}
		_exit(0);
	}
	close(fd);
	return s;
}

#endif
