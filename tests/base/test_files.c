#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/temp_dir.h"

static int make_dir(void **state)
{
	*state = temp_dir();
	return 0;
}

static int remove_dir(void **state)
{
	temp_dir_remove(*state);
	return 0;
}

static void reads_whole_files(void **state)
{
	char big[40000];
	memset(big, 'x', sizeof big);
	big[1] = '\0';
	char *path = temp_file(*state, "big", big, sizeof big, 0644);
	struct buf b = {0};
	struct err e;
	buf_adds(&b, "before");
	assert_true(file_read(path, sizeof big, &b, &e)); /* just as large as allowed; appended */
	assert_int_equal(b.n, 6 + sizeof big);
	assert_memory_equal(b.s + 6, big, sizeof big);
	assert_false(file_read(path, sizeof big - 1, &b, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "is larger than 39999 bytes"));
	assert_non_null(strstr(e.text, path));
	assert_false(file_read("/nonexistent/x", 10, &b, &e));
	assert_non_null(strstr(e.text, "'/nonexistent/x': No such file"));
	assert_false(file_read(*state, 10, &b, &e)); /* a folder */
	buf_free(&b);
	free(path);
	path = temp_file(*state, "empty", "", 0, 0644);
	assert_true(file_read(path, 0, &b, &e));
	assert_int_equal(b.n, 0);
	buf_free(&b);
	free(path);
}

static void secrets(void **state)
{
	static const struct {
		const char *content;
		size_t n;
		mode_t mode;
		const char *secret, *error; /* one of them */
		const char *why;
	} cases[] = {
		{"s3cret\n", 7, 0600, "s3cret", NULL, "the ordinary case"},
		{"s3cret", 6, 0400, "s3cret", NULL, "no line end; only readable"},
		{"s3cret\r\nmore\r\n", 14, 0600, "s3cret", NULL, "the first line, CR LF"},
		{" lösen ord \n", 13, 0600, " lösen ord ", NULL, "blanks belong to it"},
		{"s3cret\n", 7, 0644, NULL, "chmod 600 '", "others can read it"},
		{"s3cret\n", 7, 0644, NULL, "(mode 0644)", "the mode is told"},
		{"s3cret\n", 7, 0640, NULL, "chmod 600 '", "a group can read it"},
		{"s3cret\n", 7, 0602, NULL, "chmod 600 '", "others can write it"},
		{"", 0, 0600, NULL, "nothing on its first line", "empty"},
		{"\ns3cret\n", 8, 0600, NULL, "nothing on its first line", "an empty first line"},
		{"\0s3cret", 7, 0600, NULL, "nothing on its first line", "a NUL in front"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *path = temp_file(*state, "password", cases[i].content, cases[i].n, cases[i].mode);
		struct err e = {0};
		char *s = secret_read(path, &e);
		if (cases[i].secret ? !s || strcmp(s, cases[i].secret) != 0 : s || e.kind != ERR_CONFIG || !strstr(e.text, cases[i].error))
			fail_msg("%s: '%s', '%s'", cases[i].why, s ? s : "nothing", e.text);
		if (!s && strstr(e.text, "s3cret"))
			fail_msg("%s: the secret is told: %s", cases[i].why, e.text);
		assert_int_equal(secret_check(path, &e), cases[i].secret != NULL);
		secret_free(s);
		free(path);
	}
}

static void what_is_no_file_is_no_secret(void **state)
{
	struct err e = {0};
	char *fifo = mem_fmt("%s/fifo", (char *)*state), *gone = mem_fmt("%s/gone", (char *)*state);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(secret_read(fifo, &e)); /* and does not wait for somebody to write into it */
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_null(secret_read(*state, &e));
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_null(secret_read(gone, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "No such file"));
	assert_non_null(strstr(e.text, gone));
	assert_false(secret_check(gone, &e));
	free(fifo);
	free(gone);
	secret_free(NULL);
}

static void a_huge_secret_is_refused(void **state)
{
	enum { N = 64 * 1024 + 1 };
	char *big = mem_alloc(N);
	struct err e = {0};
	memset(big, 'x', N);
	char *path = temp_file(*state, "huge", big, N, 0600);
	assert_null(secret_read(path, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "larger than"));
	free(path);
	free(big);
}

static void credentials(void **state)
{
	char *path = temp_file(*state, "imap", "s3cret\n", 7, 0444); /* systemd's own mode is its own affair */
	static const struct {
		const char *source;
		bool dir;
		const char *secret, *error, *why;
	} cases[] = {
		{"credential:imap", true, "s3cret", NULL, "as systemd hands it over"},
		{"credential:imap", false, NULL, "LoadCredential=imap:", "not run by systemd"},
		{"credential:smtp", true, NULL, "No such file", "a name that the unit lacks"},
		{"credential:", true, NULL, "names no credential", "no name"},
		{"credential:../etc/passwd", true, NULL, "names no credential", "a path"},
		{"credential:/etc/passwd", true, NULL, "names no credential", "a path"},
		{"credential:..", true, NULL, "not a regular file", "a folder"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		if (cases[i].dir)
			setenv("CREDENTIALS_DIRECTORY", *state, 1);
		else
			unsetenv("CREDENTIALS_DIRECTORY");
		char *s = secret_read(cases[i].source, &e);
		if (cases[i].secret ? !s || strcmp(s, cases[i].secret) != 0 : s || e.kind != ERR_CONFIG || !strstr(e.text, cases[i].error))
			fail_msg("%s: '%s', '%s'", cases[i].why, s ? s : "nothing", e.text);
		secret_free(s);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_whole_files, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(secrets, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_no_secret, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_huge_secret_is_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(credentials, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
