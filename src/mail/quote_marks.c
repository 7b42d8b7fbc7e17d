#include "mail/quote_marks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/strs.h"

enum { JOIN_MAX = 6, JOIN_BYTES = 500 };

static uint8_t kind_of(unsigned c)
{
	if (c >= '0' && c <= '9')
		return HAS_DIGIT;
	if (c == 0xEF) /* U+F000 to U+FFFF */
		return HAS_WIDE;
	return c == '@' ? HAS_AT : c == ':' ? HAS_COLON : c == '-' ? HAS_DASH : 0;
}

void quote_split(const char *s, size_t n, struct quote_text *out)
{
	size_t room = 64;
	uint8_t kinds[256];
	for (unsigned c = 0; c < 256; c++)
		kinds[c] = kind_of(c);
	*out = (struct quote_text){.s = s, .v = mem_array(room, sizeof *out->v)};
	for (size_t from = 0, end; from <= n; from = end + 1) {
		const char *lf = memchr(s + from, '\n', n - from);
		uint32_t has = 0;
		end = lf ? (size_t)(lf - s) : n;
		for (size_t i = from; i < end; i++)
			has |= kinds[(unsigned char)s[i]];
		if (out->n == room)
			out->v = mem_resize(out->v, room *= 2, sizeof *out->v);
		out->v[out->n++] = (struct quote_line){(uint32_t)from, (uint32_t)(end - from), has};
	}
}

bool quote_is_blank(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at;
	for (size_t k = 0; k < t->v[i].n; k++)
		if ((unsigned char)s[k] > ' ' && !(k + 1 < t->v[i].n && (unsigned char)s[k] == 0xC2 && (unsigned char)s[k + 1] == 0xA0))
			return false;
		else if ((unsigned char)s[k] == 0xC2)
			k++;
	return true;
}

/* ">>> Anna Berg <anna@uni.example> 2009-09-14 08:02 >>>" stands above what GroupWise answers to; no line of that is marked. */
static bool is_groupwise(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\r'))
		n--;
	return n > 8 && memcmp(s, ">>> ", 4) == 0 && memcmp(s + n - 4, " >>>", 4) == 0;
}

bool quote_is_quoted(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at;
	size_t k = 0;
	while (k < t->v[i].n && k < 3 && s[k] == ' ')
		k++;
	return k < t->v[i].n && s[k] == '>' && !is_groupwise(s + k, t->v[i].n - k);
}

size_t quote_next(const struct quote_text *t, size_t i)
{
	while (i < t->n && quote_is_blank(t, i))
		i++;
	return i;
}

char *quote_folded(const struct quote_text *t, size_t i, bool inside)
{
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n;
	while (n > 0 && (*s == ' ' || *s == '\t' || *s == '*' || (inside && *s == '>'))) {
		s++;
		n--;
	}
	return n > QUOTE_LINE_MAX ? NULL : fold_text(s, n);
}

/* --- dates --- */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has_time(const char *s) /* "14:41", "20.42", "17h05" */
{
	for (const char *p = s; *p; p++) {
		if (!digit(*p) || (p > s && (digit(p[-1]) || p[-1] == '.' || p[-1] == '/' || p[-1] == '-')))
			continue;
		const char *q = p + 1 + digit(p[1]);
		if ((*q == ':' || *q == '.' || *q == 'h') && digit(q[1]) && digit(q[2]) && !digit(q[3]) && !(q[3] == '.' && digit(q[4])))
			return true;
	}
	return false;
}

bool quote_has_date(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (!digit(*p) || (p > s && digit(p[-1])))
			continue;
		size_t n = strspn(p, "0123456789");
		if (n == 4 && ((p[0] == '1' && p[1] == '9') || (p[0] == '2' && p[1] == '0')))
			return true;
		const char *q = p + n;
		size_t k = strchr("/.-", *q) && *q ? strspn(q + 1, "0123456789") : 0;
		if (n <= 2 && k > 0 && k <= 2 && q[1 + k] == *q && digit(q[2 + k]))
			return true;
	}
	return false;
}

/* --- attributions --- */

static const char *const verbs[] = {
	"wrote", "writes", "skrev", "skriver", "skreiv", "schrieb", "schreibt", "schreef", "geschreven", "a écrit", "écrit", "ecrit", "escribió",
	"escribio", "ha escrito", "escreveu", "ha scritto", "scrive", "scritto", "napisał", "napisała", "napisał(a)", "napisal", "пишет",
	"написал", "написала", "написал(а)", "пише", "написав", "kirjoitti", "yazdı", "đã viết", "写道", "寫道", "napsal", "napsal(a)", "írta",
	"έγραψε", "skrifaði", "a scris",
};

