/* staff: who works here and for what, and whether a mail is really of the colleague whom its From line names. Pure.
 *
 * A person is an address of staff.members, staff.people or a topic's members. What else stands in a topic's staff is a group's address, which
 * several people read; so is, in a topic with members, what these do not match and neither staff.people nor staff.members names by itself.
 *
 * A person works for a topic that lists one of their addresses (staff, or members); where no topic does at all, for every topic that has
 * a group's address and no members. Triage is a topic in this, and its own staff may act on everything besides. */
#ifndef DESK_STAFF_H
#define DESK_STAFF_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "mail/mail.h"
#include "mail/token.h"

bool staff_is_person(const struct config *c, const char *addr);
/* May act on tickets of the topic (-1: triage), if it is proved that they write. A ticket's owner may act on that one besides. */
bool staff_works_for(const struct config *c, const char *addr, int topic);
/* They get the topic's mail as its staff: a colleague or a group. In the Cc of a requester they are no party of their own; others of staff are. */
bool staff_has_topic(const struct config *c, const char *addr, int topic);
/* `addr` is a group's address of that topic (-1: triage). */
bool staff_is_group(const struct config *c, const char *addr, int topic);

enum { STAFF_CANDIDATES = 8, STAFF_PERSONS = 64 }; /* that are tried for one mail: what a stranger can make us compute */

/* The i-th word of the mail that could be a token: of In-Reply-To, our own addresses in To and Cc, References from the last to the first, the
 * subject; in lower case, none twice. False: there is none, or i is STAFF_CANDIDATES. Proves nothing: token_check(). */
bool token_candidates(const struct config *c, const struct mail *m, size_t i, char out[static TOKEN_TEXT + 1]);

struct staff_claim {
	bool listed;        /* From is on the staff list (and none of our own addresses): proves nothing */
	bool proved;        /* and it is they who write, as far as staff.proof asks for it. Not: that a person wrote (mail_is_automatic), that
	                       they may act on a ticket (staff_works_for), or that they write as staff (token.purpose) */
	bool link_expired;  /* all of it is there, but the token of its subject, a link's, is too old: then they are told */
	bool has_token;     /* the mail holds a token for its From; in the subject only TOKEN_COMMAND counts. Also for those who are no staff */
	struct token token; /* the first one in the order of token_candidates() */
	char token_text[TOKEN_TEXT + 1]; /* in lower case: the same for each spelling of it */
	char *token_person; /* for whom it was made: From, another address of theirs, or a group's of a topic that they work for; NULL: no token */
	char why[256];      /* why not proved, for the log and the history, never for the sender; printable ASCII; "" when proved */
};

/* All candidates are tried with all persons whatever comes of it, so that the time tells nothing. */
void staff_claim_read(const struct config *c, const struct token_keys *keys, const struct mail *m, int64_t now, struct staff_claim *out);
void staff_claim_free(struct staff_claim *s);

#endif
