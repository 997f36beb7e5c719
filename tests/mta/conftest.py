"""What the tests with real MTAs share: one Postfix for those that need nothing special of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from postfix import Postfix  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    if os.geteuid() != 0:
        raise pytest.UsageError("the tests with real MTAs run as root: master(8) does")


@pytest.fixture(scope="module")
def unfiltered() -> Iterator[Postfix]:
    """Postfix as shipped, whose relaypermitd does not run."""
    with Postfix(accounts={"alice@example.com": "secret", "bob": "secret"}) as postfix:
        yield postfix
