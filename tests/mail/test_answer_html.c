/* What a colleague wrote now, as HTML: replies of the usual programs (answers.h), and what such a mail may hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "answers.h"
#include "base/buf.h"
#include "base/mem.h"
#include "mail/answer.h"
#include "mail/answer_html.h"
#include "mail/html_style.h"
#include "mail/message.h"
#include "mail/text.h"

#define HEAD "From: Bo Ek <bo.ek@int.uni.example>\r\nTo: office@uni.example\r\nSubject: Re: x\r\nIn-Reply-To: <aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx.1@uni.example>\r\nMIME-Version: 1.0\r\n"

static struct mail read_mail(const char *raw)
{
	size_t n = strlen(raw);
	char *copy = mem_dupn(raw, n);
	struct mail m;
	message_read(copy, n, &mail_limits_default, &m);
	free(copy);
	return m;
}

static struct mail read_texts(const char *plain, const char *type, const char *html)
{
	struct buf b = {0};
	buf_adds(&b, HEAD "Content-Type: multipart/alternative; boundary=b\r\n\r\n");
	if (plain)
		buf_addf(&b, "--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", type ? type : "text/plain; charset=utf-8", plain);
	if (html)
		buf_addf(&b, "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", html);
	buf_adds(&b, "--b--\r\n");
	struct mail m = read_mail(b.s);
	buf_free(&b);
	return m;
}

static const char *const pictures_of_clients[] = {"image001.png@01DB", "image002.png@01DB", "ii_m1", "ii_logo"};

/* The pictures are there as well, as the programs add them. */
static struct mail read_client(const struct client *c)
{
	struct buf b = {0};
	buf_adds(&b, HEAD "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n");
	if (c->plain)
		buf_addf(&b, "--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", c->type ? c->type : "text/plain; charset=utf-8", c->plain);
	if (c->html)
		buf_addf(&b, "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", c->html);
	buf_adds(&b, "--b--\r\n");
	for (size_t i = 0; i < sizeof pictures_of_clients / sizeof *pictures_of_clients; i++)
		if (c->html && strstr(c->html, pictures_of_clients[i]))
			buf_addf(&b, "--r\r\nContent-Type: image/png; name=\"%s.png\"\r\nContent-ID: <%s>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n", pictures_of_clients[i],
			         pictures_of_clients[i]);
	buf_adds(&b, "--r--\r\n");
	struct mail m = read_mail(b.s);
	buf_free(&b);
	return m;
}

static void must_have(const char *name, const char *s, const char *what)
{
	if (!strstr(s, what))
		fail_msg("%s: no \"%s\" in: %s", name, what, s);
}

static void must_not_have(const char *name, const char *s, const char *what)
{
	if (strcasestr(s, what))
		fail_msg("%s: \"%s\" in: %s", name, what, s);
}

static void what_programs_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
		const struct client *c = &clients[i];
		struct mail m = read_client(c);
		if (strcmp(m.answer.text, c->text) != 0)
			fail_msg("%s: the text is: %s", c->name, m.answer.text);
		must_not_have(c->name, m.answer.text, SECRET);
		if ((c->html != NULL) != (m.answer.html != NULL))
			fail_msg("%s: %s HTML", c->name, m.answer.html ? "has" : "no");
		for (size_t k = 0; k < sizeof c->has / sizeof *c->has && c->has[k]; k++)
			must_have(c->name, m.answer.html, c->has[k]);
		const char *html = m.answer.html ? m.answer.html : "";
		must_not_have(c->name, html, SECRET);
		must_not_have(c->name, html, "INT-42");
		must_not_have(c->name, html, "blockquote");
		must_not_have(c->name, html, "!--");
		must_not_have(c->name, html, "logo");
		must_not_have(c->name, html, "image002");
		assert_int_equal(m.answer.n_parts, strstr(html, "cid:") ? 1 : 0); /* the picture, and no logo */
		assert_int_equal(m.warnings.n, 0);
		struct strs pictures = {0}, shown = {0};
		for (size_t k = 0; k < sizeof pictures_of_clients / sizeof *pictures_of_clients; k++)
			strs_add(&pictures, pictures_of_clients[k]);
		char *again = answer_html(html, strlen(html), m.answer.text, &pictures, &shown);
		assert_true(!m.answer.html || strcmp(again, m.answer.html) == 0); /* what was written so is read so */
		free(again);
		strs_free(&pictures);
		strs_free(&shown);
		mail_free(&m);
	}
}

