/* What a colleague wrote, on its way to the requester or to another division. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "config/template.h"
#include "letter_parts.h"
#include "mail/address.h"
#include "mail/answer.h"
#include "mail/html_carry.h"
#include "store/part.h"

/* The colleague's name: as the config has it, else as they or their mail program write it; "" when there is none. */
static const char *name_of(const struct letter_ground *g, const struct reply_words *w)
{
	const struct config_person *p = config_person(g->config, w->writer);
	if (p && p->name)
		return p->name;
	if (w->writer_name && *w->writer_name)
		return w->writer_name;
	return g->mail->from.addr && w->writer && g->mail->from.name && address_same(g->mail->from.addr, w->writer) ? g->mail->from.name : "";
}

/* "Bo Ek, International Office": as office.answer_from says. */
static char *from_name(const struct letter_ground *g, const struct reply_words *w)
{
	const char *name = name_of(g, w);
	if (!*name || !g->config->office.answer_from)
		return mem_dup(g->config->office.name);
	struct values s = {0};
	struct buf b = {0};
	char *subject;
	values_line(&s, "name", name);
	values_line(&s, "office", g->config->office.name);
	template_fill(g->config->office.answer_from, s.v, s.n, &subject, &b);
	values_free(&s);
	free(subject);
	return buf_take(&b);
}

/* Where the writer's own addresses stand, the office's does. */
static char *hide_writer(const struct letter_ground *g, const struct reply_words *w, const char *s)
{
	const struct config_person *p = config_person(g->config, w->writer);
	const char *office = g->config->office.address;
	char *out = w->writer ? mail_hide_address(s, w->writer, office) : mem_dup(s);
	for (size_t i = 0; p && i <= p->aliases.n; i++) {
		char *next = mail_hide_address(out, i < p->aliases.n ? p->aliases.v[i] : p->address, office);
		free(out);
		out = next;
	}
	return out;
}

/* The requester's own words without what mail programs put in front, so that it is never there twice. */
static const char *bare_subject(const char *s)
{
	static const char *const marks[] = {"re:", "sv:", "aw:", "antw:", "vs:"};
	for (bool again = true; again;) {
		again = false;
		s += strspn(s, " ");
		for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
			if (strncasecmp(s, marks[i], strlen(marks[i])) == 0) {
				s += strlen(marks[i]);
				again = true;
			}
	}
	return s;
}

static char *reply_subject(const struct letter_ground *g)
{
	const char *bare = bare_subject(g->ticket->subject ? g->ticket->subject : "");
	if (*bare)
		return mem_fmt("Re: %s", bare);
	char *ticket = letter_ticket(g), *subject = mem_fmt("Re: [%s]", ticket); /* there was none: so it has at least a name */
	free(ticket);
	return subject;
}

static void add_people(const struct letter_ground *g, const struct strs *people, struct mailboxes *out)
{
	for (size_t i = 0; people && i < people->n; i++) {
		bool requester = g->ticket->requester_addr && address_same(people->v[i], g->ticket->requester_addr);
		mailboxes_add(out, requester && g->ticket->requester_name ? g->ticket->requester_name : "", people->v[i]);
	}
}

/* `top`: our lines above, or NULL. */
static char *text_with(const char *top, const char *text)
{
	size_t n = strlen(text);
	return mem_fmt("%s%s%s%s", top ? top : "", top ? "\n\n" : "", text, n && text[n - 1] == '\n' ? "" : "\n");
}

static char *html_with(const char *top, const char *html)
{
	if (!top)
		return mem_dup(html);
	struct buf b = {0}, whole = {0};
	size_t at = html_carry(html, strlen(html), &b);
	char *block = html_block(top, "", NULL);
	buf_add(&whole, b.s, at);
	buf_adds(&whole, block);
	buf_adds(&whole, b.s + at);
	free(block);
	buf_free(&b);
	return buf_take(&whole);
}

