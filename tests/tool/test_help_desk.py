"""Who answers users reads policy and store by a group; who is not in it is told so."""

from __future__ import annotations

import grp
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOOL = os.environ["RELAYPERMIT_TOOL"]
# One that every Debian has, and nobody is in.
GROUP = "operator"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Iterator[Path]:
    """As contrib/set-up leaves them: the group's, and nobody else's."""
    for above in [tmp_path, *tmp_path.parents[:3]]:
        if above != Path("/") and above.stat().st_uid == os.getuid():
            above.chmod(above.stat().st_mode | 0o011)
    folder = tmp_path / "relaypermit"
    folder.mkdir(mode=0o750)
    store = folder / "decisions.db"
    store.write_bytes(b"")
    policy = tmp_path / "policy.toml"
    policy.write_text(f'relay.hosted_domains = ["example.com"]\nlog.store = "{store}"\n')
    group = grp.getgrnam(GROUP).gr_gid
    for file in (folder, store, policy):
        os.chown(file, 0, group)
    store.chmod(0o640)
    policy.chmod(0o644)
    yield tmp_path


def as_helper(*arguments: str, groups: str = "nogroup") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", f"--groups={groups}", TOOL, *arguments],
                          capture_output=True, text=True, check=False, timeout=30)


def test_a_store_that_may_not_be_read_names_the_group_that_may(folder: Path) -> None:
    done = as_helper("log", "-c", str(folder / "policy.toml"))
    assert done.returncode == 2
    assert "permission denied (the group `operator` may read it: add whoever answers users to it, " \
        "`adduser USER operator`, who then logs in anew; or run this by sudo)" in done.stderr, done.stderr
    assert "group" not in as_helper("log", "-c", str(folder / "policy.toml"), groups=GROUP).stderr


def test_a_policy_that_may_not_be_read_does_too(folder: Path) -> None:
    (folder / "policy.toml").chmod(0o640)
    for command in (["log"], ["who", "a@example.com"]):
        done = as_helper(*command, "-c", str(folder / "policy.toml"))
        assert done.returncode == 2
        assert "the group `operator` may read it" in done.stderr, done.stderr
