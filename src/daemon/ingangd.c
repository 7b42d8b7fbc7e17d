/* ingangd: the daemon's command line. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/supervisor.h"
#include "wire/stream.h"

static const char usage_text[] =
	"usage: ingangd [-c FILE] [--check] [--once] [-v]\n"
	"  -c, --config FILE  the config (default " INGANG_SYSCONFDIR "/ingang.conf)\n"
	"      --check        says all that is wrong with the config, and ends\n"
	"      --once         takes in every mail that waits, sends all that is due, and ends\n"
	"  -v, --verbose      tells more in the log\n"
	"  -h, --help         this text\n"
	"Runs in the foreground. SIGTERM: finishes the mail in hand and ends. SIGHUP: reloads.\n"
	"See ingangd(8) and ingang.conf(5).\n";

struct options {
	const char *config;
	bool check, once, verbose;
};

/* EX_OK: go on; else the exit code; -1: help was asked for. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {{"config", required_argument, 0, 'c'}, {"check", no_argument, 0, 'k'}, {"once", no_argument, 0, 'o'},
	                                      {"verbose", no_argument, 0, 'v'}, {"help", no_argument, 0, 'h'}, {0, 0, 0, 0}};
	int c;
	while ((c = getopt_long(argc, argv, "c:vh", known, NULL)) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case 'k': o->check = true; break;
		case 'o': o->once = true; break;
		case 'v': o->verbose = true; break;
		case 'h': return -1;
		default: return EX_USAGE;
		}
	}
	if (optind == argc)
		return EX_OK;
	fprintf(stderr, "ingangd: unexpected argument '%s'\n", argv[optind]);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	struct options o = {.config = INGANG_SYSCONFDIR "/ingang.conf"};
	struct problems problems = {0};
	int code = read_options(argc, argv, &o);
	if (code != EX_OK) {
		fputs(usage_text, code < 0 ? stdout : stderr);
		return code < 0 ? EX_OK : code;
	}
	umask(077);
	json_set_alloc_funcs(mem_alloc, free); /* without memory a list would lack an element, and a mail go out empty: the process ends instead */
	log_setup(o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	wire_setup();
	struct config *config = config_load(o.config, true, &problems);
	if (!config) {
		supervisor_tell_problems(&problems, false);
		fprintf(stderr, "ingangd: %zu fault%s in the config; nothing was started\n", problems.n, problems.n == 1 ? "" : "s");
		problems_free(&problems);
		return EX_CONFIG;
	}
	problems_free(&problems);
	if (o.check) {
		printf("%s: no faults\n", config->file);
		config_free(config);
		return EX_OK;
	}
	return supervisor_run(config, o.once);
}
