"""The store under what disks, admins and the kernel do to it: nothing that was offered is
unaccounted for, the file is always sound, and whoever offers never waits."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from pathlib import Path

from conftest import Offering, decisions, missing, query, wait_for


def test_a_full_disk_costs_records_that_are_counted(small_disk: Path) -> None:
    store = small_disk / "d.db"
    offering = Offering(store, seconds=8, rate=3000)
    wait_for("the first rows", lambda: offering.stored > 500)
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        fill(filler)
        wait_for("a complaint", lambda: offering.says("disk full"))
        wait_for("a full queue", lambda: offering.offered > offering.stored + 9000)
    (small_disk / "filler").unlink()
    counts = offering.wait()
    assert counts["dropped"] > 0
    assert decisions(store) == counts["stored"]
    assert missing(store) == counts["dropped"]
    assert {reason for (reason,) in query(store, "select reason from gap where count > 0")} <= {
        "disk full", "the disk is too slow"}
    assert sum("disk full" in line for line in offering.said) == 1, "one line a minute"


def fill(filler) -> None:
    try:
        while True:
            filler.write(bytes(65536))
    except OSError:
        pass


def test_a_store_that_another_process_locks_loses_nothing(tmp_path: Path) -> None:
    store = tmp_path / "d.db"
    offering = Offering(store, seconds=4, rate=1000)
    wait_for("the first rows", lambda: offering.stored > 100)
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("pragma busy_timeout = 5000")
    other.execute("begin immediate")
    wait_for("a complaint", lambda: offering.says("locked by another process"))
    # Whoever offers goes on as if nothing were.
    wait_for("more that waits", lambda: offering.offered > offering.stored + 1000)
    other.execute("rollback")
    other.close()
    counts = offering.wait()
    assert counts["dropped"] == 0
    assert decisions(store) == counts["offered"] == 4000


def test_a_store_that_is_deleted_begins_anew(tmp_path: Path) -> None:
    store = tmp_path / "d.db"
    offering = Offering(store, seconds=4, rate=1000)
    wait_for("the first rows", lambda: offering.stored > 500)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{store}{suffix}").unlink()
    stored_before = offering.stored
    counts = offering.wait()
    assert counts["dropped"] == 0
    # Whatever was stored after the deletion is in the new file, and so is the note.
    assert counts["stored"] - stored_before - 512 <= decisions(store) <= counts["stored"]
    assert query(store, "select reason from gap") == [("the store was deleted or replaced",)]
    assert offering.says("was deleted or replaced")


def test_a_directory_that_goes_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    store = folder / "d.db"
    offering = Offering(store, seconds=5, rate=3000)
    wait_for("the first rows", lambda: offering.stored > 500)
    shutil.rmtree(folder)
    wait_for("a complaint", lambda: offering.says("cannot be opened"))
    wait_for("a full queue", lambda: offering.offered > offering.stored + 9000)
    folder.mkdir()
    counts = offering.wait()
    assert counts["dropped"] > 0
    assert missing(store) == counts["dropped"]
    assert decisions(store) <= counts["stored"]


def test_kill_9_at_any_moment_costs_the_last_batch_at_most(tmp_path: Path) -> None:
    store = tmp_path / "d.db"
    rng = random.Random(5)
    kept = 0
    rate = 3000
    rounds = 12
    for _ in range(rounds):
        offering = Offering(store, seconds=60, rate=rate)
        # In the middle of its first transaction, of opening the file, of anything.
        time.sleep(rng.uniform(0.02, 0.8))
        offering.kill()
        if not store.exists() or os.path.getsize(store) == 0:
            continue
        now = decisions(store) if query(store, "select 1 from sqlite_schema") else 0
        assert now >= kept + offering.stored, "what was said to be stored is not there"
        assert now <= kept + offering.offered + rate
        # flush_after is 100 ms there; the rest is what the machine needs for a transaction.
        assert kept + offering.offered - now <= rate * 2
        kept = now
    offering = Offering(store, seconds=1, rate=100)
    counts = offering.wait()
    assert decisions(store) == kept + counts["stored"]
    notes = query(store, "select count, reason from gap")
    assert set(notes) == {(None, "relaypermitd ended before it could store them")}
    assert 1 <= len(notes) <= rounds
