/* A whole mail, as a stranger sends it: read, written as JSON, read back as the parent does, and carried on with a block on top. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mail/compose.h"
#include "mail/mail_json.h"
#include "mail/message.h"

static void carried_on(const struct mail *m, size_t raw_bytes)
{
	struct outgoing o = {.from = {m->from.name, (char[]){"office@uni.example"}}, .subject = m->subject, .date = 1800000000, .message_id = "1@uni.example",
	                     .references = &m->references, .auto_submitted = "auto-generated"};
	struct composed c = {0};
	struct err e;
	mailboxes_add(&o.to, "Staff", "staff@uni.example");
	if (compose_carry(&o, &m->carry, "Block\n", "<div>Block</div>", &c, &e))
		for (size_t i = 0; i < c.n; i++)
			fuzz_must(c.v[i].raw ? c.v[i].offset <= raw_bytes && c.v[i].length <= raw_bytes - c.v[i].offset
			                     : c.v[i].offset <= c.bytes.n && c.v[i].length <= c.bytes.n - c.v[i].offset);
	composed_free(&c);
	if (compose_answer(&o, &m->answer, m->answer.text, true, &c, &e))
		for (size_t i = 0; i < c.n; i++)
			fuzz_must(c.v[i].raw ? c.v[i].offset <= raw_bytes && c.v[i].length <= raw_bytes - c.v[i].offset
			                     : c.v[i].offset <= c.bytes.n && c.v[i].length <= c.bytes.n - c.v[i].offset);
	composed_free(&c);
	mailboxes_free(&o.to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct mail m = {0}, again = {0};
	struct err e;
	if (!ready)
		message_setup();
	ready = true;
	message_read((const char *)data, n, &mail_limits_default, &m);
	json_t *j = mail_to_wire(&m);
	char *text = json_dumps(j, JSON_COMPACT);
	fuzz_must(text != NULL); /* every string is valid UTF-8 */
	json_t *back = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	fuzz_must(back != NULL && mail_from_wire(back, n, &again, &e));
	carried_on(&again, n);
	json_decref(j);
	json_decref(back);
	free(text);
	mail_free(&m);
	mail_free(&again);
	return 0;
}
