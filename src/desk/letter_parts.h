/* letter_parts: what the files of the letters share. */
#ifndef DESK_LETTER_PARTS_H
#define DESK_LETTER_PARTS_H

#include "base/buf.h"
#include "desk/command.h"
#include "desk/letter.h"
#include "mail/compose.h"

/* --- ids and headers (letter.c) --- */

char *letter_ticket(const struct letter_ground *g);                        /* "INT-42"; the caller frees, as of all that follow */
char *letter_tagged(const struct letter_ground *g, const char *subject);   /* "[INT-42] subject" */
char *letter_person(const char *name, const char *addr);                   /* "Name <addr>" */

bool letter_swedish(const char *lang);
const char *letter_part_language(const struct letter_ground *g, const struct part *p); /* of who was asked */
char *letter_day(int64_t when, const char *lang); /* "Friday 4 December" */

/* A new Message-ID, and where replies to it go. nonce: of a TOKEN_PART, the part's number. */
bool letter_id(const struct letter_ground *g, const char *person, enum token_purpose purpose, unsigned nonce, char **message_id, char **reply_to, struct err *e);
/* The address with the token behind its '+', or as it is where that has no room. */
char *letter_plus_address(const struct config *c, const char *token);
/* One more token of a link, for that person. False: there are no keys. */
bool letter_command_token(const struct letter_ground *g, const char *person, enum command_kind kind, char out[static TOKEN_TEXT + 1]);
/* A new item, with all but its mail and Message-ID. */
void letter_item(const struct letter_ground *g, const char *kind, const char *sender, const char *to, const char *subject, struct outbox_item *out);
char *letter_boundary(struct err *e); /* NULL: e */

/* --- what templates are filled with (letter_values.c) --- */

enum { VALUES_MOST = 64 };

struct values {
	struct placeholder v[VALUES_MOST]; /* the first of a name counts */
	size_t n;
	struct strs owned;
};

void values_extra(struct values *s, const struct placeholder *extra, size_t n); /* first of all, if there are any */
void values_make(const struct letter_ground *g, const char *lang, struct values *s);
void values_forward(const struct letter_ground *g, const struct forward_words *w, const char *lang, struct values *s); /* what only a block says */
void values_line(struct values *s, const char *name, const char *value); /* control characters and line ends become blanks */
void values_text(struct values *s, const char *name, const char *value); /* line ends stay */
void values_mark(struct values *s, const char *name, const char *value); /* with the marks of letter_html.c; takes the place of an earlier one */
const char *values_get(const struct values *s, const char *name); /* "" where there is none */
void values_free(struct values *s);
/* The template with its values; *subject NULL where it has none. unwrap: its paragraphs on one line each, as HTML wants them. */
bool letter_fill(const struct letter_ground *g, const char *lang, const char *template, const struct values *s, bool unwrap, char **subject, struct buf *body,
                 struct err *e);
char *letter_due_line(int64_t due, int64_t now, const char *lang); /* "We need the answer by Friday 4 December.", or "" */

/* --- links (letter_links.c) --- */

enum link_set { LINKS_FORWARD, LINKS_TRIAGE, LINKS_WOKE, LINKS_ABSENT, LINKS_QUIET };

struct links {
	char *text, *html; /* a line or two each; "" where there are none */
};

void links_make(const struct letter_ground *g, const char *to, const char *lang, enum link_set set, struct links *out);
void links_free(struct links *l);
/* One link with its words, as HTML, or NULL without keys. */
char *links_one(const struct letter_ground *g, const char *to, const char *lang, enum command_kind kind, const char *words);

/* --- HTML (letter_html.c) --- */

/* In the values of a text that becomes HTML; no other value can hold them. */
#define MARK_LINKS "\x01"  /* the links go here */
#define MARK_STRONG "\x02" /* a line to beware of begins */
#define MARK_REPLY "\x03"  /* the line that says what a reply does */
#define MARK_QUOTE "\x04"  /* what somebody wrote begins, */
#define MARK_UNQUOTE "\x05" /* and ends */

/* A block that needs nothing of the mail around it. cover: a colleague's text above it, with its first line in bold; or NULL. */
char *html_block(const char *text, const char *links, const char *cover);
/* A notice, or what stands on top of a colleague's own HTML: lines as they are. */
char *html_notice(const char *text, const char *links);
void html_escape(struct buf *out, const char *s, size_t n);
/* The mail in hand with the blocks on top. One of plain text alone becomes text and HTML, so that the block is the same in all. */
bool html_carry_mail(const struct letter_ground *g, const struct outgoing *o, const char *text, const char *html, struct composed *out, struct err *e);

#endif
