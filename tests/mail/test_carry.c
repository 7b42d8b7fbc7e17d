#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "base/files.h"
#include "mail/carried.h"
#include "mail/html_carry.h"
#include "mail/message.h"

#define HEAD "From: Ann <ann@dept.example>\r\nSubject: question\r\nMIME-Version: 1.0\r\n"
#define MIXED HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define ALTERNATIVE HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
#define SIZED(s) s, sizeof(s) - 1
#define LEFT "left alone"
#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define PDF "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a b.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"

static const struct sample {
	const char *raw;
	size_t n; /* 0: strlen */
	enum carried_as as;
	size_t blocks;
	const char *why;
} mails[] = {
	{HEAD "\r\nhello\r\n", 0, REWRITTEN, 1, "no MIME at all"},
	{HEAD PLAIN "hallå\r\n", 0, REWRITTEN, 1, "a text"},
	{HEAD "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhall=E5=\r\n!\r\n", 0, REWRITTEN,
	 1, "another charset"},
	{HEAD "Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\na \r\nb\r\n", 0, REWRITTEN, 1, "flowed"},
	{HEAD HTML "<p>hallå</p>\r\n", 0, REWRITTEN, 1, "HTML alone"},
	{HEAD "Content-Type: text/html\r\n\r\n<meta charset=iso-8859-1><p>hall\xe5</p>\r\n", 0, REWRITTEN, 1, "a charset in the HTML only"},
	{MIXED "--b\r\n" PLAIN "hello\r\n--b\r\n" PDF "--b--\r\n", 0, REWRITTEN, 1, "an attachment"},
	{MIXED "preamble\r\n--b\r\n" PDF "--b\r\n" PLAIN "hello\r\n--b--\r\nepilogue\r\n", 0, REWRITTEN, 1, "the text behind it; preamble and epilogue"},
	{ALTERNATIVE "--b\r\n" PLAIN "hello\r\n--b\r\n" HTML "<p>hello</p>\r\n--b--\r\n", 0, REWRITTEN, 2, "both alternatives"},
	{ALTERNATIVE "--b\r\n" PLAIN "hello\r\n--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\n" HTML
	             "<img src=\"cid:1@x\">\r\n--c\r\nContent-Type: image/png; name=\"=?utf-8?q?=C3=A5?=.png\"\r\nContent-ID: <1@x>\r\n"
	             "Content-Disposition: inline; filename*=utf-8''%C3%A5.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n--c--\r\n"
	             "--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n",
	 0, REWRITTEN, 2, "pictures in the HTML, and an invitation"},
	{HEAD "Content-Type: multipart/related; start=\"<r@x>\"; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-ID: <r@>\r\n\r\n" LEFT
	      "\r\n--b\r\nContent-Type: text/html\r\nContent-ID: <r@x>\r\nContent-Language: sv\r\n\r\n<p>root</p>\r\n--b--\r\n",
	 0, REWRITTEN, 1, "a root that is not first"},
	{MIXED "--b\r\n" PLAIN "hello\r\n--b\r\n" PLAIN LEFT "\r\n--b--\r\n", 0, REWRITTEN, 1, "a second text is left alone"},
	{MIXED "--b\r\nContent-Type: text/plain; name=notes.txt\r\n\r\n" LEFT "\r\n--b\r\n" PLAIN "hello\r\n--b--\r\n", 0, REWRITTEN, 1,
	 "a named text is a file"},
	{MIXED "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nnotes\r\n--b--\r\n", 0, WRAPPED, 1, "only an attached text"},
	{MIXED "--b\r\n\r\n--b\r\n" PDF "--b--\r\n", 0, REWRITTEN, 1, "an empty text that lends its line end to the boundary"},
	{MIXED "--b\r\n" PLAIN "--b\r\n" PDF "--b--\r\n", 0, REWRITTEN, 1, "the same with a header"},
	{MIXED "--b \t\r\n" PLAIN "hello\r\n--b\r\n" PDF "--b-- \r\n", 0, REWRITTEN, 1, "blanks behind a boundary"},
	{MIXED "--b\r\n" PLAIN "hello", 0, REWRITTEN, 1, "it ends in the text"},
	{MIXED "--b\r\n" PLAIN "hello\r\n--b\r\n" PDF, 0, REWRITTEN, 1, "it never ends"},
	{MIXED "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n" PLAIN "hello\r\n--b\r\n" PDF "--b--\r\n", 0, REWRITTEN, 1,
	 "an inner multipart that the outer one ends"},
	{MIXED "--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n" PLAIN "hello\r\n--bb--\r\n--b\r\n" PDF "--b--\r\n", 0, REWRITTEN,
	 1, "a boundary that begins like the other"},
	{HEAD "Content-Type: multipart/mixed;\r\n boundary=\"simple boundary =_'()+,-./:=?\"\r\n\r\n--simple boundary =_'()+,-./:=?\r\n\r\nhello\r\n"
	      "--simple boundary =_'()+,-./:=?--\r\n",
	 0, REWRITTEN, 1, "every character that a boundary may have"},
	{"From: a@dept.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: image/png\n\nx\n--b--\n", 0, REWRITTEN,
	 1, "LF alone"},
	{"From a@dept.example Mon Jan  1 00:00:00 2024\n" MIXED "--b\r\n" PLAIN "hello\r\n--b\r\n" PDF "--b--\r\n", 0, REWRITTEN, 1, "from an mbox"},
	{MIXED "--b\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=2D-b\r\n=2D-b--\r\n--b\r\n" PDF
	       "--b--\r\n",
	 0, REWRITTEN, 1, "a boundary inside the text"},
	{SIZED(MIXED "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\xff\r\n--b\r\n" PLAIN
	             "x\r\n--b--\r\n"),
	 REWRITTEN, 1, "NUL and 8-bit bytes in what is copied"},

	{HEAD "Content-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"; micalg=pgp-sha256\r\n\r\n--b\r\n" PLAIN
	      "signed \r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--b--\r\n",
	 0, WRAPPED, 1, "signed"},
	{MIXED "--b\r\nContent-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n" PLAIN
	       "signed\r\n--c\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--c--\r\n--b\r\n" PLAIN "footer\r\n--b--\r\n",
	 0, WRAPPED, 1, "signed, and a list's footer"},
	{HEAD "Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n"
	      "Content-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n",
	 0, WRAPPED, 1, "encrypted"},
	{MIXED "--b\r\n\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nx"
	       "\r\n--b--\r\n",
	 0, WRAPPED, 1, "encrypted, as Exchange passes it on"},
	{HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n"
	      "Content-Disposition: attachment; filename=smime.p7m\r\n\r\nMIAGCSqG\r\n",
	 0, WRAPPED, 1, "S/MIME"},
	{HEAD PLAIN "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhello\r\n", 0, WRAPPED, 1, "signed in the text"},
	{HEAD PLAIN "hi\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n", 0, WRAPPED, 1, "encrypted in the text"},
	{HEAD PLAIN "> -----BEGIN PGP MESSAGE-----\r\nwhat is this?\r\n", 0, REWRITTEN, 1, "quoted PGP"},
	{HEAD "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno such user\r\n--b\r\n"
	      "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nhi\r\n"
	      "--b--\r\n",
	 0, WRAPPED, 1, "a report: as ours it would be a bounce"},
	{HEAD "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n", 0, WRAPPED, 1, "no text"},
	{HEAD "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello\r\n", 0, WRAPPED, 1, "a mail in a mail"},
	{MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello\r\n--b\r\n" PLAIN "x\r\n--b--\r\n", 0, WRAPPED, 1,
	 "a mail shown before the text"},
	{HEAD "Content-Type: text/plain; charset=x-unknown\r\n\r\nhall\xe5\r\n", 0, WRAPPED, 1, "an unknown charset"},
	{HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\nhall\xe5\r\n", 0, WRAPPED, 1, "a wrong charset"},
	{HEAD "\r\nhall\xe5\r\n", 0, WRAPPED, 1, "no charset"},
	{HEAD "Content-Type: text/plain; charset=shift_jis\r\n\r\nab\x81\r\n", 0, WRAPPED, 1, "half a character"},
	{SIZED(HEAD PLAIN "a\0b\r\n"), WRAPPED, 1, "a NUL"},
	{HEAD "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nuryyb\r\n", 0, WRAPPED, 1, "an unknown encoding"},
	{HEAD "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nhello\r\n", 0, WRAPPED, 1, "two types"},
	{HEAD "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n", 0, WRAPPED, 1,
	 "an encoded multipart"},
	{HEAD "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n", 0, WRAPPED, 1, "another multipart"},
	{ALTERNATIVE "--b\r\n" PLAIN "1\r\n--b\r\n" PLAIN "2\r\n--b\r\n" PLAIN "3\r\n--b\r\n" PLAIN "4\r\n--b\r\n" PLAIN "5\r\n--b--\r\n", 0, WRAPPED, 1,
	 "too many alternatives"},
	{"Content-Type: application/pdf", 0, WRAPPED, 1, "a header without an end"},

	{HEAD "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n", 0, ATTACHED, 1, "no boundary"},
	{HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--c\r\n\r\nhello\r\n", 0, ATTACHED, 1, "a boundary that never comes"},
	{HEAD "Content-Type: multipart/mixed; boundary=b\r\njunk\r\n--b\r\n\r\nhello\r\n--b\r\n\r\nx\r\n--b--\r\n", 0, ATTACHED, 1,
	 "no blank line behind the header"},
	{"hello\r\n", 0, ATTACHED, 1, "no header"},
	{"\r\n\r\n", 0, ATTACHED, 1, "two line ends"},
	{"", 0, ATTACHED, 1, "nothing"},
};

static size_t length_of(const struct sample *m)
{
	return m->n ? m->n : strlen(m->raw);
}

/* A copy without the ending NUL, so that a sanitizer sees a byte too far. */
static char *exactly(const char *s, size_t n)
{
	char *copy = mem_alloc(n ? n : 1);
	if (n)
		memcpy(copy, s, n);
	return copy;
}

static bool is_left_alone(const struct carried *c)
{
	struct leaves l = leaves_of(c->mail.s, c->mail.n, false);
	bool ok = true;
	for (size_t i = 0; i < l.n; i++)
		ok = ok && !(l.v[i].bytes.n && strstr(l.v[i].bytes.s, LEFT) && strstr(l.v[i].bytes.s, BLOCK));
	leaves_free(&l);
	return ok;
}

static void every_mail_is_carried_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		size_t n = length_of(&mails[i]);
		char *raw = exactly(mails[i].raw, n);
		struct carried c = carry_on(raw, n, &mail_limits_default);
		if (*c.fault)
			fail_msg("%s: %s\n%s", mails[i].why, c.fault, c.mail.s ? c.mail.s : "");
		if (c.as != mails[i].as || c.blocks != mails[i].blocks)
			fail_msg("%s: carried as %d with %zu blocks\n%s", mails[i].why, (int)c.as, c.blocks, c.mail.s);
		if (!is_left_alone(&c))
			fail_msg("%s: the block is in the wrong text", mails[i].why);
		carried_free(&c);
		free(raw);
	}
}

