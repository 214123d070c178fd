// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A KFENCE pool that is switched on late is split by linmap.
@@
symbol range_split_to_ptes;
expression start, end, flags;
@@
arch_kfence_init_pool(...)
{
	<+...
-	range_split_to_ptes(start, end, flags)
+	linmap_split_pool(range_split_to_ptes, start, end, flags)
	...+>
}
