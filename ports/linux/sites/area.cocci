// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What a vmalloc area consists of lies scattered over the linear map: one edit makes pages
// of all of it, before it changes page by page.
@@
identifier area;
expression condition;
statement change;
symbol rodata_full;
@@
change_memory_common(...)
{
	...
	area = find_vm_area(...);
	...
+	linmap_split_area(area);
	if (rodata_full && condition) change
	...
}
