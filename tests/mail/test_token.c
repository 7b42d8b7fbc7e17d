#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mail/address.h"
#include "mail/token.h"

enum { DAY = 86400 };
#define NOW INT64_C(1790000000)
#define ANNA "anna.berg@uni.example"

static const struct token_key old_key = {3, "an old secret of thirty-one byte"}, new_key = {4, "a newer secret of thirty-one byt"};
static const struct token sample = {42, TOKEN_STAFF, NOW + 30 * DAY, 7};

static struct token_keys keys_of(const struct token_key *k)
{
	return (struct token_keys){k, 1};
}

static void make(const struct token_key *k, const struct token *t, const char *person, char out[static TOKEN_TEXT + 1])
{
	struct token_keys keys = keys_of(k);
	if (!token_make(&keys, t, person, out))
		fail_msg("no token for %s", person);
}

static enum token_fault check(const struct token_key *k, const char *text, const char *person, int64_t now)
{
	struct token_keys keys = keys_of(k);
	struct token t;
	enum token_fault f = token_check(&keys, text, person, now, &t);
	if (f != TOKEN_GOOD)
		assert_true(t.ticket == 0 && t.expires == 0 && t.nonce == 0); /* nothing leaks out of a bad one */
	return f;
}

static void what_was_made_is_found_good(void **state)
{
	(void)state;
	static const struct token cases[] = {
		{42, TOKEN_STAFF, NOW + 30 * DAY, 7}, {1, TOKEN_REQUESTER, NOW + 1, 0}, {UINT32_MAX, TOKEN_PART, NOW + DAY, UINT16_MAX},
		{700000, TOKEN_COMMAND, (int64_t)UINT16_MAX * DAY, 1}, {42, TOKEN_NOTICE, NOW + DAY, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[TOKEN_TEXT + 1];
		struct token_keys keys = keys_of(&new_key);
		struct token t;
		make(&new_key, &cases[i], ANNA, text);
		assert_int_equal(strlen(text), TOKEN_TEXT);
		assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz234567"), TOKEN_TEXT);
		assert_int_equal(token_check(&keys, text, ANNA, NOW, &t), TOKEN_GOOD);
		assert_true(t.ticket == cases[i].ticket && t.purpose == cases[i].purpose && t.nonce == cases[i].nonce);
		assert_true(t.expires >= cases[i].expires && t.expires < cases[i].expires + DAY);
	}
}

/* What was sent out must be good for a later version too. The value was computed with another program from what mail/token.h says. */
static void the_form_does_not_change(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1];
	make(&new_key, &sample, ANNA, text);
	assert_string_equal(text, "aqaaaabkkegaab2k4cci67s7rsg5evs2ra6ytbkx");
}

static void it_fits_a_plus_address(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1], addr[128];
	make(&new_key, &sample, ANNA, text);
	snprintf(addr, sizeof addr, "avdelningen-for-interna+%s@uni.example", text); /* 23 bytes before the '+' */
	assert_true(address_ok(addr));
}

static void another_field_is_another_token(void **state)
{
	(void)state;
	static const struct {
		struct token t;
		const char *person, *why;
	} cases[] = {
		{{43, TOKEN_STAFF, NOW + 30 * DAY, 7}, ANNA, "ticket"},
		{{42, TOKEN_REQUESTER, NOW + 30 * DAY, 7}, ANNA, "purpose"},
		{{42, TOKEN_PART, NOW + 30 * DAY, 7}, ANNA, "purpose"},
		{{42, TOKEN_COMMAND, NOW + 30 * DAY, 7}, ANNA, "purpose"},
		{{42, TOKEN_STAFF, NOW + 31 * DAY, 7}, ANNA, "expiry"},
		{{42, TOKEN_STAFF, NOW + 30 * DAY, 8}, ANNA, "nonce"},
		{{42, TOKEN_STAFF, NOW + 30 * DAY, 7}, "bo.ek@uni.example", "person"},
	};
	char text[TOKEN_TEXT + 1], other[TOKEN_TEXT + 1], mixed[TOKEN_TEXT + 1];
	make(&new_key, &sample, ANNA, text);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		make(&new_key, &cases[i].t, cases[i].person, other);
		if (strcmp(text + 16, other + 16) == 0)
			fail_msg("the same MAC with another %s", cases[i].why);
		/* what it claims, with the MAC of the good one: characters 15 to 40 are MAC alone */
		memcpy(mixed, other, 15);
		memcpy(mixed + 15, text + 15, TOKEN_TEXT - 15 + 1);
		if (strcmp(mixed, text) != 0 && check(&new_key, mixed, ANNA, NOW) == TOKEN_GOOD)
			fail_msg("good with another %s", cases[i].why);
	}
}

