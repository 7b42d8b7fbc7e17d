/* HTML to readable text. */
#include <string.h>

#include "base/fold.h"
#include "fuzz.h"
#include "mail/charset.h"
#include "mail/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf clean = {0}, text = {0};
	char charset[64];
	text_html_charset((const char *)data, n, charset);
	charset_to_utf8(charset, (const char *)data, n, &clean);
	buf_adds(&clean, "");
	fuzz_must(utf8_valid(clean.s, clean.n));
	text_html(clean.s, clean.n, &text);
	fuzz_must(!text.s || utf8_valid(text.s, text.n));
	buf_free(&clean);
	buf_free(&text);
	return 0;
}
