// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// kexec copies the tables of the linear map, and sleeps meanwhile: no edit replaces them.
@ copy @
expression ret;
@@
machine_kexec_post_load(...)
{
	<+...
+	unsigned int linmap_flags = linmap_hold_tables();
	ret = trans_pgd_create_copy(...);
+	linmap_let_tables_go(linmap_flags);
	...+>
}

@ depends on copy @
@@
#include <asm/trans_pgd.h>
+#include "../mm/linmap/call_sites.h"
