"""relaypermitd beside a running Postfix: reloads, kills, restarts, mail by other ways than SMTP.

Through all of it the rule is one: a message may be put off, but it is never
lost, and nothing passes that the policy refuses.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from daemon import Relaypermitd, tool
from process import wait_for
from session import Dropped, Reply, Session
from world import PASSWORD, POLICY, STRANGER, World, message

SUSPEND_BOB = '\n[[restrict]]\nid = "bob-rests"\nlogins = ["bob@example.com"]\nsuspended = true\n'


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture
def world(shared: World) -> World:
    """The shared world, with the policy as it was."""
    if shared.daemon.child is None:
        shared.daemon.start()
    reload(shared, POLICY)
    return shared


def reload(world: World, policy: str, sign: signal.Signals = signal.SIGHUP) -> str:
    """Puts the policy in place and reloads; what the log says of that."""
    mark = world.daemon.mark()
    world.daemon.write(policy)
    world.daemon.reload(sign)
    wait_for("the reload", lambda: re.search("reloaded |stays in force", world.daemon.log()[mark:]))
    return world.daemon.log()[mark:]


def one_message(world: World, login: str = "alice@example.com") -> str:
    """Sends one message as the login; the last reply's code and enhanced code."""
    try:
        with world.session("submissions", login=login) as session:
            reply = session.mail(login)
            if reply.ok:
                reply = session.rcpt("someone@remote.invalid")
            if reply.ok:
                reply = session.data(message(login))
            return str(reply)
    except AssertionError as fault:
        # AUTH is put off while no milter answers.
        if "454" in str(fault):
            return "454 4.3.0"
        raise


# -- reloading


@pytest.mark.parametrize("sign", [signal.SIGHUP, signal.SIGUSR1])
def test_a_reload_counts_from_the_next_message_of_a_session_already_open(world: World, sign: signal.Signals) -> None:
    with world.session("submissions", login="bob@example.com") as session:
        session.mail("bob@example.com")
        session.rcpt("someone@remote.invalid")
        assert session.data(message("bob@example.com")).ok
        reload(world, POLICY + SUSPEND_BOB, sign)
        mark = world.daemon.mark()
        assert world.refused(session.mail("bob@example.com"), "account-suspended", mark).rules == ["bob-rests"]


def run_tool(world: World, *words: str) -> str:
    """Runs relaypermit on the daemon's policy file, as an admin does; what it prints, once the daemon has reloaded."""
    mark = world.daemon.mark()
    ran = subprocess.run([tool(), words[0], "-c", world.daemon.policy_file, *words[1:]], capture_output=True, text=True)
    # The daemon was started with its socket on the command line, which [listen] of the policy has by now.
    said = ran.stderr.replace("relaypermit: what has changed in [listen] (milter) takes a restart of relaypermitd: "
                              "a reload opens no sockets\n", "")
    said = said.replace("note: `bob@example.org` is not suspended and may send: suspend it too if the mail server lets this account in by it\n", "")
    assert (ran.returncode, said) == (0, ""), ran
    world.daemon.wait_for_log("reloaded ", mark)
    return ran.stdout


def test_suspend_and_resume_count_from_the_next_message_of_a_session_already_open(world: World) -> None:
    listen = f'\n[listen]\nmilter = "{world.daemon.socket}"\nsocket_mode = "0660"\nsocket_group = "postfix"\n'
    listen += f'control = "unix:{world.daemon.directory}/control.sock"\n'
    reload(world, POLICY + listen)

    def message_of_bob() -> tuple[int, Reply]:
        mark = world.daemon.mark()
        reply = session.mail("bob@example.com")
        if reply.ok:
            session.rcpt("someone@remote.invalid")
            reply = session.data(message("bob@example.com"))
        return mark, reply

    with world.session("submissions", login="bob@example.com") as session:
        mark, reply = message_of_bob()
        world.accepted(reply, mark)
        assert run_tool(world, "suspend", "bob@example.com", "--note", "ticket 4711").startswith(
            "bob@example.com is suspended: its next message is refused (")
        mark, reply = message_of_bob()
        assert world.refused(reply, "account-suspended", mark).rules == ["suspended:bob@example.com"]
        assert one_message(world).startswith("250 2.0.0"), "of somebody else"
        assert run_tool(world, "resume", "bob").startswith("bob@example.com is resumed: ")
        mark, reply = message_of_bob()
        world.accepted(reply, mark)


