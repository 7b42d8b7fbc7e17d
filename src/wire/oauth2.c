#include "wire/oauth2.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/mem.h"
#include "oauth2_parts.h"

enum {
	LIFE_UNKNOWN_S = 300,
	LIFE_MOST_S = 24 * 3600,
	WAIT_REFUSED_S = 60,   /* what needs a person is not asked for more often */
	WAIT_MOST_S = 3600     /* whatever the endpoint would like */
};

struct oauth2 {
	const struct oauth2_client c;
	char *token;
	int64_t renew_at, ends_at; /* machine_ms() */
	bool fresh;                /* the last call asked for it */
	int64_t ask_at;            /* after a failure: not before this */
	struct err last;
	char *unsaved;             /* a refresh token that could not be written down yet */
	int64_t unsaved_expires;
};

/* Goes on while the machine sleeps, and not when somebody sets its clock. */
static int64_t machine_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

struct oauth2 *oauth2_new(const struct oauth2_client *c)
{
	struct oauth2 *o = mem_alloc(sizeof *o);
	memcpy(o, &(struct oauth2){.c = *c}, sizeof *o);
	return o;
}

static void drop_token(struct oauth2 *o)
{
	secret_free(o->token);
	o->token = NULL;
}

void oauth2_free(struct oauth2 *o)
{
	if (!o)
		return;
	drop_token(o);
	secret_free(o->unsaved);
	free(o);
}

/* --- asking --- */

/* Takes the token out of an answer. */
static bool take(struct oauth2 *o, const struct oauth2_answer *a, struct err *e)
{
	const char *token = oauth2_word(a, "access_token"), *type = oauth2_word(a, "token_type");
	if (*oauth2_error(a))
		return oauth2_explain(&o->c, a, e);
	if (!token || (type && strcasecmp(type, "Bearer") != 0))
		return err_set(e, ERR_TEMPORARY, "the token endpoint's answer has no bearer token in it");
	int64_t life = oauth2_seconds(a, "expires_in", LIFE_UNKNOWN_S), now = machine_ms();
	life = life > LIFE_MOST_S ? LIFE_MOST_S : life;
	drop_token(o);
	o->token = mem_dup(token);
	o->renew_at = now + life * 800;
	o->ends_at = now + life * 1000;
	return true;
}

static int64_t ask(struct oauth2 *o, struct oauth2_form *f, bool *ok, struct err *e)
{
	struct oauth2_answer a;
	*ok = oauth2_ask(&o->c, o->c.token_url, f, &a, e) && take(o, &a, e);
	int64_t wait = a.retry_after;
	oauth2_answer_free(&a);
	return wait;
}

