/* killat N one|all COMMAND…: kill -9 just before the N-th system call of COMMAND and its children that others can see the effect of.
 *
 * Calls that only look at something, or that death itself undoes (locks, open files), are not counted: an instant before one of them cannot be told
 * from the instant before the next that does something. Waiting for others is counted: they do something meanwhile.
 * "all" kills every process, as a power cut does; "one" only the one that makes the call. N 0 kills nobody. On its standard output: the count of
 * the calls, and of the kills. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(PTRACE_GET_SYSCALL_INFO) || !defined(PTRACE_SYSCALL_INFO_ENTRY)
#include <linux/ptrace.h>
#endif

enum { PROCESSES = 4096 };

static const long effects[] = {
	SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_sendto, SYS_sendmsg, SYS_connect, SYS_shutdown, SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_fallocate,
	SYS_unlinkat, SYS_renameat2, SYS_kill, SYS_clone, SYS_exit_group, SYS_ppoll, SYS_recvfrom, SYS_recvmsg, SYS_wait4,
#ifdef SYS_unlink
	SYS_unlink, SYS_rename, SYS_poll, SYS_fork,
#endif
#ifdef SYS_clone3
	SYS_clone3,
#endif
};

static pid_t tracees[PROCESSES];
static size_t n_tracees;

static void known(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++)
		if (tracees[i] == pid)
			return;
	if (n_tracees < PROCESSES)
		tracees[n_tracees++] = pid;
}

static void gone(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++)
		if (tracees[i] == pid)
			tracees[i] = tracees[--n_tracees];
}

static int has_effect(pid_t pid)
{
	struct __ptrace_syscall_info info;
	memset(&info, 0, sizeof info);
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	if (info.entry.nr == SYS_openat)
		return (info.entry.args[2] & O_CREAT) != 0;
	for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
		if ((long)info.entry.nr == effects[i])
			return 1;
	return 0;
}

static void follow(long at, int everybody, pid_t main_pid, int *main_status, long *calls, long *kills)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || (pid < 0 && errno == EINTR)) {
		int pass_on = 0;
		if (pid < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			gone(pid);
			if (pid == main_pid)
				*main_status = status;
			continue;
		}
		known(pid);
		int sig = WSTOPSIG(status), event = status >> 16;
		if (sig == (SIGTRAP | 0x80) && has_effect(pid) && ++*calls == at) {
			for (size_t i = 0; i < n_tracees; i++)
				if (everybody || tracees[i] == pid)
					*kills += kill(tracees[i], SIGKILL) == 0;
			continue;
		}
		if (sig != (SIGTRAP | 0x80) && !event && sig != SIGSTOP && sig != SIGTRAP)
			pass_on = sig;
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)pass_on);
	}
}

int main(int argc, char **argv)
{
	int status = 0;
	long calls = 0, kills = 0;
	if (argc < 4)
		return 64;
	pid_t pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
			perror("killat: ptrace");
			_exit(77);
		}
		raise(SIGSTOP);
		execv(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return 77;
	known(pid);
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0 || ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0) {
		perror("killat: ptrace");
		kill(pid, SIGKILL);
		return 77;
	}
	follow(atol(argv[1]), strcmp(argv[2], "all") == 0, pid, &status, &calls, &kills);
	printf("%ld %ld\n", calls, kills);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
