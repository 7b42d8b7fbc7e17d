#include "topic/language.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "base/fold.h"
#include "base/mem.h"
#include "topic/language_text.h"

/* Naive Bayes over the words of a text and the pairs to quadruples of letters in them, the ends of a word being letters too:
 * "av " is Swedish and Norwegian where "af " is Danish. All numbers were chosen on texts other than the samples. */
enum kind { PAIR, TRIPLE, QUAD, WORD, KINDS };

enum {
	LANGUAGES = 16,
	SLOTS = 1 << 15, /* of the table: about twice the grams in the samples */
	LOOKED_AT = 1000, /* bytes: that much is as sure as three times as much */
	WORD_LETTERS = 24, /* of a longer word only the beginning */
	SCALE = 16         /* weights are int8: 16ths of a nat */
};

static const float kind_weight[KINDS] = {[PAIR] = 0.5f, [TRIPLE] = 0.8f, [QUAD] = 1.0f, [WORD] = 2.0f};
/* Added to each count; and how far what several languages have is drawn to their mean, because small samples exaggerate. */
static const float UNSEEN = 0.3f, SHRINK = 0.8f;
/* A listed word counts half a sentence's word; the r-th commonest 48 / (r + 8). */
static const float LISTED = 0.5f, COMMONEST = 48, RANK = 8;

static const uint32_t BASIS = 2166136261u; /* of the hash, FNV-1a */

/* In nats: what fits one language less than this much better than the next cannot be told; a foreign one must be this much better
 * to win; and what fits its best language less than this much a word is in none of ours (sentences of ours reach 5 to 20). */
static const int SURE = 1 * SCALE, FOREIGN = 8 * SCALE, FITS = 3 * SCALE;

struct gram {
	uint32_t key; /* 0: free */
	int8_t weight[LANGUAGES];
};

struct counts { /* while it learns */
	uint32_t key[SLOTS];
	enum kind kind[SLOTS];
	float n[SLOTS][LANGUAGES];
	float total[KINDS][LANGUAGES];
	float distinct[KINDS];
};

/* Counted once from constant texts and constant from then on: the one exception to "no state in a file". */
static struct gram table[SLOTS];
static once_flag learnt = ONCE_FLAG_INIT;

typedef void gram_fn(void *ctx, uint32_t key, enum kind kind);

static uint32_t hash(uint32_t h, const char *s, size_t n) /* goes on from h, so that a run of letters is read once for all grams that begin with it */
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

static uint32_t key_of(uint32_t h, enum kind kind)
{
	h = (h ^ (uint32_t)kind) * 16777619u;
	h ^= h >> 15;
	return h ? h : 1;
}

/* Calls fn for each run of two to four letters in " word ", last for the word. `s` has the spaces; at[] is where letters begin. */
static void grams_of(const char *s, const uint16_t *at, size_t letters, gram_fn *fn, void *ctx)
{
	for (size_t i = 0; i + 2 <= letters; i++) {
		uint32_t h = hash(BASIS, s + at[i], (size_t)(at[i + 1] - at[i]));
		for (size_t k = 2; k <= 4 && i + k <= letters; k++) {
			h = hash(h, s + at[i + k - 1], (size_t)(at[i + k] - at[i + k - 1]));
			fn(ctx, key_of(h, (enum kind)(k - 2)), (enum kind)(k - 2));
		}
	}
	fn(ctx, key_of(hash(BASIS, s + at[1], (size_t)(at[letters - 1] - at[1])), WORD), WORD);
}

/* The end of the run of letters that begins at `from`; from itself when none does. */
static size_t letters_end(const char *s, size_t n, size_t from)
{
	size_t i = from, k;
	while (i < n) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (!char_is_word(c) || (c >= '0' && c <= '9'))
			break;
		i += k;
	}
	return i;
}

static void one_word(const char *s, size_t n, gram_fn *fn, void *ctx)
{
	char word[WORD_LETTERS * 4 + 3] = " ";
	uint16_t at[WORD_LETTERS + 3] = {0};
	size_t letters = 1, len = 1, k;
	for (size_t i = 0; i < n && letters <= WORD_LETTERS; i += k) {
		utf8_next(s + i, n - i, &k);
		memcpy(word + len, s + i, k);
		at[letters++] = (uint16_t)len;
		len += k;
	}
	word[len] = ' ';
	at[letters++] = (uint16_t)len;
	at[letters] = (uint16_t)(len + 1);
	grams_of(word, at, letters, fn, ctx);
}

