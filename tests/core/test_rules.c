// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What which CPU tolerates: the table of rules, levels of CPUs, the choice of a way. */
#include "core.h"
#include "support.h"

static void the_rules_are_those_of_the_architecture(void **state)
{
	/* By change: no CPU walks, all walkers are level 3, some walker is below. */
	static const enum lm_rule expected[LM_CHANGES][LM_WALKERS] = {
		{ LM_RULE_FREELY, LM_RULE_TLBI_LATER, LM_RULE_NEVER },
		{ LM_RULE_BREAK, LM_RULE_BREAK, LM_RULE_BREAK },
		{ LM_RULE_FREELY, LM_RULE_NEVER, LM_RULE_NEVER },
		{ LM_RULE_FREELY, LM_RULE_AFTER_SIZE, LM_RULE_ON_OWN_LEAF },
		{ LM_RULE_FREELY, LM_RULE_AFTER_SIZE, LM_RULE_NEVER },
		{ LM_RULE_FREELY, LM_RULE_TLBI_LATER, LM_RULE_TLBI_LATER },
	};

	(void)state;
	for (int change = 0; change < LM_CHANGES; change++) {
		for (int walkers = 0; walkers < LM_WALKERS; walkers++)
			expect_count(lm_rule((enum lm_change)change,
					     (enum lm_walkers)walkers),
				     expected[change][walkers], "change %d, walkers %d",
				     change, walkers);
	}
}

static void a_level_is_what_the_id_register_says(void **state)
{
	(void)state;
	/* ID_AA64MMFR2_EL1.BBM is bits 55 to 52; what is above 3 counts as 3. */
	for (uint64_t bbm = 0; bbm < 16; bbm++)
		expect_count(lm_cpu_bbm_level(0x410fd0b0, bbm << 52, NULL, 0),
			     bbm < 3 ? bbm : 3, "field %d", (int)bbm);
	expect_count(lm_cpu_bbm_level(0, ~(UINT64_C(0xf) << 52), NULL, 0), 0,
		     "all other fields");
}

static void a_cpu_model_overrides_the_id_register(void **state)
{
	/* Some part at any revision is level 3; revision 0 of another one is 0. */
	static const struct lm_cpu_model models[] = {
		{ .midr = 0x410fd870, .midr_mask = 0xff0ffff0, .bbm_level = 3 },
		{ .midr = 0x410fd0b0, .midr_mask = 0xffffffff, .bbm_level = 0 },
		{ .midr = 0x410fd0b0, .midr_mask = 0xff0ffff0, .bbm_level = 1 },
	};
	const uint64_t level_2 = UINT64_C(2) << 52;

	(void)state;
	expect_count(lm_cpu_bbm_level(0x411fd873, level_2, models, 3), 3, "listed");
	expect_count(lm_cpu_bbm_level(0x410fd0b0, level_2, models, 3), 0, "erratum");
	expect_count(lm_cpu_bbm_level(0x410fd0b1, level_2, models, 3), 1, "second match");
	expect_count(lm_cpu_bbm_level(0x410fd0a0, level_2, models, 3), 2, "not listed");
}

/* X4 as of r0p3, in variant 0; before and after it the register counts. */
static void a_model_may_be_some_revisions_only(void **state)
{
	static const struct lm_cpu_model models[] = {
		{ .midr = 0x410fd820,
		  .midr_mask = 0xff0ffff0,
		  .bbm_level = 3,
		  .first_revision = 0x03,
		  .end_revision = 0x10 },
		{ .midr = 0x410fd820, .midr_mask = 0xff0ffff0, .bbm_level = 0xff },
	};
	const uint64_t level_2 = UINT64_C(2) << 52;

	(void)state;
	expect_count(lm_cpu_bbm_level(0x410fd822, level_2, models, 2), 2, "r0p2");
	expect_count(lm_cpu_bbm_level(0x410fd823, level_2, models, 2), 3, "r0p3");
	expect_count(lm_cpu_bbm_level(0x410fd82f, level_2, models, 2), 3, "r0p15");
	expect_count(lm_cpu_bbm_level(0x411fd820, level_2, models, 2), 2, "r1p0");
	expect_count(lm_cpu_bbm_level(0x411fd823, level_2, models, 2), 2, "r1p3");
}

