#include "topic/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model_parts.h"
#include "topic/solve.h"

enum { AHEAD = 8 /* what is fetched before it is needed */ };

struct met {
	uint32_t row;
	float x;
	uint8_t block;
};

struct model_desk {
	const struct model *m;
	struct features f;
	float *count;  /* of each row */
	uint32_t *row; /* of each feature, as in f */
	size_t cap_row;
	struct met *met; /* the rows with a count */
	size_t n_met, cap_met;
	float scale[BLOCKS]; /* one over the length of each block */
	float *score;
};

void index_new(struct index *x, size_t rows)
{
	size_t size = 64;
	while (size < rows * 2)
		size *= 2;
	x->v = mem_array(size, sizeof *x->v);
	memset(x->v, 0xFF, size * sizeof *x->v);
	x->mask = (uint32_t)size - 1;
}

uint32_t index_find(const struct index *x, uint32_t key)
{
	for (uint32_t i = key & x->mask; x->v[i].row != UINT32_MAX; i = (i + 1) & x->mask)
		if (x->v[i].key == key)
			return x->v[i].row;
	return UINT32_MAX;
}

void index_add(struct index *x, uint32_t key, uint32_t row)
{
	uint32_t i = key & x->mask;
	while (x->v[i].row != UINT32_MAX)
		i = (i + 1) & x->mask;
	x->v[i] = (struct slot){key, row};
}

void index_free(struct index *x)
{
	free(x->v);
	*x = (struct index){0};
}

float place_counts(enum feature_place place)
{
	static const float counts[FEATURE_PLACES] = {[PLACE_SUBJECT] = 2, [PLACE_BODY] = 1, [PLACE_CARRIED] = 0.5f, [PLACE_ATTACHED] = 0.7f, [PLACE_FROM] = 1};
	return counts[place];
}

double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

void model_free(struct model *m)
{
	if (!m)
		return;
	kin_free(m->kin);
	strs_free(&m->labels);
	free(m->key);
	free(m->block);
	free(m->idf);
	free(m->w);
	index_free(&m->index);
	free(m);
}

const struct strs *model_labels(const struct model *m)
{
	return &m->labels;
}

size_t model_priors(const struct model *m)
{
	return m->n_priors;
}

size_t prior_row(const struct model *m, size_t prior, size_t label)
{
	return m->n_rows + prior * m->labels.n + label;
}

size_t constant_row(const struct model *m)
{
	return prior_row(m, m->n_priors, 0);
}

const struct kin *model_kin(const struct model *m)
{
	return m->kin;
}

struct model_desk *model_desk_new(const struct model *m)
{
	struct model_desk *d = mem_alloc(sizeof *d);
	d->m = m;
	d->count = mem_array((size_t)m->n_rows + 1, sizeof *d->count);
	d->score = mem_array(m->lanes, sizeof *d->score);
	return d;
}

void model_desk_free(struct model_desk *d)
{
	if (!d)
		return;
	features_free(&d->f);
	free(d->count);
	free(d->row);
	free(d->met);
	free(d->score);
	free(d);
}

struct features *model_desk_clear(struct model_desk *d)
{
	features_clear(&d->f);
	return &d->f;
}

/* Counts the features that the model knows; the share of words that it does. */
static double look_up(struct model_desk *d)
{
	const struct model *m = d->m;
	size_t words = 0, known = 0;
	d->n_met = 0;
	if (d->cap_row < d->f.n) {
		d->cap_row = d->f.cap;
		d->cap_met = d->f.cap + 1;
		d->row = mem_resize(d->row, d->cap_row, sizeof *d->row);
		d->met = mem_resize(d->met, d->cap_met, sizeof *d->met);
	}
	for (size_t i = 0; i < d->f.n; i++) {
		__builtin_prefetch(&m->index.v[d->f.v[i + AHEAD < d->f.n ? i + AHEAD : i].key & m->index.mask]);
		d->row[i] = index_find(&m->index, d->f.v[i].key);
	}
	for (size_t i = 0; i < d->f.n; i++) {
		const struct feature *v = &d->f.v[i];
		uint32_t row = d->row[i];
		bool met = row != UINT32_MAX, letters = v->block == BLOCK_LETTERS;
		words += letters;
		known += letters && met;
		if (!met)
			continue;
		d->met[d->n_met] = (struct met){row, 0, v->block}; /* written in any case: whether it is the first time nobody can foresee */
		d->n_met += d->count[row] == 0;
		d->count[row] += place_counts(v->place);
	}
	return words ? (double)known / (double)words : 0;
}

/* Counts to values of which each block has the length 1. */
static void weigh(struct model_desk *d)
{
	const struct model *m = d->m;
	float square[BLOCKS] = {0};
	for (size_t i = 0; i < d->n_met; i++) {
		struct met *met = &d->met[i];
		float count = d->count[met->row];
		d->count[met->row] = 0;
		met->x = (count == 1 ? 1 : count < 1 ? count : 1 + logf(count)) * m->idf[met->row];
		square[met->block] += met->x * met->x;
	}
	for (size_t b = 0; b < BLOCKS; b++)
		d->scale[b] = square[b] > 0 ? 1 / sqrtf(square[b]) : 0;
}

