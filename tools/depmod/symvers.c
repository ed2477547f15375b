/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the symbols of the kernel image out of either of their files. */
#include "tools/depmod/symvers.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/log.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"

/* Reads one line, which may be changed: 0 or -ENOMEM. */
struct source {
	const char *path;
	unsigned line;
	char prefix;
	const struct log *log;
};
typedef int line_reader(const struct source *from, char *line, struct symvers *list);

void symvers_release(struct symvers *list)
{
	free(list->at);
	free(list->text);
	*list = (struct symvers)SYMVERS_INIT;
}

static int add(struct symvers *list, const char *name, uint64_t crc)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 1024;
		struct symvers_symbol *at = reallocarray(list->at, room, sizeof(*at));

		if (!at)
			return -ENOMEM;
		list->at = at;
		list->room = room;
	}
	list->at[list->n++] = (struct symvers_symbol){ name, crc };
	return 0;
}

static const char *without_prefix(const char *name, char prefix)
{
	return prefix && name[0] == prefix ? name + 1 : name;
}

static int parse_crc(const char *text, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	if (!isxdigit((unsigned char)text[0])) /* no sign, no blank */
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 16);
	if (errno)
		return -ERANGE;
	if (*end != '\0')
		return -EINVAL;
	*ret = v;
	return 0;
}

/* CRC SYMBOL WHERE [TYPE [NAMESPACE]] */
static int read_symvers_line(const struct source *from, char *line, struct symvers *list)
{
	char *rest;
	const char *crc_text = strtok_r(line, " \t", &rest);
	const char *name = crc_text ? strtok_r(NULL, " \t", &rest) : NULL;
	const char *where = name ? strtok_r(NULL, " \t", &rest) : NULL;
	uint64_t crc;
	int r;

	if (!where || !streq(where, "vmlinux"))
		return 0;
	r = parse_crc(crc_text, &crc);
	if (r < 0) {
		log_err(from->log, "%s:%u Invalid symbol version %s: %s", from->path, from->line,
			crc_text, strerror(-r));
		return 0;
	}
	return add(list, without_prefix(name, from->prefix), crc);
}

/* ADDRESS TYPE NAME */
static int read_map_line(const struct source *from, char *line, struct symvers *list)
{
	const char *type = strchr(line, ' '), *name = type ? strchr(type + 1, ' ') : NULL;

	if (!name) {
		log_err(from->log, "%s:%u: invalid line: %s", from->path, from->line, line);
		return 0;
	}
	name = str_after(without_prefix(name + 1, from->prefix), "__ksymtab_");
	return name ? add(list, name, 0) : 0;
}

static int read_with(const char *path, char prefix, const struct log *log, line_reader *reader,
		     struct symvers *ret)
{
	/* Not exported by anything, yet modules may name them. */
	static const char *const always[] = { "__this_module", "_GLOBAL_OFFSET_TABLE_", "TOC." };
	auto_symvers struct symvers list = SYMVERS_INIT;
	struct source from = { path, 0, prefix, log };
	size_t size;
	char *at, *end;
	int r = io_read_text(path, 0, &list.text, &size);

	for (size_t i = 0; i < ARRAY_SIZE(always) && r == 0; i++)
		r = add(&list, always[i], 0);
	if (r < 0)
		return r;
	end = list.text + size;
	for (at = list.text; at < end && r == 0; at++) {
		char *line = at;

		from.line++;
		at = memchr(line, '\n', (size_t)(end - line));
		at = at ? at : end; /* there is a NUL */
		*at = '\0';
		r = reader(&from, line, &list);
	}
	if (r < 0)
		return r;
	*ret = list;
	list = (struct symvers)SYMVERS_INIT;
	return 0;
}

int symvers_read(const char *path, char prefix, const struct log *log, struct symvers *ret)
{
	return read_with(path, prefix, log, read_symvers_line, ret);
}

int symvers_read_system_map(const char *path, char prefix, const struct log *log,
			    struct symvers *ret)
{
	return read_with(path, prefix, log, read_map_line, ret);
}
