#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "mail/compose.h"

#define RAW "From: a@uni.example\r\n\r\nthe raw mail\r\n"

static char from_name[] = "Internationella kontoret", from_addr[] = "office@uni.example", to_name[] = "Ann", to_addr[] = "ann@dept.example";
static struct mailbox recipient = {to_name, to_addr};

static struct outgoing usual(void)
{
	return (struct outgoing){.from = {from_name, from_addr}, .to = {&recipient, 1}, .subject = "Hello", .date = 1753434000,
	                         .message_id = "1.x@uni.example"};
}

static char *written(const struct composed *c)
{
	struct buf b = {0};
	for (size_t i = 0; i < c->n; i++)
		buf_add(&b, (c->v[i].raw ? RAW : c->bytes.s) + c->v[i].offset, c->v[i].length);
	assert_int_equal(b.n, c->size);
	return buf_take(&b);
}

static char *write_text(const struct outgoing *o, const char *text)
{
	struct composed c;
	struct err e = {0};
	if (!compose_text(o, text, &c, &e))
		fail_msg("%s", e.text);
	char *s = written(&c);
	composed_free(&c);
	return s;
}

static void check_crlf(const char *s)
{
	size_t line = 0;
	for (size_t i = 0; s[i]; i++) {
		assert_true((unsigned char)s[i] < 0x80);
		if (s[i] == '\n')
			assert_true(i > 0 && s[i - 1] == '\r');
		if (s[i] == '\r')
			assert_true(s[i + 1] == '\n');
		line = s[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 78);
	}
	assert_true(strlen(s) >= 2 && strcmp(s + strlen(s) - 2, "\r\n") == 0);
}

/* What a server on the way might change: blanks at the end of a line, a lone dot, lines over 76 (RFC 2045 §6.7). */
static void check_body(const char *s)
{
	const char *p = strstr(s, "\r\n\r\n");
	assert_non_null(p);
	for (p += 4; *p;) {
		size_t n = strcspn(p, "\r");
		assert_true(n <= 76);
		assert_true(n == 0 || (p[n - 1] != ' ' && p[n - 1] != '\t'));
		p += n + 2;
	}
}

static void a_whole_mail(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	struct outgoing o = usual();
	struct strs refs = {0};
	strs_add(&refs, "0.x@uni.example");
	o.in_reply_to = "0.x@uni.example";
	o.references = &refs;
	o.reply_to = "office+t1@uni.example";
	o.auto_submitted = "auto-replied";
	o.ticket = "INT-42";
	o.lang = "sv";
	char *s = write_text(&o, "Hi\n\nwe have it.\n");
	assert_string_equal(s, "From: Internationella kontoret <office@uni.example>\r\n"
	                       "To: Ann <ann@dept.example>\r\n"
	                       "Reply-To: office+t1@uni.example\r\n"
	                       "Subject: Hello\r\n"
	                       "Date: Fri, 25 Jul 2025 11:00:00 +0200\r\n"
	                       "Message-ID: <1.x@uni.example>\r\n"
	                       "In-Reply-To: <0.x@uni.example>\r\n"
	                       "References: <0.x@uni.example>\r\n"
	                       "Auto-Submitted: auto-replied\r\n"
	                       "X-Auto-Response-Suppress: All\r\n"
	                       "X-Ingang-Loop: office@uni.example\r\n"
	                       "X-Ingang-Ticket: INT-42\r\n"
	                       "MIME-Version: 1.0\r\n"
	                       "Content-Type: text/plain; charset=utf-8\r\n"
	                       "Content-Transfer-Encoding: 7bit\r\n"
	                       "Content-Language: sv\r\n"
	                       "\r\n"
	                       "Hi\r\n\r\nwe have it.\r\n");
	free(s);
	strs_free(&refs);
}

static void a_persons_mail_says_so(void **state)
{
	(void)state;
	struct outgoing o = usual();
	char *s = write_text(&o, "x\n");
	assert_null(strstr(s, "Auto-Submitted"));
	assert_null(strstr(s, "X-Auto-Response-Suppress"));
	assert_null(strstr(s, "Precedence"));
	assert_non_null(strstr(s, "\r\nX-Ingang-Loop: office@uni.example\r\n")); /* on all that we send, or a loop is not seen */
	free(s);
}

