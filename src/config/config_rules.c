/* rules: conditions on a mail, and what to do when they hold. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/rules.h"
#include "config/sections.h"

/* --- conditions --- */

static struct cond *add_sub(struct cond *to, enum cond_kind kind)
{
	to->sub = mem_resize(to->sub, to->n_sub + 1, sizeof *to->sub);
	to->sub[to->n_sub] = (struct cond){.kind = kind};
	return &to->sub[to->n_sub++];
}

static void add_pattern(struct reader *r, const struct node *n, struct cond *to, bool of_address)
{
	struct err e;
	struct pattern *p = of_address ? pattern_address(n->text, &e) : pattern_new(n->text, &e);
	if (!p) {
		reader_fault(r, n, "%s, in %s", e.text, r->where);
		return;
	}
	to->patterns = mem_resize(to->patterns, to->n_patterns + 1, sizeof(struct pattern *));
	to->patterns[to->n_patterns++] = p;
}

/* An address pattern without '@' matches no address, unless '*' stands for it. */
static bool address_pattern_ok(struct reader *r, const struct node *n)
{
	const char *s = n->text;
	if (*s == '/' || strchr(s, '@') || *s == '*' || s[strlen(s) - 1] == '*')
		return true;
	reader_fault(r, n, "'%s' matches no address: write '*@%s' for a domain, or the whole address, in %s", s, s, r->where);
	return false;
}

static bool nothing_named(struct reader *r, const struct node *n)
{
	if (texts_count(n) > 0)
		return false;
	reader_fault(r, n, "'%s' is an empty list, and holds for no mail: leave it out, or say what is looked for", n->name);
	return true;
}

static void read_patterns(struct reader *r, const struct node *n, struct cond *to, enum cond_kind kind)
{
	bool of_address = kind == COND_FROM || kind == COND_TO;
	if (nothing_named(r, n))
		return;
	struct cond *c = add_sub(to, kind);
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (t && (!of_address || address_pattern_ok(r, t)))
			add_pattern(r, t, c, of_address);
	}
}

static void when_from(struct reader *r, const struct node *n, void *to)
{
	read_patterns(r, n, to, COND_FROM);
}

static void when_to(struct reader *r, const struct node *n, void *to)
{
	read_patterns(r, n, to, COND_TO);
}

static void when_subject(struct reader *r, const struct node *n, void *to)
{
	read_patterns(r, n, to, COND_SUBJECT);
}

static void when_body(struct reader *r, const struct node *n, void *to)
{
	read_patterns(r, n, to, COND_BODY);
}

static bool check_kind(struct reader *r, const struct node *n, const char *text)
{
	const char *known[MAIL_KINDS];
	enum mail_kind kind;
	if (mail_kind_by_name(text, &kind))
		return true;
	for (int i = 0; i < MAIL_KINDS; i++)
		known[i] = mail_kind_name((enum mail_kind)i);
	char *hint = did_you_mean(text, known, MAIL_KINDS);
	reader_fault(r, n, "unknown kind of mail '%s'%s", text, hint);
	free(hint);
	return false;
}

static bool check_told_language(struct reader *r, const struct node *n, const char *text)
{
	return strcmp(text, "unknown") == 0 || check_language(r, n, text);
}

static void read_words(struct reader *r, const struct node *n, struct cond *to, enum cond_kind kind,
                       bool (*check)(struct reader *, const struct node *, const char *))
{
	if (nothing_named(r, n))
		return;
	struct cond *c = add_sub(to, kind);
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		if (t && check(r, t, t->text))
			strs_add(&c->words, t->text);
	}
}

static void when_topic(struct reader *r, const struct node *n, void *to)
{
	read_words(r, n, to, COND_TOPIC, check_topic);
}

static void when_lang(struct reader *r, const struct node *n, void *to)
{
	read_words(r, n, to, COND_LANG, check_told_language);
}

static void when_kind(struct reader *r, const struct node *n, void *to)
{
	read_words(r, n, to, COND_KIND, check_kind);
}

static void when_internal(struct reader *r, const struct node *n, void *to)
{
	(void)r;
	add_sub(to, COND_INTERNAL)->flag = n->flag;
}

