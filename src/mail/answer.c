#include "mail/answer.h"

#include <stdlib.h>
#include <string.h>

#include "answer_parts.h"
#include "answer_tree.h"
#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "mail/answer_html.h"
#include "mail/content.h"
#include "mail/text.h"
#include "mail/token.h"

/* ---- commands ---- */

static bool is_invisible(uint32_t c)
{
	return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || c == 0x2060 || c == 0xFEFF || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static bool is_space(uint32_t c)
{
	return c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
	       c == 0x205F || c == 0x3000;
}

/* The next character of a line that one sees, *at behind it; 0: there is none. */
static uint32_t next_seen(const char *s, size_t n, size_t *at)
{
	size_t k;
	while (*at < n) {
		uint32_t c = utf8_next(s + *at, n - *at, &k);
		*at += k;
		if (!is_space(c) && !is_invisible(c))
			return c;
	}
	return 0;
}

const char *answer_below_commands(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n"), at = 0;
		uint32_t first = next_seen(s, n, &at);
		if (first) {
			uint32_t letter = first == '!' || first == 0xFF01 ? next_seen(s, n, &at) : 0;
			if (!letter || (letter >= '0' && letter <= '9') || !char_is_word(letter))
				break;
		}
		s += n + (s[n] == '\n');
	}
	return s;
}

