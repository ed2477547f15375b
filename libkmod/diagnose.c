/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks each possible cause of a failed insertion for evidence, and puts the answers in words. */
#include "libkmod/diagnose.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "libkmod/context.h"
#include "libkmod/elf-modinfo.h"
#include "libkmod/file.h"
#include "libkmod/info.h"
#include "libkmod/initstate.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "shared/cleanup.h"
#include "shared/io.h"

#define KERNEL_MODULES_DISABLED "/proc/sys/kernel/modules_disabled"
#define KERNEL_LOCKDOWN "/sys/kernel/security/lockdown"
#define CAP_BIT_SYS_MODULE 16
#define MARKER "~Module signature appended~\n"

/* ---- the file -------------------------------------------------------------- */

int image_open(struct image *image, const char *path)
{
	struct image im = IMAGE_INIT;

	im.file_err = file_open(path, NULL, &im.file);
	if (im.file_err == 0)
		im.file_err = file_contents(im.file, &im.bytes, &im.size);
	if (im.file_err == 0)
		im.elf_err = elf_read(im.bytes, im.size, &im.elf);
	if (im.file_err == -ENOMEM) {
		file_close(im.file);
		return -ENOMEM;
	}
	*image = im;
	return 0;
}

void image_close(struct image *image)
{
	file_close(image->file);
	*image = (struct image)IMAGE_INIT;
}

const char *refused_info(const struct refused *it, const char *key)
{
	for (size_t i = 0; i < it->info.n; i++) {
		const struct info_entry *entry = it->info.at[i];

		if (streq(entry->key, key))
			return entry->value;
	}
	return NULL;
}

static void refused_release(struct refused *it)
{
	array_free_from(&it->info, 0);
	image_close(&it->image);
}

static int refused_open(struct refused *it)
{
	const char *path = kmod_module_get_path(it->mod);
	int r = path ? image_open(&it->image, path) : module_need_dep_line(it->mod);

	if (r < 0 && !path)
		it->image.file_err = r;
	if (r == 0 && it->image.elf_err == 0) {
		r = info_from_file(it->image.file, &it->info);
		it->has_info = r == 0;
	}
	return r == -ENOMEM ? r : 0;
}

/* ---- causes: the file ------------------------------------------------------- */

/* What was wrong before the kernel was asked; what is inside the file was told when it was read. */
static int cause_file(const struct refused *it, struct strbuf *out)
{
	const char *path = kmod_module_get_path(it->mod);

	if (!path && it->image.file_err == -ENOENT)
		return strbuf_addf(out, "there is no file for module %s", it->mod->name);
	if (!path)
		path = "modules.dep.bin"; /* which would have named it */
	switch (it->image.file ? 0 : it->image.file_err) {
	case 0:
	case -EINVAL:
	case -EISDIR: /* says it all */
		return 0;
	case -ENOENT:
		return it->mod->dep_line ?
			       strbuf_addf(out, "%s is listed in modules.dep but missing (run depmod)",
					   path) :
			       strbuf_addf(out, "%s is missing", path);
	default:
		errno = -it->image.file_err;
		return strbuf_addf(out, "%s cannot be read: %m", path);
	}
}

/* Names that uname() has for the machine of an ELF file. */
static const struct machine {
	unsigned number;
	char name[10]; /* a name that begins like this */
} machines[] = {
	{ EM_X86_64, "x86_64" },  { EM_386, "i386" },	   { EM_386, "i486" },
	{ EM_386, "i586" },	  { EM_386, "i686" },	   { EM_AARCH64, "aarch64" },
	{ EM_ARM, "arm" },	  { EM_PPC64, "ppc64" },   { EM_PPC, "ppc" },
	{ EM_S390, "s390" },	  { 243, "riscv" },	   { 258, "loongarch" },
	{ EM_MIPS, "mips" },	  { EM_SPARCV9, "sparc64" }, { EM_SPARC, "sparc" },
};

static int other_machine(const struct refused *it, struct strbuf *out)
{
	const char *file_name = NULL;
	const struct machine *own = NULL;
	struct utsname u;

	if (uname(&u) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (!own && str_after(u.machine, machines[i].name))
			own = &machines[i];
		if (!file_name && machines[i].number == it->image.elf.machine)
			file_name = machines[i].name;
	}
	if (!own || own->number == it->image.elf.machine)
		return 0;
	return file_name ?
		       strbuf_addf(out, "it is for %s machines, this one is %s", file_name, u.machine) :
		       strbuf_addf(out, "it is for ELF machine %u, this one is %s",
				   it->image.elf.machine, u.machine);
}

