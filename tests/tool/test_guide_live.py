"""guide --check --live against servers of loopback that keep a guide's promises, or break one each."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TOOL = os.environ["RELAYPERMIT_TOOL"]
HOST = "mail.hoster.test"
POLICY = """[server]
name = "mail.hoster.test"
[relay]
hosted_domains = ["hoster.test"]
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder: Path, name: str, host: str, days: int) -> None:
    """NAME.pem, of our authority, with its key."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{host}\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7",
            "-days", str(days), "-extfile", "names", "-out", f"{name}.crt")
    (folder / f"{name}.pem").write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())


@pytest.fixture(scope="session", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")
    certificate(folder, "good", HOST, 2)
    certificate(folder, "other", "other.test", 2)
    certificate(folder, "old", HOST, -1)
    certificate(folder, "autoconfig", "autoconfig.hoster.test", 2)
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", "self.key", "-out", "self.crt")
    (folder / "self.pem").write_text((folder / "self.crt").read_text() + (folder / "self.key").read_text())
    return folder


@dataclass
class Server:
    """One port. tls: from the first byte. What it says is that of a mail server, or `page` of a web server."""

    certificate: Path
    tls: bool = False
    starttls: bool = True
    auth: str = "250-AUTH PLAIN LOGIN"
    silent: bool = False
    page: bytes = b""
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                self._talk(connection, context)
            except OSError:
                pass
            finally:
                connection.close()

    def _talk(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        connection.settimeout(20)
        if self.silent:
            while connection.recv(4096):
                pass
            return
        secured = self.tls
        if secured:
            connection = context.wrap_socket(connection, server_side=True)
        if self.page:
            self.heard.append(connection.recv(4096))
            connection.sendall(self.page)
            connection.close()
            return
        connection.sendall(b"220 ready\r\n")
        while line := connection.recv(4096):
            self.heard.append(line)
            if line.startswith(b"STARTTLS"):
                connection.sendall(b"220 go ahead\r\n")
                connection = context.wrap_socket(connection, server_side=True)
                secured = True
            elif line.startswith(b"QUIT"):
                connection.sendall(b"221 bye\r\n")
                return
            else:
                offers = [self.auth] if secured and self.auth else []
                if not secured:
                    # What is offered in the clear does not count.
                    offers = ["250-AUTH PLAIN"] + (["250-STARTTLS"] if self.starttls else [])
                connection.sendall("\r\n".join(["250-mail", *offers, "250 8BITMIME", ""]).encode())


class Guide:
    """A guide for HOST at ports 587 and 465, and where these are."""

    def __init__(self, folder: Path, authority: Path) -> None:
        self.folder, self.authority = folder, authority
        (folder / "policy.toml").write_text(POLICY)
        self.tool("--out", str(folder / "help"))
        self.places: dict[str, int] = {}

    def tool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([TOOL, "guide", "-c", str(self.folder / "policy.toml"), *arguments], capture_output=True,
                              text=True, check=False, timeout=120)

    def check(self) -> tuple[int, list[str]]:
        places = [f"{name}:127.0.0.1:{port}" for name, port in self.places.items()]
        done = self.tool("--check", str(self.folder / "help"), "--live", "--ca", str(self.authority / "ca.pem"),
                         *(word for place in places for word in ("--connect-to", place)))
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, done.stdout.splitlines()


@pytest.fixture(name="guide")
def _guide(tmp_path: Path, authority: Path) -> Iterator[Guide]:
    guide = Guide(tmp_path, authority)
    good = authority / "good.pem"
    servers = [Server(good), Server(good, tls=True)]
    guide.places = {f"{HOST}:587": servers[0].port, f"{HOST}:465": servers[1].port}
    yield guide
    for server in servers:
        server.listener.close()


def test_servers_that_are_as_the_guide_says(guide: Guide) -> None:
    code, lines = guide.check()
    assert (code, lines) == (0, [f"{guide.folder}/help says what the policy says, and the servers are as it says"])


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


def test_the_configuration_of_mail_programs_is_asked_for_where_the_guide_has_one(guide: Guide, authority: Path) -> None:
    marker = guide.folder / "help" / "guide.json"
    marker.write_text(marker.read_text().replace('"files": [', '"files": [\n    "setup/config-v1.1.xml",'))
    [line] = guide.check()[1]
    assert line.startswith("mail programs find no configuration of hoster.test: https://autoconfig.hoster.test/mail/")
    answer = b"HTTP/1.1 %s\r\nContent-Length: 31\r\nContent-Type: text/xml\r\n\r\n%31s"
    there = Server(authority / "autoconfig.pem", tls=True, page=answer % (b"200 OK", b"<clientConfig version='1.1'/>"))
    guide.places["autoconfig.hoster.test:443"] = there.port
    assert guide.check() == (0, [f"{guide.folder}/help says what the policy says, and the servers are as it says"])
    assert b"@" not in there.heard[0]
    there.page = answer % (b"404 Not Found", b"<clientConfig/>")
    [line] = guide.check()[1]
    assert "config-v1.1.xml, it answers 404; https://hoster.test/.well-known/autoconfig/" in line
