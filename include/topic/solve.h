/* solve: the weights of a linear model, by dual coordinate ascent: the problems that liblinear solves (L2-regularised squared hinge,
 * one against the rest; softmax regression), but for all labels in one pass over the data, which with many labels is ten times as
 * fast, and with a sequence of its own in place of rand(): the same data give the same weights, bit for bit. */
#ifndef TOPIC_SOLVE_H
#define TOPIC_SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANES = 8 }; /* weights of one feature: as many as labels, filled up to a multiple of this */

struct matrix { /* one row a text; only what is not 0 */
	size_t n, n_cols;
	size_t *start; /* n + 1 */
	uint32_t *col;
	float *x;
};

struct problem {
	const struct matrix *m;
	const uint32_t *label, *second; /* second: NULL, or the text's other label (or its label again) */
	const float *cost;              /* how much each text counts; 0: it is left out */
	size_t k;                       /* labels */
};

/* Wider vectors where the machine has them: twice as fast, the same bits (no fused multiply-add: it rounds otherwise). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

size_t solve_lanes(size_t k);
/* to += x * v, lane by lane and never a sum over lanes: the same result whatever the machine's vectors are. */
static inline void add_lanes(float *restrict to, float x, const float *restrict v, size_t lanes)
{
	for (size_t i = 0; i < lanes; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			to[i + j] += x * v[i + j];
}

/* w: lanes of column 0, of column 1, …; then those of the constant. (n_cols + 1) * solve_lanes(k), zeroed. */
void solve_softmax(const struct problem *p, float c, unsigned rounds, float *w);
void solve_hinge(const struct problem *p, float c, unsigned rounds, float *w);
void solve_scores(const struct matrix *m, size_t row, size_t lanes, const float *w, float *out);

#endif