/* How attributions begin (folded): a preposition, a weekday, or what mail programs put in front. */
static const char *const openers[] = {
	"on", "am", "le", "den", "op", "el", "em", "il", "w dniu", "dnia", "dne", "på", "vào", "в", "in data", "---- on", "--- on", "----- on",
	"mån", "tis", "ons", "tor", "tors", "fre", "lör", "sön", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag",
	"man", "tir", "lør", "søn", "mandag", "tirsdag", "lørdag", "søndag", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday",
	"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mo", "di", "mi", "do", "fr", "sa", "so", "montag", "dienstag",
	"mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "lundi", "mardi",
	"mercredi", "jeudi", "vendredi", "samedi", "dimanche", "ma", "ti", "ke", "to", "pe", "la", "su", "maanantai", "tiistai", "keskiviikko",
	"torstai", "perjantai", "lauantai", "sunnuntai", "ma.", "wo", "woe", "vr", "za", "zo", "mié", "jue", "vie", "sáb", "dom", "пн", "вт",
	"ср", "чт", "пт", "сб", "вс", "kl", "a",
};

static bool begins_with_word(const char *s) /* an opener, and a number soon behind it */
{
	size_t soon = strcspn(s, "0123456789");
	for (size_t i = 0; i < sizeof openers / sizeof *openers && soon < 40; i++) {
		size_t n = strlen(openers[i]);
		if (strncmp(s, openers[i], n) == 0 && s[n] && strchr(" ,.", s[n]))
			return true;
	}
	return str_starts(s, "在");
}

static bool begins_like_one(const char *s)
{
	return digit(*s) || begins_with_word(s);
}

static bool ends_with(const char *s, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && memcmp(s + n - k, word, k) == 0 && (n == k || (unsigned char)s[n - k - 1] >= 0x80 || !isalnum((unsigned char)s[n - k - 1]));
}

bool quote_has_word(const char *s, const char *word)
{
	size_t k = strlen(word);
	for (const char *p = s; (p = strstr(p, word)); p++)
		if ((p == s || p[-1] == ' ') && (p[k] == ' ' || p[k] == ':' || !p[k]))
			return true;
	return false;
}

/* "Den 5 mars 2026 kl. 14.02 skrev jag till er:" goes on with what its writer tells; only marks below make it an attribution. */
static bool is_told(const char *s)
{
	static const char *const v[] = {"skrev jag", "skrev vi", "skrev ni", "skrev du", "skrev han", "skrev hon", "skrev jeg", "skrev dere", "skrev hun",
	                                "jag skrev", "vi skrev", "ni skrev", "du skrev", "jeg skrev", "dere skrev", "i wrote", "we wrote", "you wrote",
	                                "schrieb ich", "schrieben wir", "schrieben sie", "kirjoitin", "kirjoititte"};
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		if (quote_has_word(s, v[i]))
			return true;
	return false;
}

enum form { NONE, WEAK, STRONG };

/* One candidate, folded and joined to a line. */
static enum form attribution_form(const char *s)
{
	size_t n = strlen(s);
	bool colon = false, verb_last = false, verb = false;
	while (n > 0 && strchr(" -:", s[n - 1])) {
		colon = colon || s[n - 1] == ':';
		n--;
	}
	if (ends_with(s, n, "：")) {
		n -= 3;
		colon = true;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		verb_last = verb_last || ends_with(s, n, verbs[i]);
		verb = verb || quote_has_word(s, verbs[i]);
	}
	verb = verb || verb_last;
	verb_last = verb_last || (colon && ends_with(s, n, "sent"));
	bool when = quote_has_date(s) || has_time(s), address = strchr(s, '@') != NULL;
	bool opener = begins_like_one(s), named = strcspn(s, "<") < 80 && strchr(s, '<') && address; /* "Anna Berg <anna@…> …" */
	if (verb && !address && is_told(s))
		return colon ? WEAK : NONE;
	if (verb_last && when && (opener || named))
		return STRONG;
	if (verb && colon && when && (opener || named) && (address || has_time(s)))
		return STRONG;
	if (opener && when && address && colon && n > 0 && strchr(">)", s[n - 1]))
		return STRONG;
	if (digit(*s) && when && address && n > 0 && s[n - 1] == '>')
		return WEAK;
	if (verb && colon && n < 120)
		return WEAK;
	if (colon && (str_starts(s, "quoting ") || str_starts(s, "zitat von ") || str_starts(s, "citat från ") || str_starts(s, "citerar ")))
		return WEAK;
	return NONE;
}

