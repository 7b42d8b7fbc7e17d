/* misbehave: what a reader that was taken over would try. Compiled into src/reader/reader.c of the test program ingangd-misbehaving alone;
 * a mail asks for it with the header field X-Misbehave. What the sandbox refuses ends in exit code 66, what it lets through in 99. */
#ifndef TESTS_READER_MISBEHAVE_H
#define TESTS_READER_MISBEHAVE_H

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>

enum { REFUSED = 66, DONE = 99 };

static void end_if(bool done) __attribute__((noreturn));
static void end_if(bool done)
{
	_exit(done ? DONE : REFUSED);
}

static void misbehave(int fd, const struct mail *m)
{
	const char *what = mail_field(m, "X-Misbehave");
	static const char garbage[4096] = "garbage";
	if (!what)
		return;
	if (strcmp(what, "open") == 0)
		end_if(open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp/misbehaved", O_WRONLY | O_CREAT, 0600) >= 0);
	if (strcmp(what, "connect") == 0) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		int s = socket(AF_INET, SOCK_STREAM, 0);
		end_if(s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0);
	}
	if (strcmp(what, "fork") == 0)
		end_if(fork() >= 0);
	if (strcmp(what, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(what, "spin") == 0)
		for (volatile unsigned i = 0;; i++)
			;
	if (strcmp(what, "memory") == 0)
		for (;;)
			memset(mem_alloc(16 << 20), 1, 16 << 20);
	if (strcmp(what, "crash") == 0)
		*(volatile int *)0 = 1;
	if (strcmp(what, "garbage") == 0)
		for (int i = 0; i < 64; i++)
			put(fd, garbage, sizeof garbage);
	if (strcmp(what, "frame") == 0) {
		uint64_t n = UINT64_C(1) << 30;
		put(fd, &n, sizeof n);
		for (int i = 0; i < (1 << 18); i++)
			if (!put(fd, garbage, sizeof garbage))
				_exit(REFUSED);
	}
	if (strcmp(what, "lie") == 0) { /* a well-formed answer that points outside the mail */
		static const char json[] = "{\"subject\":\"x\",\"from\":null,\"to\":[],\"cc\":[],\"date\":null,\"carry\":{\"content\":\"\",\"steps\":[{\"op\":\"copy\","
		                           "\"offset\":0,\"length\":99999999}]}}";
		uint64_t n = sizeof json - 1;
		put(fd, &n, sizeof n);
		put(fd, json, n);
		_exit(REFUSED);
	}
}

#endif
