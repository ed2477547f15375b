/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* depmod: argv to request, and the order in which the rooms work (docs/spec/depmod.md). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/path.h"
#include "shared/publish.h"
#include "shared/strbuf.h"
#include "tools/depmod/cycles.h"
#include "tools/depmod/depmod-conf.h"
#include "tools/depmod/emit.h"
#include "tools/depmod/facts.h"
#include "tools/depmod/order.h"
#include "tools/depmod/output.h"
#include "tools/depmod/quick.h"
#include "tools/depmod/resolve.h"
#include "tools/depmod/scan.h"
#include "tools/depmod/symvers.h"
#include "tools/opt.h"
#include "tools/tool-log.h"
#include "tools/tool.h"

#define MOST_JOBS 256
#define FAILED (-1) /* the user was told */
#define REFUSED (-2) /* and --strict is the reason */

struct depmod_request {
	bool all, quick, show, report, warn, strict;
	unsigned jobs; /* threads that read modules; 0: as many as pay */
	const char *basedir, *moduledir, *outdir, *symvers, *system_map;
	char symbol_prefix;
	int verbose;
	struct array configs; /* of const char *, and a NULL at the end */
	char *const *files; /* n_files of them, from argv */
	int n_files;
	char *in, *out; /* owned: where modules are, where the indexes go */
};

static int out_of_memory(void)
{
	tool_log(LOG_CRIT, "out of memory");
	return FAILED;
}

/* What is there and could not be read, through no fault of its own. */
static int could_not_read(const char *path, int r)
{
	if (r == -ENOMEM)
		return out_of_memory();
	tool_log(LOG_CRIT, "could not read %s: %s", path,
		 r == -ELIBACC ? "the library for its compression cannot be loaded" : strerror(-r));
	return FAILED;
}

/* ---- argv ------------------------------------------------------------------ */

static int add_config(void *into, const char *arg)
{
	struct depmod_request *req = into;

	return array_push(&req->configs, (void *)(uintptr_t)arg) < 0 ? out_of_memory() : 0;
}

static int set_prefix(void *into, const char *arg)
{
	struct depmod_request *req = into;

	if (strlen(arg) != 1) {
		tool_log(LOG_CRIT, "-P only takes a single char");
		return FAILED;
	}
	req->symbol_prefix = arg[0];
	return 0;
}

static int set_jobs(void *into, const char *arg)
{
	struct depmod_request *req = into;
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno || n == 0 || n > MOST_JOBS) {
		tool_log(LOG_CRIT, "-j takes a number from 1 to %d, not '%s'", MOST_JOBS, arg);
		return FAILED;
	}
	req->jobs = (unsigned)n;
	return 0;
}

#define AT(field) offsetof(struct depmod_request, field)
static const struct opt opts[] = {
	{ 'a', "all", OPT_FLAG, AT(all), NULL, "process all modules (the default)", NULL },
	{ 'A', "quick", OPT_FLAG, AT(quick), NULL, "do nothing if all is up to date", NULL },
	{ 'e', "errsyms", OPT_FLAG, AT(report), NULL,
	  "report symbols nobody has, or with another version", NULL },
	{ 'n', "show", OPT_FLAG, AT(show), NULL, "write the text files to standard output", NULL },
	{ 'n', "dry-run", OPT_FLAG, AT(show), NULL, "the same", NULL },
	{ 'P', "symbol-prefix", OPT_CALL_TEXT, 0, "C", "take one character off symbol names",
	  set_prefix },
	{ 'C', "config", OPT_CALL_TEXT, 0, "PATH", "read this configuration only, may be repeated",
	  add_config },
	{ 'v', "verbose", OPT_COUNT, AT(verbose), NULL, "say more, may be repeated", NULL },
	{ 'w', "warn", OPT_FLAG, AT(warn), NULL, "warn of aliases and symbols there are twice",
	  NULL },
	{ OPT_LONG(0), "strict", OPT_FLAG, AT(strict), NULL,
	  "write nothing and exit 2 if a module cannot be used", NULL },
	{ 'b', "basedir", OPT_TEXT, AT(basedir), "DIR", "root of the tree", NULL },
	{ 'm', "moduledir", OPT_TEXT, AT(moduledir), "DIR",
	  "module directory below the root (" MODULE_DIRECTORY ")", NULL },
	{ 'o', "outdir", OPT_TEXT, AT(outdir), "DIR", "root for the files written", NULL },
	{ 'j', "jobs", OPT_CALL_TEXT, 0, "N", "threads that read modules (as many as pay)",
	  set_jobs },
	{ 'F', "filesyms", OPT_TEXT, AT(system_map), "FILE", "System.map of the kernel", NULL },
	{ 'E', "symvers", OPT_TEXT, AT(symvers), "FILE", "Module.symvers of the kernel", NULL },
};

