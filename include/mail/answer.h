/* answer: what a person wrote now, as it was written, so that it can go on to whom it answers (struct answer in mail/mail.h).
 *
 * A colleague's mail holds what is nobody else's: the quoted history with our block and its tokens, commands, the colleague's card. So the text
 * is reply_text (mail/quote.h) without the commands on top, and it alone decides: the HTML is cut until it says the same, word for word, and
 * is written anew from its parsed tree with nothing in it but known elements, attributes and styles: no comments, no scripts, nothing hidden,
 * nothing that is fetched from elsewhere but pictures that the writer linked to. Where it cannot be made to say the same there is none.
 * Pictures that only the quoted history or the card shows are left behind, and so is what is no file of the writer's: the other forms of the
 * body, winmail.dat (the whole mail once more), signatures over the mail, cards and keys that are added by themselves.
 * HTML is for the mail whose text is answer.text: with any other text, text alone.
 * What should have been carried on and could not be is named in the mail's warnings, which begin with ANSWER_WARNING. */
#ifndef MAIL_ANSWER_H
#define MAIL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/mail.h"

#define ANSWER_WARNING "not carried on with an answer: "

struct _GMimeMessage;

/* It refers to a mail of ours: by a word that could be a token (mail/token.h), or by a ticket in its subject. Proves nothing. */
bool answer_replies_to_us(const struct mail *m);

/* Sets m->answer; the rest of *m has been read. msg: as for carry_plan(). Linear. */
void answer_read(struct _GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct mail *m);

/* What stands below the commands: lines on top that begin with '!' (also '！') and a letter, and blank lines around them, as
 * desk/command.h reads them. Borrowed from reply_text. */
const char *answer_below_commands(const char *reply_text);

/* The text, or an answer's HTML, with each mention of an address replaced, whatever the case of its letters and also where it is percent-encoded
 * (in mailto: links). Longer addresses that contain it stay. The caller frees; never NULL. */
char *mail_hide_address(const char *s, const char *addr, const char *with);

#endif
