# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion of the tool this file is named after. Which options there are and what they take, the tool itself
# says: its help is printed from the table that it parses by.

# What the help calls an argument says what it can be.
function __kmod_values -a kind
    switch $kind
        case ROOT DIR
            __fish_complete_directories (commandline -ct)
        case VERSION
            path basename (__kmod_option_value -b --basedir -d --dirname)(__kmod_directory)/*/ 2>/dev/null
        case FORMAT
            printf '%s\n' human tmpfiles devname
        case FIELD
            printf '%s\n' alias author build-id depends description filename firmware intree license name parm parmtype \
                sig_hashalgo sig_id sig_key signature signer softdep srcversion vermagic version weakdep
    end
end

# Where modules are: depmod knows, where there is one.
function __kmod_directory
    depmod --help 2>/dev/null | string match -rg -- '--moduledir=.*\((/.*)\)$'
    or echo /lib/modules
end

# The argument of one of these options, of the command as typed so far.
function __kmod_option_value
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        set -l word $words[$i]
        if contains -- $word $argv
            test $i -lt (count $words); and string replace -r '^~' $HOME -- $words[(math $i + 1)]
            return
        else if string match -qr -- '^--[a-z-]+=' $word; and contains -- (string split -m 1 = $word)[1] $argv
            string split -m 1 -f 2 = -- $word
            return
        end
    end
    echo
end

function __kmod_modules
    set -l release (__kmod_option_value -S -k --set-version)
    test -n "$release"; or set release (uname -r)
    set -l file (__kmod_option_value -b --basedir -d --dirname)(__kmod_directory)/$release/modules.dep
    test -r $file; and string match -rg '^(?:[^:]*/)?([^/:]+)\.ko(?:\.[a-z]+)?:' <$file
end

function __kmod_loaded
    lsmod 2>/dev/null | tail -n +2 | string replace -r ' .*' ''
end

function __kmod_files
    __fish_complete_suffix .ko | string match -r '.*(?:/|\.ko(?:\.(?:gz|xz|zst))?)$'
end

# The words that are neither options nor arguments of options.
function __kmod_operands
    set -l words (commandline -opc)
    set -l takes ($words[1] --help 2>/dev/null | string match -rg '^\t(-.)?,? +(--[a-z-]+)=[A-Z]')
    set -l skip
    for word in $words[2..-1]
        if test -n "$skip"
            set skip
        else if contains -- $word $takes
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# What the parameters of the module are called.
function __kmod_parameters
    set -l operands (__kmod_operands)
    set -l root (__kmod_option_value -d --dirname)
    set -l release (__kmod_option_value -S --set-version)
    test (count $operands) -gt 0
    and modinfo (test -n "$root"; and echo -b$root) (test -n "$release"; and echo -k$release) -F parmtype -- $operands[1] 2>/dev/null |
        string match -rg '^([A-Za-z0-9_.-]+):' | string replace -r '$' =
end

set -l tool (status basename | string replace .fish '')
set -l asked $tool
set -l only
complete -c $tool -e
if test $tool = kmod
    set -l commands help list static-nodes
    complete -c kmod -f -n "not __fish_seen_subcommand_from $commands" -a "$commands"
    complete -c kmod -f -n "not __fish_seen_subcommand_from $commands" -s h -l help -d 'show this help'
    complete -c kmod -f -n "not __fish_seen_subcommand_from $commands" -s V -l version -d 'show version'
    set asked 'kmod list' 'kmod static-nodes'
end
for command in $asked
    test $tool = kmod; and set only -n "__fish_seen_subcommand_from "(string split ' ' $command)[2]
    for line in (eval $command --help 2>/dev/null)
        string match -qr '^\t(?:-(?<short>.),|   ) --(?<long>[a-z-]+)(?:=(?<arg>[A-Z]+))? +(?<text>.*)$' -- $line
        or continue
        test "$arg:$tool" = NAME:kmod; and set arg FORMAT
        test "$arg:$tool" = NAME:modinfo; and set arg FIELD
        set -l values
        switch "$arg"
            case FILE PATH
                set values -r -F
            case '?*'
                set values -x -a "(__kmod_values $arg)"
        end
        complete -c $tool $only (test -n "$short"; and printf '%s\n' -s $short) -l $long -d $text $values
    end
end
switch $tool
    case insmod
        complete -c $tool -k -x -n '! count (__kmod_operands) >/dev/null' -a '(__kmod_files)'
        complete -c $tool -x -a '(__kmod_parameters)'
    case rmmod
        complete -c $tool -x -a '(__kmod_loaded)'
    case depmod
        complete -c $tool -x -n '! count (__kmod_operands) >/dev/null' -a '(__kmod_values VERSION)'
        complete -c $tool -k -x -n 'count (__kmod_operands) >/dev/null' -a '(__kmod_files)'
    case modinfo
        complete -c $tool -x -a '(__kmod_modules)'
        complete -c $tool -k -x -n '! __fish_contains_opt -s m modname' -a '(__kmod_files)'
    case modprobe
        set -l removes '__fish_contains_opt -s r remove remove-holders'
        set -l another '__fish_contains_opt -s a all; or ! count (__kmod_operands) >/dev/null'
        complete -c $tool -x -n $removes -a '(__kmod_loaded)'
        complete -c $tool -x -n "! $removes; and begin; $another; end" -a '(__kmod_modules)'
        complete -c $tool -x -n "! $removes; and not begin; $another; end" -a '(__kmod_parameters)'
    case '*'
        complete -c $tool -f
end
