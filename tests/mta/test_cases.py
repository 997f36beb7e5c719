"""Every case file of tests/cases on a real Postfix and on a real Sendmail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from case_file import Case, case_files
from case_player import Stage, expressible, reasons
from players import PLAYERS

FILES = case_files()


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    stages = {mta: Stage(player, FILES) for mta, (player, _) in PLAYERS.items()}
    yield stages
    for stage in stages.values():
        stage.close()


@pytest.mark.parametrize(("mta", "case"), [
    pytest.param(mta, case, id=f"{mta}: {case.id}")
    for mta, (_, inexpressible) in PLAYERS.items() for case in expressible(FILES, inexpressible)])
def test_case(stages: dict[str, Stage], mta: str, case: Case) -> None:
    stages[mta].run(case)


@pytest.mark.parametrize("mta", PLAYERS)
def test_nearly_all_cases_can_be_played(mta: str) -> None:
    inexpressible = PLAYERS[mta][1]
    left_out = sum(len(cases) for cases in reasons(FILES, inexpressible).values())
    assert left_out < len(expressible(FILES, inexpressible)) / 10
