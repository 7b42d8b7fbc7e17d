/* What templates are filled with. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "desk/caution.h"
#include "letter_parts.h"
#include "mail/address.h"
#include "store/part.h"

enum { WHY_MAX = 400, NAME_MAX_BYTES = 80, QUESTION_MAX = 300, CC_SHOWN = 6, LABEL_MOST = 28, WIDTH_LEAST = 62, NAME_LENGTH = 14 };
static const double SURE = 0.995;

/* What cannot stand in a template, because it depends; filled in as one. */
static const struct speech {
	const char *internal, *external, *sure, *nobody;
	const char *answer, *answer_cc, *direct, *unknown; /* to staff; direct: where nobody acts by mail */
	const char *part, *part_owner;                     /* to the second topic's staff */
	const char *handover, *handover_watch;             /* to another division */
	const char *open[3];                               /* parts: none, one, several */
	const char *due, *was_due;
} speeches[2] = {
	{"internal", "external", "{why} (confidence {confidence})", "the sender",
	 "Reply, and your answer goes to {name} from the office's address.", "Reply, and your answer goes to {name} and {n} in copy, from the office's address.",
	 "To answer: write to {requester_address} with a copy (Cc) to {address}, so that the ticket keeps your answer.",
	 "The sender's address is not known, so there is nobody to answer.",
	 "Reply, and your answer goes to the colleagues who have the ticket. They answer {name}.", "Reply, and your answer goes to {owner}, who answers {name}.",
	 "Reply, and your answer goes straight to {name}.", "Reply, and your answer goes straight to {name}, and to us.",
	 {"no part is open any more", "1 part is still open", "{n} parts are still open"}, "We need the answer by {day}.", "We had hoped for an answer by {day}."},
	{"internt", "externt", "{why} (säkerhet {confidence})", "avsändaren",
	 "Svara, så går svaret till {name} från kontorets adress.", "Svara, så går svaret till {name} och {n} på kopia, från kontorets adress.",
	 "Så svarar du: skriv till {requester_address} och sätt {address} som kopia, så följer svaret med i ärendet.",
	 "Avsändarens adress är okänd, så det finns ingen att svara.",
	 "Svara, så går svaret till kollegorna som har ärendet. De svarar {name}.", "Svara, så går svaret till {owner}, som svarar {name}.",
	 "Svara, så går svaret direkt till {name}.", "Svara, så går svaret direkt till {name}, och till oss.",
	 {"ingen del är öppen längre", "1 del är fortfarande öppen", "{n} delar är fortfarande öppna"}, "Vi behöver svaret senast {day}.", "Vi hade hoppats på svar senast {day}."}};

static const struct speech *speech_in(const char *lang)
{
	return &speeches[letter_swedish(lang)];
}

static bool is_deceptive(uint32_t c) /* turns the reading direction, or ends a line unseen */
{
	return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static char *clean(const char *s, bool lines)
{
	struct buf b = {0};
	size_t n = strlen(s);
	buf_reserve(&b, n + 1);
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (lines && (c == '\n' || c == '\t'))
			buf_addc(&b, s[i]);
		else if (c < ' ' || (c >= 0x7F && c < 0xA0))
			buf_adds(&b, lines ? "" : " ");
		else if (lines || !is_deceptive(c))
			buf_add(&b, s + i, k);
	}
	return buf_take(&b);
}

static void put(struct values *s, const char *name, char *value) /* takes over value */
{
	if (s->n < VALUES_MOST)
		s->v[s->n++] = (struct placeholder){name, value};
	strs_own(&s->owned, value);
}

void values_line(struct values *s, const char *name, const char *value)
{
	put(s, name, clean(value ? value : "", false));
}

void values_text(struct values *s, const char *name, const char *value)
{
	char *text = clean(value ? value : "", true);
	size_t n = strlen(text);
	while (n && strchr("\n\t ", text[n - 1]))
		text[--n] = '\0';
	put(s, name, text);
}

void values_mark(struct values *s, const char *name, const char *value)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0) {
			char *copy = mem_dup(value);
			strs_own(&s->owned, copy);
			s->v[i].value = copy;
			return;
		}
	put(s, name, mem_dup(value));
}

const char *values_get(const struct values *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0)
			return s->v[i].value;
	return "";
}

void values_extra(struct values *s, const struct placeholder *extra, size_t n)
{
	*s = (struct values){0};
	for (size_t i = 0; i < n; i++)
		values_text(s, extra[i].name, extra[i].value);
}

void values_free(struct values *s)
{
	strs_free(&s->owned);
	*s = (struct values){0};
}

