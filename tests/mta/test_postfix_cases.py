"""Every case file of tests/cases on a real Postfix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from case_file import Case, case_files
from postfix_cases import CaseRun, inexpressible, reasons

FILES = {file.path.name: file for file in case_files()}
EXPRESSIBLE = [case for file in FILES.values() for case in file.cases if not inexpressible(case)]


class Stage:
    """The Postfix and relaypermitd of one case file at a time. (A parametrized fixture of pytest's
    would be set up anew for every case.)"""

    def __init__(self) -> None:
        self.run: CaseRun | None = None

    def of(self, file: str) -> CaseRun:
        if self.run is None or self.run.file is not FILES[file]:
            self.close()
            self.run = CaseRun(FILES[file]).__enter__()
        return self.run

    def close(self) -> None:
        if self.run:
            self.run.stop()
            self.run = None


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("case", EXPRESSIBLE, ids=lambda case: case.id)
def test_case(stage: Stage, case: Case) -> None:
    stage.of(case.file).run(case)


def test_nearly_all_cases_can_be_played_here() -> None:
    left_out = sum(len(cases) for cases in reasons(list(FILES.values())).values())
    assert left_out < len(EXPRESSIBLE) / 10
