#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk/office.h"

static const char *const hostile[] = {
	"x\r\nBcc: evil@example.org",
	"x\nBcc: evil@example.org\n\nbody",
	"x\r\n\r\n<script>alert(1)</script>",
	"\r\n.\r\nMAIL FROM:<evil@example.org>",
	"=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUub3Jn?=",
	"=?utf-8?q?x=0D=0ABcc:_evil@example.org?=",
	"\" <evil@example.org>, \"",
	"evil@example.org>, <evil2@example.org",
	"(comment) <evil@example.org>;",
	"\xe2\x80\xae" "drowssap \xc2\x85" "Bcc: evil@example.org\xe2\x80\xa8x",
	"\x1b[2J\x07\x7f{ticket} {{ %s %n",
	"[INT-1] [INT-2] [INT-999]",
	"\xff\xfe\xc0\x80",
};

static void expect_no_evil(const struct sents *all, const char *why)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct sent *s = &all->v[i];
		expect_sound_mail(s, why);
		for (size_t k = 0; k < s->mail.n_fields; k++)
			if (strcasecmp(s->mail.fields[k].name, "Bcc") == 0)
				fail_msg("%s: a Bcc", why);
		if (s->mail.cc.n || s->mail.to.n < 1 || s->mail.reply_to.n > 1 || strcmp(s->mail.from.addr, OFFICE) != 0)
			fail_msg("%s: other addresses in:\n%s", why, s->bytes.s);
		for (size_t k = 0; k < s->mail.to.n; k++)
			if (strstr(s->mail.to.v[k].addr, "evil"))
				fail_msg("%s: to %s", why, s->mail.to.v[k].addr);
		if (strstr(s->item.recipient, "evil") || strpbrk(s->item.recipient, "\r\n <>"))
			fail_msg("%s: sent to %s", why, s->item.recipient);
	}
}

/* As if the reader had let it through: names, subjects and ids with everything in them. */
static void no_word_becomes_a_header(void **state)
{
	struct office *o = *state;
	enum { WORDS = sizeof hostile / sizeof *hostile, PLACES = 6 };
	for (size_t i = 0; i < WORDS * PLACES; i++) {
		const char *word = hostile[i / PLACES];
		char *id = mem_fmt("h%zu@p", i), *why = mem_fmt("word %zu in place %zu", i / PLACES, i % PLACES), *addr = mem_fmt("a%zu@partner.example", i);
		struct mail m = {0};
		struct taken t;
		o->now += 7200; /* no limit is in the way */
		m.from = (struct mailbox){mem_dup(i % PLACES == 0 ? word : "Anna"), mem_dup(i % PLACES == 1 ? word : addr)};
		m.subject = mem_dup(i % PLACES == 2 ? word : "utbyte");
		m.text = mem_dup("utbyte");
		m.reply_text = mem_dup("utbyte");
		m.lang = mem_dup(i % PLACES == 3 ? word : "en");
		m.message_id = mem_dup(i % PLACES == 4 ? word : id);
		strs_add(&m.references, i % PLACES == 5 ? word : "r@p");
		mailboxes_add(&m.to, word, word);
		m.date = (int64_t)i;
		m.has_date = true;
		take_mail(o, &m, "raw", NULL, &t);
		assert_string_equal(t.outcome, "opened");
		taken_free(&t);
		mail_free(&m);
		struct sents all = send_all(o);
		expect_no_evil(&all, why);
		sents_free(&all);
		free(id);
		free(why);
		free(addr);
	}
	expect_sound(o);
}

