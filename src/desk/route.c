#include "desk/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"

enum { HIT_MAX = 80 };

/* The mail in the forms that conditions look at, folded once. */
struct subject_matter {
	const struct config *config;
	const struct mail *mail;
	char *subject, *body; /* folded */
	int topic;            /* by the terms; -1: triage */
};

struct hit { /* what made a rule hold, for its reason */
	const char *where;
	char what[HIT_MAX];
};

static bool any_pattern(const struct cond *k, const char *text, const char *folded, const char *where, struct hit *hit)
{
	char found[HIT_MAX];
	for (size_t i = 0; text && i < k->n_patterns; i++)
		if (pattern_match(k->patterns[i], text, folded, found, sizeof found)) {
			if (!hit->where) {
				hit->where = where;
				memcpy(hit->what, found, sizeof found);
			}
			return true;
		}
	return false;
}

static bool any_address(const struct cond *k, const struct mailboxes *l, struct hit *hit)
{
	for (size_t i = 0; i < l->n; i++)
		if (any_pattern(k, l->v[i].addr, l->v[i].addr, "to", hit))
			return true;
	return false;
}

static bool any_folded(const struct cond *k, const char *text, const char *where, struct hit *hit)
{
	char *folded = fold_text(text, strlen(text));
	bool yes = any_pattern(k, text, folded, where, hit);
	free(folded);
	return yes;
}

static bool any_header(const struct cond *k, const struct mail *m, struct hit *hit)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strcasecmp(m->fields[i].name, k->header) == 0 && any_folded(k, m->fields[i].value, k->header, hit))
			return true;
	return false;
}

static bool any_attachment(const struct cond *k, const struct mail *m, struct hit *hit)
{
	for (size_t i = 0; i < m->n_attachments; i++)
		if (any_folded(k, m->attachments[i].name, "attachment", hit))
			return true;
	return false;
}

static bool holds(const struct cond *k, const struct subject_matter *s, struct hit *hit)
{
	const struct mail *m = s->mail;
	switch (k->kind) {
	case COND_ALL:
		for (size_t i = 0; i < k->n_sub; i++)
			if (!holds(&k->sub[i], s, hit))
				return false;
		return true;
	case COND_ANY:
		for (size_t i = 0; i < k->n_sub; i++)
			if (holds(&k->sub[i], s, hit))
				return true;
		return false;
	case COND_NOT: {
		struct hit ignored = {0};
		for (size_t i = 0; i < k->n_sub; i++)
			if (!holds(&k->sub[i], s, &ignored))
				return true;
		return false;
	}
	case COND_FROM: return any_pattern(k, m->from.addr, m->from.addr, "from", hit);
	case COND_TO: return any_address(k, &m->to, hit) || any_address(k, &m->cc, hit);
	case COND_SUBJECT: return any_pattern(k, m->subject, s->subject, "subject", hit);
	case COND_BODY: return any_pattern(k, m->reply_text, s->body, "text", hit);
	case COND_HEADER: return any_header(k, m, hit);
	case COND_ATTACHMENT: return any_attachment(k, m, hit);
	case COND_TOPIC: return strs_has(&k->words, config_topic_name(s->config, s->topic));
	case COND_LANG: return strs_has(&k->words, m->lang ? m->lang : "unknown");
	case COND_KIND: return strs_has(&k->words, mail_kind_name(m->kind));
	case COND_INTERNAL: return k->flag == config_is_internal(s->config, m->from.addr);
	case COND_HAS_ATTACHMENT: return k->flag == (m->n_attachments > 0);
	}
	return false;
}

/* Rules are law: they stand before the terms among the reasons. */
static void add_reason(struct routing *out, const char *what, const char *where, int topic)
{
	struct verdict *v = &out->verdict;
	verdict_add(v, "rule", what, where, topic, 1.0);
	struct reason last = v->why[v->n_why - 1];
	memmove(v->why + out->rules.n + 1, v->why + out->rules.n, sizeof *v->why * (v->n_why - 1 - out->rules.n));
	v->why[out->rules.n] = last;
}

/* What a rule says overrides what was said before it, key by key. */
static void obey(const struct config *c, const struct config_rule *r, const struct hit *hit, struct routing *out)
{
	char *what = hit->where ? mem_fmt("%s (%s)", r->name, hit->what) : mem_dup(r->name);
	int topic = r->topic ? config_topic_index(c, r->topic) : -1;
	add_reason(out, what, hit->where ? hit->where : "mail", topic);
	free(what);
	strs_add(&out->rules, r->name);
	if (r->topic) {
		out->topic = out->guess = topic;
		out->confidence = 1.0;
		out->by_rule = true;
	}
	if (r->second)
		out->second = config_topic_index(c, r->second);
	if (r->answer)
		out->answer = r->answer;
	if (r->forward_to.n)
		out->forward_to = &r->forward_to;
	out->acknowledge = out->acknowledge && r->acknowledge;
}

void route_mail(const struct config *c, const struct mail *m, struct routing *out)
{
	*out = (struct routing){.topic = -1, .guess = -1, .second = -1, .acknowledge = true};
	classify_mail(c->classifier, m, &out->verdict);
	out->guess = out->verdict.topic;
	out->confidence = out->verdict.confidence;
	out->topic = out->confidence >= config_threshold(c, out->guess) ? out->guess : -1;
	out->second = out->verdict.second;
	struct subject_matter s = {c, m, fold_text(m->subject ? m->subject : "", m->subject ? strlen(m->subject) : 0),
	                           fold_text(m->reply_text ? m->reply_text : "", m->reply_text ? strlen(m->reply_text) : 0), out->topic};
	for (size_t i = 0; i < c->n_rules; i++) {
		struct hit hit = {0};
		if (!holds(&c->rules[i].when, &s, &hit))
			continue;
		obey(c, &c->rules[i], &hit, out);
		if (!c->rules[i].go_on)
			break;
	}
	if (out->second == out->topic)
		out->second = -1;
	free(s.subject);
	free(s.body);
}

const struct strs *routing_staff(const struct config *c, const struct routing *r)
{
	return r->forward_to ? r->forward_to : config_topic_staff(c, r->topic);
}

void routing_free(struct routing *r)
{
	verdict_free(&r->verdict);
	strs_free(&r->rules);
	*r = (struct routing){.topic = -1, .guess = -1, .second = -1};
}
