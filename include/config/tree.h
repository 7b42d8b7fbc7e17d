/* tree: a config as libconfig read it, in nodes that remember their line. libconfig's own types stay behind tree.c. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/source.h"

enum node_type { NODE_GROUP, NODE_LIST, NODE_TEXT, NODE_INTEGER, NODE_FLOAT, NODE_FLAG };

struct node {
	enum node_type type;
	char *name;      /* NULL for an element of a list */
	unsigned line;   /* of the whole text */
	char *text;
	long long integer;
	double number;   /* NODE_FLOAT, and NODE_INTEGER too */
	bool flag;
	struct node *v;  /* members of a group, elements of a list */
	size_t n;
};

/* Reads the mended text. What libconfig refuses is reported; then the tree holds what stands before it, and s->broken is set.
 * Keys that source_mend() had to name are left out. */
void tree_read(struct node *root, struct source *s);
void tree_free(struct node *n);
const struct node *tree_member(const struct node *group, const char *name); /* NULL: none */
const char *node_type_name(enum node_type t); /* "a group", "a list", "a string", "a number", … */

#endif
