"""What Sendmail tells a milter of a session, by the names and in the forms it really uses.

Our daemon is built on these. Observed with Sendmail 8.17.1.9; a test that fails
with another version says what has changed. The milter is a fake that asks for
every macro at every stage and lets everything pass.
"""

from __future__ import annotations

import subprocess

import pytest

from fake_filter import FakeMilter
from private_host import SERVER_V6
from sendmail import INSIDE, Sendmail
from session import Dropped, Session

LOGINS = ("alice", "a+b", "p=q", "sp ace", "UPPER", "x(y)", "<z>", "a\\b", "b\u00fcr", "a2Bb")
USERS = {f"{user}@example.com": "secret" for user in LOGINS} | {"bob@other.example": "secret"}


@pytest.fixture(name="mta", scope="module")
def _mta():
    with Sendmail(users=USERS, aliases="out: someone@remote.invalid\nboth: alice, someone@remote.invalid\n",
                  before="FEATURE(`virtusertable', `hash /run/sendmail/virtual')dnl\n"
                         "VIRTUSER_DOMAIN(`virtual.invalid')dnl\n"
                         "FEATURE(`mailertable', `hash /run/sendmail/mailers')dnl\n"
                         "RELAY_DOMAIN(`backup.invalid inner.invalid')dnl\n",
                  maps={"virtual": "in@virtual.invalid alice\nout@virtual.invalid someone@remote.invalid\n",
                        "mailers": "inner.invalid relay:[127.0.0.2]\n"}) as mta:
        yield mta


@pytest.fixture(name="milter")
def _milter(mta):
    with FakeMilter(mta.milter_socket) as milter:
        yield milter


def mail(mta: Sendmail, argument: bytes) -> Session:
    session = mta.session(25)
    session.ehlo()
    session.command(b"MAIL FROM:" + argument)
    return session


# ---- the sender


# The macro f is Sendmail's own reading of the sender, {mail_addr} is what it would deliver to.
@pytest.mark.parametrize("argument, f, mail_addr", [
    (b"<>", "", ""),
    (b"< >", "", ""),
    (b"<anna@b.invalid>", "anna@b.invalid", "anna@b.invalid"),
    (b"anna@b.invalid", "anna@b.invalid", "anna@b.invalid"),
    (b"alice", "alice", "alice"),
    (b"<alice>", "alice", "alice"),
    (b"<Alice@EXAMPLE.com>", "Alice@EXAMPLE.com", "alice"),  # no domain where it is a local one
    (b'<"alice"@example.com>', '"alice"@example.com', "alice"),
    (b'<"al ice"@example.com>', '"al ice"@example.com', '"al ice"'),
    (b'<"a\\"b"@example.com>', '"a\\"b"@example.com', 'a\\"b'),
    (b"<al\\ice@example.com>", "al\\ice@example.com", "al\\ice"),
    (b"<@x.invalid,@y.invalid:anna@b.invalid>", "anna@b.invalid", "anna@b.invalid"),
    (b"<<anna@b.invalid>>", "anna@b.invalid", "anna@b.invalid"),
    (b"<(comment)anna@b.invalid>", "anna@b.invalid", "anna@b.invalid"),
    (b"<anna@b.invalid>(comment)", "anna@b.invalid", "anna@b.invalid"),
    (b"<anna@b.invalid.>", "anna@b.invalid", "anna@b.invalid"),
    (b"<b.invalid!anna>", "anna@b.invalid", "anna@b.invalid"),  # a UUCP path is rewritten
    (b"<x!anna@b.invalid>", "x!anna@b.invalid", "x!anna@b.invalid"),
    (b"<x%y@b.invalid>", "x%y@b.invalid", "x%y@b.invalid"),
    (b"<an na@b.invalid>", "an.na@b.invalid", "an.na@b.invalid"),  # a blank becomes a dot
    (b"<anna\t@b.invalid>", "anna@b.invalid", "anna@b.invalid"),
    (b"<anna\r@b.invalid>", "anna@b.invalid", "anna@b.invalid"),  # a bare CR passes in a command
    (b"<anna@[192.0.2.1]>", "anna@[192.0.2.1]", "anna@[192.0.2.1]"),
    (b'<""@b.invalid>', '""@b.invalid', '""@b.invalid'),
    (b"<\xc3\xa4@b.invalid>", "\xc3\xa4@b.invalid", "\xc3\xa4@b.invalid"),  # unannounced UTF-8 passes
])
def test_the_argument_arrives_raw_and_the_reading_in_f(mta, milter, argument, f, mail_addr):
    mail(mta, argument).drop()
    event = milter.last("mail")
    assert event.arguments == (argument,)
    assert (event.macros["f"], event.macros["{mail_addr}"]) == (f, mail_addr)


