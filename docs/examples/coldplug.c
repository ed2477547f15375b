/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * coldplug - load the driver of every device that is there already, as an init system does at boot.
 *
 * usage: coldplug [-n] [DEVICES MODULES]
 *	-n	only say what would be loaded
 *	DEVICES	where devices are (/sys/devices), MODULES where modules are (/lib/modules/RELEASE)
 *
 * Exit status: 0, or 1 if a driver could not be loaded. A device that has no driver is no failure.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <libkmod.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static struct kmod_ctx *ctx;
static unsigned int flags = KMOD_PROBE_APPLY_BLACKLIST;
static void *seen; /* every modalias that was looked at: many devices are alike */
static int news; /* how many of them are new in this pass */
static int failures;

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Told before each module that is inserted, dependencies too. */
static void say(struct kmod_module *mod, bool install, const char *options)
{
	printf("%s %s%s%s\n", install ? "install command of" : "load", kmod_module_get_name(mod),
	       *options ? " " : "", options);
}

static void load(struct kmod_module *mod, const char *modalias)
{
	/* Returns when the module is live, however many others are loading it: nothing else is to be waited for. */
	int r = kmod_module_probe_insert_module(mod, flags, NULL, NULL, NULL, say);

	if (r < 0) {
		const char *why = kmod_module_get_failure(mod);

		fprintf(stderr, "coldplug: %s: %s: %s%s%s\n", modalias, kmod_module_get_name(mod),
			strerror(-r), why ? ": " : "", why ? why : "");
		failures++;
	} else if (r > 0) {
		printf("%s is blacklisted\n", kmod_module_get_name(mod));
	}
}

static void load_all(const char *modalias)
{
	struct kmod_list *list = NULL, *entry;
	int r = kmod_module_new_from_lookup(ctx, modalias, &list);

	if (r < 0) {
		fprintf(stderr, "coldplug: %s: %s\n", modalias, strerror(-r));
		failures++;
	}
	kmod_list_foreach(entry, list) {
		struct kmod_module *mod = kmod_module_get_module(entry);

		load(mod, modalias);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
}

/* The whole line counts: a modalias can have blanks, commas and quotes in it. */
static void read_uevent(const char *path)
{
	char line[8192];
	FILE *file = fopen(path, "re");

	if (!file)
		return; /* the device has gone */
	while (fgets(line, sizeof(line), file)) {
		char *copy;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "MODALIAS=", 9) != 0 || tfind(line + 9, &seen, compare))
			continue;
		copy = strdup(line + 9);
		if (!copy || !tsearch(copy, &seen, compare)) {
			perror("coldplug");
			exit(EXIT_FAILURE);
		}
		news++;
		load_all(copy);
	}
	fclose(file);
}

/* Each device has a file uevent; not all of them have a file modalias. Links lead to devices that are found anyway. */
static int visit(const char *dir)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;

	if (!entries)
		return -1;
	while ((entry = readdir(entries))) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) >= (int)sizeof(path))
			continue;
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			(void)visit(path);
		else if (strcmp(entry->d_name, "uevent") == 0)
			read_uevent(path);
	}
	closedir(entries);
	return 0;
}

int main(int argc, char **argv)
{
	const char *devices = "/sys/devices";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		flags |= KMOD_PROBE_DRY_RUN | KMOD_PROBE_REHEARSE;
		argc--, argv++;
	}
	if (argc != 1 && argc != 3) {
		fputs("usage: coldplug [-n] [DEVICES MODULES]\n", stderr);
		return EXIT_FAILURE;
	}
	if (argc == 3)
		devices = argv[1];

	/* One context for all of them: configuration and indexes are read once. */
	ctx = kmod_new(argc == 3 ? argv[2] : NULL, NULL);
	if (!ctx) {
		fputs("coldplug: no memory\n", stderr);
		return EXIT_FAILURE;
	}
	kmod_set_log_priority(ctx, LOG_WARNING);
	/* A boot shall not hang for three minutes because one driver does. */
	kmod_set_wait_limits(ctx, 30000, 10000);

	/* A driver brings devices of its own (a bus, a disk): again until there is nothing new. */
	do {
		news = 0;
		if (visit(devices) < 0) {
			perror(devices);
			failures++;
		}
	} while (news > 0);

	tdestroy(seen, free);
	kmod_unref(ctx);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
