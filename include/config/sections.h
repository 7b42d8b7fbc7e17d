/* sections: the parts of the config that have a file of their own. Each reads its node into r->c and reports what is wrong. */
#ifndef CONFIG_SECTIONS_H
#define CONFIG_SECTIONS_H

#include "config/keys.h"

void section_imap(struct reader *r, const struct node *n, void *config);    /* config_server.c */
void section_smtp(struct reader *r, const struct node *n, void *config);
/* A group, or in smtp "imap" for the one that imap has (`shared`); config_oauth2.c. */
void section_oauth2(struct reader *r, const struct node *n, struct config_server *to, struct config_oauth2 *shared);
void section_topics(struct reader *r, const struct node *n, void *config);  /* config_topics.c */
void section_triage(struct reader *r, const struct node *n, void *config);
void section_triage_terms(struct reader *r, const struct node *n, void *config);
void section_staff(struct reader *r, const struct node *n, void *config);   /* config_staff.c */
/* When all is read: the proof's default, deputies and leads that are staff, no deputies in a circle. */
void section_staff_settled(struct reader *r);
void section_rules(struct reader *r, const struct node *n, void *config);   /* config_rules.c */
/* Every text that will be needed is there in each of the office's languages (config_texts.c). */
void section_texts(struct reader *r);

#endif
