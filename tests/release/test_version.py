"""The version: stated once, and what the two programs say of it, of the commit and of their libraries."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["RELAYPERMIT_BUILD"])
PROGRAMS = {"relaypermit": (BUILD / "tool/commands/relaypermit", "--version"),
            "relaypermitd": (BUILD / "milter/relaypermitd", "-V")}
# What each library calls itself. None: it does not say which version it is.
NAMES = {"libsqlite3": "SQLite", "libre2": None, "libidn2": "libidn2", "libutf8proc": "utf8proc", "libnettle": "Nettle",
         "libsasl2": "Cyrus SASL", "libmilter": "libmilter", "libpsl": "libpsl", "libz": "zlib", "libexpat": "expat",
         "libcrypto": "OpenSSL", "libcurl-gnutls": "libcurl", "libcurl": "libcurl"}
OF_THE_COMPILER = {"libc", "libm", "libstdc++", "libgcc_s", "libresolv", "ld-linux-x86-64", "ld-linux-aarch64",
                   "libasan", "libubsan", "libtsan"}
ONLY_HEADERS = {"relaypermit": {"CLI11", "nlohmann/json", "toml++"}, "relaypermitd": {"nlohmann/json", "toml++"}}


def output(*command: str | Path, cwd: Path | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout


def stated() -> str:
    found = re.search(r"^project\(relaypermit VERSION (\d+\.\d+\.\d+)$|^project\(relaypermit VERSION (\d+\.\d+\.\d+) ",
                      (TOP / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert found
    return found[1] or found[2]


def said(program: str) -> dict[str, str]:
    """What stands in each line, by its first words."""
    path, option = PROGRAMS[program]
    text = output(path, option)
    columns = {re.match(r"\S+(?: \S+)* +", line).end() for line in text.splitlines()}
    assert len(columns) == 1, f"not aligned:\n{text}"
    column = columns.pop()
    return {line[:column].strip(): line[column:] for line in text.splitlines()}


def linked(program: str) -> dict[str, Path]:
    """The file of each library that the program itself asks for, by its name without a version."""
    path, _ = PROGRAMS[program]
    needed = re.findall(r"\(NEEDED\).*\[(\S+)\]", output("readelf", "-d", path))
    files = dict(re.findall(r"(\S+) => (\S+) ", output("ldd", path)))
    return {name.partition(".so")[0]: Path(files[name]).resolve() for name in needed if name in files}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_names_its_version_and_its_commit_first(program: str) -> None:
    lines = said(program)
    assert list(lines)[:2] == [program, "commit"]
    assert lines[program] == stated()
    assert re.fullmatch(r"none|[0-9a-f]{12}(-dirty)?", lines["commit"])


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_names_every_library_that_it_was_linked_with(program: str) -> None:
    libraries = set(linked(program)) - OF_THE_COMPILER
    assert libraries <= set(NAMES), "give it a line in --version, and a name here"
    lines = list(said(program))[2:]
    assert set(lines) == ({NAMES[library] for library in libraries} - {None}) | ONLY_HEADERS[program]
    assert lines == sorted(lines, key=str.lower)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_versions_are_those_of_the_installed_libraries(program: str) -> None:
    lines = said(program)
    for library, file in linked(program).items():
        name = NAMES.get(library)
        if name is None:
            continue
        package = output("dpkg", "-S", f"*/{file.name}").split(":")[0]
        version = output("dpkg-query", "-W", "-f", "${source:Upstream-Version}", package)
        # libmilter is of Sendmail's source and counts for itself.
        if name == "libmilter":
            version = package.removeprefix("libmilter")
        # Debian's way back to an older one: 1.3.dfsg+really1.3.1.
        version = version.split("+really")[-1]
        assert version.startswith(lines[name]), f"{name}: {lines[name]}, but {package} is {version}"


def test_json_says_the_same() -> None:
    path, _ = PROGRAMS["relaypermit"]
    lines = said("relaypermit")
    for words in (["--version", "--json"], ["--json", "--version"]):
        answer = json.loads(output(path, *words))
        assert answer.pop("program") == "relaypermit"
        assert answer.pop("version") == lines["relaypermit"]
        assert (answer.pop("commit") or "none") == lines["commit"]
        assert answer.pop("libraries") == dict(list(lines.items())[2:])
        assert not answer


def test_packages_and_the_changelog_are_of_the_stated_version() -> None:
    version = stated()
    released = re.findall(r"^## \[(\d[^\]]*)\]", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    if released:
        assert released[0] == version
    for file, pattern in (("debian/changelog", r"\Arelaypermit \(([^-)]+)-[^)]+\) "),
                          ("contrib/rpm/relaypermit.spec", r"^Version: +(\S+)$")):
        if (TOP / file).exists():
            assert re.findall(pattern, (TOP / file).read_text(), re.MULTILINE)[:1] == [version], file


def test_no_source_states_the_version_or_the_time_of_its_building() -> None:
    stamp = re.compile(rf'"{re.escape(stated())}"|__(DATE|TIME|TIMESTAMP)__')
    for room in ("policy", "record", "config", "tables", "milter", "tool"):
        for file in (TOP / room).rglob("*"):
            if file.suffix in (".cpp", ".h", ".txt"):
                assert not stamp.search(file.read_text()), file
    assert "RELAYPERMIT_VERSION" not in (BUILD / "build.ninja").read_text()


class Tree:
    """As much of a source tree as config/version.cmake reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config").mkdir(parents=True)
        for name in ("version.cmake", "version_values.cpp.in", "commit.txt"):
            (folder / "config" / name).write_bytes((TOP / "config" / name).read_bytes())
        (folder / ".gitattributes").write_bytes((TOP / ".gitattributes").read_bytes())
        self.out = folder / "out.cpp"

    def git(self, *words: str) -> str:
        return output("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", *words,
                      cwd=self.folder).strip()

    def make(self, **definitions: str) -> str:
        given = {"OUT": str(self.out), "SOURCE": str(self.folder), "VERSION": "1.2.3", "GIT": "git", **definitions}
        subprocess.run(["cmake", *(f"-D{name}={value}" for name, value in given.items()), "-P",
                        self.folder / "config/version.cmake"], check=True)
        found = re.findall(r'return "(.*)";', self.out.read_text())
        assert found[0] == "1.2.3"
        return found[1]


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "tree")
    tree.git("init", "-q")
    tree.git("add", "config", ".gitattributes")
    tree.git("commit", "-q", "-m", "one")
    return tree


