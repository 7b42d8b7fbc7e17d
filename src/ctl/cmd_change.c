/* What staff do by mail, for admins: the same commands, with the same checks, and what was done on standard output. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/mails.h"
#include "desk/act.h"
#include "desk/desk.h"
#include "desk/reply.h"
#include "store/keys.h"
#include "store/message.h"

enum { TEXT_MAX = 256 << 10 };

struct change { /* one command on one ticket */
	struct ctl *ctl;
	struct desk desk;
	struct mails reader;
	struct keys keys;
	struct ticket ticket;
	char *actor;
	int64_t now, about;
	struct commands commands;
	struct acted acted;
	struct command_faults faults;
};

static char *who(void)
{
	const struct passwd *p = getpwuid(getuid());
	return p ? mem_fmt("admin %s", p->pw_name) : mem_fmt("admin %u", (unsigned)getuid());
}

/* A message read again, in a process of its own. */
static bool read_again(void *ctx, int64_t message, struct mail *out, uint64_t *raw_bytes, struct err *e)
{
	struct change *k = ctx;
	struct raw_reader *raw = raw_open(k->ctl->db, message, e);
	if (!raw)
		return false;
	*raw_bytes = raw_size(raw);
	char *bytes = mem_alloc(*raw_bytes + 1);
	bool ok = raw_read(raw, 0, bytes, *raw_bytes, e) && mails_read(&k->reader, bytes, *raw_bytes, out, e);
	raw_close(raw);
	free(bytes);
	return ok;
}

static void change_begin(struct ctl *c, struct change *k)
{
	*k = (struct change){.ctl = c, .now = (int64_t)time(NULL), .reader = {.limits = &c->config->limits.mail, .fd = -1}, .actor = who()};
	k->desk = (struct desk){.config = c->config, .db = c->db, .read = read_again, .ctx = k};
}

static void change_end(struct change *k)
{
	mails_end(&k->reader);
	keys_free(&k->keys);
	ticket_free(&k->ticket);
	free(k->actor);
	commands_free(&k->commands);
	acted_free(&k->acted);
	command_faults_free(&k->faults);
}

/* The ticket, or the one that it is a part of now. */
static bool find_ticket(struct change *k, int64_t id, struct err *e)
{
	int64_t final;
	if (!ticket_final(k->ctl->db, id, &final, e))
		return false;
	int there = final ? ticket_get(k->ctl->db, final, &k->ticket, e) : 0;
	return there > 0 || (there == 0 && err_set(e, ERR_INPUT, "there is no ticket %lld", (long long)id));
}

static bool act(struct change *k, int64_t id, struct err *e)
{
	if (!find_ticket(k, id, e) || !keys_load(k->ctl->db, k->now, &k->keys, e))
		return false;
	const struct token_keys keys = {k->keys.v, k->keys.n};
	const struct act_ground g = {.desk = &k->desk,
	                             .keys = &keys,
	                             .ticket = &k->ticket,
	                             .actor = k->actor,
	                             .admin = true,
	                             .about = k->about,
	                             .text = k->commands.rest,
	                             .lang = "en",
	                             .now = k->now};
	return desk_act(&g, &k->commands, &k->acted, &k->faults, e);
}

/* One command as staff would write it; what an argument holds begins no second line. The text is nobody's command. */
static void read_command(struct change *k, enum command_kind kind, const char *args, const char *text)
{
	const struct day day = day_local(k->now);
	char *line = mem_fmt("!%s %s", command_name(kind, "en"), kind == COMMAND_NOTE ? "text" : args);
	for (char *s = line; *s; s++)
		if ((unsigned char)*s < ' ')
			*s = ' ';
	commands_read(line, &day, &k->commands);
	if (kind == COMMAND_NOTE && k->commands.n == 1) {
		free(k->commands.v->text);
		k->commands.v->text = mem_dup(text);
	} else {
		free(k->commands.rest);
		k->commands.rest = mem_dup(text);
	}
	free(line);
}

