"""docs/table-recipes.md: each table of it, and the grants beside it, against a copy of the schema in recipes/.

Where the database is and where the password of its reader stands are replaced, and nothing else. The copies are
small, and written after the public schema that each names.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from conftest import BUILD, HOSTILE, Table
from servers import Ldap, Mysql, Postgresql, Server

Started = Callable[[type[Server]], Server]

PAGE = (Path(__file__).resolve().parents[2] / "docs/table-recipes.md").read_text()
COPIES = Path(__file__).parent / "recipes"
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
PASSWORD = "the password"
TOOL = BUILD / "tool/commands/relaypermit"

ALICE, BOB, OFF, OTHER = "alice@example.com", "bob@example.com", "off@example.com", "alice@example.org"


@dataclass
class Recipe:
    """A block of the page; settings are those of its first table."""

    section: str
    toml: str
    grants: str = ""
    settings: dict = field(default_factory=dict)


def recipes(header: str) -> dict[str, Recipe]:
    found = {}
    for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE):
        blocks = BLOCK.findall(section)
        for toml in (body for language, body in blocks if language == "toml"):
            for settings in tomllib.loads(toml).get(header, [])[:1]:
                grants = "".join(body for language, body in blocks if language == "sql")
                found[settings["id"]] = Recipe(section, toml, grants, settings)
    return found


def with_other_words(recipe: Recipe, *words: tuple[str, str]) -> Recipe:
    """What the page says of it in a sentence alone."""
    toml, grants = recipe.toml, recipe.grants
    for one, other in words:
        assert one in toml + grants, one
        toml, grants = toml.replace(one, other), grants.replace(one, other)
    return replace(recipe, toml=toml, grants=grants, settings=tomllib.loads(toml)["domain_table"][0])


def in_postgresql(recipe: Recipe) -> Recipe:
    user, database = re.fullmatch(r"mysql://(\w+)@[^/]*/(\w+)", recipe.settings["url"]).groups()
    return with_other_words(recipe, ('type = "mysql"', 'type = "postgresql"'), (f"ON {database}.", "ON "), ("@localhost", ""),
                            (recipe.settings["url"], f"postgresql://{user}@%2Frun%2Fpostgresql/{database}"))


RECIPES = recipes("alias_table")
DOMAINS = recipes("domain_table")
DOMAINS |= {"mailcow-hosted": with_other_words(DOMAINS["iredmail-hosted"], ("vmail", "mailcow"), ("iredmail", "mailcow")),
            "iredmail-postgresql-hosted": in_postgresql(DOMAINS["iredmail-hosted"]),
            "postfixadmin-postgresql-hosted": in_postgresql(DOMAINS["postfixadmin-hosted"])}
ACCOUNTS = dict(re.findall(r"^```sql (mysql|postgresql)\n(.*)\n```$", PAGE, re.MULTILINE))

# What each recipe grants to whom; nothing to everybody else.
GRANTED: dict[str, dict[str, list[str]]] = {
    "iredmail": {ALICE: ["sales@example.com", "alice@example.net"], BOB: ["bob@example.net"], OFF: [],
                 "nosmtp@example.com": [], OTHER: []},
    "iredmail-postgresql": {ALICE: ["sales@example.com", "alice@example.net"], BOB: ["bob@example.net"], OFF: [],
                            "nosmtp@example.com": [], OTHER: []},
    "iredmail-ldap": {ALICE: [ALICE, "sales@example.com", "alice@example.net"], BOB: [BOB], OFF: [],
                      "nosmtp@example.com": [], "alice@gone.example": []},
    "postfixadmin": {ALICE: [ALICE, "sales@example.com", "alice@example.net"],
                     BOB: [BOB, "sales@example.com", "bob@example.net"], OFF: [], OTHER: []},
    "postfixadmin-postgresql": {ALICE: [ALICE, "sales@example.com", "alice@example.net"],
                                BOB: [BOB, "sales@example.com", "bob@example.net"], OFF: [], OTHER: []},
    "mailcow": {ALICE: [ALICE, "*@shop.example.com", "partner@elsewhere.example", "sales@example.com", "alice@example.net"],
                BOB: ["sales@example.com", "bob@example.net"], "root@example.com": ["*", "root@example.net"], OFF: [],
                "nologin@example.com": [], OTHER: []},
    "modoboa": {ALICE: [ALICE, "partner@elsewhere.example", "*@shop.example.com", "sales@example.com", "alice@example.net"],
                BOB: ["sales@example.com", "bob@example.net"], OFF: [], OTHER: []},
    "ispconfig": {ALICE: [ALICE, "sales@example.com", "info@example.com"],
                  "bob@office.example.com": [BOB, "sales@example.com", "info@example.com"], OFF: [], OTHER: [OTHER]},
    "froxlor": {ALICE: [ALICE, "*@shop.example.com", "boss@example.com", "sales@example.com"],
                BOB: ["sales@example.com"], OFF: [], OTHER: ["press@example.org"], "alice@gone.example": []},
    "mail-in-a-box": {ALICE: ["sales@example.com", "boss@example.com", "*@shop.example.com"],
                      BOB: ["sales@example.com", "list@example.com", "boss@example.com"], OFF: [], OTHER: []},
    "kolab": {ALICE: [ALICE, "a.alice@example.com"], "a.alice@example.com": [ALICE, "a.alice@example.com"], BOB: [BOB],
              OFF: [], OTHER: []},
    "kolab-delegates": {ALICE: ["boss@example.com", "chief@example.com"], BOB: [], OFF: [], OTHER: []},
    "zimbra": {ALICE: [ALICE, "a.alice@example.com", "partner@elsewhere.example"], BOB: [BOB], OFF: [], OTHER: []},
    "active-directory": {ALICE: [ALICE, "a.adams@example.com"], BOB: [], OFF: [], OTHER: []},
    "active-directory-shared": {ALICE: ["sales@example.com", "orders@example.com"],
                                BOB: ["sales@example.com", "orders@example.com"], OFF: [], OTHER: []},
    "freeipa": {ALICE: [ALICE, "alice.adams@example.com", "sales@example.com"], BOB: [], OFF: [], OTHER: []},
    "docker-mailserver-ldap": {ALICE: [ALICE, "sales@example.com", "team@example.com"], BOB: [], OFF: [], OTHER: []},
    "dovecot": {ALICE: ["info@example.com", "*@shop.example.com"], BOB: ["info@example.com"], OFF: [], OTHER: []},
}

# By sender: who may send as each, and who may not.
OWNERS: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    "postfixadmin-by-sender": {"sales@example.com": ([ALICE, BOB], [OFF, OTHER]), "old@example.com": ([], [ALICE]),
                               "any@example.com": ([], [ALICE])},
    "docker-mailserver": {"sales@example.com": ([ALICE, BOB], [OTHER]), "press@example.com": ([BOB], [ALICE]),
                          "any@shop.example.com": ([ALICE], [BOB])},
}

# What each has as hosted, as relay domains, and not at all.
FOREIGN = ["elsewhere.example", "sub.example.com", "ample.com", "com"]
OFF_OR_GONE = ["off.example", "gone.example", "alias-off.example"]
WITH_BACKUP_MX = (["example.com", "example.org", "example.net"], ["backup.example"],
                  [*OFF_OR_GONE, "backup-off.example", "alias-backup.example", *FOREIGN])
HAS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "iredmail-hosted": WITH_BACKUP_MX,
    "iredmail-postgresql-hosted": WITH_BACKUP_MX,
    "iredmail-ldap-hosted": (["example.com", "example.org", "example.net"], ["backup.example"],
                             [*OFF_OR_GONE, "backup-off.example", "web.example", *FOREIGN]),
    "postfixadmin-hosted": WITH_BACKUP_MX,
    "postfixadmin-postgresql-hosted": WITH_BACKUP_MX,
    "mailcow-hosted": WITH_BACKUP_MX,
    "modoboa-hosted": WITH_BACKUP_MX,
    "ispconfig-hosted": (["example.com", "example.org", "example.net"], ["backup.example"],
                         [*OFF_OR_GONE, "backup-off.example", "catchall.example", "alias-elsewhere.example", *FOREIGN]),
    "froxlor-hosted": (["example.com", "shop.example.com", "example.org"], [], ["gone.example", "web.example", *FOREIGN]),
    "mail-in-a-box-hosted": (["example.com", "example.org", "shop.example.com", "box.example.com"], [], FOREIGN),
    "kolab-hosted": (["example.com", "example.net", "example.org"], [], ["gone.example", "alias-off.example", *FOREIGN]),
    "zimbra-hosted": (["example.com", "example.org", "example.net"], [], ["off.example", "gone.example", *FOREIGN]),
}

# The copy, where it has another name than the recipe.
COPY = {"iredmail-postgresql": "iredmail", "postfixadmin-postgresql": "postfixadmin", "postfixadmin-by-sender": "postfixadmin",
        "kolab-delegates": "kolab", "active-directory-shared": "active-directory"}


def copy_name(name: str) -> str:
    name = name.removesuffix("-hosted")
    return COPY.get(name, name)


def copy_of(name: str) -> str:
    return next(COPIES.glob(f"{copy_name(name)}.*")).read_text()


def passwords_in(copy: str) -> list[tuple[str, str]]:
    """Tables and columns that the reader must not see."""
    return re.findall(r"CREATE TABLE (\w+) \([^;]*?\b(password\w*) ", copy)


def mysql_place(recipe: Recipe, name: str, server: Mysql) -> str:
    user, database = re.fullmatch(r"mysql://(\w+)@[^/]*/(\w+)", recipe.settings["url"]).groups()
    copy = copy_of(name)
    charset = "latin1 COLLATE latin1_general_ci" if name.startswith("postfixadmin") else "utf8mb4"
    account = ACCOUNTS["mysql"].replace("CREATE USER", "CREATE USER IF NOT EXISTS")
    server.sql(f"CREATE OR REPLACE DATABASE {database} CHARACTER SET {charset}; USE {database}; {copy}; {account} {recipe.grants}")
    socket = server.directory / "socket"
    for table, column in passwords_in(copy):
        ran = subprocess.run(["mariadb", "--no-defaults", "--skip-ssl", "-S", socket, "-u", user, f"-p{PASSWORD}", database, "-e",
                              f"SELECT {column} FROM {table}"], capture_output=True, text=True, check=False)
        assert "command denied" in ran.stderr, ran
    return f"mysql://{user}@{str(socket).replace('/', '%2F')}/{database}"


def postgresql_place(recipe: Recipe, name: str, server: Postgresql) -> str:
    user, database = re.fullmatch(r"postgresql://(\w+)@[^/]*/(\w+)", recipe.settings["url"]).groups()
    copy = copy_of(name)
    server.sql(f"DROP DATABASE IF EXISTS {database}")
    server.sql(f"CREATE DATABASE {database}")
    account = ACCOUNTS["postgresql"].rstrip(";")
    server.sql(f"DO $$ BEGIN {account}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    server.sql(copy + recipe.grants, database)
    for table, column in passwords_in(copy):
        ran = subprocess.run(["psql", "-X", "-c", f"SELECT {column} FROM {table}",
                              f"postgresql://{user}@127.0.0.1:{server.port}/{database}"],
                             env={**os.environ, "PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=False)
        assert "permission denied" in ran.stderr, ran
    return f"postgresql://{user}@127.0.0.1:{server.port}/{database}"


def file_place(recipe: Recipe, name: str, folder: Path) -> str:
    """The copy, or what the recipe's own command makes of it."""
    source, table = folder / "source", folder / "table"
    source.write_text(copy_of(name))
    commands = [body for language, body in BLOCK.findall(recipe.section) if language == "sh"]
    if not commands:
        return str(source)
    for command in commands:
        command = command.replace(recipe.settings["path"], str(table)).replace("/etc/dovecot/users", str(source))
        subprocess.run(["sh", "-c", command], check=True)
    return str(table)


