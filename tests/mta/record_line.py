"""Reads relaypermitd's log lines, independently of the program's own reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEYS = ("verdict cause ref stage login mech sender from hdrsender rcpt mailer client port daemon mta tls "
        "helo rule also reply").split()
LINE = re.compile(r"relaypermitd\[\d+\]: (?P<queue_id>[^ :]+): (?P<fields>verdict=.*)")
FIELD = re.compile(r'(?P<key>[a-z]+)=(?P<value>"(?:[^"\\]|\\.)*"|[^ "]*)(?: |$)')
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")


@dataclass(frozen=True)
class Record:
    """One decision. Values are unescaped; an absent value ("-") is None."""

    queue_id: str
    values: dict[str, str | None]
    line: str

    def __getitem__(self, key: str) -> str | None:
        return self.values[key]

    @property
    def rules(self) -> list[str]:
        return (self.values["rule"] or "").split(",") if self.values["rule"] else []

    @property
    def also(self) -> list[str]:
        return (self.values["also"] or "").split(",") if self.values["also"] else []


def unescape(value: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 3 else m[1], value)


def parse(line: str) -> Record | None:
    """The record of a log line; None for a line that is something else. A malformed one fails."""
    found = LINE.search(line)
    if not found:
        return None
    values: dict[str, str | None] = {}
    rest = found["fields"]
    while rest:
        item = FIELD.match(rest)
        assert item, f"not key=value at {rest!r} in {line!r}"
        raw = item["value"]
        values[item["key"]] = unescape(raw[1:-1]) if raw.startswith('"') else None if raw == "-" else unescape(raw)
        rest = rest[item.end():]
    assert list(values) == KEYS, f"keys {list(values)} in {line!r}"
    return Record(found["queue_id"], values, line)
