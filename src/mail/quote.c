#include "mail/quote.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/strs.h"
#include "mail/quote_marks.h"
#include "mail/quote_sign.h"
#include "mail/text.h"

struct cutter {
	struct quote_text t;
	bool *keep;        /* one a line */
	bool written;      /* something not blank was kept */
	bool attributed;   /* an attribution was seen: marked lines are history */
	bool forward;      /* the subject, or a separator, says so */
	bool ours;         /* it replies to a mail of ours */
	quote_theirs *theirs;
	void *ctx;
	size_t answered;   /* blocks of marked lines with an answer below */
	bool untrimmed;    /* and in one of them is a line that is not theirs */
	size_t shared, shared_n; /* a line that is kept in part: its first shared_n bytes */
};

bool quote_subject_forwards(const char *subject)
{
	static const char *const v[] = {"fw:", "fwd:", "vb:", "vs:", "wg:", "tr:", "rv:", "vl:", "i:", "enc:", "doorst:", "fwd.:", "re: fwd:"};
	if (!subject)
		return false;
	char *s = fold_text(subject, strlen(subject));
	bool found = false;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		found = found || str_starts(s, v[i]);
	free(s);
	return found;
}

/* A marked block ends before the next line that is neither marked nor blank, but for a line that a mail program broke in two:
 * it stands between marked lines and goes on in small letters. */
static bool is_broken_rest(const struct quote_text *t, size_t i)
{
	if (i == 0 || i + 1 >= t->n || !quote_is_quoted(t, i - 1) || !quote_is_quoted(t, i + 1))
		return false;
	const struct quote_line *before = &t->v[i - 1];
	char last = before->n ? t->s[before->at + before->n - 1] : '\0', first = t->s[t->v[i].at];
	return before->n > 30 && !strchr(".?!:", last) && !(first >= 'A' && first <= 'Z');
}

static size_t quote_end(const struct quote_text *t, size_t i, bool bar)
{
	size_t end = i;
	for (; i < t->n; i++) {
		bool marked = quote_is_quoted(t, i) || (bar && t->v[i].n > 0 && t->s[t->v[i].at] == '|');
		if (marked || is_broken_rest(t, i))
			end = i + 1;
		else if (!quote_is_blank(t, i))
			break;
	}
	return end;
}

static void keep_line(struct cutter *c, size_t i)
{
	c->keep[i] = true;
	c->written = c->written || !quote_is_blank(&c->t, i);
}

/* Marked lines above an answer to them: those that the one who is answered wrote are kept. */
static void keep_theirs(struct cutter *c, size_t i, size_t end)
{
	size_t next = quote_next(&c->t, end);
	bool strong, forward, answered = next < c->t.n && !quote_is_delimiter(&c->t, next) && !quote_is_phone(&c->t, next) && !quote_is_footer(&c->t, next) &&
	                                 !quote_is_separator(&c->t, next, &forward) && quote_attribution(&c->t, next, false, &strong) == 0;
	c->answered += answered;
	for (; c->theirs && answered && i < end; i++) {
		const char *s = c->t.s + c->t.v[i].at;
		size_t n = c->t.v[i].n, marks = 0;
		while (marks < n && (s[marks] == '>' || s[marks] == ' '))
			marks++;
		c->keep[i] = marks < n && c->theirs(c->ctx, s + marks, n - marks);
		c->untrimmed = c->untrimmed || (marks < n && !c->keep[i]);
	}
}

/* An unattributed block of marked lines: history when nothing but it follows what was written; else it is kept. */
static size_t pass_quotes(struct cutter *c, size_t i)
{
	bool strong;
	size_t end = quote_end(&c->t, i, false), next = quote_next(&c->t, end);
	bool attributed = c->attributed || quote_attribution(&c->t, i, true, &strong) > 0;
	bool last = next == c->t.n || quote_is_delimiter(&c->t, next) || quote_is_phone(&c->t, next) || quote_is_footer(&c->t, next);
	if (attributed)
		c->attributed = true;
	for (size_t k = i; k < end && !attributed && !(last && c->written); k++)
		keep_line(c, k);
	keep_theirs(c, i, end);
	return end;
}

