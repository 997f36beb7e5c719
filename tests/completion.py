"""The bash completion, asked as bash asks it. Usage: completion.py relaypermit SCRIPT"""

import pathlib
import subprocess
import sys
import tempfile

POLICY = """[relay]
hosted_domains = ["example.com"]
[[restrict]]
id = "by-hand"
logins = ["carol@example.com"]
suspended = true
[[restrict]]
id = "suspended:mallory@example.com"
logins = ["mallory@example.com"]
suspended = true
"""


def completions(tool: str, script: str, policy: pathlib.Path, *words: str) -> list[str]:
    asked = """
        tool=$1 policy=$2
        relaypermit() { case $1 in show) "$tool" "$@" -c "$policy" ;; *) "$tool" "$@" ;; esac; }
        source "$3"
        [ "$(complete -p relaypermit)" = "complete -o filenames -F _relaypermit relaypermit" ]
        shift 3
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _relaypermit
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-euc", asked, "bash", tool, str(policy), script, *words],
                          check=True, capture_output=True, text=True)
    return done.stdout.split()


def commands_of(tool: str) -> list[str]:
    overview = subprocess.run([tool, "--help"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in overview.splitlines() if line.startswith("  ") and line[2] != " "]


def main(tool: str, script: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        policy = pathlib.Path(folder, "policy.toml")
        policy.write_text(POLICY)
        for words, expected in (
            (["relaypermit", ""], ["--help", "--version", *commands_of(tool)]),
            (["relaypermit", "resu"], ["resume"]),
            (["relaypermit", "su"], ["suggest", "suspend"]),
            (["relaypermit", "check", "-"], ["--config", "--format", "--guide", "--help", "--json", "--strict", "-c", "-h"]),
            (["relaypermit", "check", "--s"], ["--strict"]),
            (["relaypermit", "check", "--format", "g"], ["github"]),
            (["relaypermit", "explain", "--rec"], ["--recipient"]),
            (["relaypermit", "log", "--cause", "sender-not-o"], ["sender-not-owned"]),
            (["relaypermit", "resume", ""], ["mallory@example.com"]),
            (["relaypermit", "resume", "c"], []),
            (["relaypermit", "explain", "--mta", "s"], ["sendmail"]),
            (["relaypermit", "suspend", "--no"], ["--note"]),
            (["relaypermit", "ping", "--"], ["--config", "--critical", "--help", "--json", "--socket", "--timeout", "--warning"]),
        ):
            found = completions(tool, script, policy, *words)
            assert sorted(found) == sorted(expected), f"{words}: {found}, not {expected}"


if __name__ == "__main__":
    main(*sys.argv[1:])