static void dates_west_of_greenwich(void **state)
{
	(void)state;
	setenv("TZ", "America/St_Johns", 1);
	tzset();
	struct outgoing o = usual();
	o.date = 1767225600; /* 2026-01-01 00:00:00 UTC */
	char *s = write_text(&o, "x\n");
	assert_non_null(strstr(s, "\r\nDate: Wed, 31 Dec 2025 20:30:00 -0330\r\n"));
	free(s);
	o.date = INT64_MAX;
	s = write_text(&o, "x\n");
	assert_non_null(strstr(s, "\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n"));
	free(s);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void nothing_gets_into_the_header(void **state)
{
	(void)state;
	struct outgoing o = usual();
	struct strs refs = {0};
	strs_add(&refs, "a@x>\r\nBcc: evil@example.org\r\nX: <b");
	strs_add(&refs, "good@x");
	strs_add(&refs, "white space@x");
	o.references = &refs;
	o.in_reply_to = "a\r\nBcc: evil@example.org";
	o.subject = "x\r\nBcc: evil@example.org\r\n\r\nbody =?utf-8?b?DQpCY2M6?=";
	o.lang = "sv\r\nBcc: evil@example.org";
	char name[] = "A\r\nBcc: evil@example.org", addr[] = "ann@dept.example";
	struct mailbox to = {name, addr};
	o.to = (struct mailboxes){&to, 1};
	char *s = write_text(&o, "body\n");
	check_crlf(s);
	assert_null(strstr(s, "\nBcc"));
	assert_null(strstr(s, "In-Reply-To"));
	assert_null(strstr(s, "Content-Language"));
	assert_non_null(strstr(s, "\r\nReferences: <good@x>\r\n"));
	free(s);
	strs_free(&refs);
}

static void long_references_keep_both_ends(void **state)
{
	(void)state;
	struct outgoing o = usual();
	struct strs refs = {0};
	for (int i = 0; i < 100; i++)
		strs_own(&refs, mem_fmt("%d@x", i));
	o.references = &refs;
	char *s = write_text(&o, "x\n");
	assert_non_null(strstr(s, "\r\nReferences: <0@x>\r\n <81@x>\r\n <82@x>\r\n"));
	assert_non_null(strstr(s, "\r\n <99@x>\r\nX-Ingang-Loop"));
	free(s);
	strs_free(&refs);
}

static void bad_input_is_refused(void **state)
{
	(void)state;
	static const char *const evil = "a@x.example\r\nRCPT TO:<e@evil.example>";
	char bad[64];
	snprintf(bad, sizeof bad, "%s", evil);
	struct mailbox to = {to_name, bad};
	for (int i = 0; i < 9; i++) {
		struct outgoing o = usual();
		struct composed c;
		struct err e = {0};
		if (i == 0)
			o.from.addr = bad;
		else if (i == 1)
			o.to = (struct mailboxes){&to, 1};
		else if (i == 2)
			o.cc = (struct mailboxes){&to, 1};
		else if (i == 3)
			o.reply_to = bad;
		else if (i == 4)
			o.message_id = bad;
		else if (i == 5)
			o.to = (struct mailboxes){0};
		else if (i == 6)
			o.auto_submitted = bad;
		else if (i == 7)
			o.reply_also = bad;
		else
			o.ticket = bad;
		assert_false(compose_text(&o, "x", &c, &e));
		assert_true(e.kind != ERR_NONE && e.text[0]);
		assert_int_equal(c.n, 0);
		assert_null(c.bytes.s);
	}
}

static void texts_survive(void **state)
{
	(void)state;
	char long_line[1200];
	memset(long_line, 'x', sizeof long_line - 1);
	long_line[sizeof long_line - 1] = '\0';
	char dashes[401];
	memset(dashes, '-', 400);
	dashes[400] = '\0';
	const struct {
		const char *text, *encoding, *why;
	} cases[] = {
		{"plain\n", "7bit", "ASCII"},
		{"", "7bit", "nothing"},
		{"no end", "7bit", "a line end is added"},
		{"a\r\nb\n", "7bit", "CR LF is a line end"},
		{"åäö\n", "quoted-printable", "beyond ASCII"},
		{"-- \nsignature\n", "quoted-printable", "a blank at the end of a line"},
		{"tab\t\n", "quoted-printable", "a tab at the end of a line"},
		{"From here on\n", "quoted-printable", "mbox would quote it"},
		{".\nMAIL FROM:<e@evil.example>\n", "7bit", "a lone dot is stuffed by SMTP"},
		{"ö\n.\n..\nFrom x\n=20 =\n", "quoted-printable", "everything in one"},
		{"bell\x07 esc\x1b\n", "quoted-printable", "controls"},
		{long_line, "quoted-printable", "a long line"},
		{dashes, "quoted-printable", "a long rule"},
		{"ööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööö\n", "quoted-printable", "folded inside"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct outgoing o = usual();
		char *s = write_text(&o, cases[i].text);
		check_crlf(s);
		check_body(s);
		if (strcmp(cases[i].encoding, "quoted-printable") == 0)
			assert_null(strstr(s, "\r\n.\r\n"));
		GMimeStream *in = g_mime_stream_mem_new_with_buffer(s, strlen(s));
		GMimeParser *p = g_mime_parser_new_with_stream(in);
		GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
		GMimeObject *part = g_mime_message_get_mime_part(m);
		assert_true(GMIME_IS_TEXT_PART(part));
		if (strcmp(g_mime_object_get_header(part, "Content-Transfer-Encoding"), cases[i].encoding) != 0)
			fail_msg("%s: not %s", cases[i].why, cases[i].encoding);
		char *back = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
		struct buf want = {0}, got = {0};
		for (const char *c = cases[i].text; *c; c++)
			if (*c != '\r')
				buf_addc(&want, *c);
		if (want.n && want.s[want.n - 1] != '\n')
			buf_addc(&want, '\n');
		for (const char *c = back; *c; c++)
			if (*c != '\r')
				buf_addc(&got, *c);
		if (want.n != got.n || (want.n && memcmp(want.s, got.s, want.n) != 0))
			fail_msg("%s: became \"%s\"", cases[i].why, got.s);
		assert_null(strstr(s, "\r\nFrom x"));
		buf_free(&want);
		buf_free(&got);
		g_free(back);
		g_object_unref(m);
		g_object_unref(p);
		g_object_unref(in);
		free(s);
	}
}

static void a_mail_is_attached_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct outgoing o = usual();
		struct composed c;
		struct err e = {0};
		assert_true(compose_attach(&o, "could not be read\n-- \n", strlen(RAW), i ? "mejl å.bin" : NULL, &c, &e));
		assert_true(c.n == 3 && c.v[1].raw && c.v[1].offset == 0 && c.v[1].length == strlen(RAW)); /* kept once */
		char *s = written(&c);
		GMimeStream *in = g_mime_stream_mem_new_with_buffer(s, strlen(s));
		GMimeParser *p = g_mime_parser_new_with_stream(in);
		GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
		GMimeMultipart *multi = GMIME_MULTIPART(g_mime_message_get_mime_part(m));
		assert_int_equal(g_mime_multipart_get_count(multi), 2);
		GMimeObject *second = g_mime_multipart_get_part(multi, 1);
		if (i) {
			assert_string_equal(g_mime_part_get_filename(GMIME_PART(second)), "mejl å.bin");
			assert_true(g_mime_content_type_is_type(g_mime_object_get_content_type(second), "application", "octet-stream"));
		} else {
			assert_true(GMIME_IS_MESSAGE_PART(second));
		}
		assert_string_equal(g_mime_object_get_disposition(second), "attachment");
		g_object_unref(m);
		g_object_unref(p);
		g_object_unref(in);
		free(s);
		composed_free(&c);
	}
}

