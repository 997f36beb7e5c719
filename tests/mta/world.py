"""A mail server as a site would run it: Postfix wired as shipped, relaypermitd, accounts, a sink.

The sessions that are no case files play in one of these. Its listeners are the
three that contrib/postfix ships; the client's address and the server's port are
what a session says by XCLIENT.
"""

from __future__ import annotations

import dovecot
from daemon import Relaypermitd
from dovecot import Dovecot
from postfix import SHIPPED_MILTER, Postfix, Service
from process import Running, free_port, wait_for
from record_line import Record
from session import Reply, Session

PASSWORD = "secret"
LOGINS = ("alice@example.com", "bob@example.com", "mallory@example.com", "scanner@example.com", "smarthost@example.com")
STRANGER = "203.0.113.99"
TRUSTED = "192.0.2.65"
PRINTER = "192.0.2.9"
PORTS = {"smtp": "25", "submission": "587", "submissions": "465"}

POLICY = """
[server]
name     = "mail.example.com"
help_url = "https://help.example.com/relay"

[relay]
hosted_domains   = ["example.com", "example.org"]
trusted_networks = ["192.0.2.64/26"]

[login]
default_realm = "example.com"

[[alias]]
id      = "shop-team"
logins  = ["alice@example.com"]
senders = ["orders@example.com"]

[[alias]]
id      = "forwarder"
logins  = ["smarthost@example.com"]
senders = ["*"]

[[alias]]
id      = "printers"
clients = ["192.0.2.0/26"]
senders = ["*@printers.example.com"]

[[restrict]]
id        = "cracked"
logins    = ["mallory@example.com"]
suspended = true

[[restrict]]
id         = "devices-stay-inside"
logins     = ["scanner@example.com"]
recipients = ["hosted"]
"""


def policy_for(postfix: Postfix, text: str = POLICY) -> str:
    """The policy with the sockets where the shipped main.cf looks for them."""
    return (f'{text}\n[listen]\npolicy       = "unix:{postfix.spool}/relaypermit/policy.sock"\n'
            'socket_mode  = "0660"\nsocket_group = "postfix"\n')


def message(author: str = "alice@example.com", *more: str) -> bytes:
    """A short message; `more` are whole header fields after From."""
    return "\r\n".join([f"From: {author}", *more, "Subject: hello", "", "hello", ""]).encode()


class World(Running):
    """Postfix and relaypermitd, and Dovecot where `sasl` says so.

    socket: "unix" or "inet", between Postfix and relaypermitd.
    """

    def __init__(self, policy: str = POLICY, *, sasl: str = "cyrus", socket: str = "unix", chroot: bool = True,
                 mynetworks: str = "192.0.2.0/24", settings: dict[str, str] | None = None,
                 extra_services: dict[str, Service] | None = None) -> None:
        milter = SHIPPED_MILTER if socket == "unix" else f"inet:127.0.0.1:{free_port()}"
        accounts = {login: PASSWORD for login in LOGINS} | {"bob": PASSWORD}
        self.postfix = Postfix(milter=milter, accounts=accounts, chroot=chroot, mynetworks=mynetworks,
                               hosted="example.com, example.org", settings=settings, extra_services=extra_services,
                               sasl="cyrus" if sasl == "cyrus" else dovecot.SOCKET)
        self.dovecot = Dovecot(self.postfix) if sasl == "dovecot" else None
        self.daemon = Relaypermitd(policy, self.postfix.milter_socket())

    def start(self) -> None:
        self.daemon.start()
        if self.dovecot:
            self.dovecot.start()
        self.postfix.start()

    def stop(self) -> None:
        if self.dovecot:
            self.dovecot.stop()
        self.postfix.stop()
        self.daemon.stop()

    def session(self, listener: str = "submission", *, client: str | None = STRANGER, login: str = "",
                tls: bool | None = None, password: str = PASSWORD, mechanism: str = "PLAIN",
                helo: str = "laptop.example", port: str | None = None) -> Session:
        """A session up to MAIL. tls: None is what the port is for; login "": none; client None: no XCLIENT."""
        wrapped = listener == "submissions"
        session = Session("127.0.0.1", self.postfix.ports[listener], wrapped)
        session.ehlo(helo)
        if client:
            address = f"IPV6:{client}" if ":" in client else client
            reply = session.xclient(name="[UNAVAILABLE]", addr=address, destport=port or PORTS.get(listener, "25"))
            assert reply.code == 220, reply
            session.ehlo(helo)
        if not wrapped and (tls or tls is None and listener != "smtp"):
            assert session.starttls().code == 220, session.last()
            session.ehlo(helo)
        if login:
            assert session.auth(login, password, mechanism).code == 235, session.last()
        return session

    def refused(self, reply: Reply, cause: str, mark: int) -> Record:
        """That the reply is relaypermitd's refusal for this cause, as its only record since the mark says."""
        record = self.daemon.wait_for_records(mark)[-1]
        assert record["cause"] == cause, record.line
        assert record["reply"] == str(reply), f"on the wire {reply}\n{record.line}"
        assert f"https://help.example.com/relay#{cause} - ref {record['ref']}" in str(reply)
        return record

    def accepted(self, reply: Reply, mark: int) -> Record:
        """That the message was queued, with one accept record since the mark, under its queue id."""
        assert reply.code == 250 and "queued as " in reply.text, reply
        queue_id = reply.text.rpartition("queued as ")[2]
        records = self.daemon.wait_for_records(mark, wanted=lambda r: (r.queue_id, r["stage"]) == (queue_id, "eom"))
        assert [r["verdict"] for r in records] == ["accept"], [r.line for r in records]
        return records[0]

    def sent(self, subject: str) -> bytes:
        """The message that reached the sink, found by a word in it; it takes a moment after its acceptance."""
        return wait_for(f"{subject!r} in the sink", lambda: next(
            (m for m in self.postfix.sink.messages() if subject.encode() in m), b""))
