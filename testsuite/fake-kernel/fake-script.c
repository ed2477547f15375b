/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake-script.c - what the script wants, and the log of what happened. */
#undef _FORTIFY_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fake-kernel.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SCRIPT_SIZE 16384
#define WORDS_MAX 64
#define NAP_MSEC 3

static pid_t log_pid;	/* 0 = our own */

/* ---- clock and log ------------------------------------------------------------------------------------ */

int64_t fk_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const struct timespec nap = { 0, NAP_MSEC * 1000000L };

void fk_wait_begin(sigset_t *saved)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, saved);
}

int fk_wait_nap(const sigset_t *saved)
{
	return ppoll(NULL, 0, &nap, saved) < 0 && errno == EINTR ? -EINTR : 0;
}

void fk_wait_end(const sigset_t *saved)
{
	(void)sigprocmask(SIG_SETMASK, saved, NULL);
}

void fk_sleep(int64_t msec)
{
	int64_t end = fk_clock() + msec;
	char path[PATH_MAX];

	while (fk_clock() < end) {
		if (!fk_exists(fk_at(path, "/.fake")))
			_exit(0);	/* the test is over and has taken its tree away */
		(void)nanosleep(&nap, NULL);
	}
}

void fk_log_as(pid_t pid)
{
	log_pid = pid;
}

void fk_log(const char *fmt, ...)
{
	char path[PATH_MAX], line[2048];
	va_list ap;
	size_t n;
	long fd;

	n = (size_t)snprintf(line, sizeof(line), "%lld %d ", (long long)fk_clock(),
			     (int)(log_pid ? log_pid : getpid()));
	va_start(ap, fmt);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (n > sizeof(line) - 1)
		n = sizeof(line) - 1;
	line[n++] = '\n';	/* in the place of the NUL */

	fd = fk_sys(SYS_openat, (long)AT_FDCWD, fk_at(path, "/.fake/log"),
		    (long)(O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC), 0666L);
	if (fd < 0)
		return;
	(void)fk_sys(SYS_write, fd, line, n);
	(void)fk_sys(SYS_close, fd);
}

/* ---- errno names ---------------------------------------------------------------------------------------- */

static const struct { const char *name; int err; } names[] = {
#define E(x) { #x, x }
	E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN),
	E(ENOMEM), E(EACCES), E(EFAULT), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR), E(EINVAL),
	E(ENFILE), E(EMFILE), E(ETXTBSY), E(EFBIG), E(ENOSPC), E(EROFS), E(EPIPE), E(ERANGE), E(EDEADLK),
	E(ENAMETOOLONG), E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENODATA), E(ETIME), E(ENOPKG), E(EPROTO), E(EBADMSG),
	E(EOVERFLOW), E(EOPNOTSUPP), E(EADDRINUSE), E(ENOBUFS), E(ETIMEDOUT), E(EALREADY), E(EINPROGRESS),
	E(ECANCELED), E(ENOKEY), E(EKEYREJECTED), E(EPROTONOSUPPORT), E(EREMOTEIO),
#undef E
	{ "EWOULDBLOCK", EWOULDBLOCK },
};

const char *fk_errname(int err, char *buf, size_t size)
{
	if (err >= 0) {
		snprintf(buf, size, "%d", err);
		return buf;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].err == -err) {
			snprintf(buf, size, "-%s", names[i].name);
			return buf;
		}
	}
	snprintf(buf, size, "-E%d", -err);
	return buf;
}

/* `0`, `ENAME`, `-ENAME`. Returns 0 or -errno, 1 if it is none of them. */
static int parse_result(const char *word)
{
	if (strcmp(word, "0") == 0)
		return 0;
	if (*word == '-')
		word++;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, word) == 0)
			return -names[i].err;
	}
	return 1;
}

/* ---- the script as words ------------------------------------------------------------------------------ */

struct script {
	char text[SCRIPT_SIZE];
	char *next;
	unsigned int line;
	char *word[WORDS_MAX];
	unsigned int words;
	const char *wrong;	/* what is wrong with this line */
};

static bool script_open(struct script *s)
{
	char path[PATH_MAX];
	ssize_t n = fk_read(fk_at(path, "/.fake/script"), s->text, sizeof(s->text));

	s->next = s->text;
	s->line = 0;
	s->wrong = n == -EFBIG ? "the script is too long" : NULL;
	return n > 0;
}

