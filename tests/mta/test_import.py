"""`relaypermit import` against the Postfix that it reads: pairs of login and sender through Postfix' own check
of smtpd_sender_login_maps, and through relaypermitd with the imported policy. No difference."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon import Relaypermitd, tool
from databases import ROWS, Databases
from postfix import SHIPPED_MILTER, Postfix, Service
from session import Session

REMOTE = "someone@remote.invalid"

# Every kind of key: addresses, their own and others', with extension, of other case, of a whole domain; local
# parts alone; a line that comes too late.
OWNERS = """\
alice@example.com   alice@example.com
bob@example.com     bob@example.com
Carol@example.com   carol@example.com
dave@example.com    dave@example.com, alice@example.com
erin@example.com    erin@example.com
sales@example.com   alice@example.com bob@example.com
info@example.com    BOB@example.com
alice+shop@example.com  bob@example.com
bob+lists@example.com   bob@example.com,erin@example.com
@example.com        boss@example.com
@example.org        alice@example.com, frank@example.org
frank@example.org   frank@example.org
root                boss@example.com
hostmaster          erin@example.com
root+cron           bob@example.com
"""
# The first line counts in a table that postmap made; a texthash with both is broken.
TWICE = OWNERS + "alice@example.com   mallory@example.com\n"
PATTERNS = r"""
# the first that matches
/^(.*)@corp\.example$/      ${1}@example.com
/^bob\+.*@/                 erin@example.com
if /@example\.org$/
/^shop-.*@example\.org$/    bob@example.com
endif
/^(sales|info)@example\.(com|org)$/   alice@example.com,bob@example.com
!/@(example\.(com|org)|corp\.example|mail\.example\.com)$/   boss@example.com
/^alice@example\.com$/      alice@example.com
"""
ACCESS = """\
example.com           CHECK
.example.com          CHECK
bob@example.com       DUNNO
bob+lists@example.com CHECK
sales@example.com     OK
carol@                CHECK
shop-1@               CHECK
shop-1@example.org    OK
mail.example.com      DUNNO
alice@mail.example.com CHECK
"""
OUTSIDERS = """\
example.com       REJECT log in to send as one of us
news@example.com  OK
root@             DUNNO
spam.example      550 5.7.1 spam
sub.example.com   REJECT
"""
# All of them with RELAYPERMIT_ALL_PAIRS=1: 600 pairs for each scenario.
ALL_LOGINS = ("alice@example.com", "bob@example.com", "carol@example.com", "dave@example.com", "erin@example.com",
          "frank@example.org", "boss@example.com", "mallory@example.com", "ALICE@example.com", "gina@example.net",
          "nobody@example.com", "info@example.com", "sales@example.com", "root@mail.example.com", "erin@example.org")
LOGINS = ALL_LOGINS if os.environ.get("RELAYPERMIT_ALL_PAIRS") else ALL_LOGINS[:7:2]
SENDERS = tuple(f"{local}@{domain}" for domain in ("example.com", "example.org", "mail.example.com") for local in (
    "alice", "bob", "carol", "dave", "sales", "alice+shop", "alice+x", "bob+lists", "root", "root+cron", "hostmaster",
    "shop-1")) + ("bob@corp.example", "alice+x@corp.example", "x@elsewhere.example", "SALES@Example.COM")

AUTHENTICATED = "reject_authenticated_sender_login_mismatch"


@dataclass
class Scenario:
    """A service with maps of its own. `files`: name -> text, below $etc."""

    maps: str
    check: str = AUTHENTICATED
    files: dict[str, str] = field(default_factory=lambda: {"owners": OWNERS})
    settings: dict[str, str] = field(default_factory=dict)
    postmap: str = ""
    left_out: bool = False  # whether something cannot be carried over
    # What Postfix permits and the policy does not, as documented; never the other way round.
    stricter: bool = False
    # Of one that asks a database: which. `files` are not written, but rows of OWNERS there.
    database: str = ""
    query: str = "SELECT login FROM owners WHERE address = '%s'"
    other: str = ""  # the check of a second service, which the same policy judges


PLUS = {"recipient_delimiter": "+"}
SCENARIOS = {
    "texthash": Scenario("texthash:$etc/owners", settings=PLUS),
    "hash": Scenario("hash:$etc/owners", postmap="hash", files={"owners": TWICE}),
    "btree": Scenario("proxy:btree:$etc/owners", postmap="btree", settings={"recipient_delimiter": "+-"}),
    "lmdb": Scenario("lmdb:$etc/owners", postmap="lmdb", settings=PLUS),
    "cdb": Scenario("cdb:$etc/owners", postmap="cdb", settings=PLUS),
    "inline": Scenario("inline:{ {alice@example.com = alice@example.com, bob@example.com}, @example.org=bob@example.com }"),
    "static": Scenario("texthash:$etc/owners, static:{boss@example.com, bob@example.com}", settings=PLUS),
    "regexp": Scenario("regexp:$etc/patterns", files={"patterns": PATTERNS}, stricter=True, left_out=True),
    "pcre": Scenario("pcre:$etc/patterns", files={"patterns": PATTERNS.replace("!/", "#")}),
    "regexp and texthash": Scenario("regexp:$etc/patterns, texthash:$etc/owners", settings=PLUS, files={
        "owners": OWNERS, "patterns": PATTERNS.replace("!/", "#")}),
    "texthash and pcre": Scenario("texthash:$etc/owners, pcre:$etc/patterns", settings=PLUS, files={
        "owners": OWNERS, "patterns": PATTERNS.replace("!/", "#")}),
    "unionmap": Scenario("unionmap:{texthash:$etc/owners, texthash:$etc/more}", settings=PLUS, files={
        "owners": OWNERS, "more": "sales@example.com carol@example.com\n@example.com erin@example.com\n"}),
    "pipemap": Scenario("pipemap:{texthash:$etc/owners, texthash:$etc/more}", settings=PLUS, files={
        "owners": "alice@example.com one\nsales@example.com one\n@example.org two\nbob@example.com three\n",
        "more": "one alice@example.com\ntwo bob@example.com, carol@example.com\n"}),
    "two tables": Scenario("texthash:$etc/more, texthash:$etc/owners", settings=PLUS, files={
        "owners": OWNERS, "more": "sales@example.com carol@example.com\n@example.com erin@example.com\n"}),
    "known": Scenario("texthash:$etc/owners", "reject_known_sender_login_mismatch", settings=PLUS),
    "known, patterns": Scenario("pcre:$etc/patterns", "reject_known_sender_login_mismatch",
                                files={"patterns": PATTERNS.replace("!/", "#")}),
    "both": Scenario("texthash:$etc/owners", "reject_sender_login_mismatch", settings=PLUS, left_out=True),
    "unauthenticated": Scenario("texthash:$etc/owners", "reject_unauthenticated_sender_login_mismatch", settings=PLUS,
                                left_out=True),
    "no check": Scenario("texthash:$etc/owners", "permit", settings=PLUS),
    "warned": Scenario("texthash:$etc/owners", f"warn_if_reject {AUTHENTICATED}", settings=PLUS),
    "sqlite": Scenario("sqlite:$etc/owners.cf", settings=PLUS, database="sqlite"),
    "mysql": Scenario("mysql:$etc/owners.cf", settings=PLUS, database="mysql"),
    "mysql, joined": Scenario("mysql:$etc/owners.cf", settings=PLUS, database="mysql",
                              query="SELECT login FROM owners WHERE address = '%u@%d' OR address = \"%u@%d\""),
    "pgsql": Scenario("pgsql:$etc/owners.cf", settings=PLUS, database="pgsql"),
    "pgsql, joined": Scenario("proxy:pgsql:$etc/owners.cf", settings=PLUS, database="pgsql",
                              query="SELECT login FROM owners WHERE address = '%u@%d' AND login <> 'x%%y'"),
    "ldap": Scenario("ldap:$etc/owners.cf", settings=PLUS, database="ldap", query="(proxyAddresses=smtp:%s)"),
    "ldap, joined": Scenario("ldap:$etc/owners.cf", settings=PLUS, database="ldap",
                             query="(&(objectClass=mailPerson)(|(proxyAddresses=smtp:%u@%d)(proxyAddresses=smtp:%U@%D)))"),
    # Whose sender is checked, an access table says: by a class, by the restriction itself.
    "class of an access table": Scenario(
        "texthash:$etc/owners", "check_sender_access texthash:$etc/access",
        files={"owners": OWNERS, "access": ACCESS.replace("CHECK", "mine")},
        settings=PLUS | {"smtpd_restriction_classes": "mine", "mine": AUTHENTICATED}),
    "access table": Scenario(
        "texthash:$etc/owners", "permit_mynetworks, check_sender_access texthash:$etc/access, permit_sasl_authenticated",
        files={"owners": OWNERS, "access": ACCESS.replace("CHECK", "reject_known_sender_login_mismatch")},
        settings={"parent_domain_matches_subdomains": ""}),
    "access table and all": Scenario(
        "texthash:$etc/owners", f"check_sender_access texthash:$etc/access, {AUTHENTICATED}",
        files={"owners": OWNERS, "access": ACCESS.replace("CHECK", AUTHENTICATED).replace("OK", "DUNNO")}, settings=PLUS),
    # What a policy cannot tell apart: it checks all senders, as the strictest does.
    "access table with two checks": Scenario(
        "texthash:$etc/owners", "check_sender_access texthash:$etc/access", settings=PLUS, left_out=True, stricter=True,
        files={"owners": OWNERS, "access": f"example.com {AUTHENTICATED}\nexample.org reject_known_sender_login_mismatch\n"
               f"boss@example.com {AUTHENTICATED}, reject_unlisted_sender\nmail.example.com OK\n"}),
    "access table of patterns": Scenario(
        "texthash:$etc/owners", "check_sender_access regexp:$etc/access", settings=PLUS, left_out=True, stricter=True,
        files={"owners": OWNERS, "access": f"/@example.com$/ {AUTHENTICATED}\n/@example.org$/ OK\n"}),
    "access table beside another service": Scenario(
        "texthash:$etc/owners", "check_sender_access texthash:$etc/access", settings=PLUS, left_out=True, stricter=True,
        files={"owners": OWNERS, "access": f"example.com {AUTHENTICATED}\n"},
        other="check_sender_access inline:{example.org=reject_known_sender_login_mismatch}"),
    "checked too late": Scenario("texthash:$etc/owners", f"permit_sasl_authenticated, {AUTHENTICATED}"),
}


def rows() -> list[tuple[str, str]]:
    """Of OWNERS: the key in lower case, and one login."""
    found = []
    for line in OWNERS.splitlines():
        key, logins = line.split(maxsplit=1)
        found += [(key.lower(), login) for login in re.split(r"[ ,]+", logins)]
    return found


OWNERS_IN_SQL = ["CREATE TABLE owners (address VARCHAR(100), login VARCHAR(100))",
                 *(f"INSERT INTO owners VALUES ('{address}', '{login}')" for address, login in rows())]


class Imported:
    """One Postfix with a service for each scenario, and one that asks relaypermitd instead."""

    def __init__(self) -> None:
        common = {"smtpd_sasl_auth_enable": "yes", "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "no",
                  "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject"}
        self.postfix = Postfix(hosted="example.com, example.org", chroot=False, settings={
            "meta_directory": "/etc/postfix", "shlib_directory": "/usr/lib/postfix",
            "mydestination": "$myhostname, localhost"})
        self.folder = self.postfix.directory / "imported"
        self.postfix.settings["proxy_read_maps"] = (
            f"proxy:btree:{self.etc('btree')}/owners, proxy:pgsql:{self.etc('pgsql, joined')}/owners.cf")
        self.postfix.extra_services["judged"] = Service(common)
        self.postfix.extra_services["outsiders"] = Service(common | {"smtpd_milters": "", "smtpd_sender_restrictions": (
            f"permit_mynetworks, permit_sasl_authenticated, check_sender_access texthash:{self.etc('outsiders')}/access"),
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"})
        self.postfix.extra_services["judged outsiders"] = Service({
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"})
        for name, scenario in SCENARIOS.items():
            options = common | {"smtpd_milters": ""} | self.options(name)
            self.postfix.extra_services[name] = Service(options)
            if scenario.other:
                self.postfix.extra_services[f"{name}, other"] = Service(
                    options | {"smtpd_sender_restrictions": scenario.other})
        os.environ.setdefault("RELAYPERMIT_MODULES", str(tool().parents[2] / "modules"))
        self.daemon = Relaypermitd("", self.postfix.milter_socket())
        assert self.postfix.milter == SHIPPED_MILTER

    def etc(self, name: str) -> Path:
        return self.folder / name.replace(" ", "-").replace(",", "")

    def options(self, name: str) -> dict[str, str]:
        scenario = SCENARIOS[name]
        return {"smtpd_sender_login_maps": scenario.maps.replace("$etc", str(self.etc(name))),
                "smtpd_sender_restrictions": scenario.check.replace("$etc", str(self.etc(name)))} | scenario.settings

    def prepare(self) -> None:
        """Each scenario's tables, and its own main.cf and master.cf: those that are imported."""
        self.folder.mkdir()
        self.databases = Databases(self.folder / "databases", OWNERS_IN_SQL)
        for address, login in rows():
            if (login.lower(), address) not in ROWS:  # which it has from the start
                self.databases.ldap.add(login.lower(), address)
        etc = self.etc("outsiders")
        etc.mkdir()
        (etc / "access").write_text(OUTSIDERS)
        (etc / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in (
            self.postfix.main_cf() | {"config_directory": str(etc)}
            | self.postfix.extra_services["outsiders"].options).items()))
        (etc / "master.cf").write_text("smtp inet n - n - - smtpd\n")
        for path in etc.iterdir():
            os.utime(path, (time.time() - 60,) * 2)
        for name, scenario in SCENARIOS.items():
            etc = self.etc(name)
            etc.mkdir()
            if scenario.database:
                self.databases.write(etc / "owners.cf", scenario.database, scenario.query)
            else:
                for file, text in scenario.files.items():
                    (etc / file).write_text(text)
            (etc / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in (
                self.postfix.main_cf() | {"config_directory": str(etc)}).items()))
            others = {"smtpd_sender_restrictions": scenario.other}
            (etc / "master.cf").write_text("".join(
                f"{service} inet n - n - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n" + "".join(
                    f"  -o {{ {key} = {value} }}\n" for key, value in options.items())
                for service, options in (("submission", self.options(name)), ("465", self.options(name) | others))
                if service == "submission" or scenario.other))
            old = time.time() - 60
            for path in etc.iterdir():
                os.utime(path, (old, old))
            if scenario.postmap:
                # Of a line that comes twice it warns.
                subprocess.run(["postmap", "-c", etc, f"{scenario.postmap}:{etc}/owners"], check=True,
                               capture_output=True)
                if scenario.postmap != "cdb":  # which postmap cannot list
                    (etc / "owners").write_text("# what was made of this counts\n" + scenario.files["owners"])

    def policy(self, name: str) -> str:
        """Imported, with the sockets of this world."""
        done = subprocess.run([tool(), "import", "--postfix", self.etc(name)], capture_output=True, text=True,
                              check=False)
        assert done.returncode == (1 if SCENARIOS[name].left_out else 0), done.stdout + done.stderr
        assert "policy:" not in done.stderr, done.stderr
        return self.databases.here(done.stdout)

    def answers(self, listener: str, recipient: str = REMOTE) -> dict[tuple[str, str], int]:
        """The code of what each login gets for each sender, at MAIL or at RCPT."""
        found = {}
        commands = [command for sender in SENDERS
                    for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "RSET")]
        with Session("127.0.0.1", self.postfix.ports[listener]) as session:
            for login in LOGINS:
                session.ehlo()
                reply = session.xclient(name="[UNAVAILABLE]", destport="587", login=login)
                assert reply.code == 220, reply
                session.ehlo()
                replies = session.pipeline(*commands)
                for number, sender in enumerate(SENDERS):
                    mail, rcpt, rset = replies[3 * number:3 * number + 3]
                    assert rset.code == 250, rset
                    found[login, sender] = rcpt.code if mail.ok else mail.code
        return found


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[Imported]:
    world = Imported()
    world.prepare()
    try:
        with world.postfix as postfix:
            del postfix
            yield world
    finally:
        world.databases.end()