/* Sent off with nothing written: that the history stands alone does not make it the answer. */
static void nothing_written_is_no_answer(void **state)
{
	(void)state;
	static const struct {
		const char *plain, *html;
	} cases[] = {
		{"\r\n________________________________\r\nFrån: Kontoret <office@uni.example>\r\nSkickat: den 24 november 2026 09:12\r\nTill: Bo Ek <" SECRET ">\r\nÄmne: [INT-42] x\r\n\r\n" SECRET "\r\n",
		 "<div><br></div><hr><div id=\"divRplyFwdMsg\"><b>Från:</b> Kontoret &lt;office@uni.example&gt;<br><b>Skickat:</b> den 24 november 2026 09:12<br><b>Till:</b> Bo<br><b>Ämne:</b> [INT-42] x"
		 "</div><div>" SECRET "<img src=\"https://x.example/\"></div>"},
		{"\r\n\r\nFrom: Office <office@uni.example> \r\nSent: Tuesday, November 24, 2026 9:12 AM\r\nTo: Bo Ek <" SECRET ">\r\nSubject: [INT-42] x\r\n\r\n" SECRET "\r\n", NULL},
		{"Den tis 24 nov. 2026 kl 09:12 skrev Kontoret <\r\noffice@uni.example>:\r\n\r\n> " SECRET "\r\n",
		 "<div class=\"gmail_quote\"><div class=\"gmail_attr\">Den tis 24 nov. 2026 kl 09:12 skrev Kontoret &lt;office@uni.example&gt;:<br></div><blockquote>" SECRET "</blockquote></div>"},
		{"On 24 Nov 2026 at 09:12, Office <office@uni.example> wrote:\r\n\r\n" SECRET "\r\n", NULL},
		{"> " SECRET "\r\n", "<blockquote>" SECRET "</blockquote>"},
		{NULL, "<blockquote type=\"cite\">" SECRET "</blockquote>"},
		{"!close\r\n\r\n> " SECRET "\r\n", "<div>!close</div><blockquote>" SECRET "</blockquote>"},
		{"-----Ursprungligt meddelande-----\r\nFrån: x\r\n" SECRET "\r\n", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_texts(cases[i].plain, NULL, cases[i].html);
		if (*m.answer.text || m.answer.html)
			fail_msg("%zu: %s | %s", i, m.answer.text, m.answer.html ? m.answer.html : "");
		mail_free(&m);
	}
}

/* ---- what must not come along ---- */

static void nothing_hidden_comes_along(void **state)
{
	(void)state;
	static const char *const hidden[] = {
		"<p>Hej!</p><!-- " SECRET " -->", "<p>Hej!</p><!--[if mso]><p>" SECRET "</p><![endif]-->", "<p>Hej!</p><div style=\"display:none\">" SECRET "</div>",
		"<p>Hej!</p><script>x('" SECRET "')</script>", "<p>Hej!</p><template>" SECRET "</template>", "<title>" SECRET "</title><p>Hej!</p>",
		"<p>Hej!</p><span style=\"font-size:0;line-height:0\">" SECRET "</span>", "<p title=\"" SECRET "\" data-x=\"" SECRET "\" id=\"" SECRET "\">Hej!</p>",
		"<p>Hej!</p><p hidden>" SECRET "</p>", "<style>p:before{content:\"" SECRET "\"} /* " SECRET " */</style><p>Hej!</p>", "<p style=\"x:y;/*" SECRET "*/\">Hej!</p>",
		"<p class=\"" SECRET "\">Hej!</p>", "<p>Hej!</p><input value=\"" SECRET "\">", "<p>Hej!</p><object>" SECRET "</object>", "<p>Hej!</p><svg><text>" SECRET "</text></svg>",
		"<meta name=\"x\" content=\"" SECRET "\"><p>Hej!</p>", "<p>Hej!</p><img alt=\"" SECRET "\">", "<p>Hej!</p><img src=\"cid:none\" alt=\"" SECRET "\">",
		"<p>Hej!</p><select><option>" SECRET "</select>", "<base href=\"http://" SECRET "/\"><p>Hej!</p>", "<p>Hej!</p><a href=\"javascript:" SECRET "\"></a>",
		"<p><a href=\"file:///C:/Users/" SECRET "\">Hej!</a></p>", "<p><a href=\" java\nscript:" SECRET "\">Hej!</a></p>", "<p onclick=\"" SECRET "\">Hej!</p>",
		"<p style=\"background:url(http://" SECRET "/)\">Hej!</p>", "<body background=\"http://" SECRET "/\"><p>Hej!</p>", "<p style=\"background:u\\rl(" SECRET ")\">Hej!</p>",
		"<style>@import 'http://" SECRET "/'; @media all { .x { color:red; } } .\\" SECRET " { color: red }</style><p>Hej!</p>", "<xmp>" SECRET "</xmp><p>Hej!</p>",
	};
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		struct mail m = read_texts("Hej!\r\n", NULL, hidden[i]);
		if (!m.answer.html)
			fail_msg("%s: no HTML", hidden[i]);
		must_have(hidden[i], m.answer.html, "Hej!");
		must_not_have(hidden[i], m.answer.html, "hemlig");
		mail_free(&m);
	}
}

