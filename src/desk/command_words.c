#include "desk/command_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/spell.h"

static const struct command_form forms[COMMAND_KINDS] = {
	[COMMAND_TAKE] = {"take", "ta", ARGS_NONE, REST_ANSWER, "", "", "The ticket becomes yours.", "Ärendet blir ditt."},
	[COMMAND_ASSIGN] = {"assign", "tilldela", ARGS_ADDRESS, REST_COVER, "ADDRESS", "ADRESS", "A colleague gets the ticket.", "En kollega får ärendet."},
	[COMMAND_MOVE] = {"move", "flytta", ARGS_TOPIC, REST_COVER, "TOPIC", "ÄMNE", "The ticket goes to another topic and those who work with it.",
	                  "Ärendet går till ett annat ämne och dem som arbetar med det."},
	[COMMAND_ALSO] = {"also", "även", ARGS_TOPIC, REST_ANSWER, "TOPIC", "ÄMNE", "Those who work with a second topic help out.",
	                  "De som arbetar med ett andra ämne hjälper till."},
	[COMMAND_NOTE] = {"note", "notera", ARGS_TEXT, REST_NOTE, "TEXT", "TEXT", "A note for colleagues, with all the lines below it. Nothing is sent.",
	                  "En anteckning till kollegorna, med alla rader under. Inget skickas."},
	[COMMAND_CLOSE] = {"close", "stäng", ARGS_NONE, REST_ANSWER, "", "", "The ticket is done.", "Ärendet är klart."},
	[COMMAND_REOPEN] = {"reopen", "öppna", ARGS_NONE, REST_ANSWER, "", "", "The ticket is not done after all.", "Ärendet är inte klart än."},
	[COMMAND_WAIT] = {"wait", "vänta", ARGS_DATE, REST_ANSWER, "DATE", "DATUM", "The ticket rests, and reminds you on that day.",
	                  "Ärendet vilar och påminner dig den dagen."},
	[COMMAND_MERGE] = {"merge", "slå ihop", ARGS_NUMBER, REST_NOTE, "NUMBER", "NUMMER", "This ticket and another become one.", "Det här ärendet och ett annat blir ett."},
	[COMMAND_SPLIT] = {"split", "dela", ARGS_NONE, REST_NOTE, "", "", "The mail that you reply to becomes a ticket of its own.",
	                   "Mejlet som du svarar på blir ett eget ärende."},
	[COMMAND_SPAM] = {"spam", "skräp", ARGS_NONE, REST_NOTE, "", "", "The ticket is spam and is closed.", "Ärendet är skräppost och stängs."},
	[COMMAND_SEND] = {"send", "skicka", ARGS_NONE, REST_ANSWER, "", "", "An answer that was held is sent anyway.", "Ett svar som hölls inne skickas ändå."},
	[COMMAND_UNDO] = {"undo", "ångra", ARGS_NONE, REST_NOTE, "", "", "What you did last with this ticket is taken back.", "Det du senast gjorde med ärendet tas tillbaka."},
	[COMMAND_ASK] = {"ask", "fråga", ARGS_ADDRESSES_DATE, REST_QUESTION, "ADDRESS… [by DATE]", "ADRESS… [senast DATUM]",
	                 "The text below goes to another division. Their answer comes to you, not to the person who wrote to us.",
	                 "Texten under går till en annan avdelning. Deras svar kommer till dig, inte till den som skrev till oss."},
	[COMMAND_HANDOVER] = {"handover", "överlämna", ARGS_ADDRESS_WATCH, REST_COVER, "ADDRESS [watch]", "ADRESS [bevaka]",
	                      "Another division takes over the whole ticket. With 'watch' you are told how it goes.",
	                      "En annan avdelning tar över hela ärendet. Med ”bevaka” får du veta hur det går."},
	[COMMAND_TO_SENDER] = {"to sender", "till avsändaren", ARGS_NONE, REST_ANSWER, "", "", "Your answer goes to the sender alone, not to those in Cc.",
	                       "Ditt svar går bara till avsändaren, inte till dem som står på kopia."},
	[COMMAND_HELP] = {"help", "hjälp", ARGS_NONE, REST_NOTE, "", "", "This list.", "Den här listan."},
};

