#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "topic/fit.h"
#include "topic/model.h"
#include "model_parts.h"
#include "topic/solve.h"

/* How much each block counts beside the others, in the softmax and in the vector machine; chosen on parts of public and of invented
 * texts that were held back for it, as was the rest of the numbers here. */
static const float block_weight[2][BLOCKS] = {
	{[BLOCK_WORDS] = 1, [BLOCK_KIN] = 0.9f, [BLOCK_LETTERS] = 2, [BLOCK_SUBJECT] = 0.5f, [BLOCK_FROM] = 0.5f},
	{[BLOCK_WORDS] = 1, [BLOCK_KIN] = 0.8f, [BLOCK_LETTERS] = 1, [BLOCK_SUBJECT] = 0.5f, [BLOCK_FROM] = 0.5f}};
static const float COST[2] = {20, 2};
/* What the scores of the priors count in the softmax, which learns what each of them says of every label: the first, the further ones. */
static const float PRIOR_COUNTS[2] = {0.07f, 0.035f};
enum {
	SOFTMAX, HINGE, KINDS,
	FOLDS = 5,
	ROUNDS = 9, FEW_ROUNDS = 10, FEWEST_ROUNDS = 6, /* over the texts; less where there are many */
	MANY = 400000, VERY_MANY = 1200000, /* texts times labels */
	ENOUGH = 2000                /* texts: from here on what only one text has is left out */
};
/* One sender's lessons weigh at most as much as this share of all, or as AT_LEAST lessons. */
static const double SENDER_SHARE = 0.02, AT_LEAST = 3;

struct count {
	uint32_t key;
	float n;
};

struct one { /* lesson */
	size_t start, n; /* its counts */
	uint32_t label, second, words;
	uint32_t who, group; /* 0: nobody said */
};

struct lessons {
	struct kin *kin;
	struct strs labels;
	bool fixed;
	size_t n_priors;
	struct features f;
	struct count *counts;
	size_t n_counts, cap_counts;
	struct one *v;
	size_t n, cap;
	float *prior;
	struct index all; /* key to a number: the rows before any are left out */
	uint32_t *key, *df;
	uint8_t *block;
	size_t n_all, cap_all, index_room;
	uint32_t *seen; /* of each key: the last lesson's number + 1, and where its count is */
	uint32_t *at;
};

struct lessons *lessons_new(const struct strs *labels, size_t n_priors)
{
	struct lessons *l = mem_alloc(sizeof *l);
	l->kin = kin_new();
	l->fixed = labels != NULL;
	l->n_priors = n_priors < MODEL_PRIORS_MAX ? n_priors : MODEL_PRIORS_MAX;
	for (size_t i = 0; labels && i < labels->n; i++)
		strs_add(&l->labels, labels->v[i]);
	l->index_room = 1 << 14;
	index_new(&l->all, l->index_room);
	return l;
}

void lessons_free(struct lessons *l)
{
	if (!l)
		return;
	kin_free(l->kin);
	strs_free(&l->labels);
	features_free(&l->f);
	index_free(&l->all);
	free(l->counts);
	free(l->v);
	free(l->prior);
	free(l->key);
	free(l->df);
	free(l->block);
	free(l->seen);
	free(l->at);
	free(l);
}

const struct kin *lessons_kin(const struct lessons *l)
{
	return l->kin;
}

size_t lessons_count(const struct lessons *l)
{
	return l->n;
}

struct features *lessons_begin(struct lessons *l)
{
	features_clear(&l->f);
	return &l->f;
}

static bool find_label(struct lessons *l, const char *label, uint32_t *out, struct err *e)
{
	for (size_t i = l->labels.n; i-- > 0;) /* from the end: labels often come in runs */
		if (strcmp(l->labels.v[i], label) == 0) {
			*out = (uint32_t)i;
			return true;
		}
	if (l->fixed)
		return err_set(e, ERR_INPUT, "'%s' is none of the labels", label);
	if (l->labels.n == MODEL_LABELS_MAX)
		return err_set(e, ERR_INPUT, "more than %d different labels: is the label the first thing on each line?", MODEL_LABELS_MAX);
	*out = (uint32_t)l->labels.n;
	strs_add(&l->labels, label);
	return true;
}

