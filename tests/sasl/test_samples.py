"""The configurations that contrib/sasl ships, and the page about them, work as they stand but for their paths."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from conftest import Sasl

TREE = Path(__file__).resolve().parents[2]
SAMPLES = TREE / "contrib/sasl"
PAGE = (TREE / "docs/alias_tables.md").read_text()
ALICE, NEW = "alice@example.com", "new@example.com"


def copy_sample(sasl: Sasl, name: str, path: str, instead: Path) -> str:
    sample = (SAMPLES / name).read_text()
    assert sample.count(f": {path}\n") == 1
    (sasl.directory / "relaypermit.conf").write_text(sample.replace(f": {path}\n", f": {instead}\n"))
    return sample


def take_the_policy_of_the_page(sasl: Sasl) -> None:
    policy, = (text for text in re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) if '"sasl"' in text)
    assert policy.count('"/etc/relaypermit/sasl"') == 1
    sasl.policy.write_text(policy.replace("/etc/relaypermit/sasl", str(sasl.directory)))


def commands_of_the_page_work(sasl: Sasl) -> None:
    console, = re.findall(r"^```\n(# relaypermit sasl-property .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    change, *written, explain = console.splitlines()
    assert change == f"# relaypermit sasl-property {ALICE} add info@example.com '*@shop.example.com'"
    ran = sasl.property(ALICE, "add", "info@example.com", "*@shop.example.com")
    assert ran.stdout.splitlines() == written, ran.stderr
    assert explain == f"# relaypermit explain --login {ALICE} --sender info@example.com"
    assert sasl.explain(ALICE, "info@example.com")["rule"] == ["sasl-directory"]


def test_sasldb(sasl: Sasl) -> None:
    copy_sample(sasl, "sasldb.conf", "/etc/sasldb2", sasl.sasldb)
    take_the_policy_of_the_page(sasl)
    sasl.add_account("alice")
    commands_of_the_page_work(sasl)


def test_sql(sasl: Sasl) -> None:
    sample = copy_sample(sasl, "sql.conf", "/var/lib/mail/users.db", sasl.users)
    take_the_policy_of_the_page(sasl)
    create, = re.findall(r"^# +(CREATE TABLE .*;)$", sample, re.MULTILINE)
    insert, = re.findall(r"^sql_insert: (.*)$", sample, re.MULTILINE)
    with closing(sqlite3.connect(sasl.users)) as database, database:
        database.execute(create)
        for placeholder, value in {"%u": "alice", "%r": "example.com", "%p": "userPassword", "%v": "secret"}.items():
            insert = insert.replace(placeholder, value)
        database.execute(insert)
    commands_of_the_page_work(sasl)
    # SASL never inserts a row with SQLite, as the sample says.
    assert sasl.property(NEW, "add", "info@example.com", "--force").returncode == 2


def test_the_page_leads_to_every_sample() -> None:
    for sample in SAMPLES.iterdir():
        assert f"(../contrib/sasl/{sample.name})" in PAGE
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (TREE / "docs" / link).exists(), link
