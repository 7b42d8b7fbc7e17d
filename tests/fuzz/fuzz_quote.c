/* What was written now, out of a text with its history; and the text of format=flowed. The first line is the subject. */
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "fuzz.h"
#include "mail/charset.h"
#include "mail/quote.h"
#include "mail/text.h"
#include "topic/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf clean = {0}, flowed = {0};
	utf8_clean((const char *)data, n, &clean);
	buf_adds(&clean, "");
	size_t first = strcspn(clean.s, "\n");
	char *subject = mem_dupn(clean.s, first);
	const char *text = clean.s + first + (clean.s[first] == '\n');
	char *reply = quote_reply(text, strlen(text), subject);
	fuzz_must(utf8_valid(reply, strlen(reply)));
	char *to_us = quote_reply_to_us(text, strlen(text), NULL, NULL);
	fuzz_must(utf8_valid(to_us, strlen(to_us)) && strlen(to_us) <= strlen(text));
	free(to_us);
	text_plain(text, strlen(text), true, first % 2, &flowed);
	language_of(reply, strlen(reply));
	free(reply);
	free(subject);
	buf_free(&clean);
	buf_free(&flowed);
	return 0;
}
