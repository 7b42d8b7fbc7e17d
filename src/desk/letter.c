/* letter: ids, header fields, and the way into the outbox. */
#include "desk/letter.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "letter_parts.h"
#include "mail/address.h"
#include "store/message.h"

enum {
	ID_BYTES = 16, TOKEN_ID_BYTES = 8, BOUNDARY_BYTES = 16, RANDOM_MOST = 16, LOCAL_MOST = 64, KIND_SHIFT = 11,
	DAY = 86400, YEAR = 365 * DAY
};

static const int64_t lives[TOKEN_PURPOSES] = {
	[TOKEN_STAFF] = 180 * DAY, [TOKEN_NOTICE] = 180 * DAY, [TOKEN_REQUESTER] = 2 * YEAR, [TOKEN_PART] = YEAR, [TOKEN_COMMAND] = 30 * DAY};

const char *letter_language(const struct config *c, const char *lang)
{
	if (lang && strs_has_case(&c->office.languages, lang))
		return lang;
	if (strs_has_case(&c->office.languages, "en"))
		return "en";
	return c->office.languages.v[0];
}

bool letter_swedish(const char *lang)
{
	return lang && strcmp(lang, "sv") == 0;
}

static bool local_time(int64_t when, struct tm *tm)
{
	time_t t = (time_t)when;
	return localtime_r(&t, tm) != NULL;
}

static const char *const months[2][12] = {
	{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}};
static const char *const weekdays[2][7] = {{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
                                           {"söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"}};

char *letter_time(int64_t when, const char *lang)
{
	bool sv = letter_swedish(lang);
	struct tm tm;
	if (!local_time(when, &tm))
		return mem_dup("?");
	return mem_fmt(sv ? "den %d %s kl. %02d.%02d" : "on %d %s at %02d:%02d", tm.tm_mday, months[sv][tm.tm_mon], tm.tm_hour, tm.tm_min);
}

char *letter_day(int64_t when, const char *lang)
{
	bool sv = letter_swedish(lang);
	struct tm tm;
	if (!local_time(when, &tm))
		return mem_dup("?");
	return mem_fmt(sv ? "%s den %d %s" : "%s %d %s", weekdays[sv][tm.tm_wday], tm.tm_mday, months[sv][tm.tm_mon]);
}

char *letter_ticket(const struct letter_ground *g)
{
	return mem_fmt("%s-%lld", g->config->office.tag, (long long)g->ticket->id);
}

char *letter_tagged(const struct letter_ground *g, const char *subject)
{
	char *name = letter_ticket(g), *tag = mem_fmt("[%s]", name), *out;
	out = subject && strstr(subject, tag) ? mem_dup(subject) : mem_fmt("%s %s", tag, subject ? subject : "");
	size_t n = strlen(out);
	while (n && strchr(" :", out[n - 1])) /* "Answered: " of a ticket without a subject */
		out[--n] = '\0';
	free(name);
	free(tag);
	return out;
}

char *letter_person(const char *name, const char *addr)
{
	if (name && *name && addr && *addr)
		return mem_fmt("%s <%s>", name, addr);
	return mem_dup(addr && *addr ? addr : name && *name ? name : "?");
}

char *letter_who(const struct config *c, const char *addr)
{
	const struct config_person *p = config_person(c, addr);
	return mem_dup(p && p->name ? p->name : addr ? addr : "?");
}

static bool random_hex(size_t bytes, char *out, struct err *e)
{
	unsigned char random[RANDOM_MOST];
	if (gnutls_rnd(GNUTLS_RND_NONCE, random, bytes) != 0)
		return err_set(e, ERR_TEMPORARY, "there are no random numbers to make a Message-ID of");
	for (size_t i = 0; i < bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", random[i]);
	return true;
}

char *letter_boundary(struct err *e)
{
	char hex[2 * RANDOM_MOST + 1];
	return random_hex(BOUNDARY_BYTES, hex, e) ? mem_fmt("=_ingang_%s", hex) : NULL;
}

char *letter_plus_address(const struct config *c, const char *token)
{
	const char *office = c->office.address, *at = strrchr(office, '@');
	size_t local = at ? (size_t)(at - office) : 0;
	if (!c->office.plus || !at || local + 1 + TOKEN_TEXT > LOCAL_MOST) /* RFC 5321 §4.5.3.1.1 */
		return mem_dup(office);
	return mem_fmt("%.*s+%s%s", (int)local, office, token, at);
}

bool letter_id(const struct letter_ground *g, const char *person, enum token_purpose purpose, unsigned nonce, char **message_id, char **reply_to, struct err *e)
{
	const char *domain = address_domain(g->config->office.address);
	char hex[2 * RANDOM_MOST + 1], text[TOKEN_TEXT + 1];
	const struct token t = {g->ticket->id, purpose, g->now + lives[purpose], (uint16_t)nonce};
	*message_id = *reply_to = NULL;
	if (!g->keys || !token_make(g->keys, &t, person, text)) {
		if (!random_hex(ID_BYTES, hex, e))
			return false;
		*message_id = mem_fmt("%s-%lld.%s@%s", g->config->office.tag, (long long)g->ticket->id, hex, domain);
		*reply_to = mem_dup(g->config->office.address);
		return true;
	}
	if (!random_hex(TOKEN_ID_BYTES, hex, e))
		return false;
	*message_id = mem_fmt("%s.%s@%s", text, hex, domain);
	*reply_to = letter_plus_address(g->config, text);
	return true;
}

/* The kind stands in the nonce's upper bits; the lower ones make each link one of its own, since each can be used once. */
bool letter_command_token(const struct letter_ground *g, const char *person, enum command_kind kind, char out[static TOKEN_TEXT + 1])
{
	uint16_t low = 0;
	out[0] = '\0';
	if (!g->keys || gnutls_rnd(GNUTLS_RND_NONCE, &low, sizeof low) != 0)
		return false;
	const struct token t = {g->ticket->id, TOKEN_COMMAND, g->now + lives[TOKEN_COMMAND],
	                        (uint16_t)((unsigned)kind << KIND_SHIFT | (low & ((1u << KIND_SHIFT) - 1)))};
	return token_make(g->keys, &t, person, out);
}

void letter_item(const struct letter_ground *g, const char *kind, const char *sender, const char *to, const char *subject, struct outbox_item *out)
{
	out->ticket = g->ticket->id;
	out->kind = mem_dup(kind);
	out->sender = mem_dup(sender);
	out->recipient = mem_dup(to);
	out->subject = mem_dup(subject);
}

bool letter_post(struct db *d, struct outbox_item *item, int64_t now, struct err *e)
{
	int64_t id;
	bool ok = outbox_add(d, item, now, &id, e) && thread_add(d, item->message_id, item->ticket, true, e);
	outbox_item_free(item);
	return ok;
}
