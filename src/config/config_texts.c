/* The texts that will be sent, looked for before they are: in each of the office's languages, with known placeholders only. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/sections.h"
#include "config/template.h"

/* A text that is missing is reported where it is asked for, one that is wrong where it stands. */
static void check_text(struct reader *r, const struct node *named_at, const char *lang, const char *name)
{
	const char *dir = r->check_files ? r->c->templates : NULL;
	char *path = mem_fmt("%s/%s/%s.txt", dir ? dir : "(built in)", lang, name);
	struct err e;
	unsigned line = 0;
	char *text = template_load(dir, lang, name, &e);
	if (text ? !template_check(text, template_to_staff(name), &line, &e) : dir && access(path, F_OK) == 0)
		faults_add(r->source->faults, r->source->n_lines + 1, path, line, mem_dup(e.text));
	else if (!text && named_at)
		reader_fault(r, named_at, "%s", e.text);
	else if (!text)
		source_fault(r->source, 0, "%s", e.text);
	free(text);
	free(path);
}

static void check_languages(struct reader *r, const struct node *languages)
{
	struct strs known = {0};
	template_languages(r->c->templates, &known);
	for (size_t i = 0; i < texts_count(languages); i++) {
		const struct node *t = texts_at(languages, i);
		if (!t || strs_has(&known, t->text))
			continue;
		char *hint = did_you_mean(t->text, (const char *const *)known.v, known.n);
		reader_fault(r, t, "the office has no texts in the language '%s'%s%s", t->text, hint,
		             r->c->templates ? "" : "; for another one, write texts and name their folder in 'templates'");
		free(hint);
	}
	strs_free(&known);
}

static const struct node *language_node(const struct node *languages, const char *lang)
{
	for (size_t i = 0; languages && i < texts_count(languages); i++)
		if (texts_at(languages, i) && strcmp(texts_at(languages, i)->text, lang) == 0)
			return texts_at(languages, i);
	return NULL;
}

static void check_answers(struct reader *r, const char *lang)
{
	const struct node *rules = tree_member(r->root, "rules");
	for (size_t i = 0; rules && rules->type == NODE_LIST && i < rules->n; i++) {
		const struct node *answer = tree_member(&rules->v[i], "answer");
		if (answer && answer->type == NODE_TEXT && name_ok(answer->text))
			check_text(r, answer, lang, answer->text);
	}
}

/* Without files to look at, only what is built in can be told to be missing, and only when there is no folder that may have it. */
void section_texts(struct reader *r)
{
	const struct node *office = tree_member(r->root, "office");
	const struct node *languages = office ? tree_member(office, "languages") : NULL;
	if (!r->check_files && r->c->templates)
		return;
	if (r->c->templates && access(r->c->templates, X_OK) != 0)
		return; /* reported where it is named */
	if (languages)
		check_languages(r, languages);
	for (size_t i = 0; i < r->c->office.languages.n; i++) {
		const char *lang = r->c->office.languages.v[i];
		if (!template_has_language(r->c->templates, lang))
			continue;
		for (const struct template_use *u = template_needed; u->name; u++)
			check_text(r, language_node(languages, lang), lang, u->name);
		check_answers(r, lang);
	}
}
