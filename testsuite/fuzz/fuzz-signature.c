/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a signed module, as one with a right trailer behind them, and as
 * PKCS#7 alone. The first four say what the trailer is made of.
 */
#include "testsuite/fuzz/fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "libkmod/signature-pkcs7.h"
#include "libkmod/signature.h"
#include "shared/cleanup.h"

const char fuzz_seeds[] = "signature";

#define MARKER "~Module signature appended~\n"

/* Strings are read to their ends, what is not ours lies inside. */
static void check_fields(const struct signature *sig, const uint8_t *bytes, size_t size)
{
	fuzz_must(sig->signer && sig->hash && sig->hash[0] != '\0');
	fuzz_must(strlen(sig->signer) <= 4 * size && strlen(sig->hash) <= 16 + 4 * size);
	fuzz_must(sig->key_size <= size && (sig->key || sig->key_size == 0));
	for (size_t i = 0; i < sig->key_size; i++)
		(void)*(volatile uint8_t *)&sig->key[i];
	fuzz_must(sig->value >= bytes && sig->value_size <= size - (size_t)(sig->value - bytes));
}

static void check_module(const uint8_t *bytes, size_t size, bool is_signed)
{
	struct signature sig = SIGNATURE_INIT;
	int r = signature_read(bytes, size, &sig);

	fuzz_must(r == 0 || (r == -ENODATA && !is_signed));
	if (r == 0) {
		fuzz_must(sig.id);
		check_fields(&sig, bytes, size);
	} else {
		fuzz_must(!sig.signer && !sig.hash && !sig.key);
	}
	signature_release(&sig);
}

static void check_pkcs7(const uint8_t *bytes, size_t size)
{
	struct signature sig = SIGNATURE_INIT;
	int r = signature_read_pkcs7(bytes, size, &sig);

	fuzz_must(r == 0 || r == -EBADMSG);
	if (r == 0)
		check_fields(&sig, bytes, size);
	else
		fuzz_must(!sig.signer && !sig.hash && !sig.key);
	signature_release(&sig);
}

/* Of algo, hash, id_type, signer_len, key_id_len, 3 bytes, sig_len. */
static void check_with_trailer(const uint8_t *kind, const uint8_t *body, size_t size)
{
	uint8_t block[12] = { kind[0] % 2, kind[1] % 9, kind[2] % 3, kind[3] % 16, kind[3] / 16 };
	size_t names = (size_t)block[3] + block[4], value;
	auto_free uint8_t *module = malloc(size + sizeof(block) + strlen(MARKER));

	fuzz_must(module);
	value = size > names ? size - names : 0;
	block[10] = (uint8_t)(value >> 8);
	block[11] = (uint8_t)value;
	if (size > 0)
		memcpy(module, body, size);
	memcpy(module + size, block, sizeof(block));
	memcpy(module + size + sizeof(block), MARKER, strlen(MARKER));
	check_module(module, size + sizeof(block) + strlen(MARKER), value > 0 && value <= UINT16_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_module(data, size, false);
	if (size < 4)
		return 0;
	check_with_trailer(data, data + 4, size - 4);
	check_pkcs7(data + 4, size - 4);
	return 0;
}
