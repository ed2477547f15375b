/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the built-in index and then sysfs for the state of a module. */
#include "libkmod/initstate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libkmod/context.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/clock.h"
#include "shared/io.h"

#define SYS_MODULE "/sys/module"
#define PROC_MODULES "/proc/modules"

/* How long contradicting snapshots are taken again, and how often a file may vanish under us. */
#define JUDGE_MSEC 20
#define VANISHED_MAX 5

bool initstate_is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && !strchr(name, '/');
}

static int sys_path(char path[static PATH_MAX], const char *name, const char *file)
{
	int n;

	if (!initstate_is_name(name))
		return -ENOENT;
	n = snprintf(path, PATH_MAX, SYS_MODULE "/%s%s", name, file);
	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static bool sys_has(const char *name, const char *file)
{
	char path[PATH_MAX];

	return sys_path(path, name, file) == 0 && access(path, F_OK) == 0;
}

/*
 * The word in the initstate file: an enum kmod_module_initstate; -EPROTO: an
 * unknown word (left in word); -ENODEV: the module went while we read; -ENOENT,
 * -errno: the file cannot be opened or read. The kernel ends the word with a
 * newline; *exact tells whether that was so.
 */
static int read_initstate(const char *name, char word[static 32], bool *exact)
{
	static const struct {
		const char *word;
		int state;
	} known[] = {
		{ "live", KMOD_MODULE_LIVE },
		{ "coming", KMOD_MODULE_COMING },
		{ "going", KMOD_MODULE_GOING },
	};
	char path[PATH_MAX];
	auto_close int fd = -1;
	ssize_t n;
	int r = sys_path(path, name, "/initstate");

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = io_read(fd, word, 31);
	if (n < 0)
		return (int)n;
	*exact = n > 0 && word[n - 1] == '\n';
	word[*exact ? n - 1 : n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (streq(word, known[i].word))
			return known[i].state;
	}
	return -EPROTO;
}

/*
 * A directory without an initstate file: the kernel makes the directory first
 * and the file a moment later, and takes the file away first when it unloads.
 * Built-in code can look like this for ever, so the caller has asked the
 * built-in index before.
 */
static int without_initstate(const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	int r = sys_path(path, name, "");

	if (r < 0)
		return r;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? KMOD_MODULE_COMING : -ENOTDIR;
}

/*
 * One look at sysfs; a module that goes while we look is looked at again. The
 * directory is asked for first: mostly it is not there, and that is one call.
 */
static int look_at_sysfs(const char *name, char word[static 32], bool *exact)
{
	int r = without_initstate(name);

	*exact = false;
	if (r < 0)
		return r;
	r = -ENODEV;
	for (int i = 0; r == -ENODEV && i < VANISHED_MAX; i++)
		r = read_initstate(name, word, exact);
	*exact = *exact && r >= 0;
	return r == -ENOENT ? without_initstate(name) : r;
}

int initstate_from_sysfs(const char *name)
{
	char word[32];
	bool exact = false;

	return look_at_sysfs(name, word, &exact);
}

/* The public answer: built-in index first, then sysfs. */
static int public_initstate(struct kmod_module *mod)
{
	char word[32] = "";
	bool exact = true;
	int r;

	r = module_is_builtin(mod);
	if (r != 0)
		return r < 0 ? r : KMOD_MODULE_BUILTIN;
	r = look_at_sysfs(mod->name, word, &exact);
	if (r != -EPROTO && (r < 0 || exact || word[0] == '\0'))
		return r;
	log_err(&mod->ctx->log, "unknown " SYS_MODULE "/%s/initstate: '%s'", mod->name, word);
	return -EINVAL;
}

/* One reading of the list. */
static enum seen look_at_list(const char *name)
{
	static const struct {
		const char *word;
		enum seen seen;
	} known[] = {
		{ "Live", SEEN_LIVE },
		{ "Loading", SEEN_COMING },
		{ "Unloading", SEEN_GOING },
	};
	auto_free char *text = NULL;
	size_t n = strlen(name);

	if (io_read_text(PROC_MODULES, 0, &text, NULL) < 0)
		return SEEN_BLIND;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *state = line + n;

		if (strncmp(line, name, n) != 0 || (*state != ' ' && *state != '\0'))
			continue;
		for (int field = 0; field < 4 && state; field++) /* size, refcount, users, state */
			state = strchr(state + (field > 0), ' ');
		for (size_t i = 0; state && i < ARRAY_SIZE(known); i++) {
			const char *rest = str_after(state + 1, known[i].word);

			if (rest && (*rest == ' ' || *rest == '\0'))
				return known[i].seen;
		}
		return SEEN_LIVE; /* listed, by a kernel that names no states */
	}
	return SEEN_ABSENT;
}

/*
 * The kernel gives a long list out in pieces, and finds its place by counting:
 * when an entry before it goes meanwhile, the next one is passed over. "Not
 * listed" is believed only of two readings.
 */