static bool is_marked(const struct quote_text *t, size_t i)
{
	return i < t->n && (quote_is_quoted(t, i) || (t->v[i].n > 1 && t->s[t->v[i].at] == '|'));
}

/* Could line i begin one at all? A cheap look, so that the rest is not done for every line of a long text. */
static bool worth_a_look(const struct quote_text *t, size_t i)
{
	return t->v[i].n >= 6 && t->v[i].n <= QUOTE_LINE_MAX && (t->v[i].has & (HAS_DIGIT | HAS_AT | HAS_COLON));
}

size_t quote_attribution(const struct quote_text *t, size_t i, bool inside, bool *strong)
{
	struct buf all = {0};
	size_t found = 0;
	*strong = false;
	if (!worth_a_look(t, i))
		return 0;
	for (size_t k = i, blanks = 0; k < t->n && k < i + JOIN_MAX && !found && all.n < JOIN_BYTES; k++) {
		if (quote_is_blank(t, k)) {
			if (++blanks > 1)
				break;
			continue;
		}
		char *line = quote_folded(t, k, inside);
		if (!line)
			break;
		bool begins = k > i && begins_with_word(line) && (quote_has_date(line) || has_time(line)); /* another one: this was none */
		if (all.n)
			buf_addc(&all, ' ');
		buf_adds(&all, line);
		free(line);
		enum form f = begins ? NONE : attribution_form(all.s);
		if (f == STRONG || (f == WEAK && is_marked(t, quote_next(t, k + 1)))) {
			*strong = f == STRONG;
			found = k + 1 - i;
		}
		if (begins || (k == i && !quote_has_date(all.s) && !has_time(all.s) && !strchr(all.s, '<')))
			break; /* it goes on in the next line only when it began with a date or an address */
	}
	buf_free(&all);
	return found;
}

size_t quote_shared(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at;
	const char *at = t->v[i].n > QUOTE_LINE_MAX || !(t->v[i].has & HAS_DASH) ? NULL : memmem(s, t->v[i].n, "--- On ", 7);
	if (!at || at == s)
		return 0;
	char *rest = fold_text(at, t->v[i].n - (size_t)(at - s));
	bool yes = attribution_form(rest) == STRONG;
	free(rest);
	while (yes && at > s && at[-1] == '-')
		at--;
	return yes ? (size_t)(at - s) : 0;
}

/* --- separators --- */

static const struct {
	const char *words;
	bool forward;
} separators[] = {
	{"original message", false}, {"originalmeddelande", false}, {"ursprungligt meddelande", false}, {"originalmeddelelse", false},
	{"oprindelig meddelelse", false}, {"opprinnelig melding", false}, {"original melding", false}, {"originalbesked", false},
	{"ursprüngliche nachricht", false}, {"originalnachricht", false}, {"original-nachricht", false}, {"message d'origine", false},
	{"message original", false}, {"message d’origine", false}, {"mensaje original", false}, {"oorspronkelijk bericht", false},
	{"alkuperäinen viesti", false}, {"messaggio originale", false}, {"mensagem original", false}, {"исходное сообщение", false},
	{"wiadomość oryginalna", false}, {"original appointment", false}, {"reply message", false}, {"ursprunglig text", false},
	{"forwarded message", true}, {"forwarded by", true}, {"vidarebefordrat meddelande", true}, {"vidarebefordrat brev", true},
	{"vidarebefordrade meddelanden", true}, {"videresendt meddelelse", true}, {"videresendt melding", true}, {"videresendt besked", true},
	{"weitergeleitete nachricht", true}, {"message transféré", true}, {"message réexpédié", true}, {"mensaje reenviado", true},
	{"doorgestuurd bericht", true}, {"välitetty viesti", true}, {"messaggio inoltrato", true}, {"mensagem encaminhada", true},
	{"пересылаемое сообщение", true}, {"пересланное сообщение", true},
};

