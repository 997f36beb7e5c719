"""What one of several milters takes from those behind it, on a real Postfix and a real Sendmail: what relaypermit
doctor says of other milters rests on this.

Two fakes stand one behind the other and record what they are shown. Observed with Postfix 3.7.11; in its source it is
milter_*_event() of src/milter/milter.c, which ask the next milter while none has answered, and SMFIR_QUARANTINE in
milter8.c, which is an answer. Sendmail 8.17 keeps nothing from the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fake_filter import CONTINUE, FakeMilter
from postfix import Postfix, Service
from sendmail import Sendmail
from session import Reply, Session

ACCEPT, DISCARD, QUARANTINE = b"a", b"d", b"qheld by a test\0"
CHANGE = b"m\0\0\0\1From\0boss@example.com\0"
MESSAGE = b"From: anna@other.invalid\r\nSubject: order\r\n\r\nhello\r\n"


@dataclass
class Two:
    """A Postfix with two milters on each of its services."""

    postfix: Postfix
    first: FakeMilter
    second: FakeMilter

    def send(self, service: str = "smtp") -> Reply:
        self.first.events.clear()
        self.second.events.clear()
        with Session("127.0.0.1", self.postfix.ports[service]) as session:
            session.ehlo()
            for reply in (session.mail("anna@other.invalid"), session.rcpt("bob@example.com")):
                if not reply.ok:
                    return reply
            return session.data(MESSAGE)

    def headers(self) -> list[bytes]:
        return [b": ".join(event.arguments) for event in self.second.of("header")]


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[Two]:
    first, second = "unix:relaypermit/first.sock", "unix:relaypermit/second.sock"
    away = {f"{action} while away": Service({
        "smtpd_milters": f"{{ unix:relaypermit/nobody.sock, default_action={word} }}, {second}"})
        for action, word in (("hold", "quarantine"), ("accept", "accept"))}
    postfix = Postfix(settings={"smtpd_milters": f"{first}, {second}"}, extra_services=away)
    folder = postfix.spool / "relaypermit"
    with postfix, FakeMilter(folder / "first.sock") as one, FakeMilter(folder / "second.sock") as two:
        for name in ("first.sock", "second.sock"):
            postfix.own(f"spool/relaypermit/{name}", "root", "postfix", 0o660)
        yield Two(postfix, one, two)


@pytest.fixture(name="two")
def _two(running: Two) -> Two:
    running.first.answers = {}
    running.second.answers = {}
    return running


@pytest.mark.parametrize("stage", ["connect", "helo", "mail", "rcpt", "header", "eoh", "eom"])
def test_accept_ends_the_milter_that_says_it_and_no_other(two: Two, stage: str) -> None:
    two.first.answers = {stage: ACCEPT}
    assert two.send().code == 250
    assert two.second.of("eom") and b"From: anna@other.invalid" in two.headers()


def test_a_message_that_is_put_on_hold_is_shown_to_no_milter_behind(two: Two) -> None:
    two.first.answers = {"eom": [QUARANTINE, CONTINUE]}
    assert two.send().code == 250
    assert not two.second.of("eom") and not two.headers()


def test_so_is_one_that_is_thrown_away(two: Two) -> None:
    two.first.answers = {"eom": DISCARD}
    assert two.send().code == 250
    assert not two.second.of("eom")


def test_while_a_milter_with_quarantine_is_away_none_behind_is_asked(two: Two) -> None:
    assert two.send("hold while away").code == 250
    # Told that it is over, and of nothing else.
    assert {event.name for event in two.second.events} <= {"abort", "quit"}


def test_while_one_with_accept_is_away_those_behind_are(two: Two) -> None:
    assert two.send("accept while away").code == 250
    assert two.second.of("eom")


def test_a_milter_sees_what_those_before_it_changed_and_not_what_those_behind_do(two: Two) -> None:
    two.first.answers = {"eom": [CHANGE, CONTINUE]}
    assert two.send().code == 250
    assert b"From: boss@example.com" in two.headers()
    two.first.answers = {}
    two.second.answers = {"eom": [CHANGE, CONTINUE]}
    assert two.send().code == 250
    shown = [b": ".join(event.arguments) for event in two.first.of("header")]
    assert b"From: anna@other.invalid" in shown and b"From: boss@example.com" not in shown

# ---- Sendmail


@pytest.fixture(scope="module", name="sendmail")
def _sendmail() -> Iterator[tuple[Sendmail, FakeMilter, FakeMilter]]:
    before = "".join(f"INPUT_MAIL_FILTER(`{name}', `S=local:/run/relaypermit/{name}.sock, F=T')dnl\n"
                     for name in ("first", "second"))
    with Sendmail(before=before, wiring="DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl\n") as mta:
        folder = mta.milter_socket.parent
        with FakeMilter(folder / "first.sock") as first, FakeMilter(folder / "second.sock") as second:
            yield mta, first, second


@pytest.mark.parametrize(("answers", "author"), [
    ({"connect": ACCEPT}, b"anna@other.invalid"),
    ({"mail": ACCEPT}, b"anna@other.invalid"),
    ({"eom": [QUARANTINE, CONTINUE]}, b"anna@other.invalid"),
    ({"eom": [CHANGE, CONTINUE]}, b"boss@example.com"),
], ids=["accept at connect", "accept at mail", "quarantine", "change"])
def test_sendmail_shows_a_milter_whatever_those_before_it_say(
        sendmail: tuple[Sendmail, FakeMilter, FakeMilter], answers: dict, author: bytes) -> None:
    mta, first, second = sendmail
    first.answers = answers
    second.events.clear()
    with mta.session(25) as session:
        session.ehlo()
        session.mail("anna@other.invalid")
        session.rcpt("bob@example.com")
        assert session.data(MESSAGE).code == 250
    assert second.of("eom")
    shown = [b": ".join(part.strip() for part in event.arguments) for event in second.of("header")]
    assert b"From: " + author in shown
