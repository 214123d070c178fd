# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The style of all charts, with the same colour for the same thing. Use it before a
# chart's own file: gnuplot -e "data='FILE'" scripts/chart.gp CHART.gp >CHART.svg
if (!exists("width")) width = 760
set terminal svg size width,460 font "sans-serif,14" background "white" linewidth 1
set border 3 linecolor "#555555"
set grid ytics linecolor "#dddddd" linetype 1
set tics nomirror textcolor "#333333"
set key outside bottom center horizontal samplen 2 width 2 reverse Left textcolor "#222222"
set datafile missing "-"

yardstick = "#8a8a8a" # what others do: memset, a stock kernel
plain     = "#d08a1d"
in_place  = "#1f8a70"
live      = "#2f5fb3"
switch    = "#b3364a"
locked    = "#7a4fa3" # a switch that compares nothing, as a lock keeps others away
roll      = "#3a3a3a" # nobody is held

# Use as "with linespoints @line linecolor live".
line = "linewidth 2.4 pointtype 7 pointsize 0.7"
