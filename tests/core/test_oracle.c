// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What libaddrxlat (of libkdumpfile) finds in the tables, before and after each
 * edit: a walker that shares nothing with the core, the model or the fixture.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libkdumpfile/addrxlat.h>

/* ----------------------------------------------------------------------- the oracle */

/**
 * struct oracle - somebody else's MMU
 * @lost: bits of an output address that it does not see, see find_lost_bits()
 */
struct oracle {
	addrxlat_ctx_t *ctx;
	addrxlat_meth_t meth;
	const struct machine *m;
	uint64_t lost;
};

static void put_page(const addrxlat_buffer_t *buffer)
{
	(void)buffer;
}

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buffer)
{
	const struct machine *m = cb->priv;

	if (!machine_has_tables_at(m, buffer->addr.addr))
		return ADDRXLAT_ERR_NODATA;
	buffer->addr.addr &= ~(machine_granule(m) - 1);
	buffer->ptr = sim_pointer(m->sim, buffer->addr.addr);
	buffer->size = machine_granule(m);
	buffer->byte_order = ADDRXLAT_HOST_ENDIAN;
	buffer->put_page = put_page;
	return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

static addrxlat_pte_format_t format_of(const struct machine_config *config)
{
	if (config->lpa2)
		return ADDRXLAT_PTE_AARCH64_LPA2;
	return config->oa_bits == 52 ? ADDRXLAT_PTE_AARCH64_LPA : ADDRXLAT_PTE_AARCH64;
}

/* The page offset, then the index bits of each level from the last one up. */
static addrxlat_paging_form_t form_of(const struct machine_config *config)
{
	addrxlat_paging_form_t form = { .pte_format = format_of(config) };
	unsigned short stride = (unsigned short)(config->granule_shift - 3);
	unsigned short left = config->ia_bits - config->granule_shift;

	form.fieldsz[form.nfields++] = config->granule_shift;
	for (; left > stride; left = (unsigned short)(left - stride))
		form.fieldsz[form.nfields++] = stride;
	form.fieldsz[form.nfields++] = left;
	return form;
}

static addrxlat_status ask_at(const struct oracle *oracle, uint64_t root, uint64_t va,
			      uint64_t *pa)
{
	addrxlat_meth_t meth = oracle->meth;
	addrxlat_step_t step = { .ctx = oracle->ctx, .meth = &meth };
	addrxlat_status status;

	meth.param.pgt.root.addr = root;
	step.base.addr = va;
	step.base.as = ADDRXLAT_KVADDR;
	status = addrxlat_walk(&step);
	*pa = step.base.addr;
	return status;
}

static addrxlat_status ask(const struct oracle *oracle, uint64_t va, uint64_t *pa)
{
	return ask_at(oracle, oracle->m->map.root.v, va, pa);
}

/*
 * The 0.5 releases of libaddrxlat lose OA[47] under LPA and OA[49] under LPA2. It
 * is asked about a page whose address has all bits, so that nothing is masked
 * once that is mended, and nothing else ever.
 */
static uint64_t find_lost_bits(struct oracle *oracle)
{
	const struct machine *m = oracle->m;
	int start = machine_start_level(&m->config);
	uint64_t all = (UINT64_C(1) << m->config.oa_bits) - machine_granule(m);
	uint64_t known = 0;
	uint64_t tables, root, seen;

	if (m->config.oa_bits == 52)
		known = UINT64_C(1) << (m->config.lpa2 ? 49 : 47);
	assert_int_equal(sim_alloc(m->sim, start, (uint64_t)(4 - start), &tables),
			 4 - start);
	root = tables;
	/* One way down, through entry 0 of each table but the last one. */
	for (int level = start; level < 3; level++, tables += machine_granule(m))
		*(uint64_t *)sim_pointer(m->sim, tables) =
			machine_table(m, tables + machine_granule(m));
	*(uint64_t *)sim_pointer(m->sim, tables) = machine_leaf(m, all, 0, 3);
	assert_int_equal(ask_at(oracle, root, machine_base(m), &seen), ADDRXLAT_OK);
	if ((seen ^ all) & ~known)
		fail_msg("%s: the oracle was asked for 0x%" PRIx64 " and saw 0x%" PRIx64,
			 m->config.name, all, seen);
	sim_release(m->sim, start, root, (uint64_t)(4 - start));
	return seen ^ all;
}

static void oracle_start(struct oracle *oracle, const struct machine *m)
{
	addrxlat_cb_t *cb;

	*oracle = (struct oracle){
		.ctx = addrxlat_ctx_new(),
		.meth = { .kind = ADDRXLAT_PGT, .target_as = ADDRXLAT_MACHPHYSADDR },
		.m = m,
	};
	assert_non_null(oracle->ctx);
	oracle->meth.param.pgt.root.as = ADDRXLAT_MACHPHYSADDR;
	oracle->meth.param.pgt.pf = form_of(&m->config);
	cb = addrxlat_ctx_add_cb(oracle->ctx);
	assert_non_null(cb);
	cb->priv = (void *)(uintptr_t)m;
	cb->get_page = get_page;
	cb->read_caps = read_caps;
	oracle->lost = find_lost_bits(oracle);
}

static void oracle_stop(struct oracle *oracle)
{
	addrxlat_ctx_decref(oracle->ctx);
}

/* ------------------------------------------------------------------ what is asked */

static void expect_mapped(const struct oracle *oracle, uint64_t va, uint64_t pa)
{
	uint64_t seen;
	addrxlat_status status = ask(oracle, va, &seen);

	if (status != ADDRXLAT_OK)
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64 ", saw %s",
			 oracle->m->config.name, va, pa, addrxlat_strerror(status));
	if (seen != (pa & ~oracle->lost))
		fail_msg("%s: 0x%" PRIx64 ": expected output 0x%" PRIx64
			 ", saw 0x%" PRIx64,
			 oracle->m->config.name, va, pa & ~oracle->lost, seen);
}

