/* act: what those who may do to a ticket: the commands of staff, and of an admin; and what is done to it without a command: a second topic, a
 * colleague who is away, a part that was answered, a day that has come.
 *
 * All functions write inside the caller's transaction (desk_tick() opens its own) and post what they send to the outbox. Each change leaves a
 * line in the ticket's history with who did it. */
#ifndef DESK_ACT_H
#define DESK_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strs.h"
#include "desk/command.h"
#include "desk/desk.h"
#include "desk/letter.h"
#include "mail/token.h"
#include "store/ticket.h"

struct part;

struct act_ground { /* who acts on what */
	struct desk *desk;
	const struct token_keys *keys;
	struct ticket *ticket;    /* as it stands; updated. After a merge: the one that stays */
	const char *actor;        /* an address of staff, or "admin NAME" */
	const char *actor_name;   /* or NULL */
	bool admin;               /* may do everything */
	const struct mail *mail;  /* the staff's mail in hand; NULL: there is none */
	int64_t message;          /* its row */
	uint64_t raw_bytes;
	int64_t about;            /* the message that the mail replied to carried; 0: the ticket's latest one from outside */
	const char *text;         /* below the commands (struct commands.rest) */
	const char *lang;         /* of `done`; NULL: the language of staff */
	int64_t now;
};

struct acted {
	struct buf done;          /* a line for each command: what was done; NULL bytes when nothing was said */
	bool undoable;            /* !undo takes it back */
	bool answer_to_sender_only;
	bool status_said;         /* a command has decided the ticket's state: an answer beside it leaves that alone */
	bool rest_used;           /* the text below was the question, the cover or a note: it is no answer */
	bool help;                /* the list was asked for */
	struct strs told;         /* everyone who gets a mail of it, the requester included */
};

struct command_faults {
	struct command_fault *v;
	size_t n;
};

/* All or nothing: every command is checked against the ticket, the config and what the actor may do; with a fault (in c or found here) nothing is
 * done, and it is true with faults->n > 0. False: e; the caller takes the transaction or its part back.
 * The receipt to the actor, and the answer to the requester where there is one, are the caller's. */
bool desk_act(const struct act_ground *g, const struct commands *c, struct acted *out, struct command_faults *faults, struct err *e);
void acted_free(struct acted *a);
void command_faults_free(struct command_faults *f);

/* They work for the ticket's topic or for triage, or own it. */
bool act_allowed(const struct config *c, const struct ticket *t, const char *addr);
/* These commands do nothing but take back the actor's own last change, which nobody has built upon: theirs to do, also where a move has taken the
 * ticket out of their hands. */
bool act_takes_back_own(struct desk *d, const struct ticket *t, const struct commands *c, const char *actor, bool *yes, struct err *e);

/* A second topic for a ticket: its staff get the mail in hand (g->mail) as a part, whose answer comes to the owner. Those who have the ticket
 * already get nothing; when that is all of them there is no part. The ticket itself is not changed. asked_by: "desk" or who. why: in the block. */
bool desk_also(struct desk *d, const struct letter_ground *g, int topic, const char *asked_by, const char *why, const char *trouble, struct strs *told, struct err *e);

/* A member of staff's machine says that they are away (the mail in hand, already on the ticket). Where they own the ticket, or are its only
 * staff, the deputy gets it, and the topic's lead is told; once for a ticket and person. *done: something was. The ticket is updated. */
bool desk_absent(struct desk *d, const struct token_keys *keys, struct ticket *t, const char *away, int64_t now, bool *done, struct strs *told, struct err *e);

/* The mail in hand (g->mail, kept as g->message on g->ticket) answers a part: the owner (else the asker, else staff) gets it. An automatic one
 * leaves the part open. *open: parts that are open afterwards. The ticket is updated (the answer to a watched handover closes it). */
bool desk_part_answered(struct desk *d, const struct letter_ground *g, struct ticket *t, struct part *p, const char *trouble, const char *warning, struct strs *told,
                        int64_t *open, struct err *e);

/* A question did not reach the one who was asked (g->ticket, who has it): their open parts are failed, and the askers told. */
bool desk_part_failed(struct desk *d, const struct letter_ground *g, const char *recipient, const char *error, struct strs *told, struct err *e);

/* What time brings: tickets wake, parts are overdue; each once, whatever the clock does. One transaction for each, so that one that fails stops no
 * other. *next: when it has to be called again at the latest; -1: never, as things are. */
bool desk_tick(struct desk *d, const struct token_keys *keys, int64_t now, int64_t *next, struct err *e);

#endif
