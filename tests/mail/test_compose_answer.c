/* A colleague's mail read, its answer composed, and what came out read again as any mail: texts, pictures, attachments, structure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gmime/gmime.h>

#include "answers.h"
#include "base/buf.h"
#include "base/mem.h"
#include "mail/answer.h"
#include "mail/compose.h"
#include "mail/message.h"

#define HEAD "From: Bo Ek <bo.ek@int.uni.example>\r\nTo: office@uni.example\r\nSubject: Re: x\r\nIn-Reply-To: <aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx.1@uni.example>\r\nMIME-Version: 1.0\r\n"
#define PNG "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
#define TEXTS(html) \
	"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHej!\r\n\r\nBo\r\n\r\nOn 24 Nov 2026, office@uni.example wrote:\r\n> " SECRET \
	"\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" html "\r\n--a--\r\n"
#define HTML "<p>Hej!</p><img src=\"cid:pic@x\"><p>Bo</p><p>On 24 Nov 2026, office@uni.example wrote:</p><blockquote type=\"cite\">" SECRET "<img src=\"cid:old@x\"></blockquote>"

static char from_name[] = "Bo Ek, Kontoret", from_addr[] = "office@uni.example", to_name[] = "Ann", to_addr[] = "ann@dept.example";
static struct mailbox recipient = {to_name, to_addr};

struct sent { /* the mail, and what was made of it */
	struct buf raw;
	struct mail first, again;
	char *shape; /* "multipart/mixed(text/plain application/pdf)" */
};

static void put_shape(struct buf *out, GMimeObject *o)
{
	GMimeContentType *t = g_mime_object_get_content_type(o);
	buf_addf(out, "%s/%s", g_mime_content_type_get_media_type(t), g_mime_content_type_get_media_subtype(t));
	int n = GMIME_IS_MULTIPART(o) ? g_mime_multipart_get_count(GMIME_MULTIPART(o)) : 0;
	for (int i = 0; i < n; i++) {
		buf_addc(out, i ? ' ' : '(');
		put_shape(out, g_mime_multipart_get_part(GMIME_MULTIPART(o), i));
	}
	buf_adds(out, n ? ")" : "");
}

static char *shape_of(const struct buf *raw)
{
	struct buf out = {0};
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(raw->s, raw->n);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
	put_shape(&out, g_mime_message_get_mime_part(m));
	g_object_unref(m);
	g_object_unref(p);
	g_object_unref(s);
	return buf_take(&out);
}

static struct outgoing usual(void)
{
	return (struct outgoing){.from = {from_name, from_addr}, .to = {&recipient, 1}, .subject = "Re: x", .date = 1753434000, .message_id = "1.x@uni.example",
	                         .in_reply_to = "q@dept.example", .lang = "sv"};
}

