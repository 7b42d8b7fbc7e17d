/* learn: from what staff decide to a model of the office's own, which stands on what is known without it: the terms, and the model that the
 * program was built with.
 *
 * The label of a ticket is its topic as it stands now ("triage": of no topic, or spam), its text what was written first. A new model goes live
 * when it is not worse than the one in use (beyond what chance may do), on tickets that neither had learned from. The same tickets give the same model, bit for bit. */
#ifndef DESK_LEARN_H
#define DESK_LEARN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "store/db.h"
#include "topic/model.h"

struct learn_ticket {
	int64_t ticket, when; /* decided */
	bool corrected;       /* staff had to move it */
	struct mail mail;     /* what tells the topic, alone */
	char *label, *second; /* second: or NULL */
};

struct learn_set {
	struct learn_ticket *v; /* in the order in which the mails came */
	size_t n;
	size_t strange;         /* decided ones left out, as the config does not have their topic any more */
};

bool learn_read(struct db *d, const struct config *c, struct learn_set *out, struct err *e);
void learn_set_free(struct learn_set *s); /* the contents */
struct lessons *learn_lessons(const struct config *c, const struct learn_set *s, size_t first, size_t n, struct err *e); /* NULL: e */

enum { LEARN_LEAST = 20 /* tickets */ };

struct learned_model {
	int64_t id;       /* its number */
	bool live;        /* it is in use now */
	size_t lessons;
	char *verdict;    /* why it is, or is not */
};
void learned_model_free(struct learned_model *m); /* the contents */

/* Learns from all decided tickets, and keeps the model. Long; no transaction may be open. c's classifier has the model in use (learn_refresh()).
 * false: e; ERR_INPUT: there is too little to learn from. */
bool learn_now(struct db *d, const struct config *c, const struct training *how, int64_t now, struct learned_model *out, struct err *e);

/* Gives c's classifier the model in use, where it is another one than *known (-1: none yet), and each topic with a target precision its threshold.
 * false: it cannot be used, and the classifier goes without. */
bool learn_refresh(struct db *d, const struct config *c, int64_t *known, struct err *e);

#endif
