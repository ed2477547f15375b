/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads modules.order, and sorts the files by it. */
#include "tools/depmod/order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/modname.h"
#include "tools/depmod/scan.h"

#define LINE_MAX_BYTES 4095 /* a line this long counts as damaged */
#define NOT_LISTED SIZE_MAX

/* Is this file the one a line names? Lines have the suffix .ko whatever the compression. */
static bool is_named(const struct scan_file *file, const char *line)
{
	size_t n = strlen(line);

	return strncmp(file->listed, line, n) == 0 && n > strlen(".ko") &&
	       streq(line + n - strlen(".ko"), ".ko") &&
	       (file->listed[n] == '\0' || file->listed[n] == '.') &&
	       modname_is_module_file(file->listed);
}

/* Gives the files their places; text is changed. 0, or the number of the bad line. */
static unsigned read_order(struct scan *scan, char *text, size_t size)
{
	char name[MODNAME_MAX + 1], *end = text + size;
	unsigned n = 0;

	while (text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		struct scan_file *file;

		n++;
		if (!newline || newline - text >= LINE_MAX_BYTES)
			return n;
		*newline = '\0';
		(void)modname_from_path(text, name);
		file = hash_get(&scan->by_name, name);
		if (file && file->order == NOT_LISTED && is_named(file, text))
			file->order = n;
		text = newline + 1;
	}
	return 0;
}

static void forget_order(struct scan *scan)
{
	for (size_t i = 0; i < scan->files.n; i++)
		((struct scan_file *)scan->files.at[i])->order = NOT_LISTED;
}

static int by_order_then_path(const void *a, const void *b)
{
	const struct scan_file *x = *(struct scan_file *const *)a;
	const struct scan_file *y = *(struct scan_file *const *)b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->listed, y->listed);
}

int order_sort(struct scan *scan, const char *dir, const struct log *log)
{
	auto_free char *path = NULL, *text = NULL;
	unsigned bad;
	size_t size;
	int r;

	forget_order(scan);
	if (asprintf(&path, "%s/modules.order", dir) < 0) {
		path = NULL; /* undefined after a failure */
		return -ENOMEM;
	}
	r = io_read_file(path, &text, &size, NULL);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		log_at(log, LOG_WARNING, "could not open modules.order at %s: %s", dir,
		       strerror(-r));
		if (io_lacks_means(r))
			return r;
	} else {
		bad = read_order(scan, text, size);
		if (bad) {
			log_err(log, "%s:%u corrupted line misses '\\n'", path, bad);
			forget_order(scan);
		}
	}
	if (scan->files.n > 0)
		qsort(scan->files.at, scan->files.n, sizeof(scan->files.at[0]), by_order_then_path);
	return 0;
}