def directory_of(name: str) -> type[Ldap]:
    """A server whose schema and entries are the copy's; the recipe's account alone may read, and no password."""
    if name not in DIRECTORIES:
        text = "".join(line for line in copy_of(name).splitlines(keepends=True) if not line.startswith("#"))
        of_server, people = [], ["dn: dc=example,dc=com\nobjectClass: domain\ndc: example"]
        for entry in text.strip().split("\n\n"):
            (of_server if "cn=config\n" in entry else people).append(entry)
        first = "\n\n".join(entry for entry in of_server if "olcMdbConfig" not in entry)
        databases = [entry for entry in of_server if "olcMdbConfig" in entry]
        access = ("olcAccess: to attrs=userPassword by * auth\n"
                  f'olcAccess: to * by dn.exact="{RECIPES[name].settings["bind_dn"]}" read\n')
        configuration = Ldap.CONFIGURATION.replace("dn: olcDatabase=mdb,", f"{first}\n\ndn: olcDatabase=mdb,") + access
        DIRECTORIES[name] = type("Directory", (Ldap,), {
            "CONFIGURATION": "\n\n".join([configuration, *databases]), "fill": lambda self: None,
            "PEOPLE": "\n\n".join(people) + "\n"})
    return DIRECTORIES[name]


DIRECTORIES: dict[str, type[Ldap]] = {}


