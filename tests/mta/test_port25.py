"""Why relaying was refused, on port 25 of the real Postfix, and never more than a reason.

Postfix refuses a stranger's recipient before a milter is asked, so the text
comes by its policy delegation protocol. Two servers play here. One has the
policy service alone: what a client reads while relaypermitd is away then shows
by itself. The other is wired whole, as contrib/postfix ships it, and shows that
milter and policy service together make one record of one refusal.

Whatever happens to relaypermitd, nothing reaches the sink, which is where mail
that was relayed ends.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from daemon import Relaypermitd
from postfix import Postfix, shipped_settings
from process import Running, accepts, free_port, run, wait_for
from session import Reply, Session
from world import POLICY, STRANGER, World, message, policy_for

REMOTE = "someone@remote.invalid"
FOREIGN = "stranger@elsewhere.invalid"
# RFC 5321, 4.5.3.1.5: of a line, CR and LF included.
MAX_LINE = 512


class PolicyServiceAlone(Running):
    """Postfix without a milter, whose policy service is relaypermitd; over TCP where there is a `port`."""

    def __init__(self, chroot: bool = True, port: int = 0) -> None:
        self.postfix = Postfix(milter=None, chroot=chroot, hosted="example.com, example.org", mynetworks="192.0.2.0/24")
        policy = policy_for(self.postfix)
        if port:
            shipped = shipped_settings()["smtpd_relay_restrictions"]
            assert "unix:relaypermit/policy.sock" in shipped
            self.postfix.settings["smtpd_relay_restrictions"] = shipped.replace(
                "unix:relaypermit/policy.sock", f"inet:127.0.0.1:{port}")
            policy = policy.replace(f"unix:{self.postfix.spool}/relaypermit/policy.sock", f"inet:{port}@127.0.0.1")
        self.daemon = Relaypermitd(policy, f"inet:{free_port()}@127.0.0.1")

    def start(self) -> None:
        self.daemon.start()
        self.postfix.start()

    def stop(self) -> None:
        self.postfix.stop()
        self.daemon.stop()

    def session(self, client: str = STRANGER) -> Session:
        """A session on port 25 up to MAIL."""
        session = Session("127.0.0.1", self.postfix.ports["smtp"])
        session.ehlo()
        assert session.xclient(name="[UNAVAILABLE]", addr=client, destport="25").code == 220
        session.ehlo("laptop.example")
        return session


@pytest.fixture(name="alone", scope="module", params=[True, False], ids=["chrooted", "not chrooted"])
def _alone(request: pytest.FixtureRequest) -> Iterator[PolicyServiceAlone]:
    with PolicyServiceAlone(request.param) as server:
        yield server


@pytest.fixture(name="whole", scope="module")
def _whole() -> Iterator[World]:
    world = World()
    world.daemon.write(policy_for(world.postfix))
    with world:
        yield world


def explained(reply: Reply, recipient: str, daemon: Relaypermitd, mark: int, cause: str = "relay-not-permitted") -> None:
    """That the client reads our text, which the only record since the mark has too."""
    record, = daemon.wait_for_records(mark)
    before = f"5.7.1 <{recipient}>: Recipient address rejected: "
    assert reply.code == 550 and reply.text.startswith(before), reply
    assert record["cause"] == cause, record.line
    assert record["reply"] == "550 5.7.1 " + reply.text.removeprefix(before), record.line
    assert reply.text.endswith(f" - https://help.example.com/relay#{cause} - ref {record['ref']}"), reply
    assert len(str(reply)) + 2 <= MAX_LINE


def refused_plainly(reply: Reply, recipient: str = REMOTE) -> None:
    assert str(reply) == f"554 5.7.1 <{recipient}>: Relay access denied"


def one_recipient(server: PolicyServiceAlone | World, recipient: str = REMOTE, sender: str = FOREIGN) -> Reply:
    with (server.session() if isinstance(server, PolicyServiceAlone) else server.session("smtp")) as session:
        assert session.mail(sender).ok
        return session.rcpt(recipient)


# -- the text


def test_what_is_put_off_says_450(alone: PolicyServiceAlone) -> None:
    policy = alone.daemon.policy_file.read_text()
    mark = alone.daemon.mark()
    alone.daemon.write(policy + '\n[cause.relay-not-permitted]\naction = "tempfail"\n')
    alone.daemon.reload()
    alone.daemon.wait_for_log("reloaded", mark)
    try:
        assert str(one_recipient(alone)).startswith(f"450 4.7.1 <{REMOTE}>: Recipient address rejected: Not sent")
        record, = alone.daemon.wait_for_records(mark)
        assert (record["verdict"], (record["reply"] or "")[:9]) == ("tempfail", "450 4.7.1")
    finally:
        mark = alone.daemon.mark()
        alone.daemon.write(policy)
        alone.daemon.reload()
        alone.daemon.wait_for_log("reloaded", mark)


@pytest.mark.parametrize("sender, cause", [
    (FOREIGN, "relay-not-permitted"), ("", "relay-not-permitted"), ("alice@example.com", "use-submission"),
    ("Alice@EXAMPLE.org", "use-submission")])
def test_a_stranger_reads_why_and_what_to_do(alone: PolicyServiceAlone, sender: str, cause: str) -> None:
    mark = alone.daemon.mark()
    explained(one_recipient(alone, sender=sender), REMOTE, alone.daemon, mark, cause)
    record, = alone.daemon.records(mark)
    assert (record["stage"], record["client"], record["port"], record["helo"]) == ("rcpt", STRANGER, "25", "laptop.example")
    assert (record["sender"], record["login"]) == (sender.replace("EXAMPLE", "example") or "<>", None)


def test_over_tcp_it_is_the_same() -> None:
    port = free_port()
    with PolicyServiceAlone(port=port) as server:
        wait_for("the policy service", lambda: accepts(("127.0.0.1", port)))
        mark = server.daemon.mark()
        explained(one_recipient(server), REMOTE, server.daemon, mark)
        server.daemon.end()
        refused_plainly(one_recipient(server))
        server.daemon.start()
        wait_for("the policy service", lambda: accepts(("127.0.0.1", port)))
        mark = server.daemon.mark()
        explained(one_recipient(server), REMOTE, server.daemon, mark)
        assert server.postfix.sink.messages() == []


@pytest.mark.parametrize("recipient", ["r" * 64 + "@" + "d" * 60 + ".invalid",
                                       "r" * 64 + "@" + ".".join(["d" * 60] * 3) + ".invalid"])
def test_the_line_stays_within_its_bounds_whatever_the_recipient(alone: PolicyServiceAlone, recipient: str) -> None:
    mark = alone.daemon.mark()
    reply = one_recipient(alone, recipient, sender="s" * 64 + "@" + ".".join(["e" * 60] * 3) + ".invalid")
    record, = alone.daemon.wait_for_records(mark)
    assert len(str(reply)) + 2 <= MAX_LINE
    assert reply.text.endswith(f"https://help.example.com/relay#relay-not-permitted - ref {record['ref']}"), reply


def test_mail_for_this_server_and_of_its_own_networks_is_no_business_of_the_service(alone: PolicyServiceAlone) -> None:
    mark = alone.daemon.mark()
    with alone.session() as session:
        session.mail(FOREIGN)
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    with alone.session(client="192.0.2.65") as session:
        session.mail(FOREIGN)
        assert session.rcpt(REMOTE).ok
        session.rset()
    # A refusal behind them shows that what came before left no record.
    explained(one_recipient(alone), REMOTE, alone.daemon, mark)


# -- relaypermitd away


def test_while_it_is_away_the_denial_is_plain_and_afterwards_it_explains_again(alone: PolicyServiceAlone) -> None:
    sent = len(alone.postfix.sink.messages())
    alone.daemon.end()
    refused_plainly(one_recipient(alone))
    with alone.session() as session:
        session.mail(FOREIGN)
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    alone.daemon.start()
    mark = alone.daemon.mark()
    explained(one_recipient(alone), REMOTE, alone.daemon, mark)
    assert len(alone.postfix.sink.messages()) == sent


def test_killed_in_mid_session_it_leaves_a_plain_denial_and_the_session_recovers(alone: PolicyServiceAlone) -> None:
    sent = len(alone.postfix.sink.messages())
    with alone.session() as session:
        session.mail(FOREIGN)
        mark = alone.daemon.mark()
        explained(session.rcpt(REMOTE), REMOTE, alone.daemon, mark)
        alone.daemon.kill()
        refused_plainly(session.rcpt(REMOTE))
        assert session.rcpt("alice@example.com").ok
        alone.daemon.start()
        mark = alone.daemon.mark()
        explained(session.rcpt("other@remote.invalid"), "other@remote.invalid", alone.daemon, mark)
        assert session.data(message(FOREIGN)).ok
    assert len(alone.postfix.sink.messages()) == sent


def test_killed_again_and_again_under_traffic_it_never_lets_a_recipient_through(alone: PolicyServiceAlone) -> None:
    sent = len(alone.postfix.sink.messages())
    with ExitStack() as stack:
        sessions = [stack.enter_context(alone.session()) for _ in range(8)]
        for session in sessions:
            assert session.mail(FOREIGN).ok
        replies = []
        for _ in range(3):
            # The commands are under way in all sessions when it dies.
            for session in sessions:
                session.send(f"RCPT TO:<{REMOTE}>\r\n".encode())
            alone.daemon.kill()
            alone.daemon.launch()
            replies += [session.reply() for session in sessions]
    alone.daemon.end()
    alone.daemon.start()
    assert len(replies) == 24
    for reply in replies:
        assert reply.code in (550, 554), reply
        assert reply.text.endswith("Relay access denied") or "help.example.com" in reply.text, reply
    assert len(alone.postfix.sink.messages()) == sent


# -- wired whole


def test_one_refusal_is_one_record_though_the_milter_sees_it_too(whole: World) -> None:
    mark = whole.daemon.mark()
    with whole.session("smtp") as session:
        session.mail(FOREIGN)
        for number in range(3):
            explained_at = whole.daemon.mark()
            recipient = f"r{number}@remote.invalid"
            explained(session.rcpt(recipient), recipient, whole.daemon, explained_at)
        # The milter has heard of all three refusals once this one is answered.
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    whole.daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    assert [record["verdict"] for record in whole.daemon.records(mark)] == ["reject"] * 3 + ["accept"]


@pytest.fixture(name="monitoring", scope="module")
def _monitoring() -> Iterator[World]:
    world = World()
    world.daemon.write(policy_for(world.postfix, 'mode = "monitor"\n' + POLICY))
    with world:
        yield world


@pytest.mark.parametrize("sender", [FOREIGN, "", "Alice@Example.com", "@a,@b:x@elsewhere.invalid", '"a b"@elsewhere.invalid', "bare"])
@pytest.mark.parametrize("recipient", [REMOTE, "Some.One@REMOTE.invalid", "@a.invalid,@b.invalid:x@remote.invalid",
                                       '"a b"@remote.invalid', '"quoted"@remote.invalid', "x@remote.invalid."])
def test_in_monitor_mode_a_refusal_of_postfix_is_one_record_however_the_address_is_written(
        monitoring: World, sender: str, recipient: str) -> None:
    mark = monitoring.daemon.mark()
    with monitoring.session("smtp") as session:
        assert session.mail(sender).ok
        for _ in range(2):
            assert session.rcpt(recipient).text.endswith("Relay access denied"), session.last()
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    monitoring.daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    assert [record["verdict"] for record in monitoring.daemon.records(mark)] == ["monitor"] * 2 + ["accept"]


def test_in_monitor_mode_what_the_service_was_not_asked_about_is_the_refusal_of_the_mta() -> None:
    world = World()
    world.daemon.write('mode = "monitor"\n' + POLICY)
    with world:
        mark = world.daemon.mark()
        assert one_recipient(world).text.endswith("Relay access denied")
        record, = world.daemon.wait_for_records(mark)
        assert (record["verdict"], record["cause"]) == ("mta-reject", "relay-not-permitted"), record.line


LIKE_A_REFERENCE = ['"ref ABCD1234"@remote.invalid', '"x - ref ABCD1234"@remote.invalid']


@pytest.mark.parametrize("recipient", LIKE_A_REFERENCE)
def test_a_recipient_called_like_a_reference_makes_one_record_as_any_other(whole: World, recipient: str) -> None:
    mark = whole.daemon.mark()
    with whole.session("smtp") as session:
        session.mail(FOREIGN)
        reply = session.rcpt(recipient)
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    whole.daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    refusal, _ = whole.daemon.records(mark)
    assert refusal["cause"] == "relay-not-permitted" and reply.text.endswith(f"ref {refusal['ref']}"), refusal.line


def test_a_recipient_called_by_a_reference_just_given_makes_one_record_too(whole: World) -> None:
    mark = whole.daemon.mark()
    with whole.session("smtp") as session:
        session.mail(FOREIGN)
        session.rcpt(REMOTE)
        first, = whole.daemon.wait_for_records(mark)
        session.rcpt(f'"x - ref {first["ref"]}"@remote.invalid')
        assert session.rcpt("alice@example.com").ok
        assert session.data(message(FOREIGN)).ok
    whole.daemon.wait_for_records(mark, wanted=lambda record: record["verdict"] == "accept")
    assert [record["verdict"] for record in whole.daemon.records(mark)] == ["reject", "reject", "accept"]


@pytest.mark.parametrize("recipient", LIKE_A_REFERENCE)
def test_a_recipient_called_like_a_reference_does_not_hide_the_refusal_of_the_mta(recipient: str) -> None:
    # Without [listen] policy there is no reference that it could be.
    with World() as world:
        mark = world.daemon.mark()
        assert one_recipient(world, recipient).text.endswith("Relay access denied")
        record, = world.daemon.wait_for_records(mark)
        assert record["verdict"] == "mta-reject" and str(record["reply"]).endswith("Relay access denied"), record.line


def test_a_reference_that_the_client_was_given_hides_no_refusal_of_the_mta() -> None:
    with World() as world:
        mark = world.daemon.mark()
        with world.session() as session:
            assert session.mail(FOREIGN).code == 530
        given, = world.daemon.wait_for_records(mark)
        for recipient in (f'"x - ref {given["ref"]}"@remote.invalid', f'"x \\"ref {given["ref"]}"@remote.invalid'):
            mark = world.daemon.mark()
            assert one_recipient(world, recipient).text.endswith("Relay access denied")
            record, = world.daemon.wait_for_records(mark)
            assert (record["verdict"], record["reply"]) == ("mta-reject", "5.7.1 Relay access denied"), record.line


def test_killed_between_mail_and_rcpt_it_opens_nothing(whole: World) -> None:
    sent = len(whole.postfix.sink.messages())
    with whole.session("smtp") as session:
        assert session.mail(FOREIGN).ok
        whole.daemon.kill()
        refused_plainly(session.rcpt(REMOTE))
        # The milter is gone for this session: nothing of it is accepted any more.
        assert session.rcpt("alice@example.com").code == 451
    with whole.session("smtp") as session:
        assert session.mail(FOREIGN).code == 451
    whole.daemon.start()
    mark = whole.daemon.mark()
    explained(one_recipient(whole), REMOTE, whole.daemon, mark)
    assert len(whole.postfix.sink.messages()) == sent


# -- peers


def peers_socket(postfix: Postfix) -> socket.socket:
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(10)
    peer.connect(f"{postfix.spool}/relaypermit/policy.sock")
    return peer


REQUEST = (f"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address={STRANGER}\nserver_port=25\n"
           f"sender={FOREIGN}\nrecipient={REMOTE}\n\n").encode()


def answer_of(peer: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"\n\n"):
        more = peer.recv(65536)
        assert more, got
        got += more
    return got


def test_hundreds_of_connections_stay_open_and_each_is_answered(alone: PolicyServiceAlone) -> None:
    with ExitStack() as stack:
        peers = [stack.enter_context(peers_socket(alone.postfix)) for _ in range(400)]
        for _ in range(2):
            for peer in peers:
                peer.sendall(REQUEST)
            references = {answer_of(peer)[-10:] for peer in peers}
            assert len(references) == len(peers)
        mark = alone.daemon.mark()
        explained(one_recipient(alone), REMOTE, alone.daemon, mark)


def test_more_connections_than_it_takes_cost_the_reason_and_are_said_once(alone: PolicyServiceAlone) -> None:
    before = len(alone.daemon.log())
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(peers_socket(alone.postfix))
        refused_or_explained = one_recipient(alone)
        assert refused_or_explained.code in (550, 554)
    wait_for("our text", lambda: "help.example.com" in one_recipient(alone).text)
    said = re.findall("the policy delegation protocol: .* connections are open.*", alone.daemon.log()[before:])
    assert len(said) == 1, said


def test_after_a_fault_it_explains_again_and_nobody_waits_for_an_answer_that_will_not_come() -> None:
    with PolicyServiceAlone() as server, ExitStack() as stack:
        peers = [stack.enter_context(peers_socket(server.postfix)) for _ in range(40)]
        for peer in peers:
            peer.sendall(REQUEST)
            answer_of(peer)
        # poll(2) fails where it is about more descriptors than the limit.
        run(["prlimit", f"--pid={server.daemon.worker}", "--nofile=20:"])
        server.daemon.wait_for_log("the policy delegation protocol has failed and is served again at once")
        for peer in peers:
            assert peer.recv(1) == b""
        run(["prlimit", f"--pid={server.daemon.worker}", "--nofile=1024:"])
        mark = server.daemon.mark()
        explained(one_recipient(server), REMOTE, server.daemon, mark)
        assert server.daemon.end() == 0


def test_without_a_milter_it_explains_all_the_same(alone: PolicyServiceAlone) -> None:
    milter = alone.daemon.socket
    alone.daemon.end()
    alone.daemon.socket = ""
    alone.daemon.write(policy_for(alone.postfix).replace("[listen]", '[listen]\nmilter = ""'))
    alone.daemon.start()
    mark = alone.daemon.mark()
    explained(one_recipient(alone), REMOTE, alone.daemon, mark)
    alone.daemon.reload()
    alone.daemon.wait_for_log("reloaded", mark)
    assert alone.daemon.end() == 0
    assert "serves no milter" in alone.daemon.log()
    alone.daemon.socket = milter
    alone.daemon.write(policy_for(alone.postfix))
    alone.daemon.start()


@pytest.mark.parametrize("rubbish", [
    b"", b"request=smtpd_acc", b"\n\n\n\n", b"GET / HTTP/1.0\r\n\r\n", b"\0" * 70000, b"x" * 70000, b"=" * 65000 + b"\n\n",
    REQUEST * 20000], ids=["silent", "half a request", "empty requests", "http", "NUL", "endless", "no names", "never reads"])
def test_a_peer_that_misbehaves_holds_nobody_else_up(alone: PolicyServiceAlone, rubbish: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(20 if len(rubbish) < 100000 else 1):
            peer = stack.enter_context(peers_socket(alone.postfix))
            peer.settimeout(0)
            try:
                peer.send(rubbish)
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                pass  # not listened to any more, or hung up on
        reply = one_recipient(alone)
        assert reply.code == 550 and "help.example.com" in reply.text, reply
