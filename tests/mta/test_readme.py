"""What README.md and docs/ten-edits.md show is true: policy, reply, log line and commands are run as they stand there.

A page builds a policy up. A block of TOML goes to the end of it, a diff changes
lines that it has, and the commands of a console block run on what stands there
by then.
"""

from __future__ import annotations

import os
import re
import shutil
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import daemon
from daemon import TREE
from world import World

README = (TREE / "README.md").read_text()
# Each page with the policy that it begins with.
PAGES = {"README.md": "", "docs/ten-edits.md": (TREE / "config/policy.toml").read_text(), "docs/tour.md": ""}
REFERENCE = re.compile(r"\bref([ =])[0-9A-HJKMNP-TV-Z]{8}\b")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for its_language, body in BLOCK.findall(README) if its_language == language]


def masked(text: str) -> str:
    """Without what differs from run to run: the reference and the process id."""
    return re.sub(r"relaypermitd\[\d+\]", "relaypermitd[1]", REFERENCE.sub(r"ref\1XXXXXXXX", text.strip()))


@dataclass
class Command:
    """A command of a page, the output that the page shows under it, and the policy by then."""

    page: str
    line: str
    output: str
    policy: str


def changed(policy: str, diff: str) -> str:
    old, new = ("".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in f" {mark}") for mark in "-+")
    assert policy.count(old) == 1, f"{policy.count(old)} places for\n{diff}"
    return policy.replace(old, new)


def commands() -> list[Command]:
    found = []
    for page, policy in PAGES.items():
        for language, body in BLOCK.findall((TREE / page).read_text()):
            if language == "toml":
                policy += "\n" * bool(policy) + body
            elif language == "diff":
                policy = changed(policy, body)
            elif language == "console":
                for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                    line, _, output = part.partition("\n")
                    found.append(Command(page, line, output, policy))
    return found


def test_the_policy_refuses_as_shown_on_a_real_postfix() -> None:
    with World(blocks("toml")[0]) as world:
        mark = world.daemon.mark()
        with world.session(login="alice@example.com") as session:
            reply = session.mail("orders@example.com")
        record = world.daemon.wait_for_records(mark)[-1]
        [shown_reply], [shown_line] = blocks("reply"), blocks("log")
        assert masked(str(reply)) == masked(shown_reply)
        assert masked(next(line for line in world.daemon.log().splitlines() if record["ref"] in line)) == masked(shown_line)
        with world.session(login="bob@example.com") as session:
            assert session.mail("orders@example.com").code == 250


@pytest.mark.parametrize("command", commands(), ids=lambda command: f"{command.page}: {command.line}")
def test_a_command_prints_what_is_shown(command: Command, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(command.policy)
    words = shlex.split(command.line)
    assert words[0] == "relaypermit"
    ran = subprocess.run([daemon.tool(), *words[1:]], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         timeout=30, env={**os.environ, "COLUMNS": "100"})
    assert ran.stdout == command.output


def test_the_tour_has_ten_edits_each_checked_tested_and_explained() -> None:
    edits = re.split(r"^## \d+\. ", (TREE / "docs/ten-edits.md").read_text(), flags=re.MULTILINE)[1:]
    assert len(edits) == 10
    for edit in edits:
        assert all(f"$ relaypermit {command} " in edit for command in ("check", "test", "explain")), edit
        assert "\n[[test]]\n" in edit, edit


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_exists(page: str) -> None:
    file = TREE / page
    links = re.findall(r"\]\(([^)#]+)\)", file.read_text())
    assert links
    assert [link for link in links if not link.startswith("http") and not (file.parent / link).exists()] == []


def test_main_cf_lines_are_the_shipped_ones() -> None:
    shipped = (TREE / "contrib/postfix/main.cf").read_text()
    wiring = README.partition("## Wiring it into Postfix")[2].partition("## Wiring it into Sendmail")[0]
    lines = re.search(r"^```\n(.*?)^```$", wiring, re.MULTILINE | re.DOTALL)
    assert lines
    for line in lines[1].splitlines():
        assert line in shipped.splitlines(), line


def test_the_man_page_that_it_names_can_be_read() -> None:
    assert shutil.which("mandoc")
    page = subprocess.run(["mandoc", TREE / "contrib/man/policy.toml.5"], capture_output=True, text=True, check=True)
    assert "hosted_domains" in page.stdout
