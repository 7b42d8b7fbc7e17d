#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/mem.h"
#include "mail/quote.h"

/* Inputs are copied without their ending NUL, so that a sanitizer sees any overread. */
static char *reply_of(const char *text, const char *subject)
{
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	memcpy(copy, text, n);
	char *reply = quote_reply(copy, n, subject);
	free(copy);
	return reply;
}

static void expect(const char *text, const char *subject, const char *want, const char *why)
{
	char *got = reply_of(text, subject);
	if (strcmp(got, want) != 0)
		fail_msg("%s\n--- text:\n%s\n--- want:\n%s\n--- got:\n%s", why, text, want, got);
	free(got);
}

/* Attributions of real programs; below each stands history without marks, as Outlook and web mail turn it out. */
static void attributions_end_what_was_written(void **state)
{
	(void)state;
	static const char *const lines[] = {
		/* Gmail */
		"On Tue, Mar 3, 2026 at 2:05 PM Anna Berg <anna@uni.example> wrote:",
		"On Tue, 3 Mar 2026 at 14:05, Anna Berg <anna@uni.example> wrote:",
		"Den tis 3 mars 2026 kl 14:05 skrev Anna Berg <anna@uni.example>:",
		"Den tis 3 mars 2026 kl 14:05 skrev Anna Berg via Internationella\nkontoret <anna@uni.example>:",
		"tir. 3. mar. 2026 kl. 14:05 skrev Kari Nordmann <kari@uni.example>:",
		"Den tirs. 3. mar. 2026 kl. 14.05 skrev Lars Holm <lars@uni.example>:",
		"ti 3. maalisk. 2026 klo 14.05 Matti Meik\xc3\xa4l\xc3\xa4inen (matti@uni.example) kirjoitti:",
		"Am Di., 3. M\xc3\xa4rz 2026 um 14:05 Uhr schrieb Max Muster <max@uni.example>:",
		"Max Muster <max@uni.example> schrieb am Di., 3. M\xc3\xa4rz 2026, 14:05:",
		"Le mar. 3 mars 2026 \xc3\xa0 14:05, Claire Petit <claire@uni.example> a \xc3\xa9" "crit :",
		"El mar, 3 mar 2026 a las 14:05, Ana P\xc3\xa9rez (<ana@uni.example>) escribi\xc3\xb3:",
		"El mar, 3 mar 2026 a las 14:05, Ana P\xc3\xa9rez (<ana@uni.example>)\nescribi\xc3\xb3:",
		"Op di 3 mrt 2026 om 14:05 schreef Jan Jansen <jan@uni.example>:",
		"Em ter., 3 de mar. de 2026 \xc3\xa0s 14:05, Rui Silva <rui@uni.example> escreveu:",
		"Il giorno mar 3 mar 2026 alle ore 14:05 Ugo Rossi <ugo@uni.example> ha scritto:",
		"wt., 3 mar 2026 o 14:05 Ewa Nowak <ewa@uni.example> napisa\xc5\x82(a):",
		/* Apple Mail */
		"3 mars 2026 kl. 14:05 skrev Anna Berg <anna@uni.example>:",
		"3. mars 2026 kl. 14:05 skrev Kari Nordmann <kari@uni.example>:",
		"Den 3. mar. 2026 kl. 14.05 skrev Lars Holm <lars@uni.example>:",
		"On 3 Mar 2026, at 14:05, Anna Berg <anna@uni.example> wrote:",
		"Am 03.03.2026 um 14:05 schrieb Max Muster <max@uni.example>:",
		"Le 3 mars 2026 \xc3\xa0 14:05, Claire Petit <claire@uni.example> a \xc3\xa9" "crit :",
		"Anna Berg <anna@uni.example> kirjoitti 3.3.2026 kello 14.05:",
		/* Thunderbird */
		"Den 2026-03-03 kl. 14:05, skrev Anna Berg:",
		"On 2026-03-03 14:05, Anna Berg wrote:",
		"On 3/3/26 14:05, Anna Berg wrote:",
		"Am 03.03.26 um 14:05 schrieb Max Muster:",
		"Le 03/03/2026 \xc3\xa0 14:05, Claire Petit a \xc3\xa9" "crit\xc2\xa0:",
		"Op 03-03-2026 om 14:05 schreef Jan Jansen:",
		"El 3/3/26 a las 14:05, Ana P\xc3\xa9rez escribi\xc3\xb3:",
		/* phones, Yahoo, Zoho, Outlook for the web */
		"Den 3 mars 2026 14:05 skrev \"Anna Berg\" <anna@uni.example>:",
		"tisdag 3 mars 2026 14:05:00 CET skrev Anna Berg <anna@uni.example>:",
		"On Tuesday, March 3, 2026, 02:05:11 PM GMT+1, Anna Berg <anna@uni.example> wrote:",
		"---- On Tue, 03 Mar 2026 14:05:11 +0100 Anna Berg <anna@uni.example> wrote ----",
		"-------- Original Message --------\nOn Tuesday, 3 March 2026 at 14:05, Anna Berg wrote:",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[1024];
		snprintf(text, sizeof text, "Ja, det g\xc3\xa5r bra.\n\n%s\n\nKan ni ta emot tv\xc3\xa5 studenter?\nAnna\n", lines[i]);
		expect(text, "SV: Utbyte", "Ja, det g\xc3\xa5r bra.", "history without marks is cut");
		snprintf(text, sizeof text, "Ja, det g\xc3\xa5r bra.\n\n%s\n> Kan ni ta emot tv\xc3\xa5 studenter?\n> Anna\n", lines[i]);
		expect(text, "SV: Utbyte", "Ja, det g\xc3\xa5r bra.", "marked history is cut");
	}
}

