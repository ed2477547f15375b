/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command line, text files, messages. */
#include "testsuite/mkmod/mkmod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/strbuf.h"

int complain(const char *format, ...)
{
	va_list args;

	(void)fputs("mkmod: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return -EINVAL;
}

int complain_at(const struct recipe *recipe, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "mkmod: %s:%u: ", recipe->path, recipe->line);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return -EINVAL;
}

int recipe_open(struct recipe *recipe, const char *path)
{
	size_t len;
	int r;

	*recipe = (struct recipe){ .path = path };
	r = io_read_text(path, 0, &recipe->text, &len);
	if (r < 0)
		return complain("%s: %s", path, strerror(-r));
	recipe->next = recipe->text;
	if (strlen(recipe->text) != len) {
		recipe_close(recipe);
		return complain("%s: has a NUL byte", path);
	}
	return 0;
}

void recipe_close(struct recipe *recipe)
{
	free(recipe->text);
	recipe->text = recipe->next = NULL;
}

char *recipe_raw_line(struct recipe *recipe)
{
	char *line = recipe->next, *end;

	if (*line == '\0')
		return NULL;
	recipe->line++;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	else
		end = line + strlen(line);
	recipe->next = end;
	return line;
}

char *recipe_line(struct recipe *recipe)
{
	char *line;

	while ((line = recipe_raw_line(recipe)) != NULL) {
		if (line[strspn(line, " \t")] != '\0' && *line != '#')
			return line;
	}
	return NULL;
}

char *cut_word(char *text, char **rest)
{
	char *word = text + strspn(text, " \t"), *end;

	if (*word == '\0')
		return NULL;
	end = word + strcspn(word, " \t");
	*rest = end + strspn(end, " \t");
	*end = '\0';
	return word;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int add_unescaped(const struct recipe *recipe, struct strbuf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		char c = *p;

		if (c == '\\') {
			switch (*++p) {
			case 'n':
				c = '\n';
				break;
			case 't':
				c = '\t';
				break;
			case '\\':
				break;
			case '0':
				c = '\0';
				break;
			case 'x':
				if (hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
					return complain_at(recipe, "\\x wants two digits");
				c = (char)(hex_digit(p[1]) * 16 + hex_digit(p[2]));
				p += 2;
				break;
			default:
				return complain_at(recipe, "unknown escape in '%s'", text);
			}
		}
		if (strbuf_addc(out, c) < 0)
			return complain("no memory");
	}
	return 0;
}

int parse_number(const struct recipe *recipe, const char *text, unsigned long long *ret)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0 || end == text || *end != '\0' || *text == '-')
		return complain_at(recipe, "not a number: '%s'", text);
	*ret = value;
	return 0;
}

int write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return complain("%s: %s", path, strerror(errno));
	r = io_write(fd, bytes, n);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r < 0 ? complain("%s: %s", path, strerror(-r)) : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*make)(const char *from, const char *to);
	} commands[] = {
		{ "elf", make_elf },
		{ "index", make_index },
		{ "tree", make_tree },
	};

	for (size_t i = 0; argc == 4 && i < ARRAY_SIZE(commands); i++) {
		if (streq(argv[1], commands[i].name))
			return commands[i].make(argv[2], argv[3]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	(void)fputs("Usage: mkmod elf RECIPE.txt OUT.ko\n"
		    "       mkmod index ENTRIES.txt OUT.bin\n"
		    "       mkmod tree FIXTURE-DIR DEST-DIR\n",
		    stderr);
	return EXIT_FAILURE;
}
