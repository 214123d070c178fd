# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Columns of measure_large.sh: GiB, and for each way the longest interruption.
set title "The longest interruption of a CPU by an edit in Linux, 2 CPUs, emulated"
set logscale xy
set xtics (1, 2, 4, 8, 16)
set xrange [0.9:17.8]
set yrange [90:1.2e8]
set ytics ("100" 100, "1,000" 1000, "10,000" 1e4, "100,000" 1e5, "1 million" 1e6, \
	"10 million" 1e7, "100 million" 1e8)
set xlabel "RAM, GiB" offset 0,0.4
set ylabel "instructions with interrupts masked" offset 0.5
plot data using 1:2 with linespoints @line linecolor rgb yardstick title "stock", \
     data using 1:3 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:4 with linespoints @line linecolor rgb live title "live", \
     data using 1:5 with linespoints @line linecolor rgb switch title "switch", \
     data using 1:6 with linespoints @line linecolor rgb roll title "roll"
