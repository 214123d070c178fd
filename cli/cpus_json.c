// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A machine's CPUs for programs. The names are stable; linmap(1) documents them. */
#include "machine/cpus.h"

#include <inttypes.h>

static const char *level_name(const struct cpu *cpu)
{
	switch (cpu_level(cpu)) {
	case CPU_LEVEL_LIVE:
		return "3";
	case CPU_LEVEL_BELOW:
		return "below-3";
	case CPU_LEVEL_REGISTER:
		break;
	}
	return "register";
}

static const char *map_name(enum cpus_map map)
{
	static const char *const names[] = {
		[CPUS_MAP_LARGE] = "large",
		[CPUS_MAP_SPLIT] = "split",
		[CPUS_MAP_PAGES] = "pages",
		[CPUS_MAP_UNKNOWN] = "unknown",
	};

	return names[map];
}

static void set_midr(struct object *object, uint32_t midr)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08" PRIx32, midr);
	object_set_text(object, "midr", text);
}

static void set_errata(struct object *object, const struct lm_cpu_model *model)
{
	json_t *errata = json_array();

	for (unsigned int bit = 1; model && bit <= model->errata; bit <<= 1)
		if (model->errata & bit &&
		    json_array_append_new(errata, json_string(cpu_erratum_name(bit))))
			object->failed = true;
	object_set(object, "errata", errata);
}

/* The members that a kind and an entry of the list have in common. */
static void set_cpu(struct object *object, const struct cpu *cpu)
{
	if (cpu->model)
		object_set_text(object, "name", cpu->model->name);
	else
		object_set(object, "name", json_null());
	set_midr(object, cpu->midr);
	object_set_text(object, "level", level_name(cpu));
	object_set(object, "second_tlbi", json_boolean(cpu_needs_second_tlbi(cpu)));
	set_errata(object, cpu->model);
}

static struct object kind_object(const struct cpus *cpus, const struct cpus_kind *kind)
{
	struct object object = object_new();
	json_t *numbers = json_array();
	char revision[16];

	set_cpu(&object, &kind->cpu);
	snprintf(revision, sizeof(revision), "r%up%u", kind->cpu.midr >> 20 & 0xf,
		 kind->cpu.midr & 0xf);
	object_set_text(&object, "revision", revision);
	object_set_count(&object, "count", kind->count);
	for (size_t i = kind->first; i < cpus->info->count; i++) {
		const struct cpuinfo_cpu *cpu = &cpus->info->cpu[i];

		if (cpu->midr == kind->cpu.midr &&
		    json_array_append_new(numbers, json_integer((json_int_t)cpu->number)))
			object.failed = true;
	}
	object_set(&object, "cpus", numbers);
	return object;
}

int cpus_print_json(FILE *out, const struct cpus *cpus)
{
	struct object object = object_new();
	json_t *kinds = json_array();

	object_set_count(&object, "cpus", cpus->info->count);
	object_set_count(&object, "boot_cpu", cpus->info->cpu[0].number);
	for (size_t i = 0; i < cpus->kinds; i++) {
		struct object kind = kind_object(cpus, &cpus->kind[i]);

		object_append(&object, kinds, &kind);
	}
	object_set(&object, "kinds", kinds);
	object_set_text(&object, "linux_map", map_name(cpus->map));
	object_set_text(&object, "linux", cpus->map_text);
	object_set_text(&object, "linmap", cpus->linmap_text);
	object_set(&object, "second_tlbi", json_boolean(cpus->second_tlbi));
	object_set_text(&object, "tlbi", cpus->tlbi_text);
	object_set_text(&object, "assumed", cpus->assumed);
	return object_print(out, &object);
}

int cpus_list_json(FILE *out)
{
	struct object object = object_new();
	json_t *models = json_array();

	for (unsigned int i = 0; i < lm_cpu_model_count; i++) {
		const struct lm_cpu_model *model = &lm_cpu_models[i];
		struct object one = object_new();

		set_cpu(&one, &(struct cpu){ model->midr, model });
		object_set_count(&one, "first_revision", model->first_revision);
		object_set_count(&one, "end_revision", model->end_revision);
		object_append(&object, models, &one);
	}
	object_set(&object, "models", models);
	return object_print(out, &object);
}
