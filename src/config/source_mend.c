/* A pass over the tokens of libconfig's grammar with a stack of open brackets. What it writes is what libconfig reads: the same
 * lines without comments, [arrays] written as (lists) so that their elements may be judged one by one, integers as 64-bit ones,
 * and what was forgotten put in where that is plain: a comma, a quote, a bracket, '='. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "config/mend.h"

enum { KEYS_MAX = 1000 };

/* --- brackets --- */

/* False: too deep, and nothing more is read. */
static bool may_go_deeper(struct pen *m)
{
	if (m->depth < MEND_DEPTH)
		return true;
	mend_fault(m, m->line, "brackets are nested more than %d deep", MEND_DEPTH);
	mend_give_up(m);
	return false;
}

static void push(struct pen *m, char open)
{
	struct frame *f = &m->stack[++m->depth];
	*f = (struct frame){.open = open, .line = m->line, .state = open == '{' ? KEY : VALUE};
	buf_addc(&m->out, open == '{' ? '{' : '(');
	m->has_comma = false;
}

static void pop(struct pen *m)
{
	struct frame *f = mend_top(m);
	if (m->has_comma && !mend_in_group(f) && f->state == VALUE)
		m->out.s[m->comma_at] = ' '; /* a comma after the last element: libconfig 1.5 takes offence */
	m->has_comma = false;
	buf_addc(&m->out, f->open == '{' ? '}' : ')');
	free(f->keys);
	f->keys = NULL;
	m->depth--;
	mend_top(m)->state = AFTER;
	mend_top(m)->after_string = false;
}

static void drop_unfinished(struct pen *m)
{
	struct frame *f = mend_top(m);
	if (!mend_in_group(f) || (f->state != EQUALS && f->state != VALUE))
		return;
	mend_fault(m, m->key_line, f->state == VALUE ? "the value of '%.*s' is missing" : "after '%.*s' there should be '=' and a value",
	           (int)m->key_n, m->key);
	mend_wipe_from(m, m->key_at);
	mend_not_understood(m, m->key_line);
	f->state = KEY;
}

static void close_left_open(struct pen *m)
{
	struct frame *f = mend_top(m);
	drop_unfinished(m);
	mend_fault(m, f->line, "the '%c' on this line is not closed with '%c'", f->open, f->open == '{' ? '}' : f->open == '(' ? ')' : ']');
	pop(m);
}

static void close_bracket(struct pen *m, char c)
{
	char want = c == '}' ? '{' : c == ')' ? '(' : '[';
	size_t d = m->depth;
	while (d > 0 && m->stack[d].open != want)
		d--;
	m->p++;
	if (d == 0 && m->depth > 0 && c != '}' && !mend_in_group(mend_top(m))) {
		mend_fault(m, m->line, "'%c' closes the '%c' of line %u", c, mend_top(m)->open, m->s->lines[mend_top(m)->line - 1].line);
		d = m->depth;
	} else if (d == 0) {
		mend_fault(m, m->line, "'%c' closes nothing", c);
		mend_not_understood(m, m->line);
		return;
	}
	while (m->depth > d)
		close_left_open(m);
	drop_unfinished(m);
	pop(m);
}

static void open_bracket(struct pen *m)
{
	struct frame *f = mend_top(m);
	char c = *m->p++;
	if (!may_go_deeper(m))
		return;
	if (f->state == EQUALS) {
		mend_fault(m, m->line, "'=' is missing between '%.*s' and '%c'", (int)m->key_n, m->key, c);
		mend_put(m, "=", 1);
	} else if (mend_in_group(f) && f->state != VALUE) {
		mend_fault(m, m->line, "'%c' where a key was expected: groups and lists are written 'key = %c …'", c, c);
		mend_not_understood(m, m->line);
		buf_addf(&m->out, " " SOURCE_NONAME "%zu = ", m->out.n);
	} else if (!mend_in_group(f) && f->state == AFTER) {
		mend_fault(m, m->line, "a comma is missing before '%c'", c);
		mend_put(m, ",", 1);
	}
	push(m, c);
}

/* --- keys --- */

static void note_key(struct pen *m, const char *name, size_t n)
{
	struct frame *f = mend_top(m);
	if (f->n_keys == KEYS_MAX) {
		mend_fault(m, m->line, "more than %d keys in one group: this is no config", KEYS_MAX);
		mend_give_up(m);
		return;
	}
	for (size_t i = 0; i < f->n_keys; i++) {
		if (f->keys[i].n != n || memcmp(f->keys[i].name, name, n) != 0)
			continue;
		char *place = source_place(m->s, f->keys[i].line, m->line);
		source_fault(m->s, m->line, "'%.*s' stands here a second time: the first is %s", (int)(n > 60 ? 60 : n), name, place);
		free(place);
		buf_addf(&m->out, SOURCE_NONAME "%zu", m->out.n);
		return;
	}
	if ((f->n_keys & (f->n_keys - 1)) == 0)
		f->keys = mem_resize(f->keys, f->n_keys ? f->n_keys * 2 : 1, sizeof *f->keys);
	f->keys[f->n_keys++] = (struct known_key){name, n, m->line};
	mend_put(m, name, n);
}

static void key(struct pen *m, size_t n)
{
	bool margin = m->p == m->start || m->p[-1] == '\n';
	if (m->guess && margin && m->depth > 0 && mend_top(m)->n_keys > 0 && !mend_top(m)->key_at_margin)
		while (m->depth > 0) {
			close_left_open(m);
		}
	mend_top(m)->key_at_margin |= margin;
	m->key = m->p;
	m->key_n = n;
	m->key_line = m->line;
	m->key_at = m->out.n;
	note_key(m, m->p, n);
	mend_top(m)->state = EQUALS;
	m->p += n;
}

