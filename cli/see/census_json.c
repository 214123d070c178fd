// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A census for programs; linmap(1) documents the names. */
#include "machine/geometry.h"
#include "see/census_report.h"

static void set_geometry(struct object *object, const struct lm_format *fmt)
{
	object_set_count(object, "granule", lm_granule_size(fmt));
	object_set_count(object, "va_bits", fmt->config.ia_bits);
	object_set_count(object, "pa_bits", fmt->config.oa_bits);
	object_set(object, "lpa2", json_boolean(fmt->config.lpa2));
	object_set_text(object, "regime", regime_name(fmt->config.regime));
	object_set_text(object, "half", fmt->config.half == LM_UPPER ? "upper" : "lower");
}

/* How each fact is known. */
static struct object facts_object(const struct facts *facts)
{
	struct object object = object_new();

	for (int i = 0; i < FACTS; i++) {
		const struct fact *fact = &facts->fact[i];

		object_set_text(&object, fact_label((enum fact_name)i),
				fact_origin_label(fact->origin));
	}
	return object;
}

static json_t *assumed_list(const struct facts *facts)
{
	json_t *list = json_array();

	for (int i = 0; i < FACTS; i++)
		if (facts->fact[i].origin == FACT_ASSUMED)
			json_array_append_new(list,
					      json_string(fact_label((enum fact_name)i)));
	return list;
}

struct object source_object(const struct source *source)
{
	const struct table_cache *cache = &source->cache;
	struct object object = object_new();
	struct object known = facts_object(&source->facts);
	json_t *unreadable = json_array();

	object_set_text(&object, "source", source->path);
	object_set_text(&object, "kind", source_kind_text(source->kind));
	object_set_text(&object, "linux", source->linux_release);
	set_geometry(&object, &source->map.fmt);
	object_set_address(&object, "root", source->map.root.v);
	object_set_member(&object, "known", &known);
	object_set(&object, "assumed", assumed_list(&source->facts));
	object_set_count(&object, "unreadable_tables", cache->unreadable);
	for (uint64_t i = 0; i < cache->unreadable && i < CACHE_UNREADABLE_SHOWN; i++)
		json_array_append_new(
			unreadable,
			json_sprintf("0x%llx",
				     (unsigned long long)cache->unreadable_pa[i]));
	object_set(&object, "unreadable_at", unreadable);
	return object;
}

static json_t *leaves_array(const struct census *census, const struct census_part *part,
			    struct object *owner)
{
	json_t *array = json_array();

	for (int level = census->fmt.start_level; level <= LM_LAST_LEVEL; level++) {
		for (int kind = LM_LEAF_KINDS - 1; kind >= 0; kind--) {
			uint64_t count = part->leaves[level - LM_FIRST_LEVEL][kind];
			uint64_t size =
				census_leaf_size(census, level, (enum lm_leaf_kind)kind);
			struct object leaf;

			if (!count)
				continue;
			leaf = object_new();
			object_set_count(&leaf, "size", size);
			object_set(&leaf, "contiguous", json_boolean(kind == LM_RUN));
			object_set(&leaf, "level", json_integer(level));
			object_set_count(&leaf, "count", count);
			object_set_count(&leaf, "bytes", count * size);
			object_append(owner, array, &leaf);
		}
	}
	return array;
}

static json_t *bits_array(const struct census *census, const struct census_part *part,
			  struct object *owner)
{
	json_t *array = json_array();

	for (unsigned int bits = 0; bits < SEEN_KINDS; bits++) {
		struct object one;

		if (!part->by_bits[bits].leaves)
			continue;
		one = object_new();
		object_set_text(&one, "what", seen_bits_text(census, bits).s);
		object_set_count(&one, "leaves", part->by_bits[bits].leaves);
		object_set_count(&one, "bytes", part->by_bits[bits].bytes);
		object_append(owner, array, &one);
	}
	return array;
}

static json_t *types_array(const struct census_part *part, struct object *owner)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < 8; i++) {
		struct object one;

		if (!part->by_attr[i].leaves)
			continue;
		one = object_new();
		object_set_count(&one, "attr_index", i);
		object_set_count(&one, "leaves", part->by_attr[i].leaves);
		object_set_count(&one, "bytes", part->by_attr[i].bytes);
		object_append(owner, array, &one);
	}
	return array;
}

static struct object part_object(const struct census *census, size_t index)
{
	const struct census_part *part = &census->part[index];
	struct object object = object_new();

	object_set_text(&object, "name", census->layout.part[index].name);
	object_set_address(&object, "first", part->first);
	object_set_address(&object, "last", part->last);
	object_set_count(&object, "bytes", part->bytes);
	object_set(&object, "leaves", leaves_array(census, part, &object));
	if (census->has_tables)
		object_set_count(&object, "tables", census_tables(part));
	if (census->has_tables && census->has_pa)
		object_set_count(&object, "least_tables", census_least_tables(part));
	object_set(&object, "permissions", bits_array(census, part, &object));
	object_set(&object, "memory_types", types_array(part, &object));
	return object;
}

struct object census_object(const struct seen_map *seen)
{
	const struct census *census = seen->census;
	uint64_t granule = lm_granule_size(&census->fmt);
	struct object object;
	json_t *parts = json_array();
	char words[2048];

	if (seen->source) {
		object = source_object(seen->source);
	} else {
		object = object_new();
		object_set_text(&object, "source", seen->path);
		object_set_text(&object, "kind", seen->kind);
		set_geometry(&object, &census->fmt);
	}
	for (size_t i = 0; i < census->layout.count; i++) {
		struct object part;

		if (!census->part[i].bytes)
			continue;
		part = part_object(census, i);
		object_append(&object, parts, &part);
	}
	object_set(&object, "parts", parts);
	if (census->has_tables) {
		object_set_count(&object, "tables", census_all_tables(census));
		object_set_count(&object, "table_bytes",
				 census_all_tables(census) * granule);
	}
	object_set_count(&object, "ram_bytes", seen_ram(seen));
	object_set_count(&object, "tables_reached_twice", census->seen_twice);
	object_set_count(&object, "entries_of_no_type", census->broken);
	census_words(seen, words, sizeof(words));
	object_set_text(&object, "words", words);
	return object;
}
