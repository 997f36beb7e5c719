"""contrib/sendmail/relaypermit.m4 as it stands, and what Sendmail makes of a filter's answers.

The filters are fakes that answer as each test wants, so these tests say what
holds whatever relaypermitd does: above all that no answer, no silence and no
death of a filter makes Sendmail accept what it would refuse without us.
Observed with Sendmail 8.17.1.9; a test that fails with another version says
what has changed.
"""

from __future__ import annotations

import ssl
import time

import pytest

from fake_filter import FakeMap, FakeMilter, refusal
from sendmail import Sendmail, shipped_wiring
from session import Dropped, Reply, Session

REMOTE = "someone@remote.invalid"
PLAIN_DENIAL = f"<{REMOTE}>... Relaying denied. IP name lookup failed [198.51.100.1]"
USERS = {"alice@example.com": "secret"}


@pytest.fixture(name="mta", scope="module")
def _mta():
    with Sendmail(users=USERS) as mta:
        yield mta


@pytest.fixture(name="milter")
def _milter(mta):
    with FakeMilter(mta.milter_socket) as milter:
        yield milter


@pytest.fixture(name="explain")
def _explain(mta):
    with FakeMap(mta.map_socket) as explain:
        yield explain


def stranger(mta: Sendmail, recipient: str = REMOTE, sender: str = "x@elsewhere.invalid", port: int = 25,
             **options) -> Reply:
    """The reply to RCPT for a client without a login, or the refusal of its MAIL."""
    with mta.session(port, **options) as session:
        session.ehlo()
        reply = session.mail(sender)
        return session.rcpt(recipient) if reply.ok else reply


def logged_in(mta: Sendmail, login: str = "alice@example.com", port: int = 587) -> Session:
    session = mta.session(port)
    session.ehlo()
    assert session.auth(login, "secret").code == 235
    return session


# ---- the reason on port 25


def test_the_reason_of_the_map_stands_in_place_of_relaying_denied(mta, milter, explain):
    explain.answer = rb'OK 550 5.7.1 "Relay not permitted - say \"why\", and (how): 100%%  sure https://help.example.com/r?a=b#use-submission ref 7F3K2Q9D"'
    reply = stranger(mta)
    assert str(reply) == (f"550 5.7.1 <{REMOTE}>... Relay not permitted - say \"why\", and (how): 100%  sure "
                          "https://help.example.com/r?a=b#use-submission ref 7F3K2Q9D")
    assert mta.host.wait_for_log(r"ruleset=check_rcpt, arg1=<someone@remote.invalid>.*Relay not permitted - say")


def test_a_reason_of_248_bytes_arrives_whole_and_a_longer_one_is_cut(mta, milter, explain):
    address = "r" * 60 + "@" + "d" * 60 + ".invalid"  # the address ahead of it has room of its own
    text = "0123456789" * 24 + "01234567"
    explain.answer = f'OK 550 5.7.1 "{text}89"'.encode()
    assert stranger(mta, address).text == f"5.7.1 <{address}>... {text}"


@pytest.mark.parametrize("code", ["450 4.7.1", "451 4.3.0", "452 4.7.1", "454 4.7.0", "500 5.5.1", "525 5.7.13", "530 5.7.0",
                                  "550 5.7.9", "551 5.7.1", "552 5.7.1", "553 5.7.1", "554 5.7.1", "559 5.999.999"])
def test_the_map_chooses_among_codes_that_refuse(mta, milter, explain, code):
    explain.answer = f'OK {code} "our text"'.encode()
    where = f"<{REMOTE}>... " if code[:3] in ("450", "550", "553") else ""
    assert str(stranger(mta)) == f"{code} {where}our text"