/* true, false, or what the name of one of them looks like */
static void when_attachment(struct reader *r, const struct node *n, void *to)
{
	if (n->type == NODE_FLAG) {
		add_sub(to, COND_HAS_ATTACHMENT)->flag = n->flag;
	} else if (n->type == NODE_TEXT || n->type == NODE_LIST) {
		texts_read(r, n, n->name, NULL);
		read_patterns(r, n, to, COND_ATTACHMENT);
	} else {
		reader_fault(r, n, "'attachment' is %s: wanted is true, false, or what its name looks like", node_type_name(n->type));
	}
}

/* header = { name = "X-Foo"; matches = "…"; } */
static void header_matches(struct reader *r, const struct node *n, void *to)
{
	struct cond *c = to;
	for (size_t i = 0; i < texts_count(n); i++)
		if (texts_at(n, i))
			add_pattern(r, texts_at(n, i), c, false);
	nothing_named(r, n);
}

static void header_name(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	for (const char *p = n->text; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == ':') { /* RFC 5322 §3.6.8 */
			reader_fault(r, n, "'%s' is no name of a header field: as in 'X-Priority', without the colon", n->text);
			return;
		}
}

static void read_header(struct reader *r, const struct node *n, struct cond *to)
{
	static const struct key keys[] = {
		{"name", WANT_TEXT, true, "header = { name = \"X-Priority\"; matches = \"1*\"; };", KEY_AT(struct cond, header), 0, 0, header_name},
		{"matches", WANT_TEXTS, true, "header = { name = \"X-Priority\"; matches = \"1*\"; };", 0, 0, 0, 0, header_matches},
	};
	char outer[sizeof r->where];
	memcpy(outer, r->where, sizeof outer);
	reader_where(r, "'header' of %s", outer);
	keys_read(r, n, keys, sizeof keys / sizeof *keys, add_sub(to, COND_HEADER));
	memcpy(r->where, outer, sizeof outer);
}

/* One group, or a list of them of which one is enough. */
static void when_header(struct reader *r, const struct node *n, void *to)
{
	if (n->type == NODE_GROUP) {
		read_header(r, n, to);
	} else if (n->type != NODE_LIST || n->n == 0) {
		reader_fault(r, n, "'header' is %s: a group { name = …; matches = …; } is wanted, or a list of them",
		             n->type == NODE_LIST ? "an empty list" : node_type_name(n->type));
	} else {
		struct cond *any = add_sub(to, COND_ANY);
		for (size_t i = 0; i < n->n; i++) {
			if (n->v[i].type == NODE_GROUP)
				read_header(r, &n->v[i], any);
			else
				reader_fault(r, &n->v[i], "element %zu of 'header' is %s, a group { name = …; matches = …; } is wanted", i + 1,
				             node_type_name(n->v[i].type));
		}
	}
}

/* Within any, all or not: a proof about conditions costs time that grows with each level. */
enum { WITHIN_MAX = 4 };
static void read_when(struct reader *r, const struct node *n, struct cond *to);

static void read_within(struct reader *r, const struct node *n, struct cond *to)
{
	if (r->depth == WITHIN_MAX) {
		reader_fault(r, n, "conditions are nested more than %d deep", WITHIN_MAX);
		return;
	}
	r->depth++;
	read_when(r, n, to);
	r->depth--;
}

static void read_branches(struct reader *r, const struct node *n, struct cond *to, enum cond_kind kind)
{
	if (n->n == 0) {
		reader_fault(r, n, "'%s' is empty: put groups of conditions into it, %s = ( { … }, { … } );", n->name, n->name);
		return;
	}
	struct cond *c = add_sub(to, kind);
	c->sub = mem_array(n->n, sizeof *c->sub);
	for (size_t i = 0; i < n->n; i++) {
		const struct node *b = &n->v[i];
		if (b->type != NODE_GROUP) {
			reader_fault(r, b, "element %zu of '%s' is %s, a group of conditions { … } is wanted", i + 1, n->name, node_type_name(b->type));
			continue;
		}
		if (b->n == 0)
			reader_fault(r, b, "an empty group in '%s' holds for every mail: take it out", n->name);
		struct cond branch = {.kind = COND_ALL};
		read_within(r, b, &branch);
		c->sub[c->n_sub++] = branch;
	}
}