/* Bit 11 set, then clear: nG, but at EL3 NSE, with which the output is another one. */
static void what_bit_11_changes_depends_on_the_regime(void **state)
{
	static const struct {
		enum lm_regime regime;
		enum lm_change set, clear;
	} expected[] = {
		{ LM_EL1_0, LM_CHANGE_NOT_GLOBAL, LM_CHANGE_OUTPUT },
		{ LM_EL2_0, LM_CHANGE_NOT_GLOBAL, LM_CHANGE_OUTPUT },
		{ LM_EL3, LM_CHANGE_OUTPUT, LM_CHANGE_OUTPUT },
	};
	const lm_attrs_t bit = { UINT64_C(1) << 11 }, none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct lm_map map = { .fmt.config.regime = expected[i].regime };

		expect_count(lm_change_kinds(&map, lm_change_attrs(bit, none)),
			     1U << expected[i].set, "set in regime %d",
			     expected[i].regime);
		expect_count(lm_change_kinds(&map, lm_change_attrs(none, bit)),
			     1U << expected[i].clear, "cleared in regime %d",
			     expected[i].regime);
	}
}

static void a_move(void *ctx, lm_pa_t root)
{
	(void)ctx;
	(void)root;
}

struct choice {
	const char *name;
	uint8_t bbm_level[3];
	enum lm_hold hold;
	bool can_move;
	enum { CANNOT_ROLL, NO_PROMISE, CAN_ROLL } roll;
	int err;
	enum lm_way way;
	unsigned int culprit;
};

/* CPU 1 leads. */
static const struct choice choices[] = {
	{ "all-tolerant", { 3, 3, 3 }, LM_NONE_HELD, true, CAN_ROLL, 0, LM_LIVE, 0 },
	{ "leader-tolerant", { 0, 3, 0 }, LM_OTHERS_HELD, false, CAN_ROLL, 0, LM_LIVE, 0 },
	{ "leader-is-not",
	  { 3, 2, 3 },
	  LM_OTHERS_HELD,
	  true,
	  CANNOT_ROLL,
	  0,
	  LM_SWITCH,
	  0 },
	{ "and-cannot-move", { 3, 2, 3 }, LM_OTHERS_HELD, false, CAN_ROLL, 0, LM_BREAK, 0 },
	{ "held-cpus-do-not-roll",
	  { 3, 2, 3 },
	  LM_OTHERS_HELD,
	  true,
	  CAN_ROLL,
	  0,
	  LM_SWITCH,
	  0 },
	{ "a-walker-is-not",
	  { 3, 3, 2 },
	  LM_NONE_HELD,
	  true,
	  CANNOT_ROLL,
	  -LM_EUNSAFE,
	  LM_SWITCH,
	  0 },
	{ "and-nobody-promised",
	  { 3, 3, 2 },
	  LM_NONE_HELD,
	  true,
	  NO_PROMISE,
	  -LM_EUNSAFE,
	  LM_SWITCH,
	  0 },
	{ "and-all-can-roll", { 3, 3, 2 }, LM_NONE_HELD, true, CAN_ROLL, 0, LM_ROLL, 0 },
	{ "all-are-weak", { 0, 0, 0 }, LM_NONE_HELD, false, CAN_ROLL, 0, LM_ROLL, 0 },
	{ "first-is-not",
	  { 1, 3, 3 },
	  LM_NONE_HELD,
	  false,
	  CANNOT_ROLL,
	  -LM_EUNSAFE,
	  LM_BREAK,
	  0 },
};

static void the_cheapest_safe_way_is_chosen(void **state)
{
	const struct choice *c = *state;
	struct lm_cpu cpu[3];
	const struct lm_cpus cpus = { cpu, 3 };
	static const struct lm_roller roller;
	struct lm_map map = { .env = { .move = c->can_move ? a_move : NULL,
				       .roller = c->roll ? &roller : NULL } };
	struct lm_edit edit;
	enum lm_way way = LM_IN_PLACE;
	unsigned int culprit = 99;

	for (int i = 0; i < 3; i++)
		cpu[i].bbm_level = c->bbm_level[i];
	lm_edit_to_pages(&edit, &map, (struct lm_range){ 0 });
	if (c->roll == CAN_ROLL)
		lm_edit_locked(&edit);
	assert_int_equal(lm_choose_way(&edit, &cpus, 1, c->hold, &way, &culprit), c->err);
	if (!c->err)
		assert_int_equal(way, c->way);
	else
		assert_int_equal(culprit, c->culprit);
	assert_int_equal(lm_choose_way(&edit, &cpus, 3, c->hold, &way, &culprit),
			 -LM_ECPU);
}

int test_main(void)
{
	struct test_list list = { 0 };

	ADD(&list, the_rules_are_those_of_the_architecture);
	ADD(&list, a_level_is_what_the_id_register_says);
	ADD(&list, a_cpu_model_overrides_the_id_register);
	ADD(&list, a_model_may_be_some_revisions_only);
	ADD(&list, what_bit_11_changes_depends_on_the_regime);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		ADD_CASE(&list, the_cheapest_safe_way_is_chosen, choices[i].name,
			 &choices[i]);
	return test_list_run(&list, "rules");
}
