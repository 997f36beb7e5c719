"""The demonstration of ./contrib/quickstart, as a newcomer sees it, on each mail server."""

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
from urllib.parse import urldefrag
from urllib.request import urlopen

import pytest

from daemon import program
from process import wait_for
from session import Session

TREE = Path(__file__).resolve().parents[2]
MTAS = ("postfix", "sendmail")
COMMAND = ["/usr/bin/python3", "-B", str(TREE / "contrib/demonstration")]


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "RELAYPERMITD": str(program()), "TERM": "xterm", **more}


def processes_of(directory: str) -> list[str]:
    """Command lines of what still runs for the directory: it names it, or has something of it mounted."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            mounts = (process / "mountinfo").read_text(errors="replace")
        except OSError:
            continue
        if directory in command or Path(directory).name in mounts:
            found.append(command)
    return found


@dataclass
class Shown:
    text: str
    code: int

    @property
    def directory(self) -> str:
        return re.search(r"/tmp/relaypermit-[\w-]+", self.text)[0]  # type: ignore[index]


@pytest.fixture(scope="module", params=[(mta, width) for mta in MTAS for width in (60, 80, 200)],
                ids=lambda param: f"{param[0]}-{param[1]}")
def once(request: pytest.FixtureRequest) -> Shown:
    """The demonstration in a pipe, at that width."""
    mta, width = request.param
    done = subprocess.run([*COMMAND, "--once", "--mta", mta], env=environment(COLUMNS=str(width)), capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.stderr == ""
    return Shown(done.stdout, done.returncode)


def test_every_session_ends_as_announced(once: Shown, request: pytest.FixtureRequest) -> None:
    assert once.code == 0, once.text
    mta, _ = request.node.callspec.params["once"]
    assert re.search(rf"a real {mta} \d+\.\d+\.\d+", once.text, re.IGNORECASE)
    assert once.text.count(f" mta={mta} ") + once.text.count(f" mta={mta}\n") == 11
    assert "2 messages were accepted, and 2 left" in " ".join(once.text.split())
    assert once.text.count("verdict=accept") == 2
    assert len(re.findall(r"verdict=(?:mta-)?reject", once.text)) == 9
    causes = set(re.findall(r"cause=([a-z-]+[a-z])", once.text))
    assert causes == {"login-required", "tls-required", "use-submission", "relay-not-permitted", "sender-not-owned",
                      "from-not-owned", "sender-not-hosted", "account-suspended"}


def test_in_a_pipe_it_has_no_colours_and_fits_its_width(once: Shown, request: pytest.FixtureRequest) -> None:
    assert "\033" not in once.text
    _, asked = request.node.callspec.params["once"]
    width = max(50, min(110, asked))
    # What people copy (paths, policy lines) is never broken.
    too_wide = [line for line in once.text.splitlines() if len(line) > width and "/tmp/" not in line]
    assert too_wide == []


def test_afterwards_nothing_is_left(once: Shown) -> None:
    assert processes_of(once.directory) == []
    assert not Path(once.directory).exists()


class Terminal:
    """The demonstration on a terminal."""

    def __init__(self, mta: str, **env: str) -> None:
        master, slave = pty.openpty()
        self.master = master
        self.text = ""
        self.process = subprocess.Popen([*COMMAND, "--mta", mta], stdin=slave, stdout=slave, stderr=slave, env=environment(**env),
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


@pytest.fixture(params=MTAS)
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    terminal = Terminal(request.param)
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


def test_an_impatient_second_ctrl_c_leaves_nothing_either(terminal: Terminal) -> None:
    directory = Shown(terminal.read_until("the mail server's own log"), 0).directory
    while terminal.process.poll() is None:
        terminal.process.send_signal(signal.SIGINT)
        time.sleep(0.001)
    assert processes_of(directory) == []
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


def test_the_address_of_an_answer_leads_to_the_help_pages(terminal: Terminal) -> None:
    text = terminal.read_until("the mail server's own log")
    folder = re.search(r"relaypermit\s+guide\s+wrote\s+them\s+to\s+(/tmp/\S+/help)", text)
    assert folder and (Path(folder[1]) / "index.html").is_file()
    addresses = set(re.findall(r"http://127\.0\.0\.1:\d+/#[a-z-]*[a-z]", text))
    assert len(addresses) == 8, addresses
    for address in addresses:
        page, anchor = urldefrag(address)
        with urlopen(page, timeout=10) as answer:
            assert f'id="{anchor}"' in answer.read().decode()


def test_without_colours_where_the_newcomer_wants_none() -> None:
    terminal = Terminal("postfix", NO_COLOR="1")
    try:
        assert "\033" not in terminal.read_until("the mail server's own log")
    finally:
        terminal.close()


@pytest.mark.parametrize("mta", MTAS)
def test_a_failing_start_says_so_and_leaves_nothing(mta: str) -> None:
    before = set(Path("/tmp").glob("relaypermit*"))
    done = subprocess.run([*COMMAND, "--once", "--mta", mta], env=environment() | {"RELAYPERMITD": "/bin/false"},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("./contrib/quickstart: relaypermitd ended in its start with 1")
    assert "Traceback" not in done.stderr
    assert not [d for d in set(Path("/tmp").glob("relaypermit*")) - before if processes_of(str(d))]


@pytest.mark.parametrize("mta", MTAS)
def test_it_ends_in_silence_when_nobody_reads_on(mta: str) -> None:
    with subprocess.Popen([*COMMAND, "--mta", mta], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as demonstration:
        assert demonstration.stdout and demonstration.stderr
        text = "".join(demonstration.stdout.readline() for _ in range(12))
        demonstration.stdout.close()
        assert demonstration.stderr.read() == ""
        assert demonstration.wait(30) == 1
    assert processes_of(Shown(text, 0).directory) == []


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--mta", "qmail"], "unknown mail server `qmail`: postfix or sendmail"), (["--mta"], "unknown mail server ``"),
    (["--twice"], "unknown argument `--twice`")])
def test_a_wrong_argument_is_named_before_anything_is_installed(arguments: list[str], complaint: str) -> None:
    done = subprocess.run([TREE / "contrib/quickstart", *arguments], capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout) == (64, "")
    assert complaint in done.stderr and "--mta sendmail" in done.stderr
