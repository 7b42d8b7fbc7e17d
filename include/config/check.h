/* check: what a value of the config may be, each with the words for what is wrong. All report at the node and return whether
 * it was good. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/keys.h"

bool check_address(struct reader *r, const struct node *n, const char *text);      /* of the grammar for sending */
bool check_one_address(struct reader *r, const struct node *n, const char *text);  /* and no pattern */
bool check_not_own(struct reader *r, const struct node *n, const char *addr, const char *what); /* mail to it would come back here */
bool check_staff_list(struct reader *r, const struct node *n, const char *what);   /* every element of a list */
bool check_member_pattern(struct reader *r, const struct node *n, const char *text); /* "*@int.uni.example" */
bool check_members(struct reader *r, const struct node *n);                        /* such patterns: every element of a list */
bool check_domain(struct reader *r, const struct node *n, const char *text);
bool name_ok(const char *text);                                                    /* [a-z0-9-]+ */
bool check_name(struct reader *r, const struct node *n, const char *text, const char *what);
bool check_language(struct reader *r, const struct node *n, const char *text);     /* one that the language floor can tell, or the office's */
bool check_timezone(struct reader *r, const struct node *n, const char *text);
bool check_topic(struct reader *r, const struct node *n, const char *text);        /* a topic, or "triage" */

bool check_certificate(struct reader *r, const struct node *n, const char *key, const char *path); /* a file with one (PEM) */
bool check_secret(struct reader *r, const struct node *n, const char *key, const char *path);      /* a file that nobody else can read */

/* A path made absolute against the config's folder. "credential:NAME" stays. The caller frees. */
char *config_path(const struct reader *r, const char *path);

#endif
