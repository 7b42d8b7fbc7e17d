/* Both problems are convex, so a solution is right when the gradient of what is to be least is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "topic/solve.h"

enum { N = 60, COLS = 12, K = 3, LANE = 8 };

struct made {
	size_t start[N + 1];
	uint32_t col[N * 4], label[N];
	float x[N * 4], cost[N];
	struct matrix m;
};

static uint32_t next(uint32_t *s)
{
	return *s = *s * 1664525u + 1013904223u;
}

static void make(struct made *d)
{
	uint32_t s = 7;
	size_t n = 0;
	for (size_t i = 0; i < N; i++) {
		d->start[i] = n;
		d->label[i] = (next(&s) >> 20) % K;
		d->cost[i] = i % 5 ? 1 : 0.5f;
		for (uint32_t j = 0; j < 4; j++, n++) {
			d->col[n] = j * 3 + (next(&s) >> 20) % 3;
			d->x[n] = 0.2f + (float)((next(&s) >> 20) % 100) / 100 + (d->col[n] % 3 == d->label[i] ? 0.5f : 0);
		}
	}
	d->start[N] = n;
	d->m = (struct matrix){N, COLS, d->start, d->col, d->x};
}

static double dot(const struct made *d, size_t i, const float *w, size_t k)
{
	double sum = (double)w[COLS * LANE + k];
	for (size_t j = d->start[i]; j < d->start[i + 1]; j++)
		sum += (double)d->x[j] * (double)w[d->col[j] * LANE + k];
	return sum;
}

/* The gradient of |w|²/2 + c · the losses, for one label; the greatest of its parts. */
static double gradient(const struct made *d, const float *w, float c, size_t k, bool softmax)
{
	double g[COLS + 1], most = 0;
	for (size_t j = 0; j <= COLS; j++)
		g[j] = (double)w[j * LANE + k];
	for (size_t i = 0; i < N; i++) {
		double by;
		if (softmax) {
			double total = 0;
			for (size_t a = 0; a < K; a++)
				total += exp(dot(d, i, w, a));
			by = exp(dot(d, i, w, k)) / total - (d->label[i] == k);
		} else {
			double y = d->label[i] == k ? 1 : -1, lack = 1 - y * dot(d, i, w, k);
			by = lack > 0 ? -2 * y * lack : 0;
		}
		by *= (double)(c * d->cost[i]);
		for (size_t j = d->start[i]; j < d->start[i + 1]; j++)
			g[d->col[j]] += by * (double)d->x[j];
		g[COLS] += by;
	}
	for (size_t j = 0; j <= COLS; j++)
		most = fmax(most, fabs(g[j]));
	return most;
}

static void solutions_are_solutions(void **state)
{
	(void)state;
	struct made d;
	make(&d);
	struct problem p = {&d.m, d.label, NULL, d.cost, K};
	for (int softmax = 0; softmax < 2; softmax++) {
		float *w = mem_array((COLS + 1) * LANE, sizeof *w);
		(softmax ? solve_softmax : solve_hinge)(&p, 2, 3000, w);
		for (size_t k = 0; k < K; k++)
			if (gradient(&d, w, 2, k, softmax) > 0.02)
				fail_msg("softmax %d, label %zu: the gradient is %f", softmax, k, gradient(&d, w, 2, k, softmax));
		free(w);
	}
}

static void what_costs_nothing_is_left_out(void **state)
{
	(void)state;
	struct made d, e;
	make(&d);
	make(&e);
	for (size_t i = 0; i < N; i += 3) {
		d.cost[i] = e.cost[i] = 0;
		e.label[i] = (e.label[i] + 1) % K;
	}
	for (int softmax = 0; softmax < 2; softmax++) {
		float v[(COLS + 1) * LANE] = {0}, w[(COLS + 1) * LANE] = {0};
		struct problem p = {&d.m, d.label, NULL, d.cost, K}, q = {&e.m, e.label, NULL, e.cost, K};
		(softmax ? solve_softmax : solve_hinge)(&p, 1, 10, v);
		(softmax ? solve_softmax : solve_hinge)(&q, 1, 10, w);
		assert_memory_equal(v, w, sizeof v); /* and the same data give the same bits */
	}
}

/* A text of two labels pulls towards both, more to the first. */
static void a_second_label(void **state)
{
	(void)state;
	size_t start[] = {0, 1};
	uint32_t col[] = {0}, label[] = {2}, second[] = {0};
	float x[] = {1}, cost[] = {1}, w[2 * LANE] = {0}, out[LANE];
	struct matrix m = {1, 1, start, col, x};
	struct problem p = {&m, label, second, cost, K};
	solve_softmax(&p, 5, 100, w);
	solve_scores(&m, 0, LANE, w, out);
	assert_true(out[2] > out[0] && out[0] > out[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(solutions_are_solutions), cmocka_unit_test(what_costs_nothing_is_left_out),
	                                   cmocka_unit_test(a_second_label)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
