"""Plays case files against relaypermitd in a real Postfix.

Each case is a session with the facts that it states, sent to a listener that
permits all relaying, so that the one who decides is relaypermitd. Checked are
the exact reply on the wire and the record in the log. A case whose facts a
Postfix cannot have is not played; `inexpressible` says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from case_file import Case, CaseFile
from daemon import Relaypermitd, enforced
from postfix import PERMISSIVE, WRAPPED, Postfix, Service
from process import Running
from record_line import Record
from session import Reply, Session

PASSWORD = "secret"
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "ANONYMOUS")
# Transports that every Postfix has; others are made for the cases that name them.
TRANSPORTS = ("smtp", "relay", "lmtp", "virtual", "local", "discard")


def inexpressible(case: Case) -> str | None:
    """Why no Postfix can have these facts; None where one can."""
    if case.mta != "postfix":
        return f"mta = {case.mta}"
    if case.has_now:
        return "the daemon's clock shows the present"
    if not case.login.isascii():
        return "Postfix writes ? for the bytes of a login that are not ASCII"
    if case.mechanism and case.mechanism not in MECHANISMS:
        return f"this Postfix has no mechanism {case.mechanism}"
    if case.rcpt_mailer == "error":
        return "Postfix refuses such recipients itself, but for those of virtual aliases, which have a test of their own"
    if any("\0" in header for header in case.headers):
        return "Postfix refuses NUL in a message, as wired"
    return None


def domain_expression(pattern: str) -> str:
    """A domain pattern of a policy as a line of a regexp table, its A-label form included."""
    expressions = set()
    for form in (pattern, pattern.encode("idna").decode() if "ß" not in pattern else a_label(pattern)):
        below, _, domain = form.rpartition("*.")
        head = r"([^.]+\.)+" if pattern.startswith("*.") else ""
        assert not below
        expressions.add(head + re.escape(domain or form).replace("/", r"\/"))
    return "".join(f"/^{expression}$/ hosted\n" for expression in sorted(expressions))


def a_label(domain: str) -> str:
    """IDNA 2008 keeps sharp s, for which Python's codec, of 2003, writes ss."""
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode()
                    for label in domain.split("."))


def postfix_for(file: CaseFile) -> Postfix:
    """A Postfix, not yet started, that hosts what the policy hosts and knows every login of the cases."""
    cases = [case for case in file.cases if not inexpressible(case)]
    services = {"case": Service(PERMISSIVE), "case wrapped": Service(PERMISSIVE | WRAPPED)}
    for case in cases:
        if case.daemon_name:
            services[f"case {case.daemon_name}"] = Service(
                PERMISSIVE | {"milter_macro_daemon_name": case.daemon_name})
    postfix = Postfix(accounts={case.login: PASSWORD for case in cases if case.login}, extra_services=services)
    for name, key in (("virtual_mailbox_domains", "hosted_domains"), ("relay_domains", "relay_domains")):
        domains = postfix.write(key, "".join(domain_expression(p) for p in file.table("relay").get(key, [])))
        postfix.settings[name] = f"regexp:{domains}"
    transports = {(recipient.strip("<>").lower(), case.rcpt_mailer) for case in cases if case.rcpt_mailer
                  for recipient in case.recipients}
    routes = postfix.write("transports", "".join(f"{to} {mailer}:\n" for to, mailer in sorted(transports)))
    postfix.settings["transport_maps"] = f"texthash:{routes}"
    postfix.extra_transports = sorted({mailer for _, mailer in transports} - set(TRANSPORTS))
    return postfix


@dataclass
class Played:
    """A session that was played: its last reply, who gave it a transcript, and the records it left."""

    reply: Reply
    session: Session


def open_session(postfix: Postfix, case: Case) -> Session:
    """A session with the case's client, port, TLS, HELO and login, up to MAIL."""
    wrapped = case.tls and case.port == 465 and not case.daemon_name
    listener = f"case {case.daemon_name}" if case.daemon_name else "case wrapped" if wrapped else "case"
    session = Session("127.0.0.1", postfix.ports[listener], wrapped)
    session.ehlo()
    address = f"IPV6:{case.client}" if ":" in case.client else case.client
    session.xclient(name="[UNAVAILABLE]", addr=address, destport=str(case.port))
    session.ehlo(case.helo)
    if case.tls and not wrapped:
        assert session.starttls().code == 220
        session.ehlo(case.helo)
    if case.login:
        assert session.auth(case.login, PASSWORD, case.mechanism).code == 235, session.last()
    return session


def message(case: Case) -> bytes:
    """The headers as they stand, and a body."""
    lines = [header.replace("\n", "\r\n") for header in case.headers]
    return "\r\n".join([*lines, "", "hello", ""]).encode()


