"""What clients meet while relaypermitd is down or hangs, with each wiring that contrib/ ships.

A probe plays the session of a program that sends one message, and says where it
was stopped, by what reply and after how long.
"""

from __future__ import annotations

import os
import signal
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from daemon import Relaypermitd
from postfix import CONTRIB, SHIPPED_MILTER, Postfix, logical_lines
from process import Running, wait_for
from sendmail import Sendmail
from session import Dropped, Reply, Session
from world import PASSWORD, POLICY, policy_for

ALICE = "alice@example.com"
FOREIGN = "stranger@elsewhere.invalid"
REMOTE = "someone@remote.invalid"
MESSAGE = f"From: {ALICE}\r\nSubject: hello\r\n\r\nhello\r\n".encode()
STATES = ("down", "hangs")


@dataclass(frozen=True)
class Stop:
    """`reply`: code and enhanced code, "taken" where nothing stopped it, "hung up" where the server did."""

    reply: str
    step: str
    seconds: float

    def __str__(self) -> str:
        return self.reply if self.reply == "taken" else f"{self.reply} at {self.step}"


def probe(connect: Callable[[], Session], starttls: bool, login: str, sender: str, recipient: str) -> Stop:
    began = time.monotonic()

    def stop(reply: str, step: str) -> Stop:
        return Stop(reply, step, time.monotonic() - began)

    step = "connect"
    try:
        with connect() as session:
            steps: list[tuple[str, Callable[[], Reply]]] = [("EHLO", session.ehlo)]
            if starttls:
                steps += [("STARTTLS", session.starttls), ("EHLO", session.ehlo)]
            if login:
                steps += [("AUTH", lambda: session.auth(login, PASSWORD))]
            steps += [("MAIL", lambda: session.mail(sender)), ("RCPT", lambda: session.rcpt(recipient)),
                      ("the end", lambda: session.data(MESSAGE))]
            for step, take in steps:
                reply = take()
                if reply.code >= 400:
                    return stop(" ".join(str(reply).split()[:2]), step)
    except (Dropped, ssl.SSLError, ConnectionResetError):
        return stop("hung up", step)
    return stop("taken", "the end")


class Wired(Running):
    """A mail server wired in one of these ways, and its relaypermitd."""

    mta: Running
    daemon: Relaypermitd

    def start(self) -> None:
        self.mta.start()
        self.daemon.start()

    def stop(self) -> None:
        self.mta.stop()
        self.daemon.stop()

    def session(self, port: int) -> Session:
        raise NotImplementedError

    def probes(self) -> dict[str, Stop]:
        """Of each port, and of port 25 by whether the recipient is hosted, all at once."""
        with ThreadPoolExecutor() as pool:
            began = {
                "587": pool.submit(probe, lambda: self.session(587), True, ALICE, ALICE, REMOTE),
                "465": pool.submit(probe, lambda: self.session(465), False, ALICE, ALICE, REMOTE),
                "25": pool.submit(probe, lambda: self.session(25), False, "", FOREIGN, ALICE),
                "25, relaying": pool.submit(probe, lambda: self.session(25), False, "", FOREIGN, REMOTE)}
            return {port: future.result() for port, future in began.items()}

    def put(self, state: str) -> None:
        if state == "down":
            self.daemon.end()
        else:
            os.kill(self.daemon.worker, signal.SIGSTOP)
            tasks = Path(f"/proc/{self.daemon.worker}/task")
            wait_for("every thread to stop", lambda: all(
                (task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in tasks.iterdir()))

    def back(self, state: str) -> None:
        if state == "down":
            self.daemon.start()
        else:
            os.kill(self.daemon.worker, signal.SIGCONT)


class PostfixWired(Wired):
    def __init__(self, settings: dict[str, str], submission_only: bool = False) -> None:
        self.postfix = SubmissionOnly(settings=settings) if submission_only else Postfix(
            settings=settings, accounts={ALICE: PASSWORD})
        self.mta = self.postfix
        self.daemon = Relaypermitd(policy_for(self.postfix), self.postfix.milter_socket())

    def session(self, port: int) -> Session:
        name = {25: "smtp", 587: "submission", 465: "submissions"}[port]
        return Session("127.0.0.1", self.postfix.ports[name], wrapped=port == 465)


class SubmissionOnly(Postfix):
    """As submission-only.cf says, and the lines of master.cf that go with it."""

    def __init__(self, settings: dict[str, str]) -> None:
        lines = logical_lines((CONTRIB / "submission-only.cf").read_text())
        own = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
        assert SHIPPED_MILTER in own["relaypermit_milters"]
        super().__init__(settings=own | settings, accounts={ALICE: PASSWORD})

    def shipped_services(self) -> str:
        text = super().shipped_services()
        marked = "#  -o smtpd_milters="
        assert text.count(marked) == 2
        return text.replace(marked, marked.removeprefix("#"))


class SendmailWired(Wired):
    def __init__(self) -> None:
        self.sendmail = self.mta = Sendmail(users={ALICE: PASSWORD})
        self.daemon = Relaypermitd(f'{POLICY}\n[listen]\nsocketmap = "unix:{self.sendmail.map_socket}"\n',
                                   f"unix:{self.sendmail.milter_socket}")

    def session(self, port: int) -> Session:
        return self.sendmail.session(port)


# By the name that the README gives them.
WIRINGS: dict[str, Callable[[], Wired]] = {
    "Postfix, as above": lambda: PostfixWired({}),
    "Postfix, submission only": lambda: PostfixWired({}, submission_only=True),
    "Postfix, policy service alone": lambda: PostfixWired({"smtpd_milters": ""}),
    "Sendmail": SendmailWired,
}
