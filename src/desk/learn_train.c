/* A new model, how right it is, and whether it goes live. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/learn.h"
#include "store/model.h"

#include "learn_parts.h"

/* Of a normal distribution: one in twenty lies above. */
static const double ONE_IN_TWENTY = 1.645;
enum { ENOUGH_OF_TOPIC = 20, MILLE = 1000 };

struct said { /* of one ticket, by a model that had not learned from it */
	int label, second, best; /* n_topics: triage */
	double sure;
	bool right, unseen, right_before;
};

struct study {
	const struct config *config;
	const struct learn_set *set;
	struct said *v;
	size_t unseen, right, right_before; /* of the unseen: by the new one, by the one in use */
	size_t lost, won;                   /* of these: by the one in use alone, by the new one alone */
};

static int label_of(const struct config *c, const char *name)
{
	int topic = config_topic_index(c, name);
	return topic < 0 ? (int)c->n_topics : topic;
}

/* What the classifier says now: a topic, or triage's. */
static int says(const struct config *c, const struct mail *m)
{
	struct verdict v;
	double nobody = 1;
	classify_mail(c->classifier, m, &v);
	for (size_t i = 0; i < v.n; i++)
		nobody -= v.scores[i];
	int best = v.topic >= 0 && v.scores[v.topic] >= nobody ? v.topic : (int)c->n_topics;
	verdict_free(&v);
	return best;
}

static void compare(struct study *s, const double *p, const double *sure, int64_t since)
{
	size_t k = s->config->n_topics + 1;
	s->v = mem_array(s->set->n, sizeof *s->v);
	for (size_t i = 0; i < s->set->n; i++) {
		const struct learn_ticket *t = &s->set->v[i];
		struct said *a = &s->v[i];
		*a = (struct said){.label = label_of(s->config, t->label), .second = t->second ? label_of(s->config, t->second) : -1, .sure = sure[i], .unseen = t->when > since};
		for (size_t j = 1; j < k; j++)
			if (p[i * k + j] > p[i * k + (size_t)a->best])
				a->best = (int)j;
		a->right = a->best == a->label || a->best == a->second;
		if (!a->unseen)
			continue;
		int before = says(s->config, &t->mail);
		a->right_before = before == a->label || before == a->second;
		s->unseen++;
		s->right += a->right;
		s->right_before += a->right_before;
		s->won += a->right && !a->right_before;
		s->lost += a->right_before && !a->right;
	}
}

/* --- figures --- */

static int surest_first(const void *a, const void *b)
{
	const struct said *x = *(const struct said *const *)a, *y = *(const struct said *const *)b;
	if (x->sure != y->sure)
		return x->sure > y->sure ? -1 : 1;
	return (x > y) - (x < y);
}

/* The precision that is reached at least, but for one time in twenty (Wilson's bound). */
static double at_least(size_t right, size_t n)
{
	double z = ONE_IN_TWENTY, p = (double)right / (double)n, m = (double)n;
	return (p + z * z / (2 * m) - z * sqrt(p * (1 - p) / m + z * z / (4 * m * m))) / (1 + z * z / m);
}

/* For each target the lowest confidence above which the topic's mails reach it; 0: not known, for want of mails. */
static json_t *thresholds(const struct study *s, int topic)
{
	json_t *out = json_array();
	const struct said **v = mem_array(s->set->n + 1, sizeof *v);
	double low[LEARN_TARGETS] = {0};
	size_t n = 0, right = 0;
	for (size_t i = 0; i < s->set->n; i++)
		if (s->v[i].best == topic)
			v[n++] = &s->v[i];
	qsort(v, n, sizeof *v, surest_first);
	for (size_t i = 0; i < n; i++) {
		right += v[i]->right;
		for (int t = 0; t < LEARN_TARGETS && n >= ENOUGH_OF_TOPIC; t++)
			if (at_least(right, i + 1) >= LEARN_TARGET_LEAST + t / 100.0)
				low[t] = v[i]->sure;
	}
	for (int t = 0; t < LEARN_TARGETS; t++)
		json_array_append_new(out, json_real(round(low[t] * MILLE) / MILLE));
	free(v);
	return out;
}

static json_t *of_topic(const struct study *s, int topic)
{
	size_t of = 0, said = 0, hit = 0, right = 0;
	for (size_t i = 0; i < s->set->n; i++) {
		of += s->v[i].label == topic;
		said += s->v[i].best == topic;
		hit += s->v[i].label == topic && s->v[i].best == topic;
		right += s->v[i].best == topic && s->v[i].right;
	}
	return json_pack("{s:I, s:I, s:I, s:I}", "tickets", (json_int_t)of, "found", (json_int_t)hit, "said", (json_int_t)said, "right", (json_int_t)right);
}