static void header_blocks_end_what_was_written(void **state)
{
	(void)state;
	static const char *const blocks[] = {
		"From: Anna Berg <anna@uni.example>\nSent: Tuesday, March 3, 2026 2:05 PM\nTo: Bo Ek <bo@uni.example>\nSubject: Exchange",
		"________________________________\nFrom: Anna Berg <anna@uni.example>\nSent: 03 March 2026 14:05\nTo: Bo Ek\nSubject: Exchange",
		"Fr\xc3\xa5n: Anna Berg <anna@uni.example>\nSkickat: den 3 mars 2026 14:05\nTill: Bo Ek <bo@uni.example>\n\xc3\x84mne: Utbyte",
		"Fr\xc3\xa5n: Anna Berg\nSkickat: den 3 mars 2026 14:05\nTill: Bo Ek\nKopia: Eva\n\xc3\x84mne: Utbyte",
		"Fr\xc3\xa5n: Anna Berg <anna@uni.example>\nDatum: tisdag, 3 mars 2026 kl. 14:05\nTill: Bo Ek\n\xc3\x84mne: Utbyte",
		"*Fr\xc3\xa5n:* Anna Berg <anna@uni.example>\n*Skickat:* den 3 mars 2026 14:05\n*Till:* Bo Ek\n*\xc3\x84mne:* Utbyte",
		"Fra: Kari Nordmann <kari@uni.example>\nSendt: tirsdag 3. mars 2026 14:05\nTil: Bo Ek\nEmne: Utveksling",
		"Fra: Lars Holm <lars@uni.example>\nDato: tirsdag den 3. marts 2026 kl. 14.05\nTil: Bo Ek\nEmne: Udveksling",
		"L\xc3\xa4hett\xc3\xa4j\xc3\xa4: Matti <matti@uni.example>\nL\xc3\xa4hetetty: tiistai 3. maaliskuuta 2026 14.05\nVastaanottaja: Bo\nAihe: Vaihto",
		"Von: Max Muster <max@uni.example>\nGesendet: Dienstag, 3. M\xc3\xa4rz 2026 14:05\nAn: Bo Ek\nBetreff: Austausch",
		"De : Claire Petit <claire@uni.example>\nEnvoy\xc3\xa9 : mardi 3 mars 2026 14:05\n\xc3\x80 : Bo Ek\nObjet : S\xc3\xa9jour",
		"De: Ana P\xc3\xa9rez <ana@uni.example>\nEnviado: martes, 3 de marzo de 2026 14:05\nPara: Bo Ek\nAsunto: Intercambio",
		"Van: Jan Jansen <jan@uni.example>\nVerzonden: dinsdag 3 maart 2026 14:05\nAan: Bo Ek\nOnderwerp: Uitwisseling",
		"Fr\xc3\xa5n:	Anna Berg <anna@uni.example>\nTill:	Bo Ek/SE/UNI@UNI\nDatum:	2012-03-03 14:05\n\xc3\x84rende:	Utbyte",
		"Fr\xc3\xa5n: Anna Berg\nDatum: 2026-03-03 14:05\nTill: Bo Ek\nRubrik: Utbyte",
		">>> Anna Berg <anna@uni.example> 2009-03-03 14:05 >>>",
		"-----Original Message-----\nFrom: Anna\nSent: x",
		"-----Ursprungligt meddelande-----\nFr\xc3\xa5n: Anna",
		"-----Opprinnelig melding-----\nFra: Kari",
		"-----Oprindelig meddelelse-----\nFra: Lars",
		"-----Alkuper\xc3\xa4inen viesti-----\nMatti",
		"-----Urspr\xc3\xbcngliche Nachricht-----\nVon: Max",
		"-----Message d'origine-----\nDe : Claire",
		"-----Mensaje original-----\nDe: Ana",
		"-----Oorspronkelijk bericht-----\nVan: Jan",
	};
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		char text[1024];
		snprintf(text, sizeof text, "Ja, det g\xc3\xa5r bra.\n\n%s\n\nKan ni ta emot tv\xc3\xa5 studenter?\nAnna\n", blocks[i]);
		expect(text, "SV: Utbyte", "Ja, det g\xc3\xa5r bra.", "what stands below a header block is history");
	}
}

