"""What Sendmail says by itself of a refused password and of a missing STARTTLS: words that no setting changes, and where a
setting is what makes it speak, ahead of any milter. Observed with Sendmail 8.17.1.9."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_filter import FakeMilter, refusal
from sendmail import Sendmail
from session import Reply

USERS = {"alice@example.com": "secret"}
OURS = "530 5.7.0 Not sent - set connection security to STARTTLS"


@pytest.fixture(name="mta", scope="module")
def _mta() -> Iterator[Sendmail]:
    with Sendmail(users=USERS) as mta:
        yield mta


def mail_without_tls(mta: Sendmail) -> Reply:
    with FakeMilter(mta.milter_socket) as milter, mta.session(587) as session:
        milter.answers["mail"] = refusal(OURS)
        session.ehlo()
        return session.mail("alice@example.com")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_of_a_wrong_password(mta: Sendmail, mechanism: str, tls: bool) -> None:
    with FakeMilter(mta.milter_socket), mta.session(587) as session:
        session.ehlo()
        if tls:
            session.starttls()
            session.ehlo()
        assert str(session.auth("alice@example.com", "wrong", mechanism)) == "535 5.7.0 authentication failed"


def test_of_an_unknown_user(mta: Sendmail) -> None:
    with FakeMilter(mta.milter_socket), mta.session(587) as session:
        session.ehlo()
        assert str(session.auth("nobody@example.com", "wrong")) == "535 5.7.0 authentication failed"


def test_of_a_missing_starttls_it_says_nothing_and_the_milter_speaks(mta: Sendmail) -> None:
    assert str(mail_without_tls(mta)) == OURS


def test_where_passwords_need_tls_it_speaks_of_the_mechanism_and_the_milter_of_tls() -> None:
    with Sendmail(users=USERS, before="define(`confAUTH_OPTIONS', `A p y')dnl\n"
                  "define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl\n") as mta:
        with FakeMilter(mta.milter_socket), mta.session(587) as session:
            session.ehlo()
            assert not session.offers("AUTH")
            assert str(session.auth("alice@example.com", "secret")) == (
                "504 5.3.3 AUTH mechanism PLAIN not available")
        assert str(mail_without_tls(mta)) == OURS


def test_where_the_access_map_demands_tls_it_speaks_ahead_of_the_milter_and_for_now() -> None:
    with Sendmail(users=USERS, before="FEATURE(`access_db', `hash -T<TMPF> /run/sendmail/access')dnl\n",
                  maps={"access": "TLS_Clt:\tENCR:112\n"}) as mta:
        assert str(mail_without_tls(mta)) == "454 4.7.0 encryption too weak 0 less than 112"
