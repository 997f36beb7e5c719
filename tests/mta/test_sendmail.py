"""relaypermitd behind a real Sendmail, wired as contrib/sendmail/relaypermit.m4 says.

The case files have shown the decisions (test_cases.py); here is what
is Sendmail's own: its forms of login, sender and client, its words around ours,
its order of checks, and what it does when relaypermitd is away.
"""

from __future__ import annotations

import subprocess

import pytest

from daemon import Relaypermitd
from private_host import SERVER_V4
from process import wait_for
from record_line import Record
from sendmail import INSIDE, Sendmail
from sendmail_cases import without_prefix
from session import Dropped, Reply, Session

REMOTE = "someone@remote.invalid"
LOGINS = ("alice@example.com", "a+b@example.com", "a+2Bb@example.com", "p=q@example.com", "bob@other.invalid",
          "mallory@example.com")
HELP = "https://help.example.com/relay?from=mail"
POLICY = f"""
[server]
name     = "mail.example.com"
help_url = "{HELP}"

[relay]
hosted_domains   = ["example.com"]
trusted_networks = ["127.0.0.0/8", "::1/128", "2001:db8:aaaa::/48"]

[login]
default_realm = "example.com"

[[alias]]
id      = "plus"
logins  = ["a+b@example.com"]
senders = ["orders@example.com"]

[cause.helo-forged]
action = "reject"

[cause.null-sender-refused]
action = "reject"
text   = "100% of the senders here have a name, of 2 letters: or more; (really)"
"""
SUSPENDED = """
[[restrict]]
id        = "cracked"
logins    = ["alice@example.com"]
suspended = true
"""


@pytest.fixture(name="mta", scope="module")
def _mta():
    with Sendmail(users={login: "secret" for login in LOGINS}, aliases="out: someone@remote.invalid\n") as mta:
        yield mta


@pytest.fixture(name="daemon")
def _daemon(mta):
    with Relaypermitd(POLICY, f"unix:{mta.milter_socket}") as daemon:
        yield daemon


def submit(mta: Sendmail, login: str = "alice@example.com", port: int = 587, **options) -> Session:
    """A session up to AUTH, as a mail program has it."""
    session = mta.session(port, **options)
    session.ehlo()
    if not session.secure:
        assert session.starttls().code == 220
        session.ehlo()
    assert session.auth(login, "secret").code == 235
    return session


def refused(daemon: Relaypermitd, mark: int, reply: Reply, argument: str | None = None) -> Record:
    """The record of the refusal that the client got, which has the same words."""
    record = daemon.wait_for_records(mark)[-1]
    told = without_prefix(reply, argument) if argument else reply
    assert str(told) == record["reply"]
    assert record["mta"] == "sendmail"
    return record


def message(author: str) -> bytes:
    return f"From: {author}\r\nSubject: hello\r\n\r\nhello\r\n".encode()


# ---- a message goes out, another does not


@pytest.mark.parametrize("port", [587, 465])
def test_a_login_sends_as_itself(mta, daemon, port):
    mark, sent = daemon.mark(), len(mta.sink.messages())
    with submit(mta, port=port) as session:
        assert session.mail("alice@example.com").ok
        assert session.rcpt(REMOTE).ok
        queue_id = session.data(message("Alice <alice@example.com>")).text.split()[1]
    assert mta.sink.messages(at_least=sent + 1)[-1].recipients == [f"<{REMOTE}>"]
    record, = daemon.wait_for_records(mark)
    assert (record["verdict"], record["rule"], record["login"]) == ("accept", "own-address", "alice@example.com")
    assert (record["port"], record["daemon"], record["mailer"]) == (str(port), "MSA-v4", "esmtp")
    assert record["tls"].startswith("TLSv1.")
    # One search in the log of both finds the message.
    assert record.queue_id == queue_id
    assert mta.host.wait_for_log(f"{queue_id}: from=<alice@example.com>")


def test_a_stranger_on_a_submission_port_reads_our_words_and_not_sendmails(mta, daemon):
    mark = daemon.mark()
    with mta.session(465) as session:
        session.ehlo()
        reply = session.mail("alice@example.com")
    assert reply.code == 530
    assert f"{HELP}#login-required" in reply.text
    assert refused(daemon, mark, reply)["cause"] == "login-required"
    assert mta.host.wait_for_log(r"Milter: from=<alice@example.com>, reject=530 5\.7\.0 ")


