"""What an attacker puts on the wire that no case file can hold: bytes, not fields.

Each test logs in as alice@example.com and tries to have a message leave that
says it is from somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from next_server import NextServer
from process import wait_for
from session import Reply, dot_stuffed
from world import World, message


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


def send(world: World, content: bytes) -> Reply:
    """The reply to a message of alice's with these very bytes."""
    with world.session("submissions", login="alice@example.com") as session:
        assert session.mail("alice@example.com").ok
        assert session.rcpt("someone@remote.invalid").ok
        return session.data(content)


# -- the header


UNUSABLE = {
    "a From of 60 kB": b"From: " + b"alice@example.com,\r\n " * 3000 + b"alice@example.com\r\n",
    "a From just above 16,384 bytes": b"From: " + b'"%s"\r\n ' % (b"x" * 98) * 161 + b"<alice@example.com>\r\n",
    "a display name in Latin 1": b"From: J\xfcrgen <alice@example.com>\r\n",
    "a byte that is no UTF-8 in the address": b"From: alice\xff@example.com\r\n",
    "an overlong UTF-8 form of a bracket": b"From: \xc0\xbcbob@example.com> <alice@example.com>\r\n",
    "a control character": b"From: alice@example.com\x01\r\n",
    "a delete character in a name": b"From: Ali\x7fce <alice@example.com>\r\n",
    "a From whose first line begins with a space": b" From: alice@example.com\r\n",
    "a field name that is folded": b"Subject: x\r\nFrom\r\n : alice@example.com\r\n",
    "a From behind a line that is no field": b"Subject: x\r\nthis is no field\r\nFrom: alice@example.com\r\n",
    "a From behind an empty line": b"Subject: x\r\n\r\nFrom: alice@example.com\r\n",
    "a mailbox's separator in place of From": b"From alice@example.com Sat Nov 21 12:00:00 2026\r\nSubject: x\r\n",
    "a separator that looks like a From": b"From : alice@example.com\r\nSubject: x\r\n",
    "no header at all": b"",
    "a second From far behind": b"From: alice@example.com\r\n" + b"".join(
        b"X-%d: x\r\n" % n for n in range(900)) + b"From: bob@example.com\r\n",
    "a second From with a zero-width name": b"From: alice@example.com\r\nFROM\t: bob@example.com\r\n",
}


