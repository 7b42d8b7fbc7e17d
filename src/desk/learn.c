/* What was decided, as lessons; and the model in use. */
#include "desk/learn.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "store/model.h"

#include "learn_parts.h"

enum { TICKETS_MOST = 20000, TEXT_MOST = 16384 /* bytes that the classifier looks at */ };

struct reading {
	const struct config *config;
	struct learn_set *set;
	size_t room;
};

static char *beginning(const char *s)
{
	return mem_dupn(s, utf8_cut(s, strlen(s), TEXT_MOST));
}

/* The text below what was written now may be a forward's: its beginning is kept as well. */
static char *text_of(const struct decided *t, const char *now)
{
	size_t n = strlen(t->reply_text);
	if (n == 0 || strncmp(t->text, t->reply_text, n) != 0)
		return beginning(t->text);
	char *below = beginning(t->text + n), *text = mem_fmt("%s%s", now, below);
	free(below);
	return text;
}

static void add_names(struct mail *m, const char *names)
{
	size_t n = 0;
	for (const char *s = names; *s; s++)
		n += *s == '\n';
	m->attachments = mem_array(n + 1, sizeof *m->attachments);
	for (const char *s = names, *end; (end = strchr(s, '\n')); s = end + 1)
		m->attachments[m->n_attachments++] = (struct attachment){.name = mem_dupn(s, (size_t)(end - s)), .type = mem_dup("")};
}

static bool add(void *ctx, const struct decided *d)
{
	struct reading *r = ctx;
	struct learn_set *s = r->set;
	if (d->topic && config_topic_index(r->config, d->topic) < 0) {
		s->strange++;
		return true;
	}
	if (s->n == r->room) {
		r->room = r->room ? 2 * r->room : 256;
		s->v = mem_resize(s->v, r->room, sizeof *s->v);
	}
	struct learn_ticket *t = &s->v[s->n++];
	*t = (struct learn_ticket){.ticket = d->ticket, .when = d->when, .corrected = d->corrected, .label = mem_dup(d->topic ? d->topic : "triage")};
	if (d->topic && d->second && config_topic_index(r->config, d->second) >= 0 && strcmp(d->second, d->topic) != 0)
		t->second = mem_dup(d->second);
	t->mail.subject = mem_dup(d->subject);
	t->mail.reply_text = beginning(d->reply_text);
	t->mail.text = text_of(d, t->mail.reply_text);
	t->mail.from = (struct mailbox){mem_dup(""), mem_dup(d->from)};
	t->mail.attached_text = *d->attached_text ? mem_dup(d->attached_text) : NULL;
	add_names(&t->mail, d->attachments);
	return true;
}

bool learn_read(struct db *d, const struct config *c, struct learn_set *out, struct err *e)
{
	*out = (struct learn_set){0};
	struct reading r = {.config = c, .set = out};
	if (decided_each(d, TICKETS_MOST, add, &r, e))
		return true;
	learn_set_free(out);
	return false;
}

void learn_set_free(struct learn_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mail_free(&s->v[i].mail);
		free(s->v[i].label);
		free(s->v[i].second);
	}
	free(s->v);
	*s = (struct learn_set){0};
}

struct lessons *learn_lessons(const struct config *c, const struct learn_set *s, size_t first, size_t n, struct err *e)
{
	struct strs labels = {0};
	size_t priors = classifier_priors(c->classifier);
	float *prior = mem_array((c->n_topics + 1) * priors, sizeof *prior);
	bool ok = true; /* held out by sender: an office's institutions write again */
	for (size_t i = 0; i < c->n_topics; i++)
		strs_add(&labels, c->topics[i].name);
	strs_add(&labels, "triage");
	struct lessons *l = lessons_new(&labels, priors);
	for (size_t i = first; ok && i < s->n && i < first + n; i++) {
		const struct learn_ticket *t = &s->v[i];
		const struct lesson lesson = {.label = t->label, .second = t->second, .who = t->mail.from.addr, .group = t->mail.from.addr, .prior = prior};
		classifier_office_prior(c->classifier, &t->mail, prior);
		features_add_mail(lessons_begin(l), lessons_kin(l), &t->mail);
		ok = lessons_end(l, &lesson, e);
	}
	strs_free(&labels);
	free(prior);
	if (ok)
		return l;
	lessons_free(l);
	return NULL;
}

/* --- the model in use --- */

/* Where the figures name no threshold for the target, the confidence is taken at its word. */
static void set_thresholds(const struct config *c, const char *figures)
{
	json_t *j = figures ? json_loads(figures, 0, NULL) : NULL;
	for (size_t i = 0; i < c->n_topics; i++) {
		double target = c->topics[i].precision;
		size_t at = target >= LEARN_TARGET_LEAST ? (size_t)lround((target - LEARN_TARGET_LEAST) * 100) : 0;
		double found = json_number_value(json_array_get(json_object_get(json_object_get(j, "thresholds"), c->topics[i].name), at));
		classifier_set_threshold(c->classifier, (int)i, target > 0 && found > 0 ? found : target);
	}
	json_decref(j);
}

static bool take(struct db *d, const struct config *c, int64_t id, struct err *e)
{
	struct model_row row;
	struct buf bytes = {0};
	int there = model_get(d, id, &row, e);
	if (there <= 0)
		return there == 0 && err_set(e, ERR_INPUT, "there is no model %lld", (long long)id);
	struct model *m = model_bytes(d, id, &bytes, e) ? model_load(bytes.s, bytes.n, e) : NULL;
	bool ok = m && (classifier_office(c->classifier, m) || err_set(e, ERR_INPUT, "it knows other topics than the config has now: ingangctl learn makes one that fits"));
	if (ok)
		set_thresholds(c, row.figures);
	else
		err_in(e, "model %lld of the store", (long long)id);
	buf_free(&bytes);
	model_row_free(&row);
	return ok;
}

bool learn_refresh(struct db *d, const struct config *c, int64_t *known, struct err *e)
{
	int64_t id;
	if (!model_in_use(d, &id, e))
		return false;
	if (id == *known)
		return true;
	*known = id;
	set_thresholds(c, NULL);
	classifier_office(c->classifier, NULL);
	return id == 0 || take(d, c, id, e);
}
