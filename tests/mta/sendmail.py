"""A private Sendmail 8.17, as Debian packages it, on a host of its own.

Ports 25, 587 and 465 with contrib/sendmail/relaypermit.m4 as it is shipped, the
milter and the map at the paths that it names, logins from a sasldb, TLS by a
certificate of its own, a sink for what is relayed and one file per local user.
The packages conflict with Postfix's, so they are unpacked and never installed.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from private_host import PrivateHost, Process
from process import NotReady, Running, wait_for
from session import Session
from unpacked import unpacked

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("sendmail-bin", "sendmail-cf")
# These three stand in MC as well.
HOST_NAME = "mail.example.com"
SINK_PORT = 25250
# Where its files are, seen from inside. Sendmail reads nothing below a directory
# that others may write to, sticky or not, so the path must not begin with /tmp.
INSIDE = "/run/sendmail"
CONFIGURATION = ("-C", f"{INSIDE}/sendmail.cf")

MC = r"""divert(0)dnl
VERSIONID(`relaypermit test')
OSTYPE(`linux')dnl
define(`MAIL_SETTINGS_DIR', `/run/sendmail/')dnl
define(`QUEUE_DIR', `/run/sendmail/queue')dnl
define(`confPID_FILE', `/run/sendmail/sendmail.pid')dnl
define(`STATUS_FILE', `/run/sendmail/statistics')dnl
define(`HELP_FILE', `')dnl
define(`ALIAS_FILE', `/run/sendmail/aliases')dnl
define(`confDOMAIN_NAME', `mail.example.com')dnl
define(`confTO_IDENT', `0')dnl
define(`confDONT_PROBE_INTERFACES', `true')dnl
dnl The machine is shared: never turn a client away for its load.
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
define(`confCACERT_PATH', `/run/sendmail/tls')dnl
define(`confCACERT', `/run/sendmail/tls/cert.pem')dnl
define(`confSERVER_CERT', `/run/sendmail/tls/cert.pem')dnl
define(`confSERVER_KEY', `/run/sendmail/tls/key.pem')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 ANONYMOUS')dnl
define(`confAUTH_OPTIONS', `A')dnl
define(`confAUTH_REALM', `example.com')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`use_cw_file')dnl
define(`LOCAL_MAILER_PATH', `/run/sendmail/deliver')dnl
define(`LOCAL_MAILER_ARGS', `deliver $u')dnl
define(`LOCAL_MAILER_FLAGS', `Pn9')dnl
dnl Without w every local part is a user, as on a server of virtual domains.
MODIFY_MAILER_FLAGS(`LOCAL', `-w')dnl
define(`SMTP_MAILER_ARGS', `TCP [127.0.0.2] 25250')dnl
define(`ESMTP_MAILER_ARGS', `TCP [127.0.0.2] 25250')dnl
define(`SMTP8_MAILER_ARGS', `TCP [127.0.0.2] 25250')dnl
define(`DSMTP_MAILER_ARGS', `TCP [127.0.0.2] 25250')dnl
define(`RELAY_MAILER_ARGS', `TCP [127.0.0.2] 25250')dnl
@BEFORE@
@WIRING@
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
ESASL_CONF_PATH=/run/sendmail/sasl
"""


def shipped_wiring() -> str:
    """contrib/sendmail/relaypermit.m4."""
    return (REPOSITORY / "contrib/sendmail/relaypermit.m4").read_text()


def packages() -> Path:
    """The unpacked packages."""
    # libsasl2 ignores SASL_CONF_PATH in a set-gid process.
    return unpacked("sendmail", PACKAGES, lambda root: os.chmod(root / "usr/libexec/sendmail/sendmail", 0o755))


class Message(NamedTuple):
    sender: str
    recipients: list[str]
    text: str


class Sink:
    """The rest of the world: takes every message that leaves. A thread of its own."""

    def __init__(self, listener: socket.socket) -> None:
        self._messages: list[Message] = []
        self._more = threading.Condition()
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._session(stream)

    def _session(self, stream: BinaryIO) -> None:
        def say(reply: bytes) -> None:
            stream.write(reply + b"\r\n")
            stream.flush()

        sender = ""
        recipients: list[str] = []
        say(b"220 sink")
        for line in stream:
            command = line.decode("latin-1").strip()
            verb = command[:4].upper()
            if verb == "MAIL":
                sender, recipients = command.split(":", 1)[1].split()[0], []
            elif verb == "RCPT":
                recipients.append(command.split(":", 1)[1].split()[0])
            elif verb == "DATA":
                say(b"354 go on")
                text = b""
                while (row := stream.readline()) not in (b".\r\n", b""):
                    text += row
                with self._more:
                    self._messages.append(Message(sender, recipients, text.decode("latin-1")))
                    self._more.notify_all()
            say(b"221 bye" if verb == "QUIT" else b"250 ok")
            if verb == "QUIT":
                return

    def messages(self, at_least: int = 0, timeout_s: float = 10) -> list[Message]:
        """What has left so far; waits until it is `at_least` so many, which it asserts."""
        with self._more:
            assert self._more.wait_for(lambda: len(self._messages) >= at_least, timeout_s), self._messages
            return list(self._messages)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


class Sendmail(Running):
    """One Sendmail on its PrivateHost; `with Sendmail() as mta:` starts it and ends it whatever happens.

    `users`: {login: password}, the login with its realm. `local`: the domains that
    it delivers to `mail/USER`. `before`: more lines of the .mc, ahead of the mailers.
    `root` has all that it writes, and its log as `root`/maillog.
    `maps`: {name: text} for makemap, found as /run/sendmail/NAME. `wiring`: the m4
    text that is shipped, unless a test is about another.
    """

    def __init__(self, *, users: dict[str, str] | None = None, local: tuple[str, ...] = ("example.com",),
                 aliases: str = "", before: str = "", maps: dict[str, str] | None = None,
                 wiring: str | None = None) -> None:
        self._users = users or {}
        self._local = local
        self._aliases = aliases
        self._maps = maps or {}
        self._before = before
        self._wiring = shipped_wiring() if wiring is None else wiring
        self._programs = packages() / "usr/libexec/sendmail"
        self.root = Path(tempfile.mkdtemp(prefix="relaypermit-sendmail-"))
        self.root.chmod(0o755)
        self.directory = self.root / "run/sendmail"
        self.milter_socket = self.root / "run/relaypermit/milter.sock"
        self.map_socket = self.root / "run/relaypermit/map.sock"
        self._ports: list[int] = []
        self._daemon: Process | None = None
        self._host: PrivateHost | None = None
        self._sink: Sink | None = None

    @property
    def host(self) -> PrivateHost:
        """Where it runs; once it is started."""
        assert self._host
        return self._host

    @property
    def sink(self) -> Sink:
        """What has left it; once it is started."""
        assert self._sink
        return self._sink

    def start(self) -> None:
        """On return it listens on all its ports."""
        self._host = PrivateHost(self.root, HOST_NAME, run=("sendmail", "relaypermit"))
        self._write_tls()
        self._write_sasl()
        self._write_files()
        self._write_cf()
        self._inside("sendmail", "-bi")
        for name, text in self._maps.items():
            self._inside("makemap", "hash", f"{INSIDE}/{name}", text=text)
        self._sink = Sink(self.host.listen("127.0.0.2", SINK_PORT))
        with open(self.directory / "output", "ab") as output:
            self._daemon = self.host.start([str(self.program("sendmail")), "-bD", *CONFIGURATION],
                                           stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_for("sendmail's ports", self._listens)
        except NotReady as late:
            raise NotReady("\n".join([str(late), *self.host.log()])) from None

    def _listens(self) -> bool:
        assert self._daemon
        if self._daemon.poll() is not None:
            raise NotReady("sendmail ended: " + (self.directory / "output").read_text())
        # Not by a connection: Sendmail may serve that after the test has put its filter in place.
        return not Counter(self._ports) - Counter(self.host.listening_ports())

    def stop(self) -> None:
        if self._sink:
            self._sink.close()
        if self._host:
            self._host.close()
        self._sink = self._host = None
        shutil.rmtree(self.root, ignore_errors=True)

    def _write_tls(self) -> None:
        tls = self.directory / "tls"
        tls.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", f"/CN={HOST_NAME}", "-addext", f"subjectAltName=DNS:{HOST_NAME}",
                        "-keyout", tls / "key.pem", "-out", tls / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
        (tls / "key.pem").chmod(0o600)

    def _write_sasl(self) -> None:
        sasl = self.directory / "sasl"
        sasl.mkdir()
        (sasl / "Sendmail.conf").write_text(
            f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {INSIDE}/sasl/sasldb2\n")
        for login, password in self._users.items():
            user, _, realm = login.partition("@")  # libsasl2 splits at the first one
            subprocess.run(["saslpasswd2", "-p", "-c", "-f", sasl / "sasldb2", "-u", realm, user],
                           input=password.encode(), check=True)

    def _write_files(self) -> None:
        directory = self.directory
        (directory / "queue").mkdir(mode=0o700)
        (directory / "mail").mkdir()
        (directory / "mail").chmod(0o1777)
        (directory / "local-host-names").write_text("".join(f"{domain}\n" for domain in self._local))
        (directory / "aliases").write_text(self._aliases)
        (directory / "statistics").touch()
        deliver = directory / "deliver"
        deliver.write_text(f'#!/bin/sh\nexec cat >>"{INSIDE}/mail/$1"\n')
        deliver.chmod(0o755)

    def _write_cf(self) -> None:
        mc = MC.replace("@BEFORE@", self._before).replace("@WIRING@", self._wiring)
        (self.directory / "sendmail.mc").write_text(mc)
        library = packages() / "usr/share/sendmail/cf"
        with open(self.directory / "sendmail.cf", "w") as cf:
            subprocess.run(["m4", f"-D_CF_DIR_={library}/", f"{library}/m4/cf.m4", "sendmail.mc"],
                           cwd=self.directory, stdout=cf, check=True)
        listeners = re.findall(r"^O DaemonPortOptions=.*\bPort=(\w+)", (self.directory / "sendmail.cf").read_text(), re.MULTILINE)
        self._ports = [{"smtp": 25, "submission": 587}.get(port) or int(port) for port in listeners]

    def _inside(self, program: str, *arguments: str, text: str = "") -> None:
        done = self.host.run([str(self.program(program)), *CONFIGURATION, *arguments],
                             input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise NotReady("\n".join([done.stdout, done.stderr, *self.host.log()]))

    def program(self, name: str) -> Path:
        """Of the package: sendmail, makemap and their like."""
        return self._programs / name

    def session(self, port: int = 587, client: str = "198.51.100.1", server: str | None = None,
                wrapped: bool | None = None) -> Session:
        """A client at that address; TLS from the first byte on port 465 where `wrapped` says nothing."""
        connection = self.host.connect(port, client, server, timeout_s=30)
        return Session(HOST_NAME, port, wrapped=port == 465 if wrapped is None else wrapped, connection=connection)

    def mail_of(self, user: str) -> str:
        """All that was delivered to a local user."""
        mailbox = self.directory / "mail" / user
        return mailbox.read_text(encoding="latin-1") if mailbox.exists() else ""


if __name__ == "__main__":
    # For contrib/quickstart, which says beforehand what takes its time.
    print(packages())
