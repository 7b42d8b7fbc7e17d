#include "reader/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a parser needs once its libraries are loaded. */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rseq), SCMP_SYS(membarrier), SCMP_SYS(getrusage)};

enum { PROBE_MEMORY = 64 << 20 };

static bool no_more(int resource, const char *name, rlim_t value, struct err *e)
{
	struct rlimit l;
	if (getrlimit(resource, &l) != 0)
		return err_set(e, ERR_TEMPORARY, "cannot read the limit %s: %s", name, strerror(errno));
	if (l.rlim_max != RLIM_INFINITY && value > l.rlim_max)
		value = l.rlim_max;
	l.rlim_cur = l.rlim_max = value;
	return setrlimit(resource, &l) == 0 || err_set(e, ERR_TEMPORARY, "cannot set the limit %s: %s", name, strerror(errno));
}

/* Address space in use now, in bytes; 0 when it cannot be told. */
static size_t in_use(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static bool filter(struct err *e)
{
	int rc = 0;
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return err_set(e, ERR_CONFIG, "seccomp is not there: the reader of strangers' mail would run without its sandbox");
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	/* memory that is never executable */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0));
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
	/* abort() */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	/* what a parser that was taken over would want: end it at once */
	static const int deadly[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(ptrace), SCMP_SYS(fork), SCMP_SYS(vfork)};
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	if (rc == 0)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc == 0 || err_set(e, ERR_CONFIG, "cannot lock the reader in: seccomp: %s", strerror(-rc));
}

bool sandbox_enter(int keep, size_t memory, struct err *e)
{
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0U, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, ERR_TEMPORARY, "cannot give up privileges: %s", strerror(errno));
	if (!no_more(RLIMIT_CORE, "of core dumps", 0, e) || !no_more(RLIMIT_NOFILE, "of open files", (rlim_t)keep + 1, e) ||
	    !no_more(RLIMIT_FSIZE, "of file sizes", 0, e))
		return false;
	if (UNDER_SANITIZER) /* it reserves terabytes of address space, and reports through files of its own */
		return true;
	size_t used = in_use();
	return (used == 0 || no_more(RLIMIT_AS, "of memory", used + memory, e)) && filter(e);
}

bool sandbox_works(struct err *e)
{
	int line[2], status;
	if (pipe(line) != 0)
		return err_set(e, ERR_TEMPORARY, "cannot try the reader's sandbox: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) { /* the reason, or nothing, comes back through the pipe */
		struct err why;
		if (!sandbox_enter(line[1], PROBE_MEMORY, &why) && write(line[1], why.text, strlen(why.text)) < 0)
			_exit(1);
		_exit(0);
	}
	close(line[1]);
	char text[sizeof e->text] = "";
	ssize_t n = read(line[0], text, sizeof text - 1);
	close(line[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_set(e, ERR_TEMPORARY, "cannot try the reader's sandbox: %s", strerror(errno));
	if (n == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (n > 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS))
		return err_set(e, ERR_CONFIG, "%s", n > 0 ? text : "the reader's sandbox kills the process that enters it");
	return err_set(e, ERR_TEMPORARY, "the try of the reader's sandbox was killed"); /* says nothing about the kernel */
}
