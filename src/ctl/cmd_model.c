/* learn, classify --tsv: a model from a table of labelled texts, and what it makes of others. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/fold.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/lessons.h"
#include "desk/learn.h"
#include "topic/model.h"

enum { TABLE_MAX = 1 << 30, MODEL_MAX = 1 << 30 };

/* A table of "label<TAB>text" lines, walked. */
struct table {
	const char *file;
	struct buf bytes;
	size_t at, line;
	char *label, *text; /* of the present line; in `bytes` */
};

static bool table_open(struct table *t, const char *file, struct err *e)
{
	*t = (struct table){.file = file};
	return file_read(file, TABLE_MAX, &t->bytes, e);
}

/* Only a line without a label or a text that is not UTF-8 is an error; an empty line is none. 1: a line, 0: the end, -1: e. */
static int table_next(struct table *t, struct err *e)
{
	while (t->at < t->bytes.n) {
		char *s = t->bytes.s + t->at, *end = memchr(s, '\n', t->bytes.n - t->at);
		size_t n = end ? (size_t)(end - s) : t->bytes.n - t->at;
		t->at += n + 1;
		t->line++;
		s[n] = '\0';
		if (n && s[n - 1] == '\r')
			s[--n] = '\0';
		if (n == 0)
			continue;
		char *tab = memchr(s, '\t', n);
		if (!tab || tab == s) {
			err_set(e, ERR_INPUT, "%s:%zu: no label: a line is a label, a tab and a text", t->file, t->line);
			return -1;
		}
		if (memchr(s, '\0', n) || !utf8_valid(s, n) || tab - s > 200) {
			err_set(e, ERR_INPUT, "%s:%zu: %s", t->file, t->line, tab - s > 200 ? "a label of more than 200 bytes" : "this is not UTF-8 text");
			return -1;
		}
		*tab = '\0';
		t->label = s;
		t->text = tab + 1;
		return 1;
	}
	return 0;
}

/* A line that is written over, on a terminal only. */
void ctl_progress(void *ctx, const char *what, size_t done, size_t of)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%s: %zu of %zu", what, done, of);
}

