"""contrib/docker, as far as it can be tried without an engine: its images are made of packages that there
are, its compose file is taken, and what the containers share fits together."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
DOCKER = TOP / "contrib/docker"
EXAMPLE = DOCKER / "example"
DOCKERFILES = sorted(DOCKER.rglob("Dockerfile"))
# What may begin a line, and how many words it needs.
INSTRUCTIONS = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME", "WORKDIR"}


def instructions(file: Path) -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE)
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


def services() -> dict:
    return yaml.safe_load((EXAMPLE / "compose.yaml").read_text())["services"]


def dockerfile_of(service: dict) -> tuple[Path, Path]:
    context = (EXAMPLE / service["build"]["context"]).resolve()
    return context, context / service["build"]["dockerfile"]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.parent.relative_to(TOP)))
def test_every_package_that_an_image_installs_exists(file: Path) -> None:
    assert {word for word, _ in instructions(file)} <= INSTRUCTIONS
    for word, text in instructions(file):
        if word != "RUN":
            continue
        subprocess.run(["sh", "-n", "-c", text], check=True)
        for command in text.split("&&"):
            words = shlex.split(command)
            if "apt-get" in words and "install" in words:
                packages = [name for name in words[words.index("install") + 1:] if not name.startswith("-")]
                shown = subprocess.run(["apt-cache", "policy", *packages], check=True, capture_output=True, text=True).stdout
                assert set(re.findall(r"^(\S+):\n.*\n  Candidate: \d", shown, re.MULTILINE)) == set(packages)
            if words and words[0].endswith("install-packages"):
                assert set(words[1:]) <= set(re.findall(r"^# -- (\S+)$", (TOP / "contrib/packages").read_text(), re.MULTILINE))


def test_every_file_that_is_copied_is_there() -> None:
    for service in services().values():
        context, file = dockerfile_of(service)
        for word, text in instructions(file):
            if word == "COPY" and not text.startswith("--from"):
                for source in text.split()[:-1]:
                    assert (context / source).exists(), f"{file}: {source}"


def test_nothing_that_serves_is_root_in_our_image() -> None:
    words = instructions(DOCKER / "Dockerfile")
    assert ("USER", "relaypermit") in words[-5:]
    assert any(word == "HEALTHCHECK" and '"relaypermit", "ping"' in text for word, text in words)


def test_the_group_of_the_sockets_has_one_number() -> None:
    for file in (DOCKER / "Dockerfile", EXAMPLE / "postfix/Dockerfile"):
        assert "groupadd --gid 2000 relaypermit" in file.read_text()
    assert "gid=2000" in services()["relaypermit"]["tmpfs"][0]


def test_each_side_finds_the_socket_where_the_other_has_it() -> None:
    mounts = {name: dict(volume.split(":")[:2] for volume in service["volumes"]) for name, service in services().items()}
    policy = (EXAMPLE / "policy.toml").read_text()
    main = (TOP / "contrib/postfix/main.cf").read_text()
    for key in ("milter", "policy"):
        socket, = re.findall(rf'^{key} = "unix:{mounts["relaypermit"]["sockets"]}/(\S+)"$', policy, re.MULTILINE)
        below_queue = mounts["postfix"]["sockets"].removeprefix("/var/spool/postfix/")
        assert f"{{ unix:{below_queue}/{socket}, " in main
    listener = f'{mounts["dovecot"]["auth"]}/socket'
    assert f"unix_listener {listener} " in (EXAMPLE / "dovecot/dovecot.conf").read_text()
    assert re.search(r"^smtpd_sasl_path = auth/socket$", (EXAMPLE / "postfix/main.cf").read_text(), re.MULTILINE)
    assert mounts["postfix"]["auth"] == "/var/spool/postfix/auth"


def test_its_policy_is_sound() -> None:
    tool = Path(os.environ["RELAYPERMIT_BUILD"]) / "tool/commands/relaypermit"
    done = subprocess.run([tool, "check", "--strict", "-c", EXAMPLE / "policy.toml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_postfix_takes_its_configuration_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "main.cf").write_text((EXAMPLE / "postfix/main.cf").read_text() + (TOP / "contrib/postfix/main.cf").read_text())
    (tmp_path / "master.cf").write_text((TOP / "contrib/postfix/master.cf").read_text())
    done = subprocess.run(["postconf", "-c", tmp_path, "-n"], capture_output=True, text=True, check=True)
    assert not done.stderr
    assert "smtpd_sasl_type = dovecot\n" in done.stdout


def test_compose_takes_the_file() -> None:
    tool = shutil.which("docker-compose")
    assert tool, "contrib/install-packages test"
    done = subprocess.run([tool, "-f", EXAMPLE / "compose.yaml", "config", "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
