# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion of insmod, kmod, lsmod and rmmod. Which options there are, the tool itself says: its help is printed
# from the table that it parses by.

# _kmod_options COMMAND [WORD]: -x and --xyz, one in a line
_kmod_options()
{
	"$@" --help 2>/dev/null | sed -n -E '/^\t(-|    --)/ { s/^\t(-.), (--)/\1 \2/; s/^\t +//; s/(--[^ =]+).*/\1/; s/ /\n/; p }'
}

_kmod()
{
	local tool=${1##*/} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
	local -a command=("$1") operands=()

	COMPREPLY=()
	# --format=tmpfiles comes as three words
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || operands+=("${COMP_WORDS[i]}")
	done
	if [[ $tool == kmod ]]; then
		if ((${#operands[@]} == 0)); then
			mapfile -t COMPREPLY < <(compgen -W '-h --help -V --version help list static-nodes' -- "$cur")
			return
		fi
		tool="kmod ${operands[0]}"
		command+=("${operands[0]}")
	fi
	case $tool:$prev in
	'kmod static-nodes:-f' | 'kmod static-nodes:--format')
		mapfile -t COMPREPLY < <(compgen -W 'human tmpfiles devname' -- "$cur")
		return
		;;
	'kmod static-nodes:-o' | 'kmod static-nodes:--output')
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	'kmod help:'*)
		return
		;;
	esac
	if [[ $cur == -* || $tool == lsmod || $tool == kmod* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_kmod_options "${command[@]}")" -- "$cur")
	elif [[ $tool == insmod && ${#operands[@]} == 0 ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -- "$cur" | grep -E '\.ko(\.gz|\.xz|\.zst)?$')
	elif [[ $tool == rmmod ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(lsmod 2>/dev/null | sed '1d; s/ .*//')" -- "$cur")
	fi
}
complete -F _kmod insmod kmod lsmod rmmod
