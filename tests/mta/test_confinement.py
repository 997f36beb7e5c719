"""What contrib/systemd keeps from the daemon it has no use for: its whole life under strace(1) is compared."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import TREE
from traced import Call, TracedLife

UNITS = TREE / "contrib/systemd"


@pytest.fixture(scope="module")
def activated() -> Iterator[list[Call]]:
    """The life of a daemon that the units start, and what ExecReload runs."""
    with TracedLife(activated=True) as life:
        yield life.live() + life.reload


@pytest.fixture(scope="module")
def alone() -> Iterator[list[Call]]:
    """The life of a daemon that makes its sockets itself."""
    with TracedLife(activated=False) as life:
        yield life.live()


def members(group: str) -> set[str]:
    """The system calls of a group such as @chown, or the one call that the name is of."""
    if not group.startswith("@"):
        return {group}
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    names = [line.strip() for line in shown.splitlines()[1:] if line.startswith("    ")]
    return {call for name in names if not name.startswith("#") for call in members(name)}


def allowed(*files: Path) -> set[str]:
    """The system calls that these unit files, read one after the other, let through."""
    found: set[str] = set()
    for file in files:
        for value in re.findall(r"^SystemCallFilter=(.*)$", file.read_text(), re.MULTILINE):
            named = {call for group in value.removeprefix("~").split() for call in members(group)}
            found = found - named if value.startswith("~") else found | named
    return found


def test_the_unit_lets_through_every_system_call_of_the_daemons_life(activated: list[Call]) -> None:
    used = {call.name for call in activated}
    assert {"accept", "openat", "clone", "clone3"} & used, "a trace of something else"
    assert sorted(used - allowed(UNITS / "relaypermitd.service")) == []


def test_own_sockets_conf_lets_through_what_its_sockets_take(alone: list[Call]) -> None:
    used = {call.name for call in alone}
    service, drop_in = UNITS / "relaypermitd.service", UNITS / "relaypermitd.service.d/own-sockets.conf"
    assert sorted(used - allowed(service, drop_in)) == []
    assert used - allowed(service) == {"chown"}, "what the drop-in adds"


def test_no_program_is_ever_started(activated: list[Call], alone: list[Call]) -> None:
    assert [call for call in [*activated, *alone] if call.name in ("execve", "execveat")] == []
