#include "config/keys.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/strs.h"

enum { TEXT_MAX = 2000, KEYS_MAX = 32 };

void reader_fault(struct reader *r, const struct node *n, const char *fmt, ...)
{
	char text[1200];
	va_list ap;
	if (n->line > 0 && n->line <= r->source->n_lines && r->source->lines[n->line - 1].faulty)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text[utf8_cut(text, strlen(text), sizeof text - 4)] = '\0';
	source_fault(r->source, n->line, "%s", text);
}

void reader_where(struct reader *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(r->where, sizeof r->where, fmt, ap);
	va_end(ap);
	r->where[utf8_cut(r->where, strlen(r->where), sizeof r->where - 4)] = '\0';
}

char *did_you_mean(const char *word, const char *const *known, size_t n)
{
	const char *near = str_nearest(word, known, n);
	if (near)
		return mem_fmt(": did you mean '%s'?", near);
	struct buf b = {0};
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? ", " : n > 1 ? ": known are " : ": known is ", known[i]);
	return buf_take(&b);
}

size_t texts_count(const struct node *n)
{
	return n->type == NODE_TEXT ? 1 : n->type == NODE_LIST ? n->n : 0;
}

enum text_kind { TEXT_GOOD, TEXT_EMPTY, TEXT_LONG, TEXT_BROKEN, TEXT_CONTROL };

static enum text_kind text_is(const char *s, uint32_t *control)
{
	size_t len = strlen(s), k;
	if (strspn(s, " ") == len)
		return TEXT_EMPTY;
	if (len > TEXT_MAX)
		return TEXT_LONG;
	if (!utf8_valid(s, len))
		return TEXT_BROKEN;
	for (size_t i = 0; i < len; i += k) {
		uint32_t c = *control = utf8_next(s + i, len - i, &k);
		bool separator = c == 0x2028 || c == 0x2029, bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
		if (c < ' ' || (c >= 0x7F && c < 0xA0) || separator || bidi)
			return TEXT_CONTROL;
	}
	return TEXT_GOOD;
}

static const struct node *element(const struct node *n, size_t i)
{
	return n->type == NODE_TEXT ? n : &n->v[i];
}

const struct node *texts_at(const struct node *n, size_t i)
{
	const struct node *t = element(n, i);
	uint32_t control;
	return t->type == NODE_TEXT && text_is(t->text, &control) == TEXT_GOOD ? t : NULL;
}

/* --- unknown and missing keys --- */