@pytest.mark.parametrize("answer", [
    b'OK 250 2.1.5 "Recipient ok"', b'OK 220 2.0.0 "x"', b'OK 354 3.0.0 "x"', b'OK 251 2.1.5 "x"', b"OK RELAY",
    b"OK OK", b"OK $#RELAY", b"OK $@ OK", b"OK <OK>", b"OK \x94 RELAY", b"OK \x87\x94RELAY", b'OK ""',
    b"OK " + b"x" * 400, b'OK 550 5.7.1 "unbalanced', b"OK (", b"OK <", b"OK > <OK>"])
def test_no_answer_of_the_map_permits_relaying(mta, milter, explain, answer):
    explain.answer = answer
    reply = stranger(mta)
    assert 500 <= reply.code <= 599
    assert not milter.of("rcpt")


@pytest.mark.parametrize("answer", [b"NOTFOUND ", b"TEMP overloaded", b"TIMEOUT slow", b"PERM broken", b"nonsense", b"",
                                    b"OK "])
def test_without_a_reason_of_the_map_sendmail_gives_its_own(mta, milter, explain, answer):
    explain.answer = answer
    assert str(stranger(mta)) == f"550 5.7.1 {PLAIN_DENIAL}"
    assert explain.keys


def test_a_map_that_is_away_leaves_the_plain_denial(mta, milter):
    assert str(stranger(mta)) == f"550 5.7.1 {PLAIN_DENIAL}"
    with FakeMap(mta.map_socket, b'OK 550 5.7.1 "back"'):
        assert stranger(mta).text == f"5.7.1 <{REMOTE}>... back"


def test_a_map_that_dies_in_mid_session_ends_in_try_again(mta, milter):
    with FakeMap(mta.map_socket, b'OK 550 5.7.1 "first"') as explain, mta.session(25) as session:
        session.ehlo()
        session.mail("x@elsewhere.invalid")
        assert session.rcpt(REMOTE).text.endswith("first")
        explain.close()
        assert str(session.rcpt(REMOTE)).startswith("451 4.3.0 socket_map_lookup(relaypermit): ")


def test_a_map_that_hangs_costs_five_seconds_and_ends_in_try_again(mta, milter, explain):
    explain.answer = None
    started = time.monotonic()
    assert str(stranger(mta)).startswith("451 4.3.0 ")
    assert 4 < time.monotonic() - started < 10


def test_a_bare_ok_ends_the_session_so_a_map_server_writes_a_blank_behind_it(mta, milter, explain):
    explain.answer = b"OK"
    with pytest.raises(Dropped):
        stranger(mta)


@pytest.mark.parametrize("sender, recipient, tail", [
    ("x@elsewhere.invalid", f"<{REMOTE}>", f"x@elsewhere.invalid!<{REMOTE}>"),
    ("", f"<{REMOTE}>", f"!<{REMOTE}>"),
    ("Anna@Elsewhere.invalid", "<Some@Remote.invalid>", "Anna@Elsewhere.invalid!<Some@Remote.invalid>"),
    ('"a!<x"@b.invalid', '<"q r!s"@remote.invalid>', '"a!<x"@b.invalid!<"q r!s"@remote.invalid>'),
    ("a!b@c.invalid", f"<{REMOTE}> NOTIFY=NEVER", f"a!b@c.invalid!<{REMOTE}>"),
    ("@x.invalid:a@b.invalid", f"{REMOTE}", f"a@b.invalid!{REMOTE}"),
    ("alice", "<x%remote.invalid@example.com>", "alice!<x%remote.invalid@example.com>"),
    ("x@elsewhere.invalid", "<a!<b@remote.invalid>@c.invalid>", "x@elsewhere.invalid!<a!<b@remote.invalid>@c.invalid>"),
    ("a!<b@c.invalid>", f"<{REMOTE}>", f"b@c.invalid!<{REMOTE}>"),
    ("a\\\"b@c.invalid", f"<{REMOTE}>", f"a\\\"b@c.invalid!<{REMOTE}>"),
    ("a!\\<b@c.invalid", f"<{REMOTE}>", f"a!\\<b@c.invalid!<{REMOTE}>"),
    ("a b@c.invalid", f"<(comment){REMOTE}>", f"a.b@c.invalid!<{REMOTE}>"),
])
def test_the_key_holds_the_addresses_as_typed(mta, milter, explain, sender, recipient, tail):
    with mta.session(25) as session:
        session.ehlo()
        assert session.mail(sender).ok
        assert session.command(f"RCPT TO:{recipient}").code == 550
    queue_id = milter.last("mail").macros["i"]
    assert explain.keys == [f"{queue_id}!25!198.51.100.1!!{tail}"]


