# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How fast tables are filled: GiB of tables a second, medians with quartiles. The
# data of filling_rows.py has to follow.
set terminal svg size 760,420 font "sans-serif,14" background "#fbfbf8" linewidth 1
set border 2 linecolor "#555555"
set style fill solid 0.9 noborder
set style data histograms
set style histogram errorbars gap 1
set errorbars linecolor "#333333" linewidth 1.4
set grid ytics linecolor "#dddddd" linetype 1
set xtics scale 0
set ytics nomirror scale 0
set yrange [0:*]
set key outside bottom center horizontal samplen 1 width 1 reverse Left
set title "Filling tables for the 4 KiB pages of 1 GiB blocks" textcolor "#222222"
set ylabel "GiB of tables a second" textcolor "#444444"
plot "-" using 2:3:4:xtic(1) title "memset" linecolor "#9a9a9a", \
     "-" using 2:3:4 title "plain loop, a fence a table" linecolor "#d8a13a", \
     "-" using 2:3:4 title "linmap, staging" linecolor "#2f5fb3", \
     "-" using 2:3:4 title "linmap, in place" linecolor "#35a08a"
