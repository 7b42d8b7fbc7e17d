#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "imap_session.h"

enum { IDLE_MS = 9 * 60 * 1000, POLL_MS = 60 * 1000, IDLE_BUDGET = 1 << 20 };

/* "* 4 EXISTS": a mail has come. EXPUNGE and flags are others' work, "* OK still here" is nobody's. */
static void see_news(void *ctx, const char *line)
{
	const char *s = line + 2;
	while (isdigit((unsigned char)*s))
		s++;
	if (s > line + 2 && !strcasecmp(s, " EXISTS"))
		((struct imap *)ctx)->news = true;
}

static enum imap_wake broken(struct imap *c, struct err *e)
{
	imap_dead(c, "waiting for mail", e);
	return IMAP_WAKE_ERROR;
}

/* Reads lines while there are any, and waits for more. */
static enum imap_wake idle_lines(struct imap *c, int fd, int timeout_ms)
{
	while (!c->news) {
		switch (stream_wait(c->stream, fd, timeout_ms)) {
		case STREAM_FD:
			return IMAP_WAKE_FD;
		case STREAM_TIMEOUT:
			return IMAP_WAKE_TIMEOUT;
		case STREAM_BROKEN:
			return IMAP_WAKE_ERROR;
		case STREAM_DATA: {
			const char *line = talk_read(c);
			if (!line || !strncasecmp(line, "* BYE", 5))
				return IMAP_WAKE_ERROR;
			see_news(c, line);
		}
		}
	}
	return IMAP_WAKE_NEWS;
}

static enum imap_wake idle(struct imap *c, int fd, int timeout_ms, struct err *e)
{
	char tag[16];
	const char *words = "";
	stream_allow(c->stream, c->timeout_ms, TALK_BUDGET);
	if (!talk_begin(c, "IDLE", tag))
		return broken(c, e);
	switch (talk_finish(c, tag, see_news, c, &words)) {
	case TALK_MORE:
		break;
	case TALK_NO:
	case TALK_BAD:
		c->can.idle = false; /* it says so and cannot: from now on we ask */
		return imap_wait(c, fd, timeout_ms, e);
	default:
		return broken(c, e);
	}
	stream_allow(c->stream, timeout_ms + c->timeout_ms, IDLE_BUDGET);
	enum imap_wake w = idle_lines(c, fd, timeout_ms);
	stream_allow(c->stream, c->timeout_ms, TALK_BUDGET);
	if (w == IMAP_WAKE_ERROR || !talk_send(c, "DONE\r\n", 6) || talk_finish(c, tag, see_news, c, &words) != TALK_OK)
		return broken(c, e);
	return c->news ? IMAP_WAKE_NEWS : w;
}

static enum imap_wake ask(struct imap *c, int fd, int timeout_ms, struct err *e)
{
	enum imap_wake w = IMAP_WAKE_TIMEOUT;
	stream_allow(c->stream, timeout_ms + c->timeout_ms, TALK_BUDGET);
	switch (stream_wait(c->stream, fd, timeout_ms < POLL_MS ? timeout_ms : POLL_MS)) {
	case STREAM_FD:
		w = IMAP_WAKE_FD;
		break;
	case STREAM_BROKEN:
		return broken(c, e);
	default:
		break;
	}
	if (!imap_noop(c, e))
		return IMAP_WAKE_ERROR;
	return c->news ? IMAP_WAKE_NEWS : w;
}

enum imap_wake imap_wait(struct imap *c, int fd, int timeout_ms, struct err *e)
{
	if (!imap_ready(c, true, e))
		return IMAP_WAKE_ERROR;
	if (timeout_ms > IDLE_MS) /* NATs and servers forget a silent connection; RFC 2177 says 29 minutes */
		timeout_ms = IDLE_MS;
	if (timeout_ms < 0)
		timeout_ms = 0;
	if (c->news)
		return IMAP_WAKE_NEWS;
	return c->can.idle ? idle(c, fd, timeout_ms, e) : ask(c, fd, timeout_ms, e);
}
