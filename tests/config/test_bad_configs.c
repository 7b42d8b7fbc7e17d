/* Each file of bad/ has one fault (ten-faults.conf: ten), and beside it in NAME.expected what is said about it, line by line.
 * "@DIR@" stands for the temporary folder they are tried in, "@E9@" for that byte. */
#include "config_dir.h"

#include <dirent.h>

#include "base/files.h"
#include "base/strs.h"

static struct strs names;

static char *read_bad(const char *name)
{
	struct buf b = {0};
	struct err e;
	char *path = mem_fmt("%s/config/bad/%s", TESTS_DIR, name);
	if (!file_read(path, 1 << 20, &b, &e))
		fail_msg("%s", e.text);
	free(path);
	char *raw = buf_take(&b), *with_dir = replaced(raw, "@DIR@", dir), *whole = replaced(with_dir, "@E9@", "\xE9");
	free(raw);
	free(with_dir);
	return whole;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int setup(void **state)
{
	if (dir_make(state) != 0)
		return -1;
	dir_put_secrets();
	dir_put("certificate.pem", "-----BEGIN CERTIFICATE-----\n");
	dir_put("templates/sv/only-swedish.txt", "Subject: Svar\n\nHej!\n");
	dir_put("bad-placeholder/sv/acknowledgement.txt", "Subject: [{ticket}] Tack\n\nHej!\n\nVi heter {ofice}.\n");
	dir_put("bad-utf8/en/acknowledgement.txt", "Subject: Thanks\n\nCaf\xE9\n");
	char *path = mem_fmt("%s/config/bad", TESTS_DIR);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *de = readdir(d); de; de = readdir(d)) {
		bool conf = str_ends_case(de->d_name, ".conf");
		if (!conf && !str_ends_case(de->d_name, ".inc"))
			continue;
		char *text = read_bad(de->d_name);
		dir_put(de->d_name, text);
		free(text);
		if (conf)
			strs_own(&names, mem_dupn(de->d_name, strlen(de->d_name) - strlen(".conf")));
	}
	closedir(d);
	free(path);
	qsort(names.v, names.n, sizeof *names.v, compare);
	return 0;
}

static int teardown(void **state)
{
	strs_free(&names);
	return dir_remove(state);
}

static void each_fault_is_named(void **state)
{
	size_t wrong = 0;
	bool show = getenv("SHOW") != NULL; /* prints what is said, for new cases */
	(void)state;
	assert_true(names.n > 90);
	for (size_t i = 0; i < names.n; i++) {
		char *conf = mem_fmt("%s.conf", names.v[i]), *expected_name = mem_fmt("%s.expected", names.v[i]), *got;
		struct config *c = dir_load(conf, true, &got);
		if (show) {
			char *said = replaced(got, dir, "@DIR@");
			printf("%s\t%s", names.v[i], said);
			free(said);
		} else {
			char *expected = read_bad(expected_name);
			if (strcmp(got, expected) != 0) {
				print_error("%s:\nexpected\n%sgot\n%s\n", conf, expected, got);
				wrong++;
			}
			free(expected);
		}
		config_free(c);
		free(got);
		free(conf);
		free(expected_name);
	}
	assert_int_equal(wrong, 0);
}

static void ten_faults_are_named_in_one_run(void **state)
{
	struct problems p;
	char *path = dir_path("ten-faults.conf");
	(void)state;
	assert_null(config_load(path, true, &p));
	assert_int_equal(p.n, 10);
	for (size_t i = 1; i < p.n; i++)
		assert_true(p.v[i - 1].line < p.v[i].line);
	problems_free(&p);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(ten_faults_are_named_in_one_run),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