def test_a_message_keeps_the_policy_with_which_it_began(world: World) -> None:
    mark = world.daemon.mark()
    with world.session("submissions", login="bob@example.com") as session:
        session.mail("bob@example.com")
        reload(world, POLICY + SUSPEND_BOB)
        session.rcpt("someone@remote.invalid")
        world.accepted(session.data(message("bob@example.com")), mark)


def test_a_broken_policy_is_reported_and_the_old_one_stays(world: World) -> None:
    reload(world, POLICY + SUSPEND_BOB)
    log = reload(world, POLICY.replace("logins", "lgoins").replace("hosted_domains", "hosted_domain"))
    assert "did you mean `logins`?" in log and "hosted_domain" in log
    assert re.search(r"policy\.toml:\d+:\d+: error: unknown key `lgoins` in \[\[alias\]\]", log), log
    assert one_message(world, "bob@example.com").startswith("550 5.7.1")
    assert one_message(world).startswith("250 2.0.0")


def test_a_policy_that_is_gone_changes_nothing(world: World) -> None:
    mark = world.daemon.mark()
    world.daemon.policy_file.rename(world.daemon.directory / "away")
    world.daemon.reload()
    world.daemon.wait_for_log("stays in force", mark)
    assert one_message(world).startswith("250 2.0.0")


@dataclass
class Load:
    """Twenty clients that send what must pass and what must not, until they are told to end."""

    world: World
    replies: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, clients: int) -> None:
        for number in range(clients):
            thread = threading.Thread(target=self._client, args=(number,))
            thread.start()
            self.threads.append(thread)

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _client(self, number: int) -> None:
        while not self.stop.is_set():
            try:
                with self.world.session("submissions", login="alice@example.com") as session:
                    for turn in range(5):
                        self._message(session, honest=(number + turn) % 2 == 0)
            except (AssertionError, Dropped) as fault:
                self.faults.append(str(fault))

    def _message(self, session: Session, honest: bool) -> None:
        reply = session.mail("alice@example.com" if honest else "bob@example.com")
        if reply.ok:
            reply = session.rcpt("someone@remote.invalid")
        if reply.ok:
            reply = session.data(message("alice@example.com", f"X-Honest: {honest}"))
        if not reply.ok:
            session.rset()
        self.replies[f"{'honest' if honest else 'forged'} {reply.code}"] += 1


def test_two_hundred_reloads_under_load_half_of_them_broken(world: World) -> None:
    load = Load(world)
    mark = world.daemon.mark()
    load.start(20)
    try:
        for number in range(200):
            good = number % 2 == 0
            world.daemon.write(POLICY + f'\n[groups]\ng{number} = ["x@example.com"]\n' if good else POLICY + "[broken")
            count = load.replies.total()
            world.daemon.reload(signal.SIGHUP if number % 3 else signal.SIGUSR1)
            # Each reload meets traffic.
            wait_for("traffic", lambda count=count: load.replies.total() > count, 30)
    finally:
        load.end()
    assert load.faults == []
    assert set(load.replies) == {"honest 250", "forged 550"}, load.replies
    verdicts = Counter(record["verdict"] for record in world.daemon.records(mark))
    assert verdicts["accept"] == load.replies["honest 250"]
    assert verdicts["reject"] == load.replies["forged 550"]
    assert world.daemon.log()[mark:].count("[broken") + world.daemon.log()[mark:].count("error:") >= 50


# -- going away and coming back


def test_killed_amid_traffic_nothing_is_accepted_until_it_is_back(world: World) -> None:
    load = Load(world)
    load.start(8)
    try:
        for _ in range(3):
            wait_for("traffic", lambda: load.replies["honest 250"] > 5)
            world.daemon.kill()
            before = load.replies.copy()
            assert one_message(world)[:3] in ("451", "454")
            with world.session("smtp") as session:
                assert str(session.mail("someone@remote.invalid")).startswith("451 4.7.1")
            world.daemon.start()
            wait_for("traffic again", lambda before=before: load.replies["honest 250"] > before["honest 250"] + 5)
    finally:
        load.end()
    answers = {key for key in load.replies if key.startswith("forged")}
    assert answers <= {"forged 550", "forged 451"}, load.replies
    assert {key for key in load.replies if key.startswith("honest")} <= {"honest 250", "honest 451"}, load.replies
    # Sessions that began while it was away got no further than STARTTLS or AUTH, or lost the milter.
    assert all(re.search(r"454|451|452|421", fault) for fault in load.faults), load.faults


