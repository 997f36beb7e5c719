"""Ports of this machine that lead into a host of its own (tests/mta/private_host.py).

Sendmail runs where no other program reaches it, so that it can be shown clients
from anywhere. Whoever connects to a Doorway comes out there as one of them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Doorway:
    """A port on 127.0.0.1, each connection to which is joined to one that `connect` makes.

    Two threads a connection, for the few that a person opens. They end with their
    connection, those that are open at the end with the host behind them.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            try:
                inside = self._connect()
            except OSError:
                visitor.close()
                continue
            # The limit was for connecting; people take their time.
            inside.settimeout(None)
            for source, target in ((visitor, inside), (inside, visitor)):
                threading.Thread(target=_copy, args=(source, target), daemon=True).start()

    def close(self) -> None:
        """Takes no more visitors."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    # The other direction may still have something to say, as after a client's QUIT.
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
