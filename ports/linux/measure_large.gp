# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Columns of measure_large.sh: GiB, and for each way the longest interruption.
set title "The longest interruption of a CPU by an edit in Linux, 2 CPUs, emulated"
set ylabel "instructions with interrupts masked" offset 0.5
plot data using 1:2 with linespoints @line linecolor rgb yardstick title "stock", \
     data using 1:3 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:4 with linespoints @line linecolor rgb live title "live", \
     data using 1:5 with linespoints @line linecolor rgb switch title "switch", \
     data using 1:6 with linespoints @line linecolor rgb roll title "roll"
