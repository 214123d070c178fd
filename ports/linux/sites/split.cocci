// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The boot-time split of the linear map: linmap stops the machine instead of mmu.c, and
// keeps mmu.c's callback for linmap=off. The flag and the function that asks a CPU are
// named after the CPU feature: BBML2_NOABORT up to Linux 7.2, BBML3 from 7.3 on.
@ flag @
identifier f =~ "^idmap_kpti_bbml[23]_flag$";
@@
u32 f;

@ tolerant @
identifier caller;
identifier g =~ "^cpu_supports_bbml(2_noabort|3)$";
@@
caller(...)
{
	<+... g() ...+>
}

@ site depends on flag && tolerant @
identifier flag.f;
identifier tolerant.g;
symbol linear_map_split_to_ptes, cpu_online_mask;
@@
linear_map_maybe_split_to_ptes(...)
{
	<...
-	stop_machine(linear_map_split_to_ptes, NULL, cpu_online_mask);
+	linmap_split(linear_map_split_to_ptes, &f, g);
	...>
}
