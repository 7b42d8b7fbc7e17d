/* year_office CONFIG LIST STORE: an office at work through a list of mails, each "time<TAB>label<TAB>second<TAB>file" (label "triage": of no topic),
 * with the daemon's own code from taking a mail in to learning, and staff who correct nine errors of ten. It begins with the terms alone.
 * Prints for each mail: time, label, second, the best guess, how sure, where it went, whether staff moved it, the model in use. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files.h"
#include "base/mem.h"
#include "config/config.h"
#include "desk/act.h"
#include "desk/desk.h"
#include "desk/learn.h"
#include "desk/route.h"
#include "mail/message.h"
#include "store/keys.h"
#include "store/model.h"
#include "topic/language.h"

enum { OVERLOOKED = 10, HOUR = 3600 };

struct year {
	struct config *config;
	struct desk desk;
	int64_t now, model;
	unsigned errors;
};

static void die(const char *what, const struct err *e)
{
	fprintf(stderr, "year_office: %s: %s\n", what, e->text);
	exit(1);
}

static void act(struct year *y, int64_t ticket, const char *line)
{
	struct err e;
	struct keys keys = {0};
	struct ticket t = {0};
	struct commands c;
	struct acted acted = {0};
	struct command_faults faults = {0};
	const struct day today = day_local(y->now);
	commands_read(line, &today, &c);
	if (!db_begin(y->desk.db, &e) || !keys_load(y->desk.db, y->now, &keys, &e) || ticket_get(y->desk.db, ticket, &t, &e) <= 0)
		die(line, &e);
	const struct token_keys token_keys = {keys.v, keys.n};
	const struct act_ground g = {.desk = &y->desk, .keys = &token_keys, .ticket = &t, .actor = "admin staff", .admin = true, .text = "", .now = y->now};
	if (!desk_act(&g, &c, &acted, &faults, &e) || !db_commit(y->desk.db, &e))
		die(line, &e);
	acted_free(&acted);
	command_faults_free(&faults);
	commands_free(&c);
	ticket_free(&t);
	keys_free(&keys);
}

/* As the trainer and intake do it. */
static void learn(struct year *y)
{
	const struct training quick = {0};
	struct learned_model m;
	struct err e;
	int64_t n, upto;
	if (!model_corrections(y->desk.db, &n, &upto, &e))
		die("corrections", &e);
	if (n < (int64_t)y->config->learning.after)
		return;
	if (!learn_now(y->desk.db, y->config, &quick, y->now, &m, &e)) {
		if (e.kind != ERR_INPUT)
			die("learning", &e);
		return;
	}
	fprintf(stderr, "\rmodel %" PRId64 " of %zu tickets\033[K", m.id, m.lessons);
	learned_model_free(&m);
	if (!learn_refresh(y->desk.db, y->config, &y->model, &e))
		die("the model", &e);
}

static const char *guess(const struct year *y, const struct mail *m, double *sure)
{
	struct verdict v;
	double nobody = 1;
	classify_mail(y->config->classifier, m, &v);
	for (size_t i = 0; i < v.n; i++)
		nobody -= v.scores[i];
	const char *name = v.topic >= 0 && v.scores[v.topic] >= nobody ? y->config->topics[v.topic].name : "triage";
	*sure = v.confidence;
	verdict_free(&v);
	return name;
}

static void one(struct year *y, const char *label, const char *second, const char *raw, size_t n)
{
	struct mail m;
	struct taken t = {0};
	struct err e;
	double sure;
	message_read(raw, n, &mail_limits_default, &m);
	if (!m.lang && m.reply_text)
		m.lang = mem_dup(language_of(m.reply_text, strlen(m.reply_text)));
	const char *best = guess(y, &m, &sure);
	if (!db_begin(y->desk.db, &e) || !desk_take(&y->desk, &m, raw, n, NULL, NULL, y->now, &t, &e) || !db_commit(y->desk.db, &e))
		die(raw, &e);
	if (!t.ticket) { /* set aside as a report about a mail of ours, or some such */
		taken_free(&t);
		mail_free(&m);
		return;
	}
	bool wrong = strcmp(t.topic, label) != 0 && strcmp(t.topic, second) != 0, moved = wrong && ++y->errors % OVERLOOKED != 0;
	y->now += HOUR;
	if (moved) {
		char *line = mem_fmt("!move %s", label);
		act(y, t.ticket, line);
		free(line);
	}
	act(y, t.ticket, "!close");
	printf("%" PRId64 "\t%s\t%s\t%s\t%.4f\t%s\t%d\t%" PRId64 "\n", y->now, label, second, best, sure, t.topic, moved, y->model);
	taken_free(&t);
	mail_free(&m);
	learn(y);
}

int main(int argc, char **argv)
{
	struct problems p = {0};
	struct err e;
	char line[4096];
	if (argc != 4)
		return 64;
	setenv("TZ", "UTC", 1);
	tzset();
	message_setup();
	struct year y = {.config = config_load(argv[1], false, &p)};
	y.desk.config = y.config;
	y.desk.db = y.config ? db_open(argv[3], DB_CREATE, &e) : NULL;
	FILE *list = fopen(argv[2], "re");
	if (!y.desk.db || !list) {
		fprintf(stderr, "year_office: cannot begin\n");
		return 1;
	}
	sqlite3_exec(y.desk.db->handle, "PRAGMA synchronous = OFF", NULL, NULL, NULL); /* nothing of it is to be kept */
	classifier_forget(y.config->classifier);
	while (fgets(line, sizeof line, list)) {
		struct buf raw = {0};
		char *save, *at = strtok_r(line, "\t", &save), *label = strtok_r(NULL, "\t", &save), *second = strtok_r(NULL, "\t", &save), *file = strtok_r(NULL, "\t\n", &save);
		if (!file || !file_read(file, 1 << 24, &raw, &e))
			return 1;
		y.now = strtoll(at, NULL, 10);
		one(&y, label, second, raw.s, raw.n);
		buf_free(&raw);
	}
	fputc('\n', stderr);
	fclose(list);
	db_close(y.desk.db);
	config_free(y.config);
	return 0;
}