static void when_any(struct reader *r, const struct node *n, void *to)
{
	read_branches(r, n, to, COND_ANY);
}

static void when_all(struct reader *r, const struct node *n, void *to)
{
	read_branches(r, n, to, COND_ALL);
}

static void when_not(struct reader *r, const struct node *n, void *to)
{
	if (n->n == 0)
		reader_fault(r, n, "'not' is empty, and so holds for no mail: leave it out, or put conditions into it");
	struct cond inner = {.kind = COND_ALL}, *c = add_sub(to, COND_NOT);
	read_within(r, n, &inner);
	c->sub = mem_array(1, sizeof *c->sub);
	c->sub[0] = inner;
	c->n_sub = 1;
}

static void read_when(struct reader *r, const struct node *n, struct cond *to)
{
	static const struct key keys[] = {
		{"from", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_from},
		{"to", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_to},
		{"subject", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_subject},
		{"body", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_body},
		{"header", WANT_ANY, false, NULL, 0, 0, 0, 0, when_header},
		{"attachment", WANT_ANY, false, NULL, 0, 0, 0, 0, when_attachment},
		{"topic", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_topic},
		{"lang", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_lang},
		{"kind", WANT_TEXTS, false, NULL, 0, 0, 0, 0, when_kind},
		{"internal", WANT_FLAG, false, NULL, 0, 0, 0, 0, when_internal},
		{"any", WANT_LIST, false, NULL, 0, 0, 0, 0, when_any},
		{"all", WANT_LIST, false, NULL, 0, 0, 0, 0, when_all},
		{"not", WANT_GROUP, false, NULL, 0, 0, 0, 0, when_not},
		{"language", WANT_NOTHING, false, "it is called 'lang'", 0, 0, 0, 0, NULL},
		{"has_attachment", WANT_NOTHING, false, "write 'attachment = true' or 'attachment = false'", 0, 0, 0, 0, NULL},
	};
	keys_read(r, n, keys, sizeof keys / sizeof *keys, to);
}

/* --- a rule --- */

static bool rule_named(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_rules; i++)
		if (c->rules[i].name && strcmp(c->rules[i].name, name) == 0)
			return true;
	return false;
}

static void rule_name(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	if (strlen(n->text) > 80)
		reader_fault(r, n, "the rule's name is longer than 80 bytes");
	else if (rule_named(r->c, n->text))
		reader_fault(r, n, "rule '%s' stands here a second time", n->text);
}

static void rule_when(struct reader *r, const struct node *n, void *to)
{
	struct config_rule *rule = to;
	char outer[sizeof r->where];
	memcpy(outer, r->where, sizeof outer);
	reader_where(r, "'when' of %s", outer);
	read_when(r, n, &rule->when);
}

static void rule_topic(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_topic(r, n, n->text);
}

static void rule_second(struct reader *r, const struct node *n, void *to)
{
	const struct config_rule *rule = to;
	if (strcmp(n->text, "triage") == 0)
		reader_fault(r, n, "the second topic cannot be 'triage': leave it out");
	else if (check_topic(r, n, n->text) && rule->topic && strcmp(rule->topic, n->text) == 0)
		reader_fault(r, n, "the second topic '%s' is the first one too", n->text);
}

static void rule_answer(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_name(r, n, n->text, "the answer's name");
}

static void rule_forward_to(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	if (texts_count(n) == 0)
		reader_fault(r, n, "'forward_to' is empty: leave it out, and the topic's staff get the mail");
	check_staff_list(r, n, "the address");
}

