"""Many clients at once on a real Postfix, and what each of them was told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from session import Dropped, Session
from world import World, message

# Delivered into nothing: the queue is not what is tested.
TO_NOTHING = {"virtual_transport": "discard:", "default_transport": "discard:", "relayhost": ""}
INSIDE = "someone@example.org"


def send(session: Session, author: str) -> str:
    """The code of the last reply: of what is refused, or of the whole message."""
    reply = session.mail("alice@example.com")
    if reply.ok:
        reply = session.rcpt(INSIDE)
    if reply.ok:
        reply = session.data(message(author))
    return str(reply.code)


def accepted(session: Session, _: int) -> str:
    return send(session, "alice@example.com")


def refused_at_mail(session: Session, number: int) -> str:
    """A sender of its own each time."""
    return str(session.mail(f"forged{number}@example.com").code)


def refused_at_the_end(session: Session, number: int) -> str:
    return send(session, f"forged{number}@example.com")


def refused_again(session: Session, _: int) -> str:
    """The same each time: as a device does that has never been looked at."""
    return str(session.mail("bob@example.com").code)


Kind = Callable[[Session, int], str]
KINDS: list[Kind] = [accepted, refused_at_mail, refused_at_the_end, refused_again]
EXPECTED = {"accepted": "250", "refused_at_mail": "550", "refused_at_the_end": "550", "refused_again": "550"}


@dataclass
class Traffic:
    """Clients of `world`, each from an address of its own, that send `messages` of these kinds in all and
    then stop; 0: until stop() is called."""

    world: World
    clients: int
    messages: int = 0
    kinds: list[Kind] = field(default_factory=lambda: KINDS)
    per_session: int = 50
    replies: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._begun = 0
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(self.clients)]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopped.set()
        self.wait()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def answered(self) -> int:
        """How many messages have had their last reply."""
        return self.replies.total()

    def as_expected(self) -> bool:
        """Whether each message had the reply that the policy says, and no session broke."""
        return not self.faults and set(self.replies) <= {f"{kind} {code}" for kind, code in EXPECTED.items()}

    def _next(self) -> int | None:
        with self._lock:
            if self._stopped.is_set() or self.messages and self._begun >= self.messages:
                return None
            self._begun += 1
            return self._begun

    def _client(self, number: int) -> None:
        client = f"198.51.100.{number + 1}"
        message_number = self._next()
        while message_number is not None:
            try:
                with self.world.session("submissions", client=client, login="alice@example.com") as session:
                    for _ in range(self.per_session):
                        if message_number is None:
                            break
                        self._send(session, message_number)
                        session.rset()
                        message_number = self._next()
            except (AssertionError, Dropped, OSError) as fault:
                with self._lock:
                    self.faults.append(str(fault))
                message_number = self._next()

    def _send(self, session: Session, number: int) -> None:
        kind = self.kinds[number % len(self.kinds)]
        code = kind(session, number)
        with self._lock:
            self.replies[f"{kind.__name__} {code}"] += 1
