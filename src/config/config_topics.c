/* topics and triage: what mail can be about, what people call it, who gets it, and by which terms it is known. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/sections.h"

static const char staff_example[] = "staff = [ \"mobility@uni.example\" ]; (who gets its mail)";
static const char triage_example[] = "staff = [ \"triage@uni.example\" ]; (who gets what has no topic)";

/* One by one, so that all that are malformed are named, each on its line. A term that stands twice counts once: in a vocabulary of
 * hundreds that is no fault. */
static void read_terms(struct reader *r, const struct node *n, const char *topic, struct strs *to)
{
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = texts_at(n, i);
		struct err e;
		struct strs one = {0};
		if (!t || strs_has(to, t->text))
			continue;
		strs_add(to, t->text);
		strs_add(&one, t->text);
		struct classifier *c = classifier_new(&(struct topic_terms){topic, &one}, 1, NULL, &e);
		if (!c)
			reader_fault(r, t, "%s", e.text);
		classifier_free(c);
		strs_free(&one);
	}
}

static void check_staff(struct reader *r, const struct node *n)
{
	if (texts_count(n) == 0)
		reader_fault(r, n, "'staff' is empty in %s: %s", r->where, staff_example);
	check_staff_list(r, n, "the staff address");
}

/* title = { sv = "…"; en = "…"; }: the keys are languages. */
static void read_title(struct reader *r, const struct node *n, struct strs *langs, struct strs *titles)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct node *t = &n->v[i];
		if (t->type != NODE_TEXT) {
			reader_fault(r, t, "the title '%s' is %s, a string is wanted", t->name, node_type_name(t->type));
		} else if (text_ok(r, t, t->name) && check_language(r, t, t->name)) {
			strs_add(langs, t->name);
			strs_add(titles, t->text);
		}
	}
}

static void topic_name(struct reader *r, const struct node *n, void *to)
{
	struct config_topic *t = to;
	if (strcmp(t->name, "triage") == 0)
		reader_fault(r, n, "a topic cannot be named 'triage': that is where mail of no topic goes");
	else if (strcmp(t->name, "returned") == 0)
		reader_fault(r, n, "a topic cannot be named 'returned': that is the folder of reports about mail that is none of ours");
	else if (check_name(r, n, t->name, "the topic's name") && config_topic_index(r->c, t->name) >= 0)
		reader_fault(r, n, "topic '%s' stands here a second time", t->name);
}

static void topic_title(struct reader *r, const struct node *n, void *to)
{
	struct config_topic *t = to;
	read_title(r, n, &t->title_langs, &t->titles);
}

static void topic_staff(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_staff(r, n);
}

static void topic_members(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_members(r, n);
}

static void lead(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_one_address(r, n, n->text); /* whether they are staff: section_staff_settled() */
}

static void topic_terms(struct reader *r, const struct node *n, void *to)
{
	struct config_topic *t = to;
	read_terms(r, n, t->name ? t->name : "?", &t->terms);
}

static void read_topic(struct reader *r, const struct node *n, size_t number, struct config_topic *to)
{
	static const struct key keys[] = {
		{"name", WANT_TEXT, true, "name = \"mobility\";", KEY_AT(struct config_topic, name), 0, 0, topic_name},
		{"title", WANT_GROUP, false, NULL, 0, 0, 0, 0, topic_title},
		{"staff", WANT_TEXTS, true, staff_example, KEY_AT(struct config_topic, staff), 0, 0, topic_staff},
		{"members", WANT_TEXTS, false, NULL, KEY_AT(struct config_topic, members), 0, 0, topic_members},
		{"lead", WANT_TEXT, false, NULL, KEY_AT(struct config_topic, lead), 0, 0, lead},
		{"precision", WANT_NUMBER, false, NULL, KEY_AT(struct config_topic, precision), 0.5, 0.99, NULL},
		{"terms", WANT_TEXTS, false, NULL, 0, 0, 0, 0, topic_terms},
	};
	const struct node *name = tree_member(n, "name");
	if (name && name->type == NODE_TEXT && *name->text)
		reader_where(r, "topic '%s'", name->text);
	else
		reader_where(r, "topic number %zu", number);
	keys_read(r, n, keys, sizeof keys / sizeof *keys, to);
}

void section_topics(struct reader *r, const struct node *n, void *config)
{
	struct config *c = config;
	if (n->n == 0)
		reader_fault(r, n, "'topics' is empty: at least one is wanted, { name = …; staff = [ … ]; }");
	c->topics = mem_array(n->n, sizeof *c->topics);
	for (size_t i = 0; i < n->n; i++) {
		struct config_topic t = {0};
		if (n->v[i].type != NODE_GROUP) {
			reader_fault(r, &n->v[i], "topic number %zu is %s, a group { name = …; … } is wanted", i + 1, node_type_name(n->v[i].type));
			continue;
		}
		read_topic(r, &n->v[i], i + 1, &t);
		c->topics[c->n_topics] = t;
		c->n_topics++; /* now only, so that its name is looked for among the earlier ones */
	}
}

static void triage_staff(struct reader *r, const struct node *n, void *to)
{
	(void)to;
	check_staff(r, n);
}

static void triage_title(struct reader *r, const struct node *n, void *to)
{
	struct config *c = to;
	read_title(r, n, &c->triage.title_langs, &c->triage.titles);
}

void section_triage(struct reader *r, const struct node *n, void *config)
{
	static const struct key keys[] = {
		{"staff", WANT_TEXTS, true, triage_example, KEY_AT(struct config, triage.staff), 0, 0, triage_staff},
		{"confidence", WANT_NUMBER, false, NULL, KEY_AT(struct config, triage.confidence), 0, 1, NULL},
		{"lead", WANT_TEXT, false, NULL, KEY_AT(struct config, triage.lead), 0, 0, lead},
		{"title", WANT_GROUP, false, NULL, 0, 0, 0, 0, triage_title},
		{"terms", WANT_NOTHING, false, "it is called 'triage_terms' and stands outside of the groups, beside 'topics'", 0, 0, 0, 0, NULL},
	};
	reader_where(r, "'triage'");
	keys_read(r, n, keys, sizeof keys / sizeof *keys, config);
}

void section_triage_terms(struct reader *r, const struct node *n, void *config)
{
	struct config *c = config;
	read_terms(r, n, "triage", &c->triage.terms);
}