def test_nothing_forged_has_ever_left(world: World) -> None:
    """After all of the above: what the sink has is what relaypermitd accepted."""
    accepted = {record.queue_id for record in world.daemon.records() if record["verdict"] == "accept"}
    left = b"\n".join(world.postfix.sink.messages()).decode(errors="replace")
    assert "X-Honest: True" in left
    assert "X-Honest: False" not in left
    assert set(re.findall(r"\(Postfix\) with \w+ id (\w+)", left)) <= accepted


def test_killed_in_the_middle_of_a_message_puts_it_off(world: World) -> None:
    with world.session("submissions", login="alice@example.com") as session:
        session.mail("alice@example.com")
        session.rcpt("someone@remote.invalid")
        assert session.command("DATA").code == 354
        world.daemon.kill()
        assert session.content(message()).code == 451
    world.daemon.start()
    assert one_message(world).startswith("250 2.0.0")


def test_term_ends_it_within_five_seconds_whatever_is_open(world: World) -> None:
    open_sessions = [world.session("submissions", login="alice@example.com") for _ in range(10)]
    for session in open_sessions:
        session.mail("alice@example.com")
    assert world.daemon.child
    world.daemon.child.send(signal.SIGTERM)
    assert world.daemon.child.wait(5) == 0
    for session in open_sessions:
        assert session.rcpt("someone@remote.invalid").code in (451, 250)
        assert not session.data(message()).ok
        session.drop()
    world.daemon.child = None
    world.daemon.start()
    assert one_message(world).startswith("250 2.0.0")


def test_a_second_instance_leaves_the_socket_to_the_first(world: World) -> None:
    second = Relaypermitd(POLICY, world.daemon.socket)
    try:
        second.launch()
        assert second.child
        assert second.child.wait(5) != 0
        assert "milter.sock" in second.log()
        assert one_message(world).startswith("250 2.0.0")
    finally:
        second.stop()


# -- mail that comes by other ways, and what Postfix says to it


def sendmail(world: World, sender: str, recipient: str, content: bytes) -> None:
    """The sendmail(1) command, as a cron job or a web script uses it."""
    subprocess.run(["sendmail", "-C", str(world.postfix.etc), "-i", "-f", sender, recipient],
                   input=content.replace(b"\r\n", b"\n"), check=True, timeout=30)


def test_mail_by_the_sendmail_command_is_left_alone_as_wired(world: World) -> None:
    mark = world.daemon.mark()
    sendmail(world, "bob@example.com", "someone@remote.invalid", message("anybody@example.com", "Subject: by-command"))
    world.sent("by-command")
    assert world.daemon.records(mark) == []


@pytest.fixture(scope="module")
def with_command() -> Iterator[World]:
    """non_smtpd_milters set, against our advice."""
    with World(settings={"non_smtpd_milters": "$smtpd_milters"}) as world:
        yield world


@pytest.mark.parametrize("sender", ["alice@example.com", "someone@remote.invalid", ""])
def test_mail_by_the_sendmail_command_is_never_refused_at_rcpt(with_command: World, sender: str) -> None:
    mark = with_command.daemon.mark()
    word = f"command-{len(sender)}"
    sendmail(with_command, sender, "someone@remote.invalid", message("anybody@example.com", f"Subject: {word}"))
    with_command.sent(word)
    record = with_command.daemon.wait_for_records(mark)[-1]
    assert (record["verdict"], record["login"]) == ("accept", None)


