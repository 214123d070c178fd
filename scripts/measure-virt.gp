# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Columns of measure_memory() in measure-virt.sh: GiB, and the longest times away.
set title "The longest time that a CPU does not do its own work: ports/virt, 4 CPUs, emulated"
set logscale xy
set xtics (1, 2, 4, 8)
set xrange [0.9:8.9]
set yrange [60:1.5e7]
set ytics ("100" 100, "1,000" 1000, "10,000" 1e4, "100,000" 1e5, "1 million" 1e6, \
	"10 million" 1e7)
set xlabel "RAM, GiB" offset 0,0.4
set ylabel "instructions" offset 0.5
plot data using 1:3 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:5 with linespoints @line linecolor rgb live title "live", \
     data using 1:7 with linespoints @line linecolor rgb switch title "switch, compared", \
     data using 1:9 with linespoints @line linecolor rgb locked title "switch under a lock", \
     data using 1:14 with linespoints @line linecolor rgb roll title "roll"
