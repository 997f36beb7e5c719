"""The relaypermit program and configurations of Cyrus SASL: one a process, so each run is its own.

No mail server is needed here; what alias tables decide behind a real one is tested in tests/mta.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
RELAYPERMIT = BUILD / "tool" / "commands" / "relaypermit"

SQL_SELECT = "sql_select: SELECT %p FROM users WHERE user = '%u' AND realm = '%r'\n"
SQL_UPDATE = "sql_update: UPDATE users SET %p = '%v' WHERE user = '%u' AND realm = '%r'\n"


class Sasl:
    """A directory with relaypermit.conf and what its plugins read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.users = directory / "users.db"
        self.sasldb = directory / "sasldb2"
        self.policy = directory / "policy.toml"
        self.policy.write_text(
            '[relay]\nhosted_domains = ["example.com"]\n[[alias_table]]\nid = "sasl-directory"\ntype = "sasl"\n'
            f'config = "{directory}"\n')

    def configure(self, text: str) -> None:
        """Writes relaypermit.conf; {sasldb}, {users} and {directory} are filled in."""
        (self.directory / "relaypermit.conf").write_text(
            text.format(sasldb=self.sasldb, users=self.users, directory=self.directory))

    def create_users(self, *rows: tuple[str, str | None]) -> None:
        """An SQLite database with these users of example.com and what they may send as."""
        with closing(sqlite3.connect(self.users)) as database, database:
            database.execute("CREATE TABLE users (user TEXT, realm TEXT, userPassword TEXT, sendAs TEXT)")
            database.executemany("INSERT INTO users VALUES (?, 'example.com', 'secret', ?)", rows)

    def rows(self) -> list[tuple[str, str | None]]:
        with closing(sqlite3.connect(self.users)) as database:
            return database.execute("SELECT user, sendAs FROM users ORDER BY user").fetchall()

    def add_account(self, user: str) -> None:
        """To sasldb, by SASL's own tool."""
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", self.sasldb, "-u", "example.com", user],
                       input="secret", text=True, check=True)

    def property(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """relaypermit sasl-property of the policy's table."""
        return subprocess.run([RELAYPERMIT, "sasl-property", "-c", self.policy, *arguments],
                              capture_output=True, text=True, check=False, timeout=60)

    def explain(self, login: str, sender: str) -> dict:
        """What the whole policy decides of a message."""
        ran = subprocess.run([RELAYPERMIT, "explain", "--json", "-c", self.policy, f"--login={login}",
                              f"--sender={sender}", f"--from={sender}"],
                             capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode in (0, 1), ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture(name="sasl")
def _sasl(tmp_path: Path) -> Sasl:
    return Sasl(tmp_path)