static void read_rule(struct reader *r, const struct node *n, size_t number, struct config_rule *to)
{
	static const struct key keys[] = {
		{"name", WANT_TEXT, true, "name = \"invoices\"; (shown wherever the rule decides)", KEY_AT(struct config_rule, name), 0, 0, rule_name},
		{"when", WANT_GROUP, false, NULL, 0, 0, 0, 0, rule_when},
		{"topic", WANT_TEXT, false, NULL, KEY_AT(struct config_rule, topic), 0, 0, rule_topic},
		{"second", WANT_TEXT, false, NULL, KEY_AT(struct config_rule, second), 0, 0, rule_second},
		{"answer", WANT_TEXT, false, NULL, KEY_AT(struct config_rule, answer), 0, 0, rule_answer},
		{"forward_to", WANT_TEXTS, false, NULL, KEY_AT(struct config_rule, forward_to), 0, 0, rule_forward_to},
		{"acknowledge", WANT_FLAG, false, NULL, KEY_AT(struct config_rule, acknowledge), 0, 0, NULL},
		{"continue", WANT_FLAG, false, NULL, KEY_AT(struct config_rule, go_on), 0, 0, NULL},
	};
	const struct node *name = tree_member(n, "name");
	if (name && name->type == NODE_TEXT && *name->text)
		reader_where(r, "rule '%s'", name->text);
	else
		reader_where(r, "rule number %zu", number);
	*to = (struct config_rule){.acknowledge = true, .when = {.kind = COND_ALL}};
	if (n->line > 0 && n->line <= r->source->n_lines) {
		const struct source_line *l = &r->source->lines[n->line - 1];
		to->file = mem_dup(r->source->files.v[l->file]);
		to->line = l->line;
	}
	keys_read(r, n, keys, sizeof keys / sizeof *keys, to);
	if (to->go_on && n->n > 0 && !tree_member(n, "topic") && !tree_member(n, "second") && !tree_member(n, "answer") &&
	    !tree_member(n, "forward_to") && !tree_member(n, "acknowledge") && !r->source->cut)
		reader_fault(r, n, "%s does nothing: with 'continue' it needs a topic, second, answer, forward_to or acknowledge", r->where);
}

/* --- rules that are never reached --- */

static const char *rule_label(const struct config_rule *rule)
{
	return rule->name ? rule->name : "?";
}

struct rule_note { /* beside c->rules[] while they are read */
	unsigned line;
	bool whole; /* without a fault: conditions half read imply too much */
};

static void check_reach(struct reader *r, const struct node *n, size_t number, const struct rule_note *notes)
{
	const struct config *c = r->c;
	const struct config_rule *rule = &c->rules[number];
	if (cond_excludes(&rule->when, &rule->when)) {
		reader_fault(r, n, "rule '%s' can never match: two of its conditions exclude each other", rule_label(rule));
		return;
	}
	for (size_t i = 0; i < number; i++) {
		const struct config_rule *earlier = &c->rules[i];
		if (!notes[i].whole || earlier->go_on || !cond_implies(&rule->when, &earlier->when))
			continue;
		char *place = source_place(r->source, notes[i].line, n->line);
		reader_fault(r, n, "rule '%s' can never match: rule '%s' %s comes first and %s; move this one up, or add 'continue = true;' there",
		             rule_label(rule), rule_label(earlier), place,
		             earlier->when.n_sub == 0 ? "holds for every mail" : "holds for all that this one does");
		free(place);
		return;
	}
}

static bool on_faulty_line(const struct reader *r, const struct node *n)
{
	if (n->line > 0 && n->line <= r->source->n_lines && r->source->lines[n->line - 1].faulty)
		return true;
	for (size_t i = 0; i < n->n; i++)
		if (on_faulty_line(r, &n->v[i]))
			return true;
	return false;
}

void section_rules(struct reader *r, const struct node *n, void *config)
{
	struct config *c = config;
	struct rule_note *notes = mem_array(n->n, sizeof *notes);
	c->rules = mem_array(n->n, sizeof *c->rules);
	for (size_t i = 0; i < n->n; i++) {
		const struct node *g = &n->v[i];
		if (g->type != NODE_GROUP) {
			reader_fault(r, g, "rule number %zu is %s, a group { name = …; when = { … }; … } is wanted", i + 1, node_type_name(g->type));
			continue;
		}
		size_t faults_before = r->source->faults->n, at = c->n_rules;
		struct config_rule rule;
		read_rule(r, g, i + 1, &rule);
		c->rules[c->n_rules++] = rule; /* now only, so that its name is looked for among the earlier ones */
		notes[at] = (struct rule_note){g->line, r->source->faults->n == faults_before && !on_faulty_line(r, g) && !r->source->cut};
		if (notes[at].whole)
			check_reach(r, g, at, notes);
	}
	free(notes);
}
