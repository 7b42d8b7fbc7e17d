/* ingangctl: the command line for people who look after the desk. */
#include <ctype.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "desk/learn.h"
#include "wire/stream.h"

const struct ctl_command ctl_commands[] = {
	{"check", "", "read the config and say all that is wrong with it", 0, 0, cmd_check},
	{"parse", "FILE...", "a mail as the reader sees it", 1, -1, cmd_parse},
	{"classify", "[--explain] [--terms] FILE... | --tsv FILE --model M", "the topic of mail files or of folders of them, and why; or of the lines of a table", 1, -1, cmd_classify},
	{"learn", "[--tsv FILE | --mails FILE] [--model M]", "learn from what staff have decided; or from labelled texts or mails", 0, -1, cmd_learn},
	{"model", "[list | show N | use N | roll-back]", "what was learned, version by version", 0, 2, cmd_model},
	{"evaluate", "[--mails FILE] [--by-time]", "how right the classifier is on the office's tickets, each by a model that had not learned from it", 0, -1, cmd_evaluate},
	{"list", "[--status S] [--topic T]", "tickets", 0, 0, cmd_list},
	{"show", "N", "one ticket: its mails and its history", 1, 1, cmd_show},
	{"search", "WORDS", "tickets in whose mails all these words stand", 1, -1, cmd_search},
	{"answer", "N [TEXT]", "answer as the office (or from standard input)", 1, -1, cmd_answer},
	{"move", "N TOPIC", "give a ticket to another topic; its staff get it", 2, -1, cmd_move},
	{"also", "N TOPIC", "let a second topic's staff help out", 2, -1, cmd_also},
	{"assign", "N ADDRESS", "give a ticket to one person of the staff", 2, -1, cmd_assign},
	{"close", "N", "close a ticket", 1, 1, cmd_close},
	{"reopen", "N", "open a closed ticket again", 1, 1, cmd_reopen},
	{"wait", "N DATE", "let a ticket rest until the morning of a day", 2, -1, cmd_wait},
	{"note", "N [TEXT]", "a note for colleagues (or from standard input)", 1, -1, cmd_note},
	{"ask", "N ADDRESS... [by DATE]", "ask another division (the question from standard input)", 2, -1, cmd_ask},
	{"handover", "N ADDRESS [watch]", "give the whole ticket to another division", 2, -1, cmd_handover},
	{"merge", "N NUMBER", "make two tickets one", 2, 2, cmd_merge},
	{"split", "N [MAIL]", "make a later mail a ticket of its own", 1, 2, cmd_split},
	{"spam", "N", "close a ticket as spam", 1, 1, cmd_spam},
	{"send", "N", "send an answer that is held", 1, 1, cmd_send},
	{"undo", "N", "take back what you did last on a ticket", 1, 1, cmd_undo},
	{"outbox", "[--state S | retry ID | drop ID]", "mail that is due, sent or failed", 0, 2, cmd_outbox},
	{"status", "", "is all well: what waits, what failed, when mail last moved", 0, 0, cmd_status},
	{"verify", "[--line LINE:HASH]", "prove that the store keeps what it promises", 0, 0, cmd_verify},
	{"backup", "FILE [--force]", "copy the store while it is in use, and verify the copy", 1, -1, cmd_backup},
	{"login", "[imap | smtp]", "sign in for the desk, where the provider wants a person for it (OAuth2)", 0, 1, cmd_login},
	{NULL, NULL, NULL, 0, 0, NULL}};

static void help(FILE *to)
{
	fputs("usage: ingangctl [-c FILE] COMMAND [ARGUMENT...] [--json]\n\n", to);
	for (const struct ctl_command *k = ctl_commands; k->name; k++) {
		char *call = mem_fmt("%s%s%s", k->name, *k->args ? " " : "", k->args);
		if (strlen(call) <= 26)
			fprintf(to, "  %-26s %s\n", call, k->help);
		else
			fprintf(to, "  %s\n  %26s %s\n", call, "", k->help);
		free(call);
	}
	fputs("\n  -c, --config FILE          the config (default " INGANG_SYSCONFDIR "/ingang.conf)\n"
	      "      --json                 JSON, one object a line\n"
	      "See ingangctl(8).\n", to);
}

