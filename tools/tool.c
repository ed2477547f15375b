/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several tools do alike. */
#include "tools/tool.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/path.h"
#include "shared/strbuf.h"
#include "tools/tool-log.h"

#ifdef ENABLE_ZSTD
#define SIGN_ZSTD "+"
#else
#define SIGN_ZSTD "-"
#endif
#ifdef ENABLE_XZ
#define SIGN_XZ "+"
#else
#define SIGN_XZ "-"
#endif
#ifdef ENABLE_ZLIB
#define SIGN_ZLIB "+"
#else
#define SIGN_ZLIB "-"
#endif

/*
 * The second line is what scripts ask for features. LIBCRYPTO is the one that other builds need that library
 * for: the fields of PKCS#7 signatures. Ours never lacks it.
 */
void tool_print_version(void)
{
	(void)puts(PACKAGE_NAME " version " PACKAGE_VERSION "\n" SIGN_ZSTD "ZSTD " SIGN_XZ
				"XZ " SIGN_ZLIB "ZLIB +LIBCRYPTO\n"
				"release " PROJECT_RELEASE);
}

static int lost_output; /* errno of what could not be written first; 0: nothing */

void tool_flush(void)
{
	if (fflush(stdout) != 0 && lost_output == 0)
		lost_output = errno;
}

int tool_finish(int status)
{
	tool_flush();
	if (!ferror(stdout)) /* remembers also what stdio wrote by itself when its buffer was full */
		return status;
	errno = lost_output ? lost_output : EIO;
	tool_log(LOG_ERR, "could not write to standard output: %m");
	return EXIT_FAILURE;
}

char *tool_module_directory(const char *root, const char *version)
{
	auto_free char *relative = NULL;
	struct utsname u;
	char *dir;
	int r;

	if (!version) {
		if (uname(&u) < 0) {
			tool_log(LOG_ERR, "uname() failed: %m");
			return NULL;
		}
		version = u.release;
	}
	if (asprintf(&relative, "%s" MODULE_DIRECTORY "/%s", root ? root : "", version) < 0) {
		relative = NULL;
		tool_log(LOG_ERR, "out of memory");
		return NULL;
	}
	r = path_absolute(relative, &dir);
	if (r < 0) {
		errno = -r;
		tool_log(LOG_ERR, "bad directory %s: %m", relative);
		return NULL;
	}
	if (strlen(dir) >= PATH_MAX) {
		tool_log(LOG_ERR, "bad directory %s: path too long", relative);
		free(dir);
		return NULL;
	}
	return dir;
}

/* NAME=VALUE gets quotes when VALUE has a blank and does not begin with a quote. */
static int add_parameter(struct strbuf *b, const char *word)
{
	const char *value = strchr(word, '=');

	if (!value || value[1] == '"' || value[1] == '\'' || !strchr(value, ' '))
		return strbuf_adds(b, word);
	return strbuf_addf(b, "%.*s=\"%s\"", (int)(value - word), word, value + 1);
}

char *tool_join_parameters(char *const *words, int n)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (int i = 0; i < n; i++) {
		if ((i > 0 && strbuf_addc(&b, ' ') < 0) || add_parameter(&b, words[i]) < 0)
			return NULL;
	}
	return strbuf_steal(&b);
}

struct kmod_ctx *tool_context(void)
{
	const char *const no_config[] = { NULL };

	return tool_log_context(NULL, no_config);
}

void tool_explain_lookup(int priority, struct kmod_ctx *ctx, const char *name)
{
	auto_free char *text = NULL;

	if (tool_log_shows(priority) && kmod_explain_lookup(ctx, name, &text) == 0)
		tool_log_more(priority, "%s", text);
}

void tool_explain_insert(int priority, struct kmod_module *mod, int error, unsigned int flags,
			 const char *parameters)
{
	auto_free char *text = NULL;

	if (tool_log_shows(priority) &&
	    kmod_module_explain_insert(mod, error, flags, parameters, &text) == 0 && text)
		tool_log_more(priority, "%s", text);
}

static void nothing(int number)
{
	(void)number;
}

void tool_outlive(int number)
{
	(void)signal(number, nothing);
}