enum seen initstate_listed(const char *name)
{
	enum seen seen = look_at_list(name);

	return seen == SEEN_ABSENT ? look_at_list(name) : seen;
}

/*
 * Directory, no initstate: coming, going, or built-in code that no index knows?
 * A module in its life has uevent only while it has holders/, and /proc/modules
 * lists it from before the directory is made until after it is gone. The files
 * are looked at one after the other, so uevent is asked for before and after
 * holders/, and the list last: only what was true all along counts as proof.
 * Returns false when the snapshot proves nothing; *ret then is the best guess.
 */
static bool judge(const char *name, enum seen *ret)
{
	bool uevent = sys_has(name, "/uevent");
	bool holders = sys_has(name, "/holders");
	bool still = uevent && sys_has(name, "/uevent");
	bool tail = sys_has(name, "/sections") || sys_has(name, "/notes");
	enum seen listed = initstate_listed(name);

	if (uevent && !holders) {
		*ret = still ? SEEN_BUILTIN : SEEN_GOING;
		return still && (listed == SEEN_ABSENT || listed == SEEN_BLIND);
	}
	switch (listed) {
	case SEEN_COMING:
	case SEEN_GOING:
		*ret = listed;
		return true;
	case SEEN_LIVE: /* the snapshots were taken at different times */
		*ret = SEEN_LIVE;
		return false;
	default:
		break;
	}
	if (holders) {
		*ret = SEEN_COMING;
		return false;
	}
	if (tail)
		*ret = SEEN_GOING;
	else /* a kernel without uevent files; without the list it may as well be forming */
		*ret = listed == SEEN_BLIND || without_initstate(name) < 0 ? SEEN_COMING :
									      SEEN_BUILTIN;
	return tail;
}

uint64_t initstate_identity(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return sys_path(path, name, "") == 0 && stat(path, &st) == 0 ? st.st_ino : 0;
}

enum seen initstate_without_sysfs(const char *name)
{
	return access(SYS_MODULE, F_OK) == 0 ? SEEN_ABSENT : initstate_listed(name);
}

enum seen initstate_observe_name(const char *name, struct kmod_module *mod)
{
	uint64_t deadline = 0;
	bool bare = true; /* whenever we looked: only then it is built in */

	for (unsigned int nap = 1;; nap *= 2) {
		char word[32] = "";
		bool exact = false;
		enum seen seen;
		int r = look_at_sysfs(name, word, &exact);

		switch (r) {
		case KMOD_MODULE_LIVE:
			return SEEN_LIVE;
		case KMOD_MODULE_GOING:
			return SEEN_GOING;
		case KMOD_MODULE_BUILTIN: /* not by the rule above; what the delta in patches/ cures says so */
			return SEEN_BUILTIN;
		case KMOD_MODULE_COMING:
			if (word[0] != '\0') /* it is in the file */
				return SEEN_COMING;
			break;
		case -ENOENT:
			return SEEN_ABSENT;
		case -EPROTO:
			if (!mod->complained)
				log_err(&mod->ctx->log, "unknown " SYS_MODULE "/%s/initstate: '%s'",
					name, word);
			mod->complained = true; /* once is enough, we look often */
			return SEEN_ABSENT;
		default:
			seen = initstate_listed(name);
			return seen == SEEN_BLIND ? SEEN_ABSENT : seen;
		}
		if (judge(name, &seen))
			return seen;
		bare &= seen == SEEN_BUILTIN;
		if (deadline == 0)
			deadline = clock_msec() + JUDGE_MSEC;
		else if (clock_msec() >= deadline)
			return seen == SEEN_BUILTIN && !bare ? SEEN_COMING : seen;
		clock_nap_until(clock_msec() + nap);
	}
}

enum seen initstate_observe(struct kmod_module *mod)
{
	enum seen seen;

	if (module_is_builtin(mod) > 0) /* when it cannot be asked, sysfs is proof enough */
		return SEEN_BUILTIN;
	seen = initstate_observe_name(mod->name, mod);
	if (mod->told != (int)seen + 1) /* we look often */
		log_step(&mod->ctx->log, mod->name, "seen %s",
			 (const char *const[]){ "absent", "coming", "live", "going", "built in",
						"nothing (no /sys/module, no /proc/modules)" }[seen]);
	mod->told = (int)seen + 1;
	return seen;
}

_export_ int kmod_module_get_initstate(const struct kmod_module *mod)
{
	/* const to the caller; what the built-in index says is remembered inside */
	return mod ? public_initstate((struct kmod_module *)mod) : -ENOENT;
}

_export_ const char *kmod_module_initstate_str(enum kmod_module_initstate state)
{
	static const char *const words[] = {
		[KMOD_MODULE_BUILTIN] = "builtin",
		[KMOD_MODULE_LIVE] = "live",
		[KMOD_MODULE_COMING] = "coming",
		[KMOD_MODULE_GOING] = "going",
	};

	return (unsigned int)state < ARRAY_SIZE(words) ? words[state] : NULL;
}
