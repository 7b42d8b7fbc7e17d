#include "config/config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/address.h"

static void oauth2_free(struct config_oauth2 *o)
{
	if (!o)
		return;
	free(o->token_url);
	free(o->device_url);
	free(o->visit_url);
	free(o->scope);
	free(o->client_id);
	free(o->secret_file);
	free(o->certificate_file);
	free(o->key_file);
	free(o->token_file);
	free(o->ca_file);
	free(o);
}

static void server_free(struct config_server *s)
{
	oauth2_free(s->oauth2);
	free(s->host);
	free(s->user);
	free(s->password_file);
	free(s->ca_file);
}

static void cond_free(struct cond *c)
{
	for (size_t i = 0; i < c->n_patterns; i++)
		pattern_free(c->patterns[i]);
	free(c->patterns);
	strs_free(&c->words);
	free(c->header);
	for (size_t i = 0; i < c->n_sub; i++)
		cond_free(&c->sub[i]);
	free(c->sub);
}

static void topic_free(struct config_topic *t)
{
	free(t->name);
	strs_free(&t->title_langs);
	strs_free(&t->titles);
	strs_free(&t->staff);
	strs_free(&t->members);
	free(t->lead);
	strs_free(&t->terms);
}

static void person_free(struct config_person *p)
{
	free(p->address);
	free(p->name);
	strs_free(&p->aliases);
	free(p->deputy);
}

static void rule_free(struct config_rule *r)
{
	free(r->name);
	free(r->file);
	cond_free(&r->when);
	free(r->topic);
	free(r->second);
	free(r->answer);
	strs_free(&r->forward_to);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	free(c->file);
	free(c->office.name);
	free(c->office.address);
	free(c->office.tag);
	strs_free(&c->office.aliases);
	strs_free(&c->office.languages);
	strs_free(&c->office.internal);
	free(c->office.timezone);
	free(c->office.answer_from);
	if (c->smtp.oauth2 == c->imap.server.oauth2)
		c->smtp.oauth2 = NULL;
	server_free(&c->imap.server);
	free(c->imap.inbox);
	free(c->imap.folder);
	server_free(&c->smtp);
	free(c->store.path);
	free(c->metrics.file);
	strs_free(&c->staff.members);
	free(c->staff.authserv_id);
	for (size_t i = 0; i < c->staff.n_people; i++)
		person_free(&c->staff.people[i]);
	free(c->staff.people);
	strs_free(&c->triage.title_langs);
	strs_free(&c->triage.titles);
	strs_free(&c->triage.staff);
	free(c->triage.lead);
	strs_free(&c->triage.terms);
	free(c->templates);
	for (size_t i = 0; i < c->n_topics; i++)
		topic_free(&c->topics[i]);
	free(c->topics);
	for (size_t i = 0; i < c->n_rules; i++)
		rule_free(&c->rules[i]);
	free(c->rules);
	classifier_free(c->classifier);
	free(c);
}

void problems_free(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].file);
		free(p->v[i].message);
	}
	free(p->v);
	*p = (struct problems){0};
}

int config_topic_index(const struct config *c, const char *name)
{
	for (size_t i = 0; name && i < c->n_topics; i++)
		if (c->topics[i].name && strcmp(c->topics[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool is_topic(const struct config *c, int topic)
{
	return topic >= 0 && (size_t)topic < c->n_topics;
}

const char *config_topic_name(const struct config *c, int topic)
{
	return is_topic(c, topic) ? c->topics[topic].name : "triage";
}

static const char *title_in(const struct strs *langs, const struct strs *titles, const char *lang)
{
	for (size_t i = 0; lang && i < langs->n; i++)
		if (strcmp(langs->v[i], lang) == 0)
			return titles->v[i];
	return NULL;
}

const char *config_topic_title(const struct config *c, int topic, const char *lang)
{
	bool triage = !is_topic(c, topic);
	const struct strs *langs = triage ? &c->triage.title_langs : &c->topics[topic].title_langs;
	const struct strs *titles = triage ? &c->triage.titles : &c->topics[topic].titles;
	const char *title = title_in(langs, titles, lang);
	if (!title && triage && lang && strcmp(lang, "sv") == 0)
		title = "Allmän fråga";
	if (!title)
		title = title_in(langs, titles, "en");
	if (!title && titles->n)
		title = titles->v[0];
	return title ? title : triage ? "General inquiry" : c->topics[topic].name;
}

double config_threshold(const struct config *c, int topic)
{
	double own = c->classifier ? classifier_threshold(c->classifier, topic) : 0;
	return own > 0 || !is_topic(c, topic) ? own : c->triage.confidence;
}

const struct strs *config_topic_staff(const struct config *c, int topic)
{
	return is_topic(c, topic) ? &c->topics[topic].staff : &c->triage.staff;
}

/* "int+x@uni.example" is int@uni.example: the detail is ours to hand out (RFC 5233). */
static bool same_but_detail(const char *addr, const char *own)
{
	if (!own)
		return false;
	const char *at = strrchr(addr, '@'), *own_at = strrchr(own, '@');
	if (!at || !own_at || !address_same(at, own_at))
		return false;
	size_t n = (size_t)(at - addr), m = (size_t)(own_at - own);
	return n >= m && strncasecmp(addr, own, m) == 0 && (n == m || addr[m] == '+');
}

bool config_is_own_address(const struct config *c, const char *addr)
{
	if (!addr)
		return false;
	if (same_but_detail(addr, c->office.address))
		return true;
	for (size_t i = 0; i < c->office.aliases.n; i++)
		if (same_but_detail(addr, c->office.aliases.v[i]))
			return true;
	return false;
}

bool config_is_internal(const struct config *c, const char *addr)
{
	const char *domain = addr ? address_domain(addr) : "";
	for (size_t i = 0; i < c->office.internal.n; i++)
		if (domain_within(domain, c->office.internal.v[i]))
			return true;
	return false;
}

const struct config_person *config_person(const struct config *c, const char *addr)
{
	for (size_t i = 0; addr && i < c->staff.n_people; i++) {
		const struct config_person *p = &c->staff.people[i];
		if ((p->address && address_same(p->address, addr)) || strs_has_case(&p->aliases, addr))
			return p;
	}
	return NULL;
}

static bool matches(const struct strs *patterns, const char *addr)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (str_glob(patterns->v[i], addr))
			return true;
	return false;
}

bool config_is_staff(const struct config *c, const char *addr)
{
	if (!addr)
		return false;
	if (matches(&c->staff.members, addr) || config_person(c, addr) || strs_has_case(&c->triage.staff, addr))
		return true;
	for (size_t i = 0; i < c->n_topics; i++)
		if (strs_has_case(&c->topics[i].staff, addr) || matches(&c->topics[i].members, addr))
			return true;
	return false;
}