static int cause_damage(const struct refused *it, struct strbuf *out)
{
	const char *path = kmod_module_get_path(it->mod);

	if (it->image.file_err < 0)
		return 0;
	if (it->image.elf_err == -ENOEXEC)
		return strbuf_addf(out, "%s is no ELF file", path);
	return it->image.elf_err < 0 ? strbuf_addf(out, "%s is cut short or damaged (%zu bytes)",
						   path, it->image.size) :
				       0;
}

static int cause_format(const struct refused *it, struct strbuf *out)
{
	const char *path = kmod_module_get_path(it->mod);
	const struct elf *elf = &it->image.elf;
	struct elf_section section;
	uint64_t type;
	int r = cause_damage(it, out);

	if (r < 0 || out->len > 0 || it->image.elf_err < 0)
		return r;
	r = other_machine(it, out);
	if (r < 0 || out->len > 0)
		return r;
	type = elf_get(elf, elf->bytes + 16, 2);
	if (type != ET_REL)
		return strbuf_addf(out, "%s is an ELF file of type %u, but no object file", path,
				   (unsigned)type);
	if (elf_section_find(elf, ".gnu.linkonce.this_module", &section) < 0)
		return strbuf_addf(out, "%s was not made as a kernel module", path);
	if (elf_section_find(elf, ".symtab", &section) < 0)
		return strbuf_addf(out, "the symbol table of %s was stripped off", path);
	return 0;
}

static bool is_forced(const struct refused *it)
{
	return it->flags & (KMOD_INSERT_FORCE_VERMAGIC | KMOD_INSERT_FORCE_MODVERSION);
}

static int cause_force(const struct refused *it, struct strbuf *out)
{
	return is_forced(it) ? strbuf_adds(out, "a kernel without CONFIG_MODULE_FORCE_LOAD cannot be forced") :
			       0;
}

/* ---- causes: the key --------------------------------------------------------- */

static int add_signature(const struct refused *it, struct strbuf *out)
{
	const char *signer = refused_info(it, "signer"), *key = refused_info(it, "sig_key");
	const char *hash = refused_info(it, "sig_hashalgo");
	int r = strbuf_adds(out, "it is signed");

	if (r == 0 && signer && *signer)
		r = strbuf_addf(out, " by \"%s\"", signer);
	if (r == 0 && key && *key)
		r = strbuf_adds(out, " with key ");
	for (; r == 0 && key && *key; key++) {
		if (*key != '\n' && *key != '\t')
			r = strbuf_addc(out, *key);
	}
	if (r == 0 && hash && *hash)
		r = strbuf_addf(out, " (%s)", hash);
	return r;
}

static int cause_key(const struct refused *it, struct strbuf *out)
{
	const size_t n = sizeof(MARKER) - 1;
	bool marked = it->image.size >= n &&
		      memcmp(it->image.bytes + it->image.size - n, MARKER, n) == 0;
	int r;

	if (!it->has_info)
		return 0;
	/* Said of a signature that is there and was looked at; without one it is the init's answer. */
	if ((it->err == -EBADMSG || it->err == -ENOPKG) && (!marked || is_forced(it)))
		return 0;
	if (is_forced(it))
		return strbuf_adds(out,
				   "what is loaded by force counts as not signed, "
				   "and this kernel takes signed modules only");
	if (!refused_info(it, "sig_id")) {
		if (marked)
			return strbuf_adds(out, "its signature is damaged");
		return strbuf_adds(out, "it is not signed, and this kernel takes signed modules only");
	}
	r = add_signature(it, out);
	if (r < 0)
		return r;
	switch (it->err) {
	case -EBADMSG:
		return strbuf_adds(out, "; that signature is damaged, or of a form this kernel does not know");
	case -ENOPKG:
		return strbuf_adds(out, "; this kernel has no code to check that");
	case -EKEYREJECTED:
		return strbuf_adds(out, "; this kernel does not trust that key, or the file was changed since");
	default:
		return strbuf_adds(out, "; this kernel does not trust that key");
	}
}

/* ---- causes: permission ------------------------------------------------------ */

/* Text between facts. */
static int add_fact(struct strbuf *out, const char *fact)
{
	int r = out->len > 0 ? strbuf_adds(out, "; ") : 0;

	return r < 0 ? r : strbuf_adds(out, fact);
}

