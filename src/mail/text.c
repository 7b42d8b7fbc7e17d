#include "mail/text.h"

#include <string.h>

#include "base/fold.h"

bool text_is_blank(const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t c = utf8_next(s + i, n - i, &k);
		if (!(c <= ' ' || c == 0x7F || c == 0xA0 || c == 0xAD || c == 0xFEFF || (c >= 0x2000 && c <= 0x200F) || c == 0x2060 ||
		      c == 0x3000))
			return false;
	}
	return true;
}

/* One line without its end; *i moves behind it. CRLF, LF and a bare CR end a line. */
static size_t next_line(const char *s, size_t n, size_t *i)
{
	size_t j = *i;
	while (j < n && s[j] != '\n' && s[j] != '\r')
		j++;
	size_t len = j - *i;
	if (j + 1 < n && s[j] == '\r' && s[j + 1] == '\n')
		j++;
	*i = j < n ? j + 1 : j;
	return len;
}

/* RFC 3676 §4.1: a line that ends in a blank goes on in the next; "-- " does not; a blank in front is stuffing. */
void text_plain(const char *s, size_t n, bool flowed, bool delsp, struct buf *out)
{
	bool joined = false;
	buf_reserve(out, n + 1);
	for (size_t i = 0; i < n;) {
		size_t from = i, len = next_line(s, n, &i);
		const char *line = s + from;
		bool ended = i > from + len;
		bool quote = len > 0 && line[0] == '>';
		if (flowed && !quote && len > 0 && line[0] == ' ') {
			line++;
			len--;
		}
		if (joined && (quote || (len == 3 && memcmp(line, "-- ", 3) == 0)))
			buf_addc(out, '\n');
		joined = flowed && !quote && len > 0 && line[len - 1] == ' ' && !(len == 3 && memcmp(line, "-- ", 3) == 0);
		if (joined && delsp)
			len--;
		buf_add(out, line, len);
		if (ended && !joined)
			buf_addc(out, '\n');
	}
	if (!out->s)
		buf_add(out, "", 0);
}
