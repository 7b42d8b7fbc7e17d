#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fold.h"
#include "base/log.h"

typedef void saying(const void *ctx);

/* What `say` writes on stderr in a process of its own, whose settings end with it. */
static void listen_to(saying *say, const void *ctx, char *out, size_t size)
{
	int p[2];
	assert_int_equal(pipe(p), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		close(p[0]);
		close(p[1]);
		unsetenv("JOURNAL_STREAM");
		say(ctx);
		_exit(0);
	}
	close(p[1]);
	size_t n = 0;
	for (ssize_t k; n < size - 1 && (k = read(p[0], out + n, size - 1 - n)) > 0;)
		n += (size_t)k;
	out[n] = '\0';
	close(p[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void say_value(const void *ctx)
{
	log_event(LOG_LEVEL_INFO, "e", LOG_S("v", ctx));
}

static void values_cannot_forge(void **state)
{
	(void)state;
	static const struct {
		const char *value, *line, *why;
	} cases[] = {
		{"INT-42", "info event=e v=INT-42\n", "a plain one"},
		{"a.B_c@d:/e+f-1", "info event=e v=a.B_c@d:/e+f-1\n", "all that is plain"},
		{"", "info event=e v=\"\"\n", "an empty one"},
		{"a b", "info event=e v=\"a b\"\n", "a blank"},
		{"x=y", "info event=e v=\"x=y\"\n", "a key's sign"},
		{"a\nerror event=forged", "info event=e v=\"a\\u000aerror event=forged\"\n", "a line end"},
		{"a\r\nb\tc", "info event=e v=\"a\\u000d\\u000ab\\u0009c\"\n", "other controls"},
		{"a\" forged=\"b", "info event=e v=\"a\\\" forged=\\\"b\"\n", "quotes"},
		{"a\\", "info event=e v=\"a\\\\\"\n", "a backslash before our quote"},
		{"\x1b[2J", "info event=e v=\"\\u001b[2J\"\n", "a terminal's escape"},
		{"\x7f", "info event=e v=\"\\u007f\"\n", "delete"},
		{"a\xc2\x85" "b", "info event=e v=\"a\\u0085b\"\n", "NEL"},
		{"a\xe2\x80\xa8" "b\xe2\x80\xa9", "info event=e v=\"a\\u2028b\\u2029\"\n", "line and paragraph separators"},
		{"\xe2\x80\xae" "fdp\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "info event=e v=\"\\u202efdp\\u2066\\u2069\\u200f\\u061c\"\n", "bidi controls"},
		{"a\xe2\x80\x8b" "b\xef\xbb\xbf", "info event=e v=\"a\\u200bb\\ufeff\"\n", "what cannot be seen"},
		{"Åsa", "info event=e v=\"Åsa\"\n", "letters stay readable"},
		{"\xff\xc3", "info event=e v=\"\xef\xbf\xbd\xef\xbf\xbd\"\n", "no UTF-8"},
		{NULL, "info event=e\n", "left out"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[600];
		listen_to(say_value, cases[i].value, line, sizeof line);
		if (strcmp(line, cases[i].line) != 0)
			fail_msg("%s: %s", cases[i].why, line);
	}
}

static void long_values_are_cut(void **state)
{
	(void)state;
	static const char *const units[] = {"a", "å", "€", "a\n"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		for (size_t lead = 0; lead < 3; lead++) {
			char value[2000] = "xx", line[4000];
			size_t n = lead;
			for (; n < 1000; n += strlen(units[i]))
				strcpy(value + n, units[i]);
			listen_to(say_value, value, line, sizeof line);
			size_t len = strlen(line);
			assert_true(utf8_valid(line, len));
			assert_true(len < 2000);
			assert_non_null(strstr(line, "…\"\n"));
			assert_ptr_equal(strchr(line, '\n'), line + len - 1);
		}
	char value[301], line[600]; /* just as long as is allowed */
	memset(value, 'a', 300);
	value[300] = '\0';
	listen_to(say_value, value, line, sizeof line);
	assert_null(strchr(line, '"'));
	assert_non_null(strstr(line, value));
}

static void say_fields(const void *ctx)
{
	(void)ctx;
	log_name("courier");
	log_event(LOG_LEVEL_ERROR, "sent", LOG_S("ticket", "INT-1"), LOG_S("why", NULL), LOG_I("attempt", 3), LOG_I("min", INT64_MIN), LOG_I("none", 0));
}

static void say_levels(const void *ctx)
{
	(void)ctx;
	static const enum log_level levels[] = {LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR};
	for (size_t i = 0; i < 4; i++)
		log_event(levels[i], "default", LOG_I("n", i));
	log_setup(LOG_LEVEL_DEBUG);
	log_event(LOG_LEVEL_DEBUG, "all", LOG_I("n", 1));
	log_setup(LOG_LEVEL_WARN);
	log_event(LOG_LEVEL_INFO, "never", LOG_I("n", 2));
	log_event(LOG_LEVEL_WARN, "few", LOG_I("n", 3));
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_event(LOG_LEVEL_WARN, "journal", LOG_I("n", 4));
}

static void fields_and_levels(void **state)
{
	(void)state;
	char text[1000];
	listen_to(say_fields, NULL, text, sizeof text);
	assert_string_equal(text, "error event=sent proc=courier ticket=INT-1 attempt=3 min=-9223372036854775808 none=0\n");
	listen_to(say_levels, NULL, text, sizeof text);
	assert_string_equal(text, "info event=default n=1\nwarning event=default n=2\nerror event=default n=3\ndebug event=all n=1\n"
	                          "warning event=few n=3\n<4>warning event=journal n=4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_cannot_forge),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(fields_and_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
