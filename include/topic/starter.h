/* starter: the model that an office begins with, learned when the program was built from the mails in etc/starter (Makefile). It knows the
 * four topics of etc/topics.conf; where an office has others, it steps aside (classifier_learned()). */
#ifndef TOPIC_STARTER_H
#define TOPIC_STARTER_H

extern const char starter_model[], starter_model_end[]; /* for model_load() */

#endif
