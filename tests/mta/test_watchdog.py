"""systemd's watchdog, played by the test: it hears from the daemon while its front ends answer, and only then."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import program, worker_of
from milter_client import MilterClient
from process import Child, wait_for

POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[listen]
milter  = "unix:{0}/milter.sock"
policy  = "unix:{0}/policy.sock"
control = "unix:{0}/control.sock"
"""
LIMIT_S = 2.0
WATCHDOG = b"WATCHDOG=1\n"


class Watched:
    """A daemon, and what it tells its service manager."""

    def __init__(self, folder: Path) -> None:
        self.log_file = folder / "log"
        (folder / "policy.toml").write_text(POLICY.format(folder))
        self.socket = f"unix:{folder}/milter.sock"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.child = Child([str(program()), "-f", "-c", str(folder / "policy.toml")], self.log_file,
                           env={"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(int(LIMIT_S * 1e6))})

    def hears(self, within_s: float) -> bytes | None:
        """The next message; None where there is none."""
        self.manager.settimeout(within_s)
        try:
            return self.manager.recv(4096)
        except TimeoutError:
            return None

    def hears_watchdog(self) -> None:
        deadline = time.monotonic() + 20
        while self.hears(20) != WATCHDOG:
            assert time.monotonic() < deadline

    def log(self) -> str:
        return self.log_file.read_text()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    daemon = Watched(tmp_path)
    try:
        daemon.hears_watchdog()
        yield daemon
    finally:
        daemon.child.stop(10)
        daemon.manager.close()


def test_it_is_heard_again_and_again_and_leaves_no_trace(watched: Watched) -> None:
    mark = len(watched.log())
    for _ in range(3):
        assert watched.hears(20) == WATCHDOG
    assert watched.log()[mark:] == "", "neither a decision nor a complaint"
    with MilterClient(watched.socket).open() as client:
        assert client.mail("alice@example.com", "alice@example.com").kind == "c"


def test_for_a_process_that_is_stopped_nobody_speaks_and_another_one_serves(watched: Watched) -> None:
    worker = worker_of(watched.child.pid)
    os.kill(worker, signal.SIGSTOP)
    # Three quarters of the limit later its end is said for it, once.
    since = time.monotonic()
    while (message := watched.hears(20)) == WATCHDOG and time.monotonic() - since < LIMIT_S / 4:
        since = time.monotonic()  # one that was sent before the stop
    assert message == WATCHDOG and "hangs: a front end has not answered" in watched.log()
    wait_for("another process that serves", lambda: worker_of(watched.child.pid) not in (0, worker))
    watched.hears_watchdog()
    with MilterClient(watched.socket).open() as client:
        assert client.mail("alice@example.com", "alice@example.com").kind == "c"
    assert "ended by signal 6 (Aborted)" in watched.log()


def test_a_service_manager_that_reads_nothing_holds_up_neither_a_crash_nor_the_end(watched: Watched) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                filler.sendto(b"X=1", watched.manager.getsockname())
    worker = worker_of(watched.child.pid)
    os.kill(worker, signal.SIGKILL)
    wait_for("another process that serves", lambda: worker_of(watched.child.pid) not in (0, worker))
    watched.child.send(signal.SIGTERM)
    assert watched.child.wait(15) == 0


def test_nobody_is_told_where_nobody_watches(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(POLICY.format(tmp_path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        child = Child([str(program()), "-f", "-c", str(tmp_path / "policy.toml")], tmp_path / "log",
                      env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(LIMIT_S * 1e6)),
                           "WATCHDOG_PID": "1"})
        try:
            assert manager.recv(4096).startswith(b"READY=1\n")
        finally:
            child.stop(10)
        assert manager.recv(4096) == b"STOPPING=1\n"
