"""What suggest, report and explain make of what a real Postfix refused to many at once: the users of
a domain and of a realm that the policy forgot, a mailing list, printers, a web form, a thief.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspected import Inspected
from world import PASSWORD, POLICY, message

REMOTE = "someone@remote.invalid"
USERS = [f"user{number}" for number in range(6)]
LOGINS = ([f"{user}@new.invalid" for user in USERS] + [f"{user}@mail.example.com" for user in USERS]
          + ["lists@example.com", "wp@example.com", "mallory2@example.com"])


def refused(world: Inspected, *commands: tuple[str, object], listener: str = "submission", client: str = "203.0.113.9",
            login: str = "") -> None:
    with world.session(listener, client=client, login=login) as session:
        for name, argument in commands:
            reply = getattr(session, name)(argument)
    assert reply.code in (530, 550, 554), reply


def play(world: Inspected) -> int:
    """How many were refused."""
    for user in USERS:
        refused(world, ("mail", f"{user}@new.invalid"), login=f"{user}@new.invalid")
        refused(world, ("mail", f"{user}@example.com"), login=f"{user}@mail.example.com")
    for number in range(30):
        refused(world, ("mail", f"dev-bounces+u{number}=gmail.com@lists.example.com"), login="lists@example.com")
    for number in range(1, 9):
        refused(world, ("mail", f"scan{number}@example.org"), ("rcpt", REMOTE), listener="smtp",
                client=f"10.9.8.{number}")
    for number in range(5):
        refused(world, ("mail", "wp@example.com"), ("rcpt", REMOTE),
                ("data", message(f"Visitor <visitor{number}@gmail.invalid>")), login="wp@example.com")
    for number in range(6):
        refused(world, ("mail", f"victim{number}@bank.invalid"), client=f"198.51.{number}.7",
                login="mallory2@example.com")
    return 12 + 30 + 8 + 5 + 6


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[Inspected]:
    policy = POLICY.replace('"example.com", "example.org"]', '"example.com", "example.org", "lists.example.com"]')
    inspected = Inspected(policy, mynetworks="10.0.0.0/8", sasl="dovecot")
    # Dovecot has the accounts of Postfix.
    inspected.postfix.accounts.update({login: PASSWORD for login in LOGINS})
    with inspected as world:
        number = play(world)
        world.wait_until_stored(number)
        yield world


def test_suggest_says_in_a_line_what_was_forgotten_for_many(world: Inspected, tmp_path: Path) -> None:
    found = json.loads(world.tool("suggest", "--json"))
    assert [line for setting in found["settings"] for line in setting["lines"]] == \
        ['add "new.invalid" to `hosted_domains` in [relay]']
    assert {(tuple(entry["logins"] + entry["clients"]), tuple(entry["senders"])) for entry in found["entries"]} == {
        (("*@mail.example.com",), ("{user}@example.com",)),
        (("lists@example.com",), ("dev-bounces@lists.example.com",)),
        (("10.9.8.0/24",), ("scan*@example.org",))}
    assert [(suspect["login"], suspect["kind"]) for suspect in found["suspects"]] == [("mallory2@example.com", "theft")]
    assert [form["login"] for form in found["forms"]] == ["wp@example.com"]
    assert found["prevented"] == 6 + 6 + 30 + 8

    # In place, with the line, nobody is refused any more but who shall be.
    shown = world.tool("suggest")
    assert len(tomllib.loads(shown)["alias"]) == 3
    policy = tmp_path / "policy.toml"
    policy.write_text(world.daemon.policy_file.read_text().replace('["example.com"', '["new.invalid", "example.com"'))
    (tmp_path / "policy.d").mkdir()
    (tmp_path / "policy.d/90-suggested.toml").write_text(shown)
    assert json.loads(world.tool("replay", "--policy", policy, "--json", code=1))["changed"] == found["prevented"]


def test_report_says_it_too(world: Inspected) -> None:
    report = json.loads(world.tool("report", "--json"))
    assert {(row["realm"], row["domain"], row["logins"]) for row in report["realms"]} == {
        ("new.invalid", "new.invalid", 6), ("mail.example.com", "example.com", 6)}
    assert {row["name"] for row in report["logins"]} == {"lists@example.com", "wp@example.com", "mallory2@example.com"}
    assert [form["login"] for form in report["forms"]] == ["wp@example.com"]
    shown = world.tool("report")
    for text in ("Suspected stolen accounts", "Strangers in From", "One line for many", "dev-bounces@lists.example.com"):
        assert text in shown


def test_explain_says_it_of_one_refusal(world: Inspected) -> None:
    def explained(login: str) -> str:
        row = world.json_lines("log", "--login", login)[-1]
        return " ".join(world.tool("explain", str(row["ref"]), code=1).split())

    assert 'add "new.invalid" to `hosted_domains` in [relay]' in explained("user1@new.invalid")
    assert '"{user}@example.com"' in explained("user1@mail.example.com")
    for login, text in (("wp@example.com", "Reply-To"), ("mallory2@example.com", "looks like a stolen account")):
        assert text in explained(login) and "[[alias]]" not in explained(login)
