// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// TTBR1_EL1 is read, changed and written back: a CPU must not move in between.
@ guarded @
identifier ttbr1;
@@
cpu_do_switch_mm(...)
{
-	unsigned long ttbr1 = read_sysreg(ttbr1_el1);
+	unsigned long linmap_flags = linmap_hold_root();
+	unsigned long ttbr1 = read_sysreg(ttbr1_el1);
	...
+	linmap_widen_switch();
	cpu_set_reserved_ttbr0_nosync();
	...
	post_ttbr_update_workaround();
+	linmap_let_root_go(linmap_flags);
}

@ depends on guarded @
@@
#include <asm/tlbflush.h>
+#include "linmap/call_sites.h"
