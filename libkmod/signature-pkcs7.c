/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the DER of a PKCS#7 signature; no length in it is believed. */
#include "libkmod/signature-pkcs7.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/signature.h"
#include "shared/cleanup.h"
#include "shared/macro.h"
#include "shared/strbuf.h"

/* ---- DER: tag, definite length, body --------------------------------------- */

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_CONTEXT_0 = 0x80, /* [0], primitive */
	DER_CONTEXT_0_OF = 0xa0, /* [0], with elements inside */
	DER_CONTEXT_1_OF = 0xa1,
};

/* What is left to read of one element's body; never more than its parent's. */
struct der {
	const uint8_t *at;
	size_t size;
};

/* Takes the next element off in. 0 or -EBADMSG. */
static int der_next(struct der *in, unsigned *ret_tag, struct der *ret)
{
	const uint8_t *p = in->at;
	size_t left = in->size, len;

	if (left < 2 || (p[0] & 0x1f) == 0x1f) /* tags of several bytes do not occur here */
		return -EBADMSG;
	*ret_tag = p[0];
	len = p[1];
	p += 2;
	left -= 2;
	if (len == 0x80) /* an end to be found later: BER, not DER */
		return -EBADMSG;
	if (len > 0x80) {
		size_t n = len & 0x7f;

		if (n > left || n > 4)
			return -EBADMSG;
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | p[i];
		p += n;
		left -= n;
	}
	if (len > left)
		return -EBADMSG;
	*ret = (struct der){ p, len };
	in->at = p + len;
	in->size = left - len;
	return 0;
}

/* The same, of this tag and no other. */
static int der_take(struct der *in, unsigned tag, struct der *ret)
{
	struct der rest = *in, body;
	unsigned found;
	int r = der_next(&rest, &found, &body);

	if (r < 0)
		return r;
	if (found != tag)
		return -EBADMSG;
	*in = rest;
	*ret = body;
	return 0;
}

/* An optional element: passed over if it is there. */
static void der_skip(struct der *in, unsigned tag)
{
	struct der body;

	(void)der_take(in, tag, &body);
}

/* ---- names of digests ------------------------------------------------------ */

/* As libcrypto spells them in full. */
static const struct {
	const char *oid, *name;
} digests[] = {
	{ "1.0.10118.3.0.55", "whirlpool" },
	{ "1.2.156.10197.1.401", "sm3" },
	{ "1.2.643.2.2.9", "GOST R 34.11-94" },
	{ "1.2.643.7.1.1.2.2", "GOST R 34.11-2012 with 256 bit hash" },
	{ "1.2.643.7.1.1.2.3", "GOST R 34.11-2012 with 512 bit hash" },
	{ "1.2.840.113549.2.2", "md2" },
	{ "1.2.840.113549.2.4", "md4" },
	{ "1.2.840.113549.2.5", "md5" },
	{ "1.3.14.3.2.18", "sha" },
	{ "1.3.14.3.2.26", "sha1" },
	{ "1.3.36.3.2.1", "ripemd160" },
	{ "1.3.6.1.4.1.1722.12.2.1.16", "blake2b512" },
	{ "1.3.6.1.4.1.1722.12.2.2.8", "blake2s256" },
	{ "2.16.840.1.101.3.4.2.1", "sha256" },
	{ "2.16.840.1.101.3.4.2.10", "sha3-512" },
	{ "2.16.840.1.101.3.4.2.11", "shake128" },
	{ "2.16.840.1.101.3.4.2.12", "shake256" },
	{ "2.16.840.1.101.3.4.2.2", "sha384" },
	{ "2.16.840.1.101.3.4.2.3", "sha512" },
	{ "2.16.840.1.101.3.4.2.4", "sha224" },
	{ "2.16.840.1.101.3.4.2.5", "sha512-224" },
	{ "2.16.840.1.101.3.4.2.6", "sha512-256" },
	{ "2.16.840.1.101.3.4.2.7", "sha3-224" },
	{ "2.16.840.1.101.3.4.2.8", "sha3-256" },
	{ "2.16.840.1.101.3.4.2.9", "sha3-384" },
	{ "2.5.8.3.101", "mdc2" },
};

