#include "topic/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ROUNDS = 40, HALVINGS = 12 };
static const double ENOUGH = 1e-7;

struct sum { /* of the loss at one point */
	double loss, gradient[FIT_MOST], curve[FIT_MOST][FIT_MOST];
};

struct task {
	const float *const *score;
	const double *x;
	const int *label;
	const unsigned char *right;
	const float *cost;
	size_t n, k, terms;
	double pull, *start;
	double *room; /* k */
};

static void add_softmax(const struct task *t, size_t i, const double *weight, struct sum *s)
{
	double most = -HUGE_VAL, total = 0, mean[FIT_MOST] = {0}, c = t->cost ? (double)t->cost[i] : 1;
	for (size_t j = 0; j < t->k; j++) {
		double z = 0;
		for (size_t a = 0; a < t->terms; a++)
			z += weight[a] * (double)t->score[a][i * t->k + j];
		t->room[j] = z;
		most = z > most ? z : most;
	}
	double own = t->room[t->label[i]] - most;
	for (size_t j = 0; j < t->k; j++)
		total += t->room[j] = exp(t->room[j] - most);
	s->loss += c * (log(total > 1 ? total : 1) - own); /* the largest term of it is 1 */
	for (size_t j = 0; j < t->k; j++) {
		double p = t->room[j] /= total;
		for (size_t a = 0; p > 1e-12 && a < t->terms; a++)
			mean[a] += p * (double)t->score[a][i * t->k + j];
	}
	for (size_t a = 0; a < t->terms; a++)
		s->gradient[a] += c * (mean[a] - (double)t->score[a][i * t->k + (size_t)t->label[i]]);
	for (size_t j = 0; j < t->k; j++)
		for (size_t a = 0; t->room[j] > 1e-12 && a < t->terms; a++)
			for (size_t b = 0; b <= a; b++)
				s->curve[a][b] += c * t->room[j] * ((double)t->score[a][i * t->k + j] - mean[a]) * ((double)t->score[b][i * t->k + j] - mean[b]);
}

static void add_logistic(const struct task *t, size_t i, const double *weight, struct sum *s)
{
	double z = 0, c = t->cost ? (double)t->cost[i] : 1;
	const double *x = t->x + i * t->terms;
	for (size_t a = 0; a < t->terms; a++)
		z += weight[a] * x[a];
	double p = 1 / (1 + exp(-z)), y = t->right[i];
	s->loss += c * (z > 0 ? log1p(exp(-z)) + (1 - y) * z : log1p(exp(z)) - y * z);
	for (size_t a = 0; a < t->terms; a++) {
		s->gradient[a] += c * (p - y) * x[a];
		for (size_t b = 0; b <= a; b++)
			s->curve[a][b] += c * p * (1 - p) * x[a] * x[b];
	}
}

static void measure(const struct task *t, const double *weight, struct sum *s)
{
	*s = (struct sum){0};
	for (size_t i = 0; i < t->n; i++) {
		if (t->right)
			add_logistic(t, i, weight, s);
		else if (t->label && t->label[i] >= 0)
			add_softmax(t, i, weight, s);
	}
	for (size_t a = 0; a < t->terms; a++) {
		double off = weight[a] - t->start[a];
		s->loss += 0.5 * t->pull * off * off;
		s->gradient[a] += t->pull * off;
		s->curve[a][a] += t->pull + 1e-9;
		for (size_t b = 0; b < a; b++)
			s->curve[b][a] = s->curve[a][b];
	}
}

/* Solves curve * step = gradient over the terms that are free to move; by elimination, the matrix is positive definite. */
static void newton(const struct sum *s, size_t terms, const unsigned char *fixed, double *step)
{
	double m[FIT_MOST][FIT_MOST + 1];
	for (size_t a = 0; a < terms; a++) {
		for (size_t b = 0; b < terms; b++)
			m[a][b] = fixed[a] || fixed[b] ? a == b : s->curve[a][b];
		m[a][terms] = fixed[a] ? 0 : s->gradient[a];
	}
	for (size_t a = 0; a < terms; a++)
		for (size_t r = a + 1; r < terms; r++) {
			double f = m[r][a] / m[a][a];
			for (size_t b = a; b <= terms; b++)
				m[r][b] -= f * m[a][b];
		}
	for (size_t a = terms; a-- > 0;) {
		step[a] = m[a][terms];
		for (size_t b = a + 1; b < terms; b++)
			step[a] -= m[a][b] * step[b];
		step[a] /= m[a][a];
	}
}

static void minimise(struct task *t, double *weight, int least_zero)
{
	double start[FIT_MOST], try[FIT_MOST], step[FIT_MOST];
	struct sum now, then;
	memcpy(start, weight, t->terms * sizeof *start);
	t->start = start;
	measure(t, weight, &now);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned char fixed[FIT_MOST] = {0};
		for (size_t a = 0; a < t->terms; a++)
			fixed[a] = least_zero && weight[a] <= 0 && now.gradient[a] > 0;
		newton(&now, t->terms, fixed, step);
		double length = 1, gain = 0;
		for (int i = 0; i < HALVINGS; i++, length /= 2) {
			for (size_t a = 0; a < t->terms; a++) {
				try[a] = weight[a] - length * step[a];
				if (least_zero && try[a] < 0)
					try[a] = 0;
			}
			measure(t, try, &then);
			gain = now.loss - then.loss;
			if (gain > 0)
				break;
		}
		if (!(gain > ENOUGH * (1 + now.loss)))
			break;
		memcpy(weight, try, t->terms * sizeof *weight);
		now = then;
	}
	t->start = NULL;
}

void fit_mixture(const float *const *score, size_t sources, const int *label, const float *cost, size_t n, size_t k, double pull, double *weight)
{
	struct task t = {.score = score, .label = label, .cost = cost, .n = n, .k = k, .terms = sources, .pull = pull};
	t.room = mem_array(k, sizeof *t.room);
	minimise(&t, weight, 1);
	free(t.room);
}

void fit_logistic(const double *x, size_t terms, const unsigned char *right, const float *cost, size_t n, double pull, double *weight)
{
	struct task t = {.x = x, .right = right, .cost = cost, .n = n, .terms = terms, .pull = pull};
	minimise(&t, weight, 0);
}
