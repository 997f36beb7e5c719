"""What the demonstration looks like: plain lines, wrapped to the terminal's width.

Colours only on a terminal, and not where NO_COLOR is set (no-color.org) or the
terminal is dumb; without them the page says the same.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap

from session import Step

WIDEST = 110
NARROWEST = 50
COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Screen:
    """Writes to standard output."""

    def __init__(self) -> None:
        self.width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((90, 24)).columns))
        self.coloured = (sys.stdout.isatty() and not os.environ.get("NO_COLOR")
                         and os.environ.get("TERM", "dumb") != "dumb")

    def paint(self, text: str, colour: str) -> str:
        return f"\033[{COLOURS[colour]}m{text}\033[0m" if self.coloured and text else text

    def mute(self) -> None:
        """Nobody reads any more: what is still said goes nowhere, the interpreter's own last flush included."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def line(self, text: str = "", colour: str = "") -> None:
        print(self.paint(text, colour) if colour else text, flush=True)

    def paragraph(self, text: str, indent: str = "", first: str | None = None, colour: str = "") -> None:
        """Wrapped text; `first` stands in place of the indent in the first line."""
        for number, line in enumerate(self.wrapped(text, len(indent))):
            head = first if number == 0 and first is not None else indent
            self.line(head + (self.paint(line, colour) if colour else line))

    def wrapped(self, text: str, used: int) -> list[str]:
        # A reference stays beside the word before it.
        kept = re.sub(r"\bref (?=[0-9A-Z]{8}\b)", "ref\u00a0", text)
        lines = textwrap.wrap(kept, self.width - used, break_on_hyphens=False, break_long_words=True)
        return [line.replace("\u00a0", " ") for line in lines] or [""]

    def heading(self, number: str, title: str, aside: str) -> None:
        """A scene's title, with what port it is about at the right edge."""
        self.line()
        if not aside:
            self.line(title, "bold")
            self.line("-" * self.width, "dim")
            return
        gap = self.width - len(number) - len(title) - len(aside) - 4
        if gap < 2:
            self.line(f"{self.paint(f'{number}  {title}', 'bold')}")
            self.line(f"    {self.paint(aside, 'dim')}")
        else:
            self.line(f"{self.paint(f'{number}  {title}', 'bold')}{' ' * (gap + 2)}{self.paint(aside, 'dim')}")
        self.line(self.paint("-" * self.width, "dim"))

    def items(self, items: list[tuple[str, str]]) -> None:
        """Names and what is said of them, in two columns."""
        column = max(len(name) for name, _ in items)
        for name, text in items:
            first = f"  {self.paint(name, 'bold')}{' ' * (column - len(name))}  "
            self.paragraph(text, " " * (column + 4), first)

    def transcript(self, steps: list[Step]) -> None:
        """The client's lines on the left, the codes of the server's answers on the right; the answer that
        decides, the last one, in full."""
        lines = condensed(steps)
        for client, answer, last in lines:
            if not last:
                room = self.width - len(answer) - 7
                for piece in textwrap.wrap(client, room, drop_whitespace=False) or [""]:
                    tail = answer if piece is not None else ""
                    self.line(f"  {self.paint('C', 'dim')}  {piece.ljust(room)}{self.paint(tail, 'dim')}".rstrip())
                    answer = ""
                continue
            self.line(f"  {self.paint('C', 'dim')}  {client}")
            colour = {"2": "green", "4": "yellow", "5": "red"}.get(answer[:1], "")
            self.paragraph(answer, "     ", f"  {self.paint('S', 'dim')}  ", colour)

    def log_line(self, line: str) -> None:
        head = f"  {self.paint('log', 'cyan')}  "
        self.paragraph(line, " " * 7, head)


def condensed(steps: list[Step]) -> list[tuple[str, str, bool]]:
    """(client's line, server's answer, whether that is the last one), of which the last has the whole answer."""
    lines: list[list[str]] = []
    for step in steps:
        if step.who == "C":
            lines.append([step.line, ""])
        elif step.who == "*" and lines:
            lines[-1][1] += f", {step.line.removesuffix(' from here on')}" if lines[-1][1] else step.line
        elif step.who == "S" and lines:
            # Of several lines the last one counts.
            lines[-1][1] = step.line
    return [(client, answer if number == len(lines) - 1 else answer[:3] + answer[answer.find(", TLS"):]
             if ", TLS" in answer else answer[:3], number == len(lines) - 1)
            for number, (client, answer) in enumerate(lines)]
