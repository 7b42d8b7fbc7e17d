#include "mail/attachment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/attachment_office.h"
#include "mail/content.h"

static const char *const danger_names[] = {[ATTACHMENT_PROGRAM] = "program", [ATTACHMENT_MACROS] = "macros", [ATTACHMENT_WINMAIL] = "winmail"};

const char *attachment_danger_name(enum attachment_danger d)
{
	return (unsigned)d < sizeof danger_names / sizeof *danger_names ? danger_names[d] : NULL;
}

bool attachment_danger_by_name(const char *name, enum attachment_danger *out)
{
	for (unsigned i = ATTACHMENT_PROGRAM; i < sizeof danger_names / sizeof *danger_names; i++)
		if (strcmp(name, danger_names[i]) == 0) {
			*out = (enum attachment_danger)i;
			return true;
		}
	return false;
}

enum attachment_danger attachment_worse(enum attachment_danger a, enum attachment_danger b)
{
	if (a == ATTACHMENT_HARMLESS || b == ATTACHMENT_HARMLESS)
		return a == ATTACHMENT_HARMLESS ? b : a;
	return a < b ? a : b;
}

/* --- by content --- */

#define PE "application/vnd.microsoft.portable-executable"
#define ELF "application/x-elf"
#define MACHO "application/x-mach-binary"
#define CLASS "application/java-vm"
#define LNK "application/x-ms-shortcut"
#define ISO "application/x-iso9660-image"
#define VHD "application/x-virtual-disk"
#define CHM "application/vnd.ms-htmlhelp"
#define HTA "application/hta"
#define SCRIPT "text/x-script"
#define BATCH "application/x-bat"
#define TNEF "application/vnd.ms-tnef"

#define SIGN(at, bytes, type) {(at), sizeof(bytes) - 1, (bytes), (type)}