/* May this process load modules? Said only if it surely may not. */
static int add_capability(struct strbuf *out)
{
	auto_free char *text = NULL, *map = NULL;
	const char *at;
	int r = io_read_text("/proc/self/status", 0, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	at = strstr(text, "\nCapEff:");
	if (at && !(strtoull(at + 8, NULL, 16) >> CAP_BIT_SYS_MODULE & 1))
		return add_fact(out, "this process may not (no CAP_SYS_MODULE): run it as root");
	r = io_read_text("/proc/self/uid_map", 64, &map, NULL);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && !strstr(map, "4294967295"))
		return add_fact(out, "nobody may inside a user namespace (a container)");
	return 0;
}

/* Does module_blacklist=A,B of the kernel line name it? */
static int add_kernel_blacklist(const char *name, struct strbuf *out)
{
	auto_free char *text = NULL;
	int r = io_read_text("/proc/cmdline", 0, &text, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (char *save = NULL, *word = strtok_r(text, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save)) {
		const char *list = str_after(word, "module_blacklist=");
		size_t n = strlen(name);

		for (; list && *list; list += strcspn(list, ","), list += *list == ',') {
			if (strncmp(list, name, n) == 0 && (list[n] == ',' || list[n] == '\0'))
				return add_fact(out, "module_blacklist= of the kernel command line names it");
		}
	}
	return 0;
}

static int add_disabled(struct strbuf *out)
{
	char word[8];
	ssize_t n = io_read_word(AT_FDCWD, KERNEL_MODULES_DISABLED, word, sizeof(word));

	return n > 0 && streq(word, "1") ?
		       add_fact(out, "loading and unloading is off until the next boot "
				     "(kernel.modules_disabled is 1)") :
		       0;
}

static int cause_permission(const struct refused *it, struct strbuf *out)
{
	auto_free char *lockdown = NULL;
	int r = add_capability(out);

	if (r == 0)
		r = add_disabled(out);
	if (r == 0)
		r = add_kernel_blacklist(it->mod->name, out);
	if (r < 0)
		return r;
	r = io_read_text(KERNEL_LOCKDOWN, 256, &lockdown, NULL);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && (strstr(lockdown, "[integrity]") || strstr(lockdown, "[confidentiality]"))) {
		if (it->has_info && (is_forced(it) || !refused_info(it, "sig_id")))
			return add_fact(out, "the kernel is locked down, and the module is not signed");
		return add_fact(out, "the kernel is locked down");
	}
	if (out->len > 0)
		return 0;
	return strbuf_adds(out, "the kernel does not say why; a security module may have refused it");
}

static int cause_security(const struct refused *it, struct strbuf *out)
{
	return strbuf_addf(out, "a security module (LSM, IMA) refused the file, or the init of %s did",
			   it->mod->name);
}

/* ---- causes: state ------------------------------------------------------------ */

/* The name the kernel uses, which is the one inside the file. */
static int kernel_name(const struct refused *it, char **ret)
{
	int r = it->image.elf_err == 0 ? elf_module_name(&it->image.elf, ret) : -ENODATA;

	if (r == -ENODATA) {
		*ret = strdup(it->mod->name);
		r = *ret ? 0 : -ENOMEM;
	}
	return r;
}

static int cause_state(const struct refused *it, struct strbuf *out)
{
	auto_free char *name = NULL;
	int r = kernel_name(it, &name);

	if (r < 0) {
		name = NULL;
		return r;
	}
	switch (initstate_observe_name(name, it->mod)) {
	case SEEN_LIVE:
		return strbuf_addf(out, "%s is loaded already", name);
	case SEEN_COMING:
		return strbuf_addf(out, "%s is being loaded by somebody else", name);
	case SEEN_GOING:
		return strbuf_addf(out, "%s is being removed by somebody else", name);
	case SEEN_BUILTIN:
		return strbuf_addf(out, "%s is built into the kernel", name);
	default:
		break;
	}
	return it->err == -EEXIST ?
		       strbuf_addf(out, "the init of %s refused with \"File exists\"; %s is not loaded",
				   name, name) :
		       strbuf_addf(out, "another load of %s failed, or its init refused; %s is not loaded",
				   name, name);
}

/* Only what is built in has a directory of that name and never an initstate. */
static int cause_builtin_name(const struct refused *it, struct strbuf *out)
{
	auto_free char *name = NULL;
	int r = kernel_name(it, &name);

	if (r < 0) {
		name = NULL;
		return r;
	}
	return initstate_observe_name(name, it->mod) == SEEN_BUILTIN ?
		       strbuf_addf(out, "the kernel has built-in code of the name %s", name) :
		       0;
}

/* ---- causes: the rest ----------------------------------------------------------- */