static void phones_and_delimiters_end_it_too(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"Skickat fr\xc3\xa5n min iPhone", "Skickat fr\xc3\xa5n Outlook f\xc3\xb6r iOS<https://aka.ms/o0ukef>", "H\xc3\xa4mta Outlook f\xc3\xb6r Android<https://aka.ms/x>",
		"Skickat fr\xc3\xa5n min Samsung Galaxy smartphone.", "Sent from my iPhone", "Get Outlook for iOS<https://aka.ms/o0ukef>", "Sendt fra min iPhone",
		"Skaffa Outlook f\xc3\xb6r iOS<https://aka.ms/o0ukef>", "Skickades med Proton Mail s\xc3\xa4ker e-post.",
		"Sendt fra Outlook til Android", "Hent Outlook for iOS", "L\xc3\xa4hetetty iPhonesta", "Hanki Outlook for Android", "Von meinem iPhone gesendet",
		"Gesendet von Outlook f\xc3\xbcr Android", "Envoy\xc3\xa9 de mon iPhone", "Enviado desde mi iPhone", "Verstuurd vanaf mijn iPhone",
		"Sent from Yahoo Mail on Android", "-- \nAnna Berg\nInternationella kontoret\n08-123 45 67", "--\nAnna Berg",
		"---------------\nAnna Berg\nKoordinator\nTel: 08-123 45 67\nwww.uni.example",
		"_______________________________________________\nErasmus mailing list\nErasmus@lists.example\nhttps://lists.example/mailman/listinfo/erasmus",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[1024];
		snprintf(text, sizeof text, "Vi tar g\xc3\xa4rna emot er.\n\n%s\n", lines[i]);
		expect(text, "SV: Bes\xc3\xb6k", "Vi tar g\xc3\xa4rna emot er.", "a signature is cut");
	}
}

