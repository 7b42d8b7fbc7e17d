#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/imap_guard.h"

struct guard_case {
	const char *input;
	bool ok;
	const char *why;
};

static const struct guard_case CASES[] = {
	{"* OK [CAPABILITY IMAP4rev1] hello\r\n", true, "a greeting"},
	{"* OK so {x} is fine (((\r\n", true, "free text"},
	{"* 1 FETCH (UID 1 BODY[] {5}\r\nab((((((((((((c)\r\n", false, "five bytes, and then lists without end"},
	{"* 1 FETCH (UID 1 BODY[] {9}\r\n((((((((()\r\n", true, "in a literal anything may stand"},
	{"* 1 fetch (UID 1 BODY[] {3}\r\n\"{\n)\r\n* OK\r\n", true, "names in any case"},
	{"* 1 FETCH (BODYSTRUCTURE (((((((((((\r\n", false, "libetpan's stack"},
	{"* 12 FETCH (FLAGS (\\Seen $Label1) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n", true, "what servers send"},
	{"* NAMESPACE ((\"INBOX.\" \".\")) ((\"~\" \"/\")) NIL\r\n", true, "namespaces"},
	{"* 1 FETCH (BODY[] {101}\r\n", false, "longer than allowed"},
	{"* 1 FETCH (BODY[] {100}\r\n", true, "as long as allowed"},
	{"* 1 FETCH (BODY[] {4294967301}\r\n", false, "wraps to 5 in 32 bits"},
	{"* 1 FETCH (BODY[] {18446744073709551621}\r\n", false, "wraps to 5 in 64 bits"},
	{"* 1 FETCH (BODY[] {-5}\r\n", false, "libetpan takes it for 0"},
	{"* 1 FETCH (BODY[] {5} x\r\n", false, "libetpan would take the literal from this line"},
	{"* 1 FETCH (BODY[] {5}\n", false, "bare LF"},
	{"* 1 FETCH (BODY[] {}\r\n", false, "no number"},
	{"* LIST () \"/\" {5}\r\n", false, "a literal that nobody asked for"},
	{"* NO [BADCHARSET ({5}\r\n", false, "a literal in a response code"},
	{"* 1 FETCHED (BODY[] {5}\r\n", false, "not FETCH"},
	{"*  1 FETCH (BODY[] {5}\r\n", false, "not FETCH, though libetpan would think so"},
	{"* FETCH (BODY[] {5}\r\n", false, "no number"},
	{"+ {5}\r\n", false, "a continuation has no literal"},
	{"* LIST () \"/\" \"a\r\n* 1 FETCH (BODY[] {9}\r\n", false, "libetpan reads a quoted string over line ends"},
	{"* 1 FETCH (X \"a\\\" {5}\" UID 1)\r\n", true, "a quoted quote"},
	{"* 1 FETCH (X \"a\\\\\" BODY[] {5}\r\nabcde)\r\n", true, "a quoted backslash"},
	{"* 1 FETCH (X \"a\\\"\r\n", false, "no closing quote"},
	{"* 1 FETCH (A {1}\r\n( B {1}\r\n( C ((((((())))))))\r\n", true, "several literals in one response"},
	{"* 1 FETCH (A {1}\r\n( B (((((((((\r\n", false, "depth goes on after a literal"},
};

static bool feed(const char *s, size_t step)
{
	struct imap_guard g = {.literal_max = 100};
	struct err e = {0};
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i += step) {
		size_t k = n - i < step ? n - i : step;
		char *copy = malloc(k); /* no byte beyond */
		memcpy(copy, s + i, k);
		bool ok = imap_guard(&g, copy, k, &e);
		free(copy);
		if (!ok)
			return false;
	}
	return true;
}

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		for (size_t step = 1; step < 80; step += 13)
			if (feed(CASES[i].input, step) != CASES[i].ok)
				fail_msg("'%s' (%s), in steps of %zu: should be %s", CASES[i].input, CASES[i].why, step, CASES[i].ok ? "let through" : "stopped");
}

static void lines_have_an_end(void **state)
{
	(void)state;
	struct imap_guard g = {.literal_max = 1000000};
	struct err e = {0};
	char a[1000];
	memset(a, 'a', sizeof a);
	for (int i = 0; i < IMAP_GUARD_LINE / 1000; i++)
		assert_true(imap_guard(&g, a, sizeof a, &e));
	assert_false(imap_guard(&g, a, sizeof a, &e));
	assert_non_null(strstr(e.text, "line"));

	g = (struct imap_guard){.literal_max = 1000000};
	const char *head = "* 1 FETCH (BODY[] {1000000}\r\n";
	assert_true(imap_guard(&g, head, strlen(head), &e));
	for (int i = 0; i < 1000; i++)
		assert_true(imap_guard(&g, a, sizeof a, &e)); /* a literal does not count */
	assert_true(imap_guard(&g, ")\r\n", 3, &e));
	assert_int_equal(g.line, 0);
}

static void nul_is_no_text(void **state)
{
	(void)state;
	struct imap_guard g = {.literal_max = 10};
	struct err e = {0};
	assert_true(imap_guard(&g, "* 1 FETCH (BODY[] {2}\r\n\0\0)\r\n", 28, &e));
	assert_false(imap_guard(&g, "* OK \0\r\n", 8, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(lines_have_an_end), cmocka_unit_test(nul_is_no_text)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
