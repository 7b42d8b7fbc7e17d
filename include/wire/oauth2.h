/* oauth2: access tokens for the mail servers (RFC 6749), from the token endpoint of Microsoft, Google, or one that works alike.
 *
 * A token is kept in memory and renewed when four fifths of its life are over; if that cannot be had now, the old one serves to its end.
 * Secrets, certificates and keys are read from their files each time, so that a new one counts at once; none of them, and no token, is
 * ever in an error. The endpoint is asked over verified TLS alone (as in wire/stream.h), follows no redirect, and answers in bounded
 * time and size.
 *
 * What can go wrong, told apart by the kind of error: ERR_TEMPORARY the endpoint cannot be reached or asks for patience; ERR_REFUSED it
 * says no (a secret or a sign-in that has ended: only a person can help); ERR_CONFIG a file, or the endpoint's certificate. */
#ifndef WIRE_OAUTH2_H
#define WIRE_OAUTH2_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum oauth2_grant {
	OAUTH2_SECRET,      /* client credentials with a secret (RFC 6749 §4.4) */
	OAUTH2_CERTIFICATE, /* client credentials with a JWT that a certificate's key signs, PS256 (RFC 7523 §2.2) */
	OAUTH2_SERVICE,     /* the JWT of a service account, RS256 (RFC 7523 §2.1) */
	OAUTH2_SIGN_IN      /* the refresh token of somebody's sign-in (RFC 6749 §6) */
};

struct oauth2_client { /* borrowed strings; NULL where the grant has no use for one */
	enum oauth2_grant grant;
	const char *token_url, *scope, *client_id;
	const char *device_url; /* OAUTH2_SIGN_IN: where a sign-in on another device begins (RFC 8628), or */
	const char *visit_url;  /* where a browser is sent (RFC 6749 §4.1) */
	const char *secret_file;                  /* OAUTH2_SECRET; OAUTH2_SIGN_IN where the provider wants one */
	const char *certificate_file, *key_file;  /* OAUTH2_CERTIFICATE: PEM; OAUTH2_SERVICE: key_file is Google's JSON */
	const char *token_file;                   /* OAUTH2_SIGN_IN */
	const char *user;                         /* OAUTH2_SERVICE: the mailbox */
	const char *ca_file;                      /* beside the system's CAs */
	int64_t expires;                          /* when the secret ends, as far as somebody has said; 0 */
	int timeout_ms;                           /* for one answer; 0: 30 s */
};

struct oauth2;

struct oauth2 *oauth2_new(const struct oauth2_client *c); /* what c points to must outlive it */
void oauth2_free(struct oauth2 *o);
/* A token that is good now; borrowed until the next call. A new one is asked for only when it is needed, and not again so soon after a
 * refusal, or before the endpoint allows it: then the error is the last one. */
const char *oauth2_token(struct oauth2 *o, struct err *e);
/* The mail server refused the last token. True: it was an older one, and a new one may do; false: it was made for this very attempt. */
bool oauth2_refused(struct oauth2 *o);

/* The nearest day on which something of ours ends (a secret, a certificate, a sign-in), and what that is. 0: none is known. */
int64_t oauth2_ends(const struct oauth2_client *c, const char **what);

/* --- signing in (OAUTH2_SIGN_IN) --- */

struct oauth2_device {
	char *code;            /* ours, secret */
	char *user_code, *url; /* for the person */
	int interval, lives;   /* seconds between two questions; until it is over */
};

bool oauth2_device_begin(const struct oauth2_client *c, struct oauth2_device *d, struct err *e);
enum oauth2_progress { OAUTH2_WAIT, OAUTH2_DONE, OAUTH2_FAILED };
/* Asks whether the person has done it; no sooner than d->interval seconds after the last time. OAUTH2_DONE: the token file is written. */
enum oauth2_progress oauth2_device_ask(const struct oauth2_client *c, struct oauth2_device *d, struct err *e);
void oauth2_device_free(struct oauth2_device *d);

struct oauth2_visit {
	char *url;              /* for the person's browser */
	char *verifier, *state; /* ours (RFC 7636) */
};

bool oauth2_visit_begin(const struct oauth2_client *c, struct oauth2_visit *v, struct err *e);
/* `pasted`: the address at which the browser ended, or the code in it. The token file is written. */
bool oauth2_visit_end(const struct oauth2_client *c, const struct oauth2_visit *v, const char *pasted, struct err *e);
void oauth2_visit_free(struct oauth2_visit *v);

#endif