def test_a_checkout_names_its_commit_and_whether_files_differ_from_it(checkout: Tree) -> None:
    commit = checkout.git("rev-parse", "HEAD")[:12]
    checkout.git("tag", "v1.2.3")
    assert checkout.make() == commit
    (checkout.folder / "config/version_values.cpp.in").open("a").write("// more\n")
    assert checkout.make() == f"{commit}-dirty"


def test_the_generated_source_is_written_when_it_changes_alone(checkout: Tree) -> None:
    checkout.make()
    os.utime(checkout.out, (1, 1))
    checkout.make()
    assert checkout.out.stat().st_mtime == 1
    checkout.git("commit", "-q", "--allow-empty", "-m", "two")
    assert checkout.make() == checkout.git("rev-parse", "HEAD")[:12]
    assert checkout.out.stat().st_mtime > 1


def test_a_source_archive_names_the_commit_that_it_is_of(checkout: Tree, tmp_path: Path) -> None:
    commit = checkout.git("rev-parse", "HEAD")[:12]
    checkout.git("archive", "-o", str(tmp_path / "a.tar"), "HEAD")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "a.tar"], check=True, cwd=tmp_path / "unpacked")
    checkout.folder = tmp_path / "unpacked"
    assert checkout.make(GIT="") == commit


def test_without_git_there_is_no_commit(checkout: Tree) -> None:
    assert checkout.make(GIT="") == ""


def test_a_tree_within_another_repository_does_not_take_its_commit(checkout: Tree) -> None:
    assert Tree(checkout.folder / "vendor/relaypermit").make() == ""


def test_a_hook_of_another_repository_does_not_lend_its_commit(checkout: Tree, tmp_path: Path, monkeypatch) -> None:
    other = Tree(tmp_path / "other")
    other.git("init", "-q")
    other.git("commit", "-q", "--allow-empty", "-m", "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert checkout.make() != other.git("rev-parse", "HEAD")[:12] != ""


def test_a_build_may_be_told_its_commit(checkout: Tree) -> None:
    assert checkout.make(COMMIT="0123456789abcdef0123456789abcdef01234567") == "0123456789ab"
    assert checkout.make(COMMIT='"; evil') == ""
