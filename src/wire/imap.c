#include "wire/imap.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "imap_session.h"

/* A TLS record of an alert or a handshake (RFC 8446 §5.1) begins with a control character, a greeting with '*'. */
static bool is_tls_record(char first)
{
	return first == 21 || first == 22;
}

static bool guard(void *ctx, const char *p, size_t n, struct err *e)
{
	struct imap *c = ctx;
	if (!c->heard && n && is_tls_record(*p))
		c->heard_tls = true;
	c->heard = true;
	if (c->heard_tls)
		return err_set(e, ERR_TEMPORARY, "'%s' answers in TLS", c->where);
	return imap_guard(&c->guard, p, n, e);
}

static void no_progress(size_t current, size_t maximum, void *ctx)
{
	(void)current;
	(void)maximum;
	(void)ctx;
}

/* libetpan takes over when the login is done: it is told so in the words of a greeting. */
static bool hand_to_libetpan(struct imap *c, struct err *e)
{
	stream_feed(c->stream, "* PREAUTH ready\r\n");
	c->m = mailimap_new(0, NULL);
	if (!c->m || mailimap_connect(c->m, c->ms) != MAILIMAP_NO_ERROR_AUTHENTICATED)
		return imap_dead(c, "cannot start", e);
	/* libetpan 1.9.4 calls the handlers of imap_fetch.c only when a progress callback is set */
	mailimap_set_progress_callback(c->m, no_progress, no_progress, NULL);
	return true;
}

struct imap *imap_open(const struct imap_login *login, struct err *e)
{
	struct stream *stream = stream_open(&login->server, e);
	if (!stream)
		return NULL;
	struct imap *c = mem_alloc(sizeof *c);
	c->stream = stream;
	c->ms = stream_mailstream(stream);
	c->where = mem_fmt("%s:%u", login->server.host, login->server.port);
	c->user = mem_dup(login->user);
	c->prefix = mem_dup("");
	c->timeout_ms = wire_timeout(&login->server);
	c->line = mmap_string_new("");
	stream_filter(stream, guard, c);
	if (!c->line || !imap_login(c, login, e) || !hand_to_libetpan(c, e)) {
		imap_close(c);
		return NULL;
	}
	return c;
}

void imap_close(struct imap *c)
{
	if (!c)
		return;
	char tag[16];
	const char *words;
	if (imap_healthy(c)) {
		stream_allow(c->stream, 1000, TALK_BUDGET);
		if (talk_begin(c, "LOGOUT", tag))
			talk_finish(c, tag, NULL, NULL, &words);
	}
	if (c->m) {
		c->m->imap_stream = NULL; /* or mailimap_free() says LOGOUT by itself, and waits for an answer */
		mailimap_free(c->m);
	}
	stream_free(c->stream);
	if (c->line)
		mmap_string_free(c->line);
	free(c->where);
	free(c->user);
	free(c->prefix);
	free(c);
}

bool imap_healthy(const struct imap *c)
{
	return c && c->m && !c->dead;
}

bool imap_has_idle(const struct imap *c)
{
	return c->can.idle;
}

/* --- results --- */

bool imap_dead(struct imap *c, const char *what, struct err *e)
{
	char quote[256];
	c->dead = true;
	if (c->bye[0])
		err_set(e, ERR_TEMPORARY, "'%s' ended the connection: %s", c->where, talk_quote(c->bye, quote));
	else if (!stream_failed(c->stream, e))
		err_set(e, ERR_TEMPORARY, "'%s' gave an answer that cannot be understood", c->where);
	return err_in(e, "%s", what);
}

bool imap_ready(struct imap *c, bool selected, struct err *e)
{
	if (!imap_healthy(c))
		return err_set(e, ERR_BUG, "the IMAP connection is used after it broke");
	if (selected && !c->selected)
		return err_set(e, ERR_BUG, "no mailbox is selected");
	talk_allow(c);
	if (c->m->imap_selection_info)
		c->m->imap_selection_info->sel_has_exists = 0;
	return true;
}

void imap_note_news(struct imap *c)
{
	if (c->m->imap_selection_info && c->m->imap_selection_info->sel_has_exists)
		c->news = true;
}

/* Codes that libetpan gives only after a whole tagged "NO": the connection is good. */
static bool is_no(int r)
{
	switch (r) {
	case MAILIMAP_ERROR_SELECT:
	case MAILIMAP_ERROR_CREATE:
	case MAILIMAP_ERROR_LIST:
	case MAILIMAP_ERROR_SUBSCRIBE:
	case MAILIMAP_ERROR_UID_MOVE:
	case MAILIMAP_ERROR_UID_COPY:
	case MAILIMAP_ERROR_UID_STORE:
	case MAILIMAP_ERROR_UID_FETCH:
	case MAILIMAP_ERROR_EXPUNGE:
	case MAILIMAP_ERROR_NOOP:
		return true;
	default:
		return false;
	}
}

