"""The file rules of an AppArmor profile, and what of a trace they let through. No kernel is asked."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from traced import Call

# Variables of Debian's tunables that stand in the rules compared here.
VARIABLES = {"run": "{/run,/var/run}", "PROC": "/proc", "sys": "/sys", "etc_ro": "{/usr/etc,/etc}", "pid": "[0-9]*",
             "multiarch": "*-linux-gnu*"}
RULE = re.compile(r"^\s*(?:owner\s+)?((?:/|@\{)\S*)\s+([a-zA-Z]+),")


def expression_of(glob: str) -> re.Pattern[str]:
    """apparmor.d(5), "Globbing"."""
    for name, value in VARIABLES.items():
        glob = glob.replace(f"@{{{name}}}", value)
    out, at, depth = "", 0, 0
    while at < len(glob):
        sign = glob[at]
        if glob.startswith("**", at):
            out, at = out + ".*", at + 1
        elif sign == "*":
            out += "[^/]*"
        elif sign == "?":
            out += "[^/]"
        elif sign == "[":
            end = glob.index("]", at)
            out, at = out + glob[at:end + 1], end
        elif sign == "{":
            out, depth = out + "(?:", depth + 1
        elif sign == "}":
            out, depth = out + ")", depth - 1
        elif sign == "," and depth:
            out += "|"
        else:
            out += re.escape(sign)
        at += 1
    return re.compile(out)


@dataclass(frozen=True)
class Rule:
    glob: str
    rights: str

    def covers(self, path: str) -> bool:
        return expression_of(self.glob).fullmatch(path) is not None


def rules_in(text: str) -> list[Rule]:
    return [Rule(*found.groups()) for line in text.splitlines() if (found := RULE.match(line))]


def own_rules(profile: Path) -> list[Rule]:
    return rules_in(profile.read_text())


def all_rules(profile: Path) -> list[Rule]:
    """Those of the abstractions too."""
    flat = subprocess.run(["apparmor_parser", "-p", "--base", "/etc/apparmor.d", str(profile)], capture_output=True, text=True,
                          check=True).stdout
    return rules_in(flat)


def wanted(calls: list[Call], root: Path) -> set[tuple[str, str]]:
    """Each path that was used, and a letter of what it was used for."""
    found: set[tuple[str, str]] = set()
    for call in calls:
        named = re.search(r'"(/[^"]*)"', call.arguments)
        opened = re.search(r"\d+<(/[^>]*)>", call.arguments)
        if call.name in ("openat", "open") and named and not call.failed:
            rights = "rw" if "O_RDWR" in call.arguments else "w" if "O_WRONLY" in call.arguments else "r"
            path = named[1] + "/" * ("O_DIRECTORY" in call.arguments or Path(named[1]).is_dir())
            found |= {(path, right) for right in rights + "w" * ("O_CREAT" in call.arguments)}
        # Not only where it succeeds: there may be no log on this machine.
        elif call.name in ("connect", "sendto") and (socket := re.search(r'sun_path="(/[^"]*)"', call.arguments)):
            found.add((socket[1], "w"))
        elif call.name == "bind" and (socket := re.search(r'sun_path="(/[^"]*)"', call.arguments)):
            found.add((socket[1], "w"))
        elif call.name in ("unlink", "chmod", "chown", "rename", "mkdir") and named and not call.failed:
            found.add((named[1], "w"))
        elif call.name in ("flock", "fcntl") and "LK" in call.arguments.replace("LOCK_", "LK") and opened:
            found.add((opened[1] + "/" * Path(opened[1]).is_dir(), "k"))
        elif call.name == "mmap" and "PROT_EXEC" in call.arguments and opened:
            found.add((opened[1], "m"))
    return {(path.removeprefix(str(root)), right) for path, right in found}
