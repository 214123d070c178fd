# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Columns of measure-virt.sh: GiB, and for each way the stop and the time away.
set title "The stop of ports/virt, 4 CPUs, emulated"
set logscale xy
set xtics (1, 2, 4, 8)
set xrange [0.9:8.9]
set yrange [90:1.2e7]
set ytics ("100" 100, "1,000" 1000, "10,000" 1e4, "100,000" 1e5, "1 million" 1e6, \
	"10 million" 1e7)
set xlabel "RAM, GiB" offset 0,0.4
set ylabel "instructions of the leader in the stop" offset 0.5
set arrow from 0.9,1000 to 8.9,1000 nohead dashtype 2 linecolor "#777777"
set label "budget of a switch under a lock" at 0.95,1400 textcolor "#555555"
plot data using 1:2 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:4 with linespoints @line linecolor rgb live title "live", \
     data using 1:6 with linespoints @line linecolor rgb switch title "switch, compared", \
     data using 1:8 with linespoints @line linecolor rgb locked title "switch under a lock"
