/* Delivery reports: told by their words where they have no RFC 3464 parts, and what they say about which mail. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/mem.h"
#include "mail/address.h"
#include "mail/head.h"
#include "mail/origin.h"

enum { LOOK = 4000, ENOUGH = 3 };

static bool any_in(const char *s, const char *const *v, size_t n, bool front)
{
	for (size_t i = 0; i < n; i++)
		if (front ? str_starts(s, v[i]) : strstr(s, v[i]) != NULL)
			return true;
	return false;
}

/* Folded subjects, from their beginning: a person who asks about a report writes "Re:" or something of their own. */
static bool subject_says(const char *s)
{
	static const char *const v[] = {
		"undeliver", "undelivered mail", "delivery status notification", "delivery failure", "delivery report", "delivery has failed",
		"delivery notification", "delivery status", "mail delivery", "mail system error", "mail failure", "mail status report",
		"returned mail", "return mail", "failure notice", "failure delivery", "failed delivery", "failed mail", "failed to deliver",
		"message delivery", "message status - undeliverable", "message not delivered", "non delivery", "non-delivery", "nondeliverable",
		"non remis", "there was an error sending your mail", "warning: message", "warning: could not send", "delayed mail",
		"delayed:", "could not send message", "mail could not be delivered", "email returned", "unzustellbar", "nicht zustellbar",
		"zustellung", "mail delivery failed", "olevererbart", "kan inte levereras", "kunde inte levereras", "ej levererbar",
		"leveransfel", "misslyckad leverans", "ikke levert", "kan ikke leveres", "kunne ikke leveres", "uleverbar", "non recapitabile",
		"onbestelbaar", "no se puede entregar", "no entregado", "échec de", "echec de", "toimittaminen epäonnistui",
		"viestiä ei voitu toimittaa", "ваше сообщение не доставлено", "notification d'état", "rejected:", "address rejected",
		"mailbox unavailable", "user unknown", "mail failed, returning", "rejected mail",
	};
	return any_in(s, v, sizeof v / sizeof *v, true);
}

/* Folded beginnings of reports. */
static bool text_says(const char *s)
{
	static const char *const v[] = {
		"this is the qmail-send program", "this is the mail system at", "i'm sorry to have to inform you that",
		"this message was created automatically by mail delivery software", "this message was created automatically by the mail system",
		"your message could not be delivered", "your message was not delivered", "your mail could not be delivered",
		"could not be delivered to", "could not be delivered to one or more", "could not deliver", "couldn't be delivered",
		"wasn't able to deliver", "was not able to deliver", "unable to deliver", "has not been delivered", "was not delivered",
		"did not reach some or all", "did not reach the following recipient", "delivery to the following recipient",
		"delivery to the following addresses", "delivery to these recipients", "delivery to following recipients",
		"message could not be delivered", "mail could not be delivered", "the following address failed", "the following addresses failed",
		"following addresses had permanent", "following addresses had transient", "following addresses had delivery",
		"following recipients have failed", "the following recipient", "the following message to", "undeliverable to",
		"transcript of session follows", "reason for failed mail", "reason for the failure", "unrouteable mail domain",
		"returned message below", "message below is being returned", "returning message to sender", "could not send the following message",
		"failed to deliver to", "failed permanently", "delivery failed", "delivery has failed", "delivery failure", "delivery problem",
		"not a member of this mailing list", "\"notificationtype\\\":\\\"bounce", "notificationtype\":\"bounce",
		"has not yet been delivered", "has not been delivered after", "will be retried", "still being retried", "no such user here",
		"user unknown", "mailbox unavailable", "mailbox is full", "mailbox full", "over quota", "quota exceeded", "user not found",
		"unknown user", "does not exist", "kunde inte levereras", "kan inte levereras", "har inte levererats", "kunne ikke leveres",
		"konnte nicht zugestellt", "konnte an einen oder mehrere", "nicht zugestellt werden", "n'a pas pu être", "n'a pu être",
		"no se pudo entregar", "kon niet worden", "送信できませんでした", "送信に失敗", "配信できませんでした", "не может быть доставлено",
	};
	return any_in(s, v, sizeof v / sizeof *v, false);
}

/* Points for who sent it: three are enough by themselves. */
static int sender_says(const struct mail *m, const char **why)
{
	const char *from = m->from.addr ? m->from.addr : "", *path = mail_field(m, "Return-Path"), *raw = mail_field(m, "From");
	bool empty = raw && strstr(raw, "<>");
	*why = "a delivery report by its words";
	if (strncasecmp(from, "mailer-daemon", 13) == 0 || strncasecmp(from, "maildaemon", 10) == 0 ||
	    (m->from.name && strcasecmp(m->from.name, "mailer-daemon") == 0)) {
		*why = "From: mailer-daemon";
		return 3;
	}
	if (mail_field(m, "X-Failed-Recipients") || mail_field(m, "X-MS-Embedded-Report") || mail_field(m, "X-DSNContext") ||
	    mail_field(m, "X-MX-Bounce")) {
		*why = "a mail system's header field";
		return 3;
	}
	int points = 0;
	bool named = m->from.name && strcasestr(m->from.name, "mail delivery");
	if (strncasecmp(from, "postmaster", 10) == 0 || strncasecmp(from, "poostmaster", 11) == 0 || empty || named)
		points = 2;
	else if (address_is_robot(from))
		points = 1;
	if (path && (strcmp(path, "<>") == 0 || strcasestr(path, "mailer-daemon")))
		points++;
	return points > 2 ? 2 : points;
}

