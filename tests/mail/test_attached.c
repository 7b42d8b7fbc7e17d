/* What an attached message says (mail.attached_text), and that it survives the way from the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/mail_json.h"
#include "mail/message.h"

#define OUTER "From: eva@uni.example\r\nSubject: VB: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define COVER "--b\r\nContent-Type: text/plain\r\n\r\nSe nedan\r\n"
#define ATTACH "--b\r\nContent-Type: message/rfc822\r\n\r\n"
#define END "--b--\r\n"

static struct mail read_mail(const char *raw)
{
	struct mail m;
	message_read(raw, strlen(raw), &mail_limits_default, &m);
	return m;
}

static void subject_and_newest_text(void **state)
{
	(void)state;
	static const struct {
		const char *raw, *want, *why;
	} cases[] = {
		{OUTER COVER ATTACH "From: a@b.example\r\nSubject: =?utf-8?q?h=C3=B6st?=\r\n\r\nTwo students.\r\n" END, "höst\n\nTwo students.", "subject and text"},
		{OUTER COVER ATTACH "From: a@b.example\r\n\r\nTwo students.\r\n" END, "\n\nTwo students.", "no subject"},
		{OUTER COVER ATTACH "From: a@b.example\r\nSubject: q\r\n\r\nNew.\r\n\r\nOn Mon, 1 Jun 2026, Eva wrote:\r\n> Old.\r\n" END, "q\n\nNew.",
		 "without the history in it"},
		{OUTER COVER ATTACH "From: a@b.example\r\nSubject: q\r\nContent-Type: text/html\r\n\r\n<p>A &amp; B</p>\r\n" END, "q\n\nA & B", "HTML"},
		{OUTER COVER ATTACH "Subject: 1\r\n\r\none\r\n" ATTACH "Subject: 2\r\n\r\ntwo\r\n" END, "1\n\none\n\n2\n\ntwo", "two of them"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_mail(cases[i].raw);
		const char *got = m.attached_text ? m.attached_text : "(none)";
		size_t n = strlen(got);
		while (n && got[n - 1] == '\n')
			n--;
		if (n != strlen(cases[i].want) || strncmp(got, cases[i].want, n) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i].why, got, cases[i].want);
		assert_string_equal(m.reply_text, "Se nedan");
		mail_free(&m);
	}
}

static void none_without_an_attached_message(void **state)
{
	(void)state;
	struct mail m = read_mail(OUTER COVER END);
	assert_null(m.attached_text);
	mail_free(&m);
}

static void long_text_is_cut_at_a_character(void **state)
{
	(void)state;
	struct buf raw = {0};
	buf_adds(&raw, OUTER COVER ATTACH "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	for (int i = 0; i < 40000; i++)
		buf_adds(&raw, i % 60 == 59 ? "\r\n" : "å");
	buf_adds(&raw, "\r\n" END);
	struct mail m = read_mail(raw.s);
	size_t n = strlen(m.attached_text);
	assert_true(n > 16000 && n <= 16384);
	assert_true(utf8_valid(m.attached_text, n));
	mail_free(&m);
	buf_free(&raw);
}

static void it_survives_the_pipe(void **state)
{
	(void)state;
	static const char *const raws[] = {
		OUTER COVER ATTACH "Subject: =?utf-8?q?=FF=00=C3=A5?=\r\n\r\nTwo\1 \xff students.\r\n" END,
		OUTER COVER END,
	};
	for (size_t i = 0; i < sizeof raws / sizeof *raws; i++) {
		struct mail m = read_mail(raws[i]), back;
		struct err e = {0};
		json_t *j = mail_to_wire(&m);
		if (!mail_from_wire(j, strlen(raws[i]), &back, &e))
			fail_msg("%s", e.text);
		if (m.attached_text)
			assert_string_equal(back.attached_text, m.attached_text);
		else
			assert_null(back.attached_text);
		json_decref(j);
		mail_free(&m);
		mail_free(&back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subject_and_newest_text),
		cmocka_unit_test(none_without_an_attached_message),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(it_survives_the_pipe),
	};
	message_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
