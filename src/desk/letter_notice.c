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
	const char *sender;        /* reverse-path */
	const char *automatic;     /* Auto-Submitted */
	enum token_purpose purpose;
	unsigned nonce;
	const char *links;         /* HTML for MARK_LINKS */
	struct values text, html;  /* the latter with marks */
};

/* A mail from a template, from the office, as text and as HTML that says the same. */
static bool letter_made(const struct letter_ground *g, const struct notice *n, struct outgoing *o, struct outbox_item *out, struct err *e)
{
	const struct config *c = g->config;
	char *subject = NULL, *again = NULL, *tagged = NULL, *ticket = letter_ticket(g), *reply_to = NULL;
	struct buf body = {0}, marked = {0};
	*out = (struct outbox_item){0};
	bool ok = letter_fill(g, n->lang, n->template, &n->text, false, &subject, &body, e) && letter_fill(g, n->lang, n->template, &n->html, true, &again, &marked, e) &&
	          letter_id(g, n->to, n->purpose, n->nonce, &out->message_id, &reply_to, e);
	if (ok) {
		tagged = letter_tagged(g, subject);
		letter_item(g, n->kind, n->sender, n->to, tagged, out);
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
		struct answer a = {.html = html_notice(marked.s, n->links ? n->links : "")};
		ok = compose_answer(o, &a, body.s, true, &out->mail, e);
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

/* Values twice: for the text, and for the HTML, where what somebody wrote is set apart. */
static void notice_begin(const struct letter_ground *g, const struct placeholder *extra, size_t n, struct notice *out)
{
	static const char *const quoted[] = {"text", "first", "question"};
	values_extra(&out->text, extra, n);
	values_extra(&out->html, extra, n);
	values_make(g, out->lang, &out->text);
	values_make(g, out->lang, &out->html);
	for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
		const char *value = values_get(&out->html, quoted[i]);
		char *marked = *value ? mem_fmt(MARK_QUOTE "%s" MARK_UNQUOTE, value) : NULL;
		if (marked)
			values_mark(&out->html, quoted[i], marked);
		free(marked);
	}
}

static void notice_end(struct notice *n)
{
	values_free(&n->text);
	values_free(&n->html);
}

/* An id with a token that was made for somebody else is not handed on, also to one who got hold of it. */
static bool may_see(const struct letter_ground *g, const char *id, const char *to)
{
	char word[TOKEN_TEXT + 1];
	struct token t;
	for (const char *s = id; g->keys && (s = token_find(s, word)) != NULL;)
		if (token_check(g->keys, word, to, g->now, &t) != TOKEN_GOOD)
			return false;
	return true;
}

static bool to_requester(const struct letter_ground *g, const char *kind, const char *template, const char *to, const struct placeholder *extra, size_t n,
                         struct outbox_item *out, struct err *e)
{
	struct notice notice = {.kind = kind, .template = template, .lang = letter_language(g->config, g->ticket->lang), .to = to, .sender = "", .automatic = "auto-replied",
	                        .purpose = TOKEN_REQUESTER};
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = g->mail->message_id, .references = &refs};
	for (size_t i = 0; i < g->mail->references.n; i++)
		if (may_see(g, g->mail->references.v[i], to))
			strs_add(&refs, g->mail->references.v[i]);
	if (g->mail->message_id)
		strs_add(&refs, g->mail->message_id);
	notice_begin(g, extra, n, &notice);
	bool ok = letter_made(g, &notice, &o, out, e);
	notice_end(&notice);
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

/* Each returns the HTML for MARK_LINKS, or NULL where there is none. */
static char *make_offer(const struct letter_ground *g, const struct offer *f, struct notice *n)
{
	char *link = links_one(g, n->to, n->lang, f->kind, f->words), *text = mem_fmt("%s %s", f->asks, f->how), *mark = mem_fmt("%s %s", f->asks, MARK_LINKS);
	values_mark(&n->text, f->name, text);
	values_mark(&n->html, f->name, link ? mark : text);
	free(text);
	free(mark);
	return link;
}

static char *make_links(const struct letter_ground *g, enum link_set set, struct notice *n)
{
	struct links l;
	links_make(g, n->to, n->lang, set, &l);
	values_mark(&n->text, "links", l.text);
	values_mark(&n->html, "links", *l.html ? MARK_LINKS : l.text);
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

static char *notice_links(const struct letter_ground *g, struct notice *n, const struct placeholder *extra, size_t n_extra)
{
	static const struct {
		const char *template;
		enum link_set set;
	} sets[] = {{"woke", LINKS_WOKE}, {"absent-alone", LINKS_ABSENT}, {"handover-quiet", LINKS_QUIET}};
	const struct offer *f = offer_of(n->template, n->lang);
	if (f && (f->kind != COMMAND_UNDO || has_extra(extra, n_extra, "undo")))
		return make_offer(g, f, n);
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (strcmp(n->template, sets[i].template) == 0)
			return make_links(g, sets[i].set, n);
	return NULL;
}

bool letter_notice(const struct letter_ground *g, const char *to, const char *template, const struct placeholder *extra, size_t n, const char *in_reply_to,
                   struct outbox_item *out, struct err *e)
{
	struct notice notice = {.kind = "notice", .template = template, .lang = g->config->office.languages.v[0], .to = to, .sender = "",
	                        .automatic = in_reply_to ? "auto-replied" : "auto-generated", .purpose = TOKEN_NOTICE};
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = in_reply_to, .references = &refs};
	if (strcmp(template, "absent") == 0 && !has_extra(extra, n, "deputy"))
		notice.template = "absent-alone";
	if (in_reply_to)
		strs_add(&refs, in_reply_to);
	notice_begin(g, extra, n, &notice);
	if (strcmp(template, "help") == 0) {
		char *help = help_text(notice.lang);
		values_text(&notice.text, "commands", help);
		values_text(&notice.html, "commands", help);
		free(help);
	}
	char *links = notice_links(g, &notice, extra, n);
	notice.links = links;
	bool ok = letter_made(g, &notice, &o, out, e);
	notice_end(&notice);
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
	char *due = letter_due_line(p->due, g->now, lang);
	const struct placeholder extra[] = {{"division", p->addr && *p->addr ? p->addr : topic}, {"due", due}, {"question", p->question && *p->question ? p->question : g->ticket->subject}};
	bool ok = letter_notice(g, to, "part-overdue", extra, sizeof extra / sizeof *extra, NULL, out, e);
	free(due);
	return ok;
}

bool letter_reminder(const struct letter_ground *g, const struct part *p, const char *to, const char *in_reply_to, struct outbox_item *out, struct err *e)
{
	struct notice n = {.kind = "question", .template = "part-reminder", .lang = letter_part_language(g, p), .to = to, .sender = g->config->office.address,
	                   .automatic = "auto-generated", .purpose = TOKEN_PART, .nonce = (unsigned)p->number};
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = in_reply_to, .references = &refs};
	char *due = letter_due_line(p->due, g->now, n.lang);
	const struct placeholder extra[] = {{"question", p->question && *p->question ? p->question : g->ticket->subject}, {"due", due}};
	if (in_reply_to)
		strs_add(&refs, in_reply_to);
	notice_begin(g, extra, sizeof extra / sizeof *extra, &n);
	bool ok = letter_made(g, &n, &o, out, e);
	notice_end(&n);
	strs_free(&refs);
	free(due);
	return ok;
}
