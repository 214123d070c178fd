// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any number of entries that are filled, with and without a step: each counts up from the
 * first, whatever its other bits are, and the neighbours stay.
 */
#include "proofs/prove.h"
#include "src/leaf.c"

/* Two whole strides and a rest. */
#define MOST (3 * LM_STRIDE - 1)

/* The first entry is the first of a table or run: bits in which it counts are zero. */
static void prove_fill(unsigned int entries, uint64_t step)
{
	lm_desc_t table[1 + MOST + 1], *start = &table[1];
	lm_desc_t first = { nondet_u64() & ~(31 * step) };
	uint64_t neighbour = nondet_u64();

	table[0].v = start[entries].v = neighbour;
	lm_fill(start, entries, first, step);

	for (unsigned int i = 0; i < entries; i++)
		expect("counts_up", start[i].v == (first.v | i * step));
	expect("neighbours", table[0].v == neighbour && start[entries].v == neighbour);
	expect_possible("a rest after whole strides", entries == MOST);
}

int main(void)
{
	for (unsigned int entries = 0; entries <= MOST; entries++) {
		prove_fill(entries, 0);
		prove_fill(entries, UINT64_C(1) << 12);
	}
	return 0;
}