/* To the next line that has words. */
static bool script_line(struct script *s)
{
	while (*s->next) {
		char *p = s->next, *save = NULL;
		size_t n = strcspn(p, "\n");

		s->next += n + (p[n] == '\n');
		p[n] = '\0';
		p[strcspn(p, "#")] = '\0';
		s->line++;
		s->words = 0;
		for (p = strtok_r(p, " \t\r", &save); p; p = strtok_r(NULL, " \t\r", &save)) {
			if (s->words == WORDS_MAX) {
				s->wrong = "too many words";
				break;
			}
			s->word[s->words++] = p;
		}
		if (s->words)
			return true;
	}
	return false;
}

static bool for_module(const char *word, const char *mod)
{
	return strcmp(word, mod) == 0 || strcmp(word, "*") == 0;
}

/* `300ms`; -1 if it is not a time */
static int64_t parse_msec(const char *word)
{
	char *end;
	long n;

	if (*word < '0' || *word > '9')
		return -1;
	errno = 0;
	n = strtol(word, &end, 10);
	return errno == 0 && strcmp(end, "ms") == 0 ? n : -1;
}

/* The next line that begins with WHAT and is meant for MOD. */
static bool script_find(struct script *s, const char *what, const char *mod)
{
	while (script_line(s)) {
		if (s->words > 2 && strcmp(s->word[0], what) == 0 && for_module(s->word[1], mod))
			return true;
	}
	return false;
}

/* ---- directives ------------------------------------------------------------------------------------------- */

static const char *const moments[] = {
	"unformed", "unresolved", "proc", "empty", "dir", "coming", "live", "going", "teardown", "removed",
};
static const char *const calls[] = { "finit_module", "init_module", "delete_module" };

static bool one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

/*
 * One word of an answer. Returns FK_*, and in *ret_err, *ret_msec and *ret_file (NULL: none) what belongs to it; -1 if
 * it is none.
 */
static int parse_answer(const char *word, int *ret_err, int64_t *ret_msec, const char **ret_file)
{
	char head[32];
	const char *at = strchr(word, '@');
	size_t n = at ? (size_t)(at - word) : strlen(word);
	bool file = at && at[1] != '\0' && (at[1] < '0' || at[1] > '9');

	*ret_file = file ? at + 1 : NULL;
	*ret_msec = at && !file ? parse_msec(at + 1) : 0;
	if (n >= sizeof(head) || *ret_msec < 0)
		return -1;
	memcpy(head, word, n);
	head[n] = '\0';
	if (strcmp(head, "ok") == 0)
		return FK_OK;
	*ret_err = parse_result(head);
	return *ret_err > 0 ? -1 : *ret_err == 0 ? FK_NORMAL : FK_ERROR;
}

static const char *line_wrong(struct script *s)
{
	const char *verb = s->word[0];
	const char *file;
	int64_t msec;
	int err;

	if (strcmp(verb, "generation") == 0) {
		if (s->words != 2 || strlen(s->word[1]) != 2 || s->word[1][0] != 'G' ||
		    !strchr("0123456", s->word[1][1]))
			return "generation: want G0 to G6";
	} else if (strcmp(verb, "hold") == 0) {
		if (s->words < 4 || !one_of(s->word[2], moments, ARRAY_SIZE(moments)))
			return "hold: want MODULE MOMENT TIME";
		if (strcmp(s->word[3], "until") == 0 ? s->words != 5 : s->words != 4 || parse_msec(s->word[3]) < 0)
			return "hold: want a time like 300ms, or until FILE";
	} else if (strcmp(verb, "init") == 0) {
		if (s->words < 3)
			return "init: want MODULE RESULT";
		for (unsigned int i = 2; i < s->words; i++) {
			if (parse_result(s->word[i]) > 0)
				return "init: not an errno name";
		}
	} else if (strcmp(verb, "answer") == 0) {
		unsigned int last = s->words - 1;

		if (s->words < 4 || !one_of(s->word[1], calls, ARRAY_SIZE(calls)))
			return "answer: want CALL MODULE WORD...";
		if (strcmp(s->word[last], "...") == 0)
			last--;
		if (last < 3)
			return "answer: nothing to repeat";
		for (unsigned int i = 3; i <= last; i++) {
			if (parse_answer(s->word[i], &err, &msec, &file) < 0)
				return "answer: not an errno name";
		}
	} else if (strcmp(verb, "vanish") == 0) {
		if (s->words < 2 || s->words > 3 || (s->words == 3 && atoi(s->word[2]) < 1))
			return "vanish: want MODULE [N]";
	} else {
		return "unknown directive";
	}
	return NULL;
}

