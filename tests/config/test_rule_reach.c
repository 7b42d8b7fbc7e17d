/* Which rules can never match. A rule that can must never be refused, so beside the cases there is a proof by trial: random
 * conditions over all mails that they can tell apart. */
#include "config_dir.h"

#include "config/rules.h"

static void rules_that_cannot_be_reached_are_refused(void **state)
{
	static const struct {
		const char *first, *second; /* what stands in `when` */
		bool never;
		const char *why;
	} cases[] = {
		{"", "subject = \"avtal\";", true, "the first holds for all"},
		{"subject = \"avtal\";", "subject = \"avtal\";", true, "the same"},
		{"subject = \"avtal\";", "subject = \"AVTAL\";", true, "the same but for case"},
		{"subject = \"avtal\";", "body = \"avtal\";", false, "another place"},
		{"subject = \"avtal\";", "", false, "the second holds for more"},
		{"subject = \"avtal\";", "subject = \"avtal\"; internal = true;", true, "narrower by one condition"},
		{"subject = \"avtal\"; internal = true;", "subject = \"avtal\";", false, "wider by one condition"},
		{"internal = true;", "internal = false;", false, "the opposite"},
		{"subject = [ \"a1\", \"b1\" ];", "subject = \"b1\";", true, "one of several"},
		{"subject = \"b1\";", "subject = [ \"a1\", \"b1\" ];", false, "several against one"},
		{"subject = \"*avtal*\";", "subject = \"samarbetsavtal\";", true, "the wildcard takes the word"},
		{"subject = \"*avtal*\";", "subject = \"sam*avtal\";", true, "and the narrower wildcard"},
		{"subject = \"avtal*\";", "subject = \"*avtal\";", false, "wildcards at other ends"},
		{"subject = \"samarbetsavtal\";", "subject = \"*avtal*\";", false, "a word against a wildcard"},
		{"subject = \"due\";", "subject = \"due diligence\";", true, "one word of two"},
		{"subject = \"due diligence\";", "subject = \"due\";", false, "two words against one"},
		{"subject = \"dilig*\";", "subject = \"due diligence\";", true, "a wildcard for one word of two"},
		{"subject = \"a*b\";", "subject = \"a-b\";", false, "'*' is letters of one word, not a hyphen"},
		{"subject = \"/avtal/\";", "subject = \"/avtal/\";", true, "the same expression"},
		{"subject = \"/avtal/\";", "subject = \"avtal\";", false, "an expression is not looked into"},
		{"from = \"*@uni.example\";", "from = \"bo@uni.example\";", true, "an address of a domain"},
		{"from = \"*@uni.example\";", "from = [ \"bo@uni.example\", \"*.ek@UNI.example\" ];", true, "several of them"},
		{"from = \"*@uni.example\";", "from = [ \"bo@uni.example\", \"*@x.example\" ];", false, "one of them elsewhere"},
		{"from = \"*uni.example\";", "from = \"*@uni.example\";", true, "a subdomain or not"},
		{"from = \"*@uni.example\";", "to = \"*@uni.example\";", false, "from is not to"},
		{"topic = [ \"mobility\", \"agreements\" ];", "topic = \"mobility\";", true, "a topic of several"},
		{"topic = \"mobility\";", "topic = [ \"mobility\", \"agreements\" ];", false, "several topics"},
		{"lang = \"sv\";", "lang = \"en\";", false, "another language"},
		{"kind = [ \"list\", \"bounce\" ];", "kind = \"bounce\"; subject = \"x1\";", true, "kind of several"},
		{"attachment = true;", "attachment = \"*.pdf\";", true, "a named attachment is one"},
		{"attachment = \"*.pdf\";", "attachment = true;", false, "an attachment need not be named so"},
		{"attachment = false;", "attachment = \"*.pdf\";", false, "no attachment"},
		{"header = { name = \"X-A\"; matches = \"1\"; };", "header = { name = \"x-a\"; matches = \"1\"; };", true, "names of fields have no case"},
		{"header = { name = \"X-A\"; matches = \"1\"; };", "header = { name = \"X-B\"; matches = \"1\"; };", false, "another field"},
		{"any = ( { subject = \"a1\"; }, { body = \"b1\"; } );", "body = \"b1\";", true, "one branch of any"},
		{"subject = \"a1\";", "any = ( { subject = \"a1\"; }, { body = \"b1\"; } );", false, "only one branch is taken"},
		{"subject = [ \"a1\", \"c1\" ];", "any = ( { subject = \"a1\"; }, { subject = \"c1\"; internal = true; } );", true, "both branches are taken"},
		{"any = ( { subject = \"a1\"; }, { body = \"b1\"; } );", "any = ( { body = \"b1\"; }, { subject = \"a1\"; } );", true, "in another order"},
		{"all = ( { subject = \"a1\"; }, { body = \"b1\"; } );", "subject = \"a1\"; body = \"b1\";", true, "all is the same as side by side"},
		{"not = { kind = \"person\"; };", "not = { kind = \"person\"; };", true, "the same not"},
		{"not = { kind = \"person\"; };", "not = { kind = [ \"person\", \"list\" ]; };", true, "not of more is less"},
		{"not = { kind = [ \"person\", \"list\" ]; };", "not = { kind = \"person\"; };", false, "not of less is more"},
		{"not = { kind = \"person\"; };", "kind = \"list\";", true, "another kind is not that one"},
		{"not = { kind = \"person\"; };", "kind = [ \"list\", \"person\" ];", false, "or is"},
		{"not = { internal = true; };", "internal = false;", true, "the two sides of a flag"},
		{"not = { kind = \"person\"; internal = true; };", "kind = \"person\";", false, "not of two conditions"},
		{"subject = \"a1\"; not = { not = { internal = true; }; };", "subject = \"a1\"; internal = true;", true, "not not"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *lines, *text = mem_fmt("office = { name = \"O\"; address = \"int@o.example\"; };\nsmtp = { url = \"smtp://s.example\"; };\n"
		                             "imap = { url = \"imaps://i.example\"; user = \"u\"; password_file = \"p\"; };\n"
		                             "store = { path = \"/x.db\"; };\ntriage = { staff = [ \"t@uni.example\" ]; };\n"
		                             "topics = ( { name = \"mobility\"; staff = [ \"m@uni.example\" ]; }, { name = \"agreements\"; staff = [ \"a@uni.example\" ]; } );\n"
		                             "rules = ( { name = \"first\"; when = { %s }; topic = \"mobility\"; },\n"
		                             "          { name = \"second\"; when = { %s }; topic = \"agreements\"; } );\n", cases[i].first, cases[i].second);
		dir_put("reach.conf", text);
		struct config *c = dir_load("reach.conf", false, &lines);
		bool said = strstr(lines, "reach.conf:8: rule 'second' can never match: rule 'first' on line 7") != NULL;
		if (said != cases[i].never || !!c == cases[i].never)
			fail_msg("%s: { %s } then { %s }: %s", cases[i].why, cases[i].first, cases[i].second, lines);
		config_free(c);
		free(lines);
		free(text);
	}
}

static void continue_lets_later_rules_be_reached(void **state)
{
	char *lines;
	(void)state;
	dir_put("go-on.conf", "office = { name = \"O\"; address = \"int@o.example\"; };\nsmtp = { url = \"smtp://s.example\"; };\n"
	                      "imap = { url = \"imaps://i.example\"; user = \"u\"; password_file = \"p\"; };\n"
	                      "store = { path = \"/x.db\"; };\ntriage = { staff = [ \"t@uni.example\" ]; };\n"
	                      "topics = ( { name = \"mobility\"; staff = [ \"m@uni.example\" ]; } );\n"
	                      "rules = ( { name = \"first\"; acknowledge = false; continue = true; },\n"
	                      "          { name = \"second\"; topic = \"mobility\"; }, { name = \"third\"; topic = \"triage\"; } );\n");
	assert_null(dir_load("go-on.conf", false, &lines));
	assert_null(strstr(lines, "'first'"));
	assert_non_null(strstr(lines, "rule 'third' can never match: rule 'second' on line 8"));
	free(lines);
}

/* A fault in the first rule's conditions is one fault: it does not make the second unreachable. */
static void a_rule_with_a_fault_hides_nothing(void **state)
{
	char *lines;
	(void)state;
	dir_put("half.conf", "rules = ( { name = \"first\"; when = { subjct = \"a1\"; }; topic = \"triage\"; },\n"
	                     "          { name = \"second\"; when = { subject = \"a1\"; }; topic = \"triage\"; } );\n");
	assert_null(dir_load("half.conf", false, &lines));
	assert_non_null(strstr(lines, "unknown key 'subjct'"));
	assert_null(strstr(lines, "never match"));
	free(lines);
}

/* --- proof by trial --- */

struct facts { /* a mail as far as these conditions see it */
	const char *topic, *lang;
	bool internal, attached;
};

static const char *const topics[] = {"mobility", "agreements", "triage"}, *const langs[] = {"sv", "en", "unknown"};

static bool holds(const struct cond *c, const struct facts *f)
{
	switch (c->kind) {
	case COND_ALL:
		for (size_t i = 0; i < c->n_sub; i++)
			if (!holds(&c->sub[i], f))
				return false;
		return true;
	case COND_ANY:
		for (size_t i = 0; i < c->n_sub; i++)
			if (holds(&c->sub[i], f))
				return true;
		return false;
	case COND_NOT: return !holds(&c->sub[0], f);
	case COND_TOPIC: return strs_has(&c->words, f->topic);
	case COND_LANG: return strs_has(&c->words, f->lang);
	case COND_INTERNAL: return c->flag == f->internal;
	default: return c->flag == f->attached;
	}
}

static uint64_t seed = 7;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static void make(struct cond *c, int depth)
{
	static const enum cond_kind leaves[] = {COND_TOPIC, COND_LANG, COND_INTERNAL, COND_HAS_ATTACHMENT};
	*c = (struct cond){.kind = leaves[below(4)], .flag = below(2)};
	unsigned k = depth > 0 ? below(5) : 4;
	if (k < 3) {
		c->kind = k == 0 ? COND_ALL : k == 1 ? COND_ANY : COND_NOT;
		c->n_sub = c->kind == COND_NOT ? 1 : 1 + below(3);
		c->sub = mem_array(c->n_sub, sizeof *c->sub);
		for (size_t i = 0; i < c->n_sub; i++)
			make(&c->sub[i], depth - 1);
		return;
	}
	for (size_t i = 0; i < 3 && (c->kind == COND_TOPIC || c->kind == COND_LANG); i++)
		if (below(2) || (i == 2 && c->words.n == 0))
			strs_add(&c->words, c->kind == COND_TOPIC ? topics[i] : langs[i]);
}

static void unmake(struct cond *c)
{
	for (size_t i = 0; i < c->n_sub; i++)
		unmake(&c->sub[i]);
	free(c->sub);
	strs_free(&c->words);
}

static void what_is_proved_is_so(void **state)
{
	unsigned implied = 0, excluded = 0, missed = 0;
	(void)state;
	for (int round = 0; round < 30000; round++) {
		struct cond a, b;
		make(&a, 2);
		make(&b, 2);
		bool implies = cond_implies(&a, &b), excludes = cond_excludes(&a, &b), really = true;
		for (unsigned m = 0; m < 36; m++) {
			struct facts f = {topics[m % 3], langs[m / 3 % 3], m / 9 % 2, m / 18};
			bool x = holds(&a, &f), y = holds(&b, &f);
			really &= !x || y;
			if (implies && x && !y)
				fail_msg("round %d: said to be implied, and is not", round);
			if (excludes && x && y)
				fail_msg("round %d: said to be excluded, and is not", round);
		}
		implied += implies;
		excluded += excludes;
		missed += really && !implies;
		unmake(&a);
		unmake(&b);
	}
	if (getenv("SHOW"))
		printf("implied %u, excluded %u, implications not seen %u\n", implied, excluded, missed);
	assert_true(implied > 1000 && excluded > 500); /* the trial is worth something */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_cannot_be_reached_are_refused),
		cmocka_unit_test(continue_lets_later_rules_be_reached),
		cmocka_unit_test(a_rule_with_a_fault_hides_nothing),
		cmocka_unit_test(what_is_proved_is_so),
	};
	return cmocka_run_group_tests(tests, dir_make, dir_remove);
}
