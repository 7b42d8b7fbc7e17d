/* exim_user: lets the tests' private copy of Exim run as whoever runs the tests.
 *
 * Debian builds Exim for a user and a group "Debian-exim" that the package would make; we install nothing and make no users.
 * Preloaded into Exim, this answers with whom it already runs as. (The copy is not setuid, so it has no rights to lose.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

struct passwd *getpwnam(const char *name)
{
	struct passwd *(*real)(const char *);

	if (strcmp(name, "Debian-exim") == 0)
		return getpwuid(getuid());
	*(void **)&real = dlsym(RTLD_NEXT, "getpwnam");
	return real ? real(name) : NULL;
}

struct group *getgrnam(const char *name)
{
	struct group *(*real)(const char *);

	if (strcmp(name, "Debian-exim") == 0)
		return getgrgid(getgid());
	*(void **)&real = dlsym(RTLD_NEXT, "getgrnam");
	return real ? real(name) : NULL;
}
