/* What model.c, model_train.c and model_file.c share: the inside of a model. */
#ifndef TOPIC_MODEL_PARTS_H
#define TOPIC_MODEL_PARTS_H

#include "topic/model.h"

enum { ROWS_MAX = 1 << 18, SURE_TERMS = 5 };

struct slot {
	uint32_t key, row; /* row UINT32_MAX: free */
};

struct index { /* key of a feature to its row */
	struct slot *v;
	uint32_t mask;
};

struct model {
	struct kin *kin;
	struct strs labels;
	size_t lanes, n_priors;
	uint32_t n_rows;
	uint32_t *key;
	uint8_t *block;
	float *idf;
	float *w; /* lanes of each row, then of each prior score, then of the constant */
	float sure[SURE_TERMS]; /* the confidence's logit, of: 1, the logit of the best label's share, … (model.c) */
	struct index index;
};

void index_new(struct index *x, size_t rows);
uint32_t index_find(const struct index *x, uint32_t key); /* UINT32_MAX: not there */
void index_add(struct index *x, uint32_t key, uint32_t row);
void index_free(struct index *x);

float place_counts(enum feature_place place);      /* how much a feature counts by where it stands */
size_t prior_row(const struct model *m, size_t prior, size_t label); /* in w */
size_t constant_row(const struct model *m);
void sure_terms(const double *p, size_t k, int best, double known, size_t words, double out[static SURE_TERMS]);
double logistic(double x);

#endif