static void expect_not_mapped(const struct oracle *oracle, uint64_t va)
{
	uint64_t seen;
	addrxlat_status status = ask(oracle, va, &seen);

	if (status != ADDRXLAT_ERR_NOTPRESENT)
		fail_msg("%s: 0x%" PRIx64
			 ": expected nothing, saw status %d, output 0x%" PRIx64,
			 oracle->m->config.name, va, (int)status, seen);
}

/* The same numbers every time: which of them does not matter. */
static uint64_t some_offset(uint64_t below)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 11) % below;
}

#define MOST_LEAVES 10000

/* First, last, middle and some address of every leaf, or of so many of them. */
static void expect_leaves_mapped(const struct oracle *oracle, const struct leaves *leaves)
{
	size_t step = leaves->count / MOST_LEAVES + 1;

	for (size_t i = 0; i < leaves->count; i += step) {
		const struct leaf *leaf = &leaves->leaf[i];
		const uint64_t offsets[] = { 0, leaf->size - 1, leaf->size / 2,
					     some_offset(leaf->size) };

		for (size_t n = 0; n < 4; n++)
			expect_mapped(oracle, leaf->va + offsets[n],
				      leaf->pa + offsets[n]);
	}
}

/* Ends and some addresses of the @size bytes at @offset of the half, if there are any. */
static void expect_hole(const struct oracle *oracle, uint64_t offset, uint64_t size)
{
	uint64_t va = machine_base(oracle->m) + offset;

	if (!size)
		return;
	expect_not_mapped(oracle, va);
	expect_not_mapped(oracle, va + size - 1);
	for (unsigned int i = 0; i < 50; i++)
		expect_not_mapped(oracle, va + some_offset(size));
}

static void expect_holes(const struct oracle *oracle)
{
	const struct machine *m = oracle->m;
	uint64_t at = 0;

	for (size_t i = 0; i < m->mapping_count; i++) {
		uint64_t start = m->mappings[i].va - machine_base(m);

		expect_hole(oracle, at, start - at);
		at = start + m->mappings[i].size;
	}
	expect_hole(oracle, at, (UINT64_C(1) << m->config.ia_bits) - at);
}

/* ------------------------------------------------------------------------- the tests */

struct asked {
	const struct split_case *c; /* or a geometry */
	const struct geometry *g;
	enum lm_way way;
};

static void begin(const struct asked *life, struct machine *m, struct lm_edit *edit)
{
	if (life->c) {
		machine_start(m, &life->c->machine);
		split_case_edit(life->c, m, edit);
	} else {
		machine_start(m, &life->g->machine);
		lm_edit_to_pages(edit, &m->map, m->linear.range);
	}
}

static void the_oracle_sees_the_same_before_and_after(void **state)
{
	const struct asked *life = *state;
	struct stretch exceptions[4];
	struct oracle oracle;
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;
	size_t count = 0;

	begin(life, &m, &edit);
	oracle_start(&oracle, &m);
	leaves_of_mappings(&leaves, &m);
	expect_leaves_mapped(&oracle, &leaves);
	expect_holes(&oracle);

	for (; count < edit.exceptions.count; count++)
		exceptions[count] =
			(struct stretch){ edit.exceptions.ranges[count].start.v,
					  edit.exceptions.ranges[count].size };
	leaves_to_pages(&leaves, &m,
			(struct stretch){ edit.range.start.v, edit.range.size },
			exceptions, count);
	expect_ok(machine_edit(&m, &edit, life->way));
	expect_leaves_mapped(&oracle, &leaves);
	expect_holes(&oracle);
	leaves_free(&leaves);
	oracle_stop(&oracle);
	machine_stop(&m);
}

