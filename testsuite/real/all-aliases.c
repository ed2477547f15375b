/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every alias of a real tree, and many names near them, looked up through the
 * library and by brute force over the text files. Prints TAP.
 * usage: all-aliases TREE	(an indexed /lib/modules/RELEASE without modules.builtin.alias.bin)
 */
#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "testsuite/real/aliases.h"

#define MUTANTS 100000
#define UNBUCKETED 300 /* names for which every pattern is tried */
#define SHOWN 10 /* differences worth reading */

/* A pattern by the text before its first * ? or [, which fnmatch has no say in. */
struct rule {
	const struct alias *alias; /* the order in memory is the order of the file */
	const char *pattern;
	size_t literal; /* length of that text */
};

struct rules {
	struct rule *at; /* sorted by literal text, then by place in the file */
	size_t n;
};

/* What a lookup should give: aliases in the order of the file. */
struct answer {
	const struct alias **at;
	size_t n, room;
};

/* Names that are known by themselves, sorted. */
struct known {
	char **at;
	size_t n;
};

struct tree {
	struct rules rules;
	struct known modules, builtins;
};

struct tally {
	size_t names, hits, found, wrong;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the paths of modules that begin the lines of DIR/FILE. */
static struct known known_read(const char *dir, const char *file)
{
	auto_free char *path = NULL, *line = NULL;
	struct known known = { NULL, 0 };
	auto_fclose FILE *f = NULL;
	size_t room = 0, size = 0;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		errx(1, "%s: no memory", file);
	f = fopen(path, "re");
	if (!f)
		err(1, "%s", path);
	while (getline(&line, &size, f) > 0) {
		char *name;

		line[strcspn(line, ":\n")] = '\0';
		name = strrchr(line, '/');
		name = strdup(name ? name + 1 : line);
		if (known.n == room) {
			room = room ? room * 2 : 4096;
			known.at = reallocarray(known.at, room, sizeof(*known.at));
		}
		if (!name || !known.at)
			errx(1, "%s: no memory", path);
		name[strcspn(name, ".")] = '\0';
		for (char *c = name; (c = strchr(c, '-')) != NULL;)
			*c = '_';
		known.at[known.n++] = name;
	}
	if (known.n == 0)
		errx(1, "%s: no modules", path);
	qsort(known.at, known.n, sizeof(*known.at), compare_names);
	return known;
}

static bool known_has(const struct known *known, const char *name)
{
	return bsearch(&name, known->at, known->n, sizeof(*known->at), compare_names) != NULL;
}

static void known_release(struct known *known)
{
	for (size_t i = 0; i < known->n; i++)
		free(known->at[i]);
	free(known->at);
}

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r != 0 ? r : (a_len > b_len) - (a_len < b_len);
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	int r = compare_text(x->pattern, x->literal, y->pattern, y->literal);

	return r != 0 ? r : (x->alias > y->alias) - (x->alias < y->alias);
}

static struct rules rules_make(const struct aliases *aliases)
{
	struct rules rules = { calloc(aliases->n, sizeof(*rules.at)), aliases->n };

	if (!rules.at)
		errx(1, "rules: no memory");
	for (size_t i = 0; i < rules.n; i++) {
		const char *pattern = aliases->at[i].pattern;

		rules.at[i] = (struct rule){ &aliases->at[i], pattern, strcspn(pattern, "*?[") };
	}
	qsort(rules.at, rules.n, sizeof(*rules.at), compare_rules);
	return rules;
}

