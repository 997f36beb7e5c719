"""README.md shows what is true: its policy, reply, log line and commands are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import daemon
from daemon import TREE
from world import World

README = (TREE / "README.md").read_text()
REFERENCE = re.compile(r"\bref([ =])[0-9A-HJKMNP-TV-Z]{8}\b")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def masked(text: str) -> str:
    """Without what differs from run to run: the reference and the process id."""
    return re.sub(r"relaypermitd\[\d+\]", "relaypermitd[1]", REFERENCE.sub(r"ref\1XXXXXXXX", text.strip()))


def tool() -> Path:
    return daemon.program().parent.parent / "inspect/relaypermit"


def commands() -> list[tuple[str, str]]:
    """Each command of the console blocks with the output under it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            found.append((line, output))
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


@pytest.mark.parametrize("command, output", commands(), ids=[line for line, _ in commands()])
def test_a_command_prints_what_is_shown(command: str, output: str, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("\n".join(blocks("toml")[:2]))
    words = command.split()
    assert words[0] == "relaypermit"
    ran = subprocess.run([tool(), *words[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=30,
                         env={**os.environ, "COLUMNS": "100"})
    assert ran.stderr == ""
    assert ran.stdout == output


def test_every_file_that_it_links_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not link.startswith("http") and not (TREE / link).exists()] == []


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