/* Whom an answer goes to, as a name: of a stranger's making, so it is cut. */
static char *requester_name(const struct letter_ground *g, const char *lang)
{
	const struct ticket *t = g->ticket;
	const char *s = t->requester_name && *t->requester_name ? t->requester_name : t->requester_addr && *t->requester_addr ? t->requester_addr : speech_in(lang)->nobody;
	return mem_dupn(s, utf8_cut(s, strlen(s), NAME_MAX_BYTES));
}

static char *say(const char *sentence, const struct placeholder *v, size_t n)
{
	char *subject;
	struct buf b = {0};
	template_fill(sentence, v, n, &subject, &b);
	free(subject);
	return buf_take(&b);
}

/* The topic's reason, and how sure it is; but a person or a rule is, and of a topic that was not found nothing is. */
static char *why_words(const struct letter_ground *g, const char *why, const char *lang)
{
	char *words = mem_dupn(why ? why : "", why ? utf8_cut(why, strlen(why), WHY_MAX) : 0);
	if (!*words || !g->ticket->topic || g->ticket->confidence >= SURE)
		return words;
	char *confidence = mem_fmt("%.0f %%", g->ticket->confidence * 100);
	const struct placeholder v[] = {{"why", words}, {"confidence", confidence}};
	char *all = say(speech_in(lang)->sure, v, sizeof v / sizeof *v);
	free(words);
	free(confidence);
	return all;
}

/* Where a reply goes: the sentence of the kind of forward. */
static const char *reply_sentence(const struct letter_ground *g, const struct forward_words *w, const struct speech *s)
{
	bool known = g->ticket->requester_addr && *g->ticket->requester_addr;
	if (w->kind == FORWARD_PART)
		return g->ticket->owner ? s->part_owner : s->part;
	if (!known)
		return s->unknown;
	if (w->kind == FORWARD_HANDOVER)
		return w->part && w->part->watch ? s->handover_watch : s->handover;
	if (!g->config->staff.commands)
		return s->direct;
	return w->cc && w->cc->n ? s->answer_cc : s->answer;
}

/* With the address where answers go elsewhere than the mail came from. */
static char *answered_name(const struct letter_ground *g, const char *lang)
{
	char *name = requester_name(g, lang), *both;
	if (!g->ticket->answer_addr || address_same(g->ticket->answer_addr, g->ticket->requester_addr))
		return name;
	both = mem_fmt("%s (%s)", name, g->ticket->answer_addr);
	free(name);
	return both;
}

static char *reply_line(const struct letter_ground *g, const struct forward_words *w, const char *lang)
{
	char *name = answered_name(g, lang), *owner = letter_who(g->config, g->ticket->owner), *n = mem_fmt("%zu", w->cc ? w->cc->n : 0);
	const struct placeholder v[] = {{"name", name}, {"owner", owner}, {"n", n}, {"address", g->config->office.address},
	                                {"requester_address", g->ticket->requester_addr}};
	char *line = say(reply_sentence(g, w, speech_in(lang)), v, sizeof v / sizeof *v);
	free(name);
	free(owner);
	free(n);
	return line;
}

char *letter_due_line(int64_t due, int64_t now, const char *lang)
{
	if (due == 0)
		return mem_dup("");
	char *day = letter_day(due, lang);
	const struct placeholder v[] = {{"day", day}};
	char *line = say(due < now ? speech_in(lang)->was_due : speech_in(lang)->due, v, 1);
	free(day);
	return line;
}

static char *open_words(int64_t n, const char *lang)
{
	char *number = mem_fmt("%lld", (long long)n);
	const struct placeholder v[] = {{"n", number}};
	char *words = say(speech_in(lang)->open[n <= 0 ? 0 : n == 1 ? 1 : 2], v, 1);
	free(number);
	return words;
}

static bool same_sender(const struct letter_ground *g)
{
	return !g->mail->from.addr || address_same(g->mail->from.addr, g->ticket->requester_addr);
}

void values_make(const struct letter_ground *g, const char *lang, struct values *s)
{
	const struct ticket *t = g->ticket;
	const struct config *c = g->config;
	const struct mail *m = g->mail;
	char *name = requester_name(g, lang), *confidence = mem_fmt("%.0f %%", t->confidence * 100), *caution = caution_words(c, m, lang);
	char *asker = letter_person(t->requester_name, t->requester_addr), *sender = letter_person(m->from.name, m->from.addr), *ticket = letter_ticket(g);
	values_line(s, "ticket", ticket);
	values_line(s, "office", c->office.name);
	values_line(s, "address", c->office.address);
	values_line(s, "topic", config_topic_title(c, t->topic ? config_topic_index(c, t->topic) : -1, lang));
	values_line(s, "name", name);
	values_line(s, "requester", asker);
	values_line(s, "requester_address", t->requester_addr && *t->requester_addr ? t->requester_addr : "?");
	values_line(s, "asker", same_sender(g) ? "" : asker);
	values_line(s, "sender", sender);
	values_line(s, "origin", t->internal ? speech_in(lang)->internal : speech_in(lang)->external);
	values_line(s, "confidence", confidence);
	values_line(s, "subject", t->subject);
	values_text(s, "caution", caution);
	free(name);
	free(confidence);
	free(caution);
	free(asker);
	free(sender);
	free(ticket);
}

