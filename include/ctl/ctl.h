/* ctl: ingangctl's commands, a table of them, and what they share. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"
#include "wire/oauth2.h"
#include "store/ticket.h"
#include "topic/model.h"

struct ctl { /* one call of the program */
	const char *config_file;
	bool json;
	int argc;          /* what follows the command's name */
	char **argv;
	struct config *config; /* ctl_config() */
	struct db *db;         /* ctl_store() */
};

struct ctl_command {
	const char *name, *args, *help; /* help: one line, shown by --help */
	int least, most;                /* how many arguments; most -1: any number */
	int (*run)(struct ctl *c);      /* the exit code */
};

extern const struct ctl_command ctl_commands[]; /* ends at a NULL name */

int cmd_check(struct ctl *c);
int cmd_parse(struct ctl *c);
int cmd_classify(struct ctl *c);
int cmd_learn(struct ctl *c);
int cmd_evaluate(struct ctl *c);
int cmd_model(struct ctl *c);
int cmd_list(struct ctl *c);
int cmd_show(struct ctl *c);
int cmd_search(struct ctl *c);
int cmd_move(struct ctl *c);
int cmd_assign(struct ctl *c);
int cmd_close(struct ctl *c);
int cmd_reopen(struct ctl *c);
int cmd_note(struct ctl *c);
int cmd_answer(struct ctl *c);
int cmd_also(struct ctl *c);
int cmd_wait(struct ctl *c);
int cmd_ask(struct ctl *c);
int cmd_handover(struct ctl *c);
int cmd_merge(struct ctl *c);
int cmd_split(struct ctl *c);
int cmd_spam(struct ctl *c);
int cmd_send(struct ctl *c);
int cmd_undo(struct ctl *c);
int cmd_outbox(struct ctl *c);
int cmd_status(struct ctl *c);
int cmd_verify(struct ctl *c);
int cmd_backup(struct ctl *c);
int cmd_login(struct ctl *c); /* cmd_login.c, with this: */
struct oauth2_client ctl_oauth2(const struct config_server *s); /* of a server that has oauth2; borrows */

/* Each says on stderr what went wrong and returns the exit code, EX_OK when all is well. */
int ctl_config(struct ctl *c, bool check_files);
int ctl_store(struct ctl *c, enum db_mode mode);
void ctl_learned(struct ctl *c);                  /* gives the classifier what the office's tickets have taught, where there is a store */
int ctl_fail(const struct err *e);                /* prints it; the exit code of its kind */
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool ctl_number(const char *s, const char *tag, int64_t *out); /* "42", "INT-42", "[INT-42]" */
/* Takes "--name VALUE" or "--name=VALUE" (or the bare flag, when value is NULL) out of the arguments; false: it is not there. */
bool ctl_option(struct ctl *c, const char *name, const char **value);

/* --- models of labelled texts (cmd_model.c) --- */

struct model *ctl_model(const char *file, struct err *e); /* NULL: e */
int classify_table(const char *tsv, const char *model, bool json); /* "label<TAB>text" lines; the exit code */

int learn_store(struct ctl *c); /* cmd_learn.c: a new version in the store; the exit code */

/* "learning: 2 of 6", written over; on a terminal only. */
void ctl_progress(void *ctx, const char *what, size_t done, size_t of);
void ctl_progress_end(void);

/* --- printing --- */

void print_json(json_t *j);        /* one line; takes j */
json_t *json_text(const char *s);  /* null for NULL; broken UTF-8 is mended */
json_t *json_time(int64_t t);      /* ISO 8601 with offset; null for 0 */
json_t *ticket_json(const struct ticket *t);
const char *status_colour(const char *status);
const char *print_time(int64_t t, char out[static 32]); /* "2026-11-26 14:05" in local time, "-" for 0 */
bool print_colour(void);           /* stdout is a terminal and NO_COLOR is not set */
const char *colour(const char *sgr); /* "" where there is no colour; colour("") ends it */
/* Text of a stranger made harmless for a terminal, cut to `columns` (0: not cut); to stdout. */
void print_text(const char *s, int columns);
/* The same, filled up with spaces. */
void print_column(const char *s, int columns);
/* The same, broken between words to the terminal's width (80 where there is none): the first line begins at column `at`, where the
 * cursor is, the others at `indent`; line ends in it stay. Ends the last line. A word is never cut, and what fits on its line is left as it is. */
void print_wrapped(const char *s, int at, int indent);
int print_width(void);

#endif
