#include "mail/compose.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"
#include "compose_parts.h"
#include "mail/address.h"

enum {
	QP_WIDTH = 76,        /* RFC 2045 §6.7 (5) */
	REFERENCES_MOST = 20, /* ids; some servers refuse longer headers */
	LINE_MOST = 998       /* RFC 5322 §2.1.1 */
};

/* ---- spans ---- */

void compose_span(struct composed *c, bool raw, uint64_t offset, uint64_t length)
{
	if (length == 0)
		return;
	c->size += length;
	struct span *last = c->n ? &c->v[c->n - 1] : NULL;
	if (last && last->raw == raw && last->offset + last->length == offset) {
		last->length += length;
		return;
	}
	if ((c->n & (c->n - 1)) == 0) /* grow at powers of two */
		c->v = mem_resize(c->v, c->n ? c->n * 2 : 1, sizeof *c->v);
	c->v[c->n++] = (struct span){raw, offset, length};
}

void compose_end_bytes(struct composed *c)
{
	uint64_t named = 0;
	for (size_t i = c->n; i > 0 && named == 0; i--)
		if (!c->v[i - 1].raw)
			named = c->v[i - 1].offset + c->v[i - 1].length;
	compose_span(c, false, named, c->bytes.n - named);
}

void composed_free(struct composed *c)
{
	buf_free(&c->bytes);
	free(c->v);
	*c = (struct composed){0};
}

/* ---- the header ---- */

static void put_ids(struct buf *b, const char *name, const struct strs *ids)
{
	struct strs good = {0};
	for (size_t i = 0; i < ids->n; i++)
		if (header_id_ok(ids->v[i]))
			strs_add(&good, ids->v[i]);
	for (size_t i = 0; i < good.n; i++) {
		if (i > 0 && good.n - i >= REFERENCES_MOST)
			continue;
		if (i == 0)
			buf_addf(b, "%s:", name);
		buf_addf(b, "%s <%s>", i ? "\r\n" : "", good.v[i]);
	}
	if (good.n)
		buf_adds(b, "\r\n");
	strs_free(&good);
}

static void put_mailboxes(struct buf *b, const char *name, const struct mailboxes *l)
{
	if (l->n == 0)
		return;
	buf_addf(b, "%s: ", name);
	header_mailboxes(b, name, l);
	buf_adds(b, "\r\n");
}

static void put_date(struct buf *b, int64_t date)
{
	static const char days[] = "Sun\0Mon\0Tue\0Wed\0Thu\0Fri\0Sat", months[] = "Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec";
	time_t t = (time_t)date;
	struct tm tm;
	if (!localtime_r(&t, &tm)) { /* a year that no calendar has */
		t = 0;
		gmtime_r(&t, &tm);
	}
	long east = tm.tm_gmtoff / 60;
	buf_addf(b, "Date: %s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld\r\n", days + 4 * tm.tm_wday, tm.tm_mday, months + 4 * tm.tm_mon,
	         tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, east < 0 ? '-' : '+', labs(east) / 60, labs(east) % 60);
}

static bool is_token(const char *s)
{
	for (size_t i = 0; s[i]; i++)
		if (!g_ascii_isalnum(s[i]) && !strchr("-_.", s[i]))
			return false;
	return s[0] != '\0' && strlen(s) <= 100;
}

bool compose_check(const struct outgoing *o, struct err *e)
{
	if (!o->from.addr || !address_ok(o->from.addr))
		return err_set(e, ERR_INPUT, "cannot write a mail from \"%s\": not an address", o->from.addr ? o->from.addr : "");
	if (o->to.n + o->cc.n == 0)
		return err_set(e, ERR_INPUT, "cannot write a mail to nobody");
	for (size_t i = 0; i < o->to.n + o->cc.n; i++) {
		const char *addr = i < o->to.n ? o->to.v[i].addr : o->cc.v[i - o->to.n].addr;
		if (!addr || !address_ok(addr))
			return err_set(e, ERR_INPUT, "cannot write a mail to \"%s\": not an address", addr ? addr : "");
	}
	const char *replies[] = {o->reply_to, o->reply_also};
	for (size_t i = 0; i < 2; i++)
		if (replies[i] && !address_ok(replies[i]))
			return err_set(e, ERR_INPUT, "cannot ask for replies to \"%s\": not an address", replies[i]);
	if (!o->message_id || !header_id_ok(o->message_id))
		return err_set(e, ERR_BUG, "a mail needs a message id, not \"%s\"", o->message_id ? o->message_id : "");
	if (o->auto_submitted && !is_token(o->auto_submitted))
		return err_set(e, ERR_BUG, "\"%s\" is no value of Auto-Submitted", o->auto_submitted);
	if (o->ticket && !is_token(o->ticket))
		return err_set(e, ERR_BUG, "\"%s\" is no ticket", o->ticket);
	return true;
}

