/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract of docs/spec/libkmod-api.md in a form that a compiler can hold
 * against <libkmod.h>, as C and as C++: check-abi compiles it. The header comes
 * first and alone, and gives what clients take from it.
 */
#include <libkmod.h>

static bool client_bool;
static uint64_t client_crc;
static va_list client_args;
static const int client_flag = O_TRUNC;
extern const void *const libkmod_abi_client[];
const void *const libkmod_abi_client[] = { &client_bool, &client_crc, &client_args, &client_flag };

#include <assert.h>

#define IS(name, value) static_assert((long long)(name) == (long long)(value), #name)

IS(KMOD_RESOURCES_OK, 0);
IS(KMOD_RESOURCES_MUST_RELOAD, 1);
IS(KMOD_RESOURCES_MUST_RECREATE, 2);
IS(KMOD_INDEX_MODULES_DEP, 0);
IS(KMOD_INDEX_MODULES_ALIAS, 1);
IS(KMOD_INDEX_MODULES_SYMBOL, 2);
IS(KMOD_INDEX_MODULES_BUILTIN_ALIAS, 3);
IS(KMOD_INDEX_MODULES_BUILTIN, 4);
IS(_KMOD_INDEX_PAD, 1U << 31);
IS(KMOD_REMOVE_FORCE, O_TRUNC);
IS(KMOD_REMOVE_NOWAIT, O_NONBLOCK);
IS(KMOD_REMOVE_NOLOG, 1);
IS(KMOD_INSERT_FORCE_VERMAGIC, 0x1);
IS(KMOD_INSERT_FORCE_MODVERSION, 0x2);
IS(KMOD_PROBE_FORCE_VERMAGIC, 0x1);
IS(KMOD_PROBE_FORCE_MODVERSION, 0x2);
IS(KMOD_PROBE_IGNORE_COMMAND, 0x4);
IS(KMOD_PROBE_IGNORE_LOADED, 0x8);
IS(KMOD_PROBE_DRY_RUN, 0x10);
IS(KMOD_PROBE_FAIL_ON_LOADED, 0x20);
IS(KMOD_PROBE_APPLY_BLACKLIST_ALL, 0x10000);
IS(KMOD_PROBE_APPLY_BLACKLIST, 0x20000);
IS(KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, 0x40000);
IS(KMOD_FILTER_BLACKLIST, 0x1);
IS(KMOD_FILTER_BUILTIN, 0x2);
IS(KMOD_MODULE_BUILTIN, 0);
IS(KMOD_MODULE_LIVE, 1);
IS(KMOD_MODULE_COMING, 2);
IS(KMOD_MODULE_GOING, 3);
IS(_KMOD_MODULE_PAD, 1U << 31);
IS(KMOD_SYMBOL_NONE, '\0');
IS(KMOD_SYMBOL_LOCAL, 'L');
IS(KMOD_SYMBOL_GLOBAL, 'G');
IS(KMOD_SYMBOL_WEAK, 'W');
IS(KMOD_SYMBOL_UNDEF, 'U');
#ifdef __linux__
IS(sizeof(enum kmod_index), 4);
IS(sizeof(enum kmod_module_initstate), 4);
#endif

