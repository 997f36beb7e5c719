"""Whole sessions on a real Postfix with relaypermitd: every port, both SASLs, each kind of socket;
then what happens between messages, logins and clients of one session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postfix import Service
from world import PASSWORD, PRINTER, STRANGER, TRUSTED, World, message

SETUPS = {
    "cyrus, unix socket, chroot": {},
    "cyrus, unix socket, no chroot": {"chroot": False},
    "cyrus, inet socket, chroot": {"socket": "inet"},
    "dovecot, unix socket, chroot": {"sasl": "dovecot"},
    "dovecot, inet socket, no chroot": {"sasl": "dovecot", "socket": "inet", "chroot": False},
}


@pytest.fixture(scope="module", params=SETUPS)
def each(request: pytest.FixtureRequest) -> Iterator[World]:
    """Every way in which a site may be set up."""
    with World(**SETUPS[request.param]) as world:
        yield world


@pytest.mark.parametrize("listener", ["submission", "submissions"])
def test_a_login_sends_as_itself(each: World, listener: str) -> None:
    mark = each.daemon.mark()
    with each.session(listener, login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        record = each.accepted(session.data(message()), mark)
    assert (record["login"], record["mech"], record["client"]) == ("alice@example.com", "PLAIN", STRANGER)
    assert (record["sender"], record["from"], record["rcpt"]) == (
        "alice@example.com", "alice@example.com", "someone@remote.invalid")
    assert (record["mailer"], record["daemon"], record["mta"]) == ("smtp", "ORIGINATING", "postfix")
    assert record["port"] == {"submission": "587", "submissions": "465"}[listener]
    assert record["tls"] == "TLSv1.3" and record["helo"] == "laptop.example"
    assert record.rules == ["own-address"] and record["reply"] is None


@pytest.mark.parametrize("listener", ["submission", "submissions"])
def test_a_login_does_not_send_as_somebody_else(each: World, listener: str) -> None:
    mark = each.daemon.mark()
    with each.session(listener, login="alice@example.com") as session:
        reply = session.mail("bob@example.com")
        assert session.rcpt("someone@remote.invalid").code == 503
    record = each.refused(reply, "sender-not-owned", mark)
    assert reply.code == 550
    assert (record["stage"], record.queue_id, record["verdict"]) == ("mail", "NOQUEUE", "reject")


@pytest.mark.parametrize("listener", ["submission", "submissions"])
def test_a_from_that_is_not_the_logins_is_refused_at_the_final_dot(each: World, listener: str) -> None:
    mark = each.daemon.mark()
    with each.session(listener, login="alice@example.com", mechanism="LOGIN") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        reply = session.data(message("Bob <bob@example.com>"))
    record = each.refused(reply, "from-not-owned", mark)
    assert (record["stage"], record["from"], record["mech"]) == ("eom", "bob@example.com", "LOGIN")


def test_a_wrong_password_ends_in_login_required(each: World) -> None:
    mark = each.daemon.mark()
    with each.session("submission") as session:
        assert session.auth("alice@example.com", "wrong").code == 535
        reply = session.mail("alice@example.com")
    assert reply.code == 530
    assert each.refused(reply, "login-required", mark)["login"] is None


def test_a_submission_without_tls_is_told_to_use_it(each: World) -> None:
    mark = each.daemon.mark()
    with each.session("submission", tls=False) as session:
        reply = session.mail("alice@example.com")
    assert reply.code == 530
    assert each.refused(reply, "tls-required", mark)["tls"] is None


def test_mail_from_outside_comes_in(each: World) -> None:
    mark = each.daemon.mark()
    with each.session("smtp") as session:
        session.mail("someone@remote.invalid")
        session.rcpt("alice@example.com")
        record = each.accepted(session.data(message("someone@remote.invalid")), mark)
    assert (record["port"], record["mailer"], record["login"]) == ("25", "virtual", None)


@pytest.mark.parametrize(("sender", "cause"), [
    ("alice@example.com", "use-submission"), ("someone@remote.invalid", "relay-not-permitted")])
def test_what_postfix_refuses_to_relay_is_recorded_with_its_cause(each: World, sender: str, cause: str) -> None:
    mark = each.daemon.mark()
    with each.session("smtp") as session:
        session.mail(sender)
        reply = session.rcpt("other@elsewhere.invalid")
    assert str(reply) == "554 5.7.1 <other@elsewhere.invalid>: Relay access denied"
    record = each.daemon.wait_for_records(mark)[0]
    assert (record["verdict"], record["cause"], record["rcpt"]) == ("mta-reject", cause, "other@elsewhere.invalid")


def test_several_messages_of_one_session_are_judged_one_by_one(each: World) -> None:
    with each.session("submissions", login="alice@example.com") as session:
        for sender, author, cause in [
                ("alice@example.com", "alice@example.com", None),
                ("bob@example.com", "alice@example.com", "sender-not-owned"),
                ("orders@example.com", "orders@example.com", None),
                ("alice@example.com", "bob@example.com", "from-not-owned"),
                ("alice@example.com", "alice@example.com", None)]:
            mark = each.daemon.mark()
            reply = session.mail(sender)
            if reply.ok:
                session.rcpt("someone@remote.invalid")
                reply = session.data(message(author))
            if cause:
                each.refused(reply, cause, mark)
            else:
                each.accepted(reply, mark)


def test_a_login_without_a_realm_gets_the_default_one(each: World) -> None:
    mark = each.daemon.mark()
    with each.session("submission", login="bob") as session:
        session.mail("bob@example.com")
        session.rcpt("someone@remote.invalid")
        assert each.accepted(session.data(message("bob@example.com")), mark)["login"] == "bob@example.com"


# -- one setup from here on


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    clear = Service({"smtpd_sasl_auth_enable": "yes", "smtpd_tls_auth_only": "no",
                     "milter_macro_daemon_name": "ORIGINATING",
                     "smtpd_relay_restrictions": "permit_mynetworks,permit_sasl_authenticated,reject"})
    with World(extra_services={"clear": clear},
               settings={"smtpd_authorized_xclient_hosts": f"127.0.0.1 {TRUSTED}"}) as world:
        yield world


def test_rset_forgets_the_message_and_keeps_the_login(world: World) -> None:
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("orders@example.com")
        session.rcpt("someone@remote.invalid")
        session.rset()
        mark = world.daemon.mark()
        session.mail("alice@example.com")
        session.rcpt("other@remote.invalid")
        record = world.accepted(session.data(message()), mark)
    assert (record["sender"], record["rcpt"], record.rules) == (
        "alice@example.com", "other@remote.invalid", ["own-address"])


def test_rset_after_a_refusal_leaves_a_usable_session(world: World) -> None:
    with world.session("submissions", login="alice@example.com") as session:
        assert session.mail("bob@example.com").code == 550
        session.rset()
        mark = world.daemon.mark()
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        world.accepted(session.data(message()), mark)


def test_from_of_one_message_does_not_count_for_the_next(world: World) -> None:
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        assert session.data(message()).ok
        mark = world.daemon.mark()
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        reply = session.data(b"Subject: no From here\r\n\r\nhello\r\n")
    world.refused(reply, "from-unusable", mark)


def test_a_pipelined_message_is_refused_at_its_first_fault(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        replies = session.pipeline("MAIL FROM:<bob@example.com>", "RCPT TO:<someone@remote.invalid>", "DATA")
    world.refused(replies[0], "sender-not-owned", mark)
    assert [reply.code for reply in replies[1:]] == [503, 503]


def test_a_message_in_chunks_is_judged_as_any_other(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        chunk = message("bob@example.com")
        session.send(b"BDAT %d\r\n" % (len(chunk) - 9) + chunk[:-9])
        assert session.reply().ok
        session.send(b"BDAT 9 LAST\r\n" + chunk[-9:])
        world.refused(session.reply(), "from-not-owned", mark)


def test_starttls_after_auth_drops_the_login(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("clear", login="alice@example.com", port="587", tls=False) as session:
        session.starttls()
        session.ehlo()
        reply = session.mail("alice@example.com")
    assert world.refused(reply, "login-required", mark)["login"] is None


def test_after_starttls_another_login_counts(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("clear", login="alice@example.com", port="587", tls=False) as session:
        session.starttls()
        session.ehlo()
        session.auth("bob@example.com", PASSWORD)
        reply = session.mail("alice@example.com")
    assert world.refused(reply, "sender-not-owned", mark)["login"] == "bob@example.com"


def test_starttls_between_two_messages(world: World) -> None:
    with world.session("smtp") as session:
        mark = world.daemon.mark()
        session.mail("someone@remote.invalid")
        session.rcpt("alice@example.com")
        assert world.accepted(session.data(message("someone@remote.invalid")), mark)["tls"] is None
        session.starttls()
        session.ehlo()
        mark = world.daemon.mark()
        session.mail("someone@remote.invalid")
        session.rcpt("alice@example.com")
        assert world.accepted(session.data(message("someone@remote.invalid")), mark)["tls"] == "TLSv1.3"


def test_a_second_auth_is_no_second_login(world: World) -> None:
    with world.session("submissions", login="alice@example.com") as session:
        assert session.auth("bob@example.com", PASSWORD).code == 503
        mark = world.daemon.mark()
        assert world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)["login"] == "alice@example.com"


def test_a_login_after_a_refusal_counts(world: World) -> None:
    with world.session("submissions") as session:
        mark = world.daemon.mark()
        world.refused(session.mail("alice@example.com"), "login-required", mark)
        assert session.auth("alice@example.com", PASSWORD).code == 235
        mark = world.daemon.mark()
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        world.accepted(session.data(message()), mark)


def test_what_the_client_says_in_auth_of_mail_is_nobodys_login(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions") as session:
        reply = session.mail("alice@example.com", "AUTH=alice@example.com")
    assert world.refused(reply, "login-required", mark)["login"] is None


def test_another_client_by_xclient_has_rights_of_its_own(world: World) -> None:
    with world.session("smtp", client=TRUSTED) as session:
        mark = world.daemon.mark()
        session.mail("someone@remote.invalid")
        session.rcpt("other@elsewhere.invalid")
        record = world.accepted(session.data(message("someone@remote.invalid")), mark)
        assert (record.rules, record["client"]) == (["trusted-network"], TRUSTED)
    with world.session("smtp", client=PRINTER) as session:
        mark = world.daemon.mark()
        session.mail("floor2@printers.example.com")
        session.rcpt("other@elsewhere.invalid")
        assert world.accepted(session.data(message("floor2@printers.example.com")), mark).rules == ["printers"]
        mark = world.daemon.mark()
        session.mail("floor2@remote.invalid")
        reply = session.rcpt("other@elsewhere.invalid")
    world.refused(reply, "relay-not-permitted", mark)


def test_two_clients_in_one_connection(world: World) -> None:
    with world.session("smtp", client=TRUSTED) as session:
        session.mail("someone@remote.invalid")
        assert session.rcpt("other@elsewhere.invalid").ok
        session.rset()
        # A proxy hands over the next client; nothing of the first may stick.
        assert session.xclient(addr=STRANGER, name="[UNAVAILABLE]").code == 220
        session.ehlo()
        mark = world.daemon.mark()
        session.mail("someone@remote.invalid")
        assert session.rcpt("other@elsewhere.invalid").code == 554
        record = world.daemon.wait_for_records(mark)[0]
    assert (record["verdict"], record["cause"], record["client"]) == ("mta-reject", "relay-not-permitted", STRANGER)


def test_a_login_by_xclient_is_a_login(world: World) -> None:
    with world.session("smtp", client=None) as session:
        session.xclient(addr=STRANGER, name="[UNAVAILABLE]", login="alice@example.com", destport="25")
        session.ehlo()
        mark = world.daemon.mark()
        record = world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    assert (record["login"], record["mech"]) == ("alice@example.com", "XCLIENT")


def test_an_ipv6_client_stands_in_the_record_without_a_prefix(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", client="2001:db8::17", login="alice@example.com") as session:
        record = world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    assert record["client"] == "2001:db8::17"


def test_a_client_of_the_loopback_is_the_client_that_it_is(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", client=None, login="alice@example.com") as session:
        record = world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    assert record["client"] == "127.0.0.1"


@pytest.mark.parametrize("helo", ["[203.0.113.99]", "a=b", 'say"cheese', "ref=AAAAAAAA", "x" * 500])
def test_an_odd_helo_stands_in_the_record_and_breaks_nothing(world: World, helo: str) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com", helo=helo) as session:
        record = world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    told = record["helo"] or ""
    assert told == helo if len(helo) <= 256 else told.startswith(helo[:200])


def test_a_suspended_login_is_refused(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="mallory@example.com") as session:
        assert world.refused(session.mail("mallory@example.com"), "account-suspended", mark).rules == ["cracked"]


def test_one_recipient_refused_lets_the_others_have_the_message(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="scanner@example.com") as session:
        session.mail("scanner@example.com")
        assert session.rcpt("alice@example.com").ok
        refusal = session.rcpt("someone@remote.invalid")
        assert session.rcpt("bob@example.com").ok
        reply = session.data(message("scanner@example.com"))
    records = world.daemon.wait_for_records(mark, 2)
    assert [r["verdict"] for r in records] == ["reject", "accept"]
    assert (records[0]["stage"], records[0]["cause"], records[0].rules) == (
        "rcpt", "recipient-not-allowed", ["devices-stay-inside"])
    assert records[0]["reply"] == str(refusal)
    assert (records[0]["rcpt"] or "").split(",")[0] == "someone@remote.invalid"
    assert world.accepted(reply, mark)["rcpt"] == "alice@example.com,bob@example.com"


def test_of_many_recipients_three_stand_in_the_record(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        for number in range(20):
            session.rcpt(f"r{number}@remote.invalid")
        record = world.accepted(session.data(message()), mark)
    assert (record["rcpt"] or "").startswith("r0@remote.invalid,r1@remote.invalid,r2@remote.invalid")
    assert "20" in (record["rcpt"] or "") and "r3@" not in (record["rcpt"] or "")


def test_a_client_that_goes_away_in_the_middle_leaves_no_record(world: World) -> None:
    mark = world.daemon.mark()
    session = world.session("submissions", login="alice@example.com")
    session.mail("alice@example.com")
    session.rcpt("someone@remote.invalid")
    session.command("DATA")
    session.send(b"From: alice@example.com\r\nSubject: half a mes")
    session.drop()
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        world.accepted(session.data(message()), mark)
    assert len(world.daemon.records(mark)) == 1


def test_references_are_all_different(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        replies = [session.mail("bob@example.com") for _ in range(50)]
    assert all(reply.code == 550 for reply in replies)
    assert len({record["ref"] for record in world.daemon.wait_for_records(mark, 50)}) == 50


def test_options_of_the_client_change_nothing(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        assert session.mail("alice@example.com", "SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=bob@example.com").ok
        session.command("RCPT TO:<someone@remote.invalid> NOTIFY=NEVER ORCPT=rfc822;bob@example.com")
        record = world.accepted(session.data(message()), mark)
    assert (record["sender"], record["rcpt"]) == ("alice@example.com", "someone@remote.invalid")


def test_an_international_sender_is_compared_as_what_it_is(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="alice@example.com") as session:
        world.refused(session.mail("älice@example.com", "SMTPUTF8"), "sender-not-owned", mark)
