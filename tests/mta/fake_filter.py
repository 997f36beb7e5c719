"""What an MTA tells its filters, recorded, and answers as a test wants them.

FakeMilter and FakeMap stand where relaypermitd will: they speak the milter and
the socketmap protocol over a unix socket, and know nothing of any policy. They
are for tests of the MTA's own behaviour, on which ours is built.

Threads: one per connection; a test reads what they recorded after the reply
that it waited for, which is later than the record.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CONTINUE = b"c"
# More than any stage has by default; libmilter's numbers of the stages.
MACROS = ("i f j _ {auth_type} {auth_authen} {auth_author} {client_addr} {daemon_name} {daemon_port} {daemon_addr} "
          "{if_addr} {mail_addr} {mail_mailer} {mail_host} {rcpt_addr} {rcpt_mailer} {rcpt_host} {tls_version} {cipher} {verify} v p {opMode}")
STAGES = range(7)
NAMES = {"C": "connect", "H": "helo", "M": "mail", "R": "rcpt", "T": "data", "L": "header", "N": "eoh",
         "B": "body", "E": "eom", "A": "abort", "U": "unknown", "Q": "quit", "K": "quit"}


def refusal(code_and_text: str) -> bytes:
    """The milter protocol's answer with a reply of its own, as smfi_setreply sends it."""
    return b"y" + code_and_text.encode() + b"\0"


@dataclass
class Event:
    """What the MTA told: the stage's name, its arguments, the macros sent ahead of it."""

    name: str
    arguments: tuple[bytes, ...]
    macros: dict[str, str] = field(default_factory=dict)


class _Server:
    def __init__(self, path: Path):
        self._path = path
        self._connections: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        os.chmod(path, 0o660)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        with connection, connection.makefile("rb") as stream:
            try:
                self._talk(connection, stream)
            except (OSError, EOFError):
                pass  # the MTA or close() has ended it

    def close(self) -> None:
        """As a daemon that dies: the socket's name goes, sessions under way are cut. May be called again."""
        if self._listener.fileno() < 0:
            return
        self._path.unlink()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_: object):
        self.close()


def _read(stream, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


class FakeMilter(_Server):
    def __init__(self, path: Path, answers: dict[str, bytes | list[bytes]] | None = None):
        """`answers`: {name of an event: packet, or several}; CONTINUE for the others. May be changed while it runs."""
        self.answers = answers or {}
        self.events: list[Event] = []
        super().__init__(path)

    def of(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def last(self, name: str) -> Event:
        return self.of(name)[-1]

    def _talk(self, connection, stream):
        macros: dict[str, str] = {}
        while True:
            (length,) = struct.unpack("!I", _read(stream, 4))
            packet = _read(stream, length)
            command, data = chr(packet[0]), packet[1:]
            if command == "O":
                # Version 6, every action, nothing skipped, and the macros for each stage.
                options = struct.pack("!III", 6, 0x1FF, 0)
                options += b"".join(struct.pack("!I", stage) + MACROS.encode() + b"\0" for stage in STAGES)
                self._send(connection, b"O" + options)
                continue
            if command == "D":
                parts = data[1:].decode("latin-1").split("\0")
                macros = dict(zip(parts[0::2], parts[1::2]))
                continue
            # Of "connect" the family and port stand behind the name; the others are strings.
            arguments = tuple(data.removesuffix(b"\0").split(b"\0")) if command not in "BC" else (data,)
            event = Event(NAMES[command], arguments, macros)
            self.events.append(event)
            macros = {}
            if command in "Q":
                return
            if command not in "AK":
                answer = self.answers.get(event.name, CONTINUE)
                for packet in [answer] if isinstance(answer, bytes) else answer:
                    self._send(connection, packet)

    @staticmethod
    def _send(connection, packet: bytes):
        connection.sendall(struct.pack("!I", len(packet)) + packet)


class FakeMap(_Server):
    def __init__(self, path: Path, answer: Callable[[str], bytes | None] | bytes | None = b"NOTFOUND "):
        """`answer`: to every key, or a function of it; None: never. May be changed while it runs."""
        self.answer = answer
        self.keys: list[str] = []
        super().__init__(path)

    def _talk(self, connection, stream):
        while True:
            digits = b""
            while (digit := _read(stream, 1)) != b":":
                digits += digit
            name, _, key = _read(stream, int(digits)).decode("latin-1").partition(" ")
            assert _read(stream, 1) == b","
            assert name == "relaypermit"
            self.keys.append(key)
            answer = self.answer(key) if callable(self.answer) else self.answer
            if answer is not None:
                connection.sendall(b"%d:%b," % (len(answer), answer))
