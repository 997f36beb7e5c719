"""contrib/set-up on a system below a directory, with systemd and without: what it makes, says and leaves alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
TREE = Path(__file__).resolve().parents[2]
POLICY = "etc/relaypermit/policy.toml"
NEXT = "next: change the lines with <-- in /etc/relaypermit/policy.toml"


class System:
    """An installed relaypermit below `root`, with the files of a small Debian around it."""

    def __init__(self, root: Path, systemd: bool) -> None:
        self.root = root
        self.path = os.environ["PATH"]
        for directory in ("etc", "var/lib", "var/spool/postfix", "run", "usr/local/sbin", "programs"):
            (root / directory).mkdir(parents=True)
        for name in ("passwd", "group"):
            (root / "etc" / name).write_text("root:x:0:0::/root:/bin/sh\n" if name == "passwd" else "root:x:0:\npostfix:x:107:\n")
        (root / "etc/shadow").write_text("root:*:1::::::\n")
        (root / "etc/gshadow").write_text("root:*::\npostfix:!::\n")
        if systemd:
            (root / "run/systemd/system").mkdir(parents=True)
        else:
            # All programs but those of systemd.
            for folder in self.path.split(":"):
                for program in Path(folder).glob("*"):
                    link = root / "programs" / program.name
                    if not program.name.startswith("systemd-") and not link.is_symlink():
                        link.symlink_to(program)
            self.path = str(root / "programs")
        # The programs themselves are as good as their names here, and a hundred megabytes less.
        subprocess.run(["cmake", "--install", BUILD / "contrib", "--prefix", "/usr/local"], check=True,
                       env={**os.environ, "DESTDIR": str(root)}, stdout=subprocess.DEVNULL)
        program = root / "usr/local/sbin/relaypermitd"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)

    def run(self, *arguments: str) -> str:
        """What it says; it must succeed, and every complaint of its tools counts as a failure."""
        done = self.try_run(*arguments)
        assert done.returncode == 0 and "rror" not in done.stderr, done.stderr
        return done.stdout

    def try_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(TREE / "contrib/set-up"), "--root", str(self.root), *arguments], capture_output=True,
                              text=True, check=False, env={"PATH": self.path}, timeout=30)

    def files(self) -> dict[str, tuple[int, int, int, bytes]]:
        return {str(path.relative_to(self.root)): (status.st_uid, status.st_gid, status.st_mode,
                                                   path.read_bytes() if path.is_file() and path.parent.name != "programs" else b"")
                for path in self.root.rglob("*") for status in [path.lstat()]}

    def ids(self, name: str) -> int:
        """The number that a file of the system has for the user or group of that name."""
        for line in (self.root / "etc" / name.split(" ")[0]).read_text().splitlines():
            if line.startswith(f"{name.split(' ')[1]}:"):
                return int(line.split(":")[2])
        raise AssertionError(f"no {name}")

    def owned(self, path: str, owner: str, group: str, mode: int) -> bool:
        status = (self.root / path).stat()
        return (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (
            self.ids(f"passwd {owner}"), self.ids(f"group {group}"), mode)


@pytest.fixture(params=[True, False], ids=["systemd", "no-systemd"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path / "root", request.param)
    yield made
    shutil.rmtree(made.root)


def has_systemd(system: System) -> bool:
    return (system.root / "run/systemd/system").exists()


def test_the_daemon_may_read_the_policy_and_nobody_else_may(system: System) -> None:
    said = system.run()
    assert "make the user relaypermit" in said and NEXT in said
    assert system.owned("etc/relaypermit", "root", "relaypermit", 0o750)
    assert system.owned("etc/relaypermit/policy.d", "root", "relaypermit", 0o750)
    assert system.owned(POLICY, "root", "relaypermit", 0o640)
    assert (system.root / POLICY).read_text() == (TREE / "config/policy.toml").read_text()


def test_without_systemd_it_makes_what_the_units_would(system: System) -> None:
    system.run()
    made = [(system.root / path).exists() for path in ("var/lib/relaypermit", "var/spool/postfix/relaypermit")]
    assert made == [not has_systemd(system)] * 2
    if not has_systemd(system):
        assert system.owned("var/lib/relaypermit", "relaypermit", "relaypermit", 0o750)
        assert system.owned("var/spool/postfix/relaypermit", "relaypermit", "postfix", 0o750)
        assert "postfix:x:107:relaypermit\n" in (system.root / "etc/group").read_text()


def test_a_second_run_finds_nothing_to_do(system: System) -> None:
    system.run()
    before = system.files()
    assert system.run().startswith(NEXT)
    assert system.files() == before


def test_a_dry_run_says_all_of_it_and_does_nothing(system: System) -> None:
    before = system.files()
    would = system.run("--dry-run")
    assert system.files() == before
    did = system.run()
    assert [line.removeprefix("would ") for line in would.splitlines()] == did.splitlines()


def test_a_policy_that_is_there_keeps_its_text_and_gets_its_owner(system: System) -> None:
    (system.root / "etc/relaypermit").mkdir()
    (system.root / POLICY).write_text("# mine\n")
    (system.root / POLICY).chmod(0o644)
    assert f"give /{POLICY} to root:relaypermit, mode 640" in system.run()
    assert (system.root / POLICY).read_text() == "# mine\n"
    assert system.owned(POLICY, "root", "relaypermit", 0o640)


def test_it_does_nothing_where_relaypermit_is_not_installed(system: System) -> None:
    (system.root / "usr/local/sbin/relaypermitd").unlink()
    before = system.files()
    done = system.try_run()
    assert (done.returncode, system.files()) == (69, before)
    assert "install relaypermit, or say --prefix" in done.stderr


def test_what_it_does_not_know_it_does_not_do(system: System) -> None:
    before = system.files()
    assert system.try_run("--stat").returncode == 64
    assert system.try_run("--start", "--dry-run").returncode == 64
    assert system.try_run("--prefix", "usr").returncode == 64
    assert system.files() == before