static int print_faults(const struct change *k)
{
	for (size_t i = 0; i < k->faults.n; i++)
		fprintf(stderr, "ingangctl: %s\n", k->faults.v[i].en);
	return EX_DATAERR;
}

static int print_done(const struct change *k)
{
	const char *done = k->acted.done.s ? k->acted.done.s : "";
	if (k->ctl->json) {
		size_t n = strlen(done);
		char *text = mem_dupn(done, n && done[n - 1] == '\n' ? n - 1 : n);
		json_t *told = json_array();
		for (size_t i = 0; i < k->acted.told.n; i++)
			json_array_append_new(told, json_text(k->acted.told.v[i]));
		print_json(json_pack("{s:I, s:o, s:o, s:b}", "id", (json_int_t)k->ticket.id, "done", json_text(text), "told", told, "undoable", k->acted.undoable));
		free(text);
		return EX_OK;
	}
	for (const char *s = done; *s;) {
		size_t n = strcspn(s, "\n");
		char *line = mem_dupn(s, n);
		printf("[%s-%lld] ", k->ctl->config->office.tag, (long long)k->ticket.id);
		print_text(line, 0);
		putchar('\n');
		free(line);
		s += n + (s[n] == '\n');
	}
	return EX_OK;
}

/* `args`: what follows the command's word; text: below it. */
static int change(struct ctl *c, enum command_kind kind, const char *args, const char *text, int64_t about)
{
	struct change k;
	struct err e;
	int64_t id;
	int code = ctl_store(c, DB_WRITE);
	if (code != EX_OK)
		return code;
	if (!ctl_number(c->argv[0], c->config->office.tag, &id))
		return ctl_usage("'%s' is no ticket number", c->argv[0]);
	change_begin(c, &k);
	k.about = about;
	read_command(&k, kind, args, text);
	bool ok = db_begin(c->db, &e) && db_end(c->db, act(&k, id, &e), &e);
	code = !ok ? ctl_fail(&e) : k.faults.n ? print_faults(&k) : print_done(&k);
	change_end(&k);
	return code;
}

/* --- arguments --- */

static char *joined(const struct ctl *c, int first)
{
	struct buf b = {0};
	buf_adds(&b, "");
	for (int i = first; i < c->argc; i++)
		buf_addf(&b, "%s%s", i > first ? " " : "", c->argv[i]);
	return buf_take(&b);
}

static void trim(struct buf *text)
{
	while (text->n && strchr(" \r\n\t", text->s[text->n - 1]))
		buf_cut(text, text->n - 1);
}

static void read_stdin(struct buf *text)
{
	char part[4096];
	size_t n;
	while (text->n < TEXT_MAX && (n = fread(part, 1, sizeof part, stdin)) > 0)
		buf_add(text, part, n);
}

/* The text of an option --text; "-" and, where there is no such option and it is needed, standard input. */
static void read_text(struct ctl *c, bool needed, struct buf *text)
{
	const char *given = NULL;
	ctl_option(c, "text", &given);
	buf_adds(text, "");
	if (given && strcmp(given, "-") != 0)
		buf_adds(text, given);
	else if (given || needed)
		read_stdin(text);
	trim(text);
}

/* A command with as many arguments as it says, and perhaps a text for whoever gets the ticket. */
static int simple(struct ctl *c, enum command_kind kind, int least, int most, const char *usage)
{
	struct buf text = {0};
	read_text(c, kind == COMMAND_ASK, &text);
	if (c->argc < least || (most >= 0 && c->argc > most)) {
		buf_free(&text);
		return ctl_usage("usage: ingangctl %s", usage);
	}
	char *args = joined(c, 1);
	int code = change(c, kind, args, text.s, 0);
	free(args);
	buf_free(&text);
	return code;
}

int cmd_move(struct ctl *c)
{
	return simple(c, COMMAND_MOVE, 2, -1, "move N TOPIC [--text TEXT]");
}

