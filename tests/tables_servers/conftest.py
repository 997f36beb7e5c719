"""Alias tables and the databases that answer them: table_program.cpp asks, one process a table.

No mail server is needed here; servers are started by servers.py, on loopback.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import Certificates, Server

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
TABLE_PROGRAM = BUILD / "tests" / "table_program"

# What a login or an address may hold that a query, a filter or a protocol could take for its own.
HOSTILE = [
    b"'", b"' OR '1'='1", b"alice@example.com' --", b'"', b"\\", b"\\'", b"alice@example.com\\", b"%", b"_lice@example.com",
    b"al%@example.com", b"*", b"*)(uid=*", b"a*", b"(|(uid=*))", b"alice@example.com%00", b"%s%n", b"$1", b":login", b"?",
    b"alice@example.com\0", b"\0", b"a\nb", b"GET x\r\nDEL y", b"x" * 10_000, b"\xff\xfe", b"{login}", b";DROP TABLE senders",
]


@pytest.fixture(name="started", scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[type[Server]], Server]]:
    """started(kind): the one server of it, for all tests; each leaves it as it was."""
    certificates = Certificates(tmp_path_factory.mktemp("authority") / "tls")
    servers: dict[type[Server], Server] = {}

    def started(kind: type[Server]) -> Server:
        if kind not in servers:
            servers[kind] = kind(tmp_path_factory.mktemp(kind.kind) / "server", certificates)
        return servers[kind]

    yield started
    for server in servers.values():
        server.end()


class Table:
    """One table, opened by a process of its own."""

    def __init__(self, policy: Path, log: Path) -> None:
        environment = {**os.environ, "RELAYPERMIT_MODULES": str(BUILD / "modules")}
        with log.open("a") as errors:
            self.process = subprocess.Popen([TABLE_PROGRAM, policy], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True, env=environment)
        line = self.process.stdout.readline()
        assert line, log.read_text()
        self.opened = json.loads(line)

    def say(self, **asked: object) -> dict:
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"ended: {self.process.wait()}"
        return json.loads(line)

    def ask(self, login: str | bytes, sender: str | bytes = b"") -> dict:
        """known, values, why, ms of one lookup."""
        login, sender = (text if isinstance(text, bytes) else text.encode() for text in (login, sender))
        return self.say(login=login.hex(), sender=sender.hex())

    def ask_domain(self, domain: bytes) -> dict:
        """The same of a domain table."""
        return self.say(domain=domain.hex())

    def ask_by_threads(self, login: str, seconds: float, threads: int = 8) -> dict:
        return self.say(login=login.encode().hex(), threads=threads, seconds=seconds)

    def peak_mb(self) -> float:
        """Of its resident memory, until now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> int:
        self.process.stdin.close()
        ended = self.process.wait(timeout=30)
        self.process.stdout.close()
        return ended


@pytest.fixture(name="open_table")
def _open_table(tmp_path: Path) -> Iterator[Callable[..., Table]]:
    """open_table(lines, fails, header): of [[alias_table]], which may be unfit. The program has to end well."""
    tables: list[Table] = []

    def open_table(lines: str, fails: bool = False, header: str = "alias_table") -> Table:
        policy = tmp_path / f"policy{len(tables)}.toml"
        policy.write_text('[relay]\nhosted_domains = ["example.com"]\n' f'[[{header}]]\nid = "table"\n{lines}')
        tables.append(Table(policy, tmp_path / "errors"))
        assert fails or "error" not in tables[-1].opened, tables[-1].opened
        return tables[-1]

    yield open_table
    assert [table.close() for table in tables] == [0] * len(tables), (tmp_path / "errors").read_text()
