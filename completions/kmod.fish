# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion of the tool this file is named after. Which options there are, the tool itself says: its help is
# printed from the table that it parses by.

set -l tool (status basename | string replace .fish '')
complete -c $tool -e
for line in ($tool --help 2>/dev/null)
    string match -qr '^\t(?:-(?<short>.),|   ) --(?<long>[a-z-]+)(?:=[A-Z]+)? +(?<text>.*)$' -- $line
    or continue
    complete -c $tool (test -n "$short"; and printf '%s\n' -s $short) -l $long -d $text
end
switch $tool
    case insmod
        complete -c $tool -k -x -a '(__fish_complete_suffix .ko | string match -r ".*(?:/|\.ko(?:\.(?:gz|xz|zst))?)\$")'
    case rmmod
        complete -c $tool -x -a '(lsmod 2>/dev/null | tail -n +2 | string replace -r " .*" "")'
    case '*'
        complete -c $tool -f
end
