# fish completion for relaypermit(1)
#
# Commands, options and what stands for their values come from the program's own --help, so that none
# is forgotten here. Those for bash and zsh are beside this; tests/completion.py holds them together.

# The options of a command, a line each: names, a tab, what stands for the value, a tab, what it does.
function __relaypermit_options
    relaypermit $argv[1] --help 2>/dev/null |
        string replace -rf '^  ((?:-[a-z], )?--[a-z][a-z-]*)(?: ([A-Z]+)\S*(?: \S+)*)?(?:  +(.*))?$' '$1\t$2\t$3'
end

# The values of an option, by what stands for them there.
function __relaypermit_values
    switch $argv[1]
        case FILE CERT
            __fish_complete_path (commandline -ct)
        case DIR
            __fish_complete_directories (commandline -ct) ''
        case FORMAT
            printf '%s\n' text short github json
        case LANGUAGE
            printf '%s\n' de en es fr it nl
        case MTA
            printf '%s\n' postfix sendmail
        case VERDICT
            printf '%s\n' accept reject tempfail monitor mta-reject
        case CAUSE
            relaypermit show 2>/dev/null | string replace -rf '^\[cause\.(.*)\]$' '$1'
    end
end

function __relaypermit
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    if test (count $words) -eq 1
        printf '%s\n' --help\t'what there is' --version\t'the version and those of the libraries'
        relaypermit --help 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*)  +(.*)$' '$1\t$2'
        return
    end
    set -l name $words[2]
    if string match -q -- '-*' $name
        echo --json
        return
    end
    set -l options (__relaypermit_options $name)
    for option in $options
        set -l parts (string split \t -- $option)
        if contains -- $words[-1] (string split ', ' -- $parts[1]); and test -n "$parts[2]"
            __relaypermit_values $parts[2]
            return
        end
    end
    if string match -q -- '-*' $current
        for option in $options
            set -l parts (string split \t -- $option)
            for written in (string split ', ' -- $parts[1])
                printf '%s\t%s\n' $written $parts[3]
            end
        end
        return
    end
    switch $name
        case resume
            relaypermit show 2>/dev/null | string replace -rf '^id *= "suspended:(.*@.*)"$' '$1'
        case guide
            __fish_complete_directories $current ''
        case check test
            __fish_complete_suffix .toml
    end
end

complete -c relaypermit -f -a '(__relaypermit)'