/* Words between two runs of dashes, or Apple's line in front of a forwarded mail. */
static bool is_separator_line(const char *s, bool *forward)
{
	static const char *const apple[] = {"begin forwarded message:", "början på vidarebefordrat meddelande:", "början på vidarebefordrat brev:",
	                                    "vidarebefordrat brev:", "start på videresendt besked:", "start på videresendt melding:",
	                                    "videresendt melding:", "videresendt besked:", "anfang der weitergeleiteten nachricht:",
	                                    "début du message réexpédié :", "début du message transféré :", "inicio del mensaje reenviado:",
	                                    "begin doorgestuurd bericht:", "välitetty viesti alkaa:", "inizio messaggio inoltrato:"};
	for (size_t i = 0; i < sizeof apple / sizeof *apple; i++)
		if (str_starts(s, apple[i])) {
			*forward = true;
			return true;
		}
	if (is_groupwise(s, strlen(s)))
		return true;
	size_t dashes = strspn(s, "-_=*# ");
	if (dashes < 2)
		return false;
	for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
		size_t n = strlen(separators[i].words);
		if (strncmp(s + dashes, separators[i].words, n) != 0)
			continue;
		size_t more = strcspn(s + dashes + n, "-_=*");
		if (more < 60 && s[dashes + n + more]) {
			*forward = separators[i].forward;
			return true;
		}
	}
	return false;
}

enum label { L_NONE, L_FROM, L_SENT, L_DATE, L_TO, L_SUBJECT, L_OTHER }; /* SENT: a date in words that only mail programs use */

static const struct {
	const char *word;
	enum label label;
} labels[] = {
	{"from", L_FROM}, {"från", L_FROM}, {"fran", L_FROM}, {"fra", L_FROM}, {"von", L_FROM}, {"de", L_FROM}, {"van", L_FROM}, {"da", L_FROM},
	{"od", L_FROM}, {"lähettäjä", L_FROM}, {"от", L_FROM}, {"от кого", L_FROM}, {"avsändare", L_FROM}, {"afsender", L_FROM},
	{"avsender", L_FROM},
	{"expéditeur", L_FROM}, {"remitente", L_FROM}, {"发件人", L_FROM}, {"差出人", L_FROM}, {"sent", L_SENT}, {"date", L_DATE}, {"sent on", L_SENT},
	{"skickat", L_SENT}, {"skickades", L_SENT}, {"skickat den", L_SENT}, {"datum", L_DATE}, {"sendt", L_SENT},
	{"dato", L_DATE}, {"gesendet", L_SENT},
	{"gesendet am", L_SENT}, {"envoyé", L_SENT}, {"envoyé le", L_SENT}, {"date d'envoi", L_SENT}, {"verzonden", L_SENT},
	{"inviato", L_SENT}, {"data", L_DATE},
	{"enviado", L_SENT}, {"enviado el", L_SENT}, {"enviada em", L_SENT}, {"fecha", L_DATE}, {"wysłano", L_SENT},
	{"lähetetty", L_SENT}, {"päivämäärä", L_DATE},
	{"päiväys", L_DATE}, {"отправлено", L_SENT}, {"дата", L_DATE}, {"when", L_OTHER}, {"to", L_TO}, {"till", L_TO},
	{"til", L_TO}, {"an", L_TO},
	{"à", L_TO}, {"aan", L_TO}, {"para", L_TO}, {"a", L_TO}, {"do", L_TO}, {"vastaanottaja", L_TO}, {"кому", L_TO}, {"destinatario", L_TO},
	{"subject", L_SUBJECT}, {"ämne", L_SUBJECT}, {"ärende", L_SUBJECT}, {"rubrik", L_SUBJECT}, {"amne", L_SUBJECT}, {"emne", L_SUBJECT}, {"betreff", L_SUBJECT}, {"objet", L_SUBJECT},
	{"onderwerp", L_SUBJECT}, {"oggetto", L_SUBJECT}, {"asunto", L_SUBJECT}, {"assunto", L_SUBJECT}, {"temat", L_SUBJECT}, {"aihe", L_SUBJECT},
	{"тема", L_SUBJECT}, {"cc", L_OTHER}, {"kopia", L_OTHER}, {"kopi", L_OTHER}, {"kopie", L_OTHER}, {"kopio", L_OTHER}, {"risposta", L_OTHER},
	{"reply-to", L_OTHER}, {"svar till", L_OTHER}, {"importance", L_OTHER}, {"prioritet", L_OTHER}, {"bcc", L_OTHER}, {"attachments", L_OTHER},
	{"bilagor", L_OTHER}, {"organisation", L_OTHER}, {"organization", L_OTHER},
};

/* The label of "Från: …", "De : …", "*From:* …"; *value is what follows. */
static enum label label_of(const char *s, const char **value)
{
	const char *colon = strchr(s, ':');
	if (!colon || colon - s > 24)
		return L_NONE;
	size_t n = (size_t)(colon - s);
	while (n > 0 && strchr(" *", s[n - 1]))
		n--;
	*value = colon + 1;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strlen(labels[i].word) == n && memcmp(s, labels[i].word, n) == 0)
			return labels[i].label;
	return L_NONE;
}