/* Where the bytes at a place are proof enough. The order matters only where one is the beginning of another. */
static const struct {
	size_t at, n;
	const char *bytes, *type;
} signs[] = {
	SIGN(0, "%PDF-", "application/pdf"),
	SIGN(0, "\x89PNG\r\n\x1a\n", "image/png"),
	SIGN(0, "\xff\xd8\xff", "image/jpeg"),
	SIGN(0, "GIF87a", "image/gif"),
	SIGN(0, "GIF89a", "image/gif"),
	SIGN(0, "II*\0", "image/tiff"),
	SIGN(0, "MM\0*", "image/tiff"),
	SIGN(0, "8BPS\0\1", "image/vnd.adobe.photoshop"),
	SIGN(0, "\0\0\1\0\1\0", "image/vnd.microsoft.icon"),
	SIGN(0, "AT&TFORM", "image/vnd.djvu"),
	SIGN(0, "{\\rtf", "application/rtf"),
	SIGN(0, "%!PS-", "application/postscript"),
	SIGN(0, "ID3", "audio/mpeg"),
	SIGN(0, "OggS\0", "application/ogg"),
	SIGN(0, "fLaC\0", "audio/flac"),
	SIGN(0, "MThd\0\0\0\6", "audio/midi"),
	SIGN(0, "#!AMR", "audio/amr"),
	SIGN(0, "\x1a\x45\xdf\xa3", "video/x-matroska"),
	SIGN(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
	SIGN(0, "\0\0\1\xba", "video/mpeg"),
	SIGN(0, "\x1f\x8b\x08", "application/gzip"),
	SIGN(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
	SIGN(0, "Rar!\x1a\x07", "application/vnd.rar"),
	SIGN(0, "\xfd" "7zXZ\0", "application/x-xz"),
	SIGN(0, "\x28\xb5\x2f\xfd", "application/zstd"),
	SIGN(0, "MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
	SIGN(257, "ustar", "application/x-tar"),
	SIGN(0, "SQLite format 3\0", "application/vnd.sqlite3"),
	SIGN(0, "!BDN", "application/vnd.ms-outlook-pst"),
	SIGN(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
	SIGN(0, "\0\1\0\0Standard Jet DB\0", "application/vnd.ms-access"),
	SIGN(0, "\0\1\0\0Standard ACE DB\0", "application/vnd.ms-access"),
	SIGN(0, "wOFF", "font/woff"),
	SIGN(0, "\0asm\1\0\0\0", "application/wasm"),
	SIGN(0, "\x78\x9f\x3e\x22", TNEF),
	SIGN(0, "\x7f" "ELF", ELF),
	SIGN(0, "\xfe\xed\xfa\xce", MACHO),
	SIGN(0, "\xfe\xed\xfa\xcf", MACHO),
	SIGN(0, "\xce\xfa\xed\xfe", MACHO),
	SIGN(0, "\xcf\xfa\xed\xfe", MACHO),
	SIGN(0, "L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0F", LNK),
	SIGN(0, "ITSF\3\0\0\0", CHM),
	SIGN(0, "conectix", VHD),
	SIGN(0, "vhdxfile", VHD),
	SIGN(32769, "CD001", ISO), /* ECMA-119: the first volume descriptor, in sector 16 */
	SIGN(32769, "BEA01", ISO), /* UDF alone */
	SIGN(34817, "CD001", ISO),
};

static const char *const programs[] = {PE, ELF, MACHO, CLASS, LNK, ISO, VHD, CHM, HTA, SCRIPT, BATCH, OFFICE_JAR, OFFICE_MSI};

static unsigned byte(const char *s, size_t at)
{
	return (unsigned char)s[at];
}

static bool stands(const char *s, size_t n, size_t at, const char *what)
{
	size_t k = strlen(what);
	return n >= at && n - at >= k && memcmp(s + at, what, k) == 0;
}

/* Two or three bytes that text may begin with too: what follows has to fit. */
static const char *by_weak_sign(const char *s, size_t n)
{
	if (n >= 64 && stands(s, n, 0, "MZ") && memchr(s, 0, 64))
		return PE;
	if (n >= 30 && stands(s, n, 0, "BM") && byte(s, 6) + byte(s, 7) + byte(s, 8) + byte(s, 9) == 0 && byte(s, 14) >= 12 && byte(s, 14) <= 124 && byte(s, 15) == 0)
		return "image/bmp";
	if (stands(s, n, 0, "BZh") && n > 9 && s[3] >= '1' && s[3] <= '9' && memcmp(s + 4, "1AY&SY", 6) == 0)
		return "application/x-bzip2";
	if (stands(s, n, 0, "\xca\xfe\xba\xbe") && n >= 8) /* a fat Mach-O has a few parts; no class file is older than version 45 */
		return byte(s, 4) == 0 && byte(s, 5) == 0 && byte(s, 6) == 0 && byte(s, 7) < 45 ? MACHO : CLASS;
	if (n >= 4 && byte(s, 0) == 0xFF && (byte(s, 1) & 0xE6) == 0xE2 && (byte(s, 1) & 0x18) != 0x08 && (byte(s, 2) & 0xF0) != 0xF0 &&
	    (byte(s, 2) & 0xF0) != 0 && (byte(s, 2) & 0x0C) != 0x0C) /* an MPEG frame of layer III */
		return "audio/mpeg";
	return NULL;
}

/* RIFF and ISO base media files tell their kind a little further on. */
static const char *by_brand(const char *s, size_t n)
{
	static const struct {
		const char *brand, *type;
	} riff[] = {{"WEBP", "image/webp"}, {"WAVE", "audio/vnd.wave"}, {"AVI ", "video/x-msvideo"}},
	  media[] = {{"heic", "image/heic"}, {"heix", "image/heic"}, {"hevc", "image/heic"}, {"mif1", "image/heif"}, {"msf1", "image/heif"},
	             {"avif", "image/avif"}, {"qt  ", "video/quicktime"}, {"M4A ", "audio/mp4"}, {"3gp", "video/3gpp"}, {"", "video/mp4"}};
	for (size_t i = 0; i < sizeof riff / sizeof *riff && stands(s, n, 0, "RIFF"); i++)
		if (stands(s, n, 8, riff[i].brand))
			return riff[i].type;
	for (size_t i = 0; i < sizeof media / sizeof *media && n >= 12 && stands(s, n, 4, "ftyp"); i++)
		if (stands(s, n, 8, media[i].brand))
			return media[i].type;
	return NULL;
}

/* --- text that has a form --- */

static bool begins(const char *s, size_t n, const char *what)
{
	size_t k = strlen(what);
	return n >= k && strncasecmp(s, what, k) == 0;
}

static bool holds(const char *s, size_t n, const char *what) /* in any case, in the first few kB */
{
	n = n < 4096 ? n : 4096;
	for (const char *p = s; (p = memchr(p, *what, n - (size_t)(p - s))); p++)
		if (begins(p, n - (size_t)(p - s), what))
			return true;
	return false;
}

/* A header: three fields that every mail has, each at the start of a line, before any line that is no field. */
static bool is_mail(const char *s, size_t n)
{
	static const char *const names[] = {"from:", "date:", "subject:", "to:", "received:", "message-id:", "mime-version:", "return-path:", "delivered-to:"};
	const char *end = s + (n < ATTACHMENT_HEAD ? n : ATTACHMENT_HEAD);
	unsigned seen = 0;
	int fields = 0;
	for (int lines = 0; s < end && lines < 100; lines++) {
		size_t left = (size_t)(end - s);
		const char *lf = memchr(s, '\n', left), *colon = memchr(s, ':', lf ? (size_t)(lf - s) : left);
		bool folded = *s == ' ' || *s == '\t';
		if (folded ? lines == 0 : !colon || memchr(s, ' ', (size_t)(colon - s)))
			break;
		for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
			if (!(seen & 1u << i) && begins(s, left, names[i])) {
				seen |= 1u << i;
				fields++;
			}
		if (!lf)
			break;
		s = lf + 1;
	}
	return fields >= 3 && (seen & 1);
}

static const char *by_text(const char *s, size_t n)
{
	if (stands(s, n, 0, "#!") && n > 3 && (s[2] == '/' || (s[2] == ' ' && s[3] == '/')))
		return SCRIPT;
	if (stands(s, n, 0, "\xEF\xBB\xBF")) {
		s += 3;
		n -= 3;
	}
	while (n > 0 && strchr(" \t\r\n", *s) && *s) {
		s++;
		n--;
	}
	if (begins(s, n, "<!doctype html") || begins(s, n, "<html") || begins(s, n, "<head>") || begins(s, n, "<body") || begins(s, n, "<script"))
		return holds(s, n, "<hta:application") ? HTA : "text/html";
	if (begins(s, n, "<hta:application"))
		return HTA;
	if (begins(s, n, "<svg"))
		return "image/svg+xml";
	if (begins(s, n, "<?xml"))
		return holds(s, n, "<svg") ? "image/svg+xml" : holds(s, n, "<html") ? "application/xhtml+xml" : "application/xml";
	if (begins(s, n, "BEGIN:VCALENDAR"))
		return "text/calendar";
	if (begins(s, n, "BEGIN:VCARD"))
		return "text/vcard";
	if (begins(s, n, "@echo off"))
		return BATCH;
	return is_mail(s, n) ? "message/rfc822" : NULL;
}

const char *attachment_real(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (n > signs[i].at && n - signs[i].at >= signs[i].n && memcmp(s + signs[i].at, signs[i].bytes, signs[i].n) == 0)
			return signs[i].type;
	if (office_is_zip(s, n))
		return office_zip(s, n);
	if (office_is_ole(s, n))
		return office_ole(s, n);
	const char *type = by_weak_sign(s, n);
	if (!type)
		type = by_brand(s, n);
	if (!type)
		type = by_text(s, n);
	if (!type && memmem(s, n < 1024 ? n : 1024, "%PDF-1.", 7)) /* readers take one with a little in front */
		type = "application/pdf";
	return type;
}

bool attachment_has_macros(const char *s, size_t n)
{
	return (office_is_zip(s, n) && office_zip_macros(s, n)) || (office_is_ole(s, n) && office_ole_macros(s, n));
}

/* --- by name --- */

/* What a double click runs, or opens as a disk with programs on it: what Outlook holds back, and their like on other systems. */
static const char *const program_ends[] = {
	"exe", "scr", "com", "pif", "bat", "cmd", "ps1", "psm1", "psd1", "ps1xml", "ps2", "vb", "vbs", "vbe", "js", "jse", "ws", "wsf", "wsh", "wsc", "sct",
	"hta", "jar", "jnlp", "lnk", "url", "website", "reg", "msi", "msp", "mst", "msc", "msu", "cpl", "dll", "ocx", "sys", "drv", "iso", "img", "vhd",
	"vhdx", "chm", "hlp", "scf", "inf", "ins", "isp", "job", "application", "appref-ms", "gadget", "xll", "wll", "settingcontent-ms", "appx",
	"appxbundle", "msix", "msixbundle", "appinstaller", "library-ms", "search-ms", "searchconnector-ms", "theme", "diagcab", "rdp", "shb", "shs", "ade",
	"adp", "mde", "accde", "py", "pyc", "pyw", "pyz", "sh", "bash", "csh", "command", "workflow", "action", "app", "dmg", "pkg", "apk", "deb", "rpm",
	"run", "appimage", "desktop",
};
static const char *const macro_ends[] = {"docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam", "sldm", "xla", "ppa", "wiz"};

static bool is_one_of(const char *s, size_t n, const char *const *v, size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (strlen(v[i]) == n && strncasecmp(s, v[i], n) == 0)
			return true;
	return false;
}

/* A blank at the end of a name, which Windows leaves out as it does dots; its bytes, 0 for none. */
static size_t blank_end(const char *s, size_t n)
{
	if (n >= 1 && (s[n - 1] == '.' || (unsigned char)s[n - 1] <= ' '))
		return 1;
	if (n >= 2 && memcmp(s + n - 2, "\xC2\xA0", 2) == 0)
		return 2;
	if (n >= 3 && (memcmp(s + n - 3, "\xE3\x80\x80", 3) == 0 || (memcmp(s + n - 3, "\xE2\x80", 2) == 0 && byte(s, n - 1) <= 0x8F)))
		return 3;
	return 0;
}

enum attachment_danger attachment_by_name(const char *name)
{
	size_t n = strlen(name);
	for (size_t k; (k = blank_end(name, n)) > 0; n -= k)
		;
	const char *dot = memrchr(name, '.', n);
	if (!dot)
		return ATTACHMENT_HARMLESS;
	const char *end = dot + 1;
	n -= (size_t)(end - name);
	if (is_one_of(end, n, program_ends, sizeof program_ends / sizeof *program_ends))
		return ATTACHMENT_PROGRAM;
	return is_one_of(end, n, macro_ends, sizeof macro_ends / sizeof *macro_ends) ? ATTACHMENT_MACROS : ATTACHMENT_HARMLESS;
}

/* --- all of it --- */

static enum attachment_danger by_type(const char *type, const char *real)
{
	if (real && is_one_of(real, strlen(real), programs, sizeof programs / sizeof *programs))
		return ATTACHMENT_PROGRAM;
	bool winmail = strcmp(type, "application/ms-tnef") == 0 || strcmp(type, TNEF) == 0 || (real && strcmp(real, TNEF) == 0);
	return winmail ? ATTACHMENT_WINMAIL : ATTACHMENT_HARMLESS;
}

void attachment_look(struct attachment *a, struct _GMimePart *part)
{
	struct content c = {.s = ""};
	if (part)
		content_read(part, ATTACHMENT_HEAD, &c);
	if (c.more && (office_is_zip(c.s, c.n) || office_is_ole(c.s, c.n))) {
		content_free(&c);
		content_read(part, ATTACHMENT_MOST, &c);
	}
	const char *real = attachment_real(c.s, c.n);
	enum attachment_danger d = attachment_worse(by_type(a->type, real), attachment_by_name(a->name));
	if (d != ATTACHMENT_PROGRAM && attachment_has_macros(c.s, c.n))
		d = ATTACHMENT_MACROS;
	a->real = real ? mem_dup(real) : NULL;
	a->danger = attachment_worse(a->danger, d);
	content_free(&c);
}
