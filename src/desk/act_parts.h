/* act_parts: what the files of act share: one call of desk_act(), the message that its forwards carry, and the words for what was done. */
#ifndef DESK_ACT_PARTS_H
#define DESK_ACT_PARTS_H

#include <jansson.h>

#include "base/mem.h"
#include "desk/act.h"
#include "store/change.h"
#include "store/part.h"

struct carried { /* a message of the store, read again */
	int64_t message;
	struct mail mail;   /* where it could not be read, what the store knows of it */
	uint64_t raw_bytes;
	char *trouble;      /* why it could not be read, or NULL */
};

struct act {
	const struct act_ground *g;
	const struct commands *c;
	struct acted *out;
	struct command_faults *faults;
	struct desk *desk;
	const struct config *config;
	struct db *db;
	struct ticket *t;
	const char *lang;         /* of what is said */
	bool sv;
	/* found out by the checks */
	int topic;                /* MOVE */
	int also;                 /* ALSO; -1: none */
	int64_t about;            /* the message that forwards carry */
	struct ticket other;      /* MERGE: the one that goes into *t, or that *t goes into */
	struct strs writers;      /* SEND: whose held answers are released */
	struct change change;     /* UNDO: what is taken back, */
	json_t *taken_back;       /* and what was noted of it */
	bool undone;
	/* for a later undo */
	struct ticket before;
	json_t *trace;
	bool changed;
	struct carried carried;   /* `about`, once it was needed */
};

/* --- act_check.c --- */

/* False: e. Faults are in a->faults. */
bool act_check(struct act *a, struct err *e);
/* A topic by its name or one of its titles, as people write it, or by a beginning that no other has; -1 is triage. False: there is none. */
bool act_topic(const struct config *c, const char *written, int *topic);

/* --- act_say.c --- */

void act_say(struct act *a, char *line); /* takes it */
#define ACT_SAY(a, in_sv, in_en, ...) act_say((a), (a)->sv ? mem_fmt(in_sv, __VA_ARGS__) : mem_fmt(in_en, __VA_ARGS__))
#define ACT_SAY_PLAIN(a, in_sv, in_en) act_say((a), mem_dup((a)->sv ? (in_sv) : (in_en)))
/* A fault of a command (NULL: of the mail as a whole); takes both texts. */
void act_fault(struct act *a, const struct command *k, char *sv, char *en);
#define ACT_FAULT(a, k, in_sv, in_en, ...) act_fault((a), (k), mem_fmt(in_sv, __VA_ARGS__), mem_fmt(in_en, __VA_ARGS__))
/* A line in the history of the ticket, by the actor; takes it. */
bool act_event(struct act *a, int64_t ticket, char *what, struct err *e);
char *act_person(const struct config *c, const char *addr); /* "Bo Ek <bo.ek@uni.example>", or the address alone; the caller frees */
char *act_people(const struct config *c, const struct strs *l, const char *lang); /* "A, B och C" */
char *act_date(int64_t t, const char *lang);                /* "fredag 4 december 2026"; local time */
char *act_day(const struct day *d, const char *lang);
char *act_tag(const struct config *c, int64_t ticket);      /* "[INT-42]" */

/* --- act_mail.c --- */

bool carried_load(struct desk *d, int64_t message, struct carried *out, struct err *e);
void carried_free(struct carried *c);
struct letter_ground carried_ground(struct desk *d, const struct token_keys *keys, const struct ticket *t, const struct carried *c, int64_t now);
/* One forward each, and their place among the ticket's people in that role; `told` gets them too. */
bool send_forwards(struct desk *d, const struct letter_ground *g, const struct strs *people, const struct forward_words *w, const char *role, struct strs *told,
                   struct err *e);
/* A notice each. */
bool send_notices(struct desk *d, const struct letter_ground *g, const struct strs *people, const char *template, const struct placeholder *v, size_t n,
                  struct strs *told, struct err *e);
/* The owner, else all staff of the ticket, but for `but` (may be NULL). */
bool ticket_holders(struct db *d, const struct config *c, const struct ticket *t, const char *but, struct strs *out, struct err *e);
/* All staff of the ticket and its owner, but for `but`. */
bool ticket_colleagues(struct db *d, const struct config *c, const struct ticket *t, const char *but, struct strs *out, struct err *e);
bool same_person(const struct config *c, const char *a, const char *b);
bool act_load(struct act *a, struct err *e); /* a->carried */

/* The ticket's mail to these people, with the text below the commands on top where that is a cover. */
bool act_forward(struct act *a, enum forward_kind kind, const struct strs *people, const char *why, const struct part *p, const char *role, struct err *e);
/* What somebody else has done with a ticket of theirs. */
bool act_tell(struct act *a, const struct strs *people, const char *done, struct err *e);
const char *act_who(const struct act *a);      /* the actor's name */
bool act_staff_sv(const struct act *a);        /* staff are written to in Swedish */
void act_set_status(struct ticket *t, const char *status, int64_t now); /* closed and wakes with it */
int64_t act_morning(const struct day *d);      /* 8 o'clock, local time */

/* --- act_ask.c --- */

struct act_parts {
	struct part *v;
	size_t n;
};
bool act_parts_add(void *ctx, const struct part *p); /* a part_fn: a copy into a struct act_parts */
bool act_parts_of(struct db *d, int64_t ticket, struct act_parts *out, struct err *e);
void act_parts_free(struct act_parts *l);
bool act_part_end(struct act *a, struct part *p, const char *state, struct err *e);
const char *act_part_name(const struct config *c, const struct part *p, const char *lang); /* who was asked: an address, or a topic's title; borrowed */

/* --- what the commands do; each says it, and leaves a line in the history --- */

bool do_take(struct act *a, const struct command *k, struct err *e);
bool do_assign(struct act *a, const struct command *k, struct err *e);
bool do_move(struct act *a, const struct command *k, struct err *e);
bool do_note(struct act *a, const char *text, struct err *e);
bool do_close(struct act *a, const struct command *k, struct err *e);
bool do_reopen(struct act *a, const struct command *k, struct err *e);
bool do_wait(struct act *a, const struct command *k, struct err *e);
bool do_spam(struct act *a, const struct command *k, struct err *e);
bool do_send(struct act *a, const struct command *k, struct err *e);
bool do_also(struct act *a, const struct command *k, struct err *e);      /* act_ask.c */
bool do_ask(struct act *a, const struct command *k, struct err *e);
bool do_handover(struct act *a, const struct command *k, struct err *e);
void act_merge_order(struct act *a);               /* *a->t is the one that stays, the older */
bool act_move_messages(struct act *a, int64_t from, int64_t to, json_t *moved, struct err *e); /* all; moved (or NULL) gets their numbers */
bool do_merge(struct act *a, const struct command *k, struct err *e);     /* act_merge.c */
bool do_split(struct act *a, const struct command *k, struct err *e);

/* --- act_undo.c --- */

bool undo_begin(struct act *a, struct err *e);      /* before the first change: what it was like */
bool undo_keep(struct act *a, struct err *e);       /* after the last one */
void undo_trace_part(struct act *a, const struct part *p, const char *list); /* "parts": made by the change; "waived" by it */
bool undo_check(struct act *a, const struct command *k, struct err *e);
bool do_undo(struct act *a, const struct command *k, struct err *e);

#endif
