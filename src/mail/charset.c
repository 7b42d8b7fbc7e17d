#include "mail/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"

/* Names that mail uses, and what they mean in practice (the superset, as in the WHATWG Encoding Standard). */
static const struct alias {
	const char *label, *name;
} aliases[] = {
	{"utf8", "UTF-8"}, {"utf-8", "UTF-8"}, {"unicode-1-1-utf-8", "UTF-8"}, {"utf-8mb4", "UTF-8"}, {"utf8mb4", "UTF-8"},
	{"utf_8", "UTF-8"}, {"cp65001", "UTF-8"}, {"x-utf-8", "UTF-8"}, {"unicode", "UTF-16"}, {"ucs-2", "UTF-16"},
	{"utf-16", "UTF-16"}, {"utf-16le", "UTF-16LE"}, {"utf-16be", "UTF-16BE"}, {"utf-32", "UTF-32"},
	{"utf-32le", "UTF-32LE"}, {"utf-32be", "UTF-32BE"}, {"utf-7", "UTF-7"}, {"unicode-1-1-utf-7", "UTF-7"},
	{"iso-8859-2", "ISO-8859-2"}, {"latin2", "ISO-8859-2"}, {"iso-8859-3", "ISO-8859-3"}, {"iso-8859-4", "ISO-8859-4"},
	{"iso-8859-5", "ISO-8859-5"}, {"iso-8859-6", "ISO-8859-6"}, {"iso-8859-7", "ISO-8859-7"},
	{"iso-8859-8", "ISO-8859-8"}, {"iso-8859-8-i", "ISO-8859-8"}, {"iso-8859-9", "WINDOWS-1254"},
	{"latin5", "WINDOWS-1254"}, {"iso-8859-10", "ISO-8859-10"}, {"iso-8859-11", "WINDOWS-874"},
	{"iso-8859-13", "ISO-8859-13"}, {"iso-8859-14", "ISO-8859-14"}, {"iso-8859-15", "ISO-8859-15"},
	{"latin9", "ISO-8859-15"}, {"latin-9", "ISO-8859-15"}, {"iso-8859-16", "ISO-8859-16"},
	{"windows-1250", "WINDOWS-1250"}, {"windows-1251", "WINDOWS-1251"}, {"windows-1253", "WINDOWS-1253"},
	{"windows-1254", "WINDOWS-1254"}, {"windows-1255", "WINDOWS-1255"}, {"windows-1256", "WINDOWS-1256"},
	{"windows-1257", "WINDOWS-1257"}, {"windows-1258", "WINDOWS-1258"}, {"windows-874", "WINDOWS-874"},
	{"cp1250", "WINDOWS-1250"}, {"cp1251", "WINDOWS-1251"}, {"cp1253", "WINDOWS-1253"}, {"cp1254", "WINDOWS-1254"},
	{"cp1257", "WINDOWS-1257"}, {"tis-620", "WINDOWS-874"}, {"koi8-r", "KOI8-R"}, {"koi8-u", "KOI8-U"},
	{"macintosh", "MACINTOSH"}, {"x-mac-roman", "MACINTOSH"}, {"cp437", "CP437"}, {"ibm437", "CP437"},
	{"cp850", "CP850"}, {"ibm850", "CP850"}, {"cp858", "CP850"}, {"cp866", "CP866"}, {"ibm866", "CP866"},
	{"gb2312", "GB18030"}, {"gb_2312-80", "GB18030"}, {"gbk", "GB18030"}, {"gb18030", "GB18030"}, {"x-gbk", "GB18030"},
	{"cp936", "GB18030"}, {"euc-cn", "GB18030"}, {"hz-gb-2312", "GB18030"}, {"big5", "BIG5-HKSCS"},
	{"big5-hkscs", "BIG5-HKSCS"}, {"euc-tw", "EUC-TW"}, {"euc-jp", "EUC-JP"}, {"x-euc-jp", "EUC-JP"},
	{"shift_jis", "CP932"}, {"shift-jis", "CP932"}, {"sjis", "CP932"}, {"x-sjis", "CP932"}, {"windows-31j", "CP932"},
	{"cp932", "CP932"}, {"ms_kanji", "CP932"}, {"iso-2022-jp", "ISO-2022-JP-2"}, {"iso-2022-jp-2", "ISO-2022-JP-2"},
	{"iso-2022-jp-3", "ISO-2022-JP-3"}, {"euc-kr", "CP949"}, {"ks_c_5601-1987", "CP949"}, {"ksc5601", "CP949"},
	{"cp949", "CP949"}, {"windows-949", "CP949"}, {"iso-2022-kr", "ISO-2022-KR"}, {"iso-2022-cn", "ISO-2022-CN"},
	{"iso8859-15", "ISO-8859-15"}, {"iso8859-2", "ISO-8859-2"}, {"iso8859-5", "ISO-8859-5"},
	{"iso8859-7", "ISO-8859-7"}, {"iso8859-9", "WINDOWS-1254"}, {"iso_8859-2", "ISO-8859-2"},
	{"iso_8859-15", "ISO-8859-15"}, {"iso_8859-9", "WINDOWS-1254"}, {"ansi_x3.110-1983", "ISO-8859-1"},
};

static const char *const latin1[] = {
	"iso-8859-1", "iso8859-1", "iso_8859-1", "iso-8859_1", "latin1", "latin-1", "l1", "windows-1252", "cp1252", "cp-1252",
	"x-cp1252", "ansi", "iso-8859-1-windows-3.1-latin-1", "8859-1", "iso-8859", "iso-ir-100", "ibm819", "win-1252",
};

