"""A query that fails is no answer: the sql plugin itself calls it "no such user"."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from conftest import SQL_SELECT, Sasl

ALICE = "alice@example.com"
SQL = "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_database: {users}\n"


@pytest.fixture(name="sql")
def _sql(sasl: Sasl) -> Iterator[Sasl]:
    sasl.configure(SQL + SQL_SELECT)
    sasl.create_users(("alice", "info@example.org"))
    yield sasl


def missing(sasl: Sasl) -> None:
    sasl.users.unlink()


def without_its_table(sasl: Sasl) -> None:
    with closing(sqlite3.connect(sasl.users)) as database, database:
        database.execute("DROP TABLE users")


def without_the_column(sasl: Sasl) -> None:
    with closing(sqlite3.connect(sasl.users)) as database, database:
        database.execute("ALTER TABLE users RENAME COLUMN sendAs TO other")


def rubbish(sasl: Sasl) -> None:
    sasl.users.write_bytes(b"this is no database" * 1000)


def a_directory(sasl: Sasl) -> None:
    sasl.users.unlink()
    sasl.users.mkdir()


@pytest.mark.parametrize("spoil", [missing, without_its_table, without_the_column, rubbish, a_directory])
def test_a_database_that_is_spoiled_is_no_answer(sql: Sasl, spoil: Callable[[Sasl], None]) -> None:
    spoil(sql)
    for login in (ALICE, "nobody@example.com"):
        assert sql.explain(login, "info@example.org")["cause"] == "lookup-failed"
    ran = sql.property(ALICE)
    assert (ran.returncode, ran.stdout) == (2, "") and "sql plugin" in ran.stderr, ran.stderr


def test_a_database_that_is_locked_is_no_answer(sql: Sasl) -> None:
    with closing(sqlite3.connect(sql.users, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert sql.property(ALICE).stderr == "relaypermit: libsasl2: sql plugin: database is locked\n"
        assert sql.explain("nobody@example.com", "info@example.org")["cause"] == "lookup-failed"
        database.execute("COMMIT")
    assert sql.explain(ALICE, "info@example.org")["rule"] == ["sasl-directory"]
    assert sql.explain("nobody@example.com", "info@example.org")["cause"] == "sender-not-hosted"


def test_a_statement_that_is_none_is_no_answer(sasl: Sasl) -> None:
    sasl.configure(SQL + "sql_select: SELECT %p FORM users\n")
    sasl.create_users(("alice", "info@example.org"))
    assert "syntax error" in sasl.property(ALICE).stderr
    assert sasl.explain(ALICE, "info@example.org")["cause"] == "lookup-failed"


def test_a_login_without_a_row_is_one_that_sasl_does_not_know(sql: Sasl) -> None:
    ran = sql.property("nobody@example.com")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "relaypermit: SASL does not know the login nobody@example.com\n"


def test_a_table_without_passwords_answers_what_it_has(sql: Sasl) -> None:
    with closing(sqlite3.connect(sql.users)) as database, database:
        database.execute("ALTER TABLE users DROP COLUMN userPassword")
    assert sql.explain(ALICE, "info@example.org")["rule"] == ["sasl-directory"]
    assert sql.explain("nobody@example.com", "info@example.org")["cause"] == "sender-not-hosted"
    ran = sql.property("nobody@example.com")  # SASL cannot tell whether it knows the login
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