struct way { /* what tells an answer from a question */
	const char *kind, *recipient, *top;
	enum token_purpose purpose;
	unsigned nonce;
	char *subject;
};

/* Takes over way->subject. A person wrote it, so there is no Auto-Submitted. */
static bool carry_on(const struct letter_ground *g, const struct way *way, const struct reply_words *w, struct mailboxes *to, struct mailboxes *cc,
                     struct outbox_item *out, struct err *e)
{
	static const struct answer none;
	struct answer a = w->answer ? *w->answer : none;
	bool html = w->html && a.html;
	char *ticket = letter_ticket(g), *from = from_name(g, w), *reply_to = NULL, *hidden = hide_writer(g, w, w->text);
	char *text = text_with(way->top, hidden), *page = html ? hide_writer(g, w, a.html) : NULL;
	struct outgoing o = {.from = {from, g->config->office.address}, .to = *to, .cc = *cc, .subject = way->subject, .date = g->now, .ticket = ticket,
	                     .in_reply_to = w->in_reply_to, .references = w->references};
	*out = (struct outbox_item){0};
	a.html = html ? html_with(way->top, page) : NULL;
	bool ok = letter_id(g, way->recipient, way->purpose, way->nonce, &out->message_id, &reply_to, e);
	if (ok) {
		letter_item(g, way->kind, g->config->office.address, way->recipient, way->subject, out);
		out->text = mem_dup(text);
		out->writer = mem_dup(w->writer);
		out->held = w->held;
		out->source = g->message; /* also where nothing of it is carried: what it answers is known by it */
		o.message_id = out->message_id;
		o.reply_to = reply_to;
		ok = compose_answer(&o, &a, text, html, &out->mail, e);
	}
	if (!ok)
		outbox_item_free(out);
	free(a.html);
	free(page);
	free(text);
	free(hidden);
	free(ticket);
	free(from);
	free(reply_to);
	free(way->subject);
	mailboxes_free(to);
	mailboxes_free(cc);
	return ok;
}

bool letter_reply(const struct letter_ground *g, const char *recipient, const struct reply_words *w, struct outbox_item *out, struct err *e)
{
	struct mailboxes to = {0}, cc = {0};
	const struct way way = {"reply", recipient, NULL, TOKEN_REQUESTER, 0, reply_subject(g)};
	add_people(g, w->to, &to);
	add_people(g, w->cc, &cc);
	return carry_on(g, &way, w, &to, &cc, out, e);
}

const char *letter_part_language(const struct letter_ground *g, const struct part *p)
{
	if (!p->addr || !*p->addr || config_is_internal(g->config, p->addr))
		return g->config->office.languages.v[0];
	return letter_language(g->config, g->ticket->lang);
}

bool letter_question(const struct letter_ground *g, const struct part *p, const struct reply_words *w, struct outbox_item *out, struct err *e)
{
	const char *lang = letter_part_language(g, p), *name = name_of(g, w);
	char *who = *name ? mem_fmt("%s, %s,", name, g->config->office.name) : mem_dup(g->config->office.name), *due = letter_due_line(p->due, g->now, lang), *subject = NULL;
	struct mailboxes to = {0}, cc = {0};
	struct buf top = {0};
	struct values s = {0};
	values_line(&s, "who", who);
	values_line(&s, "due", due);
	values_make(g, lang, &s);
	*out = (struct outbox_item){0};
	bool ok = letter_fill(g, lang, "question", &s, false, &subject, &top, e);
	if (ok) {
		const struct way way = {"question", p->addr, top.s, TOKEN_PART, (unsigned)p->number, letter_tagged(g, subject)};
		mailboxes_add(&to, "", p->addr);
		ok = carry_on(g, &way, w, &to, &cc, out, e);
	}
	values_free(&s);
	buf_free(&top);
	free(subject);
	free(who);
	free(due);
	return ok;
}
