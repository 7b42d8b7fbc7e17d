/* oauth2_parts: what the parts of oauth2 share: asking the endpoint, assertions, and the file of a sign-in. */
#ifndef WIRE_OAUTH2_PARTS_H
#define WIRE_OAUTH2_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/oauth2.h"

/* --- oauth2_ask.c --- */

struct oauth2_form { /* all zero: empty */
	struct buf b;
	const char *secrets[4]; /* borrowed: what may not come back in an error */
	size_t n_secrets;
};

struct oauth2_answer {
	long status;
	json_t *json;        /* an object */
	int64_t retry_after; /* seconds; 0: nothing said */
	int64_t date;        /* of the server's clock; 0: not said */
};

void oauth2_add(struct oauth2_form *f, const char *name, const char *value);
void oauth2_add_secret(struct oauth2_form *f, const char *name, const char *value);
/* client_id, and the secret of secret_file where there is one: the caller ends *secret with secret_free() after the question. */
bool oauth2_add_client(struct oauth2_form *f, const struct oauth2_client *c, char **secret, struct err *e);
/* Posts the form, and wipes it. True: the answer is an object of JSON, whatever it says; end with oauth2_answer_free(). On false
 * a->retry_after may be set. */
bool oauth2_ask(const struct oauth2_client *c, const char *url, struct oauth2_form *f, struct oauth2_answer *a, struct err *e);
void oauth2_answer_free(struct oauth2_answer *a);
const char *oauth2_error(const struct oauth2_answer *a); /* "invalid_grant", …; "" when all went well. Borrowed */
/* What an answer that is no success means, in words; returns false. */
bool oauth2_explain(const struct oauth2_client *c, const struct oauth2_answer *a, struct err *e);
/* A string of the answer that has nothing but visible ASCII (RFC 6749 §A.12), or NULL. Borrowed. */
const char *oauth2_word(const struct oauth2_answer *a, const char *name);
int64_t oauth2_seconds(const struct oauth2_answer *a, const char *name, int64_t otherwise); /* a number, or one in a string */

/* --- oauth2_jwt.c --- */

/* The assertion of OAUTH2_CERTIFICATE and OAUTH2_SERVICE at `now`; the caller ends it with secret_free(). */
char *oauth2_assertion(const struct oauth2_client *c, int64_t now, struct err *e);
int64_t oauth2_certificate_end(const char *path); /* 0: cannot be read */
char *oauth2_base64url(const void *p, size_t n);
char *oauth2_random(void); /* 256 bits, as base64url */

/* --- oauth2_store.c: the refresh token, shared by all processes --- */

struct oauth2_kept {
	char *refresh_token;
	int64_t expires; /* 0: not known */
};

int oauth2_store_lock(const char *path, struct err *e); /* close() it; -1: e */
bool oauth2_store_read(const char *path, struct oauth2_kept *out, struct err *e);
/* Whatever is cut short, the file holds the old or the new one, and after true the new one for good. */
bool oauth2_store_write(const char *path, const struct oauth2_kept *k, struct err *e);
void oauth2_kept_free(struct oauth2_kept *k);
/* The refresh token of an answer, if it brings one, into the file. */
bool oauth2_store_answer(const char *path, const struct oauth2_answer *a, struct err *e);

#endif
