#include "mail/quote.h"
#include "base/mem.h"
char *quote_reply(const char *text, size_t n, const struct mailbox *from)
{
	(void)from;
	return mem_dupn(text, n);
}
