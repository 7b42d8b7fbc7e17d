#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "wire/smtp_body.h"

struct source {
	const char *s;
	size_t n, step;
	bool fails;
};

static long read_source(void *ctx, char *out, size_t n)
{
	struct source *s = ctx;
	size_t k = s->n < n ? s->n : n;
	if (k > s->step)
		k = s->step;
	if (!k)
		return s->fails ? -1 : 0;
	memcpy(out, s->s, k);
	s->s += k;
	s->n -= k;
	return (long)k;
}

static const struct {
	const char *in, *out, *why;
} CASES[] = {
	{"", "", "nothing stays nothing"},
	{"a", "a\r\n", "the last line is ended"},
	{"a\r\n", "a\r\n", "as it should be"},
	{"a\nb\n", "a\r\nb\r\n", "Unix"},
	{"a\rb\r", "a\r\nb\r\n", "old Macintosh"},
	{"a\n\rb", "a\r\n\r\nb\r\n", "two line ends"},
	{"a\r\r\nb", "a\r\n\r\nb\r\n", "a stray CR"},
	{"a\n.\nb", "a\r\n.\r\nb\r\n", "LF . LF ends no mail"},
	{"a\r.\rb", "a\r\n.\r\nb\r\n", "nor does CR . CR"},
	{"\n", "\r\n", "an empty line"},
};

static void line_ends(void **state)
{
	(void)state;
	static struct smtp_body b;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		for (size_t step = 1; step < 4; step++)
			for (size_t room = 2; room < 8; room++) {
				struct source src = {CASES[i].in, strlen(CASES[i].in), step, false};
				char got[64], out[8];
				size_t n = 0;
				long r;
				smtp_body_start(&b, read_source, &src);
				while ((r = smtp_body_next(&b, out, room)) > 0) {
					memcpy(got + n, out, (size_t)r);
					n += (size_t)r;
				}
				got[n] = '\0';
				assert_int_equal(r, 0);
				if (strcmp(got, CASES[i].out) != 0)
					fail_msg("case %zu (%s), steps %zu, room %zu", i, CASES[i].why, step, room);
			}
}

static void a_source_that_fails(void **state)
{
	(void)state;
	static struct smtp_body b;
	struct source src = {"abc", 3, 3, true};
	char out[64];
	smtp_body_start(&b, read_source, &src);
	assert_false(b.begun);
	assert_int_equal(smtp_body_next(&b, out, sizeof out), -1); /* or the mail would end here, and be sent short */
	assert_true(b.failed);
	assert_true(b.begun);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(line_ends), cmocka_unit_test(a_source_that_fails)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
