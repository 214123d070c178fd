// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// No contiguous hints in such a map: members of a run change one by one, which CPUs below
// level 3 do not tolerate.
@@
identifier flags;
@@
map_mem(...)
{
	<...
	if (force_pte_mapping())
		flags |= NO_BLOCK_MAPPINGS | NO_CONT_MAPPINGS;
+	if (linmap_is_large())
+		flags |= NO_CONT_MAPPINGS;
	...>
}
