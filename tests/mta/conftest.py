"""What the tests with real MTAs share: one Postfix for those that need nothing special of it."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from case_file import case_files  # noqa: E402
from case_player import table  # noqa: E402
from postfix import Postfix  # noqa: E402
from players import PLAYERS  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    if os.geteuid() != 0:
        raise pytest.UsageError("the tests with real MTAs run as root: master(8) does")
    # A TERM ends the run as Ctrl-C does, with all that the tests have started.
    signal.signal(signal.SIGTERM, lambda number, frame: pytest.exit("terminated", 143))


@pytest.fixture(scope="module")
def unfiltered() -> Iterator[Postfix]:
    """Postfix as shipped, whose relaypermitd does not run."""
    with Postfix(accounts={"alice@example.com": "secret", "bob": "secret"}) as postfix:
        yield postfix


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that users other than root can enter: pytest closes the one above `tmp_path` to them whenever
    another session of it starts on the machine."""
    with tempfile.TemporaryDirectory(prefix="relaypermit-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The tables of the case files, where they were run."""
    for mta, (_, inexpressible) in PLAYERS.items():
        where = f"test_cases.py::test_case[{mta}: "
        outcomes = {report.nodeid.partition(where)[2].removesuffix("]"): report.outcome
                    for key in ("passed", "failed", "error") for report in terminalreporter.stats.get(key, [])
                    if where in report.nodeid}
        if outcomes:
            terminalreporter.section(f"case files on {mta}")
            terminalreporter.write_line(table(case_files(), outcomes, inexpressible))
