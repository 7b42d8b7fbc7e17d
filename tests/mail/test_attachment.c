/* What an attached file really is, and which are dangerous: by content, by name, and on the way from the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <time.h>

#include "base/buf.h"
#include "mail/attachment.h"
#include "mail/mail_json.h"
#include "mail/message.h"

#define B(s) (s), sizeof(s) - 1
#define OOXML "application/vnd.openxmlformats-officedocument."
#define MACRO_WORD "application/vnd.ms-word.document.macroenabled.12"
#define ZEROS16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const char *real_of(const char *s, size_t n)
{
	char *copy = malloc(n ? n : 1); /* without its NUL, so that a sanitizer sees any overread */
	memcpy(copy, s, n);
	const char *real = attachment_real(copy, n);
	free(copy);
	return real;
}

static void expect_real(const char *s, size_t n, const char *want, const char *why)
{
	const char *got = real_of(s, n);
	if (!want != !got || (want && strcmp(got, want) != 0))
		fail_msg("%s: '%s', not '%s'", why, got ? got : "(none)", want ? want : "(none)");
}

static void types_are_told_by_content(void **state)
{
	(void)state;
	static const struct {
		const char *s;
		size_t n;
		const char *want, *why;
	} cases[] = {
		{B(""), NULL, "nothing"},
		{B("Hej\nNu kommer det.\n"), NULL, "a text"},
		{B("%PDF-1.7\n%"), "application/pdf", "PDF"},
		{B("\n\nx %PDF-1.4\n"), "application/pdf", "PDF with junk in front"},
		{B("%PD"), NULL, "cut short"},
		{B("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png", "PNG"},
		{B("\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg", "JPEG"},
		{B("GIF89a\1\0"), "image/gif", "GIF"},
		{B("GIF is a format"), NULL, "only the word"},
		{B("RIFF\1\2\3\4WEBPVP8 "), "image/webp", "WebP"},
		{B("RIFF\1\2\3\4WAVEfmt "), "audio/vnd.wave", "WAV"},
		{B("RIFF"), NULL, "RIFF, cut short"},
		{B("II*\0\x08\0\0\0"), "image/tiff", "TIFF"},
		{B("MM\0*\0\0\0\x08"), "image/tiff", "TIFF, big endian"},
		{B("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0"), "image/bmp", "BMP"},
		{B("BMW is a car, and this is a text about cars."), NULL, "BM in a text"},
		{B("\0\0\0\x18" "ftypheic\0\0\0\0"), "image/heic", "HEIC"},
		{B("\0\0\0\x18" "ftypisom\0\0\0\0"), "video/mp4", "MP4"},
		{B("\0\0\0\x18" "ftypqt  \0\0\0\0"), "video/quicktime", "QuickTime"},
		{B("{\\rtf1\\ansi"), "application/rtf", "RTF"},
		{B("<!DOCTYPE html>\n<html>"), "text/html", "HTML"},
		{B("\xEF\xBB\xBF\n <HTML lang=sv>"), "text/html", "HTML behind a mark and blanks"},
		{B("<html><HTA:APPLICATION id=x>"), "application/hta", "HTML that is a program"},
		{B("<?xml version=\"1.0\"?><faktura/>"), "application/xml", "XML"},
		{B("<?xml version=\"1.0\"?><svg xmlns=''/>"), "image/svg+xml", "SVG"},
		{B("<svg xmlns=''/>"), "image/svg+xml", "SVG without a declaration"},
		{B("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "text/calendar", "iCalendar"},
		{B("BEGIN:VCARD\r\nVERSION:3.0\r\n"), "text/vcard", "vCard"},
		{B("Received: from a\r\n by b\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nHej"), "message/rfc822", "a mail"},
		{B("From: the editor\nTo whom it may concern:\nhello\n"), NULL, "a letter"},
		{B("ID3\4\0\0"), "audio/mpeg", "MP3 with a tag"},
		{B("\xff\xfb\x90\x64\0\0"), "audio/mpeg", "MP3"},
		{B("\xff\xfe" "A\0B\0C\0"), NULL, "UTF-16 text is no MP3"},
		{B("OggS\0\2"), "application/ogg", "Ogg"},
		{B("\x1f\x8b\x08\0"), "application/gzip", "gzip"},
		{B("7z\xbc\xaf\x27\x1c\0\4"), "application/x-7z-compressed", "7z"},
		{B("Rar!\x1a\x07\1\0"), "application/vnd.rar", "RAR"},
		{B("\xfd" "7zXZ\0\0\4"), "application/x-xz", "xz"},
		{B("MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" ZEROS16 ZEROS16 ZEROS16 ZEROS16), "application/vnd.microsoft.portable-executable", "a Windows program"},
		{B("MZ is what the programs of Windows begin with, and this text does as well, but it has no zeros in it"), NULL, "MZ in a text"},
		{B("\x7f" "ELF\2\1\1"), "application/x-elf", "a Linux program"},
		{B("\xcf\xfa\xed\xfe\7\0\0\1"), "application/x-mach-binary", "a Mac program"},
		{B("\xca\xfe\xba\xbe\0\0\0\2"), "application/x-mach-binary", "a Mac program of two parts"},
		{B("\xca\xfe\xba\xbe\0\0\0\x34"), "application/java-vm", "a Java class"},
		{B("#!/bin/sh\nrm -rf /\n"), "text/x-script", "a script"},
		{B("#! /usr/bin/perl\n"), "text/x-script", "a script with a blank"},
		{B("#!important\n"), NULL, "no script"},
		{B("@ECHO OFF\r\ndel *.*\r\n"), "application/x-bat", "a batch file"},
		{B("L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0F\x9b"), "application/x-ms-shortcut", "a shortcut"},
		{B("\x78\x9f\x3e\x22\1\0"), "application/vnd.ms-tnef", "TNEF"},
		{B("ITSF\3\0\0\0\x60"), "application/vnd.ms-htmlhelp", "a help file"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_real(cases[i].s, cases[i].n, cases[i].want, cases[i].why);
}

static void types_are_told_further_on(void **state)
{
	(void)state;
	char *s = calloc(1, 40000);
	memcpy(s + 257, "ustar", 5);
	expect_real(s, 512, "application/x-tar", "tar");
	memset(s, 0, 512);
	memcpy(s + 32769, "CD001", 5);
	expect_real(s, 40000, "application/x-iso9660-image", "an image of a CD");
	expect_real(s, 32772, NULL, "cut within the sign");
	free(s);
}

/* --- office files --- */

static void zip_add(struct buf *b, const char *name, const char *data, bool streamed)
{
	size_t n = strlen(name), k = strlen(data), said = streamed ? 0 : k;
	char h[30] = "PK\3\4\x14";
	h[6] = streamed ? 8 : 0;
	h[18] = (char)(said & 0xff);
	h[19] = (char)(said >> 8);
	h[26] = (char)n;
	buf_add(b, h, sizeof h);
	buf_adds(b, name);
	buf_adds(b, data);
}

static void archives_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *names[4], *first, *want;
		bool macros;
	} cases[] = {
		{{"a.txt", "b.txt"}, "x", "application/zip", false},
		{{"[Content_Types].xml", "_rels/.rels", "word/document.xml"}, "<Types/>", OOXML "wordprocessingml.document", false},
		{{"[Content_Types].xml", "xl/workbook.xml"}, "<Types/>", OOXML "spreadsheetml.sheet", false},
		{{"[Content_Types].xml", "ppt/presentation.xml"}, "<Types/>", OOXML "presentationml.presentation", false},
		{{"word/document.xml", "[Content_Types].xml"}, "x", OOXML "wordprocessingml.document", false},
		{{"word/document.xml", "a.txt"}, "x", "application/zip", false},
		{{"[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"}, "<Types/>", MACRO_WORD, true},
		{{"mimetype", "content.xml"}, "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text", false},
		{{"mimetype", "content.xml"}, "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet", false},
		{{"mimetype", "Basic/Standard/Module1.xml"}, "application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation", true},
		{{"mimetype", "content.xml"}, "text/evil", "application/zip", false},
		{{"META-INF/MANIFEST.MF", "A.class"}, "x", "application/java-archive", false},
		{{"holiday/vbaProject.bin"}, "x", "application/zip", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int streamed = 0; streamed < 2; streamed++) {
			struct buf b = {0};
			if (streamed && strcmp(cases[i].names[0], "mimetype") == 0) /* never is */
				continue;
			for (size_t k = 0; k < 4 && cases[i].names[k]; k++)
				zip_add(&b, cases[i].names[k], k ? "data" : cases[i].first, streamed);
			expect_real(b.s, b.n, cases[i].want, cases[i].names[0]);
			if (attachment_has_macros(b.s, b.n) != cases[i].macros)
				fail_msg("case %zu: macros", i);
			for (size_t n = 0; n < b.n; n++) /* cut anywhere: no overread */
				real_of(b.s, n);
			buf_free(&b);
		}
}

static void what_lies_in_an_archive_is_not_the_archive(void **state)
{
	(void)state;
	struct buf inner = {0}, b = {0};
	zip_add(&inner, "Content", "x", false);
	zip_add(&inner, "[Content_Types].xml", "x", false);
	zip_add(&inner, "word/document.xml", "x", false);
	zip_add(&b, "letter.docx", "", false);
	b.s[18] = (char)inner.n;
	buf_add(&b, inner.s, inner.n);
	expect_real(b.s, b.n, "application/zip", "a document in an archive");
	buf_free(&inner);
	buf_free(&b);
}

static void ole_entry(char *s, size_t at, const char *name, char type)
{
	for (size_t i = 0; name[i]; i++)
		s[at + 2 * i] = name[i];
	s[at + 64] = (char)(2 * strlen(name) + 2);
	s[at + 66] = type;
}

static void compound_files_are_told_apart(void **state)
{
	(void)state;
	static const struct {
		const char *class, *names[2], *want;
		bool macros;
	} cases[] = {
		{"\x06\x09\2\0", {"WordDocument", "Workbook"}, "application/msword", false},
		{"\x20\x08\2\0", {"WordDocument", "Workbook"}, "application/vnd.ms-excel", false},
		{"\x84\x10\x0c\0", {NULL}, "application/x-msi", false},
		{NULL, {"Workbook"}, "application/vnd.ms-excel", false},
		{NULL, {"PowerPoint Document"}, "application/vnd.ms-powerpoint", false},
		{NULL, {"__properties_version1.0", "WordDocument"}, "application/vnd.ms-outlook", false},
		{NULL, {"Something"}, "application/x-ole-storage", false},
		{NULL, {"WordDocument", "_VBA_PROJECT"}, "application/msword", true},
		{NULL, {"WordDocument", "VBA"}, "application/msword", true},
		{NULL, {"WordDocument", "VBACUP"}, "application/msword", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *s = calloc(1, 2048);
		memcpy(s, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
		s[30] = 9;
		s[48] = 1; /* the directory begins at 1024 */
		ole_entry(s, 1024, "Root Entry", 5);
		if (cases[i].class) {
			memcpy(s + 1024 + 80, cases[i].class, 4);
			memcpy(s + 1024 + 88, "\xc0\0\0\0\0\0\0F", 8);
		}
		for (size_t k = 0; k < 2 && cases[i].names[k]; k++)
			ole_entry(s, 1024 + 128 * (k + 1), cases[i].names[k], 1);
		expect_real(s, 2048, cases[i].want, cases[i].names[0]);
		if (attachment_has_macros(s, 2048) != cases[i].macros)
			fail_msg("case %zu: macros", i);
		memset(s + 48, 0xff, 4); /* a directory beyond all bytes */
		real_of(s, 2048);
		free(s);
	}
}

/* --- names --- */

#define H ATTACHMENT_HARMLESS
#define P ATTACHMENT_PROGRAM
#define M ATTACHMENT_MACROS

static void names_are_dangerous(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum attachment_danger want;
	} cases[] = {
		{"", H}, {"exe", H}, {"a.pdf", H}, {"a.exe.pdf", H}, {"a.exe", P}, {"A.EXE", P}, {"faktura.pdf.exe", P}, {"a.pdf   .exe", P}, {"a.exe.", P},
		{"a.exe . .", P}, {"a.exe\xC2\xA0", P}, {"a.exe\xE2\x80\x8B", P}, {"a.scr", P}, {"a.js", P}, {"a.json", H}, {"a.jse", P}, {"a.hta", P}, {"a.lnk", P}, {"a.iso", P},
		{"a.appref-ms", P}, {"a.docx", H}, {"a.docm", M}, {"a.XLSM", M}, {"a.pptm", M}, {"a.xlam", M}, {"a.xll", P}, {"a.", H}, {".", H}, {"...", H},
		{".exe", P}, {"a.exex", H}, {"a.com", P}, {"\xff\xfe.vbs", P},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (attachment_by_name(cases[i].name) != cases[i].want)
			fail_msg("'%s' is %d", cases[i].name, attachment_by_name(cases[i].name));
}

/* --- in a mail --- */

#define MIXED "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nX\r\n--b\r\n"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void a_mail_s_attachments_are_looked_at(void **state)
{
	(void)state;
	static const struct {
		const char *part, *real, *danger, *why;
	} cases[] = {
		{"Content-Type: image/png; name=a.png\r\n\r\nGIF89a..", "image/gif", NULL, "a GIF that says it is a PNG"},
		{"Content-Type: image/png; name=a.png\r\n\r\nabc", NULL, NULL, "who knows"},
		{"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nf0VMRgIBAQAAAA==", "application/x-elf", "program", "a program called a.pdf"},
		{"Content-Type: application/pdf; name=\"a.pdf.exe\"\r\n\r\n%PDF-1.4", "application/pdf", "program", "a name alone is enough"},
		{"Content-Type: application/pdf; name=\"a.exe\"\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-1.4", "application/pdf", "program",
		 "the other name"},
		{"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''a%2Ee%78e%E2%80%AE\r\n\r\nabc", NULL, "program", "a hidden name"},
		{"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"" LONG LONG LONG LONG ".pdf.exe\"\r\n\r\nabc", NULL, "program",
		 "a name that is cut before its end"},
		{"Content-Type: application/x; name=a.docm\r\n\r\nabc", NULL, "macros", "macros by name"},
		{"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nabc", NULL, "winmail", "TNEF by type"},
		{"Content-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgEA", "application/vnd.ms-tnef", "winmail", "TNEF by content"},
		{"Content-Type: message/rfc822\r\n\r\nSubject: y\r\nContent-Type: text/x; name=a.js\r\n\r\nabc", NULL, "program", "what is in an attached mail"},
		{"Content-Type: text/html; name=a.html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<=68tml>", "text/html", NULL, "decoded first"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf raw = {0};
		struct mail m, back;
		struct err e = {0};
		buf_addf(&raw, MIXED "%s\r\n--b--\r\n", cases[i].part);
		message_read(raw.s, raw.n, &mail_limits_default, &m);
		json_t *j = mail_to_wire(&m), *a = json_array_get(json_object_get(j, "attachments"), 0);
		assert_non_null(json_object_get(a, "danger"));
		assert_non_null(json_object_get(a, "real_type"));
		const char *real = json_string_value(json_object_get(a, "real_type")), *danger = json_string_value(json_object_get(a, "danger"));
		if (!real != !cases[i].real || (real && strcmp(real, cases[i].real) != 0) || !danger != !cases[i].danger || (danger && strcmp(danger, cases[i].danger) != 0))
			fail_msg("%s: '%s' '%s'", cases[i].why, real ? real : "(none)", danger ? danger : "(none)");
		if (!mail_from_wire(j, raw.n, &back, &e))
			fail_msg("%s: %s", cases[i].why, e.text);
		assert_int_equal(back.attachments[0].danger, m.attachments[0].danger);
		json_t *again = mail_to_wire(&back);
		assert_true(json_equal(j, again));
		json_decref(again);
		json_decref(j);
		mail_free(&m);
		mail_free(&back);
		buf_free(&raw);
	}
}

static void macros_far_into_a_file_are_found(void **state)
{
	(void)state;
	struct buf b = {0}, raw = {0};
	struct mail m;
	zip_add(&b, "[Content_Types].xml", "x", false);
	zip_add(&b, "word/document.xml", "x", true);
	buf_adds(&raw, MIXED "Content-Type: application/x; name=a.docx\r\nContent-Transfer-Encoding: binary\r\n\r\n");
	buf_add(&raw, b.s, b.n);
	for (int i = 0; i < 60000; i++)
		buf_adds(&raw, "01234567\n");
	buf_clear(&b);
	zip_add(&b, "word/vbaProject.bin", "x", false);
	buf_add(&raw, b.s, b.n);
	buf_adds(&raw, "\r\n--b--\r\n");
	message_read(raw.s, raw.n, &mail_limits_default, &m);
	assert_int_equal(m.n_attachments, 1);
	assert_string_equal(m.attachments[0].real, MACRO_WORD);
	assert_int_equal(m.attachments[0].danger, ATTACHMENT_MACROS);
	mail_free(&m);
	buf_free(&raw);
	buf_free(&b);
}

static void a_lie_of_the_reader_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value;
	} cases[] = {{"danger", "1"}, {"danger", "\"none\""}, {"danger", "\"\""}, {"real_type", "\"pdf\""}, {"real_type", "\"a/b/c\""}, {"real_type", "\"a/b \""},
	             {"real_type", "\"A/B\""}, {"real_type", "[]"}, {"danger", NULL}, {"real_type", NULL}};
	static const char raw[] = MIXED "Content-Type: image/png; name=a.png\r\n\r\nabc\r\n--b--\r\n";
	struct mail m, back;
	message_read(raw, sizeof raw - 1, &mail_limits_default, &m);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *j = mail_to_wire(&m), *a = json_array_get(json_object_get(j, "attachments"), 0);
		struct err e = {0};
		if (cases[i].value)
			json_object_set_new(a, cases[i].key, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(a, cases[i].key);
		if (mail_from_wire(j, sizeof raw - 1, &back, &e))
			fail_msg("%s %s was taken", cases[i].key, cases[i].value ? cases[i].value : "(missing)");
		json_decref(j);
	}
	mail_free(&m);
}

/* Archives and compound files that are made to cost: a look at 1 MiB of each takes a moment. */
static void the_cost_is_bounded(void **state)
{
	(void)state;
	static const char unit[] = "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0v";
	size_t n = ATTACHMENT_MOST;
	char *s = calloc(1, n);
	for (size_t at = 0; at + sizeof unit - 1 <= n; at += sizeof unit - 1)
		memcpy(s + at, unit, sizeof unit - 1);
	clock_t from = clock();
	for (int i = 0; i < 20; i++) {
		attachment_real(s, n);
		attachment_has_macros(s, n);
	}
	memcpy(s, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	for (size_t at = 512; at + 2 <= n; at += 2)
		memcpy(s + at, "_\0", 2);
	for (int i = 0; i < 20; i++) {
		attachment_real(s, n);
		attachment_has_macros(s, n);
	}
	double took = (double)(clock() - from) / CLOCKS_PER_SEC;
	if (took > 4)
		fail_msg("40 files took %g s", took);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_told_by_content), cmocka_unit_test(types_are_told_further_on), cmocka_unit_test(archives_are_told_apart),
		cmocka_unit_test(what_lies_in_an_archive_is_not_the_archive), cmocka_unit_test(compound_files_are_told_apart), cmocka_unit_test(names_are_dangerous),
		cmocka_unit_test(a_mail_s_attachments_are_looked_at), cmocka_unit_test(macros_far_into_a_file_are_found),
		cmocka_unit_test(a_lie_of_the_reader_is_refused), cmocka_unit_test(the_cost_is_bounded),
	};
	message_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
