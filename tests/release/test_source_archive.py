"""contrib/source-archive: the same bytes each time, and what is in it is configured without git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# What a release leaves out of git, and a checkout of somebody's may hold.
NOT_COPIED = shutil.ignore_patterns(".git", "build", "__pycache__")


def git(tree: Path, *words: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", *words],
                          cwd=tree, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module", name="tree")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of this tree as it is, so that the test needs none, and tests what is not committed yet."""
    tree = tmp_path_factory.mktemp("repository") / "tree"
    shutil.copytree(TOP, tree, ignore=NOT_COPIED)
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "A release")
    return tree


def archive(tree: Path, out: Path, *words: str) -> Path:
    out.mkdir()
    done = subprocess.run([tree / "contrib/source-archive", "--out", out, *words], check=True, capture_output=True, text=True)
    return Path(done.stdout.strip())


@pytest.fixture(scope="module", name="made")
def _made(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (tree / "left-over.txt").touch()
    try:
        return archive(tree, tmp_path_factory.mktemp("archive") / "out")
    finally:
        (tree / "left-over.txt").unlink()


def test_two_archives_of_a_commit_are_the_same_bytes(tree: Path, made: Path, tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        other = archive(tree, tmp_path / "other", "HEAD")
    finally:
        os.umask(old)
    assert made.name == other.name
    assert made.read_bytes() == other.read_bytes()


def test_an_archive_is_configured_without_git_and_knows_its_commit(tree: Path, made: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xJf", made], cwd=tmp_path, check=True)
    source = tmp_path / made.name.removesuffix(".tar.xz")
    assert not (source / ".git").exists()
    build = tmp_path / "build"
    options = ["-DBUILD_TESTING=OFF", "-DCMAKE_DISABLE_FIND_PACKAGE_Git=ON"]
    subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", build, *options], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", build, "--target", "relaypermit_commit"], check=True, capture_output=True)
    values = (build / "config/version_values.cpp").read_text()
    assert f'"{git(tree, "rev-parse", "HEAD")[:12]}"' in values
    assert f'"{source.name.removeprefix("relaypermit-")}"' in values


def test_everything_committed_is_in_it_and_nothing_else(tree: Path, made: Path) -> None:
    listed = subprocess.run(["tar", "-tJf", made], check=True, capture_output=True, text=True).stdout.splitlines()
    top = made.name.removesuffix(".tar.xz") + "/"
    assert {name.removeprefix(top) for name in listed if not name.endswith("/")} == set(git(tree, "ls-files").splitlines())


def test_what_is_no_commit_leaves_no_archive(tree: Path, tmp_path: Path) -> None:
    done = subprocess.run([tree / "contrib/source-archive", "--out", tmp_path, "no-such"], capture_output=True, text=True, check=False)
    assert done.returncode == 66
    assert "no-such" in done.stderr
    assert not list(tmp_path.iterdir())