static const struct key *find_key(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (name && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static size_t known_keys(const struct key *keys, size_t n, const char *known[static KEYS_MAX])
{
	size_t k = 0;
	for (size_t i = 0; i < n && k < KEYS_MAX; i++)
		if (keys[i].want != WANT_NOTHING)
			known[k++] = keys[i].name;
	return k;
}

static void unknown_key(struct reader *r, const struct node *m, const struct key *keys, size_t n)
{
	const char *known[KEYS_MAX];
	size_t k = known_keys(keys, n, known);
	char *hint = did_you_mean(m->name, known, k);
	reader_fault(r, m, "unknown key '%s'%s%s%s", m->name, *r->where ? " in " : "", r->where, hint);
	free(hint);
}

/* It is there, but misspelt: that was said. */
static bool misspelt(const struct node *group, const struct key *k, const struct key *keys, size_t n)
{
	const char *known[KEYS_MAX];
	size_t n_known = known_keys(keys, n, known);
	for (size_t i = 0; i < group->n; i++) {
		const char *near = find_key(keys, n, group->v[i].name) ? NULL : str_nearest(group->v[i].name, known, n_known);
		if (near && strcmp(near, k->name) == 0)
			return true;
	}
	return false;
}

static void missing_key(struct reader *r, const struct node *group, const struct key *k, const struct key *keys, size_t n)
{
	bool at_top = group == r->root;
	if (r->source->cut || (at_top && r->source->broken) || misspelt(group, k, keys, n))
		return;
	if (at_top)
		source_fault(r->source, 0, "'%s' is missing: %s", k->name, k->help);
	else
		reader_fault(r, group, "'%s' is missing in %s: %s", k->name, r->where, k->help);
}

/* --- values --- */

static const char *wanted_name(enum want w)
{
	switch (w) {
	case WANT_TEXT: return "a string";
	case WANT_TEXTS: return "a string or a list of strings";
	case WANT_FLAG: return "true or false";
	case WANT_NUMBER: return "a number";
	case WANT_COUNT: return "a whole number";
	case WANT_GROUP: return "a group { … }";
	case WANT_LIST: return "a list ( { … }, … )";
	default: return "something else";
	}
}

static bool type_fits(enum want w, enum node_type t)
{
	switch (w) {
	case WANT_TEXT: return t == NODE_TEXT;
	case WANT_TEXTS: return t == NODE_TEXT || t == NODE_LIST;
	case WANT_FLAG: return t == NODE_FLAG;
	case WANT_NUMBER: return t == NODE_INTEGER || t == NODE_FLOAT;
	case WANT_COUNT: return t == NODE_INTEGER;
	case WANT_GROUP: return t == NODE_GROUP;
	case WANT_LIST: return t == NODE_LIST;
	default: return true;
	}
}

/* What to change so that the type is right, where that is a matter of quotes or brackets. */
static const char *type_advice(enum want w, enum node_type t)
{
	bool quoted_wanted = w == WANT_TEXT || w == WANT_TEXTS, bare_wanted = w == WANT_NUMBER || w == WANT_COUNT || w == WANT_FLAG;
	if (quoted_wanted && (t == NODE_INTEGER || t == NODE_FLOAT || t == NODE_FLAG))
		return ": put it in double quotes";
	if (bare_wanted && t == NODE_TEXT)
		return ": it has no quotes";
	if (w == WANT_LIST && t == NODE_GROUP)
		return ": put ( ) around the { }";
	return "";
}

bool text_ok(struct reader *r, const struct node *n, const char *name)
{
	uint32_t control = 0;
	switch (text_is(n->text, &control)) {
	case TEXT_EMPTY: reader_fault(r, n, "'%s' is empty: leave the key out, or say what it should be", name); break;
	case TEXT_LONG: reader_fault(r, n, "'%s' is longer than %d bytes", name, TEXT_MAX); break;
	case TEXT_BROKEN: reader_fault(r, n, "'%s' is not UTF-8", name); break;
	case TEXT_CONTROL: reader_fault(r, n, "'%s' has a control character (U+%04X) in it", name, (unsigned)control); break;
	case TEXT_GOOD: return true;
	}
	return false;
}

void texts_read(struct reader *r, const struct node *n, const char *name, struct strs *to)
{
	for (size_t i = 0; i < texts_count(n); i++) {
		const struct node *t = element(n, i);
		if (t->type != NODE_TEXT) {
			reader_fault(r, t, "element %zu of '%s' is %s, a string is wanted%s", i + 1, name, node_type_name(t->type),
			             type_advice(WANT_TEXT, t->type));
		} else if (n->type == NODE_LIST && !*t->text) {
			reader_fault(r, t, "element %zu of '%s' is empty", i + 1, name);
		} else if (!text_ok(r, t, name)) {
			continue;
		} else if (to && strs_has(to, t->text)) {
			reader_fault(r, t, "'%s' stands twice in '%s'", t->text, name);
		} else if (to) {
			strs_add(to, t->text);
		}
	}
}

static bool in_range(struct reader *r, const struct node *n, const struct key *k)
{
	if (n->number >= k->min && n->number <= k->max)
		return true;
	if (n->type == NODE_INTEGER)
		reader_fault(r, n, "'%s' is %lld, wanted is %.15g to %.15g", k->name, n->integer, k->min, k->max);
	else
		reader_fault(r, n, "'%s' is %g, wanted is %.15g to %.15g", k->name, n->number, k->min, k->max);
	return false;
}

static void store_count(void *at, size_t width, long long value)
{
	if (width == sizeof(uint64_t))
		*(uint64_t *)at = (uint64_t)value;
	else if (width == sizeof(uint32_t))
		*(uint32_t *)at = (uint32_t)value;
}

/* Takes the value into its place. False: it is no value for this key. */
static bool read_value(struct reader *r, const struct node *n, const struct key *k, void *at)
{
	switch (k->want) {
	case WANT_TEXT:
		if (!text_ok(r, n, k->name))
			return false;
		if (k->width) {
			char **text = at;
			free(*text);
			*text = mem_dup(n->text);
		}
		return true;
	case WANT_TEXTS:
		texts_read(r, n, k->name, k->width ? at : NULL);
		return true;
	case WANT_FLAG:
		if (k->width)
			*(bool *)at = n->flag;
		return true;
	case WANT_NUMBER:
		if (!in_range(r, n, k))
			return false;
		if (k->width)
			*(double *)at = n->number;
		return true;
	case WANT_COUNT:
		if (!in_range(r, n, k))
			return false;
		store_count(at, k->width, n->integer);
		return true;
	default: return true;
	}
}

static void read_key(struct reader *r, const struct node *n, const struct key *k, void *to)
{
	if (k->want == WANT_NOTHING) {
		reader_fault(r, n, "'%s'%s%s: %s", k->name, *r->where ? " in " : "", r->where, k->help);
		return;
	}
	if (!type_fits(k->want, n->type)) {
		reader_fault(r, n, "'%s' is %s, %s is wanted%s", k->name, node_type_name(n->type), wanted_name(k->want), type_advice(k->want, n->type));
		return;
	}
	if (!read_value(r, n, k, (char *)to + k->at) || !k->then)
		return;
	char outer[sizeof r->where];
	memcpy(outer, r->where, sizeof outer);
	k->then(r, n, to);
	memcpy(r->where, outer, sizeof outer);
}

void keys_read(struct reader *r, const struct node *group, const struct key *keys, size_t n, void *to)
{
	for (size_t i = 0; i < group->n; i++)
		if (!find_key(keys, n, group->v[i].name))
			unknown_key(r, &group->v[i], keys, n);
	for (size_t i = 0; i < n; i++) {
		const struct node *m = tree_member(group, keys[i].name);
		if (m)
			read_key(r, m, &keys[i], to);
		else if (keys[i].required)
			missing_key(r, group, &keys[i], keys, n);
	}
}
