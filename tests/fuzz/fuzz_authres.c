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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct authres_field f;
	judge((const char *)data, n);

	char *value = mem_dupn((const char *)data, n); /* a field's value: unfolded */
	for (char *p = value; *p; p++)
		*p = *p == '\r' || *p == '\n' ? ' ' : *p;
	authres_field_read(value, &f);
	fuzz_must(f.n <= AUTHRES_RESULTS);
	authres_field_free(&f);
	if (judge_with("Authentication-Results: mx.uni.example; ", value, "\r\nFrom: a@uni.example\r\n") == AUTHRES_PASS)
		fuzz_must(has(value, "pass") && (has(value, "dmarc") || has(value, "dkim")) && has(value, "e")); /* "uni.example" may be spelled with escapes */
	/* whatever a stranger's server says on top, ours below it does not count */
	fuzz_must(judge_with("Authentication-Results: evil.example; ", value,
	                     "\r\nAuthentication-Results: mx.uni.example; dmarc=pass header.from=uni.example\r\nFrom: a@uni.example\r\n") != AUTHRES_PASS);
	/* a field of ours that never comes to an end is not believed */
	fuzz_must(judge_with("Authentication-Results: mx.uni.example; dmarc=pass header.from=uni.example; x=\"", "", "\r\nFrom: a@uni.example\r\n") != AUTHRES_PASS);
	/* ours says no: nothing below it makes it a yes */
	fuzz_must(judge_with("Authentication-Results: mx.uni.example; dmarc=fail\r\nX: ", value, "\r\nFrom: a@uni.example\r\n") != AUTHRES_PASS);
	fuzz_must(judge_with("Authentication-Results: mx.uni.example; dmarc=fail\r\nAuthentication-Results: mx.uni.example; ", value,
	                     "\r\nFrom: a@uni.example\r\n") != AUTHRES_PASS);
	/* a second address in From, in whatever dress */
	fuzz_must(judge_with("Authentication-Results: mx.uni.example; dmarc=pass header.from=uni.example\r\nFrom: x@evil.example, ", value,
	                     "\r\n") != AUTHRES_PASS);
	free(value);
	return 0;
}
