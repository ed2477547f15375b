/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that the shell runs: what they get, what is told of them, and what stays as it was. */
#include "testsuite/unit/unit.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/shell.h"
#include "testsuite/unit/oom.h"

static char out[] = "/tmp/test-shell-XXXXXX"; /* where commands write */
static int spawn_fails; /* with this error; 0: it works */
static sigset_t spawn_mask; /* of the thread when it was asked */

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *steps,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &spawn_mask), 0);
	return spawn_fails ? spawn_fails : __real_posix_spawn(pid, path, steps, attributes, argv, envp);
}

static unsigned interrupted; /* waits that a signal ended */

pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	pid_t r = __real_waitpid(pid, status, options);

	if (r < 0 && errno == EINTR)
		interrupted++;
	return r;
}

/* With OUT as all of its environment, but for what the shell itself makes of that. */
static int run(const char *command)
{
	char where[sizeof(out) + 4];
	char *env[] = { where, NULL };

	(void)snprintf(where, sizeof(where), "OUT=%s", out);
	return shell_run(command, env);
}

static const char *written(size_t *ret)
{
	static char text[512];
	FILE *f = fopen(out, "re");

	assert_non_null(f);
	*ret = fread(text, 1, sizeof(text) - 1, f);
	text[*ret] = '\0';
	assert_int_equal(fclose(f), 0);
	return text;
}

static void handle(int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler }; /* no SA_RESTART */

	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void status_is_what_the_shell_ended_with(void **state)
{
	int r;

	(void)state;
	assert_int_equal(run(":"), 0);
	assert_int_equal(run(""), 0);
	r = run("exit 3");
	assert_true(r > 0 && WIFEXITED(r) && WEXITSTATUS(r) == 3);
	r = run("/nonexistent/command 2>/dev/null");
	assert_true(r > 0 && WIFEXITED(r) && WEXITSTATUS(r) == 127);
	r = run("kill -9 $$");
	assert_true(r > 0 && WIFSIGNALED(r) && WTERMSIG(r) == 9);
	r = run("kill -INT $$");
	assert_true(r > 0 && WIFSIGNALED(r) && WTERMSIG(r) == SIGINT);
}

static void the_environment_is_the_one_that_is_given(void **state)
{
	static const char rest[] = "A=1\0B=two words\0odd";
	char where[sizeof(out) + 4];
	char *env[] = { where, (char *)"A=1", (char *)"B=two words", (char *)"odd", NULL };
	char **before = environ;
	const char *got;
	size_t n, first;

	(void)state;
	(void)snprintf(where, sizeof(where), "OUT=%s", out);
	first = strlen(where) + 1;
	assert_int_equal(shell_run("cat /proc/$$/environ >$OUT", env), 0);
	got = written(&n);
	assert_int_equal(n, first + sizeof(rest));
	assert_memory_equal(got, where, first);
	assert_memory_equal(got + first, rest, sizeof(rest));
	assert_ptr_equal(environ, before);
	assert_null(getenv("OUT"));
	assert_null(getenv("A"));
}

static void what_cannot_be_started_is_told(void **state)
{
	static const int errors[] = { EAGAIN, ENOMEM, ENOENT, EACCES };
	sigset_t before, after;

	(void)state;
	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &before), 0);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		spawn_fails = errors[i];
		assert_int_equal(run(":"), -errors[i]);
		spawn_fails = 0;
		assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &after), 0);
		assert_int_equal(sigismember(&after, SIGCHLD), sigismember(&before, SIGCHLD));
	}
}

/* There is none to fail, of ours: what runs out in between is told as not started. */
static void no_memory_is_asked_for(void **state)
{
	(void)state;
	oom_arm(1);
	assert_int_equal(run(":"), 0);
	assert_false(oom_fired());
}

static unsigned stolen; /* children that the handler waited for in our place */

static void on_child(int number)
{
	int saved = errno;

	(void)number;
	while (__real_waitpid(-1, NULL, WNOHANG) > 0)
		stolen++;
	errno = saved;
}

