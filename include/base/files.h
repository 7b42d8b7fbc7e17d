/* files: small files read whole. */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

bool file_read(const char *path, size_t max, struct buf *out, struct err *e); /* appends; a larger file is an error */

/* A secret: the first line of a file that nobody but its owner can read (mode & 077 refused), or of a systemd credential:
 * "credential:NAME" is $CREDENTIALS_DIRECTORY/NAME. The caller wipes it with secret_free(). NULL: e says what to do. */
char *secret_read(const char *path, struct err *e);
bool secret_load(const char *path, struct buf *out, struct err *e); /* the whole of it; end with secret_wipe() whatever came of it */
void secret_wipe(struct buf *b);
bool secret_check(const char *path, struct err *e); /* the same without keeping it */
void secret_free(char *s);

#endif
