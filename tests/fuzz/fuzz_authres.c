/* Authentication-Results in all broken forms: a stranger's field never passes, and ours only with a word for the domain in From. */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "mail/authres.h"
#include "mail/authres_field.h"
#include "mail/head.h"

static enum authres_verdict judge(const char *header, size_t n)
{
	struct mail m = {0};
	struct authres r;
	head_read(header, n, &mail_limits_default, &m);
	authres_check(&m, "mx.uni.example", &r);
	for (const char *p = r.why; *p; p++)
		fuzz_must(*p >= ' ' && *p <= '~');
	mail_free(&m);
	return r.verdict;
}

static enum authres_verdict judge_with(const char *before, const char *s, const char *after)
{
	char *header = mem_fmt("%s%s%s", before, s, after);
	enum authres_verdict v = judge(header, strlen(header));
	free(header);
	return v;
}

static bool has(const char *s, const char *word)
{
	return strcasestr(s, word) != NULL;
}

#define FROM "\r\nFrom: a@uni.example\r\n"
#define OURS "Authentication-Results: mx.uni.example; "

/* A field's value in a header; where it passes, `may` says whether it may. One of them an input, so that many are tried. */
static void try_value(const char *value, unsigned which)
{
	bool passed = false, may = false;
	switch (which % 6) {
	case 0: /* what our server says, in its broken forms */
		passed = judge_with(OURS, value, FROM) == AUTHRES_PASS;
		may = has(value, "pass") && (has(value, "dmarc") || has(value, "dkim"));
		break;
	case 1: /* whatever a stranger's server says on top, ours below it does not count */
		passed = judge_with("Authentication-Results: evil.example; ", value, "\r\n" OURS "dmarc=pass header.from=uni.example" FROM) == AUTHRES_PASS;
		break;
	case 2: /* ours says no: nothing below it makes it a yes */
		passed = judge_with(OURS "dmarc=fail\r\n" OURS, value, FROM) == AUTHRES_PASS;
		break;
	case 3: /* nor does anything behind it in the same field */
		passed = judge_with(OURS "dmarc=fail; ", value, FROM) == AUTHRES_PASS;
		break;
	case 4: /* a second address in From, in whatever dress */
		passed = judge_with(OURS "dmarc=pass header.from=uni.example\r\nFrom: x@evil.example, ", value, "\r\n") == AUTHRES_PASS;
		break;
	default: /* a field that nobody has ended is not believed */
		passed = judge_with(OURS "dmarc=pass header.from=uni.example; x=\"", value, FROM) == AUTHRES_PASS;
		may = strchr(value, '"') != NULL;
	}
	fuzz_must(!passed || may);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct authres_field f;
	if (n == 0)
		return 0;
	if (data[0] % 7 == 6) { /* a whole header */
		judge((const char *)data + 1, n - 1);
		return 0;
	}
	char *value = mem_dupn((const char *)data + 1, n - 1); /* unfolded */
	for (char *p = value; *p; p++)
		*p = *p == '\r' || *p == '\n' ? ' ' : *p;
	authres_field_read(value, &f);
	fuzz_must(f.n <= AUTHRES_RESULTS);
	authres_field_free(&f);
	try_value(value, data[0] % 7);
	free(value);
	return 0;
}
