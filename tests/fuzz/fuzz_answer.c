/* What a colleague wrote, as HTML: a text, a line "====", and the HTML beside it, which may say something else and hide anything. What comes out says
 * nothing that the text does not, and is made of nothing but known elements. */
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "desk/command.h"
#include "fuzz.h"
#include "mail/answer.h"
#include "mail/answer_html.h"
#include "mail/charset.h"
#include "mail/text.h"

static const struct day today = {2026, 11, 25};

/* The next letter or digit, as many bytes as *k says. */
static const char *next_word(const char *s, size_t *k)
{
	for (size_t n = strlen(s); n > 0; s += *k, n -= *k)
		if (char_is_word(utf8_next(s, n, k)))
			return s;
	return NULL;
}

/* All letters and digits of `html` stand in `text`, in the same order. */
static void says_no_more(const char *html, const char *text)
{
	struct buf shown = {0};
	size_t k, l;
	text_html_unnumbered(html, strlen(html), &shown);
	for (const char *a = shown.s, *b = text; (a = next_word(a, &k)); a += k) {
		while ((b = next_word(b, &l)) && (k != l || memcmp(a, b, k) != 0))
			b += l;
		fuzz_must(b != NULL);
		b += l;
	}
	buf_free(&shown);
}

static void is_plain(const char *html)
{
	static const char *const names[] = {"a", "abbr", "b", "big", "blockquote", "body", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt",
	                                    "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "html", "i", "img", "ins", "kbd", "li", "mark", "meta", "ol", "p", "pre", "q", "s",
	                                    "samp", "small", "span", "strike", "strong", "style", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var"};
	fuzz_must(strncmp(html, "<!DOCTYPE html>\n", 16) == 0);
	for (const char *p = html + 1; (p = strchr(p, '<')); p++) {
		const char *name = p + 1 + (p[1] == '/');
		size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz123456");
		bool known = false;
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			known = known || (strlen(names[i]) == n && memcmp(names[i], name, n) == 0);
		fuzz_must(known && (name[n] == ' ' || name[n] == '>'));
	}
	fuzz_must(!strcasestr(html, "<a href=\"javascript:") && !strcasestr(html, " onclick=\"") && !strcasestr(html, " onerror=\""));
}

static void commands_agree(const char *text)
{
	struct commands c;
	const char *below = answer_below_commands(text);
	commands_read(text, &today, &c);
	fuzz_must(strstr(text, below) != NULL);
	if (c.n + c.n_faults > 0)
		fuzz_must(strncmp(below, c.rest, strlen(c.rest)) == 0);
	else
		fuzz_must(str_ends_case(c.rest, below) && text_is_blank(text, (size_t)(below - text)));
	commands_free(&c);
}

static void address_is_gone(const char *s)
{
	char *once = mail_hide_address(s, "bo@b.example", "o@c.example"), *twice = mail_hide_address(once, "bo@b.example", "o@c.example");
	fuzz_must(strcmp(once, twice) == 0 && utf8_valid(once, strlen(once)));
	free(once);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf b = {0};
	utf8_clean((const char *)data, n, &b);
	buf_adds(&b, "");
	const char *rule = strstr(b.s, "\n====\n");
	char *text = mem_dupn(b.s, rule ? (size_t)(rule - b.s) : b.n);
	const char *html = rule ? rule + 6 : b.s;
	struct strs pictures = {0}, shown = {0}, known = {0};
	strs_add(&pictures, "p");
	commands_agree(text);
	address_is_gone(text);
	answer_html_cids(html, strlen(html), &known);
	char *out = answer_html(html, strlen(html), text, &pictures, &shown);
	if (out) {
		fuzz_must(utf8_valid(out, strlen(out)));
		is_plain(out);
		says_no_more(out, text);
		address_is_gone(out);
	}
	for (size_t i = 0; i < shown.n; i++)
		fuzz_must(out && strs_has(&pictures, shown.v[i]));
	free(out);
	free(text);
	strs_free(&pictures);
	strs_free(&shown);
	strs_free(&known);
	buf_free(&b);
	return 0;
}
