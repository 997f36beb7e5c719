"""A PostgreSQL, MariaDB, slapd and SQLite with the rows of a test, as Postfix asks them and as a policy does."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from daemon import TREE

sys.path.insert(0, str(TREE / "tests/tables_servers"))

from servers import ROWS, Certificates, Ldap, Mysql, Postgresql, Server  # noqa: E402

__all__ = ["BASE", "ROWS", "Databases"]

BASE = "ou=people,dc=example,dc=com"


class Databases:
    """`statements` are done in each that has SQL."""

    def __init__(self, folder: Path, statements: Sequence[str]) -> None:
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        certificates = Certificates(folder / "authority")
        self.servers: dict[str, Server] = {}
        try:
            for name, kind in (("mysql", Mysql), ("pgsql", Postgresql), ("ldap", Ldap)):
                self.servers[name] = kind(folder / name, certificates)
            self.servers["mysql"].sql("USE mail; " + "; ".join(statements))
            self.servers["pgsql"].sql("; ".join(statements))
        except BaseException:
            self.end()
            raise
        with closing(sqlite3.connect(folder / "rows.db")) as database:
            database.executescript("; ".join(statements))

    @property
    def ldap(self) -> Server:
        return self.servers["ldap"]

    def write(self, path: Path, kind: str, query: str, more: str = "") -> None:
        """The file of a table of Postfix; of LDAP the query is a filter."""
        if kind == "sqlite":
            lines = f"dbpath = {self.folder}/rows.db\nquery = {query}\n"
        elif kind == "ldap":
            lines = (f"server_host = ldap://127.0.0.1:{self.ldap.port}\nversion = 3\nbind = yes\n"
                     f"bind_dn = cn=reader,dc=example,dc=com\nbind_pw = {self.ldap.password_file.read_text()}"
                     f"search_base = {BASE}\nquery_filter = {query}\n{more or 'result_attribute = uid'}\n")
        else:
            user, name = {"mysql": ("reader", "mail"), "pgsql": ("postgres", "postgres")}[kind]
            server = self.servers[kind]
            lines = (f"hosts = {'inet:' * (kind == 'mysql')}127.0.0.1:{server.port}\nuser = {user}\n"
                     f"password = {server.password_file.read_text()}dbname = {name}\nquery = {query}\n")
        path.write_text(lines)

    def here(self, policy: str) -> str:
        """An imported policy with the passwords of this world, and without sockets."""
        files = {server.kind: str(server.password_file) for server in self.servers.values()}
        sections = [re.sub(r'"/etc/relaypermit/[^"/]*\.password"', lambda _, kind=kind: f'"{files[kind[1]]}"', section)
                    if (kind := re.search(r'^type = "(\w+)"$', section, re.MULTILINE)) and kind[1] in files else section
                    for section in re.split(r"(?=^\[)", policy, flags=re.MULTILINE)]
        return re.sub(r"\n\[listen\]\n.*?\n(?=\n)", "\n", "".join(sections), flags=re.DOTALL).replace(
            'store = "/var/lib/relaypermit/decisions.db"', 'syslog = true')

    def end(self) -> None:
        for server in self.servers.values():
            server.end()
