"""A Postfix or a Sendmail with relaypermitd and the server that it relays to, for what they make of From.

alice@example.com owns her address; smarthost@example.com has the grant `*`, which waives
from-unusable: with it a message leaves that is refused from anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from daemon import Relaypermitd
from next_server import NextServer
from process import wait_for
from sendmail import Sendmail
from session import Reply, Session
from world import PASSWORD, POLICY, World

ALICE = "alice@example.com"
ANYTHING = "smarthost@example.com"
REMOTE = "someone@remote.invalid"


@dataclass
class Site:
    """One MTA with relaypermitd and the server that it relays to."""

    mta: str
    daemon: Relaypermitd
    log_in: Callable[[str], Session]
    arrived: Callable[[], list[bytes]]  # at the server that it relays to, so far

    def send(self, header: bytes, login: str = ALICE) -> Reply:
        with self.log_in(login) as session:
            assert session.mail(login).ok
            assert session.rcpt(REMOTE).ok
            return session.data(header + b"\r\n\r\nhello\r\n")

    def sent(self, header: bytes, login: str = ALICE) -> bytes:
        """The message as it left."""
        count = len(self.arrived())
        reply = self.send(header, login)
        assert reply.code == 250, reply
        return wait_for("the message", lambda: (self.arrived()[count:] or [b""])[0])


def on_postfix(**settings: str) -> Iterator[Site]:
    """`settings`: what main.cf has beside the wiring."""
    next_server = NextServer()
    with World(settings={"relayhost": f"[127.0.0.1]:{next_server.port}"} | settings) as world:
        yield Site("postfix", world.daemon, lambda login: world.session("submissions", login=login),
                   lambda: list(next_server.messages))
    next_server.close()


def on_sendmail() -> Iterator[Site]:
    def log_in(login: str) -> Session:
        session = mta.session(465)
        session.ehlo()
        assert session.auth(login, PASSWORD).code == 235
        return session

    with Sendmail(users={ALICE: PASSWORD, ANYTHING: PASSWORD}) as mta, \
            Relaypermitd(POLICY, f"unix:{mta.milter_socket}") as daemon:
        yield Site("sendmail", daemon, log_in,
                   lambda: [message.text.encode("latin-1") for message in mta.sink.messages()])
