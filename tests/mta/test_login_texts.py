"""What the client reads where the login is what is wrong: a blank too many, half a name, a realm
that owns nothing. On a real Postfix and on a real Sendmail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from daemon import Relaypermitd
from sendmail import Sendmail
from sendmail_cases import without_prefix
from session import Session
from world import PASSWORD, STRANGER, World

POLICY = """
[server]
name     = "mail.example.com"
help_url = "https://help.example.com/relay"

[relay]
hosted_domains = ["example.com"]

[login]
forms = ['EXAMPLE\\{user}']
"""
ASK = "For help ask postmaster@example.com"
# By the login as it is typed.
TEXTS = {
    # Cyrus SASL takes blanks off both ends of a name, and leaves those around the @.
    "alice@ example.com": f"remove the space from user name 'alice@ example.com' in your mail settings. {ASK}",
    "alice@elsewhere.invalid": "ask postmaster@example.com to let alice@elsewhere.invalid send mail. Your settings need no "
                               "change",
    "EXAMPLE\\alice": f"set outgoing user name to your mail address instead of 'alice'. {ASK}",
    "al?ice@example.com": f"correct user name 'al?ice@example.com' in your outgoing server settings. {ASK}",
}


def on_postfix() -> Iterator[tuple[Relaypermitd, Callable[[str], Session]]]:
    world = World(POLICY)
    world.postfix.accounts = {login: PASSWORD for login in TEXTS}
    with world:
        yield world.daemon, lambda login: world.session(login=login)


def on_sendmail() -> Iterator[tuple[Relaypermitd, Callable[[str], Session]]]:
    accounts = {login if "@" in login else f"{login}@example.com": PASSWORD for login in TEXTS}

    def log_in(login: str) -> Session:
        session = mta.session(587)
        session.ehlo()
        assert session.starttls().code == 220
        session.ehlo()
        assert session.auth(login, PASSWORD).code == 235, session.last()
        return session

    with Sendmail(users=accounts) as mta, Relaypermitd(POLICY, f"unix:{mta.milter_socket}") as daemon:
        yield daemon, log_in


@pytest.fixture(name="server", params=["postfix", "sendmail"], scope="module")
def _server(request: pytest.FixtureRequest) -> Iterator[tuple[Relaypermitd, Callable[[str], Session]]]:
    yield from {"postfix": on_postfix, "sendmail": on_sendmail}[request.param]()


def expect(daemon: Relaypermitd, session: Session, text: str) -> None:
    mark = daemon.mark()
    with session:
        reply = session.mail("alice@example.com")
    told = without_prefix(reply, "<alice@example.com>") if "... " in reply.text else reply
    record = daemon.wait_for_records(mark)[-1]
    assert record["cause"] == "sender-not-owned"
    assert str(told) == (f"550 5.7.1 Not sent - {text} - https://help.example.com/relay#sender-not-owned"
                         f" - ref {record['ref']}")


@pytest.mark.parametrize("login", TEXTS)
def test_the_client_reads_what_is_wrong_with_its_user_name(server, login: str) -> None:
    daemon, log_in = server
    expect(daemon, log_in(login), TEXTS[login])


def test_a_blank_at_the_end_can_be_seen() -> None:
    """Not every SASL takes it off; XCLIENT hands over what such a one would."""
    with World(POLICY) as world:
        # A client that is another one by XCLIENT may not say it again.
        session = Session("127.0.0.1", world.postfix.ports["submissions"], True)
        session.ehlo()
        assert session.xclient(addr=STRANGER, name="[UNAVAILABLE]", login="alice@example.com+20",
                               destport="465").code == 220, session.last()
        session.ehlo()
        expect(world.daemon, session, TEXTS["alice@ example.com"].replace("alice@ example.com", "alice@example.com "))