/* As people write them; case, rings, dots, blanks and hyphens are left out of the comparison. The longest that fits the line wins. */
static const struct spelling {
	enum command_kind kind;
	const char *words; /* between '|' */
} spellings[] = {
	{COMMAND_TAKE, "take|take over|i take|i'll take|mine|claim|ta|tar|tag|ta över|tar över|jag tar|min|mitt"},
	{COMMAND_ASSIGN, "assign|assign to|give to|delegate|delegate to|tilldela|tilldela till|ge till|delegera|delegera till"},
	{COMMAND_MOVE, "move|move to|topic|route to|reroute|flytta|flytta till|flytt|ämne|byt ämne|byt ämne till"},
	{COMMAND_ALSO, "also|also to|second topic|även|även till|också|också till|andra ämne|andra ämnet|dessutom"},
	{COMMAND_NOTE, "note|notes|internal note|internal|comment|memo|notera|notering|anteckning|anteckna|intern anteckning|internt|kommentar|kommentera|not"},
	{COMMAND_CLOSE, "close|closed|done|resolve|resolved|solved|finish|finished|fixed|stäng|stänga|stängt|stängd|klar|klart|färdig|färdigt|avsluta|avslutad|"
	                "avslutat|löst"},
	{COMMAND_REOPEN, "reopen|reopened|open|open again|öppna|öppna igen|återöppna|öppnad"},
	{COMMAND_WAIT, "wait|wait until|wait till|wait for|pending|pending until|remind|remind me|snooze|snooze until|vänta|vänta till|vänta tills|vänta med|bevaka|"
	               "bevaka till|påminn|påminn mig|påminnelse|vila|vila till|skjut upp|skjut upp till"},
	{COMMAND_MERGE, "merge|merge with|merge into|join with|same as|duplicate|duplicate of|slå ihop|slå ihop med|slå samman|slå samman med|sammanfoga|"
	                "sammanfoga med|samma som|dubblett|dubblett av"},
	{COMMAND_SPLIT, "split|split off|separate|dela|dela upp|bryt ut|skilj ut"},
	{COMMAND_SPAM, "spam|junk|skräp|skräppost|skräpmejl"},
	{COMMAND_SEND, "send|send anyway|sänd|sänd ändå|skicka|skicka ändå|skicka i alla fall"},
	{COMMAND_UNDO, "undo|revert|take back|oops|ångra|ångra mig|återta|ta tillbaka"},
	{COMMAND_ASK, "ask|question to|fråga|fråga till|be om svar av"},
	{COMMAND_HANDOVER, "handover|hand over|handover to|hand over to|transfer|transfer to|refer to|forward to|överlämna|överlämna till|lämna över|lämna över till|"
	                   "överför|överför till|hänvisa till|skicka vidare|skicka vidare till|vidarebefordra till"},
	{COMMAND_TO_SENDER, "to sender|to the sender|to sender only|only to sender|only to the sender|sender only|only sender|only the sender|to requester|till avsändaren|"
	                    "till avsändare|bara till avsändaren|endast till avsändaren|enbart till avsändaren|bara avsändaren|endast avsändaren"},
	{COMMAND_HELP, "help|commands|hjälp|kommandon"},
};

const struct command_form *command_form(enum command_kind k)
{
	return &forms[k];
}

/* One spelling after the other: *i is the row, *at where in it. */
static bool next_spelling(size_t *i, size_t *at, const char **written, size_t *n)
{
	while (*i < sizeof spellings / sizeof *spellings) {
		*written = spellings[*i].words + *at;
		*n = strcspn(*written, "|");
		if (*n) {
			*at += *n + ((*written)[*n] == '|');
			return true;
		}
		++*i;
		*at = 0;
	}
	return false;
}

bool command_find(const char *compact, enum command_kind *out)
{
	const char *written;
	for (size_t i = 0, at = 0, n; next_spelling(&i, &at, &written, &n);)
		if (spell_is(compact, written, n)) {
			*out = spellings[i].kind;
			return true;
		}
	return false;
}

/* "!to", "!slå": the first word of a command that has more, or NULL */
static char *begun(const char *compact)
{
	const char *written;
	for (size_t i = 0, at = 0, n; next_spelling(&i, &at, &written, &n);) {
		const char *blank = memchr(written, ' ', n);
		if (blank && spell_is(compact, written, (size_t)(blank - written)))
			return mem_dupn(written, n);
	}
	return NULL;
}

char *command_nearest(const char *compact)
{
	enum { LONGEST = 24 }; /* no word of ours is near a longer one */
	struct strs known = {0}, all = {0};
	const char *written;
	char *found = begun(compact);
	if (strlen(compact) > LONGEST)
		return found;
	for (size_t i = 0, at = 0, n; !found && next_spelling(&i, &at, &written, &n);) {
		strs_own(&all, mem_dupn(written, n));
		strs_own(&known, spell_compact(written, n));
	}
	const char *near = found ? NULL : str_nearest(compact, (const char *const *)known.v, known.n);
	for (size_t i = 0; near && !found && i < known.n; i++)
		if (known.v[i] == near)
			found = mem_dup(all.v[i]);
	strs_free(&known);
	strs_free(&all);
	return found;
}

const char *command_name(enum command_kind k, const char *lang)
{
	return lang && strcmp(lang, "sv") == 0 ? forms[k].sv : forms[k].en;
}

void command_help(const char *lang, struct buf *out)
{
	bool sv = lang && strcmp(lang, "sv") == 0;
	for (size_t i = 0; i < COMMAND_KINDS; i++) {
		const struct command_form *f = &forms[i];
		const char *args = sv ? f->args_sv : f->args_en;
		buf_addf(out, "!%s%s%s\n    %s\n", sv ? f->sv : f->en, *args ? " " : "", args, sv ? f->help_sv : f->help_en);
	}
}