int cmd_also(struct ctl *c)
{
	return simple(c, COMMAND_ALSO, 2, -1, "also N TOPIC");
}

int cmd_assign(struct ctl *c)
{
	return simple(c, COMMAND_ASSIGN, 2, 2, "assign N ADDRESS [--text TEXT]");
}

int cmd_close(struct ctl *c)
{
	return simple(c, COMMAND_CLOSE, 1, 1, "close N");
}

int cmd_reopen(struct ctl *c)
{
	return simple(c, COMMAND_REOPEN, 1, 1, "reopen N");
}

int cmd_wait(struct ctl *c)
{
	return simple(c, COMMAND_WAIT, 2, -1, "wait N DATE");
}

int cmd_ask(struct ctl *c)
{
	return simple(c, COMMAND_ASK, 2, -1, "ask N ADDRESS... [by DATE] [--text TEXT]");
}

int cmd_handover(struct ctl *c)
{
	return simple(c, COMMAND_HANDOVER, 2, 3, "handover N ADDRESS [watch] [--text TEXT]");
}

int cmd_merge(struct ctl *c)
{
	return simple(c, COMMAND_MERGE, 2, 2, "merge N NUMBER");
}

int cmd_spam(struct ctl *c)
{
	return simple(c, COMMAND_SPAM, 1, 1, "spam N");
}

int cmd_send(struct ctl *c)
{
	return simple(c, COMMAND_SEND, 1, 1, "send N");
}

int cmd_undo(struct ctl *c)
{
	return simple(c, COMMAND_UNDO, 1, 1, "undo N");
}

int cmd_split(struct ctl *c)
{
	int64_t mail = 0;
	if (c->argc > 1 && !ctl_number(c->argv[1], "mail", &mail))
		return ctl_usage("'%s' is no number of a mail: show tells them", c->argv[1]);
	return change(c, COMMAND_SPLIT, "", "", mail);
}

/* From the arguments, or where there are none from standard input. */
static bool words(struct ctl *c, struct buf *text)
{
	int first = c->argc > 1 && strcmp(c->argv[1], "--") == 0 ? 2 : 1; /* what follows is text, whatever it looks like */
	char *given = joined(c, first);
	buf_adds(text, given);
	free(given);
	if (c->argc == first)
		read_stdin(text);
	trim(text);
	return text->n > 0;
}

int cmd_note(struct ctl *c)
{
	struct buf text = {0};
	struct err e;
	err_set(&e, ERR_INPUT, "the note is empty");
	int code = words(c, &text) ? change(c, COMMAND_NOTE, "", text.s, 0) : ctl_fail(&e);
	buf_free(&text);
	return code;
}

static bool answer(struct change *k, int64_t id, const char *text, struct err *e)
{
	if (!find_ticket(k, id, e) || !keys_load(k->ctl->db, k->now, &k->keys, e))
		return false;
	const struct token_keys keys = {k->keys.v, k->keys.n};
	if (!desk_answer(&k->desk, &keys, &k->ticket, k->actor, text, k->now, &k->acted.told, e))
		return false;
	for (size_t i = 0; i < k->acted.told.n; i++)
		buf_addf(&k->acted.done, "The answer goes to %s.\n", k->acted.told.v[i]);
	return true;
}

int cmd_answer(struct ctl *c)
{
	struct change k;
	struct buf text = {0};
	struct err e;
	int64_t id;
	int code = ctl_store(c, DB_WRITE);
	if (code != EX_OK)
		return code;
	if (!ctl_number(c->argv[0], c->config->office.tag, &id))
		return ctl_usage("'%s' is no ticket number", c->argv[0]);
	change_begin(c, &k);
	bool ok = words(c, &text) || err_set(&e, ERR_INPUT, "the answer is empty");
	ok = ok && db_begin(c->db, &e) && db_end(c->db, answer(&k, id, text.s, &e), &e);
	code = ok ? print_done(&k) : ctl_fail(&e);
	change_end(&k);
	buf_free(&text);
	return code;
}
