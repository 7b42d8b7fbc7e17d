/* builtin_templates: etc/templates as they were at build time (scripts/embed-templates); the last entry has a lang of NULL. */
#ifndef CONFIG_BUILTIN_TEMPLATES_H
#define CONFIG_BUILTIN_TEMPLATES_H

struct builtin_template {
	const char *lang, *name, *text;
};
extern const struct builtin_template builtin_templates[];

#endif