static char *figures(const struct study *s)
{
	const struct config *c = s->config;
	json_t *topics = json_object(), *low = json_object();
	size_t right = 0, sure = 0, sure_right = 0, corrected = 0;
	for (size_t i = 0; i < s->set->n; i++) {
		const struct said *a = &s->v[i];
		bool goes = a->best < (int)c->n_topics && a->sure >= c->triage.confidence;
		right += a->right;
		sure += goes;
		sure_right += goes && a->right;
		corrected += s->set->v[i].corrected;
	}
	for (size_t i = 0; i <= c->n_topics; i++) {
		json_object_set_new(topics, i < c->n_topics ? c->topics[i].name : "triage", of_topic(s, (int)i));
		if (i < c->n_topics)
			json_object_set_new(low, c->topics[i].name, thresholds(s, (int)i));
	}
	json_t *j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "tickets", (json_int_t)s->set->n, "corrected", (json_int_t)corrected, "right",
	                      (json_int_t)right, "sure", (json_int_t)sure, "sure_right", (json_int_t)sure_right, "new", (json_int_t)s->unseen, "new_right", (json_int_t)s->right,
	                      "new_right_before", (json_int_t)s->right_before, "topics", topics, "thresholds", low);
	char *text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(j);
	return text;
}

/* --- live or not --- */

static bool enough(const struct config *c, const struct learn_set *s, struct err *e)
{
	bool two = false;
	for (size_t i = 1; i < s->n && !two; i++)
		two = strcmp(s->v[i].label, s->v[0].label) != 0;
	if (s->n < LEARN_LEAST && s->strange)
		return err_set(e, ERR_INPUT, "%zu tickets are decided, and %zu more in topics that the config does not have: %d are wanted to learn from", s->n, s->strange, LEARN_LEAST);
	if (s->n < LEARN_LEAST)
		return err_set(e, ERR_INPUT, "%zu tickets are decided: %d are wanted to learn from", s->n, LEARN_LEAST);
	return two || err_set(e, ERR_INPUT, "all %zu decided tickets are of '%s': there is nothing to tell apart", s->n, config_topic_name(c, config_topic_index(c, s->v[0].label)));
}

/* More than chance would have it (two standard deviations): what is in use has something ahead, as an error of its that staff overlooked counts
 * for it. A stricter test keeps an old model for ever. */
static bool worse(const struct study *s)
{
	double by = (double)s->lost - (double)s->won;
	return by > 0 && by * by > 4 * (double)(s->lost + s->won);
}

static char *verdict(const struct study *s, int64_t in_use, bool better)
{
	char *other = in_use ? mem_fmt("model %lld", (long long)in_use) : mem_dup("what the program was built with");
	char *words = s->unseen ? mem_fmt("right on %zu of %zu new tickets, %s on %zu%s", s->right, s->unseen, other, s->right_before, better ? "" : ": it is not put to use")
	                        : mem_fmt("no ticket was decided since %s was made", other);
	free(other);
	return words;
}

static bool keep(struct db *d, struct study *s, struct model_row *row, const struct model *m, int64_t in_use, struct learned_model *out, struct err *e)
{
	struct buf bytes = {0};
	bool better = !worse(s);
	model_save(m, &bytes);
	row->figures = figures(s);
	row->verdict = verdict(s, in_use, better);
	out->verdict = mem_dup(row->verdict);
	bool ok = db_begin(d, e) && db_end(d, model_add(d, row, &bytes, &out->id, e) && (!better || model_use(d, out->id, false, e)), e);
	out->live = ok && better;
	buf_free(&bytes);
	return ok;
}

static bool train(struct db *d, const struct config *c, const struct learn_set *set, const struct training *how, struct model_row *row, struct learned_model *out, struct err *e)
{
	struct model_row old = {0};
	int64_t in_use;
	size_t k = c->n_topics + 1;
	if (!enough(c, set, e) || !model_in_use(d, &in_use, e) || model_get(d, in_use, &old, e) < 0)
		return false;
	struct lessons *l = learn_lessons(c, set, 0, set->n, e);
	double *p = mem_array(set->n * k, sizeof *p), *sure = mem_array(set->n, sizeof *sure);
	struct training t = *how;
	t.held_out = p;
	t.held_sure = sure;
	struct model *m = l ? model_train(l, &t, e) : NULL;
	struct study s = {.config = c, .set = set};
	bool ok = m != NULL;
	if (ok) {
		compare(&s, p, sure, old.made);
		out->lessons = set->n;
		row->lessons = (int64_t)set->n;
		ok = keep(d, &s, row, m, in_use, out, e);
	}
	free(s.v);
	free(p);
	free(sure);
	model_free(m);
	lessons_free(l);
	model_row_free(&old);
	return ok;
}

bool learn_now(struct db *d, const struct config *c, const struct training *how, int64_t now, struct learned_model *out, struct err *e)
{
	struct learn_set set;
	struct model_row row = {.made = now};
	*out = (struct learned_model){0};
	int64_t corrections;
	if (!model_corrections(d, &corrections, &row.upto, e) || !learn_read(d, c, &set, e)) /* in this order: none is passed over */
		return false;
	bool ok = train(d, c, &set, how, &row, out, e);
	learn_set_free(&set);
	model_row_free(&row);
	if (!ok)
		learned_model_free(out);
	return ok;
}

void learned_model_free(struct learned_model *m)
{
	free(m->verdict);
	*m = (struct learned_model){0};
}