/* Mails that nobody wrote: pieces of the ones above cut out, doubled, and changed. */
static void damaged_mails_too(void **state)
{
	(void)state;
	unsigned r = 7;
#define RANDOM(n) ((r = r * 1103515245u + 12345u), (r >> 8) % (unsigned)(n))
	for (unsigned i = 0; i < 6000; i++) {
		const struct sample *m = &mails[i % (sizeof mails / sizeof *mails)];
		struct buf b = {0};
		buf_add(&b, m->raw, length_of(m));
		for (unsigned k = 0; k < 1 + i % 3 && b.n > 1; k++) {
			size_t at = RANDOM(b.n), len = RANDOM(b.n - at < 40 ? b.n - at : 40) + 1;
			struct buf next = {0};
			buf_add(&next, b.s, at);
			switch (RANDOM(4)) {
			case 0: /* cut */
				buf_add(&next, b.s + at + len, b.n - at - len);
				break;
			case 1: /* doubled */
				buf_add(&next, b.s + at, len);
				buf_add(&next, b.s + at, b.n - at);
				break;
			case 2: /* a line end, or what looks like a boundary */
				buf_adds(&next, RANDOM(2) ? "\r\n" : "\r\n--b\r\n");
				buf_add(&next, b.s + at, b.n - at);
				break;
			default: /* a changed byte */
				buf_addc(&next, (char)RANDOM(256));
				buf_add(&next, b.s + at + 1, b.n - at - 1);
			}
			buf_free(&b);
			b = next;
		}
		char *raw = exactly(b.s, b.n);
		struct carried c = carry_on(raw, b.n, &mail_limits_default);
		if (*c.fault)
			fail_msg("%u, from \"%s\", as %d: %s\n%.*s\n----\n%s", i, m->why, (int)c.as, c.fault, (int)b.n, b.s, c.mail.s ? c.mail.s : "");
		carried_free(&c);
		free(raw);
		buf_free(&b);
	}
}

