/* command: what staff write on the first lines of a reply: "!close", "!vänta till fredag", "!ask kvalitet@uni.example by 1 Dec". Pure.
 *
 * A command is a line that begins with '!' (also '！', with blanks around it) and a letter, at the very top: before it stand only
 * blank lines and other commands. The first ordinary line ends them; a '!' further down, in a quote, or before anything but a letter
 * ("!!!", "!", "!?") is text. Words are Swedish or English, in any case, with or without their rings and dots, with a ':' or '.'
 * behind them.
 *
 * Blank lines between commands do not end them: Outlook makes a paragraph of each line, and a command must not go to the requester as text.
 * For the same reason a '!' at the top that is no command is a fault, and so is everything left over on a command's line.
 *
 * With a fault nothing is to be done: the text goes back to its writer with what was wrong and what was meant. */
#ifndef DESK_COMMAND_H
#define DESK_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strs.h"
#include "desk/day.h"

enum command_kind {
	COMMAND_TAKE, COMMAND_ASSIGN, COMMAND_MOVE, COMMAND_ALSO, COMMAND_NOTE, COMMAND_CLOSE, COMMAND_REOPEN, COMMAND_WAIT, COMMAND_MERGE, COMMAND_SPLIT,
	COMMAND_SPAM, COMMAND_SEND, COMMAND_UNDO, COMMAND_ASK, COMMAND_HANDOVER, COMMAND_TO_SENDER, COMMAND_HELP, COMMAND_KINDS
};

struct command {
	enum command_kind kind;
	char *line;            /* as it was written, on one line, without invisible characters; for receipts */
	struct strs addresses; /* ASSIGN, HANDOVER: one; ASK: one or more; lawful for an envelope, none twice */
	char *topic;           /* MOVE, ALSO: a name or title as it was written; NULL else */
	char *text;            /* NOTE: all of it; NULL else */
	int64_t number;        /* MERGE: a ticket; 0 else */
	struct day date;       /* WAIT: the day after today on which to wake; ASK: the last day, where has_date */
	bool has_date;
	bool watch;            /* HANDOVER */
};

/* Whom the text below the commands is for. */
enum command_rest {
	REST_ANSWER,   /* the requester, as in a reply without commands */
	REST_NOTE,     /* staff: a note on the ticket (merge, split, spam, undo, help: what stands below is no answer) */
	REST_QUESTION, /* those who are asked */
	REST_COVER     /* whoever gets the ticket: assign, move, handover */
};

struct command_fault {
	char *line;    /* as in struct command */
	char *sv, *en; /* what was wrong and what was meant: one or two sentences */
};

struct commands {
	struct command *v;
	size_t n;
	enum command_rest rest_is;
	char *rest; /* the text without commands; never NULL. "" with a NOTE, which takes all that stands below it: that must never be sent */
	struct command_fault *faults;
	size_t n_faults;
};

/* text: what was written now (mail.reply_text), UTF-8. At most 20 commands. */
void commands_read(const char *text, const struct day *today, struct commands *out);
void commands_free(struct commands *c);

const char *command_name(enum command_kind k, const char *lang); /* "close", "stäng", without '!'. lang: "sv", else English */
/* All commands, each with its words and one line that says what it does; plain text of short lines. */
void command_help(const char *lang, struct buf *out);

#endif
