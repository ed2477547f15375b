/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monotonic clock, and naps. */
#include "testsuite/unit/unit.h"

#include <signal.h>
#include <sys/time.h>

#include "shared/clock.h"

static void time_never_goes_back(void **state)
{
	uint64_t last = clock_msec();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t now = clock_msec();

		assert_true(now >= last);
		last = now;
	}
}

static void a_nap_ends_after_its_moment_and_not_before(void **state)
{
	uint64_t start = clock_msec();

	(void)state;
	clock_nap_until(start + 30);
	assert_true(clock_msec() >= start + 30);
	assert_true(clock_msec() < start + 60000);
	start = clock_msec();
	clock_nap_until(start); /* is over */
	clock_nap_until(start - 1000);
	clock_nap_until(0);
	assert_true(clock_msec() < start + 60000);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void a_signal_may_end_it_early(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 1, 0 }, { 0, 100000 } }, never = { 0 };
	uint64_t start = clock_msec();

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0); /* the first may come before the nap */
	clock_nap_until(start + 600000);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(clock_msec() < start + 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_never_goes_back),
		cmocka_unit_test(a_nap_ends_after_its_moment_and_not_before),
		cmocka_unit_test(a_signal_may_end_it_early),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
