#include "topic/kin.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PHRASE_MAX = 48, GOES_ON = UINT16_MAX /* "look " of "look for" */ };

struct entry {
	uint32_t hash; /* 0: free */
	uint16_t group;
	bool whole; /* the word has to end here */
};

enum { BEGINS = 1, ENDS = 2, SIGNS = 1 << 14 };

struct kin {
	struct entry *table;
	uint32_t mask;
	uint8_t signs[SIGNS]; /* by the hash of what was read of a word: whether a group's word may begin so (BEGINS), or end here (ENDS); most
	                       * words are given up within a few letters */
};

static uint32_t step(uint32_t h, char c)
{
	return (h ^ (unsigned char)c) * 0x01000193u;
}

static uint32_t spread(uint32_t h)
{
	h ^= h >> 15;
	h *= 0x85ebca6bu;
	return (h ^ h >> 13) | 1;
}

static uint32_t sign(uint32_t h)
{
	return (h ^ h >> 16) % SIGNS;
}

static void put(struct kin *k, uint32_t hash, uint16_t group, bool whole)
{
	uint32_t i = hash & k->mask;
	for (; k->table[i].hash; i = (i + 1) & k->mask)
		if (k->table[i].hash == hash && k->table[i].group == group && k->table[i].whole == whole)
			return;
	k->table[i] = (struct entry){hash, group, whole};
}

static void put_word(struct kin *k, const char *s, size_t n, uint16_t group)
{
	bool prefix = s[n - 1] == '*';
	uint32_t h = 0x811c9dc5u;
	for (size_t i = 0; i < n - prefix; i++) {
		h = step(h, s[i] == '_' ? ' ' : s[i]);
		k->signs[sign(h)] |= BEGINS;
		if (s[i] == '_') {
			k->signs[sign(h)] |= ENDS;
			put(k, spread(h), GOES_ON, false);
		}
	}
	k->signs[sign(h)] |= ENDS;
	put(k, spread(h), group, !prefix);
}

static size_t count_words(void)
{
	size_t n = 0;
	for (size_t g = 0; kin_words[g]; g++)
		for (const char *s = kin_words[g]; *s; s++)
			n += *s == ' ' || *s == '_';
	return n;
}

struct kin *kin_new(void)
{
	struct kin *k = mem_alloc(sizeof *k);
	size_t n = count_words(), size = 256;
	while (size < 4 * n)
		size *= 2;
	k->mask = (uint32_t)size - 1;
	k->table = mem_array(size, sizeof *k->table);
	for (size_t g = 0; kin_words[g]; g++)
		for (const char *s = kin_words[g]; *s;) {
			size_t len = strcspn(s, " ");
			if (len)
				put_word(k, s, len, (uint16_t)g);
			s += len + (s[len] == ' ');
		}
	return k;
}

void kin_free(struct kin *k)
{
	if (!k)
		return;
	free(k->table);
	free(k);
}

size_t kin_find(const struct kin *k, const char *s, size_t n, uint16_t out[static KIN_AT_ONE])
{
	uint32_t h = 0x811c9dc5u;
	size_t found = 0;
	for (size_t i = 0; i < n && i < PHRASE_MAX; i++) {
		h = step(h, s[i]);
		uint8_t signs = k->signs[sign(h)];
		if (!(signs & BEGINS))
			break;
		if (!(signs & ENDS))
			continue;
		bool space = s[i] == ' ', ends = i + 1 == n || s[i + 1] == ' ', goes_on = false;
		if (i == 0 || (i + 1 < n && (s[i + 1] & 0xC0) == 0x80)) /* within a character, or at its first letter */
			continue;
		uint32_t hash = spread(h);
		for (uint32_t at = hash & k->mask; k->table[at].hash; at = (at + 1) & k->mask) {
			const struct entry *e = &k->table[at];
			if (e->hash != hash)
				continue;
			goes_on = goes_on || e->group == GOES_ON;
			bool known = e->group == GOES_ON || (e->whole && !ends);
			for (size_t j = 0; j < found; j++)
				known = known || out[j] == e->group;
			if (!known && found < KIN_AT_ONE)
				out[found++] = e->group;
		}
		if (space && !goes_on)
			break;
	}
	return found;
}
