#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mail/charset.h"
#include "mail/html_guard.h"
#include "mail/text.h"

static void charsets_become_utf8(void **state)
{
	(void)state;
	static const struct {
		const char *label, *in, *want;
		bool sure;
	} cases[] = {
		{"utf-8", "\xc3\xa5", "\xc3\xa5", true},          {"UTF8", "\xc3\xa5", "\xc3\xa5", true},
		{NULL, "\xc3\xa5", "\xc3\xa5", false},            {NULL, "\xe5\xe4\xf6", "\xc3\xa5\xc3\xa4\xc3\xb6", false},
		{"us-ascii", "abc", "abc", true},                 {"us-ascii", "\xe5", "\xc3\xa5", false},
		{"iso-8859-1", "\xe5\x80", "\xc3\xa5\xe2\x82\xac", true}, {"iso-8859-1", "\xc3\xa5", "\xc3\xa5", false},
		{"utf-8", "\xe5 och \xe4", "\xc3\xa5 och \xc3\xa4", false}, {"iso-8859-15", "\xa4", "\xe2\x82\xac", true},
		{"windows-1251", "\xcf", "\xd0\x9f", true},       {"\"utf-8\"", "\xc3\xa5", "\xc3\xa5", true},
		{"gb2312", "\xc4\xe3", "\xe4\xbd\xa0", true},     {"shift_jis", "\x83\x65", "\xe3\x83\x86", true},
		{"utf-8", "\xef\xbb\xbfx", "x", true},            {"bogus", "\xe5", "\xc3\xa5", false},
		{"utf-8", "\xc3\xa5\xc3\xa4\xff", "\xc3\xa5\xc3\xa4\xef\xbf\xbd", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		bool sure = charset_to_utf8(cases[i].label, cases[i].in, strlen(cases[i].in), &b);
		if (strcmp(b.s, cases[i].want) != 0 || sure != cases[i].sure)
			fail_msg("case %zu (%s): <%s> %d", i, cases[i].label ? cases[i].label : "none", b.s, sure);
		buf_free(&b);
	}
}

static void flowed_lines_are_joined(void **state)
{
	(void)state;
	static const struct {
		const char *in, *want;
		bool flowed, delsp;
	} cases[] = {
		{"a \r\nb\r\n", "a \nb\n", false, false},          {"a \r\nb\r\n", "a b\n", true, false},
		{"a \r\nb\r\n", "ab\n", true, true},               {" > a\r\n", "> a\n", true, false},
		{"> a \r\n> b\r\n", "> a \n> b\n", true, false},   {"a \r\n> b\r\n", "a \n> b\n", true, false},
		{"a \r\n-- \r\nx\r\n", "a \n-- \nx\n", true, false}, {"a\rb", "a\nb", false, false},
		{"", "", true, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		text_plain(cases[i].in, strlen(cases[i].in), cases[i].flowed, cases[i].delsp, &b);
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("case %zu: <%s>", i, b.s);
		buf_free(&b);
	}
}

static void html_becomes_text(void **state)
{
	(void)state;
	static const struct {
		const char *in, *want, *why;
	} cases[] = {
		{"<p>a</p><p>b</p>", "a\n\nb\n", "paragraphs"},
		{"<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb\n", "Outlook's paragraphs are lines"},
		{"<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb\n", "and its empty ones"},
		{"<div>a</div><div><br></div><div>b</div>", "a\n\nb\n", "Gmail's empty lines"},
		{"a<br>b<br/><br>c", "a\nb\n\nc\n", "line breaks"},
		{"  a \n  <b>b</b>c ", "a bc\n", "white space runs together"},
		{"a&nbsp;&nbsp;b &aring;&#228;&#xf6;", "a  b \xc3\xa5\xc3\xa4\xc3\xb6\n", "entities"},
		{"<ul><li>a<li><p>b</p><ul><li>c</ul></ul>d", "- a\n- b\n\n  - c\nd\n", "lists"},
		{"<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n", "numbered lists"},
		{"<table><tr><td>a</td><td>b</td></tr><tr><td></td><td>c</td></tr></table>", "a  b\nc\n", "rows are lines"},
		{"a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n\n> b\n> c\n>\n> > d\n\ne\n", "quotes"},
		{"<pre>a\n  b\n</pre>", "a\n  b\n", "preformatted"},
		{"<a href='http://x.example'>here</a><img alt=logo src=x>", "here\n", "no targets, no pictures"},
		{"<title>t</title><style>s</style><script>x</script>a<!-- c -->", "a\n", "what is not shown"},
		{"<div style='display: none'>pre</div>a<span style=\"FONT-SIZE:0px;line-height:0\">z</span><p hidden>h</p><i style='mso-hide:all'>m</i>", "a\n", "hidden text"},
		{"<td style='font-size:0'><div style='font-size:14px'>a</div>", "a\n", "a size of zero as a layout trick"},
		{"<span style='font-size:0.9em'>a</span>", "a\n", "small is not hidden"},
		{"a<hr>b", "a\n----------------------------------------\nb\n", "a rule"},
		{"", "", "nothing"},
		{"a < b > c & d", "a < b > c & d\n", "signs that are no tags"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = {0};
		text_html(cases[i].in, strlen(cases[i].in), &b);
		if (strcmp(b.s, cases[i].want) != 0)
			fail_msg("%s: want <%s>, got <%s>", cases[i].why, cases[i].want, b.s);
		buf_free(&b);
	}
}

static void repeat(struct buf *b, const char *unit, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(b, unit);
}

static void wild_html_is_stripped(void **state)
{
	(void)state;
	static const char *const units[] = {"<div>", "<b>x", "<b><i></b></i>", "<font a=1>", "<blockquote>", "<b></zz>"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct buf b = {0}, out = {0};
		repeat(&b, units[i], 100);
		bool small = html_is_tame(b.s, b.n);
		repeat(&b, units[i], 50000);
		if (html_is_tame(b.s, b.n))
			fail_msg("%s: 50,000 of it are not tame", units[i]);
		assert_true(small);
		buf_adds(&b, "end");
		text_html(b.s, b.n, &out);
		assert_non_null(strstr(out.s, "end"));
		buf_free(&b);
		buf_free(&out);
	}
	struct buf b = {0};
	buf_adds(&b, "<a ");
	for (int i = 0; i < 300; i++)
		buf_addf(&b, "x%d=1 ", i);
	buf_adds(&b, ">");
	assert_false(html_is_tame(b.s, b.n));
	buf_clear(&b);
	repeat(&b, "<p>a<li>b<td>c<br>", 10000); /* what closes itself does not nest */
	assert_true(html_is_tame(b.s, b.n));
	buf_free(&b);
	struct buf out = {0};
	html_strip("<style>x</style>a &amp; b<br>&aring;&#10;<p>c&bogus;", 52, &out);
	assert_string_equal(out.s, "a & b\n\xc3\xa5&#10;\nc&bogus;");
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(charsets_become_utf8), cmocka_unit_test(flowed_lines_are_joined), cmocka_unit_test(html_becomes_text),
		cmocka_unit_test(wild_html_is_stripped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
