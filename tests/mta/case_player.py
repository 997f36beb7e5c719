"""What the players of case files share: one plays on a real Postfix, another on a real Sendmail.

A player sets up its MTA and relaypermitd for one case file, plays each case as
a session with the facts that it states, and checks the exact reply on the wire
and the record in the log. What an MTA cannot express is its player's to say, by
a function `inexpressible` that gives the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from case_file import Case, CaseFile
from daemon import Relaypermitd
from process import Running
from record_line import Record
from session import Reply, Session

PASSWORD = "secret"
# What session.py can log in with. DIGEST-MD5, EXTERNAL and their like need more than a test has.
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "ANONYMOUS")
Inexpressible = Callable[[Case], str | None]


class CasePlayer(Running):
    """An MTA and relaypermitd set up for one case file. A subclass has the MTA, and what is its own."""

    def __init__(self, file: CaseFile, daemon: Relaypermitd) -> None:
        self.file = file
        self.daemon = daemon

    def connect(self, case: Case) -> Session:
        """A session from the case's client to its port and daemon name, up to the point where EHLO is due."""
        raise NotImplementedError

    def mail_options(self, case: Case) -> str:
        """What stands behind the argument of MAIL, a blank ahead of it."""
        del case
        return ""

    def our_words(self, reply: Reply, argument: str) -> Reply:
        """The refusal of MAIL or RCPT without what the MTA puts round it."""
        del argument
        return reply

    def message(self, case: Case) -> bytes:
        """The headers as they stand, and a body."""
        lines = [header.replace("\n", "\r\n") for header in case.headers]
        return "\r\n".join([*lines, "", "hello", ""]).encode()

    def log_in(self, case: Case, session: Session) -> None:
        session.ehlo(case.helo)
        if case.tls and not session.secure:
            assert session.starttls().code == 220
            session.ehlo(case.helo)
        if case.login:
            assert session.auth(case.login, PASSWORD, case.mechanism).code == 235, session.last()

    def play(self, case: Case, session: Session) -> Reply:
        """MAIL to the final dot; it ends at the first refusal."""
        commands = [(f"MAIL FROM:{case.sender}{self.mail_options(case)}", case.sender)]
        commands += [(f"RCPT TO:{recipient}", recipient) for recipient in case.recipients]
        for command, argument in commands:
            reply = session.command(command)
            if not reply.ok:
                return self.our_words(reply, argument)
        return session.data(self.message(case))

    def run(self, case: Case) -> None:
        """Plays the case and checks it; what fails shows the transcript and the log."""
        mark = self.daemon.mark()
        with self.connect(case) as session:
            try:
                self.log_in(case, session)
                reply = self.play(case, session)
                check(self.file, case, reply, self.daemon.wait_for_records(mark))
            except AssertionError as fault:
                transcript = "\n".join(f"  {step.who}: {step.line}" for step in session.transcript)
                raise AssertionError(f"{fault}\n{transcript}\n{self.daemon.log()[mark:]}") from None


class Stage:
    """The player of one case file at a time. (A parametrized fixture of pytest's would be set up anew
    for every case.)"""

    def __init__(self, player: Callable[[CaseFile], CasePlayer], files: list[CaseFile]) -> None:
        self._player = player
        self._files = {file.path.name: file for file in files}
        self._present: CasePlayer | None = None

    def run(self, case: Case) -> None:
        file = self._files[case.file]
        if self._present is None or self._present.file is not file:
            self.close()
            self._present = self._player(file).__enter__()
        self._present.run(case)

    def close(self) -> None:
        if self._present:
            self._present.stop()
            self._present = None


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


def expressible(files: list[CaseFile], inexpressible: Inexpressible) -> list[Case]:
    """The cases to play."""
    return [case for file in files for case in file.cases if not inexpressible(case)]


def reasons(files: list[CaseFile], inexpressible: Inexpressible) -> dict[str, list[Case]]:
    """The cases that are not played, by reason."""
    found: dict[str, list[Case]] = {}
    for file in files:
        for case in file.cases:
            if reason := inexpressible(case):
                found.setdefault(reason, []).append(case)
    return found


def table(files: list[CaseFile], outcomes: dict[str, str], inexpressible: Inexpressible) -> str:
    """What was run, passed and is not expressible, one line a file. outcomes: of each case that was run, by id."""
    rows = [["case file", "cases", "run", "passed", "not expressible"]]
    for file in files:
        ran = [outcomes[case.id] for case in file.cases if case.id in outcomes]
        left_out = sum(inexpressible(case) is not None for case in file.cases)
        rows.append([file.path.name, *map(str, (len(file.cases), len(ran), ran.count("passed"), left_out))])
    rows.append(["all", *(str(sum(int(row[i]) for row in rows[1:])) for i in range(1, 5))])
    width = max(len(row[0]) for row in rows)
    lines = [f"{row[0]:<{width}}  {row[1]:>5}  {row[2]:>5}  {row[3]:>6}  {row[4]:>15}" for row in rows]
    for reason, cases in sorted(reasons(files, inexpressible).items()):
        lines.append(f"{len(cases)} not expressible: {reason}")
    return "\n".join(lines)
