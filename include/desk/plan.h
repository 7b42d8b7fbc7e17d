/* plan: one mail and what is known about it to a list of actions with their reasons; does nothing, reads no clock and no store.
 *
 * The daemon, tests and a trial of other rules on old mail call the same function. */
#ifndef DESK_PLAN_H
#define DESK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "desk/route.h"
#include "desk/thread.h"
#include "store/ticket.h"

struct facts {
	const struct config *config;
	const struct mail *mail;
	const struct routing *routing;   /* where it would go as a new inquiry */
	struct threading threading;
	const struct ticket *ticket;     /* the one it joins; NULL: none */
	const struct strs *holders;      /* staff who have that ticket */
	int64_t answers_to, answers_all; /* automatic mails in the last hour: to the requester, to anybody */
	int64_t answers_day, answers_days; /* to the requester, in the last 24 and 72 hours */
	bool link_expired;               /* of the mail (desk/staff.h) */
	bool spammer;                    /* a ticket of the writer's was marked as spam */
	int64_t replies_on;              /* colleagues' answers on the ticket that it joins, in the last hour */
	int64_t mails_from, mails_on;    /* mails in the last hour: by this writer, and on the ticket that it joins */
	const char *trouble;             /* why the mail could not be read, or NULL */
};

enum action_kind {
	ACTION_ASIDE,       /* no ticket at all: a report about a mail that is none of ours */
	ACTION_OPEN,        /* a new ticket */
	ACTION_JOIN,        /* a further message of the ticket */
	ACTION_REOPEN,      /* the ticket was closed, or rested: it is open again */
	ACTION_FORWARD,     /* to `to`; all forwards of a plan are copies of one mail */
	ACTION_RETURNED,    /* a mail of the ticket came back: whoever should know is told */
	ACTION_REPLY,       /* of staff, proved: an answer, commands, a note (desk/reply.h) */
	ACTION_LINK_EXPIRED, /* tell `to`, who is staff, that their link is too old */
	ACTION_NOT_YOURS,   /* tell `to`, who is staff, that the ticket is not theirs to act on */
	ACTION_PART,        /* another division's answer, to whoever waits for it */
	ACTION_ABSENT,      /* a member of staff is away */
	ACTION_ALSO,        /* the second topic's staff help out */
	ACTION_ACKNOWLEDGE, /* the template `what`, to `to` */
	ACTION_ANSWER,      /* the template `what` of a rule, to `to` */
	ACTION_NOTE         /* only a line in the ticket's history: `why` */
};

struct action {
	enum action_kind kind;
	char *to;   /* address, or NULL */
	char *what; /* template, or NULL */
	char *why;  /* for the ticket's history; never NULL */
};

struct plan {
	struct action *v;
	size_t n;
	char *folder; /* of the original: "Ingang/mobility", "Ingang/returned" */
	bool braked;  /* not forwarded, since it looks like a loop: an admin should look */
};

void plan_mail(const struct facts *f, struct plan *out);
/* Whom an automatic mail to the writer of this mail would reach: an address of the mail (borrowed), or NULL with the reason why there is none. */
const char *plan_answer_address(const struct facts *f, const char **why_not);
void plan_free(struct plan *p);

#endif
