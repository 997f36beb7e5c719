"""The server that an MTA relays to, where the very bytes matter."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import BinaryIO


class NextServer:
    """The server that Postfix relays to, seen from its side: keeps the very bytes of each message."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        # Postfix may end a connection that it keeps for the next message at any time.
        with connection, contextlib.suppress(OSError), connection.makefile("rwb") as stream:
            self._talk(stream)

    def _talk(self, stream: BinaryIO) -> None:
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 next.invalid")
        while line := stream.readline():
            say(b"354 go on" if line == b"DATA\r\n" else b"250 fine")
            if line != b"DATA\r\n":
                continue
            content = b""
            while not content.endswith(b"\r\n.\r\n"):
                content += stream.read(1)
            self.messages.append(content)
            say(b"250 fine")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