/*
 * In one edit: the second page of the run of pages, so that the rest of it stays, and the
 * page after the run, with which the RAM ends.
 */
static void the_oracle_sees_nothing_where_it_was_unmapped(void **state)
{
	const struct asked *life = *state;
	const struct geometry *g = life->g;
	struct lm_range parts[2];
	struct oracle oracle;
	struct leaves leaves;
	struct lm_edit edit;
	struct machine m;

	machine_start(&m, &g->machine);
	oracle_start(&oracle, &m);
	leaves_of_mappings(&leaves, &m);
	expect_leaves_mapped(&oracle, &leaves);
	parts[0] = machine_range(&m, (struct bank){ geometry_run(g) + g->page, g->page });
	parts[1] = machine_range(&m, (struct bank){ geometry_page(g), g->page });
	lm_edit_unmap(&edit, &m.map, m.linear.range);
	lm_edit_only(&edit, parts, 2);
	expect_ok(machine_edit(&m, &edit, life->way));
	for (int i = 0; i < 2; i++) {
		leaves_unmap(&leaves, &m,
			     (struct stretch){ parts[i].start.v, parts[i].size }, NULL,
			     0);
		expect_hole(&oracle, parts[i].start.v - machine_base(&m), parts[i].size);
	}
	expect_leaves_mapped(&oracle, &leaves);
	expect_holes(&oracle);
	leaves_free(&leaves);
	oracle_stop(&oracle);
	machine_stop(&m);
}

/* If it did not, it would be no use. */
static void the_oracle_sees_a_wrong_bit(void **state)
{
	const struct geometry *g = *state;
	struct oracle oracle;
	struct machine m;
	uint64_t bit, seen, pa = geometry_page(g);

	machine_start(&m, &g->machine);
	oracle_start(&oracle, &m);
	for (bit = g->page; bit >> m.config.oa_bits == 0; bit <<= 1) {
		machine_poke(&m, machine_slot_of(&m, pa, 3),
			     machine_leaf(&m, pa ^ bit, m.config.attrs, 3));
		assert_int_equal(ask(&oracle, machine_va(&m, pa).v, &seen), ADDRXLAT_OK);
		if (seen != ((pa ^ bit) & ~oracle.lost))
			fail_msg("%s: expected 0x%" PRIx64 ", saw 0x%" PRIx64,
				 g->machine.name, (pa ^ bit) & ~oracle.lost, seen);
	}
	machine_poke(&m, machine_slot_of(&m, pa, 3), 0);
	assert_int_equal(ask(&oracle, machine_va(&m, pa).v, &seen),
			 ADDRXLAT_ERR_NOTPRESENT);
	oracle_stop(&oracle);
	machine_stop(&m);
}

int test_main(void)
{
	size_t count = LM_WAYS * (split_case_count + geometry_count);
	struct asked *lives = calloc(count, sizeof(*lives));
	char(*names)[64] = calloc(count, sizeof(*names));
	struct test_list list = { 0 };
	int failed;

	if (!lives || !names)
		abort();
	for (size_t n = 0; n < count; n++) {
		struct asked *life = &lives[n];
		size_t which = n / LM_WAYS;

		life->way = (enum lm_way)(n % LM_WAYS);
		if (which < split_case_count)
			life->c = &split_cases[which];
		else
			life->g = &geometries[which - split_case_count];
		/* Gibibytes of pages take long. */
		if (life->c && life->c->in_place_stores >= 4096)
			continue;
		snprintf(names[n], sizeof(names[n]), "%s/%s",
			 life->c ? life->c->machine.name : life->g->machine.name,
			 way_names[life->way]);
		ADD_CASE(&list, the_oracle_sees_the_same_before_and_after, names[n],
			 life);
		if (life->g && life->way != LM_IN_PLACE)
			ADD_CASE(&list, the_oracle_sees_nothing_where_it_was_unmapped,
				 names[n], life);
	}
	for (size_t i = 0; i < geometry_count; i++)
		ADD_CASE(&list, the_oracle_sees_a_wrong_bit, geometries[i].machine.name,
			 &geometries[i]);
	failed = test_list_run(&list, "oracle");
	free(names);
	free(lives);
	return failed;
}
