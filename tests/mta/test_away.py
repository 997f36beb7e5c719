"""While relaypermitd is down or hangs: what README.md says of each wiring, measured on the real mail servers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from away import STATES, WIRINGS, Stop, Wired
from daemon import TREE

# A reply may come later than stated on a machine that is busy, never earlier.
BUSY_S = 10


def rows() -> dict[tuple[str, str], list[str]]:
    """The table of the README: wiring and state to its cells."""
    section = (TREE / "README.md").read_text().partition("### While relaypermitd is away")[2].partition("\n#")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[1] in STATES:
            found[cells[0], cells[1]] = cells[2:]
    return found


@pytest.fixture(scope="module", params=WIRINGS)
def wired(request: pytest.FixtureRequest) -> Iterator[tuple[str, Wired]]:
    with WIRINGS[request.param]() as running:
        yield request.param, running


def is_as_stated(stop: Stop, cell: str) -> bool:
    text, _, after = cell.partition(" after ")
    seconds = float(after.removesuffix(" s") or 0)
    return str(stop) == text and seconds - 0.5 <= stop.seconds <= seconds + BUSY_S


def test_the_readme_has_every_wiring_in_every_state() -> None:
    assert list(rows()) == [(name, state) for name in WIRINGS for state in STATES]


def test_with_it_each_wiring_takes_what_it_should(wired: tuple[str, Wired]) -> None:
    stops = {port: str(stop) for port, stop in wired[1].probes().items()}
    assert stops == {"587": "taken", "465": "taken", "25": "taken", "25, relaying": "550 5.7.1 at RCPT"}


@pytest.mark.parametrize("state", STATES)
def test_without_it_clients_meet_what_the_readme_says(wired: tuple[str, Wired], state: str) -> None:
    name, server = wired
    server.put(state)
    try:
        stops = server.probes()
    finally:
        server.back(state)
    measured = [f"{stop} after {stop.seconds:.1f} s" for stop in stops.values()]
    stated = rows()[name, state]
    assert len(stated) == len(measured)
    assert all(map(is_as_stated, stops.values(), stated)), f"measured {measured}\nstated   {stated}"


def test_the_options_for_submission_only_name_the_milter_that_main_cf_would() -> None:
    milter = re.compile(r"^(?:smtpd|relaypermit)_milters = (\{.*)$", re.MULTILINE)
    main, alone = ((TREE / "contrib/postfix" / name).read_text() for name in ("main.cf", "submission-only.cf"))
    assert milter.findall(main) == milter.findall(alone) != []
