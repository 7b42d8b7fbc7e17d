#include "wire/smtp.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strs.h"
#include "mail/address.h"
#include "stream_tls.h"
#include "wire/smtp_body.h"
#include "wire/smtp_reply.h"

enum {
	REPLY_FACTOR = 10,    /* a reply may take ten times as long as a connection: 5 minutes (RFC 5321 §4.5.3.2) */
	WHOLE_FACTOR = 240,   /* and a whole mail two hours */
	SLOWEST = 1024        /* bytes a second; slower for as long as a reply may take is no connection */
};

struct smtp {
	CURL *curl;
	char *host, *where, *user, *ca_file;
	enum wire_tls tls;
	int timeout_ms;
	char reason[CURL_ERROR_SIZE];
	/* the mail in hand */
	struct smtp_exchange x;
	struct smtp_body body;
	bool opened;   /* a new connection was made for it */
	bool needs_utf8;
	/* the connection */
	bool checked;  /* its certificate passed our own check too */
	bool has_utf8; /* it offers SMTPUTF8 */
	struct err stop; /* why a callback of ours ended the exchange */
};

/* --- callbacks of libcurl --- */

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
	s->checked = s->has_utf8 = false;
	if (s->tls == WIRE_PLAIN && !(a->family == AF_INET6 || (ntohl(((struct sockaddr_in *)(void *)&a->addr)->sin_addr.s_addr) >> 24) == 127))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int on_debug(CURL *curl, curl_infotype type, char *p, size_t n, void *ctx)
{
	(void)curl;
	if (type == CURLINFO_HEADER_OUT)
		smtp_sent_line(&((struct smtp *)ctx)->x, p, n);
	return 0;
}

/* libcurl checks chain and name, but takes a certificate that is for clients only, or that has its name in the subject. The first reply
 * that comes over TLS comes before any password goes out. */
static bool tls_is_right(struct smtp *s)
{
	struct curl_tlssessioninfo *info = NULL;
	if (s->checked || s->tls == WIRE_PLAIN)
		return true;
	if (curl_easy_getinfo(s->curl, CURLINFO_TLS_SSL_PTR, &info) || !info || !info->internals)
		return s->tls == WIRE_STARTTLS && s->x.stage <= SMTP_AT_STARTTLS;
	if (info->backend != CURLSSLBACKEND_GNUTLS)
		return err_set(&s->stop, ERR_BUG, "libcurl is not built with GnuTLS");
	s->checked = tls_verify(info->internals, s->host, s->where, &s->stop);
	return s->checked;
}

static size_t on_reply(char *p, size_t size, size_t n, void *ctx)
{
	struct smtp *s = ctx;
	n *= size;
	if (!tls_is_right(s))
		return 0;
	if (s->x.stage == SMTP_AT_EHLO && n >= 12 && !strncasecmp(p + 4, "SMTPUTF8", 8))
		s->has_utf8 = true;
	bool whole = smtp_reply_line(&s->x, p, n);
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
	const char *helo = l->helo && *l->helo && !l->helo[strspn(l->helo, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] ? l->helo : "localhost";
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
	long reply = (s->timeout_ms * (long)REPLY_FACTOR + 999) / 1000;
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)s->timeout_ms); /* to the end of the login */
	curl_easy_setopt(s->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, reply);
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST);
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_TIME, reply);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, s->timeout_ms * (long)WHOLE_FACTOR);
	curl_easy_setopt(s->curl, CURLOPT_TCP_KEEPALIVE, 1L);
}

