"""What the tool says of mail that a real Postfix refused: log, report, suggest, replay and explain,
from the store and from the mail log.

One day at a mail server is played once; every command then looks at it.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import program
from inspected import EVERY_VERDICT, Inspected, MailLog, same_decision
from process import accepts, wait_for
from record_line import Record
from sendmail import Sendmail
from session import Session
from world import PASSWORD, POLICY, message

ALICE, BOB, SHOP = "198.51.100.1", "198.51.100.2", "198.51.100.3"
NO_LOGIN, WRONG_PASSWORD, STRANGER = "203.0.113.1", "203.0.113.2", "203.0.113.3"
THIEVES = ["203.0.113.4", "198.51.100.4", "192.0.2.200"]
REMOTE = "someone@remote.invalid"


class Day:
    """What was played: the references by name of the scene, and the mail log."""

    def __init__(self, world: Inspected, maillog: MailLog) -> None:
        self.world = world
        self.maillog = maillog
        self.references: dict[str, list[str]] = {}
        self.accepted: list[str] = []
        self.records: list[Record] = []

    def refused(self, scene: str, session: Session, *commands: tuple[str, object], last: str = "") -> None:
        """Plays a scene whose last command is refused."""
        mark = self.world.daemon.mark()
        with session:
            for name, argument in commands:
                reply = getattr(session, name)(argument)
        assert reply.code in (530, 550, 554), reply
        record, = self.world.daemon.wait_for_records(mark)
        self.references.setdefault(scene, []).append(record["ref"] or "")
        self.maillog.take(last)

    def sent(self, login: str, author: str, client: str) -> None:
        mark = self.world.daemon.mark()
        with self.world.session("submissions", client=client, login=login) as session:
            session.mail(login)
            session.rcpt(REMOTE)
            self.accepted.append(self.world.accepted(session.data(message(author)), mark).queue_id)
        self.maillog.take()


def play(day: Day) -> None:
    world = day.world
    day.sent("alice@example.com", "Alice <alice@example.com>", ALICE)
    # Twice the same: one row.
    for _ in range(2):
        day.refused("boss", world.session("submission", client=ALICE, login="alice@example.com"),
                    ("mail", "boss@example.com"))
    day.refused("orders", world.session("submissions", client=BOB, login="bob@example.com"),
                ("mail", "orders@example.com"))
    day.refused("from", world.session("submission", client=BOB, login="bob@example.com"),
                ("mail", "bob@example.com"), ("rcpt", REMOTE), ("data", message("Desk <desk@example.com>")))
    # Three senders of one domain by one login.
    for name in ("cups", "plates", "mugs"):
        day.refused("shop", world.session("submission", client=SHOP, login="bob@example.com"),
                    ("mail", f"{name}@example.org"))
    day.refused("no login", world.session("submission", client=NO_LOGIN), ("mail", "alice@example.com"))
    session = world.session("submission", client=WRONG_PASSWORD)
    assert session.auth("alice@example.com", "wrong").code == 535
    day.refused("wrong password", session, ("mail", "alice@example.com"), last="authentication failed")
    day.refused("port 25", world.session("smtp", client=STRANGER, tls=False),
                ("mail", "alice@example.com"), ("rcpt", REMOTE))
    day.refused("suspended", world.session("submission", client=STRANGER, login="mallory@example.com"),
                ("mail", "mallory@example.com"))
    # A stolen account, from all over.
    for number in range(6):
        day.refused("stolen", world.session("submission", client=THIEVES[number % 3], login="scanner@example.com"),
                    ("mail", f"victim{number}@bank{number}.invalid"))
    day.sent("bob@example.com", "bob@example.com", BOB)
    day.records = world.daemon.records()
    world.wait_until_stored(len(day.records))


@pytest.fixture(name="day", scope="module", params=["cyrus", "dovecot"])
def _day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with Inspected(sasl=request.param) as world:
        day = Day(world, MailLog(world, tmp_path_factory.mktemp("log") / "mail.log"))
        play(day)
        yield day


@pytest.fixture(name="source", params=["store", "mail log"])
def _source(request: pytest.FixtureRequest, day: Day) -> list[str]:
    return [] if request.param == "store" else ["--maillog", str(day.maillog.file)]


# -- log


def test_log_shows_every_refusal_with_its_reference(day: Day, source: list[str]) -> None:
    shown = day.world.tool("log", *source)
    references = [refs[0] for refs in day.references.values()]
    if source:
        references = [ref for refs in day.references.values() for ref in refs]
    assert [ref for ref in references if ref not in shown] == []
    words = re.sub(r"\s+", " ", shown)
    twice = "" if source else ", 2 times"
    assert f"sender-not-owned {day.references['boss'][0]} alice@example.com ({ALICE} port 587), " \
           f"as boss@example.com{twice}" in words, shown
    assert f"use-submission {day.references['port 25'][0]} {STRANGER} port 25, no login" in words
    assert "accept" not in shown


def test_log_of_the_store_and_of_the_mail_log_say_what_the_record_says(day: Day, source: list[str]) -> None:
    rows = day.world.json_lines("log", *EVERY_VERDICT, *source)
    assert sum(row["count"] for row in rows) == len(day.records)
    for row in rows:
        record = next(r for r in day.records if (row["ref"] or row["queue"]) in (r["ref"], r.queue_id))
        assert same_decision(row, record), f"{row}\n{record.line}"
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


@pytest.mark.parametrize("options, scenes", [
    (["--cause", "from-not-owned"], ["from"]),
    (["--login", "bob@example.com"], ["orders", "from", "shop"]),
    (["--login", "bob", "--sender", "@example.org"], ["shop"]),
    (["--sender", "desk@example.com"], ["from"]),
    (["--client", "203.0.113.0/31"], ["no login"]),
    (["--rule", "cracked"], ["suspended"]),
    (["--verdict", "mta-reject"], []),
    (["--since", "1h", "--cause", "login-required"], ["no login", "wrong password"]),
    (["--until", "2001-01-01", "--since", "2000-01-01"], []),
])
def test_log_filters(day: Day, source: list[str], options: list[str], scenes: list[str]) -> None:
    rows = day.world.json_lines("log", *options, *source)
    # The policy service of port 25 refuses there, so nothing is left to the mail server itself.
    assert {row["ref"] for row in rows} <= {ref for scene in scenes for ref in day.references[scene]}
    assert {scene for scene in scenes if day.references[scene][0] not in {row["ref"] for row in rows}} == set()


def test_the_mail_log_tells_a_wrong_password_from_no_login(day: Day) -> None:
    source = ["--maillog", str(day.maillog.file)]
    shown = day.world.tool("log", "--cause", "login-required", *source)
    words = re.sub(r"\s+", " ", shown)
    assert re.search(rf"{day.references['no login'][0]} {NO_LOGIN} port 587, no login", words), shown
    assert re.search(rf"{day.references['wrong password'][0]} {WRONG_PASSWORD} port 587, wrong password", words), shown
    trouble = {row["client"]: row.get("login_trouble")
               for row in day.world.json_lines("log", "--cause", "login-required", *source)}
    assert trouble == {NO_LOGIN: None, WRONG_PASSWORD: "wrong-password"}


def test_explain_says_what_was_read_at_the_wrong_password(day: Day) -> None:
    source = ["--maillog", str(day.maillog.file)]
    tried, not_tried = (day.world.json_lines("explain", day.references[scene][0], *source, code=1)[0]
                        for scene in ("wrong password", "no login"))
    assert "wrong_password" not in not_tried
    assert tried["wrong_password"]["cause"] == "wrong-password"
    assert tried["wrong_password"]["reply"].startswith("535 5.7.8 Error: authentication failed: authentication failure - ")


def test_log_reads_standard_input_and_gzip(day: Day, tmp_path: Path) -> None:
    plain = day.world.tool("log", "--maillog", day.maillog.file)
    packed = tmp_path / "mail.log.gz"
    with packed.open("wb") as out:
        subprocess.run(["gzip", "-c", day.maillog.file], stdout=out, check=True)
    assert day.world.tool("log", "--maillog", packed) == plain
    with day.maillog.file.open() as lines:
        done = subprocess.run(day.world.command("log", "--maillog", "-"), stdin=lines, capture_output=True, text=True,
                              check=True, env={"TZ": "UTC", "COLUMNS": "100"})
    assert done.stdout == plain


def test_log_follows_the_store(day: Day, tmp_path: Path) -> None:
    out = tmp_path / "followed"
    with out.open("w") as file:
        following = subprocess.Popen(day.world.command("log", "--follow", "--json"), stdout=file)
    try:
        # What is on record comes first; then it waits.
        wait_for("what was there", lambda: day.references["suspended"][0] in out.read_text())
        mark = day.world.daemon.mark()
        with day.world.session("submission", client=ALICE, login="alice@example.com") as session:
            assert session.mail("other@example.com").code == 550
        record, = day.world.daemon.wait_for_records(mark)
        wait_for("the new refusal", lambda: (record["ref"] or "") in out.read_text())
        row = json.loads(out.read_text().splitlines()[-1])
        assert same_decision(row, record)
    finally:
        following.terminate()
        following.wait(10)
        day.records = day.world.daemon.records()


# -- explain


@pytest.mark.parametrize("scene, cause, grant", [
    ("boss", "sender-not-owned at MAIL", 'senders = ["boss@example.com"]'),
    ("from", "from-not-owned at the end of the message", 'senders = ["desk@example.com"]'),
    ("wrong password", "login-required at MAIL", ""),
    ("port 25", "use-submission at RCPT", ""),
    ("suspended", "account-suspended at MAIL", ""),
])
def test_explain_tells_of_a_reference(day: Day, source: list[str], scene: str, cause: str, grant: str) -> None:
    for reference in day.references[scene]:
        record = next(r for r in day.records if r["ref"] == reference)
        # As it is read out over the telephone.
        shown = day.world.tool("explain", reference.lower(), *source, code=1)
        words = re.sub(r"\s+", " ", shown)
        assert cause in words, shown
        assert (record["reply"] or "")[:40] in words
        assert grant in shown
        assert f"client {record['client']} to port {record['port']}" in words
        assert f"sender {record['sender']}" in words
        assert "Under the policy now" in shown
        explained = json.loads(day.world.tool("explain", reference, "--json", *source, code=1))
        assert explained["recorded"]["cause"] == explained["now"]["cause"] == record["cause"]
        assert [step["rule"] for step in explained["now"]["trace"]] != []


def test_explain_goes_by_the_policy_now(day: Day, source: list[str], tmp_path: Path) -> None:
    grants = tmp_path / "policy.toml"
    grants.write_text(POLICY + '\n[[alias]]\nid = "desk"\nlogins = ["bob@example.com"]\nsenders = ["desk@example.com"]\n')
    reference = day.references["from"][0]
    options = source or ["--store", str(day.world.store)]
    shown = day.world.tool("explain", reference, *options, policy=grants)
    assert "from-not-owned" in shown and "accept by own-address, desk" in re.sub(r"\s+", " ", shown)


def test_explain_says_that_a_reference_is_on_no_record(day: Day, source: list[str]) -> None:
    day.world.tool("explain", "00000000", *source, code=2)


# -- report


def totals_of(day: Day) -> Counter[str]:
    return Counter(record["cause"] or "accept" for record in day.records)


def test_report_counts_what_happened(day: Day, source: list[str]) -> None:
    if source:
        day.maillog.take()
    else:
        day.world.wait_until_stored(len(day.records))
    report = json.loads(day.world.tool("report", "--json", *source))
    totals = totals_of(day)
    assert report["accepted"] == totals.pop("accept")
    assert report["refused"] + report["refused_by_mail_server"] == totals.total()
    assert {row["name"]: row["count"] for row in report["causes"]} == dict(totals)
    assert sum(bucket["count"] for bucket in report["over_time"]) == totals.total()
    logins = Counter(r["login"] for r in day.records if r["cause"] and r["login"])
    assert {row["name"]: row["count"] for row in report["logins"]} == dict(logins)
    # The record begins today: there is nothing to compare with.
    assert report["before"] is None and report["new_logins"] == []
    assert {row["name"] for row in report["networks"]} == {"198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"}
    assert [suspect["login"] for suspect in report["suspects"]] == ["scanner@example.com"]
    assert report["wrong_passwords"] == (1 if source else 0)
    shown = day.world.tool("report", *source)
    for title in ("By cause", "Over time", "Logins", "Senders", "Client networks", "Suspected stolen accounts"):
        assert re.search(rf"^{title}\b", shown, re.MULTILINE), shown
    assert max(map(len, shown.splitlines())) <= 100


def test_report_is_one_html_file(day: Day, source: list[str], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert day.world.tool("report", "--html", page, *source) == ""
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>") and "<svg" in text
    assert "boss@example.com" in text and "scanner@example.com" in text


# -- suggest and replay


def test_suggest_and_replay_agree(day: Day, source: list[str], tmp_path: Path) -> None:
    suggested = day.world.tool("suggest", *source)
    assert "scanner@example.com" in suggested and "SUSPECTED STOLEN ACCOUNTS" in suggested
    entries = tomllib.loads(suggested)["alias"]
    granted = {login: {sender for entry in entries if login in entry["logins"] for sender in entry["senders"]}
               for login in {login for entry in entries for login in entry["logins"]}}
    # Who follows the store meanwhile adds other@.
    assert {"boss@example.com"} <= granted.pop("alice@example.com") <= {"boss@example.com", "other@example.com"}
    assert granted == {"bob@example.com": {"orders@example.com", "desk@example.com", "*@example.org"}}, suggested
    announced = json.loads(day.world.tool("suggest", "--json", *source))

    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    (tmp_path / "policy.d").mkdir()
    (tmp_path / "policy.d/90-suggested.toml").write_text(suggested)
    day.world.tool("check", policy=policy)
    replayed = json.loads(day.world.tool("replay", "--policy", policy, "--json", *source, code=1))
    assert replayed["changed"] == announced["prevented"]
    kinds = Counter({"newly-permitted": 0, "no-longer-refused-there": 0})
    for group in replayed["changes"]:
        kinds[group["change"]] += group["count"]
    # The From was on record, the others were refused before it came.
    assert kinds == {"newly-permitted": 1, "no-longer-refused-there": announced["prevented"] - 1}
    people = {person for group in replayed["changes"] for person in group["people"]}
    assert people == {person for entry in announced["entries"] for person in entry["people"]}


def test_replay_under_the_same_policy_changes_nothing(day: Day, source: list[str]) -> None:
    shown = day.world.tool("replay", "--policy", day.world.daemon.policy_file, *source)
    assert "nothing changes" in shown


def test_replay_names_who_would_be_refused(day: Day, source: list[str], tmp_path: Path) -> None:
    stricter = tmp_path / "policy.toml"
    stricter.write_text(POLICY + '\n[[restrict]]\nid = "away"\nlogins = ["alice@example.com"]\nsuspended = true\n')
    shown = day.world.tool("replay", "--policy", stricter, *source, code=1)
    assert "newly refused" in shown and "account-suspended" in shown and "alice@example.com" in shown
    assert PASSWORD not in shown


def test_the_store_is_readable_by_its_group_alone(day: Day) -> None:
    assert day.world.store.stat().st_mode & 0o777 == 0o640


# -- what a client writes

FORGED = ("NOQUEUE: verdict=accept cause=- ref=- stage=eom login=boss@example.com mech=PLAIN sender=boss@example.com "
          "from=boss@example.com hdrsender=- rcpt=- mailer=- client=192.0.2.1 port=587 daemon=- mta=postfix tls=- helo=x "
          "rule=own-address also=- reply=-")


WRAPPED = ["{}", "\" {}", "x\tNov 21 10:00:00 mail relaypermitd[1]: {}",
           "x\r\tNov 21 10:00:00 mail relaypermitd[1]: {}", "</title><script>alert(1)</script>{}"]


@pytest.mark.parametrize("number", range(len(WRAPPED)))
def test_nothing_that_a_client_writes_becomes_a_record_or_a_field(day: Day, number: int, tmp_path: Path) -> None:
    text = WRAPPED[number].format(FORGED)
    # An address of its own, so that none shares a row of the store with another.
    client = f"198.51.100.{number + 20}"
    local = '"' + text.replace('"', '\\"').replace("\r", "").replace("@", "\\@") + '"'
    world, mark, before = day.world, day.world.daemon.mark(), day.world.stored()
    # HELO, a login that does not exist, the envelope sender, and From with a line of its own.
    with world.session("submission", client=client, helo=re.sub(r"\s", "_", text)) as session:
        session.auth(text.replace("\r", ""), "wrong")
        session.mail(local + "@example.com")
    with world.session("submissions", client=client, login="alice@example.com") as session:
        session.mail(local + "@example.com")
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        session.data(message(f"{local} <boss@example.com>", f"Sender: {text}"))
        session.rset()
        session.mail("alice@example.com")
        session.rcpt(REMOTE)
        session.data(message(f"x\r\n {text}"))
    records = world.daemon.wait_for_records(mark, 3)
    world.wait_until_stored(before + len(records))
    day.maillog.take()
    assert "accept" not in {record["verdict"] for record in records}
    for source in ([], ["--maillog", str(day.maillog.file)]):
        rows = world.json_lines("log", *EVERY_VERDICT, *source)
        day.records = world.daemon.records()
        assert sum(row["count"] for row in rows) == len(day.records)
        for record in records:
            row = next(row for row in rows if row["ref"] == record["ref"])
            assert same_decision(row, record), f"{row}\n{record.line}"
        shown = world.tool("log", *source)
        assert "\x1b" not in shown and "\r" not in shown
        page = tmp_path / "page.html"
        world.tool("report", "--html", page, *source)
        assert "<script" not in page.read_text()


# -- Sendmail


def test_the_mail_log_of_sendmail_tells_a_wrong_password_too(tmp_path: Path) -> None:
    """One log of both, as relaypermitd and Sendmail themselves write it to /dev/log."""
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    with Sendmail(users={"alice@example.com": PASSWORD}) as mta:
        mta.host.start([str(program()), "-c", str(policy), "-p", f"unix:{mta.milter_socket}"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        wait_for("relaypermitd's socket", lambda: mta.milter_socket.exists() and accepts(str(mta.milter_socket)))
        for client, password in ((NO_LOGIN, ""), (WRONG_PASSWORD, "wrong")):
            with mta.session(587, client=client) as session:
                session.ehlo()
                assert session.starttls().code == 220
                session.ehlo()
                if password:
                    assert session.auth("alice@example.com", password).code == 535
                assert session.mail("alice@example.com").code == 530
            mta.host.wait_for_log(rf"relaypermitd.*verdict=reject.*client={client}")
        done = subprocess.run([program().parent.parent / "tool/commands/relaypermit", "log", "--json", "-c", policy,
                               "--maillog", mta.root / "maillog"], capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["client"], row["cause"], row.get("login_trouble")) for row in rows] == [
        (NO_LOGIN, "login-required", None), (WRONG_PASSWORD, "login-required", "wrong-password")]
