#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/letter.h"
#include "desk/office.h"

static void the_language_of_an_answer(void **state)
{
	(void)state;
	static const struct {
		const char *office[3], *mail, *want;
	} cases[] = {
		{{"sv", "en"}, "sv", "sv"}, {{"sv", "en"}, "en", "en"}, {{"sv", "en"}, "de", "en"}, {{"sv", "en"}, NULL, "en"}, {{"sv"}, "en", "sv"},
		{{"sv"}, NULL, "sv"},       {{"sv", "de"}, "fr", "sv"}, {{"de", "sv"}, "sv", "sv"}, {{"en", "sv"}, "no", "en"}, {{"sv", "en"}, "", "en"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config c = {0};
		for (size_t k = 0; k < 3 && cases[i].office[k]; k++)
			strs_add(&c.office.languages, cases[i].office[k]);
		const char *got = letter_language(&c, cases[i].mail);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("case %zu: %s", i, got);
		strs_free(&c.office.languages);
	}
}

/* 128 bits that nobody can guess, with the ticket in front, under the office's domain: no two are alike. */
static void ids_cannot_be_guessed(void **state)
{
	struct office *o = *state;
	enum { N = 300 };
	struct strs seen = {0};
	char subject[] = "s", name[] = "Anna", addr[] = "anna@partner.example", text[] = "t", status[] = "open";
	struct mail m = {.subject = subject, .from = {name, addr}, .text = text};
	struct ticket t = {.id = 42, .status = status, .subject = subject, .requester_name = name, .requester_addr = addr};
	const struct letter_ground g = {o->config, &t, &m, 1, 10, o->now, NULL};
	for (int i = 0; i < N; i++) {
		struct outbox_item item;
		struct err e;
		MUST(letter_answer(&g, "acknowledgement", "acknowledgement", addr, &item, &e));
		const char *random = item.message_id + strlen("INT-42.");
		assert_true(str_starts(item.message_id, "INT-42."));
		assert_int_equal(strspn(random, "0123456789abcdef"), 32);
		assert_string_equal(random + 32, "@uni.example");
		assert_false(strs_has(&seen, item.message_id));
		strs_add(&seen, item.message_id);
		outbox_item_free(&item);
	}
	strs_free(&seen);
}

static void a_template_that_is_not_there(void **state)
{
	struct office *o = *state;
	char subject[] = "s", name[] = "", addr[] = "anna@partner.example";
	struct mail m = {0};
	struct ticket t = {.id = 1, .subject = subject, .requester_name = name, .requester_addr = addr};
	const struct letter_ground g = {o->config, &t, &m, 1, 10, o->now, NULL};
	struct outbox_item item;
	struct err e = {0};
	assert_false(letter_answer(&g, "answer", "no-such-text", addr, &item, &e));
	assert_non_null(strstr(e.text, "no-such-text"));
	static const struct outbox_item none;
	assert_memory_equal(&item, &none, sizeof none); /* nothing to free */
	assert_false(letter_answer(&g, "answer", "acknowledgement", "no address", &item, &e));
	assert_memory_equal(&item, &none, sizeof none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_of_an_answer),
		cmocka_unit_test_setup_teardown(ids_cannot_be_guessed, office_open, office_close),
		cmocka_unit_test_setup_teardown(a_template_that_is_not_there, office_open, office_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