/* The HTML that says more than the text, or less, or something else, is not sent. */
static void it_says_the_same_or_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *plain, *html;
	} cases[] = {
		{"Hej Anna!\r\n", "<p>Hej Eva!</p>"}, {"Hej!\r\nVälkommen\r\n", "<p>Hej!</p>"}, {"Summan är 1500\r\n", "<p>Summan är 15<b>1</b>00</p>"}, {"Ja\r\n", "<p>Jag vet inte</p>"},
		{"Hej\r\n", "<p>Tack, hej då</p>"}, {"Hej\r\n", "<p style=\"display:none\">Hej</p>"},
		{"Hej Anna\r\n", "<p>Anna Hej</p>"}, {"Hej\r\n", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_texts(cases[i].plain, NULL, cases[i].html);
		if (m.answer.html)
			fail_msg("%s: %s", cases[i].plain, m.answer.html);
		mail_free(&m);
	}
}

/* What stands beside the answer's words goes, however the elements lie around it. */
static void only_the_words_of_the_text_stay(void **state)
{
	(void)state;
	static const struct {
		const char *plain, *html, *has;
	} cases[] = {
		{"Hej!\r\n", "<p>Hej!</p><p>" SECRET "</p>", "<p>Hej!</p>"},
		{"Hej!\r\n", "<p>" SECRET "</p><p>Hej!</p>", "<p>Hej!</p>"},
		{"Hej!\r\n", "<table><tr><td>" SECRET "</td><td>Hej!</td><td>" SECRET "</td></tr></table>", "<tr><td>Hej!</td></tr>"},
		{"Hej!\r\nBo\r\n", "Hej!<br>" SECRET "<br>Bo", "Hej!<br>"},
		{"Hej!\r\nBo\r\n", "<pre>Hej!\r\n" SECRET "\r\nBo\r\n-- \r\n" SECRET "</pre>", "<pre>\nHej!\nBo</pre>"},
		{"Hej!\r\nBo\r\n", "<pre>" SECRET "\r\nHej!\r\n\r\n  Bo :-)\r\n</pre>", "<pre>\nHej!\n\n  Bo :-)</pre>"},
		{"Hej!\r\nBo\r\n", "<div>Hej!</div><div>Bo</div><div>--</div><div>" SECRET "</div>", "<div>Bo</div></body>"},
		{"Hej!\r\n\xF0\x9F\x98\x80\r\n", "<p>Hej!</p><p>\xF0\x9F\x98\x80</p><p>" SECRET "</p>", "<p>\xF0\x9F\x98\x80</p>"},
		{"\xF0\x9F\x91\x8D\r\n", "<p>\xF0\x9F\x91\x8D</p>", "<p>\xF0\x9F\x91\x8D</p></body>"},
		{"1. ett\r\n2. tv\xC3\xA5\r\n", "<ol><li>ett</li><li>tv\xC3\xA5</li></ol>", "<ol><li>ett</li><li>tv\xC3\xA5</li></ol>"},
		{"o   ett\r\n", "<ul><li>ett</li></ul>", "<li>ett</li>"},
		{"a) ett\r\niv. tv\xC3\xA5\r\n", "<ol type=\"a\"><li>ett</li><li>tv\xC3\xA5</li></ol>", "<ol type=\"a\">"},
		{"Hej!\r\n[Kartan]\r\n", "<p>Hej!</p><img src=\"https://uni.example/k.png\" alt=\"Kartan\">", "alt=\"Kartan\""},
		{"HYPERLINK \"https://uni.example/\" Sidan\r\n", "<a href=\"https://uni.example/\">Sidan</a>", ">Sidan</a>"},
		{"\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82\r\n\xE8\xB0\xA2\xE8\xB0\xA2\r\n", "<p>\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82\xE8\xB0\xA2\xE8\xB0\xA2</p>", "\xE4\xBD\xA0"},
		{"a < b & c > \"d\"\r\n", "<p>a &lt; b &amp; c &gt; \"d\"</p>", "<p>a &lt; b &amp; c &gt; \"d\"</p>"},
		{"x  y\r\n", "<p>x&nbsp;&nbsp;y</p>", "x&nbsp;&nbsp;y"},
		{"Hej\r\n", "<form><fieldset>Hej</fieldset></form>", "<div><div>Hej</div></div>"},
		{"Hej\r\n", "<p><o:p>Hej</o:p></p>", "<p>Hej</p>"},
		{"Hej\r\n", "<td nowrap><font color=red onclick=x>Hej", "<font color=\"red\">Hej</font>"},
		{"Anna\r\n", "<p>Fru Anna</p><p><b>Anna</b></p>", "<p><b>Anna</b></p>"},
		{"Ja\r\n", "<p>Jag skrev</p><p><b>Ja</b></p>", "<p><b>Ja</b></p>"},
		{"\xE2\x80\xA2 ett\r\n", "<p>" SECRET "</p><p><i>\xE2\x80\xA2</i> <b>ett</b></p>", "<p><i>\xE2\x80\xA2</i> <b>ett</b></p>"},
		{"Hej!\r\n", "<pre>Hej!\r\n-- \r\n</pre><p>" SECRET "</p>", "<pre>\nHej!</pre>"},
		{"Hej Anna\r\n", "<p>Hej <span style=\"display:none\">" SECRET "</span>Anna</p>", "<p>Hej Anna</p>"},
		{"a b\r\n", "<table><tr><td>a</td><td></td><td>b</td></tr></table>", "<td>a</td><td></td><td>b</td>"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail m = read_texts(cases[i].plain, NULL, cases[i].html);
		if (!m.answer.html)
			fail_msg("%s: no HTML", cases[i].html);
		must_have(cases[i].html, m.answer.html, cases[i].has);
		must_not_have(cases[i].html, m.answer.html, SECRET);
		mail_free(&m);
	}
}

/* Numbers are the list's, not the items': that costs nothing, however many there are. */
static void long_lists_stay(void **state)
{
	(void)state;
	struct buf b = {0};
	buf_adds(&b, "<ol>");
	for (int i = 0; i < 500; i++)
		buf_addf(&b, "<li>item %c</li>", 'a' + i % 26);
	buf_adds(&b, "</ol>");
	struct mail m = read_texts(NULL, NULL, b.s);
	assert_non_null(m.answer.html);
	must_have("list", m.answer.html, b.s);
	buf_free(&b);
	mail_free(&m);
}

static void nothing_runs_together(void **state)
{
	(void)state;
	struct mail m = read_texts("Ja\r\nNej\r\n", NULL, "Ja<br><blockquote>" SECRET "</blockquote><br>Nej");
	struct buf text = {0};
	assert_non_null(m.answer.html);
	text_html(m.answer.html, strlen(m.answer.html), &text);
	assert_string_equal(text.s, "Ja\nNej\n");
	buf_free(&text);
	mail_free(&m);
}

/* ---- pictures ---- */

static void pictures_stay_where_they_belong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *html;
		bool stays;
	} cases[] = {
		{"a\nb", "<p>a</p><img src=\"cid:x\"><p>b</p>", true},
		{"a", "<p>a</p><p><img src=\"cid:x\"></p>", true},
		{"a", "<p><img src=\"cid:x\"></p><p>a</p>", true},
		{"a", "<p>a</p><p><img src=\"cid:x\"></p><p>gone</p>", true},
		{"a", "<p>gone</p><p><img src=\"cid:x\"></p><p>a</p>", true},
		{"a", "<p>a</p><p>gone</p><p><img src=\"cid:x\"></p>", false},
		{"a", "<p><img src=\"cid:x\"></p><p>gone</p><p>a</p>", true},
		{"a\nb", "<p>a</p><blockquote><img src=\"cid:x\">gone</blockquote><p>b</p>", false},
		{"a\nb", "<p>a</p><blockquote>gone<img src=\"cid:x\"></blockquote><p>b</p>", false},
		{"a\nb", "<p>a</p><blockquote>gone</blockquote><img src=\"cid:x\"><p>b</p>", true},
		{"a\nb", "<p>a</p><p>gone</p><img src=\"cid:x\"><p>gone</p><p>b</p>", false},
		{"a", "<p>a</p><table><tr><td><img src=\"cid:x\"></td><td>gone</td></tr></table>", false},
		{"a", "<p>a</p><div class=\"gmail_signature\"><img src=\"cid:x\"></div>", false},
		{"", "<div><p><img src=\"cid:x\"></p><p>gone</p></div>", true},
		{"a", "<p>a</p><img src=\"cid:unknown\">", false},
		{"a", "<p>a</p><img src=\"CID:x\">", true},
	};
	struct strs pictures = {0};
	strs_add(&pictures, "x");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct strs shown = {0};
		char *html = answer_html(cases[i].html, strlen(cases[i].html), cases[i].text, &pictures, &shown);
		if (!html)
			fail_msg("%s: no HTML", cases[i].html);
		if (cases[i].stays != (shown.n == 1) || cases[i].stays != (strcasestr(html, "cid:x") != NULL))
			fail_msg("%s: %s", cases[i].html, html);
		free(html);
		strs_free(&shown);
	}
	strs_free(&pictures);
}

