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

/* --- what it would have cost and saved --- */

struct tally {
	size_t n, right, either, given, given_right, above, above_right, placed, placed_right, triage;
};

/* placed: those that go to a topic's staff at once, as their confidence reaches the topic's threshold. */
static struct tally tally_of(const struct config *c, const struct said *v, size_t n)
{
	struct tally t = {.n = n};
	for (size_t i = 0; i < n; i++) {
		bool topic = v[i].best < (int)c->n_topics, above = v[i].confidence >= c->triage.confidence;
		bool placed = topic && v[i].confidence >= config_threshold(c, v[i].best);
		t.right += v[i].best == v[i].label;
		t.either += v[i].right;
		t.given += topic;
		t.given_right += topic && v[i].right;
		t.above += above;
		t.above_right += above && v[i].right;
		t.placed += placed;
		t.placed_right += placed && v[i].right;
	}
	t.triage = n - t.placed;
	return t;
}

static void print_cost(const struct tally *t)
{
	printf("\nwith it, of %zu mails\n", t->n);
	printf("  %6zu would have gone to their staff at once: looked through by nobody in between\n", t->placed_right);
	printf("  %6zu would have gone to the wrong ones, and had to be moved\n", t->placed - t->placed_right);
	printf("  %6zu would have gone through triage; without it all %zu do\n", t->triage, t->n);
}

/* --- the learning curve --- */

enum { CURVE = 12, TESTED_LEAST = 20 };

struct point {
	size_t learned, tested, right;
};

/* From the first n mails a model, and all later ones to try it on. */
static bool try_first(const struct config *c, const struct learn_set *s, struct point *p, struct err *e)
{
	const struct training quick = {0};
	struct lessons *l = p->learned ? learn_lessons(c, s, 0, p->learned, e) : NULL;
	struct model *m = l ? model_train(l, &quick, e) : NULL;
	bool ok = p->learned == 0 || m;
	lessons_free(l);
	if (!ok)
		return false;
	classifier_office(c->classifier, m);
	for (size_t i = p->learned; i < s->n; i++) {
		struct verdict v;
		double nobody = 1;
		classify_mail(c->classifier, &s->v[i].mail, &v);
		for (size_t j = 0; j < v.n; j++)
			nobody -= v.scores[j];
		const char *said = v.topic >= 0 && v.scores[v.topic] >= nobody ? c->topics[v.topic].name : "triage";
		p->tested++;
		p->right += strcmp(said, s->v[i].label) == 0 || (s->v[i].second && strcmp(said, s->v[i].second) == 0);
		verdict_free(&v);
	}
	return true;
}

/* Twice as many each time. */
static size_t curve_of(const struct config *c, const struct learn_set *s, struct point *out)
{
	struct err e;
	size_t n = 0;
	for (size_t first = 0; n < CURVE && first + TESTED_LEAST <= s->n; first = first ? 2 * first : 25) {
		ctl_progress(NULL, "learning curve", first, s->n);
		out[n] = (struct point){.learned = first};
		if (try_first(c, s, &out[n], &e)) /* or not: there is one topic only among the first */
			n++;
	}
	ctl_progress_end();
	return n;
}

static void print_curve(const struct point *v, size_t n)
{
	printf("\nlearning curve: from the first mails, tried on all later ones\n");
	for (size_t i = 0; i < n; i++)
		printf("  learned from %6zu   right %5.1f %% of %zu\n", v[i].learned, 100.0 * (double)v[i].right / (double)v[i].tested, v[i].tested);
}

/* --- all of it --- */

struct evaluation {
	const struct config *config;
	const struct strs *labels;
	struct said *v;
	size_t n;
	struct tally t;
	struct point curve[CURVE];
	size_t n_curve;
};

static void report(const struct evaluation *x)
{
	const struct tally *t = &x->t;
	printf("%zu mails, each by a model that had not learned from it\n\n", x->n);
	print_share("topic right", t->right, x->n);
	print_share("  the second topic counts as well", t->either, x->n);
	print_share("  of those given a topic", t->given_right, t->given);
	print_share("sure enough (triage.confidence)", t->above, x->n);
	print_share("  of those right", t->above_right, t->above);
	print_cost(t);
	print_table(x->labels, x->v, x->n);
	print_reliability(x->v, x->n);
	if (x->n_curve)
		print_curve(x->curve, x->n_curve);
	print_coverage(x->v, x->n); /* sorts them */
}

static json_t *confusion_json(const struct evaluation *x)
{
	size_t k = x->labels->n;
	json_t *all = json_object();
	for (size_t i = 0; i < k; i++) {
		json_t *row = json_object();
		for (size_t j = 0; j < k; j++) {
			json_int_t n = 0;
			for (size_t m = 0; m < x->n; m++)
				n += x->v[m].label == (int)i && x->v[m].best == (int)j;
			json_object_set_new(row, x->labels->v[j], json_integer(n));
		}
		json_object_set_new(all, x->labels->v[i], row);
	}
	return all;
}

