/* What is said about a command that cannot be carried out: what was wrong, and what was meant. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "command_parts.h"
#include "desk/spell.h"

enum { SHOWN = 60 }; /* bytes of what was written */

static void add(struct command_reading *r, char *sv, char *en)
{
	struct commands *c = r->out;
	if ((c->n_faults & (c->n_faults - 1)) == 0) /* grow at powers of two */
		c->faults = mem_resize(c->faults, c->n_faults ? c->n_faults * 2 : 1, sizeof *c->faults);
	c->faults[c->n_faults++] = (struct command_fault){mem_dup(r->line), sv, en};
}

static char *shown(const char *s, size_t n)
{
	size_t cut = utf8_cut(s, n, SHOWN);
	return mem_fmt("%.*s%s", (int)cut, s, cut < n ? "…" : "");
}

/* A command as it is to be written: in a week from today, so that the example is never past. */
static char *example(const struct command_reading *r, enum command_kind k, bool sv)
{
	const struct command_form *f = command_form(k);
	const char *name = sv ? f->sv : f->en;
	struct day d = day_of_number(day_number(r->today) + 7);
	switch (f->args) {
	case ARGS_ADDRESS:
	case ARGS_ADDRESS_WATCH:
		return mem_fmt("!%s %s@example.org", name, sv ? "namn" : "name");
	case ARGS_ADDRESSES_DATE:
		return mem_fmt("!%s %s@example.org %s %04d-%02d-%02d", name, sv ? "namn" : "name", sv ? "senast" : "by", d.year, d.month, d.day);
	case ARGS_TOPIC:
		return mem_fmt("!%s %s", name, sv ? "utbyte" : "exchange");
	case ARGS_TEXT:
		return mem_fmt("!%s %s", name, sv ? "Hon ringer i morgon." : "She will call tomorrow.");
	case ARGS_DATE:
		return mem_fmt("!%s %04d-%02d-%02d", name, d.year, d.month, d.day);
	case ARGS_NUMBER:
		return mem_fmt("!%s 41", name);
	case ARGS_NONE:
		break;
	}
	return mem_fmt("!%s", name);
}

void fault_unknown(struct command_reading *r, const char *what, size_t n)
{
	char *key = spell_compact(what, n), *word = shown(what, n), *near = command_nearest(key);
	if (near)
		add(r, mem_fmt("Kommandot ”!%s” finns inte. Menade du ”!%s”?", word, near),
		    mem_fmt("There is no command “!%s”. Did you mean “!%s”?", word, near));
	else
		add(r, mem_fmt("Kommandot ”!%s” finns inte. Med ”!hjälp” får du veta vilka som finns. Hör raden till ditt svar, så börja den med något annat än ”!”.", word),
		    mem_fmt("There is no command “!%s”. “!help” tells which there are. If the line is part of your answer, begin it with something other than “!”.", word));
	free(key);
	free(near);
	free(word);
}

void fault_extra(struct command_reading *r, enum command_kind k, const char *what, size_t n)
{
	const struct command_form *f = command_form(k);
	char *word = shown(what, n), *sv = example(r, k, true), *en = example(r, k, false);
	if (f->args == ARGS_NONE)
		add(r, mem_fmt("”%s” ska stå ensamt på sin rad, och ”%s” gick inte att förstå. Text skrivs på raderna under.", sv, word),
		    mem_fmt("“%s” stands alone on its line, and “%s” was not understood. Text goes on the lines below.", en, word));
	else
		add(r, mem_fmt("”%s” gick inte att förstå. Skriv till exempel ”%s”, och text på raderna under.", word, sv),
		    mem_fmt("“%s” was not understood. Write for example “%s”, and text on the lines below.", word, en));
	free(word);
	free(sv);
	free(en);
}