static void what_was_written_is_kept(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want, *why;
	} cases[] = {
		{"", "", "nothing"},
		{"Hej\n", "Hej", "no history"},
		{"> Bara ett citat\n", "> Bara ett citat", "nothing but a quote is kept"},
		{"Den 3 mars skrev Anna:\n> Fr\xc3\xa5ga 1?\n\nJa.\n\n> Fr\xc3\xa5ga 2?\n\nNej.\n", "Ja.\n\nNej.", "answers between quotes"},
		{"On 3 Mar 2026 at 14:05, Anna Berg wrote:\n> Coming?\nYes, with two students.\n", "Yes, with two students.", "an answer below"},
		{"On 3 Mar 2026 at 14:05, Anna Berg wrote:\n\nYes, with two students.\n", "Yes, with two students.", "an answer below a lone attribution"},
		{"I avtalet st\xc3\xa5r:\n\n> Studenten betalar inga avgifter.\n\nG\xc3\xa4ller det \xc3\xa4ven oss?\n",
		 "I avtalet st\xc3\xa5r:\n\n> Studenten betalar inga avgifter.\n\nG\xc3\xa4ller det \xc3\xa4ven oss?", "a citation without attribution is part of the mail"},
		{"On the 3rd of March we met.\nIt was good.\n", "On the 3rd of March we met.\nIt was good.", "a sentence that begins like an attribution"},
		{"We spoke on 3 March 2026.\nHe wrote:\nplease come.\n", "We spoke on 3 March 2026.\nHe wrote:\nplease come.", "a sentence that ends like one"},
		{"To: Kyoto\nFrom: Lund\nDate: 2026-08-01\nNeeds a visa?\n", "To: Kyoto\nFrom: Lund\nDate: 2026-08-01\nNeeds a visa?", "a form that someone filled in"},
		{"Plan:\n\nFr\xc3\xa5n: 2026-08-01\nTill: 2026-12-31\n\xc3\x84mne: Ekonomi\n\nG\xc3\xa5r det?\n",
		 "Plan:\n\nFr\xc3\xa5n: 2026-08-01\nTill: 2026-12-31\n\xc3\x84mne: Ekonomi\n\nG\xc3\xa5r det?", "a form in Swedish"},
		{"See below.\n\n-----\n\nThe programme starts in May and we hope to see you there with your colleagues.\n",
		 "See below.\n\n-----\n\nThe programme starts in May and we hope to see you there with your colleagues.", "a rule between two parts"},
		{"Sent from the office's mail room, the parcel got lost.\nDo you have it?\n",
		 "Sent from the office's mail room, the parcel got lost.\nDo you have it?", "a sentence that begins like a phone's line"},
		{"Hi,\n\nCan we come?\n\nBest regards,\nAnna Berg\nCoordinator\nUni of X\nTel: +46 8 123 45 67\nanna@uni.example\n",
		 "Hi,\n\nCan we come?\n\nBest regards,\nAnna Berg", "the card below a name goes"},
		{"Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning\nAnna\n", "Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning\nAnna", "a name alone stays"},
		{"Hej!\n\nKan vi komma?\n\nMvh\nAnna\n\nPS. Vi tar med den som ringde fr\xc3\xa5n 08-123 45 67. Hon \xc3\xa4r student.\n",
		 "Hej!\n\nKan vi komma?\n\nMvh\nAnna\n\nPS. Vi tar med den som ringde fr\xc3\xa5n 08-123 45 67. Hon \xc3\xa4r student.", "a postscript stays"},
		{"Ring mig.\n\nAnna Berg\n08-123 45 67\nanna@uni.example\n", "Ring mig.", "a card without a closing"},
		{"Hej!\n\nDen 5 mars 2026 kl. 14.02 skrev jag till er:\n\nJag vill avanm\xc3\xa4la mig.\n\nHur gick det?\n",
		 "Hej!\n\nDen 5 mars 2026 kl. 14.02 skrev jag till er:\n\nJag vill avanm\xc3\xa4la mig.\n\nHur gick det?", "a writer tells what he wrote before"},
		{"Boka g\xc3\xa4rna:\n\nFr\xc3\xa5n: G\xc3\xb6teborg\nTill: Ume\xc3\xa5\nDatum: 12 april 2026 kl. 08:15\n\nHotell beh\xc3\xb6vs inte.\n",
		 "Boka g\xc3\xa4rna:\n\nFr\xc3\xa5n: G\xc3\xb6teborg\nTill: Ume\xc3\xa5\nDatum: 12 april 2026 kl. 08:15\n\nHotell beh\xc3\xb6vs inte.", "a journey is no quoted header"},
		{"Kan vi flytta m\xc3\xb6tet?\n\nMvh Jonas\nSkickat fr\xc3\xa5n min iPhone\n\n> 5 mars 2026 kl. 14:02 skrev Anna <anna@uni.example>:\n>\n> Torsdag?\n",
		 "Kan vi flytta m\xc3\xb6tet?\n\nMvh Jonas", "a phone's line right below a name, with history below"},
		{"Hej!\n\nKan vi komma?\n\nMvh\nAnna Berg\nLektor\nTel: 090-555 12 34\nanna@uni.example<mailto:anna@uni.example> | www.uni.example/polar<https://www.uni.example/institutionen/polarforskning>\n\nN\xc3\xa4r du skickar e-post till universitetet behandlas dina personuppgifter. L\xc3\xa4s mer: https://uni.example/dataskydd\n",
		 "Hej!\n\nKan vi komma?\n\nMvh\nAnna Berg", "a card goes, with the notice below it"},
		{"Hej!\n\nMvh\nAnna Berg\nTel: 090-555 12 34\n\nHur behandlar ni mina personuppgifter n\xc3\xa4r kursen \xc3\xa4r slut?\n",
		 "Hej!\n\nMvh\nAnna Berg\nTel: 090-555 12 34\n\nHur behandlar ni mina personuppgifter n\xc3\xa4r kursen \xc3\xa4r slut?", "a question is no notice"},
		{"Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning,\n\nAnna Berg\nLektor\nTel. 090-555 12 34\nwww.uni.example\n",
		 "Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning,\n\nAnna Berg", "a blank line between closing and name"},
		{"Till: Prefekten\nFr\xc3\xa5n: Anna Berg, anna@uni.example\nDatum: 2026-03-10\n\xc3\x84rende: Medel\n\nJag ans\xc3\xb6ker om medel.\n",
		 "Till: Prefekten\nFr\xc3\xa5n: Anna Berg, anna@uni.example\nDatum: 2026-03-10\n\xc3\x84rende: Medel\n\nJag ans\xc3\xb6ker om medel.", "a memo's heading on top of a mail"},
		{"Hej!\n\nVi har en ny kontaktperson:\n\nBo Ek\n0480-555 12 34\nbo.ek@uni.example\n",
		 "Hej!\n\nVi har en ny kontaktperson:\n\nBo Ek\n0480-555 12 34\nbo.ek@uni.example", "a card that was announced is what was written"},
		{"Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning / Best regards\n\nAnna Berg\nLektor\nTel. 090-555 12 34\n\nT\xc3\xa4nk p\xc3\xa5 milj\xc3\xb6n innan du skriver ut det h\xc3\xa4r mejlet.\n",
		 "Hej!\n\nKan vi komma?\n\nMed v\xc3\xa4nlig h\xc3\xa4lsning / Best regards\n\nAnna Berg", "a closing in two languages, a notice about paper"},
		{"Anna Berg\n08-123 45 67\nanna@uni.example\n", "Anna Berg\n08-123 45 67\nanna@uni.example", "a mail that is a card"},
		{"-- \nAnna\n", "-- \nAnna", "a delimiter on top delimits nothing"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(cases[i].text, "SV: Fr\xc3\xa5ga", cases[i].want, cases[i].why);
}

static void of_a_forward_the_note_is_left(void **state)
{
	(void)state;
	static const char *const below[] = {
		"---------- Forwarded message ---------\nFrom: Anna Berg <anna@uni.example>\nDate: Tue, Mar 3, 2026 at 2:05 PM\nSubject: MoU\nTo: Bo\n\nHello\n",
		"-------- Vidarebefordrat meddelande --------\n\xc3\x84mne: MoU\nDatum: Tue, 3 Mar 2026 14:05:00 +0100\nFr\xc3\xa5n: Anna <anna@uni.example>\nTill: Bo\n\nHej\n",
		"Begin forwarded message:\n\n> From: Anna Berg <anna@uni.example>\n> Subject: MoU\n> Date: 3 March 2026 at 14:05\n> To: Bo\n> \n> Hello\n",
		"Vidarebefordrat brev:\n\nFr\xc3\xa5n: Anna Berg <anna@uni.example>\n\xc3\x84mne: MoU\nDatum: 3 mars 2026 kl. 14:05\nTill: Bo\n\nHej\n",
		"Fr\xc3\xa5n: Anna Berg <anna@uni.example>\nSkickat: den 3 mars 2026 14:05\nTill: Bo\n\xc3\x84mne: MoU\n\nHej\n",
	};
	for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
		char text[1024];
		expect(below[i], "VB: MoU", "", "a forward without a note");
		snprintf(text, sizeof text, "Kan ni ta den h\xc3\xa4r?\n\n%s", below[i]);
		expect(text, "Fwd: MoU", "Kan ni ta den h\xc3\xa4r?", "the note of a forward");
	}
	/* not a forward, and nothing new: kept whole */
	char *whole = reply_of(below[4], "SV: MoU");
	assert_int_equal(strlen(whole) + 1, strlen(below[4])); /* but for the last line end */
	free(whole);
}
static double seconds_for(size_t times, const char *unit)
{
	size_t n = strlen(unit);
	char *text = malloc(n * times);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * n, unit, n);
	struct timespec a, b;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	free(quote_reply(text, n * times, NULL));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	free(text);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void the_cost_is_linear(void **state)
{
	(void)state;
	static const char *const units[] = {"\n", "--\n", "a\n\n", "> a\n", "On 3 Mar 2026 at 14:05, Anna wrote\n", "From: a@b\n", "From: a@b\n\n", "Den 3 mars skrev Anna:\n\n",
	                                    "-----\n", "__\n", "> a\nb\n", "Sent from my phone\n\n", "1:1 <", "x 2026 14:05\n",
	                                    "gdpr\n\n", "Skickat med mail\nFrom: a@b\n", "@ a@b.example 1234567\n\n"};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t times = 20000 / strlen(units[i]);
		double one = seconds_for(times, units[i]), ten = seconds_for(times * 10, units[i]);
		if (ten > 40 * one + 0.2)
			fail_msg("%s: %g s, ten times as long %g s", units[i], one, ten);
	}
}

