# Completion of barman and its other programs for fish. What goes before it when it is installed, made from the programs' own
# tables:
#   __barman_programs         every program
#   __barman_verbs            name, TAB, help of every verb and alias
#   __barman_options VERB     the same of its options                (verb "": what stands before the verb)
#   __barman_arguments VERB   what each of its arguments is
#   __barman_values VERB OPTION  the choices of an option that takes a value; @file, @directory, @backup; or "-"
# The other programs are verbs to these tables.

function __barman_ask
    command $__barman_program $__barman_config $argv 2>/dev/null
end

# Ids, names, and the words that stand for one of them.
function __barman_backups --argument-names server
    __barman_ask list-backups "$server" | string replace -rf "^\S+ (\d{8}T\d{6})(?: '(.*)')? - .*" '$1\n$2' |
        string replace -a '\n' \n | string match -r '.+'
    printf '%s\n' latest last oldest first last-failed latest-full last-full $argv[2..]
end

function __barman_candidates --argument-names kind
    switch $kind
        case servers
            test (count $__barman_words) -gt 0; or echo all
            __barman_ask list-servers --minimal
        case server
            __barman_ask list-servers --minimal
        case backup @backup
            __barman_backups $__barman_words[1]
        case backup-or-auto
            __barman_backups $__barman_words[1] auto
        case verb
            __barman_verbs
        case host
            __fish_print_hostnames
        case file @file
            __fish_complete_path $__barman_current
        case directory @directory
            __fish_complete_directories $__barman_current
    end
end

# The value of an option: choices, or what one of the words above stands for.
function __barman_value --argument-names values
    if string match -q '@*' -- $values
        __barman_candidates $values
    else if test "$values" != -
        string split -- ' ' $values
    end
end

function __barman_complete
    set -l tokens (commandline -opc)
    set -g __barman_current (commandline -ct)
    set -g __barman_program $tokens[1]
    set -g __barman_config
    set -g __barman_words
    set -l verb ''
    set -l own (path basename $__barman_program)
    test "$own" = barman; or set verb $own
    set -l waiting ''
    for token in $tokens[2..]
        if test -n "$waiting"
            if test -z "$verb"; and contains -- $waiting -c --config
                set __barman_config -c $token
            end
            set waiting ''
        else if test -n "$(__barman_values "$verb $token")"
            set waiting $token
        else if string match -q -- '-*' $token
            continue
        else if test -z "$verb"
            set verb $token
        else
            set -a __barman_words $token
        end
    end
    if test -n "$waiting"
        __barman_value (__barman_values "$verb $waiting")
    else if string match -qr -- '^--[^=]+=' $__barman_current
        set -l option (string split -m 1 -- = $__barman_current)
        set __barman_current $option[2]
        __barman_value (__barman_values "$verb $option[1]") | string replace -r -- '^' "$option[1]="
    else if string match -q -- '-*' $__barman_current
        __barman_options "$verb"
    else if test -z "$verb"
        __barman_candidates verb
    else
        set -l kinds (string split -- ' ' (__barman_arguments "$verb"))
        if test "$kinds[1]" = servers
            __barman_candidates servers
        else
            __barman_candidates $kinds[(math (count $__barman_words) + 1)]
        end
    end
end

for program in $__barman_programs
    complete -c $program -e
    complete -c $program -f -k -a '(__barman_complete)'
end