static uint32_t key_number(struct lessons *l, const struct feature *v)
{
	uint32_t at = index_find(&l->all, v->key);
	if (at != UINT32_MAX)
		return at;
	if (l->n_all == l->cap_all) {
		l->cap_all = l->cap_all ? l->cap_all * 2 : 4096;
		l->key = mem_resize(l->key, l->cap_all, sizeof *l->key);
		l->df = mem_resize(l->df, l->cap_all, sizeof *l->df);
		l->block = mem_resize(l->block, l->cap_all, sizeof *l->block);
		l->seen = mem_resize(l->seen, l->cap_all, sizeof *l->seen);
		l->at = mem_resize(l->at, l->cap_all, sizeof *l->at);
	}
	if (l->n_all == l->index_room) {
		index_free(&l->all);
		l->index_room *= 4;
		index_new(&l->all, l->index_room);
		for (size_t i = 0; i < l->n_all; i++)
			index_add(&l->all, l->key[i], (uint32_t)i);
	}
	at = (uint32_t)l->n_all++;
	l->key[at] = v->key;
	l->block[at] = v->block;
	l->df[at] = l->seen[at] = 0;
	index_add(&l->all, v->key, at);
	return at;
}

static void count_features(struct lessons *l, struct one *o)
{
	o->start = l->n_counts;
	for (size_t i = 0; i < l->f.n; i++) {
		uint32_t at = key_number(l, &l->f.v[i]);
		if (l->seen[at] != l->n + 1) {
			l->seen[at] = (uint32_t)l->n + 1;
			l->df[at]++;
			l->at[at] = (uint32_t)(l->n_counts - o->start);
			if (l->n_counts == l->cap_counts) {
				l->cap_counts = l->cap_counts ? l->cap_counts * 2 : 4096;
				l->counts = mem_resize(l->counts, l->cap_counts, sizeof *l->counts);
			}
			l->counts[l->n_counts++] = (struct count){at, 0};
		}
		l->counts[o->start + l->at[at]].n += place_counts((enum feature_place)l->f.v[i].place);
	}
	o->n = l->n_counts - o->start;
}

static uint32_t hash_who(const char *who)
{
	uint32_t h = 0x811c9dc5u;
	for (; *who; who++)
		h = (h ^ (unsigned char)(*who >= 'A' && *who <= 'Z' ? *who + 32 : *who)) * 0x01000193u;
	return h | 1;
}

bool lessons_end(struct lessons *l, const struct lesson *lesson, struct err *e)
{
	struct one o = {0};
	if (!find_label(l, lesson->label, &o.label, e) || (lesson->second && !find_label(l, lesson->second, &o.second, e)))
		return false;
	if (!lesson->second)
		o.second = o.label;
	o.who = lesson->who ? hash_who(lesson->who) : 0;
	o.group = lesson->group ? hash_who(lesson->group) : 0;
	o.words = (uint32_t)l->f.n_words;
	count_features(l, &o);
	size_t width = l->n_priors * l->labels.n;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->v = mem_resize(l->v, l->cap, sizeof *l->v);
		if (width)
			l->prior = mem_resize(l->prior, l->cap * width, sizeof *l->prior);
	}
	for (size_t i = 0; i < width; i++)
		l->prior[l->n * width + i] = lesson->prior ? lesson->prior[i] : 0;
	l->v[l->n++] = o;
	return true;
}

/* --- from counts to numbers --- */

struct job { /* one problem to be solved; each of the two kinds */
	const struct learning *g;
	int fold; /* held out; -1: none */
	float *w[KINDS];
	float *cost;
};

struct learning {
	const struct lessons *l;
	struct model *m;
	struct matrix x[KINDS];
	float scale[KINDS]; /* so that a text's length is about 1 */
	uint32_t *label, *second;
	float *cost;
	int *fold;
	unsigned rounds;
	struct job *jobs;
	size_t n_jobs, next;
	const struct training *t;
	pthread_mutex_t lock;
};