def test_the_map_is_asked_for_what_sendmail_refuses_to_relay_and_for_nothing_else(mta, milter, explain):
    assert stranger(mta, "alice@example.com").ok
    assert stranger(mta, "postmaster").ok
    with logged_in(mta) as session:
        session.mail("alice@example.com")
        assert session.rcpt(REMOTE).ok
    assert stranger(mta, client="127.0.0.1").ok
    assert explain.keys == []
    assert stranger(mta, "x@elsewhere.invalid", port=587).code == 550
    assert [key.split("!")[1] for key in explain.keys] == ["587"]


ACCESS = "To:disabled@example.com REJECT\nTo:backup.invalid RELAY\nConnect:198.51.100.44 RELAY\n"
# The ways in which mail servers permit relaying or refuse it for reasons of their own.
FEATURES = ("FEATURE(`access_db', `hash -T<TMPF> /run/sendmail/access')dnl\nFEATURE(`blocklist_recipients')dnl\n"
            "RELAY_DOMAIN(`inner.invalid')dnl\n")


# FEATURE(delay_checks) renames check_rcpt; Debian's sendmail.mc has it.
@pytest.mark.parametrize("more", ["", "FEATURE(`delay_checks', `friend', `n')dnl\n"])
def test_what_the_access_map_says_goes_unchanged(more):
    with Sendmail(users=USERS, before=FEATURES + more, maps={"access": ACCESS}) as mta, \
            FakeMilter(mta.milter_socket), FakeMap(mta.map_socket, b'OK 550 5.7.1 "our text"') as explain:
        assert str(stranger(mta, "disabled@example.com")) == (
            "550 5.2.1 <disabled@example.com>... Mailbox disabled for this recipient")
        assert stranger(mta, "x@backup.invalid").ok
        assert stranger(mta, "x@inner.invalid").ok
        assert stranger(mta, client="198.51.100.44").ok
        assert explain.keys == []
        assert stranger(mta).text == f"5.7.1 <{REMOTE}>... our text"


# ---- the milter and F=T


def test_nothing_is_accepted_while_the_milter_is_away(mta):
    for port in (25, 587):
        with mta.session(port) as session:
            session.ehlo()
            session.auth("alice@example.com", "secret")
            assert str(session.mail("alice@example.com")) == "451 4.3.2 Please try again later"
            assert not session.rcpt("alice@example.com").ok
    with pytest.raises((ssl.SSLError, ConnectionResetError)):  # with M=s Sendmail hangs up instead
        mta.session(465)


def test_nothing_more_is_accepted_in_a_session_whose_milter_dies(mta):
    with FakeMilter(mta.milter_socket) as milter, logged_in(mta) as session:
        assert session.mail("alice@example.com").ok
        milter.close()
        assert str(session.rcpt(REMOTE)).startswith("451 4.3.2 ")
        session.rset()
        assert session.mail("alice@example.com").code == 451


def test_a_milter_that_dies_at_the_end_of_a_message_does_not_lose_it(mta):
    with FakeMilter(mta.milter_socket) as milter, logged_in(mta) as session:
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        assert session.command("DATA").code == 354
        milter.close()
        assert session.content(b"From: alice@example.com\r\n\r\nhello").code == 451
    assert mta.sink.messages() == []