/* ---- the writer's own address ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at s, which may be percent-encoded; *len: of its form there. */
static unsigned char plain_at(const char *s, size_t *len)
{
	*len = 1;
	if (s[0] == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
		*len = 3;
		return (unsigned char)(hex(s[1]) << 4 | hex(s[2]));
	}
	return (unsigned char)s[0];
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* Before `at` an address may begin: what stands there is no part of a longer one. Text in scripts without blanks may run up to it. */
static bool may_begin(const char *s, size_t at)
{
	if (at == 0)
		return true;
	unsigned char c = (unsigned char)s[at - 1];
	size_t len = 1;
	if (at >= 3 && s[at - 3] == '%')
		c = plain_at(s + at - 3, &len) ? plain_at(s + at - 3, &len) : c;
	if (c >= 0x80 && len == 1) {
		size_t from = at - 1;
		while (from > 0 && at - from < 4 && ((unsigned char)s[from] & 0xC0) == 0x80)
			from--;
		uint32_t u = utf8_next(s + from, at - from, &len);
		return u >= 0x2E80 || !char_is_word(u);
	}
	return !is_alnum(c) && !strchr("._+-", c);
}

static bool may_end(const char *s)
{
	size_t len, more;
	unsigned char c = plain_at(s, &len);
	if (c == '\0')
		return true;
	return !is_alnum(c) && !(strchr(".-_", c) && is_alnum(plain_at(s + len, &more)));
}

/* The length of the address at s, 0 where it does not stand there; *encoded: with its '@' percent-encoded. */
static size_t address_at(const char *s, const char *addr, bool *encoded)
{
	size_t at = 0, len;
	for (; *addr; addr++, at += len) {
		if (s[at] == '\0' || lower(plain_at(s + at, &len)) != lower((unsigned char)*addr))
			return 0;
		if (*addr == '@')
			*encoded = len == 3;
	}
	return at;
}

char *mail_hide_address(const char *s, const char *addr, const char *with)
{
	struct buf out = {0};
	size_t n = strlen(s);
	buf_reserve(&out, n + 64);
	for (size_t i = 0, done = 0; i <= n; i++) {
		bool encoded = false;
		size_t len = i < n && addr && *addr ? address_at(s + i, addr, &encoded) : 0;
		if (i == n) {
			buf_add(&out, s + done, n - done);
		} else if (len && may_begin(s, i) && may_end(s + i + len)) {
			const char *at = strchr(with, '@');
			buf_add(&out, s + done, i - done);
			if (encoded && at)
				buf_addf(&out, "%.*s%%40%s", (int)(at - with), with, at + 1);
			else
				buf_adds(&out, with);
			done = i + len;
			i = done - 1;
		}
	}
	return buf_take(&out);
}

/* ---- the whole ---- */

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
enum { TAG_MOST = 12 };

/* "[INT-42]" */
static bool has_ticket(const char *subject)
{
	for (const char *p = subject; (p = strchr(p, '[')); p++) {
		size_t n = strspn(p + 1, LETTERS DIGITS), digits = p[1 + n] == '-' ? strspn(p + n + 2, DIGITS) : 0;
		if (n && digits && n <= TAG_MOST && !strchr(DIGITS, p[1]) && p[n + 2 + digits] == ']')
			return true;
	}
	return false;
}

bool answer_replies_to_us(const struct mail *m)
{
	const struct mailboxes *lists[] = {&m->to, &m->cc};
	char token[TOKEN_TEXT + 1];
	bool found = (m->in_reply_to && token_find(m->in_reply_to, token)) || (m->subject && (has_ticket(m->subject) || token_find(m->subject, token)));
	for (size_t i = m->references.n; i > 0 && !found; i--)
		found = token_find(m->references.v[i - 1], token) != NULL;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (size_t k = 0; k < lists[i]->n && !found; k++)
			found = token_find(lists[i]->v[k].addr, token) != NULL;
	return found;
}

/* Does the address stand in the text, as letters? Only then can it stand in HTML that says the same. */
static bool is_named(const char *text, const char *addr)
{
	struct wording a = {0}, b = {0};
	wording_add(&a, text, strlen(text), 0, false);
	wording_add(&b, addr, strlen(addr), 0, false);
	bool found = b.s.n && a.s.n && strcasestr(a.s.s, b.s.s);
	wording_free(&a);
	wording_free(&b);
	return found;
}

/* With the writer's address replaced, nothing of it is left to be read: it is not broken up by elements. */
static bool can_be_hidden(const struct answer *a, const char *addr)
{
	if (!addr || !*addr || !is_named(a->text, addr))
		return true;
	char *hidden = mail_hide_address(a->html, addr, "");
	struct buf text = {0};
	text_html(hidden, strlen(hidden), &text);
	char *again = mail_hide_address(text.s, addr, "");
	bool gone = strcmp(again, text.s) == 0;
	free(hidden);
	free(again);
	buf_free(&text);
	return gone;
}

static void set_html(const struct leaves *l, const struct mail_limits *limits, struct mail *m, struct strs *shown, struct strs *known)
{
	struct buf utf8 = {0};
	struct strs pictures = {0};
	bool more = false, guessed;
	if (l->n_html == 0 || l->n_html > HTML_PARTS)
		return;
	for (size_t i = 0; i < l->n_html && !more; i++) /* a parser takes a second document for the rest of the first one's body */
		content_text(l->html[i], true, limits->text_bytes > utf8.n ? limits->text_bytes - utf8.n : 0, &utf8, &more, &guessed);
	answer_html_cids(utf8.s, utf8.n, known);
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].fate == LEAF_PICTURE && l->v[i].placed)
			strs_add(&pictures, l->v[i].cid);
	char token[TOKEN_TEXT + 1];
	m->answer.html = more ? NULL : answer_html(utf8.s, utf8.n, m->answer.text, &pictures, shown);
	if (m->answer.html && (strlen(m->answer.html) > limits->text_bytes || token_find(m->answer.html, token) || !can_be_hidden(&m->answer, m->from.addr))) {
		free(m->answer.html);
		m->answer.html = NULL;
		strs_free(shown);
	}
	strs_free(&pictures);
	buf_free(&utf8);
}

void answer_read(struct _GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct mail *m)
{
	m->answer.text = mem_dup(mail_is_automatic(m) ? "" : answer_below_commands(m->reply_text));
	if (!msg || mail_is_automatic(m) || m->encrypted || !(m->in_reply_to || m->references.n || answer_replies_to_us(m))) /* other mail answers nothing */
		return;
	struct leaves leaves;
	struct strs shown = {0}, known = {0};
	leaves_read(msg, raw, n, limits, &leaves);
	set_html(&leaves, limits, m, &shown, &known);
	leaves_choose(&leaves, raw, &shown, &known, m);
	leaves_free(&leaves);
	strs_free(&shown);
	strs_free(&known);
}
