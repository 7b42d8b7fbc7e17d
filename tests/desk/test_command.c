/* What staff write on top of a reply, and what is understood of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/fold.h"
#include "base/mem.h"
#include "desk/command.h"

static const struct day today = {2026, 11, 25}; /* a Wednesday */

/* "close; assign bo@uni.example | answer: Hej"; with faults "FAULTS N: the last one in English". */
static char *described(const struct commands *c)
{
	static const char *const rests[] = {"answer", "note", "question", "cover"};
	struct buf b = {0};
	if (c->n_faults) {
		buf_addf(&b, "FAULTS %zu: %s", c->n_faults, c->faults[c->n_faults - 1].en);
		return buf_take(&b);
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct command *v = &c->v[i];
		buf_addf(&b, "%s%s", i ? "; " : "", command_name(v->kind, "en"));
		for (size_t k = 0; k < v->addresses.n; k++)
			buf_addf(&b, " %s", v->addresses.v[k]);
		if (v->topic)
			buf_addf(&b, " <%s>", v->topic);
		if (v->text)
			buf_addf(&b, " \"%s\"", v->text);
		if (v->number)
			buf_addf(&b, " %lld", (long long)v->number);
		if (v->has_date)
			buf_addf(&b, " %04d-%02d-%02d", v->date.year, v->date.month, v->date.day);
		if (v->watch)
			buf_adds(&b, " watch");
	}
	buf_addf(&b, " | %s: %s", rests[c->rest_is], c->rest);
	return buf_take(&b);
}

struct one {
	const char *text, *want, *why;
};

static void read_all(const struct one *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *copy = strdup(v[i].text); /* so that a sanitizer sees any overread */
		struct commands c;
		commands_read(copy, &today, &c);
		free(copy);
		char *got = described(&c);
		bool faults = c.n_faults > 0;
		commands_free(&c);
		/* of a fault, what it says may go on */
		bool same = faults ? strncmp(got, v[i].want, strlen(v[i].want)) == 0 && *v[i].want == 'F' : strcmp(got, v[i].want) == 0;
		if (!same)
			fail_msg("%s\nof:   %s\nwant: %s\ngot:  %s", v[i].why ? v[i].why : "", v[i].text, v[i].want, got);
		free(got);
	}
}
#define READ(cases) read_all((cases), sizeof(cases) / sizeof *(cases))