static void all_that_is_named_is_known(void **state)
{
	(void)state;
	struct strs ids = {0};
	static const char html[] = "<img src=\"cid:a@b\"><IMG SRC=CID:c><!-- cid:d --><v:fill src='cid:e'><div style=\"background:url(cid:f)\">cid: x cidx:y cid:a@b";
	answer_html_cids(html, strlen(html), &ids);
	static const char *const want[] = {"a@b", "c", "d", "e", "f"};
	assert_int_equal(ids.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(ids.v[i], want[i]);
	strs_free(&ids);
}

/* ---- the writer's address ---- */

static void a_broken_address_is_not_sent(void **state)
{
	(void)state;
	struct mail m = read_texts("Skriv till bo.ek@int.uni.example\r\n", NULL, "<p>Skriv till <span class=SpellE>bo.ek</span>@int.<wbr>uni.example</p>");
	assert_non_null(m.answer.html); /* mended: these elements say nothing */
	must_have("mended", m.answer.html, "<p>Skriv till bo.ek@int.uni.example</p>");
	mail_free(&m);
	m = read_texts("Skriv till bo.ek@int.uni.example\r\n", NULL, "<p>Skriv till <b>bo.ek</b>@int.uni.example</p>");
	assert_null(m.answer.html);
	mail_free(&m);
	m = read_texts("Skriv till Bo.Ek@int.uni.example\r\n", NULL, "<p>Skriv till <a href=\"mailto:bo.ek%40int.uni.example\"><b>Bo&#46;Ek&commat;int.uni.example</b></a></p>");
	assert_non_null(m.answer.html);
	char *s = mail_hide_address(m.answer.html, "bo.ek@int.uni.example", "office@uni.example");
	must_have("hidden", s, "<a href=\"mailto:office%40uni.example\"><b>office@uni.example</b></a>");
	free(s);
	mail_free(&m);
}

/* ---- styles ---- */

static void styles_are_plain(void **state)
{
	(void)state;
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"color:red", "color:red;"}, {" color : red ; margin:0 auto!important;", "color:red;margin:0 auto!important;"}, {"COLOR:rgb(1,2,3)", "COLOR:rgb(1,2,3);"},
		{"background:url(x)", ""}, {"background:URL (x);color:red", "color:red;"}, {"width:expression(x)", ""}, {"mso-x:y;-webkit-x:y;position:fixed;content:'x'", ""},
		{"font-family:\"A;B\",serif;color:red", "color:red;"}, {"font-family:\"A\\\"B\"", ""}, {"color:</style>", ""}, {"color:{}", ""},
		{"x", ""}, {":", ""}, {"x:", ""}, {"", ""}, {"/* color:red */margin:0", "margin:0;"}, {"a b:c", ""}, {"color:'red", ""}, {"width:calc(1px + 2%)", "width:calc(1px + 2%);"},
		{"background:image-set('x' 1x)", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		html_style(cases[i].in, strlen(cases[i].in), &b);
		if (strcmp(b.s ? b.s : "", cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].in, b.s ? b.s : "");
		buf_free(&b);
	}
	static const char sheet[] = "<!-- /* x */ @font-face {font-family:A; src:url(x)} @media print { p {color:blue} } @import 'x'; p, .a, td.b , a:link, #id, p > b, *, p.c:hover {color:red; mso-x:y}\n"
	                            ".d {mso-x:y} .e{content:'}';color:blue} .f{color:red";
	struct buf b = {0};
	struct strs classes = {0};
	html_sheet(sheet, strlen(sheet), &b, &classes);
	assert_string_equal(b.s, "p,.a,td.b,a:link,p.c:hover{color:red;}\n.e{color:blue;}\n");
	assert_true(strs_has(&classes, "a") && strs_has(&classes, "b") && strs_has(&classes, "c") && !strs_has(&classes, "d") && !strs_has(&classes, "id"));
	strs_free(&classes);
	buf_free(&b);
}

