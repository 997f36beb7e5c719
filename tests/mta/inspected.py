"""A mail server whose decisions are stored, and the tool that inspects them.

The mail log of a machine is what its syslog daemon makes of everybody's lines in
the order in which they come; here MailLog does that, for Postfix and
relaypermitd.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from daemon import program
from process import wait_for
from record_line import Record
from world import POLICY, World, policy_for

EVERY_VERDICT = [word for verdict in ("accept", "reject", "tempfail", "monitor", "mta-reject")
                 for word in ("--verdict", verdict)]


class Inspected(World):
    """A World with a store. folder: of the store; default: the daemon's own."""

    def __init__(self, policy: str = POLICY, *, folder: Path | None = None, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.store = (folder or self.daemon.directory) / "decisions.db"
        self.write_policy(policy)

    def write_policy(self, policy: str) -> None:
        self.daemon.write(policy_for(self.postfix, f'{policy}\n[log]\nstore = "{self.store}"\n'))

    # -- the tool

    def command(self, *arguments: str | Path, policy: Path | None = None) -> list[str]:
        """policy: another one than relaypermitd's own."""
        name, *rest = arguments
        return [str(program().parent.parent / "tool/commands/relaypermit"), str(name),
                "-c", str(policy or self.daemon.policy_file), *map(str, rest)]

    def tool(self, *arguments: str | Path, code: int = 0, policy: Path | None = None) -> str:
        """What the tool prints, in UTC."""
        done = subprocess.run(self.command(*arguments, policy=policy), capture_output=True, text=True, check=False,
                              env={"TZ": "UTC", "COLUMNS": "100"}, timeout=60)
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json_lines(self, *arguments: str | Path, code: int = 0) -> list[dict]:
        return [json.loads(line) for line in self.tool(*arguments, "--json", code=code).splitlines()]

    # -- the store, read without the tool

    def query(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(sql).fetchall()

    def stored(self) -> int:
        """How many decisions the store holds; none while it is being made."""
        if not self.store.exists() or not self.query("select 1 from sqlite_schema where name = 'decision'"):
            return 0
        return int(self.query("select coalesce(sum(count), 0) from decision")[0][0])

    def wait_until_stored(self, number: int) -> None:
        wait_for(f"{number} decisions in the store", lambda: self.stored() >= number, 30)


def as_logged(row: dict) -> dict[str, str]:
    """A line of `log --json` with the keys and the texts of the record in the mail log."""
    def text(value: object) -> str:
        if isinstance(value, list):
            return ",".join(map(str, value)) or "-"
        return "-" if value in (None, 0, "") else str(value)
    return {key: text(value) for key, value in row.items()}


def same_decision(row: dict, record: Record) -> bool:
    """That a line of `log --json` says what the line in the mail log does."""
    shown = as_logged(row)
    return all(shown[key] == (value or "-") for key, value in record.values.items())


class MailLog:
    """The one mail log of a World, in a file of its own: call take() after each session."""

    def __init__(self, world: World, file: Path) -> None:
        self.world = world
        self.file = file
        self._postfix = len(world.postfix.log())
        self._daemon = world.daemon.mark()
        file.touch()

    def take(self, last: str = "", times: int = 1) -> None:
        """Takes over what is new; waits until the text `last` is in Postfix's part of it that often, which
        Postfix writes after the client has its reply."""
        begin = self._postfix
        wait_for(f"{last!r} {times} times in Postfix's log", lambda: self.world.postfix.log()[begin:].count(last) >= times)
        postfix = self.world.postfix.log()[begin:].rpartition("\n")[0]
        daemon = self.world.daemon.log()[self._daemon:].rpartition("\n")[0]
        self._postfix += len(postfix) + 1 if postfix else 0
        self._daemon += len(daemon) + 1 if daemon else 0
        stamp = time.strftime("%b %e %H:%M:%S", time.gmtime())
        with self.file.open("a") as out:
            out.write(postfix + "\n" if postfix else "")
            out.writelines(f"{stamp} mail {line}\n" for line in daemon.splitlines())
