// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeping tables of a machine, and forgetting those that are many. */
#include "source/table_cache.h"

#include <stdlib.h>
#include <string.h>

/* Tables are aligned to 64 bytes at least, so a key has room for flags. */
#define KEY_USED       1U
#define KEY_LAST       2U /* seen as a last-level table only: it is not kept */
#define KEY_SEEN       4U /* a walk has come to it */
#define KEY_UNREADABLE 8U
#define KEY_FLAGS      UINT64_C(15)

static uint64_t pa_of(uint64_t key)
{
	return key & ~KEY_FLAGS;
}

void table_cache_init(struct table_cache *cache, const struct memory *memory,
		      const struct lm_format *fmt, uint64_t root)
{
	*cache = (struct table_cache){ .memory = memory, .fmt = fmt, .root = root };
}

void table_cache_free(struct table_cache *cache)
{
	for (size_t i = 0; i < cache->room; i++)
		free(cache->table[i].bytes);
	free(cache->table);
	for (size_t i = 0; i < CACHE_LAST_TABLES; i++)
		free(cache->last[i].bytes);
	*cache = (struct table_cache){ .memory = NULL };
}

static struct cached_table *find_slot(struct cached_table *table, size_t room,
				      uint64_t pa)
{
	size_t at = (size_t)((pa >> 6) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (room - 1);

	while (table[at].key && pa_of(table[at].key) != pa)
		at = (at + 1) & (room - 1);
	return &table[at];
}

static int grow(struct table_cache *cache)
{
	size_t room = cache->room ? cache->room * 2 : 1024;
	struct cached_table *larger = calloc(room, sizeof(*larger));

	if (!larger)
		return -1;
	for (size_t i = 0; i < cache->room; i++) {
		uint64_t key = cache->table[i].key;

		if (key)
			*find_slot(larger, room, pa_of(key)) = cache->table[i];
	}
	free(cache->table);
	cache->table = larger;
	cache->room = room;
	return 0;
}

/* The entry of the table at @pa, which may be new; NULL without memory. */
static struct cached_table *entry_of(struct table_cache *cache, uint64_t pa)
{
	struct cached_table *entry;

	if (cache->count * 2 >= cache->room && grow(cache)) {
		cache->out_of_memory = true;
		return NULL;
	}
	entry = find_slot(cache->table, cache->room, pa);
	if (!entry->key) {
		entry->key = pa | KEY_USED;
		cache->count++;
	}
	return entry;
}

/* A root may have fewer entries than a granule has room for, and begin inside one. */
static size_t bytes_of(const struct table_cache *cache, uint64_t pa)
{
	const struct lm_level *root = lm_level(cache->fmt, cache->fmt->start_level);

	return pa == cache->root ? root->entries * sizeof(lm_desc_t) :
				   lm_granule_size(cache->fmt);
}

static void note_unreadable(struct table_cache *cache, struct cached_table *entry)
{
	if (cache->unreadable < CACHE_UNREADABLE_SHOWN)
		cache->unreadable_pa[cache->unreadable] = pa_of(entry->key);
	cache->unreadable++;
	entry->key |= KEY_UNREADABLE;
}

/* Read the table of @entry into @bytes, made if NULL. NULL if it cannot be. */
static void *read_table(struct table_cache *cache, struct cached_table *entry,
			void *bytes)
{
	uint64_t pa = pa_of(entry->key);
	bool is_new = !bytes;

	if (is_new)
		bytes = calloc(1, lm_granule_size(cache->fmt));
	if (!bytes) {
		cache->out_of_memory = true;
		return NULL;
	}
	if (!cache->memory->read(cache->memory->ctx, pa, bytes, bytes_of(cache, pa)))
		return bytes;
	note_unreadable(cache, entry);
	if (is_new)
		free(bytes);
	return NULL;
}

static void *last_table(struct table_cache *cache, struct cached_table *entry)
{
	uint64_t pa = pa_of(entry->key);
	void *bytes;

	for (unsigned int i = 0; i < CACHE_LAST_TABLES; i++)
		if (cache->last[i].key == (pa | KEY_USED))
			return cache->last[i].bytes;
	if (!cache->last[cache->next].bytes) {
		cache->last[cache->next].bytes = calloc(1, lm_granule_size(cache->fmt));
		if (!cache->last[cache->next].bytes) {
			cache->out_of_memory = true;
			return NULL;
		}
	}
	cache->last[cache->next].key = 0;
	bytes = read_table(cache, entry, cache->last[cache->next].bytes);
	if (!bytes)
		return NULL;
	cache->last[cache->next].key = pa | KEY_USED;
	cache->next = (cache->next + 1) % CACHE_LAST_TABLES;
	return bytes;
}

void *table_cache_table(void *ctx, lm_pa_t pa)
{
	struct table_cache *cache = ctx;
	struct cached_table *entry = entry_of(cache, pa.v);

	if (!entry || (entry->key & KEY_UNREADABLE))
		return NULL;
	if ((entry->key & KEY_LAST) && !cache->keeps_all)
		return last_table(cache, entry);
	if (!entry->bytes)
		entry->bytes = read_table(cache, entry, NULL);
	return entry->bytes;
}

bool table_cache_see(struct table_cache *cache, uint64_t pa, int level)
{
	struct cached_table *entry = entry_of(cache, pa);
	bool was_seen;

	if (!entry)
		return true;
	was_seen = entry->key & KEY_SEEN;
	if (!was_seen && level == LM_LAST_LEVEL && !entry->bytes)
		entry->key |= KEY_LAST;
	/* Where it is a table of two levels it may be needed while others come and go. */
	if (was_seen && level != LM_LAST_LEVEL)
		entry->key &= ~(uint64_t)KEY_LAST;
	entry->key |= KEY_SEEN;
	return was_seen;
}

void table_cache_restart(struct table_cache *cache)
{
	for (size_t i = 0; i < cache->room; i++)
		cache->table[i].key &= ~(uint64_t)KEY_SEEN;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t *table_cache_list(const struct table_cache *cache, size_t *count)
{
	uint64_t *list = malloc((cache->count + 1) * sizeof(*list));

	*count = 0;
	if (!list)
		return NULL;
	for (size_t i = 0; i < cache->room; i++) {
		uint64_t key = cache->table[i].key;

		if ((key & KEY_SEEN) && !(key & KEY_UNREADABLE))
			list[(*count)++] = pa_of(key);
	}
	qsort(list, *count, sizeof(*list), compare);
	return list;
}
