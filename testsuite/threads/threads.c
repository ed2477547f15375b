/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distinct contexts are used by distinct threads (docs/spec/libkmod-api.md 1.1):
 * many threads ask the same things of the same trees, each with a context of
 * its own, and all answers are right. ThreadSanitizer sees the rest. TAP.
 *
 * FIXTURES		where the fixtures were built
 * KMOD_THREADS_TREE	also a module directory, /lib/modules/VERSION say
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/macro.h"

enum { THREADS = 16, ROUNDS = 8, REAL_MODULES = 40, PROCESSES = 8 };

struct visitor {
	void (*visit)(struct visitor *self, struct kmod_ctx *ctx);
	const char *dirname;
	const char *conf;	/* file; NULL: no configuration */
	size_t number;		/* 0 to THREADS - 1, so that they do not go in step */
	unsigned int failures;
	char first[256];	/* what failed first */
};

static pthread_barrier_t start;

#define CHECK(self, what, holds)                                                            \
	do {                                                                                \
		if (!(holds) && (self)->failures++ == 0)                                    \
			(void)snprintf((self)->first, sizeof((self)->first),                \
				       "line %d: %s: %s", __LINE__, what, #holds);          \
	} while (0)

static size_t list_length(const struct kmod_list *list)
{
	const struct kmod_list *at;
	size_t n = 0;

	kmod_list_foreach(at, list)
		n++;
	return n;
}

/* How many actions the probe of this thread announced. */
static _Thread_local size_t actions;

static void count_action(struct kmod_module *mod, bool install, const char *options)
{
	(void)mod;
	(void)install;
	(void)options;
	actions++;
}

static int probe_dry(struct kmod_module *mod)
{
	actions = 0;
	return kmod_module_probe_insert_module(mod, KMOD_PROBE_DRY_RUN | KMOD_PROBE_IGNORE_LOADED,
					       NULL, NULL, NULL, count_action);
}

static bool has_info(const struct kmod_list *list, const char *key, const char *value)
{
	const struct kmod_list *at;

	kmod_list_foreach(at, list) {
		if (streq(kmod_module_info_get_key(at), key) &&
		    streq(kmod_module_info_get_value(at), value))
			return true;
	}
	return false;
}

/* ---- fixture basic: every answer is known --------------------------------- */

static const struct known {
	const char *name, *clean;
	size_t needs, pre, post, loads;
} known[] = {
	{ "a", "a", 0, 0, 0, 1 },
	{ "b", "b", 1, 0, 0, 2 },
	{ "c", "c", 2, 0, 0, 3 },
	{ "d", "d", 0, 1, 1, 3 },
	{ "mod-dash", "mod_dash", 0, 0, 0, 1 },
};

static void ask_known(struct visitor *self, struct kmod_ctx *ctx, const struct known *row)
{
	struct kmod_list *info = NULL, *deps, *pre = NULL, *post = NULL;
	struct kmod_module *mod = NULL;

	CHECK(self, row->name, kmod_module_new_from_name_lookup(ctx, row->name, &mod) == 0 && mod);
	if (!mod)
		return;
	CHECK(self, row->name, streq(kmod_module_get_name(mod), row->clean));
	CHECK(self, row->name, kmod_module_get_info(mod, &info) > 0);
	CHECK(self, row->name, has_info(info, "name", row->clean));
	deps = kmod_module_get_dependencies(mod);
	CHECK(self, row->name, list_length(deps) == row->needs);
	CHECK(self, row->name, kmod_module_get_softdeps(mod, &pre, &post) == 0);
	CHECK(self, row->name, list_length(pre) == row->pre && list_length(post) == row->post);
	CHECK(self, row->name, probe_dry(mod) == 0);
	CHECK(self, row->name, actions == row->loads);
	(void)kmod_module_unref_list(post);
	(void)kmod_module_unref_list(pre);
	(void)kmod_module_unref_list(deps);
	kmod_module_info_free_list(info);
	(void)kmod_module_unref(mod);
}

static void visit_basic(struct visitor *self, struct kmod_ctx *ctx)
{
	static const struct {
		const char *alias;
		size_t modules;
	} aliases[] = {
		{ "pci:v00001234d1sv2sd3bc4sc5i6", 2 }, { "my-alias-x", 1 }, { "ext9", 1 },
		{ "no-such-alias", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		ask_known(self, ctx, &known[(i + self->number) % ARRAY_SIZE(known)]);
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		struct kmod_list *list = NULL;

		CHECK(self, aliases[i].alias,
		      kmod_module_new_from_lookup(ctx, aliases[i].alias, &list) == 0);
		CHECK(self, aliases[i].alias, list_length(list) == aliases[i].modules);
		(void)kmod_module_unref_list(list);
	}
}

/* ---- fixture compressed: the libraries are loaded by several at once ------- */

static const struct {
	const char *name;
	bool built;
} packed[] = {
	{ "m_plain", true },
#ifdef ENABLE_ZLIB
	{ "m_gz", true },
#else
	{ "m_gz", false },
#endif
#ifdef ENABLE_XZ
	{ "m_xz", true },
#else
	{ "m_xz", false },
#endif
#ifdef ENABLE_ZSTD
	{ "m_zst", true },
#else
	{ "m_zst", false },
#endif
};

static void visit_compressed(struct visitor *self, struct kmod_ctx *ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		size_t at = (i + self->number) % ARRAY_SIZE(packed);
		const char *name = packed[at].name;
		struct kmod_list *info = NULL, *symbols = NULL;
		struct kmod_module *mod = NULL;

		CHECK(self, name, kmod_module_new_from_name_lookup(ctx, name, &mod) == 0 && mod);
		if (!mod)
			continue;
		if (packed[at].built) {
			CHECK(self, name, kmod_module_get_info(mod, &info) > 0);
			CHECK(self, name, has_info(info, "name", name));
			CHECK(self, name, kmod_module_get_symbols(mod, &symbols) == 1);
		} else {
			CHECK(self, name, kmod_module_get_info(mod, &info) == -ENOSYS);
		}
		CHECK(self, name, probe_dry(mod) == 0 && actions == 1);
		kmod_module_symbols_free_list(symbols);
		kmod_module_info_free_list(info);
		(void)kmod_module_unref(mod);
	}
}

/* ---- a real tree: some of its modules, found by name and by alias ---------- */

static char *real_names[REAL_MODULES];
static size_t real_count;

/* Modules spread over modules.dep; before there are threads. */
static int choose_real(const char *dirname)
{
	auto_free char *path = NULL, *line = NULL;
	auto_fclose FILE *f = NULL;
	size_t size = 0, lines = 0, step;

	if (asprintf(&path, "%s/modules.dep", dirname) < 0)
		return -ENOMEM;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (getline(&line, &size, f) >= 0)
		lines++;
	step = lines / REAL_MODULES + 1;
	rewind(f);
	for (size_t i = 0; getline(&line, &size, f) >= 0; i++) {
		char *name;

		if (i % step)
			continue;
		line[strcspn(line, ":")] = '\0';
		name = strrchr(line, '/');
		name = name ? name + 1 : line;
		name[strcspn(name, ".")] = '\0';
		real_names[real_count] = strdup(name);
		if (!real_names[real_count++])
			return -ENOMEM;
	}
	return real_count ? 0 : -ENODATA;
}

/* The first alias of a module leads to modules; wildcards in it are text of the alias then. */
static void ask_alias(struct visitor *self, struct kmod_ctx *ctx, const struct kmod_list *info)
{
	const struct kmod_list *at;

	kmod_list_foreach(at, info) {
		const char *alias = kmod_module_info_get_value(at);
		struct kmod_list *list = NULL;

		if (!streq(kmod_module_info_get_key(at), "alias") || strchr(alias, '['))
			continue;
		CHECK(self, alias, kmod_module_new_from_lookup(ctx, alias, &list) == 0 && list);
		(void)kmod_module_unref_list(list);
		return;
	}
}

static void visit_real(struct visitor *self, struct kmod_ctx *ctx)
{
	for (size_t i = 0; i < real_count; i++) {
		const char *name = real_names[(i + self->number * 5) % real_count];
		struct kmod_list *info = NULL, *deps, *pre = NULL, *post = NULL;
		struct kmod_module *mod = NULL;

		CHECK(self, name, kmod_module_new_from_name_lookup(ctx, name, &mod) == 0 && mod);
		if (!mod)
			continue;
		CHECK(self, name, kmod_module_get_info(mod, &info) > 0);
		ask_alias(self, ctx, info);
		deps = kmod_module_get_dependencies(mod);
		CHECK(self, name, kmod_module_get_softdeps(mod, &pre, &post) == 0);
		CHECK(self, name, probe_dry(mod) == 0);
		CHECK(self, name, actions > list_length(deps));
		(void)kmod_module_unref_list(post);
		(void)kmod_module_unref_list(pre);
		(void)kmod_module_unref_list(deps);
		kmod_module_info_free_list(info);
		(void)kmod_module_unref(mod);
	}
}

/* ---- install commands: each sees what it is itself, whatever runs beside it -- */

static int write_commands(FILE *f)
{
	for (size_t i = 0; i <= THREADS; i++) {
		char name[32] = "commands_same";

		if (i < THREADS)
			(void)snprintf(name, sizeof(name), "commands_own_%zu", i);
		if (fprintf(f, "install %s test \"$MODPROBE_MODULE $MODPROBE_CHAIN\" = \"%s install:%s\"\n",
			    name, name, name) < 0)
			return -EIO;
	}
	return fflush(f) == 0 ? 0 : -errno;
}

static void run_command_of(struct visitor *self, struct kmod_ctx *ctx, const char *name)
{
	struct kmod_module *mod = NULL;

	CHECK(self, name, kmod_module_new_from_name(ctx, name, &mod) == 0 && mod);
	if (!mod)
		return;
	CHECK(self, name, kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL) == 0);
	(void)kmod_module_unref(mod);
}

