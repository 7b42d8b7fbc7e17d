#include "mail/forward.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/address.h"
#include "mail/head.h"
#include "mail/quote.h"
#include "mail/quote_marks.h"

enum { NOTE_BYTES = 400, NAME_BYTES = 200 }; /* "Can you take this one?"; a display name */

void forward_note(struct forward_parts *p, const char *head, size_t n)
{
	struct head_field f;
	size_t at = 0;
	if (p->messages++ > 0)
		return;
	while (head_next(head, n, &at, &f)) {
		if (f.name_n != 4 || strncasecmp(f.name, "From", 4) != 0)
			continue;
		struct buf value = {0};
		struct mailboxes l = {0};
		head_unfold(f.value, f.value_n, &value);
		head_mailboxes(value.s ? value.s : "", value.n, 1, &l);
		if (l.n)
			mailbox_copy(&p->from, &l.v[0]);
		mailboxes_free(&l);
		buf_free(&value);
		return;
	}
}

/* "VB: …", "[list] Fwd: …"; but not "Re: Fwd: …", which answers one. */
static bool subject_forwards(const char *s)
{
	for (const char *end; *s == '[' && (end = strchr(s, ']'));)
		s = end + 1 + strspn(end + 1, " ");
	return quote_subject_forwards(s) && strncasecmp(s, "re:", 3) != 0;
}

static bool is_address_byte(char c)
{
	return (unsigned char)c > ' ' && c != 0x7F && !strchr("<>[]()\"',;:*|", c);
}

/* The first address in what a mail program wrote behind "From:", and the name in front of it:
 * "Anna Berg <anna@uni.example>", "Anna Berg [mailto:anna@uni.example]", "anna@uni.example<mailto:anna@uni.example>". */
static bool read_sender(const char *s, size_t n, struct mailbox *out)
{
	static const char behalf[] = "on behalf of ";
	struct buf line = {0}, name = {0};
	head_unfold(s, n, &line);
	const char *p = line.s ? line.s : "", *sender = strcasestr(p, behalf);
	if (sender && strchr(sender, '@'))
		p = sender + sizeof behalf - 1;
	const char *at = strchr(p, '@'), *from = at, *to = at;
	while (from && from > p && is_address_byte(from[-1]))
		from--;
	while (to && is_address_byte(*to))
		to++;
	while (to && to > at && to[-1] == '.')
		to--;
	char *addr = at ? mem_dupn(from, (size_t)(to - from)) : NULL;
	bool ok = addr && address_ok(addr);
	if (ok) {
		size_t k = (size_t)(from - p);
		if (k >= 7 && strncasecmp(from - 7, "mailto:", 7) == 0)
			k -= 7;
		while (k > 0 && strchr(" <[(\"'*", p[k - 1]))
			k--;
		size_t skip = strspn(p, " \"'*");
		if (k > skip && k - skip <= NAME_BYTES)
			buf_add(&name, p + skip, k - skip);
		*out = (struct mailbox){buf_take(&name), addr};
	} else {
		free(addr);
	}
	buf_free(&name);
	buf_free(&line);
	return ok;
}

/* The sender in the first block of header lines that the text has. */
static bool inline_sender(const char *text, struct mailbox *out)
{
	struct quote_text t;
	bool found = false, block = false, ignored;
	quote_split(text, strlen(text), &t);
	for (size_t i = 0; i < t.n && !block; i++) {
		struct quote_line value;
		block = !quote_is_blank(&t, i) && quote_is_separator(&t, i, &ignored) && quote_sender(&t, i, &value);
		found = block && read_sender(t.s + value.at, value.n, out);
	}
	free(t.v);
	return found;
}

static bool is_other(const struct mail *m, const struct mailbox *b)
{
	return b->addr && address_ok(b->addr) && !(m->from.addr && address_same(b->addr, m->from.addr));
}

void forward_of(struct mail *m, const struct forward_parts *p)
{
	if (m->kind != MAIL_PERSON && m->kind != MAIL_LIST) /* a bounce, a report of abuse: what it carries came back */
		return;
	bool says = subject_forwards(m->subject ? m->subject : "");
	struct mailbox b = {0};
	if (p->messages == 1 && (says || strlen(m->reply_text) <= NOTE_BYTES)) {
		if (is_other(m, &p->from))
			mailbox_copy(&m->forwarded_from, &p->from);
	} else if (says && inline_sender(m->text, &b) && is_other(m, &b)) {
		mailbox_copy(&m->forwarded_from, &b);
	}
	mailbox_free(&b);
}

void forward_parts_free(struct forward_parts *p)
{
	mailbox_free(&p->from);
}