void compose_header(struct buf *b, const struct outgoing *o)
{
	struct mailbox from = o->from;
	put_mailboxes(b, "From", &(struct mailboxes){&from, 1});
	put_mailboxes(b, "To", &o->to);
	put_mailboxes(b, "Cc", &o->cc);
	if (o->reply_to)
		buf_addf(b, "Reply-To: %s%s%s\r\n", o->reply_to, o->reply_also ? ",\r\n " : "", o->reply_also ? o->reply_also : "");
	buf_adds(b, "Subject: ");
	header_text(b, "Subject", o->subject ? o->subject : "");
	buf_adds(b, "\r\n");
	put_date(b, o->date);
	buf_addf(b, "Message-ID: <%s>\r\n", o->message_id);
	if (o->in_reply_to && header_id_ok(o->in_reply_to))
		buf_addf(b, "In-Reply-To: <%s>\r\n", o->in_reply_to);
	if (o->references)
		put_ids(b, "References", o->references);
	if (o->auto_submitted) /* RFC 3834 §5; the other for Exchange, which heeds no standard field */
		buf_addf(b, "Auto-Submitted: %s\r\nX-Auto-Response-Suppress: All\r\n", o->auto_submitted);
	buf_addf(b, "X-Ingang-Loop: %s\r\n", o->from.addr);
	if (o->ticket)
		buf_addf(b, "X-Ingang-Ticket: %s\r\n", o->ticket);
	buf_adds(b, "MIME-Version: 1.0\r\n");
}

/* ---- text bodies ---- */

/* What some program on the way would change or misread at the beginning of a line: "From " (mbox), and, in a multipart, "--". */
static bool is_risky_start(const char *s, size_t n, bool in_multipart)
{
	return (n >= 5 && memcmp(s, "From ", 5) == 0) || (in_multipart && n >= 2 && s[0] == '-' && s[1] == '-');
}

static bool is_plain_ascii(unsigned char c)
{
	return (c >= ' ' && c < 0x7F) || c == '\t';
}

static bool is_7bit(const char *s, size_t n, bool in_multipart)
{
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(s + at, '\n', n - at);
		size_t len = (lf ? (size_t)(lf - s) : n) - at;
		if (len > QP_WIDTH || is_risky_start(s + at, len, in_multipart))
			return false;
		for (size_t i = at; i < at + len; i++)
			if (!is_plain_ascii((unsigned char)s[i]))
				return false;
		if (len && (s[at + len - 1] == ' ' || s[at + len - 1] == '\t'))
			return false;
		at += len + 1;
	}
	return true;
}

/* Quoted-printable of one line without its end. Every line that this makes is safe at its beginning. */
static void put_qp_line(struct buf *out, const char *s, size_t n)
{
	size_t col = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool last = i + 1 == n;
		bool plain = is_plain_ascii(c) && c != '=';
		if (last && (c == ' ' || c == '\t'))
			plain = false;
		size_t width = plain ? 1 : 3;
		if (col + width > (size_t)(last ? QP_WIDTH : QP_WIDTH - 1)) {
			buf_adds(out, "=\r\n");
			col = 0;
		}
		if (col == 0 && (is_risky_start(s + i, n - i, true) || c == '.')) {
			plain = false;
			width = 3;
		}
		if (plain)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "=%02X", (unsigned)c);
		col += width;
	}
}

static void put_text(struct buf *out, const char *s, size_t n, bool seven_bit)
{
	buf_reserve(out, n + n / 8);
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(s + at, '\n', n - at);
		size_t len = (lf ? (size_t)(lf - s) : n) - at;
		if (seven_bit)
			buf_add(out, s + at, len);
		else
			put_qp_line(out, s + at, len);
		if (lf)
			buf_adds(out, "\r\n");
		at += len + 1;
	}
}

char *compose_lf(const char *s)
{
	struct buf b = {0};
	for (; *s; s++)
		if (!(s[0] == '\r' && s[1] == '\n'))
			buf_addc(&b, *s);
	return buf_take(&b);
}

void compose_part(struct buf *b, const struct compose_part *p)
{
	size_t n = strlen(p->text);
	bool seven_bit = is_7bit(p->text, n, p->in_multipart);
	buf_addf(b, "Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n%s\r\n", p->type, seven_bit ? "7bit" : "quoted-printable", p->head);
	put_text(b, p->text, n, seven_bit);
	if (!p->in_multipart && n && p->text[n - 1] != '\n')
		buf_adds(b, "\r\n");
}

