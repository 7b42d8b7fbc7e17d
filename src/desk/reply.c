/* reply: what a mail of staff means; pure. */
#include "desk/reply.h"

#include <string.h>

#include "desk/signature.h"

static bool link_fits(const struct reply_facts *f)
{
	return f->commands->n == 1 && f->commands->v[0].kind == f->link;
}

enum reply_kind reply_means(const struct reply_facts *f)
{
	const struct commands *c = f->commands;
	bool text = !signature_alone(c->rest, f->name) || f->mail->answer.n_parts > 0;
	if (f->by_link && f->link_used)
		return REPLY_LINK_USED;
	if (c->n_faults)
		return REPLY_FAULTS;
	if (f->by_link)
		return link_fits(f) ? REPLY_COMMANDS : REPLY_LINK_ALTERED;
	if (c->n == 0 && !text)
		return REPLY_EMPTY;
	if (!text || c->rest_is != REST_ANSWER)
		return REPLY_COMMANDS;
	if (f->to_notice)
		return c->n ? REPLY_COMMANDS : REPLY_NOTE;
	return f->colleague_was_faster ? REPLY_HELD : REPLY_ANSWER;
}

static const char *next_ink(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

bool reply_html_fits(const struct mail *m, const char *text)
{
	const char *a = m->answer.html ? m->answer.text : NULL, *b = text;
	if (!a)
		return false;
	for (a = next_ink(a), b = next_ink(b); *a && *a == *b; a = next_ink(a + 1), b = next_ink(b + 1))
		;
	return !*a && !*b;
}
