/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Load an optional library when it is first needed, and say in the binary that
 * this may happen (docs/spec/module-files.md 10). A loaded library is kept for
 * the life of the process: the only process-wide state we have.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct log;

struct dl_symbol {
	const char *name;
	void *at; /* address of the function pointer to fill */
};

struct dl {
	const char *soname;
	const char *use; /* what does not work without it, for the message */
	const char *package; /* how a distribution names the package, for the message */
	const struct dl_symbol *symbols; /* n of them; all or none are filled */
	size_t n;
	pthread_mutex_t lock;
	atomic_bool ready; /* set after the last symbol was filled, never cleared */
};

#define DL_INIT(soname_, use_, package_, symbols_)                                          \
	{                                                                                   \
		.soname = (soname_), .use = (use_), .package = (package_),                  \
		.symbols = (symbols_), .n = sizeof(symbols_) / sizeof((symbols_)[0]),       \
		.lock = PTHREAD_MUTEX_INITIALIZER,                                          \
	}

/*
 * 0: the symbols can be called. -ELIBACC: the library or one of the symbols is
 * not there, or there is no memory for it; logged as an error naming the library,
 * and tried again at the next call, since somebody may install it meanwhile.
 */
int dl_need(struct dl *dl, const struct log *log);
/* For a format that was left out when we were built: logs that, returns -ENOSYS. */
int dl_not_built_in(const char *use, const char *option, const struct log *log);

/*
 * One ELF note for packaging tools: we may load SONAME. IDENT is any C name,
 * FEATURE a short id, PRIORITY "required", "recommended" or "suggested".
 */
#define DL_NOTE_TYPE 0x407c0c0aU
#define DL_NOTE(ident, feature, description, priority, soname)                              \
	DL_NOTE_TEXT(ident, "[{\"feature\":\"" feature "\",\"description\":\"" description  \
			    "\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]")
/* clang's AddressSanitizer would put a gap behind each note. */
#ifdef __clang__
#define DL_NOTE_AS_IT_IS no_sanitize("address"),
#else
#define DL_NOTE_AS_IT_IS
#endif
/* NOLINTBEGIN(bugprone-macro-parentheses): ident is declared here */
#define DL_NOTE_TEXT(ident, text)                                                           \
	static const struct {                                                               \
		uint32_t namesz, descsz, type;                                              \
		char name[4];                                                               \
		char desc[sizeof(text)];                                                    \
	} ident __attribute__((DL_NOTE_AS_IT_IS used, aligned(4), section(".note.dlopen"))) = { \
		4, sizeof(text), DL_NOTE_TYPE, "FDO", text                                  \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
