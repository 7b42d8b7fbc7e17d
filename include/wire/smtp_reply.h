/* smtp_reply: what a server's reply, or its silence, means for the mail in hand. Pure: no connection here. */
#ifndef WIRE_SMTP_REPLY_H
#define WIRE_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/smtp.h"

/* In the order of a transaction. Up to AUTH it is about the connection; from MAIL on about this mail. */
enum smtp_stage {
	SMTP_AT_CONNECT,
	SMTP_AT_EHLO,
	SMTP_AT_STARTTLS,
	SMTP_AT_AUTH,
	SMTP_AT_MAIL,
	SMTP_AT_RCPT,
	SMTP_AT_DATA,
	SMTP_AT_TEXT, /* 354 was seen, the text is on its way */
	SMTP_AT_DOT   /* all of the text was handed over: the dot may have been sent */
};

struct smtp_exchange {
	enum smtp_stage stage;
	int code;          /* of the whole last reply at this stage; 0: none */
	char text[300];    /* its lines, printable, joined by spaces */
	bool more;         /* inside a reply of several lines */
	bool over;         /* QUIT was sent: what follows changes nothing */
};

void smtp_sent_line(struct smtp_exchange *x, const char *line, size_t n);  /* a command of ours, as it went out */
bool smtp_reply_line(struct smtp_exchange *x, const char *line, size_t n); /* true: the reply is complete */
const char *smtp_stage_name(enum smtp_stage stage);
enum smtp_result smtp_judge(const struct smtp_exchange *x);

#endif
