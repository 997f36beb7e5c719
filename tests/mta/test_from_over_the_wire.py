"""What a real Postfix and a real Sendmail make of From behind relaypermitd, and what they hand it.

Both change a header after the milter has answered: they break a long line, and Sendmail makes two
members of a long mailbox. Each test logs in as alice@example.com and shows the reply that she reads
and the record; smarthost@example.com, whose grant `*` waives from-unusable, shows what would leave.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from from_site import ALICE, ANYTHING, REMOTE, Site, on_postfix, on_sendmail
from record_line import Record
from world import PASSWORD, World

HELP = "https://help.example.com/relay#from-unusable - ref "
ASK = ". For help ask postmaster@example.com"
NAME_WITH_AT = ("550 5.7.1 Not sent - take the @ sign out of your sender name in account settings - keep your address as it is" + ASK)


def refused(site: Site, header: bytes, text: str = "550 5.7.1 Not sent - ") -> Record:
    """That it is from-unusable with a reply that begins so, as the only record says."""
    mark = site.daemon.mark()
    reply = site.send(header)
    record, = site.daemon.wait_for_records(mark)
    assert (record["verdict"], record["cause"], record["stage"]) == ("reject", "from-unusable", "eom"), record.line
    assert str(reply) == record["reply"]
    assert str(reply).startswith(text) and str(reply).endswith(f" - {HELP}{record['ref']}"), reply
    return record


@pytest.fixture(name="site", params=["postfix", "sendmail"], scope="module")
def _site(request: pytest.FixtureRequest) -> Iterator[Site]:
    yield from {"postfix": on_postfix, "sendmail": on_sendmail}[request.param]()


# -- what relaypermitd is handed


@pytest.mark.parametrize("blank", [b"", b" ", b"\t", b"   ", b"\r\n ", b" \r\n\t"])
def test_the_record_has_the_addresses_without_what_stands_around_them(site: Site, blank: bytes) -> None:
    mark = site.daemon.mark()
    site.sent(b"From:" + blank + b"alice@example.com\r\nSender:" + blank + b"alice+x@example.com")
    record, = site.daemon.wait_for_records(mark)
    assert (record["from"], record["hdrsender"], record["rule"]) == (ALICE, "alice+x@example.com", "own-address")


# -- long lines


def broken(mta: str, start: bytes, before: bytes, behind: bytes) -> bytes:
    """A line that this MTA breaks behind `before`."""
    fill = b"x" if start.endswith(b'"') else b" "
    return start + fill * ((998 if mta == "postfix" else 989) - len(start + before)) + before + behind


LONG = {
    "in the address": (b"From: ", b"alice+", b"ceo@example.com"),
    "in the domain": (b"From: ", b"alice@", b"ceo.example.com"),
    "in a quoted name": (b'From: "', b"x", b'boss@victim.example" <alice@example.com>'),
    "in Sender": (b"Sender: ", b"alice+", b"ceo@example.com"),
}


@pytest.mark.parametrize("place", LONG)
def test_a_line_that_the_mta_would_break_is_refused(site: Site, place: str) -> None:
    start, before, behind = LONG[place]
    more = b"From: alice@example.com\r\n" if start.startswith(b"Sender") else b""
    refused(site, more + broken(site.mta, start, before, behind))


@pytest.mark.parametrize("place", LONG)
def test_what_would_leave_is_another_address(site: Site, place: str) -> None:
    start, before, behind = LONG[place]
    more = b"From: alice@example.com\r\n" if start.startswith(b"Sender") else b""
    left = site.sent(more + broken(site.mta, start, before, behind), ANYTHING)
    if site.mta == "postfix":
        assert before + b"\r\n " + behind + b"\r\n" in left
    elif place != "in a quoted name":
        assert before + b"!\r\n " + behind + b"\r\n" in left
    else:
        # It makes two members of such a mailbox, too: below.
        assert b'x!\r\n boss@victim.example",\r\n        <alice@example.com>\r\n' in left


def test_the_line_may_be_as_long_as_both_leave_it(site: Site) -> None:
    longest = 990 if site.mta == "postfix" else 900
    line = b"From: " + b" " * (longest - 6 - 21) + b"alice+ceo@example.com"
    assert line + b"\r\n" in site.sent(line)
    refused(site, line.replace(b": ", b":  "))


def test_a_line_that_sendmail_would_make_longer_is_refused_there(site: Site) -> None:
    line = b"From: " + b" " * (990 - 6 - 45) + b"alice+ceo@example.com <alice+ceo@example.com>"
    if site.mta == "postfix":
        assert line + b"\r\n" in site.sent(line)
        return
    refused(site, line)
    # It puts quotes round the name, and then breaks the line.
    assert b'"alice+ceo@example.com" <alice+ceo@example.c!\r\n om>\r\n' in site.sent(line, ANYTHING)


# -- long mailboxes, which Sendmail takes apart


def test_a_name_that_sendmail_would_make_an_author_of_is_refused_there(site: Site) -> None:
    name = b'"boss@victim.example' + b" " * 240 + b'"'
    line = b"From: " + name + b" <alice@example.com>"
    if site.mta == "postfix":
        assert line + b"\r\n" in site.sent(line)
        return
    refused(site, line)
    assert b"From: " + name + b",\r\n        <alice@example.com>\r\n" in site.sent(line, ANYTHING)


def test_an_address_that_sendmail_would_cut_is_refused_there(site: Site) -> None:
    line = b"From: " + b"x" * 240 + b" <alice@example.com>"
    if site.mta == "postfix":
        assert line + b"\r\n" in site.sent(line)
        return
    refused(site, line)
    left = site.sent(line, ANYTHING)
    assert b" <alice@exam" in left and b"alice@example.com>\r\n" not in left


def test_a_mailbox_just_below_that_leaves_as_it_came(site: Site) -> None:
    for line in (b'From: "' + b"x" * 218 + b'" <alice@example.com>',
                 b'From: "' + "\u044f".encode() * 54 + b'" <alice@example.com>',
                 b'From: "' + b"x" * 100 + b'\r\n ' + b"x" * 90 + b'" <alice@example.com>'):
        assert line + b"\r\n" in site.sent(line)


# -- a line break that is none, and NUL


STRAY = b"From: alice@example.com\r\nSubject: x\rFrom: ceo@victim.example"


def test_a_bare_cr_of_a_login_is_refused_where_postfix_lets_it_through() -> None:
    with World(settings={"cleanup_replace_stray_cr_lf": "no"}) as world:
        site = Site("postfix", world.daemon, lambda login: world.session("submissions", login=login), list)
        assert refused(site, STRAY)["from"] == ALICE
        # Without a login its From is nobody's to judge.
        mark = world.daemon.mark()
        with world.session("smtp") as session:
            session.mail("somebody@remote.invalid")
            session.rcpt("bob@example.com")
            world.accepted(session.data(STRAY + b"\r\n\r\nhello\r\n"), mark)


def test_by_default_no_bare_cr_comes_as_far(site: Site) -> None:
    mark = site.daemon.mark()
    if site.mta == "postfix":
        assert b"\r\nSubject: x From: ceo@victim.example\r\n" in site.sent(STRAY)
        return
    assert str(site.send(STRAY)) == "421 4.5.0 Bare carriage return (CR) not allowed"
    assert site.daemon.records(mark) == []


def test_a_nul_never_hides_an_author(site: Site) -> None:
    mark = site.daemon.mark()
    reply = site.send(b"From: alice@example.com\0, bob@example.com")
    if site.mta == "postfix":
        assert str(reply) == "550 5.7.1 disallowed character"
        assert site.daemon.records(mark) == []
        return
    # Sendmail takes it out before the milter sees the field.
    record, = site.daemon.wait_for_records(mark)
    assert (record["cause"], record["from"]) == ("from-not-owned", "alice@example.com,bob@example.com")
    assert b"\r\nSubject: xy\r\n" in site.sent(b"From: alice@example.com\r\nSubject: x\0y")


# -- an @ in the name


@pytest.mark.parametrize("written", [b"=?utf-8?q?J=C3=B6rg_=40_Work?=", b"=?UTF-8?B?SsO2cmcgQCBXb3Jr?=", b"Joerg @ Work",
                                     "J\u00f6rg @ Work".encode()])
def test_the_reply_names_the_name_where_that_alone_is_at_fault(site: Site, written: bytes) -> None:
    record = refused(site, b"From: " + written + b" <alice@example.com>", NAME_WITH_AT)
    # As it came, so that whoever helps sees the name.
    assert record["from"] == written.decode("latin-1") + " <alice@example.com>"


# -- a blank at the end of the login


def test_a_blank_at_the_end_of_a_login_has_a_text_of_its_own() -> None:
    world = World(sasl="dovecot")
    # Dovecot has the accounts of Postfix.
    world.postfix.accounts["alice@example.com "] = PASSWORD
    with world:
        mark = world.daemon.mark()
        with world.session(login="alice@example.com ") as session:
            record = world.refused(session.mail(ALICE), "sender-not-owned", mark)
    assert record["login"] == "alice@example.com "
    assert (record["reply"] or "").startswith(
        "550 5.7.1 Not sent - remove the space from user name 'alice@example.com ' in your mail settings. For help ask ")


def test_cyrus_takes_the_blank_off_itself(site: Site) -> None:
    mark = site.daemon.mark()
    with site.log_in("alice@example.com ") as session:
        assert session.mail(ALICE).ok
        assert session.rcpt(REMOTE).ok
        assert session.data(b"From: alice@example.com\r\n\r\nhello\r\n").ok
    record, = site.daemon.wait_for_records(mark)
    assert (record["login"], record["rule"]) == (ALICE, "own-address")
