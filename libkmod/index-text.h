/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text beside an index (modules.dep for modules.dep.bin, ...), for a tree
 * whose index is missing or damaged: the same questions, the same answers in
 * the same order (docs/spec/index-files.md 2, 3.7, 4.4).
 */
#pragma once

#include <sys/stat.h>

struct index_hits;
struct index_text;

enum index_text_form {
	INDEX_TEXT_DEP, /* PATH: PATHS; the key is the name, the value the line */
	INDEX_TEXT_ALIAS, /* alias KEY NAME */
	INDEX_TEXT_BUILTIN, /* PATH; the value is "" */
	INDEX_TEXT_MODINFO, /* the aliases in modules.builtin.modinfo */
};

/*
 * Read whole. What depmod would not put into an index is left out, and so is a
 * last line without its end, which may be half of one; not so the path of a
 * built-in module that ends as they all do.
 * On success *ret is the caller's, to give to index_text_close(), and *st what
 * the file was; else both untouched. 0; -errno of open, fstat, read; -ENOMEM.
 */
int index_text_open(const char *path, enum index_text_form form, struct index_text **ret,
		    struct stat *st);
void index_text_close(struct index_text *it); /* NULL is fine */

/* As index_find() and index_match(); strings live until index_text_close(). */
const char *index_text_find(const struct index_text *it, const char *key);
int index_text_match(const struct index_text *it, const char *name, struct index_hits *hits);
/* As index_each() of libkmod/index-dump.h. */
int index_text_each(const struct index_text *it,
		    int (*fn)(const char *key, const char *value, void *data), void *data);
