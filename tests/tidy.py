"""clang-tidy over the sources of each room, several files at once.

    tidy.py BUILD [JOBS]    BUILD: a build directory with compile_commands.json, made by clang

Most of what clang-tidy does for a file, it does for the headers of the libraries, so files are
checked in groups, each included by one file made for it. Two files of a group may have the same name
in their anonymous namespaces: where a group does not compile, its halves are checked in its stead,
and a file by itself in the end. What is found carries the place in the file itself. A check that looks
at a file by itself alone (MAIN_FILE_ALONE) does that, for the files that have what it is about.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
ROOMS = re.compile(r"(policy|record|config|tables|milter|tool)/")
GROUP = 12
CLASH = "clang-diagnostic-error"
OWN = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
# A check that passes over what is included, and what a file must hold for it to find anything.
MAIN_FILE_ALONE = "misc-unused-using-decls"
USING = re.compile(r"^\s*using [\w:]+::\w+;", re.MULTILINE)
# What is declared at the level of a namespace, as clang-format leaves it.
DECLARED = re.compile(r"^(?:struct|class|enum class|using) (\w+)|^[\w:<].*?(\w+)(?=\(| = |\{|;|\[)", re.MULTILINE)


def names(file: str) -> set[str]:
    """What the file declares in its anonymous namespaces, roughly."""
    return {name for part in OWN.findall(Path(file).read_text()) for pair in DECLARED.findall(part) for name in pair if name}


def groups_of(files: list[str]) -> list[list[str]]:
    """Of files that probably declare nothing alike; GROUP of them at the most."""
    groups: list[tuple[list[str], set[str]]] = []
    for file in files:
        declared = names(file)
        for members, taken in groups:
            if len(members) < GROUP and not declared & taken:
                members.append(file)
                taken |= declared
                break
        else:
            groups.append(([file], declared))
    return [members for members, _ in groups]


class Tidy:
    def __init__(self, commands: dict[str, dict[str, str]], scratch: Path) -> None:
        self.commands = commands
        self.scratch = scratch
        self.runs = 0

    def check(self, files: list[str], checks: str | None = None) -> list[str]:
        """What clang-tidy says of these files, by `checks` or all; nothing where it is content."""
        self.runs += 1
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        one = files[0] if len(files) == 1 else str(folder / "group.cpp")
        if len(files) > 1:
            Path(one).write_text("".join(f'#include "{file}"  // NOLINT(bugprone-suspicious-include)\n' for file in files))
        command = dict(self.commands[files[0]])
        # What is behind it in a group shadows nothing in its own file.
        more = " -Wno-shadow" if len(files) > 1 else ""
        command["command"] = command["command"].replace(files[0], one) + more
        command["file"] = one
        (folder / "compile_commands.json").write_text(json.dumps([command]))
        done = subprocess.run(["clang-tidy", "-quiet", f"--config-file={TREE / '.clang-tidy'}", "-p", str(folder),
                               *([f"--checks=-*,{checks}"] if checks else []), one],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0 and not done.stdout.strip():
            return []
        if len(files) > 1 and CLASH in done.stdout:
            half = len(files) // 2
            return self.check(files[:half]) + self.check(files[half:])
        return [done.stdout + ("" if done.stdout.strip() else done.stderr)]


def main(build: Path, jobs: int) -> int:
    commands = {entry["file"]: entry for entry in json.loads((build / "compile_commands.json").read_text())}
    rooms = defaultdict(list)
    for file, entry in sorted(commands.items()):
        if file.startswith(f"{TREE}/") and ROOMS.match(file[len(str(TREE)) + 1:]) and file.endswith(".cpp"):
            # Of one target, so of one set of options.
            target = re.search(r"-o (\S+?)\.dir/", entry["command"])
            rooms[target.group(1) if target else file].append(file)
    groups = sorted((group for files in rooms.values() for group in groups_of(files)), key=len, reverse=True)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(jobs) as pool:
        tidy = Tidy(commands, Path(scratch))
        alone = [[file] for group in groups if len(group) > 1 for file in group if USING.search(Path(file).read_text())]
        runs = [*pool.map(tidy.check, groups), *pool.map(lambda one: tidy.check(one, MAIN_FILE_ALONE), alone)]
        found = [text for texts in runs for text in texts]
    print("".join(found), end="")
    files = sum(map(len, groups))
    print(f"tidy: {files} files in {tidy.runs} runs")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 2))
