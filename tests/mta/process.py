"""Child processes, ports and waiting, for tests that run real servers.

Everything that a test starts goes through here and is ended by process id, in
every ending of the test. Nothing sleeps a fixed time: `wait_for` polls what is
actually waited for, with a deadline that only a broken machine reaches.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R", bound="Running")


class NotReady(AssertionError):
    """Something did not happen before the deadline."""


def wait_for(what: str, ready: Callable[[], T], timeout_s: float = 20.0) -> T:
    """The first true value of `ready`; NotReady, which names `what`, after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.002
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotReady(f"{what}: not within {timeout_s:g} s")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.05)


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that the kernel says is free. Somebody else can take it before its use: see Postfix.start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def accepts(address: str | tuple[str, int]) -> bool:
    """Whether a connection to the unix socket (str) or the TCP address succeeds now."""
    family = socket.AF_UNIX if isinstance(address, str) else (
        socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


class Child:
    """A child process in a group of its own; standard output and error go to one file.

    It gets a TERM when this process dies, even by kill -9, unless it has changed its user since (as Postfix's
    master does): then only stop() ends it.
    user, group: as whom it runs; empty: as we do.
    """

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None,
                 user: str = "", group: str = "") -> None:
        identity = ["--reuid", user, "--regid", group, "--clear-groups"] if user else []
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *identity, *command], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, env=os.environ | (env or {}))
        self.command = command
        self.log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; -N where signal N ended it."""
        return self._process.poll()

    def send(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def wait(self, timeout_s: float) -> int:
        """Its exit code; NotReady if it still runs after `timeout_s`."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise NotReady(f"{self.command[0]} still runs after {timeout_s:g} s") from None

    def stop(self, timeout_s: float = 5.0) -> int:
        """TERM, after `timeout_s` KILL, and then KILL for what is left of its group; its exit code."""
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self._process.returncode


class Running:
    """Something that is started and stopped: `with X() as x:` stops it in every ending, a failed start included."""

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        """May be called at any time, and twice."""
        raise NotImplementedError

    def __enter__(self: R) -> R:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def run(command: list[str], **options: object) -> str:
    """Runs a helper program to its end; its output, or an AssertionError that shows it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return str(done.stdout)
