#include "ctl/lessons.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/mem.h"
#include "topic/classify.h"

enum { LESSONS_MAX = 1 << 30 };

static char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return mem_dup(s ? s : "");
}

/* Only what tells the topic. */
static void mail_of(const json_t *j, struct mail *m)
{
	json_t *v, *names = json_object_get(j, "attachments");
	size_t i;
	*m = (struct mail){0};
	m->subject = text_of(j, "subject");
	m->reply_text = text_of(j, "reply_text");
	m->text = text_of(j, json_object_get(j, "text") ? "text" : "reply_text");
	m->from.name = mem_dup("");
	m->from.addr = text_of(j, "from");
	m->attached_text = json_object_get(j, "attached_text") ? text_of(j, "attached_text") : NULL;
	m->attachments = mem_array(json_array_size(names) + 1, sizeof *m->attachments);
	json_array_foreach(names, i, v)
	{
		const char *name = json_string_value(v);
		m->attachments[m->n_attachments++] = (struct attachment){.name = mem_dup(name ? name : ""), .type = mem_dup("")};
	}
}

static bool add_one(struct labelled *l, const struct config *c, const json_t *j, struct err *e)
{
	const char *label = json_string_value(json_object_get(j, "topic")), *second = json_string_value(json_object_get(j, "second_topic"));
	struct mail m;
	mail_of(j, &m);
	float *prior = mem_array((c->n_topics + 1) * CLASSIFIER_PRIORS, sizeof *prior);
	char *group = institution_of(m.from.addr);
	struct lesson lesson = {.label = label ? label : "triage", .second = second, .who = m.from.addr, .group = group, .prior = prior};
	features_add_mail(lessons_begin(l->lessons), lessons_kin(l->lessons), &m);
	classifier_prior(c->classifier, &m, prior);
	bool ok = lessons_end(l->lessons, &lesson, e);
	if (ok) {
		strs_add(&l->label, lesson.label);
		strs_add(&l->second, second ? second : "");
	}
	free(prior);
	free(group);
	mail_free(&m);
	return ok;
}

static bool add_all(struct labelled *l, const struct config *c, const struct buf *b, const char *file, struct err *e)
{
	size_t line = 1;
	for (size_t at = 0; at < b->n; line++) {
		const char *s = b->s + at, *end = memchr(s, '\n', b->n - at);
		size_t n = end ? (size_t)(end - s) : b->n - at;
		json_error_t why;
		json_t *j = n ? json_loadb(s, n, 0, &why) : NULL;
		bool ok = n == 0 || (json_is_object(j) ? add_one(l, c, j, e) : err_set(e, ERR_INPUT, "%s", j ? "not a JSON object" : why.text));
		json_decref(j);
		if (!ok)
			return err_in(e, "%s:%zu", file, line);
		at += n + 1;
	}
	return true;
}

struct labelled *labelled_read(const struct config *c, const char *file, struct err *e)
{
	struct labelled *l = mem_alloc(sizeof *l);
	struct strs labels = {0};
	struct buf b = {0};
	for (size_t i = 0; i < c->n_topics; i++)
		strs_add(&labels, c->topics[i].name);
	strs_add(&labels, "triage");
	l->lessons = lessons_new(&labels, CLASSIFIER_PRIORS);
	bool ok = file_read(file, LESSONS_MAX, &b, e) && add_all(l, c, &b, file, e);
	strs_free(&labels);
	buf_free(&b);
	if (ok)
		return l;
	labelled_free(l);
	return NULL;
}

struct labelled *labelled_tickets(const struct config *c, const struct learn_set *s, struct err *e)
{
	struct lessons *lessons = learn_lessons(c, s, 0, s->n, e);
	if (!lessons)
		return NULL;
	struct labelled *l = mem_alloc(sizeof *l);
	l->lessons = lessons;
	for (size_t i = 0; i < s->n; i++) {
		strs_add(&l->label, s->v[i].label);
		strs_add(&l->second, s->v[i].second ? s->v[i].second : "");
	}
	return l;
}

void labelled_free(struct labelled *l)
{
	if (!l)
		return;
	lessons_free(l->lessons);
	strs_free(&l->label);
	strs_free(&l->second);
	free(l);
}
