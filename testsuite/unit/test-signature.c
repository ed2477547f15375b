/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signatures behind modules, and trailers that lie.
 * The numbers are those of docs/spec/module-files.md 17.
 */
#include "testsuite/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "libkmod/signature-pkcs7.h"
#include "libkmod/signature.h"
#include "shared/cleanup.h"
#include "shared/strbuf.h"
#include "testsuite/unit/oom.h"
#include "testsuite/unit/signature-samples.h"

#define MARKER "~Module signature appended~\n"

static void from_hex(const char *hex, struct strbuf *out)
{
	for (; *hex; hex += 2) {
		unsigned byte;

		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		assert_int_equal(strbuf_addc(out, (char)byte), 0);
	}
}

static void sample(const char *name, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(signature_samples); i++) {
		if (streq(signature_samples[i].name, name)) {
			from_hex(signature_samples[i].hex, out);
			return;
		}
	}
	fail_msg("no sample %s", name);
}

static void assert_key(const struct signature *sig, const char *want)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < sig->key_size; i++)
		assert_int_equal(strbuf_addf(&text, "%02X", sig->key[i]), 0);
	assert_string_equal(strbuf_str(&text), want);
}

/* From a block of exactly that size, so that a sanitizer sees a step too far. */
static int read_pkcs7(const struct strbuf *der, size_t size, struct signature *ret)
{
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, der->s, size);
	r = signature_read_pkcs7(copy, size, ret);
	free(copy); /* ret->value is not looked at */
	return r;
}

/* module-files.md edge cases 31 to 35 */
static void what_openssl_signs_is_read(void **state)
{
	static const struct {
		const char *sample, *signer, *key, *hash;
		size_t size;
	} cases[] = {
		{ "rsa_sha256", "Schl\xc3\xbcssel f\xc3\xbcr Module", "AABBCCDDEEFF0102", "sha256",
		  256 },
		{ "ec_sha1", "EC key", "7F", "sha1", 71 },
		{ "ec_sha224", "EC key", "7F", "sha224", 71 },
		{ "ec_sha384", "EC key", "7F", "sha384", 70 },
		{ "ec_sha512", "EC key", "7F", "sha512", 71 },
		{ "rsa_md5", "EC key", "7F", "md5", 128 },
		{ "rsa_sha3_256", "EC key", "7F", "sha3-256", 128 },
		{ "attrs_certs", "EC key", "7F", "sha256", 72 },
		{ "no_cn_serial_0", "", "", "sha256", 70 },
		{ "two_cn", "First", "80", "sha256", 71 },
		{ "keyid", "", "DD157BBD2100FEC2AAAD81F160B9553EC4F543FD", "sha256", 72 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_signature struct signature sig = SIGNATURE_INIT;
		auto_strbuf struct strbuf der = STRBUF_INIT;
		size_t len;

		sample(cases[i].sample, &der);
		len = der.len;
		/* What follows the object does not matter (34). */
		assert_int_equal(strbuf_adds(&der, "more bytes"), 0);
		assert_int_equal(signature_read_pkcs7((uint8_t *)der.s, der.len, &sig), 0);
		assert_string_equal(sig.signer, cases[i].signer);
		assert_key(&sig, cases[i].key);
		assert_string_equal(sig.hash, cases[i].hash);
		assert_int_equal(sig.value_size, cases[i].size);
		/* The signature is the last thing in all of these. */
		assert_ptr_equal(sig.value + sig.value_size, der.s + len);
	}
}

/* module-files.md edge case 35 */
static void what_is_no_signature_is_refused(void **state)
{
	static const char *const others[] = { "certs_only", "data", "digested" };
	struct signature sig = SIGNATURE_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		auto_strbuf struct strbuf der = STRBUF_INIT;

		sample(others[i], &der);
		assert_int_equal(read_pkcs7(&der, der.len, &sig), -EBADMSG);
	}
	for (size_t i = 0; i < ARRAY_SIZE(signature_samples); i++) {
		auto_strbuf struct strbuf der = STRBUF_INIT;

		from_hex(signature_samples[i].hex, &der);
		for (size_t n = 0; n < der.len; n++)
			assert_int_equal(read_pkcs7(&der, n, &sig), -EBADMSG);
	}
	assert_null(sig.signer);
}

/* Any byte may be wrong: an answer or a refusal, never a byte beyond the object. */
static void every_byte_may_be_wrong(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signature_samples); i++) {
		auto_strbuf struct strbuf der = STRBUF_INIT;

		from_hex(signature_samples[i].hex, &der);
		for (size_t n = 0; n < der.len && n < 200; n++) {
			char right = der.s[n];

			for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
				auto_signature struct signature sig = SIGNATURE_INIT;
				int r;

				der.s[n] = (char)values[j];
				r = read_pkcs7(&der, der.len, &sig);
				assert_true(r == 0 || r == -EBADMSG);
			}
			der.s[n] = right;
		}
	}
}

