// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Declares the functions that the other sites call.

@@
@@
#include <asm/tlbflush.h>
+#include "linmap/call_sites.h"
