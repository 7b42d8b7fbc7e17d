#include "wire/smtp.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/strs.h"
#include "mail/address.h"
#include "stream_tls.h"
#include "wire/smtp_body.h"
#include "wire/smtp_reply.h"

enum {
	REPLY_FACTOR = 10,    /* a reply may take ten times as long as a connection: 5 minutes (RFC 5321 §4.5.3.2) */
	WHOLE_FACTOR = 240,   /* and a whole mail two hours */
	SLOWEST = 1024,       /* bytes a second; slower for as long as a reply may take is no connection */
	QUIT_S = 1            /* nobody waits longer for a goodbye */
};

static const char BODY_8BIT[] = " BODY=8BITMIME";

struct smtp {
	CURL *curl;
	char *url, *host, *where, *user, *password, *token, *ca_file;
	enum wire_tls tls;
	int timeout_ms;
	char reason[CURL_ERROR_SIZE];
	/* the mail in hand */
	const char *from; /* the caller's, during smtp_send() */
	struct smtp_exchange x;
	struct smtp_body body;
	bool denied;   /* the login was refused for good */
	bool opened;   /* a new connection was made for it */
	bool needs_utf8;
	bool null_sender;
	bool declared; /* its MAIL said BODY=8BITMIME */
	/* the connection */
	bool checked;  /* its certificate passed our own check too */
	bool has_utf8, has_8bit, has_dsn; /* it offers SMTPUTF8, 8BITMIME, DSN */
	/* the server */
	bool bare_mail; /* it takes no parameters with MAIL, whatever it offers */
	struct err stop; /* why a callback of ours ended the exchange */
};

static long reply_seconds(const struct smtp *s)
{
	return (s->timeout_ms * (long)REPLY_FACTOR + 999) / 1000;
}

/* --- callbacks of libcurl --- */

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static size_t on_body(char *out, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	long r = smtp_body_next(&s->body, out, size * n);
	if (r < 0)
		return CURL_READFUNC_ABORT;
	if (r == 0) /* what libcurl sends next is the dot */
		s->x = (struct smtp_exchange){.stage = SMTP_AT_DOT};
	return (size_t)r;
}

static curl_socket_t on_open(void *ctx, curlsocktype type, struct curl_sockaddr *a)
{
	struct smtp *s = ctx;
	(void)type;
	s->opened = true;
	s->checked = s->has_utf8 = s->has_8bit = s->has_dsn = false;
	if (s->tls == WIRE_PLAIN && !wire_is_loopback_address(&a->addr))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* libcurl checks chain and name, but takes a certificate that is for clients only, or that has its name in the subject, and says
 * little of what is wrong. The first reply that comes over TLS comes before any password goes out. */
static bool tls_is_right(struct smtp *s)
{
	struct curl_tlssessioninfo *info = NULL;
	if (s->checked || s->tls == WIRE_PLAIN)
		return true;
	if (s->stop.kind != ERR_NONE)
		return false;
	if (curl_easy_getinfo(s->curl, CURLINFO_TLS_SSL_PTR, &info) || !info || !info->internals)
		return s->tls == WIRE_STARTTLS && s->x.stage <= SMTP_AT_STARTTLS;
	if (info->backend != CURLSSLBACKEND_GNUTLS)
		return err_set(&s->stop, ERR_BUG, "libcurl is not built with GnuTLS");
	s->checked = tls_verify(info->internals, s->host, s->where, &s->stop);
	return s->checked;
}

static int on_debug(CURL *curl, curl_infotype type, char *p, size_t n, void *ctx)
{
	static const char SHAKEN[] = "SSL connection using";
	struct smtp *s = ctx;
	if (type == CURLINFO_HEADER_OUT) {
		smtp_sent_line(&s->x, p, n);
		if (s->x.stage == SMTP_AT_EHLO) /* what was offered before TLS does not hold (RFC 3207 §4.2) */
			s->has_utf8 = s->has_8bit = s->has_dsn = false;
		if (s->x.stage == SMTP_AT_MAIL && !s->declared)
			s->declared = memmem(p, n, BODY_8BIT, sizeof BODY_8BIT - 1) != NULL;
		curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, s->x.over ? (long)QUIT_S : reply_seconds(s));
	} else if (type == CURLINFO_TEXT && n >= sizeof SHAKEN - 1 && !memcmp(p, SHAKEN, sizeof SHAKEN - 1))
		tls_is_right(s); /* before libcurl's own check, for the sake of a better message alone */
	return 0;
}

