"""Reads relaypermitd's log lines, independently of the program's own reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYS = ("verdict cause ref stage login mech sender from hdrsender rcpt mailer client port daemon mta tls "
        "helo rule also reply").split()
LINE = re.compile(r"relaypermitd\[\d+\]: (?P<queue_id>[^ :]+): (?P<fields>verdict=.*)")
FIELD = re.compile(r'(?P<key>[a-z]+)=(?P<value>"(?:[^"\\]|\\.)*"|[^ "]*)(?: |$)')
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
NUMBER = re.compile(r"\(\d+\)")


@dataclass(frozen=True)
class Record:
    """One decision. Values are unescaped; an absent value ("-") is None. `written`: as they stand, without quotes."""

    queue_id: str
    values: dict[str, str | None]
    written: dict[str, str]
    line: str

    def __getitem__(self, key: str) -> str | None:
        return self.values[key]

    def members(self, key: str) -> list[str]:
        """Those of a list: from, rcpt, rule, also. The number behind one that is not whole, "(7)", is left out."""
        if self.values[key] is None:
            return []
        return [unescape(member) for member in split(self.written[key]) if not NUMBER.fullmatch(member)]

    @property
    def rules(self) -> list[str]:
        return self.members("rule")

    @property
    def also(self) -> list[str]:
        return self.members("also")


def unescape(value: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 3 else m[1], value)


def split(text: str) -> list[str]:
    """The written members of a list, at each comma that is not escaped."""
    members = [""]
    for piece in re.findall(r"\\.|[^\\]", text):
        if piece == ",":
            members.append("")
        else:
            members[-1] += piece
    return members


def parse(line: str) -> Record | None:
    """The record of a log line; None for a line that is something else. A malformed one fails."""
    found = LINE.search(line)
    if not found:
        return None
    values: dict[str, str | None] = {}
    written: dict[str, str] = {}
    rest = found["fields"]
    while rest:
        item = FIELD.match(rest)
        assert item, f"not key=value at {rest!r} in {line!r}"
        raw = item["value"]
        text = raw[1:-1] if raw.startswith('"') else raw
        written[item["key"]] = text
        values[item["key"]] = None if raw == "-" else unescape(text)
        rest = rest[item.end():]
    assert [key for key in values if key != "agent"] == KEYS and list(values)[-2:] in (
        [*KEYS[-2:]], ["agent", "reply"]), f"keys {list(values)} in {line!r}"
    return Record(found["queue_id"], values, written, line)
