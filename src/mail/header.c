/* Header values for mail that we send: RFC 5322 §2.2.3 folding, RFC 2047 encoded words. Kept within 76 columns, the limit for lines
 * with encoded words (§2). Values are built from "atoms": what may not be broken, with a blank in front where a line may. */
#include "mail/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/strs.h"
#include "mail/address.h"

enum {
	WIDTH = 76,      /* columns of a header line */
	WORD = 75,       /* of an encoded word */
	WORD_FRAME = 12, /* =?UTF-8?Q? and ?= */
	WORD_LEAST = 24, /* frame and the largest character: four bytes of three columns each */
	TEXT_MOST = 2000, /* bytes of a value before encoding: a subject is no place for a book */
	NAME_MOST = 200, /* of a display name */
	PHRASE_MOST = 60, /* of a display name that is not broken */
	ID_MOST = 250
};

struct line {
	struct buf *out;
	size_t col;
	bool begun; /* something stands there: the next atom needs a blank before it */
};

static struct line line_begin(struct buf *out, const char *name)
{
	return (struct line){out, strlen(name) + 2, false};
}

static void line_fold(struct line *l)
{
	buf_adds(l->out, "\r\n");
	l->col = 0;
	l->begun = true;
}

/* Room is kept for what must follow at once, such as a comma. */
static void line_atom(struct line *l, const char *s, size_t n, size_t room)
{
	if (l->begun && l->col + 1 + n + room > WIDTH)
		line_fold(l);
	if (l->begun) {
		buf_addc(l->out, ' ');
		l->col++;
	}
	buf_add(l->out, s, n);
	l->col += n;
	l->begun = true;
}

/* ---- clean text ---- */

/* Characters that turn the reading direction, or that are invisible line ends (Unicode UAX #9, and U+2028, U+2029). */
static bool is_deceptive(uint32_t c)
{
	return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/* One line of valid UTF-8: no controls, blanks single and only between words. */
static void clean(struct buf *out, const char *s, size_t most)
{
	size_t n = strlen(s);
	bool blank = false;
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029) {
			blank = out->n > 0;
			continue;
		}
		if (c < ' ' || (c >= 0x7F && c < 0xA0) || is_deceptive(c))
			continue;
		char u[4];
		size_t m;
		utf8_put(u, c, &m);
		if (out->n + m + 1 > most)
			break;
		if (blank)
			buf_addc(out, ' ');
		blank = false;
		buf_add(out, u, m);
	}
}

static size_t word_end(const char *s, size_t n, size_t at)
{
	const char *sp = memchr(s + at, ' ', n - at);
	return sp ? (size_t)(sp - s) : n;
}

static bool has(const char *s, size_t n, const char *what)
{
	return memmem(s, n, what, strlen(what)) != NULL;
}

/* Longer than a line has room for, or beyond ASCII; and "=?" in a word would be read as an encoded word that a stranger has made. */
static bool must_encode(const char *s, size_t n, size_t most)
{
	if (n > most || has(s, n, "=?"))
		return true;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x7F)
			return true;
	return false;
}

/* ---- encoded words ---- */

/* What "Q" leaves as it is even in a display name (RFC 2047 §5 (3)). */
static bool q_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c != '\0' && strchr("!*+-/", c));
}

static size_t q_cost(const char *s, size_t n)
{
	size_t cost = 0;
	for (size_t i = 0; i < n; i++)
		cost += q_plain((unsigned char)s[i]) || s[i] == ' ' ? 1 : 3;
	return cost;
}

static void q_put(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == ' ')
			buf_addc(out, '_');
		else if (q_plain((unsigned char)s[i]))
			buf_addc(out, s[i]);
		else
			buf_addf(out, "=%02X", (unsigned)(unsigned char)s[i]);
	}
}

