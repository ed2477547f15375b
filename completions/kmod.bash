# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion of depmod, insmod, kmod, lsmod, modinfo, modprobe and rmmod. Which options there are and what they
# take, the tool itself says: its help is printed from the table that it parses by.

# _kmod_options COMMAND [WORD]: a line for each spelling of an option, and what the help calls its argument
_kmod_options()
{
	"$@" --help 2>/dev/null | sed -n -E 's/^\t(-.|  )[, ] (--[^ =]+)(=([A-Z]+))? .*/\1 \4\n\2 \4/p' | grep ^- | sort -u
}

# _kmod_offer [nospace]: the lines of the input that begin as $cur does, as they are: nothing in them is expanded
_kmod_offer()
{
	local line

	while IFS= read -r line; do
		[[ $line == "$cur"* ]] && COMPREPLY+=("$line")
	done
	[[ $# == 0 ]] || compopt -o "$1" 2>/dev/null
}

_kmod_offer_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -- "$cur" | grep -E '\.ko(\.gz|\.xz|\.zst)?$')
}

# Where modules are: depmod knows, where there is one.
_kmod_directory()
{
	local line

	line=$(depmod --help 2>/dev/null | sed -n -E 's/.*--moduledir=.*\((\/.*)\)$/\1/p')
	echo "${line:-/lib/modules}"
}

# Modules that could be loaded. A dash and an underscore are the same: the spelling follows what was typed.
_kmod_offer_modules()
{
	local line seen=" ${operands[*]} "

	while IFS= read -r line; do
		[[ $line == "$cur"* ]] || line=${line//-/_}
		[[ $line == "$cur"* ]] || line=${line//_/-}
		[[ $line == "$cur"* && $seen != *" $line "* ]] && COMPREPLY+=("$line")
	done < <(sed -n -E 's,^([^:]*/)?([^/:]+)\.ko(\.[a-z]+)?:.*,\2,p' "$root$(_kmod_directory)/${version:-$(uname -r)}/modules.dep" 2>/dev/null)
}

_kmod_offer_loaded() { _kmod_offer < <(lsmod 2>/dev/null | sed '1d; s/ .*//'); }

# _kmod_offer_parameters MODULE
_kmod_offer_parameters()
{
	_kmod_offer nospace < <(modinfo ${root:+-b "$root"} ${version:+-k "$version"} -F parmtype -- "$1" 2>/dev/null |
		sed -n -E 's/^([A-Za-z0-9_.-]+):.*/\1=/p')
}

# _kmod_offer_values TOOL ARG: what the argument of an option can be, by what the help calls it
_kmod_offer_values()
{
	case $1:$2 in
	static-nodes:NAME) _kmod_offer < <(printf '%s\n' human tmpfiles devname) ;;
	modinfo:NAME)
		_kmod_offer < <(printf '%s\n' alias author build-id depends description filename firmware intree license name \
			parm parmtype sig_hashalgo sig_id sig_key signature signer softdep srcversion vermagic version weakdep) ;;
	*:VERSION) _kmod_offer < <(cd "$root$(_kmod_directory)" 2>/dev/null && printf '%s\n' */ | sed -n 's,^\([^*].*\)/$,\1,p') ;;
	*:ROOT | *:DIR)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	*:FILE | *:PATH)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

_kmod()
{
	local tool=${1##*/} cur=${COMP_WORDS[COMP_CWORD]} root='' version='' asked='' first=1 i word option arg value rest
	local -a command=("$1") operands=() options=()
	local -A takes=() given=()

	COMPREPLY=()
	if [[ $tool == kmod ]]; then
		for ((; first < COMP_CWORD; first++)); do
			[[ ${COMP_WORDS[first]} == -* ]] || break
		done
		if ((first >= COMP_CWORD)); then
			_kmod_offer < <(printf '%s\n' -h --help -V --version help list static-nodes)
			return
		fi
		tool=${COMP_WORDS[first]}
		[[ $tool != help ]] || return
		command+=("$tool")
		((first++))
	fi
	while read -r option arg; do
		options+=("$option")
		[[ -z $arg ]] || takes[$option]=$arg
	done < <(_kmod_options "${command[@]}")

	# What was typed before; --option=value comes as three words.
	for ((i = first; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]} option='' rest=''
		if [[ $word == --?* && -z ${given[--]-} ]]; then
			option=${word%%=*}
			[[ $word != *=* ]] || rest=${word#*=}
		elif [[ $word == -? || -n ${given[--]-} ]]; then
			option=$word
		elif [[ $word == -?* ]]; then
			for ((rest = 1; rest < ${#word}; rest++)); do
				option=-${word:rest:1}
				[[ -z ${takes[$option]-} ]] || break
				given[$option]=1
			done
			rest=${word:rest + 1}
		fi
		if [[ $word != -* || -n ${given[--]-} ]]; then
			operands+=("$word")
			continue
		fi
		given[$option]=1
		arg=${takes[$option]-}
		[[ -n $arg ]] || continue
		value=$rest
		if [[ -z $rest ]]; then
			((i + 1 == COMP_CWORD)) || [[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
			((++i < COMP_CWORD)) || asked=$arg
			value=${COMP_WORDS[i]}
		fi
		case $option in
		-b | --basedir | -d | --dirname) root=${value/#\~/$HOME} ;;
		-k | -S | --set-version) version=$value ;;
		esac
	done

	if [[ -n $asked ]]; then
		[[ $cur != = ]] || cur=''
		case $asked in ROOT | DIR) root='' ;; esac
		_kmod_offer_values "$tool" "$asked"
		return
	elif [[ $cur == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
		return	# the value of a module's parameter
	elif [[ $cur == -* && -z ${given[--]-} ]]; then
		_kmod_offer < <(printf '%s\n' "${options[@]}")
		return
	fi
	case $tool:${#operands[@]} in
	lsmod:* | list:* | static-nodes:*) _kmod_offer < <(printf '%s\n' "${options[@]}") ;;
	insmod:0) _kmod_offer_files ;;
	rmmod:*) _kmod_offer_loaded ;;
	depmod:0) _kmod_offer_values depmod VERSION ;;
	depmod:*) _kmod_offer_files ;;
	modinfo:*)
		[[ $cur == */* ]] || _kmod_offer_modules
		((${#COMPREPLY[@]})) || [[ -n ${given[-m]-}${given[--modname]-} ]] || _kmod_offer_files
		;;
	modprobe:*)
		if [[ -n ${given[-r]-}${given[--remove]-}${given[--remove-holders]-} ]]; then
			_kmod_offer_loaded
		elif ((${#operands[@]})) && [[ -z ${given[-a]-}${given[--all]-} ]]; then
			_kmod_offer_parameters "${operands[0]}"
		elif [[ $cur == */* ]]; then
			_kmod_offer_files
		else
			_kmod_offer_modules
		fi
		;;
	insmod:*) _kmod_offer_parameters "${operands[0]}" ;;
	esac
}
complete -F _kmod depmod insmod kmod lsmod modinfo modprobe rmmod
