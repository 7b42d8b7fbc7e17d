/* JSON as text: what a JSON parser reads back is what was put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "mail/json_text.h"

static void strings_come_back(void **state)
{
	static const struct {
		const char *in, *text, *why;
	} cases[] = {
		{"", "\"\"", "empty"},
		{NULL, "null", "none"},
		{"förnya", "\"förnya\"", "UTF-8 stays as it is"},
		{"a\"b\\c", "\"a\\\"b\\\\c\"", "quotes and backslashes"},
		{"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"", "controls with a letter"},
		{"\x01\x1f\x7f", "\"\\u0001\\u001F\x7f\"", "and without"},
		{"a/b", "\"a/b\"", "a slash needs nothing"},
		{"a\xff" "b", "\"a\xef\xbf\xbd" "b\"", "no UTF-8 becomes U+FFFD: the reader's answer is always read"},
		{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "nor is a surrogate"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		json_put(&b, cases[i].in);
		if (strcmp(b.s, cases[i].text) != 0)
			fail_msg("%s: %s, not %s", cases[i].why, b.s, cases[i].text);
		buf_free(&b);
	}
}

/* Each byte at each place of a word: eight are looked at together. */
static void every_byte_comes_back(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 0x80; c++)
		for (size_t at = 0; at < 20; at++) {
			char s[] = "abcdefghijklmnopqrst";
			struct buf b = {0};
			s[at] = (char)c;
			json_put(&b, s);
			json_t *j = json_loads(b.s, JSON_DECODE_ANY, NULL);
			assert_non_null(j);
			assert_string_equal(json_string_value(j), s);
			json_decref(j);
			buf_free(&b);
		}
}

static void commas_come_by_themselves(void **state)
{
	struct buf b = {0};
	(void)state;
	json_open(&b, '{');
	json_key(&b, "a");
	json_open(&b, '[');
	json_put(&b, "[");
	json_put_number(&b, -7);
	json_open(&b, '{');
	json_close(&b, '}');
	json_open(&b, '[');
	json_close(&b, ']');
	json_put_bool(&b, true);
	json_close(&b, ']');
	json_key(&b, "b");
	json_put(&b, "{");
	json_key(&b, "c");
	json_put_bool(&b, false);
	json_key(&b, "d");
	json_put_number(&b, INT64_MAX);
	json_close(&b, '}');
	assert_string_equal(b.s, "{\"a\":[\"[\",-7,{},[],true],\"b\":\"{\",\"c\":false,\"d\":9223372036854775807}");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_come_back), cmocka_unit_test(every_byte_comes_back), cmocka_unit_test(commas_come_by_themselves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
