#include "mail/quote_sign.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/strs.h"

static bool is_plain(char c) /* ASCII that folds to itself or its small letter, but for a mark behind it */
{
	return c > ' ' && c < 0x7F;
}

/* s does not go on as word does: can it after folding? What is not ASCII may fold to anything, but for Latin-1's letters. */
static bool may_fold_to(const char *s, size_t n, const char *word)
{
	if (!*word)
		return true;
	if (n == 0 || *s == ' ')
		return n > 0 && *word == ' ';
	if (is_plain(*s))
		return (unsigned char)*word >= 0x80 && n > 1 && !is_plain(s[1]) && s[1] != ' ';
	return !((unsigned char)*s == 0xC3 && n > 1 && (unsigned char)s[1] != 0x9F && (unsigned char)*word != 0xC3);
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Can folded text at s begin with one of the words? */
static bool may_begin(const char *s, size_t n, const char *const *words, size_t n_words)
{
	if (n < 2 || !is_plain(s[0]) || (!is_plain(s[1]) && s[1] != ' '))
		return n > 0;
	char first = lower(s[0]);
	for (size_t i = 0; i < n_words; i++) {
		size_t k = 1;
		if (words[i][0] != first)
			continue;
		while (k < n && is_plain(s[k]) && words[i][k] == lower(s[k]))
			k++;
		if (may_fold_to(s + k, n - k, words[i] + k))
			return true;
	}
	return false;
}

static bool is_history(const struct quote_text *t, size_t i)
{
	bool ignored;
	return quote_is_quoted(t, i) || quote_is_separator(t, i, &ignored) || quote_attribution(t, i, false, &ignored) > 0;
}

bool quote_is_phone(const struct quote_text *t, size_t i)
{
	static const char *const front[] = {
		"sent from", "sent via", "sent with", "sent by", "sent using", "from my iphone", "from my ipad", "from my android",
		"get outlook for", "get [outlook",
		"skickat från", "skickat med", "skickat via", "skickades från", "skickades med", "hämta outlook", "skaffa outlook",
		"sendt fra", "sendt via", "sendt med", "få outlook", "hent outlook", "skaff outlook", "skaff deg outlook", "gesendet von", "gesendet mit", "gesendet über", "von meinem", "von meiner", "diese nachricht wurde von meinem",
		"outlook für", "laden sie outlook", "envoyé de", "envoyé depuis", "envoyé à partir", "envoyé avec",
		"télécharger outlook", "obtenir outlook",
		"obtenez outlook", "enviado desde", "enviado con", "obtener outlook", "verzonden vanaf", "verzonden met",
		"verstuurd vanaf", "verzonden via",
		"outlook voor", "download outlook", "lähetetty", "hanki outlook", "inviato da", "enviado do", "scarica outlook",
		"wysłane z", "отправлено с",
		"從我的", "发自我的", "iphoneから送信", "yahoo mail:", "outlook för", "outlook til", "skickat ifrån",
	};
	static const char *const devices[] = {"iphone", "ipad", "ipod", "android", "mobil", "phone", "telefon", "téléphone", "blackberry", "samsung",
	                                      "galaxy", "outlook", "windows", "mail", "puhelim", "tablet", "mailbox", "cell", "device", "htc", "alcatel",
	                                      "huawei", "airmail", "smartphone", "móvil", "ti-85", "nokia", "xperia", "sony", "surf", "yahoo", "proton",
	                                      "handy", "傳送", "aka.ms", "телефон", "mobiltelefon", "my "};
	const char *s = t->s + t->v[i].at;
	size_t next = i + 1 < t->n ? quote_next(t, i + 1) : t->n;
	bool alone = i == 0 || quote_is_blank(t, i - 1) || next == t->n; /* it stands by itself, or at the very end */
	size_t n = t->v[i].n, marks = 0;
	while (marks < n && s[marks] && strchr(" <([*_-", s[marks]))
		marks++;
	if (n < 8 || n > 160 || !may_begin(s + marks, n - marks, front, sizeof front / sizeof *front))
		return false;
	char *line = fold_text(s, n);
	const char *p = line + strspn(line, " <([*_-");
	bool begins = false, device = false;
	for (size_t k = 0; k < sizeof front / sizeof *front; k++)
		begins = begins || str_starts(p, front[k]);
	for (size_t k = 0; begins && k < sizeof devices / sizeof *devices; k++)
		device = device || strstr(p, devices[k]);
	free(line);
	return begins && device && (alone || is_history(t, next));
}

static size_t filled(const struct quote_text *t, size_t i, size_t *bytes, size_t *longest) /* lines of own text below, to the next quote */
{
	size_t n = 0;
	*bytes = *longest = 0;
	for (; i < t->n && n < 60; i++) {
		if (quote_is_blank(t, i))
			continue;
		if (quote_is_quoted(t, i))
			break;
		n++;
		*bytes += t->v[i].n;
		*longest = t->v[i].n > *longest ? t->v[i].n : *longest;
	}
	return n;
}

static bool is_contact(const char *s) /* folded: a phone number, an address, a web page */
{
	size_t digits = 0, other = 0;
	for (const char *p = s; *p; p++) {
		digits += isdigit((unsigned char)*p) != 0;
		other += isalpha((unsigned char)*p) != 0;
	}
	return (digits >= 7 && other < 30 && !quote_has_date(s)) || strstr(s, "www.") || strstr(s, "http") || strchr(s, '@') || str_starts(s, "tel") ||
	       str_starts(s, "mob") || str_starts(s, "phone") || str_starts(s, "skype") || str_starts(s, "t. ") || str_starts(s, "fax");
}

static size_t contacts(const struct quote_text *t, size_t from, size_t to)
{
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		char *line = quote_is_blank(t, i) ? NULL : quote_folded(t, i, false);
		n += line && is_contact(line);
		free(line);
	}
	return n;
}

