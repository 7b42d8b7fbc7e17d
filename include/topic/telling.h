/* telling: which words tell a person why a mail is about a topic: "nominering" does, "och", "har ni" and "two" do not, even where they
 * weigh something. English and Swedish. */
#ifndef TOPIC_TELLING_H
#define TOPIC_TELLING_H

#include <stdbool.h>

/* A word or several, or a term as it is written ("exchange student*"): true if one of them tells something. */
bool telling(const char *words);
/* One of them says no more than what is within the other: "nominer*" and "nominering", "exchange" and "Exchange student*". */
bool telling_same(const char *a, const char *b);

#endif
