# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Columns of measure_stop.sh: GiB, and for each way the stop and all of the split.
set title "The stop of the split in Linux, 2 CPUs, emulated"
set ylabel "instructions of the leader in the stop" offset 0.5
plot data using 1:2 with linespoints @line linecolor rgb yardstick title "stock", \
     data using 1:4 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:6 with linespoints @line linecolor rgb live title "live", \
     data using 1:8 with linespoints @line linecolor rgb switch title "switch", \
     data using 1:10 with linespoints @line linecolor rgb locked title "switch, not compared"