bool quote_is_delimiter(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n, bytes, longest;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	bool dashes = (n == 2 && memcmp(s, "--", 2) == 0) || (n == 3 && (memcmp(s, "—", 3) == 0 || memcmp(s, "–", 3) == 0));
	bool rule = !dashes && i > 0 && quote_is_blank(t, i - 1) && quote_is_rule(t, i, "-_=*", 3);
	if (!dashes && !rule)
		return false;
	size_t lines = filled(t, i + 1, &bytes, &longest);
	if (rule) /* a rule may divide anything: only a card of a few short lines with ways to reach someone is a signature */
		return lines > 0 && lines <= 15 && longest < 80 && contacts(t, i + 1, t->n < i + 40 ? t->n : i + 40) >= 2;
	return lines <= 25 && bytes < 1500;
}

bool quote_is_footer(const struct quote_text *t, size_t i)
{
	size_t bytes, longest;
	if (!quote_is_rule(t, i, "_-=", 2) || filled(t, i + 1, &bytes, &longest) > 12)
		return false;
	for (size_t k = i + 1; k < t->n && k < i + 16; k++) {
		char *line = quote_folded(t, k, false);
		bool yes = line && (strstr(line, "mailing list") || strstr(line, "listinfo") || strstr(line, "unsubscribe") || strstr(line, "sändlista") ||
		                    strstr(line, "avprenumerera"));
		free(line);
		if (yes)
			return true;
	}
	return false;
}