/* Rows for what at least `least` lessons have, and the fewest that leave no more than ROWS_MAX. */
static uint32_t *choose_rows(const struct lessons *l, struct model *m)
{
	uint32_t *row = mem_array(l->n_all + 1, sizeof *row), least = l->n >= ENOUGH ? 2 : 1;
	size_t n = 0;
	for (bool fits = false; !fits; least++) {
		n = 0;
		for (size_t i = 0; i < l->n_all; i++)
			n += l->df[i] >= least;
		fits = n <= ROWS_MAX;
		for (size_t i = 0, r = 0; fits && i < l->n_all; i++)
			row[i] = l->df[i] >= least ? (uint32_t)r++ : UINT32_MAX;
	}
	m->n_rows = (uint32_t)n;
	m->key = mem_array(n + 1, sizeof *m->key);
	m->block = mem_array(n + 1, sizeof *m->block);
	m->idf = mem_array(n + 1, sizeof *m->idf);
	index_new(&m->index, n);
	for (size_t i = 0; i < l->n_all; i++) {
		if (row[i] == UINT32_MAX)
			continue;
		m->key[row[i]] = l->key[i];
		m->block[row[i]] = l->block[i];
		m->idf[row[i]] = logf((1.0f + (float)l->n) / (1.0f + (float)l->df[i])) + 1;
		index_add(&m->index, l->key[i], row[i]);
	}
	return row;
}

static void make_matrices(struct learning *g, const uint32_t *row)
{
	const struct lessons *l = g->l;
	const struct model *m = g->m;
	bool used[BLOCKS] = {0};
	for (size_t i = 0; i < m->n_rows; i++)
		used[m->block[i]] = true;
	for (int kind = 0; kind < KINDS; kind++) {
		struct matrix *x = &g->x[kind];
		float all = 0;
		for (size_t b = 0; b < BLOCKS; b++)
			all += used[b] ? block_weight[kind][b] * block_weight[kind][b] : 0;
		g->scale[kind] = all > 0 ? 1 / sqrtf(all) : 1;
		size_t priors = kind == SOFTMAX ? l->n_priors * l->labels.n : 0;
		*x = (struct matrix){.n = l->n, .n_cols = m->n_rows + priors};
		x->start = mem_array(l->n + 1, sizeof *x->start);
		x->col = mem_array(l->n_counts + l->n * priors + 1, sizeof *x->col);
		x->x = mem_array(l->n_counts + l->n * priors + 1, sizeof *x->x);
		size_t n = 0;
		for (size_t i = 0; i < l->n; i++) {
			float square[BLOCKS] = {0};
			x->start[i] = n;
			for (size_t j = l->v[i].start; j < l->v[i].start + l->v[i].n; j++) {
				uint32_t r = row[l->counts[j].key];
				if (r == UINT32_MAX || block_weight[kind][m->block[r]] == 0)
					continue;
				float c = l->counts[j].n, v = (c == 1 ? 1 : c < 1 ? c : 1 + logf(c)) * m->idf[r];
				square[m->block[r]] += v * v;
				x->col[n] = r;
				x->x[n++] = v;
			}
			for (size_t j = x->start[i]; j < n; j++) {
				size_t b = m->block[x->col[j]];
				x->x[j] *= block_weight[kind][b] * g->scale[kind] / sqrtf(square[b]);
			}
			for (size_t j = 0; j < priors; j++) {
				float p = l->prior[i * priors + j];
				if (p == 0)
					continue;
				x->col[n] = m->n_rows + (uint32_t)j;
				x->x[n++] = p * PRIOR_COUNTS[j >= l->labels.n];
			}
		}
		x->start[l->n] = n;
	}
}

