#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/pattern.h"

struct match_case {
	const char *pattern, *text, *hit; /* hit NULL: no match */
	const char *why;
};

static void check(struct pattern *make(const char *, struct err *), const struct match_case *c)
{
	struct err e = {0};
	struct pattern *p = make(c->pattern, &e);
	if (!p)
		fail_msg("%s: '%s' was refused: %s", c->why, c->pattern, e.text);
	char *folded = fold_text(c->text, strlen(c->text)), hit[80] = "untouched";
	bool yes = pattern_match(p, c->text, folded, hit, sizeof hit);
	if (yes != (c->hit != NULL) || (yes && strcmp(hit, c->hit) != 0))
		fail_msg("%s: '%s' in '%s' gave %s '%s'", c->why, c->pattern, c->text, yes ? "a match" : "none", hit);
	if (pattern_match(p, c->text, folded, NULL, 0) != yes)
		fail_msg("%s: another answer without a place for the hit", c->why);
	assert_string_equal(pattern_source(p), c->pattern);
	free(folded);
	pattern_free(p);
}

static void words(void **state)
{
	(void)state;
	static const struct match_case cases[] = {
		{"nominering", "En Nominering, tack", "nominering", "whatever its case"},
		{"NOMINERING", "en nominering", "nominering", "whatever the pattern's case"},
		{"nominering", "nomineringar", NULL, "a longer word"},
		{"nominering", "omnominering", NULL, "a word that ends so"},
		{"nominering", "nominering2", NULL, "a digit belongs to the word"},
		{"nominering", "(nominering)", "nominering", "signs end a word"},
		{"nominering", "sv_nominering_v2", "nominering", "so does an underscore"},
		{"avtal", "vårtavtal", NULL, "no border before the word"},
		{"avtal", "åavtal", NULL, "å is a letter: no border"},
		{"avtal", "avtalö", NULL, "ö is a letter: no border"},
		{"avtal", "avtal\xcc\x8a", NULL, "nor is a mark a border"},
		{"år", "ett år till", "år", "a word with å"},
		{"år", "ar", NULL, "å is not a"},
		{"år", "var", NULL, "nor anything else"},
		{"ar", "år", NULL, "a is not å"},
		{"hösten", "HO\xcc\x88STEN", "hösten", "composed before it is compared"},
		{"*avtal*", "Samarbetsavtalet är klart", "samarbetsavtalet", "a compound, whole in the hit"},
		{"*avtal*", "avtal", "avtal", "'*' stands for nothing too"},
		{"*avtal", "avtalet", NULL, "only in front"},
		{"avtal*", "samarbetsavtal", NULL, "only behind"},
		{"avtal*", "avtalsändring", "avtalsändring", "further letters may be any"},
		{"*avtal*", "av tal", NULL, "but not a blank"},
		{"nominer*deadline", "nominerings-deadline", NULL, "nor a sign"},
		{"due diligence", "Due  Diligence", "due diligence", "words in a row"},
		{"due diligence", "due\ndiligence", "due diligence", "over a line end"},
		{"due diligence", "due-diligence", "due-diligence", "with a hyphen"},
		{"due diligence", "due to diligence", NULL, "a word between"},
		{"due diligence", "overdue diligence", NULL, "the first is another word"},
		{"due diligence", "duediligence", NULL, "nothing between"},
		{"learning agree*", "a Learning Agreement", "learning agreement", "a phrase with '*'"},
		{"mou", "the MoU.", "mou", "an abbreviation"},
		{"e.u.", "the E.U. says", "e.u.", "signs in a word are meant"},
		{"e.u.", "the exux says", NULL, "and are no wildcards"},
		{"a+b", "a+b", "a+b", "no expression without slashes"},
		{"a+b", "aab", NULL, "no expression without slashes"},
		{"c++", "we use C++ here", "c++", "signs at the end"},
		{"(x", "f(x", NULL, "no border before the sign"},
		{"(x", "f (x", "(x", "a bracket is no syntax"},
		{"/", "a / b", "/", "one slash is no expression"},
		{"erasmus+", "Erasmus+ students", "erasmus+", "a plus"},
		{"договор", "ДОГОВОР", "договор", "other scripts"},
		{"nominering", "", NULL, "no text"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(pattern_new, &cases[i]);
}

static void expressions(void **state)
{
	(void)state;
	static const struct match_case cases[] = {
		{"/^re: .*invoice/", "RE: your Invoice", "RE: your Invoice", "case ignored, of the text as it is"},
		{"/^re: .*invoice/", "fwd: re: invoice", NULL, "anchored"},
		{"/h.sten/", "hösten", "hösten", "characters, not bytes"},
		{"/HÖSTEN/", "hösten", "hösten", "case of å, ä, ö"},
		{"/\\bår\\b/", "vår", NULL, "å is a letter to \\b"},
		{"/\\bår\\b/", "ett år", "år", "å is a letter to \\b"},
		{"/^\\w+$/", "räksmörgås", "räksmörgås", "and to \\w"},
		{"/a|b/", "xbx", "b", "an alternative"},
		{"/(?=b)/", "abc", "", "an empty hit"},
		{"/a/", "", NULL, "no text"},
		{"//x/", "a /x", "/x", "a slash inside"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(pattern_new, &cases[i]);
}

static void addresses(void **state)
{
	(void)state;
	static const struct match_case cases[] = {
		{"*@uni.example", "Bo.Ek@Uni.Example", "Bo.Ek@Uni.Example", "a whole domain"},
		{"*@uni.example", "bo@uni.example.org", NULL, "the end counts"},
		{"*@*.uni.example", "bo@uni.example", NULL, "subdomains alone"},
		{"bo.ek@uni.example", "bo.ek@uni.example", "bo.ek@uni.example", "one address"},
		{"bo.ek@uni.example", "boxek@uni.example", NULL, "the dot is a dot"},
		{"*embassy*", "visa@embassy.example", "visa@embassy.example", "anywhere"},
		{"/^(anna|bo)@/", "Bo@x.example", "Bo@", "an expression"},
		{"/^(anna|bo)@/", "mbo@x.example", NULL, "an expression that does not hold"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(pattern_address, &cases[i]);
}

static void faults_are_told(void **state)
{
	(void)state;
	char long_one[1100];
	memset(long_one, 'a', sizeof long_one - 1);
	long_one[sizeof long_one - 1] = '\0';
	const struct {
		const char *pattern, *text, *why;
	} cases[] = {
		{"", "is empty", "nothing"},
		{"*", "no letter", "a wildcard alone"},
		{"* *", "no letter", "wildcards alone"},
		{"  ", "no letter", "blanks alone"},
		{"\xc2\xad", "no letter", "nothing that can be seen"},
		{long_one, "longer than", "too long"},
		{"/(abc/", "in the pattern '/(abc/' at character", "an open bracket"},
		{"/a{2,1}/", "in the pattern '/a{2,1}/' at character", "a range that is turned round"},
		{"/*/", "quantifier", "nothing to repeat"},
		{"/\\C/", "\\C", "a single byte of a character"},
		{"/(?<n>a)(?<n>b)/", "in the pattern", "a name twice"},
		{"/\xff/", "UTF-8", "no UTF-8"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		struct pattern *p = pattern_new(cases[i].pattern, &e);
		if (p || e.kind != ERR_CONFIG || !strstr(e.text, cases[i].text))
			fail_msg("%s: '%s'", cases[i].why, e.text);
	}
	struct err e = {0};
	assert_null(pattern_address("/[/", &e));
	assert_non_null(strstr(e.text, "'/[/'"));
	assert_null(pattern_address("", &e));
	pattern_free(NULL);
}

/* Each needs some 2^60 steps; the match limit ends it, and it counts as no match. A pattern without a limit would never come back. */
static void no_expression_runs_wild(void **state)
{
	(void)state;
	static const char *const wild[] = {"/^(a+)+$/", "/^(a|aa)+$/", "/^(a|a?)+$/", "/^(.*a){25}$/", "/^(\\w+\\s?)*$/", "/(x+x+)+y/"};
	char text[128];
	memset(text, 'a', 60);
	memset(text + 60, 'x', 60);
	strcpy(text + 120, "!");
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		struct err e;
		struct pattern *p = pattern_new(wild[i], &e);
		assert_non_null(p);
		if (pattern_match(p, text, text, NULL, 0))
			fail_msg("%s matched", wild[i]);
		pattern_free(p);
	}
}

static void endless_recursion_ends(void **state)
{
	(void)state;
	struct err e;
	struct pattern *p = pattern_new("/^((?:a(?1)?b?)*)*$/", &e);
	assert_non_null(p);
	char text[400];
	memset(text, 'a', sizeof text - 2);
	strcpy(text + sizeof text - 2, "c");
	assert_false(pattern_match(p, text, text, NULL, 0));
	pattern_free(p);
}

static void a_hit_is_cut_between_characters(void **state)
{
	(void)state;
	struct err e;
	char hit[5], one[1] = {'?'};
	struct pattern *p = pattern_new("*å*", &e);
	assert_non_null(p);
	assert_true(pattern_match(p, "aåååå", "aåååå", hit, sizeof hit));
	assert_string_equal(hit, "aå"); /* four bytes would end inside the second å */
	assert_true(pattern_match(p, "aåååå", "aåååå", one, 1));
	assert_int_equal(one[0], '\0');
	pattern_free(p);
}

/* The text of a mail may be long: the usual expressions find what stands at its end. */
static void long_texts_are_searched(void **state)
{
	(void)state;
	enum { N = 300000 };
	static const char *const cases[] = {"invoice", "*voic*", "/invoice$/", "/in[a-z]+ice/", "/(?s)^a.*invoice/"};
	char *text = mem_alloc(N + 16);
	for (size_t i = 0; i < N; i++)
		text[i] = i % 7 == 6 ? ' ' : 'a';
	strcpy(text + N, " invoice");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e;
		struct pattern *p = pattern_new(cases[i], &e);
		assert_non_null(p);
		if (!pattern_match(p, text, text, NULL, 0))
			fail_msg("'%s' found nothing", cases[i]);
		pattern_free(p);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(expressions),
		cmocka_unit_test(addresses),
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(no_expression_runs_wild),
		cmocka_unit_test(endless_recursion_ends),
		cmocka_unit_test(a_hit_is_cut_between_characters),
		cmocka_unit_test(long_texts_are_searched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
