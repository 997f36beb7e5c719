"""`relaypermit import` of lists of domains that Postfix asks a database or a directory for: each domain without a
login, through Postfix with its own tables, and through relaypermitd with the imported policy."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from daemon import Relaypermitd, tool
from databases import BASE, Databases
from postfix import PERMISSIVE, Postfix, Service
from session import Session

STRANGER = "someone@remote.invalid"
# Name, for which list, whether it counts, and what its row says.
ROWS = [(name, role, active, says) for role in ("local", "mailbox", "alias", "relay", "cast") for name, active, says in (
    (f"{role}.example", 1, "x"), (f"off.{role}.example", 0, "x"), (f"it''s.{role}.example", 1, "x"))]
ROWS += [("cast-no.example", "cast", 1, "no"), ("cast-0.example", "cast", 1, "0"), ("cast-empty.example", "cast", 1, ""),
         ("two.example", "mailbox", 1, "x"), ("two.example", "mailbox", 1, "y"), ("none.example", "cast", 1, None)]
STATEMENTS = ["CREATE TABLE domains (name VARCHAR(100), role VARCHAR(10), active INTEGER, says VARCHAR(10))"] + [
    f"INSERT INTO domains VALUES ('{name}', '{role}', {active}, {'NULL' if says is None else repr(says)})"
    for name, role, active, says in ROWS]
LISTS = {
    "mydestination": ("sqlite", "SELECT name FROM domains WHERE name = '%s' AND role = 'local' AND active = 1"),
    "virtual_mailbox_domains": ("mysql", "SELECT 1 FROM domains WHERE name = '%u' AND role = 'mailbox' AND active = 1"),
    "virtual_alias_domains": ("ldap", "(&(objectClass=domainRelatedObject)(associatedDomain=%s))"),
    "relay_domains": ("pgsql", "SELECT name FROM domains WHERE name = '%S' AND role = 'relay' AND active = 1"),
}
CAST = "SELECT says FROM domains WHERE name = '%s' AND role = 'cast' AND active = 1"
NEVER = "SELECT 1 FROM domains WHERE name = '%d'"
NAMES = sorted({name.replace("''", "") for name, *_ in ROWS} | {
    "elsewhere.example", "mail.example.com", "MAILBOX.Example", "Relay.EXAMPLE", "sub.mailbox.example", "sub.local.example",
    "sub.alias.example", "sub.relay.example", "example", "alias.example", "noalias.example"})
# What Postfix has and the policy has not, each said by import.
STRICTER = {"sub.relay.example", "off.relay.example", "its.relay.example", "cast-no.example", "cast-0.example"}


class Domains:
    def __init__(self) -> None:
        self.postfix = Postfix(chroot=False, settings={
            "meta_directory": "/etc/postfix", "shlib_directory": "/usr/lib/postfix",
            "smtpd_reject_unlisted_recipient": "no"})
        etc = self.etc = self.postfix.directory / "domains"
        self.etc.mkdir()
        self.databases = Databases(self.postfix.directory / "databases", STATEMENTS)
        for name in ("alias.example", "two.alias.example"):
            self.databases.ldap.client("ldapadd", given=(
                f"dn: associatedDomain={name},{BASE}\nobjectClass: domain\nobjectClass: domainRelatedObject\n"
                f"dc: x\nassociatedDomain: {name}\n"))
        settings = self.postfix.settings
        for parameter, (kind, query) in LISTS.items():
            self.databases.write(etc / f"{parameter}.cf", kind, query, "result_attribute = associatedDomain")
            settings[parameter] = f"{kind}:{etc}/{parameter}.cf"
        self.databases.write(etc / "cast.cf", "pgsql", CAST)
        self.databases.write(etc / "never.cf", "mysql", NEVER)
        settings["mydestination"] = f"$myhostname, {settings['mydestination']}"
        settings["virtual_mailbox_domains"] = (
            f"unionmap:{{{settings['virtual_mailbox_domains']}, pgsql:{etc}/cast.cf}}, mysql:{etc}/never.cf")
        self.postfix.extra_services = {
            "theirs": Service({"smtpd_milters": "", "smtpd_relay_restrictions": "reject_unauth_destination"}),
            "judged": Service(PERMISSIVE)}
        self.daemon = Relaypermitd("", self.postfix.milter_socket())
        os.environ.setdefault("RELAYPERMIT_MODULES", str(tool().parents[2] / "modules"))

    def policy(self) -> str:
        """Imported: with the list of what could not be carried over in its end."""
        (self.etc / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in (
            self.postfix.main_cf() | {"config_directory": str(self.etc)}).items()))
        (self.etc / "master.cf").write_text("smtp inet n - n - - smtpd\n")
        for path in self.etc.iterdir():
            os.utime(path, (time.time() - 60,) * 2)
        done = subprocess.run([tool(), "import", "--postfix", self.etc], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "policy:" not in done.stderr, done.stdout + done.stderr
        assert "5 domain tables" in done.stderr, done.stderr
        # Postfix says by {rcpt_mailer} what it takes for its own: here the policy shall find that out alone.
        return self.databases.here(done.stdout).replace(
            "[relay]\n", '[relay]\nremote_mailers = ["smtp", "relay", "virtual", "local", "error"]\n')

    def answers(self, listener: str) -> dict[str, int]:
        with Session("127.0.0.1", self.postfix.ports[listener]) as session:
            session.ehlo()
            assert session.xclient(name="[UNAVAILABLE]", addr="198.51.100.7", destport="25").code == 220
            session.ehlo()
            replies = session.pipeline(*(command for name in NAMES for command in (
                f"MAIL FROM:<{STRANGER}>", f"RCPT TO:<x@{name}>", "RSET")))
        return {name: replies[3 * number + 1].code for number, name in enumerate(NAMES)}


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[Domains]:
    world = Domains()
    try:
        with world.postfix:
            yield world
    finally:
        world.databases.end()


def test_the_policy_has_the_domains_that_postfix_has(world: Domains) -> None:
    policy = world.policy()
    for said in ("have the query give 1", "parent_domain_matches_subdomains", "a domain alone has nothing for its %d"):
        assert said in policy, policy
    path = world.postfix.directory / "policy.toml"
    path.write_text(policy)
    checked = subprocess.run([tool(), "check", "-c", path, "--live"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    world.daemon.write(policy)
    with world.daemon:
        theirs, ours = world.answers("theirs"), world.answers("judged")
    assert set(theirs.values()) == {250, 554} and set(ours.values()) == {250, 550}, (theirs, ours)
    differences = {name for name in NAMES if (theirs[name] == 250) != (ours[name] == 250)}
    assert differences == STRICTER and all(theirs[name] == 250 for name in STRICTER), (differences, policy)
