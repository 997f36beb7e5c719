"""[[alias_table]] in files and on a server, with a real Postfix: who gets through, and what an outage does to whom."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import TREE, program, tool
from process import run, wait_for
from table_world import REMOTE, TableWorld
from world import POLICY, STRANGER, World, message

sys.path.insert(0, str(TREE / "tests/tables_servers"))

from servers import Certificates, Ldap, Mysql, Postgresql, Redis, Server, Socketmap  # noqa: E402

ALICE, BOB = "alice@example.com", "bob@example.com"


def table(lines: str) -> str:
    return f'\n[[alias_table]]\nid = "{TableWorld.table}"\ncache_s = 0\nnegative_cache_s = 0\n{lines}\n'


class FileWorld(TableWorld):
    """`lines` stand in the file that the table is, and `keys` in [[alias_table]]."""

    def __init__(self, lines: str, keys: str = "") -> None:
        super().__init__()
        self.file = self.daemon.directory / "senders"
        self.file.write_text(lines)
        self.daemon.write(POLICY + table(f'type = "file"\npath = "{self.file}"\n{keys}'))

    def put(self, lines: str) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(lines)
        new.rename(self.file)


def test_a_file_by_login_grants_what_it_says_and_follows_a_change() -> None:
    with FileWorld(f"{BOB}  info@example.org, *@shop.example.org\n") as world:
        world.may(BOB, "info@example.org", [world.table])
        world.may_not(BOB, "sales@example.org")
        world.may_not(ALICE, "info@example.org")
        world.put(f"{BOB}  sales@example.org\n")
        assert world.comes_to(BOB, "sales@example.org", 250).rules == [world.table]
        world.may_not(BOB, "info@example.org")


def test_a_file_by_sender_is_asked_as_postfix_asks_its_maps() -> None:
    lines = (f"info@example.org {BOB}\n@example.org {ALICE}\nteam@example.org {ALICE}, {BOB}\n")
    with FileWorld(lines, 'by = "sender"') as world:
        world.may(BOB, "info@example.org", [world.table])
        # The first answer hides @example.org.
        world.may_not(ALICE, "info@example.org")
        world.may(ALICE, "anybody@example.org", [world.table])
        world.may_not(BOB, "anybody@example.org")
        for login in (ALICE, BOB):
            world.may(login, "team@example.org", [world.table])
        # What it does not own, it does not take away.
        world.may(ALICE, ALICE, ["own-address"])


def test_a_file_that_is_missing_at_the_start_puts_off_whom_it_alone_could_let_through_until_it_is_there() -> None:
    world = FileWorld("")
    world.file.unlink()
    with world:
        assert "it is tried again, and until then whoever needs it is put off" in world.daemon.log()
        world.cannot_tell(BOB, "info@example.org")
        world.may(ALICE, ALICE, ["own-address"])
        world.put(f"{BOB}  info@example.org\n")
        assert world.comes_to(BOB, "info@example.org", 250).rules == [world.table]
        # What nobody has written to the end.
        world.put(f"{BOB}  info@example.org\n{ALICE}  *")
        world.may_not(ALICE, "sales@example.org")


def test_a_cdb_that_is_broken_in_place_puts_off_whom_it_alone_could_let_through() -> None:
    with FileWorld("") as world:
        text = world.file.with_suffix(".txt")
        text.write_text(f"{BOB}  info@example.org\n")
        compiled = world.file.with_suffix(".cdb")
        run([str(tool()), "table", "build", "--in", str(text), "--out", str(compiled)])
        world.daemon.write(POLICY + table(f'type = "cdb"\npath = "{compiled}"'))
        world.daemon.reload()
        world.may(BOB, "info@example.org", [world.table])
        compiled.write_bytes(b"\0" * 100)
        world.cannot_tell(BOB, "info@example.org")
        world.may(ALICE, ALICE, ["own-address"])
        run([str(tool()), "table", "build", "--in", str(text), "--out", str(compiled.with_suffix(".new"))])
        compiled.with_suffix(".new").rename(compiled)
        assert world.comes_to(BOB, "info@example.org", 250).rules == [world.table]


class ServerWorld(TableWorld):
    def __init__(self, server: Server) -> None:
        super().__init__()
        self.daemon.write(POLICY + table(server.lines(more="timeout_ms = 500\n")))


@pytest.fixture(name="server", params=[Postgresql, Mysql, Ldap, Redis, Socketmap], ids=lambda kind: kind.kind)
def _server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("RELAYPERMIT_MODULES", str(program().parents[1] / "modules"))
    server = request.param(tmp_path / request.param.kind, Certificates(tmp_path / "authority"))
    try:
        server.add(BOB, "info@example.org")
        yield server
    finally:
        server.end()


class Clients:
    """20 that send one message after the other until they are told to stop, and what they were answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: Counter[tuple[str, int]] = Counter()
        self.faults: list[BaseException] = []
        self.stop = threading.Event()
        self.lock = threading.Lock()
        pairs = [(BOB, "info@example.org")] * 8 + [(ALICE, ALICE)] * 6 + [(ALICE, "info@example.org")] * 6
        self.threads = [threading.Thread(target=self._send, args=pair) for pair in pairs]
        for thread in self.threads:
            thread.start()

    def _send(self, login: str, sender: str) -> None:
        while not self.stop.is_set():
            try:
                with self.world.session(login=login) as session:
                    reply = session.mail(sender)
                    if reply.ok:
                        assert session.rcpt(REMOTE).ok
                        reply = session.data(message(sender))
            except BaseException as fault:  # noqa: BLE001  # shown by the test
                self.faults.append(fault)
                return
            with self.lock:
                self.answers[f"{login} {sender}", reply.code] += 1

    def count(self, login: str, sender: str, code: int) -> int:
        with self.lock:
            return self.answers[f"{login} {sender}", code]

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(60)


