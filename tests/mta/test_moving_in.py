"""docs/moving-in.md: what it shows is what the commands print, on the configuration that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from daemon import TREE, tool
from test_readme import changed

PAGE = TREE / "docs/moving-in.md"
BLOCK = re.compile(r"^```([\w.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ETC = "/etc/postfix"


@pytest.fixture(name="etc")
def _etc() -> Path:
    """As long as its name on the page: a policy breaks its comments by that."""
    folder = Path(f"/tmp/{os.getpid() % 10**7:07d}")
    folder.mkdir(mode=0o755)
    assert len(str(folder)) == len(ETC)
    (folder / "dynamicmaps.cf").write_text(Path("/etc/postfix/dynamicmaps.cf").read_text())
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_the_commands_print_what_the_page_shows(etc: Path, tmp_path: Path) -> None:
    page = PAGE.read_text()
    policy = tmp_path / "policy.toml"
    environment = {**os.environ, "COLUMNS": "100", "PATH": f"{tool().parent}:{os.environ['PATH']}"}

    def play(block: re.Match[str]) -> str:
        kind, body = block.groups()
        if kind == "toml":
            with policy.open("a") as file:
                file.write("\n" + body)
        elif kind == "diff":
            policy.write_text(changed(policy.read_text(), body))
        elif kind == "mail.log":
            (tmp_path / kind).write_text(body)
        elif kind != "console":
            path = etc / kind
            path.write_text(body.replace(ETC, str(etc)))
            # Postfix waits seconds for a young file to settle.
            os.utime(path, (time.time() - 60,) * 2)
        else:
            shown = ""
            for command in re.findall(r"^\$ (.*)$", body, re.MULTILINE):
                done = subprocess.run(["bash", "-c", command.replace(ETC, str(etc))], cwd=tmp_path, env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                assert done.returncode < 2, done.stdout
                shown += f"$ {command}\n" + done.stdout.replace(str(etc), ETC)
            return f"```console\n{shown.rstrip()}\n```"
        return block[0]

    now = BLOCK.sub(play, page)
    if os.environ.get("WRITE_TEXTS"):
        PAGE.write_text(now)
    assert now == page