static void a_handler_of_the_caller_does_not_take_the_child(void **state)
{
	sigset_t child, mask;

	(void)state;
	stolen = 0;
	handle(SIGCHLD, on_child);
	for (int i = 0; i < 20; i++)
		assert_int_equal(run("exit 5"), 5 << 8);
	assert_int_equal(stolen, 0);
	assert_int_equal(sigismember(&spawn_mask, SIGCHLD), 1);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGCHLD), 0);
	/* who has it blocked has it blocked afterwards */
	assert_int_equal(sigemptyset(&child), 0);
	assert_int_equal(sigaddset(&child, SIGCHLD), 0);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &child, NULL), 0);
	assert_int_equal(run("exit 5"), 5 << 8);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGCHLD), 1);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &child, NULL), 0);
	assert_int_equal(stolen, 0);
	handle(SIGCHLD, SIG_DFL);
}

/* Nobody can hear how it ended: no success. */
static void where_children_are_ignored_that_is_told(void **state)
{
	(void)state;
	handle(SIGCHLD, SIG_IGN);
	assert_int_equal(run(":"), -ECHILD);
	handle(SIGCHLD, SIG_DFL);
}

static volatile sig_atomic_t heard;

static void on_signal(int number)
{
	heard = number;
}

static void signals_of_the_caller_are_his(void **state)
{
	static const int numbers[] = { SIGUSR1, SIGINT, SIGQUIT };
	char command[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		handle(numbers[i], on_signal);
		heard = 0;
		interrupted = 0;
		/* the pause, so that the one that waits is interrupted in that */
		(void)snprintf(command, sizeof(command), "sleep 0.1; kill -%d $PPID; sleep 0.1; exit 5", numbers[i]);
		assert_int_equal(run(command), 5 << 8);
		assert_int_equal(heard, numbers[i]);
		assert_int_equal(interrupted, 1);
		handle(numbers[i], SIG_DFL);
	}
}

/* `NAME: HEX` in the status of what the shell becomes: while it runs others it has a mask of its own. */
static unsigned long long signals(const char *name)
{
	char command[64];
	size_t n;

	(void)snprintf(command, sizeof(command), "exec sed -n 's/^%s://p' /proc/self/status >$OUT", name);
	assert_int_equal(run(command), 0);
	return strtoull(written(&n), NULL, 16);
}

static unsigned long long bit(int number)
{
	return 1ull << (number - 1);
}

static void the_command_gets_the_signals_as_they_were(void **state)
{
	sigset_t one;

	(void)state;
	assert_int_equal(sigemptyset(&one), 0);
	assert_int_equal(sigaddset(&one, SIGUSR2), 0);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &one, NULL), 0);
	assert_true((signals("SigBlk") & (bit(SIGUSR2) | bit(SIGCHLD))) == bit(SIGUSR2));
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &one, NULL), 0);
	assert_true((signals("SigBlk") & (bit(SIGUSR2) | bit(SIGCHLD))) == 0);
	/* by default where the caller has a handler, ignored where he ignores them, as nohup does */
	handle(SIGINT, on_signal);
	handle(SIGQUIT, SIG_IGN);
	assert_true((signals("SigIgn") & (bit(SIGINT) | bit(SIGQUIT))) == bit(SIGQUIT));
	handle(SIGINT, SIG_DFL);
	handle(SIGQUIT, SIG_DFL);
	assert_true((signals("SigIgn") & (bit(SIGINT) | bit(SIGQUIT))) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_what_the_shell_ended_with),
		cmocka_unit_test(the_environment_is_the_one_that_is_given),
		cmocka_unit_test(what_cannot_be_started_is_told),
		cmocka_unit_test(no_memory_is_asked_for),
		cmocka_unit_test(a_handler_of_the_caller_does_not_take_the_child),
		cmocka_unit_test(where_children_are_ignored_that_is_told),
		cmocka_unit_test(signals_of_the_caller_are_his),
		cmocka_unit_test(the_command_gets_the_signals_as_they_were),
	};
	int fd = mkstemp(out), failed;

	if (fd < 0 || close(fd) < 0)
		return 1;
	/* whoever started us: what is ignored or caught here, a test says */
	handle(SIGINT, SIG_DFL);
	handle(SIGQUIT, SIG_DFL);
	handle(SIGCHLD, SIG_DFL);
	failed = cmocka_run_group_tests_name("shell", tests, NULL, NULL);
	(void)unlink(out);
	return failed;
}
