/* What the desk itself has to say: from templates, to requesters and to staff. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/template.h"
#include "desk/command.h"
#include "letter_parts.h"
#include "mail/answer.h"
#include "store/part.h"

struct notice {
	const char *kind, *template, *lang, *to;
	const char *automatic; /* Auto-Submitted */
	enum token_purpose purpose;
	const char *links;     /* HTML for MARK_LINKS; NULL: the mail is plain text alone */
	struct values *marked; /* the values of the HTML, where it has links */
};

/* A mail from a template, from the office, with the null reverse-path. */
static bool letter_made(const struct letter_ground *g, const struct notice *n, struct outgoing *o, const struct values *s, struct outbox_item *out, struct err *e)
{
	const struct config *c = g->config;
	char *subject = NULL, *again = NULL, *tagged = NULL, *ticket = letter_ticket(g), *reply_to = NULL;
	struct buf body = {0}, marked = {0};
	*out = (struct outbox_item){0};
	bool ok = letter_fill(g, n->lang, n->template, s, &subject, &body, e) && letter_id(g, n->to, n->purpose, 0, &out->message_id, &reply_to, e);
	if (ok && n->links)
		ok = letter_fill(g, n->lang, n->template, n->marked, &again, &marked, e);
	if (ok) {
		tagged = letter_tagged(g, subject);
		letter_item(g, n->kind, "", n->to, tagged, out);
		buf_addc(&body, '\n');
		out->text = mem_dup(body.s);
		o->from = (struct mailbox){c->office.name, c->office.address};
		o->subject = tagged;
		o->date = g->now;
		o->message_id = out->message_id;
		o->reply_to = g->keys ? reply_to : NULL;
		o->auto_submitted = n->automatic;
		o->ticket = ticket;
		o->lang = n->lang;
		mailboxes_add(&o->to, "", n->to);
		struct answer a = {.html = n->links ? html_notice(marked.s, n->links) : NULL};
		ok = n->links ? compose_answer(o, &a, body.s, true, &out->mail, e) : compose_text(o, body.s, &out->mail, e);
		free(a.html);
	}
	if (!ok)
		outbox_item_free(out);
	mailboxes_free(&o->to);
	buf_free(&body);
	buf_free(&marked);
	free(subject);
	free(again);
	free(tagged);
	free(ticket);
	free(reply_to);
	return ok;
}

static bool to_requester(const struct letter_ground *g, const char *kind, const char *template, const char *to, const struct placeholder *extra, size_t n,
                         struct outbox_item *out, struct err *e)
{
	const struct notice notice = {.kind = kind, .template = template, .lang = letter_language(g->config, g->ticket->lang), .to = to, .automatic = "auto-replied",
	                              .purpose = TOKEN_REQUESTER};
	struct values s;
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = g->mail->message_id, .references = &refs};
	for (size_t i = 0; i < g->mail->references.n; i++)
		strs_add(&refs, g->mail->references.v[i]);
	if (g->mail->message_id)
		strs_add(&refs, g->mail->message_id);
	values_extra(&s, extra, n);
	values_make(g, notice.lang, &s);
	bool ok = letter_made(g, &notice, &o, &s, out, e);
	values_free(&s);
	strs_free(&refs);
	return ok;
}

bool letter_answer(const struct letter_ground *g, const char *kind, const char *template, const char *to, struct outbox_item *out, struct err *e)
{
	return to_requester(g, kind, template, to, NULL, 0, out, e);
}

bool letter_handed_over(const struct letter_ground *g, const char *to, const char *division, struct outbox_item *out, struct err *e)
{
	const struct placeholder extra[] = {{"division", division}};
	return to_requester(g, "answer", "handed-over", to, extra, 1, out, e);
}

/* --- to staff --- */

/* How to take something back, or to send it after all: with a link where there can be one. */
static const struct offer {
	const char *name;
	enum command_kind kind;
	const char *asks, *how, *words; /* how: where there is no link */
} offers[2][2] = {{{"undo", COMMAND_UNDO, "A mistake?", "Reply to this message with !undo at the top.", "Undo it"},
                   {"send", COMMAND_SEND, "Do you want to send yours as well?", "Reply to this message with !send at the top.", "Send it"}},
                  {{"undo", COMMAND_UNDO, "Blev det fel?", "Svara på det här mejlet med !ångra överst.", "Ångra"},
                   {"send", COMMAND_SEND, "Vill du skicka ditt svar ändå?", "Svara på det här mejlet med !skicka överst.", "Skicka ändå"}}};

