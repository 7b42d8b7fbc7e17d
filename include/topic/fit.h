/* fit: a few numbers chosen by log loss (Newton's method; both problems have one optimum). Deterministic. */
#ifndef TOPIC_FIT_H
#define TOPIC_FIT_H

#include <stddef.h>

enum { FIT_MOST = 8 };

/* Softmax of sum_s weight[s] * score[s]: the weights under which the labels are likeliest, none below 0. In weight[] is where to begin, and
 * where it is drawn to a little (`pull` texts' worth), so that few texts change little. score[s]: n times k. label[i] < 0 leaves a text out. */
void fit_mixture(const float *const *score, size_t sources, const int *label, const float *cost, size_t n, size_t k, double pull, double *weight);

/* Logistic regression of right[] (0 or 1) on rows of `terms` numbers; drawn to what is in weight[] in the same way. */
void fit_logistic(const double *x, size_t terms, const unsigned char *right, const float *cost, size_t n, double pull, double *weight);

#endif