static void visit_commands(struct visitor *self, struct kmod_ctx *ctx)
{
	char own[32];

	(void)snprintf(own, sizeof(own), "commands_own_%zu", self->number);
	run_command_of(self, ctx, own);
	run_command_of(self, ctx, "commands_same");
	CHECK(self, own, !getenv("MODPROBE_MODULE") && !getenv("MODPROBE_CHAIN"));
}

/* ---- threads ---------------------------------------------------------------- */

/* Half of the threads load the resources first, half when they were used already, in turn. */
static void one_round(struct visitor *self, size_t round)
{
	const char *const conf[] = { self->conf, NULL };
	struct kmod_ctx *ctx = kmod_new(self->dirname, conf);
	bool early = (self->number + round) % 2 == 0;

	CHECK(self, self->dirname, ctx != NULL);
	if (!ctx)
		return;
	kmod_set_log_fn(ctx, NULL, NULL);
	if (early)
		CHECK(self, self->dirname, kmod_load_resources(ctx) == 0);
	self->visit(self, ctx);
	if (early)
		kmod_unload_resources(ctx);
	else
		CHECK(self, self->dirname, kmod_load_resources(ctx) == 0);
	CHECK(self, self->dirname, kmod_validate_resources(ctx) == KMOD_RESOURCES_OK);
	self->visit(self, ctx);
	CHECK(self, self->dirname, kmod_unref(ctx) == NULL);
}