/* As add_lanes(), of all that was met; of few labels in registers. */
WIDE static void add_met(const struct model_desk *d, size_t lanes, float *score)
{
	const float *w = d->m->w;
	float few[2 * LANES];
	if (lanes <= 2 * LANES)
		memcpy(few, score, lanes * sizeof *few);
	for (size_t i = 0; i < d->n_met; i++) {
		const struct met *met = &d->met[i];
		float x = met->x * d->scale[met->block];
		const float *v = w + met->row * lanes;
		__builtin_prefetch(w + d->met[i + AHEAD < d->n_met ? i + AHEAD : i].row * lanes);
		if (lanes == LANES)
			add_lanes(few, x, v, LANES);
		else if (lanes == 2 * LANES)
			add_lanes(few, x, v, 2 * LANES);
		else
			add_lanes(score, x, v, lanes);
	}
	if (lanes <= 2 * LANES)
		memcpy(score, few, lanes * sizeof *few);
}

static void add_up(struct model_desk *d, const float *prior)
{
	const struct model *m = d->m;
	size_t lanes = m->lanes;
	float *score = d->score;
	memcpy(score, m->w + constant_row(m) * lanes, lanes * sizeof *score);
	for (size_t i = 0; prior && i < m->n_priors * m->labels.n; i++)
		if (prior[i] != 0)
			add_lanes(score, prior[i], m->w + (m->n_rows + i) * lanes, lanes);
	add_met(d, lanes, score);
}

/* What the confidence is made of besides a constant: how much the best label is ahead, how much of the text was known, how long it is. */
void sure_terms(const double *p, size_t k, int best, double known, size_t words, double out[static SURE_TERMS])
{
	double next = 0, top = p[best];
	for (size_t i = 0; i < k; i++)
		if ((int)i != best && p[i] > next)
			next = p[i];
	top = fmin(fmax(top, 1e-9), 1 - 1e-9);
	out[0] = 1;
	out[1] = log(top / (1 - top));
	out[2] = log((top + 1e-6) / (next + 1e-6));
	out[3] = known;
	out[4] = log(1 + (double)words) / 4;
}

struct guess model_ask(struct model_desk *d, const float *prior, double *p)
{
	const struct model *m = d->m;
	size_t k = m->labels.n;
	struct guess g = {0};
	g.known = look_up(d);
	weigh(d);
	add_up(d, prior);
	double most = -HUGE_VAL, total = 0;
	for (size_t i = 0; i < k; i++) {
		p[i] = d->score[i];
		if (p[i] > most) {
			most = p[i];
			g.best = (int)i;
		}
	}
	for (size_t i = 0; i < k; i++)
		total += p[i] = exp(p[i] - most);
	for (size_t i = 0; i < k; i++)
		p[i] /= total;
	double terms[SURE_TERMS], sum = 0;
	sure_terms(p, k, g.best, g.known, d->f.n_words, terms);
	for (size_t i = 0; i < SURE_TERMS; i++)
		sum += m->sure[i] * terms[i];
	g.confidence = logistic(sum);
	return g;
}

static int by_weight(const void *a, const void *b)
{
	const struct model_reason *x = a, *y = b;
	if (fabs(x->weight) != fabs(y->weight))
		return fabs(x->weight) > fabs(y->weight) ? -1 : 1;
	return x->word < y->word ? -1 : x->word > y->word;
}

size_t model_why(struct model_desk *d, int label, int against, struct model_reason *out, size_t most)
{
	const struct model *m = d->m;
	double *sum = mem_array(d->f.n_words + 1, sizeof *sum);
	struct model_reason *all = mem_array(d->f.n_words + 1, sizeof *all);
	/* the counts again, so that each feature has its share of its row */
	look_up(d);
	uint32_t unmet = UINT32_MAX;
	float *count = mem_array(d->f.n + 1, sizeof *count);
	for (size_t i = 0; i < d->f.n; i++)
		count[i] = d->row[i] == UINT32_MAX ? 0 : d->count[d->row[i]];
	weigh(d);
	for (size_t i = 0; i < d->n_met; i++)
		d->count[d->met[i].row] = d->met[i].x;
	for (size_t i = 0; i < d->f.n; i++) {
		const struct feature *v = &d->f.v[i];
		uint32_t row = d->row[i];
		unmet = v->block == BLOCK_FROM && row == UINT32_MAX ? v->word : unmet; /* a sender's whole domain comes before those above it */
		if (row == UINT32_MAX || v->word == unmet)
			continue;
		const float *w = m->w + row * m->lanes;
		double x = d->count[row] * d->scale[v->block] * place_counts((enum feature_place)v->place) / count[i];
		sum[v->word] += x * (w[label] - (against >= 0 ? w[against] : 0));
	}
	for (size_t i = 0; i < d->n_met; i++)
		d->count[d->met[i].row] = 0;
	for (size_t i = 0; i < d->f.n_words; i++)
		all[i] = (struct model_reason){(uint32_t)i, sum[i]};
	qsort(all, d->f.n_words, sizeof *all, by_weight);
	size_t n = d->f.n_words < most ? d->f.n_words : most;
	memcpy(out, all, n * sizeof *out);
	free(sum);
	free(count);
	free(all);
	return n;
}

char *model_word(const struct model_desk *d, uint32_t word, enum feature_place *place)
{
	const struct feature_word *w = &d->f.words[word];
	*place = (enum feature_place)w->place;
	return mem_dupn(d->f.text.s + w->start, w->len);
}
