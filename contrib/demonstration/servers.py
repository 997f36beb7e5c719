"""The mail servers that the demonstration can run on, behind one interface.

A further MTA is a class here with these members, and a line in SERVERS.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from daemon import Relaypermitd
from doorway import Doorway
from postfix import Postfix
from process import run
from scenes import OUTSIDE
from sendmail import Sendmail
from session import Session

TREE = Path(__file__).resolve().parents[2]


class MailServer(Protocol):
    """A private MTA with relaypermitd, for the accounts and the help address given to its constructor."""

    name: str                 # "Postfix 3.7.11"; at the latest once it is started
    daemon: Relaypermitd
    directory: Path           # everything that it writes
    ports: dict[int, int]     # of 25, 587 and 465: where they really are, on 127.0.0.1
    log: Path                 # its own log

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def session(self, port: int, client: str) -> Session:
        """A session with that server port from that client, greeted and with nothing said yet."""

    def left(self) -> int:
        """How many messages have left the server, all of them into the sink."""


def sample_policy(sockets: Path, data: Path, help_url: str) -> str:
    """config/policy.toml with the lines changed that a newcomer changes: here it is the paths alone, since the
    demonstration is example.com; and where its help pages are."""
    text = (TREE / "config/policy.toml").read_text()
    text = text.replace("[server]\n", f'[server]\nhelp_url = "{help_url}"\n', 1)
    text = text.replace("unix:/var/spool/postfix/relaypermit/", f"unix:{sockets}/")
    return text.replace("/var/lib/relaypermit/", f"{data}/")


class PostfixServer:
    """Postfix as contrib/postfix wires it; XCLIENT shows it clients from outside and its usual ports."""

    def __init__(self, accounts: dict[str, str], help_url: str) -> None:
        version = run(["postconf", "-d", "-h", "mail_version"]).strip()
        self.name = f"Postfix {version}"
        self.postfix = Postfix(accounts=accounts, mechanisms="PLAIN LOGIN")
        self.directory = self.postfix.directory
        self.log = self.postfix.maillog
        self.ports: dict[int, int] = {}
        # relaypermitd runs as nobody, with Postfix's group: the socket is for that.
        self.postfix.own("spool/relaypermit", "nobody", "postfix", 0o750)
        data = self.directory / "relaypermit"
        data.mkdir()
        self.postfix.own("relaypermit", "nobody", "postfix", 0o750)
        self.daemon = Relaypermitd(sample_policy(self.postfix.spool / "relaypermit", data, help_url),
                                   self.postfix.milter_socket(), user="nobody", group="postfix",
                                   parent=self.directory)

    def start(self) -> None:
        self.daemon.start()
        self.postfix.start()
        self.ports = {25: self.postfix.ports["smtp"], 587: self.postfix.ports["submission"],
                      465: self.postfix.ports["submissions"]}

    def stop(self) -> None:
        self.postfix.stop()
        self.daemon.stop()

    def session(self, port: int, client: str) -> Session:
        session = Session("127.0.0.1", self.ports[port], wrapped=port == 465)
        session.ehlo()
        session.xclient(name="[UNAVAILABLE]", addr=client, destport=str(port))
        # That was the stage, not the play.
        secured = [step for step in session.transcript if step.who == "*"]
        session.transcript[:] = secured
        return session

    def left(self) -> int:
        return len(self.postfix.sink.messages())


# No login without TLS, as on a server of the open internet.
SENDMAIL_LOGINS = """\
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
define(`confAUTH_OPTIONS', `A p')dnl
"""


class SendmailServer:
    """Sendmail as contrib/sendmail wires it, on a host of its own, where clients have any address that they want."""

    def __init__(self, accounts: dict[str, str], help_url: str) -> None:
        self.name = "Sendmail"
        self.sendmail = Sendmail(users=accounts, before=SENDMAIL_LOGINS)
        self.directory = self.sendmail.root
        self.log = self.directory / "maillog"
        self.ports: dict[int, int] = {}
        self.doorways: list[Doorway] = []
        self.daemon = Relaypermitd(self._policy(help_url), f"unix:{self.sendmail.milter_socket}", user="nobody",
                                   group="nogroup", parent=self.directory)

    def _policy(self, help_url: str) -> str:
        # What contrib/sendmail/relaypermit.m4 asks for: other paths, the map in place of Postfix's policy service,
        # and no group, because Sendmail connects as root.
        sockets, data = self.sendmail.milter_socket.parent, self.directory / "relaypermit"
        lines = sample_policy(sockets, data, help_url).splitlines(keepends=True)
        return "".join(line.replace("policy       =", "socketmap    =").replace("/policy.sock", "/map.sock")
                       for line in lines if not line.startswith("socket_group"))

    def start(self) -> None:
        self.sendmail.start()
        (self.directory / "relaypermit").mkdir()
        for place in (self.directory / "relaypermit", self.sendmail.milter_socket.parent):
            shutil.chown(place, "nobody", "nogroup")
        self.daemon.start()
        for port in (25, 587, 465):
            doorway = Doorway(lambda port=port: self.sendmail.host.connect(port, OUTSIDE))  # type: ignore[misc]
            self.doorways.append(doorway)
            self.ports[port] = doorway.port
        with self.session(25, OUTSIDE) as session:
            self.name = " ".join(session.greeting.text.split("/")[0].split()[-2:])

    def stop(self) -> None:
        for doorway in self.doorways:
            doorway.close()
        self.daemon.stop()
        self.sendmail.stop()

    def session(self, port: int, client: str) -> Session:
        session = self.sendmail.session(port, client)
        session.transcript[:] = [step for step in session.transcript if step.who == "*"]
        return session

    def left(self) -> int:
        return len(self.sendmail.sink.messages())


SERVERS = {"postfix": PostfixServer, "sendmail": SendmailServer}