char *compose_language(const struct outgoing *o)
{
	return o->lang && is_token(o->lang) ? mem_fmt("Content-Language: %s\r\n", o->lang) : mem_dupn("", 0);
}

bool compose_text(const struct outgoing *o, const char *text, struct composed *out, struct err *e)
{
	*out = (struct composed){0};
	if (!compose_check(o, e))
		return false;
	char *plain = compose_lf(text), *lang = compose_language(o);
	compose_header(&out->bytes, o);
	compose_part(&out->bytes, &(struct compose_part){"text/plain; charset=utf-8", lang, plain, false});
	compose_end_bytes(out);
	free(plain);
	free(lang);
	return true;
}

/* ---- a carried body ---- */

struct field_line { /* of a list of fields that came out of the sandbox */
	const char *s;
	size_t n; /* with all its continuation lines and line ends */
};

static bool next_field(const char **at, struct field_line *f)
{
	if (**at == '\0')
		return false;
	f->s = *at;
	do {
		*at += strcspn(*at, "\n");
		*at += **at == '\n';
	} while (**at == ' ' || **at == '\t');
	f->n = (size_t)(*at - f->s);
	return true;
}

/* A Content-* field of printable ASCII in lines of lawful length that each hold something and end with CR LF: nothing else gets
 * from the reader, which strangers may have taken over, into a header. */
static bool is_content_field(const struct field_line *f)
{
	size_t name = strspn(f->s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
	if (name >= f->n || f->s[name] != ':' || strncasecmp(f->s, "Content-", 8) != 0)
		return false;
	for (size_t at = 0; at < f->n;) {
		const char *lf = memchr(f->s + at, '\n', f->n - at);
		if (!lf || lf == f->s + at || lf[-1] != '\r')
			return false;
		size_t len = (size_t)(lf - f->s) - 1 - at;
		bool blank = true;
		for (size_t i = at; i < at + len; i++) {
			if (!is_plain_ascii((unsigned char)f->s[i]))
				return false;
			blank = blank && (f->s[i] == ' ' || f->s[i] == '\t');
		}
		if (blank || len > LINE_MOST)
			return false;
		at += len + 2;
	}
	return true;
}

static bool is_named(const struct field_line *f, const char *name)
{
	return strncasecmp(f->s, name, strlen(name)) == 0 && f->s[strlen(name)] == ':';
}

/* Appends the good fields of s. How many Content-Type fields were among them; with own_type they are left out, because the part's
 * type and encoding are written anew. */
static size_t put_content_fields(struct buf *b, const char *s, bool own_type)
{
	size_t types = 0;
	struct field_line f;
	while (next_field(&s, &f)) {
		if (!is_content_field(&f))
			continue;
		bool type = is_named(&f, "Content-Type");
		types += type;
		if (!own_type || !(type || is_named(&f, "Content-Transfer-Encoding")))
			buf_add(b, f.s, f.n);
	}
	return types;
}

/* In flowed text (RFC 3676 §4.2, §4.4) a blank at the end joins lines and one at the beginning is taken away. */
static void put_flowed(struct buf *b, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, "\n"), keep = len;
		while (keep && s[keep - 1] == ' ')
			keep--;
		if (keep && (s[0] == ' ' || s[0] == '>' || strncmp(s, "From ", 5) == 0))
			buf_addc(b, ' ');
		buf_add(b, s, keep);
		buf_addc(b, '\n');
		s += len + (s[len] == '\n');
	}
}

static char *with_block(const struct carry_step *s, const char *block)
{
	struct buf b = {0};
	char *lf = compose_lf(block);
	if (s->flowed)
		put_flowed(&b, lf);
	else
		buf_adds(&b, lf);
	free(lf);
	while (b.n && b.s[b.n - 1] == '\n')
		buf_cut(&b, b.n - 1);
	if (b.n && *s->text)
		buf_adds(&b, "\n\n");
	buf_adds(&b, s->text);
	return buf_take(&b);
}

static char *with_html(const struct carry_step *s, const char *block)
{
	struct buf b = {0};
	size_t n = strlen(s->text);
	size_t at = s->insert < n ? (size_t)s->insert : n;
	char *lf = compose_lf(block);
	buf_add(&b, s->text, at);
	buf_adds(&b, lf);
	buf_adds(&b, s->text + at);
	free(lf);
	return buf_take(&b);
}