void ctl_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Whole or not at all: written beside and moved over. */
static bool write_model(const char *file, const struct buf *b, struct err *e)
{
	char *beside = mem_fmt("%s.new", file);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t at = 0;
	while (fd >= 0 && at < b->n) {
		ssize_t n = write(fd, b->s + at, b->n - at);
		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	bool ok = fd >= 0 && at == b->n && fsync(fd) == 0;
	if (fd >= 0 && close(fd) != 0)
		ok = false;
	if (!ok || rename(beside, file) != 0) {
		err_set(e, ERR_TEMPORARY, "cannot write '%s': %s", file, strerror(errno));
		ok = false;
		unlink(beside);
	}
	free(beside);
	return ok;
}

static bool read_lessons(struct table *t, struct lessons *l, struct err *e)
{
	int got;
	while ((got = table_next(t, e)) > 0) {
		struct lesson lesson = {.label = t->label};
		features_add_text(lessons_begin(l), lessons_kin(l), PLACE_BODY, t->text, strlen(t->text));
		if (!lessons_end(l, &lesson, e))
			return err_in(e, "%s:%zu", t->file, t->line);
		if (t->line % 1000 == 0)
			ctl_progress(NULL, "reading", t->at, t->bytes.n);
	}
	return got == 0;
}

/* The rest of learning, from lessons that were read. */
static bool learn(const struct lessons *l, const char *file, bool json, struct err *e)
{
	struct buf out = {0};
	struct timespec began, ended;
	struct training how = {.progress = ctl_progress};
	clock_gettime(CLOCK_MONOTONIC, &began);
	struct model *m = model_train(l, &how, e);
	ctl_progress_end();
	clock_gettime(CLOCK_MONOTONIC, &ended);
	double spent = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	if (m)
		model_save(m, &out);
	bool ok = m && write_model(file, &out, e);
	if (ok && json)
		print_json(json_pack("{s:s, s:I, s:I, s:I, s:f}", "model", file, "texts", (json_int_t)lessons_count(l), "labels",
		                     (json_int_t)model_labels(m)->n, "bytes", (json_int_t)out.n, "seconds", spent));
	else if (ok)
		printf("learned from %zu texts with %zu labels in %.2f s: %s, %.1f MB\n", lessons_count(l), model_labels(m)->n, spent, file, (double)out.n / 1e6);
	buf_free(&out);
	model_free(m);
	return ok;
}

static int learn_table(const char *tsv, const char *file, bool json)
{
	struct err e;
	struct table t;
	struct lessons *l = lessons_new(NULL, 0);
	bool ok = table_open(&t, tsv, &e) && read_lessons(&t, l, &e);
	ctl_progress_end();
	ok = ok && learn(l, file, json, &e);
	buf_free(&t.bytes);
	lessons_free(l);
	return ok ? EX_OK : ctl_fail(&e);
}

static int learn_mails(struct ctl *c, const char *mails, const char *file)
{
	struct err e;
	int code = ctl_config(c, false);
	if (code != EX_OK)
		return code;
	struct labelled *l = labelled_read(c->config, mails, &e);
	bool ok = l && learn(l->lessons, file, c->json, &e);
	labelled_free(l);
	return ok ? EX_OK : ctl_fail(&e);
}

/* The office's tickets, into a file: what is in use stays. */
static int learn_tickets(struct ctl *c, const char *file)
{
	struct err e;
	struct learn_set set = {0};
	int code = ctl_store(c, DB_READ);
	if (code != EX_OK)
		return code;
	struct lessons *l = learn_read(c->db, c->config, &set, &e) ? learn_lessons(c->config, &set, 0, set.n, &e) : NULL;
	bool ok = l && learn(l, file, c->json, &e);
	lessons_free(l);
	learn_set_free(&set);
	return ok ? EX_OK : ctl_fail(&e);
}

int cmd_learn(struct ctl *c)
{
	const char *tsv = NULL, *mails = NULL, *file = NULL;
	ctl_option(c, "tsv", &tsv);
	ctl_option(c, "mails", &mails);
	ctl_option(c, "model", &file);
	if ((tsv && mails) || ((tsv || mails) && !file) || c->argc)
		return ctl_usage("learn wants nothing, to learn from the office's tickets; or --tsv FILE or --mails FILE, and --model FILE");
	if (!tsv && !mails)
		return file ? learn_tickets(c, file) : learn_store(c);
	return tsv ? learn_table(tsv, file, c->json) : learn_mails(c, mails, file);
}

struct model *ctl_model(const char *file, struct err *e)
{
	struct buf b = {0};
	struct model *m = NULL;
	if (file_read(file, MODEL_MAX, &b, e) && !(m = model_load(b.s ? b.s : "", b.n, e)))
		err_in(e, "'%s'", file);
	buf_free(&b);
	return m;
}

int classify_table(const char *tsv, const char *file, bool json)
{
	struct err e;
	struct table t;
	int got = -1;
	struct model *m = ctl_model(file, &e);
	if (!m)
		return ctl_fail(&e);
	struct model_desk *d = model_desk_new(m);
	double *p = mem_array(model_labels(m)->n, sizeof *p);
	if (table_open(&t, tsv, &e))
		while ((got = table_next(&t, &e)) > 0) {
			features_add_text(model_desk_clear(d), model_kin(m), PLACE_BODY, t.text, strlen(t.text));
			struct guess g = model_ask(d, NULL, p);
			const char *best = model_labels(m)->v[g.best];
			if (json)
				print_json(json_pack("{s:o, s:s, s:f}", "label", json_text(t.label), "predicted", best, "confidence", g.confidence));
			else
				printf("%s\t%s\t%.6f\n", t.label, best, g.confidence);
		}
	free(p);
	buf_free(&t.bytes);
	model_desk_free(d);
	model_free(m);
	return got == 0 ? EX_OK : ctl_fail(&e);
}
