#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/files.h"
#include "base/mem.h"
#include "oauth2_parts.h"
#include "stream_tls.h"
#include "wire/stream.h"

enum { ANSWER_MAX = 64 * 1024, WORD_MAX = 16 * 1024, FORM_ROOM = 16 * 1024, SKEW_S = 300 };

/* --- the form --- */

static void add_coded(struct buf *b, const char *s)
{
	static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *s; s++)
		if (strchr(PLAIN, *s))
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
}

void oauth2_add(struct oauth2_form *f, const char *name, const char *value)
{
	if (!value)
		return;
	buf_reserve(&f->b, FORM_ROOM); /* growing leaves no copy of a secret behind */
	if (f->b.n)
		buf_addc(&f->b, '&');
	buf_addf(&f->b, "%s=", name);
	add_coded(&f->b, value);
}

void oauth2_add_secret(struct oauth2_form *f, const char *name, const char *value)
{
	if (value && f->n_secrets < sizeof f->secrets / sizeof *f->secrets)
		f->secrets[f->n_secrets++] = value;
	oauth2_add(f, name, value);
}

bool oauth2_add_client(struct oauth2_form *f, const struct oauth2_client *c, char **secret, struct err *e)
{
	*secret = c->secret_file ? secret_read(c->secret_file, e) : NULL;
	oauth2_add(f, "client_id", c->client_id);
	oauth2_add_secret(f, "client_secret", *secret);
	return *secret || !c->secret_file;
}

/* --- the exchange --- */

struct exchange {
	CURL *curl;
	char *host, *where;
	struct buf body;
	int64_t date;
	bool too_large;
	struct err stop; /* why a callback of ours ended it */
	char reason[CURL_ERROR_SIZE];
};

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	n *= size;
	x->too_large = x->body.n + n > ANSWER_MAX;
	if (x->too_large)
		return 0;
	buf_add(&x->body, p, n);
	return n;
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	char date[64];
	n *= size;
	if (n > 6 && n < sizeof date && !strncasecmp(p, "date:", 5)) {
		snprintf(date, sizeof date, "%.*s", (int)(n - 5), p + 5);
		x->date = curl_getdate(date, NULL);
	}
	return n;
}

/* Between the handshake and the question: libcurl takes a certificate that is for clients only, or that has its name in the subject. */
static int before_question(void *ctx, char *to, char *from, int to_port, int from_port)
{
	struct exchange *x = ctx;
	struct curl_tlssessioninfo *info = NULL;
	(void)to, (void)from, (void)to_port, (void)from_port;
	if (curl_easy_getinfo(x->curl, CURLINFO_TLS_SSL_PTR, &info) || !info || !info->internals || info->backend != CURLSSLBACKEND_GNUTLS)
		return err_set(&x->stop, ERR_BUG, "libcurl shows no TLS of GnuTLS"), CURL_PREREQFUNC_ABORT;
	return tls_verify(info->internals, x->host, x->where, &x->stop) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void set_up(struct exchange *x, const struct oauth2_client *c, const char *url, const struct buf *form, struct curl_slist *fields)
{
	CURL *h = x->curl;
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	long ms = wire_timeout(&(struct wire_server){.timeout_ms = c->timeout_ms});
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https"); /* and redirects are not followed: that is libcurl's default */
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	if (c->ca_file) {
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
		curl_easy_setopt(h, CURLOPT_CAPATH, v->age >= CURLVERSION_SEVENTH && v->capath ? v->capath : "/etc/ssl/certs");
	}
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, form->s ? form->s : "");
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)form->n);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, ms);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, before_question);
	curl_easy_setopt(h, CURLOPT_PREREQDATA, x);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->reason);
}

static bool no_answer(const struct exchange *x, CURLcode r, const struct oauth2_client *c, struct err *e)
{
	const char *why = x->reason[0] ? x->reason : curl_easy_strerror(r);
	if (x->stop.kind != ERR_NONE) {
		*e = x->stop;
		return false;
	}
	if (x->too_large)
		return err_set(e, ERR_TEMPORARY, "the token endpoint '%s' gives an answer of more than %d KiB: refused", x->where, ANSWER_MAX / 1024);
	switch (r) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(e, ERR_CONFIG, "the certificate of the token endpoint '%s' is not trusted: %s", x->where, why);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_CONFIG, "cannot read certificates from ca_file '%s'", c->ca_file ? c->ca_file : "");
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_TEMPORARY, "no answer in time from the token endpoint '%s'; is https open in the firewall?", x->where);
	default:
		return err_set(e, ERR_TEMPORARY, "cannot ask the token endpoint '%s': %s", x->where, why);
	}
}

/* What is no object of JSON says at least something by its status. */
static bool no_object(const struct exchange *x, long status, struct err *e)
{
	if (status >= 300 && status < 400)
		return err_set(e, ERR_CONFIG, "the token endpoint '%s' sends us elsewhere (%ld): refused; is its url right in oauth2?", x->where, status);
	if (status >= 500 || status == 429 || status == 408)
		return err_set(e, ERR_TEMPORARY, "the token endpoint '%s' cannot answer now (%ld)", x->where, status);
	if (status >= 400)
		return err_set(e, ERR_CONFIG, "the token endpoint '%s' says %ld; is its url right in oauth2?", x->where, status);
	return err_set(e, ERR_TEMPORARY, "the token endpoint '%s' gives an answer that is no JSON", x->where);
}

static void drop_secrets(const struct oauth2_form *f, json_t *json)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe(json, next, key, value)
		for (size_t i = 0; i < f->n_secrets; i++)
			if (json_is_string(value) && strstr(json_string_value(value), f->secrets[i]) && !strcmp(key, "error_description")) {
				json_object_del(json, key);
				break;
			}
}

