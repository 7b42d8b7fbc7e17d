/* evaluate: how right the classifier is, on mails that the fold had not learned from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/lessons.h"

enum { BINS = 10 };

struct said { /* of one mail */
	int label, second, best;
	double confidence;
	bool right; /* as the one or as one of two */
};

static int index_in(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return (int)i;
	return -1;
}

static void print_share(const char *what, size_t n, size_t of)
{
	printf("%-44s %5.1f %% (%zu of %zu)\n", what, of ? 100.0 * (double)n / (double)of : 0, n, of);
}

static void print_table(const struct strs *labels, const struct said *v, size_t n)
{
	size_t k = labels->n, *count = mem_array(k * k, sizeof *count);
	for (size_t i = 0; i < n; i++)
		count[(size_t)v[i].label * k + (size_t)v[i].best]++;
	printf("\n%-14s", "label \\ said");
	for (size_t j = 0; j < k; j++)
		printf("%13s", labels->v[j]);
	printf("   recall  precision\n");
	for (size_t i = 0; i < k; i++) {
		size_t row = 0, column = 0;
		printf("%-14s", labels->v[i]);
		for (size_t j = 0; j < k; j++) {
			printf("%13zu", count[i * k + j]);
			row += count[i * k + j];
			column += count[j * k + i];
		}
		printf("%7.1f %%%9.1f %%\n", row ? 100.0 * (double)count[i * k + i] / (double)row : 0, column ? 100.0 * (double)count[i * k + i] / (double)column : 0);
	}
	free(count);
}

static void print_reliability(const struct said *v, size_t n)
{
	double said[BINS] = {0}, error = 0;
	size_t right[BINS] = {0}, count[BINS] = {0};
	for (size_t i = 0; i < n; i++) {
		int b = v[i].confidence >= 1 ? BINS - 1 : (int)(v[i].confidence * BINS);
		said[b] += v[i].confidence;
		right[b] += v[i].right;
		count[b]++;
	}
	printf("\nreliability\n");
	for (size_t b = 0; b < BINS; b++) {
		if (!count[b])
			continue;
		double c = (double)count[b];
		printf("  said %.2f   right %.2f   mails %4zu\n", said[b] / c, (double)right[b] / c, count[b]);
		error += fabs(said[b] - (double)right[b]);
	}
	printf("  expected calibration error %.1f %%\n", 100 * error / (double)n);
}

static int by_confidence(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	return x->confidence > y->confidence ? -1 : x->confidence < y->confidence;
}

static void print_coverage(struct said *v, size_t n)
{
	static const double wanted[] = {0.99, 0.98, 0.97, 0.95, 0.90};
	qsort(v, n, sizeof *v, by_confidence);
	printf("\nright at least in   share of mails   threshold\n");
	for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
		size_t most = 0, right = 0;
		for (size_t i = 0; i < n; i++) {
			right += v[i].right;
			if ((double)right >= wanted[w] * (double)(i + 1))
				most = i + 1;
		}
		printf("  %.0f %%              %5.1f %%          %.2f\n", 100 * wanted[w], 100.0 * (double)most / (double)n, most ? v[most - 1].confidence : 1);
	}
}

static struct said *said_of(const struct labelled *l, const struct strs *labels, const double *p, const double *sure)
{
	size_t n = l->label.n, k = labels->n;
	struct said *v = mem_array(n, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		struct said *s = &v[i];
		s->label = index_in(labels, l->label.v[i]);
		s->second = index_in(labels, l->second.v[i]);
		for (size_t j = 0; j < k; j++)
			if (p[i * k + j] > p[i * k + (size_t)s->best])
				s->best = (int)j;
		s->confidence = sure[i];
		s->right = s->best == s->label || s->best == s->second;
	}
	return v;
}

static void report(const struct labelled *l, const struct strs *labels, const double *p, const double *sure, double threshold)
{
	size_t n = l->label.n, right = 0, either = 0, given = 0, given_right = 0, above = 0, above_right = 0;
	struct said *v = said_of(l, labels, p, sure);
	for (size_t i = 0; i < n; i++) {
		right += v[i].best == v[i].label;
		either += v[i].right;
		given += v[i].best != (int)labels->n - 1;
		given_right += v[i].best != (int)labels->n - 1 && v[i].right;
	}
	printf("%zu mails, each by a model that had not learned from it\n\n", n);
	for (size_t i = 0; i < n; i++) {
		above += v[i].confidence >= threshold;
		above_right += v[i].confidence >= threshold && v[i].right;
	}
	print_share("topic right", right, n);
	print_share("  the second topic counts as well", either, n);
	print_share("  of those given a topic", given_right, given);
	print_share("sure enough (triage.confidence)", above, n);
	print_share("  of those right", above_right, above);
	print_table(labels, v, n);
	print_reliability(v, n);
	print_coverage(v, n);
	free(v);
}

int cmd_evaluate(struct ctl *c)
{
	const char *mails = NULL;
	struct err e;
	ctl_option(c, "mails", &mails);
	bool by_time = ctl_option(c, "by-time", NULL);
	if (!mails || c->argc)
		return ctl_usage("evaluate wants --mails FILE");
	int code = ctl_config(c, false);
	if (code != EX_OK)
		return code;
	struct labelled *l = labelled_read(c->config, mails, &e);
	if (!l)
		return ctl_fail(&e);
	size_t k = c->config->n_topics + 1;
	double *p = mem_array(lessons_count(l->lessons) * k + 1, sizeof *p), *sure = mem_array(lessons_count(l->lessons) + 1, sizeof *sure);
	struct training how = {.progress = ctl_progress, .by_time = by_time, .held_out = p, .held_sure = sure};
	struct model *m = model_train(l->lessons, &how, &e);
	ctl_progress_end();
	if (m)
		report(l, model_labels(m), p, sure, c->config->triage.confidence);
	free(p);
	free(sure);
	model_free(m);
	labelled_free(l);
	return m ? EX_OK : ctl_fail(&e);
}
