"""Why relaying was refused, on port 25 of the real Sendmail, and never more than a reason.

Sendmail refuses a stranger's recipient in check_rcpt, before any milter is
asked; the text comes from relaypermitd by the socketmap that
contrib/sendmail/relaypermit.m4 declares. Whatever happens to relaypermitd,
nothing reaches the sink, which is where mail that was relayed ends.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from daemon import Relaypermitd
from process import wait_for
from sendmail import Sendmail
from session import Dropped, Reply, Session
from world import message

REMOTE = "someone@remote.invalid"
FOREIGN = "stranger@elsewhere.invalid"
CLIENT = "198.51.100.1"
PLAIN_DENIAL = "Relaying denied. IP name lookup failed [198.51.100.1]"
POLICY = """
[server]
name     = "mail.example.com"
help_url = "https://help.example.com/relay"

[relay]
hosted_domains = ["example.com"]

[login]
default_realm = "example.com"
"""


@pytest.fixture(name="mta", scope="module")
def _mta() -> Iterator[Sendmail]:
    with Sendmail(users={"alice@example.com": "secret"}) as mta:
        yield mta
        assert mta.sink.messages() == []


def policy_for(mta: Sendmail, socketmap: bool = True) -> str:
    return POLICY + (f'[listen]\nsocketmap = "unix:{mta.map_socket}"\n' if socketmap else "")


def daemon_for(mta: Sendmail, socketmap: bool = True) -> Relaypermitd:
    return Relaypermitd(policy_for(mta, socketmap), f"unix:{mta.milter_socket}")


@pytest.fixture(name="daemon")
def _daemon(mta: Sendmail) -> Iterator[Relaypermitd]:
    with daemon_for(mta) as daemon:
        yield daemon


def stranger(mta: Sendmail, sender: str = FOREIGN) -> Session:
    """A session on port 25 behind MAIL."""
    session = mta.session(25, CLIENT)
    session.ehlo("laptop.example")
    assert session.mail(sender).ok
    return session


def explained(reply: Reply, daemon: Relaypermitd, mark: int, cause: str = "relay-not-permitted",
              recipient: str = REMOTE) -> None:
    """That the client reads our text, which the only record since the mark has too."""
    record, = daemon.wait_for_records(mark)
    before = f"5.7.1 <{recipient}>... "
    assert reply.code == 550 and reply.text.startswith(before), reply
    assert (record["verdict"], record["cause"], record["mta"]) == ("reject", cause, "sendmail"), record.line
    assert record["reply"] == "550 5.7.1 " + reply.text.removeprefix(before), record.line
    assert reply.text.endswith(f"https://help.example.com/relay#{cause} - ref {record['ref']}"), reply


@pytest.mark.parametrize("sender, cause", [
    (FOREIGN, "relay-not-permitted"), ("", "relay-not-permitted"), ("alice@example.com", "use-submission"),
    ('"a!<x"@elsewhere.invalid', "relay-not-permitted"), ("100%@elsewhere.invalid", "relay-not-permitted")])
def test_a_stranger_reads_why_and_what_to_do(mta: Sendmail, daemon: Relaypermitd, sender: str, cause: str) -> None:
    mark = daemon.mark()
    with stranger(mta, sender) as session:
        explained(session.rcpt(REMOTE), daemon, mark, cause)
    record, = daemon.records(mark)
    assert (record["client"], record["port"], record["sender"], record["stage"]) == (CLIENT, "25", sender or "<>", "rcpt")
    assert mta.host.wait_for_log(f"{record.queue_id}: ruleset=check_rcpt, .*ref {record['ref']}")


def test_the_text_is_the_one_that_postfix_gives(mta: Sendmail, daemon: Relaypermitd) -> None:
    daemon.end()
    daemon.write(policy_for(mta).replace("mail.example.com", "m.example").replace("https://help.example.com/relay", ""))
    daemon.start()
    for sender in ("x@y.z", FOREIGN):
        mark = daemon.mark()
        with stranger(mta, sender) as session:
            reply = session.rcpt("a@b.c")
        record, = daemon.wait_for_records(mark)
        assert str(reply) == (f"550 5.7.1 <a@b.c>... Not sent - ask whoever gave you {sender} which outgoing server to set. "
                              f"m.example does not send for it - ref {record['ref']}")


def test_the_code_of_the_policy_reaches_the_client(mta: Sendmail, daemon: Relaypermitd) -> None:
    daemon.end()
    daemon.write(policy_for(mta) + '[cause.relay-not-permitted]\nreply = "525 5.7.13"\n')
    daemon.start()
    mark = daemon.mark()
    with stranger(mta) as session:
        reply = session.rcpt(REMOTE)
    record, = daemon.wait_for_records(mark)
    # Without the address: Sendmail puts it ahead of some codes alone.
    assert str(reply) == record["reply"] and str(reply).startswith("525 5.7.13 Not sent"), reply


def test_a_recipient_like_the_end_of_a_sender_leaves_the_sender_as_it_is(mta: Sendmail, daemon: Relaypermitd) -> None:
    mark = daemon.mark()
    with stranger(mta) as session:
        assert session.command("RCPT TO:<a!<b@remote.invalid>@c.invalid>").code == 550
    record, = daemon.wait_for_records(mark)
    assert (record["sender"], record["rcpt"]) == (FOREIGN, "<a!<b@remote.invalid>@c.invalid>"), record.line


@pytest.mark.parametrize("recipient", ["r" * 64 + "@" + ".".join(["d" * 56] * 3) + ".invalid", '"q \\" % r"@remote.invalid'])
def test_help_and_reference_survive_a_long_or_an_odd_recipient(mta: Sendmail, daemon: Relaypermitd, recipient: str) -> None:
    mark = daemon.mark()
    with stranger(mta, "s" * 64 + "@" + ".".join(["e" * 56] * 3) + ".invalid") as session:
        reply = session.rcpt(recipient)
    record, = daemon.wait_for_records(mark)
    assert reply.code == 550
    assert reply.text.endswith(f"https://help.example.com/relay#relay-not-permitted - ref {record['ref']}"), reply


def test_mail_for_this_server_is_no_business_of_the_map(mta: Sendmail, daemon: Relaypermitd) -> None:
    mark = daemon.mark()
    with stranger(mta) as session:
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    record, = daemon.wait_for_records(mark)
    assert record["verdict"] == "accept"


def test_each_refusal_is_one_record(mta: Sendmail, daemon: Relaypermitd) -> None:
    mark = daemon.mark()
    with stranger(mta) as session:
        for number in range(3):
            assert session.rcpt(f"r{number}@remote.invalid").code == 550
        first = daemon.wait_for_records(mark)[0]
        for reference in ("ABCD1234", first["ref"]):
            assert session.rcpt(f'"x - ref {reference}"@remote.invalid').code == 550
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    assert [record["verdict"] for record in daemon.records(mark)] == ["reject"] * 5 + ["accept"]


def test_in_monitor_mode_the_denial_is_sendmails_and_one_record(mta: Sendmail, daemon: Relaypermitd) -> None:
    daemon.end()
    daemon.write('mode = "monitor"\n' + policy_for(mta))
    daemon.start()
    mark = daemon.mark()
    with stranger(mta) as session:
        for recipient in (REMOTE, '"x - ref ABCD1234"@remote.invalid'):
            assert str(session.rcpt(recipient)) == f"550 5.7.1 <{recipient}>... {PLAIN_DENIAL}"
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    assert [record["verdict"] for record in daemon.records(mark)] == ["monitor"] * 2 + ["accept"]


def test_without_the_map_the_denial_is_sendmails(mta: Sendmail) -> None:
    with daemon_for(mta, socketmap=False), stranger(mta) as session:
        assert str(session.rcpt(REMOTE)) == f"550 5.7.1 <{REMOTE}>... {PLAIN_DENIAL}"
        assert session.rcpt("alice@example.com").ok


def test_what_is_put_off_says_450(mta: Sendmail, daemon: Relaypermitd) -> None:
    daemon.end()
    daemon.write(policy_for(mta) + '[cause.relay-not-permitted]\naction = "tempfail"\n')
    daemon.start()
    mark = daemon.mark()
    with stranger(mta) as session:
        assert str(session.rcpt(REMOTE)).startswith(f"450 4.7.1 <{REMOTE}>... Not sent")
    record, = daemon.wait_for_records(mark)
    assert (record["verdict"], (record["reply"] or "")[:9]) == ("tempfail", "450 4.7.1")


def test_while_it_is_away_nothing_is_taken_and_afterwards_it_explains_again(mta: Sendmail, daemon: Relaypermitd) -> None:
    daemon.end()
    with mta.session(25, CLIENT) as session:
        session.ehlo()
        assert session.mail(FOREIGN).code == 451
        assert not session.rcpt(REMOTE).ok
    daemon.start()
    mark = daemon.mark()
    with stranger(mta) as session:
        explained(session.rcpt(REMOTE), daemon, mark)


def test_killed_in_mid_session_it_opens_nothing(mta: Sendmail, daemon: Relaypermitd) -> None:
    with stranger(mta) as session:
        mark = daemon.mark()
        explained(session.rcpt(REMOTE), daemon, mark)
        daemon.kill()
        for _ in range(2):
            # The connection that broke is "try again"; without one the denial is plain.
            reply = session.rcpt(REMOTE)
            assert reply.code in (451, 550) and "help.example.com" not in reply.text, reply
        assert session.rcpt("alice@example.com").code == 451
        daemon.start()
        assert not session.rcpt(REMOTE).ok
    mark = daemon.mark()
    with stranger(mta) as session:
        explained(session.rcpt(REMOTE), daemon, mark)


def test_killed_under_traffic_it_never_lets_a_recipient_through(mta: Sendmail, daemon: Relaypermitd) -> None:
    replies: list[Reply] = []
    with ExitStack() as stack:
        sessions = [stack.enter_context(stranger(mta)) for _ in range(6)]
        for _ in range(2):
            for session in sessions:
                session.send(f"RCPT TO:<{REMOTE}>\r\n".encode())
            daemon.kill()
            daemon.launch()
            for session in list(sessions):
                try:
                    replies.append(session.reply())
                except Dropped:
                    sessions.remove(session)
    daemon.end()
    assert replies
    for reply in replies:
        assert reply.code in (421, 451, 550), reply


def test_peers_that_misbehave_on_the_map_hold_nobody_up(mta: Sendmail, daemon: Relaypermitd) -> None:
    key = f"relaypermit Q1!25!{CLIENT}!!{FOREIGN}!<{REMOTE}>".encode()
    request = b"%d:%b," % (len(key), key)
    with ExitStack() as stack:
        for rubbish in [b"", b"12", request[:-5], b"999999999:x", b"-1:x,", b"x" * 70000, b"1:xy"] * 10 + [request * 20000]:
            peer = stack.enter_context(socket.socket(socket.AF_UNIX))
            peer.connect(str(mta.map_socket))
            peer.settimeout(0)
            try:
                peer.send(rubbish)
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                pass  # not listened to any more, or hung up on
        with stranger(mta) as session:
            reply = session.rcpt(REMOTE)
    assert reply.code == 550 and "help.example.com" in reply.text, reply
    wait_for("the socket", lambda: daemon.child and daemon.child.exit_code() is None)
