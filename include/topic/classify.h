/* classify: a mail to scored topics, with the reasons in words a person understands.
 *
 * Weighted terms per topic, looked for in the folded subject and in what was written now (and in what a forward carries);
 * a term that several topics name counts 1/m for each. The confidence is that of the chosen topic (0..1); the caller
 * compares it with triage.confidence. Pure: no I/O, no clock; microseconds a mail. */
#ifndef TOPIC_CLASSIFY_H
#define TOPIC_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strs.h"
#include "mail/mail.h"

struct topic_terms {
	const char *name;
	const struct strs *terms; /* "avtal", "*avtal*", "learning agreement", "mou^2" (weight, default 1; may be negative) */
};

struct reason {
	const char *source; /* "rule", "term" or "model"; static */
	char *what;         /* the term or rule, as the admin wrote it */
	char *where;        /* "subject", "body", "from", … */
	int topic;          /* index, or -1 */
	double weight;
};

struct verdict {
	int topic, second;   /* indices into the topics, -1: none */
	double confidence, second_confidence;
	double *scores;      /* one a topic, 0..1 */
	size_t n;
	struct reason *why;  /* strongest first */
	size_t n_why;
};

struct classifier;

/* Copies what it needs. NULL: a term is malformed; e names topic and term. */
struct classifier *classifier_new(const struct topic_terms *topics, size_t n, struct err *e);
void classifier_free(struct classifier *c);
void classify_mail(const struct classifier *c, const struct mail *m, struct verdict *out);
void classify_text(const struct classifier *c, const char *subject, const char *body, struct verdict *out);
/* The reasons for the chosen topic in one line: "nominering* in the subject, utbyte in the text". The caller frees. */
char *verdict_words(const struct verdict *v, size_t most);
void verdict_add(struct verdict *v, const char *source, const char *what, const char *where, int topic, double weight);
void verdict_free(struct verdict *v);

#endif
