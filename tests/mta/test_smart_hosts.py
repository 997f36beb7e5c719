"""What becomes of mail that we refuse from a server that logs in: its author reads our answer.

The server reports the refusal with MAIL FROM:<> and From: MAILER-DAEMON@ its own
host, by the same smart host. Were that refused too, the message would be gone
and nobody told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from process import wait_for
from record_line import Record
from smart_hosts import CLIENTS, NAME, CopyingExim, SmartHostClient
from world import PASSWORD, POLICY, World

ALICE, CAROL = "alice@example.com", "carol@example.com"
REMOTE = "someone@remote.invalid"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda client: client.__name__)
def client(request: pytest.FixtureRequest, world: World) -> Iterator[SmartHostClient]:
    with request.param(world.postfix.ports["submissions"], ALICE, PASSWORD) as running:
        yield running


def message(author: str, subject: str) -> bytes:
    return (f"From: {author}\r\nTo: {REMOTE}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject}@{NAME}>\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\n\r\nhello\r\n").encode()


def refused(world: World, client: SmartHostClient, mark: int, cause: str) -> Record:
    """The refusal of the client's message, once there is one."""
    def found() -> Record | None:
        return next((record for record in world.daemon.records(mark) if record["cause"]), None)
    record = wait_for(f"a refusal, {client.log()}", found)
    assert record["cause"] == cause, record.line
    return record


def mailbox(world: World, what: str) -> list[str]:
    """The messages with these words that were delivered to the hosted domain, unfolded."""
    new = world.postfix.directory / "mail/user/new"
    texts = [path.read_text() for path in new.iterdir()] if new.exists() else []
    return [re.sub(r"\s+", " ", text) for text in texts if what in text]


def told(world: World, client: SmartHostClient, record: Record) -> str:
    """The report that arrived, once it has: with our sentence and our reference."""
    reference = record["ref"] or "no reference"
    try:
        report = wait_for("the report", lambda: mailbox(world, reference))[0]
    except AssertionError as fault:
        raise AssertionError(f"{fault}\n{client.log()}\n{world.daemon.log()[-4000:]}") from None
    assert "mailer-daemon@" in report.lower()
    return report


def test_a_message_that_is_granted_leaves(world: World, client: SmartHostClient) -> None:
    subject = f"granted-{type(client).__name__}"
    mark = world.daemon.mark()
    client.send(ALICE, REMOTE, message(ALICE, subject))
    assert world.sent(subject)
    assert world.daemon.wait_for_records(mark)[0]["login"] == ALICE


@pytest.mark.parametrize("cause, sender, author", [("sender-not-owned", CAROL, CAROL), ("from-not-owned", ALICE, CAROL)])
def test_the_author_of_a_refused_message_reads_our_answer(world: World, client: SmartHostClient, cause: str, sender: str,
                                                          author: str) -> None:
    mark = world.daemon.mark()
    client.send(sender, REMOTE, message(author, f"{cause}-{type(client).__name__}"))
    record = refused(world, client, mark, cause)
    report = told(world, client, record)
    answer = (record["reply"] or "").partition(" ")[2]
    assert answer in report, f"{answer}\n{report}"
    accepted = world.daemon.wait_for_records(mark, 1, lambda r: r["sender"] == "<>" and r["verdict"] == "accept")[0]
    assert "bounce" in accepted.rules and accepted["login"] == ALICE, accepted.line


def test_a_report_of_which_the_administrator_has_a_copy_is_one_message_to_two(world: World) -> None:
    """Why a report may have several recipients."""
    with CopyingExim(world.postfix.ports["submissions"], ALICE, PASSWORD) as client:
        mark = world.daemon.mark()
        client.send(ALICE, REMOTE, message(CAROL, "copied"))
        told(world, client, refused(world, client, mark, "from-not-owned"))
        accepted = world.daemon.wait_for_records(mark, 1, lambda r: r["sender"] == "<>" and r["verdict"] == "accept")[0]
        assert accepted["rcpt"] == f"{ALICE},postmaster@example.com", accepted.line


def test_without_the_rule_nobody_is_told(world: World, client: SmartHostClient) -> None:
    policy = world.daemon.policy_file.read_text()
    mark = world.daemon.mark()
    world.daemon.write(policy + '\n[from]\nbounces = "refuse"\n')
    world.daemon.reload()
    world.daemon.wait_for_log("reloaded", mark)
    try:
        client.send(ALICE, REMOTE, message(CAROL, f"lost-{type(client).__name__}"))
        records = world.daemon.wait_for_records(mark, 2)
        assert [(record["sender"], record["cause"]) for record in records] == [
            (ALICE, "from-not-owned"), ("<>", "from-not-owned")]
        assert not mailbox(world, records[0]["ref"] or "")
    finally:
        mark = world.daemon.mark()
        world.daemon.write(policy)
        world.daemon.reload()
        world.daemon.wait_for_log("reloaded", mark)