/* "kvitto% = …": what was meant as a key and cannot be one. */
static bool bad_key(struct pen *m, size_t n)
{
	struct frame *f = mend_top(m);
	size_t run = mend_run_length(m);
	if (!mend_in_group(f) || (f->state != KEY && f->state != AFTER) || run <= n || mend_peek(m, m->p + run) != '=')
		return false;
	mend_fault(m, m->line, "'%.*s' is no key: keys are written with letters, digits, '_' and '-'", (int)utf8_cut(m->p, run, 40), m->p);
	mend_not_understood(m, m->line);
	m->key = m->p;
	m->key_n = run;
	m->key_line = m->line;
	m->key_at = m->out.n;
	buf_addf(&m->out, SOURCE_NONAME "%zu", m->out.n);
	f->state = EQUALS;
	m->p += run;
	return true;
}

static void word(struct pen *m)
{
	size_t n = mend_name_length(m->p, m->end);
	if (mend_is_word(m->p, n, "true") || mend_is_word(m->p, n, "false"))
		n = 0; /* no key can be called so */
	char next = n ? mend_peek(m, m->p + n) : '\0';
	bool is_key = n > 0 && (next == '=' || (next == ':' && m->end - m->p > (ptrdiff_t)n + 2 && memcmp(m->p + n, "://", 3) != 0));
	struct frame *f = mend_top(m);
	if (bad_key(m, n))
		return;
	if (is_key && !mend_in_group(f)) { /* a list that was never closed, or a group in it that was never opened */
		if (m->depth > 0 && m->stack[m->depth - 1].open != '(' && m->stack[m->depth - 1].open != '[' && f->state == AFTER) {
			close_left_open(m);
		} else {
			if (!may_go_deeper(m))
				return;
			mend_fault(m, m->line, "'%.*s' stands in a list: '{' is missing before it", (int)n, m->p);
			if (f->state == AFTER)
				mend_put(m, ",", 1);
			f->state = AFTER;
			push(m, '{');
		}
		key(m, n);
	} else if (is_key && (f->state == VALUE || f->state == EQUALS)) {
		drop_unfinished(m);
		key(m, n);
	} else if (n > 0 && mend_in_group(f) && (f->state == KEY || f->state == AFTER)) {
		key(m, n);
	} else {
		mend_bare(m);
	}
}

/* --- what stands between --- */

static void equals(struct pen *m)
{
	struct frame *f = mend_top(m);
	m->p++;
	if (mend_in_group(f) && f->state == EQUALS) {
		mend_put(m, "=", 1);
		f->state = VALUE;
	} else {
		mend_fault(m, m->line, mend_in_group(f) && f->state != VALUE ? "'=' without a key before it" : "unexpected '='");
		mend_not_understood(m, m->line);
	}
}

static void separator(struct pen *m)
{
	struct frame *f = mend_top(m);
	char c = *m->p++;
	if (mend_in_group(f)) {
		drop_unfinished(m);
		if (f->state == AFTER)
			mend_put(m, ";", 1);
		f->state = KEY;
		return;
	}
	if (c == ';' && (mend_key_follows(m, m->p) || mend_peek(m, m->p) == '\0' || mend_peek(m, m->p) == '}')) {
		while (!mend_in_group(mend_top(m)))
			close_left_open(m);
		mend_put(m, ";", 1);
		mend_top(m)->state = KEY;
		return;
	}
	if (c == ';')
		mend_fault(m, m->line, "in a list, ',' stands between the elements, not ';'");
	if (f->state != AFTER)
		return;
	m->comma_at = m->out.n;
	m->has_comma = true;
	mend_put(m, ",", 1);
	f->state = VALUE;
}

static void token(struct pen *m)
{
	switch (*m->p) {
	case '{': case '(': case '[': open_bracket(m); break;
	case '}': case ')': case ']': close_bracket(m, *m->p); break;
	case '=': case ':': equals(m); break;
	case ';': case ',': separator(m); break;
	case '"': mend_string(m); break;
	default: word(m);
	}
}

static void scan(struct pen *m)
{
	for (mend_skip(m); m->p < m->end; mend_skip(m))
		token(m);
	drop_unfinished(m); /* after giving up, said on a line that is not understood: to nobody */
	if (m->depth > 0 && !m->gave_up)
		m->missing = m->stack[1].line;
	while (m->depth > 0) {
		if (m->gave_up)
			pop(m);
		else
			close_left_open(m);
	}
	free(m->stack[0].keys);
}

/* Runs once; when a bracket turns out to be open at the end, once more with a guess at where it should have been closed. */
void source_mend(struct source *s)
{
	struct faults *real = s->faults, first = {0};
	bool *faulty = mem_array(s->n_lines, sizeof *faulty), broken = s->broken;
	for (size_t i = 0; i < s->n_lines; i++)
		faulty[i] = s->lines[i].faulty;
	const char *text = s->text.s ? s->text.s : "";
	struct pen m = {.s = s, .start = text, .p = text, .end = text + s->text.n, .line = 1};
	struct pen again = m;
	s->faults = &first;
	scan(&m);
	if (m.missing) {
		for (size_t i = 0; i < s->n_lines; i++)
			s->lines[i].faulty = faulty[i];
		s->broken = broken;
		buf_free(&m.out);
		faults_free(&first);
		m = again;
		m.guess = true;
		scan(&m);
	}
	s->faults = real;
	for (size_t i = 0; i < first.n; i++) {
		faults_add(real, first.order[i], first.v[i].file, first.v[i].line, first.v[i].message);
		first.v[i].message = NULL;
	}
	faults_free(&first);
	s->broken |= m.missing != 0;
	buf_free(&s->text);
	s->text = m.out;
	free(faulty);
}
