#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void adds_all_kinds(void **state)
{
	(void)state;
	struct buf b = {0};
	buf_add(&b, "a\0b", 3);
	buf_adds(&b, "cd");
	buf_addc(&b, '\0');
	buf_addf(&b, "%s-%d", "x", 42);
	assert_int_equal(b.n, 10);
	assert_memory_equal(b.s, "a\0bcd\0x-42", 11); /* with the NUL behind */
	buf_free(&b);
	assert_null(b.s);
	assert_int_equal(b.n, 0);
}

static void grows_with_a_nul_behind(void **state)
{
	(void)state;
	struct buf b = {0};
	for (size_t i = 0; i < 100000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		assert_int_equal(b.s[b.n], '\0');
	}
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.s[i], 'a' + (int)(i % 26));
	assert_int_equal(b.n, 100000);
	buf_free(&b);
}

static void a_reservation_is_room(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 63, 64, 65, 4095, 4096, 100000};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf b = {0};
		buf_adds(&b, "x");
		buf_reserve(&b, sizes[i]);
		const char *was = b.s;
		for (size_t k = 0; k < sizes[i]; k++)
			buf_addc(&b, 'y');
		assert_ptr_equal(b.s, was);
		assert_int_equal(strlen(b.s), 1 + sizes[i]);
		buf_free(&b);
	}
}

static void formats_what_is_longer_than_the_room(void **state)
{
	(void)state;
	struct buf b = {0};
	char *big = malloc(10001);
	assert_non_null(big);
	memset(big, 'z', 10000);
	big[10000] = '\0';
	buf_addf(&b, "<%s>", big);
	buf_addf(&b, "%s", ""); /* nothing */
	assert_int_equal(b.n, 10002);
	assert_int_equal(b.s[0], '<');
	assert_string_equal(b.s + 10001, ">");
	free(big);
	buf_free(&b);
}

static void cuts(void **state)
{
	(void)state;
	struct buf b = {0};
	buf_cut(&b, 0); /* of nothing */
	buf_clear(&b);
	buf_adds(&b, "abcdef");
	buf_cut(&b, 6);
	buf_cut(&b, 100);
	assert_string_equal(b.s, "abcdef");
	buf_cut(&b, 2);
	assert_string_equal(b.s, "ab");
	assert_int_equal(b.n, 2);
	size_t cap = b.cap;
	buf_clear(&b);
	assert_string_equal(b.s, "");
	assert_int_equal(b.cap, cap);
	buf_free(&b);
}

static void takes(void **state)
{
	(void)state;
	struct buf b = {0};
	char *s = buf_take(&b);
	assert_string_equal(s, ""); /* never NULL */
	free(s);
	buf_reserve(&b, 1000);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	buf_adds(&b, "text");
	s = buf_take(&b);
	assert_string_equal(s, "text");
	assert_null(b.s);
	assert_int_equal(b.n + b.cap, 0);
	buf_adds(&b, "again");
	assert_string_equal(b.s, "again");
	buf_free(&b);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_all_kinds),
		cmocka_unit_test(grows_with_a_nul_behind),
		cmocka_unit_test(a_reservation_is_room),
		cmocka_unit_test(formats_what_is_longer_than_the_room),
		cmocka_unit_test(cuts),
		cmocka_unit_test(takes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