@pytest.mark.parametrize("flag, reply", [("F=R, ", 554), ("F=4, ", 421), ("", 250)])
def test_other_flags_than_t_refuse_for_good_or_let_everything_through(flag, reply):
    with Sendmail(users=USERS, wiring=shipped_wiring().replace("F=T, ", flag)) as mta:
        try:
            with mta.session(25) as session:
                assert session.greeting.code == 220 or session.greeting.code == reply
                if session.greeting.ok:
                    session.ehlo()
                    assert session.mail("x@elsewhere.invalid").code == reply
        except Dropped:
            assert reply == 421


def test_a_socket_in_a_directory_that_the_group_may_write_to_is_not_used(mta, milter):
    directory = mta.milter_socket.parent
    directory.chmod(0o775)
    try:
        assert stranger(mta).code == 451
        mta.host.wait_for_log("local socket name /run/relaypermit/milter.sock unsafe")
    finally:
        directory.chmod(0o755)


def test_with_the_flag_a_sendmail_speaks_before_the_milter(mta, milter):
    milter.answers["mail"] = refusal("530 5.7.0 Relay not permitted - our text")
    with mta.session(587) as session:
        session.ehlo()
        assert str(session.mail("alice@example.com")) == "530 5.7.0 Relay not permitted - our text"
    with Sendmail(wiring=shipped_wiring().replace("M=E'", "M=Ea'")) as other, FakeMilter(other.milter_socket) as unasked:
        with other.session(587) as session:
            session.ehlo()
            assert str(session.mail("alice@example.com")) == "530 5.7.0 Authentication required"
        assert not unasked.of("mail")


# ---- texts


def test_sendmail_puts_the_address_ahead_of_a_550_text_at_mail_and_rcpt_only(mta, milter):
    with logged_in(mta) as session:
        milter.answers["mail"] = refusal("550 5.7.1 our text")
        assert str(session.mail("alice@example.com")) == "550 5.7.1 <alice@example.com>... our text"
        milter.answers["mail"] = refusal("451 4.3.0 our text")
        assert str(session.mail("alice@example.com")) == "451 4.3.0 our text"
        milter.answers = {"rcpt": refusal("550 5.7.1 our text")}
        session.mail("alice@example.com")
        assert str(session.rcpt(REMOTE)) == f"550 5.7.1 <{REMOTE}>... our text"
        milter.answers = {"eom": refusal("550 5.7.1 our text")}
        session.rcpt(REMOTE)
        assert str(session.data(b"From: alice@example.com\r\n\r\nhello")) == "550 5.7.1 our text"
    assert mta.sink.messages() == []


@pytest.mark.parametrize("stage", ["header", "eoh", "body", "eom"])
def test_a_refusal_of_the_content_reaches_the_client_at_the_final_dot(mta, milter, stage):
    milter.answers[stage] = refusal("550 5.7.1 our text")
    with logged_in(mta) as session:
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        assert str(session.data(b"From: alice@example.com\r\n\r\nhello")) == "550 5.7.1 our text"
        assert session.command("NOOP").ok
    assert mta.sink.messages() == []


@pytest.mark.parametrize("sent, shown", [
    ("100%% sure", "<alice@example.com>... 100% sure"),
    ("100% sure", "<alice@example.com>... Command rejected"),  # the text is lost
    ("see https://help.example.com/relay#login-required ref 7F3K2Q9D",
     "<alice@example.com>... see https://help.example.com/relay#login-required ref 7F3K2Q9D"),
    ('(a) "b", <c>; d: e  f \\g', '<alice@example.com>... (a) "b", <c>; d: e  f \\g'),
    ("x" * 400, "<alice@example.com>... " + "x" * 400),
])
def test_the_text_at_mail(mta, milter, sent, shown):
    milter.answers["mail"] = refusal(f"550 5.7.1 {sent}")
    with logged_in(mta) as session:
        assert session.mail("alice@example.com").text == f"5.7.1 {shown}"