/* It may be sent on: what is quoted goes, however, and where it stands alone. Only what stands beside it is left. */
static void replies_to_us_lose_all_history(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"> a\n> b\n", ""}, {"> a\n\nJa.\n", "Ja."}, {"Ja.\n\n> a\n> b\n\nNej.\n> c\n", "Ja.\n\nNej."},
		{"From: Office <o@uni.example>\nSent: Tuesday, November 24, 2026 9:12 AM\nTo: Bo\nSubject: x\n\nhistory\n", ""},
		{"________________________________\nFrom: Office <o@uni.example>\nSent: Tuesday, November 24, 2026 9:12 AM\nTo: Bo\nSubject: x\n\nhistory\n", ""},
		{"Ja.\n\nFrom: Office <o@uni.example>\nSent: Tuesday, November 24, 2026 9:12 AM\nTo: Bo\nSubject: x\n\nhistory\n", "Ja."},
		{"On Tue, 24 Nov 2026 at 09:12, Office <o@uni.example> wrote:\n\nhistory\n", ""},
		{"On Tue, 24 Nov 2026 at 09:12, Office <o@uni.example> wrote:\n\n> history\n\nJa.\n", "Ja."},
		{"-----Original Message-----\nhistory\n", ""}, {"Begin forwarded message:\n\nhistory\n", ""},
		{"Med v\xC3\xA4nlig h\xC3\xA4lsning\nBo Ek\nHandl\xC3\xA4ggare\nTel 018-471 00 00\n\n> history\n", "Med v\xC3\xA4nlig h\xC3\xA4lsning\nBo Ek"}, /* the card goes all the same */
		{"Ja.\n-- \nBo\n", "Ja."}, {"Ja.\n", "Ja."}, {"", ""}, {"\n\n", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *reply = quote_reply_to_us(cases[i].text, strlen(cases[i].text), NULL, NULL);
		if (strcmp(reply, cases[i].want) != 0)
			fail_msg("%s\n--- got:\n%s", cases[i].text, reply);
		free(reply);
	}
}

