/* check: the config, and all that is wrong with it. */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/ctl.h"

static json_t *problem_json(const struct problem *p)
{
	return json_pack("{s:o, s:i, s:o}", "file", json_text(p->file), "line", (int)p->line, "message", json_text(p->message));
}

int cmd_check(struct ctl *c)
{
	struct problems p = {0};
	c->config = config_load(c->config_file, true, &p);
	if (c->json) {
		json_t *all = json_array();
		for (size_t i = 0; i < p.n; i++)
			json_array_append_new(all, problem_json(&p.v[i]));
		print_json(json_pack("{s:b, s:o}", "ok", c->config != NULL, "problems", all));
	} else {
		for (size_t i = 0; i < p.n; i++) {
			if (p.v[i].line)
				printf("%s:%u: %s\n", p.v[i].file, p.v[i].line, p.v[i].message);
			else
				printf("%s: %s\n", p.v[i].file, p.v[i].message);
		}
		if (c->config)
			printf("%s: no faults\n", c->config_file);
		else
			printf("%zu fault%s\n", p.n, p.n == 1 ? "" : "s");
	}
	problems_free(&p);
	return c->config ? EX_OK : EX_CONFIG;
}
