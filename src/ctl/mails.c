#include "ctl/mails.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "reader/reader.h"

enum { FILE_MAX = 256 << 20, ATTEMPTS = 2 };

void mails_end(struct mails *r)
{
	if (r->fd < 0)
		return;
	close(r->fd);
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	r->fd = -1;
}

static bool ready(struct mails *r, struct err *e)
{
	if (r->fd < 0)
		r->fd = reader_start(r->limits, &r->pid, e);
	return r->fd >= 0;
}

bool mails_read(struct mails *r, const char *raw, size_t n, struct mail *out, struct err *e)
{
	enum reader_result result = READER_GONE;
	for (int i = 0; i < ATTEMPTS && result == READER_GONE; i++) {
		if (!ready(r, e))
			return false;
		result = reader_ask(r->fd, raw, n, false, out, e);
		if (result == READER_DONE)
			return true;
		mails_end(r);
	}
	if (!ready(r, e))
		return false;
	char *why = mem_fmt("could not be read whole: %s", e->text);
	bool ok = reader_ask(r->fd, raw, n, true, out, e) == READER_DONE;
	if (ok)
		strs_add(&out->warnings, why);
	else
		mails_end(r);
	free(why);
	return ok;
}

struct walk {
	struct mails *reader;
	mails_fn *fn;
	void *ctx;
	int code;
};

static bool one_file(struct walk *w, const char *path)
{
	struct buf raw = {0};
	struct mail m = {0};
	struct err e;
	bool go_on = true;
	if (!file_read(path, FILE_MAX, &raw, &e)) {
		fprintf(stderr, "ingangctl: %s\n", e.text);
		w->code = EX_NOINPUT;
	} else if (!mails_read(w->reader, raw.s ? raw.s : "", raw.n, &m, &e)) {
		fprintf(stderr, "ingangctl: '%s': %s\n", path, e.text);
		w->code = EX_TEMPFAIL;
	} else {
		go_on = w->fn(w->ctx, path, &m);
	}
	mail_free(&m);
	buf_free(&raw);
	return go_on;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool one_path(struct walk *w, const char *path)
{
	struct stat st;
	struct dirent **names;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return one_file(w, path);
	int n = scandir(path, &names, visible, alphasort);
	if (n < 0) {
		fprintf(stderr, "ingangctl: cannot open '%s': %s\n", path, strerror(errno));
		w->code = EX_NOINPUT;
		return true;
	}
	bool go_on = true;
	for (int i = 0; i < n; i++) {
		char *below = mem_fmt("%s/%s", path, names[i]->d_name);
		if (go_on && stat(below, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			go_on = one_path(w, below);
		free(below);
		free(names[i]);
	}
	free(names);
	return go_on;
}

int mails_each(struct mails *r, int argc, char **argv, mails_fn *fn, void *ctx)
{
	struct walk w = {r, fn, ctx, EX_OK};
	for (int i = 0; i < argc; i++)
		if (!one_path(&w, argv[i]))
			break;
	mails_end(r);
	return w.code;
}
