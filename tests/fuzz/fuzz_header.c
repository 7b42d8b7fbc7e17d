/* Header values in all their broken forms: encoded words, addresses, ids, dates; and the header scanner that uses no library. */
#include <string.h>

#include "base/fold.h"
#include "fuzz.h"
#include "mail/head.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data;
	struct buf line = {0}, text = {0};
	struct mailboxes boxes = {0};
	struct strs ids = {0};
	struct mail m = {0};
	int64_t when;
	int offset;
	head_unfold(s, n, &line);
	buf_adds(&line, "");
	head_decode(line.s, line.n, &text);
	fuzz_must(!text.s || (utf8_valid(text.s, text.n) && !memchr(text.s, '\r', text.n) && !memchr(text.s, '\n', text.n) && !memchr(text.s, 0, text.n)));
	head_mailboxes(line.s, line.n, 100, &boxes);
	head_ids(line.s, line.n, 100, &ids);
	head_date(line.s, &when, &offset);
	message_read_header(s, n, &m);
	mail_free(&m);
	mailboxes_free(&boxes);
	strs_free(&ids);
	buf_free(&line);
	buf_free(&text);
	return 0;
}
