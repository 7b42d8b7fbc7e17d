#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/strs.h"
#include "oauth2_parts.h"

enum { INTERVAL_S = 5, INTERVAL_MOST_S = 300, LIVES_S = 900 };

/* Where the browser is sent after all: nobody listens there, the person copies the address. */
static const char BACK[] = "http://127.0.0.1/";

/* A sign-in that leaves no refresh token ends in an hour: no use. */
static bool keep(const struct oauth2_client *c, const struct oauth2_answer *a, struct err *e)
{
	if (!oauth2_word(a, "refresh_token"))
		return err_set(e, ERR_REFUSED, "the sign-in went well, but the endpoint gave no refresh token; does the scope ask for one (Microsoft: offline_access)?");
	int lock = oauth2_store_lock(c->token_file, e);
	bool ok = lock >= 0 && oauth2_store_answer(c->token_file, a, e);
	if (lock >= 0)
		close(lock);
	return ok;
}

/* --- on another device (RFC 8628) --- */

bool oauth2_device_begin(const struct oauth2_client *c, struct oauth2_device *d, struct err *e)
{
	struct oauth2_form f = {0};
	struct oauth2_answer a;
	*d = (struct oauth2_device){0};
	oauth2_add(&f, "client_id", c->client_id);
	oauth2_add(&f, "scope", c->scope);
	bool ok = oauth2_ask(c, c->device_url, &f, &a, e) && (!*oauth2_error(&a) || oauth2_explain(c, &a, e));
	const char *code = ok ? oauth2_word(&a, "device_code") : NULL, *user_code = ok ? oauth2_word(&a, "user_code") : NULL;
	const char *url = ok ? oauth2_word(&a, "verification_uri") : NULL;
	if (ok && !url)
		url = oauth2_word(&a, "verification_url"); /* as Google wrote before the RFC */
	if (ok && (!code || !user_code || !url || !str_starts(url, "https://")))
		ok = err_set(e, ERR_TEMPORARY, "the answer to the sign-in's beginning cannot be understood");
	if (ok)
		*d = (struct oauth2_device){mem_dup(code), mem_dup(user_code), mem_dup(url), (int)oauth2_seconds(&a, "interval", INTERVAL_S),
		                            (int)oauth2_seconds(&a, "expires_in", LIVES_S)};
	if (d->interval > INTERVAL_MOST_S)
		d->interval = INTERVAL_MOST_S;
	oauth2_answer_free(&a);
	return ok;
}

enum oauth2_progress oauth2_device_ask(const struct oauth2_client *c, struct oauth2_device *d, struct err *e)
{
	struct oauth2_form f = {0};
	struct oauth2_answer a = {0};
	char *secret = NULL;
	oauth2_add(&f, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
	oauth2_add_secret(&f, "device_code", d->code);
	bool asked = oauth2_add_client(&f, c, &secret, e) && oauth2_ask(c, c->token_url, &f, &a, e);
	const char *error = asked ? oauth2_error(&a) : "";
	enum oauth2_progress p = OAUTH2_FAILED;
	if (!asked) {
		p = e->kind == ERR_TEMPORARY ? OAUTH2_WAIT : OAUTH2_FAILED; /* the person may be at it; the next question may go well */
	} else if (!*error) {
		p = keep(c, &a, e) ? OAUTH2_DONE : OAUTH2_FAILED;
	} else if (!strcmp(error, "authorization_pending") || !strcmp(error, "slow_down")) {
		p = OAUTH2_WAIT;
		if (*error == 's' && d->interval < INTERVAL_MOST_S)
			d->interval += 5; /* RFC 8628 §3.5 */
	} else if (!strcmp(error, "expired_token")) {
		err_set(e, ERR_REFUSED, "the code was not used in time: begin again");
	} else if (!strcmp(error, "access_denied") || !strcmp(error, "authorization_declined")) {
		err_set(e, ERR_REFUSED, "the sign-in was refused in the browser");
	} else {
		oauth2_explain(c, &a, e);
	}
	oauth2_answer_free(&a);
	secret_wipe(&f.b);
	secret_free(secret);
	return p;
}

void oauth2_device_free(struct oauth2_device *d)
{
	secret_free(d->code);
	free(d->user_code);
	free(d->url);
	*d = (struct oauth2_device){0};
}

/* --- in a browser (RFC 6749 §4.1, RFC 7636) --- */

bool oauth2_visit_begin(const struct oauth2_client *c, struct oauth2_visit *v, struct err *e)
{
	unsigned char hash[32];
	struct oauth2_form f = {0};
	*v = (struct oauth2_visit){.verifier = oauth2_random(), .state = oauth2_random()};
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, v->verifier, strlen(v->verifier), hash) < 0)
		return err_set(e, ERR_BUG, "no SHA-256");
	char *challenge = oauth2_base64url(hash, sizeof hash);
	oauth2_add(&f, "response_type", "code");
	oauth2_add(&f, "client_id", c->client_id);
	oauth2_add(&f, "redirect_uri", BACK);
	oauth2_add(&f, "scope", c->scope);
	oauth2_add(&f, "access_type", "offline"); /* Google: or there is no refresh token */
	oauth2_add(&f, "prompt", "consent");
	oauth2_add(&f, "state", v->state);
	oauth2_add(&f, "code_challenge_method", "S256");
	oauth2_add(&f, "code_challenge", challenge);
	v->url = mem_fmt("%s?%s", c->visit_url, f.b.s);
	free(challenge);
	buf_free(&f.b);
	return true;
}

