#include "mail/attachment_office.h"

#include <stdint.h>
#include <string.h>

#include "base/strs.h"

enum { LOCAL_HEADER = 30, ENTRIES_MAX = 20000, NAME_MAX_BYTES = 256 };
enum { DIRECTORY_ENTRY = 128, ENTRY_NAME_BYTES = 64, ENTRY_CLASS = 80 };

static uint32_t number(const char *s, size_t at, size_t bytes) /* little endian */
{
	uint32_t v = 0;
	for (size_t i = bytes; i-- > 0;)
		v = v << 8 | (unsigned char)s[at + i];
	return v;
}

static bool has_bytes(const char *s, size_t n, const char *what, size_t k)
{
	return n >= k && memmem(s, n, what, k) != NULL;
}

/* --- ZIP (APPNOTE.TXT 4.3.7) --- */

bool office_is_zip(const char *s, size_t n)
{
	return n >= LOCAL_HEADER && memcmp(s, "PK\3\4", 4) == 0;
}

struct entry {
	char name[NAME_MAX_BYTES]; /* cut */
	const char *data;          /* packed */
	size_t n;                  /* of it, as far as it is there and its length was said */
};

/* The entry at *at, which moves to the next. False at the end of the entries, or of the bytes. */
static bool next_entry(const char *s, size_t n, size_t *at, struct entry *e)
{
	if (*at > n || n - *at < LOCAL_HEADER || memcmp(s + *at, "PK\3\4", 4) != 0)
		return false;
	const char *h = s + *at;
	size_t left = n - *at - LOCAL_HEADER, name = number(h, 26, 2), extra = number(h, 28, 2), packed = number(h, 18, 4);
	if (name > left)
		return false;
	size_t keep = name < sizeof e->name - 1 ? name : sizeof e->name - 1;
	memcpy(e->name, h + LOCAL_HEADER, keep);
	e->name[keep] = '\0';
	size_t from = name + extra < left ? name + extra : left;
	e->data = h + LOCAL_HEADER + from;
	e->n = packed < left - from ? packed : left - from;
	*at += LOCAL_HEADER + from + e->n;
	if (number(h, 6, 2) & 8) { /* its length stands behind it */
		const char *next = memmem(s + *at, n - *at, "PK\3\4", 4);
		*at = next ? (size_t)(next - s) : n;
	}
	return true;
}

/* OpenDocument 1.3 part 2 §3.3: the first entry is called mimetype, is not packed, and says it. */
static const char *open_document(const struct entry *e)
{
	static const char *const types[] = {
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
		"application/vnd.oasis.opendocument.graphics", "application/vnd.oasis.opendocument.formula",
		"application/vnd.oasis.opendocument.text-template", "application/epub+zip",
	};
	size_t n = e->n;
	while (n > 0 && strchr("\r\n ", e->data[n - 1]))
		n--;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strlen(types[i]) == n && memcmp(e->data, types[i], n) == 0)
			return types[i];
	return NULL;
}

static const struct {
	const char *folder, *type, *with_macros;
} documents[] = {
	{"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12"},
	{"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12"},
	{"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.ms-powerpoint.presentation.macroenabled.12"},
	{"visio/", "application/vnd.ms-visio.drawing", "application/vnd.ms-visio.drawing.macroenabled.12"},
};
enum { DOCUMENTS = sizeof documents / sizeof *documents };

struct zip {
	bool content_types, manifest, android, basic;
	int document; /* in documents, -1 none */
	const char *open;
};

static void zip_read(const char *s, size_t n, struct zip *z)
{
	struct entry e;
	*z = (struct zip){.document = -1};
	size_t at = 0;
	for (int i = 0; i < ENTRIES_MAX && next_entry(s, n, &at, &e); i++) {
		if (i == 0 && strcmp(e.name, "mimetype") == 0)
			z->open = open_document(&e);
		z->content_types = z->content_types || strcmp(e.name, "[Content_Types].xml") == 0;
		z->manifest = z->manifest || strcmp(e.name, "META-INF/MANIFEST.MF") == 0;
		z->android = z->android || strcmp(e.name, "AndroidManifest.xml") == 0;
		z->basic = z->basic || str_starts(e.name, "Basic/");
		for (int k = 0; k < DOCUMENTS && z->document < 0; k++)
			if (str_starts(e.name, documents[k].folder))
				z->document = k;
	}
}