def test_the_address_stands_ahead_of_a_refused_sender_and_the_record_has_our_words(mta, daemon):
    mark = daemon.mark()
    with submit(mta) as session:
        reply = session.mail("bob@example.com")
    assert reply.text.startswith("5.7.1 <bob@example.com>... ")
    assert f"{HELP}#sender-not-owned" in reply.text
    assert refused(daemon, mark, reply, "<bob@example.com>")["cause"] == "sender-not-owned"


def test_a_text_with_per_cent_and_punctuation_arrives(mta, daemon):
    mark = daemon.mark()
    with submit(mta) as session:
        reply = session.mail("")
    assert "100% of the senders here have a name" in reply.text
    assert refused(daemon, mark, reply, "<>")["cause"] == "null-sender-refused"


def test_a_refused_from_is_told_at_the_final_dot_without_an_address_ahead(mta, daemon):
    mark, sent = daemon.mark(), len(mta.sink.messages())
    with submit(mta) as session:
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        reply = session.data(message("The Boss <boss@example.com>"))
        assert refused(daemon, mark, reply)["cause"] == "from-not-owned"
        # The session goes on, and the next message leaves.
        assert session.mail("alice@example.com").ok
        assert session.rcpt(REMOTE).ok
        assert session.data(message("alice@example.com")).ok
    last = mta.sink.messages(at_least=sent + 1)[sent:]
    assert len(last) == 1
    assert "boss@" not in last[0].text


def test_a_message_without_from_is_refused_although_sendmail_would_add_one(mta, daemon):
    mark = daemon.mark()
    with submit(mta) as session:
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        reply = session.data(b"From : alice@example.com\r\nSubject: first line\r\n\r\nhello\r\n")
    # Sendmail takes a first line that begins with "From " for a mailbox file's.
    assert refused(daemon, mark, reply)["cause"] == "from-unusable"


# ---- forms of Sendmail


@pytest.mark.parametrize("typed, login, sender", [
    ("a+b@example.com", "a+b@example.com", "a+b@example.com"),
    ("a+b", "a+b@example.com", "orders@example.com"),
    ("a+2Bb@example.com", "a+2Bb@example.com", "a+2Bb@example.com"),
    ("p=q", "p=q@example.com", "p=q@example.com"),
    ("alice", "alice@example.com", "alice@example.com"),
])
def test_a_login_is_who_typed_it_whatever_sendmail_makes_of_its_letters(mta, daemon, typed, login, sender):
    mark = daemon.mark()
    with submit(mta, typed) as session:
        assert session.mail(sender).ok
        assert session.rcpt(REMOTE).ok
        assert session.data(message(sender)).ok
    assert daemon.wait_for_records(mark)[-1]["login"] == login


def test_a_login_that_looks_like_an_encoded_one_is_not_that_one(mta, daemon):
    mark = daemon.mark()
    with submit(mta, "a+2Bb@example.com") as session:
        reply = session.mail("orders@example.com")
    assert refused(daemon, mark, reply, "<orders@example.com>")["login"] == "a+2Bb@example.com"


@pytest.mark.parametrize("argument", ["<alice@example.com>", "alice@example.com", "<ALICE@Example.COM>", "<alice@example.com.>",
                                      "<@elsewhere.invalid:alice@example.com>", '<"alice"@example.com>'])
def test_these_are_the_sender_alice(mta, daemon, argument):
    with submit(mta) as session:
        assert session.command(f"MAIL FROM:{argument}").ok


@pytest.mark.parametrize("argument", [
    "<@example.com:bob@example.com>", "<alice@example.com@example.com>", "<example.com!alice>", "<alice%example.com>",
    "<bob@other.invalid>", "<al ice@example.com>", "<alice@example.com>(x)", "<(alice@example.com)bob@example.com>",
    "<alice>",  # which Sendmail completes with its own name
    "<alice\t@example.com>", "<alice\r@example.com>", '<"alice@example.com"@example.com>', "<<alice@example.com>>x"])
