"""Mail and web servers and a name server on loopback that keep a guide's promises, or break one each."""

from __future__ import annotations

import datetime
import http.server
import os
import socket
import ssl
import struct
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

TOOL = os.environ.get("RELAYPERMIT_TOOL", "relaypermit")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> None:
    """ca.pem, with its key."""
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")


def validity(days: int) -> list[str]:
    """The options of openssl-x509(1) for a certificate until then. Of one that has lapsed, OpenSSL 3.5 takes no number
    of days, and before 3.4 it takes nothing else."""
    options = subprocess.run(["openssl", "x509", "-help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, check=True).stdout
    if "-not_after" not in options:
        return ["-days", str(days)]
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = (now + datetime.timedelta(days=one) for one in (min(days, 0) - 1, days))
    return ["-not_before", f"{begin:%Y%m%d%H%M%SZ}", "-not_after", f"{end:%Y%m%d%H%M%SZ}"]


def certificate(folder: Path, name: str, hosts: list[str], days: int = 2) -> Path:
    """NAME.pem, of our authority, with its key."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={hosts[0]}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts) + "\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7",
            *validity(days), "-extfile", "names", "-out", f"{name}.crt")
    (folder / f"{name}.pem").write_text((folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text())
    return folder / f"{name}.pem"


# What each protocol says: at first, where STARTTLS is asked for, and of what it offers.
SUBMISSION = (b"220 ready\r\n", b"STARTTLS", b"220 go ahead\r\n")
IMAP = (b"* OK ready\r\n", b"STARTTLS", b"OK go ahead\r\n")
POP3 = (b"+OK ready\r\n", b"STLS", b"+OK go ahead\r\n")


@dataclass
class Server:
    """One port of a mail server. tls: from the first byte."""

    certificate: Path
    tls: bool = False
    starttls: bool = True
    auth: str = "250-AUTH PLAIN LOGIN"
    silent: bool = False
    protocol: tuple[bytes, bytes, bytes] = SUBMISSION

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

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

    def _offers(self, tag: bytes, secured: bool) -> bytes:
        if self.protocol is IMAP:
            return b"* CAPABILITY IMAP4rev1" + (b"" if secured else b" STARTTLS") + b"\r\n" + tag + b" OK\r\n"
        if self.protocol is POP3:
            return b"+OK\r\n" + (b"" if secured else b"STLS\r\n") + b"USER\r\n.\r\n"
        offers = [self.auth] if secured and self.auth else []
        if not secured:
            # What is offered in the clear does not count.
            offers = ["250-AUTH PLAIN"] + (["250-STARTTLS"] if self.starttls else [])
        return "\r\n".join(["250-mail", *offers, "250 8BITMIME", ""]).encode()

    def _talk(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        greeting, starttls, go_ahead = self.protocol
        connection.settimeout(20)
        if self.silent:
            while connection.recv(4096):
                pass
            return
        secured = self.tls
        if secured:
            connection = context.wrap_socket(connection, server_side=True)
        connection.sendall(greeting)
        while line := connection.recv(4096):
            tag = line.split()[0]
            if starttls in line:
                connection.sendall((tag + b" " if self.protocol is IMAP else b"") + go_ahead)
                connection = context.wrap_socket(connection, server_side=True)
                secured = True
            elif line.startswith(b"QUIT"):
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(self._offers(tag, secured))


@dataclass
class WebServer:
    """One port with TLS, for any names. Pages by "host/path": status, type, and body; what is not there is 404."""

    certificate: Path
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    silent: str = ""  # the host that gives no answer

    def __post_init__(self) -> None:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                posted = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                where = f"{self.headers['Host']}{self.path}"
                server.heard.append(f"{self.command} {where} {posted}")
                while server.silent and where.startswith(server.silent):
                    threading.Event().wait(0.1)
                status, kind, body = server.pages.get(where, (404, "text/html", b"not here"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status in (301, 302):
                    self.send_header("Location", body.decode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *values: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        # The handshake in the connection's own thread: one that breaks off ends no other.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.silent = ""
        self.server.shutdown()
        self.server.server_close()


@dataclass
class NameServer:
    """SRV records by name: port and target. What is not among them does not exist. code: of the answers (RFC 1035)."""

    records: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    code: int = 0
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.socket.close()

    def _serve(self) -> None:
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
            except OSError:
                return
            labels, at = [], 12
            while length := query[at]:
                labels.append(query[at + 1:at + 1 + length].decode())
                at += 1 + length
            name, question = ".".join(labels).lower(), query[12:at + 5]
            self.asked.append(name)
            answers = b""
            for port, target in self.records.get(name, []):
                host = b"".join(bytes([len(label)]) + label.encode() for label in target.split(".") if label) + b"\0"
                answers += struct.pack("!HHHIHHHH", 0xC00C, 33, 1, 60, 6 + len(host), 0, 1, port) + host
            code = self.code or (0 if name in self.records else 3)
            head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(self.records.get(name, [])), 0, 0)
            try:
                self.socket.sendto(head + question + answers, client)
            except OSError:
                return


class Guide:
    """A guide of a policy, and where the servers that it names are."""

    def __init__(self, folder: Path, authority: Path, policy: str) -> None:
        self.folder, self.authority, self.site = folder, authority, folder / "help"
        self.names = NameServer()
        self.places: dict[str, int] = {}
        self.write(policy)

    def write(self, policy: str) -> None:
        (self.folder / "policy.toml").write_text(policy)
        done = self.tool("--out", str(self.site))
        assert done.returncode == 0, done.stderr

    def tool(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([TOOL, "guide", "-c", str(self.folder / "policy.toml"), *arguments], capture_output=True,
                              text=True, check=False, timeout=120)

    def check(self) -> tuple[int, list[str]]:
        places = [f"{name}:127.0.0.1:{port}" for name, port in self.places.items()]
        done = self.tool("--check", str(self.site), "--live", "--ca", str(self.authority / "ca.pem"),
                         "--resolver", self.names.place,
                         *(word for place in places for word in ("--connect-to", place)))
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, done.stdout.splitlines()

    def is_as_it_says(self) -> None:
        assert self.check() == (0, [f"{self.site} says what the policy says, and the servers are as it says"])
