/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The indexes (docs/spec/index-files.md 3.7): which key, which value, which priority. */
#pragma once

#include "tools/depmod/emit.h"

emitter emit_dep_bin, emit_alias_bin, emit_symbols_bin, emit_builtin_bin, emit_builtin_alias_bin;