static void every_command_in_both_languages(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"!take", "take | answer: ", NULL},
		{"!ta", "take | answer: ", NULL},
		{"!Jag tar den", "take | answer: ", NULL},
		{"!ta \xc3\xb6ver \xc3\xa4rendet", "take | answer: ", NULL},
		{"!assign bo.ek@uni.example", "assign bo.ek@uni.example | cover: ", NULL},
		{"!tilldela bo.ek@uni.example", "assign bo.ek@uni.example | cover: ", NULL},
		{"!assign me", "take | answer: ", "oneself"},
		{"!tilldela mig", "take | answer: ", NULL},
		{"!move mobility", "move <mobility> | cover: ", NULL},
		{"!flytta mobility", "move <mobility> | cover: ", NULL},
		{"!flytta till Avtal och partners.", "move <Avtal och partners> | cover: ", "a title"},
		{"!move to the topic \"networks\"", "move <networks> | cover: ", NULL},
		{"!also networks", "also <networks> | answer: ", NULL},
		{"!\xc3\xa4ven n\xc3\xa4tverk", "also <n\xc3\xa4tverk> | answer: ", NULL},
		{"!ocks\xc3\xa5 till networks", "also <networks> | answer: ", NULL},
		{"!note Hon ringer p\xc3\xa5 m\xc3\xa5ndag.", "note \"Hon ringer p\xc3\xa5 m\xc3\xa5ndag.\" | note: ", NULL},
		{"!anteckning: x", "note \"x\" | note: ", NULL},
		{"!notera x", "note \"x\" | note: ", NULL},
		{"!close", "close | answer: ", NULL},
		{"!st\xc3\xa4ng", "close | answer: ", NULL},
		{"!klar", "close | answer: ", NULL},
		{"!klart, tack!", "close | answer: ", NULL},
		{"!reopen", "reopen | answer: ", NULL},
		{"!\xc3\xb6ppna igen", "reopen | answer: ", NULL},
		{"!wait 2026-12-01", "wait 2026-12-01 | answer: ", NULL},
		{"!v\xc3\xa4nta till fredag", "wait 2026-11-27 | answer: ", NULL},
		{"!bevaka till 1 dec", "wait 2026-12-01 | answer: ", NULL},
		{"!remind me in 3 days", "wait 2026-11-28 | answer: ", NULL},
		{"!p\xc3\xa5minn mig n\xc3\xa4sta vecka", "wait 2026-11-30 | answer: ", NULL},
		{"!wait until v. 49", "wait 2026-11-30 | answer: ", NULL},
		{"!merge 41", "merge 41 | note: ", NULL},
		{"!sl\xc3\xa5 ihop med #41", "merge 41 | note: ", NULL},
		{"!sl\xc3\xa5ihop INT-41", "merge 41 | note: ", "the tag with it"},
		{"!merge with ticket [INT-41]", "merge 41 | note: ", NULL},
		{"!split", "split | note: ", NULL},
		{"!dela upp", "split | note: ", NULL},
		{"!spam", "spam | note: ", NULL},
		{"!skr\xc3\xa4p", "spam | note: ", NULL},
		{"!send", "send | answer: ", NULL},
		{"!send anyway", "send | answer: ", NULL},
		{"!skicka \xc3\xa4nd\xc3\xa5", "send | answer: ", NULL},
		{"!undo", "undo | note: ", NULL},
		{"!\xc3\xa5ngra", "undo | note: ", NULL},
		{"!take back", "undo | note: ", "the longest words that fit"},
		{"!help", "help | note: ", NULL},
		{"!hj\xc3\xa4lp", "help | note: ", NULL},
		{"!ask kvalitet@uni.example", "ask kvalitet@uni.example | question: ", NULL},
		{"!ask kvalitet@uni.example by 2026-12-05", "ask kvalitet@uni.example 2026-12-05 | question: ", NULL},
		{"!fr\xc3\xa5ga kvalitet@uni.example senast fredag", "ask kvalitet@uni.example 2026-11-27 | question: ", NULL},
		{"!fr\xc3\xa5ga kvalitet@uni.example, juridik@uni.example och ekonomi@uni.example senast v. 49",
		 "ask kvalitet@uni.example juridik@uni.example ekonomi@uni.example 2026-12-04 | question: ", "a week's last day"},
		{"!handover juridik@uni.example", "handover juridik@uni.example | cover: ", NULL},
		{"!handover juridik@uni.example watch", "handover juridik@uni.example watch | cover: ", NULL},
		{"!\xc3\xb6verl\xc3\xa4mna till juridik@uni.example och bevaka", "handover juridik@uni.example watch | cover: ", NULL},
		{"!l\xc3\xa4mna \xc3\xb6ver till juridik@uni.example", "handover juridik@uni.example | cover: ", NULL},
		{"!hand over to juridik@uni.example, keep the watch", "handover juridik@uni.example watch | cover: ", NULL},
		{"!to sender", "to sender | answer: ", NULL},
		{"!till avs\xc3\xa4ndaren", "to sender | answer: ", NULL},
		{"!bara till avs\xc3\xa4ndaren", "to sender | answer: ", NULL},
	};
	READ(cases);
}

