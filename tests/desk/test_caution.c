#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "desk/caution.h"

static char office[] = "international@uni.example", none[] = "", anna[] = "anna@partner.example", elsewhere[] = "eve@other.example", dept[] = "anna@partner.example";
static char program[] = "faktura.pdf.exe", document[] = "budget.xlsm", tnef[] = "winmail.dat", plain[] = "a.pdf", broken[] = "a\nFrom: x\r.exe", inner[] = "Åsa";

static char *said(const struct mail *m, const char *lang)
{
	struct config c = {0};
	c.office.address = office;
	return caution_words(&c, m, lang);
}

static void nothing_to_say(void **state)
{
	(void)state;
	struct attachment pdf = {.name = plain};
	struct mailbox same = {none, dept}, own = {none, office};
	struct mailbox *answers[] = {&same, &own};
	for (size_t i = 0; i < 2; i++) {
		const struct mail m = {.from = {none, anna}, .attachments = &pdf, .n_attachments = 1, .reply_to = {answers[i], 1}};
		char *s = said(&m, "sv");
		assert_string_equal(s, "");
		free(s);
	}
}

static void each_danger_in_both_languages(void **state)
{
	(void)state;
	static const struct {
		char *name;
		enum attachment_danger danger;
		const char *sv, *en;
	} cases[] = {
		{program, ATTACHMENT_PROGRAM, "”faktura.pdf.exe” är ett program", "\"faktura.pdf.exe\" is a program"},
		{document, ATTACHMENT_MACROS, "”budget.xlsm” innehåller makron", "\"budget.xlsm\" has macros"},
		{tnef, ATTACHMENT_WINMAIL, "”winmail.dat” är Outlooks eget format", "\"winmail.dat\" is Outlook's own format"},
		{broken, ATTACHMENT_PROGRAM, "”a From: x .exe”", "\"a From: x .exe\""}, /* what a stranger wrote starts no line */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct attachment a = {.name = cases[i].name, .danger = cases[i].danger};
		const struct mail m = {.from = {none, anna}, .attachments = &a, .n_attachments = 1};
		char *sv = said(&m, "sv"), *en = said(&m, "en"), *other = said(&m, "fi");
		if (!strstr(sv, cases[i].sv) || !strstr(en, cases[i].en) || strchr(sv, '\n'))
			fail_msg("'%s' / '%s'", sv, en);
		assert_string_equal(other, en);
		free(sv);
		free(en);
		free(other);
	}
}

static void answers_forwards_and_encryption(void **state)
{
	(void)state;
	struct mailbox other = {none, elsewhere};
	const struct mail m = {.from = {none, anna}, .reply_to = {&other, 1}, .encrypted = true, .forwarded_from = {inner, elsewhere}};
	char *s = said(&m, "en");
	assert_string_equal(s, "Forwards a mail by: Åsa <eve@other.example>\nNote: the mail asks for answers to eve@other.example. None are sent there.\n"
	                       "Note: the mail is encrypted and could not be read here; it is passed on as it came.");
	free(s);
}

static void many_are_cut_off(void **state)
{
	(void)state;
	struct attachment many[40];
	size_t lines = 1;
	for (size_t i = 0; i < 40; i++)
		many[i] = (struct attachment){.name = program, .danger = ATTACHMENT_PROGRAM};
	const struct mail m = {.from = {none, anna}, .attachments = many, .n_attachments = 40};
	char *s = said(&m, "en");
	for (const char *p = s; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 8);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(each_danger_in_both_languages),
		cmocka_unit_test(answers_forwards_and_encryption),
		cmocka_unit_test(many_are_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