static void *run(void *data)
{
	struct visitor *self = data;

	(void)pthread_barrier_wait(&start);
	for (size_t i = 0; i < (self->visit == visit_real ? 1 : ROUNDS); i++)
		one_round(self, i);
	return NULL;
}

static int run_threads(const struct visitor *like)
{
	struct visitor visitors[THREADS];
	pthread_t threads[THREADS];
	int failed = 0;

	for (size_t i = 0; i < THREADS; i++) {
		visitors[i] = *like;
		visitors[i].number = i;
		if (pthread_create(&threads[i], NULL, run, &visitors[i]) != 0) {
			puts("Bail out! no thread could be made");
			exit(1); /* the others wait at the barrier */
		}
	}
	for (size_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		if (visitors[i].failures) {
			failed = 1;
			printf("# thread %zu: %u failures, %s\n", i, visitors[i].failures,
			       visitors[i].first);
		}
	}
	return failed;
}

static int run_commands(const char *dirname)
{
	struct visitor visitor = { .visit = visit_commands, .dirname = dirname };
	auto_fclose FILE *f = tmpfile();
	char path[64];

	if (!f || write_commands(f) < 0 || unsetenv("MODPROBE_MODULE") < 0 || unsetenv("MODPROBE_CHAIN") < 0) {
		puts("Bail out! no configuration could be written");
		exit(1);
	}
	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)getpid(), fileno(f));
	visitor.conf = path;
	return run_threads(&visitor);
}