@pytest.fixture(name="daemon", scope="module")
def _daemon(world: Imported) -> Iterator[Relaypermitd]:
    world.daemon.write(world.policy("texthash"))
    with world.daemon as daemon:
        yield daemon


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_policy_decides_as_postfix_does(world: Imported, daemon: Relaypermitd, name: str) -> None:
    # What a database answers is not listed: test_a_database_is_compared_over_the_record.
    if not SCENARIOS[name].stricter and not SCENARIOS[name].database:
        compared = subprocess.run([tool(), "import", "--postfix", world.etc(name), "--compare"], capture_output=True,
                                  text=True, check=False)
        assert compared.returncode == 0 and compared.stdout.endswith(": no difference\n"), compared
    mark = daemon.mark()
    daemon.write(world.policy(name))
    daemon.reload()
    daemon.wait_for_log("reloaded ", mark)
    theirs = world.answers(name)
    ours = world.answers("judged")
    assert set(theirs.values()) <= {250, 553} and set(ours.values()) <= {250, 550}, (theirs, ours)
    assert 250 in theirs.values()
    differences = [(pair, code, ours[pair]) for pair, code in theirs.items() if (code == 250) != (ours[pair] == 250)]
    if SCENARIOS[name].stricter:
        differences = [one for one in differences if one[2] == 250]
    assert not differences, f"{len(differences)} of {len(theirs)}: {differences[:20]}\n{world.policy(name)}"
    if SCENARIOS[name].other:
        theirs = world.answers(f"{name}, other")
        assert 553 in theirs.values(), theirs
        assert not [pair for pair, code in theirs.items() if code != 250 and ours[pair] == 250], theirs