static void cleanup_request(struct depmod_request *req)
{
	array_release(&req->configs);
	free(req->in);
	free(req->out);
}

/* ROOT/MODULEDIR/VERSION; an empty root is the system's. 0 or FAILED. */
static int make_directory(const struct depmod_request *req, const char *root, const char *version,
			  char **ret)
{
	const char *below = req->moduledir ? req->moduledir : MODULE_DIRECTORY;
	auto_free char *absolute = NULL, *dir = NULL;
	int r = root && root[0] ? path_absolute(root, &absolute) : 0;

	if (r < 0) {
		tool_log(LOG_CRIT, "bad directory %s: %s", root, strerror(-r));
		return FAILED;
	}
	while (*below == '/')
		below++;
	if (asprintf(&dir, "%s/%s/%s", absolute ? absolute : "", below, version) < 0) {
		dir = NULL; /* undefined after a failure */
		return out_of_memory();
	}
	if (strlen(dir) >= PATH_MAX) {
		tool_log(LOG_ERR, "Bad directory %s: path too long", dir);
		return FAILED;
	}
	*ret = steal_ptr(dir);
	return 0;
}

/* Two numbers with a point between them, and whatever follows. */
static bool is_version(const char *s)
{
	const size_t major = strspn(s, "0123456789");

	return major > 0 && s[major] == '.' && isdigit((unsigned char)s[major + 1]);
}

/* The operands: [VERSION [FILE...]]. */
static int read_operands(struct depmod_request *req, char *const *words, int n)
{
	const char *version, *outdir = req->outdir;
	struct utsname u;
	int r;

	if (n > 0) {
		version = words[0];
		if (!is_version(version)) {
			tool_log(LOG_ERR, "Bad version passed %s", version);
			return FAILED;
		}
		req->files = words + 1;
		req->n_files = n - 1;
	} else {
		if (uname(&u) < 0) {
			tool_log(LOG_CRIT, "uname() failed: %m");
			return FAILED;
		}
		version = u.release;
	}
	if (req->n_files == 0 || req->quick)
		req->all = true;
	r = make_directory(req, req->basedir, version, &req->in);
	if (!outdir || !outdir[0])
		outdir = req->basedir;
	return r < 0 ? r : make_directory(req, outdir, version, &req->out);
}

/* ---- collecting ------------------------------------------------------------ */

static int scan_everything(const struct depmod_request *req, const struct log *log,
			   const char *version, struct scan *scan, size_t *bad)
{
	const size_t *errors = log->data;
	auto_depmod_conf struct depmod_conf conf = DEPMOD_CONF_INIT;
	const char *const *paths = (const char *const *)req->configs.at;
	int r = depmod_conf_read(&conf, req->configs.n > 1 ? paths : NULL, version, log);

	if (r == 0) {
		*bad = *errors;
		r = scan_tree(scan, req->in, &conf, log);
		*bad = *errors - *bad; /* those of the configuration are no modules */
	}
	if (r < 0) {
		tool_log(LOG_CRIT, "could not search modules: %s", strerror(-r));
		return FAILED;
	}
	for (size_t i = 0; i < scan->hidden.n && req->warn; i++) {
		const struct scan_file *file = scan->hidden.at[i];

		tool_log(LOG_WARNING, "duplicate module %s: %s is hidden by %s (%s)", file->name,
			 file->path, file->hidden_by->path, file->rule);
	}
	r = order_sort(scan, req->in, log);
	return r < 0 ? could_not_read("modules.order", r) : 0;
}

