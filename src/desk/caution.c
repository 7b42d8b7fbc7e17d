#include "desk/caution.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fold.h"
#include "mail/address.h"

enum { LINES_MAX = 8, NAME_MAX_BYTES = 80 };

/* Sentences with one hole each, in the languages that we write to staff. */
struct speech {
	const char *lang;
	const char *danger[ATTACHMENT_WINMAIL + 1];
	const char *encrypted, *elsewhere, *forwarded;
};

static const struct speech speeches[] = {
	{"en",
	 {NULL, "Note: the attachment \"%.*s\" is a program. Do not open it unless you know that it is meant well.",
	  "Note: the attachment \"%.*s\" has macros. Leave them off unless you know what they do.",
	  "Note: the attachment \"%.*s\" is Outlook's own format; other mail programs cannot show what is in it."},
	 "Note: the mail is encrypted and could not be read here; it is passed on as it came.", "Note: the mail asks for answers to %.*s. None are sent there.", "Forwards a mail by: %.*s"},
	{"sv",
	 {NULL, "Obs: bilagan ”%.*s” är ett program. Öppna den inte om du inte vet att den är ofarlig.",
	  "Obs: bilagan ”%.*s” innehåller makron. Låt dem vara avstängda om du inte vet vad de gör.",
	  "Obs: bilagan ”%.*s” är Outlooks eget format; andra e-postprogram kan inte visa innehållet."},
	 "Obs: mejlet är krypterat och kunde inte läsas här; det skickas vidare som det kom.", "Obs: mejlet ber om svar till %.*s. Dit skickas inget svar.",
	 "Vidarebefordrar ett mejl från: %.*s"}};

static const struct speech *speech_in(const char *lang)
{
	for (size_t i = 0; i < sizeof speeches / sizeof *speeches; i++)
		if (lang && strcmp(speeches[i].lang, lang) == 0)
			return &speeches[i];
	return &speeches[0];
}

struct lines {
	struct buf text;
	size_t n;
};

/* One line; what a stranger wrote is cut, and has no line ends in it. */
static void say(struct lines *l, const char *sentence, const char *hole)
{
	size_t k = utf8_cut(hole, strlen(hole), NAME_MAX_BYTES);
	const char *at = strstr(sentence, "%.*s");
	if (l->n++ >= LINES_MAX)
		return;
	if (l->text.n)
		buf_addc(&l->text, '\n');
	buf_add(&l->text, sentence, at ? (size_t)(at - sentence) : strlen(sentence));
	for (size_t i = 0; at && i < k; i++)
		buf_addc(&l->text, (unsigned char)hole[i] < ' ' ? ' ' : hole[i]);
	if (at)
		buf_adds(&l->text, at + 4);
}

static bool asks_elsewhere(const struct config *c, const struct mail *m, const char *addr)
{
	return m->from.addr && !config_is_own_address(c, addr) && strcasecmp(address_domain(addr), address_domain(m->from.addr)) != 0;
}

char *caution_words(const struct config *c, const struct mail *m, const char *lang)
{
	const struct speech *s = speech_in(lang);
	struct lines l = {0};
	if (m->forwarded_from.addr) {
		struct buf who = {0};
		if (m->forwarded_from.name && *m->forwarded_from.name)
			buf_addf(&who, "%s <%s>", m->forwarded_from.name, m->forwarded_from.addr);
		else
			buf_adds(&who, m->forwarded_from.addr);
		say(&l, s->forwarded, who.s);
		buf_free(&who);
	}
	for (size_t i = 0; i < m->reply_to.n; i++)
		if (m->reply_to.v[i].addr && asks_elsewhere(c, m, m->reply_to.v[i].addr))
			say(&l, s->elsewhere, m->reply_to.v[i].addr);
	if (m->encrypted)
		say(&l, s->encrypted, "");
	for (size_t i = 0; i < m->n_attachments; i++)
		if (m->attachments[i].danger != ATTACHMENT_HARMLESS)
			say(&l, s->danger[m->attachments[i].danger], m->attachments[i].name ? m->attachments[i].name : "");
	return buf_take(&l.text);
}
