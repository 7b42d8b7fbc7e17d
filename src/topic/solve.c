#include "topic/solve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const float SECOND_SHARE = 0.4f; /* of a text that asks two things */
static const float SMALL = 1e-5f;       /* a step that is none */

size_t solve_lanes(size_t k)
{
	return (k + LANES - 1) / LANES * LANES;
}

enum { AHEAD = 12 /* rows that are fetched before they are needed: most of the time goes into waiting for them */ };

WIDE void solve_scores(const struct matrix *m, size_t row, size_t lanes, const float *w, float *out)
{
	float few[LANES] = {0}; /* stays in registers */
	memcpy(out, w + m->n_cols * lanes, lanes * sizeof *out);
	if (lanes == LANES)
		memcpy(few, out, sizeof few);
	for (size_t j = m->start[row], end = m->start[row + 1]; j < end; j++) {
		__builtin_prefetch(w + m->col[j + AHEAD < end ? j + AHEAD : j] * lanes);
		if (lanes == LANES)
			add_lanes(few, m->x[j], w + m->col[j] * LANES, LANES);
		else
			add_lanes(out, m->x[j], w + m->col[j] * lanes, lanes);
	}
	if (lanes == LANES)
		memcpy(out, few, sizeof few);
}

WIDE static void move(const struct matrix *m, size_t row, size_t lanes, const float *step, uint32_t *some, float *w)
{
	size_t n = 0;
	for (size_t i = 0; i < lanes; i++)
		if (step[i] != 0)
			some[n++] = (uint32_t)i;
	bool few = n * 4 < lanes; /* most labels were right about the text, as the solution comes near */
	for (size_t j = m->start[row]; n && j <= m->start[row + 1]; j++) {
		bool constant = j == m->start[row + 1];
		float *at = w + (constant ? m->n_cols : m->col[j]) * lanes, x = constant ? 1 : m->x[j];
		if (!few)
			add_lanes(at, x, step, lanes);
		for (size_t i = 0; few && i < n; i++)
			at[some[i]] += x * step[some[i]];
	}
}

static float square(const struct matrix *m, size_t row)
{
	float sum = 1;
	for (size_t j = m->start[row]; j < m->start[row + 1]; j++)
		sum += m->x[j] * m->x[j];
	return sum;
}

static void shuffle(uint32_t *order, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		size_t j = *state % i;
		uint32_t t = order[i - 1];
		order[i - 1] = order[j];
		order[j] = t;
	}
}

struct state {
	const struct problem *p;
	size_t lanes;
	float c;
	float *dual; /* dual: lanes of each text */
	float *square; /* of the length of each text */
	float *score, *step;
	uint32_t *some;
};

typedef void visit_fn(struct state *s, size_t row);

/* Squared hinge, each label against the rest (Hsieh et al., ICML 2008). */
static void visit_hinge(struct state *s, size_t row)
{
	const struct problem *p = s->p;
	float *dual = s->dual + row * s->lanes, diagonal = 1 / (2 * s->c * p->cost[row]), all = s->square[row] + diagonal;
	for (size_t k = 0; k < p->k; k++) {
		float y = k == p->label[row] || (p->second && k == p->second[row]) ? 1 : -1;
		float now = dual[k] - (y * s->score[k] - 1 + dual[k] * diagonal) / all;
		now = now > 0 ? now : 0;
		float step = now - dual[k];
		s->step[k] = fabsf(step) < SMALL ? 0 : y * step;
		dual[k] += y * s->step[k];
	}
}

/* Softmax (Shalev-Shwartz and Zhang, 2013): towards what the text lacks to its label, as far as is sure to be a gain. */
static void visit_softmax(struct state *s, size_t row)
{
	const struct problem *p = s->p;
	float *dual = s->dual + row * s->lanes, most = s->score[0], total = 0, c = s->c * p->cost[row];
	for (size_t k = 1; k < p->k; k++)
		most = s->score[k] > most ? s->score[k] : most;
	for (size_t k = 0; k < p->k; k++)
		total += s->step[k] = expf(s->score[k] - most);
	float far = 1 / (1 + 0.5f * c * s->square[row]);
	bool two = p->second && p->second[row] != p->label[row];
	for (size_t k = 0; k < p->k; k++) {
		float wanted = k == p->label[row] ? (two ? 1 - SECOND_SHARE : 1) : two && k == p->second[row] ? SECOND_SHARE : 0;
		float step = (wanted - s->step[k] / total - dual[k]) * far;
		if (fabsf(step) < SMALL)
			step = 0;
		dual[k] += step;
		s->step[k] = c * step;
	}
}

static void solve(const struct problem *p, float c, unsigned rounds, float *w, visit_fn *visit)
{
	size_t lanes = solve_lanes(p->k), n = 0;
	struct state s = {.p = p, .lanes = lanes, .c = c};
	s.dual = mem_array(p->m->n * lanes + 1, sizeof *s.dual);
	s.score = mem_array(lanes, sizeof *s.score);
	s.step = mem_array(lanes, sizeof *s.step);
	s.some = mem_array(lanes, sizeof *s.some);
	uint32_t *order = mem_array(p->m->n ? p->m->n : 1, sizeof *order);
	uint64_t state = 88172645463325252u;
	s.square = mem_array(p->m->n + 1, sizeof *s.square);
	for (size_t i = 0; i < p->m->n; i++)
		s.square[i] = square(p->m, i);
	for (size_t i = 0; i < p->m->n; i++)
		if (p->cost[i] > 0)
			order[n++] = (uint32_t)i;
	for (unsigned round = 0; round < rounds; round++) {
		shuffle(order, n, &state);
		for (size_t i = 0; i < n; i++) {
			solve_scores(p->m, order[i], lanes, w, s.score);
			visit(&s, order[i]);
			move(p->m, order[i], lanes, s.step, s.some, w);
		}
	}
	free(s.dual);
	free(s.square);
	free(s.score);
	free(s.step);
	free(s.some);
	free(order);
}

void solve_softmax(const struct problem *p, float c, unsigned rounds, float *w)
{
	solve(p, c, rounds, w, visit_softmax);
}

void solve_hinge(const struct problem *p, float c, unsigned rounds, float *w)
{
	solve(p, c, rounds, w, visit_hinge);
}
