# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How long the stop is against RAM, medians with quartiles, and how many stores to live
# tables are in it: rows of rows.py. Needs a width for two charts.
set multiplot layout 1,2 \
	title "The stop, for 1 GiB blocks that become pages, on one core of this host"
set logscale xy
set xlabel "RAM, GiB" offset 0,0.4
set xtics (1, 4, 16, 64, 256, "1,024" 1024)
set xrange [0.8:1300]

set ylabel "time in the stop"
set yrange [0.03:1e6]
set ytics ("100 ns" 0.1, "1 us" 1, "10 us" 10, "100 us" 100, "1 ms" 1e3, "10 ms" 1e4, \
	"100 ms" 1e5, "1 s" 1e6)
plot data using 1:3:2:4 with yerrorlines @line linecolor rgb in_place title "in place", \
     data using 1:7:6:8 with yerrorlines @line linecolor rgb live title "live", \
     data using 1:11:10:12 with yerrorlines @line linecolor rgb plain title "break", \
     data using 1:15:14:16 with yerrorlines @line linecolor rgb switch title "switch"

set ylabel "stores to live tables in the stop"
set yrange [0.7:1e6]
set ytics (1, 10, 100, "1,000" 1e3, "10,000" 1e4, "100,000" 1e5, "1 million" 1e6)
plot data using 1:5 with linespoints @line linecolor rgb in_place title "in place", \
     data using 1:9 with linespoints @line linecolor rgb live title "live", \
     data using 1:13 with linespoints @line linecolor rgb plain title "break", \
     data using 1:17 with linespoints @line linecolor rgb switch title "switch"
unset multiplot
