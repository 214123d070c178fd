#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""1 TiB and 64 CPUs: holds, in 4 GiB of host memory. Prints how long it took."""
import json
import resource
import subprocess
import sys
import time

from tap import LINMAP

LIMIT_KIB = 4 << 20
PAGES = (1 << 40) // 4096

start = time.monotonic()
done = subprocess.run([LINMAP, "run", "--ram", "1T", "--cpus", "64", "--boot-bbm",
                       "0", "--scenario", "boot", "--json", "--quiet"], stdout=subprocess.PIPE,
                      check=False)
seconds = time.monotonic() - start
peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
report = json.loads(done.stdout)
print("1 TiB, 64 CPUs, by %s: %.1f s, %.2f GiB" %
      (report["commit"], seconds, peak_kib / (1 << 20)))
if done.returncode or not report["held"] or report["pages_checked"] != PAGES:
    sys.exit("did not hold: exit %d, %d of %d pages" %
             (done.returncode, report["pages_checked"], PAGES))
if peak_kib > LIMIT_KIB:
    sys.exit("took %d KiB, expected at most %d" % (peak_kib, LIMIT_KIB))
