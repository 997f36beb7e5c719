"""What other programs read in From once a real Postfix or Sendmail has passed a message on.

tests/differential shows to other programs the fields as a client sends them. What its readers get
here is what arrived at the next server: behind the line breaks at 990 and 998 bytes, the rewriting of
addresses and of bare words, and whatever became of a CR, an LF and a NUL.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.utils import getaddresses
from pathlib import Path

import pytest

from daemon import TREE, program
from from_site import ALICE, REMOTE, Site, on_postfix, on_sendmail
from process import wait_for
from session import Dropped, Reply, Session

sys.path.insert(0, str(TREE / "tests" / "differential"))

from judge import Ours  # noqa: E402
from messages import authors, headers  # noqa: E402
from readers import READERS, Reader, all_readings, install_npm  # noqa: E402

SEED = int(os.environ.get("RELAYPERMIT_SEED", "4871"))
MESSAGES = int(os.environ.get("RELAYPERMIT_MESSAGES", "700"))
SECONDS = 60  # of sending to one MTA
TOKEN = re.compile(rb"\bnumber=(\d+)=")


def as_shipped() -> Iterator[Site]:
    yield from on_postfix()


def at_its_loosest() -> Iterator[Site]:
    """A Postfix that lets a bare CR and a NUL through, and rewrites the header of whoever is logged in."""
    yield from on_postfix(cleanup_replace_stray_cr_lf="no", message_reject_characters="",
                          smtpd_forbid_bare_newline="no",
                          local_header_rewrite_clients="permit_sasl_authenticated")


SITES: dict[str, Callable[[], Iterator[Site]]] = {
    "postfix": as_shipped, "postfix, loose": at_its_loosest, "sendmail": on_sendmail}


@dataclass
class Sent:
    """What was sent as alice, and which of it was accepted."""

    headers: list[bytes] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    replies: dict[int, int] = field(default_factory=dict)  # code -> how many


def messages(ours: Ours) -> list[bytes]:
    """Headers to send: those that the reader takes by itself, and one in four of the others, which the MTA may
    change into something that it takes."""
    rng = random.Random(SEED)
    wanted: list[bytes] = []
    while len(wanted) < MESSAGES:
        more = headers(rng, MESSAGES)
        usable = set(ours.accepted([value for header in more for value in authors(header)]))
        wanted += [header for header in more if usable.issuperset(authors(header)) or rng.random() < 0.25]
    return wanted[:MESSAGES]


def send_all(site: Site, wanted: list[bytes]) -> Sent:
    """Sends them in few sessions, until they are through or the time is. An MTA may end a session in
    the middle (Sendmail, at a bare CR); each message is sent once."""
    sent = Sent()
    deadline = time.monotonic() + SECONDS
    session: Session | None = None
    for number, header in enumerate(wanted):
        if time.monotonic() > deadline:
            break
        session = session or site.log_in(ALICE)
        sent.headers.append(header)
        reply = send(session, header + b"\r\n\r\nnumber=%d=\r\n" % number)
        if reply.code == 250:
            sent.accepted.append(number)
        sent.replies[reply.code] = sent.replies.get(reply.code, 0) + 1
        if reply.code == 421 or session.answered():
            session.drop()
            session = None
    if session:
        session.drop()
    return sent


def send(session: Session, message: bytes) -> Reply:
    session.transcript.clear()
    try:
        first = session.pipeline(f"MAIL FROM:<{ALICE}>", f"RCPT TO:<{REMOTE}>")
        assert all(reply.ok for reply in first), first
        return session.data(message)
    except Dropped:
        return Reply(421, ("dropped",))


def arrivals(site: Site, sent: Sent) -> dict[int, bytes]:
    """The accepted messages as they arrived, by number."""
    def all_here() -> dict[int, bytes]:
        found = {int(token[1]): message for message in site.arrived() if (token := TOKEN.search(message))}
        return found if found.keys() >= set(sent.accepted) else {}
    return wait_for(f"{len(sent.accepted)} messages at the next server", all_here, 120)


def python_authors(message: bytes) -> list[bytes]:
    """All authors of the whole message for Python's email package, in its old and its new form."""
    found: list[str] = []
    for name in ("From", "Sender"):
        found += [address for _, address in getaddresses([str(value) for value in message_from_bytes(message).get_all(name, [])])]
        # The new form raises for some fields, of whatever it likes: no reading.
        with contextlib.suppress(Exception):
            for value in message_from_bytes(message, policy=policy.default).get_all(name, []):
                found += [one.addr_spec if one.domain else one.username for one in value.addresses]
    return [address.encode("utf-8", "surrogateescape") for address in found]


def shown(data: bytes) -> str:
    """For people: filling as a number."""
    return re.sub(r"(\\[a-z][0-9a-f]{0,2}|[^\\]{1,2}?)\1{11,}",
                  lambda run: f"{run[1]}{{{len(run[0]) // len(run[1])}}}", repr(data)[2:-1])


def readings_of(build: Path, messages: dict[int, bytes]) -> Iterator[tuple[int, str, bytes, list[bytes]]]:
    """Each reading of each author's field: the message's number, the reader, the field, the addresses."""
    numbers = {}
    for number, message in messages.items():
        for value in authors(message):
            numbers.setdefault(value, number)
        yield number, "python: the whole message", message, python_authors(message)
    values = list(numbers)
    install_npm(build)
    for name, answers in all_readings([Reader(name, build) for name in READERS], values).items():
        for value, readings in zip(values, answers):
            for reading, addresses in readings.items():
                yield numbers[value], f"{name}: {reading}", value, addresses


@pytest.mark.parametrize("name", SITES)
def test_no_reader_finds_another_author_in_what_arrives(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    build = program().parent.parent
    ours = Ours(build / "tests" / "differential" / "from_reader")
    wanted = messages(ours)
    started = time.monotonic()
    for site in SITES[name]():
        sent = send_all(site, wanted)
        arrived = arrivals(site, sent)
    seconds = time.monotonic() - started

    readings = list(readings_of(build, arrived))
    ours.learn(address for *_, addresses in readings for address in addresses)
    foreign: dict[str, list[str]] = {}
    for number, reader, value, addresses in readings:
        if wrong := [address for address in addresses if not ours.is_own(address)]:
            foreign.setdefault(reader, []).append(
                f"{reader}: {shown(b', '.join(wrong))} in {shown(value)}\n    sent as {shown(sent.headers[number])}")
    read = {number for number, *_, addresses in readings if addresses}
    changed = sum(sent.headers[number] not in arrived[number] for number in sent.accepted)
    with capsys.disabled():
        print(f"\ndifferential: {name}: {len(sent.headers)} messages (seed {SEED}), {len(sent.accepted)} accepted, of which "
              f"{changed} changed on the way, {len({reader for _, reader, *_ in readings})} readers, "
              f"{sum(bool(addresses) for *_, addresses in readings)} readings, {sum(map(len, foreign.values()))} disagreements, "
              f"{seconds:.0f} s; replies {sent.replies}")

    if foreign:
        pytest.fail("\n".join(line for lines in foreign.values() for line in lines[:3]), pytrace=False)
    if unread := sorted(set(sent.accepted) - read):
        pytest.fail("without an author, as sent:\n" + "\n".join(shown(sent.headers[number]) for number in unread[:5]), pytrace=False)
    if len(sent.headers) < min(200, MESSAGES) or len(sent.accepted) * 8 < len(sent.headers):
        pytest.fail("too few to mean anything", pytrace=False)