static bool they_said(void *ctx, const char *line, size_t n)
{
	const char *said = ctx;
	char *copy = mem_dupn(line, n);
	bool yes = strstr(said, copy) != NULL;
	free(copy);
	return yes;
}

/* Of what was quoted for its writer alone, nothing is kept but the requester's own lines with an answer below them. */
static void their_lines_are_kept_above_an_answer(void **state)
{
	(void)state;
	static const struct {
		const char *why, *text, *want;
	} cases[] = {
		{"below the whole quote", "On 1 Mar 2026 at 10:00, Anna <office@uni.example> wrote:\n> Ticket: [INT-5]\n> How many?\n\nTwo.\n", "Two."},
		{"below a quote cut to the question", "On 1 Mar 2026 at 10:00, Anna <office@uni.example> wrote:\n> How many?\n\nTwo.\n", "> How many?\n\nTwo."},
		{"none of theirs", "On 1 Mar 2026 at 10:00, Anna <office@uni.example> wrote:\n> Ticket: [INT-5]\n> How are you?\n\nFine.\n", "Fine."},
		{"between the lines", "On 1 Mar 2026 at 10:00, Anna <office@uni.example> wrote:\n> Ticket: [INT-5]\n> How many?\n\nTwo.\n\n> When?\n\nIn May.\n\n> Bye\n",
		 "> How many?\n\nTwo.\n\n> When?\n\nIn May."},
		{"without an attribution", "> How many?\n\nTwo.\n", "> How many?\n\nTwo."},
		{"a footer below the whole quote", "Two.\n\nOn 1 Mar 2026 at 10:00, Anna <office@uni.example> wrote:\n> Ticket: [INT-5]\n> How many?\n\nThis message was scanned.\n",
		 "Two.\n\nThis message was scanned."},
		{"quotes alone", "> Ticket: [INT-5]\n> How many?\n", ""},
		{"quotes below", "Two.\n\n> How many?\n", "Two."},
		{"quotes above a signature", "Two.\n\n> How many?\n\n-- \nBo Ek\n", "Two."},
		{"no quote at all", "Two.\n", "Two."},
		{"nothing", "", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char said[] = "Hello, How many? And When? Bye";
		char *got = quote_reply_to_us(cases[i].text, strlen(cases[i].text), they_said, said);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: '%s'", cases[i].why, got);
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(their_lines_are_kept_above_an_answer),
		cmocka_unit_test(attributions_end_what_was_written), cmocka_unit_test(header_blocks_end_what_was_written),
		cmocka_unit_test(phones_and_delimiters_end_it_too),  cmocka_unit_test(what_was_written_is_kept),
		cmocka_unit_test(replies_to_us_lose_all_history),    cmocka_unit_test(of_a_forward_the_note_is_left),
		cmocka_unit_test(the_cost_is_linear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
