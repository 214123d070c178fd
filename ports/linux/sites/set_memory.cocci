// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// set_memory_ro() and the like: split first, and change attributes under the map's lock.
@ change @
expression ret, end;
identifier start;
@@
update_range_prot(unsigned long start, ...)
{
	...
-	ret = split_kernel_leaf_mapping(start, end);
-	if (WARN_ON_ONCE(ret))
+	ret = linmap_begin_change(start, end);
+	if (ret)
		return ret;
	...
	lazy_mmu_mode_disable();
+	linmap_end_change(start);
	...
}

@ depends on change @
@@
#include <asm/kfence.h>
+#include "linmap/call_sites.h"
