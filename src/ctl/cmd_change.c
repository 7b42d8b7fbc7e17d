/* move, assign, close, reopen, note: what staff will do by mail, for admins. */
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
#include "desk/desk.h"
#include "store/message.h"

enum { NOTE_MAX = 64 << 10 };

struct change { /* a ticket, and its first mail where the command passes it on */
	struct ctl *ctl;
	struct desk desk;
	int64_t ticket, message;
	struct mail mail;
	uint64_t raw_bytes;
	char *actor;
	int64_t now;
};

static char *who(void)
{
	const struct passwd *p = getpwuid(getuid());
	return p ? mem_fmt("admin %s", p->pw_name) : mem_fmt("admin %u", (unsigned)getuid());
}

static int begin(struct ctl *c, struct change *k)
{
	*k = (struct change){.ctl = c, .now = (int64_t)time(NULL)};
	int code = ctl_store(c, DB_WRITE);
	if (code != EX_OK)
		return code;
	if (!ctl_number(c->argv[0], c->config->office.tag, &k->ticket))
		return ctl_usage("'%s' is no ticket number", c->argv[0]);
	k->desk = (struct desk){.config = c->config, .db = c->db};
	k->actor = who();
	return EX_OK;
}

/* The ticket's first mail, read again. */
static bool read_first(struct change *k, struct err *e)
{
	struct mails r = {.limits = &k->ctl->config->limits.mail, .fd = -1};
	if (!message_first(k->ctl->db, k->ticket, &k->message, e))
		return false;
	if (!k->message)
		return err_set(e, ERR_INPUT, "there is no ticket %lld", (long long)k->ticket);
	struct raw_reader *raw = raw_open(k->ctl->db, k->message, e);
	if (!raw)
		return false;
	k->raw_bytes = raw_size(raw);
	char *bytes = mem_alloc(k->raw_bytes + 1);
	bool ok = raw_read(raw, 0, bytes, k->raw_bytes, e);
	raw_close(raw);
	ok = ok && mails_read(&r, bytes, k->raw_bytes, &k->mail, e);
	mails_end(&r);
	free(bytes);
	return ok;
}

typedef bool change_fn(struct change *k, const char *value, struct err *e);

static bool in_transaction(struct change *k, change_fn *fn, const char *value, struct err *e)
{
	return db_begin(k->ctl->db, e) && db_end(k->ctl->db, fn(k, value, e), e);
}

static int finish(struct change *k, bool ok, const struct err *e, const char *done)
{
	int code = ok ? EX_OK : ctl_fail(e);
	if (ok && k->ctl->json)
		print_json(json_pack("{s:I, s:s}", "id", (json_int_t)k->ticket, "done", done));
	else if (ok)
		printf("[%s-%lld] %s\n", k->ctl->config->office.tag, (long long)k->ticket, done);
	mail_free(&k->mail);
	free(k->actor);
	return code;
}

static bool do_move(struct change *k, const char *topic, struct err *e)
{
	return desk_move(&k->desk, k->ticket, topic, &k->mail, k->message, k->raw_bytes, k->actor, k->now, e);
}

static bool do_assign(struct change *k, const char *addr, struct err *e)
{
	return desk_assign(&k->desk, k->ticket, addr, &k->mail, k->message, k->raw_bytes, k->actor, k->now, e);
}

static bool do_status(struct change *k, const char *status, struct err *e)
{
	return desk_set_status(&k->desk, k->ticket, status, k->actor, k->now, e);
}

static bool do_note(struct change *k, const char *text, struct err *e)
{
	return desk_note(&k->desk, k->ticket, text, k->actor, k->now, e);
}

static bool known_topic(const struct config *c, const char *name, struct err *e)
{
	const char *names[64];
	size_t n = 0;
	if (strcmp(name, "triage") == 0 || config_topic_index(c, name) >= 0)
		return true;
	names[n++] = "triage";
	for (size_t i = 0; i < c->n_topics && n < 64; i++)
		names[n++] = c->topics[i].name;
	const char *near = str_nearest(name, names, n);
	return near ? err_set(e, ERR_INPUT, "there is no topic '%s': did you mean '%s'?", name, near)
	            : err_set(e, ERR_INPUT, "there is no topic '%s': see the topics in the config", name);
}

int cmd_move(struct ctl *c)
{
	struct change k;
	struct err e;
	int code = begin(c, &k);
	if (code != EX_OK)
		return code;
	const char *topic = strcmp(c->argv[1], "triage") == 0 ? NULL : c->argv[1];
	char *done = mem_fmt("moved to %s; its staff get it", c->argv[1]);
	bool ok = known_topic(c->config, c->argv[1], &e) && read_first(&k, &e) && in_transaction(&k, do_move, topic, &e);
	code = finish(&k, ok, &e, done);
	free(done);
	return code;
}

int cmd_assign(struct ctl *c)
{
	struct change k;
	struct err e;
	int code = begin(c, &k);
	if (code != EX_OK)
		return code;
	char *done = mem_fmt("assigned to %s", c->argv[1]);
	code = finish(&k, read_first(&k, &e) && in_transaction(&k, do_assign, c->argv[1], &e), &e, done);
	free(done);
	return code;
}

static int set_status(struct ctl *c, const char *status, const char *done)
{
	struct change k;
	struct err e;
	int code = begin(c, &k);
	return code == EX_OK ? finish(&k, in_transaction(&k, do_status, status, &e), &e, done) : code;
}

int cmd_close(struct ctl *c)
{
	return set_status(c, "closed", "closed");
}

int cmd_reopen(struct ctl *c)
{
	return set_status(c, "open", "reopened");
}

static bool read_note(struct ctl *c, struct buf *text, struct err *e)
{
	char part[4096];
	size_t n;
	int first = c->argc > 1 && strcmp(c->argv[1], "--") == 0 ? 2 : 1; /* what follows is text, whatever it looks like */
	for (int i = first; i < c->argc; i++)
		buf_addf(text, "%s%s", i > first ? " " : "", c->argv[i]);
	while (c->argc == first && text->n < NOTE_MAX && (n = fread(part, 1, sizeof part, stdin)) > 0)
		buf_add(text, part, n);
	while (text->n && strchr(" \r\n\t", text->s[text->n - 1]))
		buf_cut(text, text->n - 1);
	return text->n > 0 || err_set(e, ERR_INPUT, "the note is empty");
}

int cmd_note(struct ctl *c)
{
	struct change k;
	struct err e;
	struct buf text = {0};
	int code = begin(c, &k);
	if (code != EX_OK)
		return code;
	code = finish(&k, read_note(c, &text, &e) && in_transaction(&k, do_note, text.s, &e), &e, "noted");
	buf_free(&text);
	return code;
}
