/* stream_tls: the TLS part of a stream, and what else stream.c and smtp.c share. */
#ifndef WIRE_STREAM_TLS_H
#define WIRE_STREAM_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t trust;
	gnutls_typed_vdata_st want[2]; /* what the certificate must be; GnuTLS keeps a pointer to it */
	bool up;
};

/* Handshake on the non-blocking fd until `deadline` (stream_clock()). `t` may not move and `host` must live until tls_end().
 * false: e, and nothing to free. */
bool tls_start(struct tls *t, int fd, const char *host, const char *where, const char *ca_file, int64_t deadline, struct err *e);
/* The same demands on a session that somebody else shook hands on (libcurl). */
bool tls_verify(gnutls_session_t session, const char *host, const char *where, struct err *e);
void tls_end(struct tls *t); /* says goodbye without waiting for an answer */

bool wire_refuse_plain(const char *host, struct err *e); /* says that plain text is for this machine alone; returns false */
int64_t stream_clock(void); /* monotonic, in ms */
/* Waits for `events` on fd until the deadline: 1 there, 0 too late, -1 errno. A signal does not end it. */
int stream_poll(int fd, short events, int64_t deadline);

#endif
