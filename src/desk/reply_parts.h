/* reply_parts: what the files of reply share: one mail of staff in hand, and how people are told of it. */
#ifndef DESK_REPLY_PARTS_H
#define DESK_REPLY_PARTS_H

#include "desk/command.h"
#include "desk/letter.h"
#include "desk/reply.h"
#include "store/message.h"
#include "store/outbox.h"

struct reply {
	const struct reply_ground *g;
	struct commands commands;
	struct outbox_item row;      /* the mail of ours that was replied to; id 0: unknown */
	struct outbox_item first;    /* the answer of a colleague who was faster; id 0: none */
	struct message_row to;       /* the mail that an answer answers; id 0: unknown */
	const char *lang;            /* of staff */
	bool no_html;                /* it holds what the text does not */
	const char *admin;           /* who answers for the office, without a mail of their own; NULL: a colleague */
	struct replied *out;
};

/* --- reply_tell.c --- */

const struct config *reply_config(const struct reply *r);
struct db *reply_db(const struct reply *r);
const char *reply_writer(const struct reply *r); /* their address, or the admin */
const char *reply_name(const struct reply *r);   /* that people are to see; "" where there is none */
bool reply_same_person(const struct reply *r, const char *a, const char *b);
struct letter_ground reply_letters(const struct reply *r);
bool reply_event(const struct reply *r, const char *what, struct err *e); /* a line in the history, by the writer */
bool reply_tell(const struct reply *r, const char *to, const char *template, const struct placeholder *v, size_t n, struct err *e);
bool reply_tell_writer(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e);
/* The same about a mail that meant nothing, while there were fewer notices to them within the hour. A machine may answer with the same words for
 * ever; a person mistypes several times. */
enum { NOTES_AN_HOUR = 3, FAULTS_AN_HOUR = 12 };
bool reply_tell_writer_up_to(const struct reply *r, int64_t most, const char *template, const struct placeholder *v, size_t n, struct err *e);
bool reply_tell_others_up_to(const struct reply *r, int64_t most, const char *template, const struct placeholder *v, size_t n, struct err *e);
bool reply_tell_others(const struct reply *r, const char *template, const struct placeholder *v, size_t n, struct err *e); /* who have the ticket */
void reply_say(struct reply *r, const char *what); /* in the log */
bool reply_colleague(const struct reply *r, const char *addr, char **name, struct err *e); /* as people know them; the caller frees */
/* Nothing was done: the writer gets their text again, with what was wrong. */
bool reply_give_back(struct reply *r, const char *faults, struct err *e);
bool reply_nothing_sent(struct reply *r, const char *template, const char *what, struct err *e);

/* --- reply_text.c --- */

/* What the colleague wrote now. Of what they quote, only those lines above an answer that the requester, or somebody in copy, wrote on this ticket.
 * The caller frees. */
bool reply_written(struct reply *r, char **out, struct err *e);

/* --- reply_answer.c --- */

/* The mail that the forward carried, when it is the requester's or of those in copy; else the latest of theirs. */
bool reply_answered_mail(struct reply *r, struct message_row *out, struct err *e);
/* status_said: a command has said what becomes of the ticket. held: a colleague was faster. */
bool reply_answer(struct reply *r, bool sender_only, bool status_said, bool held, struct err *e);

#endif