/* ENOENT, and no symbol is missing: those for GPL modules are hidden from others. */
static int cause_license(const struct refused *it, struct strbuf *out)
{
	static const char *const compatible[] = { "GPL",	  "GPL v2",	  "GPL and additional rights",
						  "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL" };
	const char *license = refused_info(it, "license");

	if (!it->has_info)
		return 0;
	for (size_t i = 0; license && i < ARRAY_SIZE(compatible); i++) {
		if (streq(license, compatible[i]))
			return 0;
	}
	return strbuf_addf(out, "its license (%s) bars it from symbols for GPL modules",
			   license ? license : "none");
}

static int cause_doubt(const struct refused *it, struct strbuf *out)
{
	return strbuf_addf(out, "a parameter, a symbol's checksum, or the init of %s (dmesg may tell)",
			   it->mod->name);
}

static int cause_unseen(const struct refused *it, struct strbuf *out)
{
	return it->image.elf_err == 0 ? strbuf_adds(out, "from here nothing is wrong with it (dmesg may tell)") :
					0;
}

static int cause_memory(const struct refused *it, struct strbuf *out)
{
	return it->image.bytes ? strbuf_addf(out, "not enough memory for %s (%zu bytes in its file), or for its init",
					     it->mod->name, it->image.size) :
				 0;
}

static int cause_no_modules(const struct refused *it, struct strbuf *out)
{
	(void)it;
	return access("/proc/modules", F_OK) < 0 ? strbuf_adds(out, "this kernel is built without modules") :
						   0;
}

static int cause_being_written(const struct refused *it, struct strbuf *out)
{
	return strbuf_addf(out, "%s is open for writing (is it being installed?), or the init of %s refused",
			   kmod_module_get_path(it->mod), it->mod->name);
}

static int cause_no_device(const struct refused *it, struct strbuf *out)
{
	return strbuf_addf(out, "the init of %s found nothing that it could drive", it->mod->name);
}

static int cause_init(const struct refused *it, struct strbuf *out)
{
	return strbuf_addf(out, "the init of %s refused (dmesg may tell why)", it->mod->name);
}

/* In the order in which they are looked for; the first that finds something ends it. */
#define CAUSES_MAX 7
static const struct {
	int err;
	cause_fn *cause[CAUSES_MAX];
} table[] = {
	{ ENOENT, { cause_missing_symbol, cause_unknown_parameter, cause_license, cause_unexported,
		    cause_init } },
	{ ESRCH, { cause_checksum, cause_init } },
	{ EINVAL,
	  { cause_damage, cause_builtin_name, cause_checksum, cause_bad_value,
	    cause_unknown_parameter, cause_doubt } },
	{ ENOSPC, { cause_bad_value, cause_init } },
	{ ERANGE, { cause_bad_value, cause_init } },
	{ ENOEXEC, { cause_format, cause_force, cause_version_magic, cause_checksum, cause_export_clash,
		     cause_unseen } },
	{ ENOKEY, { cause_key, cause_init } },
	{ EKEYREJECTED, { cause_key, cause_init } },
	{ EBADMSG, { cause_key, cause_init } },
	{ ENOPKG, { cause_key, cause_init } },
	{ EPERM, { cause_permission } },
	{ EACCES, { cause_security } },
	{ EEXIST, { cause_state } },
	{ EBUSY, { cause_state } },
	{ ENOMEM, { cause_memory } },
	{ ETXTBSY, { cause_being_written } },
	{ ENOSYS, { cause_no_modules, cause_init } },
	{ ENODEV, { cause_no_device } },
	{ ENXIO, { cause_no_device } },
	{ EINTR, { NULL } },
	{ EMFILE, { NULL } },
	{ ENFILE, { NULL } },
};

int diagnose_insert(struct kmod_module *mod, int err, unsigned int flags, const char *options, char **ret)
{
	static cause_fn *const others[] = { cause_init, NULL };
	static cause_fn *const before[] = { cause_file, NULL };
	cause_fn *const *causes = others;
	auto_strbuf struct strbuf out = STRBUF_INIT;
	struct refused it = {
		.mod = mod,
		.err = err,
		.flags = flags,
		.options = options ? options : "",
		.image = IMAGE_INIT,
	};
	int r = refused_open(&it);

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (-table[i].err == err)
			causes = table[i].cause;
	}
	if (it.image.file_err == err) /* the kernel was not even asked */
		causes = before;
	for (size_t i = 0; r == 0 && out.len == 0 && i < CAUSES_MAX && causes[i]; i++)
		r = causes[i](&it, &out);
	refused_release(&it);
	if (r < 0)
		return r;
	strbuf_plain(&out);
	*ret = out.len > 0 ? strbuf_steal(&out) : NULL;
	return 0;
}