static struct sent send_on(const char *mail, bool html)
{
	struct sent s = {0};
	struct outgoing o = usual();
	struct composed c;
	struct err e = {0};
	size_t n = strlen(mail);
	message_read(mail, n, &mail_limits_default, &s.first);
	if (!compose_answer(&o, &s.first.answer, s.first.answer.text, html, &c, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < c.n; i++) {
		size_t limit = c.v[i].raw ? n : c.bytes.n;
		assert_true(c.v[i].offset <= limit && c.v[i].length <= limit - c.v[i].offset);
		buf_add(&s.raw, (c.v[i].raw ? mail : c.bytes.s) + c.v[i].offset, c.v[i].length);
	}
	assert_int_equal(s.raw.n, c.size);
	composed_free(&c);
	message_read(s.raw.s, s.raw.n, &mail_limits_default, &s.again);
	s.shape = shape_of(&s.raw);
	return s;
}

static void sent_free(struct sent *s)
{
	buf_free(&s->raw);
	mail_free(&s->first);
	mail_free(&s->again);
	free(s->shape);
}

static void levels_that_are_not_needed_are_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *mail, *shape;
		bool html;
	} cases[] = {
		{HEAD "Content-Type: text/plain\r\n\r\nHej!\r\n", "text/plain", true},
		{HEAD "Content-Type: text/html\r\n\r\n<p>Hej!\r\n", "multipart/alternative(text/plain text/html)", true},
		{HEAD "Content-Type: text/html\r\n\r\n<p>Hej!\r\n", "text/plain", false},
		{HEAD TEXTS(HTML), "multipart/alternative(text/plain text/html)", true},
		{HEAD "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" TEXTS(HTML) "--r\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\n" PNG
		      "--r\r\nContent-Type: image/gif\r\nContent-ID: <old@x>\r\n" PNG "--r--\r\n",
		 "multipart/related(multipart/alternative(text/plain text/html) image/png)", true},
		{HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" TEXTS(HTML)
		      "--r\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\n" PNG "--r--\r\n--m\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--m--\r\n",
		 "multipart/mixed(multipart/related(multipart/alternative(text/plain text/html) image/png) application/pdf)", true},
		{HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" TEXTS(HTML)
		      "--r\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\n" PNG "--r--\r\n--m\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--m--\r\n",
		 "multipart/mixed(text/plain image/png application/pdf)", false}, /* without the HTML the picture is a file */
		{HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" TEXTS(HTML) "--m\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--m--\r\n",
		 "multipart/mixed(multipart/alternative(text/plain text/html) application/pdf)", true},
		{HEAD "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\nHej!\r\n<plan.pdf>\r\nBo\r\n\r\n> " SECRET "\r\n--a\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html"
		      "\r\n\r\n<html><head><meta http-equiv=\"content-type\"></head><body style=\"margin:0\">Hej!</body></html>\r\n--m\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: inline; filename=plan.pdf"
		      "\r\n\r\n%PDF\r\n--m\r\nContent-Type: text/html\r\n\r\n<html><head></head><body><div>Bo</div><blockquote type=\"cite\">" SECRET "</blockquote></body></html>\r\n--m--\r\n--a--\r\n",
		 "multipart/mixed(multipart/alternative(text/plain text/html) application/pdf)", true}, /* Apple Mail */
		{HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nHej!\r\n--m\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--m--\r\n",
		 "multipart/mixed(text/plain application/pdf)", true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sent s = send_on(cases[i].mail, cases[i].html);
		assert_string_equal(s.shape, cases[i].shape);
		assert_string_equal(s.again.from.name, "Bo Ek, Kontoret");
		assert_string_equal(s.again.in_reply_to, "q@dept.example");
		assert_non_null(strstr(s.raw.s, "\r\nContent-Language: sv\r\n"));
		assert_null(strstr(s.raw.s, "Auto-Submitted"));
		assert_null(strstr(s.raw.s, SECRET));
		assert_null(strstr(s.raw.s, "\n\n"));
		sent_free(&s);
	}
}

