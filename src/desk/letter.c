#include "desk/letter.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "config/template.h"
#include "desk/caution.h"
#include "mail/address.h"
#include "store/message.h"

enum { ID_BYTES = 16, WHY_MAX = 400 };

const char *letter_language(const struct config *c, const char *lang)
{
	if (lang && strs_has_case(&c->office.languages, lang))
		return lang;
	if (strs_has_case(&c->office.languages, "en"))
		return "en";
	return c->office.languages.v[0];
}

static char *ticket_name(const struct letter_ground *g)
{
	return mem_fmt("%s-%lld", g->config->office.tag, (long long)g->ticket->id);
}

static bool fresh_id(const struct letter_ground *g, char **out, struct err *e)
{
	unsigned char random[ID_BYTES];
	char hex[2 * ID_BYTES + 1];
	if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) != 0)
		return err_set(e, ERR_TEMPORARY, "there are no random numbers to make a Message-ID of");
	for (size_t i = 0; i < sizeof random; i++)
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	*out = mem_fmt("%s-%lld.%s@%s", g->config->office.tag, (long long)g->ticket->id, hex, address_domain(g->config->office.address));
	return true;
}

/* The values that templates may name; owned ones are freed by values_free(). */
struct values {
	char *ticket, *confidence, *why, *caution;
	struct placeholder v[16];
	size_t n;
};

static void put(struct values *s, const char *name, const char *value)
{
	s->v[s->n++] = (struct placeholder){name, value ? value : ""};
}

static const char *origin_word(const struct letter_ground *g, const char *lang)
{
	bool sv = strcmp(lang, "sv") == 0;
	if (g->ticket->internal)
		return sv ? "internt" : "internal";
	return sv ? "externt" : "external";
}

static char *person(const char *name, const char *addr)
{
	if (name && *name && addr && *addr)
		return mem_fmt("%s <%s>", name, addr);
	return mem_dup(addr && *addr ? addr : name && *name ? name : "?");
}

static void values_make(const struct letter_ground *g, const char *lang, const char *why, struct values *s)
{
	const struct ticket *t = g->ticket;
	*s = (struct values){.ticket = ticket_name(g), .confidence = mem_fmt("%.0f %%", t->confidence * 100)};
	s->why = mem_dupn(why ? why : "", why ? utf8_cut(why, strlen(why), WHY_MAX) : 0);
	s->caution = caution_words(g->config, g->mail, lang);
	put(s, "ticket", s->ticket);
	put(s, "office", g->config->office.name);
	put(s, "address", g->config->office.address);
	put(s, "topic", config_topic_title(g->config, t->topic ? config_topic_index(g->config, t->topic) : -1, lang));
	put(s, "requester_address", *t->requester_addr ? t->requester_addr : "?");
	put(s, "origin", origin_word(g, lang));
	put(s, "confidence", s->confidence);
	put(s, "why", s->why);
	put(s, "subject", t->subject);
	put(s, "caution", s->caution);
}

static void values_free(struct values *s)
{
	free(s->ticket);
	free(s->confidence);
	free(s->why);
	free(s->caution);
}

static bool fill(const struct letter_ground *g, const char *lang, const char *template, const struct values *s, char **subject, struct buf *body, struct err *e)
{
	char *text = template_load(g->config->templates, lang, template, e);
	if (!text)
		return false;
	template_fill(text, s->v, s->n, subject, body);
	free(text);
	while (body->n && body->s[body->n - 1] == '\n')
		buf_cut(body, body->n - 1);
	return true;
}

static void escape_html(struct buf *out, const char *s, size_t n)
{
	size_t k;
	for (size_t i = 0; i < n; i += k) {
		k = 1;
		switch (s[i]) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		default: buf_addc(out, s[i]);
		}
	}
}

/* The block as HTML that needs nothing of the mail around it: "Label: value" lines, the label in bold. */
static char *block_html(const char *text)
{
	struct buf b = {0};
	buf_adds(&b, "<div style=\"margin:0 0 16px 0;padding:10px 14px;border-left:4px solid #2a6496;background:#f3f6f9;color:#222;"
	             "font:14px/1.45 Arial,Helvetica,sans-serif;text-align:left\">");
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n"), label = 0;
		while (label < n && label < 24 && s[label] != ':')
			label++;
		if (label < n && s[label] == ':' && s[label + 1] == ' ') {
			buf_adds(&b, "<b>");
			escape_html(&b, s, label + 1);
			buf_adds(&b, "</b>");
			escape_html(&b, s + label + 1, n - label - 1);
		} else {
			escape_html(&b, s, n);
		}
		s += n;
		if (*s == '\n') {
			buf_adds(&b, "<br>");
			s++;
		}
	}
	buf_adds(&b, "</div>");
	return buf_take(&b);
}

