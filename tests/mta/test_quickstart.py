"""The demonstration of ./contrib/quickstart, as a newcomer sees it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon import program
from process import wait_for
from session import Session

TREE = Path(__file__).resolve().parents[2]
COMMAND = ["/usr/bin/python3", "-B", str(TREE / "contrib/demonstration")]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "RELAYPERMITD": str(program()), "TERM": "xterm", **more}


def processes_of(directory: str) -> list[str]:
    """Command lines of what still runs for the directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if directory in command:
            found.append(command)
    return found


@dataclass
class Shown:
    text: str
    code: int

    @property
    def directory(self) -> str:
        return re.search(r"/tmp/relaypermit-\w+", self.text)[0]  # type: ignore[index]


@pytest.fixture(scope="module", params=["60", "80", "200"])
def once(request: pytest.FixtureRequest) -> Shown:
    """The demonstration in a pipe, at that width."""
    done = subprocess.run([*COMMAND, "--once"], env=environment(COLUMNS=request.param), capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.stderr == ""
    return Shown(done.stdout, done.returncode)


def test_every_session_ends_as_announced(once: Shown) -> None:
    assert once.code == 0, once.text
    assert "2 messages were accepted, and 2 left" in " ".join(once.text.split())
    assert once.text.count("verdict=accept") == 2
    assert len(re.findall(r"verdict=(?:mta-)?reject", once.text)) == 9
    causes = set(re.findall(r"cause=([a-z-]+[a-z])", once.text))
    assert causes == {"login-required", "tls-required", "use-submission", "relay-not-permitted", "sender-not-owned",
                      "from-not-owned", "sender-not-hosted", "account-suspended"}


def test_in_a_pipe_it_has_no_colours_and_fits_its_width(once: Shown, request: pytest.FixtureRequest) -> None:
    assert "\033" not in once.text
    width = max(50, min(110, int(request.node.callspec.params["once"])))
    # What people copy (paths, policy lines) is never broken.
    too_wide = [line for line in once.text.splitlines() if len(line) > width and "/tmp/" not in line]
    assert too_wide == []


def test_afterwards_nothing_is_left(once: Shown) -> None:
    assert processes_of(once.directory) == []
    assert not Path(once.directory).exists()


class Terminal:
    """The demonstration on a terminal."""

    def __init__(self, **env: str) -> None:
        master, slave = pty.openpty()
        self.master = master
        self.text = ""
        self.process = subprocess.Popen(COMMAND, stdin=slave, stdout=slave, stderr=slave, env=environment(**env),
                                        start_new_session=True)
        os.close(slave)

    def read_until(self, words: str) -> str:
        deadline = time.monotonic() + 60
        while words not in self.text and time.monotonic() < deadline:
            if select.select([self.master], [], [], 1)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode()
                except OSError:
                    break
        assert words in self.text, self.text
        return self.text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        os.close(self.master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_runs_on_until_it_is_told_to_end(terminal: Terminal, sign: signal.Signals, code: int) -> None:
    text = terminal.read_until("the mail server's own log")
    assert "\033[31m" in text and "\033[1m" in text
    directory = Shown(text, 0).directory
    assert processes_of(directory)
    terminal.process.send_signal(sign)
    assert terminal.process.wait(20) == code
    wait_for("the end of everything", lambda: not processes_of(directory))
    assert not Path(directory).exists()


def test_new_log_lines_appear_while_it_runs_on(terminal: Terminal) -> None:
    text = terminal.read_until("the mail server's own log")
    port = re.search(r"smtp://127.0.0.1:(\d+)", text)
    assert port
    with Session("127.0.0.1", int(port[1])) as session:
        session.ehlo()
        session.starttls()
        session.ehlo()
        session.auth("alice@example.com", "quickstart")
        assert session.mail("orders@example.com").code == 550
    count = terminal.text.count("cause=sender-not-owned")
    while terminal.text.count("cause=sender-not-owned") == count:
        terminal.text += os.read(terminal.master, 65536).decode()


def test_without_colours_where_the_newcomer_wants_none() -> None:
    terminal = Terminal(NO_COLOR="1")
    try:
        assert "\033" not in terminal.read_until("the mail server's own log")
    finally:
        terminal.close()


def test_a_failing_start_says_so_and_leaves_nothing() -> None:
    before = set(Path("/tmp").glob("relaypermit*"))
    done = subprocess.run([*COMMAND, "--once"], env=environment() | {"RELAYPERMITD": "/bin/false"},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("./contrib/quickstart: relaypermitd ended in its start with 1")
    assert "Traceback" not in done.stderr
    assert not [d for d in set(Path("/tmp").glob("relaypermit*")) - before if processes_of(str(d))]
