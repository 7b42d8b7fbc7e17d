/* learn_parts: what the two files of learn share. */
#ifndef DESK_LEARN_PARTS_H
#define DESK_LEARN_PARTS_H

/* The figures name a threshold for each topic and each target precision of 0.50, 0.51 … 0.99. */
static const double LEARN_TARGET_LEAST = 0.5;
enum { LEARN_TARGETS = 50 };

#endif