void fault_missing(struct command_reading *r, enum command_kind k, enum command_args needed)
{
	static const struct {
		const char *sv, *en;
	} what[] = {
		[ARGS_NONE] = {"", ""}, [ARGS_ADDRESS] = {"en adress", "an address"}, [ARGS_ADDRESS_WATCH] = {"en adress", "an address"},
		[ARGS_ADDRESSES_DATE] = {"en adress", "an address"}, [ARGS_TOPIC] = {"ett ämne", "a topic"}, [ARGS_TEXT] = {"en text", "a text"},
		[ARGS_DATE] = {"ett datum", "a date"}, [ARGS_NUMBER] = {"numret på det andra ärendet", "the number of the other ticket"},
	};
	const struct command_form *f = command_form(k);
	char *sv = example(r, k, true), *en = example(r, k, false);
	add(r, mem_fmt("Efter ”!%s” behövs %s, till exempel ”%s”.", f->sv, what[needed].sv, sv),
	    mem_fmt("“!%s” needs %s, for example “%s”.", f->en, what[needed].en, en));
	free(sv);
	free(en);
}

void fault_address(struct command_reading *r, enum command_kind k, const char *what, size_t n)
{
	char *word = shown(what, n), *sv = example(r, k, true), *en = example(r, k, false);
	add(r, mem_fmt("”%s” är ingen e-postadress. Skriv till exempel ”%s”.", word, sv),
	    mem_fmt("“%s” is no mail address. Write for example “%s”.", word, en));
	free(word);
	free(sv);
	free(en);
}

void fault_number(struct command_reading *r, const char *what, size_t n)
{
	char *word = shown(what, n), *sv = example(r, COMMAND_MERGE, true), *en = example(r, COMMAND_MERGE, false);
	add(r, mem_fmt("”%s” är inget ärendenummer. Skriv numret på ett enda ärende, till exempel ”%s”.", word, sv),
	    mem_fmt("“%s” is no ticket number. Write the number of one ticket, for example “%s”.", word, en));
	free(word);
	free(sv);
	free(en);
}

void fault_date(struct command_reading *r, enum command_kind k, const char *what, size_t n, enum day_fault f)
{
	static const struct {
		const char *sv, *en;
	} said[] = {
		[DAY_GOOD] = {"", ""},
		[DAY_UNKNOWN] = {"gick inte att förstå som datum", "was not understood as a date"},
		[DAY_UNCLEAR] = {"kan läsas på två sätt", "can be read in two ways"},
		[DAY_NO_SUCH] = {"finns inte i kalendern (dagen skrivs före månaden)", "is no day in the calendar (the day comes before the month)"},
		[DAY_PAST] = {"har redan varit", "is in the past"},
		[DAY_FAR] = {"är mer än fem år bort", "is more than five years away"},
	};
	bool now = f == DAY_PAST && k == COMMAND_WAIT; /* today is no day to wait for either */
	char *word = shown(what, n), *sv = example(r, k, true), *en = example(r, k, false);
	add(r, mem_fmt("”%s” %s. Skriv till exempel ”%s”.", word, now ? "är idag eller har redan varit" : said[f].sv, sv),
	    mem_fmt("“%s” %s. Write for example “%s”.", word, now ? "is today or in the past" : said[f].en, en));
	free(word);
	free(sv);
	free(en);
}

void fault_together(struct command_reading *r, enum command_kind a, enum command_kind b)
{
	const struct command_form *x = command_form(a), *y = command_form(b);
	add(r, mem_fmt("”!%s” och ”!%s” går inte i samma mejl: båda gäller texten under. Skicka två mejl.", x->sv, y->sv),
	    mem_fmt("“!%s” and “!%s” cannot be in one mail: both are about the text below. Send two mails.", x->en, y->en));
}

void fault_many(struct command_reading *r, size_t most)
{
	add(r, mem_fmt("Det är för många på en gång. Högst %zu går i ett mejl.", most), mem_fmt("That is too many at once. One mail can have %zu at most.", most));
}