static void spelling_is_generous(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"!CLOSE", "close | answer: ", "capitals"},
		{"! close", "close | answer: ", "a blank behind the mark"},
		{"   !close   ", "close | answer: ", "blanks around"},
		{"\xc2\xa0!\xc2\xa0" "close\xc2\xa0", "close | answer: ", "hard blanks, as HTML has them"},
		{"\xef\xbb\xbf!close", "close | answer: ", "a byte order mark"},
		{"\xe2\x80\x8b!\xe2\x80\x8b" "clo\xc2\xadse", "close | answer: ", "what one does not see"},
		{"\xef\xbc\x81 close", "close | answer: ", "the wide mark of East Asian keyboards"},
		{"!Close:", "close | answer: ", "a colon"},
		{"!Close.", "close | answer: ", "a full stop"},
		{"!close!", "close | answer: ", "another mark"},
		{"!close it, please", "close | answer: ", "kind words"},
		{"!close\r\n\r\nHej\r\n", "close | answer: Hej", "CRLF"},
		{"!STA\xcc\x88NG", "close | answer: ", "decomposed (NFD), capitals"},
		{"!stang", "close | answer: ", "without its dots"},
		{"!fraga a@uni.example senast mandag", "ask a@uni.example 2026-11-30 | question: ", NULL},
		{"!overlamna a@uni.example", "handover a@uni.example | cover: ", NULL},
		{"!hand-over a@uni.example", "handover a@uni.example | cover: ", "a hyphen"},
		{"!re-open", "reopen | answer: ", NULL},
		{"!move:mobility", "move <mobility> | cover: ", "a colon without a blank"},
		{"!move = mobility", "move <mobility> | cover: ", NULL},
		{"!note:text", "note \"text\" | note: ", NULL},
		{"!note :) nice", "note \":) nice\" | note: ", "a smile is text"},
		{"!note to sender: no", "note \"to sender: no\" | note: ", "other commands' words are text"},
		{"!wait - friday", "wait 2026-11-27 | answer: ", NULL},
		{"!wait 1/12.", "wait 2026-12-01 | answer: ", NULL},
		{"!ask <kvalitet@uni.example>", "ask kvalitet@uni.example | question: ", "brackets"},
		{"!ask kvalitet@uni.example<mailto:kvalitet@uni.example>", "ask kvalitet@uni.example | question: ", "as Outlook writes a link in plain text"},
		{"!ask [kvalitet@uni.example](mailto:kvalitet@uni.example)", "ask kvalitet@uni.example | question: ", "as others do"},
		{"!ask Kvalitet, Enheten <kvalitet@uni.example>; juridik@uni.example.", "ask kvalitet@uni.example juridik@uni.example | question: ", "names, as a mail program fills them in"},
		{"!ask kvalitet@uni.example: senast 1/12", "ask kvalitet@uni.example 2026-12-01 | question: ", NULL},
		{"!ask kvalitet@uni.example 2026-12-05", "ask kvalitet@uni.example 2026-12-05 | question: ", "a date without its word"},
		{"!ask kvalitet@uni.example in two weeks", "ask kvalitet@uni.example 2026-12-09 | question: ", NULL},
		{"!ask o'neil@uni.example", "ask o'neil@uni.example | question: ", "an apostrophe"},
		{"!assign Bo Ek <Bo.Ek@uni.example>", "assign Bo.Ek@uni.example | cover: ", "a name before it"},
		{"!ask A@uni.example a@UNI.example", "ask A@uni.example | question: ", "twice the same"},
	};
	READ(cases);
}

static void several_and_text_below(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"Hej!\n\nHär är svaret.\n", " | answer: Hej!\n\nHär är svaret.\n", "no command: the text as it is"},
		{"", " | answer: ", "nothing"},
		{"!close\nHej!\nSvar.\n\n", "close | answer: Hej!\nSvar.", "the text begins on the next line"},
		{"\n\n  \n!close\n\nHej!", "close | answer: Hej!", "blank lines around"},
		{"!take\n!close\n!to sender\n\nHej!", "take; close; to sender | answer: Hej!", "several in a row"},
		{"!take\n\n!close\n\nHej!", "take; close | answer: Hej!", "a paragraph each, as Outlook makes them"},
		{"!close\n\n> !spam\nHej", "close | answer: > !spam\nHej", "a quote is text"},
		{"> !close\n", " | answer: > !close\n", "a quote alone"},
		{"Hej!\n!close\n", " | answer: Hej!\n!close\n", "in the middle it is text"},
		{"!close\nHej\n!spam", "close | answer: Hej\n!spam", "behind the first ordinary line too"},
		{"!close\n- !spam", "close | answer: - !spam", "in a list"},
		{"Jag skrev !close", " | answer: Jag skrev !close", "in a line"},
		{"!take\n  Hej\n    indrag", "take | answer:   Hej\n    indrag", "the text keeps its form"},
		{"!wait 1/12\nVi återkommer den 1/12.", "wait 2026-12-01 | answer: Vi återkommer den 1/12.", NULL},
		{"!ask kvalitet@uni.example\nKan ni svara på det här?", "ask kvalitet@uni.example | question: Kan ni svara på det här?", NULL},
		{"!take\n!ask kvalitet@uni.example\nFråga", "take; ask kvalitet@uni.example | question: Fråga", NULL},
		{"!move mobility\nHör nog till er.", "move <mobility> | cover: Hör nog till er.", "a remark to colleagues is not sent to the requester"},
		{"!assign bo@uni.example\n!close\nx", "assign bo@uni.example; close | cover: x", "where in doubt, not the requester"},
		{"!merge 41\nx", "merge 41 | note: x", NULL},
		{"!merge 41\n!to sender\nx", "merge 41; to sender | answer: x", "said in so many words"},
		{"!move mobility\n!to sender\nx", "move <mobility>; to sender | answer: x", NULL},
		{"!note Ringde henne,\nhon skickar papper.\n\nInget svar \xc3\xa4n.", "note \"Ringde henne,\nhon skickar papper.\n\nInget svar än.\" | note: ",
		 "a note takes all below it, also the broken end of a long line"},
		{"!note\nText under.", "note \"Text under.\" | note: ", NULL},
		{"!note a\n!close\nb", "note \"a\nb\"; close | note: ", "whatever else stands between"},
		{"!note a\n!move mobility\nb", "note \"a\nb\"; move <mobility> | note: ", "also from one that would take it"},
		{"!merge 41\n!move mobility\nx", "merge 41; move <mobility> | cover: x", "it goes to whoever gets the ticket"},
		{"!note a\n!note b\nc", "note \"a\"; note \"b\nc\" | note: ", NULL},
		{"!note a\n!ask kvalitet@uni.example", "note \"a\"; ask kvalitet@uni.example | question: ", "no text below that both could want"},
		{"!note a\n!send", "note \"a\"; send | answer: ", NULL},
	};
	READ(cases);
}

