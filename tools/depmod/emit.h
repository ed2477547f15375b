/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the emitters share: each makes the bytes of one output file and touches nothing else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct log;
struct resolved;
struct strbuf;

struct emit_input {
	const struct resolved *resolved; /* without cycles */
	const char *dir; /* where modules.builtin and modules.builtin.modinfo are */
	bool warn_twice; /* of aliases a module has twice */
	const struct log *log;
};

/* Appends to out, which is empty. 0; -ENOMEM, -EMFILE, -ENFILE; -EFBIG: more than the format can hold. */
typedef int emitter(const struct emit_input *in, struct strbuf *out);