static bool zip_has_vba(const char *s, size_t n) /* in a name of an entry: names are never packed */
{
	return has_bytes(s, n, "vbaProject.bin", 14);
}

const char *office_zip(const char *s, size_t n)
{
	struct zip z;
	zip_read(s, n, &z);
	if (z.open)
		return z.open;
	if (z.content_types && z.document >= 0)
		return zip_has_vba(s, n) ? documents[z.document].with_macros : documents[z.document].type;
	if (z.android)
		return "application/vnd.android.package-archive";
	return z.manifest ? OFFICE_JAR : "application/zip";
}

bool office_zip_macros(const char *s, size_t n)
{
	struct zip z;
	zip_read(s, n, &z);
	return (z.open && z.basic) || (z.document >= 0 && zip_has_vba(s, n));
}

/* --- OLE2 ([MS-CFB]) --- */

bool office_is_ole(const char *s, size_t n)
{
	return n >= 512 && memcmp(s, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* A name in UTF-16LE, as the directory writes it. */
static bool has_name(const char *s, size_t n, const char *name)
{
	char wide[ENTRY_NAME_BYTES];
	size_t k = 0;
	for (; *name && k + 1 < sizeof wide; name++) {
		wide[k++] = *name;
		wide[k++] = '\0';
	}
	return has_bytes(s, n, wide, k);
}

/* The class of the root entry: what program the file belongs to. NULL where the directory begins beyond the bytes. */
static const char *root_class(const char *s, size_t n)
{
	uint32_t shift = number(s, 30, 2);
	uint64_t at = ((uint64_t)number(s, 48, 4) + 1) << (shift == 12 ? 12 : 9);
	return at + DIRECTORY_ENTRY <= n ? s + at + ENTRY_CLASS : NULL;
}

const char *office_ole(const char *s, size_t n)
{
	static const char rest[] = "\0\0\0\0\xc0\0\0\0\0\0\0F"; /* of all classes of the first OLE days */
	static const struct {
		uint32_t first;
		const char *type;
	} classes[] = {
		{0x00020906, "application/msword"}, {0x00020900, "application/msword"}, {0x00020820, "application/vnd.ms-excel"},
		{0x00020810, "application/vnd.ms-excel"}, {0x00020D0B, "application/vnd.ms-outlook"}, {0x000C1084, OFFICE_MSI}, {0x000C1086, OFFICE_MSI},
		{0x00021A14, "application/vnd.visio"},
	};
	static const struct { /* where the class is not said; a mail may hold documents, a document sheets */
		const char *name, *type;
	} streams[] = {
		{"__properties_version1.0", "application/vnd.ms-outlook"}, {"PowerPoint Document", "application/vnd.ms-powerpoint"},
		{"WordDocument", "application/msword"}, {"Workbook", "application/vnd.ms-excel"}, {"VisioDocument", "application/vnd.visio"},
		{"EncryptedPackage", "application/x-ole-encrypted-package"},
	};
	const char *class = root_class(s, n);
	for (size_t i = 0; class && i < sizeof classes / sizeof *classes; i++)
		if (number(class, 0, 4) == classes[i].first && memcmp(class + 4, rest, 12) == 0)
			return classes[i].type;
	for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
		if (has_name(s, n, streams[i].name))
			return streams[i].type;
	return "application/x-ole-storage";
}

/* A storage called VBA: 128 bytes, aligned, with the length of the name behind the name. */
static bool has_vba_storage(const char *s, size_t n)
{
	for (size_t at = 512; at + DIRECTORY_ENTRY <= n; at += DIRECTORY_ENTRY)
		if (memcmp(s + at, "V\0B\0A\0\0", 8) == 0 && number(s, at + ENTRY_NAME_BYTES, 2) == 8 && s[at + ENTRY_NAME_BYTES + 2] == 1)
			return true;
	return false;
}

bool office_ole_macros(const char *s, size_t n)
{
	return has_name(s, n, "_VBA_PROJECT") || has_vba_storage(s, n);
}
