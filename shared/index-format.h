/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trie on disk (docs/spec/index-files.md 3), for the reader and the writer.
 * Every integer is 32 bits, big endian, unaligned.
 *
 *   header   magic, version, root word
 *   word     flags (of the node it points to) | absolute offset; 0: no node
 *   node     [prefix string NUL]
 *            [first byte, last byte, one word for each byte between]
 *            [count, then count times: priority, value string NUL]
 */
#pragma once

#include <stdint.h>

#define INDEX_MAGIC 0xb007f457u
#define INDEX_VERSION_MAJOR 2u
#define INDEX_VERSION_MINOR 1u
#define INDEX_HEADER_SIZE 12u

#define INDEX_NODE_PREFIX 0x80000000u
#define INDEX_NODE_VALUES 0x40000000u
#define INDEX_NODE_CHILDS 0x20000000u
#define INDEX_NODE_OFFSET 0x0fffffffu

#define INDEX_CHAR_MAX 127u /* 7-bit keys only */

static inline uint32_t index_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void index_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}