/* "1.2.840..." of the body of an OID. 0, -EBADMSG, -ENOMEM. */
static int oid_text(struct der oid, struct strbuf *out)
{
	bool first = true, inside = false; /* inside: between the bytes of one number */
	uint64_t v = 0;

	if (oid.size == 0)
		return -EBADMSG;
	for (size_t i = 0; i < oid.size; i++) {
		int r;

		if (v >> 57 || (!inside && oid.at[i] == 0x80)) /* too large, or padded */
			return -EBADMSG;
		v = v << 7 | (oid.at[i] & 0x7f);
		inside = oid.at[i] & 0x80;
		if (inside)
			continue;
		if (first) { /* two numbers in one: 40 * (0, 1 or 2) + the second */
			unsigned top = v < 80 ? (unsigned)v / 40 : 2;

			r = strbuf_addf(out, "%u.%llu", top, (unsigned long long)(v - UINT64_C(40) * top));
		} else {
			r = strbuf_addf(out, ".%llu", (unsigned long long)v);
		}
		if (r < 0)
			return r;
		first = false;
		v = 0;
	}
	return inside ? -EBADMSG : 0;
}

static int digest_name(struct der oid, char **ret)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	char *name;
	int r = oid_text(oid, &text);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		if (streq(digests[i].oid, strbuf_str(&text))) {
			name = strdup(digests[i].name);
			if (!name)
				return -ENOMEM;
			*ret = name;
			return 0;
		}
	}
	name = strbuf_steal(&text);
	if (!name)
		return -ENOMEM;
	*ret = name;
	return 0;
}

/* ---- the signer ------------------------------------------------------------ */

#define REPLACEMENT 0xfffdU /* U+FFFD */

