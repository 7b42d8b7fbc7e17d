/* imap_session: what the parts of imap share: the connection, and talking in whole lines.
 *
 * libetpan does SELECT, FETCH, MOVE, COPY, STORE, EXPUNGE, CREATE and SUBSCRIBE. Greeting, STARTTLS, login, NAMESPACE, IDLE and
 * LOGOUT are lines of our own: libetpan keeps replies from before TLS, loads SASL plugins, hides what the server says, and waits in IDLE
 * while the news lies in its buffer. */
#ifndef WIRE_IMAP_SESSION_H
#define WIRE_IMAP_SESSION_H

#include <libetpan/libetpan.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/imap.h"
#include "wire/imap_guard.h"
#include "wire/stream.h"

enum {
	TALK_BUDGET = 64 * 1024, /* bytes that an ordinary command may be answered with */
	SET_MAX = 500            /* UIDs named in one command: its line stays below 8000 bytes (RFC 7162 §4) */
};

struct imap_can {
	bool idle, move, uidplus, names, no_login, plain, bearer, xoauth2; /* names: NAMESPACE */
};

struct imap {
	struct stream *stream;
	mailstream *ms; /* the stream's */
	mailimap *m;    /* NULL until the login is done */
	MMAPString *line;
	struct imap_guard guard;
	struct imap_can can;
	char *where, *user; /* host:port and login name, for messages */
	char *prefix;       /* of our own folders: "", or "INBOX." where the server wants that */
	char delimiter;     /* between the levels of a folder's name; 0: the server has none */
	unsigned tag;
	int timeout_ms;
	bool selected, dead;
	bool heard, heard_tls; /* has the server said anything; was it TLS where text belongs */
	bool news;     /* EXISTS was seen since the last imap_list() */
	char bye[200]; /* the server's last words */
};

enum talk { TALK_OK, TALK_NO, TALK_BAD, TALK_MORE, TALK_DEAD };

/* One untagged line ("* …" without the end); for NULL they are passed over. */
typedef void talk_line_fn(void *ctx, const char *line);

void talk_allow(struct imap *c);                              /* the time and bytes of an ordinary command */
char *talk_read(struct imap *c);                              /* a line without its end, borrowed until the next; NULL: dead */
bool talk_send(struct imap *c, const char *bytes, size_t n);  /* as they are */
bool talk_begin(struct imap *c, const char *command, char tag[static 16]);
/* Reads until the tagged reply (its text in *words, borrowed until the next line), or "+" (TALK_MORE). */
enum talk talk_finish(struct imap *c, const char *tag, talk_line_fn *line, void *ctx, const char **words);
enum talk talk_command(struct imap *c, const char *command, talk_line_fn *line, void *ctx, const char **words);

/* What the server said, fit for a message: printable, in quotes, cut. */
const char *talk_quote(const char *words, char out[static 256]);

bool imap_login(struct imap *c, const struct imap_login *login, struct err *e); /* from the greeting to the hierarchy; imap_login.c */

/* The result r of a libetpan command: true for no error; a "NO" is ERR_REFUSED with the server's words; anything else ends
 * the connection. `what` is what was tried. */
bool imap_result(struct imap *c, int r, const char *what, struct err *e);
bool imap_dead(struct imap *c, const char *what, struct err *e); /* marks it and says why, from the stream; returns false */
bool imap_ready(struct imap *c, bool selected, struct err *e);
void imap_note_news(struct imap *c);                               /* after each libetpan command */
struct mailimap_set *imap_set_of(const uint32_t *uids, size_t n);  /* ascending */

/* A folder's name as the server wants it, or NULL with ERR_INPUT. The caller frees it. */
char *imap_name(const struct imap *c, const char *folder, bool ours, struct err *e);

#endif
