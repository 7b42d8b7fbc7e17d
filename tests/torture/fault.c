/* fault: the n-th write, sync or allocation of a program fails.
 *
 * Preloaded into the daemon. INGANG_FAULT="PAGE WHAT ROLE FIRST TIMES ERRNO": of the calls that the processes named ROLE (all) make, those from
 * the FIRST to the FIRST+TIMES-1 fail. WHAT is "write" (what makes, fills or cuts a file), "sync", "read" (of files) or "memory". PAGE is a file whose bytes
 * are shared by all processes: the count of the calls (with FIRST 0 nothing fails, and it is all one wants to know), and of the failures. Only
 * regular files are meant: the network has faults of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct page {
	_Atomic long calls, failures;
};

static struct page *page;
static char what[16], role[16], me[16] = "supervisor";
static long first, times;
static int error;

static void prepare(void) __attribute__((constructor));
static void prepare(void)
{
	char path[512];
	const char *s = getenv("INGANG_FAULT");
	if (!s || page || sscanf(s, "%511s %15s %15s %ld %ld %d", path, what, role, &first, &times, &error) != 6)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p != MAP_FAILED)
		page = p;
}

static int hit(const char *kind)
{
	if (!page || strcmp(kind, what) != 0 || (strcmp(role, "all") != 0 && strcmp(role, me) != 0))
		return 0;
	long n = atomic_fetch_add(&page->calls, 1) + 1;
	if (!first || n < first || n - first >= times)
		return 0;
	atomic_fetch_add(&page->failures, 1);
	errno = error;
	return 1;
}

static int hit_file(const char *kind, int fd)
{
	struct stat st;
	int before = errno;
	if (!page || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		errno = before;
		return 0;
	}
	return hit(kind);
}

#define REAL(type, name, ...) \
	static type (*real)(__VA_ARGS__); \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

/* Who we are: the daemon's processes name themselves. */
int prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;
	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	REAL(int, prctl, int, ...);
	if (option == PR_SET_NAME)
		snprintf(me, sizeof me, "%.15s", (const char *)a[0]);
	return real(option, a[0], a[1], a[2], a[3]);
}

ssize_t write(int fd, const void *data, size_t n)
{
	REAL(ssize_t, write, int, const void *, size_t);
	return hit_file("write", fd) ? -1 : real(fd, data, n);
}

#define PWRITE(name, offset) \
	ssize_t name(int fd, const void *data, size_t n, offset at) \
	{ \
		REAL(ssize_t, name, int, const void *, size_t, offset); \
		return hit_file("write", fd) ? -1 : real(fd, data, n, at); \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PREAD(name, offset) \
	ssize_t name(int fd, void *data, size_t n, offset at) \
	{ \
		REAL(ssize_t, name, int, void *, size_t, offset); \
		return hit_file("read", fd) ? -1 : real(fd, data, n, at); \
	}
PREAD(pread, off_t)
PREAD(pread64, off64_t)

ssize_t read(int fd, void *data, size_t n)
{
	REAL(ssize_t, read, int, void *, size_t);
	return hit_file("read", fd) ? -1 : real(fd, data, n);
}

#define TRUNCATE(name, offset) \
	int name(int fd, offset n) \
	{ \
		REAL(int, name, int, offset); \
		return hit_file("write", fd) ? -1 : real(fd, n); \
	}
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name) \
	int name(int fd) \
	{ \
		REAL(int, name, int); \
		return hit_file("sync", fd) ? -1 : real(fd); \
	}
SYNC(fsync)
SYNC(fdatasync)

#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		va_list ap; \
		va_start(ap, flags); \
		int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0; \
		va_end(ap); \
		REAL(int, name, const char *, int, ...); \
		return flags & O_CREAT && hit("write") ? -1 : real(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	return hit("memory") ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return hit("memory") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return n && hit("memory") ? NULL : __libc_realloc(p, n);
}
