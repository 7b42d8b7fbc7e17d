#include "topic/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"

/* A text is looked at as " word word word ", so that a word's bounds are bytes like any other: the term "avtal" is the literal
 * " avtal ", "avtal*" is " avtal", "*avtal" is "avtal ". A term with stars inside is a row of literals, the first of which is
 * in the trie and the rest compared where that was found. */
struct term {
	char *key;        /* the literals with '*' between, in front and behind: what tells terms apart */
	uint32_t letters; /* bytes that must be there */
	uint32_t next;    /* another term that ends in the same node, or NONE */
	const char *rest; /* what follows the first literal: "" or from the '*' on; within key */
};

enum { NONE = UINT32_MAX, ROOT = 0 };

struct edge {
	uint32_t from; /* node << 8 | byte, + 1; 0: free */
	uint32_t to;
};

struct words {
	struct term *terms;
	size_t n_terms;
	uint32_t *ends;   /* of each node: the first term that ends there, or NONE */
	uint32_t n_nodes;
	struct edge *edges; /* a hash table, at most half full */
	size_t n_slots;
	uint32_t roots[256]; /* the root's edges, where most walks end: 0 is none */
};

static size_t slot(uint32_t key, size_t n_slots)
{
	return (key * 2654435761u >> 7) & (n_slots - 1);
}

static struct edge *edge_find(const struct words *w, uint32_t node, unsigned char byte)
{
	uint32_t key = (node << 8 | byte) + 1;
	size_t i = slot(key, w->n_slots);
	while (w->edges[i].from && w->edges[i].from != key)
		i = (i + 1) & (w->n_slots - 1);
	return &w->edges[i];
}

static uint32_t step(const struct words *w, uint32_t node, unsigned char byte)
{
	if (node == ROOT)
		return w->roots[byte];
	return edge_find(w, node, byte)->to;
}

struct words *words_new(void)
{
	struct words *w = mem_alloc(sizeof *w);
	w->n_slots = 64;
	w->edges = mem_array(w->n_slots, sizeof *w->edges);
	w->ends = mem_array(1, sizeof *w->ends);
	w->ends[ROOT] = NONE;
	w->n_nodes = 1;
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_terms; i++)
		free(w->terms[i].key);
	free(w->terms);
	free(w->ends);
	free(w->edges);
	free(w);
}

static void grow_edges(struct words *w)
{
	struct edge *old = w->edges;
	size_t n = w->n_slots;
	w->n_slots = n * 2;
	w->edges = mem_array(w->n_slots, sizeof *w->edges);
	for (size_t i = 0; i < n; i++)
		if (old[i].from)
			*edge_find(w, (old[i].from - 1) >> 8, (unsigned char)((old[i].from - 1) & 0xFF)) = old[i];
	free(old);
}

static uint32_t node_under(struct words *w, uint32_t node, unsigned char byte)
{
	uint32_t to = step(w, node, byte);
	if (to)
		return to;
	if ((w->n_nodes & (w->n_nodes - 1)) == 0) /* grow at powers of two */
		w->ends = mem_resize(w->ends, (size_t)w->n_nodes * 2, sizeof *w->ends);
	to = w->n_nodes++;
	w->ends[to] = NONE;
	if (node == ROOT) {
		w->roots[byte] = to;
		return to;
	}
	if (w->n_slots < (size_t)w->n_nodes * 2)
		grow_edges(w);
	*edge_find(w, node, byte) = (struct edge){(node << 8 | byte) + 1, to};
	return to;
}

static bool is_ascii_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* Folded text as " word word ": every run of other characters is one space. Stars are kept for a term. Never longer than n + 2. */
static void spaced(struct buf *out, const char *s, size_t n, bool stars)
{
	bool space = true;
	buf_reserve(out, n + 2);
	char *to = out->s + out->n;
	for (size_t i = 0, k; i < n; i += k) {
		bool keep;
		k = 1;
		if ((unsigned char)s[i] < 0x80)
			keep = is_ascii_word((unsigned char)s[i]) || (stars && s[i] == '*');
		else
			keep = char_is_word(utf8_next(s + i, n - i, &k));
		if (keep && space)
			*to++ = ' ';
		for (size_t j = 0; keep && j < k; j++)
			*to++ = s[i + j];
		space = !keep;
	}
	*to++ = ' ';
	*to = '\0';
	out->n = (size_t)(to - out->s);
}

/* "*avtal* förnya" to "*avtal* förnya ": with the bounds of words that are bounds, and no two stars in a row. */
static char *term_key(const char *term)
{
	char *folded = fold_text(term, strlen(term));
	struct buf b = {0}, key = {0};
	spaced(&b, folded, strlen(folded), true);
	free(folded);
	for (size_t i = 0; i < b.n; i++) {
		bool star = b.s[i] == '*';
		if (star && key.n && key.s[key.n - 1] == '*')
			continue;
		if (star && key.n == 1) /* the space in front of the first word */
			buf_clear(&key);
		if (b.s[i] == ' ' && i + 1 == b.n && key.n && key.s[key.n - 1] == '*')
			break;
		buf_addc(&key, b.s[i]);
	}
	buf_free(&b);
	return buf_take(&key);
}