/* Said again here: a declaration that differs from the header's does not compile. */
#ifdef __cplusplus
extern "C" {
#endif
typedef struct kmod_ctx C;
typedef struct kmod_module M;
typedef struct kmod_list L;
typedef struct kmod_config_iter I;
typedef void abi_log(void *data, int priority, const char *file, int line, const char *fn,
		     const char *format, va_list args);

C *kmod_new(const char *, const char *const *);
C *kmod_ref(C *);
C *kmod_unref(C *);
void kmod_set_userdata(C *, const void *);
void *kmod_get_userdata(const C *);
const char *kmod_get_dirname(const C *);
void kmod_set_log_fn(C *, abi_log *, const void *);
void kmod_set_log_priority(C *, int);
int kmod_get_log_priority(const C *);
int kmod_load_resources(C *);
void kmod_unload_resources(C *);
int kmod_validate_resources(C *);
int kmod_dump_index(C *, enum kmod_index, int);
L *kmod_list_next(const L *, const L *);
L *kmod_list_prev(const L *, const L *);
L *kmod_list_last(const L *);
I *kmod_config_get_blacklists(const C *);
I *kmod_config_get_install_commands(const C *);
I *kmod_config_get_remove_commands(const C *);
I *kmod_config_get_aliases(const C *);
I *kmod_config_get_options(const C *);
I *kmod_config_get_softdeps(const C *);
I *kmod_config_get_weakdeps(const C *);
const char *kmod_config_iter_get_key(const I *);
const char *kmod_config_iter_get_value(const I *);
bool kmod_config_iter_next(I *);
void kmod_config_iter_free_iter(I *);
M *kmod_module_ref(M *);
M *kmod_module_unref(M *);
int kmod_module_unref_list(L *);
M *kmod_module_get_module(const L *);
int kmod_module_new_from_name(C *, const char *, M **);
int kmod_module_new_from_path(C *, const char *, M **);
int kmod_module_new_from_lookup(C *, const char *, L **);
int kmod_module_new_from_name_lookup(C *, const char *, M **);
int kmod_module_new_from_loaded(C *, L **);
const char *kmod_module_get_name(const M *);
const char *kmod_module_get_path(const M *);
L *kmod_module_get_dependencies(const M *);
int kmod_module_get_softdeps(const M *, L **, L **);
int kmod_module_get_weakdeps(const M *, L **);
const char *kmod_module_get_options(const M *);
const char *kmod_module_get_install_commands(const M *);
const char *kmod_module_get_remove_commands(const M *);
int kmod_module_apply_filter(const C *, enum kmod_filter, const L *, L **);
int kmod_module_get_filtered_blacklist(const C *, const L *, L **);
const char *kmod_module_initstate_str(enum kmod_module_initstate);
int kmod_module_get_initstate(const M *);
long kmod_module_get_size(const M *);
int kmod_module_get_refcnt(const M *);
L *kmod_module_get_holders(const M *);
L *kmod_module_get_sections(const M *);
const char *kmod_module_section_get_name(const L *);
unsigned long kmod_module_section_get_address(const L *);
void kmod_module_section_free_list(L *);
int kmod_module_get_info(const M *, L **);
const char *kmod_module_info_get_key(const L *);
const char *kmod_module_info_get_value(const L *);
void kmod_module_info_free_list(L *);
int kmod_module_get_versions(const M *, L **);
int kmod_module_get_symbols(const M *, L **);
int kmod_module_get_dependency_symbols(const M *, L **);
const char *kmod_module_version_get_symbol(const L *);
const char *kmod_module_symbol_get_symbol(const L *);
const char *kmod_module_dependency_symbol_get_symbol(const L *);
uint64_t kmod_module_version_get_crc(const L *);
uint64_t kmod_module_symbol_get_crc(const L *);
uint64_t kmod_module_dependency_symbol_get_crc(const L *);
int kmod_module_dependency_symbol_get_bind(const L *);
void kmod_module_versions_free_list(L *);
void kmod_module_symbols_free_list(L *);
void kmod_module_dependency_symbols_free_list(L *);
int kmod_module_insert_module(M *, unsigned int, const char *);
int kmod_module_remove_module(M *, unsigned int);
int kmod_module_probe_insert_module(M *, unsigned int, const char *,
				    int (*)(M *, const char *, void *), const void *,
				    void (*)(M *, bool, const char *));
int kmod_set_wait_limits(C *, unsigned int, unsigned int);
const char *kmod_module_get_failure(const M *);
int kmod_explain_lookup(C *, const char *, char **);
int kmod_module_explain_insert(M *, int, unsigned int, const char *, char **);

/* What clients write with the macros. */
int libkmod_abi_walk(const L *list);
int libkmod_abi_walk(const L *list)
{
	const L *l;
	int n = 0;

	kmod_list_foreach(l, list)
		n++;
	kmod_list_foreach_reverse(l, list)
		n--;
	return n;
}
#ifdef __cplusplus
}
#endif
