/* compose: outgoing mail: a header that nothing from outside can break, and a body of our own or a carried one.
 *
 * Header values are encoded (RFC 2047, RFC 2231), folded at 78, stripped of CR, LF, NUL, other controls and bidi controls.
 * What we write is pure ASCII on the wire (quoted-printable where needed), CRLF, lines of at most 76 characters.
 * A composed mail is literal bytes and ranges of the raw mail that it carries, so a 20 MB attachment is kept once. */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/mail.h"

struct outgoing {
	struct mailbox from;
	struct mailboxes to, cc;
	const char *reply_to;      /* an address, or NULL */
	const char *reply_also;    /* a second one beside it, or NULL */
	const char *subject;
	int64_t date;              /* seconds since 1970; written in local time (the process's TZ) */
	const char *message_id;    /* with domain, without brackets */
	const char *in_reply_to;   /* or NULL */
	const struct strs *references; /* or NULL; the last ones are kept when it grows too long, with the first */
	const char *auto_submitted; /* "auto-replied", "auto-generated", or NULL for a mail that a person wrote or forwarded */
	const char *ticket;        /* "INT-42" for X-Ingang-Ticket, or NULL */
	const char *lang;          /* Content-Language, or NULL */
};

struct span { /* a piece of a composed mail */
	bool raw;  /* of the carried raw mail; else of `bytes` */
	uint64_t offset, length;
};

struct composed {
	struct buf bytes;
	struct span *v;
	size_t n;
	uint64_t size; /* sum of all lengths */
};

/* A mail of plain text (UTF-8, LF). Every mail gets X-Ingang-Loop with the office's address, automatic mail X-Auto-Response-Suppress
 * too. A bad address or message id is refused; ids of strangers that could break the header are left out. */
bool compose_text(const struct outgoing *o, const char *text, struct composed *out, struct err *e);
/* A mail that carries another's body with our block on top: block_text (UTF-8, LF) and block_html (ASCII-safe HTML fragment). */
bool compose_carry(const struct outgoing *o, const struct carry *c, const char *block_text, const char *block_html,
                   struct composed *out, struct err *e);
/* A mail of plain text with the raw mail attached whole as message/rfc822 (name NULL), or as application/octet-stream `name` when it
 * has no readable header: what staff get of a mail that could not be read. */
bool compose_attach(const struct outgoing *o, const char *text, uint64_t raw_bytes, const char *name, struct composed *out, struct err *e);
/* A mail that carries on what a colleague wrote: `text` (UTF-8, LF), with `html` a->html beside it and its pictures, and the attachments;
 * without html the pictures are attachments too. The raw mail is the one that *a was read from. */
bool compose_answer(const struct outgoing *o, const struct answer *a, const char *text, bool html, struct composed *out, struct err *e);
void composed_free(struct composed *c);

/* One header value (without the name), encoded and folded for a line that begins with "name: "; appended without the line end. */
void header_text(struct buf *out, const char *name, const char *utf8);
void header_mailboxes(struct buf *out, const char *name, const struct mailboxes *l); /* those with address_ok() */
/* A structured value of printable ASCII, folded at its blanks. False: it is not ASCII or has a word that no line can hold. */
bool header_ascii(struct buf *out, const char *name, const char *value, size_t n);
bool header_id_ok(const char *id); /* may stand in <>: printable ASCII without blanks and angle brackets, 250 bytes at most */

#endif
