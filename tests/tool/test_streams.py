"""What the tool writes where: colours for a terminal alone, and no success where the output is lost."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

TOOL = os.environ["RELAYPERMIT_TOOL"]
# One warning, so that standard error has something to colour.
POLICY = 'server.name = "mail.example.com"\nrelay.hosted_domains = ["example.com", "example.com"]\n'
ESCAPE = b"\x1b["


@pytest.fixture(name="policy")
def written_policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    return file


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TERM": "xterm", **more}


def on_a_terminal(command: list[str], error_file: Path | None = None, **more: str) -> tuple[bytes, bytes]:
    """What a terminal shows of the command, and what stands in the file of its standard error."""
    leader, follower = pty.openpty()
    with open(error_file or os.devnull, "wb") as error:
        subprocess.run(command, stdout=follower, stderr=error if error_file else follower, stdin=subprocess.DEVNULL,
                       env=environment(**more), check=False, timeout=30)
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the end of a pty whose other side is closed
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return shown, error_file.read_bytes() if error_file else b""


def test_a_terminal_is_given_colours(policy: Path) -> None:
    shown, _ = on_a_terminal([TOOL, "check", "-c", str(policy)])
    assert shown.count(ESCAPE) >= 4


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_wants_none_is_given_none(policy: Path, more: dict[str, str]) -> None:
    shown, _ = on_a_terminal([TOOL, "check", "-c", str(policy)], **more)
    assert b"may relay without logging in" in shown
    assert ESCAPE not in shown


def test_an_error_file_is_given_no_colours_whatever_standard_output_is(policy: Path, tmp_path: Path) -> None:
    shown, errors = on_a_terminal([TOOL, "check", "-c", str(policy)], tmp_path / "err.log")
    assert ESCAPE in shown
    assert b"warning:" in errors
    assert ESCAPE not in errors


def test_a_pipe_is_given_no_colours(policy: Path) -> None:
    ran = subprocess.run([TOOL, "check", "-c", str(policy)], capture_output=True, env=environment(), check=True, timeout=30)
    assert ESCAPE not in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", [["show"], ["who", "--json", "bob@example.com"], ["check"], ["--help"]], ids=" ".join)
def test_output_that_a_full_disk_lost_is_no_success(policy: Path, command: list[str]) -> None:
    options = [] if command == ["--help"] else ["-c", str(policy)]
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([TOOL, *command, *options], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False,
                             timeout=30)
    assert ran.returncode == 2
    assert ran.stderr.endswith(b"relaypermit: cannot write the output\n")


def test_a_reader_that_leaves_is_no_failure(policy: Path) -> None:
    # More than a stream's buffer, so that a write fails before the last flush too.
    policy.write_text(POLICY + "".join(f'[[alias]]\nid = "a{n}"\nlogins = ["u{n}@example.com"]\nsenders = ["s{n}@example.com"]\n'
                                       for n in range(5000)))
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([TOOL, "show", "-c", str(policy)], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False,
                         timeout=30)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, b"")
