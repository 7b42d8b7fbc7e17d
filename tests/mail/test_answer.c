/* What a colleague wrote now: the text below the commands, and the colleague's own address out of it. The HTML is in test_answer_html.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "desk/command.h"
#include "mail/answer.h"

static void commands_are_taken_off(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"Hej!\n!close", "Hej!\n!close"},
		{"!close\nHej", "Hej"},
		{"!close\n\n!vänta till fredag\n\nHej\n\n- Bo", "Hej\n\n- Bo"},
		{"\n \n  ! close\n\xC2\xA0\nHej", "Hej"},
		{"\xEF\xBC\x81stäng\nHej", "Hej"},              /* a wide '!' */
		{"\xE2\x80\x8B!\xE2\x80\x8B""close\nHej", "Hej"},  /* with what one does not see */
		{"!ändra\nHej", "Hej"},                            /* any letter */
		{"!!!\nHej", "!!!\nHej"}, {"!\nHej", "!\nHej"}, {"!?\nHej", "!?\nHej"}, {"!1 Hej", "!1 Hej"}, {"! 1", "! 1"},
		{"!close", ""}, {"!close\n\n", ""}, {"", ""}, {"\n\n", ""}, {"> !close", "> !close"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(answer_below_commands(cases[i].text), cases[i].want);
}

/* What is text to the one is text to the other: nothing between them is lost, or sent as both. */
static void it_agrees_with_what_reads_commands(void **state)
{
	(void)state;
	static const char *const texts[] = {"!close\nHej", "!close\n\n!wait 1 dec\n\nHej\nhopp", "Hej\n!close", "!!!\n!close", "\xEF\xBC\x81stäng\n\nHej",
	                                    "\xE2\x80\x8E!close\nHej", "!\xC2\xA0\nHej", "!7\nHej", "! \xC3\xA5\nHej", "!close", "\n\n!close\n\xE3\x80\x80\nHej"};
	static const struct day today = {2026, 11, 25};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct commands c;
		commands_read(texts[i], &today, &c);
		assert_string_equal(answer_below_commands(texts[i]), c.rest);
		commands_free(&c);
	}
}

static void the_writers_address_is_hidden(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"bo.ek@uni.example", "office@uni.example"},
		{"Skriv till Bo.Ek@UNI.example.", "Skriv till office@uni.example."},
		{"<a href=\"mailto:bo.ek@uni.example?subject=x\">bo.ek@uni.example</a>", "<a href=\"mailto:office@uni.example?subject=x\">office@uni.example</a>"},
		{"mailto:bo.ek%40uni.example", "mailto:office%40uni.example"},
		{"mailto:%62o%2Eek%40uni.example,x", "mailto:office%40uni.example,x"},
		{"mailto:x?cc=%3CBO.EK@uni.example%3E", "mailto:x?cc=%3Coffice@uni.example%3E"},
		{"(bo.ek@uni.example) 'bo.ek@uni.example'bo.ek@uni.example", "(office@uni.example) 'office@uni.example'office@uni.example"},
		{"\xE2\x80\x93""bo.ek@uni.example\xE2\x80\x94", "\xE2\x80\x93""office@uni.example\xE2\x80\x94"},
		{"\xE9\x82\xAE\xE7\xAE\xB1""bo.ek@uni.example", "\xE9\x82\xAE\xE7\xAE\xB1""office@uni.example"}, /* Chinese has no blanks */
		{"jumbo.ek@uni.example, u.bo.ek@uni.example, x-bo.ek@uni.example, x+bo.ek@uni.example", "jumbo.ek@uni.example, u.bo.ek@uni.example, x-bo.ek@uni.example, x+bo.ek@uni.example"},
		{"bo.ek@uni.example.org bo.ek@uni.examples bo.ek@uni.example-x", "bo.ek@uni.example.org bo.ek@uni.examples bo.ek@uni.example-x"},
		{"\xC3\xA5""bo.ek@uni.example", "\xC3\xA5""bo.ek@uni.example"},
		{"bo.ek@uni.example--", "office@uni.example--"},
		{"bo.ek@uni", "bo.ek@uni"}, {"bo.ek%4", "bo.ek%4"}, {"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *s = mail_hide_address(cases[i].text, "bo.ek@uni.example", "office@uni.example");
		assert_string_equal(s, cases[i].want);
		free(s);
	}
	char *s = mail_hide_address("text", "", "office@uni.example");
	assert_string_equal(s, "text");
	free(s);
	s = mail_hide_address("text", NULL, "office@uni.example");
	assert_string_equal(s, "text");
	free(s);
}

static void replies_to_us_are_known(void **state)
{
	(void)state;
	static char token[] = "aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx.1@uni.example", plus[] = "office+AQAAAABKKEGAAB2K4CCI67S7RSG5EVS2RA6YTBKX@uni.example", other[] = "x@uni.example", name[] = "";
	struct mailbox to[] = {{name, other}, {name, plus}};
	struct mail m = {0};
	assert_false(answer_replies_to_us(&m));
	m.in_reply_to = other;
	strs_add(&m.references, other);
	assert_false(answer_replies_to_us(&m));
	strs_add(&m.references, token);
	assert_true(answer_replies_to_us(&m));
	strs_free(&m.references);
	m.in_reply_to = token;
	assert_true(answer_replies_to_us(&m));
	m.in_reply_to = NULL;
	m.cc = (struct mailboxes){to, 1};
	assert_false(answer_replies_to_us(&m));
	m.cc.n = 2;
	assert_true(answer_replies_to_us(&m));
	m.cc.n = 0;
	static const struct {
		const char *subject;
		bool ours;
	} cases[] = {{"Re: [INT-42] x", true}, {"[a1-7]", true}, {"SV: [x] [INT-42]", true}, {"[INT-]", false}, {"[-42]", false}, {"[INT42]", false}, {"INT-42", false}, {"[7-7]", false},
	             {"[INT-42", false}, {"[INT-4x]", false}, {"[thirteenchars-4]", false}, {"", false}, {"[", false}, {"take aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx", true}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *subject = mem_dup(cases[i].subject);
		m.subject = subject;
		if (answer_replies_to_us(&m) != cases[i].ours)
			fail_msg("%s", subject);
		free(subject);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_taken_off),
		cmocka_unit_test(it_agrees_with_what_reads_commands),
		cmocka_unit_test(the_writers_address_is_hidden),
		cmocka_unit_test(replies_to_us_are_known),
	};
	return cmocka_run_group_tests_name("mail/answer", tests, NULL, NULL);
}