def test_an_access_table_refuses_own_senders_to_outsiders(world: Imported, daemon: Relaypermitd) -> None:
    done = subprocess.run([tool(), "import", "--postfix", world.etc("outsiders")], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    for said in ("all below example.com", "spam.example, sub.example.com", '[cause.hosted-sender-needs-login]'):
        assert said in done.stdout, done.stdout
    mark = daemon.mark()
    daemon.write(world.databases.here(done.stdout))
    daemon.reload()
    daemon.wait_for_log("reloaded ", mark)
    senders = ("alice@example.com", "ALICE@Example.com", "news@example.com", "news+x@example.com", "root@example.com",
               "bob@example.org", "x@mail.example.com", "x@elsewhere.example", "x@spam.example", "x@below.example.com",
               "x@sub.example.com")
    answers = {}
    for listener in ("outsiders", "judged outsiders"):
        with Session("127.0.0.1", world.postfix.ports[listener]) as session:
            session.ehlo()
            assert session.xclient(name="[UNAVAILABLE]", addr="198.51.100.7", destport="25").code == 220
            session.ehlo()
            replies = session.pipeline(*(command for sender in senders for command in (
                f"MAIL FROM:<{sender}>", "RCPT TO:<someone@example.com>", "RSET")))
        answers[listener] = {sender: replies[3 * number + 1].ok for number, sender in enumerate(senders)}
    theirs, ours = answers.values()
    assert {sender for sender in senders if theirs[sender] != ours[sender]} == {
        "x@spam.example", "x@below.example.com", "x@sub.example.com"}, answers
    assert not theirs["alice@example.com"] and theirs["news@example.com"] and theirs["bob@example.org"], theirs


RECORD = ("2026-11-20T09:14:{:02}+00:00 mail relaypermitd[812]: 4c1X2b{}: verdict=accept cause=- ref=- stage=eom login={} "
          "mech=PLAIN sender={} from={} hdrsender=- rcpt=someone@remote.example mailer=smtp client=198.51.100.7 port=587 "
          "daemon=ORIGINATING mta=postfix tls=TLSv1.3 helo=laptop rule=- also=- reply=-\n")


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.database])
def test_a_database_is_compared_over_the_record(world: Imported, tmp_path: Path, name: str) -> None:
    recorded = [("alice@example.com", "bob+lists@example.com"), ("bob@example.com", "sales+x@example.com"),
                ("frank@example.org", "carol@example.org"), ("gina@example.net", "hostmaster@mail.example.com"),
                ("boss@example.com", "nobody@example.com"), ("frank@example.org", "x@example.org")]
    maillog = tmp_path / "mail.log"
    maillog.write_text("".join(RECORD.format(number, number, login, sender, sender)
                               for number, (login, sender) in enumerate(recorded)))
    policy = tmp_path / "policy.toml"
    policy.write_text(world.policy(name))

    def compare(*more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([tool(), "import", "--postfix", world.etc(name), "--compare", *map(str, more)],
                              capture_output=True, text=True, check=False)

    same = compare("--policy", policy, "--maillog", maillog)
    assert same.returncode == 0 and not same.stderr, same
    first, unlisted = same.stdout.splitlines()
    # Five logins on record and those of the answers, of which erin is one; and each as itself.
    logins, senders = map(int, re.search(r"of (\d+) logins and (\d+) senders, 6 of them on record: no difference$", first).groups())
    assert logins >= 7 and senders >= 14, first
    assert "lists nothing" in unlisted
    policy.write_text(policy.read_text().replace("x%y", "frank@example.org") + """
[[alias]]
id = "more"
logins = ["gina@example.net"]
senders = ["hostmaster@mail.example.com"]
""")
    other = compare("--policy", policy, "--maillog", maillog)
    assert other.returncode == 1, other
    assert "gina@example.net as hostmaster@mail.example.com: Postfix refuses it, the policy permits it (more)" in other.stdout
    if SCENARIOS[name].database != "sqlite":
        silent = compare("--maillog", maillog)
        assert silent.returncode == 2 and "owners.password" in silent.stderr, silent
