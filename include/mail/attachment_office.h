/* attachment_office: what the two containers of office files hold: ZIP archives, and OLE2 compound files.
 *
 * Both are looked at as far as the bytes go, which may be only the beginning of the file. Nothing is unpacked. Linear. */
#ifndef MAIL_ATTACHMENT_OFFICE_H
#define MAIL_ATTACHMENT_OFFICE_H

#include <stdbool.h>
#include <stddef.h>

#define OFFICE_JAR "application/java-archive"
#define OFFICE_MSI "application/x-msi"

bool office_is_zip(const char *s, size_t n);
const char *office_zip(const char *s, size_t n); /* its media type (static): of a document, else application/zip */
bool office_zip_macros(const char *s, size_t n);

bool office_is_ole(const char *s, size_t n);
const char *office_ole(const char *s, size_t n); /* application/x-ole-storage where it is none we know */
bool office_ole_macros(const char *s, size_t n);

#endif