@pytest.mark.parametrize("header", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_from_that_two_readers_could_take_differently(world: World, header: bytes) -> None:
    mark = world.daemon.mark()
    world.refused(send(world, header + b"\r\nhello\r\n"), "from-unusable", mark)


def test_a_long_from_below_the_limit_is_read_to_its_end(world: World) -> None:
    mark = world.daemon.mark()
    # 50 addresses are as many as are read, 16,384 bytes too.
    names = b",\r\n ".join(b'"%s" <alice@example.com>' % (b"n" * 300) for _ in range(49))
    world.refused(send(world, b"From: " + names + b",\r\n bob@example.com\r\n\r\nhello\r\n"), "from-not-owned", mark)


def test_a_from_in_an_attached_message_is_not_the_messages(world: World) -> None:
    mark = world.daemon.mark()
    attached = (b'From: alice@example.com\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
                b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: bob@example.com\r\n\r\nforwarded\r\n--b--\r\n")
    world.accepted(send(world, attached), mark)


NULS = {
    "behind the own address": b"From: alice@example.com\0, bob@example.com\r\n",
    "in the field name": b"From\0: alice@example.com\r\nFrom: bob@example.com\r\n",
    "in front of the victim": b"From: \0bob@example.com\r\n",
    "in another field": b"From: alice@example.com\r\nSubject: x\0\r\n",
    "in the body": b"From: alice@example.com\r\n\r\nx\0y\r\n",
}


@pytest.mark.parametrize("header", NULS.values(), ids=NULS.keys())
def test_a_nul_never_leaves_this_server(world: World, header: bytes) -> None:
    # The milter protocol cuts strings at NUL: Postfix has to refuse such a message itself, as wired.
    mark = world.daemon.mark()
    assert str(send(world, header + b"\r\nhello\r\n")) == "550 5.7.1 disallowed character"
    assert world.daemon.records(mark) == []


# -- smuggling: a second message inside the first


SMUGGLED = b"MAIL FROM:<bob@example.com>\r\nRCPT TO:<victim@remote.invalid>\r\nDATA\r\nFrom: bob@example.com\r\nSubject: smuggled\r\n\r\nsmuggled\r\n"
ENDS = {"LF . LF": b"\n.\n", "LF . CR LF": b"\n.\r\n", "CR LF . LF": b"\r\n.\n", "CR . CR": b"\r.\r",
        "CR LF . CR": b"\r\n.\r", "CR . CR LF": b"\r.\r\n", "LF . CR": b"\n.\r", "CR LF NUL . CR LF": b"\r\n\0.\r\n"}


@pytest.fixture(scope="module")
def relaying() -> Iterator[tuple[World, NextServer]]:
    next_server = NextServer()
    with World(settings={"relayhost": f"[127.0.0.1]:{next_server.port}"}) as world:
        yield world, next_server
    next_server.close()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_no_second_message_hides_behind_an_odd_end_of_the_first(relaying: tuple[World, NextServer], end: bytes) -> None:
    world, next_server = relaying
    mark = world.daemon.mark()
    count = len(next_server.messages)
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        session.command("DATA")
        reply = session.content(message() + b"first" + end + SMUGGLED)
        # Whatever Postfix made of it, there was one reply: the next command's reply comes next.
        assert session.command("NOOP").code == 250
    assert all(record["sender"] == "alice@example.com" for record in world.daemon.records(mark))
    if reply.ok:
        wait_for("the next server's message", lambda: len(next_server.messages) > count)
        left = next_server.messages[count].removesuffix(b"\r\n.\r\n")
        assert b"smuggled" in left
        # No line end that another server could take for one, and no lone dot.
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\r\n\.\r\n|\0", left), left
    assert len(next_server.messages) <= count + 1


def test_a_client_that_talks_before_it_may_is_not_believed(world: World) -> None:
    """Commands put behind STARTTLS in clear text must not count under TLS (CVE-2011-0411)."""
    mark = world.daemon.mark()
    with world.session("submission", tls=False) as session:
        session.send(b"STARTTLS\r\nMAIL FROM:<bob@example.com>\r\n")
        assert session.reply().code == 220
        session._start_tls()
        session.ehlo()
        session.auth("alice@example.com", "secret")
        assert session.rcpt("someone@remote.invalid").code == 503
    assert all(record["sender"] != "bob@example.com" for record in world.daemon.records(mark))


# -- the envelope sender, in every spelling that Postfix lets through


SPELLINGS = {
    "plain": "<{a}>", "without brackets": "{a}", "two pairs of brackets": "<<{a}>>", "a comment": "<(c){a}>",
    "a comment behind": "<{a} (c)>", "a trailing dot": "<{a}.>", "a route": "<@remote.invalid:{a}>",
    "two routes": "<@x.invalid,@y.invalid:{a}>", "quoted": '<"{l}"@{d}>', "a backslash": "<{l}\\@{d}>",
    "an escaped letter": "<\\{l}@{d}>", "a display name": "Name <{a}>", "capitals": "<{A}>",
    "a per cent sign": "<{l}%{d}@{d}>", "a bang": "<{d}!{l}>", "a second domain": "<{a}@example.com>",
    "a second domain before": "<x@{a}>", "spaces inside": "< {a} >", "a domain literal": "<{l}@[127.0.0.1]>",
    "a list": "<{a},bob@example.com>", "a group": "<g:{a};>", "a quoted @": '<"{a}"@example.com>',
    "a bare local part": "<{l}>", "a tab": "<\t{a}>", "a null byte as text": "<{l}\\0@{d}>",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_no_spelling_of_the_sender_makes_alice_bob(world: World, spelling: str) -> None:
    victim = spelling.format(a="bob@example.com", l="bob", d="example.com", A="BOB@EXAMPLE.COM")
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        reply = session.command(f"MAIL FROM:{victim}")
        assert not reply.ok, f"{victim} was accepted: {world.daemon.log()[mark:]}"
    for record in world.daemon.records(mark):
        assert record["cause"] in ("sender-not-owned", "sender-not-hosted"), record.line


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_alice_in_any_spelling_is_alice_or_refused(world: World, spelling: str) -> None:
    own = spelling.format(a="alice@example.com", l="alice", d="example.com", A="ALICE@EXAMPLE.COM")
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        if not session.command(f"MAIL FROM:{own}").ok:
            return
        session.rcpt("someone@remote.invalid")
        record = world.accepted(session.data(dot_stuffed(message())), mark)
    left = world.sent(f"id {record.queue_id}")
    mail_args = left.partition(b"X-Mail-Args: ")[2].partition(b"\n")[0].lower()
    assert mail_args.startswith(b"<alice@example.com>"), left


def test_the_shipped_wiring_closes_both_holes() -> None:
    """Without the two lines of contrib/postfix the same bytes do get through; so the tests above can fail."""
    with World(settings={"message_reject_characters": "", "smtpd_forbid_bare_newline": "no"}) as open_world:
        mark = open_world.daemon.mark()
        assert send(open_world, b"From: alice@example.com\0, bob@example.com\r\n\r\nhello\r\n").ok
        with open_world.session("submissions", login="alice@example.com") as session:
            session.mail("alice@example.com")
            session.rcpt("someone@remote.invalid")
            session.command("DATA")
            session.send(message() + b"first\n.\r\n")
            assert session.reply().ok
        assert len(open_world.daemon.wait_for_records(mark, 2)) == 2
