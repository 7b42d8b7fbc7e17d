#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "reader/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

enum { MEMORY = 64 << 20, ENTERED = 77 };

/* What a process in the sandbox tries; `line` is the one descriptor that it keeps. Its exit code: 0 it was refused, 1 it was done. */
typedef int deed(int line);

/* Runs it; the status as waitpid() tells it. */
static int status_of(deed *what)
{
	int pair[2], status;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e;
		if (!sandbox_enter(pair[1], MEMORY, &e)) {
			fprintf(stderr, "%s\n", e.text);
			_exit(ENTERED);
		}
		_exit(what(pair[1]));
	}
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* --- deeds --- */

static int done_if(bool yes)
{
	return yes ? 1 : 0;
}

static int read_a_file(int line)
{
	(void)line;
	return done_if(open("/etc/passwd", O_RDONLY) >= 0);
}

static int read_itself(int line)
{
	(void)line;
	return done_if(open("/proc/self/maps", O_RDONLY) >= 0);
}

static int write_a_file(int line)
{
	(void)line;
	return done_if(open("/tmp/ingang-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0);
}

static int open_at(int line)
{
	return done_if(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0) >= 0 || openat(line, "x", O_RDONLY) >= 0);
}

static int open_a_folder(int line)
{
	(void)line;
	return done_if(open("/", O_RDONLY | O_DIRECTORY) >= 0 || chdir("/tmp") == 0);
}

static int change_files(int line)
{
	(void)line;
	return done_if(unlink("/tmp/ingang-sandbox-none") == 0 || mkdir("/tmp/ingang-sandbox-dir", 0700) == 0 || rename("/tmp/a", "/tmp/b") == 0 ||
	               symlink("a", "/tmp/ingang-sandbox-link") == 0 || chmod("/tmp", 0777) == 0 || truncate("/etc/passwd", 0) == 0);
}

static int new_socket(int line)
{
	(void)line;
	return done_if(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int new_unix_socket(int line)
{
	(void)line;
	return done_if(socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
}

static int new_pair(int line)
{
	int pair[2];
	(void)line;
	return done_if(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 || pipe(pair) == 0);
}

static int connect_out(int line)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return done_if(connect(line, (struct sockaddr *)&to, sizeof to) == 0);
}

static int pass_a_descriptor(int line)
{
	char byte = 'x', room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof line);
	memcpy(CMSG_DATA(c), &line, sizeof line);
	return done_if(sendmsg(line, &m, 0) >= 0 || recvmsg(line, &m, MSG_DONTWAIT) >= 0 || dup(line) >= 0);
}

static int fork_one(int line)
{
	(void)line;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return done_if(pid > 0);
}

static int fork_by_number(int line)
{
	(void)line;
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return done_if(pid > 0 || syscall(SYS_clone3, NULL, 0) >= 0);
}

static int run_a_program(int line)
{
	static char path[] = "/bin/true";
	char *argv[] = {path, NULL};
	(void)line;
	execv(path, argv);
	return 0;
}

static int kill_the_parent(int line)
{
	(void)line;
	return done_if(kill(getppid(), 0) == 0 || kill(1, 0) == 0);
}

static int signal_a_thread_of_the_parent(int line)
{
	(void)line;
	return done_if(syscall(SYS_tgkill, getppid(), getppid(), 0) == 0);
}

static int look_into_another(int line)
{
	(void)line;
	return done_if(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
}

static int run_data(int line)
{
	(void)line;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return 1;
	return done_if(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ||
	               mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int more_memory(int line)
{
	(void)line;
	return done_if(mmap(NULL, MEMORY + (1 << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int more_memory_bit_by_bit(int line)
{
	(void)line;
	for (size_t got = 0; got <= MEMORY; got += 1 << 20) {
		volatile char *p = malloc(1 << 20);
		if (!p)
			return 0;
		p[0] = p[(1 << 20) - 1] = 'x';
	}
	return 1;
}

static int lift_limits(int line)
{
	struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};
	(void)line;
	return done_if(setrlimit(RLIMIT_AS, &l) == 0 || setrlimit(RLIMIT_NOFILE, &l) == 0);
}

static int become_another(int line)
{
	(void)line;
	return done_if(setuid(0) == 0 || setgid(0) == 0);
}

static void what_is_refused(void **state)
{
	(void)state;
	static const struct {
		deed *what;
		bool deadly; /* it ends the process at once */
		const char *name;
	} cases[] = {
		{read_a_file, false, "read a file"},
		{read_itself, false, "read /proc"},
		{write_a_file, false, "write a file"},
		{open_at, false, "open in other ways"},
		{open_a_folder, false, "open or enter a folder"},
		{change_files, false, "change files"},
		{new_socket, true, "a socket"},
		{new_unix_socket, true, "a local socket"},
		{new_pair, false, "a pair of sockets, or a pipe"},
		{connect_out, true, "connect"},
		{pass_a_descriptor, false, "pass descriptors"},
		{fork_one, false, "fork"},
		{fork_by_number, false, "clone"},
		{run_a_program, true, "run a program"},
		{kill_the_parent, false, "signal another process"},
		{signal_a_thread_of_the_parent, false, "signal another process's thread"},
		{look_into_another, true, "trace another process"},
		{run_data, false, "run data"},
		{more_memory, false, "memory beyond the limit"},
		{more_memory_bit_by_bit, false, "memory beyond the limit, bit by bit"},
		{lift_limits, false, "lift its limits"},
		{become_another, false, "become another user"},
	};
	if (UNDER_SANITIZER) {
		print_message("the sandbox is not locked under a sanitizer: not tried\n");
		skip();
	}
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = status_of(cases[i].what);
		bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, refused = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (cases[i].deadly ? !killed : !refused)
			fail_msg("%s: %s %d", cases[i].name, WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

/* --- what a parser needs --- */

static int work(int line)
{
	struct timespec t;
	char byte = 0;
	char *p = malloc(16 << 20); /* within the limit */
	if (!p)
		return 2;
	memset(p, 'x', 16 << 20);
	p = realloc(p, 24 << 20);
	if (!p || p[(16 << 20) - 1] != 'x')
		return 3;
	free(p);
	if (clock_gettime(CLOCK_REALTIME, &t) != 0 || time(NULL) <= 0)
		return 4;
	if (read(line, &byte, 1) != 0) /* the other end is closed */
		return 5;
	if (fprintf(stderr, "%s", "") < 0 || getpid() <= 0)
		return 6;
	return 0;
}

static int end_by_exit(int line)
{
	(void)line;
	exit(0); /* with all that a library does at its end */
}

static int end_by_abort(int line)
{
	(void)line;
	abort();
}

static void what_is_allowed(void **state)
{
	(void)state;
	static const struct {
		deed *what;
		int signal;
		const char *name;
	} cases[] = {{work, 0, "memory, clocks, reading and writing"}, {end_by_exit, 0, "exit"}, {end_by_abort, SIGABRT, "abort"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = status_of(cases[i].what);
		bool ok = cases[i].signal ? WIFSIGNALED(status) && WTERMSIG(status) == cases[i].signal : WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (!ok)
			fail_msg("%s: %s %d", cases[i].name, WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

/* --- as the parent sees it --- */

static void limit_is(pid_t pid, int resource, rlim_t want, const char *name)
{
	struct rlimit l;
	assert_int_equal(prlimit(pid, (enum __rlimit_resource)resource, NULL, &l), 0);
	if (l.rlim_cur != want || l.rlim_max != want)
		fail_msg("%s: %llu", name, (unsigned long long)l.rlim_max);
}

static void expect_status(pid_t pid, const char *line)
{
	char path[64], text[8192];
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	if (!strstr(text, line))
		fail_msg("no %s in:\n%s", line, text);
}

/* Descriptors that were open before are gone, but for 0, 1, 2 and the one that is kept; and limits are set. */
static void nothing_is_left_open(void **state)
{
	(void)state;
	int extra[4], pair[2], status, above;
	char byte = 0;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pipe(extra + 2 * i), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	above = fcntl(extra[0], F_DUPFD, 100);
	assert_true(above >= 100);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e;
		if (!sandbox_enter(pair[1], MEMORY, &e))
			_exit(ENTERED);
		for (int i = 0; i < 4; i++)
			if (write(extra[i], "x", 1) >= 0 || errno != EBADF)
				_exit(1);
		if (read(above, &byte, 1) >= 0 || errno != EBADF || write(pair[0], "x", 1) >= 0 || errno != EBADF)
			_exit(2);
		if (write(pair[1], "i", 1) != 1 || read(pair[1], &byte, 1) != 1 || write(2, "", 0) != 0) /* "in", and waits for "go" */
			_exit(3);
		_exit(0);
	}
	close(pair[1]); /* a child that fails ends the wait below */
	assert_int_equal(read(pair[0], &byte, 1), 1);
	limit_is(pid, RLIMIT_CORE, 0, "core dumps");
	limit_is(pid, RLIMIT_FSIZE, 0, "file sizes");
	limit_is(pid, RLIMIT_NOFILE, (rlim_t)pair[1] + 1, "open files");
	expect_status(pid, "NoNewPrivs:\t1");
	if (!UNDER_SANITIZER)
		expect_status(pid, "Seccomp:\t2");
	assert_int_equal(write(pair[0], "g", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("status %x", (unsigned)status);
	for (size_t i = 0; i < 4; i++)
		close(extra[i]);
	close(above);
	close(pair[0]);
}

/* A kernel without seccomp, made by a filter that forbids further ones. */
static int says_that_seccomp_is_missing(void)
{
	struct err e = {0};
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	if (!f || seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) != 0 || seccomp_load(f) != 0)
		return 2;
	return !sandbox_works(&e) && e.kind == ERR_CONFIG && strstr(e.text, "seccomp") ? 0 : 1;
}

static void a_kernel_without_seccomp(void **state)
{
	int status;
	struct err e;
	(void)state;
	if (UNDER_SANITIZER)
		skip(); /* the filter is off there */
	assert_true(sandbox_works(&e));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		_exit(says_that_seccomp_is_missing());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_is_allowed),
		cmocka_unit_test(nothing_is_left_open),
		cmocka_unit_test(a_kernel_without_seccomp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
