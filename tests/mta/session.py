"""An SMTP client for tests: plays a session and records it exactly as it went.

It sends what it is told, also what no decent client would: NUL, bare line
feeds, odd MAIL arguments, commands in one packet. It reads replies strictly,
so that a malformed one fails the test. Nothing in it knows the MTA.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import select
import socket
import ssl
from dataclasses import dataclass, field


class Dropped(AssertionError):
    """The server closed the connection where a reply was due."""


@dataclass(frozen=True)
class Reply:
    """One reply of the server, multi-line ones joined."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 400

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass
class Step:
    """One entry of the transcript. who: "C", "S", or "*" for what is not SMTP text (TLS, a drop)."""

    who: str
    line: str


def printable(line: bytes) -> str:
    """The bytes as one readable line; what is not printable ASCII is escaped."""
    return "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in line)


def dot_stuffed(message: bytes) -> bytes:
    """The message as DATA wants it, without the final dot. Bare CR and LF stay what they are."""
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))


@dataclass
class Session:
    """One connection. Every command returns the server's Reply; none raises for a refusal."""

    host: str
    port: int
    wrapped: bool = False
    timeout_s: float = 30.0
    transcript: list[Step] = field(default_factory=list)
    connection: socket.socket | None = None  # already open, where the server is in another network

    def __post_init__(self) -> None:
        self._socket: socket.socket = self.connection or socket.create_connection(
            (self.host, self.port), self.timeout_s)
        # Without it a client that writes twice waits 40 ms for the server's delayed ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._capabilities: tuple[str, ...] = ()
        self.secure = False
        if self.wrapped:
            self._start_tls()
        self.greeting = self.reply()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    # -- bytes ---------------------------------------------------------------

    def send(self, data: bytes, shown: str | None = None) -> None:
        """Sends the bytes as they are; `shown` stands in the transcript in their place."""
        self._socket.sendall(data)
        text = shown if shown is not None else printable(data.removesuffix(b"\r\n"))
        self.transcript.append(Step("C", text))

    def reply(self) -> Reply:
        """Reads one reply."""
        lines: list[str] = []
        while True:
            line = self._line()
            self.transcript.append(Step("S", printable(line)))
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
                raise AssertionError(f"not an SMTP reply: {line!r}")
            lines.append(line[4:].decode("utf-8", "backslashreplace"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), tuple(lines))

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            try:
                more = self._socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
                more = b""
            if not more:
                self.transcript.append(Step("*", "connection closed by the server"))
                raise Dropped(f"connection closed after {self.last()!r}")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise AssertionError(f"reply line without CR: {line!r}")
        return line[:-1]

    def last(self) -> str:
        """The last line of the transcript."""
        return f"{self.transcript[-1].who}: {self.transcript[-1].line}" if self.transcript else "nothing"

    def answered(self) -> bool:
        """Whether something waits to be read. Between two commands, where nothing is left over."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def closed(self) -> bool:
        """Whether the server has closed the connection, waiting for that up to the time limit."""
        try:
            return self._socket.recv(1) == b""
        except (ConnectionResetError, ssl.SSLError):
            return True

    def drop(self) -> None:
        """Closes the connection without a word."""
        self._socket.close()

    # -- commands ------------------------------------------------------------

    def command(self, line: bytes | str, shown: str | None = None) -> Reply:
        data = line.encode() if isinstance(line, str) else line
        self.send(data + b"\r\n", shown)
        return self.reply()

    def pipeline(self, *lines: bytes | str) -> list[Reply]:
        """Sends all commands in one packet, then reads as many replies."""
        data = [line.encode() if isinstance(line, str) else line for line in lines]
        self._socket.sendall(b"".join(line + b"\r\n" for line in data))
        replies = []
        for line in data:
            self.transcript.append(Step("C", printable(line)))
            replies.append(self.reply())
        return replies

    def ehlo(self, name: str = "client.example") -> Reply:
        reply = self.command(f"EHLO {name}")
        self._capabilities = reply.lines[1:]
        return reply

    def offers(self, capability: str) -> bool:
        """Whether the last EHLO reply has a line that begins with these words."""
        wanted = capability.upper().split()
        return any(line.upper().split()[:len(wanted)] == wanted for line in self._capabilities)

    def xclient(self, **attributes: str) -> Reply:
        """Postfix: gives the session another client. The server greets anew; EHLO is due again."""
        return self.command("XCLIENT " + " ".join(f"{k.upper()}={v}" for k, v in attributes.items()))

    def starttls(self) -> Reply:
        reply = self.command("STARTTLS")
        if reply.code == 220:
            self._start_tls()
        return reply

    def _start_tls(self) -> None:
        # The certificate is the test's own: nothing to verify.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        secure = context.wrap_socket(self._socket)
        self._socket = secure
        self._buffer = b""
        self.secure = True
        self.transcript.append(Step("*", f"{secure.version()} from here on"))

    # -- authentication --------------------------------------------------------

    def auth(self, login: str, password: str, mechanism: str = "PLAIN") -> Reply:
        """AUTH; the secrets do not stand in the transcript."""
        if mechanism == "PLAIN":
            return self.command(b"AUTH PLAIN " + _b64(f"\0{login}\0{password}"), f"AUTH PLAIN <{login} + password>")
        if mechanism == "ANONYMOUS":
            return self.command(b"AUTH ANONYMOUS " + _b64(login))
        if mechanism.startswith("SCRAM-"):
            return self._scram(login, password, mechanism)
        reply = self.command(f"AUTH {mechanism}")
        if reply.code != 334:
            return reply
        if mechanism == "LOGIN":
            reply = self.command(_b64(login), f"<{login}>")
            return self.command(_b64(password), "<password>") if reply.code == 334 else reply
        if mechanism == "CRAM-MD5":
            digest = hmac.new(password.encode(), base64.b64decode(reply.text), "md5").hexdigest()
            return self.command(_b64(f"{login} {digest}"), f"<{login} + digest>")
        raise AssertionError(f"mechanism {mechanism} is not written here")

    def _scram(self, login: str, password: str, mechanism: str) -> Reply:
        # RFC 5802 without channel binding.
        name = mechanism.removeprefix("SCRAM-").replace("-", "").lower()
        nonce = secrets.token_hex(12)
        first = f"n={login.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        reply = self.command(f"AUTH {mechanism} {_b64('n,,' + first).decode()}", f"AUTH {mechanism} <{login}>")
        if reply.code != 334:
            return reply
        challenge = base64.b64decode(reply.text).decode()
        values = dict(part.split("=", 1) for part in challenge.split(","))
        final = f"c={_b64('n,,').decode()},r={values['r']}"
        salted = hashlib.pbkdf2_hmac(name, password.encode(), base64.b64decode(values["s"]), int(values["i"]))
        key = hmac.digest(salted, b"Client Key", name)
        signature = hmac.digest(hashlib.new(name, key).digest(), f"{first},{challenge},{final}".encode(), name)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
        reply = self.command(_b64(f"{final},p={proof}"), "<proof>")
        return self.command(b"", "") if reply.code == 334 else reply

    # -- mail ------------------------------------------------------------------

    def mail(self, sender: str, options: str = "") -> Reply:
        """MAIL FROM:<sender>. For an argument without angle brackets of ours use `command`."""
        return self.command(f"MAIL FROM:<{sender}>{' ' + options if options else ''}")

    def rcpt(self, recipient: str) -> Reply:
        return self.command(f"RCPT TO:<{recipient}>")

    def data(self, message: bytes) -> Reply:
        """DATA and the message, dots stuffed; the reply to the final dot, or to DATA if that was refused."""
        reply = self.command("DATA")
        if reply.code != 354:
            return reply
        return self.content(dot_stuffed(message))

    def content(self, stuffed: bytes, end: bytes = b"\r\n.\r\n") -> Reply:
        """What follows a 354, as it is."""
        self._socket.sendall(stuffed.removesuffix(b"\r\n") + end)
        for line in stuffed.removesuffix(b"\r\n").split(b"\r\n"):
            self.transcript.append(Step("C", printable(line)))
        self.transcript.append(Step("C", "."))
        return self.reply()

    def rset(self) -> Reply:
        return self.command("RSET")

    def quit(self) -> Reply:
        reply = self.command("QUIT")
        self.drop()
        return reply


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode())
