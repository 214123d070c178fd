# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the charts of instructions against RAM have in common.
set logscale xy
set xtics (1, 2, 4, 8, 16)
set xrange [0.9:17.8]
set yrange [90:1.2e8]
set ytics ("100" 100, "1,000" 1000, "10,000" 1e4, "100,000" 1e5, "1 million" 1e6, \
	"10 million" 1e7, "100 million" 1e8)
set xlabel "RAM, GiB" offset 0,0.4
set bmargin 6.5 # or the legend touches the label
