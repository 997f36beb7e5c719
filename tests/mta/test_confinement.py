"""What contrib/systemd and contrib/apparmor keep from the daemon it has no use for, and nothing else: its whole life
under strace(1) is compared with them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import apparmor_profile
from daemon import TREE
from traced import Call, TracedLife

UNITS = TREE / "contrib/systemd"
PROFILE = TREE / "contrib/apparmor/usr.sbin.relaypermitd"
# What the profile has and no trace shows: the kernel reads the program when it starts it, and the policy of the trace
# has none of the tables that ask a server or lock a file.
NOT_SEEN = {("/usr/{,local/}sbin/relaypermitd", "m"), ("/usr/{,local/}sbin/relaypermitd", "r"), ("/etc/relaypermit/**", "k"),
            *((path, right) for path in ("@{run}/postgresql/.s.PGSQL.*", "@{run}/redis/*.sock", "@{run}/slapd/ldapi")
              for right in "rw"), ("@{run}/credentials/relaypermitd.service/*", "r"),
            *(("/usr/{,local/}lib{,32,64}/{,@{multiarch}/}relaypermit/*.so", right) for right in "mr")}


@dataclass
class Lived:
    calls: list[Call]
    files: set[tuple[str, str]]  # path and right
    reload: list[Call]  # what ExecReload runs


def live(activated: bool) -> Lived:
    with TracedLife(activated) as life:
        calls = life.live()
        return Lived(calls, apparmor_profile.wanted(calls, life.root), life.reload)


@pytest.fixture(scope="module")
def activated() -> Lived:
    """The life of a daemon that the units start."""
    return live(activated=True)


@pytest.fixture(scope="module")
def alone() -> Lived:
    """The life of a daemon that makes its sockets itself."""
    return live(activated=False)


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


def test_the_unit_lets_through_every_system_call_of_the_daemons_life(activated: Lived) -> None:
    used = {call.name for call in activated.calls + activated.reload}
    assert {"accept", "openat", "clone", "clone3"} & used, "a trace of something else"
    assert sorted(used - allowed(UNITS / "relaypermitd.service")) == []


def test_own_sockets_conf_lets_through_what_its_sockets_take(alone: Lived) -> None:
    used = {call.name for call in alone.calls}
    service, drop_in = UNITS / "relaypermitd.service", UNITS / "relaypermitd.service.d/own-sockets.conf"
    assert sorted(used - allowed(service, drop_in)) == []
    assert used - allowed(service) == {"chown"}, "what the drop-in adds"


def test_no_program_is_ever_started(activated: Lived, alone: Lived) -> None:
    assert [call for call in activated.calls + alone.calls if call.name in ("execve", "execveat")] == []


def test_the_profile_lets_it_use_every_file_of_its_life(activated: Lived, alone: Lived) -> None:
    rules = apparmor_profile.all_rules(PROFILE)
    used = activated.files | alone.files
    assert {right for _, right in used} == set("rwkm"), "a trace of something else"
    assert sorted((path, right) for path, right in used
                  if not any(right in rule.rights and rule.covers(path) for rule in rules)) == []


def test_the_profile_has_no_rule_and_no_right_that_is_not_used(activated: Lived, alone: Lived) -> None:
    used = activated.files | alone.files
    unused = {(rule.glob, right) for rule in apparmor_profile.own_rules(PROFILE) for right in rule.rights
              if not any(right == what and rule.covers(path) for path, what in used)}
    assert sorted(entry for entry in unused if entry not in NOT_SEEN) == []


def test_the_profile_lets_it_leave_its_socket_to_the_next(activated: Lived) -> None:
    """Whose name the kernel chooses: no rule of a file is about it."""
    assert [call for call in activated.calls if call.name == "bind" and "AF_UNIX" in call.arguments
            and "sun_path" not in call.arguments]
    assert "  unix (bind, listen) type=stream addr=auto,\n" in PROFILE.read_text()


def test_the_parser_takes_the_profile() -> None:
    done = subprocess.run(["apparmor_parser", "-Q", "-K", "-T", "--base", "/etc/apparmor.d", str(PROFILE)],
                          capture_output=True, text=True, check=False)
    # Where the kernel has no AppArmor it says so.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Cache read/write disabled")]
    assert (done.returncode, said) == (0, [])