/* The first rule whose literal text is not less than the first len bytes of name. */
static size_t rules_from(const struct rules *rules, const char *name, size_t len)
{
	size_t low = 0, high = rules->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct rule *rule = &rules->at[mid];

		if (compare_text(rule->pattern, rule->literal, name, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* docs/spec/index-files.md 4.3: the literal text is equal, fnmatch says the rest. */
static bool rule_matches(const struct rule *rule, const char *name)
{
	return strncmp(rule->pattern, name, rule->literal) == 0 &&
	       fnmatch(rule->pattern + rule->literal, name + rule->literal, 0) == 0;
}

static void answer_add(struct answer *answer, const struct alias *alias)
{
	if (answer->n == answer->room) {
		answer->room = answer->room ? answer->room * 2 : 64;
		answer->at = reallocarray(answer->at, answer->room, sizeof(const struct alias *));
		if (!answer->at)
			errx(1, "answer: no memory");
	}
	answer->at[answer->n++] = alias;
}

static int compare_places(const void *a, const void *b)
{
	const struct alias *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * A rule can only match a name that begins with its literal text: for each
 * beginning of the name, try the rules with just that text.
 */
static void brute_force(const struct rules *rules, const char *name, struct answer *answer)
{
	size_t n = strlen(name);

	answer->n = 0;
	for (size_t len = 0; len <= n; len++) {
		for (size_t i = rules_from(rules, name, len);
		     i < rules->n && rules->at[i].literal == len &&
		     memcmp(rules->at[i].pattern, name, len) == 0;
		     i++) {
			if (rule_matches(&rules->at[i], name))
				answer_add(answer, rules->at[i].alias);
		}
	}
	if (answer->n > 1)
		qsort(answer->at, answer->n, sizeof(*answer->at), compare_places);
}

/* The same with no such thought, to show that it loses nothing. */
static bool every_rule_says_so(const struct rules *rules, const char *name,
			       const struct answer *answer)
{
	struct answer all = { NULL, 0, 0 };
	bool same;

	for (size_t i = 0; i < rules->n; i++) {
		if (rule_matches(&rules->at[i], name))
			answer_add(&all, rules->at[i].alias);
	}
	if (all.n > 1)
		qsort(all.at, all.n, sizeof(*all.at), compare_places);
	same = all.n == answer->n &&
	       (all.n == 0 || memcmp(all.at, answer->at, all.n * sizeof(*all.at)) == 0);
	free(all.at);
	return same;
}

/*
 * docs/spec/libkmod-api.md 7.3, sources 2, 5 and 6; alias: room for an answer of
 * its own. The first source that knows the name ends the search.
 */
static void expect(const struct tree *tree, char *name, struct alias *alias, struct answer *answer)
{
	bool module = !strchr(name, ':') && known_has(&tree->modules, name);

	answer->n = 0;
	if (!module)
		brute_force(&tree->rules, name, answer);
	if (module || (answer->n == 0 && known_has(&tree->builtins, name))) {
		*alias = (struct alias){ name, name };
		answer_add(answer, alias);
	}
}

static void show(const char *name, const struct answer *answer, const struct kmod_list *list)
{
	printf("# '%s'\n#   brute force:", name);
	for (size_t i = 0; i < answer->n; i++)
		printf(" %s", answer->at[i]->module);
	printf("\n#   library:");
	for (const struct kmod_list *l = list; l; l = kmod_list_next(list, l)) {
		struct kmod_module *mod = kmod_module_get_module(l);

		printf(" %s", kmod_module_get_name(mod));
		(void)kmod_module_unref(mod);
	}
	printf("\n");
}

static void compare(struct kmod_ctx *ctx, const char *name, const struct answer *answer,
		    struct tally *tally)
{
	struct kmod_list *list = NULL;
	int r = kmod_module_new_from_lookup(ctx, name, &list);
	const struct kmod_list *l = list;
	bool same = r == 0;
	size_t n = 0;

	for (; l && same; l = kmod_list_next(list, l), n++) {
		struct kmod_module *mod = kmod_module_get_module(l);

		same = n < answer->n &&
		       streq(kmod_module_get_name(mod), answer->at[n]->module);
		(void)kmod_module_unref(mod);
	}
	same = same && n == answer->n;
	tally->names++;
	tally->hits += answer->n > 0;
	tally->found += answer->n;
	tally->wrong += !same;
	if (!same && tally->wrong <= SHOWN) {
		show(name, answer, list);
		if (r != 0)
			printf("#   which said %d\n", r);
	}
	(void)kmod_module_unref_list(list);
}

/* Some changes to a name: bytes put in, taken out, put in place, or the end of another name. */
static char *mutant(char *const *names, size_t n, uint64_t *random)
{
	/* No brackets or '-': what becomes of those before a search is not the question here. */
	static const char bytes[] = "0123456789ABCDEFabcdefghijklmnopqrstuvwxyzVNTC_:,.*?\\!^+/() ";
	unsigned changes = 1 + aliases_random(random) % 3;
	char out[1024], *copy;
	size_t len;

	len = (size_t)snprintf(out, sizeof(out) / 2, "%s", names[aliases_random(random) % n]);
	if (len >= sizeof(out) / 2)
		len = sizeof(out) / 2 - 1;
	while (changes-- > 0) {
		size_t at = aliases_random(random) % (len + 1);
		char byte = bytes[aliases_random(random) % (sizeof(bytes) - 1)];
		const char *other;

		switch (aliases_random(random) % 8) {
		case 0:
		case 1:
			memmove(out + at + 1, out + at, len + 1 - at);
			out[at] = byte;
			len++;
			break;
		case 2:
			if (at < len)
				memmove(out + at, out + at + 1, len-- - at);
			break;
		case 3: /* most such names are still of one kind */
			other = names[aliases_random(random) % n];
			if (strlen(other) > at) {
				out[at] = '\0';
				len = at + (size_t)snprintf(out + at, 128, "%.127s", other + at);
			}
			break;
		default:
			if (at < len)
				out[at] = byte;
		}
	}
	copy = strdup(out);
	if (!copy)
		errx(1, "names: no memory");
	return copy;
}

static int tests, failures;

static void ok(bool good, const char *text)
{
	tests++;
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, text);
}

static void report(const struct tally *tally, size_t hits, const char *text)
{
	printf("# %zu names, %zu of them found, %zu modules, %zu differences\n", tally->names,
	       tally->hits, tally->found, tally->wrong);
	ok(tally->wrong == 0 && tally->hits >= hits, text);
}

static struct kmod_ctx *context(const char *tree)
{
	static const char *const no_config[] = { NULL };
	struct kmod_ctx *ctx = kmod_new(tree, no_config);

	if (!ctx)
		err(1, "kmod_new");
	return ctx;
}

static void own_names(struct kmod_ctx *ctx, const struct tree *tree, char *const *names, size_t n,
		      const char *text)
{
	struct answer answer = { NULL, 0, 0 };
	struct tally tally = { 0 };
	struct alias alias;

	for (size_t i = 0; i < n; i++) {
		expect(tree, names[i], &alias, &answer);
		compare(ctx, names[i], &answer, &tally);
	}
	report(&tally, n, text); /* each matches at least its own pattern */
	free(answer.at);
}

static void mutants(struct kmod_ctx *ctx, const struct tree *tree, char *const *names, size_t n,
		    uint64_t *random)
{
	struct answer answer = { NULL, 0, 0 };
	struct tally tally = { 0 };
	struct alias alias;
	size_t lost = 0;

	for (size_t i = 0; i < MUTANTS; i++) {
		auto_free char *name = mutant(names, n, random);

		if (i < UNBUCKETED) {
			brute_force(&tree->rules, name, &answer);
			lost += !every_rule_says_so(&tree->rules, name, &answer);
		}
		expect(tree, name, &alias, &answer);
		compare(ctx, name, &answer, &tally);
	}
	ok(lost == 0, "the brute force by literal text is the brute force over all patterns");
	/* Else the changes are so many that nothing is tested. */
	report(&tally, MUTANTS / 20, "100000 names near them find what brute force finds");
	free(answer.at);
}

int main(int argc, char **argv)
{
	struct kmod_ctx *ctx;
	struct aliases aliases;
	struct tree tree;
	uint64_t random = 20;
	char **names;

	if (argc != 2)
		errx(2, "usage: all-aliases TREE");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	aliases = aliases_read(argv[1], "modules.alias");
	if (aliases.n == 0)
		errx(1, "%s: no aliases", argv[1]);
	tree.rules = rules_make(&aliases);
	tree.modules = known_read(argv[1], "modules.dep");
	tree.builtins = known_read(argv[1], "modules.builtin");
	names = calloc(aliases.n, sizeof(*names));
	if (!names)
		errx(1, "names: no memory");
	for (size_t i = 0; i < aliases.n; i++)
		names[i] = aliases_concrete(aliases.at[i].pattern, &random);

	ctx = context(argv[1]);
	own_names(ctx, &tree, names, aliases.n, "every alias finds what brute force finds");
	if (kmod_load_resources(ctx) < 0)
		errx(1, "kmod_load_resources");
	own_names(ctx, &tree, names, aliases.n, "and after kmod_load_resources()");
	mutants(ctx, &tree, names, aliases.n, &random);

	(void)kmod_unref(ctx);
	known_release(&tree.builtins);
	known_release(&tree.modules);
	free(tree.rules.at);
	for (size_t i = 0; i < aliases.n; i++) {
		free(names[i]);
		free(aliases.at[i].pattern);
		free(aliases.at[i].module);
	}
	free(names);
	free(aliases.at);
	printf("1..%d\n", tests);
	return failures != 0;
}