/* 0x80 to 0x9F of windows-1252; what it leaves open stays a control, which cleaning drops */
static const uint16_t cp1252[32] = {
	0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
	0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

void charset_setup(void)
{
	/* Set once before anything is read, and never looked at: an open descriptor keeps its module loaded, and lets the leak checker see it. */
	static const char *const more[] = {"ISO-8859-1", "WINDOWS-1252", "GBK", "GB2312", "EUC-KR", "SHIFT_JIS", "BIG5", "ISO-2022-JP"}; /* GMime's */
	static iconv_t held[sizeof aliases / sizeof *aliases + sizeof more / sizeof *more];
	size_t n = 0;
	if (held[0])
		return;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		held[n++] = iconv_open("UTF-8", aliases[i].name);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		held[n++] = iconv_open("UTF-8", more[i]);
}

static void add_valid(const char *s, size_t n, struct buf *out) /* valid UTF-8, but for its NULs */
{
	for (const char *nul; n > 0 && (nul = memchr(s, '\0', n)); s = nul + 1) {
		buf_add(out, s, (size_t)(nul - s));
		n -= (size_t)(nul - s) + 1;
	}
	buf_add(out, s, n);
}

void utf8_clean(const char *s, size_t n, struct buf *out)
{
	buf_reserve(out, n);
	for (size_t i = 0, k; i < n; i += k) {
		k = ascii_run(s + i, n - i);
		if (k)
			add_valid(s + i, k, out);
		else if (utf8_next(s + i, n - i, &k) == 0xFFFD)
			buf_adds(out, "\xEF\xBF\xBD");
		else
			buf_add(out, s + i, k);
	}
}

static void from_1252(const char *s, size_t n, struct buf *out)
{
	buf_reserve(out, n + n / 8);
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x80) {
			size_t run = ascii_run(s + i, n - i);
			add_valid(s + i, run, out);
			i += run;
			continue;
		}
		char u[4];
		size_t k;
		utf8_put(u, c < 0xA0 ? cp1252[c - 0x80] : c, &k);
		buf_add(out, u, k);
		i++;
	}
}

/* False: no such conversion. Broken input becomes U+FFFD, a byte at a time. */
static bool by_iconv(const char *name, const char *s, size_t n, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1)
		return false;
	char *in = (char *)(uintptr_t)s; /* iconv's signature; it does not write there */
	char chunk[4096];
	while (n > 0) {
		char *to = chunk;
		size_t left = sizeof chunk;
		size_t r = iconv(cd, &in, &n, &to, &left);
		utf8_clean(chunk, (size_t)(to - chunk), out);
		if (r != (size_t)-1)
			break;
		if (errno == E2BIG)
			continue;
		buf_adds(out, "\xEF\xBF\xBD");
		if (errno == EINVAL || n == 0)
			break;
		in++;
		n--;
	}
	iconv_close(cd);
	return true;
}

static bool is_ascii(const char *s, size_t n)
{
	return ascii_run(s, n) == n;
}

/* More well-formed characters beyond ASCII than broken bytes: UTF-8 that was cut or damaged, not another character set. */
static bool mostly_utf8(const char *s, size_t n)
{
	size_t good = 0, bad = 0;
	for (size_t i = 0, k; i < n; i += k) {
		if ((unsigned char)s[i] < 0x80)
			k = ascii_run(s + i, n - i);
		else if (utf8_next(s + i, n - i, &k) == 0xFFFD && k == 1)
			bad++;
		else
			good++;
	}
	return good >= bad;
}

static const char *by_bom(const char *s, size_t n)
{
	if (n >= 4 && memcmp(s, "\xFF\xFE\0\0", 4) == 0)
		return "UTF-32";
	if (n >= 2 && (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0))
		return "UTF-16";
	return NULL;
}

/* The label in lower case, without quotes, blanks, or an RFC 2231 language. */
static void tidy(const char *label, char out[static 64])
{
	size_t n = 0;
	for (; *label && *label != '*' && n < 63; label++)
		if (!strchr(" \t\"'<>;,", *label))
			out[n++] = (char)tolower((unsigned char)*label);
	out[n] = '\0';
}

/* True: it was valid UTF-8. */
static bool guess(const char *s, size_t n, struct buf *out)
{
	bool valid = utf8_valid(s, n);
	if (valid) {
		add_valid(s, n, out);
		return true;
	}
	if (mostly_utf8(s, n))
		utf8_clean(s, n, out);
	else
		from_1252(s, n, out);
	return false;
}

static const char *known(const char *label)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcmp(label, aliases[i].label) == 0)
			return aliases[i].name;
	return NULL;
}

bool charset_to_utf8(const char *label, const char *s, size_t n, struct buf *out)
{
	char name[64] = "";
	if (label)
		tidy(label, name);
	if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
		utf8_clean(s + 3, n - 3, out);
		return true;
	}
	if (by_bom(s, n) && by_iconv(by_bom(s, n), s, n, out))
		return true;
	for (size_t i = 0; i < sizeof latin1 / sizeof *latin1; i++)
		if (strcmp(name, latin1[i]) == 0) {
			bool utf8 = !is_ascii(s, n) && utf8_valid(s, n);
			if (utf8)
				utf8_clean(s, n, out);
			else
				from_1252(s, n, out);
			return !utf8;
		}
	const char *to = known(name);
	if (to && strcmp(to, "UTF-8") != 0 && by_iconv(to, s, n, out))
		return true;
	if (!to && (memmem(s, n, "\x1b$B", 3) || memmem(s, n, "\x1b$@", 3)) && by_iconv("ISO-2022-JP-2", s, n, out))
		return false;
	bool valid = guess(s, n, out);
	return to ? valid : is_ascii(s, n);
}
