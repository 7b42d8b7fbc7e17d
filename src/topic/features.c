#include "topic/features.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "topic/parts.h"

enum {
	LOOKED_AT = 8192, /* bytes of one text */
	WORD_LETTERS = 40, /* bytes; of a longer word only the beginning */
	GRAM_LEAST = 2, GRAM_MOST = 4, /* letters, the spaces around a word included */
	KIN_NEAR = 12,  /* a word's kin is paired with so many before it */
	ATTACHMENTS = 10,
	SHORT_TEXT = 30 /* words: in so few it counts which is the first and which the last */
};

/* What kind of feature a key is of: a word in the subject is another feature than the same word anywhere. */
enum kind { WORD = 1, PAIR, FIRST, LAST, KIN, KIN_PAIR, LETTERS, SUBJECT_WORD, DOMAIN };

static const uint64_t PRIME = 0x100000001b3u, BASIS = 0xcbf29ce484222325u;

static uint32_t key_of(uint64_t h, enum kind kind)
{
	h ^= (uint64_t)kind * 0x9e3779b97f4a7c15u;
	h ^= h >> 32;
	h *= 0xff51afd7ed558ccdu;
	return (uint32_t)(h >> 32);
}

static uint64_t hash(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * PRIME;
	return h;
}

static void grow(struct features *f)
{
	f->cap = f->cap ? f->cap * 2 : 512;
	f->v = mem_resize(f->v, f->cap, sizeof *f->v);
}

static void put(struct features *f, uint32_t key, enum feature_block block, enum feature_place place, size_t word)
{
	if (f->n == f->cap)
		grow(f);
	f->v[f->n++] = (struct feature){key, (uint32_t)word, (uint8_t)block, (uint8_t)place};
}