/* The whole way: the bytes of a mail, read and carried on. */
static void no_mail_breaks_what_we_send(void **state)
{
	struct office *o = *state;
	static const char *const mails[] = {
		"From: =?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUub3Jn?= <anna@partner.example>\r\nSubject: =?utf-8?q?utbyte=0D=0ABcc:_evil@example.org?=\r\n\r\nutbyte\r\n",
		"From: \"Anna\r\n Bcc: evil@example.org\" <anna@partner.example>\r\nSubject: utbyte\r\n\tBcc: evil@example.org\r\n\r\nutbyte\r\n",
		"From: anna@partner.example\r\nSubject: utbyte\r\nMessage-ID: <a\r\n b> <c>\r\nReferences: <x y>\r\n <z>\r\n\r\nutbyte\r\n",
		"From: anna@partner.example\nSubject: utbyte\n\nLF alone\n.\nMAIL FROM:<evil@example.org>\n.\n",
		"From: anna@partner.example\rSubject: utbyte\r\rCR alone\r.\r",
		"From: anna@partner.example\r\nSubject: utbyte\r\nContent-Type: text/plain; charset=\"utf-8\r\nBcc: evil@example.org\"\r\n\r\nutbyte\r\n",
		("From: anna@partner.example\r\nSubject: utbyte\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
		 "--b\r\nContent-Type: text/html\r\nBcc: evil@example.org\r\n\r\n<p>utbyte</p>\r\n--b\r\nContent-Type: application/pdf; name=\"../../etc/passwd\"\r\n\r\nx\r\n"),
		"From: anna@partner.example\r\nTo: undisclosed-recipients:;\r\nSubject: utbyte\0Bcc: x\r\n\r\nutbyte\r\n",
		"From: anna@partner.example, evil@example.org\r\nSender: evil@example.org\r\nReply-To: evil@example.org\r\nSubject: utbyte\r\n\r\nutbyte\r\n",
		"From: anna@partner.example\r\nFrom: evil@example.org\r\nSubject: utbyte\r\n\r\nutbyte\r\n",
		"Subject: utbyte",
		"\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		struct taken t;
		char *why = mem_fmt("mail %zu", i);
		o->now += 7200;
		take(o, mails[i], &t);
		taken_free(&t);
		struct sents all = send_all(o);
		expect_no_evil(&all, why);
		sents_free(&all);
		free(why);
	}
	expect_sound(o);
}

/* What a stranger calls themselves, and asks, is text in our block, in HTML too. */
static void the_block_is_text_in_html(void **state)
{
	struct office *o = *state;
	struct taken t;
	take(o, "From: \"<script>alert(1)</script> & co\" <anna@partner.example>\r\nSubject: utbyte\r\nMessage-ID: <h1@p>\r\nMIME-Version: 1.0\r\n"
	        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Vi undrar om <b>utbyte</b> i h\xc3\xb6st.</p></body></html>\r\n", &t);
	taken_free(&t);
	struct sents all = send_all(o);
	const struct sent *s = sent_to(&all, "forward", "mia@int.uni.example");
	expect_sound_mail(s, "HTML carried on");
	char *flat = mem_alloc(s->bytes.n + 1); /* quoted-printable undone, as far as it matters here */
	size_t n = 0;
	for (const char *p = strstr(s->bytes.s, "\r\n\r\n"); *p;) {
		unsigned c;
		if (strncmp(p, "=\r\n", 3) == 0) {
			p += 3;
		} else if (*p == '=' && sscanf(p + 1, "%2X", &c) == 1) {
			flat[n++] = (char)c;
			p += 3;
		} else {
			flat[n++] = *p++;
		}
	}
	assert_null(strstr(flat, "<script>alert"));
	assert_non_null(strstr(flat, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"));
	assert_non_null(strstr(flat, "<b>utbyte</b>"));
	assert_true(strstr(flat, "&lt;script&gt;") < strstr(flat, "<b>utbyte</b>")); /* on top */
	free(flat);
	sents_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_word_becomes_a_header, office_open, office_close),
		cmocka_unit_test_setup_teardown(no_mail_breaks_what_we_send, office_open, office_close),
		cmocka_unit_test_setup_teardown(the_block_is_text_in_html, office_open, office_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