static void limits_wrap(void **state)
{
	(void)state;
	static const char deep[] = MIXED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nhello\r\n--c--\r\n--b--\r\n";
	struct mail_limits l = mail_limits_default;
	for (int i = 0; i < 4; i++) {
		l.depth = i == 1 ? 1 : 32;
		l.parts = i == 2 ? 2 : 500;
		l.text_bytes = i == 3 ? 4 : 1 << 20;
		struct carried c = carry_on(deep, sizeof deep - 1, &l);
		assert_string_equal(c.fault, "");
		assert_int_equal(c.as, i ? WRAPPED : REWRITTEN);
		carried_free(&c);
	}
}

static void attachments_are_not_copied(void **state)
{
	(void)state;
	struct buf raw = {0};
	buf_adds(&raw, MIXED "--b\r\n" PLAIN "hello\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	for (int i = 0; i < 200000; i++)
		buf_adds(&raw, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkr\r\n");
	buf_adds(&raw, "--b--\r\n");
	GByteArray *bytes;
	GMimeMessage *m = parse_raw(raw.s, raw.n, &bytes);
	struct carry plan;
	carry_plan(m, raw.s, raw.n, &mail_limits_default, &plan);
	unparse(m, bytes);
	size_t copied = 0, held = 0;
	for (size_t i = 0; i < plan.n; i++) {
		copied += plan.v[i].length;
		held += plan.v[i].text ? strlen(plan.v[i].text) : 0;
	}
	assert_true(copied > 17000000 && held < 1000);
	carry_free(&plan);
	buf_free(&raw);
}

/* What GMime says about offsets is believed only as far as the bytes bear it out. */
static void wrong_offsets_are_found_out(void **state)
{
	(void)state;
	static const char one[] = MIXED "--b\r\n" PLAIN "hello\r\n--b--\r\n", *const others[] = {
		one, MIXED "--b\r\n" PLAIN "jello\r\n--b--\r\n", /* not the content that GMime read */
		MIXED "--b\r\n" PLAIN "hello\r\n--c--\r\n",      /* no boundary behind it */
		MIXED "--c\r\n" PLAIN "hello\r\n--b--\r\n",      /* nor before it */
	};
	GByteArray *bytes;
	for (int i = 0; i < 4; i++) {
		GMimeMessage *m = parse_raw(one, sizeof one - 1, &bytes);
		struct carry plan;
		carry_plan(m, others[i], sizeof one - 1, &mail_limits_default, &plan);
		bool wrapped = strstr(plan.content, "=_ingang_") != NULL;
		assert_int_equal(wrapped, i > 0);
		carry_free(&plan);
		carry_plan(m, one, i ? sizeof one - 9 : sizeof one - 1, &mail_limits_default, &plan);
		for (size_t k = 0; k < plan.n; k++)
			assert_true(plan.v[k].offset + plan.v[k].length <= sizeof one - 1 - (i ? 8 : 0));
		carry_free(&plan);
		unparse(m, bytes);
	}
	struct carry plan;
	carry_plan(NULL, one, sizeof one - 1, &mail_limits_default, &plan); /* not parsed at all */
	assert_non_null(strstr(plan.v[plan.n - 3].text, "message/rfc822"));
	assert_int_equal(plan.v[plan.n - 2].length, sizeof one - 1);
	carry_free(&plan);
}

static void fields_of_a_text_are_kept(void **state)
{
	(void)state;
	static const char raw[] = HEAD "Content-Language: sv\r\nContent-Length: 9\r\nContent-Type: multipart/mixed; x=\"a\\\"b\";\r\n boundary=b; y=h\xc3\xa5"
	                               "\r\n\r\n--b\r\nContent-Type: text/plain; format=Flowed; DelSp=Yes\r\nContent-Disposition: inline\r\nContent-ID: <1@x>\r\n"
	                                "Content-Language: sv,\r\n en\r\nContent-Description: hall\xc3\xa5\r\nContent-Location: h\xc3\xa5\r\nContent-MD5: x\r\n"
	                                "Content-h\xc3\xa5: z\r\nContent-Length: 7\r\nX-Other: y\r\n\r\nhello\r\n--b--\r\n";
	GByteArray *bytes;
	GMimeMessage *m = parse_raw(raw, sizeof raw - 1, &bytes);
	struct carry plan;
	carry_plan(m, raw, sizeof raw - 1, &mail_limits_default, &plan);
	unparse(m, bytes);
	assert_string_equal(plan.content, "Content-Type: multipart/mixed;\r\n boundary=\"b\";\r\n x=\"a\\\"b\"\r\nContent-Language: sv\r\n");
	assert_int_equal(plan.n, 3);
	assert_int_equal(plan.v[1].op, CARRY_PLAIN);
	assert_true(plan.v[1].flowed && plan.v[1].delsp && !plan.v[1].top);
	assert_string_equal(plan.v[1].text, "hello");
	assert_string_equal(plan.v[1].head, "Content-Disposition: inline\r\nContent-ID: <1@x>\r\nContent-Language: sv, en\r\n"
	                                    "Content-Description: =?UTF-8?B?aGFsbMOl?=\r\n");
	carry_free(&plan);
}

static void a_length_is_not_kept(void **state) /* it would be the wrong one: mbox readers cut there */
{
	(void)state;
	static const char raw[] = HEAD "Content-Length: 99\r\nContent-Type: application/pdf\r\nContent-Language: sv\r\n\r\nx\r\n";
	struct carried c = carry_on(raw, sizeof raw - 1, &mail_limits_default);
	assert_string_equal(c.fault, "");
	assert_int_equal(c.as, WRAPPED);
	assert_null(strstr(c.mail.s, "Content-Length"));
	assert_non_null(strstr(c.mail.s, "\r\nContent-Type: application/pdf\r\nContent-Language: sv\r\n\r\nx\r\n"));
	carried_free(&c);
}

static void html_has_a_top(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out, *why;
	} cases[] = {
		{"<p>x", "|<p>x", "nothing but flow"},
		{"x", "|x", "text"},
		{"", "|", "nothing"},
		{"<html><head><title>a<body></title></head><body bgcolor='>'>x", "<html><head><title>a<body></title></head><body bgcolor='>'>|x",
		 "behind <body>, which may hold anything in quotes"},
		{"<BODY\n\tCLASS = \"a>b\">x", "<BODY\n\tCLASS = \"a>b\">|x", "in any case"},
		{"<html><head></head>x", "<html><head></head>|x", "no <body>: behind </head>"},
		{"<html>x", "<html>|x", "behind <html>"},
		{"<html><head><style>p{}</style><p>x", "<html><head><style>p{}</style>|<p>x", "where the body opens by itself"},
		{"<!DOCTYPE html>\n<p>x", "<!DOCTYPE html>\n|<p>x", "behind the doctype"},
		{"<?xml version='1.0'?><!-- <body> --><body>x", "<?xml version='1.0'?><!-- <body> --><body>|x", "comments do not count"},
		{"<!--[if !mso]><!--><body><!--<![endif]-->x", "<!--[if !mso]><!--><body>|<!--<![endif]-->x", "Outlook's comments"},
		{"<style><body></style><body>x", "<style><body></style><body>|x", "style is raw text"},
		{"<p hidden><body>x", "|<p hidden><body>x", "a late <body> is none: the block would be hidden"},
		{"<!-- never closed <body>x", "|<!-- never closed <body>x", "it would swallow the block"},
		{"<script>never closed <body>x", "|<script>never closed <body>x", "the same"},
		{"<template><body>x", "|<template><body>x", "the same"},
		{"<body title=\"never closed>x", "|<body title=\"never closed>x", "the same"},
		{"<bodyguard>x", "|<bodyguard>x", "another name"},
		{"<!-->x", "<!-->|x", "an empty comment"},
		{"< body>x", "|< body>x", "no tag"},
		{"<head><meta charset=\"iso-8859-1\"></head><body>", "<head><meta charset=\"utf-8\"></head><body>|", "the charset is ours now"},
		{"<meta http-equiv=content-type content=\"text/html; charset=windows-1252\"><p>", "<meta http-equiv=content-type content=\"text/html; "
		                                                                                  "charset=utf-8\">|<p>",
		 "in its other form"},
		{"<body><meta charset=x-y>z", "<body>|<meta charset=utf-8>z", "wherever it stands"},
		{"<meta name=d content='about charset=x'><body>", "<meta name=d content='about charset=x'><body>|", "no charset"},
		{"<script>'<meta charset=x>'</script><body>", "<script>'<meta charset=x>'</script><body>|", "not in a script"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *in = exactly(cases[i].in, strlen(cases[i].in));
		struct buf out = {0}, shown = {0};
		size_t at = html_carry(in, strlen(cases[i].in), &out);
		buf_add(&shown, out.s, at);
		buf_addc(&shown, '|');
		buf_add(&shown, out.s + at, out.n - at);
		if (strcmp(shown.s, cases[i].out) != 0)
			fail_msg("%s: %s", cases[i].why, shown.s);
		buf_free(&shown);
		buf_free(&out);
		free(in);
	}
}

/* Some thousand real and broken mails, where they are at hand. */
static void a_corpus_is_carried_on(void **state)
{
	(void)state;
	const char *top = TESTS_DIR "/../../shared/data/mime";
	DIR *d = opendir(top);
	size_t n = 0, as[3] = {0};
	if (!d) {
		print_message("skipped: no %s\n", top);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		char *sub = mem_fmt("%s/%s", top, e->d_name);
		DIR *s = e->d_name[0] == '.' ? NULL : opendir(sub);
		for (struct dirent *f; s && (f = readdir(s));) {
			if (!strstr(f->d_name, ".eml"))
				continue;
			struct buf raw = {0};
			struct err err = {0};
			char *path = mem_fmt("%s/%s", sub, f->d_name);
			if (!file_read(path, 64 << 20, &raw, &err))
				fail_msg("%s", err.text);
			struct carried c = carry_on(raw.s ? raw.s : "", raw.n, &mail_limits_default);
			if (*c.fault)
				fail_msg("%s, as %d: %s", path, (int)c.as, c.fault);
			n++;
			as[c.as]++;
			carried_free(&c);
			buf_free(&raw);
			free(path);
		}
		if (s)
			closedir(s);
		free(sub);
	}
	closedir(d);
	print_message("%zu mails: %zu rewritten, %zu wrapped, %zu attached\n", n, as[0], as[1], as[2]);
}

static int set_up(void **state)
{
	(void)state;
	message_setup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mail_is_carried_on),
		cmocka_unit_test(damaged_mails_too),
		cmocka_unit_test(limits_wrap),
		cmocka_unit_test(attachments_are_not_copied),
		cmocka_unit_test(wrong_offsets_are_found_out),
		cmocka_unit_test(fields_of_a_text_are_kept),
		cmocka_unit_test(a_length_is_not_kept),
		cmocka_unit_test(html_has_a_top),
		cmocka_unit_test(a_corpus_is_carried_on),
	};
	return cmocka_run_group_tests_name("mail/carry", tests, set_up, NULL);
}
