/* Person, robot, list or report: a header, an empty line, and a text that is a delivery status and a mail system's words at once. */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "mail/charset.h"
#include "mail/head.h"
#include "mail/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mail m = {0};
	struct origin_parts parts = {0};
	struct buf text = {0};
	char keyword[32];
	size_t body = head_read((const char *)data, n, &mail_limits_default, &m);
	utf8_clean((const char *)data + body, n - body, &text);
	buf_adds(&text, "");
	free(m.text);
	free(m.reply_text);
	m.text = mem_dup(text.s);
	m.reply_text = mem_dup(text.s);
	buf_add(&parts.status, data + body, n - body);
	buf_add(&parts.returned, data + body, n - body);
	strcpy(parts.report, n % 2 ? "delivery-status" : "");
	origin_of(&m, &parts);
	fuzz_must(m.kind < MAIL_KINDS);
	auto_submitted(text.s, keyword);
	origin_parts_free(&parts);
	buf_free(&text);
	mail_free(&m);
	return 0;
}