static bool is_closing(const char *s) /* folded */
{
	static const char *const v[] = {
		"best regards", "kind regards", "warm regards", "regards", "best wishes", "all the best", "with best regards",
		"with kind regards", "many thanks",
		"thanks", "thank you", "cheers", "sincerely", "yours sincerely", "yours faithfully", "yours truly", "best", "respectfully",
		"med vänlig hälsning", "med vänliga hälsningar", "vänlig hälsning", "vänliga hälsningar", "hälsningar", "hälsning", "bästa hälsningar",
		"varma hälsningar", "mvh", "vänligen", "tack på förhand", "tack", "allt gott", "vennlig hilsen", "med vennlig hilsen", "hilsen", "mvh.",
		"med venlig hilsen", "venlig hilsen", "venlige hilsner", "de bedste hilsner", "bedste hilsner", "beste hilsen",
		"mit freundlichen grüssen",
		"freundliche grüsse", "viele grüsse", "beste grüsse", "liebe grüsse", "mfg", "cordialement", "bien cordialement",
		"bien à vous", "salutations",
		"atentamente", "saludos", "un saludo", "saludos cordiales", "met vriendelijke groet", "met vriendelijke groeten",
		"groeten", "vriendelijke groet",
		"ystävällisin terveisin", "terveisin", "parhain terveisin", "cordiali saluti", "atenciosamente",
	};
	size_t n = strcspn(s, ",.!/|"); /* "Med vänlig hälsning / Best regards": the first of them tells */
	while (n > 0 && s[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (strlen(v[i]) == n && memcmp(s, v[i], n) == 0)
			return strlen(s) < 60;
	return false;
}

static bool is_sentence(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n, words = 1, shown = 0; /* without the targets of links, which Outlook writes out: "anna@uni.example<mailto:…>" */
	while (n > 0 && s[n - 1] == ' ')
		n--;
	for (size_t k = 0, inside = 0; k < n; k++) {
		inside = s[k] == '<' ? 1 : s[k] == '>' ? 0 : inside;
		words += s[k] == ' ';
		shown += !inside;
	}
	return shown > 90 || (n > 0 && s[n - 1] == '?') || (words > 4 && n > 0 && strchr(".!:", s[n - 1])) || (n > 2 && strncasecmp(s, "ps", 2) == 0) ||
	       (n > 3 && strncasecmp(s, "p.s", 3) == 0);
}

/* What an organisation adds below the card: how it treats personal data, that the mail is confidential, or is not to be printed. Writers who ask about that
 * speak of themselves, or ask. */
static bool is_notice(const char *s) /* folded */
{
	static const char *const topics[] = {"personuppgifter", "personal data", "personopplysninger", "personoplysninger", "henkilötie", "konfidentiel",
	                                     "luottamuksellinen", "confidential", "gdpr", "dataskydd", "intended recipient", "avsedda mottagaren",
	                                     "tänk på miljön", "consider the environment", "tenk på miljøet", "tænk på miljøet"};
	static const char *const own[] = {"jag", "mig", "mina", "jeg", "meg", "mine", "my", "me", "i am", "i have", "i need", "i would"};
	bool found = false;
	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
		found = found || strstr(s, topics[i]);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		found = found && !quote_has_word(s, own[i]);
	return found && s[strlen(s) - 1] != '?';
}

/* The end of the text above the paragraphs that are notices. */
static size_t above_notices(const struct quote_text *t, size_t n)
{
	enum { PARAGRAPH = 2000 };
	while (n > 0) {
		size_t end = n, from;
		while (end > 0 && quote_is_blank(t, end - 1))
			end--;
		for (from = end; from > 0 && !quote_is_blank(t, from - 1); from--)
			;
		size_t at = t->v[from].at, bytes = end > from ? t->v[end - 1].at + t->v[end - 1].n - at : 0;
		char *paragraph = bytes > 0 && bytes <= PARAGRAPH ? fold_text(t->s + at, bytes) : NULL;
		bool notice = paragraph && is_notice(paragraph);
		free(paragraph);
		if (!notice)
			break;
		n = from;
	}
	return n;
}

static bool closes(const struct quote_text *t, size_t i)
{
	char *line = quote_folded(t, i, false);
	bool yes = line && is_closing(line);
	free(line);
	return yes;
}

/* "Vi har en ny kontaktperson:", and a card below: that card is what was written. */
static bool announces(const struct quote_text *t, size_t i)
{
	while (i > 0 && quote_is_blank(t, i))
		i--;
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n;
	while (n > 0 && s[n - 1] == ' ')
		n--;
	return n > 0 && s[n - 1] == ':';
}

/* A closing with a name, and below it a card: the card goes, the name stays. Or a card alone, with at least two ways to reach someone. */
size_t quote_signature(const struct quote_text *t, size_t n)
{
	size_t from = above_notices(t, n), lines = 0, start = n;
	while (from > 0 && lines < 14) {
		size_t i = from - 1;
		if (!quote_is_blank(t, i)) {
			if (is_sentence(t, i) || quote_is_quoted(t, i))
				break;
			lines++;
			start = i;
			if (closes(t, i)) {
				size_t name = quote_next(t, i + 1), card = name < n ? quote_next(t, name + 1) : n;
				return card < n && contacts(t, card, n) > 0 ? card : n;
			}
		} else if (lines >= 2 && i + 1 == start && contacts(t, start, n) >= 2 && !(i > 0 && closes(t, i - 1))) {
			return announces(t, i) ? n : start;
		}
		from = i;
	}
	return n;
}