def placed(name: str, started: Started, tmp_path: Path) -> str:
    """The recipe's TOML, with the database that the test has."""
    recipe = RECIPES[name] if name in RECIPES else DOMAINS[name]
    kind = recipe.settings["type"]
    toml = recipe.toml
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    toml = re.sub(r'^password_file = .*$', lambda _: f'password_file = "{password}"', toml, flags=re.MULTILINE)
    if kind == "mysql":
        place = mysql_place(recipe, name, started(Mysql))
    elif kind == "postgresql":
        place = postgresql_place(recipe, name, started(Postgresql))
    elif kind == "ldap":
        server = started(directory_of(copy_name(name)))
        scheme = recipe.settings["url"].split(":")[0]
        place = f"{scheme}://127.0.0.1:{server.tls_port if scheme == 'ldaps' else server.port}"
        if scheme == "ldaps" or recipe.settings.get("start_tls"):
            toml += f'ca_file = "{server.certificates.ca}"\n'
        # OpenLDAP's cn=config is its own.
        toml = toml.replace('base = "cn=kolab,cn=config"', 'base = "cn=kolab,dc=example,dc=com"')
    elif kind == "sqlite":
        place = str(tmp_path / "users.sqlite")
        with closing(sqlite3.connect(place)) as database:
            database.executescript(copy_of(name))
    else:
        place = file_place(recipe, name, tmp_path)
    key = "url" if "url" in recipe.settings else "path"
    return re.sub(rf'^{key} = .*$', lambda _: f'{key} = "{place}"', toml, flags=re.MULTILINE)


