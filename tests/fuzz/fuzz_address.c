/* What may stand in an SMTP envelope: never a control, a space or an angle bracket. */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = mem_dupn((const char *)data, n);
	if (address_ok(s))
		for (const char *p = s; *p; p++)
			fuzz_must((unsigned char)*p > ' ' && *p != 0x7F && *p != '<' && *p != '>' && *p != '"' && *p != ',');
	address_is_robot(s);
	domain_within(address_domain(s), "uni.example");
	fuzz_must(address_same(s, s));
	free(s);
	return 0;
}
