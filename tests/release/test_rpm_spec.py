"""contrib/rpm/relaypermit.spec: rpmbuild makes a package of it in which every installed file is, and
rpmlint finds nothing that is not meant so."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
SPEC = TOP / "contrib/rpm/relaypermit.spec"


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder: Path, action: str) -> None:
    version, = re.findall(r"^Version: +(\S+)$", SPEC.read_text(), re.MULTILINE)
    sources = folder / "SOURCES"
    sources.mkdir(parents=True)
    run("tar", "--use-compress-program=xz -0", f"--transform=s,^,relaypermit-{version}/,", "--exclude=__pycache__",
        "-cf", sources / f"relaypermit-{version}.tar.xz", "-C", TOP, "contrib", "config", "LICENSE")
    (sources / "relaypermit.sysusers").write_bytes((TOP / "contrib/systemd/relaypermit.sysusers").read_bytes())
    run("rpmbuild", action, "--nodeps", f"--load={HERE / 'fedora.macros'}", "--define", f"_topdir {folder}",
        "--define", f"_dbpath {folder}/db", SPEC)


@pytest.fixture(scope="module", name="package")
def _package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rpm")
    build(folder, "-bb")
    package, = folder.glob("RPMS/*/*.rpm")
    return package


def query(package: Path, text: str) -> list[str]:
    return run("rpm", "--define", f"_dbpath {package.parents[2]}/db", "-qp", "--qf", text, package).splitlines()


def test_the_policy_is_a_configuration_file_for_the_daemon_alone(package: Path) -> None:
    files = query(package, "[%{FILENAMES} %{FILEFLAGS:fflags} %{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]")
    assert "/etc/relaypermit/policy.toml cn -rw-r----- root:relaypermit" in files
    assert "/etc/relaypermit  drwxr-x--- root:relaypermit" in files
    assert "/var/lib/relaypermit  drwxr-x--- relaypermit:relaypermit" in files


def test_every_file_is_installed_once_and_where_it_is_looked_for(package: Path) -> None:
    files = query(package, "[%{FILENAMES}\n]")
    assert len(files) == len(set(files))
    for name in ("bin/relaypermit", "sbin/relaypermitd", "lib/systemd/system/relaypermitd.socket", "lib/sysusers.d/relaypermit.conf",
                 "share/zsh/site-functions/_relaypermit", "share/man/man5/policy.toml.5"):
        assert any(file.startswith(f"/usr/{name}") for file in files), name


def test_an_upgrade_restarts_the_service_and_never_the_socket(package: Path) -> None:
    assert query(package, "%{PREIN}") == ["echo sysusers relaypermit.sysusers"]
    assert query(package, "%{POSTIN}") == ["echo post relaypermitd.socket relaypermitd.service relaypermit-report.timer"]
    said = [line for line in query(package, "%{POSTUN}") if line.startswith("echo")]
    assert said == ["echo postun relaypermitd.socket relaypermit-report.timer",
                    "echo postun-with-restart relaypermitd.service"]


def test_its_policy_is_sound_and_refuses_nothing() -> None:
    tool = Path(os.environ["RELAYPERMIT_BUILD"]) / "tool/commands/relaypermit"
    shown = run(tool, "show", "--config", TOP / "contrib/rpm/policy.toml")
    assert re.search(r'^mode *= *"monitor"', shown, re.MULTILINE)


def test_rpmlint_finds_nothing(tmp_path: Path) -> None:
    # In the spec: of a package, most that it says is of the settings of the system that builds it.
    done = subprocess.run(["rpmlint", "--config", TOP / "contrib/rpm/rpmlint.toml", SPEC], capture_output=True, text=True,
                          check=False, cwd=tmp_path)
    assert re.search(r"0 errors, 0 warnings", done.stdout), done.stdout + done.stderr
