"""What relaypermit.conf says is what libsasl2 reads in it, however it is spelled."""

from __future__ import annotations

import pytest

from conftest import SQL_SELECT, SQL_UPDATE, Sasl

ALICE = "alice@example.com"

# Spellings by which the sql plugin is asked, with its SQLite engine.
SQL_SPELLINGS = {
    "as documented": "auxprop_plugin: sql\nsql_engine: sqlite3\n",
    "a plugin in capitals": "auxprop_plugin: SQL\nsql_engine: sqlite3\n",
    "an engine in capitals": "auxprop_plugin: sql\nsql_engine: SQLite3\n",
    "an option in capitals": "auxprop_plugin: sql\nSQL_ENGINE: sqlite3\n",
    "all in capitals": "AUXPROP_PLUGIN: SQL\nSQL_ENGINE: SQLITE3\n",
    "an engine named twice": "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_engine: mysql\n",
    "a plugin named twice": "auxprop_plugin: sql\nauxprop_plugin: sasldb\nsql_engine: sqlite3\n",
    "after another": "auxprop_plugin: nosuch sql\nsql_engine: sqlite3\n",
    "apart by tabs": "auxprop_plugin: nosuch\tsql\nsql_engine: sqlite3\n",
    "indented": "  auxprop_plugin: sql\n\tsql_engine: sqlite3\n",
}
ATTACKS = ["a'; drop table users; --@example.com", "a\\'; drop table users; --@example.com", 'x"y@example.com',
           "alice@example.com'; drop table users; --"]


@pytest.fixture(name="sql", params=SQL_SPELLINGS.values(), ids=SQL_SPELLINGS.keys())
def _sql(sasl: Sasl, request: pytest.FixtureRequest) -> Sasl:
    sasl.configure(request.param + "sql_database: {users}\n" + SQL_SELECT + SQL_UPDATE)
    sasl.create_users(("alice", "info@example.org"), ("bob", "sales@example.org"))
    return sasl


def test_the_property_is_read_however_the_plugin_is_spelled(sql: Sasl) -> None:
    assert sql.property(ALICE).stdout == "info@example.org\n"


@pytest.mark.parametrize("login", ATTACKS)
def test_no_login_ends_a_statement(sql: Sasl, login: str) -> None:
    for action in (["list"], ["set", "x@example.org"], ["del", "x@example.org"]):
        ran = sql.property(login, *action)
        assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    assert sql.rows() == [("alice", "info@example.org"), ("bob", "sales@example.org")]


@pytest.mark.parametrize("sender", ["/x\\'--/", "/x'--/", '"x y"@example.org', "/^a\\.b@example\\.org$/"])
def test_no_value_ends_a_statement(sql: Sasl, sender: str) -> None:
    ran = sql.property(ALICE, "set", sender)
    assert (ran.returncode, ran.stdout) == (2, ""), ran.stderr
    assert sql.rows() == [("alice", "info@example.org"), ("bob", "sales@example.org")]


def test_a_quote_is_nothing_special_where_sasldb_is_the_only_plugin(sasl: Sasl) -> None:
    sasl.configure("Auxprop_Plugin:  SASLDB\nauxprop_plugin: sql\nsasldb_path: {sasldb}\n")
    sasl.add_account("o'brien")
    assert sasl.property("o'brien@example.com", "set", "/^a\\.b@example\\.org$/").returncode == 0
    assert sasl.property("o'brien@example.com").stdout == "/^a\\.b@example\\.org$/\n"


ALONE = ""
BESIDE = ", and auxprop_plugin in relaypermit.conf does not leave sasldb out"


@pytest.mark.parametrize("plugins, hint", [
    ("auxprop_plugin: sasldb\n", ALONE), ("auxprop_plugin: SASLDB\n", ALONE), ("Auxprop_Plugin: sasldb\n", ALONE),
    ("auxprop_plugin: sasldb\nauxprop_plugin: sql\n", ALONE), ("auxprop_plugin: sasldb sql\n", BESIDE),
    ("auxprop_plugin: nosuch SaslDB\n", BESIDE), ("", BESIDE)])
def test_a_database_that_is_missing_is_not_taken_for_one_without_the_login(sasl: Sasl, plugins: str, hint: str) -> None:
    sasl.configure(plugins + "sasldb_path: {sasldb}\n")
    ran = sasl.property(ALICE)
    assert (ran.returncode, ran.stderr) == (2, f"relaypermit: `{sasl.sasldb}` is missing{hint}\n")
    assert sasl.explain(ALICE, "info@example.org")["cause"] == "lookup-failed"
    sasl.add_account("alice")
    assert sasl.explain(ALICE, "info@example.org")["cause"] == "sender-not-hosted"


def test_a_colon_in_the_directory_does_not_lead_libsasl2_to_another(sasl: Sasl) -> None:
    sasl.configure("auxprop_plugin: sasldb\nsasldb_path: {sasldb}\n")
    sasl.add_account("alice")
    assert sasl.property(ALICE, "set", "info@example.org").returncode == 0
    other = sasl.directory.with_name(sasl.directory.name + ":x")
    other.mkdir()
    (other / "relaypermit.conf").write_text("auxprop_plugin: sql\n")
    ran = sasl.property(ALICE, f"--directory={other}")
    assert (ran.returncode, ran.stderr) == (
        2, f"relaypermit: `{other}` holds a colon, which separates directories to libsasl2\n")
