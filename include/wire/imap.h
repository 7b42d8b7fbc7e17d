/* imap: one connection to the mailbox (RFC 3501), over libetpan and our own TLS and deadline driver (wire/stream.h).
 *
 * It moves bytes and knows no ticket. libetpan is asked for UID, RFC822.SIZE, INTERNALDATE and BODY.PEEK[] alone, never for ENVELOPE or
 * BODYSTRUCTURE (its parsers overflow the stack), and never parses MIME. Every command has a deadline and a byte budget.
 * Any error means that the connection is dead: close it and open another. Flags are never read and never decide. */
#ifndef WIRE_IMAP_H
#define WIRE_IMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/stream.h"

struct imap;

struct imap_login {
	struct wire_server server;
	const char *user, *password;
	const char *token; /* an OAuth2 access token instead of the password: OAUTHBEARER (RFC 7628) or XOAUTH2; NULL */
};

struct imap_box {
	uint32_t uidvalidity, uidnext, exists;
	bool read_only;
};

struct imap_uid {
	uint32_t uid;
	uint32_t size; /* RFC822.SIZE */
};

/* Connects, waits for the greeting (at most 10 s), checks the certificate, logs in, reads capabilities and the hierarchy delimiter.
 * NULL: e (ERR_TEMPORARY for the network, ERR_REFUSED for a refused login, ERR_CONFIG for a certificate) says what to do. */
struct imap *imap_open(const struct imap_login *login, struct err *e);
void imap_close(struct imap *c); /* NULL is fine; says LOGOUT only on a healthy connection, and waits at most a second for it */

bool imap_select(struct imap *c, const char *mailbox, struct imap_box *out, struct err *e);
/* One of our own folders, without selecting it: uidvalidity and uidnext; uidvalidity 0: it is not there. */
bool imap_status(struct imap *c, const char *folder, struct imap_box *out, struct err *e);
bool imap_select_ours(struct imap *c, const char *folder, struct imap_box *out, struct err *e); /* as imap_move() names it */
/* UIDs >= first in the selected mailbox, ascending, with sizes. The caller frees *out. */
bool imap_list(struct imap *c, uint32_t first, struct imap_uid **out, size_t *n, struct err *e);
/* Fetches the named mails in one command; each is handed over as it arrives: `raw` is malloc'd and becomes the callback's.
 * A mail that has gone meanwhile, or that the server gives nothing for (NIL), is not called for. The callback must not use the
 * connection; false from it ends the fetch with error `e`. ERR_REFUSED with a healthy connection: the server cannot give one of
 * them; those that came are with the callback, and one by one tells which. */
typedef bool imap_take_fn(void *ctx, uint32_t uid, int64_t internal_date, char *raw, size_t n, struct err *e);
bool imap_fetch(struct imap *c, const struct imap_uid *v, size_t n, imap_take_fn *take, void *ctx, struct err *e);
/* The first 256 KiB of a mail that is too large to be taken whole. */
bool imap_fetch_head(struct imap *c, const struct imap_uid *v, imap_take_fn *take, void *ctx, struct err *e);
/* The first 16 KiB of each: enough for what names it. */
bool imap_fetch_heads(struct imap *c, const struct imap_uid *v, size_t n, imap_take_fn *take, void *ctx, struct err *e);
/* Moves mails of the selected mailbox to a folder given with '/' between its levels; makes the folder (and subscribes to it) when
 * it is missing. UID MOVE (RFC 6851); else UID COPY, UID STORE \Deleted and UID EXPUNGE of what COPYUID names (RFC 4315); a server
 * with neither keeps the mail: false, ERR_CONFIG.
 * A server without NAMESPACE (RFC 2342) that makes no folder at the top gets it below INBOX; any other refusal is one.
 * ERR_REFUSED: the server said no to this folder, and what to do; the connection is still good (imap_healthy()). */
bool imap_move(struct imap *c, const uint32_t *uids, size_t n, const char *folder, struct err *e);
bool imap_noop(struct imap *c, struct err *e);
bool imap_healthy(const struct imap *c);
bool imap_has_idle(const struct imap *c);

enum imap_wake { IMAP_WAKE_NEWS, IMAP_WAKE_TIMEOUT, IMAP_WAKE_FD, IMAP_WAKE_ERROR };
/* Waits for news of the selected mailbox (IDLE, RFC 2177, where the server has it), for `fd` to become readable (-1: none), or for the time to
 * pass (at most 9 minutes are used). Ends the IDLE before it returns. News that came with the answer to another command since the last
 * imap_list() count too, so that list, work, wait misses none; without IDLE it asks at least once a minute. */
enum imap_wake imap_wait(struct imap *c, int fd, int timeout_ms, struct err *e);

#endif
