"""The programs under test, and a small disk for them."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
STORE_PROGRAM = BUILD / "tests" / "store_program"
RELAYPERMIT = BUILD / "tool" / "commands" / "relaypermit"


def pytest_configure(config: pytest.Config) -> None:
    if os.geteuid() != 0:
        raise pytest.UsageError("the tests of the store's faults run as root: they mount a small disk")


def wait_for(what: str, ready, timeout_s: float = 30.0):
    deadline = time.monotonic() + timeout_s
    while not (value := ready()):
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s"
        time.sleep(0.01)
    return value


class Offering:
    """store_program offer: a process that stores decisions and says how far it is."""

    def __init__(self, path: Path, seconds: int, rate: int) -> None:
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", STORE_PROGRAM, "offer", path, str(seconds), str(rate)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.offered = 0
        self.stored = 0
        self.said: list[str] = []
        self.counts: dict[str, int] = {}
        self._readers = [threading.Thread(target=self._read_counts), threading.Thread(target=self._read_said)]
        for reader in self._readers:
            reader.start()

    def _read_counts(self) -> None:
        for line in self.process.stdout:
            counts = {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", line)}
            self.offered, self.stored = counts["offered"], counts["stored"]
            if line.startswith("in all"):
                self.counts = counts

    def _read_said(self) -> None:
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))

    def says(self, words: str) -> bool:
        return any(words in line for line in self.said)

    def wait(self) -> dict[str, int]:
        """Its last words: what became of every decision."""
        assert self.process.wait(120) == 0, self.said
        self._join()
        counts = self.counts
        assert counts["waiting"] == 0, self.said
        assert counts["offered"] == counts["stored"] + counts["dropped"]
        return counts

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._join()

    def _join(self) -> None:
        for reader in self._readers:
            reader.join()


def query(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def decisions(path: Path) -> int:
    """How many decisions the store holds; it must be sound."""
    assert query(path, "pragma integrity_check") == [("ok",)]
    return query(path, "select coalesce(sum(count), 0) from decision")[0][0]


def missing(path: Path) -> int:
    """How many decisions it says that it does not hold."""
    return query(path, "select coalesce(sum(count), 0) from gap")[0][0]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
