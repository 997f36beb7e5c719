"""What mail programs without a window show of a refusal at each stage of a real Postfix: what they print names the
remedy, whom to ask and the reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mail_libraries import LIBRARIES
from mail_programs import PROGRAMS, Letter, Program, alpine
from record_line import Record
from world import World

ALICE, BOB, SCANNER = "alice@example.com", "bob@example.com", "scanner@example.com"
LETTERS = {
    "mail": ("sender-not-owned", Letter(ALICE, BOB, BOB)),
    "rcpt": ("recipient-not-allowed", Letter(SCANNER, SCANNER, SCANNER)),
    "eom": ("from-not-owned", Letter(ALICE, ALICE, BOB)),
}


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[World]:
    with World() as world:
        yield world


def shown_by(program: Program, world: World, folder: Path, stage: str,
             refused: tuple[str, Letter] | None = None) -> tuple[str, Record]:
    """What it shows of the letter, refused at the stage: that of LETTERS where it can send that."""
    cause, letter = refused or LETTERS[stage]
    (folder / "cert.pem").write_text((world.postfix.directory / "tls/cert.pem").read_text())
    mark = world.daemon.mark()
    shown = " ".join(program(folder, world.postfix.ports["submission"], letter).split())
    records = world.daemon.wait_for_records(mark)
    assert records, shown
    assert (records[-1]["cause"], records[-1]["stage"]) == (cause, stage), f"{records[-1].line}\n{shown}"
    return shown, records[-1]


def text_of(record: Record) -> str:
    """The reply without its codes, which many programs leave out."""
    return (record["reply"] or "").removeprefix("550 5.7.1 ")


@pytest.mark.parametrize("stage", LETTERS)
@pytest.mark.parametrize("program", PROGRAMS + LIBRARIES, ids=lambda program: program.__name__)
def test_it_shows_all_of_the_reply(world: World, tmp_path: Path, program: Program, stage: str) -> None:
    shown, record = shown_by(program, world, tmp_path, stage)
    assert text_of(record) in shown, shown


def test_alpine_shows_the_remedy_of_a_refused_recipient(world: World, tmp_path: Path) -> None:
    shown, record = shown_by(alpine, world, tmp_path, "rcpt")
    assert shown.startswith(f"[Mail not sent: {text_of(record)[:49]}"), shown


def test_alpine_loses_the_reply_to_a_refused_sender(world: World, tmp_path: Path) -> None:
    """It sends RCPT all the same, and shows the answer to that."""
    shown, _ = shown_by(alpine, world, tmp_path, "mail")
    assert shown == "[Mail not sent: Error: need MAIL command]"


def test_alpine_loses_the_reply_to_a_refused_message(world: World, tmp_path: Path) -> None:
    """It sends RSET, and shows the answer to that. It writes one address into From, and no Sender: so the name is wrong."""
    letter = Letter(ALICE, ALICE, f'"J\u00f6rg @ Work" <{ALICE}>')
    shown, _ = shown_by(alpine, world, tmp_path, "eom", ("from-unusable", letter))
    assert shown == "[Mail not sent. Sending error: 250 2.0.0 Ok]"
