"""The wiring that contrib/postfix ships, and the rig itself, before any relaypermitd runs.

What Postfix does while relaypermitd is away is a promise as much as what it
does with it: senders are told to come back, and nobody relays.
"""

from __future__ import annotations

import subprocess

import pytest

from postfix import Postfix, shipped_settings
from process import wait_for
from session import Session

MESSAGE = b"From: alice@example.com\r\nSubject: hello\r\n\r\nhello\r\n"


def submit(postfix: Postfix, port: str, login: str = "alice@example.com", mechanism: str = "PLAIN") -> Session:
    """A session up to AUTH, as a mail program of that port does it."""
    session = Session("127.0.0.1", postfix.ports[port], wrapped=port == "submissions")
    session.ehlo()
    if not session.secure:
        assert session.starttls().code == 220
        session.ehlo()
    assert session.auth(login, "secret", mechanism).code == 235
    return session


def test_the_shipped_parameters_are_all_known_to_this_postfix(unfiltered: Postfix) -> None:
    checked = subprocess.run(["postconf", "-c", str(unfiltered.etc), *shipped_settings()],
                             capture_output=True, text=True, check=True)
    assert checked.stderr == ""
    assert len(checked.stdout.splitlines()) == len(shipped_settings())


@pytest.mark.parametrize("port", ["smtp", "submission", "submissions"])
def test_without_relaypermitd_every_message_is_put_off(unfiltered: Postfix, port: str) -> None:
    with Session("127.0.0.1", unfiltered.ports[port], wrapped=port == "submissions") as session:
        session.ehlo()
        reply = session.mail("stranger@remote.invalid")
    assert str(reply) == "451 4.7.1 Service unavailable - try again later"


def test_without_relaypermitd_even_starttls_and_auth_are_put_off(unfiltered: Postfix) -> None:
    # Postfix asks its milters about every command; the one that is away answers nothing but "later".
    with Session("127.0.0.1", unfiltered.ports["submission"]) as session:
        session.ehlo()
        assert str(session.starttls()) == "454 4.3.0 Try again later"
    with Session("127.0.0.1", unfiltered.ports["submissions"], wrapped=True) as session:
        session.ehlo()
        assert str(session.auth("alice@example.com", "secret")) == "454 4.3.0 Try again later"


@pytest.fixture(scope="module", params=[True, False], ids=["chrooted", "not chrooted"])
def plain(request: pytest.FixtureRequest):
    """The same Postfix with the milter taken out."""
    with Postfix(milter=None, accounts={"alice@example.com": "secret", "bob": "secret"},
                 chroot=request.param) as postfix:
        yield postfix


@pytest.mark.parametrize("port", ["submission", "submissions"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_a_login_relays_through_the_sink(plain: Postfix, port: str, mechanism: str) -> None:
    sent = len(plain.sink.messages())
    with submit(plain, port, "bob", mechanism) as session:
        session.mail("bob@example.com")
        assert session.rcpt("someone@remote.invalid").ok
        assert session.data(MESSAGE).ok
    wait_for("delivery to the sink", lambda: len(plain.sink.messages()) == sent + 1)


def test_the_submission_port_offers_no_login_without_tls(plain: Postfix) -> None:
    with Session("127.0.0.1", plain.ports["submission"]) as session:
        session.ehlo()
        assert session.offers("STARTTLS")
        assert not session.offers("AUTH")
        assert session.auth("alice@example.com", "secret").code == 503
        session.starttls()
        session.ehlo()
        assert session.offers("AUTH")


def test_port_25_offers_no_login(plain: Postfix) -> None:
    with Session("127.0.0.1", plain.ports["smtp"]) as session:
        session.ehlo()
        assert not session.offers("AUTH")


@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_a_wrong_password_is_no_login(plain: Postfix, port: str) -> None:
    with Session("127.0.0.1", plain.ports[port], wrapped=port == "submissions") as session:
        session.ehlo()
        if not session.secure:
            session.starttls()
            session.ehlo()
        assert session.auth("alice@example.com", "wrong").code == 535
        assert session.mail("alice@example.com").ok
        assert str(session.rcpt("someone@remote.invalid")).startswith("554 5.7.1")


def test_postfix_itself_refuses_to_relay_for_strangers(plain: Postfix) -> None:
    with Session("127.0.0.1", plain.ports["smtp"]) as session:
        session.ehlo()
        session.mail("stranger@remote.invalid")
        assert session.rcpt("someone@elsewhere.invalid").text.endswith("Relay access denied")
        assert session.rcpt("alice@example.com").ok


def test_xclient_gives_a_session_another_client(plain: Postfix) -> None:
    with Session("127.0.0.1", plain.ports["smtp"]) as session:
        session.ehlo()
        session.xclient(name="[UNAVAILABLE]", addr="IPV6:2001:db8::7", destport="587")
        session.ehlo("laptop.example")
        session.mail("stranger@remote.invalid")
        session.rcpt("alice@example.com")
        assert session.data(MESSAGE).ok
        queue_id = session.transcript[-1].line.rsplit(maxsplit=1)[-1]
    wait_for("the log line", lambda: f"{queue_id}: client=unknown[2001:db8::7]" in plain.log())


@pytest.mark.parametrize("port", ["submission", "submissions"])
def test_blocklists_meant_for_strangers_do_not_hit_people_on_the_road(port: str) -> None:
    # Where most sites have them: reject_rbl_client would list the dynamic address of a customer.
    with Postfix(milter=None, accounts={"alice@example.com": "secret"},
                 settings={"smtpd_recipient_restrictions": "reject"}) as postfix:
        with submit(postfix, port) as session:
            assert session.mail("alice@example.com").ok
            assert session.rcpt("someone@remote.invalid").ok
