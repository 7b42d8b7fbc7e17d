/* The first lines of a reply: whatever they are, nothing unlawful comes out as an argument, and text stays text. */
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "desk/command.h"
#include "fuzz.h"
#include "mail/address.h"
#include "mail/charset.h"

static const struct day today = {2026, 11, 25};

static void check_one(const struct command *c)
{
	fuzz_must((unsigned)c->kind < COMMAND_KINDS && c->line && !strchr(c->line, '\n') && utf8_valid(c->line, strlen(c->line)));
	for (size_t i = 0; i < c->addresses.n; i++)
		fuzz_must(address_ok(c->addresses.v[i]));
	fuzz_must(!c->has_date || (day_valid(&c->date) && day_number(&c->date) >= day_number(&today)));
	fuzz_must(c->number >= 0 && c->number <= UINT32_MAX);
	fuzz_must(!c->topic || (*c->topic && !strchr(c->topic, '\n')));
}

/* With no fault each has what it needs. */
static void check_whole(const struct command *c)
{
	bool one = c->kind == COMMAND_ASSIGN || c->kind == COMMAND_HANDOVER;
	fuzz_must(one ? c->addresses.n == 1 : (c->addresses.n > 0) == (c->kind == COMMAND_ASK));
	fuzz_must((c->topic != NULL) == (c->kind == COMMAND_MOVE || c->kind == COMMAND_ALSO));
	fuzz_must((c->text != NULL && *c->text) == (c->kind == COMMAND_NOTE));
	fuzz_must((c->number != 0) == (c->kind == COMMAND_MERGE));
	fuzz_must(c->has_date ? c->kind == COMMAND_WAIT || c->kind == COMMAND_ASK : c->kind != COMMAND_WAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf b = {0};
	struct commands c;
	utf8_clean((const char *)data, n, &b);
	buf_adds(&b, "");
	commands_read(b.s ? b.s : "", &today, &c);
	fuzz_must(c.n <= 20 && c.rest != NULL);
	for (size_t i = 0; i < c.n; i++) {
		check_one(&c.v[i]);
		if (c.n_faults == 0)
			check_whole(&c.v[i]);
	}
	for (size_t i = 0; i < c.n_faults; i++)
		fuzz_must(*c.faults[i].sv && *c.faults[i].en && utf8_valid(c.faults[i].sv, strlen(c.faults[i].sv)) && utf8_valid(c.faults[i].en, strlen(c.faults[i].en)));
	fuzz_must(*c.rest == '\0' || strstr(b.s, c.rest) != NULL);
	commands_free(&c);

	char *below = mem_fmt("Hej!\n%s", b.s ? b.s : ""); /* below an ordinary line nothing is a command */
	commands_read(below, &today, &c);
	fuzz_must(c.n == 0 && c.n_faults == 0 && strcmp(c.rest, below) == 0);
	commands_free(&c);
	free(below);
	buf_free(&b);
	return 0;
}