def policy_with(toml: str, folder: Path) -> Path:
    policy = folder / "policy.toml"
    policy.write_text('[server]\nname = "mail.example.com"\n\n[relay]\nhosted_domains = ["example.com", "example.org"]\n\n'
                      f'[login]\ndefault_realm = "example.com"\n\n{toml}')
    return policy


def tool(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOL, *(str(word) for word in words)], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "RELAYPERMIT_MODULES": str(BUILD / "modules")})


def test_every_recipe_is_asked() -> None:
    assert sorted(RECIPES) == sorted([*GRANTED, *OWNERS])


@pytest.mark.parametrize("name", GRANTED)
def test_grants_what_it_says(started: Started, tmp_path: Path, name: str) -> None:
    policy = policy_with(placed(name, started, tmp_path), tmp_path)
    for login, senders in GRANTED[name].items():
        ran = tool("who", "-c", policy, "--login", login, "--json")
        assert ran.returncode in (0, 1) and not ran.stderr, ran
        told = [entry["sender"] for entry in json.loads(ran.stdout) if entry["rule"] == name]
        assert sorted(told) == sorted(senders), (login, ran.stdout)


# Beside those of every kind: as a name in a directory is written otherwise, and what latin1 does not have.
ODD = [*HOSTILE, b"nobody@example.com", b"\\61lice@example.com", b"alice,ou=People@example.com", "λ@example.com".encode()]


@pytest.mark.parametrize("name", GRANTED)
def test_gives_hostile_logins_nothing(started: Started, open_table: Callable[..., Table], tmp_path: Path, name: str) -> None:
    table = open_table(placed(name, started, tmp_path).replace(f'[[alias_table]]\nid = "{name}"\n', ""))
    for login in ODD:
        answer = table.ask(login)
        assert (answer["known"], answer["values"]) == (True, []), (login, answer)
    assert table.ask(next(login for login, senders in GRANTED[name].items() if senders))["values"]


