"""guide --check --live against mail servers of loopback that keep a guide's promises, or break one each."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_servers import Guide, Server, certificate, make_authority, openssl

HOST = "mail.hoster.test"
POLICY = """[server]
name = "mail.hoster.test"
[relay]
hosted_domains = ["hoster.test"]
"""


@pytest.fixture(scope="session", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    certificate(folder, "good", [HOST])
    certificate(folder, "other", ["other.test"])
    certificate(folder, "old", [HOST], -1)
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", "self.key", "-out", "self.crt")
    (folder / "self.pem").write_text((folder / "self.crt").read_text() + (folder / "self.key").read_text())
    return folder


@pytest.fixture(name="guide")
def _guide(tmp_path: Path, authority: Path) -> Iterator[Guide]:
    guide = Guide(tmp_path, authority, POLICY)
    good = authority / "good.pem"
    servers = [Server(good), Server(good, tls=True)]
    guide.places = {f"{HOST}:587": servers[0].port, f"{HOST}:465": servers[1].port}
    yield guide
    for server in (*servers, guide.names):
        server.close()


def test_servers_that_are_as_the_guide_says(guide: Guide) -> None:
    guide.is_as_it_says()


def broken(guide: Guide, where: str, server: Server | int) -> list[str]:
    guide.places[where] = server if isinstance(server, int) else server.port
    code, lines = guide.check()
    assert code == 1
    return lines


def test_each_broken_promise_is_one_sentence(guide: Guide, authority: Path) -> None:
    good, at = authority / "good.pem", f"{HOST}:587"
    assert broken(guide, at, Server(good, starttls=False)) == [f"{HOST} port 587 offers no STARTTLS"]
    assert broken(guide, at, Server(good, auth="")) == [
        f"{HOST} port 587 offers no login once it is encrypted (AUTH)"]
    [line] = broken(guide, at, Server(authority / "other.pem"))
    assert line.startswith(f"the certificate of {HOST} port 587 is not for the name {HOST}") and "other.test" in line
    [line] = broken(guide, at, Server(authority / "old.pem"))
    assert line.startswith(f"the certificate of {HOST} port 587 ran out on 20")
    [line] = broken(guide, at, Server(authority / "self.pem"))
    assert line.startswith(f"the certificate of {HOST} port 587 is not trusted: ")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert broken(guide, at, port) == [f"nothing answers at {HOST} port 587"]


def test_a_port_that_keeps_silent_or_has_no_tls_ends_within_the_limit(guide: Guide, authority: Path) -> None:
    good, at = authority / "good.pem", f"{HOST}:465"
    assert broken(guide, at, Server(good, silent=True)) == [
        f"{HOST} port 465 gives no answer within 5 seconds (with TLS from the first byte)"]
    [line] = broken(guide, at, Server(good))
    assert line.startswith(f"{HOST} port 465 has no TLS from the first byte: ")


def test_a_name_that_does_not_resolve_is_said_once(guide: Guide) -> None:
    guide.places = {}
    assert guide.check() == (1, [f"the name {HOST} does not resolve"])
