/* command_words: the table of commands: names, what follows them, help; and their spellings. */
#ifndef DESK_COMMAND_WORDS_H
#define DESK_COMMAND_WORDS_H

#include "desk/command.h"

enum command_args { ARGS_NONE, ARGS_ADDRESS, ARGS_ADDRESS_WATCH, ARGS_ADDRESSES_DATE, ARGS_TOPIC, ARGS_TEXT, ARGS_DATE, ARGS_NUMBER };

struct command_form {
	const char *en, *sv;           /* names */
	enum command_args args;
	enum command_rest rest;
	const char *args_en, *args_sv; /* in help: "DATE"; "" for none */
	const char *help_en, *help_sv;
};

const struct command_form *command_form(enum command_kind k);

/* compact: spell_compact() of one or more words. */
bool command_find(const char *compact, enum command_kind *out);
/* The spelling nearest to it, as people write it ("slå ihop"), or NULL; the caller frees. */
char *command_nearest(const char *compact);

#endif
