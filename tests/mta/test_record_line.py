"""The tests' own reader of log lines, on lines as record/value.h says they are written."""

from __future__ import annotations

import pytest

import record_line


def line_with(**written: str) -> str:
    fields = " ".join(f"{key}={written.get(key, '-')}" for key in record_line.KEYS)
    return f"host relaypermitd[7]: NOQUEUE: {fields}"


@pytest.mark.parametrize(("written", "members"), [
    ("-", []), ("a@x,b@y", ["a@x", "b@y"]), (r'"\"a\,b\"@x,c@y"', ['"a,b"@x', "c@y"]), ('"a b,c"', ["a b", "c"]),
    (r"a\x2cb,c", ["a,b", "c"]), (r'"\\,b"', ["\\", "b"]), ("a,(12)", ["a"]), (r"\(12)", ["(12)"]), ('"-"', ["-"]),
    (",", ["", ""]), ('""', [""]), (r"\xff,a", ["\xff", "a"])])
def test_lists_are_read_as_they_were_written(written: str, members: list[str]) -> None:
    record = record_line.parse(line_with(verdict="accept", rule=written, rcpt=written))
    assert record and record.rules == members and record.members("rcpt") == members
    assert record.also == []


def test_a_line_of_something_else_is_no_record() -> None:
    assert record_line.parse("postfix/smtpd[7]: connect from unknown[192.0.2.1]") is None