/* A library is loaded once in a process: each of a few processes is one more chance to see that go wrong. */
static int run_in_processes(const struct visitor *like)
{
	int failed = 0;

	for (size_t i = 0; i < PROCESSES; i++) {
		pid_t child;
		int status;

		(void)fflush(stdout);
		child = fork();
		if (child == 0)
			exit(run_threads(like)); /* a sanitizer has its say in exit() */
		if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
			printf("# process %zu failed\n", i);
			failed = 1;
		}
	}
	return failed;
}

static int report(unsigned int n, const char *claim, int failed)
{
	printf("%sok %u - %d threads: %s\n", failed ? "not " : "", n, THREADS, claim);
	return failed;
}

int main(void)
{
	const char *fixtures = getenv("FIXTURES"), *tree = getenv("KMOD_THREADS_TREE");
	auto_free char *basic = NULL, *compressed = NULL, *softdeps = NULL;
	struct visitor visitor = { .visit = visit_compressed };
	int failed;

	if (tree && !*tree)
		tree = NULL;
	if (!fixtures)
		fixtures = "fixtures";
	if (asprintf(&basic, "%s/basic/lib/modules/9.9.9", fixtures) < 0 ||
	    asprintf(&compressed, "%s/compressed/lib/modules/9.9.9", fixtures) < 0 ||
	    asprintf(&softdeps, "%s/modules.softdep", basic) < 0 ||
	    pthread_barrier_init(&start, NULL, THREADS) != 0)
		return 1;
	printf("1..%d\n", tree ? 4 : 3);
	/* first, while no library is loaded yet */
	visitor.dirname = compressed;
	failed = report(1, "compressed modules are read, libraries loaded on demand",
			run_in_processes(&visitor));
	visitor.visit = visit_basic;
	visitor.dirname = basic;
	visitor.conf = softdeps;
	failed |= report(2, "names, aliases, dependencies and dry probes have their answers",
			 run_threads(&visitor));
	failed |= report(3, "install commands are told of themselves only", run_commands(basic));
	if (tree) {
		if (choose_real(tree) < 0) {
			puts("Bail out! KMOD_THREADS_TREE has no modules.dep to read");
			return 1;
		}
		visitor.visit = visit_real;
		visitor.dirname = tree;
		visitor.conf = NULL;
		failed |= report(4, "the same in a real tree", run_threads(&visitor));
	}
	for (size_t i = 0; i < real_count; i++)
		free(real_names[i]);
	(void)pthread_barrier_destroy(&start);
	return failed;
}
