/* Transfer encodings: what they hold, and how much, told without decoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "mail/decode.h"

typedef void decode_fn(const char *s, size_t n, size_t most, struct buf *out);
typedef size_t size_fn(const char *s, size_t n);

static void check(decode_fn *decode, size_fn *size, const char *in, size_t n, const char *want, size_t want_n, const char *why)
{
	char *exact = mem_dupn(in, n), *copy = malloc(n ? n : 1); /* without the NUL: reading beyond the end shows */
	struct buf out = {0};
	memcpy(copy, exact, n);
	decode(copy, n, SIZE_MAX, &out);
	if (out.n != want_n || (want_n && memcmp(out.s, want, want_n) != 0))
		fail_msg("%s: '%s' holds %zu bytes, not %zu", why, exact, out.n, want_n);
	if (size(copy, n) != want_n)
		fail_msg("%s: '%s' is said to hold %zu bytes, not %zu", why, exact, size(copy, n), want_n);
	buf_free(&out);
	free(exact);
	free(copy);
}

static void base64_is_read(void **state)
{
	static const struct {
		const char *in, *want, *why;
	} cases[] = {
		{"", "", "nothing"},
		{"QUJD", "ABC", "four digits"},
		{"QUI=", "AB", "one pad"},
		{"QQ==", "A", "two pads"},
		{"QU\r\nJD\r\n", "ABC", "lines may end anywhere"},
		{" Q-U*J\tD", "ABC", "what is no digit is passed over"},
		{"QUJDQU", "ABC", "an end without padding is lost"},
		{"QUI", "", "so is a beginning"},
		{"QQ==\r\n_____\r\nTo unsubscribe", "A", "below the padding a list may add its footer"},
		{"=QUJD", "", "padding is the end, wherever it stands"},
		{"QUJDQ=", "ABC", "one digit is not enough for a byte"},
		{"+/+/", "\xfb\xff\xbf", "the last two digits"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(decode_base64, decoded_base64, cases[i].in, strlen(cases[i].in), cases[i].want, strlen(cases[i].want), cases[i].why);
}

static void quoted_printable_is_read(void **state)
{
	static const struct {
		const char *in, *want, *why;
	} cases[] = {
		{"", "", "nothing"},
		{"plain", "plain", "plain"},
		{"f=C3=B6rnya", "f\xc3\xb6rnya", "escapes"},
		{"a=c3b", "a\xc3""b", "in small letters"},
		{"so=\r\nft", "soft", "a soft line break"},
		{"so=\nft", "soft", "of Unix"},
		{"so\r\nft", "so\r\nft", "a line break stays as it is"},
		{"1=2 + x=yz", "1=2 + x=yz", "what is no escape stays"},
		{"a==41", "a==41", "an escape is three bytes, broken or not"},
		{"end=", "end", "cut off"},
		{"end=4", "end", "cut off in its middle"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(decode_quoted, decoded_quoted, cases[i].in, strlen(cases[i].in), cases[i].want, strlen(cases[i].want), cases[i].why);
}

/* Long ones, with a mark at each place: the digits are counted, and decoded, many at once. */
static void every_place_counts(void **state)
{
	enum { N = 700 };
	char s[N];
	(void)state;
	for (size_t at = 0; at < N; at++) {
		memset(s, 'A', sizeof s);
		s[at] = at % 3 ? '\n' : '\xC1';
		assert_int_equal(decoded_base64(s, N), (N - 1) / 4 * 3);
		s[at] = '=';
		struct buf out = {0};
		decode_base64(s, N, SIZE_MAX, &out);
		assert_int_equal(out.n, at / 4 * 3 + (at % 4 > 1 ? at % 4 - 1 : 0));
		assert_int_equal(decoded_base64(s, N), out.n);
		buf_free(&out);
	}
}

static void no_more_than_asked_for(void **state)
{
	char s[9000];
	struct buf out = {0};
	(void)state;
	memset(s, 'A', sizeof s);
	decode_base64(s, sizeof s, 100, &out);
	assert_in_range(out.n, 101, 2000);
	buf_clear(&out);
	decode_quoted(s, sizeof s, 100, &out);
	assert_in_range(out.n, 101, 200);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_read), cmocka_unit_test(quoted_printable_is_read), cmocka_unit_test(every_place_counts),
		cmocka_unit_test(no_more_than_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