@pytest.mark.parametrize("argument, code", [
    (b"<anna@>", 553), (b"<anna@b@c.invalid>", 553), (b"<a,b@c.invalid>", 553), (b"<@b.invalid>", 553),
    (b"<anna@b.invalid", 553), (b"<anna@b..invalid>", 553), (b"X <anna@b.invalid>", 555),
    (b"<" + b"a" * 250 + b"@b.invalid>", 553), (b"<anna\xff@b.invalid>", 501), (b"<an\x01na@b.invalid>", 501),
    (b"<an\x7fna@b.invalid>", 501), (b"<an\0na@b.invalid>", 553), (b"<anna@b.invalid> SMTPUTF8", 555)])
def test_these_senders_never_reach_a_milter(mta, milter, argument, code):
    with mail(mta, argument) as session:
        assert session.transcript[-1].line.startswith(f"{code} ")
    assert not milter.of("mail")


def test_parameters_of_mail_follow_verbatim(mta, milter):
    mail(mta, b"<anna@b.invalid> SIZE=10 BODY=8BITMIME AUTH=mallory@example.com").drop()
    assert milter.last("mail").arguments[1:] == (b"SIZE=10", b"BODY=8BITMIME", b"AUTH=mallory@example.com")


# ---- the login


@pytest.mark.parametrize("login, macro", [
    ("alice", "alice"), ("alice@example.com", "alice@example.com"), ("bob@other.example", "bob@other.example"),
    ("a+b", "a+2Bb"), ("a+b@example.com", "a+2Bb@example.com"), ("p=q", "p+3Dq"), ("sp ace", "sp+20ace"),
    ("UPPER", "UPPER"), ("x(y)", "x+28y+29"), ("<z>", "+3Cz+3E"), ("a\\b", "a+5Cb"), ("b\u00fcr", "b+C3+BCr"),
    ("a2Bb", "a2Bb")])
def test_the_login_arrives_as_typed_in_xtext(mta, milter, login, macro):
    with mta.session() as session:
        session.ehlo()
        assert session.auth(login, "secret").code == 235
        session.mail("alice@example.com")
    assert milter.last("mail").macros["{auth_authen}"] == macro
    assert milter.last("mail").macros["{auth_type}"] == "PLAIN"


