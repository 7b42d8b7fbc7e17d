/* notify: what systemd wants to hear (sd_notify(3)): a datagram to $NOTIFY_SOCKET. In our own 40 lines: the protocol is stable and documented,
 * and libsystemd would bring compressors into a daemon that holds passwords. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

void notify_send(const char *state); /* "READY=1", "WATCHDOG=1", "STATUS=…"; nothing happens where nobody listens */
int notify_watchdog_ms(void);        /* half of what WATCHDOG_USEC grants; 0: no watchdog */

#endif