def play(postfix: Postfix, case: Case) -> Played:
    """The whole session; it ends at the first refusal."""
    with open_session(postfix, case) as session:
        utf8 = not all(address.isascii() for address in (case.sender, *case.recipients))
        reply = session.command(f"MAIL FROM:{case.sender}{' SMTPUTF8' if utf8 else ''}")
        for recipient in case.recipients:
            if reply.ok:
                reply = session.command(f"RCPT TO:{recipient}")
        if reply.ok:
            reply = session.data(message(case))
        session.quit()
        return Played(reply, session)


def check(file: CaseFile, case: Case, reply: Reply, records: list[Record]) -> None:
    """That reply and records are what the case expects; an AssertionError says what is not."""
    last = records[-1]
    if case.expect == "accept":
        assert reply.code == 250, f"refused: {reply}"
        assert last["verdict"] in ("accept", "monitor") and last["reply"] is None or last["verdict"] == "monitor", last.line
        assert [r["verdict"] for r in records if r["verdict"] not in ("accept", "monitor")] == [], records
    else:
        expected_code, action = file.reply_of(case.expect)
        assert last["cause"] == case.expect, f"cause {last['cause']}: {last.line}"
        assert last["verdict"] == action, last.line
        assert str(reply) == last["reply"], f"on the wire {reply}\nin the record {last['reply']}"
        check_text(file, case, str(reply), expected_code, last)
    if case.rule:
        assert case.rule in last.rules, f"rule {last.rules}: {last.line}"


def check_text(file: CaseFile, case: Case, reply: str, expected_code: str, record: Record) -> None:
    """Code, text of the policy if it has one, help address, reference, and the rules for a line."""
    assert reply.isascii() and reply.isprintable() and len(reply) <= 400, reply
    assert reply.startswith(f"{expected_code} "), reply
    assert re.search(rf"ref {record['ref']}$", reply), reply
    if help_url := file.table("server").get("help_url"):
        assert f"{help_url}#{case.expect} - ref " in reply, reply
    text = file.table("cause").get(case.expect, {}).get("text")
    for restriction in file.policy.get("restrict", []):
        if restriction["id"] in record.rules:
            text = restriction.get("text", text)
    if text:
        values: dict[str, Any] = {
            "login": record["login"], "sender": record["sender"], "from": record["from"],
            "client": record["client"], "port": record["port"], "cause": case.expect,
            "server": file.table("server")["name"]}
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        assert reply.startswith(f"{expected_code} {text}"), f"{reply}\nis not {text}"


class CaseRun(Running):
    """Postfix and relaypermitd set up for one case file."""

    def __init__(self, file: CaseFile) -> None:
        self.file = file
        self.postfix = postfix_for(file)
        self.daemon = Relaypermitd(enforced(file.text), self.postfix.milter_socket())

    def start(self) -> None:
        self.daemon.start()
        self.postfix.start()

    def stop(self) -> None:
        self.postfix.stop()
        self.daemon.stop()

    def run(self, case: Case) -> None:
        """Plays the case and checks it; what fails shows the transcript and the log."""
        mark = self.daemon.mark()
        played = play(self.postfix, case)
        try:
            records = self.daemon.wait_for_records(mark)
            check(self.file, case, played.reply, records)
        except AssertionError as fault:
            transcript = "\n".join(f"  {step.who}: {step.line}" for step in played.session.transcript)
            raise AssertionError(f"{fault}\n{transcript}\n{self.daemon.log()[mark:]}") from None


def reasons(files: list[CaseFile]) -> dict[str, list[Case]]:
    """The cases that are not played, by reason."""
    found: dict[str, list[Case]] = {}
    for file in files:
        for case in file.cases:
            if reason := inexpressible(case):
                found.setdefault(reason, []).append(case)
    return found


def table(files: list[CaseFile], outcomes: dict[str, str]) -> str:
    """What was run, passed and is not expressible, one line a file. outcomes: of each case that was run, by id."""
    rows = [["case file", "cases", "run", "passed", "not expressible"]]
    for file in files:
        ran = [outcomes[case.id] for case in file.cases if case.id in outcomes]
        left_out = sum(inexpressible(case) is not None for case in file.cases)
        rows.append([file.path.name, *map(str, (len(file.cases), len(ran), ran.count("passed"), left_out))])
    rows.append(["all", *(str(sum(int(row[i]) for row in rows[1:])) for i in range(1, 5))])
    width = max(len(row[0]) for row in rows)
    lines = [f"{row[0]:<{width}}  {row[1]:>5}  {row[2]:>5}  {row[3]:>6}  {row[4]:>15}" for row in rows]
    for reason, cases in sorted(reasons(files).items()):
        lines.append(f"{len(cases)} not expressible: {reason}")
    return "\n".join(lines)
