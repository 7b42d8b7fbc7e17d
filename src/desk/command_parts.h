/* command_parts: what command.c, command_args.c and command_faults.c share. */
#ifndef DESK_COMMAND_PARTS_H
#define DESK_COMMAND_PARTS_H

#include "desk/command.h"
#include "desk/command_words.h"

struct command_reading {
	const struct day *today;
	struct commands *out;
	const char *line; /* the one in hand, for faults */
	size_t lines;     /* that began with '!' */
};

/* Takes what follows the words of a command; a fault is added where it cannot. args: the rest of the clean line. */
void command_args_read(struct command_reading *r, struct command *c, const char *args);

/* Faults. `what`: the part of the line that was not understood, n bytes of it. */
void fault_unknown(struct command_reading *r, const char *what, size_t n);
void fault_extra(struct command_reading *r, enum command_kind k, const char *what, size_t n);
void fault_missing(struct command_reading *r, enum command_kind k, enum command_args needed);
void fault_address(struct command_reading *r, enum command_kind k, const char *what, size_t n);
void fault_number(struct command_reading *r, const char *what, size_t n);
void fault_date(struct command_reading *r, enum command_kind k, const char *what, size_t n, enum day_fault f);
void fault_together(struct command_reading *r, enum command_kind a, enum command_kind b);
void fault_many(struct command_reading *r, size_t most);

#endif
