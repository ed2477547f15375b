#compdef insmod lsmod rmmod
# SPDX-License-Identifier: LGPL-2.1-or-later
# zsh completion. Which options there are, the tool itself says: its help is printed from the table that it parses by.

local tool=${service:-${words[1]:t}} line text
local -a specs modules match mbegin mend

for line in ${(f)"$(_call_program options $tool --help 2>/dev/null)"}; do
	[[ $line =~ $'^\t(-.|  )[, ] (--[a-z-]+)(=[A-Z]+)? +(.*)$' ]] || continue
	text=${match[4]//(#m)[][:\\]/\\$MATCH}
	if [[ $match[1] == -* ]]; then
		specs+=("($match[1] $match[2])$match[1][$text]" "($match[1] $match[2])$match[2][$text]")
	else
		specs+=("$match[2][$text]")
	fi
done
case $tool in
insmod) specs+=('1:module file:_files -g "*.ko(|.gz|.xz|.zst)(-.)"' '*:parameter:') ;;
rmmod)
	modules=(${${(f)"$(lsmod 2>/dev/null)"}[2,-1]%% *})
	specs+=("*:module:($modules)")
	;;
esac
_arguments -s $specs
