#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "wire/smtp_reply.h"

static const struct {
	enum smtp_stage stage;
	const char *reply; /* NULL: none came */
	enum smtp_result result;
	const char *why;
} CASES[] = {
	{SMTP_AT_CONNECT, NULL, SMTP_ACCOUNT, "nobody there"},
	{SMTP_AT_CONNECT, "554 no service", SMTP_ACCOUNT, "not for us"},
	{SMTP_AT_EHLO, "550 go away", SMTP_ACCOUNT, "not this mail's fault"},
	{SMTP_AT_AUTH, "535 5.7.8 bad credentials", SMTP_ACCOUNT, "the password"},
	{SMTP_AT_AUTH, "454 4.7.0 later", SMTP_ACCOUNT, "the login server is down"},
	{SMTP_AT_MAIL, "421 4.3.2 shutting down", SMTP_ACCOUNT, "the server"},
	{SMTP_AT_MAIL, "530 5.7.0 authentication required", SMTP_ACCOUNT, "the login"},
	{SMTP_AT_MAIL, "552 5.2.2 over quota", SMTP_ACCOUNT, "our quota"},
	{SMTP_AT_MAIL, "550 5.7.1 sender rejected", SMTP_REFUSED, "this sender"},
	{SMTP_AT_MAIL, "451 4.3.0 later", SMTP_DEFERRED, "later"},
	{SMTP_AT_MAIL, NULL, SMTP_DEFERRED, "broken before anything was sent"},
	{SMTP_AT_RCPT, "550 5.1.1 no such user", SMTP_REFUSED, "no such person"},
	{SMTP_AT_RCPT, "552 5.2.2 mailbox full", SMTP_REFUSED, "their quota"},
	{SMTP_AT_RCPT, "450 4.2.0 greylisted", SMTP_DEFERRED, "greylisting"},
	{SMTP_AT_RCPT, "421 4.7.0 too many connections", SMTP_ACCOUNT, "the server"},
	{SMTP_AT_RCPT, "250 what", SMTP_DEFERRED, "out of step"},
	{SMTP_AT_DATA, "550 5.4.5 Daily user sending limit exceeded", SMTP_ACCOUNT, "Gmail's daily limit"},
	{SMTP_AT_DATA, "554 no valid recipients", SMTP_REFUSED, "refused"},
	{SMTP_AT_DATA, "250 not 354", SMTP_DEFERRED, "out of step: nothing was sent"},
	{SMTP_AT_TEXT, NULL, SMTP_DEFERRED, "broken within the text: it was not taken"},
	{SMTP_AT_DOT, NULL, SMTP_UNKNOWN, "RFC 1047"},
	{SMTP_AT_DOT, "250 2.0.0 queued", SMTP_SENT, "taken"},
	{SMTP_AT_DOT, "251 will forward", SMTP_SENT, "any 2xx"},
	{SMTP_AT_DOT, "354 what", SMTP_UNKNOWN, "out of step"},
	{SMTP_AT_DOT, "451 4.3.0 try again", SMTP_DEFERRED, "not taken"},
	{SMTP_AT_DOT, "554 5.7.1 spam", SMTP_REFUSED, "not taken, ever"},
	{SMTP_AT_DOT, "552 5.3.4 too big", SMTP_REFUSED, "this mail is too big"},
	{SMTP_AT_DOT, "421 4.3.0 bye", SMTP_ACCOUNT, "not taken"},
	{SMTP_AT_DOT, "550 5.1.8 Access denied, bad outbound sender", SMTP_ACCOUNT, "Exchange Online barred us"},
};

static void judgements(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct smtp_exchange x = {.stage = CASES[i].stage};
		if (CASES[i].reply)
			assert_true(smtp_reply_line(&x, CASES[i].reply, strlen(CASES[i].reply)));
		if (smtp_judge(&x) != CASES[i].result)
			fail_msg("%s: '%s' (%s)", smtp_stage_name(CASES[i].stage), CASES[i].reply ? CASES[i].reply : "nothing", CASES[i].why);
	}
}

static void sent(struct smtp_exchange *x, const char *line)
{
	smtp_sent_line(x, line, strlen(line));
}

static bool came(struct smtp_exchange *x, const char *line)
{
	return smtp_reply_line(x, line, strlen(line));
}

static void a_conversation(void **state)
{
	(void)state;
	struct smtp_exchange x = {0};
	assert_true(came(&x, "220 hi\r\n"));
	sent(&x, "EHLO me\r\n");
	assert_int_equal(x.stage, SMTP_AT_EHLO);
	assert_int_equal(x.code, 0); /* the greeting is no answer to it */
	assert_false(came(&x, "250-PIPELINING\r\n"));
	assert_false(came(&x, "250-SIZE 1\r\n"));
	assert_int_equal(x.code, 0); /* half a reply is none */
	assert_true(came(&x, "250 AUTH PLAIN\r\n"));
	assert_string_equal(x.text, "250 PIPELINING SIZE 1 AUTH PLAIN");
	sent(&x, "AUTH PLAIN\r\n");
	assert_true(came(&x, "334 \r\n"));
	sent(&x, "AGFubmEAbWFpbA==\r\n"); /* no command, though it might begin like one */
	assert_int_equal(x.stage, SMTP_AT_AUTH);
	assert_int_equal(x.code, 0);
	sent(&x, "MAIL FROM:<a@b.example>\r\n");
	sent(&x, "RCPT TO:<c@d.example>\r\n");
	assert_int_equal(x.stage, SMTP_AT_RCPT);
	sent(&x, "DATA\r\n");
	assert_true(came(&x, "354 go\r\n"));
	assert_int_equal(x.stage, SMTP_AT_TEXT);
	assert_int_equal(x.code, 0);
}

static void quit_changes_nothing(void **state)
{
	(void)state;
	struct smtp_exchange x = {.stage = SMTP_AT_RCPT};
	assert_true(came(&x, "550 5.1.1 no\r\n"));
	sent(&x, "QUIT\r\n");
	assert_false(came(&x, "221 bye\r\n"));
	assert_int_equal(smtp_judge(&x), SMTP_REFUSED);

	x = (struct smtp_exchange){.stage = SMTP_AT_DOT};
	sent(&x, "QUIT\r\n");
	assert_false(came(&x, "250 ok\r\n"));
	assert_int_equal(smtp_judge(&x), SMTP_UNKNOWN);
}

static void words_are_printable(void **state)
{
	(void)state;
	struct smtp_exchange x = {.stage = SMTP_AT_RCPT};
	assert_true(came(&x, "550 a\tb\x1b[2J\xc3\xa5 \"c\"\r\n"));
	assert_string_equal(x.text, "550 a?b?[2J?? 'c'");
	char line[600] = "550 ";
	memset(line + 4, 'x', 590);
	assert_true(smtp_reply_line(&x, line, 594));
	assert_true(strlen(x.text) < sizeof x.text);
	assert_false(came(&x, "55"));
	assert_false(came(&x, "what is this\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judgements),
		cmocka_unit_test(a_conversation),
		cmocka_unit_test(quit_changes_nothing),
		cmocka_unit_test(words_are_printable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
