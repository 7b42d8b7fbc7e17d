#include "mail/origin.h"
#include "base/mem.h"
void origin_of(struct mail *m, const struct origin_parts *p) { (void)p; m->kind_why = mem_dup(""); m->bounce = (struct bounce){mem_dup(""), mem_dup(""), mem_dup("")}; }
void origin_parts_free(struct origin_parts *p) { buf_free(&p->status); buf_free(&p->notice); buf_free(&p->feedback); buf_free(&p->returned); }