static char *carry(struct carry_step *v, size_t n, const char *content, const char *block, struct err *e)
{
	struct outgoing o = usual();
	struct composed c;
	struct carry plan = {.content = mem_dup(content), .v = v, .n = n};
	char *s = NULL;
	if (compose_carry(&o, &plan, block, "<p>block</p>", &c, e))
		s = written(&c);
	composed_free(&c);
	free(plan.content);
	return s;
}

static const char *body_of(const char *s) /* and MIME's fields */
{
	static const char before[] = "MIME-Version: 1.0\r\n";
	const char *b = s ? strstr(s, before) : NULL;
	assert_non_null(b);
	return b ? b + strlen(before) : "";
}

static void the_block_goes_on_top(void **state)
{
	(void)state;
	static char text[] = "Hej\n", html[] = "<html><body>Hej</body></html>", empty[] = "", lang[] = "Content-Language: sv\r\nBcc: e@evil.example\r\n";
	const struct {
		struct carry_step step;
		const char *block, *out, *why;
	} cases[] = {
		{{.op = CARRY_PLAIN, .text = text, .head = lang, .top = true}, "block\n",
		 "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\nContent-Language: sv\r\n\r\nblock\r\n\r\nHej\r\n",
		 "plain; of its fields only Content-*"},
		{{.op = CARRY_PLAIN, .text = empty, .head = empty, .top = true}, "block\n\n\n",
		 "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nblock\r\n", "no text: the block alone"},
		{{.op = CARRY_PLAIN, .text = text, .head = empty, .top = true, .flowed = true, .delsp = true}, "> a \n b\nFrom c\n-- \n",
		 "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
		 " > a\r\n  b\r\n From c\r\n--\r\n\r\nHej\r\n",
		 "a block in flowed text is not flowed (RFC 3676)"},
		{{.op = CARRY_HTML, .text = html, .head = empty, .insert = 12, .top = true}, "",
		 "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n<html><body><p>block</p>Hej</body></html>\r\n", "HTML"},
		{{.op = CARRY_HTML, .text = html, .head = empty, .insert = 1 << 20, .top = true}, "",
		 "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n<html><body>Hej</body></html><p>block</p>\r\n",
		 "a place behind the end is the end"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct carry_step step = cases[i].step;
		struct err e = {0};
		char *s = carry(&step, 1, "", cases[i].block, &e);
		if (strcmp(body_of(s), cases[i].out) != 0)
			fail_msg("%s: %s", cases[i].why, body_of(s));
		free(s);
	}
}

static void parts_are_put_together(void **state)
{
	(void)state;
	static char a[] = "--b\r\n", b[] = "\r\n--b--\r\n", text[] = "--b\nFrom x\n--", id[] = "Content-ID: <1@x>\r\n";
	struct carry_step v[] = {
		{.op = CARRY_BYTES, .text = a},
		{.op = CARRY_PLAIN, .text = text, .head = id},
		{.op = CARRY_COPY, .offset = 23, .length = 7},
		{.op = CARRY_COPY, .offset = 30, .length = 5},
		{.op = CARRY_BYTES, .text = b},
	};
	struct err e = {0};
	char *s = carry(v, 5, "Content-Type: multipart/mixed;\r\n boundary=b\r\n", "block", &e);
	assert_string_equal(body_of(s), "Content-Type: multipart/mixed;\r\n boundary=b\r\n\r\n--b\r\n"
	                                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
	                                "Content-ID: <1@x>\r\n\r\n"
	                                "block\r\n\r\n=2D-b\r\n=46rom x\r\n=2D-" /* nothing in it looks like the boundary */
	                                "the raw mail\r\n--b--\r\n");
	free(s);
}

/* The reader may have been taken over by the mail it read: its plan writes no header but Content-*. */
static void a_plan_is_not_trusted(void **state)
{
	(void)state;
	static char text[] = "x", evil[] = "Content-ID: <1>\r\n\r\nContent-Type: text/html\r\nContent-X: a\nBcc: e@evil.example\r\n"
	                                   "Content-Y: \xff\r\nContent-Z: z\r\n \r\nContent-Last: l\r\nContent-Cut: c";
	struct carry_step whole = {.op = CARRY_PLAIN, .text = text, .head = evil, .top = true};
	struct err e = {0};
	char *s = carry(&whole, 1, "Bcc: e@evil.example\r\n", "block", &e);
	assert_string_equal(body_of(s), "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
	                                "Content-ID: <1>\r\nContent-Last: l\r\n\r\nblock\r\n\r\nx\r\n");
	free(s);
	static char boundary[] = "--b\r\n";
	struct carry_step bytes = {.op = CARRY_BYTES, .text = boundary};
	static const char *const contents[] = {"", "Subject: x\r\n", "Content-Type: multipart/mixed; boundary=b", "X: y\r\nContent-Type: a/b\n",
	                                       "Content-Type: a/b\r\nContent-Type: a/b\r\n"};
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
		assert_null(carry(&bytes, 1, contents[i], "block", &e)); /* none, or no one */
	s = carry(&bytes, 1, "Bcc: e@evil.example\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\nTo: e@evil.example\r\n", "block", &e);
	assert_string_equal(body_of(s), "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
	free(s);
	struct carry_step twice[] = {{.op = CARRY_COPY, .offset = 0, .length = 9}, {.op = CARRY_COPY, .offset = 8, .length = 9}};
	assert_null(carry(twice, 2, "Content-Type: multipart/mixed; boundary=b\r\n", "block", &e)); /* a small mail made large */
	struct carry_step wide[] = {{.op = CARRY_COPY, .offset = 8, .length = UINT64_MAX}};
	assert_null(carry(wide, 1, "Content-Type: multipart/mixed; boundary=b\r\n", "block", &e));
	struct carry_step two[] = {{.op = CARRY_PLAIN, .text = text, .head = evil, .top = true}, {.op = CARRY_BYTES, .text = boundary}};
	assert_null(carry(two, 2, "", "block", &e));
	assert_null(carry(two, 0, "Content-Type: a/b\r\n", "block", &e));
}

static int set_up(void **state)
{
	(void)state;
	g_mime_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_mail),
		cmocka_unit_test(a_persons_mail_says_so),
		cmocka_unit_test(dates_west_of_greenwich),
		cmocka_unit_test(nothing_gets_into_the_header),
		cmocka_unit_test(long_references_keep_both_ends),
		cmocka_unit_test(bad_input_is_refused),
		cmocka_unit_test(texts_survive),
		cmocka_unit_test(a_mail_is_attached_whole),
		cmocka_unit_test(the_block_goes_on_top),
		cmocka_unit_test(parts_are_put_together),
		cmocka_unit_test(a_plan_is_not_trusted),
	};
	return cmocka_run_group_tests_name("mail/compose", tests, set_up, NULL);
}
