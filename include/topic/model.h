/* model: what was learned from labelled texts: which label a new text has, how sure that is, and which of its words say so.
 *
 * A linear model over topic/features.h: a softmax regression over everything and a support vector machine over words and kin, added up with
 * weights that were chosen, like everything else that is not counted, on texts that the fold had not learned from. What is known
 * besides (terms, an older model) goes in as `prior` scores and gets its weight in the same way. The probabilities are calibrated.
 *
 * The same lessons in the same order give the same bytes. Pure: no I/O, no clock. */
#ifndef TOPIC_MODEL_H
#define TOPIC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "topic/features.h"

enum { MODEL_LABELS_MAX = 1000, MODEL_PRIORS_MAX = 6 };

/* --- learning --- */

struct lesson {
	const char *label, *second; /* second: what the text asks about too, or NULL */
	const char *who;            /* the sender, or NULL: no sender's lessons together weigh more than a share of all */
	const char *group;          /* the sender's institution, or NULL: lessons of one are held out together */
	const float *prior;         /* n_priors times a score for each of the labels given to lessons_new(), the one to trust first; NULL: none */
};

struct lessons;

/* labels NULL: any, as they come. n_priors > 0 wants labels. */
struct lessons *lessons_new(const struct strs *labels, size_t n_priors);
void lessons_free(struct lessons *l);
const struct kin *lessons_kin(const struct lessons *l);
/* One after the other: fill what begin gives, then end. A label that is not one of the given ones, or one too many: false. */
struct features *lessons_begin(struct lessons *l);
bool lessons_end(struct lessons *l, const struct lesson *lesson, struct err *e);
size_t lessons_count(const struct lessons *l);

struct model;

struct training { /* {0} is what is wanted mostly */
	void (*progress)(void *ctx, const char *what, size_t done, size_t of); /* may be NULL */
	void *ctx;
	bool by_time;     /* hold out a stretch of time at a time (the lessons are in order), not an institution's */
	double *held_out; /* NULL, or room for a probability for each lesson and label: those of a fold that had not learned from it */
	double *held_sure; /* NULL, or room for how sure it was of each; -1: the lesson is in no fold, and held_out says nothing of it */
};

struct model *model_train(const struct lessons *l, const struct training *t, struct err *e);

/* --- keeping --- */

void model_save(const struct model *m, struct buf *out);
struct model *model_load(const char *bytes, size_t n, struct err *e); /* NULL: cut, damaged, of another version, or made up */
void model_free(struct model *m);

/* --- asking --- */

const struct strs *model_labels(const struct model *m);
size_t model_priors(const struct model *m);

struct model_desk; /* what asking needs besides the model; one a thread, for any number of texts */
struct model_desk *model_desk_new(const struct model *m);
void model_desk_free(struct model_desk *d);
struct features *model_desk_clear(struct model_desk *d); /* to be filled with the next text */
const struct kin *model_kin(const struct model *m);

struct guess {
	int best;          /* index of the label */
	double confidence; /* that it is right */
	double known;      /* 0..1: how much of the text the model has met before */
};
/* p: a probability for each label. prior: as in the lessons, or NULL. */
struct guess model_ask(struct model_desk *d, const float *prior, double *p);

struct model_reason {
	uint32_t word; /* of the features */
	double weight; /* for the label, against the other */
};
/* After model_ask(): what each word of the text says for `label` against `against`; strongest first, at most `most`. How many.
 * A sender whose domain was never met says nothing. */
size_t model_why(struct model_desk *d, int label, int against, struct model_reason *out, size_t most);

/* The word of a reason, and where it stands; the caller frees. */
char *model_word(const struct model_desk *d, uint32_t word, enum feature_place *place);

#endif
