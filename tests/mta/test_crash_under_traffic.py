"""A crash of the process that serves, and packets that crash libmilter, while a real mail server is at work: no
message is lost, none is let through that should not be, and the sessions after it go on as ever."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from daemon import Relaypermitd
from milter_client import Closed, MilterClient, strings
from process import wait_for
from sendmail import Sendmail
from session import Dropped, Session
from world import POLICY as POSTFIX_POLICY
from world import World

ALICE = "alice@example.com"
REMOTE = "someone@remote.invalid"
SENDMAIL_POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[login]
default_realm = "example.com"
"""


@dataclass
class Site:
    """A mail server and its relaypermitd."""

    daemon: Relaypermitd
    connect: Callable[[], Session]  # up to AUTH as alice, who may send as herself alone
    delivered: Callable[[], list[bytes]]
    reached: str  # the milter's socket, for us


@contextmanager
def postfix() -> Iterator[Site]:
    with World(POSTFIX_POLICY) as world:
        yield Site(world.daemon, lambda: world.session("submissions", login=ALICE), world.postfix.sink.messages,
                   world.daemon.socket)


@contextmanager
def sendmail() -> Iterator[Site]:
    with Sendmail(users={ALICE: "secret"}) as mta, Relaypermitd(SENDMAIL_POLICY, f"unix:{mta.milter_socket}") as daemon:
        def connect() -> Session:
            session = mta.session(465)
            session.ehlo()
            assert session.auth(ALICE, "secret").code == 235, session.last()
            return session
        yield Site(daemon, connect, lambda: [message.text.encode() for message in mta.sink.messages()], daemon.socket)


@pytest.fixture(name="site", params=[postfix, sendmail])
def _site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with request.param() as site:
        yield site


@dataclass
class Senders:
    """Clients that send each message until it has its last answer, as mail programs and servers do on a 4xx."""

    site: Site
    messages: int
    clients: int = 6
    outcomes: dict[str, str] = field(default_factory=dict)  # by subject: the last code
    put_off: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._left = [(f"honest{n}x" if n % 3 else f"forged{n}x") for n in range(self.messages)]
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(self.clients)]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_until_answered(self, share: float) -> None:
        wait_for(f"{share:.0%} of the messages", lambda: len(self.outcomes) >= share * self.messages, 60)

    def _run(self) -> None:
        session: Session | None = None
        while subject := self._next():
            while subject not in self.outcomes and not self._ended.is_set():
                try:
                    session = session or self.site.connect()
                    code = self._send(session, subject)
                    session.rset()
                except (AssertionError, OSError, Dropped) as fault:
                    code = f"no session: {fault}"
                if re.fullmatch(r"[25]\d\d", code):
                    with self._lock:
                        self.outcomes[subject] = code
                else:
                    with self._lock:
                        self.put_off[code] += 1
                    if session:
                        session.drop()
                    session = None
                    time.sleep(0.05)  # some pause, as every client makes one
        if session:
            session.drop()

    def _next(self) -> str | None:
        with self._lock:
            return self._left.pop(0) if self._left and not self._ended.is_set() else None

    @staticmethod
    def _send(session: Session, subject: str) -> str:
        author = ALICE if subject.startswith("honest") else "boss@example.com"
        reply = session.mail(ALICE)
        if reply.ok:
            reply = session.rcpt(REMOTE)
        if reply.ok:
            reply = session.data(f"From: {author}\r\nSubject: {subject}\r\n\r\nhello\r\n".encode())
        return str(reply.code)


def send_bad_packets(site: Site, ended: threading.Event, count: list[int]) -> None:
    """Macros without their values, as no mail server sends them, in a session that is otherwise sound."""
    while not ended.is_set():
        with suppress(AssertionError, OSError):
            with MilterClient(site.reached, timeout_s=5).open() as client:
                client.send("D", b"M" + strings("{mail_addr}", ALICE, "{auth_type}"))
                client.send("M", strings(f"<{ALICE}>"))
                assert client.closed()
                count[0] += 1


def served_again(site: Site) -> float:
    """Seconds until a session of the milter's protocol is right again, and that the next message at the mail server is
    not put off."""
    started = time.monotonic()

    def served() -> bool:
        # The one who is killed may still take a connection.
        try:
            with MilterClient(site.reached).open() as client:
                return client.message(ALICE, ALICE).kind == "c" and client.mail(
                    "boss@example.com", ALICE).text.startswith("550 ")
        except (Closed, OSError):
            return False
    wait_for("a session that works", served, 10)
    took = time.monotonic() - started
    with site.connect() as session:
        assert Senders._send(session, "honestly") == "250"
    return took


def check(site: Site, senders: Senders) -> None:
    """That each message was delivered once or refused, as the policy says of it."""
    assert len(senders.outcomes) == senders.messages
    assert {subject for subject, code in senders.outcomes.items() if code == "250"} == {
        subject for subject in senders.outcomes if subject.startswith("honest")}
    wanted = Counter(subject for subject in senders.outcomes if subject.startswith("honest"))

    def delivered() -> Counter[str]:
        found = (re.search(rb"Subject: ((?:honest|forged)\d+x)", data) for data in site.delivered())
        return Counter(match[1].decode() for match in found if match)

    wait_for("all messages at their next server", lambda: delivered().total() >= wanted.total(), 30)
    assert delivered() == wanted


def test_packets_that_crash_libmilter_change_nothing_for_anybody_else(site: Site) -> None:
    worker = site.daemon.worker
    ended, count = threading.Event(), [0]
    raw = threading.Thread(target=send_bad_packets, args=(site, ended, count))
    raw.start()
    try:
        with Senders(site, 100) as senders:
            senders.wait_until_answered(1)
    finally:
        ended.set()
        raw.join()
    assert count[0] > 20
    assert not senders.put_off, senders.put_off
    check(site, senders)
    assert site.daemon.worker == worker


def test_crashes_lose_no_message_and_let_none_through(site: Site) -> None:
    took = []
    with Senders(site, 150) as senders:
        for share in (0.2, 0.5):
            senders.wait_until_answered(share)
            os.kill(site.daemon.worker, signal.SIGSEGV)
            took.append(served_again(site))
        senders.wait_until_answered(1)
    assert took[0] < 1, took
    assert took[1] < 2, f"the second one in a row waits a second: {took}"
    assert senders.put_off and all(re.match(r"4\d\d|no session: .*(4\d\d|connection closed)", code)
                                   for code in senders.put_off), senders.put_off
    check(site, senders)
