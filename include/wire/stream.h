/* stream: a TCP connection with verified TLS (GnuTLS), a deadline and a byte budget, as a mailstream for libetpan.
 *
 * TLS >= 1.2; chain, host name, validity and the serverAuth purpose are checked before the first byte of protocol; there is no
 * way to switch that off. WIRE_PLAIN is for loopback alone and refused elsewhere. */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum wire_tls { WIRE_TLS, WIRE_STARTTLS, WIRE_PLAIN };

struct wire_server {
	const char *host;
	uint16_t port;
	enum wire_tls tls;
	const char *ca_file; /* beside the system's CAs; NULL */
};

bool wire_is_loopback(const char *host); /* 127.0.0.0/8, ::1, localhost */

#endif
