#!/usr/bin/python3
"""Holds the arrows between the rooms, as #include lines draw them.

policy <- record, config <- tables <- milter, and tables <- tool/base <- tool/rehearse <- tool/inspect
<- tool/wiring, tool/guide <- tool/commands; the daemon and the tool do not know each other; tests/ may
include all. (CMake gives each room the headers of the rooms that it links and no others: rooms.py.) Libraries
that are awkward (global state, slow headers, a C boundary) have one door each. Prints every breach as
`file:line: what`, and exits 1 where there is one.
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
FOLDERS = ("policy", "record", "config", "tables", "milter", "tool/base", "tool/rehearse",
           "tool/inspect", "tool/wiring", "tool/guide", "tool/commands", "tests")
MAY_INCLUDE = {
    "policy": {"policy"},
    "record": {"policy", "record"},
    "config": {"policy", "config"},
    "tables": {"policy", "config", "tables"},
    "milter": {"policy", "record", "config", "tables", "milter"},
}
BELOW = {"policy", "record", "config", "tables"}
for room in ("tool/base", "tool/rehearse", "tool/inspect", "tool/wiring", "tool/guide", "tool/commands"):
    BELOW.add(room)
    MAY_INCLUDE[room] = set(BELOW)
# Two that stand side by side.
MAY_INCLUDE["tool/guide"].discard("tool/wiring")
MAY_INCLUDE["tests"] = set(FOLDERS)
# Libraries that policy/ may use beside the standard one, and what of the latter would give it
# input, output, threads or a clock of its own.
# (inet_pton() only reads text.)
POLICY_LIBRARIES = {"re2/re2.h", "re2/set.h", "idn2.h", "utf8proc.h", "tl/expected.hpp", "arpa/inet.h"}
IMPURE = {
    "atomic", "condition_variable", "csignal", "cstdio", "ctime", "filesystem", "fstream", "future",
    "iostream", "istream", "latch", "mutex", "ostream", "random", "semaphore", "shared_mutex",
    "stop_token", "thread",
}
# A count of users, as in a std::shared_ptr.
PURE_ALL_THE_SAME = {("policy/shared_text.h", "atomic")}
IMPURE_CODE = re.compile(r"::now\(\)|\bgetenv\b|\bthread_local\b|\bstd::(cout|cerr|clog)\b"
                         r"|^static (?!const|constexpr|_cast)\w")
# header prefix: (folders that may include it, how many .cpp files may; None: any number).
# Never a header: what includes one of ours must not get these with it.
DOORS = {
    "libmilter/": ({"milter"}, 1),
    "sasl/": ({"tables"}, 1),
    "toml++/": ({"config"}, None),
    "CLI/": ({"tool/base"}, 1),
    "kainjow/": ({"tool/guide"}, 1),
    "expat.h": ({"tool/guide"}, 1),
    "openssl/": ({"tool/guide", "tables"}, 2),
    "libpq-fe.h": ({"tables"}, 1),
    "mysql.h": ({"tables"}, 1),
    "ldap.h": ({"tables"}, 1),
    "curl/": ({"tool/guide"}, 1),
}
FILE_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*\.(cpp|h)")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
# What belongs to somebody's desk and not to the tree.
STRAY = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "work left to do"),
    (re.compile(r"\bissue #?\d", re.IGNORECASE), "a reference that readers cannot follow"),
]
STRAY_EXCEPT = {"tests/arrows.py"}


class Breaches:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.count = 0

    def say(self, path: Path, line: int, what: str) -> None:
        self.count += 1
        print(f"{path.relative_to(TOP)}:{line}: {what}")


def room_of(name: str) -> str:
    """"tool/base" of "tool/base/when.h"."""
    return "/".join(name.split("/")[:2 if name.startswith("tool/") else 1])


def check_include(path: Path, folder: str, line: int, quote: str, name: str, doors: dict,
                  breaches: Breaches) -> None:
    if quote == '"':
        target = room_of(name)
        if target not in FOLDERS:
            breaches.say(path, line, f'"{name}" does not begin with a room of the tree')
        elif target not in MAY_INCLUDE[folder]:
            breaches.say(path, line, f"{folder}/ may not include {target}/")
        elif not (TOP / name).is_file():
            breaches.say(path, line, f'"{name}" does not exist')
        return
    for prefix, (folders, _) in DOORS.items():
        if not name.startswith(prefix):
            continue
        if folder not in folders and folder != "tests":
            breaches.say(path, line, f"<{name}> belongs in {' and '.join(sorted(folders))}/ alone")
        elif path.suffix == ".h":
            breaches.say(path, line, f"<{name}> in a header")
        if folder != "tests":
            doors[prefix].add(path)
    if folder == "policy":
        if name in IMPURE and (str(path.relative_to(TOP)), name) not in PURE_ALL_THE_SAME:
            breaches.say(path, line, f"policy/ is pure: no <{name}>")
        elif ("/" in name or "." in name) and name not in POLICY_LIBRARIES:
            breaches.say(path, line, f"policy/ may not use <{name}>")


def check_source(path: Path, folder: str, doors: dict, breaches: Breaches) -> None:
    if not FILE_NAME.fullmatch(path.name):
        breaches.say(path, 1, "file names are lower_snake")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".h" and "#pragma once" not in text:
        breaches.say(path, 1, "no #pragma once")
    for number, line in enumerate(text.splitlines(), 1):
        if match := INCLUDE.match(line):
            check_include(path, folder, number, match[1], match[2], doors, breaches)
        elif folder == "policy" and (match := IMPURE_CODE.search(line.split("//")[0])):
            breaches.say(path, number, f"policy/ is pure: no `{match[0]}`")


TYPE = re.compile(r"^(?:class|struct|enum class|union) (\w+)(?: final)?(?: : [\w: ,]+)? \{")


def check_names(breaches: Breaches) -> None:
    """All rooms are one namespace: of two types of one name the linker silently takes the functions of one."""
    first: dict[str, Path] = {}
    for room in (room for room in FOLDERS if room != "tests"):
        for path in sorted((TOP / room).glob("*.h")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if not (match := TYPE.match(line)):
                    continue
                if (other := first.setdefault(match[1], path)) != path:
                    breaches.say(path, number, f"{other.relative_to(TOP)} has a type {match[1]}, too")


def check_words(breaches: Breaches) -> None:
    for path in sorted(TOP.rglob("*")):
        relative = path.relative_to(TOP)
        if relative.parts[0] in (".git", "build") or "__pycache__" in relative.parts:
            continue
        if str(relative) in STRAY_EXCEPT or "corpus" in relative.parts or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, what in STRAY:
                if match := pattern.search(line):
                    breaches.say(path, number, f"{what}: {match[0]}")


def main() -> int:
    breaches = Breaches()
    doors: dict = {prefix: set() for prefix in DOORS}
    files = 0
    for folder in FOLDERS:
        for path in sorted((TOP / folder).rglob("*")):
            if path.suffix in (".cpp", ".h") and path.is_file():
                files += 1
                check_source(path, folder, doors, breaches)
    for prefix, (_, most) in DOORS.items():
        if most is not None and len(doors[prefix]) > most:
            for path in sorted(doors[prefix]):
                breaches.say(path, 1, f"<{prefix}...> in more than {most} file")
    check_names(breaches)
    check_words(breaches)
    print(f"{files} source files, {breaches.count} breaches")
    return 1 if breaches.count or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
