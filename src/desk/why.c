#include "desk/why.h"

#include <string.h>

#include "base/buf.h"

enum { TERMS = 4 };
static const double NEAR = 0.25; /* a guess below this share is none */

/* The few words that reasons are made of. */
struct speech {
	const char *lang, *rule, *nothing, *unsure, *nearest;
	const char *subject, *body, *forwarded, *attachment, *from, *private_mailbox;
};

static const struct speech speeches[] = {
	{"en", "rule", "no term of any topic was found", "no topic is clear enough", "nearest", "in the subject", "in the text", "in what was forwarded",
	 "in an attachment's name", "as the sender", "a private mailbox"},
	{"sv", "regeln", "inget ord för något ämne hittades", "inget ämne är tydligt nog", "närmast", "i ämnesraden", "i texten", "i det vidarebefordrade",
	 "i en bilagas namn", "som avsändare", "en privat e-postlåda"}};

static const struct speech *speech_in(const char *lang)
{
	for (size_t i = 0; i < sizeof speeches / sizeof *speeches; i++)
		if (lang && strcmp(speeches[i].lang, lang) == 0)
			return &speeches[i];
	return &speeches[0];
}

static const char *place(const struct speech *s, const char *where)
{
	const char *const known[][2] = {{"subject", s->subject}, {"body", s->body}, {"forwarded", s->forwarded}, {"attachment", s->attachment}, {"from", s->from}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i][0], where) == 0)
			return known[i][1];
	return where;
}

static void add_terms(struct buf *b, const struct speech *s, const struct verdict *v, int topic)
{
	const struct reason *told[TERMS];
	size_t n = verdict_told(v, topic, told, TERMS);
	for (size_t i = 0; i < n; i++) {
		const struct reason *y = told[i];
		const char *what = y->words ? y->words : strcmp(y->what, "from:private") == 0 ? s->private_mailbox : strncmp(y->what, "from:", 5) == 0 ? y->what + 5 : y->what;
		buf_addf(b, "%s%s %s", i ? ", " : "", what, place(s, y->where));
	}
}

char *routing_why(const struct config *c, const struct routing *r, const char *lang)
{
	const struct speech *s = speech_in(lang);
	struct buf b = {0};
	for (size_t i = 0; i < r->rules.n; i++)
		buf_addf(&b, "%s%s '%s'", i ? ", " : "", s->rule, r->rules.v[i]);
	if (r->by_rule)
		return buf_take(&b);
	if (b.n)
		buf_adds(&b, "; ");
	size_t before = b.n;
	if (r->topic < 0) {
		bool near = r->guess >= 0 && r->confidence >= NEAR;
		buf_adds(&b, near ? s->unsure : "");
		if (near)
			buf_addf(&b, ", %s %s (%.0f %%): ", s->nearest, config_topic_title(c, r->guess, lang), r->confidence * 100);
	}
	size_t said = b.n;
	add_terms(&b, s, &r->verdict, r->topic < 0 ? r->guess : r->topic);
	if (b.n == said) { /* no terms */
		buf_cut(&b, before);
		buf_adds(&b, r->verdict.n_why > r->rules.n ? s->unsure : s->nothing);
	}
	return buf_take(&b);
}