/* Folds: those of one institution together, or of one time; else each label's texts in turn. */
static void choose_folds(struct learning *g)
{
	const struct lessons *l = g->l;
	unsigned *turn = mem_array(l->labels.n + 1, sizeof *turn);
	for (size_t i = 0; i < l->n; i++)
		g->fold[i] = g->t->by_time ? (int)(i * FOLDS / l->n) : (int)((l->v[i].group ? l->v[i].group >> 3 : turn[l->v[i].label]++) % FOLDS);
	free(turn);
}

static void choose_costs(struct learning *g)
{
	const struct lessons *l = g->l;
	struct index of;
	double *sum = mem_array(l->n + 1, sizeof *sum), most = fmax(AT_LEAST, SENDER_SHARE * (double)l->n);
	uint32_t n = 0;
	index_new(&of, l->n);
	for (size_t i = 0; i < l->n; i++) {
		uint32_t who = l->v[i].who, at = who ? index_find(&of, who) : 0;
		if (who && at == UINT32_MAX)
			index_add(&of, who, at = n++);
		if (who)
			sum[at] += 1;
	}
	for (size_t i = 0; i < l->n; i++) {
		double all = l->v[i].who ? sum[index_find(&of, l->v[i].who)] : 1;
		g->cost[i] = (float)(all > most ? most / all : 1);
		g->label[i] = l->v[i].label;
		g->second[i] = l->v[i].second;
	}
	index_free(&of);
	free(sum);
}

static void do_job(struct job *j)
{
	const struct learning *g = j->g;
	size_t lanes = solve_lanes(g->l->labels.n);
	for (size_t i = 0; i < g->l->n; i++)
		j->cost[i] = g->fold[i] == j->fold ? 0 : g->cost[i];
	for (int kind = 0; kind < KINDS; kind++) {
		struct problem p = {&g->x[kind], g->label, g->second, j->cost, g->l->labels.n};
		j->w[kind] = mem_array((g->x[kind].n_cols + 1) * lanes, sizeof(float));
		(kind == SOFTMAX ? solve_softmax : solve_hinge)(&p, COST[kind], g->rounds, j->w[kind]);
	}
}

static void *work(void *ctx)
{
	struct learning *g = ctx;
	for (;;) {
		pthread_mutex_lock(&g->lock);
		size_t at = g->next++;
		if (at < g->n_jobs && g->t->progress)
			g->t->progress(g->t->ctx, "learning", at, g->n_jobs);
		pthread_mutex_unlock(&g->lock);
		if (at >= g->n_jobs)
			return NULL;
		do_job(&g->jobs[at]);
	}
}

/* The jobs do not look at each other, so two at a time give the same as one by one. */
static void do_jobs(struct learning *g)
{
	pthread_t other;
	pthread_mutex_init(&g->lock, NULL);
	bool two = g->n_jobs > 1 && pthread_create(&other, NULL, work, g) == 0;
	work(g);
	if (two)
		pthread_join(other, NULL);
	pthread_mutex_destroy(&g->lock);
}

/* --- what is chosen on the texts that were held out --- */

struct held { /* scores of the texts of all folds, by a solution that had not seen them */
	float *score[KINDS + MODEL_PRIORS_MAX];
	int *label; /* -1: in no fold that was solved */
	float *cost;
	double weight[KINDS + MODEL_PRIORS_MAX];
};

static void hold(struct learning *g, struct held *h)
{
	size_t k = g->l->labels.n, lanes = solve_lanes(k), n = g->l->n;
	float *room = mem_array(lanes, sizeof *room);
	for (size_t s = 0; s < KINDS + g->l->n_priors; s++)
		h->score[s] = mem_array(n * k + 1, sizeof(float));
	h->label = mem_array(n + 1, sizeof *h->label);
	for (size_t i = 0; i < n; i++) {
		h->label[i] = -1;
		for (size_t j = 0; j < g->n_jobs; j++) {
			if (g->jobs[j].fold != g->fold[i])
				continue;
			h->label[i] = (int)g->label[i];
			for (int kind = 0; kind < KINDS; kind++) {
				solve_scores(&g->x[kind], i, lanes, g->jobs[j].w[kind], room);
				if (h->score[kind])
					memcpy(h->score[kind] + i * k, room, k * sizeof *room);
			}
		}
		for (size_t s = 0; s < g->l->n_priors; s++)
			if (h->score[KINDS + s])
				memcpy(h->score[KINDS + s] + i * k, g->l->prior + (i * g->l->n_priors + s) * k, k * sizeof *room);
	}
	free(room);
}