/* ---- objects made here ------------------------------------------------------ */

#define HEX_OID_SIGNED "2a864886f70d010702"
#define HEX_OID_CN "550403"
#define HEX_OID_SHA256 "608648016503040201"

/* tag, definite length, body: as hex, in a new string */
static char *tlv(unsigned tag, const char *body)
{
	size_t n = strlen(body) / 2;
	char *out;

	if (n < 0x80)
		assert_true(asprintf(&out, "%02x%02zx%s", tag, n, body) > 0);
	else
		assert_true(asprintf(&out, "%02x82%04zx%s", tag, n, body) > 0);
	return out;
}

/* Concatenates and frees. */
static char *cat(char *a, char *b)
{
	char *out;

	assert_true(asprintf(&out, "%s%s", a, b) >= 0);
	free(a);
	free(b);
	return out;
}

static char *wrap(unsigned tag, char *body)
{
	char *out = tlv(tag, body);

	free(body);
	return out;
}

/* A SignedData whose issuer, serial number and digest are these (hex bodies). */
static char *signed_data(unsigned cn_tag, const char *cn, const char *serial, const char *oid)
{
	char *attribute = wrap(0x30, cat(tlv(0x06, HEX_OID_CN), tlv(cn_tag, cn)));
	char *issuer = wrap(0x30, wrap(0x31, attribute));
	char *who = wrap(0x30, cat(issuer, tlv(0x02, serial)));
	char *info = cat(tlv(0x02, "01"), who);

	info = cat(info, wrap(0x30, cat(tlv(0x06, oid), tlv(0x05, ""))));
	info = cat(info, wrap(0x30, tlv(0x06, "2a864886f70d010101")));
	info = wrap(0x31, wrap(0x30, cat(info, tlv(0x04, "0a0b0c"))));
	info = cat(cat(tlv(0x02, "01"), tlv(0x31, "")), cat(tlv(0x30, ""), info));
	info = wrap(0xa0, wrap(0x30, info));
	return wrap(0x30, cat(tlv(0x06, HEX_OID_SIGNED), info));
}