static void what_is_text(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"!!! Viktigt", " | answer: !!! Viktigt", "exclamation"},
		{"!", " | answer: !", "the mark alone"},
		{"! ", " | answer: ! ", NULL},
		{"!?", " | answer: !?", NULL},
		{"!!close", " | answer: !!close", "two marks"},
		{"! - close", " | answer: ! - close", NULL},
		{"!1 close", " | answer: !1 close", "a digit"},
		{"!=", " | answer: !=", NULL},
		{"![bild](x)", " | answer: ![bild](x)", "a picture in Markdown"},
		{"\xc2\xa1" "close", " | answer: \xc2\xa1" "close", "another mark"},
		{"close", " | answer: close", "no mark"},
		{"*!close*", " | answer: *!close*", "something before it"},
		{"!\n!close", " | answer: !\n!close", "the first line is an ordinary one"},
	};
	READ(cases);
}

static void faults_teach(void **state)
{
	(void)state;
	static const struct one cases[] = {
		{"!clsoe", "FAULTS 1: There is no command “!clsoe”. Did you mean “!close”?", "letters that changed places"},
		{"!asign bo@uni.example", "FAULTS 1: There is no command “!asign”. Did you mean “!assign”?", NULL},
		{"!st\xc3\xa4nng", "FAULTS 1: There is no command “!stänng”. Did you mean “!stäng”?", NULL},
		{"!overlemna a@uni.example", "FAULTS 1: There is no command “!overlemna”. Did you mean “!överlämna”?", "shown as it is written"},
		{"!to bo@uni.example", "FAULTS 1: There is no command “!to”. Did you mean “!to sender”?", "half of one"},
		{"!sl\xc3\xa5 41", "FAULTS 1: There is no command “!slå”. Did you mean “!slå ihop”?", NULL},
		{"!Viktigt: ring mig\nHej", "FAULTS 1: There is no command “!Viktigt”. “!help” tells which there are. If the line is part of your answer", "no command at all"},
		{"!close 41", "FAULTS 1: “!close” stands alone on its line, and “41” was not understood.", "too much"},
		{"!close Hej Anna, h\xc3\xa4r kommer svaret", "FAULTS 1: “!close” stands alone on its line, and “Hej Anna, här kommer svaret” was not", "the answer on the same line"},
		{"!assign", "FAULTS 1: “!assign” needs an address, for example “!assign name@example.org”.", NULL},
		{"!assign bo", "FAULTS 1: “bo” is no mail address.", NULL},
		{"!assign bo@", "FAULTS 1: “bo@” is no mail address.", NULL},
		{"!assign bo@uni..example", "FAULTS 1: “bo@uni..example” is no mail address.", NULL},
		{"!assign a@uni.example b@uni.example", "FAULTS 1: “b@uni.example” was not understood. Write for example “!assign name@example.org”", "one owner"},
		{"!assign a@uni.example tomorrow", "FAULTS 1: “tomorrow” was not understood.", NULL},
		{"!ask", "FAULTS 1: “!ask” needs an address, for example “!ask name@example.org by 2026-12-02”.", NULL},
		{"!ask kvalitet", "FAULTS 1: “kvalitet” is no mail address.", NULL},
		{"!ask kvalitet@uni.example Kan ni svara?", "FAULTS 1: “Kan ni svara?” was not understood.", "the question on the same line"},
		{"!ask kvalitet@uni.example by", "FAULTS 1: “!ask” needs a date, for example “!ask name@example.org by 2026-12-02”.", NULL},
		{"!ask kvalitet@uni.example by soon", "FAULTS 1: “soon” was not understood as a date. Write for example “!ask name@example.org by 2026-12-02”.", NULL},
		{"!ask kvalitet@uni.example by 2026-11-24", "FAULTS 1: “2026-11-24” is in the past.", NULL},
		{"!ask kvalitet@uni.example 31/2", "FAULTS 1: “31/2” is no day in the calendar", NULL},
		{"!handover juridik@uni.example kanske", "FAULTS 1: “kanske” was not understood.", NULL},
		{"!handover watch", "FAULTS 1: “watch” is no mail address.", NULL},
		{"!move", "FAULTS 1: “!move” needs a topic", NULL},
		{"!move .", "FAULTS 1: “!move” needs a topic", NULL},
		{"!note", "FAULTS 1: “!note” needs a text", NULL},
		{"!note\n!note b", "FAULTS 1: “!note” needs a text", NULL},
		{"!wait", "FAULTS 1: “!wait” needs a date, for example “!wait 2026-12-02”.", NULL},
		{"!wait 2025-12-01", "FAULTS 1: “2025-12-01” is today or in the past. Write for example “!wait 2026-12-02”.", NULL},
		{"!wait today", "FAULTS 1: “today” is today or in the past.", NULL},
		{"!wait 12-01", "FAULTS 1: “12-01” can be read in two ways.", NULL},
		{"!wait 12/25", "FAULTS 1: “12/25” is no day in the calendar (the day comes before the month).", NULL},
		{"!wait 2062-12-01", "FAULTS 1: “2062-12-01” is more than five years away.", NULL},
		{"!wait for Anna", "FAULTS 1: “Anna” was not understood as a date.", NULL},
		{"!merge", "FAULTS 1: “!merge” needs the number of the other ticket, for example “!merge 41”.", NULL},
		{"!merge the other one", "FAULTS 1: “other” is no ticket number.", NULL},
		{"!merge 41 42", "FAULTS 1: “42” is no ticket number. Write the number of one ticket", NULL},
		{"!merge 0", "FAULTS 1: “0” is no ticket number.", NULL},
		{"!merge 99999999999999999999", "FAULTS 1: “99999999999999999999” is no ticket number.", NULL},
		{"!merge -1-", "FAULTS 1: “-1-” is no ticket number.", NULL},
		{"!close\n!wiat friday\n!merge x\nHej", "FAULTS 2: “x” is no ticket number.", "all faults at once"},
		{"!take\n\n!clsoe\n\nHej", "FAULTS 1: There is no command “!clsoe”.", "it must not be sent as text"},
		{"!note a\n!ask kvalitet@uni.example\ntext", "FAULTS 1: “!note” and “!ask” cannot be in one mail", "whose is the text"},
		{"!note a\n!to sender\ntext", "FAULTS 1: “!note” and “!to sender” cannot be in one mail", NULL},
		{"!ask kvalitet@uni.example\n!to sender\ntext", "FAULTS 1: “!ask” and “!to sender” cannot be in one mail", NULL},
	};
	READ(cases);
}

