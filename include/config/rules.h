/* rules: what conditions imply, for the rules that can never be reached. Pure; on conditions as config_load() made them. */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include <stdbool.h>

#include "config/config.h"

/* Every mail that `a` holds for, `b` holds for too, as far as their structure shows it. False may mean: cannot be told. */
bool cond_implies(const struct cond *a, const struct cond *b);
/* No mail can satisfy both, as far as their structure shows it. */
bool cond_excludes(const struct cond *a, const struct cond *b);

#endif
