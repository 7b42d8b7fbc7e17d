/* reply_text: what a colleague wrote now, without what was quoted for their eyes alone. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/quote.h"
#include "store/ticket.h"

#include "reply_parts.h"

enum { SAID_BYTES = 256 << 10, LINES_COMPARED = 500 };

struct theirs { /* what those who are answered wrote, its blanks made one */
	struct buf said;
	struct strs people;
	size_t compared;
};

static void add_squeezed(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool blank = strchr(" \t\r\n", s[i]) != NULL;
		if (!blank)
			buf_addc(out, s[i]);
		else if (out->n && out->s[out->n - 1] != ' ')
			buf_addc(out, ' ');
	}
}

static bool add_person(void *ctx, const struct participant *p)
{
	struct theirs *t = ctx;
	if (strcmp(p->role, "requester") == 0 || strcmp(p->role, "cc") == 0)
		strs_add(&t->people, p->addr);
	return true;
}

static bool add_said(void *ctx, const struct message *m)
{
	struct theirs *t = ctx;
	if (strs_has_case(&t->people, m->from_addr) && t->said.n < SAID_BYTES) {
		add_squeezed(&t->said, m->text, strlen(m->text));
		buf_adds(&t->said, " \n ");
	}
	return true;
}

static bool they_said(void *ctx, const char *line, size_t n)
{
	struct theirs *t = ctx;
	struct buf b = {0};
	if (t->compared++ >= LINES_COMPARED)
		return false;
	add_squeezed(&b, line, n);
	while (b.n && b.s[b.n - 1] == ' ')
		buf_cut(&b, b.n - 1);
	bool yes = b.n && t->said.n && strstr(t->said.s, b.s);
	buf_free(&b);
	return yes;
}

bool reply_written(struct reply *r, char **out, struct err *e)
{
	const struct mail *m = r->g->mail;
	struct theirs t = {0};
	bool ok = participant_each(reply_db(r), r->g->ticket->id, add_person, &t, e) && message_list(reply_db(r), r->g->ticket->id, add_said, &t, e);
	if (ok)
		*out = quote_reply_to_us(m->text ? m->text : "", m->text ? strlen(m->text) : 0, they_said, &t);
	buf_free(&t.said);
	strs_free(&t.people);
	return ok;
}
