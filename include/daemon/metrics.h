/* metrics: how the desk does, as a text file for Prometheus (the node exporter's textfile collector), written whole or not at all.
 *
 * A process of its own, so that neither a stuck disk nor a large store holds up the mail. It reads the store, and no mail. */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "daemon/child.h"
#include "store/figures.h"

/* The file's text; burst_s: for how long intake has been working off a pile. */
void metrics_begin(struct buf *out, const struct figures *f, int64_t now, int64_t burst_s);
void metrics_tickets(struct buf *out, const char *topic, const char *status, int64_t n); /* after it, for each */
void metrics_end(struct buf *out, const char *side, int64_t end); /* when a secret or a sign-in ends; 0: not known, nothing is told */
bool metrics_write(const char *path, const struct buf *text, struct err *e); /* mode 0644: figures are no secret */

int metrics_main(const struct child_ground *g);

#endif