static void it_is_for_one_person(void **state)
{
	(void)state;
	static const struct {
		const char *person;
		enum token_fault want;
	} cases[] = {
		{ANNA, TOKEN_GOOD}, {"Anna.Berg@UNI.Example", TOKEN_GOOD}, {"bo.ek@uni.example", TOKEN_FORGED},
		{"anna.berg@uni.example.org", TOKEN_FORGED}, {"nna.berg@uni.example", TOKEN_FORGED}, {"anna.berg@uni.exampl", TOKEN_FORGED},
		{" anna.berg@uni.example", TOKEN_FORGED}, {"", TOKEN_NOT_ONE},
		{"anna.berg@uni.example anna.berg@uni.example anna.berg@uni.example anna.berg@uni.example", TOKEN_FORGED},
	};
	char text[TOKEN_TEXT + 1];
	make(&new_key, &sample, "ANNA.berg@uni.example", text);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (check(&new_key, text, cases[i].person, NOW) != cases[i].want)
			fail_msg("for <%s>", cases[i].person);
}

/* Longer than the pieces in which an address is hashed; each letter of it counts. */
static void every_letter_of_a_long_address_counts(void **state)
{
	(void)state;
	char person[201], text[TOKEN_TEXT + 1];
	memset(person, 'a', 200);
	person[200] = '\0';
	make(&new_key, &sample, person, text);
	assert_int_equal(check(&new_key, text, person, NOW), TOKEN_GOOD);
	for (size_t i = 0; i < 200; i++) {
		person[i] = 'b';
		assert_int_equal(check(&new_key, text, person, NOW), TOKEN_FORGED);
		person[i] = 'A';
		assert_int_equal(check(&new_key, text, person, NOW), TOKEN_GOOD);
	}
}

static void it_expires(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1];
	struct token_keys keys = keys_of(&new_key);
	struct token t;
	make(&new_key, &sample, ANNA, text);
	assert_int_equal(token_check(&keys, text, ANNA, NOW, &t), TOKEN_GOOD);
	assert_int_equal(check(&new_key, text, ANNA, sample.expires), TOKEN_GOOD); /* rounded up, never down */
	assert_int_equal(check(&new_key, text, ANNA, t.expires - 1), TOKEN_GOOD);
	assert_int_equal(check(&new_key, text, ANNA, t.expires), TOKEN_EXPIRED);
	assert_int_equal(check(&new_key, text, ANNA, INT64_MAX), TOKEN_EXPIRED);
	assert_int_equal(check(&new_key, text, "bo.ek@uni.example", t.expires), TOKEN_FORGED); /* nobody else learns that it expired */
	struct token whole = {42, TOKEN_STAFF, 20000 * DAY, 0}; /* a whole day stays what it is */
	make(&new_key, &whole, ANNA, text);
	assert_int_equal(check(&new_key, text, ANNA, 20000 * DAY - 1), TOKEN_GOOD);
	assert_int_equal(check(&new_key, text, ANNA, 20000 * DAY), TOKEN_EXPIRED);
}