@pytest.mark.parametrize("name", OWNERS)
def test_grants_by_sender(started: Started, tmp_path: Path, name: str) -> None:
    policy = policy_with(placed(name, started, tmp_path), tmp_path)
    for sender, (owners, others) in OWNERS[name].items():
        for login in [*owners, *others]:
            ran = tool("explain", "-c", policy, "--login", login, "--sender", sender)
            assert ran.returncode == (0 if login in owners else 1), (login, sender, ran.stdout, ran.stderr)


@pytest.mark.parametrize("name", OWNERS)
def test_knows_nobody_for_hostile_senders(started: Started, open_table: Callable[..., Table], tmp_path: Path, name: str) -> None:
    table = open_table(placed(name, started, tmp_path).replace(f'[[alias_table]]\nid = "{name}"\n', ""))
    for sender in ODD:
        answer = table.ask(ALICE, sender)
        assert (answer["known"], answer["values"]) == (True, []), (sender, answer)
    assert table.ask(OTHER, "sales@example.com")["values"]


def domain_policy(toml: str, folder: Path) -> Path:
    policy = folder / "policy.toml"
    policy.write_text('[server]\nname = "mail.own.example"\n\n[relay]\nhosted_domains = ["own.example"]\n\n' + toml)
    return policy


def test_every_domain_recipe_is_asked() -> None:
    assert sorted(DOMAINS) == sorted(HAS)


@pytest.mark.parametrize("name", HAS)
def test_has_the_domains_that_it_says(started: Started, tmp_path: Path, name: str) -> None:
    policy = domain_policy(placed(name, started, tmp_path), tmp_path)
    hosted, relay, others = HAS[name]
    for domain in [*hosted, *relay, *others]:
        ran = tool("who", "-c", policy, "--login", f"eve@{domain}", "--json")
        rules = [entry["rule"] for entry in json.loads(ran.stdout)]
        assert ("own-address" in rules, ran.returncode) == (domain in hosted, 0 if domain in hosted else 1), (domain, ran)
        ran = tool("explain", "-c", policy, "--login", f"eve@{domain}", "--sender", f"eve@{domain}")
        assert ran.returncode == (0 if domain in hosted else 1), (domain, ran.stdout, ran.stderr)
        assert "lookup-failed" not in ran.stdout, (domain, ran.stdout)
        ran = tool("explain", "-c", policy, "--sender", "x@remote.example", "--port", "25", "--recipient", f"eve@{domain}")
        assert ran.returncode == (1 if domain in others else 0), (domain, ran.stdout, ran.stderr)
        assert ("relay-not-permitted" in ran.stdout) == (domain in others), (domain, ran.stdout)


@pytest.mark.parametrize("name", HAS)
def test_answers_check(started: Started, tmp_path: Path, name: str) -> None:
    toml = placed(name, started, tmp_path)
    ran = tool("check", "--live", "-c", domain_policy(toml, tmp_path))
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    for table in tomllib.loads(toml)["domain_table"]:
        assert f"domain table {table['id']} answers: looked up `example.invalid`: nothing" in ran.stdout, ran.stdout


# Beside those of every kind: as a pattern, a name in a directory, an address and the rows that are none would be taken.
ODD_DOMAINS = [*HOSTILE, b"example.com' OR '1'='1", b"%.com", b"exampl_.com", b"*.com", b"example.*", b"*)(objectClass=*", b"\\65xample.com",
               b"@example.com", b"alice@example.com", b"", b".", b"all", b"ALL", b"example.com,cn=kolab", "λ.example".encode()]


@pytest.mark.parametrize("name", HAS)
def test_has_no_hostile_domain(started: Started, open_table: Callable[..., Table], tmp_path: Path, name: str) -> None:
    toml = placed(name, started, tmp_path)
    for lines, known in zip(toml.split("[[domain_table]]\n")[1:], HAS[name], strict=False):
        table = open_table(re.sub(r"^id = .*\n", "", lines, flags=re.MULTILINE), header="domain_table")
        for domain in ODD_DOMAINS:
            answer = table.ask_domain(domain)
            assert (answer["known"], answer["values"]) == (True, []), (domain, answer)
        assert all(table.ask_domain(domain.encode())["values"] for domain in known)
        assert table.ask_domain(known[0].upper().encode())["values"]
