#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "imap_session.h"

/* --- what the server can do --- */

static void see_word(struct imap_can *can, const char *w, size_t n)
{
	const struct { const char *name; bool *flag; } KNOWN[] = {
		{"IDLE", &can->idle}, {"MOVE", &can->move}, {"UIDPLUS", &can->uidplus}, {"NAMESPACE", &can->names},
		{"LOGINDISABLED", &can->no_login}, {"AUTH=PLAIN", &can->plain},
		{"AUTH=OAUTHBEARER", &can->bearer}, {"AUTH=XOAUTH2", &can->xoauth2},
	};
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
		if (strlen(KNOWN[i].name) == n && !strncasecmp(KNOWN[i].name, w, n))
			*KNOWN[i].flag = true;
}

static void see_capability(void *ctx, const char *line)
{
	if (strncasecmp(line, "* CAPABILITY ", 13))
		return;
	for (const char *w = line + 13; *w;) {
		size_t n = strcspn(w, " ");
		see_word(ctx, w, n);
		w += n + strspn(w + n, " ");
	}
}

static bool ask_capability(struct imap *c, struct err *e)
{
	const char *words;
	c->can = (struct imap_can){0};
	if (talk_command(c, "CAPABILITY", see_capability, &c->can, &words) == TALK_OK)
		return true;
	return imap_dead(c, "cannot ask what the server can do", e);
}

/* --- greeting and STARTTLS --- */

enum { GREETING_MS = 10000 }; /* a server that listens greets at once */

/* A server that waits for our TLS says nothing, or complains in TLS. */
static bool no_greeting(struct imap *c, struct err *e)
{
	imap_dead(c, "no greeting", e);
	if (!stream_is_tls(c->stream) && (!c->heard || c->heard_tls)) {
		struct err said = *e;
		err_set(e, said.kind, "%.400s; is it the port for TLS from the start? then imaps://", said.text);
	}
	return false;
}

static bool greeting(struct imap *c, struct err *e)
{
	char quote[256];
	stream_allow(c->stream, c->timeout_ms < GREETING_MS ? c->timeout_ms : GREETING_MS, TALK_BUDGET);
	const char *s = talk_read(c);
	if (!s)
		return no_greeting(c, e);
	if (!strncasecmp(s, "* OK", 4))
		return true;
	c->dead = true;
	if (!strncasecmp(s, "* BYE", 5))
		return err_set(e, ERR_TEMPORARY, "'%s' does not take connections now: %s", c->where, talk_quote(s + 2, quote));
	/* before TLS it is how an attacker keeps us from TLS; after it, a mailbox that is not ours */
	if (!strncasecmp(s, "* PREAUTH", 9))
		return err_set(e, ERR_CONFIG, "'%s' says that we are logged in before we did so (PREAUTH): refused", c->where);
	return err_set(e, ERR_TEMPORARY, "'%s' does not speak IMAP: it says %s", c->where, talk_quote(s, quote));
}

/* Whether it is offered is not asked: whoever sits in between may strike it from the list, and gets no password either way. */
static bool start_tls(struct imap *c, struct err *e)
{
	const char *words;
	char quote[256];
	enum talk t = talk_command(c, "STARTTLS", NULL, NULL, &words);
	if (t == TALK_NO || t == TALK_BAD) {
		c->dead = true;
		return err_set(e, ERR_CONFIG, "'%s' refuses STARTTLS: %s, and without TLS no password is sent; try imaps:// (port 993)",
		               c->where, talk_quote(words, quote));
	}
	if (t != TALK_OK)
		return imap_dead(c, "STARTTLS", e);
	if (!stream_start_tls(c->stream, e)) {
		c->dead = true;
		return false;
	}
	return true;
}

/* --- login --- */

static bool is_plain_text(const char *s) /* fit for a quoted string: ASCII without controls */
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static void add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

static void wipe(struct buf *b)
{
	if (b->s)
		explicit_bzero(b->s, b->cap);
	buf_free(b);
}

/* Room enough at once, so that growing leaves no copy of the password behind. */
static enum talk login_quoted(struct imap *c, const struct imap_login *l, const char **words)
{
	struct buf b = {0};
	buf_reserve(&b, 64 + 2 * (strlen(l->user) + strlen(l->password)));
	buf_addf(&b, "w%u LOGIN ", ++c->tag);
	add_quoted(&b, l->user);
	buf_addc(&b, ' ');
	add_quoted(&b, l->password);
	buf_adds(&b, "\r\n");
	char tag[16];
	snprintf(tag, sizeof tag, "w%u", c->tag);
	bool sent = talk_send(c, b.s, b.n);
	wipe(&b);
	return sent ? talk_finish(c, tag, NULL, NULL, words) : TALK_DEAD;
}

