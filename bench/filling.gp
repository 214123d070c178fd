# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How fast tables are filled, medians with quartiles: rows of rows.py.
set title "Filling tables for the 4 KiB pages of 1 GiB blocks, on one core of this host"
set style fill solid 0.9 noborder
set style data histograms
set style histogram errorbars gap 1
set errorbars linecolor "#333333" linewidth 1.4
set xtics scale 0
set yrange [0:*]
set xlabel "RAM" offset 0,0.4
set ylabel "GiB of tables a second"
plot data using 3:2:4:xtic(1) title "memset" linecolor rgb yardstick, \
     data using 6:5:7 title "plain loop, a fence a table" linecolor rgb plain, \
     data using 9:8:10 title "linmap, staging" linecolor rgb live, \
     data using 12:11:13 title "linmap, in place" linecolor rgb in_place
