"""[[alias_table]] of type sasl: Postfix with Cyrus SASL, and rights kept beside the passwords.

Postfix checks passwords in a sasldb; relaypermitd reads the `sendAs` property of
the login there, or in an SQLite database by SASL's sql plugin. A chrooted
Postfix has a link of its own to its sasldb, so that a test can take
relaypermitd's away while logins go on.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import sasl_property
from daemon import TREE, tool
from process import NotReady, run, wait_for
from table_world import TableWorld
from world import PASSWORD, POLICY

ALICE, BOB = "alice@example.com", "bob@example.com"
TABLE = """
[[alias_table]]
id       = "sasl-directory"
type     = "sasl"
config   = "%s"
property = "sendAs"
cache_s  = %d
timeout_ms = %d
"""


class SaslWorld(TableWorld):
    """A World with a table whose relaypermit.conf is `conf`; {sasldb} and {directory} in it are filled in."""

    table = "sasl-directory"

    def __init__(self, conf: str, *, logins: tuple[str, ...] = (), cache_s: int = 0, timeout_ms: int = 5000) -> None:
        super().__init__()
        for login in logins:
            self.postfix.accounts[login] = PASSWORD
        self.sasldb = self.postfix.directory / "sasl/sasldb2"
        self.config = self.postfix.directory / "relaypermit-sasl"
        self.config.mkdir()
        (self.config / "relaypermit.conf").write_text(conf.format(sasldb=self.sasldb, directory=self.config))
        self.daemon.write(POLICY + TABLE % (self.config, cache_s, timeout_ms))


SASLDB = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {sasldb}\n"


# libsasl2 has this account as alice of the realm example.com@example.org; the policy's realm is behind the last @.
TWICE = "alice@example.com@example.org"


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[SaslWorld]:
    with SaslWorld(SASLDB, logins=(TWICE,)) as world:
        yield world


# -- sasldb


def test_a_login_may_send_as_what_its_property_says_and_as_nothing_else(world: SaslWorld) -> None:
    sasl_property.store(world.config, BOB, "info@example.org, *@list.example.net bounce-*@example.com")
    world.may(BOB, "info@example.org", ["sasl-directory"])
    world.may(BOB, "anybody@list.example.net", ["sasl-directory"])
    world.may(BOB, "bounce-7@example.com", ["sasl-directory"])
    world.may_not(BOB, "sales@example.org")
    world.may_not(BOB, "x@elsewhere.example.net", "sender-not-hosted")
    world.may_not(ALICE, "info@example.org")


def test_its_own_address_and_a_grant_of_the_file_need_no_table(world: SaslWorld) -> None:
    world.may(ALICE, ALICE, ["own-address"])
    world.may(ALICE, "orders@example.com", ["shop-team"])


def test_a_property_that_is_changed_counts_at_once_without_a_cache(world: SaslWorld) -> None:
    sasl_property.store(world.config, ALICE, "first@example.org")
    world.may(ALICE, "first@example.org", ["sasl-directory"])
    sasl_property.store(world.config, ALICE, "second@example.org")
    world.may_not(ALICE, "first@example.org")
    world.may(ALICE, "second@example.org", ["sasl-directory"])


def test_an_entry_that_is_no_pattern_is_said_and_the_others_count(world: SaslWorld) -> None:
    sasl_property.store(world.config, BOB, "a@b@c@ good@example.org")
    world.may(BOB, "good@example.org", ["sasl-directory"])
    world.daemon.wait_for_log("alias table sasl-directory: entry `a@b@c@` of login bob@example.com")


def test_a_login_that_sasl_splits_elsewhere_has_no_rights_of_another(world: SaslWorld) -> None:
    sasl_property.store(world.config, ALICE, "info@example.org")
    sasl_property.store(world.config, TWICE, "sales@example.org")
    world.may(ALICE, "info@example.org", ["sasl-directory"])
    for sender in ("info@example.org", "sales@example.org", ALICE):
        world.may_not(TWICE, sender)
    world.may_not(ALICE, "sales@example.org")


def sasl_property_command(world: SaslWorld, *arguments: str) -> str:
    """Its output, with the policy of the running daemon."""
    return run([str(tool()), "sasl-property", "-c", str(world.daemon.policy_file), *arguments])


def test_what_the_tool_writes_counts_once_older_answers_have_expired() -> None:
    with SaslWorld(SASLDB, cache_s=1) as world:
        world.may_not(BOB, "info@example.org")
        assert sasl_property_command(world, BOB, "add", "info@example.org") == "info@example.org\n"
        assert world.comes_to(BOB, "info@example.org", 250).rules == ["sasl-directory"]
        world.may_not(ALICE, "info@example.org")
        assert sasl_property_command(world, BOB, "add", "x@example.org") == "info@example.org\nx@example.org\n"
        assert sasl_property_command(world, BOB, "del", "info@example.org") == "x@example.org\n"
        assert world.comes_to(BOB, "info@example.org", 550)["cause"] == "sender-not-owned"
        world.may(BOB, "x@example.org", ["sasl-directory"])
        assert sasl_property_command(world, BOB) == "x@example.org\n"


def missing(database: Path) -> None:
    database.unlink()


def a_directory(database: Path) -> None:
    database.unlink()
    database.mkdir()


def rubbish(database: Path) -> None:
    # Not in place: Postfix has a link to the same file.
    database.unlink()
    database.write_bytes(b"this is no Berkeley DB" * 1000)


def put_back(kept: Path, database: Path) -> None:
    """The database in one step, as an admin's script puts a new one in place."""
    if database.is_dir():
        database.rmdir()
    new = database.with_name("new")
    shutil.copy(kept, new)
    new.rename(database)


