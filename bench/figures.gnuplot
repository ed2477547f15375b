# SPDX-License-Identifier: LGPL-2.1-or-later
# The bars of bench-figures. svg: the file to make; work: where the figures are; modules: how many there are.
set terminal svg size 900,760 font "sans-serif,13" background "white"
set output svg
set datafile separator "\t"
set datafile missing "-"
set style data histograms
set style histogram clustered gap 1
set style fill solid noborder
set boxwidth 0.9
set grid ytics linecolor rgb "#dddddd"
set border 1 linecolor rgb "#888888"
set tics nomirror scale 0
set yrange [0:*]
set lmargin 9
ours = "#1b6ca8"; kmod = "#9aa5b1"; busybox = "#d8c3a5"
set multiplot layout 3,1 title sprintf("milliseconds, less is better (%s modules)", modules)
set key outside top left horizontal samplen 1.5
set title "modprobe: one process, one answer" offset 0,-0.5
plot work."/modprobe" using 2:xtic(1) title "this" linecolor rgb ours, \
	"" using 3 title "kmod" linecolor rgb kmod, "" using 4 title "busybox" linecolor rgb busybox
set key off
set title "depmod: the whole tree, by compression and number of threads (logarithmic)"
set logscale y
set yrange [100:*]
plot work."/depmod" using 2:xtic(1) linecolor rgb ours, "" using 3 linecolor rgb kmod, "" using 4 linecolor rgb busybox
unset logscale y
set yrange [0:*]
set title "modinfo: a thousand modules in one call"
plot work."/modinfo" using 2:xtic(1) linecolor rgb ours, "" using 3 linecolor rgb kmod, "" using 4 linecolor rgb busybox
unset multiplot
