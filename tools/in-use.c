/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names the users of a module, and puts them in one sentence. */
#include "tools/in-use.h"

#include <stdbool.h>
#include <string.h>

#include "libkmod/libkmod.h"
#include "shared/cleanup.h"
#include "shared/io.h"
#include "shared/macro.h"
#include "shared/strbuf.h"
#include "tools/tool-log.h"

int in_use_holders(const struct kmod_module *mod, struct strbuf *names)
{
	struct kmod_list *holders = kmod_module_get_holders(mod), *l;
	int r = 0;

	kmod_list_foreach(l, holders) {
		struct kmod_module *holder = kmod_module_get_module(l);

		if (r == 0)
			r = strbuf_addf(names, "%s%s", names->len ? " " : "",
					kmod_module_get_name(holder));
		(void)kmod_module_unref(holder);
	}
	(void)kmod_module_unref_list(holders);
	return r;
}

/* The kernel lists a module without exit function among its own users as "[permanent],". */
static bool is_permanent(const char *name)
{
	auto_free char *text = NULL;

	if (io_read_text("/proc/modules", 0, &text, NULL) < 0)
		return false;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *rest = str_after(line, name);

		if (rest && *rest == ' ')
			return strstr(rest, "[permanent],") != NULL;
	}
	return false;
}

void in_use_explain(int priority, const struct kmod_module *mod)
{
	auto_strbuf struct strbuf names = STRBUF_INIT;
	const char *name = kmod_module_get_name(mod);
	int state = kmod_module_observe(mod, KMOD_MODULE_GOING, 0), refcnt;

	if (state == KMOD_MODULE_GOING) {
		tool_log_more(priority, "%s is being removed by somebody else", name);
		return;
	}
	if (state == KMOD_MODULE_COMING) {
		tool_log_more(priority, "%s is still initializing", name);
		return;
	}
	if (state != KMOD_MODULE_LIVE)
		return;
	refcnt = kmod_module_get_refcnt(mod);
	if (in_use_holders(mod, &names) == 0 && names.len > 0)
		tool_log_more(priority, "%s is used by: %s", name, names.s);
	else if (refcnt > 0)
		tool_log_more(priority, "%s has a reference count of %d, and no module uses it", name,
			      refcnt);
	else if (is_permanent(name))
		tool_log_more(priority, "%s is permanent: it has no exit function", name);
}