static void b_put(struct buf *out, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		size_t m = n - i < 3 ? n - i : 3;
		uint32_t v = 0;
		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (j < m ? (unsigned char)s[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_addc(out, j <= m ? digits[v >> (18 - 6 * j) & 63] : '=');
	}
}

/* How many bytes of s, whole characters, go into a word of `room` columns. A "B" word that another follows must end without padding:
 * some readers (GMime 3.2) put the words together before they decode, and stop at the first '='. 0: no such place. */
static size_t fits(const char *s, size_t n, bool q, size_t room)
{
	size_t used = 0, even = 0, cost = 0, k;
	room -= WORD_FRAME;
	while (used < n) {
		utf8_next(s + used, n - used, &k);
		cost += q ? q_cost(s + used, k) : 0;
		if (q ? cost > room : (used + k + 2) / 3 * 4 > room)
			break;
		used += k;
		even = used % 3 == 0 ? used : even;
	}
	return q || used == n ? used : even;
}

static void line_encoded(struct line *l, const char *s, size_t n, size_t room_after)
{
	bool q = q_cost(s, n) <= (n + 2) / 3 * 4;
	while (n > 0) {
		size_t taken = l->col + (l->begun ? 1 : 0) + room_after;
		size_t room = taken < WIDTH ? WIDTH - taken : 0;
		if (room < WORD_LEAST) {
			line_fold(l);
			room = WORD - room_after;
		}
		room = room < WORD ? room : WORD;
		size_t m = fits(s, n, q, room);
		bool this_q = q || m == 0;
		if (m == 0)
			m = fits(s, n, true, room);
		struct buf word = {0};
		buf_adds(&word, this_q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		(this_q ? q_put : b_put)(&word, s, m);
		buf_adds(&word, "?=");
		line_atom(l, word.s, word.n, room_after);
		buf_free(&word);
		s += m;
		n -= m;
	}
}

/* ---- the values ---- */

/* Words in front and at the end stay readable ("[INT-42] Re: …"); from the first that cannot to the last is encoded as one run,
 * because blanks between two encoded words would be lost (RFC 2047 §6.2). */
void header_text(struct buf *out, const char *name, const char *utf8)
{
	struct buf b = {0};
	clean(&b, utf8, TEXT_MOST);
	const char *s = b.s ? b.s : "";
	size_t from = b.n, to = b.n;
	struct line l = line_begin(out, name);
	for (size_t at = 0, end; at < b.n; at = end + 1) {
		end = word_end(s, b.n, at);
		if (!must_encode(s + at, end - at, WIDTH - (at ? 1 : l.col)))
			continue;
		if (from == b.n)
			from = at;
		to = end;
	}
	for (size_t at = 0, end; at < b.n; at = end + 1) {
		end = at == from ? to : word_end(s, b.n, at);
		if (at == from)
			line_encoded(&l, s + at, end - at, 0);
		else
			line_atom(&l, s + at, end - at, 0);
	}
	buf_free(&b);
}

static bool is_phrase(const char *s, size_t n) /* atoms of RFC 5322 §3.2.3 and single blanks */
{
	for (size_t i = 0; i < n; i++)
		if (!q_plain((unsigned char)s[i]) && !strchr(" #$%&'=?^_`{|}~", s[i]))
			return false;
	return true;
}

static void put_name(struct line *l, const char *s, size_t n)
{
	size_t escapes = 0;
	for (size_t i = 0; i < n && escapes < PHRASE_MOST; i++)
		escapes += s[i] == '"' || s[i] == '\\';
	if (must_encode(s, n, PHRASE_MOST - escapes)) {
		line_encoded(l, s, n, 0);
		return;
	}
	struct buf b = {0};
	bool quote = !is_phrase(s, n);
	if (quote)
		buf_addc(&b, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_addc(&b, '\\');
		buf_addc(&b, s[i]);
	}
	if (quote)
		buf_addc(&b, '"');
	line_atom(l, b.s, b.n, 0);
	buf_free(&b);
}

void header_mailboxes(struct buf *out, const char *name, const struct mailboxes *list)
{
	struct line l = line_begin(out, name);
	for (size_t i = 0; i < list->n; i++) {
		const struct mailbox *m = &list->v[i];
		if (!m->addr || !address_ok(m->addr))
			continue;
		if (l.begun) {
			buf_addc(out, ',');
			l.col++;
		}
		struct buf b = {0}, addr = {0};
		clean(&b, m->name ? m->name : "", NAME_MOST);
		if (b.n)
			put_name(&l, b.s, b.n);
		buf_addf(&addr, b.n ? "<%s>" : "%s", m->addr);
		line_atom(&l, addr.s, addr.n, 1);
		buf_free(&b);
		buf_free(&addr);
	}
}

bool header_id_ok(const char *id)
{
	size_t n = strlen(id);
	if (n == 0 || n > ID_MOST)
		return false;
	for (size_t i = 0; i < n; i++)
		if (id[i] <= ' ' || id[i] >= 0x7F || strchr("<>", id[i]))
			return false;
	return true;
}

bool header_ascii(struct buf *out, const char *name, const char *value, size_t n)
{
	struct line l = line_begin(out, name);
	size_t begin = out->n;
	for (size_t at = 0, end; at < n; at = end + 1) {
		end = word_end(value, n, at);
		bool ok = end - at <= 900; /* a line of 998 bytes is the end of what may be sent (RFC 5322 §2.1.1) */
		for (size_t i = at; i < end; i++)
			ok = ok && value[i] > ' ' && value[i] < 0x7F;
		if (!ok) {
			buf_cut(out, begin);
			return false;
		}
		if (end > at)
			line_atom(&l, value + at, end - at, 0);
	}
	return true;
}