/* "[INT-42] " in front, unless it is there already. */
static char *tagged(const struct letter_ground *g, const char *subject)
{
	char *name = ticket_name(g), *tag = mem_fmt("[%s]", name), *out;
	out = subject && strstr(subject, tag) ? mem_dup(subject) : mem_fmt("%s %s", tag, subject ? subject : "");
	size_t n = strlen(out);
	while (n && out[n - 1] == ' ')
		out[--n] = '\0';
	free(name);
	free(tag);
	return out;
}

/* Takes over what the caller has made; the item's other fields. */
static void item_fields(const struct letter_ground *g, const char *kind, const char *sender, const char *to, struct outbox_item *out)
{
	out->ticket = g->ticket->id;
	out->kind = mem_dup(kind);
	out->sender = mem_dup(sender);
	out->recipient = mem_dup(to);
}

static bool compose_forward(const struct letter_ground *g, const struct outgoing *o, const char *text, const char *trouble, struct composed *out, struct err *e)
{
	if (trouble || g->mail->carry.n == 0)
		return compose_attach(o, text, g->raw_bytes, "original.eml", out, e);
	char *html = block_html(text);
	bool ok = compose_carry(o, &g->mail->carry, text, html, out, e);
	free(html);
	return ok;
}

/* Of a topic that was not found, no confidence is told. */
static const char *forward_template(const struct ticket *t, const struct forward_words *w)
{
	if (w->trouble)
		return "unreadable";
	if (w->kind != FORWARD_NEW)
		return "followup-block";
	return t->topic ? "forward-block" : "triage-block";
}

bool letter_forward(const struct letter_ground *g, const char *to, const struct strs *all, const struct forward_words *w, struct outbox_item *out,
                    struct err *e)
{
	const char *thread = w->thread, *trouble = w->trouble;
	const struct config *c = g->config;
	const struct mail *m = g->mail;
	const char *lang = c->office.languages.v[0];
	const char *who = m->from.name && *m->from.name ? m->from.name : m->from.addr && *m->from.addr ? m->from.addr : "?";
	char *sender = person(m->from.name, m->from.addr), *asker = person(g->ticket->requester_name, g->ticket->requester_addr);
	char *name = ticket_name(g), *via = mem_fmt("%s via %s", who, c->office.name), *subject = NULL;
	struct values s;
	struct buf body = {0};
	struct outgoing o = {.from = {via, c->office.address}, .reply_to = c->office.address, .date = g->now, .auto_submitted = "auto-generated", .ticket = name, .in_reply_to = thread};
	struct strs refs = {0};
	*out = (struct outbox_item){0};
	values_make(g, lang, w->why, &s);
	put(&s, "sender", sender);
	put(&s, "requester", asker);
	put(&s, "error", trouble);
	bool ok = fill(g, lang, forward_template(g->ticket, w), &s, &subject, &body, e) && fresh_id(g, &out->message_id, e);
	if (ok) {
		for (size_t i = 0; i < all->n; i++)
			mailboxes_add(&o.to, "", all->v[i]);
		if (thread)
			strs_add(&refs, thread);
		if (m->message_id)
			strs_add(&refs, m->message_id);
		item_fields(g, "forward", c->office.address, to, out);
		out->subject = trouble && subject ? mem_dup(subject) : tagged(g, m->subject);
		out->source = g->message;
		o.subject = out->subject;
		o.message_id = out->message_id;
		o.references = &refs;
		ok = compose_forward(g, &o, body.s, trouble, &out->mail, e);
	}
	out->text = buf_take(&body);
	if (!ok)
		outbox_item_free(out);
	values_free(&s);
	strs_free(&refs);
	mailboxes_free(&o.to);
	free(subject);
	free(sender);
	free(asker);
	free(name);
	free(via);
	return ok;
}

/* A mail of plain text from a template, from the office, with the null reverse-path. */
static bool letter_text(const struct letter_ground *g, const char *kind, const char *template, const char *lang, const char *to, const char *automatic,
                        struct outgoing *o, struct values *s, struct outbox_item *out, struct err *e)
{
	const struct config *c = g->config;
	char *subject = NULL, *name = ticket_name(g);
	struct buf body = {0};
	*out = (struct outbox_item){0};
	bool ok = fill(g, lang, template, s, &subject, &body, e) && fresh_id(g, &out->message_id, e);
	if (ok) {
		item_fields(g, kind, "", to, out);
		out->subject = tagged(g, subject);
		o->from = (struct mailbox){c->office.name, c->office.address};
		o->subject = out->subject;
		o->date = g->now;
		o->message_id = out->message_id;
		o->auto_submitted = automatic;
		o->ticket = name;
		o->lang = lang;
		mailboxes_add(&o->to, "", to);
		buf_addc(&body, '\n');
		ok = compose_text(o, body.s, &out->mail, e);
	}
	out->text = buf_take(&body);
	if (!ok)
		outbox_item_free(out);
	mailboxes_free(&o->to);
	free(subject);
	free(name);
	return ok;
}

