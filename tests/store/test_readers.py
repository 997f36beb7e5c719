"""Who may read the store: its group, without any right to write, whatever the daemon is doing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from conftest import RELAYPERMIT, STORE_PROGRAM, Offering, wait_for

GROUP = 65533
READER = ["setpriv", "--reuid", "65534", "--regid", str(GROUP), "--clear-groups"]
STRANGER = ["setpriv", "--reuid", "65534", "--regid", "65532", "--clear-groups"]
COMMAND = [RELAYPERMIT, "log", "--json", "--verdict", "accept", "--verdict", "reject",
           "--since", "30d", "--store"]


@pytest.fixture
def store() -> Path:
    # Not below pytest's own directory, which other users may not enter.
    folder = Path(f"/tmp/relaypermit-readers-{os.getpid()}")
    folder.mkdir(mode=0o750)
    os.chown(folder, 0, GROUP)
    try:
        yield folder / "d.db"
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def hand_over(store: Path) -> None:
    """To the group, as the daemon's own files would be."""
    for file in store.parent.iterdir():
        os.chown(file, 0, GROUP)


def state(store: Path) -> dict[str, tuple]:
    return {file.name: (file.stat().st_ino, file.stat().st_size, file.stat().st_mtime_ns, file.read_bytes())
            for file in store.parent.iterdir()}


def rows(command: list, store: Path) -> int:
    done = subprocess.run([*command, *COMMAND, store], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return sum(json.loads(line).get("count", 0) for line in done.stdout.splitlines())


@pytest.mark.parametrize("reader", [READER, []], ids=["group", "root"])
def test_while_the_daemon_writes(store: Path, reader: list) -> None:
    offering = Offering(store, seconds=5, rate=500)
    wait_for("the first rows", lambda: offering.stored > 100)
    hand_over(store)
    seen = 0
    for _ in range(5):
        before = offering.stored
        now = rows(reader, store)
        assert now >= max(before, seen)
        seen = now
    assert offering.wait()["dropped"] == 0


@pytest.mark.parametrize("reader", [READER, []], ids=["group", "root"])
def test_after_an_orderly_end(store: Path, reader: list) -> None:
    subprocess.run([STORE_PROGRAM, "fill", store, "700"], check=True, capture_output=True)
    hand_over(store)
    assert {file.name for file in store.parent.iterdir()} == {"d.db", "d.db-wal", "d.db-shm"}
    before = state(store)
    assert rows(reader, store) == 700
    assert state(store) == before


@pytest.mark.parametrize("reader", [READER, []], ids=["group", "root"])
def test_after_a_kill(store: Path, reader: list) -> None:
    offering = Offering(store, seconds=60, rate=1000)
    wait_for("the first rows", lambda: offering.stored > 300)
    offering.kill()
    hand_over(store)
    before = state(store)
    assert rows(reader, store) >= offering.stored
    assert state(store) == before


def test_a_copy_of_the_file_alone(store: Path) -> None:
    subprocess.run([STORE_PROGRAM, "fill", store, "700"], check=True, capture_output=True)
    for suffix in ("-wal", "-shm"):
        Path(f"{store}{suffix}").unlink()
    hand_over(store)
    assert rows(READER, store) == 700
    assert [file.name for file in store.parent.iterdir()] == ["d.db"]


def test_nobody_else(store: Path) -> None:
    subprocess.run([STORE_PROGRAM, "fill", store, "10"], check=True, capture_output=True)
    hand_over(store)
    store.parent.chmod(0o755)
    done = subprocess.run([*STRANGER, *COMMAND, store], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 2
    assert done.stdout == ""
