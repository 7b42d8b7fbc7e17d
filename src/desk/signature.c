#include "desk/signature.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "desk/spell.h"
#include "mail/quote_marks.h"
#include "mail/quote_sign.h"

enum { SIGNATURE_LINES = 8, SIGNATURE_LINE = 90 };

/* The rest of a line that begins with a greeting: "Mvh" leaves "", "Mvh Anna" leaves "anna"; NULL: it does not. Words as spell_compact() makes them. */
static const char *behind_greeting(const char *compact)
{
	static const char *const words[] = {
		"mvh",           "vh",         "medvanlighalsning", "medvanligahalsningar", "vanligahalsningar", "vanlighalsning", "halsningar", "hals",
		"hjartligahalsningar", "bastahalsningar", "bestregards", "kindregards", "regards", "warmregards", "best", "bestwishes", "kindestregards",
		"yourssincerely", "sincerely", "cheers", "withkindregards", "withbestregards", "allthebest", "varmahalsningar",
	};
	const char *rest = NULL;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);
		if (strncmp(compact, words[i], n) == 0 && (!rest || compact + n > rest))
			rest = compact + n;
	}
	return rest;
}

/* The line is the writer's name, or begins with it: "Bo Ek", "/Bo Ek", "Bo Ek, handläggare", "/Bo". */
static bool is_name(const char *compact, const char *line, const char *name)
{
	size_t n = strlen(compact);
	if (!name || !*name || n == 0)
		return false;
	char *whole = spell_compact(name, strlen(name)), *first = spell_compact(name, strcspn(name, " "));
	size_t k = strlen(whole);
	bool yes = k && strncmp(compact, whole, k) == 0;
	yes = yes || (strcmp(compact, first) == 0 && *first) || (*line == '/' && *first && strncmp(compact, first, strlen(first)) == 0);
	free(first);
	free(whole);
	return yes;
}

static bool begins_signature(const struct quote_text *t, size_t i, const char *name)
{
	const char *s = t->s + t->v[i].at;
	size_t n = t->v[i].n;
	if (quote_is_delimiter(t, i) || quote_is_rule(t, i, "-_", 2))
		return true;
	char *compact = spell_compact(s, n);
	const char *rest = behind_greeting(compact);
	bool yes = (rest && (!*rest || is_name(rest, s, name))) || is_name(compact, s, name);
	free(compact);
	return yes;
}

bool signature_alone(const char *text, const char *name)
{
	struct quote_text t;
	size_t lines = 0;
	bool begun = false, only = true;
	quote_split(text, strlen(text), &t);
	for (size_t i = 0; only && i < t.n; i++) {
		if (quote_is_blank(&t, i) || quote_is_phone(&t, i))
			continue;
		begun = begun || begins_signature(&t, i, name);
		only = begun && ++lines <= SIGNATURE_LINES && t.v[i].n <= SIGNATURE_LINE;
	}
	free(t.v);
	return only;
}