void fk_script_check(void)
{
	struct script s;
	char text[256];
	int n;

	if (!fk_root[0] || !script_open(&s))
		return;
	while (!s.wrong && script_line(&s)) {
		if (!s.wrong)
			s.wrong = line_wrong(&s);
	}
	if (!s.wrong)
		return;
	n = snprintf(text, sizeof(text), "fake-kernel: .fake/script:%u: %s\n", s.line, s.wrong);
	(void)fk_sys(SYS_write, 2L, text, (long)n);
	_exit(125);
}

int fk_generation(void)
{
	struct script s;
	int generation = 5;

	if (!script_open(&s))
		return generation;
	while (script_line(&s)) {
		if (strcmp(s.word[0], "generation") == 0 && s.words == 2)
			generation = s.word[1][1] - '0';
	}
	return generation;
}

static int64_t hold_limit(void)
{
	const char *env = getenv("FAKE_HOLD_LIMIT");
	long n = env ? strtol(env, NULL, 10) : 0;

	return n > 0 ? n : 60000;
}

/* True: FILE came; false: not before the limit. */
static bool await_file(const char *file)
{
	char path[PATH_MAX];
	int64_t end = fk_clock() + hold_limit();

	while (!fk_exists(fk_at(path, "/%s", file))) {
		if (fk_clock() >= end)
			return false;
		fk_sleep(1);
	}
	return true;
}

void fk_hold(const char *mod, const char *moment)
{
	struct script s;

	if (!script_open(&s))
		return;
	while (script_find(&s, "hold", mod)) {
		if (s.words < 4 || strcmp(s.word[2], moment) != 0)
			continue;
		if (strcmp(s.word[3], "until") != 0) {
			fk_log("hold %s %s %s", mod, moment, s.word[3]);
			fk_sleep(parse_msec(s.word[3]));
			continue;
		}
		if (s.words < 5)
			continue;
		fk_log("hold %s %s until %s", mod, moment, s.word[4]);
		if (!await_file(s.word[4]))
			fk_log("hold %s %s until %s gave-up", mod, moment, s.word[4]);
	}
}

int fk_init_result(const char *mod)
{
	char key[2 * FK_NAME_SIZE];
	struct script s;
	long n;

	if (!script_open(&s) || !script_find(&s, "init", mod))
		return 0;
	snprintf(key, sizeof(key), "init.%s", s.word[1]);
	n = fk_count(key);
	return parse_result(s.word[n + 1 < (long)s.words ? n + 1 : (long)s.words - 1]);
}

enum fk_how fk_answer(const char *call, const char *mod, int *ret_err)
{
	char key[2 * FK_NAME_SIZE], path[PATH_MAX];
	struct script s;
	const char *file;
	int64_t msec = 0;
	unsigned int last;
	bool forever;
	int how, err = 0;
	long n;

	if (!script_open(&s))
		return FK_NORMAL;
	for (;;) {
		if (!script_line(&s))
			return FK_NORMAL;
		if (s.words > 3 && strcmp(s.word[0], "answer") == 0 && strcmp(s.word[1], call) == 0 &&
		    for_module(s.word[2], mod))
			break;
	}
	forever = strcmp(s.word[s.words - 1], "...") == 0;
	last = s.words - 1 - forever;
	snprintf(key, sizeof(key), "%s.%s", call, s.word[2]);
	n = fk_count(key) + 2;	/* the first answer is word 3 */
	if (n > (long)last) {
		if (!forever)
			return FK_NORMAL;
		n = (long)last;
	}
	how = parse_answer(s.word[n], &err, &msec, &file);
	if (how < 0)
		return FK_NORMAL;
	fk_sleep(msec);
	if (file && !await_file(file))
		fk_log("answer %s %s %s gave-up", call, mod, s.word[n]);
	if (file)
		(void)fk_sys(SYS_unlinkat, (long)AT_FDCWD, fk_at(path, "/%s", file), 0L);
	if (how == FK_ERROR)
		*ret_err = err;
	return (enum fk_how)how;
}

bool fk_vanishes(const char *mod)
{
	char key[2 * FK_NAME_SIZE];
	struct script s;

	if (!script_open(&s))
		return false;
	while (script_line(&s)) {
		if (s.words < 2 || strcmp(s.word[0], "vanish") != 0 || !for_module(s.word[1], mod))
			continue;
		snprintf(key, sizeof(key), "vanish.%s", mod);
		return fk_count(key) == (s.words > 2 ? atol(s.word[2]) : 1);
	}
	return false;
}
