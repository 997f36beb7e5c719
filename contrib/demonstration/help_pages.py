"""The help pages of the demonstration's policy, at the address that its replies end with."""

from __future__ import annotations

import http.server
import subprocess
import threading
from pathlib import Path

from daemon import tool


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class HelpPages:
    """Has a port of the loopback from the start, because the policy names it, and serves once the pages are written."""

    def __init__(self) -> None:
        self.folder = Path("/nonexistent")
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *given: Quiet(*given, directory=str(self.folder)))
        self.server.daemon_threads = True
        self.thread: threading.Thread | None = None
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def write(self, policy: Path, folder: Path) -> None:
        done = subprocess.run([tool(), "guide", "-c", policy, "--out", folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"relaypermit guide: {done.stderr}"
        self.folder = folder
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        if self.thread:
            self.server.shutdown()
            self.thread.join()
        self.server.server_close()
