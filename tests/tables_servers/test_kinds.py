"""What one kind of alias table alone does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import BUILD, Table
from servers import Ldap, Mysql, Postgresql, Redis, Socketmap

OpenTable = Callable[..., Table]
ALICE = ["*@example.net", "sales@example.com"]


@pytest.fixture(name="postgresql", scope="module")
def _postgresql(started: Callable[[type], Postgresql]) -> Postgresql:
    return started(Postgresql)


@pytest.fixture(name="mysql", scope="module")
def _mysql(started: Callable[[type], Mysql]) -> Mysql:
    return started(Mysql)


@pytest.fixture(name="redis", scope="module")
def _redis(started: Callable[[type], Redis]) -> Redis:
    return started(Redis)


@pytest.fixture(name="ldap", scope="module")
def _ldap(started: Callable[[type], Ldap]) -> Ldap:
    return started(Ldap)


@pytest.fixture(name="socketmap", scope="module")
def _socketmap(started: Callable[[type], Socketmap]) -> Socketmap:
    return started(Socketmap)


def answer_to(open_table: OpenTable, lines: str, login: str = "alice@example.com", sender: str = "") -> tuple[bool, list[str], str]:
    answer = open_table(lines).ask(login, sender)
    return answer["known"], sorted(answer["values"]), answer["why"]


def test_postgresql_says_what_is_wrong_with_a_query(open_table: OpenTable, postgresql: Postgresql) -> None:
    for query, why in (
            ("SELECT login, sender FROM senders WHERE login = :login", "the query has 2 columns, and one is wanted"),
            ("SELECT CONCAT('@', :domain)", "PostgreSQL does not take the query: could not determine data type of parameter $1 "
                                            "(say of which: :login::text)"),
            ("SELEC :login", 'PostgreSQL does not take the query: syntax error at or near "SELEC"'),
            ("DELETE FROM senders WHERE login = :login RETURNING sender",
             "PostgreSQL: cannot execute DELETE in a read-only transaction (25006)")):
        assert answer_to(open_table, postgresql.lines(query=query)) == (False, [], why)


def test_postgresql_ends_a_query_that_takes_too_long(open_table: OpenTable, postgresql: Postgresql) -> None:
    query = "SELECT sender FROM senders, pg_sleep(9) WHERE login = :login"
    known, values, why = answer_to(open_table, postgresql.lines(query=query, more="timeout_ms = 300\n"))
    assert (known, values) == (False, []) and why.startswith("timed out"), why


def test_postgresql_takes_casts_and_its_socket(open_table: OpenTable, postgresql: Postgresql) -> None:
    lines = postgresql.lines(query="SELECT '@' || :domain::text UNION SELECT :user::text || :login::text || :sender::text")
    lines = lines.replace(f"127.0.0.1:{postgresql.port}", f"{str(postgresql.directory).replace('/', '%2F')}:{postgresql.port}")
    assert answer_to(open_table, lines, "Bob@Example.com", "s@x") == (True, ["@example.com", "bobbob@example.coms@x"],
                                                                     "it has 2 values")


def test_mysql_says_what_is_wrong_with_a_query(open_table: OpenTable, mysql: Mysql) -> None:
    for query, why in (
            ("SELECT login, sender FROM senders WHERE login = :login", "the query has 2 columns, and one is wanted"),
            ("SELECT sender FROM none WHERE login = :login",
             "the server does not take the query: Table 'mail.none' doesn't exist"),
            ("SELECT SUBSTRING(User, 1) FROM mysql.user WHERE User = :login", "the server does not take the query: ")):
        known, values, said = answer_to(open_table, mysql.lines(query=query))
        assert (known, values) == (False, []) and said.startswith(why), said


def test_mysql_ends_a_query_that_takes_too_long(open_table: OpenTable, mysql: Mysql) -> None:
    query = "SELECT BENCHMARK(1000000000, SHA2(:login, 512))"
    known, values, why = answer_to(open_table, mysql.lines(query=query, more="timeout_ms = 300\n"))
    assert (known, values) == (False, []) and why.startswith("timed out"), why


def test_mysql_takes_its_socket(open_table: OpenTable, mysql: Mysql) -> None:
    socket = str(mysql.directory / "socket").replace("/", "%2F")
    lines = mysql.lines(query="SELECT CONCAT('@', :domain) UNION SELECT CONCAT(:user, :login)").replace(
        f"127.0.0.1:{mysql.port}", socket)
    assert answer_to(open_table, lines, "Bob@Example.com") == (True, ["@example.com", "bobbob@example.com"], "it has 2 values")


def test_mysql_does_not_go_on_without_tls(open_table: OpenTable, mysql: Mysql) -> None:
    """A server that has none: with ENFORCE alone, the library would send the query in clear text."""
    mysql.end()
    with_tls = mysql.command
    mysql.command = lambda: [*(word for word in with_tls() if "--ssl" not in str(word)), "--skip-ssl"]
    try:
        mysql.start()
        known, values, why = answer_to(open_table, mysql.lines(tls=True))
        assert (known, values) == (False, []) and ("TLS" in why or "SSL" in why), why
    finally:
        mysql.end()
        mysql.command = with_tls
        mysql.start()


@pytest.mark.parametrize(("command", "values"), [
    ('"GET", "sendas:text:{user}"', ["a@x, b@x"]),
    ('"LRANGE", "sendas:list:{user}", "0", "-1"', ["one@x", "two@x"]),
    ('"SMEMBERS", "sendas:{{{user}}}"', ["braces@x"]),
    ('"GET", "sendas:none:{login}"', []),
])
def test_redis_takes_values_lists_and_sets(open_table: OpenTable, redis: Redis, command: str, values: list[str]) -> None:
    redis.client("SET", "sendas:text:alice", "a@x, b@x")
    redis.client("DEL", "sendas:list:alice")
    redis.client("RPUSH", "sendas:list:alice", "one@x", "two@x")
    redis.client("SADD", "sendas:{alice}", "braces@x")
    known, found, _ = answer_to(open_table, redis.lines(command=command))
    assert (known, found) == (True, values)


def test_redis_says_what_it_is_not_let(open_table: OpenTable, redis: Redis) -> None:
    known, _, why = answer_to(open_table, redis.lines(command='"SMEMBERS", "other:{login}"'))
    assert not known and why.startswith("Redis does not take the command: NOPERM"), why
    known, _, why = answer_to(open_table, redis.lines(command='"HGET", "sendas:{login}"'))
    assert not known and why.startswith("Redis does not take the command: "), why


TOO_MANY = (False, [], "more than 10000 rows")
TOO_MUCH = (False, [], "an answer of more than 1 MiB")


def answer_in_little_memory(open_table: OpenTable, lines: str) -> tuple[bool, list[str], str]:
    """Of a table of which 100 MB or more could be read."""
    table = open_table(lines + "timeout_ms = 10000\n")
    answer = table.ask("alice@example.com")
    assert table.peak_mb() < 50
    return answer["known"], answer["values"], answer["why"]


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT NULL || :login::text FROM generate_series(1, 10001)", TOO_MANY),
    ("SELECT n || :login::text FROM generate_series(1, 10000000) n", TOO_MANY),
    ("SELECT repeat(:login::text, 1000) FROM generate_series(1, 10000)", TOO_MUCH),
    ("SELECT repeat(:login::text, 100000)", TOO_MUCH),
])
def test_postgresql_is_not_read_without_end(open_table: OpenTable, postgresql: Postgresql, query: str,
                                            said: tuple[bool, list[str], str]) -> None:
    assert answer_in_little_memory(open_table, postgresql.lines(query=query)) == said


def test_postgresql_gives_all_that_is_taken(open_table: OpenTable, postgresql: Postgresql) -> None:
    query = "SELECT repeat(n::text || :user::text, 10) FROM generate_series(10000, 19999) n"
    known, values, why = answer_to(open_table, postgresql.lines(query=query))
    assert known and len(set(values)) == 10_000 and sum(map(len, values)) == 10_000 * 100, why


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT IF(:login = '', seq, NULL) FROM seq_1_to_10001", TOO_MANY),
    ("SELECT CONCAT(seq, :login) FROM seq_1_to_10000000", TOO_MANY),
    ("SELECT REPEAT(:login, 400) FROM seq_1_to_10000", TOO_MUCH),
    ("SELECT REPEAT(:login, 600)", (False, [], "a value of more than 8192 bytes")),
])
def test_mysql_is_not_read_without_end(open_table: OpenTable, mysql: Mysql, query: str, said: tuple[bool, list[str], str]) -> None:
    assert answer_in_little_memory(open_table, mysql.lines(query=query)) == said


def test_mysql_does_not_read_a_row_of_many_megabytes(open_table: OpenTable, mysql: Mysql) -> None:
    known, values, why = answer_in_little_memory(open_table, mysql.lines(query="SELECT REPEAT(:login, 900000)"))
    assert (known, values) == (False, []), why


def test_mysql_gives_all_that_is_taken(open_table: OpenTable, mysql: Mysql) -> None:
    query = "SELECT REPEAT(CONCAT(seq, :user), 10) FROM seq_10000_to_19999"
    known, values, why = answer_to(open_table, mysql.lines(query=query))
    assert known and len(set(values)) == 10_000 and sum(map(len, values)) == 10_000 * 100, why


@pytest.mark.parametrize(("number", "size", "said"), [(10_001, 10, TOO_MANY), (1_500, 1_000, TOO_MUCH), (3_000, 1_000, TOO_MUCH)])
def test_ldap_is_not_read_without_end(open_table: OpenTable, ldap: Ldap, number: int, size: int,
                                      said: tuple[bool, list[str], str]) -> None:
    """An entry of less than 2 MiB is read whole, and one of more is not."""
    ldap.client("ldapadd", given="dn: cn=much,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nobjectClass: mailPerson\n"
                "cn: much\nsn: x\n" + "".join(f"proxyAddresses: smtp:{n:0{size}}\n" for n in range(number)))
    try:
        assert answer_in_little_memory(open_table, ldap.lines(filter="(|(cn=much)(uid={login}))")) == said
    finally:
        ldap.client("ldapdelete", "cn=much,ou=people,dc=example,dc=com")


def test_ldap_gives_the_values_of_several_entries(open_table: OpenTable, ldap: Ldap) -> None:
    known, values, why = answer_to(open_table, ldap.lines(filter="(|(uid={login})(uid=x))"))
    assert (known, values) == (True, ["*@example.net", "sales@example.com", "secret@example.com"]), why


def test_redis_is_not_read_without_end(open_table: OpenTable, redis: Redis) -> None:
    redis.client("DEL", "sendas:much:alice")
    for _ in range(20):
        redis.client("RPUSH", "sendas:much:alice", "x" * 60_000)
    known, found, why = answer_to(open_table, redis.lines(command='"LRANGE", "sendas:much:{user}", "0", "-1"'))
    assert (known, found, why) == (False, [], "an answer of more than 1 MiB")


def test_redis_takes_its_socket(open_table: OpenTable, redis: Redis) -> None:
    lines = redis.lines().replace(f"127.0.0.1:{redis.port}", str(redis.directory / "socket").replace("/", "%2F"))
    assert answer_to(open_table, lines)[:2] == (True, ALICE)


def test_socketmap_is_asked_for_the_sender_or_the_login(open_table: OpenTable, socketmap: Socketmap) -> None:
    table = open_table(socketmap.lines())
    assert table.opened == {"uses_login": False, "uses_sender": False, "for_whole_addresses": True}
    socketmap.keys.clear()
    table.ask("Alice@example.com", "Info+x@example.com")
    table.ask("Alice@example.com")
    assert socketmap.keys == ["info+x@example.com", "alice@example.com"]


@pytest.mark.parametrize(("reply", "why"), [
    ("TEMP come again\r\n\033[1m", "the server says TEMP: come again\\x0D\\x0A\\x1B[1m"),
    ("TIMEOUT", "the server says TIMEOUT"),
    ("OK ", "the server answers OK with nothing"),
    ("MAYBE x", "the server does not speak the socketmap protocol"),
    ("OK " + "x" * 100_000, "an answer of more than 100000 bytes"),
])
def test_socketmap_calls_other_answers_unknown(open_table: OpenTable, socketmap: Socketmap, reply: str, why: str,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socketmap, "reply", lambda _: reply)
    assert answer_to(open_table, socketmap.lines()) == (False, [], why)


def test_ldap_starts_tls(open_table: OpenTable, ldap: Ldap) -> None:
    lines = ldap.lines(ldap.port, tls=True).replace("ldaps://", "ldap://") + "start_tls = true\n"
    assert answer_to(open_table, lines)[:2] == (True, ALICE)


def test_ldap_takes_its_socket_and_nobody(open_table: OpenTable, ldap: Ldap) -> None:
    socket = str(ldap.directory / "socket").replace("/", "%2F")
    lines = ldap.lines(password=False).replace(f"ldap://127.0.0.1:{ldap.port}", f"ldapi://{socket}")
    assert answer_to(open_table, lines)[:2] == (True, ALICE)


@pytest.mark.parametrize(("filter", "why"), [
    ("(&(objectClass=inetOrgPerson)(uid={login}))(", None),
    ("(uid~~{login})", "`(uid~~{login})` is not a filter"),
])
def test_ldap_says_that_a_filter_is_none(open_table: OpenTable, ldap: Ldap, filter: str, why: str | None) -> None:
    if why is None:
        with pytest.raises(AssertionError, match="is not a filter"):
            open_table(ldap.lines(filter=filter))
    else:
        assert answer_to(open_table, ldap.lines(filter=filter)) == (False, [], why)


def test_ldap_asks_with_every_byte_escaped(open_table: OpenTable, ldap: Ldap) -> None:
    table = open_table(ldap.lines(filter="(|(uid={login})(cn=none))"))
    for login in (b"*", b"alice*", b"*)(uid=*", b"alice@example.com)(cn=x", "älice@example.com".encode()):
        answer = table.ask(login)
        assert (answer["known"], answer["values"]) == (True, []), login


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis", "ldap"])
def test_a_module_that_is_missing_is_said(open_table: OpenTable, tmp_path: Path, kind: str,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    """And one whose library is: an empty file stands for it."""
    build = tmp_path / "build"
    (build / "modules").mkdir(parents=True)
    monkeypatch.setattr("conftest.BUILD", build)
    common = f'type = "{kind}"\nurl = "{kind}://u@localhost/0"\n'
    lines = {"redis": common + 'command = ["GET", "{login}"]\n',
             "ldap": common.replace("u@localhost/0", "localhost") + 'base = "dc=x"\nfilter = "(uid={user})"\n'}.get(
                 kind, common + 'query = "SELECT :login"\n')
    assert open_table(lines, fails=True).opened["error"] == (
        f"this build of relaypermit has no tables of type `{kind}`: there is no {build}/modules/{kind}.so")
    (build / "modules" / f"{kind}.so").write_text("")
    error = open_table(lines, fails=True).opened["error"]
    assert error.startswith(f"tables of type `{kind}` need a library: ") and "(Debian)" in error


@pytest.mark.parametrize("program", ["milter/relaypermitd", "tool/commands/relaypermit"])
def test_programs_depend_on_no_library_of_a_module(program: str) -> None:
    path = BUILD / program
    if not path.exists() or shutil.which("readelf") is None:
        pytest.skip("it is not built here")
    needed = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout
    assert "NEEDED" in needed
    for library in ("libpq", "libmariadb", "libldap"):
        assert library not in needed
