#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "daemon/child.h"

/* The n-th pause lies between a half and the whole of first * 2^n, and of `most` from there on. */
static void pauses_double_with_jitter(void **state)
{
	(void)state;
	static const struct {
		int first, most;
	} cases[] = {{1000, 300000}, {1, 1}, {1, 7}, {1000, 1000}, {1000, 1500}, {60000, 2000000000}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int round = 0; round < 50; round++) {
			struct backoff b = {cases[i].first, cases[i].most, 0};
			int64_t whole = cases[i].first;
			for (int n = 0; n < 40; n++) {
				int ms = backoff_ms(&b);
				if (ms < whole / 2 || ms > whole)
					fail_msg("pause %d from %d to %d: %d, not about %lld", n, cases[i].first, cases[i].most, ms, (long long)whole);
				whole = whole * 2 < cases[i].most ? whole * 2 : cases[i].most;
			}
			backoff_reset(&b);
			int ms = backoff_ms(&b);
			assert_true(ms >= cases[i].first / 2 && ms <= cases[i].first);
		}
}

static void pauses_differ(void **state)
{
	(void)state;
	int least = 1 << 20, most = 0;
	for (int i = 0; i < 200; i++) {
		struct backoff b = {1 << 20, 1 << 20, 0};
		int ms = backoff_ms(&b);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_true(most - least > (1 << 20) / 4); /* else all that lost the server come back at once */
}

static void waits_for_one_of_two(void **state)
{
	(void)state;
	enum { LONG_MS = 600 * 1000 };
	int stop[2], fd[2];
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(pipe(fd), 0);
	const struct child_ground g = {.stop = stop[0]};
	assert_false(stop_wanted(stop[0]));
	assert_true(child_wait(&g, -1, 1)); /* time passed */
	assert_true(child_wait(&g, fd[0], 1));
	assert_int_equal(write(fd[1], "x", 1), 1);
	assert_true(child_wait(&g, fd[0], LONG_MS)); /* at once */
	assert_true(child_wait(&g, -1, 1));
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_true(stop_wanted(stop[0]));
	assert_true(stop_wanted(stop[0])); /* it is only looked at */
	assert_false(child_wait(&g, fd[0], LONG_MS));
	assert_false(child_wait(&g, -1, LONG_MS));
	close(fd[1]);
	close(fd[0]);
	close(stop[0]);
	close(stop[1]);
}

static void a_supervisor_that_is_gone_is_a_stop(void **state)
{
	(void)state;
	int stop[2];
	assert_int_equal(pipe(stop), 0);
	close(stop[1]);
	const struct child_ground g = {.stop = stop[0]};
	assert_true(stop_wanted(stop[0]));
	assert_false(child_wait(&g, -1, 600 * 1000));
	close(stop[0]);
}

static void servers_are_told_as_configured(void **state)
{
	(void)state;
	static const struct {
		enum config_tls config;
		enum wire_tls wire;
	} cases[] = {{CONFIG_TLS, WIRE_TLS}, {CONFIG_STARTTLS, WIRE_STARTTLS}, {CONFIG_PLAIN, WIRE_PLAIN}};
	char host[] = "imap.uni.example", ca[] = "/etc/ca.pem";
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct config_server s = {.host = host, .port = 1993, .tls = cases[i].config, .ca_file = ca};
		struct wire_server w = child_server(&s);
		assert_int_equal(w.tls, cases[i].wire);
		assert_ptr_equal(w.host, host);
		assert_int_equal(w.port, 1993);
		assert_ptr_equal(w.ca_file, ca);
	}
}

static void a_beat_is_now(void **state)
{
	(void)state;
	_Atomic int64_t pulse = 0;
	int64_t before = clock_steady() / 1000;
	pulse_beat(&pulse);
	assert_true(pulse >= before && pulse <= clock_steady() / 1000);
	assert_true(clock_now() > 1700000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_double_with_jitter),
		cmocka_unit_test(pauses_differ),
		cmocka_unit_test(waits_for_one_of_two),
		cmocka_unit_test(a_supervisor_that_is_gone_is_a_stop),
		cmocka_unit_test(servers_are_told_as_configured),
		cmocka_unit_test(a_beat_is_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
