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
#include "topic/fit.h"

enum { N = 4000, K = 4 };

static double uniform(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return ((double)(*s >> 8) + 0.5) / (1 << 24);
}

/* Labels drawn from a softmax of 0.5 · a + 2 · b, beside a score that says nothing: the fit finds these numbers again. */
static void weights_are_found_again(void **state)
{
	(void)state;
	static float a[N * K], b[N * K], nothing[N * K];
	static int label[N];
	uint32_t s = 1;
	for (size_t i = 0; i < N; i++) {
		double p[K], total = 0, at;
		for (size_t k = 0; k < K; k++) {
			a[i * K + k] = (float)(6 * uniform(&s));
			b[i * K + k] = (float)(2 * uniform(&s));
			nothing[i * K + k] = (float)uniform(&s);
			total += p[k] = exp(0.5 * (double)a[i * K + k] + 2 * (double)b[i * K + k]);
		}
		at = uniform(&s) * total;
		for (label[i] = 0; label[i] < K - 1 && at > p[label[i]]; label[i]++)
			at -= p[label[i]];
	}
	label[7] = -1; /* left out */
	double w[3] = {1, 1, 1};
	fit_mixture((const float *const[]){a, b, nothing}, 3, label, NULL, N, K, 1, w);
	assert_true(fabs(w[0] - 0.5) < 0.05);
	assert_true(fabs(w[1] - 2) < 0.15);
	assert_true(w[2] >= 0 && w[2] < 0.25);
}

/* What speaks against the labels gets no weight, not a negative one; and without texts the beginning stays. */
static void no_weight_is_negative(void **state)
{
	(void)state;
	const float score[] = {1, 0, 1, 0, 0, 1};
	const int label[] = {1, 1, 0}, none[] = {-1, -1, -1};
	double w[1] = {1}, v[1] = {1};
	fit_mixture((const float *const[]){score}, 1, label, NULL, 3, 2, 0.1, w);
	assert_true(w[0] == 0);
	fit_mixture((const float *const[]){score}, 1, none, NULL, 3, 2, 1, v);
	assert_true(v[0] == 1);
}

/* Three of four are right whatever is said: the constant is log 3. */
static void a_share_is_found(void **state)
{
	(void)state;
	double x[400], w[1] = {0};
	unsigned char right[400];
	for (size_t i = 0; i < 400; i++) {
		x[i] = 1;
		right[i] = i % 4 != 0;
	}
	fit_logistic(x, 1, right, NULL, 400, 1e-6, w);
	assert_true(fabs(w[0] - log(3)) < 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(weights_are_found_again), cmocka_unit_test(no_weight_is_negative), cmocka_unit_test(a_share_is_found)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
