"""relaypermit sasl-property, on each plugin: what it says it wrote is what is there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import SQL_SELECT, SQL_UPDATE, Sasl

ALICE, NOBODY = "alice@example.com", "nobody@example.com"
SASLDB = "auxprop_plugin: sasldb\nsasldb_path: {sasldb}\n"
SQL = "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_database: {users}\n" + SQL_SELECT
WROTE_NOTHING = "relaypermit: SASL took the change and did not make it; in relaypermit.conf, sql_update "


@pytest.fixture(name="plugin", params=[SASLDB, SQL + SQL_UPDATE], ids=["sasldb", "sql"])
def _plugin(sasl: Sasl, request: pytest.FixtureRequest) -> Sasl:
    sasl.configure(request.param)
    sasl.add_account("alice")
    sasl.create_users(("alice", None), ("bob", "b@example.org"))
    return sasl


def test_it_sets_adds_takes_away_and_lists(plugin: Sasl) -> None:
    for arguments, left in [
            (["list"], ""),
            (["set", "b@example.org", "a@example.org"], "a@example.org\nb@example.org\n"),
            (["add", "*@example.net"], "*@example.net\na@example.org\nb@example.org\n"),
            (["del", "a@example.org"], "*@example.net\nb@example.org\n"),
            (["set", "c@example.org"], "c@example.org\n"),
            (["del", "c@example.org"], ""),
            (["add", "d@example.org"], "d@example.org\n")]:
        ran = plugin.property(ALICE, *arguments)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, left, ""), arguments
        assert plugin.property(ALICE).stdout == left
    assert plugin.rows()[1] == ("bob", "b@example.org")


def test_the_last_sender_can_go(plugin: Sasl) -> None:
    assert plugin.property(ALICE, "set", "a@example.org").returncode == 0
    ran = plugin.property(ALICE, "del", "a@example.org")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert plugin.explain(ALICE, "a@example.org")["cause"] == "sender-not-hosted"
    assert plugin.property(ALICE, "del", "a@example.org").returncode == 1


@pytest.mark.parametrize("action", ["set", "add"])
def test_it_makes_no_account_of_a_login_that_sasl_does_not_know(plugin: Sasl, action: str) -> None:
    ran = plugin.property(NOBODY, action, "a@example.org")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (f"relaypermit: SASL does not know the login {NOBODY}: --force keeps senders for it "
                          "nevertheless\n")
    assert "SASL does not know" in plugin.property(NOBODY).stderr


def test_force_keeps_senders_for_a_login_that_sasldb_does_not_know(sasl: Sasl) -> None:
    sasl.configure(SASLDB)
    sasl.add_account("alice")
    assert sasl.property(NOBODY, "set", "a@example.org", "--force").stdout == "a@example.org\n"
    assert sasl.property(NOBODY).stdout == "a@example.org\n"


@pytest.mark.parametrize("action", [["set", "a@example.org"], ["add", "a@example.org"], ["del", "info@example.org"]])
def test_it_says_where_the_sql_plugin_wrote_nothing(sasl: Sasl, action: list[str]) -> None:
    sasl.configure(SQL)
    sasl.create_users(("alice", "info@example.org"))
    ran = sasl.property(ALICE, *action)
    assert (ran.returncode, ran.stdout) == (2, "") and ran.stderr.startswith(WROTE_NOTHING), ran.stderr
    assert sasl.rows() == [("alice", "info@example.org")]


def test_it_says_where_the_login_has_no_row(sasl: Sasl) -> None:
    sasl.configure(SQL + SQL_UPDATE)
    sasl.create_users(("alice", "info@example.org"))
    ran = sasl.property(NOBODY, "set", "a@example.org", "--force")
    assert (ran.returncode, ran.stdout) == (2, "") and ran.stderr.startswith(WROTE_NOTHING), ran.stderr


def test_it_says_why_the_database_refuses_to_write(sasl: Sasl) -> None:
    sasl.configure(SQL + "sql_update: UPDATE nosuch SET x = '%v'\n")
    sasl.create_users(("alice", "info@example.org"))
    ran = sasl.property(ALICE, "set", "a@example.org")
    assert (ran.returncode, ran.stderr) == (2, "relaypermit: libsasl2: sql plugin: no such table: nosuch\n")


def test_changes_at_the_same_time_lose_none(plugin: Sasl) -> None:
    senders = [f"sender{n}@example.org" for n in range(8)]
    with ThreadPoolExecutor(len(senders)) as together:
        for ran in together.map(lambda sender: plugin.property(ALICE, "add", sender), senders):
            assert ran.returncode == 0, ran.stderr
    assert plugin.property(ALICE).stdout.split() == senders


@pytest.mark.parametrize("name", ["userPassword", "USERPASSWORD", "cmusaslsecretPLAIN", "CMUsaslSecretOTP"])
def test_it_neither_shows_nor_writes_passwords(plugin: Sasl, name: str) -> None:
    for action in (["list"], ["set", "a@example.org"]):
        ran = plugin.property(ALICE, *action, f"--directory={plugin.directory}", f"--property={name}")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == f"relaypermit: `{name}` is where SASL keeps passwords, not senders\n"
