/* answer_parts: what answer.c and answer_parts.c share: the parts of a colleague's mail, and what is to become of each. */
#ifndef MAIL_ANSWER_PARTS_H
#define MAIL_ANSWER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"
#include "mail/mail.h"

struct _GMimeMessage;
struct _GMimeObject;
struct _GMimePart;

enum leaf_fate {
	LEAF_FILE,    /* an attachment */
	LEAF_PICTURE, /* one that the HTML may show: it has a content id */
	LEAF_BODY,    /* the text, or another form of it */
	LEAF_SEAL,    /* a signature over the mail: broken without it */
	LEAF_WHOLE    /* the whole mail once more: winmail.dat, S/MIME */
};

struct leaf {
	struct _GMimeObject *o;
	enum leaf_fate fate;
	bool attached;   /* it says so */
	bool placed;     /* [from, to) is known */
	size_t from, to;
	size_t number;   /* among m->attachments; SIZE_MAX: it is none of them */
	const char *cid; /* or NULL */
};

enum { HTML_PARTS = 8 };

struct leaves {
	struct leaf *v;
	size_t n;
	struct _GMimePart *html[HTML_PARTS]; /* Apple Mail parts it where a file stands in the text */
	size_t n_html;                       /* may be more than there is room for: then it is none */
};

void leaves_read(struct _GMimeMessage *msg, const char *raw, size_t n, const struct mail_limits *limits, struct leaves *out);
void leaves_free(struct leaves *l);

/* Sets m->answer.parts. shown: the content ids of the pictures that m->answer.html shows; known: those that the whole HTML knows. */
void leaves_choose(const struct leaves *l, const char *raw, const struct strs *shown, const struct strs *known, struct mail *m);

#endif