static void mix(struct learning *g, struct held *h)
{
	for (size_t s = 0; s < KINDS + g->l->n_priors; s++)
		h->weight[s] = s <= KINDS; /* of the priors, the first */
	fit_mixture((const float *const *)h->score, KINDS + g->l->n_priors, h->label, g->cost, g->l->n, g->l->labels.n, 1, h->weight);
}

static int share(const struct learning *g, const struct held *h, size_t i, double *p)
{
	size_t k = g->l->labels.n;
	double most = -HUGE_VAL, total = 0;
	int best = 0;
	for (size_t j = 0; j < k; j++) {
		p[j] = 0;
		for (size_t s = 0; s < KINDS + g->l->n_priors; s++)
			p[j] += h->weight[s] * (double)h->score[s][i * k + j];
		if (p[j] > most) {
			most = p[j];
			best = (int)j;
		}
	}
	for (size_t j = 0; j < k; j++)
		total += p[j] = exp(p[j] - most);
	for (size_t j = 0; j < k; j++)
		p[j] /= total;
	return best;
}

/* How much of each text was in the lessons of the other folds: as look_up() in model.c. */
static double *known_of(const struct learning *g)
{
	const struct lessons *l = g->l;
	double *known = mem_array(l->n + 1, sizeof *known);
	uint32_t *within = mem_array(l->n_all + 1, sizeof *within);
	for (size_t j = 1; j < g->n_jobs; j++) {
		memset(within, 0, l->n_all * sizeof *within);
		for (size_t i = 0; i < l->n; i++)
			for (size_t a = 0; g->fold[i] == g->jobs[j].fold && a < l->v[i].n; a++)
				within[l->counts[l->v[i].start + a].key]++;
		for (size_t i = 0; i < l->n; i++) {
			double all = 0, met = 0;
			for (size_t a = 0; g->fold[i] == g->jobs[j].fold && a < l->v[i].n; a++) {
				const struct count *c = &l->counts[l->v[i].start + a];
				double n = l->block[c->key] == BLOCK_LETTERS ? (double)c->n : 0;
				all += n;
				met += l->df[c->key] > within[c->key] ? n : 0;
			}
			if (all > 0)
				known[i] = met / all;
		}
	}
	free(within);
	return known;
}

static void be_sure(struct learning *g, struct held *h)
{
	size_t k = g->l->labels.n, n = 0;
	double *p = mem_array(k, sizeof *p), *x = mem_array(g->l->n * SURE_TERMS + 1, sizeof *x), weight[SURE_TERMS] = {0, 1};
	unsigned char *right = mem_array(g->l->n + 1, 1);
	float *cost = mem_array(g->l->n + 1, sizeof *cost);
	double *known = known_of(g);
	for (size_t i = 0; i < g->l->n; i++) {
		if (h->label[i] < 0)
			continue;
		int best = share(g, h, i, p);
		sure_terms(p, k, best, known[i], g->l->v[i].words, x + n * SURE_TERMS);
		right[n] = best == (int)g->label[i] || best == (int)g->second[i];
		cost[n++] = g->cost[i];
		if (g->t->held_out)
			memcpy(g->t->held_out + i * k, p, k * sizeof *p);
	}
	fit_logistic(x, SURE_TERMS, right, cost, n, 5, weight);
	for (size_t i = 0; i < SURE_TERMS; i++)
		g->m->sure[i] = (float)weight[i];
	for (size_t i = 0, at = 0; g->t->held_sure && i < g->l->n; i++) {
		double sum = 0;
		for (size_t j = 0; h->label[i] >= 0 && j < SURE_TERMS; j++)
			sum += weight[j] * x[at * SURE_TERMS + j];
		g->t->held_sure[i] = h->label[i] < 0 ? -1 : logistic(sum);
		at += h->label[i] >= 0;
	}
	free(p);
	free(x);
	free(right);
	free(cost);
	free(known);
}