def test_a_server_killed_under_20_clients_holds_up_those_alone_who_need_it(server: Server) -> None:
    with ServerWorld(server) as world:
        world.may(BOB, "info@example.org", [world.table])
        world.may_not(ALICE, "info@example.org")
        clients = Clients(world)
        try:
            wait_for("mail by the table", lambda: clients.count(BOB, "info@example.org", 250) > 10)
            server.kill()
            wait_for("mail put off", lambda: clients.count(BOB, "info@example.org", 450) > 20)
            # In the list of tables and among what is wrong.
            wait_for("status to say so", lambda: f"{world.table}: not asked but for a try" in world.daemon.tool("status").stdout)
            others, let_through = clients.count(ALICE, ALICE, 250), clients.count(BOB, "info@example.org", 250)
            wait_for("others' mail", lambda: clients.count(ALICE, ALICE, 250) > others + 10)
            assert clients.count(BOB, "info@example.org", 250) == let_through
            server.start()
            wait_for("mail by the table again", lambda: clients.count(BOB, "info@example.org", 250) > let_through + 10, 60)
            assert world.daemon.tool("status").returncode == 0
        finally:
            clients.end()
        assert clients.faults == []
        assert {key for key in clients.answers if key[0] == f"{ALICE} {ALICE}"} == {(f"{ALICE} {ALICE}", 250)}
        assert {code for who, code in clients.answers if who == f"{BOB} info@example.org"} == {250, 450}
        # Who has no right there gets through at no time: refused, or put off while nobody knows.
        assert {code for who, code in clients.answers if who == f"{ALICE} info@example.org"} == {450, 550}
        world.may(BOB, "info@example.org", [world.table])


class DomainWorld(TableWorld):
    """Whose people log in at example.com, which no list of the policy has, but its table."""

    table = "domains"

    def __init__(self, lines: str, role: str = "hosted", **options: dict[str, str]) -> None:
        super().__init__(**options)
        policy = POLICY.replace('"example.com", "example.org"', '"example.org"') if role == "hosted" else POLICY
        self.daemon.write(f'{policy}\n[[domain_table]]\nid = "{self.table}"\nrole = "{role}"\ncache_s = 0\n{lines}\n')


def test_domains_in_a_file_are_hosted_as_those_of_the_list(tmp_path: Path) -> None:
    file = tmp_path / "domains"
    file.write_text("# our customers\nexample.com\n")
    with DomainWorld(f'type = "file"\npath = "{file}"') as world:
        world.may(ALICE, ALICE, ["own-address"])
        world.may(ALICE, "alice+news@example.com", ["own-address"])
        # In the words for an address of this server.
        world.may_not(BOB, "boss@example.com", "sender-not-owned")
        world.may_not(BOB, "boss@gmail.invalid", "sender-not-hosted")
        new = file.with_suffix(".new")
        new.write_text("example.net\n")
        new.rename(file)
        assert world.comes_to(ALICE, ALICE, 550)["cause"] == "sender-not-hosted"


def test_a_domain_table_that_is_down_puts_off_those_alone_who_need_it(tmp_path: Path) -> None:
    server = Socketmap(tmp_path / "socketmap", Certificates(tmp_path / "authority"))
    server.senders["example.com"] = ["hosted"]
    try:
        with DomainWorld(server.lines(more="timeout_ms = 500\n")) as world:
            world.may(ALICE, ALICE, ["own-address"])
            assert server.keys[-1] == "example.com"
            server.kill()
            world.cannot_tell(ALICE, ALICE)
            # What the policy itself grants, and what is refused in any case.
            world.may(ALICE, "orders@example.com", ["shop-team"])
            world.may_not(BOB, "boss@gmail.invalid", "sender-not-hosted")
            server.start()
            assert world.comes_to(ALICE, ALICE, 250).rules == ["own-address"]
    finally:
        server.end()


def test_a_relay_domain_of_a_table_is_anybodys_to_write_to(tmp_path: Path) -> None:
    file = tmp_path / "partners"
    file.write_text("partner.invalid\n")
    with DomainWorld(f'type = "file"\npath = "{file}"', "relay", settings={"relay_domains": "partner.invalid, other.invalid", "relay_transport": "smtp"}) as world:
        for recipient, code in (("bob@partner.invalid", 250), ("bob@other.invalid", 550)):
            with world.session("smtp", client=STRANGER, tls=False) as session:
                assert session.mail("x@elsewhere.invalid").ok
                assert session.rcpt(recipient).code == code, recipient