@pytest.mark.parametrize("mechanism", ["LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_the_mechanism_arrives_in_auth_type(mta, milter, mechanism):
    with mta.session() as session:
        session.ehlo()
        assert session.auth("alice@example.com", "secret", mechanism).code == 235
        session.mail("alice@example.com")
    assert milter.last("mail").macros["{auth_type}"] == mechanism


def test_a_refused_login_leaves_no_macros(mta, milter):
    with mta.session() as session:
        session.ehlo()
        assert session.auth("alice@example.com", "wrong").code == 535
        session.mail("alice@example.com")
    assert "{auth_type}" not in milter.last("mail").macros
    assert "{auth_authen}" not in milter.last("mail").macros


def test_a_login_survives_starttls_and_tls_shows_at_mail_without_another_ehlo(mta, milter):
    with mta.session() as session:
        session.ehlo()
        session.auth("alice@example.com", "secret")
        assert session.starttls().code == 220
        assert session.mail("alice@example.com").ok
        assert len(milter.of("helo")) == 1
        macros = milter.last("mail").macros
        assert macros["{auth_authen}"] == "alice@example.com"
        assert macros["{tls_version}"].startswith("TLSv1.")
        assert macros["{verify}"] == "NO"
        assert session.auth("bob@other.example", "secret").code == 503


# ---- the connection


def test_sendmail_names_itself_by_its_bare_version_and_its_mode(mta, milter):
    with mta.session() as session:
        session.ehlo()
    macros = milter.last("helo").macros
    assert macros["v"][0].isdigit()
    assert macros["{opMode}"] == "d"  # of no other MTA
    assert "p" not in macros  # its process id; documented, and yet never sent to a milter


@pytest.mark.parametrize("port, name", [(25, "MTA-v4"), (587, "MSA-v4"), (465, "MSA-v4")])
def test_the_daemon_that_took_the_connection(mta, milter, port, name):
    with mta.session(port) as session:
        session.ehlo()
        session.mail("anna@b.invalid")
    macros = milter.last("mail").macros
    assert (macros["{daemon_port}"], macros["{daemon_name}"]) == (str(port), name)
    # {daemon_addr} is where it listens; only {if_addr} is the address that the client connected to.
    assert (macros["{daemon_addr}"], macros["{if_addr}"]) == ("0.0.0.0", "192.0.2.25")
    assert ("{tls_version}" in macros) == (port == 465)


def test_an_ipv6_client_is_written_in_full(milter, mta):
    wiring = (f"DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Port=smtp, Addr={SERVER_V6}')dnl\n"
              f"DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl\n"
              f"INPUT_MAIL_FILTER(`relaypermit', `S=local:/run/relaypermit/milter.sock, F=T')dnl\n")
    with Sendmail(wiring=wiring) as other, FakeMilter(other.milter_socket) as theirs:
        with other.session(25, client="2001:db8:1::7") as session:
            session.ehlo()
            session.mail("anna@b.invalid")
        macros = theirs.last("mail").macros
        assert macros["{client_addr}"] == "IPv6:2001:db8:1:0:0:0:0:7"
        assert macros["{if_addr}"] == "IPv6:2001:db8:0:0:0:0:0:25"
        assert theirs.last("connect").arguments[0].startswith(b"[IPv6:2001:db8:1:0:0:0:0:7]\x006")
    assert not milter.events


def test_a_wildcard_ipv6_listener_shows_ipv4_clients_as_such():
    wiring = ("DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Port=smtp')dnl\n"
              "INPUT_MAIL_FILTER(`relaypermit', `S=local:/run/relaypermit/milter.sock, F=T')dnl\n")
    with Sendmail(wiring=wiring) as mta, FakeMilter(mta.milter_socket) as milter:
        with mta.session(25, client="198.51.100.7") as session:
            session.ehlo()
        assert milter.last("helo").macros["{client_addr}"] == "198.51.100.7"
        assert milter.last("connect").arguments[0].startswith(b"[198.51.100.7]\x004")


def test_a_local_sendmail_bs_has_no_address_and_no_daemon(mta, milter):
    command = [str(mta.program("sendmail")), "-bs", "-C", f"{INSIDE}/sendmail.cf"]
    local = mta.host.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        # It hangs up on a client that speaks before its turn.
        assert local.stdout.readline().startswith(b"220 ")
        for command in (b"HELO here", b"MAIL FROM:<root@example.com>", b"RCPT TO:<someone@remote.invalid>"):
            local.stdin.write(command + b"\r\n")
            local.stdin.flush()
            assert local.stdout.readline().startswith(b"250 ")
    finally:
        local.stop()
    assert milter.last("connect").arguments == (b"localhost\0U",)
    macros = milter.last("rcpt").macros
    assert macros["{client_addr}"] == "0"
    assert macros["{opMode}"] == "s"
    assert "{daemon_port}" not in macros
    assert "{daemon_name}" not in macros


def test_the_sendmail_command_with_t_asks_no_milter(mta, milter):
    mta.host.run([str(mta.program("sendmail")), "-i", "-t", "-C", f"{INSIDE}/sendmail.cf"],
                 input=b"From: root\nTo: alice@example.com\n\nhello\n", check=True)
    assert not milter.events


# ---- recipients


@pytest.mark.parametrize("recipient, mailer, host, address", [
    ("<alice@example.com>", "local", "", "alice"),
    ("<Alice@Example.COM>", "local", "", "alice"),
    ("<alice@mail.example.com>", "local", "", "alice"),
    ("<alice+tag@example.com>", "local", "", "alice+tag"),
    ("<postmaster>", "local", "", "postmaster"),
    ("<alice>", "local", "", "alice"),
    # An alias is shown before it is followed, whatever it leads to; an entry of the virtusertable after.
    ("<out@example.com>", "local", "", "out"),
    ("<both@example.com>", "local", "", "both"),
    ("<in@virtual.invalid>", "local", "", "alice"),
    ("<out@virtual.invalid>", "esmtp", "remote.invalid.", "someone@remote.invalid"),
    ("<x@backup.invalid>", "esmtp", "backup.invalid.", "x@backup.invalid"),
    ("<x@inner.invalid>", "relay", "[127.0.0.2]", "x@inner.invalid"),
])
def test_the_mailer_of_a_recipient_of_ours(mta, milter, recipient, mailer, host, address):
    with mail(mta, b"<anna@b.invalid>") as session:
        assert session.command(f"RCPT TO:{recipient}").ok
    event = milter.last("rcpt")
    assert event.arguments == (recipient.encode(),)
    assert tuple(event.macros[name] for name in ("{rcpt_mailer}", "{rcpt_host}", "{rcpt_addr}")) == (mailer, host, address)


@pytest.mark.parametrize("smart_host, mailer, host", [
    ("", "esmtp", "remote.invalid."), ("define(`SMART_HOST', `[127.0.0.2]')dnl\n", "relay", "[127.0.0.2]"),
    ("define(`SMART_HOST', `smtp8:[127.0.0.2]')dnl\n", "smtp8", "[127.0.0.2]")])
def test_the_mailer_of_a_remote_recipient(smart_host, mailer, host):
    with Sendmail(users=USERS, before=smart_host) as mta, FakeMilter(mta.milter_socket) as milter, mta.session() as session:
        session.ehlo()
        session.auth("alice", "secret")
        session.mail("alice@example.com")
        assert session.rcpt("someone@remote.invalid").ok
        macros = milter.last("rcpt").macros
        assert (macros["{rcpt_mailer}"], macros["{rcpt_host}"]) == (mailer, host)


@pytest.mark.parametrize("recipient", [
    "x%remote.invalid@example.com", "remote.invalid!x@example.com", "@example.com:x@remote.invalid",
    '"x@remote.invalid"@example.com'])
def test_a_recipient_that_hides_another_domain_is_relaying(mta, milter, recipient):
    with mail(mta, b"<anna@b.invalid>") as session:
        assert "Relaying denied" in session.rcpt(recipient).text
    assert not milter.of("rcpt")


def test_the_queue_id_is_there_from_mail_on_and_changes_with_the_message(mta, milter):
    with mail(mta, b"<anna@b.invalid>") as session:
        first = milter.last("mail").macros["i"]
        session.rset()
        session.mail("anna@b.invalid")
        session.rcpt("alice@example.com")
        second = milter.last("mail").macros["i"]
        assert first != second
        assert milter.last("rcpt").macros["i"] == second
        assert session.data(b"From: anna@b.invalid\r\n\r\nhello").text.startswith(f"2.0.0 {second} ")


# ---- the header


def fields(mta: Sendmail, milter: FakeMilter, message: bytes) -> tuple[list[tuple[bytes, ...]], list[str]]:
    """What the milter saw, and the From lines of what the recipient then found in the mailbox."""
    milter.events.clear()
    with mail(mta, b"<anna@b.invalid>") as session:
        session.rcpt("reader@example.com")
        session.command("DATA")
        queue_id = session.content(message).text.split()[1]
    mta.host.wait_for_log(f"{queue_id}: to=<reader@example.com>.* stat=Sent")
    header = mta.mail_of("reader").rpartition(f"id {queue_id}")[2].partition("\n\n")[0]
    delivered = [line for line in header.split("\n") if line.lower().startswith("from:")]
    return [event.arguments for event in milter.of("header")], delivered


ADDED = ["From: anna@b.invalid"]


@pytest.mark.parametrize("message, seen, delivered", [
    # Names keep their case, and lose the blanks in front of the colon.
    (b"X: y\r\nFROM : a@b\r\nfrom:e@f\r\n\r\n", [(b"X", b"y"), (b"FROM", b"a@b"), (b"from", b"e@f")],
     ["FROM: a@b", "from:e@f"]),
    (b"From: a@b,\r\n c@d,\r\n\te@f\r\n\r\n", [(b"From", b"a@b,\n c@d,\n\te@f")], ["From: a@b, c@d, e@f"]),
    (b"From:\r\n a@b\r\n\r\n", [(b"From", b"\n a@b")], ["From:  a@b"]),
    (b"From:   a@b  \r\n\r\n", [(b"From", b"  a@b  ")], ["From:   a@b"]),  # one blank belongs to the colon
    (b"From: \xc3\xa4\xff <a@b>\r\n\r\n", [(b"From", b"\xc3\xa4\xff <a@b>")], ["From: \xc3\xa4\xff <a@b>"]),
    (b"X: y\r\nFr\0om: a@\0b\r\n\r\n", [(b"X", b"y"), (b"From", b"a@b")], ["From: a@b"]),  # NUL is taken out
    # An empty From is not shown, nor is the one that Sendmail adds.
    (b"From:\r\n\r\n", [], ADDED),
    (b"From: a@b\r\nFrom: \r\n\r\n", [(b"From", b"a@b")], ["From: a@b"]),
    (b"X:\r\n\r\n", [(b"X", b"")], ADDED),
    # What cannot be a field ends the header.
    (b"X: y\r\nno colon\r\nFrom: a@b\r\n\r\n", [(b"X", b"y")], ADDED),
    (b"X: y\r\nFr om: a@b\r\n\r\n", [(b"X", b"y")], ADDED),
    (b"X: y\r\n\xc3From: a@b\r\n\r\n", [(b"X", b"y")], ADDED),
    (b" folded\r\nFrom: a@b\r\n\r\n", [], ADDED),
    (b"(c)From: a@b\r\n\r\n", [(b"(c)From", b"a@b")], ADDED),
    # A first line that begins with "From " is the envelope line of a mailbox file, and vanishes.
    (b"From : a@b\r\nFrom: c@d\r\n\r\n", [(b"From", b"c@d")], ["From: c@d"]),
    (b"From anna Sat Nov 21 19:00:00 2026\r\nFrom: c@d\r\n\r\n", [(b"From", b"c@d")], ["From: c@d"]),
])
def test_the_milter_sees_the_fields_that_are_delivered(mta, milter, message, seen, delivered):
    assert fields(mta, milter, message + b"body\r\n") == (seen, delivered)


def test_a_field_of_30000_bytes_arrives_whole(mta, milter):
    assert fields(mta, milter, b"From: " + b"a" * 30000 + b"\r\n\r\nbody\r\n")[0] == [(b"From", b"a" * 30000)]


def test_more_than_32768_bytes_of_header_are_refused_by_sendmail(mta, milter):
    with mail(mta, b"<anna@b.invalid>") as session:
        session.rcpt("alice@example.com")
        assert str(session.data(b"From: " + b"a" * 33000 + b"\r\n\r\nbody")) == "552 5.6.0 Headers too large (32768 max)"
    assert not milter.of("header")


@pytest.mark.parametrize("message", [b"X: a\nFrom: b@c\r\n\r\nbody", b"X: a\rFrom: b@c\r\n\r\nbody", b"X: a\r\n\r\nbo\ndy"])
def test_a_bare_cr_or_lf_ends_the_session(mta, milter, message):
    with mail(mta, b"<anna@b.invalid>") as session:
        session.rcpt("alice@example.com")
        session.command("DATA")
        assert session.content(message).code == 421
        with pytest.raises((Dropped, OSError)):
            session.command("NOOP")
    assert not milter.of("eom")
