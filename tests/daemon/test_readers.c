#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/readers.h"
#include "mail/mail_json.h"
#include "mail/message.h"

/* The line to a supervisor that has put its readers on it before they are asked for. */
struct line {
	int ours, its;
};

static struct line line_new(void)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	return (struct line){pair[0], pair[1]};
}

static void line_end(struct line *l)
{
	close(l->ours);
	if (l->its >= 0)
		close(l->its);
}

static int hand_out_real(struct line *l)
{
	struct err e;
	int pid, fd = reader_start(&mail_limits_default, &pid, &e);
	assert_true(fd >= 0);
	assert_true(readers_hand_out(l->its, fd));
	close(fd);
	return pid;
}

static void hand_out_dead(struct line *l)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	assert_true(readers_hand_out(l->its, pair[0]));
	close(pair[0]);
}

/* One that answers with the mail of `raw`, and then never again. */
static void hand_out_short_lived(struct line *l, const char *raw)
{
	int pair[2];
	struct mail m;
	message_read(raw, strlen(raw), &mail_limits_default, &m);
	json_t *j = mail_to_wire(&m);
	char *text = json_dumps(j, JSON_COMPACT);
	uint64_t n = strlen(text);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(send(pair[1], &n, sizeof n, 0), sizeof n);
	assert_int_equal(send(pair[1], text, n, 0), n);
	shutdown(pair[1], SHUT_WR);
	assert_true(readers_hand_out(l->its, pair[0]));
	close(pair[0]); /* pair[1] stays open to the end: what is sent there goes nowhere */
	free(text);
	json_decref(j);
	mail_free(&m);
}

