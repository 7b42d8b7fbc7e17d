/* route: where a mail belongs, by the rules of the config in order, then by the terms of the topics. Pure: no I/O, no clock. */
#ifndef DESK_ROUTE_H
#define DESK_ROUTE_H

#include "config/config.h"
#include "mail/mail.h"
#include "topic/classify.h"

struct routing {
	int topic;                     /* index into config->topics; -1: triage */
	int guess;                     /* the best topic when the confidence was too low for it; else as topic */
	int second;                    /* -1: none */
	double confidence;             /* of topic; of guess where that went to triage */
	struct verdict verdict;        /* with the rules among its reasons, first */
	const char *answer;            /* template of a rule, or NULL; borrowed from the config */
	const struct strs *forward_to; /* of a rule; NULL: the topic's staff */
	bool acknowledge;
	bool by_rule;                  /* a rule chose the topic */
	struct strs rules;             /* names of the rules that held, in order */
};

void route_mail(const struct config *c, const struct mail *m, struct routing *out);
const struct strs *routing_staff(const struct config *c, const struct routing *r); /* who gets it */
void routing_free(struct routing *r);

#endif
