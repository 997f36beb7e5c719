"""Every case file of tests/cases on a real Postfix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from case_file import Case, case_files
from case_player import Stage, expressible, reasons
from postfix_cases import PostfixPlayer, inexpressible

FILES = case_files()
CASES = expressible(FILES, inexpressible)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage(PostfixPlayer, FILES)
    yield stage
    stage.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(stage: Stage, case: Case) -> None:
    stage.run(case)


def test_nearly_all_cases_can_be_played_here() -> None:
    left_out = sum(len(cases) for cases in reasons(FILES, inexpressible).values())
    assert left_out < len(CASES) / 10