/* "a@b.example", "https://…", "www.…": names, and no language. */
static bool is_address(const char *s, size_t n)
{
	if (n > 4 && memcmp(s, "www.", 4) == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (s[i] == '@' || (s[i] == ':' && i + 2 < n && s[i + 1] == '/' && s[i + 2] == '/'))
			return true;
	return false;
}

/* The grams of each word of folded text, in order; how many words there were. */
static unsigned words_of(const char *s, size_t n, gram_fn *fn, void *ctx)
{
	unsigned words = 0;
	for (size_t i = 0, end; i < n; i = end + 1) {
		const char *space = memchr(s + i, ' ', n - i);
		end = space ? (size_t)(space - s) : n;
		if (is_address(s + i, end - i))
			continue;
		for (size_t j = i, k; j < end; j += k) {
			k = letters_end(s, end, j) - j;
			if (k) {
				one_word(s + j, k, fn, ctx);
				words++;
			} else {
				utf8_next(s + j, end - j, &k);
			}
		}
	}
	return words;
}

struct counting {
	struct counts *c;
	unsigned lang;
	float by;
};

static void count_gram(void *ctx, uint32_t key, enum kind kind)
{
	struct counting *x = ctx;
	struct counts *c = x->c;
	uint32_t i = key & (SLOTS - 1);
	while (c->key[i] && c->key[i] != key)
		i = (i + 1) & (SLOTS - 1);
	if (!c->key[i]) {
		c->key[i] = key;
		c->kind[i] = kind;
		c->distinct[kind]++;
	}
	c->n[i][x->lang] += x->by;
	c->total[kind][x->lang] += x->by;
}

static void count_language(struct counts *c, unsigned lang)
{
	const struct language_text *t = &language_texts[lang];
	char *common = fold_text(t->common, strlen(t->common)), *words = fold_text(t->words, strlen(t->words)),
	     *sentences = fold_text(t->sentences, strlen(t->sentences));
	struct counting x = {c, lang, 1};
	words_of(sentences, strlen(sentences), count_gram, &x);
	x.by = LISTED;
	words_of(words, strlen(words), count_gram, &x);
	float rank = 0;
	for (char *p = common; *p; rank++) {
		size_t n = strcspn(p, " ");
		x.by = COMMONEST / (rank + RANK);
		words_of(p, n, count_gram, &x);
		p += n + (p[n] == ' ');
	}
	free(common);
	free(words);
	free(sentences);
}

static void weigh(const struct counts *c, size_t i, unsigned languages, int8_t out[LANGUAGES])
{
	enum kind kind = c->kind[i];
	float p[LANGUAGES], seen = 0, mean_seen = 0, mean = 0;
	for (unsigned l = 0; l < languages; l++) {
		p[l] = logf((c->n[i][l] + UNSEEN) / (c->total[kind][l] + UNSEEN * c->distinct[kind]));
		if (c->n[i][l] > 0) {
			seen++;
			mean_seen += p[l];
		}
	}
	for (unsigned l = 0; l < languages; l++) {
		if (c->n[i][l] > 0)
			p[l] += SHRINK * (mean_seen / seen - p[l]);
		mean += p[l] / (float)languages;
	}
	for (unsigned l = 0; l < languages; l++) {
		float w = roundf((p[l] - mean) * kind_weight[kind] * SCALE);
		out[l] = (int8_t)(w > 127 ? 127 : w < -127 ? -127 : w);
	}
}

static unsigned count_languages(void)
{
	unsigned n = 0;
	while (language_texts[n].lang)
		n++;
	return n < LANGUAGES ? n : LANGUAGES;
}

static void learn(void)
{
	struct counts *c = mem_alloc(sizeof *c);
	unsigned languages = count_languages();
	for (unsigned l = 0; l < languages; l++)
		count_language(c, l);
	for (size_t i = 0; i < SLOTS; i++)
		if (c->key[i]) {
			table[i].key = c->key[i];
			weigh(c, i, languages, table[i].weight);
		}
	free(c);
}

struct scores {
	int16_t word[LANGUAGES]; /* of the grams of one word: fewer than a hundred, so that the sum has room */
	int all[LANGUAGES];
};

static void score_gram(void *ctx, uint32_t key, enum kind kind)
{
	struct scores *x = ctx;
	uint32_t i = key & (SLOTS - 1);
	while (table[i].key && table[i].key != key)
		i = (i + 1) & (SLOTS - 1);
	if (table[i].key) {
		int8_t weight[LANGUAGES]; /* a copy: what is known to lie apart is added all at once */
		memcpy(weight, table[i].weight, sizeof weight);
		for (unsigned l = 0; l < LANGUAGES; l++)
			x->word[l] = (int16_t)(x->word[l] + weight[l]);
	}
	if (kind != WORD)
		return;
	for (unsigned l = 0; l < LANGUAGES; l++)
		x->all[l] += x->word[l];
	memset(x->word, 0, sizeof x->word);
}

static const char *best(const int *sum, unsigned words)
{
	int first = INT32_MIN / 2, second = first, foreign = first;
	unsigned at = 0;
	for (unsigned l = 0; l < count_languages(); l++) {
		int s = sum[l];
		if (language_texts[l].foreign) {
			foreign = s > foreign ? s : foreign;
		} else if (s > first) {
			second = first;
			first = s;
			at = l;
		} else if (s > second) {
			second = s;
		}
	}
	if (first - second < SURE || foreign - first > FOREIGN)
		return NULL;
	return words && first >= FITS * (int)words ? language_texts[at].lang : NULL;
}

const char *language_of(const char *utf8, size_t n)
{
	call_once(&learnt, learn);
	struct scores sum = {0};
	char *folded = fold_text(utf8, utf8_cut(utf8, n, LOOKED_AT));
	unsigned words = words_of(folded, strlen(folded), score_gram, &sum);
	free(folded);
	return best(sum.all, words);
}
