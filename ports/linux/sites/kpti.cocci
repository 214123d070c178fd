// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// KPTI: the temporary tables are allocated and freed outside the stop.

@ tables @
expression order;
@@
__kpti_install_ng_mappings(...)
{
	<+...
-	__get_free_pages(GFP_ATOMIC | __GFP_ZERO, order)
+	linmap_kpti_take(order)
	...+>
}

@ done depends on tables @
expression temporary, order;
@@
__kpti_install_ng_mappings(...)
{
	<+...
-	free_pages(temporary, order);
+	linmap_kpti_put_back(temporary, order);
	...+>
}

@ stop depends on done @
symbol __kpti_install_ng_mappings, cpu_online_mask;
@@
kpti_install_ng_mappings(...)
{
	<+...
-	stop_machine(__kpti_install_ng_mappings, NULL, cpu_online_mask);
+	linmap_kpti_stop(__kpti_install_ng_mappings);
	...+>
}