static int scan_given_files(const struct depmod_request *req, const struct log *log,
			    struct scan *scan, size_t *bad)
{
	struct stat st;
	int r;

	for (int i = 0; i < req->n_files; i++) {
		const char *path = req->files[i];
		const struct scan_file *there = NULL;

		if (path[0] != '/') {
			tool_log(LOG_CRIT, "%s: not absolute path.", path);
			return FAILED;
		}
		r = scan_add_file(scan, req->in, path, &there, log);
		if (r == -EINVAL) /* was said */
			++*bad;
		if (r == 0 || r == -EINVAL)
			continue;
		tool_log(LOG_CRIT, "could not %s module %s: %s",
			 there && streq(there->path, path) ? "add" : "create", path, strerror(-r));
		return FAILED;
	}
	if (stat(req->in, &st) < 0) {
		tool_log(LOG_WARNING, "could not open directory %s: %m", req->in);
		log = NULL; /* so much about modules.order */
	}
	r = order_sort(scan, req->in, log);
	return r < 0 ? could_not_read("modules.order", r) : 0;
}

static int read_kernel_symbols(const struct depmod_request *req, const struct log *log,
			       struct symvers *ret)
{
	const char *path = req->symvers ? req->symvers : req->system_map;
	int r = 0;

	if (req->symvers)
		r = symvers_read(path, req->symbol_prefix, log, ret);
	else if (req->system_map)
		r = symvers_read_system_map(path, req->symbol_prefix, log, ret);
	if (r == 0)
		return 0;
	tool_log(LOG_CRIT, "could not load %s: %s", path, strerror(-r));
	return FAILED;
}

/* ---- all facts in one array ------------------------------------------------ */

struct modules {
	struct facts *at; /* n of them */
	size_t n;
	struct facts_reader readers[MOST_JOBS]; /* n_readers of them are in use */
	size_t n_readers;
};

static void cleanup_modules(struct modules *modules)
{
	for (size_t i = 0; i < modules->n_readers; i++)
		facts_reader_release(&modules->readers[i]);
	free(modules->at);
}

/* One file stands for all: whoever ran into the same at that moment has nothing else to say. */
static int could_not_read_one(const struct modules *modules, int r, const struct log *log)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct facts *facts = &modules->at[i];

		if (facts->error != r)
			continue;
		facts_report_notes(facts, log);
		return could_not_read(facts->path, r);
	}
	return could_not_read("modules", r);
}

static int read_modules(const struct scan *scan, unsigned jobs, const struct log *log,
			struct modules *modules)
{
	int r;

	modules->at = calloc(scan->files.n + 1, sizeof(*modules->at));
	if (!modules->at)
		return out_of_memory();
	modules->n = scan->files.n;
	modules->n_readers = jobs ? jobs : facts_jobs(modules->n);
	for (size_t i = 0; i < modules->n; i++) {
		const struct scan_file *file = scan->files.at[i];

		modules->at[i] = (struct facts){
			.path = file->path, .listed = file->listed, .name = file->name,
		};
	}
	r = facts_read_all(modules->at, modules->n, modules->readers, modules->n_readers);
	if (r < 0)
		return could_not_read_one(modules, r, log);
	for (size_t i = 0; i < modules->n; i++)
		facts_report(&modules->at[i], log);
	return 0;
}

/* -v: why there is each dependency, as scripts read it. */
static void print_edges(const struct resolved *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t e = r->first_edge[i]; e < r->first_edge[i + 1]; e++)
			(void)printf("%s needs \"%s\": %s\n", r->modules[i].path,
				     r->edges[e].because->name, r->modules[r->edges[e].to].path);
	}
}

/* ---- the run --------------------------------------------------------------- */

