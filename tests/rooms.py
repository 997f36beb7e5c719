#!/usr/bin/python3
"""Has the compiler say, for each room, which headers of the tree it finds with the include
directories of that room's target: those of the rooms that arrows.py lets it include, and no others.

usage: rooms.py COMPILER ROOM=DIRECTORY;DIRECTORY...
"""
import subprocess
import sys
from pathlib import Path

from arrows import MAY_INCLUDE, TOP


def unit(room: str) -> str:
    """A source that does not compile where a header is found, or not, against the arrows."""
    lines = []
    for other in (other for other in MAY_INCLUDE if other != "tests"):
        found = "!" if other in MAY_INCLUDE[room] else ""
        wrong = "cannot include" if found else "can include"
        for header in sorted((TOP / other).glob("*.h")):
            name = header.relative_to(TOP)
            lines += [f'#if {found}__has_include("{name}")', f'#error "{room}/ {wrong} {name}"', "#endif"]
    return "\n".join(lines) + "\n"


def main() -> int:
    compiler, rooms = sys.argv[1], dict(argument.split("=", 1) for argument in sys.argv[2:])
    failed = 0
    for room in MAY_INCLUDE:
        if room == "tests":
            continue
        paths = [f"-I{path}" for path in rooms[room].split(";") if path]
        source = Path(TOP / room / "here.cpp")
        done = subprocess.run([compiler, "-std=c++20", *paths, "-x", "c++", "-E", "-o", "/dev/null", "-"],
                              input=f'#line 1 "{source}"\n{unit(room)}', text=True, capture_output=True,
                              check=False, cwd=TOP / room)
        if done.returncode:
            failed += 1
            print(done.stderr, end="")
    print(f"{len(rooms) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
