"""What is wrong with a message, named alike by the reply of a real Postfix, by log and by explain."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import tool
from inspected import Inspected
from world import POLICY, message

ALICE = "alice@example.com"
REMOTE = "someone@remote.invalid"
BLOCKED = "198.51.100.77"
BLOCK = f"""
[[restrict]]
id        = "bad-network"
clients   = ["{BLOCKED}/32"]
suspended = true
"""

# From, the remedy in the reply, and the culprit as log and explain name it.
FROM_LINES = {
    "a comma in the name": (
        ["Acme, Inc. <alice@example.com>"], "from-unusable", "take the comma out of your sender name in account settings or put the name in quotes.",
        "a comma in the name beside the address"),
    "a bare word": (
        ["scanner"], "from-unusable", "enter a whole mail address as 'From' such as alice@example.com.",
        "a From without a whole address"),
    "two addresses": (
        ["<alice@example.com> <bob@example.com>"], "from-unusable", "enter only one mail address as 'From'",
        "more than one address in From"),
    "a redirect": (
        ["author@elsewhere.example", "Resent-From: alice@example.com", "Resent-To: someone@remote.invalid"], "from-not-owned",
        "press Forward instead of Redirect as author@elsewhere.example wrote this message.",
        "a message of somebody else, redirected"),
}


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[Inspected]:
    with Inspected(POLICY + BLOCK) as world:
        yield world


@pytest.mark.parametrize("fields, cause, remedy, culprit", FROM_LINES.values(), ids=FROM_LINES)
def test_what_is_wrong_with_from(world: Inspected, tmp_path: Path, fields: list[str], cause: str, remedy: str,
                                 culprit: str) -> None:
    mark = world.daemon.mark()
    with world.session(login=ALICE) as session:
        session.mail(ALICE)
        session.rcpt(REMOTE)
        record = world.refused(session.data(message(*fields)), cause, mark)
    assert f"Not sent - {remedy}" in (record["reply"] or "")
    world.wait_until_stored(len(world.daemon.records()))
    log = " ".join(world.tool("log", "--cause", cause).split())
    assert culprit in log[log.index(record["ref"] or "?"):], log
    explained = " ".join(world.tool("explain", record["ref"] or "", code=1).split())
    assert culprit in explained
    if "redirected" in culprit:
        assert "what would permit it: - the mail program must forward the message instead of redirecting it" in explained
        assert "[[alias]]" not in explained
    # The same in a rehearsal.
    case = tmp_path / "case.toml"
    headers = json.dumps([f"From: {fields[0]}", *fields[1:]])
    case.write_text(f'[[test]]\nname = "it"\nlogin = "{ALICE}"\nport = 2587\nheaders = {headers}\nexpect = "accept"\n')
    tried = subprocess.run([tool(), "test", "-c", world.daemon.policy_file, case], capture_output=True, text=True, check=False,
                           env={"COLUMNS": "200"})
    assert tried.returncode == 1, tried.stderr
    assert culprit in tried.stdout and f"Not sent - {remedy}" in tried.stdout, tried.stdout


def test_a_refused_network_is_no_matter_of_the_account(world: Inspected) -> None:
    mark = world.daemon.mark()
    with world.session(login=ALICE, client=BLOCKED) as session:
        record = world.refused(session.mail(ALICE), "account-suspended", mark)
    assert (record["reply"] or "").startswith(
        f"550 5.7.1 Not sent - ask postmaster@example.com to unblock this computer or network. Its address is {BLOCKED} - "), (
            record.line)
    world.wait_until_stored(len(world.daemon.records()))
    assert "the client's network is suspended" in " ".join(world.tool("log", "--cause", "account-suspended").split())
    assert "the client's network is suspended" in " ".join(world.tool("explain", record["ref"] or "", code=1).split())
