#compdef depmod insmod kmod lsmod modinfo modprobe rmmod
# SPDX-License-Identifier: LGPL-2.1-or-later
# zsh completion. Which options there are and what they take, the tool itself says: its help is printed from the table
# that it parses by.

local tool=${service:-${words[1]:t}} row text long arg value root version directory state context
local -a command=($tool) specs names line match mbegin mend
local -A opt_args

if [[ $tool == kmod ]]; then
	if ((CURRENT == 2)); then
		compadd - help list static-nodes -h --help -V --version
		return
	fi
	command+=($words[2])
	tool=$words[2]
	[[ $tool == (list|static-nodes) ]] || return
	words[1]=()
	((CURRENT--))
fi

for row in ${(f)"$(_call_program options $command --help 2>/dev/null)"}; do
	[[ $row =~ $'^\t(-.|  )[, ] (--[a-z-]+)(=[A-Z]+)? +(.*)$' ]] || continue
	text=${match[4]//(#m)[][:\\]/\\$MATCH}
	long=$match[2] arg=${match[3]#=} value=
	case $tool:$arg in
	*:) ;;
	*:(ROOT|DIR)) value=":$arg:_files -/" ;;
	*:(FILE|PATH)) value=":$arg:_files" ;;
	*:VERSION) value=":$arg:->version" ;;
	static-nodes:NAME) value=":$arg:(human tmpfiles devname)" ;;
	modinfo:NAME) value=":$arg:(alias author build-id depends description filename firmware intree license name parm
		parmtype sig_hashalgo sig_id sig_key signature signer softdep srcversion vermagic version weakdep)" ;;
	*) value=":$arg: " ;;
	esac
	if [[ $match[1] == -* ]]; then
		specs+=("($match[1] $long)$match[1]${value:++}[$text]$value" "($match[1] $long)$long${value:+=}[$text]$value")
	else
		specs+=("$long${value:+=}[$text]$value")
	fi
done
case $tool in
depmod) specs+=('1: :->version' '*:module file:_files -g "*.ko(|.gz|.xz|.zst)(-.)"') ;;
insmod) specs+=('1:module file:_files -g "*.ko(|.gz|.xz|.zst)(-.)"' '*: :->parameters') ;;
modinfo) specs+=('*: :->modules') ;;
modprobe) specs+=('1: :->modules' '*: :->more') ;;
rmmod) specs+=('*: :->loaded') ;;
esac
_arguments -s $specs || [[ -n $state ]] || return

directory=${${(M)${(f)"$(_call_program directory depmod --help 2>/dev/null)"}:#*--moduledir=*\(/*\)}##*\(}
root=${opt_args[-d]:-${opt_args[--dirname]:-${opt_args[-b]:-${opt_args[--basedir]}}}}
version=${opt_args[-S]:-${opt_args[-k]:-${opt_args[--set-version]:-$(uname -r)}}}
directory=$root${${directory%\)}:-/lib/modules}
[[ -z $opt_args[(I)(-r|--remove|--remove-holders)] ]] || state=loaded
[[ $state != more ]] || state=${${opt_args[(I)(-a|--all)]:+modules}:-parameters}
case $state in
version)
	names=($directory/*(N/:t))
	_wanted versions expl 'kernel version' compadd -a names
	;;
modules)
	[[ ! -r $directory/$version/modules.dep ]] ||
		names=(${${${(f)"$(<$directory/$version/modules.dep)"}%%:*}##*/})
	names=(${names%%.ko*})
	if [[ $tool == modprobe && $PREFIX != */* ]]; then
		_wanted modules expl module compadd -M 'm:{-_}={_-}' -a names
		return
	fi
	_alternative "modules:module:compadd -M 'm:{-_}={_-}' -a names" 'files:module file:_files -g "*.ko(|.gz|.xz|.zst)(-.)"'
	;;
loaded)
	names=(${${(f)"$(_call_program modules lsmod 2>/dev/null)"}[2,-1]%% *})
	_wanted modules expl 'loaded module' compadd -a names
	;;
parameters)
	names=(${(f)"$(_call_program parameters modinfo ${root:+-b ${(q)root}} ${opt_args[(I)(-S|--set-version)]:+-k ${(q)version}} -F parmtype -- \
		${(q)line[1]} 2>/dev/null)"})
	names=(${${(M)names:#[A-Za-z0-9_]*:*}%%:*})
	_wanted parameters expl parameter compadd -S = -a names
	;;
esac
