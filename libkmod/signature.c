/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the trailer behind a module, and whose signature it says it is. */
#include "libkmod/signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/signature-pkcs7.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

#define MARKER "~Module signature appended~\n"
#define MARKER_SIZE (sizeof(MARKER) - 1)
#define BLOCK_SIZE 12

enum { ALGO_MAX = 1, ID_PGP = 0, ID_X509 = 1, ID_PKCS7 = 2 };

/* The fixed block between signature and marker, with what it announces. */
struct trailer {
	unsigned algo, hash, id;
	size_t signer_size, key_size, value_size;
	const uint8_t *end; /* of the signature bytes: where the block begins */
};

static const char *const hash_names[] = { "md4",    "md5",    "sha1",	"rmd160", "sha256",
					  "sha384", "sha512", "sha224", "sm3" };
static const char *const id_names[] = { "PGP", "X509", "PKCS#7" };

void signature_release(struct signature *sig)
{
	free(sig->signer);
	free(sig->key);
	free(sig->hash);
	*sig = (struct signature)SIGNATURE_INIT;
}

int signature_text(const uint8_t *bytes, size_t size, char **ret)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;
	char *text;

	while (size > 0) {
		const uint8_t *nul = memchr(bytes, '\0', size);
		size_t n = nul ? (size_t)(nul - bytes) : size;
		int r = strbuf_add(&b, (const char *)bytes, n);

		if (r == 0 && nul)
			r = strbuf_adds(&b, "\xef\xbf\xbd");
		if (r < 0)
			return r;
		n += nul ? 1 : 0;
		bytes += n;
		size -= n;
	}
	text = strbuf_steal(&b);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

_Static_assert(SIGNATURE_TRAILER == MARKER_SIZE + BLOCK_SIZE, "marker and block");

static int read_trailer(const uint8_t *bytes, size_t size, struct trailer *ret)
{
	const uint8_t *block;

	if (size < MARKER_SIZE + BLOCK_SIZE ||
	    memcmp(bytes + size - MARKER_SIZE, MARKER, MARKER_SIZE) != 0)
		return -ENODATA;
	size -= MARKER_SIZE + BLOCK_SIZE;
	block = bytes + size;
	*ret = (struct trailer){
		.algo = block[0],
		.hash = block[1],
		.id = block[2],
		.signer_size = block[3],
		.key_size = block[4],
		.value_size = (size_t)block[8] << 24 | (size_t)block[9] << 16 |
			      (size_t)block[10] << 8 | block[11],
		.end = block,
	};
	if (ret->algo > ALGO_MAX || ret->hash >= ARRAY_SIZE(hash_names) ||
	    ret->id >= ARRAY_SIZE(id_names) || ret->value_size == 0)
		return -ENODATA;
	if (ret->value_size > size || ret->signer_size + ret->key_size > size - ret->value_size)
		return -ENODATA;
	return 0;
}

/* The old forms: signer, key id and signature lie in the open. */
static int read_plain(const struct trailer *t, struct signature *sig)
{
	const uint8_t *value = t->end - t->value_size;
	const uint8_t *key = value - t->key_size;
	int r = signature_text(key - t->signer_size, t->signer_size, &sig->signer);

	if (r < 0)
		return r;
	sig->hash = strdup(hash_names[t->hash]);
	sig->key = malloc(t->key_size ? t->key_size : 1);
	if (!sig->hash || !sig->key)
		return -ENOMEM;
	memcpy(sig->key, key, t->key_size);
	sig->key_size = t->key_size;
	sig->value = value;
	sig->value_size = t->value_size;
	return 0;
}

size_t signature_extent(const void *bytes, size_t size)
{
	struct trailer t;

	if (read_trailer(bytes, size, &t) < 0)
		return size < SIGNATURE_TRAILER ? size : SIGNATURE_TRAILER;
	return t.signer_size + t.key_size + t.value_size + SIGNATURE_TRAILER;
}

int signature_read(const void *bytes, size_t size, struct signature *ret)
{
	auto_signature struct signature sig = SIGNATURE_INIT;
	struct trailer t;
	int r = read_trailer(bytes, size, &t);

	if (r < 0)
		return r;
	sig.id = id_names[t.id];
	if (t.id != ID_PKCS7) {
		r = read_plain(&t, &sig);
	} else {
		r = signature_read_pkcs7(t.end - t.value_size, t.value_size, &sig);
		if (r == -EBADMSG) {
			sig.signer = strdup("");
			sig.hash = strdup("unknown");
			sig.value = t.end;
			r = sig.signer && sig.hash ? 0 : -ENOMEM;
		}
	}
	if (r < 0)
		return r;
	*ret = sig;
	sig = (struct signature)SIGNATURE_INIT;
	return 0;
}