static void keys_rotate(void **state)
{
	(void)state;
	const struct token_key both[] = {new_key, old_key};
	const struct token_keys rotated = {both, 2};
	char text[TOKEN_TEXT + 1], fresh[TOKEN_TEXT + 1], by_new[TOKEN_TEXT + 1];
	struct token t;
	make(&old_key, &sample, ANNA, text);
	assert_int_equal(token_check(&rotated, text, ANNA, NOW, &t), TOKEN_GOOD);
	assert_true(token_make(&rotated, &sample, ANNA, fresh));
	make(&new_key, &sample, ANNA, by_new);
	assert_string_equal(fresh, by_new); /* the first one makes */
	assert_int_equal(check(&new_key, text, ANNA, NOW), TOKEN_NO_KEY); /* the old one is gone */
	struct token_key guessed = old_key; /* the old id with another secret */
	guessed.secret[31] ^= 1;
	assert_int_equal(check(&guessed, text, ANNA, NOW), TOKEN_FORGED);
	const struct token_key same_id[] = {guessed, old_key}; /* two of one id: both are tried */
	assert_int_equal(token_check(&(struct token_keys){same_id, 2}, text, ANNA, NOW, &t), TOKEN_GOOD);
	const struct token_key other_way[] = {old_key, guessed};
	assert_int_equal(token_check(&(struct token_keys){other_way, 2}, text, ANNA, NOW, &t), TOKEN_GOOD);
	assert_int_equal(token_check(&(struct token_keys){NULL, 0}, text, ANNA, NOW, &t), TOKEN_NO_KEY);
}

static void every_bit_counts(void **state)
{
	(void)state;
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[TOKEN_TEXT + 1];
	make(&new_key, &sample, ANNA, text);
	for (size_t i = 0; i < TOKEN_TEXT; i++)
		for (unsigned bit = 0; bit < 5; bit++) {
			char bad[TOKEN_TEXT + 1];
			memcpy(bad, text, sizeof bad);
			bad[i] = digits[(size_t)(strchr(digits, text[i]) - digits) ^ (1u << bit)];
			if (check(&new_key, bad, ANNA, NOW) == TOKEN_GOOD)
				fail_msg("good with bit %u of character %zu flipped", bit, i);
		}
}

static void what_is_not_whole_is_none(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1], bad[TOKEN_TEXT + 3];
	make(&new_key, &sample, ANNA, text);
	for (size_t n = 0; n < TOKEN_TEXT; n++) {
		char *cut = strndup(text, n); /* so that a sanitizer sees any overread */
		assert_int_equal(check(&new_key, cut, ANNA, NOW), TOKEN_NOT_ONE);
		free(cut);
	}
	snprintf(bad, sizeof bad, "%sa", text);
	assert_int_equal(check(&new_key, bad, ANNA, NOW), TOKEN_NOT_ONE);
	snprintf(bad, sizeof bad, " %s", text);
	assert_int_equal(check(&new_key, bad, ANNA, NOW), TOKEN_NOT_ONE);
	for (const char *c = "0189=-_ \xc3"; *c; c++) {
		memcpy(bad, text, sizeof text);
		bad[20] = *c;
		assert_int_equal(check(&new_key, bad, ANNA, NOW), TOKEN_NOT_ONE);
	}
}

