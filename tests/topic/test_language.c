#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "topic/language.h"

/* Copied without its NUL, so that a sanitizer sees any overread. */
static const char *lang(const char *text)
{
	size_t n = strlen(text);
	char *copy = mem_array(n, 1);
	memcpy(copy, text, n);
	const char *l = language_of(copy, n);
	free(copy);
	return l ? l : "-";
}

static void single_sentences(void **state)
{
	(void)state;
	static const struct {
		const char *want, *text;
	} cases[] = {
		{"sv", "Vi behöver få avtalet påskrivet innan midsommar."},
		{"sv", "Vem ansvarar för inresande lärare i år?"},
		{"sv", "Ingen av oss hittade nyckeln till förrådet."},
		{"sv", "JAG HAR INTE FÅTT NÅGOT STIPENDIUM ÄNNU"},
		{"sv", "Fo\xcc\x88r sent ino\xcc\x88mnade handlingar beaktas inte."},
		{"en", "When do you expect the signed copy to arrive?"},
		{"en", "The room is cold and nobody answers the phone."},
		{"en", "We regret to inform you that the visit is cancelled."},
		{"en", "Please see https://www.uni.example/sv/om-oss/kontakta-oss for details."},
		{"no", "Hvem er ansvarlig for utvekslingsavtalene hos dere?"},
		{"no", "Jeg har ikke fått noe brev fra Lånekassen ennå."},
		{"no", "Kan dere sende oss skjemaet på nytt?"},
		{"da", "Hvem har ansvaret for udvekslingsaftalerne hos jer?"},
		{"da", "Jeg har ikke modtaget noget brev fra jer endnu."},
		{"da", "Kan I sende os blanketten en gang til?"},
		{"de", "Wir haben den unterschriebenen Vertrag noch nicht zurückbekommen."},
		{"de", "Wann fängt das Sommersemester bei Ihnen an?"},
		{"de", "Das Straßenfest fällt wegen Regens aus."},
		{"fr", "Nous n'avons pas encore reçu le relevé de notes de notre étudiante."},
		{"fr", "À quelle heure ouvre votre bureau demain matin ?"},
		{"es", "Todavía no hemos recibido las notas de nuestra alumna."},
		{"es", "¿A qué hora abre mañana su oficina?"},
		{"fi", "Emme ole vielä saaneet opiskelijamme opintosuoritusotetta."},
		{"fi", "Milloin toimistonne aukeaa huomenna?"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(lang(cases[i].text), cases[i].want) != 0)
			fail_msg("'%s': %s, not %s", cases[i].text, lang(cases[i].text), cases[i].want);
}

static void what_cannot_be_told(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "nothing"},
		{" \n\t ", "white space"},
		{"12345 67,8 2026-05-01", "numbers"},
		{"!?… ---", "signs"},
		{"anna.berg@uni.example https://www.uni.example/hej/och/det/som", "addresses alone"},
		{"Hej", "Swedish and Danish"},
		{"\xff\xfe\x80", "not UTF-8"},
		{"Prosimy o przesłanie podpisanej umowy do końca tygodnia.", "Polish"},
		{"Zítra ráno přijedeme vlakem a budeme potřebovat pokoj.", "Czech"},
		{"Ik heb het ondertekende contract nog niet van u ontvangen.", "Dutch"},
		{"Не могли бы вы прислать нам подписанный договор?", "Russian"},
		{"お問い合わせありがとうございます。", "Japanese"},
		{"xqzt wvrk bfgh kkpt zzrq mnbv", "no language"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(lang(cases[i].text), "-") != 0)
			fail_msg("'%s' (%s): %s", cases[i].text, cases[i].why, lang(cases[i].text));
}

static void addresses_do_not_count(void **state)
{
	(void)state;
	assert_string_equal(lang("Thank you for this! https://uni.example/och/det/som/inte/finns?vem=jag&varför=så forskarutbildning@avdelningen-för-språk.example"), "en");
}

static void a_name_or_a_foreign_title_does_not_turn_it(void **state)
{
	(void)state;
	assert_string_equal(lang("Vi har ett avtal med Freie Handelshochschule Falkenried som går ut i vår, och det heter Memorandum of Understanding."), "sv");
	assert_string_equal(lang("Our teacher Björn Åström, who is at Institutionen för språk, will join us for the whole of the meeting."), "en");
}

static void only_the_beginning_is_looked_at(void **state)
{
	(void)state;
	struct buf b = {0};
	while (b.n < 4000)
		buf_adds(&b, "Detta är skrivet på svenska av en som kan det. ");
	while (b.n < 40000)
		buf_adds(&b, "This is written in English by someone who can. ");
	assert_string_equal(language_of(b.s, b.n), "sv");
	buf_free(&b);
}

static void hostile_text_is_cheap(void **state)
{
	(void)state;
	static const char *const units[] = {"a", "\xc3\xa5", "\xff", " ", "a ", "@", "://", "\xcc\x88", "\xef\xb7\xba"};
	language_of("", 0);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		struct buf b = {0};
		while (b.n < 5000000)
			buf_adds(&b, units[i]);
		clock_t from = clock();
		language_of(b.s, b.n);
		assert_true((double)(clock() - from) / CLOCKS_PER_SEC < 0.1);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_sentences),
		cmocka_unit_test(what_cannot_be_told),
		cmocka_unit_test(addresses_do_not_count),
		cmocka_unit_test(a_name_or_a_foreign_title_does_not_turn_it),
		cmocka_unit_test(only_the_beginning_is_looked_at),
		cmocka_unit_test(hostile_text_is_cheap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
