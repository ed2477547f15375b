/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signature at the end of a module: its trailer, and what it says of itself.
 * Nothing is verified (docs/spec/module-files.md 11). Works on bytes alone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct signature {
	const char *id; /* "PGP", "X509" or "PKCS#7" */
	char *signer; /* UTF-8 as far as the file is; owned, "" when unknown */
	uint8_t *key; /* key_size bytes, owned, may be NULL */
	size_t key_size;
	char *hash; /* name of the digest, its dotted number, or "unknown"; owned */
	const uint8_t *value; /* value_size bytes inside the module */
	size_t value_size;
};

#define SIGNATURE_INIT { NULL, NULL, NULL, 0, NULL, NULL, 0 }
#define auto_signature __attribute__((cleanup(signature_release)))
void signature_release(struct signature *sig);

/* What has to be looked at to see whether there is one: bytes at the end. */
#define SIGNATURE_TRAILER 40
/*
 * How many bytes at the end signature_read() looks at, of a module of that size of
 * which the last SIGNATURE_TRAILER are there; never more than it has.
 */
size_t signature_extent(const void *bytes, size_t size);
/*
 * bytes: the whole, decompressed module; must outlive *ret. 0 with *ret filled
 * (the caller releases it), else untouched: -ENODATA: not signed, or the trailer
 * is not one; -ENOMEM. A PKCS#7 body that cannot be decoded gives the hash
 * "unknown" and everything else empty.
 */
int signature_read(const void *bytes, size_t size, struct signature *ret);
/*
 * Text of a string of the module, malloced in *ret. A NUL inside becomes U+FFFD:
 * what follows it must not be hidden. 0 or -ENOMEM.
 */
int signature_text(const uint8_t *bytes, size_t size, char **ret);
