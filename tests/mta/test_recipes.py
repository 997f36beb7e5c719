"""docs/recipes.md: each recipe passes `check`, lets through what it says and refuses the rest in the words that it shows.

A recipe is a section: its TOML is a file of policy.d beside the base policy at the top of the page, and its
diff changes a line of that policy. What `relaypermit explain` is asked stands in the lines of `accepted` and
`refused`; below a refused one stands the reply.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import daemon
from daemon import TREE
from test_readme import BLOCK, changed

PAGE = (TREE / "docs/recipes.md").read_text()
BASE = re.search(r"^```toml base\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
LONGEST = 12  # lines of a recipe's policy, of the longest one


@dataclass
class Recipe:
    title: str
    policy: str = BASE
    extra: str = ""
    asked: list[tuple[bool, str, str, str, str]] = field(default_factory=list)  # accepted, options, reply, policy, extra


def recipes() -> list[Recipe]:
    found = []
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        recipe = Recipe(section.partition("\n")[0])
        for language, body in BLOCK.findall(section):
            if language == "toml":
                recipe.extra += body
            elif language == "diff":
                recipe.policy = changed(recipe.policy, body)
            elif language == "accepted":
                recipe.asked += [(True, line, "", recipe.policy, recipe.extra) for line in body.splitlines()]
            elif language == "refused":
                options, _, reply = body.partition("\n")
                recipe.asked.append((False, options, reply, recipe.policy, recipe.extra))
        found.append(recipe)
    return found


def run(folder: Path, policy: str, extra: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "policy.d").mkdir(exist_ok=True)
    (folder / "policy.toml").write_text(policy)
    (folder / "policy.d/recipe.toml").write_text(extra or "# nothing\n")
    return subprocess.run([daemon.tool(), words[0], "-c", folder / "policy.toml", *words[1:]], capture_output=True,
                          text=True, timeout=30, env={**os.environ, "COLUMNS": "1000"})


def reply_of(explained: str) -> str:
    """The reply alone, which stands below the verdict."""
    return explained.splitlines()[1] + "\n"


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title)
def test_a_recipe_does_what_it_says(recipe: Recipe, tmp_path: Path) -> None:
    assert recipe.asked
    assert len([line for line in recipe.extra.splitlines() if line.strip()]) <= LONGEST, "mend the language"
    checked = run(tmp_path, recipe.policy, recipe.extra, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for accepted, options, reply, policy, extra in recipe.asked:
        done = run(tmp_path, policy, extra, "explain", *shlex.split(options))
        assert done.returncode == (0 if accepted else 1), (options, done.stdout, done.stderr)
        if not accepted:
            assert re.sub(r"ref [0-9A-Z]{8}", "ref 00000000", reply_of(done.stdout)) == reply, options


def test_a_sender_login_map_becomes_what_the_page_shows() -> None:
    section = PAGE[PAGE.index("### What a `smtpd_sender_login_maps`"):]
    lines, written, command = re.findall(r"^```(?:toml)?\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[:3]
    # As postmap -s lists a table.
    listed = "".join(re.sub(r" +", "\t", line, count=1) + "\n" for line in lines.splitlines())
    made = subprocess.run(command.partition("| ")[2], shell=True, input=listed, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == written.strip()
