#include "mail/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/charset.h"

static size_t line_end(const char *raw, size_t n, size_t at) /* behind the LF */
{
	const char *lf = memchr(raw + at, '\n', n - at);
	return lf ? (size_t)(lf - raw) + 1 : n;
}

static bool is_blank_line(const char *raw, size_t from, size_t to)
{
	while (to > from && (raw[to - 1] == '\n' || raw[to - 1] == '\r'))
		to--;
	return to == from;
}

size_t head_start(const char *raw, size_t n)
{
	size_t at = n >= 3 && memcmp(raw, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	for (size_t i = at; i < n && strchr(" \t\r\n", raw[i]) && raw[i]; i++) /* blank lines, also of blanks */
		if (raw[i] == '\n')
			at = i + 1;
	while (n - at > 5 && (memcmp(raw + at, "From ", 5) == 0 || memcmp(raw + at, ">From ", 6) == 0))
		at = line_end(raw, n, at);
	return at;
}

/* The length of a field name at raw[at], 0 if there is none: printable ASCII but ':' (RFC 5322 §2.2). Blanks before the colon are allowed,
 * also a fold, which some senders use to hide a field from filters. */
static size_t name_length(const char *raw, size_t n, size_t at, size_t *colon)
{
	size_t i = at;
	while (i < n && raw[i] > ' ' && raw[i] < 0x7F && raw[i] != ':')
		i++;
	size_t len = i - at;
	while (len > 0 && i < n && strchr(" \t\r\n", raw[i]) && raw[i] && !(raw[i] == '\n' && !(i + 1 < n && (raw[i + 1] == ' ' || raw[i + 1] == '\t'))))
		i++;
	*colon = i;
	return i < n && raw[i] == ':' ? len : 0;
}

bool head_next(const char *raw, size_t n, size_t *at, struct head_field *f)
{
	while (*at < n) {
		size_t end = line_end(raw, n, *at), colon;
		if (is_blank_line(raw, *at, end)) {
			*at = end;
			return false;
		}
		f->name_n = name_length(raw, n, *at, &colon);
		if (f->name_n == 0) { /* junk: skipped where more fields follow, else the body has begun without a blank line */
			size_t next;
			if (end < n && (raw[*at] == ' ' || raw[*at] == '\t' || name_length(raw, n, end, &next))) {
				*at = end;
				continue;
			}
			return false;
		}
		f->name = raw + *at;
		while (end < n && (raw[end] == ' ' || raw[end] == '\t'))
			end = line_end(raw, n, end);
		f->value = raw + colon + 1;
		f->value_n = end - colon - 1;
		*at = end;
		return true;
	}
	return false;
}

void head_unfold(const char *value, size_t n, struct buf *out)
{
	struct buf b = {0};
	charset_to_utf8(NULL, value, n, &b);
	size_t begin = out->n;
	for (size_t i = 0; i < b.n; i++) {
		unsigned char c = (unsigned char)b.s[i];
		if (c == '\r' || c == '\n')
			continue;
		c = c < ' ' || c == 0x7F ? ' ' : c;
		if (c == ' ' && out->n == begin)
			continue;
		buf_addc(out, (char)c);
	}
	while (out->n > begin && out->s[out->n - 1] == ' ')
		buf_cut(out, out->n - 1);
	buf_free(&b);
}

static void squeeze(char *s) /* runs of blanks to one */
{
	char *to = s;
	for (const char *p = s; *p; p++)
		if (*p != ' ' || (to > s && to[-1] != ' '))
			*to++ = *p;
	while (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
}

static char *decoded(const char *s, size_t n)
{
	struct buf b = {0};
	head_decode(s, n, &b);
	return buf_take(&b);
}

/* The first mailbox with an address in it, else the first of all; a later field counts only where earlier ones gave no address. */
static void take_mailbox(struct mailbox *to, const char *s, size_t n)
{
	struct mailboxes l = {0};
	if (to->addr && strchr(to->addr, '@'))
		return;
	head_mailboxes(s, n, 8, &l);
	size_t best = 0;
	while (best < l.n && !strchr(l.v[best].addr, '@'))
		best++;
	if (best == l.n)
		best = 0;
	if (l.n && (!to->addr || strchr(l.v[best].addr, '@'))) {
		mailbox_free(to);
		mailbox_copy(to, &l.v[best]);
	}
	mailboxes_free(&l);
}

/* The first field of a name counts, but further To and Cc fields are more of the same. */
static bool take_field(struct mail *m, const char *name, const struct buf *v, const struct mail_limits *l)
{
	const char *s = v->s ? v->s : "";
	if (!strcasecmp(name, "Subject") && !m->subject) {
		m->subject = decoded(s, v->n);
		squeeze(m->subject);
	} else if (!strcasecmp(name, "From")) {
		take_mailbox(&m->from, s, v->n);
	} else if (!strcasecmp(name, "Sender")) {
		take_mailbox(&m->sender, s, v->n);
	} else if (!strcasecmp(name, "To")) {
		return head_mailboxes(s, v->n, l->recipients, &m->to);
	} else if (!strcasecmp(name, "Cc")) {
		return head_mailboxes(s, v->n, l->recipients, &m->cc);
	} else if (!strcasecmp(name, "Reply-To")) {
		return head_mailboxes(s, v->n, l->recipients, &m->reply_to);
	} else if (!strcasecmp(name, "Date") && !m->has_date) {
		m->has_date = head_date(s, &m->date, &m->date_offset);
	} else if ((!strcasecmp(name, "Message-ID") && !m->message_id) || (!strcasecmp(name, "In-Reply-To") && !m->in_reply_to)) {
		struct strs ids = {0};
		head_ids(s, v->n, 1, &ids);
		if (ids.n)
			*(strcasecmp(name, "Message-ID") ? &m->in_reply_to : &m->message_id) = mem_dup(ids.v[0]);
		strs_free(&ids);
	} else if (!strcasecmp(name, "References")) {
		return head_ids(s, v->n, l->references, &m->references);
	}
	return true;
}

/* Our server quotes a stranger's addresses in it: "=?utf-8?q?x=3B_dmarc=3Dpass?=@evil.example" must not become a result (and RFC 2047 §5 has no
 * encoded words there). */
static bool is_opaque(const char *name)
{
	return strcasecmp(name, "Authentication-Results") == 0;
}

static void keep(struct mail *m, char *name, char *value)
{
	if ((m->n_fields & (m->n_fields - 1)) == 0)
		m->fields = mem_resize(m->fields, m->n_fields ? m->n_fields * 2 : 1, sizeof *m->fields);
	m->fields[m->n_fields++] = (struct field){name, value};
}

static void warn_once(struct mail *m, const char *text)
{
	if (!strs_has(&m->warnings, text))
		strs_add(&m->warnings, text);
}

size_t head_read(const char *raw, size_t n, const struct mail_limits *l, struct mail *out)
{
	size_t at = head_start(raw, n), seen = 0;
	struct head_field f;
	struct buf v = {0};
	while (head_next(raw, n, &at, &f)) {
		if (seen++ >= l->fields) {
			warn_once(out, "more header fields than are read");
			continue;
		}
		if (f.value_n > l->field_bytes) {
			warn_once(out, "a header field was cut");
			f.value_n = utf8_cut(f.value, f.value_n, l->field_bytes);
		}
		buf_clear(&v);
		buf_reserve(&v, 0);
		head_unfold(f.value, f.value_n, &v);
		char *name = mem_dupn(f.name, f.name_n > 200 ? 200 : f.name_n);
		if (!take_field(out, name, &v, l))
			warn_once(out, "more recipients or references than are read");
		keep(out, name, is_opaque(name) ? mem_dupn(v.s ? v.s : "", v.n) : decoded(v.s ? v.s : "", v.n));
	}
	buf_free(&v);
	if (!out->subject)
		out->subject = mem_dup("");
	return at;
}
