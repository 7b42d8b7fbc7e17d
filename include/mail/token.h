/* token: a word that only we could have made, which says: this mail answers what we sent to this person about this ticket.
 *
 *     aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx      40 characters of a-z and 2-7, read in any case
 *
 * It stands in a Message-ID's left part, behind the '+' of the office's address, or in the text of a mail. 25 bytes in base32 (RFC 4648):
 * purpose and key id (1), ticket (4), day of expiry (2), nonce (2), and 128 bits of HMAC-SHA-256 over these and the person's
 * address. 25 bytes are 40 characters exactly: there are no spare bits, so no second spelling of the same token but its case. At 41
 * bytes with the '+' it leaves 23 for the office's own local part (64 in all, RFC 5321 §4.5.3.1.1).
 *
 * The person is not in it: who holds a token learns nothing, and it is good for that person alone. Keys rotate: the first of the list makes,
 * all of them check; a key that is taken from the list makes its tokens worthless. No other form has ever been honoured. Pure. */
#ifndef MAIL_TOKEN_H
#define MAIL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_TEXT = 40, TOKEN_KEYS = 32, TOKEN_SECRET = 32 };

struct token_key {
	unsigned id; /* below TOKEN_KEYS; a number is used anew only when no token of its old key is valid any more */
	unsigned char secret[TOKEN_SECRET];
};

struct token_keys {
	const struct token_key *v; /* the first one makes */
	size_t n;
};

enum token_purpose {
	TOKEN_STAFF,     /* a reply to a forward: acts as staff, with what else that needs */
	TOKEN_REQUESTER, /* a reply to an acknowledgement or answer */
	TOKEN_PART,      /* another division's answer to what it was asked */
	TOKEN_COMMAND,   /* one command, once: the caller remembers which were used */
	TOKEN_NOTICE,    /* a reply to what the desk told staff: commands, and a note; never an answer */
	TOKEN_PURPOSES
};

struct token {
	int64_t ticket;  /* 1 to 2^32 - 1 */
	enum token_purpose purpose;
	int64_t expires; /* seconds since 1970; made: rounded up to a whole day (UTC); checked: the first second at which it is worthless */
	uint16_t nonce;  /* of the caller's choosing: a part's number, or what makes each of several commands a token of its own */
};

enum token_fault { TOKEN_GOOD, TOKEN_NOT_ONE, TOKEN_NO_KEY, TOKEN_FORGED, TOKEN_EXPIRED };

/* person: an address, its ASCII letters' case ignored. False, and out is "": no key, no person, or a field out of its range. */
bool token_make(const struct token_keys *keys, const struct token *t, const char *person, char out[static TOKEN_TEXT + 1]);

/* The next word in text that could be a token, in lower case in out: returns where to look on, or NULL when there is none. It stands between
 * characters that are neither ASCII letters nor digits. Proves nothing. Linear. */
const char *token_find(const char *text, char out[static TOKEN_TEXT + 1]);

/* TOKEN_GOOD: we made it for this person, and it is valid at `now`; *t is filled in then, and zero else. A token for another person is FORGED, as is
 * every other fault of its contents: the comparison takes the same time for all of them. Which fault it was is for the log, never for the sender. */
enum token_fault token_check(const struct token_keys *keys, const char *candidate, const char *person, int64_t now, struct token *t);
const char *token_fault_text(enum token_fault f); /* for the log */

#endif