/* Bytes at s that are no part of a word (0: a letter or digit), after folding. *drop: but hold the word together ("don't"). */
static size_t gap(const unsigned char *s, size_t n, bool *drop)
{
	*drop = *s == '\'' || (n >= 3 && s[0] == 0xE2 && s[1] == 0x80 && s[2] == 0x99);
	if (*s < 0x80)
		return !((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9'));
	if (*s == 0xC2 && n >= 2) /* signs of Latin-1 */
		return 2;
	if (*s == 0xE2 && n >= 3 && s[1] >= 0x80 && s[1] <= 0xAF) /* punctuation, arrows, boxes */
		return 3;
	if (*s == 0xEF && n >= 3) /* what is no character, wide punctuation */
		return 3;
	return 0;
}

static void add_word(struct features *f, enum feature_place place, size_t start, size_t n)
{
	if (f->n_words == f->cap_words) {
		f->cap_words = f->cap_words ? f->cap_words * 2 : 64;
		f->words = mem_resize(f->words, f->cap_words, sizeof *f->words);
	}
	f->words[f->n_words++] = (struct feature_word){(uint32_t)start, (uint32_t)n, (uint8_t)place};
}

static void end_word(struct features *f, enum feature_place place, size_t start)
{
	size_t len = f->text.n - start;
	if (len == 0)
		return;
	size_t keep = utf8_cut(f->text.s + start, len, WORD_LETTERS);
	buf_cut(&f->text, start + keep);
	buf_addc(&f->text, ' ');
	add_word(f, place, start, keep);
}

static void split(struct features *f, enum feature_place place, const char *folded, size_t n)
{
	buf_reserve(&f->text, n + 2);
	buf_addc(&f->text, ' ');
	size_t start = f->text.n;
	for (size_t i = 0, k; i < n; i += k) {
		bool drop;
		k = gap((const unsigned char *)folded + i, n - i, &drop);
		if (k == 0) {
			buf_addc(&f->text, folded[i]);
			k = 1;
		} else if (!drop) {
			end_word(f, place, start);
			start = f->text.n;
		}
	}
	end_word(f, place, start);
}

static void put_letters(struct features *f, enum feature_place place, size_t word)
{
	const char *s = f->text.s + f->words[word].start - 1; /* with the space before and behind */
	size_t n = f->words[word].len + 2;
	while (f->cap - f->n < n * (GRAM_MOST - GRAM_LEAST + 1))
		grow(f);
	struct feature *to = f->v + f->n;
	for (size_t a = 0; a < n; a++) {
		if (((unsigned char)s[a] & 0xC0) == 0x80)
			continue;
		uint64_t h = 0; /* their bytes: mixed once, by key_of() */
		unsigned letters = 0;
		for (size_t b = a; b < n; b++) {
			h = (h << 8 | h >> 56) ^ (unsigned char)s[b];
			if (b + 1 < n && ((unsigned char)s[b + 1] & 0xC0) == 0x80)
				continue;
			if (++letters >= GRAM_LEAST)
				*to++ = (struct feature){key_of(h, LETTERS), (uint32_t)word, BLOCK_LETTERS, (uint8_t)place};
			if (letters == GRAM_MOST)
				break;
		}
	}
	f->n = (size_t)(to - f->v);
}

static void put_kin(struct features *f, const struct kin *kin, enum feature_place place, size_t first)
{
	uint16_t near[KIN_NEAR], found[KIN_AT_ONE];
	size_t n_near = 0;
	for (size_t w = first; w < f->n_words; w++) {
		size_t n = kin_find(kin, f->text.s + f->words[w].start, f->text.n - f->words[w].start, found);
		for (size_t i = 0; i < n; i++) {
			put(f, key_of(found[i], KIN), BLOCK_KIN, place, w);
			for (size_t j = 0; j < (n_near < KIN_NEAR ? n_near : KIN_NEAR); j++) {
				uint16_t a = near[j], b = found[i];
				if (a != b)
					put(f, key_of(a < b ? (uint64_t)a << 16 | b : (uint64_t)b << 16 | a, KIN_PAIR), BLOCK_KIN, place, w);
			}
			near[n_near++ % KIN_NEAR] = found[i];
		}
	}
}

static void put_words(struct features *f, enum feature_place place, size_t first)
{
	for (size_t w = first; w < f->n_words; w++) {
		const struct feature_word *v = &f->words[w];
		uint64_t h = hash(BASIS, f->text.s + v->start, v->len);
		put(f, key_of(h, WORD), BLOCK_WORDS, place, w);
		if (w + 1 < f->n_words)
			put(f, key_of(hash(h, f->text.s + v->start + v->len, v[1].len + 1), PAIR), BLOCK_WORDS, place, w);
		if (place == PLACE_SUBJECT)
			put(f, key_of(h, SUBJECT_WORD), BLOCK_SUBJECT, place, w);
		if (f->n_words - first <= SHORT_TEXT && place == PLACE_BODY && (w == first || w + 1 == f->n_words))
			put(f, key_of(h, w == first ? FIRST : LAST), BLOCK_WORDS, place, w);
		put_letters(f, place, w);
	}
}

void features_add_text(struct features *f, const struct kin *kin, enum feature_place place, const char *utf8, size_t n)
{
	size_t first = f->n_words;
	n = utf8_cut(utf8, n, LOOKED_AT);
	char *folded = fold_text(utf8, n);
	split(f, place, folded, strlen(folded));
	free(folded);
	put_words(f, place, first);
	put_kin(f, kin, place, first);
}

void features_add_from(struct features *f, const char *addr)
{
	const char *at = strrchr(addr, '@');
	if (!at || !at[1] || strlen(at) > 250)
		return;
	buf_addc(&f->text, ' ');
	size_t start = f->text.n;
	for (const char *s = at; *s; s++)
		buf_addc(&f->text, *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s);
	add_word(f, PLACE_FROM, start, f->text.n - start);
	for (const char *s = f->text.s + start; s; s = strpbrk(s + 1, ".@"))
		put(f, key_of(hash(BASIS, s + 1, strlen(s + 1)), DOMAIN), BLOCK_FROM, PLACE_FROM, f->n_words - 1);
}

void features_add_mail(struct features *f, const struct kin *kin, const struct mail *m)
{
	struct mail_parts parts;
	mail_parts(m, &parts);
	features_add_text(f, kin, PLACE_BODY, parts.body, strlen(parts.body));
	features_add_text(f, kin, parts.answers ? PLACE_CARRIED : PLACE_SUBJECT, parts.subject, strlen(parts.subject));
	features_add_text(f, kin, PLACE_CARRIED, parts.carried, strlen(parts.carried));
	features_add_text(f, kin, PLACE_CARRIED, parts.attached, strlen(parts.attached));
	for (size_t i = 0; i < m->n_attachments && i < ATTACHMENTS; i++)
		if (m->attachments[i].name)
			features_add_text(f, kin, PLACE_ATTACHED, m->attachments[i].name, strlen(m->attachments[i].name));
	if (m->from.addr)
		features_add_from(f, m->from.addr);
}

void features_clear(struct features *f)
{
	f->n = f->n_words = 0;
	buf_clear(&f->text);
}

void features_free(struct features *f)
{
	free(f->v);
	free(f->words);
	buf_free(&f->text);
	*f = (struct features){0};
}