/* Is it a line of the reply to EHLO that has this keyword? */
static bool offers(const char *p, size_t n, const char *keyword)
{
	size_t k = strlen(keyword);
	return n > 4 + k && !strncasecmp(p + 4, keyword, k) && strchr(" \r\n", p[4 + k]);
}

/* libcurl 7.88 has no option for BODY=8BITMIME (RFC 6152), and puts '<' and '>' around whatever is the sender. So the '>' has to end
 * something: ENVID (RFC 3461 §4.4), whose value is free, may hold a '>', and is seen in a delivery report alone. (MAIL_AUTH gets its '<'
 * and '>' as well, and the value of AUTH is an address.) It is told before a mail and again between the reply to EHLO and MAIL: only then is it known what a new connection offers. */
static void tell_sender(struct smtp *s)
{
	bool declare = s->has_8bit && s->has_dsn && !s->bare_mail && is_ascii(s->from); /* a domain beyond ASCII is translated by libcurl */
	char *from = declare ? mem_fmt("%s>%s ENVID=ingang", s->from, BODY_8BIT) : mem_dup(s->from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	free(from);
}

static size_t on_reply(char *p, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	n *= size;
	if (!tls_is_right(s))
		return 0;
	if (s->x.stage == SMTP_AT_EHLO) {
		s->has_utf8 = s->has_utf8 || offers(p, n, "SMTPUTF8");
		s->has_8bit = s->has_8bit || offers(p, n, "8BITMIME");
		s->has_dsn = s->has_dsn || offers(p, n, "DSN");
	}
	bool whole = smtp_reply_line(&s->x, p, n);
	if (whole && s->x.stage == SMTP_AT_EHLO)
		tell_sender(s);
	bool ready = whole && s->x.stage == SMTP_AT_EHLO && s->x.code == 250 && (s->checked || s->tls == WIRE_PLAIN);
	if (ready && s->needs_utf8 && !s->has_utf8)
		return 0;
	return n;
}

/* --- the handle --- */

static char *url_of(const struct smtp_login *l)
{
	const char *scheme = l->server.tls == WIRE_TLS ? "smtps" : "smtp";
	bool v6 = strchr(l->server.host, ':');
	static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	const char *helo = l->helo && *l->helo && !l->helo[strspn(l->helo, NAME)] ? l->helo : "localhost";
	return mem_fmt(v6 ? "%s://[%s]:%u/%s" : "%s://%s:%u/%s", scheme, l->server.host, l->server.port, helo);
}

static void set_trust(struct smtp *s)
{
	if (!s->ca_file)
		return; /* libcurl's own default: the system's */
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	curl_easy_setopt(s->curl, CURLOPT_CAINFO, s->ca_file);
	curl_easy_setopt(s->curl, CURLOPT_CAPATH, v->age >= CURLVERSION_SEVENTH && v->capath ? v->capath : "/etc/ssl/certs");
}

static void set_times(struct smtp *s)
{
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)s->timeout_ms); /* to the end of the login */
	curl_easy_setopt(s->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, reply_seconds(s));
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST);
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_TIME, reply_seconds(s));
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, s->timeout_ms * (long)WHOLE_FACTOR);
	curl_easy_setopt(s->curl, CURLOPT_TCP_KEEPALIVE, 1L);
}