static int process(const struct depmod_request *req, const struct log *log,
		   const struct scan *scan, size_t bad, struct publish **lock,
		   const struct timespec *began)
{
	__attribute__((cleanup(cleanup_modules))) struct modules modules = { 0 };
	auto_resolved struct resolved resolved = { 0 };
	auto_symvers struct symvers kernel = SYMVERS_INIT;
	const bool knows_kernel = req->symvers || req->system_map;
	const struct resolve_options options = {
		.symbol_prefix = req->symbol_prefix,
		.kernel = &kernel,
		.warn_unknown = req->report && knows_kernel,
		.warn_crc = req->report && req->symvers,
		.warn_twice = req->warn,
	};
	const struct emit_input in = { &resolved, req->in, req->warn, log };
	size_t on_cycles = 0;

	if (read_kernel_symbols(req, log, &kernel) < 0 ||
	    read_modules(scan, req->jobs, log, &modules) < 0)
		return FAILED;
	for (size_t i = 0; i < modules.n; i++)
		bad += modules.at[i].error != 0;
	if (req->strict && bad > 0) {
		tool_log(LOG_ERR, "Modules or directories that cannot be used: %zu; nothing is "
				  "written (--strict)", bad);
		return REFUSED;
	}
	if (resolve(modules.at, modules.n, &options, log, &resolved) < 0)
		return out_of_memory();
	if (req->verbose > 0)
		print_edges(&resolved);
	if (resolved.n_numbered < resolved.n) {
		if (cycles_report(&resolved, log, &on_cycles) < 0)
			return out_of_memory();
		return FAILED;
	}
	return req->show ? output_show(&in) :
			   output_write(&in, req->out, steal_ptr(*lock), began);
}

static void say(void *data, int priority, const char *file, int line, const char *fn,
		const char *format, va_list args)
{
	size_t *errors = data;

	(void)file;
	(void)line;
	(void)fn;
	if (priority <= LOG_ERR)
		++*errors;
	tool_vlog(priority, format, args);
}

static int run(struct depmod_request *req, const char *version)
{
	auto_publish struct publish *lock = NULL;
	struct timespec began;
	auto_scan struct scan scan = SCAN_INIT;
	size_t errors = 0, bad = 0;
	const struct log log = { say, &errors, LOG_WARNING + req->verbose };
	int r;

	if (req->quick && req->show)
		return 0;
	if (req->report && !req->symvers && !req->system_map)
		tool_log(LOG_WARNING, "-e needs -E or -F");
	/* Before we look: who comes last has seen the newest tree, and his files stay. */
	if (!req->show)
		(void)output_lock(req->out, &lock); /* not there: made when all is known */
	/* By the clock that marks files: what has this time or a later one may be new to us. */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &began);
	r = req->all ? scan_everything(req, &log, version, &scan, &bad) :
		       scan_given_files(req, &log, &scan, &bad);
	if (r < 0)
		return r;
	if (req->quick && !(req->strict && bad > 0) &&
	    quick_is_current(&scan, req->in, req->out, output_names))
		return 0;
	return process(req, &log, &scan, bad, &lock, &began);
}

int depmod_main(int argc, char **argv)
{
	__attribute__((cleanup(cleanup_request))) struct depmod_request req = { 0 };
	int first = opt_parse(argc, argv, opts, ARRAY_SIZE(opts), "-[aA] [options] [forced_version]",
			      &req);
	int r;

	if (first == OPT_DONE)
		return tool_finish(EXIT_SUCCESS);
	if (first < 0)
		return EXIT_FAILURE;
	if (array_push(&req.configs, NULL) < 0) {
		(void)out_of_memory();
		return EXIT_FAILURE;
	}
	tool_log_set_threshold(LOG_WARNING + req.verbose);
	if (read_operands(&req, argv + first, argc - first) < 0)
		return EXIT_FAILURE;
	r = run(&req, first < argc ? argv[first] : path_base(req.in));
	return tool_finish(r == REFUSED ? 2 : r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
