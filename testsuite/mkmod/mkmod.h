/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes what the tests read from text (README.md here is the manual). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/macro.h"

struct strbuf;

/* A text file being read line by line; the lines are cut out of text. */
struct recipe {
	const char *path;
	unsigned line; /* number of the last line returned */
	char *text, *next;
};

/* "mkmod: what" or "mkmod: PATH:LINE: what" to standard error; -EINVAL. */
int complain(const char *format, ...) _printf_(1, 2);
int complain_at(const struct recipe *recipe, const char *format, ...) _printf_(2, 3);

/* 0, or a negative number after complaining; the same for all that follows. */
int recipe_open(struct recipe *recipe, const char *path);
void recipe_close(struct recipe *recipe);
/* The next line that is neither blank nor a comment, or NULL. */
char *recipe_line(struct recipe *recipe);
/* The next line whatever it is, or NULL. */
char *recipe_raw_line(struct recipe *recipe);
/* Cuts the first word off; *rest is what follows the blanks behind it. NULL: no word. */
char *cut_word(char *text, char **rest);
/* Appends text with its escapes replaced: \n \t \\ \0 \xHH. */
int add_unescaped(const struct recipe *recipe, struct strbuf *out, const char *text);
int parse_number(const struct recipe *recipe, const char *text, unsigned long long *ret);
int write_file(const char *path, const void *bytes, size_t n);

int make_elf(const char *recipe_path, const char *out_path);
int make_index(const char *in_path, const char *out_path);
/* Every .bin in dir whose text form is there. */
int make_tree_indexes(const char *dir);
/* The file inside a compressed format, which is told by how TO ends. */
int make_packed(const char *from, const char *to);
int make_tree(const char *source, const char *dest);