/* A response of SASL, in base64; wiped. */
static bool send_response(struct imap *c, struct buf *b)
{
	gnutls_datum_t in = {.data = (unsigned char *)b->s, .size = (unsigned)b->n}, out = {0};
	bool sent = gnutls_base64_encode2(&in, &out) == 0 && talk_send(c, (const char *)out.data, out.size) && talk_send(c, "\r\n", 2);
	wipe(b);
	if (out.data)
		explicit_bzero(out.data, out.size);
	gnutls_free(out.data);
	return sent;
}

/* SASL PLAIN (RFC 4616) takes any UTF-8, where a quoted string is for ASCII. */
static enum talk login_plain(struct imap *c, const struct imap_login *l, const char **words)
{
	char tag[16];
	if (!talk_begin(c, "AUTHENTICATE PLAIN", tag))
		return TALK_DEAD;
	enum talk t = talk_finish(c, tag, NULL, NULL, words);
	if (t != TALK_MORE)
		return t;
	struct buf b = {0};
	buf_reserve(&b, 2 + strlen(l->user) + strlen(l->password));
	buf_addc(&b, '\0');
	buf_adds(&b, l->user);
	buf_addc(&b, '\0');
	buf_adds(&b, l->password);
	return send_response(c, &b) ? talk_finish(c, tag, NULL, NULL, words) : TALK_DEAD;
}

/* --- login with a token --- */

/* The user's name in OAUTHBEARER: ',' and '=' are written otherwise (RFC 5801 §4). */
static void add_saslname(struct buf *b, const char *s)
{
	for (; *s; s++)
		buf_adds(b, *s == ',' ? "=2C" : *s == '=' ? "=3D" : (char[]){*s, '\0'});
}

/* Never in the command's own line: a token may be longer than a server takes there. */
static enum talk login_token(struct imap *c, const struct imap_login *l, const char **words)
{
	char tag[16];
	if (!talk_begin(c, c->can.bearer ? "AUTHENTICATE OAUTHBEARER" : "AUTHENTICATE XOAUTH2", tag))
		return TALK_DEAD;
	enum talk t = talk_finish(c, tag, NULL, NULL, words);
	if (t != TALK_MORE)
		return t;
	struct buf b = {0};
	buf_reserve(&b, 64 + 3 * strlen(l->user) + strlen(l->token));
	if (c->can.bearer) {
		buf_adds(&b, "n,a=");
		add_saslname(&b, l->user);
		buf_adds(&b, ",\001");
	} else {
		buf_addf(&b, "user=%s\001", l->user);
	}
	buf_addf(&b, "auth=Bearer %s\001\001", l->token);
	if (!send_response(c, &b))
		return TALK_DEAD;
	t = talk_finish(c, tag, NULL, NULL, words);
	if (t != TALK_MORE)
		return t;
	/* what is wrong, as JSON; the end comes only after an answer (RFC 7628 §3.2.3) */
	if (!talk_send(c, c->can.bearer ? "AQ==\r\n" : "\r\n", c->can.bearer ? 6 : 2))
		return TALK_DEAD;
	return talk_finish(c, tag, NULL, NULL, words);
}

static bool is_passing(const char *quote) /* RFC 5530: not the account's fault */
{
	return strstr(quote, "UNAVAILABLE") || strstr(quote, "INUSE") || strstr(quote, "LIMIT");
}