/* "login.example:443" of "https://login.example/x/token" */
static void name_places(struct exchange *x, const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;
	if (u && !curl_url_set(u, CURLUPART_URL, url, 0)) {
		curl_url_get(u, CURLUPART_HOST, &host, 0);
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	}
	x->host = mem_dup(host ? host : "");
	x->where = mem_fmt("%s:%s", host ? host : url, port ? port : "443");
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
}

bool oauth2_ask(const struct oauth2_client *c, const char *url, struct oauth2_form *f, struct oauth2_answer *a, struct err *e)
{
	struct exchange x = {.curl = curl_easy_init()};
	struct curl_slist *fields = curl_slist_append(NULL, "Accept: application/json");
	*a = (struct oauth2_answer){0};
	name_places(&x, url);
	bool ok = x.curl && fields;
	if (ok) {
		set_up(&x, c, url, &f->b, fields);
		CURLcode r = curl_easy_perform(x.curl);
		curl_off_t wait = 0;
		curl_easy_getinfo(x.curl, CURLINFO_RESPONSE_CODE, &a->status);
		curl_easy_getinfo(x.curl, CURLINFO_RETRY_AFTER, &wait);
		a->retry_after = wait;
		a->date = x.date;
		ok = r == CURLE_OK || no_answer(&x, r, c, e);
		a->json = ok ? json_loadb(x.body.s ? x.body.s : "", x.body.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
		ok = ok && ((json_is_object(a->json) && (a->status < 300 || a->status >= 400)) || no_object(&x, a->status, e));
		if (ok)
			drop_secrets(f, a->json);
	} else {
		err_set(e, ERR_TEMPORARY, "no memory for asking '%s'", x.where);
	}
	curl_easy_cleanup(x.curl);
	curl_slist_free_all(fields);
	secret_wipe(&x.body);
	secret_wipe(&f->b);
	free(x.host);
	free(x.where);
	return ok;
}

void oauth2_answer_free(struct oauth2_answer *a)
{
	json_decref(a->json);
	*a = (struct oauth2_answer){0};
}

/* --- reading an answer --- */

const char *oauth2_word(const struct oauth2_answer *a, const char *name)
{
	const char *s = json_string_value(json_object_get(a->json, name));
	size_t n = s ? strlen(s) : 0;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
			return NULL;
	return n && n <= WORD_MAX ? s : NULL;
}

int64_t oauth2_seconds(const struct oauth2_answer *a, const char *name, int64_t otherwise)
{
	const json_t *j = json_object_get(a->json, name);
	const char *s = json_string_value(j);
	int64_t v = json_is_integer(j) ? json_integer_value(j) : json_is_real(j) && json_real_value(j) < 1e15 ? (int64_t)json_real_value(j) : s ? strtoll(s, NULL, 10) : 0;
	return v > 0 && v < INT64_C(1) << 32 ? v : otherwise;
}

const char *oauth2_error(const struct oauth2_answer *a)
{
	const char *error = oauth2_word(a, "error");
	return error ? error : a->status == 200 ? "" : "no success";
}

static bool is_passing(const struct oauth2_answer *a, const char *error)
{
	return a->status >= 500 || a->status == 429 || a->status == 408 || !strcmp(error, "temporarily_unavailable") || !strcmp(error, "server_error");
}

/* What a person can do. */
static const char *advice(const struct oauth2_client *c, const char *error)
{
	bool client = !strcmp(error, "invalid_client"), grant = !strcmp(error, "invalid_grant");
	switch (c->grant) {
	case OAUTH2_SECRET:
		return client || grant ? "; is the secret in secret_file right, and not past its end?" : "";
	case OAUTH2_CERTIFICATE:
		return client || grant ? "; is the certificate registered with the application, and not past its end?" : "";
	case OAUTH2_SERVICE:
		return "; may the service account use this scope in the domain (domain-wide delegation), and is 'user' an account there?";
	case OAUTH2_SIGN_IN:
		return grant ? "; the sign-in has ended (taken back, too old, or a new password): sign in again with 'ingangctl login'"
		       : client ? "; are client_id and secret_file right?" : "";
	}
	return "";
}

static void quote(const char *s, char *out, size_t n)
{
	size_t k = 0;
	for (; *s && *s != '\r' && *s != '\n' && k < n - 1; s++)
		out[k++] = (unsigned char)*s < ' ' || (unsigned char)*s >= 0x7f ? '?' : *s == '"' ? '\'' : *s;
	out[k] = '\0';
}

bool oauth2_explain(const struct oauth2_client *c, const struct oauth2_answer *a, struct err *e)
{
	char words[200], code[48], clock[80] = "";
	const char *error = oauth2_error(a), *said = json_string_value(json_object_get(a->json, "error_description"));
	int64_t ahead = a->date ? (int64_t)time(NULL) - a->date : 0;
	quote(said ? said : "", words, sizeof words);
	quote(error, code, sizeof code);
	if (ahead > SKEW_S || ahead < -SKEW_S)
		snprintf(clock, sizeof clock, "; this machine's clock is %lld minutes %s", (long long)(ahead < 0 ? -ahead : ahead) / 60, ahead < 0 ? "slow" : "fast");
	bool passing = is_passing(a, error);
	return err_set(e, passing ? ERR_TEMPORARY : ERR_REFUSED, "the token endpoint %s (%ld %s%s%s)%s%s", passing ? "cannot give a token now" : "refuses a token",
	               a->status, code, *words ? ": " : "", words, passing ? "" : advice(c, error), clock);
}