static uint32_t letters_in(const char *key)
{
	uint32_t n = 0;
	for (; *key; key++)
		n += *key != '*' && *key != ' ';
	return n;
}

int words_add(struct words *w, const char *term, struct err *e)
{
	char *key = term_key(term);
	size_t len = strlen(key);
	uint32_t letters = letters_in(key);
	if (letters < 2 || len > TERM_MAX) {
		free(key);
		err_set(e, ERR_CONFIG, letters < 2 ? "the term '%s' has less than two letters" : "the term '%s' is too long", term);
		return -1;
	}
	const char *first = key + (*key == '*');
	size_t n = strcspn(first, "*");
	uint32_t node = ROOT;
	for (size_t i = 0; i < n; i++)
		node = node_under(w, node, (unsigned char)first[i]);
	for (uint32_t t = w->ends[node]; t != NONE; t = w->terms[t].next)
		if (strcmp(w->terms[t].key, key) == 0) {
			free(key);
			return (int)t;
		}
	if ((w->n_terms & (w->n_terms - 1)) == 0)
		w->terms = mem_resize(w->terms, w->n_terms ? w->n_terms * 2 : 1, sizeof *w->terms);
	w->terms[w->n_terms] = (struct term){key, letters, w->ends[node], first + n};
	w->ends[node] = (uint32_t)w->n_terms;
	return (int)w->n_terms++;
}

size_t words_count(const struct words *w)
{
	return w->n_terms;
}

/* Where the word that `at` lies in ends, or n when it is longer than words are. */
static size_t word_end(const char *s, size_t at, size_t n)
{
	size_t most = at + WORD_MAX < n ? at + WORD_MAX : n;
	while (at < most && s[at] != ' ')
		at++;
	return at < most ? at : n;
}

/* The literals after the first, each as near as it can be: a star cannot leave its word, so nearest is never wrong. The end, or 0. */
static size_t rest_matches(const char *s, size_t n, size_t at, const char *rest)
{
	while (*rest == '*') {
		const char *lit = ++rest;
		size_t len = strcspn(lit, "*"), end = word_end(s, at, n);
		if (end == n)
			return 0;
		if (len == 0)
			return end;
		while (at <= end && (at + len > n || memcmp(s + at, lit, len) != 0))
			at++;
		if (at > end)
			return 0;
		at += len;
		rest = lit + len;
	}
	return s[at - 1] == ' ' ? at - 1 : at;
}

static size_t word_start(const char *s, size_t at)
{
	size_t least = at > WORD_MAX ? at - WORD_MAX : 0;
	while (at > least && s[at - 1] != ' ')
		at--;
	return at;
}

static void hit_add(struct word_hits *out, size_t start, size_t end, uint32_t term)
{
	if (out->n == out->cap) {
		out->cap = out->cap ? out->cap * 2 : 32;
		out->v = mem_resize(out->v, out->cap, sizeof *out->v);
	}
	out->v[out->n++] = (struct word_hit){(uint32_t)start, (uint32_t)end, term};
}

static void hits_at(const struct words *w, const char *s, size_t n, size_t from, struct word_hits *out)
{
	uint32_t node = ROOT;
	for (size_t i = from; i < n; i++) {
		node = step(w, node, (unsigned char)s[i]);
		if (!node)
			return;
		for (uint32_t t = w->ends[node]; t != NONE; t = w->terms[t].next) {
			size_t end = rest_matches(s, n, i + 1, w->terms[t].rest);
			if (end)
				hit_add(out, s[from] == ' ' ? from + 1 : word_start(s, from), end, t);
		}
	}
}

/* In the order of the text; what covers comes before what it covers. */
static int by_place(const void *a, const void *b, void *words)
{
	const struct word_hit *x = a, *y = b;
	const struct words *w = words;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	uint32_t p = w->terms[x->term].letters, q = w->terms[y->term].letters;
	if (p != q)
		return p > q ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

static void keep_widest(const struct words *w, struct word_hits *h, size_t first)
{
	size_t kept = first;
	uint32_t reached = 0;
	if (h->n - first > 1)
		qsort_r(h->v + first, h->n - first, sizeof *h->v, by_place, (void *)(uintptr_t)w);
	for (size_t i = first; i < h->n; i++) {
		if (h->v[i].end <= reached)
			continue;
		reached = h->v[i].end;
		h->v[kept++] = h->v[i];
	}
	h->n = kept;
}

void words_find(const struct words *w, const char *folded, size_t n, struct word_hits *out)
{
	struct buf *text = &out->text;
	size_t first = out->n;
	buf_clear(text);
	if (n > UINT32_MAX / 2)
		n = UINT32_MAX / 2;
	spaced(text, folded, n, false);
	for (size_t i = 0; i + 1 < text->n; i++)
		hits_at(w, text->s, text->n, i, out);
	keep_widest(w, out, first);
}

void word_hits_free(struct word_hits *h)
{
	free(h->v);
	buf_free(&h->text);
	*h = (struct word_hits){0};
}
