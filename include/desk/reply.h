/* reply: what a proved mail of staff does to its ticket: an answer to the requester, commands, or a note.
 *
 * What it means is decided by reply_means(), which is pure; desk_reply() carries it out inside the caller's transaction. A mail whose commands
 * are at fault does nothing at all, and comes back to its writer. */
#ifndef DESK_REPLY_H
#define DESK_REPLY_H

#include "config/config.h"
#include "desk/command.h"
#include "desk/desk.h"
#include "desk/staff.h"
#include "desk/thread.h"
#include "mail/mail.h"
#include "store/ticket.h"

enum reply_kind {
	REPLY_FAULTS,       /* a command is not understood */
	REPLY_LINK_USED,    /* a link's mail that was sent before */
	REPLY_LINK_ALTERED, /* a link's mail with another command in it than the link was made for */
	REPLY_EMPTY,        /* nothing was written */
	REPLY_NOTE,         /* an answer to a notice of ours: kept, sent to nobody */
	REPLY_COMMANDS,     /* commands alone */
	REPLY_ANSWER,       /* to the requester, and commands if there are any */
	REPLY_HELD          /* as ANSWER, but a colleague was faster */
};

struct reply_facts {
	const struct mail *mail;
	const struct commands *commands;
	const char *name;          /* the writer's, or NULL */
	bool by_link;              /* it came with a token for one command, `link` */
	enum command_kind link;
	bool link_used;
	bool to_notice;            /* what it replies to was a notice, a receipt */
	bool colleague_was_faster; /* somebody else answered within staff.hold_minutes, and this mail answers nothing newer */
};

enum reply_kind reply_means(const struct reply_facts *f);
/* The HTML of the mail says what is sent as text: it may go beside it. */
bool reply_html_fits(const struct mail *m, const char *text);

struct reply_ground {
	struct desk *desk;
	const struct token_keys *keys;
	struct ticket *ticket;              /* as it stands; updated */
	const struct mail *mail;
	int64_t message;
	uint64_t raw_bytes;
	const struct threading *threading;
	const struct staff_claim *claim;
	int64_t now;
};

struct replied { /* for the log */
	enum reply_kind kind;
	bool answered;
	char *what;     /* one line */
};

bool desk_reply(const struct reply_ground *g, struct replied *out, struct err *e);
/* An answer of the office that no colleague signs, by an admin: to the requester and those in copy, who are added to `sent`. What is answered is
 * the requester's latest mail. ERR_INPUT: there is nobody who could be answered. */
bool desk_answer(struct desk *d, const struct token_keys *keys, struct ticket *t, const char *admin, const char *text, int64_t now, struct strs *sent, struct err *e);
void replied_free(struct replied *r);

#endif
