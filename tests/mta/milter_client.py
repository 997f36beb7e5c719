"""The mail server's side of the milter protocol, version 6, to the letter or against it.

For what no MTA does: commands out of order, broken packets, thousands of idle
connections. Everything a well-behaved MTA does is tested with the real ones.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF

NO_BODY, NO_HEADERS, NO_EOH = 0x10, 0x20, 0x40
NO_UNKNOWN, NO_DATA, RCPT_REJ, HEADER_SPACE = 0x100, 0x200, 0x800, 0x100000
SILENT_HEADER, SILENT_CONNECT, SILENT_HELO = 0x80, 0x1000, 0x2000
SET_MACROS = 0x100

POSTFIX = {"j": "mail.example.com", "v": "Postfix 3.7.11", "{daemon_name}": "ORIGINATING",
           "{daemon_port}": "587", "{daemon_addr}": "192.0.2.25"}


class Closed(AssertionError):
    """The filter closed the connection where an answer was due."""


def address_of(spec: str) -> str | tuple[str, int]:
    """unix:/path and inet:port@host, as sockets want them."""
    kind, _, rest = spec.partition(":")
    if kind == "unix":
        return rest
    port, _, host = rest.partition("@")
    return host, int(port)


def strings(*values: str | bytes) -> bytes:
    """Each value with its NUL."""
    return b"".join((v.encode() if isinstance(v, str) else v) + b"\0" for v in values)


@dataclass
class Answer:
    """One packet of the filter."""

    kind: str
    data: bytes = b""

    @property
    def text(self) -> str:
        """Of a reply with a text (y): "550 5.7.1 ..."."""
        return self.data.rstrip(b"\0").decode()

    def __str__(self) -> str:
        return self.text if self.kind == "y" else self.kind


@dataclass
class MilterClient:
    """One connection. Methods named after SMTP commands send the macros and the command, and
    return the answer."""

    spec: str
    timeout_s: float = 20.0
    actions: int = 0
    steps: int = 0
    macro_lists: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        address = address_of(self.spec)
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(self.timeout_s)
        self._socket.connect(address)

    def __enter__(self) -> MilterClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    # -- packets -------------------------------------------------------------

    def send_raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send(self, command: str, data: bytes = b"") -> None:
        self.send_raw(struct.pack("!I", len(data) + 1) + command.encode() + data)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                more = self._socket.recv(count - len(data))
            except ConnectionError:
                more = b""
            if not more:
                raise Closed("the filter closed the connection")
            data += more
        return data

    def answer(self) -> Answer:
        length, = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        return Answer(chr(packet[0]), packet[1:])

    def closed(self) -> bool:
        """Whether the filter closes the connection, waiting for that up to the time limit."""
        try:
            self._exactly(1)
        except Closed:
            return True
        return False

    def macros(self, command: str, values: dict[str, str]) -> None:
        items = [item for pair in values.items() for item in pair]
        self.send("D", command.encode() + strings(*items))

    # -- a session -----------------------------------------------------------

    def negotiate(self, actions: int = ALL_ACTIONS, steps: int = ALL_STEPS) -> MilterClient:
        self.send("O", struct.pack("!III", 6, actions, steps))
        answer = self.answer()
        assert answer.kind == "O", answer
        _, self.actions, self.steps = struct.unpack("!III", answer.data[:12])
        rest = answer.data[12:]
        while rest:
            stage, = struct.unpack("!I", rest[:4])
            names, _, rest = rest[4:].partition(b"\0")
            self.macro_lists[stage] = names.decode()
        return self

    def connect(self, client: str = "198.51.100.1", macros: dict[str, str] | None = None) -> None:
        """CONNECT and HELO, to which there is no answer."""
        self.macros("C", POSTFIX if macros is None else macros)
        family = b"6" if ":" in client else b"4"
        self.send("C", strings("client.example") + family + struct.pack("!H", 40000) + strings(client))
        self.macros("H", {"j": "mail.example.com"})
        self.send("H", strings("client.example"))

    def open(self, client: str = "198.51.100.1") -> MilterClient:
        self.negotiate()
        self.connect(client)
        return self

    def mail(self, sender: str, login: str = "", tls: bool = True) -> Answer:
        macros = {"{mail_addr}": sender}
        if login:
            macros |= {"{auth_type}": "PLAIN", "{auth_authen}": login}
        if tls:
            macros["{tls_version}"] = "TLSv1.3"
        self.macros("M", macros)
        self.send("M", strings(f"<{sender}>"))
        return self.answer()

    def rcpt(self, recipient: str, mailer: str = "smtp", host: str = "remote.example", queue_id: str = "") -> Answer:
        macros = {"{rcpt_addr}": recipient, "{rcpt_host}": host, "{rcpt_mailer}": mailer}
        if queue_id:
            macros["i"] = queue_id
        self.macros("R", macros)
        self.send("R", strings(f"<{recipient}>"))
        return self.answer()

    def header(self, name: str, value: str) -> None:
        self.send("L", strings(name, value))

    def end(self, queue_id: str = "4c1X2b3d") -> Answer:
        self.macros("E", {"i": queue_id})
        self.send("E")
        return self.answer()

    def message(self, sender: str, login: str = "", recipient: str = "x@remote.example",
                header_from: str | None = None) -> Answer:
        """A whole message; the first answer that does not go on, or the last."""
        for answer in (self.mail(sender, login), ):
            if answer.kind != "c":
                return answer
        answer = self.rcpt(recipient)
        if answer.kind != "c":
            return answer
        self.header("From", sender if header_from is None else header_from)
        return self.end()

    def quit(self) -> None:
        self.send("Q")
        self.close()