static void put_together(struct learning *g, const struct held *h)
{
	struct model *m = g->m;
	const struct job *j = &g->jobs[0];
	size_t lanes = m->lanes;
	m->w = mem_array((constant_row(m) + 1) * lanes, sizeof *m->w);
	for (int kind = 0; kind < KINDS; kind++) {
		float by = (float)h->weight[kind];
		for (size_t r = 0; r < m->n_rows; r++)
			add_lanes(m->w + r * lanes, by * block_weight[kind][m->block[r]] * g->scale[kind], j->w[kind] + r * lanes, lanes);
		add_lanes(m->w + constant_row(m) * lanes, by, j->w[kind] + g->x[kind].n_cols * lanes, lanes);
	}
	for (size_t s = 0; s < m->n_priors; s++)
		for (size_t i = 0; i < m->labels.n; i++) {
			size_t r = prior_row(m, s, i);
			add_lanes(m->w + r * lanes, (float)h->weight[SOFTMAX] * PRIOR_COUNTS[s > 0], j->w[SOFTMAX] + r * lanes, lanes);
			m->w[r * lanes + i] += (float)h->weight[KINDS + s];
		}
}

static void learning_free(struct learning *g)
{
	for (int kind = 0; kind < KINDS; kind++) {
		free(g->x[kind].start);
		free(g->x[kind].col);
		free(g->x[kind].x);
	}
	for (size_t i = 0; i < g->n_jobs; i++) {
		free(g->jobs[i].cost);
		for (int kind = 0; kind < KINDS; kind++)
			free(g->jobs[i].w[kind]);
	}
	free(g->jobs);
	free(g->label);
	free(g->second);
	free(g->cost);
	free(g->fold);
}

static bool learnable(const struct lessons *l, struct err *e)
{
	if (l->n == 0)
		return err_set(e, ERR_INPUT, "there is nothing to learn from");
	if (l->labels.n < 2)
		return err_set(e, ERR_INPUT, "all texts have the label '%s': there is nothing to tell apart", l->labels.v[0]);
	return true;
}

struct model *model_train(const struct lessons *l, const struct training *t, struct err *e)
{
	if (!learnable(l, e))
		return NULL;
	size_t n = l->n, k = l->labels.n;
	struct model *m = mem_alloc(sizeof *m);
	struct learning g = {.l = l, .m = m, .t = t};
	bool many = n * k > MANY;
	m->kin = kin_new();
	for (size_t i = 0; i < k; i++)
		strs_add(&m->labels, l->labels.v[i]);
	m->lanes = solve_lanes(k);
	m->n_priors = l->n_priors;
	uint32_t *row = choose_rows(l, m);
	make_matrices(&g, row);
	free(row);
	g.label = mem_array(n, sizeof *g.label);
	g.second = mem_array(n, sizeof *g.second);
	g.cost = mem_array(n, sizeof *g.cost);
	g.fold = mem_array(n, sizeof *g.fold);
	choose_costs(&g);
	choose_folds(&g);
	g.rounds = n * k > VERY_MANY ? FEWEST_ROUNDS : many ? FEW_ROUNDS : ROUNDS;
	g.n_jobs = many ? 2 : 1 + FOLDS;
	g.jobs = mem_array(g.n_jobs, sizeof *g.jobs);
	for (size_t i = 0; i < g.n_jobs; i++)
		g.jobs[i] = (struct job){.g = &g, .fold = (int)i - 1, .cost = mem_array(n, sizeof(float))};
	do_jobs(&g);
	struct held h = {0};
	hold(&g, &h);
	mix(&g, &h);
	be_sure(&g, &h);
	put_together(&g, &h);
	for (size_t s = 0; s < KINDS + MODEL_PRIORS_MAX; s++)
		free(h.score[s]);
	free(h.label);
	learning_free(&g);
	return m;
}
