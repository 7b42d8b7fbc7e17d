/* authres: did our own mail server find the From address of a mail to be genuine (Authentication-Results, RFC 8601)? Pure.
 *
 * Anyone can write such a field into a mail. What makes ours worth something is that our server takes fields with its own id out of
 * what comes in and puts its own on top (RFC 8601 §5). So:
 *   - The topmost Authentication-Results field of the mail must be of our id. One of another id above it means that another server had the
 *     mail after ours, or that somebody wished to look like that: nothing counts then.
 *   - That one decides. Further ones of our id count with it as long as all of them stand above the first Received field: a server puts its Received on
 *     top of what it gets, so nobody outside can write there. Filters (SPF, DKIM, DMARC each on its own) do write several.
 *   - All others of our id, wherever they stand, can only take away: where one says something else about the same method, one of the
 *     two is forged, and neither is believed.
 *   - How many Received fields stand above ours says nothing: filters put theirs above or below the Received of their own server (OpenDKIM and
 *     OpenDMARC below, by default), and each hop behind it (virus scanner, LMTP) adds one. So a mail on which our server wrote no field
 *     at all cannot be told from one on which it did: it must write one on every mail, and strip (RFC 8601 §5 asks for both). Manual: staff.authserv_id.
 *
 * PASS: dmarc=pass with a header.from that is the From's domain; or, where our server says nothing for or against by DMARC, dkim=pass with header.d
 * (else header.i) being the From's domain or a parent of it of two labels at least. dmarc=fail outweighs dkim=pass. */
#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

#include "mail/mail.h"

enum authres_verdict {
	AUTHRES_NONE, /* our server says nothing that counts */
	AUTHRES_FAIL, /* it says no, contradicts itself, or the mail has not exactly one address in From */
	AUTHRES_PASS  /* m->from.addr is genuine, as far as its domain vouches for its users */
};

struct authres {
	enum authres_verdict verdict;
	char why[256]; /* for the log and the ticket's history; printable ASCII */
};

/* m->fields must hold Authentication-Results as it was written, not RFC 2047 decoded (mail/mail.h): else an encoded word in an address that our
 * server quotes becomes a result. authserv_id NULL or "": NONE. Linear in the bytes of the header. */
void authres_check(const struct mail *m, const char *authserv_id, struct authres *out);
/* NULL: the mail has exactly one From field with exactly one address, the one it goes by, and none other in its display name; else what is wrong. */
const char *authres_from_fault(const struct mail *m);
const char *authres_verdict_name(enum authres_verdict v); /* "none", "fail", "pass" */

#endif
