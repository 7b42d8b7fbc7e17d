/* stream: a TCP connection with verified TLS (GnuTLS), a deadline and a byte budget, as a mailstream for libetpan.
 *
 * TLS >= 1.2; chain, host name, validity and the serverAuth purpose are checked before the first byte of protocol; there is no
 * way to switch that off. WIRE_PLAIN is for loopback alone and refused elsewhere.
 * The end of the connection is an error, never an empty read. After an error the stream stays broken: free it. */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum wire_tls { WIRE_TLS, WIRE_STARTTLS, WIRE_PLAIN };

struct wire_server {
	const char *host;
	uint16_t port;
	enum wire_tls tls;
	const char *ca_file; /* beside the system's CAs; NULL */
	int timeout_ms;      /* to connect, and for each command or silence; 0: 30 s */
};

struct sockaddr;
bool wire_is_loopback(const char *host); /* 127.0.0.0/8, ::1, localhost */
bool wire_is_loopback_address(const struct sockaddr *a);
void wire_setup(void);                   /* once in main, before any of this floor is used: GnuTLS, libcurl, SIGPIPE */
int wire_timeout(const struct wire_server *server);

struct stream;
struct _mailstream; /* libetpan's mailstream */

/* Connects (each address of the host in turn) and speaks TLS at once if the server is WIRE_TLS. NULL: e says why and what to do;
 * ERR_CONFIG for a certificate that does not pass, ERR_TEMPORARY for the network. The strings of `server` are copied. */
struct stream *stream_open(const struct wire_server *server, struct err *e);
void stream_free(struct stream *s); /* NULL is fine; closes at once */
/* TLS on a connection that began without. Bytes that came before the handshake are an attack (CVE-2011-0411): refused. */
bool stream_start_tls(struct stream *s, struct err *e);
bool stream_is_tls(const struct stream *s);

/* From now on, and until the next call: this many milliseconds and no more than this many bytes to be read. */
void stream_allow(struct stream *s, int ms, uint64_t bytes);
void stream_extend(struct stream *s, int64_t ms); /* the deadline moves by ms: time that our own work took */
/* All that is read passes the filter first, once; false from it (with e filled in) breaks the stream. */
typedef bool stream_filter_fn(void *ctx, const char *p, size_t n, struct err *e);
void stream_filter(struct stream *s, stream_filter_fn *filter, void *ctx);
void stream_feed(struct stream *s, const char *text); /* read before anything from the network, unfiltered */

/* For libetpan; owned by the stream (never mailstream_close() it). */
struct _mailstream *stream_mailstream(struct stream *s);

enum stream_event { STREAM_DATA, STREAM_TIMEOUT, STREAM_FD, STREAM_BROKEN };
/* Waits until something can be read (also what lies in a buffer already), `fd` (-1: none) is readable, or ms have passed. */
enum stream_event stream_wait(struct stream *s, int fd, int ms);

/* The first failure of this stream, in words; false (and e untouched) when there was none. */
bool stream_failed(const struct stream *s, struct err *e);

#endif
