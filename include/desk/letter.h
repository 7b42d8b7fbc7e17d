/* letter: the mails that the desk writes, ready for the outbox: forwards, answers, questions, acknowledgements, notices.
 *
 * Each gets a Message-ID that nobody can guess, TOKEN.RANDOM under the office's domain: the token (mail/token.h) says for whom, of which ticket
 * and to what end it was made, so what refers to it is a reply by that person. With office.plus it stands in Reply-To too. Without keys the
 * ids are random alone and no links are made.
 *
 * A template's values, and all else that strangers or colleagues wrote, are inserted as data: escaped in HTML, one line in a line.
 * Staff are written to in the office's first language, requesters in the ticket's. */
#ifndef DESK_LETTER_H
#define DESK_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "config/template.h"
#include "mail/mail.h"
#include "mail/token.h"
#include "store/outbox.h"
#include "store/ticket.h"

struct part;   /* store/part.h */
struct answer; /* mail/mail.h */

struct letter_ground { /* what every letter of one ticket knows */
	const struct config *config;
	const struct ticket *ticket;
	const struct mail *mail; /* the mail in hand */
	int64_t message;         /* its row */
	uint64_t raw_bytes;
	int64_t now;
	const struct token_keys *keys; /* NULL: no tokens */
	const double *guess;     /* how likely each topic is, for whoever decides in triage; NULL: not known */
};

enum forward_kind {
	FORWARD_NEW,         /* to staff: a new ticket, or one that is new to them; why may be said */
	FORWARD_FOLLOWUP,    /* to staff: a further mail of it */
	FORWARD_PART,        /* to the second topic's staff: their reply goes to the owner */
	FORWARD_PART_ANSWER, /* to the owner: what those who were asked have answered */
	FORWARD_HANDOVER     /* to another division: their reply goes to the requester, with part->watch also to us */
};

struct forward_words {
	enum forward_kind kind;
	const char *why;      /* NEW: what decided the topic; or NULL */
	const char *thread;   /* the Message-ID of the first forward to this person, or NULL */
	const char *trouble;  /* the mail could not be read, and why: it is attached whole; or NULL */
	const char *cover, *cover_by; /* a colleague's text on top, and the colleague's name or address; or NULL */
	const char *warning;  /* to beware of, a line in the language of staff, with or without its "Note:"; or NULL */
	const struct strs *cc; /* participants whom an answer also reaches, shown in the block; or NULL */
	const struct part *part; /* PART, PART_ANSWER, HANDOVER; NULL else */
	int64_t open_parts;   /* PART_ANSWER: parts that are still open */
};

/* The mail in hand, carried on with a block on top. `to` is one of `all`, who are named in To. Kind 'forward'. */
bool letter_forward(const struct letter_ground *g, const char *to, const struct strs *all, const struct forward_words *w, struct outbox_item *out,
                    struct err *e);

struct reply_words { /* what a colleague wrote, on its way out; g->mail is their mail, whose pictures and attachments go with it */
	const char *writer, *writer_name; /* the address; the name or NULL */
	const struct strs *to, *cc;       /* who is named in To and Cc; cc may be NULL */
	const char *in_reply_to;          /* or NULL */
	const struct strs *references;    /* or NULL */
	const struct answer *answer;      /* of g->mail, or NULL: text alone */
	const char *text;                 /* what is sent as text */
	bool html;                        /* answer->html says the same and goes with it */
	bool held;                        /* it waits in the outbox until it is released */
};

/* The answer to the requester and those in copy, from the office by the writer's name; one row a recipient. Kind 'reply'. */
bool letter_reply(const struct letter_ground *g, const char *recipient, const struct reply_words *w, struct outbox_item *out, struct err *e);
/* The question to p->addr, with a line on top that says by whom, until when, and that a plain reply reaches us. to, cc are not read. Kind 'question'. */
bool letter_question(const struct letter_ground *g, const struct part *p, const struct reply_words *w, struct outbox_item *out, struct err *e);
/* One who was asked is reminded (kind 'question'; in_reply_to: the question, or NULL); the owner is told that they have not answered. */
bool letter_reminder(const struct letter_ground *g, const struct part *p, const char *to, const char *in_reply_to, struct outbox_item *out, struct err *e);
bool letter_overdue(const struct letter_ground *g, const char *to, const struct part *p, struct outbox_item *out, struct err *e);

/* From a template, in the ticket's language, in the requester's thread. Kind 'acknowledgement' or 'answer'. */
bool letter_answer(const struct letter_ground *g, const char *kind, const char *template, const char *to, struct outbox_item *out, struct err *e);
/* The requester's short word that `division` goes on with the ticket. Kind 'answer'. */
bool letter_handed_over(const struct letter_ground *g, const char *to, const char *division, struct outbox_item *out, struct err *e);

/* To staff, from a template; a reply may give commands, and is never sent on. in_reply_to or NULL. Kind 'notice'. Templates, and what `extra` gives:
 *     receipt {done} {undo}     undo: "" or anything, which becomes how to take it back, with a link
 *     command-fault {faults} {text}   help   link-used {who} {when}   link-expired   not-yours   nothing-sent
 *     answered {who} {text}   held {who} {when} {first}   kept-as-note {text}   noted {who} {text}
 *     answer-failed, question-failed {recipient} {error} {text}   delivery-failed {recipient} {error}
 *     changed {done}   no-recipient {text}   handover-quiet {division}
 *     woke   part-away {division} {text}   part-overdue: letter_overdue()   absent {who} {deputy}   deputy "": nobody has taken over
 * who: letter_who(). when: letter_time(). */
bool letter_notice(const struct letter_ground *g, const char *to, const char *template, const struct placeholder *extra, size_t n, const char *in_reply_to,
                   struct outbox_item *out, struct err *e);
/* A notice to staff: a mail of the ticket was not delivered. */
bool letter_failed(const struct letter_ground *g, const char *to, const char *recipient, const char *error, struct outbox_item *out, struct err *e);

/* Into the outbox, and its id among those that a reply may refer to. Takes over the item, and frees it. */
bool letter_post(struct db *d, struct outbox_item *item, int64_t now, struct err *e);

/* The language the office writes in to someone who wrote in `lang` (may be NULL). Borrowed. */
const char *letter_language(const struct config *c, const char *lang);
/* A colleague as people know them: the name in staff.people, else the address. The caller frees, also the next. */
char *letter_who(const struct config *c, const char *addr);
/* A moment as people say it, in local time: "den 26 november kl. 14.05", "on 26 November at 14:05". */
char *letter_time(int64_t when, const char *lang);

#endif