static void put_step(struct buf *b, const struct carry_step *s, const char *block_text, const char *block_html)
{
	struct buf head = {0};
	put_content_fields(&head, s->head ? s->head : "", true);
	bool html = s->op == CARRY_HTML;
	char *text = html ? with_html(s, block_html) : with_block(s, block_text);
	const char *type = html                     ? "text/html; charset=utf-8"
	                   : s->flowed && s->delsp ? "text/plain; charset=utf-8; format=flowed; delsp=yes"
	                   : s->flowed             ? "text/plain; charset=utf-8; format=flowed"
	                                           : "text/plain; charset=utf-8";
	compose_part(b, &(struct compose_part){type, head.s ? head.s : "", text, !s->top});
	free(text);
	buf_free(&head);
}

static bool carry_steps(const struct carry *c, const char *block_text, const char *block_html, struct composed *out, struct err *e)
{
	uint64_t copied = 0; /* forward only, or a small mail could become an endless one */
	for (size_t i = 0; i < c->n; i++) {
		const struct carry_step *s = &c->v[i];
		switch (s->op) {
		case CARRY_COPY:
			if (s->offset < copied || __builtin_add_overflow(s->offset, s->length, &copied))
				return err_set(e, ERR_INPUT, "cannot carry the mail on: its plan copies bytes twice");
			compose_end_bytes(out);
			compose_span(out, true, s->offset, s->length);
			break;
		case CARRY_BYTES:
			buf_adds(&out->bytes, s->text);
			break;
		case CARRY_PLAIN:
		case CARRY_HTML:
			if (s->top != (c->n == 1))
				return err_set(e, ERR_INPUT, "cannot carry the mail on: its plan has a whole body among parts");
			put_step(&out->bytes, s, block_text, block_html);
			break;
		}
	}
	compose_end_bytes(out);
	return true;
}

bool compose_carry(const struct outgoing *o, const struct carry *c, const char *block_text, const char *block_html,
                   struct composed *out, struct err *e)
{
	*out = (struct composed){0};
	if (!compose_check(o, e))
		return false;
	if (c->n == 0)
		return err_set(e, ERR_INPUT, "cannot carry the mail on: there is no plan for it; attach it whole");
	compose_header(&out->bytes, o);
	if (!c->v[0].top) {
		if (put_content_fields(&out->bytes, c->content ? c->content : "", false) != 1) {
			composed_free(out);
			return err_set(e, ERR_INPUT, "cannot carry the mail on: its plan has no content type; attach it whole");
		}
		buf_adds(&out->bytes, "\r\n");
	}
	if (!carry_steps(c, block_text, block_html, out, e)) {
		composed_free(out);
		return false;
	}
	return true;
}

/* ---- a mail attached whole ---- */

/* "=_" can stand in no quoted-printable text (RFC 2045 §6.7), and a message id that we made is known to nobody before. */
char *compose_boundary(const struct outgoing *o, const char *text, char level)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sum, (const guchar *)o->message_id, -1);
	g_checksum_update(sum, (const guchar *)text, -1);
	char *b = mem_fmt("=_ingang_%c%.32s", level, g_checksum_get_string(sum));
	g_checksum_free(sum);
	return b;
}

static void put_file_name(struct buf *b, const char *name) /* RFC 2231 §4 */
{
	buf_adds(b, "Content-Disposition: attachment;\r\n filename*=utf-8''");
	for (size_t i = 0; name[i] && i < 80; i++)
		if (g_ascii_isalnum(name[i]) || strchr("-_.", name[i]))
			buf_addc(b, name[i]);
		else
			buf_addf(b, "%%%02X", (unsigned)(unsigned char)name[i]);
	buf_adds(b, "\r\n");
}

bool compose_attach(const struct outgoing *o, const char *text, uint64_t raw_bytes, const char *name, struct composed *out, struct err *e)
{
	*out = (struct composed){0};
	if (!compose_check(o, e))
		return false;
	char *plain = compose_lf(text), *lang = compose_language(o), *boundary = compose_boundary(o, plain, 'm');
	struct buf *b = &out->bytes;
	compose_header(b, o);
	buf_addf(b, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n%s\r\n--%s\r\n", boundary, lang, boundary);
	compose_part(b, &(struct compose_part){"text/plain; charset=utf-8", "", plain, true});
	buf_addf(b, "\r\n--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n", boundary,
	         name ? "application/octet-stream" : "message/rfc822");
	if (name)
		put_file_name(b, name);
	else
		buf_adds(b, "Content-Disposition: attachment; filename=\"mail.eml\"\r\n");
	buf_adds(b, "\r\n");
	compose_end_bytes(out);
	compose_span(out, true, 0, raw_bytes);
	buf_addf(b, "\r\n--%s--\r\n", boundary);
	compose_end_bytes(out);
	free(plain);
	free(lang);
	free(boundary);
	return true;
}