def test_a_virtual_alias_is_not_refused_because_postfix_calls_its_mailer_error() -> None:
    """{rcpt_mailer} of valid virtual aliases is `error`; their domain is in no policy here."""
    with World(settings={"virtual_alias_domains": "aliases.example", "smtpd_authorized_xclient_hosts": "127.0.0.1",
                         "virtual_alias_maps": "inline:{ {team@aliases.example = someone@remote.invalid} }"}) as world:
        mark = world.daemon.mark()
        with world.session("smtp") as session:
            session.mail("someone@remote.invalid")
            assert session.rcpt("team@aliases.example").ok
            record = world.accepted(session.data(message("someone@remote.invalid")), mark)
        assert record["mailer"] == "error"
        assert world.daemon.log()[mark:].count("aliases.example") >= 2, "no warning of the unlisted domain"


def test_other_refusals_of_postfix_are_not_ours_to_record() -> None:
    with World(settings={"virtual_mailbox_maps": "inline:{ {alice@example.com = alice/} }",
                         "smtpd_recipient_restrictions": "check_recipient_access inline:{ {bad@example.com = REJECT no} }",
                         }) as world:
        mark = world.daemon.mark()
        with world.session("smtp") as session:
            session.mail("someone@remote.invalid")
            assert session.rcpt("nobody@example.com").code == 550
            assert session.rcpt("bad@example.com").code == 554
            assert session.rcpt("alice@example.com").ok
            world.accepted(session.data(message("someone@remote.invalid")), mark)
        assert [record["verdict"] for record in world.daemon.records(mark)] == ["accept"]


def test_a_granted_network_outside_mynetworks_is_told_so_in_the_record() -> None:
    """We only refuse: a grant without Postfix's own permission does not relay."""
    with World(mynetworks="192.0.2.255/32") as world:
        mark = world.daemon.mark()
        with world.session("smtp", client="192.0.2.9") as session:
            session.mail("floor2@printers.example.com")
            assert session.rcpt("someone@remote.invalid").code == 554
        record = world.daemon.wait_for_records(mark)[0]
        assert record["verdict"] == "mta-reject", record.line


def test_monitor_mode_refuses_nothing_and_records_what_it_would_have() -> None:
    with World('mode = "monitor"\n' + POLICY) as world:
        mark = world.daemon.mark()
        with world.session("submissions", login="alice@example.com") as session:
            assert session.mail("bob@example.com").ok
            assert session.rcpt("someone@remote.invalid").ok
            assert session.data(message("mallory@example.com")).code == 250
        records = world.daemon.wait_for_records(mark, 2)
        assert {record["cause"] for record in records} >= {"sender-not-owned", "from-not-owned"}
        assert {record["verdict"] for record in records} <= {"monitor", "accept"}
        assert all((record["reply"] or "").startswith("550 5.7.1") for record in records if record["verdict"] == "monitor")


def test_a_helo_of_the_servers_own_address_is_forged() -> None:
    with World(POLICY + '\n[cause.helo-forged]\naction = "reject"\n') as world:
        mark = world.daemon.mark()
        with world.session("smtp", client=None) as session:
            session.xclient(addr=STRANGER, name="[UNAVAILABLE]", destaddr="192.0.2.25", destport="25")
            session.ehlo("[192.0.2.25]")
            world.refused(session.mail("someone@remote.invalid"), "helo-forged", mark)


def test_a_lookup_that_fails_puts_off_what_it_left_undecided(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = tmp_path_factory.mktemp("sasl")
    (config / "relaypermit.conf").write_text(f"auxprop_plugin: sasldb\nsasldb_path: {config}/missing\n")
    table = f'\n[[alias_table]]\nid = "directory"\ntype = "sasl"\nconfig = "{config}"\n'
    with World(POLICY + table) as world:
        with world.session("submissions", login="alice@example.com") as session:
            mark = world.daemon.mark()
            record = world.refused(session.mail("bob@example.com"), "lookup-failed", mark)
            assert (record["verdict"], record.rules) == ("tempfail", ["directory"])
            assert (record["reply"] or "").startswith("450 4.3.0")
            # What the file itself grants needs no lookup.
            mark = world.daemon.mark()
            session.mail("orders@example.com")
            session.rcpt("someone@remote.invalid")
            world.accepted(session.data(message("orders@example.com")), mark)


def test_passwords_never_stand_in_the_log(world: World) -> None:
    assert PASSWORD not in world.daemon.log()
