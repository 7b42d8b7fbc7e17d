#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/temp_dir.h"
#include "daemon/notify.h"

static int make_dir(void **state)
{
	*state = temp_dir();
	return 0;
}

static int remove_dir(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	temp_dir_remove(*state);
	return 0;
}

/* Listens as systemd does; '@' in front is the abstract name space. */
static int listen_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	assert_true(n < sizeof at.sun_path);
	memcpy(at.sun_path, path, n);
	if (*path == '@')
		at.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
	return fd;
}

/* What has come, "" for nothing. */
static const char *heard(int fd, char text[static 200])
{
	ssize_t k = recv(fd, text, 199, MSG_DONTWAIT);
	text[k > 0 ? k : 0] = '\0';
	return text;
}

static void a_state_arrives(void **state)
{
	char text[200], *path = mem_fmt("%s/notify", (char *)*state), *abstract = mem_fmt("@%s/abstract", (char *)*state);
	const char *const places[] = {path, abstract};
	for (size_t i = 0; i < 2; i++) {
		int fd = listen_at(places[i]);
		setenv("NOTIFY_SOCKET", places[i], 1);
		notify_send("READY=1");
		assert_string_equal(heard(fd, text), "READY=1");
		notify_send("STATUS=Två brev väntar\nWATCHDOG=1");
		assert_string_equal(heard(fd, text), "STATUS=Två brev väntar\nWATCHDOG=1");
		unsetenv("NOTIFY_SOCKET");
		notify_send("READY=1");
		assert_string_equal(heard(fd, text), "");
		close(fd);
	}
	free(path);
	free(abstract);
}

/* Nobody listens, or the name is none: nothing happens, and no descriptor is left. */
static void nobody_listens(void **state)
{
	char *gone = mem_fmt("%s/gone", (char *)*state), long_one[300];
	memset(long_one, 'x', sizeof long_one - 1);
	long_one[0] = '/';
	long_one[sizeof long_one - 1] = '\0';
	const char *const names[] = {gone, "", "/", "@", "notify", "vsock:2:1", long_one};
	int before = dup(0);
	assert_true(before >= 0);
	close(before);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_send("READY=1");
	}
	int after = dup(0);
	assert_int_equal(after, before);
	close(after);
	free(gone);
}

static void watchdog(void **state)
{
	(void)state;
	char own[32], other[32];
	snprintf(own, sizeof own, "%ld", (long)getpid());
	snprintf(other, sizeof other, "%ld", (long)getpid() + 1);
	const struct {
		const char *usec, *pid;
		int want;
		const char *why;
	} cases[] = {
		{NULL, NULL, 0, "none"},
		{"30000000", NULL, 15000, "half of it"},
		{"30000000", own, 15000, "meant for us"},
		{"30000000", other, 0, "meant for another"},
		{"3000", NULL, 1, "short"},
		{"1", NULL, 0, "too short to be kept"},
		{"0", NULL, 0, "switched off"},
		{"-5", NULL, 0, "negative"},
		{"", NULL, 0, "empty"},
		{"soon", NULL, 0, "no number"},
		{"99999999999999999999", NULL, 0, "beyond any number"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (cases[i].usec)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		int got = notify_watchdog_ms();
		if (got != cases[i].want)
			fail_msg("%s: %d", cases[i].why, got);
	}
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_state_arrives, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(nobody_listens, make_dir, remove_dir),
		cmocka_unit_test(watchdog),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
