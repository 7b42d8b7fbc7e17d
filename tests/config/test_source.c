/* What source_mend() makes of a text, and what it says. */
#include "config_dir.h"

#include "config/source.h"

/* White space to one space each, but for line ends. */
static char *squeezed(const char *s)
{
	struct buf b = {0};
	for (; *s; s++) {
		if (*s != ' ')
			buf_addc(&b, *s);
		else if (b.n && b.s[b.n - 1] != ' ' && b.s[b.n - 1] != '\n' && s[1] != '\n')
			buf_addc(&b, ' ');
	}
	return buf_take(&b);
}

static void what_is_wrong_is_mended(void **state)
{
	static const struct {
		const char *text, *mended, *said; /* said: NULL for nothing */
	} cases[] = {
		{"a = 1;\n", "a = 1L;\n", NULL},
		{"a : 1.5; b = 0x1F, c = -7L\n", "a = 1.5; b = 0x1FL; c = -7L\n", NULL},
		{"a = True; # b\n// c\n/* d\ne */ f = \"# // /*\";\n", "a = True;\n\n\nf = \"# // /*\";\n", NULL},
		{"a = [ 1, \"x\" ];\n", "a = ( 1L, \"x\" );\n", NULL},
		{"a = ( 1, 2, );\n", "a = ( 1L, 2L );\n", NULL},
		{"a = [ ];;\n", "a = ( );\n", NULL},
		{"a = \"x\" \"y\"\n  \"z\";\n", "a = \"x\" \"y\"\n\"z\";\n", NULL},
		{"a = \"\\\"\\\\\"; b = 1;\n", "a = \"\\\"\\\\\"; b = 1L;\n", NULL},
		{"a = { b = 1 };\n", "a = { b = 1L };\n", NULL},
		{"a = \"x;\nb = 1;\n", "a = \"x\";\nb = 1L;\n", "1: the string that begins with \"x; has no closing '\"' on its line"},
		{"a = [ \"x, \"y\" ];\n", "a = ( \"x, \",\"y\",\"\" );\n", "1: a comma or a quote is missing before y\n"},
		{"a = [ \"x\" \"y\" ];\n", "a = ( \"x\" ,\"y\" );\n", "1: a comma is missing before \"y\""},
		{"a = ( { b = 1; } { b = 2; } );\n", "a = ( { b = 1L; } ,{ b = 2L; } );\n", "1: a comma is missing before '{'"},
		{"a = ( 1; 2 );\n", "a = ( 1L, 2L );\n", "1: in a list, ',' stands between the elements, not ';'"},
		{"a \"x\";\n", "a =\"x\";\n", "1: '=' is missing after 'a'"},
		{"a { b = 1; };\n", "a ={ b = 1L; };\n", "1: '=' is missing between 'a' and '{'"},
		{"a = sv;\n", "a = \"sv\";\n", "1: a string needs double quotes: write \"sv\""},
		{"a = imaps://x.example:993;\n", "a = \"imaps://x.example:993\";\n", "1: a string needs double quotes: write \"imaps://x.example"},
		{"a = “x”;\n", "a = \"x\";\n", "1: strings are written in straight double quotes (\"), not in “"},
		{"a = 'x';\n", "a = \"x\";\n", "1: strings are written in straight double quotes (\"), not in '"},
		{"a = 10MB;\n", "a = \"10MB\";\n", "1: 10MB is no number; if it is a string it needs double quotes"},
		{"a = 12345678901234567890;\n", "a = \"12345678901234567890\";\n", "1: the number 12345678901234567890 is too large"},
		{"a =\nb = 1;\n", "\nb = 1L;\n", "1: the value of 'a' is missing"},
		{"a = ;\nb = 1;\n", "\nb = 1L;\n", "1: the value of 'a' is missing"},
		{"a\nb = 1;\n", "\nb = 1L;\n", "1: after 'a' there should be '=' and a value"},
		{"a = { b = 1;\n", "a = { b = 1L;\n}", "1: the '{' on this line is not closed with '}'"},
		{"a = {\n  b = 1;\nc = {\n  d = 2;\n};\n", "a = {\nb = 1L;\n}c = {\nd = 2L;\n};\n", "1: the '{' on this line is not closed with '}'"},
		{"a = { b = 1;\nc = 2; };\n", "a = { b = 1L;\nc = 2L; };\n", NULL}, /* unindented, but closed */
		{"a = [ 1, 2;\nb = 3;\n", "a = ( 1L, 2L);\nb = 3L;\n", "1: the '[' on this line is not closed with ']'"},
		{"a = { b = [ 1 };\n", "a = { b = ( 1L )};\n", "1: the '[' on this line is not closed with ']'"},
		{"a = [ 1 );\n", "a = ( 1L );\n", "1: ')' closes the '[' of line 1"},
		{"a = 1; }\n", "a = 1L;\n", "1: '}' closes nothing"},
		{"a = 1; = 2;\n", "a = 1L; \n", "1: '=' without a key before it"},
		{"a = ( b = 1 );\n", "a = ( {b = 1L });\n", "1: 'b' stands in a list: '{' is missing before it"},
		{"a = 1; /* b\n", "a = 1L;\n", "1: the comment that begins here with '/*' is not closed with '*/'"},
		{"a = \"\\x00\";\n", "a = \"\\x00\";\n", "1: \\x00 in a string: there is no use for it"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct faults faults = {0};
		struct problems p;
		struct source s;
		dir_put("mend.conf", cases[i].text);
		char *path = dir_path("mend.conf");
		assert_true(source_read(&s, path, &faults));
		source_mend(&s);
		faults_take(&faults, &p);
		char *lines = problem_lines(&p), *said = replaced(lines, "mend.conf:", ""), *got = squeezed(s.text.s);
		bool said_right = cases[i].said ? strncmp(said, cases[i].said, strlen(cases[i].said)) == 0 : !*said;
		if (strcmp(got, cases[i].mended) != 0 || !said_right)
			fail_msg("%sbecame\n%s%s", cases[i].text, got, said);
		free(lines);
		free(said);
		free(got);
		free(path);
		problems_free(&p);
		source_free(&s);
	}
}

/* At the deepest bracket allowed, each way to go deeper ends in one fault. */
static void depth_has_an_end(void **state)
{
	static const char *const deeper[] = {"[ 1 ]", "( 1 )", "{ a = 1; }", "a = 1", "( ( ( ("};
	(void)state;
	for (size_t i = 0; i < sizeof deeper / sizeof *deeper; i++) {
		for (size_t levels = 20; levels < 30; levels++) {
			struct faults faults = {0};
			struct source s;
			struct buf b = {0};
			buf_adds(&b, "a = ");
			for (size_t k = 0; k < levels; k++)
				buf_adds(&b, "(");
			buf_adds(&b, deeper[i]);
			buf_adds(&b, "\n");
			dir_put("deep.conf", b.s);
			char *path = dir_path("deep.conf");
			assert_true(source_read(&s, path, &faults));
			source_mend(&s);
			assert_true(faults.n > 0);
			assert_int_equal(s.cut, levels + 1 > 24 || (i == 4 && levels + 4 > 24));
			faults_free(&faults);
			source_free(&s);
			buf_free(&b);
			free(path);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_mended),
		cmocka_unit_test(depth_has_an_end),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
