/* The parent's reading of the reader's JSON: whatever it accepts lies inside the raw mail and can be composed. */
#include <string.h>

#include "fuzz.h"
#include "mail/compose.h"
#include "mail/mail_json.h"

enum { RAW_BYTES = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mail m = {0};
	struct err e;
	json_t *j = json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES, NULL);
	if (mail_from_wire(j, RAW_BYTES, &m, &e)) {
		struct outgoing o = {.from = {(char[]){""}, (char[]){"office@uni.example"}}, .subject = m.subject, .message_id = "1@uni.example"};
		struct composed c = {0};
		mailboxes_add(&o.to, "", "staff@uni.example");
		if (compose_carry(&o, &m.carry, "Block\n", "<div>Block</div>", &c, &e))
			for (size_t i = 0; i < c.n; i++)
				fuzz_must(!c.v[i].raw || (c.v[i].offset <= RAW_BYTES && c.v[i].length <= RAW_BYTES - c.v[i].offset));
		composed_free(&c);
		if (compose_answer(&o, &m.answer, m.answer.text, true, &c, &e))
			for (size_t i = 0; i < c.n; i++)
				fuzz_must(!c.v[i].raw || (c.v[i].offset <= RAW_BYTES && c.v[i].length <= RAW_BYTES - c.v[i].offset));
		composed_free(&c);
		mailboxes_free(&o.to);
	}
	json_decref(j);
	mail_free(&m);
	return 0;
}
