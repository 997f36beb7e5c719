"""The completions for bash, zsh and fish, each asked as its shell asks it: all three offer the same words,
and of every command the options that its --help names.

usage: completion.py RELAYPERMIT CONTRIB
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

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
BASH = """
    source "$1"
    [ "$(complete -p relaypermit)" = "complete -o filenames -F _relaypermit relaypermit" ]
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _relaypermit
    printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = 'source $argv[1]; complete -C "$argv[2..-1]"'
# Notes what would be offered, and says when that is all.
ZSHRC = """
    fpath=($COMPLETIONS $fpath)
    autoload -Uz compinit && compinit -D -u
    compadd() {
        if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
        local -a hits
        builtin compadd -A hits "$@"
        if (( $#hits )); then print -l -- $hits >>$FOUND; fi
        builtin compadd "$@"
    }
    finished() { print >>$FOUND.done; }
    comppostfuncs=(finished)
    _capture() { comppostfuncs=(finished); _main_complete; }
    zle -C capture complete-word _capture
    bindkey '^I' capture
    PS1=; : >$FOUND.ready
"""
PATIENCE_S = 60


def wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        if time.monotonic() > end:
            raise AssertionError(f"zsh is silent: no {path.name}")
        time.sleep(0.01)


def drain(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        pass


class Shells:
    """Each answers what it would offer for the last of the words."""

    def __init__(self, tool: Path, contrib: Path, folder: Path) -> None:
        self.contrib = contrib
        self.folder = folder
        self.site = folder / "site"  # where files are completed
        self.site.mkdir()
        (self.site / "guide").mkdir()
        (self.site / "policy.toml").write_text(POLICY)
        (self.site / "letter.txt").touch()
        (folder / "bin").mkdir()
        named = folder / "bin/relaypermit"
        named.write_text(f'#!/bin/sh\ncase $1 in\nshow) exec {tool} "$@" -c {self.site}/policy.toml ;;\n*) exec {tool} "$@" ;;\nesac\n')
        named.chmod(0o755)
        (folder / ".zshrc").write_text(ZSHRC)
        self.found = folder / "found"
        self.environment = {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder), "ZDOTDIR": str(folder), "TERM": "vt100",
                            "FOUND": str(self.found), "COMPLETIONS": str(contrib / "zsh-completion"), "LC_ALL": "C.UTF-8"}

    def run(self, *command: str | Path) -> list[str]:
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.site, env=self.environment)
        assert not done.stderr, done.stderr
        return done.stdout.splitlines()

    def bash(self, *words: str) -> list[str]:
        return self.run("bash", "-euc", BASH, "bash", self.contrib / "bash-completion/relaypermit", *words)

    def fish(self, *words: str) -> list[str]:
        script = self.contrib / "fish-completion/relaypermit.fish"
        return [line.split("\t")[0] for line in self.run("fish", "--no-config", "-c", FISH, script, *words)]

    def zsh(self, *words: str) -> list[str]:
        ready, finished = Path(f"{self.found}.ready"), Path(f"{self.found}.done")
        for file in (self.found, ready, finished):
            file.unlink(missing_ok=True)
        ours, its = pty.openpty()
        with subprocess.Popen(["zsh", "-d", "-i"], stdin=its, stdout=its, stderr=its, cwd=self.site, env=self.environment,
                              start_new_session=True) as shell:
            os.close(its)
            reader = threading.Thread(target=drain, args=(ours,))
            reader.start()
            try:
                wait_for(ready)
                os.write(ours, " ".join(words).encode() + b"\t")
                wait_for(finished)
            finally:
                shell.kill()
                shell.wait()
                reader.join()
                os.close(ours)
        return self.found.read_text().splitlines() if self.found.exists() else []

    def everywhere(self) -> list:
        return [self.bash, self.zsh, self.fish]


def commands_of(tool: Path) -> list[str]:
    overview = subprocess.run([tool, "--help"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in overview.splitlines() if line.startswith("  ") and line[2] != " "]


def options_of(tool: Path, command: str) -> list[str]:
    text = subprocess.run([tool, command, "--help"], check=True, capture_output=True, text=True).stdout
    rows = [line[2:].split("  ")[0] for line in text.splitlines() if line.startswith("  -")]
    return [word for row in rows for word in row.replace(",", " ").split() if word.startswith("-")]


def faults_of(shells: Shells, tool: Path) -> list[str]:
    faults = []

    def ask(expected: list[str], *words: str) -> None:
        for shell in shells.everywhere():
            found = sorted({word.rstrip("/ ") for word in shell(*words)} - {""})
            if found != sorted(expected):
                faults.append(f"{shell.__name__}: {words}: {found}, not {sorted(expected)}")

    commands = commands_of(tool)
    languages = [file.stem for file in (shells.contrib.parent / "tool/guide/texts").glob("*.toml")]
    ask(["--help", "--version"], "relaypermit", "--")
    ask(["resume"], "relaypermit", "resu")
    ask(["suggest", "suspend"], "relaypermit", "su")
    ask(["--json"], "relaypermit", "--version", "--j")
    for command in commands:
        ask(options_of(tool, command), "relaypermit", command, "-")
    ask(["--strict"], "relaypermit", "check", "--s")
    ask(["github"], "relaypermit", "check", "--format", "g")
    ask(languages, "relaypermit", "explain", "--lang", "")
    ask(["sendmail"], "relaypermit", "explain", "--mta", "s")
    ask(["reject"], "relaypermit", "log", "--verdict", "r")
    ask(["sender-not-owned"], "relaypermit", "log", "--cause", "sender-not-o")
    ask(["mallory@example.com"], "relaypermit", "resume", "")
    ask([], "relaypermit", "resume", "q")
    ask([], "relaypermit", "suspend", "--note", "")
    ask(["letter.txt"], "relaypermit", "log", "--store", "l")
    ask(["policy.toml"], "relaypermit", "replay", "-p", "p")
    ask(["guide"], "relaypermit", "guide", "--out", "")
    ask(["policy.toml"], "relaypermit", "check", "p")
    for shell in shells.everywhere():  # zsh offers options to a dash alone
        found = [word for word in shell("relaypermit", "") if not word.startswith("-")]
        if sorted(found) != sorted(commands):
            faults.append(f"{shell.__name__}: {found}, not {sorted(commands)}")

    for command, folders in ((["zsh", "-f", "-c", "print -l $fpath"],
                              ["/usr/share/zsh/vendor-completions", "/usr/local/share/zsh/site-functions"]),
                             # Below /usr/local only where the session says so, as desktops do.
                             (["env", "XDG_DATA_DIRS=/usr/local/share:/usr/share", "fish", "-c", "printf '%s\\n' $fish_complete_path"],
                              ["/usr/share/fish/vendor_completions.d", "/usr/local/share/fish/vendor_completions.d"])):
        looked = shells.run(*command)
        faults += [f"{' '.join(command)} does not look into {folder}: {looked}" for folder in folders if folder not in looked]
    return faults


def main(tool: str, contrib: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        faults = faults_of(Shells(Path(tool).resolve(), Path(contrib).resolve(), Path(folder)), Path(tool))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