static void faults_speak_swedish(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"!clsoe", "Kommandot ”!clsoe” finns inte. Menade du ”!close”?"},
		{"!viktigt", "Kommandot ”!viktigt” finns inte. Med ”!hjälp” får du veta vilka som finns. Hör raden till ditt svar, så börja den med något annat än ”!”."},
		{"!stäng 41", "”!stäng” ska stå ensamt på sin rad, och ”41” gick inte att förstå. Text skrivs på raderna under."},
		{"!fråga x@uni.example hur då", "”hur då” gick inte att förstå. Skriv till exempel ”!fråga namn@example.org senast 2026-12-02”, och text på raderna under."},
		{"!vänta", "Efter ”!vänta” behövs ett datum, till exempel ”!vänta 2026-12-02”."},
		{"!tilldela bo", "”bo” är ingen e-postadress. Skriv till exempel ”!tilldela namn@example.org”."},
		{"!slå ihop x", "”x” är inget ärendenummer. Skriv numret på ett enda ärende, till exempel ”!slå ihop 41”."},
		{"!vänta idag", "”idag” är idag eller har redan varit. Skriv till exempel ”!vänta 2026-12-02”."},
		{"!fråga x@uni.example senast i fjol", "”i fjol” gick inte att förstå som datum. Skriv till exempel ”!fråga namn@example.org senast 2026-12-02”."},
		{"!notera a\n!fråga x@uni.example\nb", "”!notera” och ”!fråga” går inte i samma mejl: båda gäller texten under. Skicka två mejl."},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct commands c;
		commands_read(cases[i].text, &today, &c);
		assert_int_equal(c.n_faults, 1);
		assert_string_equal(c.faults[0].sv, cases[i].want);
		commands_free(&c);
	}
}