/* The text of the last tagged reply, with the code that libetpan takes out of it. */
static char *last_words(const struct imap *c)
{
	const char *text = c->m->imap_response ? c->m->imap_response : "";
	const struct mailimap_response_info *i = c->m->imap_response_info;
	if (i && i->rsp_atom)
		return mem_fmt("[%s%s%s] %s", i->rsp_atom, i->rsp_value ? " " : "", i->rsp_value ? i->rsp_value : "", text);
	return mem_fmt("%s%s", i && i->rsp_trycreate ? "[TRYCREATE] " : "", text);
}

bool imap_result(struct imap *c, int r, const char *what, struct err *e)
{
	imap_note_news(c);
	if (r == MAILIMAP_NO_ERROR)
		return true;
	char quote[256], *words = last_words(c);
	talk_quote(words, quote);
	bool said = *words;
	free(words);
	if (is_no(r))
		return err_set(e, ERR_REFUSED, "%s: '%s' refuses: %s", what, c->where, quote);
	c->dead = true;
	if (r == MAILIMAP_ERROR_PROTOCOL && !stream_failed(c->stream, e) && said) /* a tagged BAD */
		return err_set(e, ERR_TEMPORARY, "%s: '%s' does not understand: %s", what, c->where, quote);
	return imap_dead(c, what, e);
}

/* --- commands --- */

static int select_as(struct imap *c, char *name)
{
	c->selected = false;
	int r = mailimap_select(c->m, name);
	free(name);
	return r;
}

static void selected(struct imap *c, struct imap_box *out)
{
	const struct mailimap_selection_info *s = c->m->imap_selection_info;
	*out = (struct imap_box){
		.uidvalidity = s->sel_uidvalidity,
		.uidnext = s->sel_uidnext,
		.exists = s->sel_exists,
		.read_only = s->sel_perm == MAILIMAP_MAILBOX_READONLY,
	};
	c->selected = true;
	c->news = false;
}

bool imap_select(struct imap *c, const char *mailbox, struct imap_box *out, struct err *e)
{
	if (!imap_ready(c, false, e))
		return false;
	char *name = imap_name(c, mailbox, false, e), *second = name ? imap_name(c, mailbox, true, e) : NULL;
	if (!second)
		return free(name), false;
	bool same = !strcmp(name, second);
	int r = select_as(c, name);
	if (r == MAILIMAP_ERROR_SELECT && !same && imap_ready(c, false, e))
		r = select_as(c, second);
	else
		free(second);
	if (!imap_result(c, r, "cannot open the mailbox", e))
		return err_in(e, "'%s'", mailbox);
	selected(c, out);
	return true;
}

bool imap_select_ours(struct imap *c, const char *folder, struct imap_box *out, struct err *e)
{
	if (!imap_ready(c, false, e))
		return false;
	char *name = imap_name(c, folder, true, e);
	if (!name)
		return false;
	c->selected = false; /* a refused SELECT leaves none (RFC 3501) */
	if (!imap_result(c, select_as(c, name), "cannot open the folder", e))
		return err_in(e, "'%s'", folder);
	selected(c, out);
	return true;
}

bool imap_noop(struct imap *c, struct err *e)
{
	return imap_ready(c, false, e) && imap_result(c, mailimap_noop(c->m), "cannot ask for news", e);
}

struct mailimap_set *imap_set_of(const uint32_t *uids, size_t n)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	for (size_t i = 0, k; set && i < n; i = k) {
		for (k = i + 1; k < n && uids[k] == uids[k - 1] + 1;)
			k++;
		mailimap_set_add_interval(set, uids[i], uids[k - 1]);
	}
	return set;
}

char *imap_name(const struct imap *c, const char *folder, bool ours, struct err *e)
{
	for (const char *s = folder; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f || strchr("\"\\%*&", *s)) {
			err_set(e, ERR_INPUT, "folder names may hold ASCII letters, digits and signs, but not \" \\ %% * &: '%s'", folder);
			return NULL;
		}
	if (!*folder || !strcasecmp(folder, "INBOX"))
		return mem_dup("INBOX");
	size_t k = strlen(c->prefix);
	char *mapped = mem_dup(folder);
	for (char *s = mapped; c->delimiter && (s = strchr(s, '/')); s++)
		*s = c->delimiter;
	if (!ours || !k || !strncasecmp(mapped, c->prefix, k))
		return mapped;
	char *name = mem_fmt("%s%s", c->prefix, mapped);
	free(mapped);
	return name;
}
