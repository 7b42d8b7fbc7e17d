/* Our texts as HTML, and a mail of plain text as HTML beside it, so that the block on top is the same in all. All of it is escaped. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strs.h"
#include "letter_parts.h"
#include "mail/text.h"

enum { LABEL_MOST = 28, TEXT_MOST = 256 * 1024, URL_MOST = 2000, LINE_LEAST = 68, LINE_MOST = 84 };

#define FONT "font:15px/1.5 Arial,Helvetica,sans-serif;color:#222;text-align:left"

static void put_escaped(struct buf *out, char c)
{
	switch (c) {
	case '&': buf_adds(out, "&amp;"); break;
	case '<': buf_adds(out, "&lt;"); break;
	case '>': buf_adds(out, "&gt;"); break;
	case '"': buf_adds(out, "&quot;"); break;
	default: buf_addc(out, c);
	}
}

void html_escape(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_escaped(out, s[i]);
}

/* "Label: value": how long the label is with its colon, or 0. */
static size_t label_length(const char *s, size_t n)
{
	for (size_t i = 0; i + 1 < n && i < LABEL_MOST; i++)
		if (s[i] == ':' && s[i + 1] == ' ')
			return i + 1;
	return 0;
}

/* "https://…" at s: its length without what ends a sentence behind it; 0: none. */
static size_t url_length(const char *s, size_t n)
{
	size_t i = 0;
	if (n < 9 || (strncasecmp(s, "https://", 8) != 0 && strncasecmp(s, "http://", 7) != 0))
		return 0;
	while (i < n && i < URL_MOST && s[i] > ' ' && s[i] < 0x7F && !strchr("<>\"`{}|\\^", s[i]))
		i++;
	while (i > 0 && strchr(".,;:!?'*_)]", s[i - 1])) {
		if (s[i - 1] == ')' && memchr(s, '(', i - 1))
			break;
		i--;
	}
	return i > 10 ? i : 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One line of text that anybody may have written: blanks stay, and addresses of pages become links. */
static void put_text(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t url = (s[i] == 'h' || s[i] == 'H') && (i == 0 || !is_letter(s[i - 1])) ? url_length(s + i, n - i) : 0;
		if (url) {
			buf_adds(out, "<a href=\"");
			html_escape(out, s + i, url);
			buf_adds(out, "\">");
			html_escape(out, s + i, url);
			buf_adds(out, "</a>");
			i += url - 1;
		} else if (s[i] == '\t') {
			buf_adds(out, "&nbsp;&nbsp;&nbsp; ");
		} else if (s[i] == ' ' && (i == 0 || s[i - 1] == ' ')) {
			buf_adds(out, "&nbsp;");
		} else {
			put_escaped(out, s[i]);
		}
	}
}

/* A line of ours: marks and labels become what they stand for. */
static void put_line(struct buf *out, const char *s, size_t n, const char *links, bool labels)
{
	bool strong = n > 0 && s[0] == MARK_STRONG[0];
	size_t label = labels && !strong ? label_length(s, n) : 0;
	if (strong)
		buf_adds(out, "<b style=\"color:#9a3412\">");
	if (label) {
		buf_adds(out, "<b>");
		html_escape(out, s, label);
		buf_adds(out, "</b> ");
		label++;
	}
	for (size_t i = label, k; i < n; i += k ? k : 1) {
		k = 0;
		while (i + k < n && !strchr(MARK_LINKS MARK_STRONG MARK_REPLY MARK_QUOTE MARK_UNQUOTE, s[i + k]))
			k++;
		put_text(out, s + i, k);
		if (k == 0 && s[i] == MARK_LINKS[0])
			buf_adds(out, links);
	}
	if (strong)
		buf_adds(out, "</b>");
}

/* Some lines stand by themselves: links with room for a thumb, and what a reply does. */
static const char *style_of(const char *s)
{
	return s[0] == MARK_LINKS[0]   ? "padding:6px 0 0 0;line-height:1.8"
	       : s[0] == MARK_REPLY[0] ? "padding:8px 0 0 0"
	                               : NULL;
}

static bool has_mark(const char *s, size_t n, const char *mark)
{
	return memchr(s, *mark, n) != NULL;
}

static void put_lines(struct buf *out, const char *text, const char *links, bool labels)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *style = style_of(text);
		bool quote = has_mark(text, n, MARK_QUOTE), unquote = has_mark(text, n, MARK_UNQUOTE);
		if (style)
			buf_addf(out, "<div style=\"%s\">", style);
		if (quote)
			buf_adds(out, "<div style=\"padding:2px 0 2px 12px;border-left:3px solid #c3ccd6\">");
		put_line(out, text, n, links, labels);
		if (style || unquote)
			buf_adds(out, "</div>");
		text += n;
		if (*text == '\n') {
			buf_adds(out, style || unquote || style_of(text + 1) ? "\n" : "<br>\n");
			text++;
		}
	}
}

/* A table, since Outlook knows no box but a cell. */
char *html_block(const char *text, const char *links, const char *cover)
{
	struct buf b = {0};
	if (cover && *cover) {
		size_t head = strcspn(cover, "\n");
		buf_adds(&b, "<div style=\"margin:0 0 14px 0;" FONT "\"><b>");
		put_line(&b, cover, head, "", false);
		buf_adds(&b, "</b><br>\n");
		put_lines(&b, cover + head + strspn(cover + head, "\n"), "", false);
		buf_adds(&b, "</div>\n");
	}
	buf_adds(&b, "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 18px 0;border-collapse:collapse\">"
	             "<tr><td style=\"padding:10px 14px;border-left:4px solid #2a6496;background:#f3f6f9;" FONT "\">\n");
	put_lines(&b, text, links, true);
	buf_adds(&b, "\n</td></tr></table>\n");
	return buf_take(&b);
}