static json_t *topics_json(const struct evaluation *x)
{
	json_t *all = json_object();
	for (size_t j = 0; j < x->labels->n; j++) {
		size_t of = 0, said = 0, hit = 0, right = 0;
		for (size_t i = 0; i < x->n; i++) {
			of += x->v[i].label == (int)j;
			said += x->v[i].best == (int)j;
			hit += x->v[i].label == (int)j && x->v[i].best == (int)j;
			right += x->v[i].best == (int)j && x->v[i].right;
		}
		json_object_set_new(all, x->labels->v[j], json_pack("{s:I, s:o, s:o}", "mails", (json_int_t)of, "recall", of ? json_real((double)hit / (double)of) : json_null(),
		                                                    "precision", said ? json_real((double)right / (double)said) : json_null()));
	}
	return all;
}

static json_t *reliability_json(const struct evaluation *x)
{
	json_t *all = json_array();
	for (int b = 0; b < BINS; b++) {
		double said = 0;
		size_t right = 0, n = 0;
		for (size_t i = 0; i < x->n; i++) {
			if ((x->v[i].confidence >= 1 ? BINS - 1 : (int)(x->v[i].confidence * BINS)) != b)
				continue;
			said += x->v[i].confidence;
			right += x->v[i].right;
			n++;
		}
		if (n)
			json_array_append_new(all, json_pack("{s:f, s:f, s:I}", "said", said / (double)n, "right", (double)right / (double)n, "mails", (json_int_t)n));
	}
	return all;
}

static void report_json(const struct evaluation *x)
{
	const struct tally *t = &x->t;
	json_t *curve = json_array();
	for (size_t i = 0; i < x->n_curve; i++)
		json_array_append_new(curve, json_pack("{s:I, s:I, s:I}", "learned", (json_int_t)x->curve[i].learned, "tried", (json_int_t)x->curve[i].tested, "right",
		                                       (json_int_t)x->curve[i].right));
	print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "mails", (json_int_t)x->n, "right", (json_int_t)t->right, "right_or_second",
	                     (json_int_t)t->either, "sure", (json_int_t)t->above, "sure_right", (json_int_t)t->above_right, "placed", (json_int_t)t->placed, "placed_right",
	                     (json_int_t)t->placed_right, "to_triage", (json_int_t)t->triage, "topics", topics_json(x), "confusion", confusion_json(x), "reliability",
	                     reliability_json(x), "learning_curve", curve));
}

static bool evaluate(struct ctl *c, const struct labelled *l, const struct learn_set *tickets, bool by_time, struct err *e)
{
	size_t n = lessons_count(l->lessons), k = c->config->n_topics + 1;
	double *p = mem_array(n * k + 1, sizeof *p), *sure = mem_array(n + 1, sizeof *sure);
	const struct training how = {.progress = ctl_progress, .by_time = by_time, .held_out = p, .held_sure = sure};
	struct evaluation x = {.config = c->config, .n = n};
	struct model *m = model_train(l->lessons, &how, e);
	ctl_progress_end();
	if (m) {
		x.labels = model_labels(m);
		x.v = said_of(l, x.labels, p, sure);
		x.t = tally_of(c->config, x.v, n);
		x.n_curve = tickets ? curve_of(c->config, tickets, x.curve) : 0;
		(c->json ? report_json : report)(&x);
	}
	free(x.v);
	free(p);
	free(sure);
	model_free(m);
	return m != NULL;
}

static int evaluate_mails(struct ctl *c, const char *mails, bool by_time)
{
	struct err e;
	int code = ctl_config(c, false);
	if (code != EX_OK)
		return code;
	struct labelled *l = labelled_read(c->config, mails, &e);
	bool ok = l && evaluate(c, l, NULL, by_time, &e);
	labelled_free(l);
	return ok ? EX_OK : ctl_fail(&e);
}

static int evaluate_tickets(struct ctl *c, bool by_time)
{
	struct err e;
	struct learn_set set = {0};
	int64_t known = -1;
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	if (!learn_refresh(c->db, c->config, &known, &e)) /* for the thresholds */
		fprintf(stderr, "ingangctl: %s\n", e.text);
	bool ok = learn_read(c->db, c->config, &set, &e) && (set.n >= LEARN_LEAST || err_set(&e, ERR_INPUT, "%zu tickets are decided: %d are wanted to say anything", set.n, LEARN_LEAST));
	struct labelled *l = ok ? labelled_tickets(c->config, &set, &e) : NULL;
	ok = l && evaluate(c, l, &set, by_time, &e);
	labelled_free(l);
	learn_set_free(&set);
	return ok ? EX_OK : ctl_fail(&e);
}

int cmd_evaluate(struct ctl *c)
{
	const char *mails = NULL;
	ctl_option(c, "mails", &mails);
	bool by_time = ctl_option(c, "by-time", NULL);
	if (c->argc)
		return ctl_usage("usage: ingangctl evaluate [--mails FILE] [--by-time]");
	return mails ? evaluate_mails(c, mails, by_time) : evaluate_tickets(c, by_time);
}