int ctl_usage(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("ingangctl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return EX_USAGE;
}

int ctl_fail(const struct err *e)
{
	static const int codes[] = {[ERR_NONE] = EX_SOFTWARE, [ERR_TEMPORARY] = EX_TEMPFAIL, [ERR_REFUSED] = EX_UNAVAILABLE, [ERR_INPUT] = EX_DATAERR,
	                            [ERR_CONFIG] = EX_CONFIG, [ERR_BUG] = EX_SOFTWARE};
	fprintf(stderr, "ingangctl: %s\n", e->text);
	return codes[e->kind];
}

int ctl_config(struct ctl *c, bool check_files)
{
	struct problems p = {0};
	c->config = config_load(c->config_file, check_files, &p);
	for (size_t i = 0; i < p.n; i++) {
		if (p.v[i].line)
			fprintf(stderr, "%s:%u: %s\n", p.v[i].file, p.v[i].line, p.v[i].message);
		else
			fprintf(stderr, "%s: %s\n", p.v[i].file, p.v[i].message);
	}
	problems_free(&p);
	if (!c->config)
		return EX_CONFIG;
	setenv("TZ", c->config->office.timezone, 1);
	tzset();
	return EX_OK;
}

/* A reader of a pipe who takes their time (ingangctl list | less) must not hold up the store: what is printed while a query runs waits here. */
static void hold_output(void)
{
	enum { HELD_MAX = 64 << 20 }; /* memory is taken as it fills */
	setvbuf(stdout, mem_alloc(HELD_MAX), _IOFBF, HELD_MAX); /* in use until the end */
}

int ctl_store(struct ctl *c, enum db_mode mode)
{
	struct err e;
	if (mode == DB_READ)
		hold_output();
	int code = c->config ? EX_OK : ctl_config(c, false);
	if (code != EX_OK)
		return code;
	c->db = db_open(c->config->store.path, mode, &e);
	return c->db ? EX_OK : ctl_fail(&e);
}

void ctl_learned(struct ctl *c)
{
	struct err e;
	struct stat st;
	int64_t known = -1;
	if (stat(c->config->store.path, &st) != 0)
		return;
	struct db *db = db_open(c->config->store.path, DB_READ, &e);
	if (!db || !learn_refresh(db, c->config, &known, &e))
		fprintf(stderr, "ingangctl: without what the office's tickets have taught: %s\n", e.text);
	db_close(db);
}

bool ctl_number(const char *s, const char *tag, int64_t *out)
{
	size_t n = strlen(tag);
	char *end;
	if (*s == '[')
		s++;
	if (strncasecmp(s, tag, n) == 0 && s[n] == '-')
		s += n + 1;
	if (!isdigit((unsigned char)*s))
		return false;
	*out = strtoll(s, &end, 10);
	return (*end == '\0' || strcmp(end, "]") == 0) && *out > 0;
}

static void drop_args(struct ctl *c, int at, int n)
{
	memmove(c->argv + at, c->argv + at + n, sizeof *c->argv * (size_t)(c->argc - at - n));
	c->argc -= n;
}

bool ctl_option(struct ctl *c, const char *name, const char **value)
{
	size_t n = strlen(name);
	for (int i = 0; i < c->argc; i++) {
		char *a = c->argv[i];
		if (strcmp(a, "--") == 0)
			return false;
		if (strncmp(a, "--", 2) != 0 || strncmp(a + 2, name, n) != 0)
			continue;
		if (value && a[2 + n] == '=') {
			*value = a + 3 + n;
			drop_args(c, i, 1);
			return true;
		}
		if (a[2 + n] != '\0' || (value && i + 1 == c->argc))
			continue;
		if (value)
			*value = c->argv[i + 1];
		drop_args(c, i, value ? 2 : 1);
		return true;
	}
	return false;
}

static const struct ctl_command *find(const char *name)
{
	const char *names[64];
	size_t n = 0;
	for (const struct ctl_command *k = ctl_commands; k->name; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
		names[n++] = k->name;
	}
	const char *near = str_nearest(name, names, n);
	if (near)
		ctl_usage("unknown command '%s': did you mean '%s'?", name, near);
	else
		ctl_usage("unknown command '%s': see ingangctl --help", name);
	return NULL;
}

static int run(const struct ctl_command *k, struct ctl *c)
{
	if (c->argc < k->least || (k->most >= 0 && c->argc > k->most && strcmp(k->name, "list") != 0 && strcmp(k->name, "outbox") != 0 && strcmp(k->name, "verify") != 0))
		return ctl_usage("usage: ingangctl %s%s%s", k->name, *k->args ? " " : "", k->args);
	int code = k->run(c);
	if (fflush(stdout) != 0 || ferror(stdout))
		code = code == EX_OK ? EX_IOERR : code;
	db_close(c->db);
	config_free(c->config);
	return code;
}

int main(int argc, char **argv)
{
	struct ctl c = {.config_file = INGANG_SYSCONFDIR "/ingang.conf", .argc = argc - 1, .argv = argv + 1};
	umask(077);
	json_set_alloc_funcs(mem_alloc, free); /* as in ingangd */
	log_setup(LOG_LEVEL_WARN);
	if (ctl_option(&c, "help", NULL) || (c.argc > 0 && strcmp(c.argv[0], "-h") == 0)) {
		help(stdout);
		return EX_OK;
	}
	c.json = ctl_option(&c, "json", NULL);
	ctl_option(&c, "config", &c.config_file);
	if (c.argc > 1 && strcmp(c.argv[0], "-c") == 0) {
		c.config_file = c.argv[1];
		drop_args(&c, 0, 2);
	}
	if (c.argc == 0) {
		help(stderr);
		return EX_USAGE;
	}
	const struct ctl_command *k = find(c.argv[0]);
	if (!k)
		return EX_USAGE;
	drop_args(&c, 0, 1);
	wire_setup();
	return run(k, &c);
}
