#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/strs.h"

enum { MATCH_LIMIT = 100000, HEAP_LIMIT_KIB = 2048, SOURCE_MAX = 1000, SUBJECT_MAX = 1 << 20 };

struct pattern {
	char *source;
	char *glob;        /* an address pattern, or NULL */
	pcre2_code *code;  /* else this; of folded text when `folded` */
	pcre2_match_context *limits;
	bool folded;
};

static bool compile(struct pattern *p, const char *expr, uint32_t options, struct err *e)
{
	int code;
	PCRE2_SIZE at;
	p->code = pcre2_compile((PCRE2_SPTR)expr, PCRE2_ZERO_TERMINATED, options | PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (!p->code) {
		PCRE2_UCHAR why[200];
		pcre2_get_error_message(code, why, sizeof why);
		return err_set(e, ERR_CONFIG, "in the pattern '%s' at character %zu: %s", p->source, (size_t)at + 1, (char *)why);
	}
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* not there on every machine; the interpreter does as well */
	p->limits = pcre2_match_context_create(NULL);
	if (!p->limits)
		return err_set(e, ERR_TEMPORARY, "out of memory for the pattern '%s'", p->source);
	pcre2_set_match_limit(p->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(p->limits, MATCH_LIMIT / 10);
	pcre2_set_heap_limit(p->limits, HEAP_LIMIT_KIB);
	return true;
}

static bool is_expression(const char *s)
{
	size_t n = strlen(s);
	return n >= 3 && s[0] == '/' && s[n - 1] == '/';
}

/* "*avtal* due" becomes: no letter before, letters*, avtal, letters*, something between words, due, no letter after. */
static char *word_expression(const char *folded)
{
	struct buf b = {0};
	size_t n = strlen(folded), k;
	buf_adds(&b, "(?<![\\p{L}\\p{N}\\p{M}])");
	for (size_t i = 0; i < n; i += k) {
		uint32_t c = utf8_next(folded + i, n - i, &k);
		if (c == '*')
			buf_adds(&b, "[\\p{L}\\p{N}\\p{M}]*");
		else if (c == ' ')
			buf_adds(&b, "[^\\p{L}\\p{N}]+");
		else if (char_is_word(c))
			buf_add(&b, folded + i, k);
		else
			buf_addf(&b, "\\x{%x}", (unsigned)c);
	}
	buf_adds(&b, "(?![\\p{L}\\p{N}\\p{M}])");
	return buf_take(&b);
}

static struct pattern *fresh(const char *source, struct err *e)
{
	if (!*source || strlen(source) > SOURCE_MAX) {
		err_set(e, ERR_CONFIG, *source ? "a pattern is longer than %d bytes" : "a pattern is empty (limit %d bytes)", SOURCE_MAX);
		return NULL;
	}
	struct pattern *p = mem_alloc(sizeof *p);
	p->source = mem_dup(source);
	return p;
}

static bool expression(struct pattern *p, struct err *e)
{
	char *inner = mem_dupn(p->source + 1, strlen(p->source) - 2);
	bool ok = compile(p, inner, PCRE2_CASELESS, e);
	free(inner);
	return ok;
}

struct pattern *pattern_new(const char *source, struct err *e)
{
	struct pattern *p = fresh(source, e);
	bool ok;
	if (!p)
		return NULL;
	if (is_expression(source)) {
		ok = expression(p, e);
	} else {
		char *folded = fold_text(source, strlen(source)), *expr = word_expression(folded);
		p->folded = true;
		ok = strspn(folded, "* ") < strlen(folded) ? compile(p, expr, 0, e)
		                                            : err_set(e, ERR_CONFIG, "the pattern '%s' has no letter in it", source);
		free(folded);
		free(expr);
	}
	if (!ok) {
		pattern_free(p);
		return NULL;
	}
	return p;
}

struct pattern *pattern_address(const char *source, struct err *e)
{
	struct pattern *p = fresh(source, e);
	if (!p)
		return NULL;
	if (!is_expression(source)) {
		p->glob = mem_dup(source);
		return p;
	}
	if (expression(p, e))
		return p;
	pattern_free(p);
	return NULL;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	pcre2_match_context_free(p->limits);
	free(p->glob);
	free(p->source);
	free(p);
}

const char *pattern_source(const struct pattern *p)
{
	return p->source;
}

static void copy_hit(char *hit, size_t n, const char *s, size_t len)
{
	if (!hit || n == 0)
		return;
	size_t k = utf8_cut(s, len, n - 1);
	memcpy(hit, s, k);
	hit[k] = '\0';
}

bool pattern_match(const struct pattern *p, const char *text, const char *folded, char *hit, size_t n)
{
	if (p->glob) {
		if (!str_glob(p->glob, text))
			return false;
		copy_hit(hit, n, text, strlen(text));
		return true;
	}
	const char *s = p->folded ? folded : text;
	size_t len = strlen(s);
	len = utf8_cut(s, len, SUBJECT_MAX);
	pcre2_match_data *m = pcre2_match_data_create(1, NULL);
	if (!m)
		return false;
	int rc = pcre2_match(p->code, (PCRE2_SPTR)s, len, 0, 0, m, p->limits);
	if (rc >= 0) {
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m);
		copy_hit(hit, n, s + at[0], at[1] > at[0] ? at[1] - at[0] : 0);
	}
	pcre2_match_data_free(m);
	return rc >= 0;
}
