/* The mail in hand, on its way to staff or to another division. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "letter_parts.h"
#include "mail/address.h"
#include "store/part.h"

/* Of a topic that was not found, the links decide. */
static const char *template_of(const struct ticket *t, const struct forward_words *w)
{
	if (w->trouble)
		return "unreadable";
	switch (w->kind) {
	case FORWARD_NEW:
		break;
	case FORWARD_FOLLOWUP:
		return "followup-block";
	case FORWARD_PART:
		return "part-block";
	case FORWARD_PART_ANSWER:
		return "part-answer-block";
	case FORWARD_HANDOVER:
		return "handover-block";
	}
	return t->topic ? "forward-block" : "triage-block";
}

/* Those to whom the ticket is not, get no links. */
static bool is_theirs(const struct forward_words *w)
{
	return w->kind == FORWARD_NEW || w->kind == FORWARD_FOLLOWUP || w->kind == FORWARD_PART_ANSWER;
}

static bool forward_id(const struct letter_ground *g, const char *to, const struct forward_words *w, char **message_id, char **reply_to, struct err *e)
{
	if (is_theirs(w))
		return letter_id(g, to, TOKEN_STAFF, 0, message_id, reply_to, e);
	return letter_id(g, to, TOKEN_PART, w->part ? (unsigned)w->part->number : 0, message_id, reply_to, e);
}

static const char *language_of_reader(const struct letter_ground *g, const char *to, const struct forward_words *w)
{
	if (w->kind == FORWARD_HANDOVER && !config_is_internal(g->config, to))
		return letter_language(g->config, g->ticket->lang);
	return g->config->office.languages.v[0];
}

struct block {
	char *subject; /* of a mail that could not be read; else NULL */
	char *text, *html;
};

static char *cover_words(const struct forward_words *w, const char *lang)
{
	if (!w->cover || !*w->cover)
		return NULL;
	struct values s = {0};
	values_text(&s, "cover", w->cover);
	values_line(&s, "by", w->cover_by ? w->cover_by : "");
	char *words = !*s.v[1].value ? mem_dup(s.v[0].value) : mem_fmt(letter_swedish(lang) ? "%s skriver:\n\n%s" : "%s writes:\n\n%s", s.v[1].value, s.v[0].value);
	values_free(&s);
	return words;
}

/* In plain text a rule tells where the mail begins. */
static char *block_text(const char *cover, const char *lines)
{
	static const char rule[] = "----------------------------------------";
	return mem_fmt("%s%s%s\n%s", cover ? cover : "", cover ? "\n\n" : "", lines, rule);
}

static bool block_make(const struct letter_ground *g, const char *to, const struct forward_words *w, const char *lang, struct block *out, struct err *e)
{
	struct values s = {0};
	struct links links = {0};
	struct buf text = {0}, marked = {0};
	char *cover = cover_words(w, lang), *again = NULL;
	*out = (struct block){0};
	if (is_theirs(w))
		links_make(g, to, lang, g->ticket->topic ? LINKS_FORWARD : LINKS_TRIAGE, &links);
	values_make(g, lang, &s);
	values_forward(g, w, lang, &s);
	values_mark(&s, "links", links.text ? links.text : "");
	bool ok = letter_fill(g, lang, template_of(g->ticket, w), &s, false, &out->subject, &text, e);
	if (ok) {
		char *warning = mem_fmt("%s%s", w->warning && *w->warning ? MARK_STRONG : "", values_get(&s, "warning"));
		char *reply = mem_fmt(MARK_REPLY "%s", values_get(&s, "reply"));
		values_mark(&s, "warning", warning);
		values_mark(&s, "reply", reply);
		if (links.html && *links.html)
			values_mark(&s, "links", MARK_LINKS);
		free(warning);
		free(reply);
		ok = letter_fill(g, lang, template_of(g->ticket, w), &s, false, &again, &marked, e);
	}
	if (ok) {
		out->text = !w->trouble ? block_text(cover, text.s) : cover ? mem_fmt("%s\n\n%s", cover, text.s) : mem_dup(text.s);
		out->html = html_block(marked.s, links.html ? links.html : "", cover);
	}
	values_free(&s);
	links_free(&links);
	buf_free(&text);
	buf_free(&marked);
	free(cover);
	free(again);
	return ok;
}

static void block_free(struct block *b)
{
	free(b->subject);
	free(b->text);
	free(b->html);
}

static void reply_to(const struct letter_ground *g, const struct forward_words *w, const char *ours, struct outgoing *o)
{
	const char *requester = g->ticket->answer_addr ? g->ticket->answer_addr : g->ticket->requester_addr;
	o->reply_to = ours;
	if (w->kind != FORWARD_HANDOVER || !requester || !address_ok(requester))
		return;
	o->reply_to = requester;
	o->reply_also = w->part && w->part->watch ? ours : NULL;
}

bool letter_forward(const struct letter_ground *g, const char *to, const struct strs *all, const struct forward_words *w, struct outbox_item *out,
                    struct err *e)
{
	const struct config *c = g->config;
	const struct mail *m = g->mail;
	const char *lang = language_of_reader(g, to, w);
	const char *who = m->from.name && *m->from.name ? m->from.name : m->from.addr && *m->from.addr ? m->from.addr : "?";
	char *ticket = letter_ticket(g), *via = mem_fmt("%s via %s", who, c->office.name), *ours = NULL, *subject = NULL;
	struct block b;
	struct strs refs = {0};
	struct outgoing o = {.from = {via, c->office.address}, .date = g->now, .auto_submitted = "auto-generated", .ticket = ticket, .in_reply_to = w->thread, .references = &refs};
	*out = (struct outbox_item){0};
	bool ok = block_make(g, to, w, lang, &b, e) && forward_id(g, to, w, &out->message_id, &ours, e);
	if (ok) {
		for (size_t i = 0; i < all->n; i++)
			mailboxes_add(&o.to, "", all->v[i]);
		if (w->thread)
			strs_add(&refs, w->thread);
		if (m->message_id)
			strs_add(&refs, m->message_id);
		subject = w->trouble && b.subject ? mem_dup(b.subject) : letter_tagged(g, m->subject);
		letter_item(g, "forward", c->office.address, to, subject, out);
		out->source = g->message;
		out->text = mem_dup(b.text);
		o.subject = subject;
		o.message_id = out->message_id;
		reply_to(g, w, ours, &o);
		if (w->trouble || m->carry.n == 0)
			ok = compose_attach(&o, b.text, g->raw_bytes, "original.eml", &out->mail, e);
		else
			ok = html_carry_mail(g, &o, b.text, b.html, &out->mail, e);
	}
	if (!ok)
		outbox_item_free(out);
	block_free(&b);
	strs_free(&refs);
	mailboxes_free(&o.to);
	free(subject);
	free(ticket);
	free(via);
	free(ours);
	return ok;
}
