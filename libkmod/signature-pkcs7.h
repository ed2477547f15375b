/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a PKCS#7 signature: who, with which digest, and the signature
 * proper (docs/spec/module-files.md 11.3 and 11.5). A small DER reader that
 * believes no length; no cryptography, no library.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct signature;

/*
 * Fills signer, key, hash and value of *sig from its first SignerInfo. 0;
 * -EBADMSG: not a signature; -ENOMEM. On failure *sig is untouched.
 */
int signature_read_pkcs7(const uint8_t *der, size_t size, struct signature *sig);
