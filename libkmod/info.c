/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the list of what a module says of itself, from its file or from the built-in list. */
#include "libkmod/info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/builtin.h"
#include "libkmod/elf-modinfo.h"
#include "libkmod/elf-read.h"
#include "libkmod/context.h"
#include "libkmod/file.h"
#include "libkmod/list.h"
#include "libkmod/module.h"
#include "libkmod/signature.h"
#include "shared/array.h"
#include "shared/cleanup.h"
#include "shared/io.h"

/* An entry whose value is still to be written: value_len bytes at *ret_value. 0 or -ENOMEM. */
static int add_room(struct array *entries, const char *key, size_t key_len, size_t value_len,
		    char **ret_value)
{
	auto_free struct info_entry *entry = malloc(sizeof(*entry) + key_len + value_len + 2);
	char *value;
	int r;

	if (!entry)
		return -ENOMEM;
	memcpy(entry->key, key, key_len);
	entry->key[key_len] = '\0';
	value = entry->key + key_len + 1;
	value[value_len] = '\0';
	entry->value = value;
	r = array_push(entries, entry);
	if (r < 0)
		return r;
	entry = NULL; /* the array has it now */
	*ret_value = value;
	return 0;
}

static int add(struct array *entries, const char *key, size_t key_len, const char *value,
	       size_t value_len)
{
	char *copy;
	int r = add_room(entries, key, key_len, value_len, &copy);

	if (r == 0)
		memcpy(copy, value, value_len);
	return r;
}

static int add_text(struct array *entries, const char *key, const char *value)
{
	return add(entries, key, strlen(key), value, strlen(value));
}

#define HEX_PER_LINE 20 /* bytes */

static int add_hex(struct array *entries, const char *key, const uint8_t *bytes, size_t size)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t breaks = size ? (size - 1) / HEX_PER_LINE : 0;
	char *at;
	int r;

	if (size > SIZE_MAX / 8)
		return -ENOMEM;
	r = add_room(entries, key, strlen(key), size ? 3 * size - 1 + 3 * breaks : 0, &at);
	for (size_t i = 0; r == 0 && i < size; i++) {
		if (i > 0) {
			*at++ = ':';
			if (i % HEX_PER_LINE == 0) {
				/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): more follows */
				memcpy(at, "\n\t\t", 3);
				at += 3;
			}
		}
		*at++ = digit[bytes[i] >> 4];
		*at++ = digit[bytes[i] & 0xf];
	}
	return r;
}

static int add_strings(struct array *entries, const struct elf *elf)
{
	struct modinfo_iter it;
	struct modinfo_string s;
	int r = elf_modinfo_begin(elf, &it);

	while (r == 0 && modinfo_next(&it, &s))
		r = add(entries, s.key, s.key_len, s.value, s.value_len);
	return r;
}

static int add_build_id(struct array *entries, const struct elf *elf)
{
	const uint8_t *id;
	size_t size;

	if (elf_build_id(elf, &id, &size) < 0)
		return 0;
	return add_hex(entries, "build-id", id, size);
}

static int add_signature(struct array *entries, struct file *file)
{
	auto_signature struct signature sig = SIGNATURE_INIT;
	const uint8_t *bytes;
	size_t size;
	int r = file_tail(file, SIGNATURE_TRAILER, &bytes, &size);

	if (r == 0)
		r = file_tail(file, signature_extent(bytes, size), &bytes, &size);
	if (r < 0)
		return r;
	r = signature_read(bytes, size, &sig);
	if (r < 0)
		return r == -ENODATA ? 0 : r;
	r = add_text(entries, "sig_id", sig.id);
	if (r == 0)
		r = add_text(entries, "signer", sig.signer);
	if (r == 0)
		r = add_hex(entries, "sig_key", sig.key, sig.key_size);
	if (r == 0)
		r = add_text(entries, "sig_hashalgo", sig.hash);
	if (r == 0)
		r = add_hex(entries, "signature", sig.value, sig.value_size);
	return r;
}

int info_from_file(struct file *file, struct array *ret)
{
	const size_t before = ret->n;
	struct elf elf;
	int r = file_elf(file, &elf);

	if (r == 0)
		r = add_strings(ret, &elf);
	if (r == 0)
		r = add_build_id(ret, &elf);
	if (r == 0)
		r = add_signature(ret, file);
	if (file_error(file) < 0)
		r = file_error(file);
	if (r < 0)
		array_free_from(ret, before);
	return r;
}

int info_from_builtin(const char *path, const char *module, struct array *ret)
{
	const size_t before = ret->n;
	auto_free char *text = NULL;
	struct builtin_record record;
	struct builtin_iter it;
	size_t size;
	int r = io_read_file(path, &text, &size, NULL);

	if (r < 0)
		return r;
	builtin_begin(&it, text, size);
	while (r == 0 && builtin_next_of(&it, module, &record))
		r = add(ret, record.key, record.key_len, record.value, record.value_len);
	if (r < 0)
		array_free_from(ret, before);
	return r;
}

_export_ int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list)
{
	struct kmod_module *m = (struct kmod_module *)mod; /* its file stays open inside */
	auto_array struct array entries = ARRAY_INIT;
	struct file *file;
	int r;

	if (!mod || !list)
		return -ENOENT;
	if (*list)
		return -EINVAL;
	r = module_is_builtin(m);
	if (r < 0)
		return r;
	if (r > 0) {
		auto_free char *path = NULL;

		if (asprintf(&path, "%s/modules.builtin.modinfo", mod->ctx->dirname) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = info_from_builtin(path, mod->name, &entries);
	} else {
		r = module_file(m, &file);
		if (r == 0)
			r = info_from_file(file, &entries);
	}
	return r < 0 ? r : list_from_array(list, &entries);
}

_export_ const char *kmod_module_info_get_key(const struct kmod_list *entry)
{
	return entry ? ((const struct info_entry *)entry->data)->key : NULL;
}

_export_ const char *kmod_module_info_get_value(const struct kmod_list *entry)
{
	return entry ? ((const struct info_entry *)entry->data)->value : NULL;
}

_export_ void kmod_module_info_free_list(struct kmod_list *list)
{
	list_free(list, free);
}