static void servers_may_change_its_case(void **state)
{
	(void)state;
	char text[TOKEN_TEXT + 1], upper[TOKEN_TEXT + 1], mixed[TOKEN_TEXT + 1];
	make(&new_key, &sample, ANNA, text);
	for (size_t i = 0; i <= TOKEN_TEXT; i++) {
		upper[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
		mixed[i] = i % 2 ? upper[i] : text[i];
	}
	assert_int_equal(check(&new_key, upper, ANNA, NOW), TOKEN_GOOD);
	assert_int_equal(check(&new_key, mixed, ANNA, NOW), TOKEN_GOOD);
}

#define T "abcdefghijklmnopqrstuvwxyz234567abcdefgh"
#define U "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

static void it_is_found_where_it_stands(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want[3], *why;
	} cases[] = {
		{T, {T}, "alone"},
		{"<" T "@uni.example>", {T}, "a Message-ID"},
		{"<INT-42." T "@uni.example>", {T}, "with something in front"},
		{"international+" T "@uni.example", {T}, "a plus address"},
		{"International+ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGH@UNI.EXAMPLE", {T}, "in capitals"},
		{"SRS0=x9=ab=uni.example=international+" T "@relay.example", {T}, "rewritten on its way"},
		{"> ref: " T ".", {T}, "a line of a mail"},
		{"!close\n\n[" T "]\n", {T}, "below a command"},
		{"a " U " b " T " c", {U, T}, "two"},
		{T "," U, {T, U}, "two, with one character between"},
		{"\xc3\xa5" T "\xe2\x80\x8b", {T}, "between characters beyond ASCII"},
		{"_" T "_", {T}, "in underscores"},
		{T "a", {NULL}, "one too many"},
		{"a" T, {NULL}, "one too many in front"},
		{"9" T, {NULL}, "a digit in front that is none of ours"},
		{"bcdefghijklmnopqrstuvwxyz234567abcdefgh", {NULL}, "one too few"},
		{"abcdefghijklmnopqrst\nuvwxyz234567abcdefgh", {NULL}, "broken in two"},
		{"da39a3ee5e6b4b0d3255bfef95601890afd80709", {NULL}, "a SHA-1 in hex"},
		{"", {NULL}, "nothing"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = strdup(cases[i].text), out[TOKEN_TEXT + 1];
		const char *p = copy;
		for (size_t k = 0; k < 3; k++) {
			p = token_find(p, out);
			const char *want = cases[i].want[k];
			if (!want != !p || strcmp(out, want ? want : "") != 0)
				fail_msg("%s: got '%s'", cases[i].why, out);
			if (!p)
				break;
		}
		free(copy);
	}
}

static void what_cannot_be_said_is_not_made(void **state)
{
	(void)state;
	static const struct {
		struct token t;
		const char *person, *why;
	} cases[] = {
		{{0, TOKEN_STAFF, NOW, 0}, ANNA, "no ticket"},
		{{-1, TOKEN_STAFF, NOW, 0}, ANNA, "a negative ticket"},
		{{INT64_C(1) << 32, TOKEN_STAFF, NOW, 0}, ANNA, "too great a ticket"},
		{{42, TOKEN_PURPOSES, NOW, 0}, ANNA, "no such purpose"},
		{{42, TOKEN_STAFF, 0, 0}, ANNA, "no expiry"},
		{{42, TOKEN_STAFF, -NOW, 0}, ANNA, "expiry before 1970"},
		{{42, TOKEN_STAFF, (int64_t)UINT16_MAX * DAY + 1, 0}, ANNA, "expiry beyond what can be written"},
		{{42, TOKEN_STAFF, INT64_MAX, 0}, ANNA, "expiry that would overflow"},
		{{42, TOKEN_STAFF, NOW, 0}, "", "nobody"},
	};
	char text[TOKEN_TEXT + 1];
	struct token_keys keys = keys_of(&new_key);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (token_make(&keys, &cases[i].t, cases[i].person, text) || *text)
			fail_msg("%s", cases[i].why);
	struct token_key high = new_key;
	high.id = TOKEN_KEYS;
	keys = keys_of(&high);
	assert_false(token_make(&keys, &sample, ANNA, text));
	assert_false(token_make(&(struct token_keys){NULL, 0}, &sample, ANNA, text));
	assert_string_equal(token_fault_text(TOKEN_EXPIRED), "expired");
}

static void chance_makes_none(void **state)
{
	(void)state;
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t x = 88172645463325252u; /* xorshift: the same strings in every run */
	for (int i = 0; i < 1000; i++) {
		char text[TOKEN_TEXT + 1] = "";
		for (size_t k = 0; k < TOKEN_TEXT; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			text[k] = digits[x >> 40 & 31];
		}
		struct token_key any = new_key; /* with whatever key it claims */
		any.id = (((unsigned)(strchr(digits, text[0]) - digits) << 3) | (unsigned)(strchr(digits, text[1]) - digits) >> 2) & (TOKEN_KEYS - 1);
		assert_int_equal(check(&any, text, ANNA, NOW), TOKEN_FORGED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_found_good), cmocka_unit_test(the_form_does_not_change), cmocka_unit_test(it_fits_a_plus_address),
		cmocka_unit_test(another_field_is_another_token), cmocka_unit_test(it_is_for_one_person),
		cmocka_unit_test(every_letter_of_a_long_address_counts), cmocka_unit_test(it_expires), cmocka_unit_test(keys_rotate),
		cmocka_unit_test(every_bit_counts), cmocka_unit_test(what_is_not_whole_is_none), cmocka_unit_test(servers_may_change_its_case),
		cmocka_unit_test(it_is_found_where_it_stands), cmocka_unit_test(what_cannot_be_said_is_not_made), cmocka_unit_test(chance_makes_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