/* Lines that end what was written: false, the rest is history. *i moves on where not. */
static bool pass_attribution(struct cutter *c, size_t *i, size_t lines, bool strong)
{
	size_t next = quote_next(&c->t, *i + lines);
	bool bar = next < c->t.n && c->t.s[c->t.v[next].at] == '|';
	if (next < c->t.n && (quote_is_quoted(&c->t, next) || bar)) {
		c->attributed = true;
		*i = quote_end(&c->t, next, bar);
		keep_theirs(c, next, *i);
		return true;
	}
	if ((c->written || c->ours) && strong)
		return false;
	*i += lines; /* on top of a mail: only the line itself goes, the answer may stand below */
	return true;
}

/* Marks the lines that are kept; returns where the rest was cut off. */
static size_t walk(struct cutter *c)
{
	size_t i = 0;
	while (i < c->t.n) {
		bool strong = false, forward = false;
		size_t lines;
		if (quote_is_blank(&c->t, i)) {
			c->keep[i++] = true;
		} else if (quote_is_quoted(&c->t, i)) {
			i = pass_quotes(c, i);
		} else if (quote_is_separator(&c->t, i, &forward)) {
			c->forward = c->forward || forward;
			if (c->written || c->forward || c->ours)
				return i;
			do /* on top of a mail it is a memo's heading: all of it stays */
				keep_line(c, i++);
			while (i < c->t.n && !quote_is_blank(&c->t, i));
		} else if ((c->shared_n = quote_shared(&c->t, i)) > 0) {
			c->shared = i;
			keep_line(c, i);
			return i + 1;
		} else if ((lines = quote_attribution(&c->t, i, false, &strong)) > 0) {
			if (!pass_attribution(c, &i, lines, strong))
				return i;
		} else if (c->written && (quote_is_delimiter(&c->t, i) || quote_is_phone(&c->t, i) || quote_is_footer(&c->t, i))) {
			return i;
		} else {
			keep_line(c, i++);
		}
	}
	return i;
}

static char *collect(const struct cutter *c, size_t end)
{
	struct buf out = {0};
	bool joint = false; /* something was left out just above */
	for (size_t i = 0; i < end; i++) {
		if (!c->keep[i]) {
			joint = true;
			continue;
		}
		if (joint && quote_is_blank(&c->t, i) && out.n > 1 && out.s[out.n - 2] == '\n')
			continue;
		joint = joint && quote_is_blank(&c->t, i);
		buf_add(&out, c->t.s + c->t.v[i].at, c->shared_n && i == c->shared ? c->shared_n : c->t.v[i].n);
		buf_addc(&out, '\n');
	}
	char *s = buf_take(&out);
	size_t n = strlen(s), from = 0;
	while (n > 0 && strchr(" \t\n\r", s[n - 1]))
		n--;
	while (from < n && s[from] == '\n')
		from++;
	memmove(s, s + from, n - from);
	s[n - from] = '\0';
	return s;
}

/* Signatures without a delimiter are looked for among the kept lines alone. */
static char *without_signature(char *s)
{
	struct quote_text t;
	quote_split(s, strlen(s), &t);
	size_t end = quote_signature(&t, t.n);
	if (end < t.n && end > 0) {
		size_t n = t.v[end].at;
		while (n > 0 && strchr(" \t\n", s[n - 1]))
			n--;
		s[n] = '\0';
	}
	free(t.v);
	return s;
}

static char *written_now(struct cutter *c, const char *text, size_t n)
{
	quote_split(text, n, &c->t);
	c->keep = mem_array(c->t.n + 1, sizeof *c->keep);
	size_t end = walk(c);
	char *reply = collect(c, end);
	free(c->keep);
	free(c->t.v);
	return reply;
}

char *quote_reply(const char *text, size_t n, const char *subject)
{
	struct cutter c = {.forward = quote_subject_forwards(subject)};
	char *reply = written_now(&c, text, n);
	if (!*reply && !c.forward) { /* nothing but history: it was sent to be read */
		free(reply);
		reply = mem_dupn(text, n);
	}
	return without_signature(reply);
}

char *quote_reply_to_us(const char *text, size_t n, quote_theirs *theirs, void *ctx)
{
	struct cutter c = {.ours = true, .attributed = true, .theirs = theirs, .ctx = ctx};
	char *reply = written_now(&c, text, n);
	if (theirs && c.answered == 1 && c.untrimmed) { /* nobody answers between the lines: the whole mail stands above, as some programs quote */
		free(reply);
		c = (struct cutter){.ours = true, .attributed = true};
		reply = written_now(&c, text, n);
	}
	return without_signature(reply);
}