/* A value of the address's query, or NULL; percent-signs undone. */
static char *query_value(const char *address, const char *name)
{
	const char *p = strchr(address, '?');
	size_t n = strlen(name);
	while (p) {
		p++;
		if (!strncmp(p, name, n) && p[n] == '=') {
			struct buf b = {0};
			buf_adds(&b, "");
			for (p += n + 1; *p && *p != '&' && *p != '#' && *p > ' '; p++) {
				char hex[3] = {p[0] == '%' ? p[1] : 0, p[0] == '%' && p[1] ? p[2] : 0, 0};
				bool coded = hex[0] && strspn(hex, "0123456789abcdefABCDEF") == 2;
				buf_addc(&b, coded ? (char)strtol(hex, NULL, 16) : *p);
				p += coded ? 2 : 0;
			}
			return buf_take(&b);
		}
		p = strchr(p, '&');
	}
	return NULL;
}

bool oauth2_visit_end(const struct oauth2_client *c, const struct oauth2_visit *v, const char *pasted, struct err *e)
{
	bool whole = strchr(pasted, '?') != NULL, ok;
	char *code = whole ? query_value(pasted, "code") : mem_dupn(pasted, strcspn(pasted, " \r\n"));
	char *state = whole ? query_value(pasted, "state") : NULL, *secret = NULL;
	struct oauth2_form f = {0};
	struct oauth2_answer a = {0};
	if (!code || !*code)
		ok = err_set(e, ERR_INPUT, "there is no code in that address: paste the whole line that the browser shows at the end");
	else if (whole && (!state || strcmp(state, v->state) != 0))
		ok = err_set(e, ERR_INPUT, "that address belongs to another sign-in: begin again");
	else {
		oauth2_add(&f, "grant_type", "authorization_code");
		oauth2_add_secret(&f, "code", code);
		oauth2_add(&f, "redirect_uri", BACK);
		oauth2_add_secret(&f, "code_verifier", v->verifier);
		ok = oauth2_add_client(&f, c, &secret, e) && oauth2_ask(c, c->token_url, &f, &a, e) && (!*oauth2_error(&a) || oauth2_explain(c, &a, e)) && keep(c, &a, e);
	}
	oauth2_answer_free(&a);
	secret_wipe(&f.b);
	secret_free(secret);
	secret_free(code);
	free(state);
	return ok;
}

void oauth2_visit_free(struct oauth2_visit *v)
{
	free(v->url);
	secret_free(v->verifier);
	free(v->state);
	*v = (struct oauth2_visit){0};
}