static char *cc_names(const struct strs *cc)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (size_t i = 0; cc && i < cc->n && i < CC_SHOWN; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", cc->v[i]);
	if (cc && cc->n > CC_SHOWN)
		buf_addf(&b, " + %zu", cc->n - CC_SHOWN);
	return buf_take(&b);
}

static void values_part(const struct letter_ground *g, const struct part *p, const char *lang, struct values *s)
{
	char *number = mem_fmt("%d", p->number), *due = letter_due_line(p->due, g->now, lang);
	const char *topic = p->topic ? config_topic_title(g->config, config_topic_index(g->config, p->topic), lang) : "";
	const char *question = p->question ? p->question : "";
	char *shown = mem_dupn(question, utf8_cut(question, strlen(question), QUESTION_MAX));
	values_line(s, "part", number);
	values_line(s, "second", topic);
	values_line(s, "question", shown);
	values_line(s, "due", due);
	free(number);
	free(due);
	free(shown);
}

void values_forward(const struct letter_ground *g, const struct forward_words *w, const char *lang, struct values *s)
{
	char *why = why_words(g, w->why, lang), *cc = cc_names(w->cc), *reply = reply_line(g, w, lang), *open = open_words(w->open_parts, lang);
	bool called = w->warning && (str_starts(w->warning, "Obs:") || str_starts(w->warning, "Note:"));
	char *warning = mem_fmt("%s%s", called ? "" : letter_swedish(lang) ? "Obs: " : "Note: ", w->warning ? w->warning : "");
	values_line(s, "why", why);
	values_line(s, "cc", cc);
	values_line(s, "reply", reply);
	values_line(s, "error", w->trouble);
	values_line(s, "warning", w->warning && *w->warning ? warning : "");
	values_line(s, "open", open);
	if (w->part)
		values_part(g, w->part, lang, s);
	free(why);
	free(cc);
	free(reply);
	free(open);
	free(warning);
}

/* A placeholder is taken for a name. */
static size_t characters(const char *s, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		k += s[i] == '{' ? NAME_LENGTH : ((unsigned char)s[i] & 0xC0) != 0x80;
	return k;
}

static bool is_placeholder(const char *s, size_t n)
{
	return n > 2 && s[0] == '{' && memchr(s, '}', n) == s + n - 1;
}

static bool is_label(const char *s, size_t n)
{
	const char *colon = memchr(s, ':', n < LABEL_MOST ? n : LABEL_MOST);
	return colon && colon + 1 < s + n && colon[1] == ' ';
}

/* The line goes on in the next: it ends because the page did. */
static bool goes_on(const char *s, size_t n, const char *next)
{
	size_t m = strcspn(next, "\n"), word = strcspn(next, " \n");
	return m > 0 && *next != ' ' && !is_placeholder(s, n) && !is_placeholder(next, m) && !is_label(next, m) &&
	       characters(s, n) + 1 + characters(next, word) > WIDTH_LEAST;
}

/* A template's paragraphs on one line each, for HTML: what fills a page of 72 columns is ragged on a telephone. */
static char *unwrapped(const char *text)
{
	struct buf b = {0};
	buf_adds(&b, "");
	while (*text) {
		size_t n = strcspn(text, "\n");
		buf_add(&b, text, n);
		if (text[n] == '\n')
			buf_addc(&b, goes_on(text, n, text + n + 1) ? ' ' : '\n');
		text += n + (text[n] == '\n');
	}
	return buf_take(&b);
}

bool letter_fill(const struct letter_ground *g, const char *lang, const char *template, const struct values *s, bool unwrap, char **subject, struct buf *body,
                 struct err *e)
{
	char *text = template_load(g->config->templates, lang, template, e);
	*subject = NULL;
	if (!text)
		return false;
	char *flat = unwrap ? unwrapped(text) : NULL;
	template_fill(flat ? flat : text, s->v, s->n, subject, body);
	free(flat);
	free(text);
	while (body->n && body->s[body->n - 1] == '\n')
		buf_cut(body, body->n - 1);
	return true;
}
