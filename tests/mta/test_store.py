"""The store of decisions beside a real Postfix under load: every decision is in it once, and when
its disk is full, its file locked or deleted, or relaypermitd killed, mail goes on as if nothing
were, and what is missing is said."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspected import EVERY_VERDICT, Inspected
from process import wait_for
from traffic import KINDS, TO_NOTHING, Kind, Traffic, refused_at_mail

CLIENTS = 20
MESSAGES = 10_000


@pytest.fixture(name="world")
def _world() -> Iterator[Inspected]:
    with Inspected(settings=TO_NOTHING) as world:
        yield world


def by_verdict(rows: list[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for verdict, cause, count in rows:
        counts[verdict, cause] += count
    return counts


def logged(world: Inspected, mark: int = 0) -> Counter[tuple[str, str]]:
    return Counter((str(record["verdict"]), record["cause"] or "") for record in world.daemon.records(mark))


def all_logged(world: Inspected, mark: int = 0) -> set[str]:
    return {(r["ref"] or r.queue_id) for r in world.daemon.records(mark)}


IN_THE_STORE = """select case verdict when 'accept' then queue_id else ref end from decision
                  union all select ref from collapsed"""


def in_store(world: Inspected) -> set[str]:
    return {name for name, in world.query(IN_THE_STORE)} if world.stored() else set()


def test_ten_thousand_messages_of_twenty_clients_are_on_record_once(world: Inspected) -> None:
    with Traffic(world, CLIENTS, MESSAGES) as traffic:
        traffic.wait()
    assert traffic.as_expected(), (traffic.replies, traffic.faults[:3])
    assert traffic.answered == MESSAGES
    told = Counter({
        ("accept", ""): traffic.replies["accepted 250"],
        ("reject", "sender-not-owned"): traffic.replies["refused_at_mail 550"] + traffic.replies["refused_again 550"],
        ("reject", "from-not-owned"): traffic.replies["refused_at_the_end 550"]})
    assert logged(world) == told
    world.wait_until_stored(MESSAGES)
    assert by_verdict(world.query("select verdict, cause, count from decision")) == told
    rows = world.json_lines("log", *EVERY_VERDICT)
    assert by_verdict([(row["verdict"], row["cause"] or "", row["count"]) for row in rows]) == told
    # Those who ask for the same again and again share rows.
    assert len(rows) < MESSAGES * 3 // 4
    # Each by its own reference or queue id, and none twice.
    stored = [name for name, in world.query(IN_THE_STORE)]
    assert len(stored) == MESSAGES
    assert set(stored) == all_logged(world)
    assert world.query("select * from gap") == []


# -- faults


def send(world: Inspected, messages: int, kinds: list[Kind] = KINDS) -> float:
    """Sends as many messages and sees to it that each has the reply that the policy says; messages a second."""
    begun = time.monotonic()
    with Traffic(world, 8, messages, kinds) as traffic:
        traffic.wait()
    assert traffic.as_expected(), (traffic.replies, traffic.faults[:3])
    return messages / (time.monotonic() - begun)


def as_fast(during: float, *others: float) -> bool:
    """Mail that waits for a store, be it for one lock of half a second in each message, is slower by far more."""
    return during > min(others) / 4


def missing(world: Inspected) -> int:
    return int(world.query("select coalesce(sum(count), 0) from gap")[0][0])


def sound(world: Inspected) -> bool:
    return world.query("pragma integrity_check") == [("ok",)]


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=True)
    try:
        yield disk
    finally:
        # However much is still open there.
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            return


def test_a_full_disk(small_disk: Path) -> None:
    with Inspected(folder=small_disk, settings=TO_NOTHING) as world:
        before = send(world, 1000)
        world.wait_until_stored(1000)
        fill(small_disk)
        during = send(world, 1000)
        world.daemon.wait_for_log("disk full")
        # More than may wait in memory.
        send(world, 10_000, [refused_at_mail])
        (small_disk / "filler").unlink()
        after = send(world, 1000)
        wait_for("what was missed, noted in the store", lambda: missing(world) > 0 and world.stored() > 9000)
        world.daemon.end()
        assert sound(world)
        assert world.stored() + missing(world) == logged(world).total() == 13_000
        assert {reason for reason, in world.query("select reason from gap")} == {"disk full"}
        assert world.daemon.log().count("disk full (") == 1, "more than a line a minute"
        shown = world.tool("log")
        for count, in world.query("select count from gap"):
            assert re.search(rf"\b{count:,} decisions? (up to [-0-9: ]+ )?not in the store: disk full", shown)
        assert as_fast(during, before, after), (before, during, after)


def test_an_end_while_the_disk_is_full(small_disk: Path) -> None:
    with Inspected(folder=small_disk, settings=TO_NOTHING) as world:
        send(world, 100)
        world.wait_until_stored(100)
        fill(small_disk)
        send(world, 200)
        world.daemon.end()
        said = re.search(r"(\d+) decisions could not be stored before the end, the log has them", world.daemon.log())
        assert said, world.daemon.log()[-2000:]
        assert world.stored() + int(said[1]) == logged(world).total() == 300


def test_another_process_that_locks_the_store(world: Inspected) -> None:
    before = send(world, 1000)
    world.wait_until_stored(1000)
    other = sqlite3.connect(world.store, isolation_level=None, timeout=10)
    other.execute("begin exclusive")
    during = send(world, 1000)
    world.daemon.wait_for_log("locked by another process")
    assert world.stored() <= 1000
    other.execute("rollback")
    other.close()
    after = send(world, 1000)
    world.daemon.end()
    assert world.stored() == logged(world).total() == 3000
    assert missing(world) == 0
    assert in_store(world) == all_logged(world)
    assert as_fast(during, before, after), (before, during, after)


def test_a_store_that_is_taken_away_while_it_runs(world: Inspected, tmp_path: Path) -> None:
    before = send(world, 1000)
    world.wait_until_stored(1000)
    followed = tmp_path / "followed"
    with followed.open("w") as out:
        following = subprocess.Popen(world.command("log", "--follow"), stdout=out)
    wait_for("what was there", lambda: followed.stat().st_size > 0)
    begun = time.monotonic()
    found: set[str] = set()
    with Traffic(world, 8) as traffic:
        for number in range(3):
            wait_for("some more in the store", lambda: world.stored() > 200, 30)
            # Moved, not deleted, so that the test can look into it.
            away = tmp_path / str(number)
            away.mkdir()
            for file in world.store.parent.glob("decisions.db*"):
                file.rename(away / file.name)
            wait_for("a new store", world.store.exists, 30)
    during = traffic.answered / (time.monotonic() - begun)
    assert traffic.as_expected(), (traffic.replies, traffic.faults[:3])
    # Who follows is not left behind with a file that nobody writes.
    mark = world.daemon.mark()
    with world.session("submission", login="bob@example.com") as session:
        session.mail("desk@example.com")
    record, = world.daemon.wait_for_records(mark)
    try:
        wait_for("the last refusal", lambda: str(record["ref"]) in followed.read_text())
    finally:
        following.terminate()
        following.wait(10)
    world.daemon.end()
    for store in (*(tmp_path / str(number) / "decisions.db" for number in range(3)), world.store):
        world.store = store
        assert sound(world)
        found |= in_store(world)
    assert all_logged(world) <= found
    assert world.query("select count, reason from gap") == [(None, "the store was deleted or replaced")]
    assert world.daemon.log().count("was deleted or replaced: begun anew") == 3
    assert as_fast(during, before), (before, during)


def test_kill_9_in_a_loop(world: Inspected) -> None:
    certain: set[str] = set()
    with Traffic(world, 8) as traffic:
        for _ in range(5):
            mark = world.daemon.mark()
            wait_for("mail", lambda mark=mark: len(world.daemon.records(mark)) > 100, 30)
            earlier = all_logged(world, mark)
            # A kill may cost the last second, not what came before.
            wait_for("the store", lambda earlier=earlier: earlier <= in_store(world), 30)
            certain |= earlier
            world.daemon.kill()
            world.daemon.start()
    answers = {reply.split()[1] for reply in traffic.replies}
    assert {"250", "550"} <= answers <= {"250", "550", "451"}, traffic.replies
    # Sessions that were open, or began in between, were put off.
    assert all(re.search("45[14]|421|closed", fault) for fault in traffic.faults), traffic.faults[:3]
    world.daemon.end()
    assert sound(world)
    assert certain <= in_store(world) <= all_logged(world)
    # No answer without a line in the log.
    verdicts = Counter(verdict for verdict, _ in logged(world).elements())
    assert verdicts["accept"] >= traffic.replies["accepted 250"]
    assert verdicts["reject"] >= sum(count for reply, count in traffic.replies.items() if reply.endswith("550"))
    assert world.query("select count, reason from gap") == [(None, "relaypermitd ended before it could store them")] * 5