char *html_notice(const char *text, const char *links)
{
	struct buf b = {0};
	buf_adds(&b, "<div style=\"max-width:640px;" FONT "\">\n");
	put_lines(&b, text, links, false);
	buf_adds(&b, "\n</div>\n");
	return buf_take(&b);
}

/* ---- a stranger's plain text ---- */

static size_t characters(const char *s, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		k += ((unsigned char)s[i] & 0xC0) != 0x80;
	return k;
}

static bool is_prose(const char *s, size_t n) /* no quote, no item of a list, no table */
{
	return n > 0 && s[0] != ' ' && s[0] != '\t' && !strchr(">-*+|#=_~", s[0]) && !(s[0] >= '0' && s[0] <= '9' && memchr("0123456789.):", s[1], 13)) && !memmem(s, n, "  ", 2) &&
	       !memchr(s, '\t', n);
}

/* A line ends because it was full: the next word had no room on it. */
static bool goes_on(const char *s, size_t n, const char *next, size_t rest)
{
	const char *end = memchr(next, '\n', rest);
	size_t m = end ? (size_t)(end - next) : rest;
	const char *blank = memchr(next, ' ', m);
	size_t full = characters(s, n) + 1 + characters(next, blank ? (size_t)(blank - next) : m);
	return is_prose(s, n) && is_prose(next, m) && characters(s, n) <= LINE_MOST && full > LINE_LEAST && !label_length(next, m);
}

/* Paragraphs that were broken to fit a page are put together: on a telephone they would be ragged. The text beside it is as it came. */
static void put_stranger(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i <= n; i++) {
		const char *end = memchr(s + i, '\n', n - i);
		size_t k = end ? (size_t)(end - s) - i : n - i;
		put_text(out, s + i, k);
		if (end)
			buf_adds(out, goes_on(s + i, k, end + 1, n - i - k - 1) ? "\n" : "<br>\n");
		i += k;
	}
}

/* The step's text as a page; *insert is where the block goes. */
static char *page_of(const struct carry_step *s, uint64_t *insert)
{
	struct buf b = {0}, text = {0};
	text_plain(s->text, strlen(s->text), s->flowed, s->delsp, &text);
	buf_adds(&b, "<!DOCTYPE html>\n<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head>\n<body>\n");
	*insert = b.n;
	buf_adds(&b, "<div style=\"" FONT "\">\n");
	put_stranger(&b, text.s, text.n);
	buf_adds(&b, "\n</div>\n</body></html>\n");
	buf_free(&text);
	return buf_take(&b);
}

/* The one text that is there is plain, and what it stands in may hold another multipart. */
static const struct carry_step *lone_text(const struct carry *c)
{
	const struct carry_step *found = NULL;
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].op == CARRY_HTML || (c->v[i].op == CARRY_PLAIN && found))
			return NULL;
		if (c->v[i].op == CARRY_PLAIN)
			found = &c->v[i];
	}
	if (!found || strlen(found->text) > TEXT_MOST)
		return NULL;
	return found->top || strncasecmp(c->content ? c->content : "", "Content-Type: multipart/mixed;", 30) == 0 ? found : NULL;
}

/* The plan with an alternative in the place of its text. What it shares with `c` is not its own: only `own` is freed. */
static void with_alternative(const struct carry *c, const struct carry_step *text, const char *boundary, struct carry *out, struct strs *own)
{
	char *type = mem_fmt("Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n", boundary);
	struct carry_step html = {.op = CARRY_HTML}, plain = *text;
	struct carry_step begin = {.op = CARRY_BYTES, .text = mem_fmt("%s--%s\r\n", text->top ? "" : "\r\n", boundary)};
	struct carry_step between = {.op = CARRY_BYTES, .text = mem_fmt("\r\n--%s\r\n", boundary)}, end = {.op = CARRY_BYTES, .text = mem_fmt("\r\n--%s--\r\n", boundary)};
	struct carry_step head = {.op = CARRY_BYTES, .text = type};
	html.text = page_of(text, &html.insert);
	plain.top = false;
	strs_own(own, type);
	strs_own(own, begin.text);
	strs_own(own, between.text);
	strs_own(own, end.text);
	strs_own(own, html.text);
	*out = (struct carry){.content = text->top ? type : c->content, .v = mem_array(c->n + 5, sizeof *out->v)};
	for (size_t i = 0; i < c->n; i++) {
		if (&c->v[i] != text) {
			out->v[out->n++] = c->v[i];
			continue;
		}
		if (!text->top)
			out->v[out->n++] = head;
		const struct carry_step steps[] = {begin, plain, between, html, end};
		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
			out->v[out->n++] = steps[k];
	}
}

bool html_carry_mail(const struct letter_ground *g, const struct outgoing *o, const char *text, const char *html, struct composed *out, struct err *e)
{
	const struct carry *c = &g->mail->carry;
	const struct carry_step *lone = lone_text(c);
	if (!lone)
		return compose_carry(o, c, text, html, out, e);
	struct carry both;
	struct strs own = {0};
	char *boundary = letter_boundary(e);
	if (!boundary)
		return false;
	with_alternative(c, lone, boundary, &both, &own);
	bool ok = compose_carry(o, &both, text, html, out, e);
	strs_free(&own);
	free(both.v);
	free(boundary);
	return ok;
}