static int64_t by_client(struct oauth2 *o, bool *ok, struct err *e)
{
	struct oauth2_form f = {0};
	char *secret = NULL, *assertion = NULL;
	int64_t wait = 0;
	bool service = o->c.grant == OAUTH2_SERVICE, signs = service || o->c.grant == OAUTH2_CERTIFICATE;
	oauth2_add(&f, "grant_type", service ? "urn:ietf:params:oauth:grant-type:jwt-bearer" : "client_credentials");
	*ok = service || oauth2_add_client(&f, &o->c, &secret, e);
	if (*ok && signs)
		*ok = (assertion = oauth2_assertion(&o->c, (int64_t)time(NULL), e)) != NULL;
	if (*ok) {
		if (o->c.grant == OAUTH2_CERTIFICATE)
			oauth2_add(&f, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
		oauth2_add_secret(&f, service ? "assertion" : "client_assertion", assertion);
		if (!service) /* its scope is in the assertion */
			oauth2_add(&f, "scope", o->c.scope);
		wait = ask(o, &f, ok, e);
	}
	secret_wipe(&f.b);
	secret_free(secret);
	secret_free(assertion);
	return wait;
}

/* What the endpoint has put in the place of the old one must not be lost: the old one may be dead. */
static bool save(struct oauth2 *o, struct err *e)
{
	if (!o->unsaved)
		return true;
	if (!oauth2_store_write(o->c.token_file, &(struct oauth2_kept){o->unsaved, o->unsaved_expires}, e))
		return false;
	secret_free(o->unsaved);
	o->unsaved = NULL;
	return true;
}

static int64_t exchange(struct oauth2 *o, const struct oauth2_kept *kept, bool *ok, struct err *e)
{
	struct oauth2_form f = {0};
	struct oauth2_answer a = {0};
	char *secret = NULL;
	oauth2_add(&f, "grant_type", "refresh_token");
	oauth2_add_secret(&f, "refresh_token", kept->refresh_token);
	oauth2_add(&f, "scope", o->c.scope);
	*ok = oauth2_add_client(&f, &o->c, &secret, e) && oauth2_ask(&o->c, o->c.token_url, &f, &a, e) && take(o, &a, e);
	const char *next = *ok ? oauth2_word(&a, "refresh_token") : NULL;
	if (next && strcmp(next, kept->refresh_token) != 0) {
		int64_t lives = oauth2_seconds(&a, "refresh_token_expires_in", 0);
		o->unsaved = mem_dup(next);
		o->unsaved_expires = lives ? (int64_t)time(NULL) + lives : 0;
		*ok = save(o, e);
		if (!*ok)
			drop_token(o); /* stored before it is used */
	}
	int64_t wait = a.retry_after;
	oauth2_answer_free(&a);
	secret_wipe(&f.b);
	secret_free(secret);
	return wait;
}

/* The processes take turns: of two that come with the same refresh token, the second would be taken for a thief. */
static int64_t by_sign_in(struct oauth2 *o, bool *ok, struct err *e)
{
	struct oauth2_kept kept = {0};
	int64_t wait = 0;
	int lock = oauth2_store_lock(o->c.token_file, e);
	*ok = lock >= 0 && save(o, e) && oauth2_store_read(o->c.token_file, &kept, e);
	if (*ok)
		wait = exchange(o, &kept, ok, e);
	oauth2_kept_free(&kept);
	if (lock >= 0)
		close(lock);
	return wait;
}

const char *oauth2_token(struct oauth2 *o, struct err *e)
{
	int64_t now = machine_ms(), wait;
	bool ok;
	o->fresh = false;
	if (o->token && now < o->renew_at)
		return o->token;
	if (now >= o->ask_at) {
		wait = o->c.grant == OAUTH2_SIGN_IN ? by_sign_in(o, &ok, e) : by_client(o, &ok, e);
		o->fresh = ok;
		if (ok)
			return o->token;
		o->last = *e;
		if (wait < WAIT_REFUSED_S && e->kind == ERR_REFUSED)
			wait = WAIT_REFUSED_S;
		o->ask_at = now + 1000 * (wait > WAIT_MOST_S ? WAIT_MOST_S : wait);
	}
	if (o->token && now < o->ends_at)
		return o->token;
	*e = o->last;
	return NULL;
}

bool oauth2_refused(struct oauth2 *o)
{
	bool again = !o->fresh;
	drop_token(o);
	return again;
}

/* --- ends that are known --- */

static void nearer(int64_t end, const char *name, int64_t *nearest, const char **what)
{
	if (!end || (*nearest && *nearest <= end))
		return;
	*nearest = end;
	*what = name;
}

int64_t oauth2_ends(const struct oauth2_client *c, const char **what)
{
	int64_t end = 0;
	struct oauth2_kept kept = {0};
	struct err e;
	*what = "";
	nearer(c->expires, c->secret_file ? "the client secret" : "what 'expires' is about", &end, what);
	if (c->grant == OAUTH2_CERTIFICATE)
		nearer(oauth2_certificate_end(c->certificate_file), "the certificate", &end, what);
	if (c->grant == OAUTH2_SIGN_IN && oauth2_store_read(c->token_file, &kept, &e))
		nearer(kept.expires, "the sign-in", &end, what);
	oauth2_kept_free(&kept);
	return end;
}