static void a_fault_shows_its_line(void **state)
{
	(void)state;
	struct commands c;
	commands_read("!take\n!wait \xe2\x80\xae" "soon\xff\n\nHej", &today, &c);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.v[0].line, "!take");
	assert_int_equal(c.n_faults, 1);
	assert_string_equal(c.faults[0].line, "!wait soon\xef\xbf\xbd"); /* nothing invisible, valid UTF-8 */
	assert_string_equal(c.rest, "Hej");
	commands_free(&c);
	struct buf b = {0};
	buf_adds(&b, "!close ");
	for (int i = 0; i < 1000; i++)
		buf_adds(&b, "\xc3\xa5");
	commands_read(b.s, &today, &c);
	assert_true(strlen(c.faults[0].en) < 300 && utf8_valid(c.faults[0].en, strlen(c.faults[0].en)));
	commands_free(&c);
	buf_free(&b);
}

static void there_are_limits(void **state)
{
	(void)state;
	struct buf b = {0};
	struct commands c;
	for (int i = 0; i < 20; i++)
		buf_adds(&b, "!take\n");
	commands_read(b.s, &today, &c);
	assert_int_equal(c.n, 20);
	assert_int_equal(c.n_faults, 0);
	commands_free(&c);
	for (int i = 0; i < 10000; i++)
		buf_adds(&b, "!take\n");
	commands_read(b.s, &today, &c);
	assert_int_equal(c.n, 20);
	assert_int_equal(c.n_faults, 1);
	commands_free(&c);
	buf_clear(&b);
	buf_adds(&b, "!ask");
	for (int i = 0; i < 21; i++)
		buf_addf(&b, " a%d@uni.example", i);
	commands_read(b.s, &today, &c);
	assert_int_equal(c.n_faults, 1);
	commands_free(&c);
	buf_clear(&b);
	buf_adds(&b, "!ask"); /* 1 MB of names before one address: linear, or this hangs */
	while (b.n < 1000000)
		buf_adds(&b, " x,");
	buf_adds(&b, " <a@uni.example>");
	commands_read(b.s, &today, &c);
	assert_int_equal(c.n_faults, 0);
	assert_int_equal(c.v[0].addresses.n, 1);
	commands_free(&c);
	buf_free(&b);
}

static void help_names_every_command(void **state)
{
	(void)state;
	static const char *const langs[] = {"sv", "en"};
	for (size_t i = 0; i < 2; i++) {
		struct buf b = {0};
		command_help(langs[i], &b);
		assert_true(utf8_valid(b.s, b.n));
		for (int k = 0; k < COMMAND_KINDS; k++) {
			char *want = mem_fmt("!%s", command_name((enum command_kind)k, langs[i]));
			char *line = mem_fmt("%s\n\nx", want);
			struct commands c;
			assert_non_null(strstr(b.s, want));
			commands_read(line, &today, &c); /* and each name is understood, whatever it needs behind it */
			assert_int_equal(c.n, 1);
			assert_int_equal(c.v[0].kind, k);
			commands_free(&c);
			free(want);
			free(line);
		}
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_in_both_languages), cmocka_unit_test(spelling_is_generous), cmocka_unit_test(several_and_text_below),
		cmocka_unit_test(what_is_text), cmocka_unit_test(faults_teach), cmocka_unit_test(faults_speak_swedish), cmocka_unit_test(a_fault_shows_its_line),
		cmocka_unit_test(there_are_limits), cmocka_unit_test(help_names_every_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
