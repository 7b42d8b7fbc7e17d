/* address: what may stand in an SMTP envelope and what two addresses have in common.
 *
 * The grammar for sending is strict on purpose: libcurl passes a CR LF in an address on as a new SMTP command. */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>

/* local@domain: dot-atom or UTF-8 (RFC 6531) local part of at most 64 bytes, a domain of dotted labels or [IPv4] of at most 255
 * bytes; no quoted strings, comments, spaces, controls, or angle brackets. */
bool address_ok(const char *addr);
/* The same mailbox: domain without case, local part without ASCII case (no server that matters tells them apart). */
bool address_same(const char *a, const char *b);
const char *address_domain(const char *addr); /* what follows the last '@', or ""; borrowed */
/* domain is `parent` or a subdomain of it. */
bool domain_within(const char *domain, const char *parent);
/* mailer-daemon, postmaster, no-reply and kin, -request, owner-, bounce: addresses no machine should answer. */
bool address_is_robot(const char *addr);

#endif
