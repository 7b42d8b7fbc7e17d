#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/tree.h"

static bool copy(struct node *to, const config_setting_t *from)
{
	const char *name = config_setting_name(from);
	if (name && strncmp(name, SOURCE_NONAME, strlen(SOURCE_NONAME)) == 0)
		return false;
	*to = (struct node){.name = mem_dup(name), .line = config_setting_source_line(from)};
	switch (config_setting_type(from)) {
	case CONFIG_TYPE_GROUP: to->type = NODE_GROUP; break;
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST: to->type = NODE_LIST; break;
	case CONFIG_TYPE_STRING:
		to->type = NODE_TEXT;
		to->text = mem_dup(config_setting_get_string(from));
		if (!to->text)
			to->text = mem_dupn("", 0);
		return true;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		to->type = NODE_INTEGER;
		to->integer = config_setting_get_int64(from);
		to->number = (double)to->integer;
		return true;
	case CONFIG_TYPE_FLOAT:
		to->type = NODE_FLOAT;
		to->number = config_setting_get_float(from);
		return true;
	case CONFIG_TYPE_BOOL:
		to->type = NODE_FLAG;
		to->flag = config_setting_get_bool(from);
		return true;
	default: /* a setting whose value was never read */
		free(to->name);
		return false;
	}
	int n = config_setting_length(from);
	to->v = mem_array((size_t)n, sizeof *to->v);
	for (int i = 0; i < n; i++)
		to->n += copy(&to->v[to->n], config_setting_get_elem(from, (unsigned)i));
	return true;
}

void tree_read(struct node *root, struct source *s)
{
	config_t lib;
	config_init(&lib);
	if (!config_read_string(&lib, s->text.s ? s->text.s : "")) {
		unsigned line = config_error_line(&lib) > 0 ? (unsigned)config_error_line(&lib) : 0;
		if (line == 0 || line > s->n_lines || !s->lines[line - 1].faulty)
			source_fault(s, line, "%s", config_error_text(&lib) ? config_error_text(&lib) : "syntax error");
		s->broken = s->cut = true;
	}
	if (!copy(root, config_root_setting(&lib)))
		*root = (struct node){.type = NODE_GROUP};
	config_destroy(&lib);
}

void tree_free(struct node *n)
{
	for (size_t i = 0; i < n->n; i++)
		tree_free(&n->v[i]);
	free(n->v);
	free(n->name);
	free(n->text);
	*n = (struct node){0};
}

const struct node *tree_member(const struct node *group, const char *name)
{
	for (size_t i = 0; i < group->n; i++)
		if (group->v[i].name && strcmp(group->v[i].name, name) == 0)
			return &group->v[i];
	return NULL;
}

const char *node_type_name(enum node_type t)
{
	static const char *const names[] = {"a group { … }", "a list", "a string", "a whole number", "a number", "true or false"};
	return names[t];
}