static void names_serials_and_digests_of_every_kind(void **state)
{
	static const struct {
		unsigned cn_tag;
		const char *cn, *serial, *oid;
		const char *signer, *key, *hash; /* signer NULL: refused */
	} cases[] = {
		{ 0x0c, "4142", "01", HEX_OID_SHA256, "AB", "01", "sha256" },
		{ 0x13, "4142", "00ff", HEX_OID_SHA256, "AB", "FF", "sha256" },
		{ 0x0c, "", "0000", HEX_OID_SHA256, "", "", "sha256" },
		/* a NUL inside is shown, not an end */
		{ 0x0c, "41004200", "01", HEX_OID_SHA256, "A\xef\xbf\xbd" "B\xef\xbf\xbd", "01",
		  "sha256" },
		/* BMPString: a, u umlaut, euro, a surrogate pair, half of one, half a character */
		{ 0x1e, "006100fc20acd83dde00d800", "01", HEX_OID_SHA256,
		  "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd", "01", "sha256" },
		{ 0x1e, "006100", "01", HEX_OID_SHA256, "a\xef\xbf\xbd", "01", "sha256" },
		{ 0x1e, "0061d800d800dc00", "01", HEX_OID_SHA256,
		  "a\xef\xbf\xbd\xf0\x90\x80\x80", "01", "sha256" },
		/* UniversalString, also with a number that is no character */
		{ 0x1c, "000000610001f60000110000", "01", HEX_OID_SHA256,
		  "a\xf0\x9f\x98\x80\xef\xbf\xbd", "01", "sha256" },
		/* negative numbers: their magnitude */
		{ 0x0c, "41", "ff", HEX_OID_SHA256, "A", "01", "sha256" },
		{ 0x0c, "41", "8000", HEX_OID_SHA256, "A", "8000", "sha256" },
		{ 0x0c, "41", "ff00", HEX_OID_SHA256, "A", "0100", "sha256" },
		{ 0x0c, "41", "", HEX_OID_SHA256, NULL, NULL, NULL },
		/* digests */
		{ 0x0c, "41", "01", "2a811ccf55018311", "A", "01", "sm3" },
		{ 0x0c, "41", "01", "2b24030201", "A", "01", "ripemd160" },
		{ 0x0c, "41", "01", "2a0304", "A", "01", "1.2.3.4" },
		{ 0x0c, "41", "01", "883703", "A", "01", "2.999.3" },
		{ 0x0c, "41", "01", "2a8fffffffffffffff7f", "A", "01",
		  "1.2.1152921504606846975" },
		{ 0x0c, "41", "01", "2affffffffffffffffffffff7f", NULL, NULL, NULL },
		{ 0x0c, "41", "01", "2a8001", NULL, NULL, NULL }, /* padded */
		{ 0x0c, "41", "01", "2a83", NULL, NULL, NULL }, /* cut */
		{ 0x0c, "41", "01", "", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_signature struct signature sig = SIGNATURE_INIT;
		auto_strbuf struct strbuf der = STRBUF_INIT;
		auto_free char *hex = signed_data(cases[i].cn_tag, cases[i].cn, cases[i].serial,
						  cases[i].oid);
		int r;

		from_hex(hex, &der);
		r = signature_read_pkcs7((uint8_t *)der.s, der.len, &sig);
		if (r != (cases[i].signer ? 0 : -EBADMSG))
			fail_msg("case %zu: %d", i, r);
		if (r < 0)
			continue;
		assert_string_equal(sig.signer, cases[i].signer);
		assert_key(&sig, cases[i].key);
		assert_string_equal(sig.hash, cases[i].hash);
		assert_int_equal(sig.value_size, 3);
		assert_memory_equal(sig.value, "\x0a\x0b\x0c", 3);
	}
}

/* ---- the trailer ------------------------------------------------------------ */

struct block {
	unsigned algo, hash, id, signer, key;
	uint32_t size;
};

static void put_block(struct strbuf *b, const struct block *k)
{
	const uint8_t raw[12] = { (uint8_t)k->algo, (uint8_t)k->hash, (uint8_t)k->id,
				  (uint8_t)k->signer, (uint8_t)k->key, 0, 0, 0,
				  (uint8_t)(k->size >> 24), (uint8_t)(k->size >> 16),
				  (uint8_t)(k->size >> 8), (uint8_t)k->size };

	assert_int_equal(strbuf_add(b, (const char *)raw, sizeof(raw)), 0);
}

static int read_module(const struct strbuf *b, struct signature *ret)
{
	return signature_read(b->s, b->len, ret);
}

/* module-files.md edge case 36 */
static void the_old_forms_lie_in_the_open(void **state)
{
	static const struct {
		unsigned id, hash;
		const char *want_id, *want_hash;
	} cases[] = {
		{ 1, 4, "X509", "sha256" }, { 0, 8, "PGP", "sm3" },    { 0, 0, "PGP", "md4" },
		{ 0, 1, "PGP", "md5" },	    { 1, 2, "X509", "sha1" },  { 1, 3, "X509", "rmd160" },
		{ 1, 5, "X509", "sha384" }, { 1, 6, "X509", "sha512" }, { 1, 7, "X509", "sha224" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct block block = { 1, cases[i].hash, cases[i].id, 11, 3, 5 };
		auto_signature struct signature sig = SIGNATURE_INIT;
		auto_strbuf struct strbuf b = STRBUF_INIT;

		assert_int_equal(strbuf_adds(&b, "the moduleSigner Name\x01\x02\xffSIGNA"), 0);
		put_block(&b, &block);
		assert_int_equal(strbuf_adds(&b, MARKER), 0);
		assert_int_equal(read_module(&b, &sig), 0);
		assert_string_equal(sig.id, cases[i].want_id);
		assert_string_equal(sig.signer, "Signer Name");
		assert_key(&sig, "0102FF");
		assert_string_equal(sig.hash, cases[i].want_hash);
		assert_int_equal(sig.value_size, 5);
		assert_memory_equal(sig.value, "SIGNA", 5);
	}
}

/* module-files.md edge case 37: ten bytes lie before the block */
static void a_trailer_that_lies_is_no_trailer(void **state)
{
	static const struct {
		struct block block;
		int want;
	} cases[] = {
		{ { 1, 4, 1, 2, 3, 5 }, 0 }, /* fills the file exactly */
		{ { 0, 0, 0, 0, 0, 10 }, 0 },
		{ { 1, 4, 1, 0, 0, 1 }, 0 },
		{ { 1, 4, 1, 2, 4, 5 }, -ENODATA },
		{ { 1, 4, 1, 3, 3, 5 }, -ENODATA },
		{ { 1, 4, 1, 2, 3, 6 }, -ENODATA },
		{ { 1, 4, 1, 255, 255, 10 }, -ENODATA },
		{ { 2, 4, 1, 2, 3, 5 }, -ENODATA },
		{ { 1, 9, 1, 2, 3, 5 }, -ENODATA },
		{ { 1, 4, 3, 2, 3, 5 }, -ENODATA },
		{ { 255, 255, 255, 2, 3, 5 }, -ENODATA },
		{ { 1, 4, 1, 2, 3, 0 }, -ENODATA },
		{ { 1, 4, 1, 2, 3, 0x7fffffff }, -ENODATA },
		{ { 1, 4, 1, 2, 3, 0xffffffff }, -ENODATA },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_signature struct signature sig = SIGNATURE_INIT;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		int r;

		assert_int_equal(strbuf_adds(&b, "0123456789"), 0);
		put_block(&b, &cases[i].block);
		assert_int_equal(strbuf_adds(&b, MARKER), 0);
		r = read_module(&b, &sig);
		if (r != cases[i].want)
			fail_msg("case %zu: %d", i, r);
		/* One byte after the marker. */
		signature_release(&sig);
		assert_int_equal(strbuf_adds(&b, "\n"), 0);
		assert_int_equal(read_module(&b, &sig), -ENODATA);
	}
}

/* module-files.md edge case 37 */
static void a_marker_needs_a_block_before_it(void **state)
{
	static const struct block block = { 1, 4, 1, 0, 0, 1 };
	struct signature sig = SIGNATURE_INIT;
	auto_strbuf struct strbuf b = STRBUF_INIT;

	(void)state;
	assert_int_equal(signature_read("", 0, &sig), -ENODATA);
	assert_int_equal(signature_read(MARKER, strlen(MARKER), &sig), -ENODATA);
	assert_int_equal(signature_read(MARKER, strlen(MARKER) - 1, &sig), -ENODATA);
	put_block(&b, &block);
	assert_int_equal(strbuf_adds(&b, MARKER), 0);
	assert_int_equal(read_module(&b, &sig), -ENODATA); /* no room for one byte of it */
	assert_int_equal(signature_read(b.s + 1, b.len - 1, &sig), -ENODATA);
	assert_null(sig.id);
}

/* module-files.md edge case 31, 35 in place */
static void pkcs7_at_the_end_of_a_module(void **state)
{
	static const struct {
		const char *sample, *signer, *hash;
		size_t size;
	} cases[] = {
		{ "rsa_sha256", "Schl\xc3\xbcssel f\xc3\xbcr Module", "sha256", 256 },
		{ "data", "", "unknown", 0 },
		{ NULL, "", "unknown", 0 }, /* garbage */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_signature struct signature sig = SIGNATURE_INIT;
		auto_strbuf struct strbuf b = STRBUF_INIT;
		struct block block = { .id = 2 };

		assert_int_equal(strbuf_adds(&b, "the module"), 0);
		if (cases[i].sample)
			sample(cases[i].sample, &b);
		else
			assert_int_equal(strbuf_adds(&b, "\x30\x84garbage"), 0);
		block.size = (uint32_t)b.len - 10;
		put_block(&b, &block);
		assert_int_equal(strbuf_adds(&b, MARKER), 0);
		assert_int_equal(read_module(&b, &sig), 0);
		assert_string_equal(sig.id, "PKCS#7");
		assert_string_equal(sig.signer, cases[i].signer);
		assert_string_equal(sig.hash, cases[i].hash);
		assert_int_equal(sig.value_size, cases[i].size);
		assert_int_equal(sig.key_size, cases[i].size ? 8 : 0);
	}
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (unsigned id = 0; id <= 2; id++) {
		auto_strbuf struct strbuf b = STRBUF_INIT;
		struct block block = { .id = id };
		unsigned n;

		sample("rsa_sha256", &b);
		block.size = (uint32_t)b.len;
		put_block(&b, &block);
		assert_int_equal(strbuf_adds(&b, MARKER), 0);
		for (n = 1;; n++) {
			struct signature sig = SIGNATURE_INIT;
			int r;

			oom_arm(n);
			r = read_module(&b, &sig);
			if (!oom_fired()) {
				assert_int_equal(r, 0);
				signature_release(&sig);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_null(sig.id);
		}
		assert_true(n > 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_signs_is_read),
		cmocka_unit_test(what_is_no_signature_is_refused),
		cmocka_unit_test(every_byte_may_be_wrong),
		cmocka_unit_test(names_serials_and_digests_of_every_kind),
		cmocka_unit_test(the_old_forms_lie_in_the_open),
		cmocka_unit_test(a_trailer_that_lies_is_no_trailer),
		cmocka_unit_test(a_marker_needs_a_block_before_it),
		cmocka_unit_test(pkcs7_at_the_end_of_a_module),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
