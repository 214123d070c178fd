// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// No split at boot for CPUs below level 3, where linmap splits later.
@@
identifier wanted =~ "^linear_map_requires_bbml[23]";
expression stock;
@@
map_mem(...)
{
	<...
	wanted = stock;
+	if (linmap_is_large())
+		wanted = false;
	...>
}