struct smtp *smtp_new(const struct smtp_login *l)
{
	struct smtp *s = mem_alloc(sizeof *s);
	s->host = mem_dup(l->server.host);
	s->where = mem_fmt("%s:%u", l->server.host, l->server.port);
	s->user = mem_dup(l->user);
	s->ca_file = mem_dup(l->server.ca_file);
	s->tls = l->server.tls;
	s->timeout_ms = wire_timeout(&l->server);
	s->curl = curl_easy_init();
	if (!s->curl)
		return s; /* smtp_send() says so */
	char *url = url_of(l);
	curl_easy_setopt(s->curl, CURLOPT_URL, url);
	free(url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(s->curl, CURLOPT_PROXY, ""); /* whatever the environment says */
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL, s->tls == WIRE_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(s->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(s->curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	set_trust(s);
	set_times(s);
	if (l->user) {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, l->user);
		curl_easy_setopt(s->curl, CURLOPT_PASSWORD, l->password ? l->password : "");
		curl_easy_setopt(s->curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN"); /* not what a Kerberos library would try first */
	}
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
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
	return s;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	free(s->host);
	free(s->where);
	free(s->user);
	free(s->ca_file);
	free(s);
}

/* --- one mail --- */

static CURLcode perform(struct smtp *s, bool fresh)
{
	s->x = (struct smtp_exchange){0};
	s->stop = (struct err){0};
	s->reason[0] = '\0';
	s->opened = false;
	curl_easy_setopt(s->curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	return curl_easy_perform(s->curl);
}

/* A server that has closed an idle connection is met only at the next command: nothing was sent, so begin again. */
static bool was_stale(const struct smtp *s, CURLcode r)
{
	return r != CURLE_OK && !s->opened && !s->body.begun && s->x.stage <= SMTP_AT_MAIL && (!s->x.code || s->x.code == 421);
}

static void certificate_words(struct smtp *s, struct err *e)
{
	const char *why = s->reason;
	if (strstr(why, "does not match"))
		why = "it is for another name; use in the url a name that it is for";
	else if (strstr(why, "expired") || strstr(why, "expiration") || strstr(why, "has passed"))
		why = "it has expired; the server needs a new one";
	else if (strstr(why, "verification failed"))
		why = "it is signed by itself or an unknown authority, or has expired; set ca_file to the authority's certificate if it is your own";
	err_set(e, ERR_CONFIG, "the certificate of '%s' is not trusted: %s", s->where, why);
}

/* What went wrong before there was a transaction. */
static void account_words(struct smtp *s, CURLcode r, struct err *e)
{
	const char *why = s->reason[0] ? s->reason : curl_easy_strerror(r);
	switch (r) {
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(e, ERR_TEMPORARY, "the name '%s' cannot be looked up; is it spelt right in the url, and is the DNS there?", s->host);
		break;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_TEMPORARY, "cannot connect to '%s': %s; is the server running, and the port right?", s->where, why);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		certificate_words(s, e);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		err_set(e, ERR_CONFIG, "cannot read certificates from ca_file '%s'", s->ca_file ? s->ca_file : "");
		break;
	case CURLE_USE_SSL_FAILED:
		err_set(e, ERR_CONFIG, "'%s' offers no STARTTLS, or refuses it, and without TLS nothing is sent; try smtps:// (port 465)", s->where);
		break;
	case CURLE_LOGIN_DENIED:
		err_set(e, ERR_REFUSED, "'%s' refuses the login of '%s': \"%s\"; check smtp.user and the password file", s->where, s->user ? s->user : "", s->x.text);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		err_set(e, ERR_TEMPORARY, "TLS with '%s' failed: %s; is it the port for TLS from the start? (otherwise smtp:// with STARTTLS)", s->where, why);
		break;
	default:
		if (s->x.code)
			err_set(e, ERR_TEMPORARY, "'%s' takes no mail now: at %s it says \"%s\"", s->where, smtp_stage_name(s->x.stage), s->x.text);
		else
			err_set(e, ERR_TEMPORARY, "'%s' takes no mail now: at %s: %s", s->where, smtp_stage_name(s->x.stage), why);
	}
}

static enum smtp_result conclude(struct smtp *s, CURLcode r, struct err *e)
{
	if (r == CURLE_OK)
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
	enum smtp_result result = smtp_judge(&s->x);
	if (result == SMTP_ACCOUNT)
		account_words(s, r, e);
	else if (s->x.code)
		err_set(e, result == SMTP_REFUSED ? ERR_REFUSED : ERR_TEMPORARY, "'%s' says at %s: \"%s\"", s->where, smtp_stage_name(s->x.stage), s->x.text);
	else
		err_set(e, ERR_TEMPORARY, "the connection to '%s' ended at %s%s: %s", s->where, smtp_stage_name(s->x.stage),
		        result == SMTP_UNKNOWN ? ", so the mail may or may not have been sent" : "", s->reason[0] ? s->reason : curl_easy_strerror(r));
	return result;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

enum smtp_result smtp_send(struct smtp *s, const char *envelope_from, const char *recipient, smtp_read_fn *read, void *ctx, struct err *e)
{
	if (!s->curl || (s->tls == WIRE_PLAIN && !wire_is_loopback(s->host))) {
		err_set(e, ERR_CONFIG, s->curl ? "'%s' without TLS is refused: only a server on this machine (127.0.0.1, ::1, localhost) may do without" :
		                                 "cannot prepare a connection to '%s'", s->where);
		return SMTP_ACCOUNT;
	}
	if (!address_ok(recipient) || (*envelope_from && !address_ok(envelope_from))) {
		err_set(e, ERR_INPUT, "'%.200s' is no address that mail can be sent to or from", address_ok(recipient) ? envelope_from : recipient);
		return SMTP_REFUSED;
	}
	struct curl_slist *to = curl_slist_append(NULL, recipient);
	if (!to) {
		err_set(e, ERR_TEMPORARY, "no memory to send mail");
		return SMTP_ACCOUNT;
	}
	s->needs_utf8 = !is_ascii(envelope_from) || !is_ascii(recipient);
	smtp_body_start(&s->body, read, ctx);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, envelope_from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to);
	CURLcode r = perform(s, s->needs_utf8 && !s->has_utf8); /* a new EHLO tells */
	if (was_stale(s, r))
		r = perform(s, true);
	enum smtp_result result = conclude(s, r, e);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	return result;
}