static const struct offer *offer_of(const char *template, const char *lang)
{
	const struct offer *o = offers[letter_swedish(lang)];
	return strcmp(template, "receipt") == 0 ? &o[0] : strcmp(template, "held") == 0 ? &o[1] : NULL;
}

/* Sets the offer in the text, and returns the HTML for its mark; NULL: none. */
static char *make_offer(const struct letter_ground *g, const struct offer *f, const char *to, const char *lang, struct values *s, struct values *marked)
{
	char *link = links_one(g, to, lang, f->kind, f->words), *text = mem_fmt("%s %s", f->asks, f->how), *mark = mem_fmt("%s %s", f->asks, MARK_LINKS);
	values_mark(s, f->name, text);
	values_mark(marked, f->name, link ? mark : text);
	free(text);
	free(mark);
	return link;
}

static char *make_links(const struct letter_ground *g, enum link_set set, const char *to, const char *lang, struct values *s, struct values *marked)
{
	struct links l;
	links_make(g, to, lang, set, &l);
	values_mark(s, "links", l.text);
	values_mark(marked, "links", *l.html ? MARK_LINKS : l.text);
	char *html = *l.html ? mem_dup(l.html) : NULL;
	links_free(&l);
	return html;
}

static char *help_text(const char *lang)
{
	struct buf b = {0};
	command_help(lang, &b);
	return buf_take(&b);
}

static bool has_extra(const struct placeholder *extra, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(extra[i].name, name) == 0)
			return extra[i].value && *extra[i].value;
	return false;
}

/* Values twice: for the text, and for the HTML with its marks. Returns the HTML of the links, or NULL. */
static char *notice_values(const struct letter_ground *g, const char *to, const char *template, const char *lang, const struct placeholder *extra, size_t n,
                           struct values *s, struct values *marked)
{
	struct values *both[] = {s, marked};
	char *help = strcmp(template, "help") == 0 ? help_text(lang) : NULL;
	for (size_t i = 0; i < 2; i++) {
		values_extra(both[i], extra, n);
		values_make(g, lang, both[i]);
		if (help)
			values_text(both[i], "commands", help);
	}
	free(help);
	const struct offer *f = offer_of(template, lang);
	if (f && (f->kind != COMMAND_UNDO || has_extra(extra, n, "undo")))
		return make_offer(g, f, to, lang, s, marked);
	if (strcmp(template, "woke") == 0)
		return make_links(g, LINKS_WOKE, to, lang, s, marked);
	if (strcmp(template, "absent-alone") == 0)
		return make_links(g, LINKS_ABSENT, to, lang, s, marked);
	return NULL;
}

bool letter_notice(const struct letter_ground *g, const char *to, const char *template, const struct placeholder *extra, size_t n, const char *in_reply_to,
                   struct outbox_item *out, struct err *e)
{
	const char *lang = g->config->office.languages.v[0];
	struct values s, marked;
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = in_reply_to, .references = &refs};
	if (strcmp(template, "absent") == 0 && !has_extra(extra, n, "deputy"))
		template = "absent-alone";
	if (in_reply_to)
		strs_add(&refs, in_reply_to);
	char *links = notice_values(g, to, template, lang, extra, n, &s, &marked);
	const struct notice notice = {"notice", template, lang, to, in_reply_to ? "auto-replied" : "auto-generated", TOKEN_NOTICE, links, &marked};
	bool ok = letter_made(g, &notice, &o, &s, out, e);
	values_free(&s);
	values_free(&marked);
	strs_free(&refs);
	free(links);
	return ok;
}

bool letter_failed(const struct letter_ground *g, const char *to, const char *recipient, const char *error, struct outbox_item *out, struct err *e)
{
	const struct placeholder extra[] = {{"recipient", recipient}, {"error", error}};
	return letter_notice(g, to, "delivery-failed", extra, 2, NULL, out, e);
}

bool letter_overdue(const struct letter_ground *g, const char *to, const struct part *p, struct outbox_item *out, struct err *e)
{
	const char *lang = g->config->office.languages.v[0];
	const char *topic = p->topic ? config_topic_title(g->config, config_topic_index(g->config, p->topic), lang) : NULL;
	char *due = letter_due_line(p->due, lang);
	const struct placeholder extra[] = {{"division", p->addr && *p->addr ? p->addr : topic}, {"due", due}, {"question", p->question && *p->question ? p->question : g->ticket->subject}};
	bool ok = letter_notice(g, to, "part-overdue", extra, sizeof extra / sizeof *extra, NULL, out, e);
	free(due);
	return ok;
}
