"""A headless Chromium that is spoken to over a pipe, by the DevTools protocol: one for many pages.

What a page asked for and what its console said is kept, page by page.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
from pathlib import Path
from typing import Any

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
           "--force-device-scale-factor=1", "--remote-debugging-pipe"]


class Browser:
    """With one page, which goes from address to address."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for its profile. As root it has no sandbox: it is shown pages of our own alone."""
        ours, theirs = os.pipe(), os.pipe()
        # Chromium reads from 3 and writes to 4; high ones, so that no redirection covers another.
        read, write = (fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (ours[0], theirs[1]))
        self.process = subprocess.Popen(["bash", "-c", f'exec "$@" 3<&{read} 4>&{write}', "bash", "chromium", *OPTIONS,
                                         f"--user-data-dir={folder}/profile", "about:blank"],
                                        pass_fds=(read, write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(folder)})
        for end in (ours[0], theirs[1], read, write):
            os.close(end)
        self.to = os.fdopen(ours[1], "wb", buffering=0)
        self.answers = os.fdopen(theirs[0], "rb")
        self.buffer = b""
        self.number = 0
        self.session: str | None = None
        self.console: list[str] = []
        self.requests: list[str] = []
        self.loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.session = None
        try:
            self.call("Browser.close")
        finally:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.to.close()
            self.answers.close()

    def message(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            more = self.answers.read1(1 << 20)  # type: ignore[attr-defined]
            if not more:
                raise EOFError("Chromium has ended")
            self.buffer += more
        text, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(text)

    def take(self, event: dict[str, Any]) -> None:
        """Something that happened on the page."""
        method, values = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(one.get("value")) for one in values["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(values["exceptionDetails"]["text"])
        elif method == "Log.entryAdded":
            self.console.append(values["entry"]["text"])

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": values}
        if self.session:
            message["sessionId"] = self.session
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[self.to.write(data):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.take(answer)

    def look(self, width: int, dark: bool, height: int = 900, *, paper: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media="print" if paper else "",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, address: str) -> None:
        """Goes there, and forgets what the page before said and asked for."""
        self.console, self.requests, self.loaded = [], [], False
        answer = self.call("Page.navigate", url=address)
        assert "errorText" not in answer, (address, answer)
        while not self.loaded:
            self.take(self.message())

    def add_to_pages(self, script: str) -> None:
        """Every page that is opened from now on begins with it."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def evaluate(self, script: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, **clip: float) -> bytes:
        """What is on the screen, as PNG; `clip`: x, y, width, height of the part that is wanted."""
        more: dict[str, Any] = {"clip": clip | {"scale": 1}} if clip else {}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"])

    def pdf(self) -> bytes:
        """What comes out of a printer."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False, paperWidth=8.27, paperHeight=11.69)["data"])
