/* sandbox: a process locks itself in: no new files, no network, no new processes or privileges, bounded memory, no core dumps.
 *
 * After this only reading and writing open descriptors, memory, clocks, signals to itself, and ending are allowed (seccomp); anything else
 * fails with EPERM or ends the process. Opening files for reading fails with EACCES rather than death, since libraries try. */
#ifndef READER_SANDBOX_H
#define READER_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

/* Closes every descriptor but 0, 1, 2 and `keep`. memory: bytes of address space beyond what is in use now. A kernel without seccomp: ERR_CONFIG;
 * all but the filter is in force then. */
bool sandbox_enter(int keep, size_t memory, struct err *e);
/* Tries it in a child of its own. */
bool sandbox_works(struct err *e);

#endif
