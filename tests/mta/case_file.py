"""Reads a case file: a policy file whose [[test]] entries are facts and what is expected of them.

The same files are run by the engine, by the milter's session with a fake MTA
and by the real MTAs, so this reader fills in the same defaults as they do and
knows nothing of any MTA. What one of them cannot express is its player's to say.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[1] / "cases"
STRANGER = "x@remote.invalid"
SUBMISSION_PORTS = [587, 465]
SUBMISSION_NAMES = ["ORIGINATING", "MSA", "MSA-v4", "MSA-v6"]

# What each cause answers where the policy says nothing: code, enhanced code, action.
DEFAULT_REPLIES = {
    "tls-required": ("530 5.7.0", "reject"),
    "login-required": ("530 5.7.0", "reject"),
    "account-suspended": ("550 5.7.1", "reject"),
    "client-not-allowed": ("550 5.7.1", "reject"),
    "weak-login": ("550 5.7.1", "reject"),
    "helo-forged": ("550 5.7.1", "off"),
    "null-sender-refused": ("550 5.7.1", "off"),
    "sender-not-owned": ("550 5.7.1", "reject"),
    "sender-not-hosted": ("550 5.7.1", "reject"),
    "recipient-not-allowed": ("550 5.7.1", "reject"),
    "use-submission": ("550 5.7.1", "reject"),
    "relay-not-permitted": ("550 5.7.1", "reject"),
    "hosted-sender-needs-login": ("550 5.7.1", "off"),
    "from-unusable": ("550 5.7.1", "reject"),
    "from-not-owned": ("550 5.7.1", "reject"),
    "from-not-aligned": ("550 5.7.1", "reject"),
    "hosted-from-needs-login": ("550 5.7.1", "off"),
    "lookup-failed": ("450 4.3.0", "tempfail"),
}


@dataclass(frozen=True)
class Case:
    """One [[test]] with its defaults filled in."""

    file: str
    name: str
    client: str
    port: int
    daemon_name: str
    mta: str
    tls: bool
    helo: str
    login: str
    mechanism: str
    sender: str                 # the argument of MAIL FROM: with its brackets
    recipients: tuple[str, ...]  # the same of RCPT TO
    rcpt_mailer: str | None
    headers: tuple[str, ...]    # whole fields, folds as \n
    has_now: bool
    expect: str
    rule: str | None

    @property
    def id(self) -> str:
        return f"{self.file.removesuffix('.toml')}: {self.name}"


@dataclass(frozen=True)
class CaseFile:
    """A policy with its cases."""

    path: Path
    text: str
    policy: dict[str, Any]
    cases: tuple[Case, ...]

    def table(self, name: str) -> dict[str, Any]:
        value = self.policy.get(name, {})
        assert isinstance(value, dict)
        return value

    def reply_of(self, cause: str) -> tuple[str, str]:
        """Code with enhanced code, and action, with which this policy answers the cause."""
        reply, action = DEFAULT_REPLIES[cause]
        own = self.table("cause").get(cause, {})
        action = own.get("action", action)
        if "reply" in own:
            return str(own["reply"]), action
        if action == "tempfail" and reply.startswith("5"):
            # The same text, put off: 450 and the enhanced code's class 4.
            reply = "450 4" + reply[5:]
        return reply, action


def as_path(address: str) -> str:
    """The argument of MAIL or RCPT; cases may leave the brackets out."""
    return address if address.startswith("<") else f"<{address}>"


def form_regex(form: str) -> str:
    """What logins of one of [login] forms look like."""
    places = {"{user}": "(?P<user>[^@]+?)", "{domain}": "(?P<domain>[^@]+?)", "{any}": ".*?"}
    return "".join(places.get(part, re.escape(part)) for part in re.split(r"(\{\w+\})", form))


def login_address(login: str, default_realm: str, forms: list[str]) -> str:
    """The address that a login is by itself: realm in lower case, or the default one."""
    for form in forms:
        if found := re.fullmatch(form_regex(form), login, re.IGNORECASE):
            parts = {"domain": default_realm} | found.groupdict()
            return f"{parts['user']}@{parts['domain'].lower()}"
    user, at, realm = login.rpartition("@")
    if not at:
        return f"{login}@{default_realm}" if default_realm else login
    return f"{user}@{realm.lower()}"


def author(path: str) -> str:
    """The address of a MAIL argument as a From field has it: without brackets and source route."""
    address = path.removeprefix("<").removesuffix(">")
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    return address


def read_case(file: str, test: dict[str, Any], policy: dict[str, Any]) -> Case:
    """One [[test]] table."""
    submission = policy.get("submission", {})
    login = test.get("login", "")
    port = test.get("port", 587)
    daemon_name = test.get("daemon_name", "")
    is_submission = (port in submission.get("ports", SUBMISSION_PORTS)
                     or daemon_name in submission.get("daemon_names", SUBMISSION_NAMES))
    logins = policy.get("login", {})
    own = login_address(login, logins.get("default_realm", ""), logins.get("forms", [])) if login else STRANGER
    sender = as_path(test.get("sender", own))
    if "headers" in test:
        headers = tuple(test["headers"])
    elif "from" in test:
        headers = (f"From: {test['from']}",)
    else:
        headers = (f"From: {own if sender == '<>' else author(sender)}",)
    return Case(
        file=file, name=test["name"], client=test.get("client", "198.51.100.1"), port=port,
        daemon_name=daemon_name, mta=test.get("mta", "postfix"), tls=test.get("tls", is_submission),
        helo=test.get("helo", "client.example"), login=login,
        mechanism=test.get("mechanism", "PLAIN" if login else ""), sender=sender,
        recipients=tuple(as_path(each) for each in test.get("recipients", ["someone@remote.invalid"])),
        rcpt_mailer=test.get("rcpt_mailer"), headers=headers, has_now="now" in test,
        expect=test["expect"], rule=test.get("rule"))


def read_case_file(path: Path) -> CaseFile:
    text = path.read_text()
    policy = tomllib.loads(text)
    cases = tuple(read_case(path.name, test, policy) for test in policy["test"])
    return CaseFile(path, text, policy, cases)


def case_files() -> list[CaseFile]:
    """All of tests/cases, in order of name."""
    return [read_case_file(path) for path in sorted(CASES.glob("*.toml"))]