@pytest.mark.parametrize("spoil", [missing, a_directory, rubbish])
def test_without_its_database_what_it_would_decide_is_put_off_and_nothing_else(
        world: SaslWorld, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    sasl_property.store(world.config, BOB, "info@example.org")
    kept = tmp_path / "kept"
    shutil.copy(world.sasldb, kept)
    spoil(world.sasldb)
    try:
        world.cannot_tell(BOB, "info@example.org")
        world.cannot_tell(BOB, "sales@example.org")
        world.may(BOB, BOB, ["own-address"])
        world.may(ALICE, "orders@example.com", ["shop-team"])
    finally:
        put_back(kept, world.sasldb)
    world.may(BOB, "info@example.org", ["sasl-directory"])
    world.may_not(BOB, "sales@example.org")


def test_a_database_replaced_while_it_runs_is_asked_from_the_next_message_on(world: SaslWorld, tmp_path: Path) -> None:
    sasl_property.store(world.config, BOB, "old@example.org")
    kept = tmp_path / "kept"
    shutil.copy(world.sasldb, kept)
    sasl_property.store(world.config, BOB, "new@example.org")
    world.may(BOB, "new@example.org", ["sasl-directory"])
    put_back(kept, world.sasldb)
    world.may(BOB, "old@example.org", ["sasl-directory"])
    world.may_not(BOB, "new@example.org")


def test_a_database_that_it_may_not_read_puts_off_what_it_would_decide() -> None:
    unprivileged = SaslWorld(SASLDB)
    unprivileged.daemon.user, unprivileged.daemon.group = "nobody", "postfix"
    unprivileged.postfix.own("spool/relaypermit", "nobody", "postfix", 0o750)
    with unprivileged as world:
        shutil.chown(world.sasldb, "postfix", "postfix")
        world.sasldb.chmod(0o600)
        world.cannot_tell(BOB, "info@example.org")
        world.may(BOB, BOB, ["own-address"])
        world.sasldb.chmod(0o644)
        world.may_not(BOB, "info@example.org")


def test_an_answer_in_the_cache_outlives_the_database() -> None:
    with SaslWorld(SASLDB, cache_s=3600) as world:
        sasl_property.store(world.config, BOB, "info@example.org")
        world.may(BOB, "info@example.org", ["sasl-directory"])
        world.sasldb.unlink()
        world.may(BOB, "info@example.org", ["sasl-directory"])
        world.may_not(BOB, "sales@example.org")
        world.cannot_tell(ALICE, "info@example.org")


@pytest.mark.parametrize("method", ["saslauthd", "authdaemond", "no-such-method"])
def test_no_pwcheck_method_crashes_it(method: str) -> None:
    with SaslWorld(f"pwcheck_method: {method}\nauxprop_plugin: sasldb\nsasldb_path: {{sasldb}}\n") as world:
        sasl_property.store(world.config, BOB, "info@example.org")
        world.may(BOB, "info@example.org", ["sasl-directory"])
        world.may_not(BOB, "sales@example.org")
        world.may_not("mallory@example.com", "sales@example.org", "account-suspended")


def test_a_configuration_that_sasl_cannot_read_stops_the_start_and_says_so() -> None:
    world = SaslWorld("pwcheck_method:\nauxprop_plugin: sasldb\n")
    try:
        world.daemon.launch()
        assert world.daemon.child and world.daemon.child.wait(20) == 78  # EX_CONFIG of <sysexits.h>
        # Of standard error itself, where who starts it by hand looks; lines of the log have a pid.
        assert "relaypermitd: alias table sasl-directory: libsasl2 does not start: " in world.daemon.log()
    finally:
        world.stop()


def test_a_reload_says_that_a_new_configuration_of_sasl_waits_for_a_restart() -> None:
    with SaslWorld(SASLDB) as world:
        conf = world.config / "relaypermit.conf"
        conf.write_text(conf.read_text() + "sql_engine: sqlite3\n")
        mark = world.daemon.mark()
        world.daemon.reload()
        world.daemon.wait_for_log(f"warning: restart to use the new `{conf}`: libsasl2 reads it once", mark)


def test_a_plugin_that_does_not_exist_grants_nothing() -> None:
    with SaslWorld("auxprop_plugin: nosuchplugin\n") as world:
        # "no mechanism available" of libsasl2: it cannot tell.
        world.cannot_tell(BOB, "info@example.org")
        world.may(BOB, BOB, ["own-address"])


# What a relaypermit.conf can be: text, bytes, or what makes something else of the path.
CONFIGURATIONS: dict[str, str | bytes | Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a directory": Path.mkdir,
    "a dangling link": lambda path: path.symlink_to("/nonexistent/relaypermit.conf"),
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "an empty file": "",
    "comments": "# auxprop_plugin: sasldb\n\n   \n#",
    "all bytes": bytes(range(256)) * 64,
    "NUL": b"auxprop_plugin: sas\0ldb\nsasldb_path: \0\n",
    "no line end": "auxprop_plugin: sasldb",
    "CRLF": "auxprop_plugin: sasldb\r\nsasldb_path: /nonexistent\r\n",
    "a line without end": "auxprop_plugin: " + "x" * 1_000_000,
    "many lines": "auxprop_plugin: sasldb\n" * 200_000,
    "many options": "".join(f"option{n}: {n}\n" for n in range(50_000)),
    "no values": "auxprop_plugin\nsasldb_path\n",
    "empty values": "auxprop_plugin:\nsasldb_path:\nlog_level:\n",
    "saslauthd": "pwcheck_method: saslauthd\nsaslauthd_path: /nonexistent\n",
    "saslauthd and sasldb": "pwcheck_method: saslauthd auxprop\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "alwaystrue": "pwcheck_method: alwaystrue\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "an unknown plugin": "auxprop_plugin: nosuch\n",
    "an unknown plugin among others": "auxprop_plugin: sasldb nosuch sql\nsasldb_path: /nonexistent\n",
    "ldapdb without a server": "auxprop_plugin: ldapdb\nldapdb_uri: ldap://127.0.0.1:1\n",
    "an unknown canon_user_plugin": "canon_user_plugin: nosuch\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "a log_level of words": "log_level: very much\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "a log_level too far": "log_level: 99999999999999999999\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "a log_level below": "log_level: -7\nauxprop_plugin: sasldb\nsasldb_path: /nonexistent\n",
    "sasldb in a directory": "auxprop_plugin: sasldb\nsasldb_path: /tmp\n",
    "sasldb in /dev/null": "auxprop_plugin: sasldb\nsasldb_path: /dev/null\n",
    "sasldb of a long path": "auxprop_plugin: sasldb\nsasldb_path: /" + "x/" * 10_000 + "\n",
    "sql alone": "auxprop_plugin: sql\n",
    "sql without a database": "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_select: SELECT 1\n",
    "sql without a statement": "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_database: /tmp/nonexistent/db\n",
    "sql of an unknown engine": "auxprop_plugin: sql\nsql_engine: nosuch\nsql_select: SELECT 1\n",
    "sql with rubbish": "auxprop_plugin: sql\nsql_engine: sqlite3\nsql_database: :memory:\nsql_select: %n%s%u%r%p%\n",
    "sql with no server, MySQL": "auxprop_plugin: sql\nsql_engine: mysql\nsql_hostnames: 127.0.0.1:1\n"
                                 "sql_user: x\nsql_database: x\nsql_select: SELECT 1\n",
    "sql with no server, PostgreSQL": "auxprop_plugin: sql\nsql_engine: pgsql\nsql_hostnames: 127.0.0.1:1\n"
                                      "sql_user: x\nsql_database: x\nsql_select: SELECT 1\n",
    "other options of SASL": "mech_list: NOSUCH\nauto_transition: yes\nsql_usessl: maybe\nkeytab: /nonexistent\n"
                             "plugin_list: x\nreauth_timeout: -1\nsql_verbose: yes\n",
}


@pytest.fixture(name="configured", scope="module")
def _configured() -> Iterator[SaslWorld]:
    with SaslWorld(SASLDB) as world:
        yield world


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_no_configuration_of_sasl_crashes_it_or_grants_anything(configured: SaslWorld, name: str) -> None:
    world, content = configured, CONFIGURATIONS[name]
    path = world.config / "relaypermit.conf"
    world.daemon.end()
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    mark = world.daemon.mark()
    try:
        world.daemon.start()
    except NotReady:
        assert world.daemon.child and world.daemon.child.exit_code() == 78, world.daemon.log()[mark:]  # EX_CONFIG
        assert "alias table sasl-directory: " in world.daemon.log()[mark:]
        return
    reply, record = world.send(BOB, "info@example.org")
    assert reply.code in (450, 550) and record["cause"] in ("lookup-failed", "sender-not-owned"), record.line
    world.may(BOB, BOB, ["own-address"])
    assert world.daemon.end() == 0


# -- the sql plugin

# In capitals, as libsasl2 takes them too.
SQL = ("auxprop_plugin: SQL\nSQL_Engine: SQLite3\nsql_database: {directory}/users.db\n"
       "sql_select: SELECT %p FROM users WHERE user = '%u' AND realm = '%r'\n")
QUOTED = "o'brien@example.com"
ATTACKS = ("a'; drop table users; --@example.com", "a\\'; drop table users; --@example.com", 'x"y@example.com')


@pytest.fixture(name="sql", scope="module")
def _sql() -> Iterator[SaslWorld]:
    world = SaslWorld(SQL, logins=(QUOTED, *ATTACKS))
    with sqlite3.connect(world.config / "users.db") as database:
        database.execute("CREATE TABLE users (user TEXT, realm TEXT, userPassword TEXT, sendAs TEXT)")
        database.executemany("INSERT INTO users VALUES (?, 'example.com', 'secret', ?)", [
            ("alice", "info@example.org *@shop.example.org"), ("bob", None), ("o'brien", "info@example.org")])
    with world:
        yield world


def test_the_property_comes_from_a_real_database(sql: SaslWorld) -> None:
    sql.may(ALICE, "info@example.org", ["sasl-directory"])
    sql.may_not(ALICE, "sales@example.org")
    sql.may_not(BOB, "info@example.org")
    with sqlite3.connect(sql.config / "users.db") as database:
        database.execute("UPDATE users SET sendAs = 'sales@example.org' WHERE user = 'alice'")
    sql.may(ALICE, "sales@example.org", ["sasl-directory"])
    sql.may_not(ALICE, "info@example.org")


def test_null_in_the_database_is_no_pattern(sql: SaslWorld) -> None:
    mark = sql.daemon.mark()
    sql.may_not(BOB, "null@example.org")
    assert "NULL" not in sql.daemon.log()[mark:]


def test_a_table_with_a_row_for_each_address_is_put_together_by_the_statement_of_the_page() -> None:
    page = (TREE / "docs/alias_tables.md").read_text()
    statement = next(line for line in page.splitlines() if line.startswith("sql_select") and "sender_acl" in line)
    with SaslWorld(f"auxprop_plugin: sql\nsql_engine: sqlite3\nsql_database: {{directory}}/users.db\n{statement}\n") as world:
        with sqlite3.connect(world.config / "users.db") as database:
            database.execute("CREATE TABLE sender_acl (login TEXT, address TEXT)")
            database.executemany("INSERT INTO sender_acl VALUES (?, ?)", [
                (ALICE, "info@example.org"), (ALICE, "sales@example.org"), (BOB, "desk@example.org")])
        world.may(ALICE, "info@example.org", ["sasl-directory"])
        world.may(ALICE, "sales@example.org", ["sasl-directory"])
        world.may_not(ALICE, "desk@example.org")
        world.may(BOB, "desk@example.org", ["sasl-directory"])


def test_a_database_that_is_locked_puts_off_and_is_not_remembered_for_it() -> None:
    with SaslWorld(SQL, cache_s=3600) as world, closing(
            sqlite3.connect(world.config / "users.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE users (user TEXT, realm TEXT, userPassword TEXT, sendAs TEXT)")
        database.execute("INSERT INTO users VALUES ('bob', 'example.com', 'secret', 'info@example.org')")
        database.execute("BEGIN EXCLUSIVE")
        world.cannot_tell(BOB, "info@example.org")
        world.cannot_tell(ALICE, "info@example.org")
        world.may(BOB, BOB, ["own-address"])
        database.execute("COMMIT")
        world.may(BOB, "info@example.org", ["sasl-directory"])
        world.may_not(ALICE, "info@example.org")


@pytest.mark.parametrize("login", [QUOTED, *ATTACKS])
def test_a_login_that_could_end_the_statement_is_never_asked_about(sql: SaslWorld, login: str) -> None:
    sql.cannot_tell(login, "info@example.org")
    with sqlite3.connect(sql.config / "users.db") as database:
        assert database.execute("SELECT count(*) FROM users").fetchone() == (3,)


def test_its_own_address_needs_no_database_whatever_its_name(sql: SaslWorld) -> None:
    sql.may(QUOTED, QUOTED, ["own-address"])


def test_a_database_that_hangs_holds_up_nobody_who_does_not_need_it() -> None:
    # A PostgreSQL that takes connections and never says a word.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        conf = ("auxprop_plugin: sql\nsql_engine: pgsql\nsql_user: x\nsql_passwd: x\nsql_database: x\n"
                f"sql_hostnames: 127.0.0.1:{silent.getsockname()[1]}\nsql_select: SELECT 1\n")
        with SaslWorld(conf, timeout_ms=3000) as world, ExitStack() as stack:
            waiting = [stack.enter_context(world.session(login=login)) for login in [BOB, "scanner@example.com"] * 8]
            for session in waiting:
                session.send(b"MAIL FROM:<info@example.org>\r\n")
            assert wait_for("the lookup", lambda: select.select([silent], [], [], 0)[0])
            # New sessions too, up to the acceptance of their message.
            for _ in range(10):
                world.may(ALICE, ALICE, ["own-address"])
            assert not any(session.answered() for session in waiting)
            assert {str(session.reply())[:9] for session in waiting} == {"450 4.3.0"}
            world.may(ALICE, ALICE, ["own-address"])
            # By now it is known to hang, which costs nobody the time again.
            world.cannot_tell(BOB, "info@example.org")