static void expect_ended(int pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static size_t asked(struct line *l) /* how often intake has asked for a reader */
{
	char bytes[64];
	ssize_t k = recv(l->its, bytes, sizeof bytes, MSG_DONTWAIT);
	for (ssize_t i = 0; i < k; i++)
		assert_int_equal(bytes[i], 'R');
	return k > 0 ? (size_t)k : 0;
}

static int setup(void **state)
{
	(void)state;
	message_setup();
	log_setup(LOG_LEVEL_ERROR);
	return 0;
}

#define MAIL(subject) {.raw = "Subject: " subject "\r\nFrom: a@b.example\r\n\r\nbody\r\n", .n = sizeof("Subject: " subject "\r\nFrom: a@b.example\r\n\r\nbody\r\n") - 1}

static void a_reader_is_handed_over(void **state)
{
	(void)state;
	struct line l = line_new();
	struct readers r = {.line = l.ours, .fd = -1};
	struct reader_job jobs[] = {MAIL("one"), MAIL("two"), MAIL("three")};
	char *trouble[3] = {NULL};
	int pid = hand_out_real(&l);
	readers_read(&r, jobs, 3, trouble);
	static const char *const subjects[] = {"one", "two", "three"};
	for (size_t i = 0; i < 3; i++) {
		assert_null(trouble[i]);
		assert_string_equal(jobs[i].mail.subject, subjects[i]);
		assert_non_null(strstr(jobs[i].mail.text, "body"));
		mail_free(&jobs[i].mail);
	}
	assert_int_equal(asked(&l), 1);
	assert_int_equal(fcntl(r.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	struct reader_job again[] = {MAIL("four")}; /* it is kept */
	readers_read(&r, again, 1, trouble);
	assert_null(trouble[0]);
	mail_free(&again[0].mail);
	assert_int_equal(asked(&l), 0);
	readers_end(&r);
	assert_int_equal(r.fd, -1);
	readers_end(&r);
	expect_ended(pid);
	line_end(&l);
}

static void a_dead_reader_is_replaced(void **state)
{
	(void)state;
	struct line l = line_new();
	struct readers r = {.line = l.ours, .fd = -1};
	struct reader_job jobs[] = {MAIL("one"), MAIL("two")};
	char *trouble[2] = {NULL};
	hand_out_dead(&l);
	hand_out_dead(&l);
	int pid = hand_out_real(&l);
	readers_read(&r, jobs, 2, trouble);
	for (size_t i = 0; i < 2; i++) {
		assert_null(trouble[i]); /* the third try went well: the mail was not to blame */
		assert_non_null(strstr(jobs[i].mail.text, "body"));
		mail_free(&jobs[i].mail);
	}
	assert_int_equal(asked(&l), 3);
	readers_end(&r);
	expect_ended(pid);
	line_end(&l);
}

/* The second mail kills whoever reads it. The others do not suffer, and of it we have the header. */
static void a_mail_that_kills_is_known_by_its_header(void **state)
{
	(void)state;
	struct line l = line_new();
	struct readers r = {.line = l.ours, .fd = -1};
	struct reader_job jobs[] = {MAIL("one"), MAIL("two"), MAIL("three")};
	char *trouble[3] = {NULL};
	hand_out_short_lived(&l, jobs[0].raw); /* reads the first, dies at the second */
	hand_out_dead(&l);
	hand_out_dead(&l);
	int pid = hand_out_real(&l); /* for the header, and for the rest */
	readers_read(&r, jobs, 3, trouble);
	assert_null(trouble[0]);
	assert_non_null(trouble[1]);
	assert_true(*trouble[1]);
	assert_null(trouble[2]);
	assert_string_equal(jobs[0].mail.subject, "one");
	assert_string_equal(jobs[1].mail.subject, "two");
	assert_true(!jobs[1].mail.text || !strstr(jobs[1].mail.text, "body"));
	assert_string_equal(jobs[2].mail.subject, "three");
	assert_non_null(strstr(jobs[2].mail.text, "body"));
	assert_int_equal(asked(&l), 4);
	free(trouble[1]);
	for (size_t i = 0; i < 3; i++)
		mail_free(&jobs[i].mail);
	readers_end(&r);
	expect_ended(pid);
	line_end(&l);
}

/* One that came too late lies on the line still, and the supervisor has ended it: what counts is the one that comes when asked for now. */
static void a_late_reader_is_not_taken(void **state)
{
	(void)state;
	struct line l = line_new();
	_Atomic int64_t pulse = 0;
	struct readers r = {.line = l.ours, .fd = -1, .late = true, .pulse = &pulse};
	struct reader_job jobs[] = {MAIL("one")};
	char *trouble[1] = {NULL};
	hand_out_dead(&l);
	hand_out_dead(&l);
	hand_out_dead(&l);
	hand_out_dead(&l);
	pid_t supervisor = fork();
	if (supervisor == 0) {
		char byte;
		alarm(20); /* a test that fails leaves nobody behind */
		bool wanted = recv(l.its, &byte, 1, 0) == 1 && byte == 'R';
		int status, pid = wanted ? hand_out_real(&l) : -1;
		_exit(pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : 1); /* the reader would not outlive it */
	}
	readers_read(&r, jobs, 1, trouble);
	assert_null(trouble[0]);
	assert_non_null(strstr(jobs[0].mail.text, "body"));
	assert_true(pulse > 0);
	mail_free(&jobs[0].mail);
	readers_end(&r);
	expect_ended(supervisor);
	line_end(&l);
}

/* The supervisor is gone: every mail has its trouble, and nothing waits. */
static void without_a_reader_each_mail_has_its_trouble(void **state)
{
	(void)state;
	struct line l = line_new();
	struct readers r = {.line = l.ours, .fd = -1};
	struct reader_job jobs[] = {MAIL("one"), MAIL("two")};
	char *trouble[2] = {NULL};
	close(l.its);
	l.its = -1;
	readers_read(&r, jobs, 2, trouble);
	static const struct mail none;
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(trouble[i], "there is no reader");
		assert_memory_equal(&jobs[i].mail, &none, sizeof none);
		free(trouble[i]);
	}
	assert_int_equal(r.fd, -1);
	line_end(&l);
	assert_false(readers_hand_out(-1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_is_handed_over),
		cmocka_unit_test(a_dead_reader_is_replaced),
		cmocka_unit_test(a_mail_that_kills_is_known_by_its_header),
		cmocka_unit_test(a_late_reader_is_not_taken),
		cmocka_unit_test(without_a_reader_each_mail_has_its_trouble),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