bool letter_answer(const struct letter_ground *g, const char *kind, const char *template, const char *to, struct outbox_item *out, struct err *e)
{
	const char *lang = letter_language(g->config, g->ticket->lang);
	struct values s;
	struct strs refs = {0};
	struct outgoing o = {.in_reply_to = g->mail->message_id, .references = &refs};
	for (size_t i = 0; i < g->mail->references.n; i++)
		strs_add(&refs, g->mail->references.v[i]);
	if (g->mail->message_id)
		strs_add(&refs, g->mail->message_id);
	values_make(g, lang, NULL, &s);
	bool ok = letter_text(g, kind, template, lang, to, "auto-replied", &o, &s, out, e);
	values_free(&s);
	strs_free(&refs);
	return ok;
}

bool letter_failed(const struct letter_ground *g, const char *to, const char *recipient, const char *error, struct outbox_item *out, struct err *e)
{
	const char *lang = g->config->office.languages.v[0];
	struct values s;
	struct outgoing o = {0};
	values_make(g, lang, NULL, &s);
	put(&s, "recipient", recipient);
	put(&s, "error", error);
	bool ok = letter_text(g, "notice", "delivery-failed", lang, to, "auto-generated", &o, &s, out, e);
	values_free(&s);
	return ok;
}

bool letter_handed_over(const struct letter_ground *g, const char *to, const char *division, struct outbox_item *out, struct err *e)
{
	(void)division;
	return letter_answer(g, "answer", "handed-over", to, out, e);
}

bool letter_notice(const struct letter_ground *g, const char *to, const char *template, const struct placeholder *extra, size_t n, const char *in_reply_to,
                   struct outbox_item *out, struct err *e)
{
	struct values s;
	struct outgoing o = {.in_reply_to = in_reply_to};
	values_make(g, g->config->office.languages.v[0], NULL, &s);
	for (size_t i = 0; i < n && s.n < sizeof s.v / sizeof *s.v; i++)
		put(&s, extra[i].name, extra[i].value);
	bool ok = letter_text(g, "notice", template, g->config->office.languages.v[0], to, "auto-replied", &o, &s, out, e);
	values_free(&s);
	return ok;
}

/* A colleague's words as a mail from the office. */
static bool letter_words(const struct letter_ground *g, const char *kind, const char *recipient, const struct strs *to, const struct strs *cc,
                         const struct reply_words *w, struct outbox_item *out, struct err *e)
{
	char *name = ticket_name(g), *subject = NULL;
	struct outgoing o = {.from = {g->config->office.name, g->config->office.address}, .date = g->now, .ticket = name,
	                     .in_reply_to = w->in_reply_to, .references = w->references};
	*out = (struct outbox_item){0};
	bool ok = fresh_id(g, &out->message_id, e);
	if (ok) {
		for (size_t i = 0; to && i < to->n; i++)
			mailboxes_add(&o.to, "", to->v[i]);
		for (size_t i = 0; cc && i < cc->n; i++)
			mailboxes_add(&o.cc, "", cc->v[i]);
		item_fields(g, kind, g->config->office.address, recipient, out);
		subject = mem_fmt("%s%s", str_starts(g->ticket->subject, "Re: ") ? "" : "Re: ", g->ticket->subject);
		out->subject = mem_dup(subject);
		out->text = mem_dup(w->text);
		o.subject = subject;
		o.message_id = out->message_id;
		ok = compose_text(&o, w->text, &out->mail, e);
	}
	if (!ok)
		outbox_item_free(out);
	mailboxes_free(&o.to);
	mailboxes_free(&o.cc);
	free(subject);
	free(name);
	return ok;
}

bool letter_reply(const struct letter_ground *g, const char *recipient, const struct reply_words *w, struct outbox_item *out, struct err *e)
{
	return letter_words(g, "reply", recipient, w->to, w->cc, w, out, e);
}

bool letter_question(const struct letter_ground *g, const struct part *p, const struct reply_words *w, struct outbox_item *out, struct err *e)
{
	(void)p;
	return letter_words(g, "question", w->to->v[0], w->to, NULL, w, out, e);
}

char *letter_time(int64_t when, const char *lang)
{
	static const char *const months[][12] = {
		{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}};
	bool sv = lang && strcmp(lang, "sv") == 0;
	time_t t = (time_t)when;
	struct tm tm;
	if (!localtime_r(&t, &tm))
		return mem_dup("?");
	return mem_fmt(sv ? "den %d %s kl. %02d.%02d" : "on %d %s at %02d:%02d", tm.tm_mday, months[sv][tm.tm_mon], tm.tm_hour, tm.tm_min);
}

bool letter_post(struct db *d, struct outbox_item *item, int64_t now, struct err *e)
{
	int64_t id;
	bool ok = outbox_add(d, item, now, &id, e) && thread_add(d, item->message_id, item->ticket, true, e);
	outbox_item_free(item);
	return ok;
}
