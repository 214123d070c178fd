// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The linear map: large leaves on CPUs of any level, if linmap splits them later.
@@
identifier tolerant;
@@
force_pte_mapping(void)
{
	<...
-	if (tolerant)
+	if (tolerant || linmap_is_large())
		return false;
	...>
}