static int add_utf8(struct strbuf *out, uint32_t c)
{
	char s[4];
	size_t n = 0;

	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = REPLACEMENT;
	if (c < 0x80) {
		s[n++] = (char)c;
	} else if (c < 0x800) {
		s[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		s[n++] = (char)(0xe0 | c >> 12);
		s[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | c >> 18);
		s[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		s[n++] = (char)(0x80 | (c & 0x3f));
	return strbuf_add(out, s, n);
}

/* Characters of width 2 (with surrogate pairs, as some write them) or 4 bytes, big endian. */
static int wide_text(struct der s, size_t width, char **ret)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	char *text;

	while (s.size > 0) {
		size_t n = s.size < width ? s.size : width;
		uint32_t c = 0;
		int r;

		for (size_t i = 0; i < n; i++)
			c = c << 8 | s.at[i];
		if (n < width)
			c = REPLACEMENT;
		if (width == 2 && c >= 0xd800 && c < 0xdc00 && s.size >= 4) {
			uint32_t low = (uint32_t)s.at[2] << 8 | s.at[3];

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				n = 4;
			}
		}
		r = add_utf8(&out, c);
		if (r < 0)
			return r;
		s.at += n;
		s.size -= n;
	}
	text = strbuf_steal(&out);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static int string_text(unsigned tag, struct der s, char **ret)
{
	switch (tag) {
	case DER_BMP_STRING:
		return wide_text(s, 2, ret);
	case DER_UNIVERSAL_STRING:
		return wide_text(s, 4, ret);
	default:
		return signature_text(s.at, s.size, ret);
	}
}

/* First common name of a Name; "" when there is none. */
static int common_name(struct der name, char **ret)
{
	static const uint8_t cn[] = { 0x55, 0x04, 0x03 }; /* 2.5.4.3 */

	while (name.size > 0) {
		struct der set;

		if (der_take(&name, DER_SET, &set) < 0)
			return -EBADMSG;
		while (set.size > 0) {
			struct der attribute, type, value;
			unsigned tag;

			if (der_take(&set, DER_SEQUENCE, &attribute) < 0 ||
			    der_take(&attribute, DER_OID, &type) < 0 ||
			    der_next(&attribute, &tag, &value) < 0)
				return -EBADMSG;
			if (type.size == sizeof(cn) && memcmp(type.at, cn, sizeof(cn)) == 0)
				return string_text(tag, value, ret);
		}
	}
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

static int copy_key(struct der bytes, struct signature *sig)
{
	sig->key = malloc(bytes.size ? bytes.size : 1);
	if (!sig->key)
		return -ENOMEM;
	if (bytes.size > 0)
		memcpy(sig->key, bytes.at, bytes.size);
	sig->key_size = bytes.size;
	return 0;
}

/* The magnitude of an INTEGER, without leading zero bytes. */
static int copy_serial(struct der n, struct signature *sig)
{
	bool negative = n.size > 0 && n.at[0] & 0x80;
	size_t zeros = 0;
	int r = n.size > 0 ? copy_key(n, sig) : -EBADMSG;

	if (r < 0)
		return r;
	if (negative) { /* two's complement: invert and add one, from the last byte on */
		unsigned carry = 1;

		for (size_t i = sig->key_size; i > 0; i--) {
			carry += (uint8_t)~sig->key[i - 1];
			sig->key[i - 1] = (uint8_t)carry;
			carry >>= 8;
		}
	}
	while (zeros < sig->key_size && sig->key[zeros] == 0)
		zeros++;
	sig->key_size -= zeros;
	memmove(sig->key, sig->key + zeros, sig->key_size);
	return 0;
}

/* IssuerAndSerialNumber, or the identifier of a key. */
static int read_signer(unsigned tag, struct der id, struct signature *sig)
{
	struct der name, serial;
	int r;

	if (tag == DER_CONTEXT_0) {
		sig->signer = strdup("");
		return sig->signer ? copy_key(id, sig) : -ENOMEM;
	}
	if (tag != DER_SEQUENCE || der_take(&id, DER_SEQUENCE, &name) < 0 ||
	    der_take(&id, DER_INTEGER, &serial) < 0)
		return -EBADMSG;
	r = common_name(name, &sig->signer);
	return r < 0 ? r : copy_serial(serial, sig);
}

/* ---- the way there --------------------------------------------------------- */

/* The body of the first SignerInfo. */
static int find_signer_info(struct der in, struct der *ret)
{
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
					       0x0d, 0x01, 0x07, 0x02 };
	struct der content, type, wrap, data, skip, infos;

	if (der_take(&in, DER_SEQUENCE, &content) < 0 || der_take(&content, DER_OID, &type) < 0 ||
	    type.size != sizeof(signed_data) ||
	    memcmp(type.at, signed_data, sizeof(signed_data)) != 0 ||
	    der_take(&content, DER_CONTEXT_0_OF, &wrap) < 0 ||
	    der_take(&wrap, DER_SEQUENCE, &data) < 0)
		return -EBADMSG;
	if (der_take(&data, DER_INTEGER, &skip) < 0 || /* version */
	    der_take(&data, DER_SET, &skip) < 0 || /* digest algorithms */
	    der_take(&data, DER_SEQUENCE, &skip) < 0) /* what is signed */
		return -EBADMSG;
	der_skip(&data, DER_CONTEXT_0_OF); /* certificates */
	der_skip(&data, DER_CONTEXT_1_OF); /* revocations */
	if (der_take(&data, DER_SET, &infos) < 0)
		return -EBADMSG;
	return der_take(&infos, DER_SEQUENCE, ret);
}

int signature_read_pkcs7(const uint8_t *der, size_t size, struct signature *sig)
{
	auto_signature struct signature found = SIGNATURE_INIT;
	struct der info, skip, id, algorithm, digest, value;
	unsigned tag;
	int r = find_signer_info((struct der){ der, size }, &info);

	if (r < 0)
		return r;
	if (der_take(&info, DER_INTEGER, &skip) < 0 || der_next(&info, &tag, &id) < 0 ||
	    der_take(&info, DER_SEQUENCE, &algorithm) < 0 ||
	    der_take(&algorithm, DER_OID, &digest) < 0)
		return -EBADMSG;
	der_skip(&info, DER_CONTEXT_0_OF); /* signed attributes */
	if (der_take(&info, DER_SEQUENCE, &skip) < 0 || /* signature algorithm */
	    der_take(&info, DER_OCTETS, &value) < 0)
		return -EBADMSG;
	r = read_signer(tag, id, &found);
	if (r == 0)
		r = digest_name(digest, &found.hash);
	if (r < 0)
		return r;
	sig->signer = steal_ptr(found.signer);
	sig->key = steal_ptr(found.key);
	sig->key_size = found.key_size;
	sig->hash = steal_ptr(found.hash);
	sig->value = value.at;
	sig->value_size = value.size;
	return 0;
}
