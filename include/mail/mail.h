/* mail: one mail as it was read: what `ingangctl parse --json` prints, and what every decision is made on.
 *
 * All text is valid UTF-8 without NUL, and unfolded where it came from a header. Message ids are without angle brackets
 * and white space. Everything hangs on the struct: mail_free() frees it all. A zeroed struct is an empty mail. */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strs.h"

struct mailbox { /* RFC 5322 §3.4 */
	char *name;  /* display name, decoded; "" if none */
	char *addr;  /* addr-spec as written, but the domain in lower case; "" where it could not be told */
};

struct mailboxes {
	struct mailbox *v;
	size_t n;
};

enum attachment_danger { /* what staff are told of, by name and by content */
	ATTACHMENT_HARMLESS,
	ATTACHMENT_PROGRAM,  /* runs when it is opened: .exe, .js, .lnk, a script … */
	ATTACHMENT_MACROS,   /* an office document with macros in it */
	ATTACHMENT_WINMAIL   /* TNEF (winmail.dat): what is inside only Outlook shows */
};

struct attachment {
	char *name; /* decoded, made harmless (no path, no control or bidi characters); "" if none */
	char *type; /* media type in lower case, as claimed */
	uint64_t size; /* bytes after decoding */
	char *real;    /* media type by its first bytes, NULL where they do not tell */
	enum attachment_danger danger;
};

struct field {
	char *name;  /* as written */
	char *value; /* unfolded, RFC 2047 decoded; but Authentication-Results as it was written */
};

enum mail_kind { MAIL_PERSON, MAIL_AUTO_REPLY, MAIL_BOUNCE, MAIL_LIST, MAIL_RECEIPT, MAIL_GENERATED, MAIL_KINDS };

struct bounce { /* RFC 3464; empty strings where it was not said */
	char *recipient;   /* Final-Recipient, else Original-Recipient */
	char *status;      /* "5.1.1" */
	char *action;      /* "failed"; "delayed" (it will be tried again), "delivered", "relayed", "expanded" */
	char *message_id;  /* of the mail that came back */
};

/* How the mail's body can be carried on in a new mail (mail/carry.h): a list of steps, in order. */
enum carry_op {
	CARRY_COPY,  /* bytes [offset, offset + length) of the raw mail, as they are */
	CARRY_BYTES, /* `text` as it is (CRLF line ends) */
	CARRY_PLAIN, /* a text/plain part: our block goes on top of `text` (LF line ends, UTF-8) */
	CARRY_HTML   /* a text/html part: our block goes in at byte `insert` of `text` (UTF-8) */
};

struct carry_step {
	enum carry_op op;
	uint64_t offset, length;
	char *text;
	char *head;    /* PLAIN, HTML: the part's other header fields (Content-Disposition, Content-ID …), CRLF lines, may be "" */
	uint64_t insert;
	bool flowed, delsp; /* PLAIN: format=flowed (RFC 3676) */
	bool top;           /* PLAIN, HTML: it is the whole body: its fields belong into the header of the mail itself */
};

struct carry {
	char *content; /* Content-* fields of the new mail's own header, CRLF lines; "" when the first step is `top` */
	struct carry_step *v;
	size_t n;
};

struct answer_part { /* header and body of one MIME part, bytes of the raw mail */
	bool inlined;
	uint64_t offset, length;
};

struct answer { /* what was written now, as it was written: for the mail that carries it on (mail/answer.h) */
	char *text;                /* reply_text without the commands on top of it */
	char *html;                /* says the same, as a document of its own, guarded; NULL: text alone */
	struct answer_part *parts; /* in the mail's order. Attachments; inlined: pictures that html shows by cid */
	size_t n_parts;
};

struct mail {
	char *subject; /* "" if none */
	struct mailbox from; /* first mailbox of From; addr NULL when there is none */
	struct mailbox sender;
	struct mailboxes reply_to, to, cc;
	int64_t date;     /* seconds since 1970, UTC; valid with has_date */
	int date_offset;  /* minutes east of UTC, as the sender wrote it */
	bool has_date;
	char *message_id, *in_reply_to; /* NULL if none */
	struct strs references;
	char *text;       /* the body as people read it */
	char *reply_text; /* what was written now: no quoted history, no signature */
	char *attached_text; /* subject and new text of attached messages (forwards as attachments), at most 16 kB; NULL: none */
	char *lang;       /* BCP 47 primary tag of reply_text, or NULL when it cannot be told */
	struct attachment *attachments;
	size_t n_attachments;
	enum mail_kind kind;
	char *kind_why;   /* "Auto-Submitted: auto-replied"; "" for a person */
	struct bounce bounce; /* kind MAIL_BOUNCE */
	struct mailbox forwarded_from; /* who wrote the mail that this one forwards (inline or attached); addr NULL: it forwards none */
	bool encrypted;   /* S/MIME or PGP: the text could not be read */
	struct strs warnings;
	struct field *fields; /* the header, in order, as far as the limits go */
	size_t n_fields;
	struct carry carry;
	struct answer answer; /* of a person's mail; else text is "", and there is nothing more */
};

/* Bounds on what a stranger can make us spend. A mail over one is read as far as that goes, with a warning. */
struct mail_limits {
	uint64_t bytes;   /* of a mail that is read at all; over it: the header only */
	size_t depth, parts, fields, field_bytes, recipients, references, text_bytes;
};
extern const struct mail_limits mail_limits_default;

const char *mail_kind_name(enum mail_kind kind); /* "person", "auto-reply", … as in the JSON contract */
bool mail_kind_by_name(const char *name, enum mail_kind *out);
/* The first value of a header field (name in any case), or NULL. Borrowed. */
const char *mail_field(const struct mail *m, const char *name);
bool mail_is_automatic(const struct mail *m); /* any kind but a person: never answered by a machine (RFC 3834 §2) */

void mailbox_copy(struct mailbox *to, const struct mailbox *from);
void mailbox_free(struct mailbox *b);
void mailboxes_add(struct mailboxes *l, const char *name, const char *addr); /* copies */
void mailboxes_free(struct mailboxes *l);
void carry_free(struct carry *c);
void answer_free(struct answer *a);
void mail_free(struct mail *m); /* the contents, not the struct */

#endif
