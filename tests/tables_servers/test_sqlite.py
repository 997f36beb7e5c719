"""Alias tables in a file of SQLite."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import HOSTILE, Table


def database(path: Path, *rows: tuple[str, str | None], column: str = "sender") -> Path:
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"CREATE TABLE senders (login TEXT, {column} TEXT)")
        made.executemany("INSERT INTO senders VALUES (?, ?)", rows)
    return path


def lines(path: Path, query: str = "SELECT sender FROM senders WHERE login = :login", more: str = "") -> str:
    return f'type = "sqlite"\npath = "{path}"\nquery = "{query}"\n{more}'


@pytest.fixture(name="users")
def _users(tmp_path: Path) -> Path:
    return database(tmp_path / "users.db", ("alice@example.com", "sales@example.com"), ("alice@example.com", "@example.net"),
                    ("alice@example.com", None), ("x", "secret@example.com"))


def test_answers_the_values_of_all_rows(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users))
    assert table.opened == {"uses_login": True, "uses_sender": False, "for_whole_addresses": False}
    answer = table.ask("Alice@example.com")
    assert (answer["known"], answer["values"]) == (True, ["sales@example.com", "@example.net"])
    answer = table.ask("bob@example.com")
    assert (answer["known"], answer["values"], answer["why"]) == (True, [], "it has nothing for this key")


def test_gives_hostile_logins_nothing(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users))
    for login in HOSTILE:
        answer = table.ask(login)
        assert (answer["known"], answer["values"]) == (True, []), login
    assert len(table.ask("alice@example.com")["values"]) == 2


def test_binds_every_placeholder(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users, "SELECT :user || '+' || :domain || '+' || :sender || '+' || :login"))
    assert table.opened["uses_sender"]
    assert table.ask("Bob@Example.com", "S@x.org")["values"] == ["bob+example.com+s@x.org+bob@example.com"]
    answer = table.ask("bob", "s@x.org")
    assert (answer["known"], answer["values"], answer["why"]) == (
        True, [], "not asked: a placeholder of the query stands for nothing")


def test_sees_a_change_and_a_file_that_replaces_the_first(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users))
    table.ask("alice@example.com")
    with closing(sqlite3.connect(users)) as made, made:
        made.execute("INSERT INTO senders VALUES ('bob@example.com', 'info@example.com')")
    assert table.ask("bob@example.com")["values"] == ["info@example.com"]
    os.replace(database(users.with_suffix(".new"), ("bob@example.com", "new@example.com")), users)
    assert table.ask("bob@example.com")["values"] == ["new@example.com"]
    users.unlink()
    answer = table.ask("bob@example.com")
    assert (answer["known"], answer["why"]) == (False, f"`{users}`: No such file or directory")
    database(users, ("bob@example.com", "third@example.com"))
    assert table.ask("bob@example.com")["values"] == ["third@example.com"]


def test_calls_another_schema_and_damage_unknown(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users))
    os.replace(database(users.with_suffix(".new"), column="address"), users)
    assert table.ask("alice@example.com")["why"] == "the query: no such column: sender"
    users.write_bytes(b"SQLite format 3\0" + b"no database" * 999)
    answer = table.ask("alice@example.com")
    assert not answer["known"] and not answer["values"], answer


def test_waits_for_a_lock_no_longer_than_it_may(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users, more="timeout_ms = 200\n"))
    with closing(sqlite3.connect(users, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = table.ask("alice@example.com")
    assert (answer["known"], answer["why"]) == (False, "another process has the database locked")
    assert 100 < answer["ms"] < 400
    assert table.ask("alice@example.com")["values"]


def test_interrupts_a_query_that_takes_too_long(open_table: Callable[..., Table], users: Path) -> None:
    endless = ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
               "SELECT i FROM n WHERE i < 0 AND :login <> ''")
    answer = open_table(lines(users, endless, "timeout_ms = 200\n")).ask("alice@example.com")
    assert (answer["known"], answer["why"]) == (False, "timed out in the query")
    assert 190 < answer["ms"] < 400


@pytest.mark.parametrize(("query", "error"), [
    ("SELECT sendr FROM senders WHERE login = :login", "the query: no such column: sendr"),
    ("DELETE FROM senders WHERE login = :login RETURNING sender", "the query would change the database"),
    ("SELECT login, sender FROM senders WHERE login = :login", "the query has 2 columns, and one is wanted"),
])
def test_says_at_once_what_is_wrong_with_the_query(open_table: Callable[..., Table], users: Path, query: str,
                                                   error: str) -> None:
    assert open_table(lines(users, query), fails=True).opened == {"error": error}


def test_says_at_once_that_there_is_no_file(open_table: Callable[..., Table], tmp_path: Path) -> None:
    assert open_table(lines(tmp_path / "none.db"), fails=True).opened == {"error": f"`{tmp_path}/none.db`: No such file or directory"}


def test_reads_a_database_with_a_write_ahead_log(open_table: Callable[..., Table], users: Path) -> None:
    with closing(sqlite3.connect(users)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        table = open_table(lines(users))
        with writer:
            writer.execute("INSERT INTO senders VALUES ('bob@example.com', 'info@example.com')")
        assert table.ask("bob@example.com")["values"] == ["info@example.com"]


def test_answers_eight_threads_while_rows_change(open_table: Callable[..., Table], users: Path) -> None:
    table = open_table(lines(users))
    said = table.ask_by_threads("alice@example.com", 0.5)
    assert list(said["counts"]) == ["sales@example.com @example.net "]
