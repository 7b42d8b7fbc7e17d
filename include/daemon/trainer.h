/* trainer: learns a new model by itself, once staff have corrected enough tickets (desk/learn.h).
 *
 * A process of its own and of low priority, so that learning holds up no mail; it ends when it has learned, which gives its memory back. Intake
 * finds the new model in the store. */
#ifndef DAEMON_TRAINER_H
#define DAEMON_TRAINER_H

#include "daemon/child.h"

int trainer_main(const struct child_ground *g);

#endif
