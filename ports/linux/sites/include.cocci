// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Where the functions that the other sites call are declared.

@@
@@
#include <asm/tlbflush.h>
+#include "linmap/call_sites.h"
