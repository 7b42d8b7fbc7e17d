#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "desk/office.h"
#include "desk/reply.h"

static const char *const names[] = {[REPLY_FAULTS] = "faults", [REPLY_LINK_USED] = "link used", [REPLY_LINK_ALTERED] = "link altered", [REPLY_EMPTY] = "empty",
                                    [REPLY_NOTE] = "note",     [REPLY_COMMANDS] = "commands",   [REPLY_ANSWER] = "answer",             [REPLY_HELD] = "held"};

static void meanings(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool attached, by_link;
		enum command_kind link;
		bool used, to_notice, faster;
		enum reply_kind want;
	} cases[] = {
		{"Hello, we nominate by 1 April.\n", .want = REPLY_ANSWER},
		{"!close\n\nHello, we nominate by 1 April.\n", .want = REPLY_ANSWER},
		{"!to sender\nHello\n", .want = REPLY_ANSWER},
		{"!close\n", .want = REPLY_COMMANDS},
		{"\n \n", .want = REPLY_EMPTY},
		{"-- \nBo Ek\nhandläggare\n", .want = REPLY_EMPTY},
		{"!close\n\nBo Ek\nhandläggare\n", .want = REPLY_COMMANDS},
		{"", .attached = true, .want = REPLY_ANSWER},
		{"!close", .attached = true, .want = REPLY_ANSWER},
		{"Hello\n!close\n", .want = REPLY_ANSWER},
		{"!cloze the door please\n", .want = REPLY_FAULTS},
		{"!note Anna called.\nShe is angry.\n", .want = REPLY_COMMANDS},
		{"!note Anna called.\n", .attached = true, .want = REPLY_COMMANDS},
		{"!ask kvalitet@uni.example\nMay we sign?\n", .want = REPLY_COMMANDS},
		{"!move mobility\nYours, I think.\n", .want = REPLY_COMMANDS},
		{"!spam\nHello\n", .want = REPLY_COMMANDS},
		{"Hello\n", .faster = true, .want = REPLY_HELD},
		{"!close\nHello\n", .faster = true, .want = REPLY_HELD},
		{"!close\n", .faster = true, .want = REPLY_COMMANDS},
		{"!note x\n", .faster = true, .want = REPLY_COMMANDS},
		{"Thank you\n", .to_notice = true, .want = REPLY_NOTE},
		{"Thank you\n", .to_notice = true, .faster = true, .want = REPLY_NOTE},
		{"!undo\n", .to_notice = true, .want = REPLY_COMMANDS},
		{"!close\nThank you\n", .to_notice = true, .want = REPLY_COMMANDS},
		{"!close\n\nSend this mail, and it is done.\n", .by_link = true, .link = COMMAND_CLOSE, .want = REPLY_COMMANDS},
		{"!close\n", .by_link = true, .link = COMMAND_CLOSE, .used = true, .want = REPLY_LINK_USED},
		{"!spam\n", .by_link = true, .link = COMMAND_CLOSE, .want = REPLY_LINK_ALTERED},
		{"!close\n!spam\n", .by_link = true, .link = COMMAND_CLOSE, .want = REPLY_LINK_ALTERED},
		{"Hello\n", .by_link = true, .link = COMMAND_CLOSE, .want = REPLY_LINK_ALTERED},
		{"!wait\n", .by_link = true, .link = COMMAND_WAIT, .want = REPLY_FAULTS},
	};
	const struct day today = {2026, 3, 9};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct commands c;
		struct mail m = {.answer.n_parts = cases[i].attached};
		commands_read(cases[i].text, &today, &c);
		const struct reply_facts f = {&m, &c, "Bo Ek", cases[i].by_link, cases[i].link, cases[i].used, cases[i].to_notice, cases[i].faster};
		enum reply_kind got = reply_means(&f);
		commands_free(&c);
		if (got != cases[i].want)
			fail_msg("%zu: '%s' is %s, not %s", i, cases[i].text, names[got], names[cases[i].want]);
	}
}

static void html(void **state)
{
	(void)state;
	char html[] = "<p>Hello <b>Anna</b></p>", text[] = "Hello Anna";
	struct mail m = {.answer = {.text = text, .html = html}};
	assert_true(reply_html_fits(&m, "Hello\n  Anna\n"));
	assert_false(reply_html_fits(&m, "Hello Anna and Bo"));
	assert_false(reply_html_fits(&m, "Hello"));
	assert_false(reply_html_fits(&m, "!close Hello Anna"));
	m.answer.html = NULL;
	assert_false(reply_html_fits(&m, "Hello Anna"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(meanings), cmocka_unit_test(html)};
	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
