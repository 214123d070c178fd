// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The permissions of the kernel's own mappings change under the map's lock.
@@
@@
update_mapping_prot(...)
{
	<...
+	linmap_lock_map();
	early_create_pgd_mapping(...);
+	linmap_unlock_map();
	...>
}