static bool log_in_token(struct imap *c, const struct imap_login *l, struct err *e)
{
	const char *words = "";
	char quote[256];
	if (!c->can.bearer && !c->can.xoauth2) {
		c->dead = true;
		return err_set(e, ERR_CONFIG, "'%s' offers no login with OAuth2 (AUTH=XOAUTH2 or AUTH=OAUTHBEARER)", c->where);
	}
	if (!is_plain_text(l->user)) { /* a control character would end the name within the response */
		c->dead = true;
		return err_set(e, ERR_CONFIG, "imap.user must be ASCII for a login with OAuth2");
	}
	talk_allow(c);
	enum talk t = login_token(c, l, &words);
	if (t == TALK_OK)
		return ask_capability(c, e);
	if (t != TALK_NO && t != TALK_BAD)
		return imap_dead(c, "login", e);
	c->dead = true;
	talk_quote(words, quote);
	if (is_passing(quote))
		return err_set(e, ERR_TEMPORARY, "'%s' cannot log in '%s' now: %s", c->where, l->user, quote);
	return err_set(e, ERR_REFUSED, "'%s' refuses the OAuth2 token for '%s': %s; is imap.user the mailbox, IMAP switched on for it, and the application "
	               "allowed to open it?", c->where, l->user, quote);
}

static bool log_in(struct imap *c, const struct imap_login *l, struct err *e)
{
	if (!ask_capability(c, e))
		return false;
	if (l->token)
		return log_in_token(c, l, e);
	bool quotable = is_plain_text(l->user) && is_plain_text(l->password);
	if (c->can.no_login && !c->can.plain) {
		c->dead = true;
		return err_set(e, ERR_CONFIG, "'%s' takes no password (LOGINDISABLED)", c->where);
	}
	if (!quotable && !c->can.plain) {
		c->dead = true;
		return err_set(e, ERR_CONFIG, "'%s' takes ASCII passwords and user names only", c->where);
	}
	const char *words = "";
	talk_allow(c);
	enum talk t = quotable && !c->can.no_login ? login_quoted(c, l, &words) : login_plain(c, l, &words);
	if (t == TALK_OK)
		return ask_capability(c, e); /* what held before the login does not hold after it (RFC 3501 §6.2.3) */
	if (t != TALK_NO && t != TALK_BAD)
		return imap_dead(c, "login", e);
	char quote[256];
	c->dead = true;
	talk_quote(words, quote);
	if (is_passing(quote))
		return err_set(e, ERR_TEMPORARY, "'%s' cannot log in '%s' now: %s", c->where, l->user, quote);
	return err_set(e, ERR_REFUSED, "'%s' refuses the login of '%s': %s; check imap.user and the password file", c->where,
	               l->user, quote);
}

/* --- folders: prefix and delimiter --- */

/* A quoted string or NIL at *s; moves on. */
static char *nstring(const char **s)
{
	const char *p = *s + strspn(*s, " ");
	struct buf b = {0};
	if (*p != '"') {
		*s = p + strcspn(p, " )");
		return NULL;
	}
	for (p++; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		buf_addc(&b, *p);
	}
	*s = *p ? p + 1 : p;
	return buf_take(&b);
}

/* * NAMESPACE (("INBOX." ".")) NIL NIL: the first personal one (RFC 2342) */
static void see_namespace(void *ctx, const char *line)
{
	struct imap *c = ctx;
	if (strncasecmp(line, "* NAMESPACE ((", 14))
		return;
	const char *s = line + 14;
	char *prefix = nstring(&s), *delimiter = nstring(&s);
	if (prefix && strlen(prefix) < 200) {
		free(c->prefix);
		c->prefix = prefix;
		prefix = NULL;
	}
	if (delimiter)
		c->delimiter = delimiter[0];
	free(prefix);
	free(delimiter);
}

/* * LIST (\Noselect) "/" "" */
static void see_list(void *ctx, const char *line)
{
	struct imap *c = ctx;
	const char *s = strchr(line, ')');
	if (strncasecmp(line, "* LIST (", 8) || !s)
		return;
	s++;
	char *delimiter = nstring(&s);
	if (delimiter)
		c->delimiter = delimiter[0];
	free(delimiter);
}

static bool hierarchy(struct imap *c, struct err *e)
{
	const char *words;
	enum talk t = c->can.names ? talk_command(c, "NAMESPACE", see_namespace, c, &words) : TALK_NO;
	if (t != TALK_DEAD && !c->delimiter)
		t = talk_command(c, "LIST \"\" \"\"", see_list, c, &words);
	return t == TALK_OK || t == TALK_NO || t == TALK_BAD || imap_dead(c, "cannot ask for the folders' hierarchy", e);
}

bool imap_login(struct imap *c, const struct imap_login *login, struct err *e)
{
	if (!greeting(c, e))
		return false;
	if (login->server.tls == WIRE_STARTTLS && !start_tls(c, e))
		return false;
	return log_in(c, login, e) && hierarchy(c, e);
}
