#include "config_dir.h"

#include "base/strs.h"
#include "config/builtin_templates.h"
#include "config/template.h"

static const struct placeholder values[] = {{"ticket", "INT-42"}, {"office", "Kansliet"}, {"topic", "{office}"}, {"why", NULL}, {"name", "Åsa\nEk"}};

static void placeholders_are_filled_in(void **state)
{
	static const struct {
		const char *text, *subject, *body, *why;
	} cases[] = {
		{"Subject: [{ticket}] Tack\n\nHej från {office}!\n", "[INT-42] Tack", "Hej från Kansliet!\n", "the ordinary one"},
		{"subject:Tack\n\nHej\n", "Tack", "Hej\n", "as header fields go: any case, no space needed"},
		{"Hej från {office}", NULL, "Hej från Kansliet", "no Subject, no line end"},
		{"Subject: a\n\n\nb\n", "a", "\nb\n", "one empty line belongs to the subject"},
		{"{topic}\n", NULL, "{office}\n", "values are data, never scanned again"},
		{"{{ticket} {ticket}\n", NULL, "{ticket} INT-42\n", "a plain brace"},
		{"{} { } {x y} {ticket\n", NULL, "{} { } {x y} {ticket\n", "no placeholders"},
		{"a\n{why}\nb\n", NULL, "a\nb\n", "a line of nothing is left out"},
		{"a\nWhy: {why}\nb\n", NULL, "a\nb\n", "and so is one of a label and nothing"},
		{"a\nWhy: {why}, {unknown}\nb\n", NULL, "a\nWhy: ,\nb\n", "but not one that says something"},
		{"a\nWhy: {why}{ticket}\nb\n", NULL, "a\nWhy: INT-42\nb\n", "a label and something"},
		{"a\nWhy:\nb\n", NULL, "a\nWhy:\nb\n", "a label alone stays"},
		{"At 10:30 {why}:\n", NULL, "At 10:30 :\n", "two colons are no label"},
		{"a\n\n{why}\n\nb\n", NULL, "a\n\nb\n", "a paragraph of nothing goes with one of its empty lines"},
		{"{why}\n\nb\n", NULL, "b\n", "also the first one"},
		{"a\n{why}\n\nb\n", NULL, "a\n\nb\n", "but the line between two paragraphs stays"},
		{"a\n\nb\n", NULL, "a\n\nb\n", "nor an empty line"},
		{"a\n{why}", NULL, "a\n", "at the end, too"},
		{"{recipient}|{unknown}|\n", NULL, "||\n", "no value: nothing"},
		{"{name}\n", NULL, "Åsa\nEk\n", "what a value holds is the caller's care"},
		{"Subject: {why}\n\nx\n", "", "x\n", "a subject of nothing"},
		{"Subject: a", "a", "", "nothing but a subject"},
		{"", NULL, "", "nothing at all"},
		{"{ticket}{ticket}", NULL, "INT-42INT-42", "side by side"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = mem_dup(cases[i].text), *subject; /* on the heap, where a sanitizer sees an overread */
		struct buf body = {0};
		template_fill(text, values, sizeof values / sizeof *values, &subject, &body);
		if (strcmp(body.s ? body.s : "", cases[i].body) != 0)
			fail_msg("%s: got '%s'", cases[i].why, body.s);
		if (cases[i].subject)
			assert_string_equal(subject, cases[i].subject);
		else
			assert_null(subject);
		free(subject);
		free(text);
		buf_free(&body);
	}
}

static void faults_are_found(void **state)
{
	static const struct {
		const char *text;
		unsigned line; /* 0: none */
		const char *said;
		bool to_requesters;
	} cases[] = {
		{"Subject: [{ticket}] Tack\n\nHej {{ { } {} från {office}\n", 0, "", false},
		{"Hej\n", 0, "", false},
		{"{ticket} {topic} {office} {address}\n", 0, "", true},
		{"{subject} {sender} {error} {ticket}\n", 0, "", false},
		{"Hej\n{ticket} {subject}\n", 2, "'{subject}' is for texts to staff", true},
		{"Subject: Till {name}\n\nHej\n", 1, "'{name}' is for texts to staff", true},
		{"Hej\n\n{ofice}\n", 3, "unknown placeholder '{ofice}': did you mean '{office}'?", false},
		{"Subject: {Ticket}\n\nHej\n", 1, "did you mean '{ticket}'?", false},
		{"{requester-address}\n", 1, "did you mean '{requester_address}'?", false},
		{"{zzzzzzzz}\n", 1, "known are office, address, ticket", false},
		{"a\nb {ticket\n", 2, "'{' without a placeholder", false},
		{"{ ticket }\n", 1, "without spaces", false},
		{"", 1, "there is no text", false},
		{"Subject: Tack\n\n \n", 1, "there is no text", false},
		{"Subject:\n\nHej\n", 1, "the subject is empty", false},
		{"Subject: Tack\nHej\n", 1, "an empty line is wanted", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		unsigned line = 99;
		char *text = mem_dup(cases[i].text);
		bool ok = template_check(text, !cases[i].to_requesters, &line, &e);
		if (ok != (cases[i].line == 0) || (!ok && (line != cases[i].line || !strstr(e.text, cases[i].said))))
			fail_msg("'%s': line %u: %s", cases[i].text, line, e.text);
		free(text);
	}
}

static void the_folder_wins_over_what_is_built_in(void **state)
{
	struct err e;
	char *own = dir_path("texts");
	(void)state;
	dir_put("texts/sv/acknowledgement.txt", "\xEF\xBB\xBFSubject: Vårt\r\n\r\nHej\r\n");
	dir_put("texts/fi/acknowledgement.txt", "Hei\n");
	char *text = template_load(own, "sv", "acknowledgement", &e);
	assert_string_equal(text, "Subject: Vårt\n\nHej\n");
	free(text);
	text = template_load(own, "en", "acknowledgement", &e);
	assert_non_null(text);
	free(text);
	text = template_load(NULL, "sv", "acknowledgement", &e);
	assert_non_null(strstr(text, "kvitto"));
	free(text);
	assert_null(template_load(own, "fi", "forward-block", &e));
	assert_non_null(strstr(e.text, "/texts/fi/forward-block.txt"));
	assert_null(template_load(NULL, "fi", "acknowledgement", &e));
	assert_true(template_has_language(own, "fi"));
	assert_false(template_has_language(NULL, "fi"));
	assert_true(template_has_language(NULL, "sv"));
	free(own);
}

static void what_cannot_be_a_text_is_refused(void **state)
{
	static const struct {
		const char *lang, *name, *said;
	} cases[] = {
		{"sv", "../../etc/passwd", "no template can be called"},
		{"..", "x", "no template can be called"},
		{"", "x", "no template can be called"},
		{"sv", "", "no template can be called"},
		{"sv", "UPPER", "no template can be called"},
		{"sv", "latin", "is not UTF-8"},
		{"sv", "nul", "bytes of 0"},
		{"sv", "folder", "directory"},
		{"sv", "missing", "neither"},
	};
	char *own = dir_path("odd");
	struct err e;
	(void)state;
	dir_put("odd/sv/latin.txt", "caf\xE9\n");
	dir_put_bytes("odd/sv/nul.txt", "a\0b", 3, 0644);
	dir_put("odd/sv/folder.txt/x", "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_null(template_load(own, cases[i].lang, cases[i].name, &e));
		assert_int_equal(e.kind, ERR_CONFIG);
		if (!strstr(e.text, cases[i].said))
			fail_msg("%s/%s: %s", cases[i].lang, cases[i].name, e.text);
	}
	free(own);
}

/* The texts that come with the program: each in every language, none with a fault, all that the program needs among them. */
static void the_built_in_texts_are_whole(void **state)
{
	struct strs langs = {0};
	struct err e;
	(void)state;
	template_languages(NULL, &langs);
	assert_true(strs_has(&langs, "sv") && strs_has(&langs, "en"));
	for (const struct builtin_template *t = builtin_templates; t->lang; t++) {
		unsigned line;
		if (!template_check(t->text, template_to_staff(t->name), &line, &e))
			fail_msg("%s/%s.txt:%u: %s", t->lang, t->name, line, e.text);
		for (size_t i = 0; i < langs.n; i++) {
			char *text = template_load(NULL, langs.v[i], t->name, &e);
			if (!text)
				fail_msg("%s", e.text);
			free(text);
		}
	}
	for (const struct template_use *u = template_needed; u->name; u++) {
		char *text = template_load(NULL, "sv", u->name, &e);
		if (!text)
			fail_msg("%s", e.text);
		free(text);
	}
	strs_free(&langs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_filled_in),
		cmocka_unit_test(faults_are_found),
		cmocka_unit_test(the_folder_wins_over_what_is_built_in),
		cmocka_unit_test(what_cannot_be_a_text_is_refused),
		cmocka_unit_test(the_built_in_texts_are_whole),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