def test_these_are_not(mta, daemon, argument):
    with submit(mta) as session:
        assert 500 <= session.command(f"MAIL FROM:{argument}").code <= 599


def test_a_login_that_survives_starttls_is_a_login_and_its_tls_counts(mta, daemon):
    mark = daemon.mark()
    with mta.session(587) as session:
        session.ehlo()
        assert session.auth("alice@example.com", "secret").code == 235
        reply = session.mail("alice@example.com")
        assert refused(daemon, mark, reply)["cause"] == "tls-required"
        assert session.starttls().code == 220
        # A client need not say EHLO again.
        assert session.mail("alice@example.com").ok
        session.rcpt(REMOTE)
        mark = daemon.mark()
        assert session.data(message("alice@example.com")).ok
    record = daemon.wait_for_records(mark)[-1]
    assert (record["login"], record["tls"][:6]) == ("alice@example.com", "TLSv1.")


def test_without_eai_sendmail_takes_no_smtputf8_and_an_address_outside_ascii_is_owned_by_nobody(mta, daemon):
    mark = daemon.mark()
    with submit(mta) as session:
        assert session.mail("alice@example.com", "SMTPUTF8").code == 555
        reply = session.mail("\u00e4@example.com")
        assert without_prefix(reply, "<\u00e4@example.com>").text.startswith("5.7.1 Not sent")
        assert session.mail("alice@example.com").ok
    assert daemon.wait_for_records(mark)[0]["cause"] == "sender-not-owned"


IPV6 = ("FEATURE(`no_default_msa')dnl\n"
        "DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Port=smtp')dnl\n"
        "DAEMON_OPTIONS(`Family=inet6, Name=MSA-v6, Port=submission, M=E')dnl\n"
        "INPUT_MAIL_FILTER(`relaypermit', `S=local:/run/relaypermit/milter.sock, F=T')dnl\n")


def test_clients_of_both_families_are_known_on_an_ipv6_listener():
    with Sendmail(users={"alice@example.com": "secret"}, wiring=IPV6) as mta, \
            Relaypermitd(POLICY, f"unix:{mta.milter_socket}") as daemon:
        for client, shown in (("2001:db8:1::7", "2001:db8:1::7"), ("198.51.100.7", "198.51.100.7")):
            mark = daemon.mark()
            with mta.session(587, client) as session:
                session.ehlo()
                session.starttls()
                reply = session.mail("alice@example.com")
            record = refused(daemon, mark, reply)
            assert (record["cause"], record["client"]) == ("login-required", shown)
        with mta.session(587, "2001:db8:aaaa::1") as session:
            session.ehlo()
            assert session.mail("anybody@elsewhere.invalid").ok  # a trusted network


def test_a_forged_helo_is_known_by_the_address_that_the_client_connected_to(mta, daemon):
    mark = daemon.mark()
    for helo in (f"[{SERVER_V4}]", "mail.example.com"):
        with mta.session(25) as session:
            session.ehlo(helo)
            assert session.mail("x@elsewhere.invalid").code == 550
    assert [record["cause"] for record in daemon.wait_for_records(mark, 2)] == ["helo-forged", "helo-forged"]
    with mta.session(25) as session:
        session.ehlo("[192.0.2.77]")
        assert session.mail("x@elsewhere.invalid").ok


