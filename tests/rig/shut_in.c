/* shut_in: runs a program as a unit of systemd would shut it in, where there is no systemd to do it.
 *
 * shut_in SYSCALLS FAMILIES WRITABLE… -- PROGRAM ARGUMENT…
 * SYSCALLS: a file, a name a line, of all that may be called; FAMILIES: "1,2,10", of sockets; WRITABLE: folders, all else is read-only.
 * Always: no capabilities, no new privileges, no memory that is written and run, no namespaces, no set-user-ID, no realtime.
 * Ends with 77 and a reason when this machine does not let it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

static void not_here(const char *what)
{
	fprintf(stderr, "shut_in: %s: %s\n", what, strerror(errno));
	exit(77);
}

static void read_only(char **writable)
{
	struct mount_attr on = {.attr_set = MOUNT_ATTR_RDONLY}, off = {.attr_clr = MOUNT_ATTR_RDONLY};
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		not_here("a view of the files of its own");
	for (char **w = writable; *w; w++)
		if (mount(*w, *w, NULL, MS_BIND, NULL) != 0)
			not_here("a folder bound to itself");
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &on, sizeof on) != 0)
		not_here("a read-only view of the files");
	for (char **w = writable; *w; w++)
		if (syscall(SYS_mount_setattr, AT_FDCWD, *w, 0, &off, sizeof off) != 0)
			not_here("a writable folder");
}

static void no_capabilities(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0}};
	for (int c = 0; c <= 63; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0 && errno != EINVAL)
			not_here("an empty capability bounding set");
	if (syscall(SYS_capset, &h, none) != 0)
		not_here("no capabilities");
}

static void load(scmp_filter_ctx f)
{
	if (seccomp_load(f) != 0)
		not_here("a filter of system calls");
	seccomp_release(f);
}

static void deny(scmp_filter_ctx f, int call, unsigned n, const struct scmp_arg_cmp *v)
{
	if (seccomp_rule_add_array(f, SCMP_ACT_ERRNO(EPERM), call, n, v) != 0) {
		fprintf(stderr, "shut_in: no rule for %d\n", call);
		exit(1);
	}
}

/* What the single settings of a unit forbid, in a filter that allows the rest. */
static void settings(const char *families)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	bool ok[64] = {false};
	int most = 0;
	for (const char *p = families; *p; p += strcspn(p, ",") + (strchr(p, ',') != NULL)) {
		int n = atoi(p);
		ok[n] = true;
		most = n > most ? n : most;
	}
	for (int n = 0; n < most; n++)
		if (!ok[n])
			deny(f, SCMP_SYS(socket), 1, &SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)n));
	deny(f, SCMP_SYS(socket), 1, &SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)most));
	const scmp_datum_t spaces[] = {CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS};
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		deny(f, SCMP_SYS(unshare), 1, &SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
		deny(f, SCMP_SYS(clone), 1, &SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
	}
	seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0); /* its flags cannot be seen */
	deny(f, SCMP_SYS(setns), 0, NULL);
	const scmp_datum_t set_id[] = {S_ISUID, S_ISGID};
	for (size_t i = 0; i < 2; i++) {
		deny(f, SCMP_SYS(chmod), 1, &SCMP_A1(SCMP_CMP_MASKED_EQ, set_id[i], set_id[i]));
		deny(f, SCMP_SYS(fchmod), 1, &SCMP_A1(SCMP_CMP_MASKED_EQ, set_id[i], set_id[i]));
		deny(f, SCMP_SYS(fchmodat), 1, &SCMP_A2(SCMP_CMP_MASKED_EQ, set_id[i], set_id[i]));
	}
	deny(f, SCMP_SYS(sched_setscheduler), 1, &SCMP_A1(SCMP_CMP_GT, 0));
	deny(f, SCMP_SYS(personality), 1, &SCMP_A0(SCMP_CMP_NE, 0));
	deny(f, SCMP_SYS(mmap), 1, &SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC | PROT_WRITE));
	deny(f, SCMP_SYS(mprotect), 1, &SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	deny(f, SCMP_SYS(pkey_mprotect), 1, &SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	load(f);
}

static void system_calls(const char *file)
{
	char name[128];
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	FILE *in = fopen(file, "re");
	if (!in) {
		perror(file);
		exit(1);
	}
	while (fscanf(in, "%127s", name) == 1) {
		int call = seccomp_syscall_resolve_name(name);
		if (call != __NR_SCMP_ERROR)
			seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 0); /* those of other machines do not matter */
	}
	fclose(in);
	load(f);
}

int main(int argc, char **argv)
{
	int end = 3;
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	if (end + 1 >= argc) {
		fputs("usage: shut_in SYSCALLS FAMILIES WRITABLE... -- PROGRAM ARGUMENT...\n", stderr);
		return 64;
	}
	argv[end] = NULL;
	read_only(argv + 3);
	no_capabilities();
	const struct rlimit no_core = {0, 0}, files = {1024, 1024};
	setrlimit(RLIMIT_CORE, &no_core);
	setrlimit(RLIMIT_NOFILE, &files);
	umask(077);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		not_here("no new privileges");
	prctl(PR_SET_MDWE, 1, 0, 0, 0); /* from Linux 6.3 on; the filter below says the same */
	settings(argv[2]);
	system_calls(argv[1]);
	execvp(argv[end + 1], argv + end + 1);
	perror(argv[end + 1]);
	return 127;
}