bool bounce_in_words(const struct mail *m, const char **why)
{
	int points = sender_says(m, why);
	if (points >= ENOUGH)
		return true;
	char *subject = fold_text(m->subject, strlen(m->subject));
	points += subject_says(subject) ? 1 : 0;
	free(subject);
	if (points == 0 || points >= ENOUGH) /* the words of the text alone are not enough */
		return points >= ENOUGH;
	char *text = fold_text(m->text, utf8_cut(m->text, strlen(m->text), LOOK));
	points += text_says(text) ? 2 : 0;
	free(text);
	return points >= ENOUGH;
}

/* --- what it says --- */

/* The value of a field in one of the groups of a delivery status, without its type ("rfc822;"); NULL if none. */
static char *status_field(const struct buf *b, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < b->n;) {
		const char *lf = memchr(b->s + i, '\n', b->n - i);
		size_t end = lf ? (size_t)(lf - b->s) : b->n;
		if (end - i > n && strncasecmp(b->s + i, name, n) == 0 && b->s[i + n] == ':') {
			struct buf line = {0};
			head_unfold(b->s + i + n + 1, end - i - n - 1, &line);
			const char *v = line.s ? line.s : "", *semi = strchr(v, ';');
			if (semi)
				v = semi + 1;
			while (*v == ' ' || *v == '<')
				v++;
			char *out = mem_dupn(v, strcspn(v, " >("));
			buf_free(&line);
			if (*out)
				return out;
			free(out);
		}
		i = end + 1;
	}
	return NULL;
}

/* "5.1.1": class 2, 4 or 5, and two numbers of at most three digits, not part of a longer number; false if none follows. */
static bool find_status(const char *s, char out[static 12])
{
	for (const char *p = s; (p = strpbrk(p, "245")); p++) {
		if ((p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '.')) || p[1] != '.')
			continue;
		size_t a = strspn(p + 2, "0123456789");
		if (a < 1 || a > 3 || p[2 + a] != '.')
			continue;
		size_t b = strspn(p + 3 + a, "0123456789");
		if (b < 1 || b > 3 || isalnum((unsigned char)p[3 + a + b]) || (p[3 + a + b] == '.' && isdigit((unsigned char)p[4 + a + b])))
			continue;
		memcpy(out, p, 3 + a + b);
		out[3 + a + b] = '\0';
		return true;
	}
	return false;
}

/* The first address of the text that is not the office's own or a robot's. */
static char *find_address(const struct mail *m)
{
	size_t n = strlen(m->text), max = utf8_cut(m->text, n, LOOK);
	for (size_t i = 0; i < max; i++) {
		if (m->text[i] != '@')
			continue;
		size_t from = i, to = i + 1;
		while (from > 0 && i - from < 80 && m->text[from - 1] > ' ' && !strchr("<>\"'():;,[]", m->text[from - 1]))
			from--;
		while (m->text[to] > ' ' && to - i < 255 && !strchr("<>\"'():;,[]", m->text[to]))
			to++;
		while (to > i && strchr(".?!", m->text[to - 1]))
			to--;
		char *addr = mem_dupn(m->text + from, to - from);
		if (address_ok(addr) && !address_is_robot(addr))
			return addr;
		free(addr);
	}
	return NULL;
}

void bounce_read(struct mail *m, const struct origin_parts *p)
{
	struct bounce *b = &m->bounce;
	const char *failed = mail_field(m, "X-Failed-Recipients");
	char status[12];
	b->recipient = status_field(&p->status, "Final-Recipient");
	if (!b->recipient)
		b->recipient = status_field(&p->status, "Original-Recipient");
	if (!b->recipient && failed)
		b->recipient = mem_dupn(failed, strcspn(failed, ", "));
	if (!b->recipient)
		b->recipient = find_address(m);
	b->action = status_field(&p->status, "Action");
	b->status = status_field(&p->status, "Status");
	if ((!b->status || !find_status(b->status, status)) && find_status(m->text, status)) {
		free(b->status);
		b->status = mem_dup(status);
	}
	struct mail returned = {0};
	if (p->returned.n)
		head_read(p->returned.s, p->returned.n, &mail_limits_default, &returned);
	if (returned.message_id) {
		b->message_id = mem_dup(returned.message_id);
	} else { /* a copy of its header in the text, as qmail and Exim send it */
		const char *id = strcasestr(m->text, "\nMessage-ID:");
		struct strs ids = {0};
		if (id)
			head_ids(id + 12, strcspn(id + 12, "\n"), 1, &ids);
		if (ids.n)
			b->message_id = mem_dup(ids.v[0]);
		strs_free(&ids);
	}
	mail_free(&returned);
}