/* A sender and two more fields near each other; an address, or a sent date with a time, shows that it is no form that someone filled in.
 * A journey has "Från:", "Till:" and "Datum:" as well: a mere date is proof only with a subject. */
static bool is_header_block(const struct quote_text *t, size_t i)
{
	bool seen[L_OTHER + 1] = {false}, proof = false, dated = false;
	int others = 0;
	for (size_t k = i, gap = 0; k < t->n && k < i + 12 && gap < 3; k++) {
		if (quote_is_blank(t, k)) {
			if (others == 0 && k > i + 1) /* some programs put a blank line between the fields */
				break;
			gap++;
			continue;
		}
		char *line = quote_folded(t, k, true);
		const char *value = "";
		enum label l = line ? label_of(line, &value) : L_NONE;
		bool sent = l == L_SENT;
		l = sent ? L_DATE : l;
		if (k == i && l != L_FROM && l != L_SUBJECT && l != L_DATE && l != L_TO) {
			free(line);
			return false;
		}
		gap = l == L_NONE ? gap + 1 : 0;
		if (l != L_NONE && l != L_OTHER && !seen[l]) {
			seen[l] = true;
			others++;
		}
		dated = dated || (l == L_DATE && has_time(value));
		proof = proof || (l == L_FROM && strchr(value, '@')) || (sent && has_time(value)) || (line && k == i + 1 && l == L_NONE && strchr(line, '@'));
		free(line);
	}
	proof = proof || (dated && seen[L_SUBJECT]);
	return seen[L_FROM] && proof && (others >= 3 || (others == 2 && (seen[L_DATE] || seen[L_SUBJECT])));
}

static enum label label_at(const struct quote_text *t, size_t i)
{
	const char *ignored;
	char *line = quote_folded(t, i, true);
	enum label l = line ? label_of(line, &ignored) : L_NONE;
	free(line);
	return l;
}

bool quote_sender(const struct quote_text *t, size_t i, struct quote_line *value)
{
	int others = 0; /* lines in a row that are no field */
	for (size_t k = i + (label_at(t, i) == L_NONE), end = i + 14; k < t->n && k < end && others < 2; k++) {
		if (quote_is_blank(t, k))
			continue;
		enum label l = label_at(t, k);
		others = l == L_NONE ? others + 1 : 0;
		if (l != L_FROM)
			continue;
		const char *s = t->s + t->v[k].at, *colon = memchr(s, ':', t->v[k].n);
		if (!colon) /* a wide one */
			return false;
		*value = (struct quote_line){.at = (uint32_t)(colon + 1 - t->s), .n = t->v[k].n - (uint32_t)(colon + 1 - s)};
		if (!memchr(colon, '@', value->n + 1) && k + 1 < t->n && label_at(t, k + 1) == L_NONE) /* a long name: broken by its program */
			value->n = t->v[k + 1].at + t->v[k + 1].n - value->at;
		return true;
	}
	return false;
}

bool quote_is_rule(const struct quote_text *t, size_t i, const char *of, size_t least)
{
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n, k = 0;
	while (n > 0 && strchr(" \r\t", s[n - 1]))
		n--;
	while (k < n && strchr(of, s[k]))
		k++;
	return n >= least && k == n;
}

/* Without a colon a separator begins with a rule, or with GroupWise's marks: a cheap look, as above. */
static bool may_separate(const struct quote_text *t, size_t i)
{
	const char *s = t->s + t->v[i].at, *end = s + t->v[i].n;
	if (t->v[i].has & (HAS_COLON | HAS_WIDE))
		return true;
	while (s < end && (*s == ' ' || *s == '\t' || *s == '*'))
		s++;
	return s < end && (*s < ' ' || *s >= 0x7F || strchr("-_=#>", *s));
}

bool quote_is_separator(const struct quote_text *t, size_t i, bool *forward)
{
	*forward = false;
	if (quote_is_rule(t, i, "_-", 5)) { /* Outlook's rule above the block */
		size_t next = quote_next(t, i + 1);
		return next < t->n && next <= i + 2 && is_header_block(t, next);
	}
	if (t->v[i].n > QUOTE_LINE_MAX || !may_separate(t, i))
		return false;
	char *line = quote_folded(t, i, false);
	bool yes = line && (is_separator_line(line, forward) || (strchr(line, ':') && is_header_block(t, i)));
	free(line);
	return yes;
}