/* Our own words in a link are seen by nobody, and are good for who holds them. */
static void tokens_do_not_come_along(void **state)
{
	(void)state;
	struct mail m = read_texts("Hej!\r\n", NULL, "<p><a href=\"mailto:office+aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx@uni.example\">Hej!</a></p>");
	assert_null(m.answer.html);
	assert_string_equal(m.answer.text, "Hej!");
	mail_free(&m);
}

/* ---- who gets none ---- */

static void only_replies_are_looked_at(void **state)
{
	(void)state;
	struct mail m = read_mail("From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<p>Hej</p>\r\n");
	assert_null(m.answer.html);
	assert_string_equal(m.answer.text, "Hej");
	mail_free(&m);
	m = read_mail("From: a@b.example\r\nSubject: x\r\nTo: office+aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx@uni.example\r\nContent-Type: text/html\r\n\r\n<p>Hej</p>\r\n");
	assert_non_null(m.answer.html);
	mail_free(&m);
	m = read_mail(HEAD "Auto-Submitted: auto-replied\r\nContent-Type: text/html\r\n\r\n<p>Borta</p>\r\n");
	assert_null(m.answer.html);
	assert_string_equal(m.answer.text, "");
	mail_free(&m);
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
		cmocka_unit_test(what_programs_write),
		cmocka_unit_test(nothing_written_is_no_answer),
		cmocka_unit_test(nothing_hidden_comes_along),
		cmocka_unit_test(it_says_the_same_or_nothing),
		cmocka_unit_test(only_the_words_of_the_text_stay),
		cmocka_unit_test(long_lists_stay),
		cmocka_unit_test(nothing_runs_together),
		cmocka_unit_test(pictures_stay_where_they_belong),
		cmocka_unit_test(all_that_is_named_is_known),
		cmocka_unit_test(a_broken_address_is_not_sent),
		cmocka_unit_test(styles_are_plain),
		cmocka_unit_test(tokens_do_not_come_along),
		cmocka_unit_test(only_replies_are_looked_at),
	};
	return cmocka_run_group_tests_name("mail/answer_html", tests, setup, NULL);
}
