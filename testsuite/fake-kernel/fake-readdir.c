/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-readdir.c - a directory's entries in an order of our choice: with FAKE_SHUFFLE=NUMBER in
 * the environment each directory is shuffled, differently for each number.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake-kernel.h"

/* The entries of one open directory; a slot is free while dir is NULL. */
struct deck {
	DIR *dir;
	struct dirent64 **at; /* n of them */
	size_t n, next;
};

static struct deck decks[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct dirent64 *(*real_readdir)(DIR *);
static int (*real_closedir)(DIR *);

static void find_real_ones(void)
{
#ifdef __GLIBC__
	/* With 64-bit offsets, or where struct dirent is the same, this is what is called. */
	const char *name = "readdir64";
#else
	const char *name = "readdir"; /* the other one is a macro */
#endif

	real_readdir = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, name);
	real_closedir = (int (*)(DIR *))dlsym(RTLD_NEXT, "closedir");
}

static struct deck *deck_of(DIR *dir)
{
	for (size_t i = 0; i < sizeof(decks) / sizeof(decks[0]); i++) {
		if (decks[i].dir == dir)
			return &decks[i];
	}
	return NULL;
}

static void deck_fill(struct deck *deck, DIR *dir, uint64_t random)
{
	struct dirent64 *entry;

	deck->dir = dir;
	while ((entry = real_readdir(dir))) {
		struct dirent64 **at = realloc(deck->at, (deck->n + 1) * sizeof(struct dirent64 *));
		size_t k;

		if (!at)
			abort();
		deck->at = at;
		random = random * 6364136223846793005u + 1442695040888963407u;
		k = (size_t)(random >> 33) % (deck->n + 1);
		deck->at[deck->n] = deck->at[k];
		deck->at[k] = malloc(entry->d_reclen);
		if (!deck->at[k])
			abort();
		memcpy(deck->at[k], entry, entry->d_reclen);
		deck->n++;
	}
}

static void deck_clear(struct deck *deck)
{
	while (deck->n > 0)
		free(deck->at[--deck->n]);
	free(deck->at);
	*deck = (struct deck){ 0 };
}

FK_EXPORT struct dirent64 *readdir64(DIR *dir)
{
	const char *seed = getenv("FAKE_SHUFFLE");
	struct dirent64 *entry = NULL;
	struct deck *deck;

	(void)pthread_mutex_lock(&lock);
	if (!real_readdir)
		find_real_ones();
	deck = seed ? deck_of(dir) : NULL;
	if (seed && !deck) {
		deck = deck_of(NULL);
		if (deck)
			deck_fill(deck, dir, strtoull(seed, NULL, 10));
	}
	if (!deck)
		entry = real_readdir(dir);
	else if (deck->next < deck->n)
		entry = deck->at[deck->next++];
	(void)pthread_mutex_unlock(&lock);
	return entry;
}

#if defined __GLIBC__ && __SIZEOF_LONG__ == 8
FK_EXPORT struct dirent *readdir(DIR *dir)
{
	return (struct dirent *)readdir64(dir);
}
#endif

FK_EXPORT int closedir(DIR *dir)
{
	struct deck *deck;

	(void)pthread_mutex_lock(&lock);
	if (!real_closedir)
		find_real_ones();
	deck = deck_of(dir);
	if (deck)
		deck_clear(deck);
	(void)pthread_mutex_unlock(&lock);
	return real_closedir(dir);
}