/* Every kind of part that a reply may have; the names of those that go along, and words about those that cannot. */
static void each_part_has_its_fate(void **state)
{
	(void)state;
	static const struct {
		const char *part;
		bool goes;
		const char *warning; /* NULL: none */
	} cases[] = {
		{"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF\r\n", true, NULL},
		{"Content-Type: image/png\r\nContent-Disposition: inline; filename=b.png\r\n" PNG, true, NULL}, /* a picture that no HTML shows is a file */
		{"Content-Type: image/png; name=c.png\r\nContent-ID: <f_1>\r\nContent-Disposition: attachment; filename=c.png\r\n" PNG, true, NULL}, /* Gmail */
		{"Content-Type: image/png; name=d.png\r\nContent-ID: <old@x>\r\nContent-Disposition: inline\r\n" PNG, false, NULL}, /* of the quote */
		{"Content-Type: image/png; name=e.png\r\nContent-ID: <old@x>\r\nContent-Disposition: attachment\r\n" PNG, false, NULL},
		{"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", true, NULL},
		{"Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n", true, NULL},
		{"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nSubject: y\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nx\r\n--q--\r\n", true, NULL},
		{"Content-Type: message/rfc822; name=ours.eml\r\n\r\nSubject: y\r\nX-Ingang-Loop: office@uni.example\r\n\r\nblock\r\n", false, "\"ours.eml\": it is a mail of ours, or answers one"},
		{"Content-Type: message/rfc822; name=colleague.eml\r\n\r\nSubject: y\r\nReferences: <aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx.2@uni.example>\r\n\r\nx\r\n", false,
		 "\"colleague.eml\": it is a mail of ours, or answers one"},
		{"Content-Type: text/plain; name=notes.txt\r\n\r\nnotes\r\n", true, NULL},
		{"Content-Type: text/html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n<p>page\r\n", true, NULL},
		{"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n", false, NULL},
		{"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nx\r\n", false, NULL},
		{"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+\r\n", false, "\"winmail.dat\": it holds the whole mail once more"},
		{"Content-Type: application/octet-stream; name=WINMAIL.DAT\r\n\r\nx\r\n", false, "\"WINMAIL.DAT\": it holds the whole mail once more"},
		{"Content-Type: text/vcard; name=bo.vcf\r\n\r\nBEGIN:VCARD\r\nEMAIL:Bo.Ek@int.uni.example\r\nEND:VCARD\r\n", false, "\"bo.vcf\": it is the writer's own card or key"},
		{"Content-Type: text/vcard; name=eva.vcf\r\n\r\nBEGIN:VCARD\r\nEMAIL:eva@uni.example\r\nEND:VCARD\r\n", true, NULL},
		{"Content-Type: application/pgp-keys; name=OpenPGP_0x1.asc\r\n\r\nx\r\n", false, "\"OpenPGP_0x1.asc\": it is the writer's own card or key"},
		{"Content-Type: multipart/alternative; boundary=z\r\n\r\n--z\r\nContent-Type: text/enriched\r\n\r\n" SECRET "\r\n--z\r\nContent-Type: text/x-amp-html\r\n\r\n" SECRET "\r\n--z--\r\n", false, NULL},
		{"Content-Type: multipart/alternative; boundary=z\r\n\r\n--z\r\nContent-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\nContent-Type: application/pdf\r\nContent-Disposition: inline\r\n\r\n%PDF"
		 "\r\n--w--\r\n--z--\r\n", true, NULL}, /* Apple Mail */
		{"Content-Type: application/zip; name=empty.zip\r\n\r\n", true, NULL},
		{"Content-Type: application/pdf; name=broken.pdf\r\nContent-Disposition: attachment", false, "\"broken.pdf\": where it lies in the mail is in doubt"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *mail = mem_fmt(HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" TEXTS(HTML) "--m\r\n%s\r\n--m--\r\n", cases[i].part);
		struct sent s = send_on(mail, true);
		bool goes = s.first.answer.n_parts == 1;
		if (goes != cases[i].goes || s.first.warnings.n != (cases[i].warning ? 1u : 0u))
			fail_msg("%s: %d %s", cases[i].part, goes, s.first.warnings.n ? s.first.warnings.v[0] : "");
		if (cases[i].warning) {
			assert_memory_equal(s.first.warnings.v[0], ANSWER_WARNING, strlen(ANSWER_WARNING));
			assert_string_equal(s.first.warnings.v[0] + strlen(ANSWER_WARNING), cases[i].warning);
		}
		assert_int_equal(s.again.n_attachments, goes ? 1 : 0);
		if (goes) { /* name, type and bytes as they were */
			const struct attachment *a = &s.first.attachments[s.first.n_attachments - 1], *b = &s.again.attachments[0];
			assert_string_equal(a->name, b->name);
			assert_string_equal(a->type, b->type);
			assert_int_equal(a->size, b->size);
		}
		assert_string_equal(s.again.text, "Hej!\n\nBo");
		assert_null(strstr(s.raw.s, SECRET));
		sent_free(&s);
		free(mail);
	}
}

/* Where the HTML is not sent, nobody can tell the pictures of the answer from those of the quote: none goes, and that is said. */
static void pictures_of_a_mail_whose_html_differs(void **state)
{
	(void)state;
	struct sent s = send_on(HEAD "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" TEXTS("<p>Something else</p><img src=\"cid:pic@x\">")
	                        "--r\r\nContent-Type: image/png; name=p.png\r\nContent-ID: <pic@x>\r\n" PNG "--r\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--r--\r\n", true);
	assert_null(s.first.answer.html);
	assert_string_equal(s.shape, "multipart/mixed(text/plain application/pdf)");
	assert_int_equal(s.first.warnings.n, 1);
	assert_string_equal(s.first.warnings.v[0], ANSWER_WARNING "\"p.png\": whether it belongs to what was written now cannot be told");
	sent_free(&s);
}

/* A signed mail goes on without the signature; of a sealed one nothing does. */
static void signed_and_sealed_mail(void **state)
{
	(void)state;
	struct sent s = send_on(HEAD "Content-Type: multipart/signed; boundary=s; protocol=\"application/pkcs7-signature\"; micalg=sha256\r\n\r\n--s\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
	                             "--m\r\n" TEXTS(HTML) "--m\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--m--\r\n\r\n--s\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
	                             "Content-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--s--\r\n", true);
	assert_string_equal(s.shape, "multipart/mixed(multipart/alternative(text/plain text/html) application/pdf)");
	sent_free(&s);
	s = send_on(HEAD "Content-Type: multipart/encrypted; boundary=s; protocol=\"application/pgp-encrypted\"\r\n\r\n--s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--s\r\n"
	                 "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--s--\r\n", true);
	assert_string_equal(s.shape, "text/plain");
	sent_free(&s);
	s = send_on(HEAD "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n", true);
	assert_string_equal(s.shape, "text/plain");
	sent_free(&s);
}

/* A part that depends on the multipart it stood in, or is the whole mail, is not taken out of it. */
static void parts_that_cannot_stand_elsewhere(void **state)
{
	(void)state;
	struct sent s = send_on(HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nHej!\r\n--m\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: y\r\n\r\ninner\r\n--d--\r\n"
	                             "--m--\r\n", true);
	assert_string_equal(s.shape, "text/plain");
	assert_int_equal(s.first.warnings.n, 1);
	sent_free(&s);
	s = send_on(HEAD "Content-Type: application/pdf; name=scan.pdf\r\n\r\n%PDF\r\n", true);
	assert_string_equal(s.shape, "text/plain");
	assert_string_equal(s.first.warnings.v[0], ANSWER_WARNING "\"scan.pdf\": where it lies in the mail is in doubt");
	sent_free(&s);
}

static void texts_arrive_as_they_were_written(void **state)
{
	(void)state;
	struct sent s = send_on(HEAD "Content-Type: text/html; charset=utf-8\r\n\r\n<p>From \xC3\xA5\xC3\xA4\xC3\xB6 = --x</p><p>.</p><p>--a</p>\r\n", true);
	assert_string_equal(s.again.text, "From \xC3\xA5\xC3\xA4\xC3\xB6 = --x\n\n.\n\n--a");
	for (size_t i = 0; i < s.raw.n; i++)
		assert_true((unsigned char)s.raw.s[i] < 0x80);
	assert_non_null(strstr(s.raw.s, "<p>From =C3=A5=C3=A4=C3=B6 =3D --x</p><p>.</p><p>--a</p>"));
	sent_free(&s);
}

static void a_plan_is_not_trusted(void **state)
{
	(void)state;
	static char text[] = "Hej", html[] = "<p>Hej</p>";
	static const struct answer_part bad[][2] = {{{false, 0, 9}, {false, 8, 9}}, {{false, 8, 9}, {false, 0, 2}}, {{false, 0, 0}, {false, 8, 9}}, {{false, 8, UINT64_MAX}, {false, 0, 0}}};
	struct outgoing o = usual();
	struct composed c;
	struct err e = {0};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct answer_part parts[2] = {bad[i][0], bad[i][1]};
		struct answer a = {text, html, parts, 2};
		assert_false(compose_answer(&o, &a, "Hej", true, &c, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_null(c.bytes.s);
	}
	o.message_id = NULL;
	struct answer a = {text, NULL, NULL, 0};
	assert_false(compose_answer(&o, &a, "Hej", true, &c, &e));
}

static int setup(void **state)
{
	(void)state;
	message_setup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_that_are_not_needed_are_left_out),
		cmocka_unit_test(each_part_has_its_fate),
		cmocka_unit_test(pictures_of_a_mail_whose_html_differs),
		cmocka_unit_test(signed_and_sealed_mail),
		cmocka_unit_test(parts_that_cannot_stand_elsewhere),
		cmocka_unit_test(texts_arrive_as_they_were_written),
		cmocka_unit_test(a_plan_is_not_trusted),
	};
	return cmocka_run_group_tests_name("mail/compose_answer", tests, setup, NULL);
}