def test_a_local_sendmail_bs_may_relay(mta, daemon):
    local = mta.host.start([str(mta.program("sendmail")), "-bs", "-C", f"{INSIDE}/sendmail.cf"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert local.stdout.readline().startswith(b"220 ")
        for command in ("HELO here", "MAIL FROM:<root@example.com>", f"RCPT TO:<{REMOTE}>"):
            local.stdin.write(command.encode() + b"\r\n")
            local.stdin.flush()
            reply = local.stdout.readline()
            assert reply.startswith(b"250 "), reply
    finally:
        local.stop()


# ---- mail that comes in, and the order of checks


def test_mail_from_outside_comes_in(mta, daemon):
    mark = daemon.mark()
    with mta.session(25) as session:
        session.ehlo()
        assert session.mail("friend@elsewhere.invalid").ok
        assert session.rcpt("alice@example.com").ok
        queue_id = session.data(message("friend@elsewhere.invalid")).text.split()[1]
    mta.host.wait_for_log(f"{queue_id}: to=<alice@example.com>.*stat=Sent")
    assert f"id {queue_id}" in mta.mail_of("alice")
    assert daemon.wait_for_records(mark)[-1]["mailer"] == "local"


def test_an_alias_of_the_mta_that_leads_outside_is_mail_that_comes_in(mta, daemon):
    sent = len(mta.sink.messages())
    with mta.session(25) as session:
        session.ehlo()
        session.mail("friend@elsewhere.invalid")
        assert session.rcpt("out@example.com").ok
        assert session.data(message("friend@elsewhere.invalid")).ok
    assert mta.sink.messages(at_least=sent + 1)[-1].recipients == [f"<{REMOTE}>"]


def test_sendmail_itself_refuses_strangers_and_the_milter_is_not_asked(mta, daemon):
    mark = daemon.mark()
    with mta.session(25) as session:
        session.ehlo()
        session.mail("x@elsewhere.invalid")
        for recipient in (REMOTE, "someone%remote.invalid@example.com", "@example.com:someone@remote.invalid"):
            assert "Relaying denied" in session.rcpt(recipient).text
    assert daemon.records(mark) == []


# ---- relaypermitd stops, dies, changes its mind


def test_without_relaypermitd_senders_are_told_to_come_back(mta):
    sent = len(mta.sink.messages())
    for port in (25, 587):
        with mta.session(port) as session:
            session.ehlo()
            assert str(session.auth("alice@example.com", "secret")) == "454 4.3.0 Please try again later"
            assert str(session.mail("alice@example.com")) == "451 4.3.2 Please try again later"
    assert len(mta.sink.messages()) == sent


@pytest.mark.parametrize("when", ["MAIL", "RCPT", "DATA", "dot"])
def test_killed_in_mid_session_it_lets_nothing_through_and_the_next_session_is_served(mta, daemon, when):
    sent = len(mta.sink.messages())
    with submit(mta) as session:
        replies = []
        for step, send in (("MAIL", lambda: session.mail("alice@example.com")), ("RCPT", lambda: session.rcpt(REMOTE)),
                           ("DATA", lambda: session.command("DATA")),
                           ("dot", lambda: session.content(message("alice@example.com")))):
            if step == when:
                daemon.kill()
            try:
                replies.append(send())
            except Dropped:
                break
            if not replies[-1].ok:
                break
        assert not replies[-1].ok and 400 <= replies[-1].code <= 499
    daemon.start()
    with submit(mta) as session:
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        assert session.data(message("alice@example.com")).ok
    assert len(mta.sink.messages(at_least=sent + 1)) == sent + 1


def test_a_suspension_holds_for_the_next_message_of_a_session_that_is_open(mta, daemon):
    with submit(mta) as session:
        assert session.mail("alice@example.com").ok
        daemon.write(POLICY + SUSPENDED)
        mark = daemon.mark()
        daemon.reload()
        # The message under way ends under the policy that it began with.
        assert session.rcpt(REMOTE).ok
        assert session.data(message("alice@example.com")).ok

        def suspended() -> bool:
            reply = session.mail("alice@example.com")
            session.rset()
            return "#account-suspended" in reply.text
        wait_for("the suspension", suspended)
    assert daemon.wait_for_records(mark, wanted=lambda record: record["rule"] == "cracked")


def test_a_rehearsed_policy_refuses_nothing_and_records_what_it_would(mta):
    with Relaypermitd('mode = "monitor"\n' + POLICY, f"unix:{mta.milter_socket}") as daemon, submit(mta) as session:
        mark = daemon.mark()
        assert session.mail("bob@example.com").ok
        assert session.rcpt(REMOTE).ok
        assert session.data(message("bob@example.com")).ok
        assert [record["verdict"] for record in daemon.wait_for_records(mark)][0] == "monitor"


def test_every_reply_of_ours_fits_a_line_that_sendmail_passes(mta, daemon):
    sender = f"<{'l' * 220}@example.com>"
    mark = daemon.mark()
    with submit(mta) as session:
        reply = session.command(f"MAIL FROM:{sender}")
    record = refused(daemon, mark, reply, sender)
    assert f"{HELP}#sender-not-owned" in reply.text
    assert reply.text.endswith(f"ref {record['ref']}")