static void set_callbacks(struct smtp *s)
{
	curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, on_body);
	curl_easy_setopt(s->curl, CURLOPT_READDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(s->curl, CURLOPT_OPENSOCKETDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(s->curl, CURLOPT_DEBUGDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_VERBOSE, 1L); /* on_debug sees the commands: libcurl tells too little of where it failed */
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->reason);
}

/* libcurl says QUIT on the kept connection, and would wait for the answer as long as for any other. */
static void hang_up(struct smtp *s)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	if (s->curl && !curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd) && fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RD);
	curl_easy_cleanup(s->curl);
}

/* A handle with no connection yet. */
static bool start_over(struct smtp *s)
{
	hang_up(s);
	s->curl = curl_easy_init();
	if (!s->curl)
		return false;
	curl_easy_setopt(s->curl, CURLOPT_URL, s->url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(s->curl, CURLOPT_PROXY, ""); /* whatever the environment says */
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL, s->tls == WIRE_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(s->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(s->curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (s->token) {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(s->curl, CURLOPT_XOAUTH2_BEARER, s->token);
		curl_easy_setopt(s->curl, CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2");
	} else if (s->user) {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(s->curl, CURLOPT_PASSWORD, s->password);
		curl_easy_setopt(s->curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN"); /* not what a Kerberos library would try first */
	}
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	set_trust(s);
	set_times(s);
	set_callbacks(s);
	return true;
}

struct smtp *smtp_new(const struct smtp_login *l)
{
	struct smtp *s = mem_alloc(sizeof *s);
	s->url = url_of(l);
	s->host = mem_dup(l->server.host);
	s->where = mem_fmt("%s:%u", l->server.host, l->server.port);
	s->user = mem_dup(l->user);
	s->password = mem_dup(l->user && l->password ? l->password : "");
	s->token = mem_dup(l->user ? l->token : NULL);
	s->ca_file = mem_dup(l->server.ca_file);
	s->tls = l->server.tls;
	s->timeout_ms = wire_timeout(&l->server);
	start_over(s);
	return s;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	hang_up(s);
	free(s->url);
	free(s->host);
	free(s->where);
	free(s->user);
	secret_free(s->password);
	secret_free(s->token);
	free(s->ca_file);
	free(s);
}

/* libcurl would keep the connection of the old one beside the new. */
void smtp_set_token(struct smtp *s, const char *token)
{
	if (!s->token || strcmp(s->token, token) == 0)
		return;
	secret_free(s->token);
	s->token = mem_dup(token);
	start_over(s);
}

bool smtp_was_denied(const struct smtp *s)
{
	return s->denied;
}

/* --- one mail --- */

static CURLcode transact(struct smtp *s, const char *recipient)
{
	struct curl_slist *to = curl_slist_append(NULL, recipient);
	s->x = (struct smtp_exchange){0};
	s->stop = (struct err){0};
	s->reason[0] = '\0';
	s->opened = s->declared = s->denied = false;
	tell_sender(s);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to);
	CURLcode r = to ? curl_easy_perform(s->curl) : CURLE_OUT_OF_MEMORY;
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	return r;
}

/* A server that has closed an idle connection is met only at the next command: nothing was sent, so begin again. */
static bool was_stale(const struct smtp *s, CURLcode r)
{
	return r != CURLE_OK && !s->opened && !s->body.begun && s->x.stage <= SMTP_AT_MAIL && (!s->x.code || s->x.code == 421);
}

/* A server, or a firewall before it, that chokes on the parameters of what it offers. No mail was begun. */
static bool was_too_much(const struct smtp *s)
{
	return s->declared && s->x.stage == SMTP_AT_MAIL && ((s->x.code >= 500 && s->x.code <= 504) || s->x.code == 555);
}

/* Why there is no reply. */
static const char *silence(struct smtp *s, CURLcode r)
{
	switch (r) {
	case CURLE_OPERATION_TIMEDOUT:
		return "no answer in time";
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return "the connection was closed";
	case CURLE_WEIRD_SERVER_REPLY:
		return "the answer is not SMTP";
	default:
		return s->reason[0] ? s->reason : curl_easy_strerror(r);
	}
}

static void login_words(struct smtp *s, struct err *e)
{
	bool said = s->x.code && s->x.stage == SMTP_AT_AUTH;
	s->denied = said && (s->x.code >= 500 || s->x.code == 334); /* 334: what is wrong with a token, as JSON (RFC 7628 §3.2.2) */
	if (s->x.code >= 400 && s->x.code < 500)
		err_set(e, ERR_TEMPORARY, "'%s' cannot log in '%s' now: \"%s\"", s->where, s->user ? s->user : "", s->x.text);
	else if (!said)
		err_set(e, ERR_CONFIG, "'%s' offers no way to log in with %s", s->where,
		        s->token ? "OAuth2 (AUTH XOAUTH2 or OAUTHBEARER)" : "a password (AUTH PLAIN or LOGIN)");
	else if (s->token)
		err_set(e, ERR_REFUSED, "'%s' refuses the OAuth2 token for '%s': \"%s\"; is smtp.user the mailbox, authenticated SMTP switched on for it, "
		        "and the application allowed to send as it?", s->where, s->user, s->x.code == 334 ? "334" : s->x.text);
	else
		err_set(e, ERR_REFUSED, "'%s' refuses the login of '%s': \"%s\"; check smtp.user and the password file", s->where,
		        s->user ? s->user : "", s->x.text);
}

static void starttls_words(struct smtp *s, struct err *e)
{
	if (s->x.stage != SMTP_AT_STARTTLS)
		err_set(e, ERR_CONFIG, "'%s' offers no STARTTLS, and without TLS nothing is sent; try smtps:// (port 465)", s->where);
	else
		err_set(e, s->x.code >= 500 ? ERR_CONFIG : ERR_TEMPORARY, "'%s' refuses STARTTLS: \"%s\"", s->where, s->x.text);
}

/* What keeps every mail from being sent. */
static void account_words(struct smtp *s, CURLcode r, struct err *e)
{
	const char *why = s->reason[0] ? s->reason : curl_easy_strerror(r);
	switch (r) {
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(e, ERR_TEMPORARY, "the name '%s' cannot be looked up; is it spelt right in the url, and is the DNS there?", s->host);
		return;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_TEMPORARY, "cannot connect to '%s': %s; is the server running, and the port right?", s->where, why);
		return;
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(e, ERR_CONFIG, "the certificate of '%s' is not trusted: %s", s->where, why);
		return;
	case CURLE_SSL_CACERT_BADFILE:
		err_set(e, ERR_CONFIG, "cannot read certificates from ca_file '%s'", s->ca_file ? s->ca_file : "");
		return;
	case CURLE_USE_SSL_FAILED:
		starttls_words(s, e);
		return;
	case CURLE_LOGIN_DENIED:
		login_words(s, e);
		return;
	case CURLE_SSL_CONNECT_ERROR:
		err_set(e, ERR_TEMPORARY, "TLS with '%s' failed: %s; is it the port for TLS from the start? (otherwise smtp:// with STARTTLS)",
		        s->where, why);
		return;
	default:
		break;
	}
	if (s->x.stage == SMTP_AT_STARTTLS && s->x.code == 220) /* the server was willing */
		s->x.code = 0;
	if (s->x.stage == SMTP_AT_STARTTLS && r == CURLE_WEIRD_SERVER_REPLY)
		err_set(e, ERR_TEMPORARY, "'%s' sent text between STARTTLS and TLS: somebody may be tampering with the connection; closed it",
		        s->where);
	else if (s->x.code)
		err_set(e, ERR_TEMPORARY, "'%s' takes no mail now: it says at %s: \"%s\"%s", s->where, smtp_stage_name(s->x.stage), s->x.text,
		        s->x.stage == SMTP_AT_MAIL && s->x.code >= 550 ? ": let the account send as the office's address" : "");
	else
		err_set(e, ERR_TEMPORARY, "'%s' takes no mail now: at %s: %s%s", s->where, smtp_stage_name(s->x.stage), silence(s, r),
		        s->tls != WIRE_TLS && s->x.stage == SMTP_AT_CONNECT ? "; is it the port for TLS from the start? then smtps://" : "");
}

static enum smtp_result conclude(struct smtp *s, CURLcode r, struct err *e)
{
	enum smtp_result result = smtp_judge(&s->x);
	if (result == SMTP_REFUSED && s->x.stage == SMTP_AT_MAIL && !s->null_sender) /* "send as" denied: our sender is wrong, no mail is */
		result = SMTP_ACCOUNT;
	if (r == CURLE_OK || result == SMTP_SENT)
		return SMTP_SENT;
	if (s->body.failed) {
		err_set(e, ERR_TEMPORARY, "the mail to be sent cannot be read");
		return SMTP_DEFERRED;
	}
	if (s->stop.kind != ERR_NONE) {
		*e = s->stop;
		return SMTP_ACCOUNT;
	}
	if (s->needs_utf8 && !s->has_utf8 && s->x.stage == SMTP_AT_EHLO && s->x.code == 250) {
		err_set(e, ERR_REFUSED, "'%s' takes no addresses beyond ASCII (SMTPUTF8)", s->where);
		return SMTP_REFUSED;
	}
	if (result == SMTP_ACCOUNT)
		account_words(s, r, e);
	else if (s->x.code)
		err_set(e, result == SMTP_REFUSED ? ERR_REFUSED : ERR_TEMPORARY, "'%s' says at %s: \"%s\"", s->where,
		        smtp_stage_name(s->x.stage), s->x.text);
	else
		err_set(e, ERR_TEMPORARY, "'%s' at %s: %s%s", s->where, smtp_stage_name(s->x.stage), silence(s, r),
		        result == SMTP_UNKNOWN ? "; so the mail may or may not have been sent" : "");
	return result;
}

enum smtp_result smtp_send(struct smtp *s, const char *envelope_from, const char *recipient, smtp_read_fn *read, void *ctx,
                           struct err *e)
{
	if (!s->curl) {
		err_set(e, ERR_TEMPORARY, "no memory for a connection to '%s'", s->where);
		return SMTP_ACCOUNT;
	}
	if (s->tls == WIRE_PLAIN && !wire_is_loopback(s->host)) {
		wire_refuse_plain(s->host, e);
		return SMTP_ACCOUNT;
	}
	if (!address_ok(recipient) || (*envelope_from && !address_ok(envelope_from))) {
		err_set(e, ERR_INPUT, "'%.200s' is no address that mail can be sent to or from",
		        address_ok(recipient) ? envelope_from : recipient);
		return SMTP_REFUSED;
	}
	s->from = envelope_from;
	s->null_sender = !*envelope_from;
	s->needs_utf8 = !is_ascii(envelope_from) || !is_ascii(recipient);
	smtp_body_start(&s->body, read, ctx);
	/* after UTF-8 was never asked of this connection, only a new EHLO tells */
	bool ready = !s->needs_utf8 || s->has_utf8 || start_over(s);
	CURLcode r = ready ? transact(s, recipient) : CURLE_OUT_OF_MEMORY;
	if (ready && was_stale(s, r) && start_over(s))
		r = transact(s, recipient);
	if (ready && was_too_much(s)) {
		s->bare_mail = true;
		r = start_over(s) ? transact(s, recipient) : CURLE_OUT_OF_MEMORY;
	}
	enum smtp_result result = conclude(s, r, e);
	/* libcurl would use a connection again that timed out, and take the late reply for that to the next mail */
	if (r != CURLE_OK && (!s->x.code || s->x.more))
		start_over(s);
	return result;
}
