#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/fold.h"

enum { SIZE = sizeof((struct err *)0)->text };

static void sets_kind_and_text(void **state)
{
	(void)state;
	struct err e = {.kind = ERR_BUG, .text = "what was there"};
	assert_false(err_set(&e, ERR_INPUT, "cannot read '%s': %d", "a.eml", 7));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.text, "cannot read 'a.eml': 7");
}

static void in_puts_the_outer_first(void **state)
{
	(void)state;
	struct err e;
	err_set(&e, ERR_TEMPORARY, "the disk is full");
	assert_false(err_in(&e, "cannot open ticket %d", 42));
	assert_false(err_in(&e, "mail %s", "<a@b>"));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_string_equal(e.text, "mail <a@b>: cannot open ticket 42: the disk is full");
}

/* What is too long is cut between characters, never inside one, and keeps all that has room. */
static void long_texts_are_cut_whole(void **state)
{
	(void)state;
	static const struct {
		const char *unit, *why;
	} cases[] = {
		{"a", "ASCII"},
		{"å", "two bytes a character"},
		{"…", "three bytes"},
		{"\xf0\x9f\x8e\x93", "four bytes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t lead = 0; lead < 4; lead++) { /* each way the limit can fall into a character */
			char text[4 * SIZE + 8] = "xyz";
			size_t unit = strlen(cases[i].unit), n = lead;
			for (; n < 2 * SIZE; n += unit)
				memcpy(text + n, cases[i].unit, unit + 1);
			struct err e;
			err_set(&e, ERR_INPUT, "%s", text);
			size_t kept = strlen(e.text);
			if (!utf8_valid(e.text, kept) || kept < SIZE - 1 - 2 * 4 || strncmp(text, e.text, kept) != 0)
				fail_msg("err_set, %s, %zu in front: %zu bytes kept", cases[i].why, lead, kept);
			err_set(&e, ERR_INPUT, "end");
			err_in(&e, "%s", text);
			kept = strlen(e.text);
			if (!utf8_valid(e.text, kept) || kept < SIZE - 1 - 2 * 4 || strncmp(text, e.text, kept) != 0)
				fail_msg("err_in in front, %s, %zu in front: %zu bytes kept", cases[i].why, lead, kept);
			err_set(&e, ERR_INPUT, "%s", text);
			err_in(&e, "outer");
			kept = strlen(e.text);
			if (!utf8_valid(e.text, kept) || kept < SIZE - 1 - 2 * 4 || strncmp(e.text, "outer: ", 7) != 0)
				fail_msg("err_in of a long one, %s, %zu in front: %zu bytes kept", cases[i].why, lead, kept);
		}
}

static void in_finds_room_up_to_the_last_byte(void **state)
{
	(void)state;
	for (size_t n = SIZE - 12; n < SIZE + 4; n++) { /* the outer text ends around the end of the room */
		char outer[SIZE + 8];
		struct err e = {.kind = ERR_CONFIG, .text = "inner"};
		memset(outer, 'o', n);
		outer[n] = '\0';
		err_in(&e, "%s", outer);
		size_t kept = strlen(e.text);
		assert_true(kept < SIZE);
		assert_int_equal(strspn(e.text, "o"), kept < n ? kept : n);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_kind_and_text),
		cmocka_unit_test(in_puts_the_outer_first),
		cmocka_unit_test(long_texts_are_cut_whole),
		cmocka_unit_test(in_finds_room_up_to_the_last_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
