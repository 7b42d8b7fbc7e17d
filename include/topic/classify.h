/* classify: a mail to scored topics, with the reasons in words a person understands.
 *
 * Weighted terms per topic, looked for in the folded subject and in what was written now, and with less weight in what a forward
 * carries, in attached messages and in the names of attachments. A term that several topics name counts 1/m for each.
 * "Nobody's" (triage) is scored like a topic, by terms of its own, and wins where there is little evidence for any other.
 * The confidence is that of the chosen topic (0..1): low where little was found, or two topics are close; the caller compares it
 * with triage.confidence. Pure: no I/O, no clock; microseconds a mail, in linear time.
 *
 * A term as an admin writes it:
 *     samarbetsavtal        a word; *avtal*: with '*' for further letters of the same word
 *     learning agreement    several words in a row: hides the shorter terms in it ("agreement")
 *     mou^2, offer^-1       with a weight, 1 if none is given; a negative one speaks against the topic
 *     from:*@*embassy*      the sender's address, '*' for anything; from:private: the well-known providers of private mailboxes
 *
 * A sentence that asks ("?") counts half as much again. The subject of an answer hardly counts: it is the thread's, not the mail's. */
#ifndef TOPIC_CLASSIFY_H
#define TOPIC_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strs.h"
#include "mail/mail.h"
#include "topic/model.h"

struct topic_terms {
	const char *name;
	const struct strs *terms;
};

struct reason {
	const char *source; /* "rule", "term" or "model"; static */
	char *what;         /* the term or rule, as the admin wrote it (a term without its weight) */
	char *words;        /* of the mail, in which it was found; NULL: none */
	char *where;        /* "subject", "body", "forwarded", "attachment", "from" */
	int topic;          /* index, or -1: triage */
	double weight;
};

struct verdict {
	int topic;           /* index into the topics; -1: there are none */
	int second;          /* what the mail asks about too; -1: nothing that is as likely as not */
	double confidence;   /* that `topic` is right, as the mail's only topic or one of two */
	double second_confidence; /* that it asks about two; below 0.5 second is -1 */
	double *scores;      /* one a topic, 0..1; what they lack to 1 is nobody's share */
	size_t n;
	struct reason *why;  /* strongest first */
	size_t n_why;
};

struct classifier;

/* Copies what it needs. `triage` are terms of mails that belong to no topic; may be NULL. NULL: a term is malformed; e names topic
 * and term. */
struct classifier *classifier_new(const struct topic_terms *topics, size_t n, const struct strs *triage, struct err *e);
/* One term alone, for a config that wants to name all that are wrong. */
bool classifier_term_ok(const char *term, struct err *e);
void classifier_free(struct classifier *c);
/* What was learned, beside the terms from now on; taken. It has to know exactly the topics, and "triage"; else false, it is freed, and all stays
 * as it was. One that takes priors gets what the terms say. */
bool classifier_learned(struct classifier *c, struct model *m);
/* What the office's own tickets have taught, on top of both; NULL: nothing. One that takes priors gets classifier_priors() of them. */
bool classifier_office(struct classifier *c, struct model *m);
void classifier_forget(struct classifier *c); /* the terms alone again */
/* What the terms alone say, for a lesson: CLASSIFIER_PRIORS times a number for each topic and for triage. */
enum { CLASSIFIER_PRIORS = 4 }; /* by all of the mail, by its body, its subject, the rest */
void classifier_prior(const struct classifier *c, const struct mail *m, float *out);
/* And what is known without the office's own tickets, for a lesson from these: classifier_priors() times a number for each. */
size_t classifier_priors(const struct classifier *c);
void classifier_office_prior(const struct classifier *c, const struct mail *m, float *out);
/* How sure it has to be of a topic, so that the mail goes there. */
void classifier_set_threshold(struct classifier *c, int topic, double threshold);
double classifier_threshold(const struct classifier *c, int topic); /* 0 until it is set; -1: 1 */
/* Looks at m->reply_text; at m->text where reply_text is empty, or where the mail is a forward. */
void classify_mail(const struct classifier *c, const struct mail *m, struct verdict *out);
void classify_text(const struct classifier *c, const char *subject, const char *body, struct verdict *out);
/* The domain of an address, or all of it where the domain is a provider's: lessons of one institution are not told apart. The caller frees. */
char *institution_of(const char *addr);
/* The strongest reasons for a topic that tell a person something and do not repeat each other; rules are left out. How many. */
size_t verdict_told(const struct verdict *v, int topic, const struct reason **out, size_t most);
/* The reasons for the chosen topic in one line: "nomineringen in the subject, utbyte in the text". The caller frees. */
char *verdict_words(const struct verdict *v, size_t most);
void verdict_add(struct verdict *v, const char *source, const char *what, const char *where, int topic, double weight);
void verdict_free(struct verdict *v);

#endif
