"""Mail servers that log in to ours, as a branch office's does: Postfix, Exim, OpenSMTPD and nullmailer.

Each is the real program as Debian packages it. The last three conflict with
Postfix as packages, so they are unpacked, and run in a root folder of their
own, in which nothing but the libraries is the machine's: the paths in which
they have their configuration and queue are compiled in. Their network is ours,
and they know no server but the one that they are given.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from postfix import Postfix
from process import Child, NotReady, Running, accepts, free_port, run, wait_for
from session import Session
from unpacked import unpacked

NAME = "branch.example.net"
USERS = """\
root:x:0:0:root:/:/bin/sh
mail:x:8:8:mail:/var/mail:/bin/sh
opensmtpd:x:60101:60101:opensmtpd:/var/lib/opensmtpd/empty:/bin/false
opensmtpq:x:60102:60102:opensmtpq:/var/lib/opensmtpd/empty:/bin/false
Debian-exim:x:60103:60103:exim:/var/spool/exim4:/bin/false
nobody:x:65534:65534:nobody:/:/bin/false
"""

# The package's /usr, with the machine's libraries in /lib, where the loader looks first.
ENTER = """\
set -eu
cd "$1"
mount --bind "$2/usr" usr
mount --bind /usr/lib lib
mount --bind /usr/lib64 lib64
mount --bind /usr/bin bin
mount --rbind /dev dev
mount --rbind /proc proc
shift 2
exec chroot . "$@"
"""


class SmartHostClient(Running):
    """`with Exim(port, login, password) as client:` has it send all its mail to that port of the loopback,
    by TLS from the first byte, logged in."""

    def __init__(self, port: int, login: str, password: str) -> None:
        self.port = port
        self.login = login
        self.password = password

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Hands it a message; on return it has taken it over."""
        raise NotImplementedError

    def log(self) -> str:
        """What it has said so far."""
        raise NotImplementedError


class PostfixClient(SmartHostClient):
    def __init__(self, port: int, login: str, password: str) -> None:
        super().__init__(port, login, password)
        self._postfix = Postfix(milter=None, mynetworks="127.0.0.0/8", hosted="", settings={
            "myhostname": NAME,
            "myorigin": NAME,
            "smtpd_relay_restrictions": "permit_mynetworks,reject",
            "relayhost": f"[127.0.0.1]:{port}",
            "smtp_tls_security_level": "encrypt",
            "smtp_tls_wrappermode": "yes",
            "smtp_sasl_auth_enable": "yes",
            "smtp_sasl_security_options": "noanonymous",
            "smtp_sasl_mechanism_filter": "plain",
            "smtp_sasl_password_maps": f"inline:{{ {{ [127.0.0.1]:{port} = {login}:{password} }} }}"})

    def start(self) -> None:
        self._postfix.start()

    def stop(self) -> None:
        self._postfix.stop()

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        submit(self._postfix.ports["smtp"], sender, recipient, message)

    def log(self) -> str:
        return self._postfix.log()


class Enclosed(SmartHostClient):
    """One that runs in a root folder of its own."""

    packages: tuple[str, ...]

    def __init__(self, port: int, login: str, password: str) -> None:
        super().__init__(port, login, password)
        self.root = Path(tempfile.mkdtemp(prefix="relaypermit-client-"))
        self.root.chmod(0o755)
        for folder in "usr lib lib64 bin dev proc etc var run tmp var/spool var/log var/lib".split():
            (self.root / folder).mkdir()
        (self.root / "tmp").chmod(0o1777)
        (self.root / "var/run").symlink_to("../run")
        self.file("etc/passwd", USERS)
        self.file("etc/group", "".join(f"{line.split(':')[0]}:x:{line.split(':')[3]}:\n" for line in USERS.splitlines()))
        self.file("etc/hosts", f"127.0.0.1 localhost {NAME}\n")
        self.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        self.file("etc/services", "smtp 25/tcp\nsmtps 465/tcp\n")
        self.file("etc/mailname", f"{NAME}\n")

    def file(self, name: str, text: str, user: int = 0, mode: int = 0o644) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.chown(path, user, user)
        path.chmod(mode)
        return path

    def folder(self, name: str, user: int, group: int, mode: int) -> None:
        path = self.root / name
        path.mkdir(parents=True)
        os.chown(path, user, group)
        path.chmod(mode)

    def inside(self, *command: str) -> list[str]:
        """The command that runs this one in the root folder."""
        programs = unpacked(self.packages[0], self.packages)
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "enter", str(self.root),
                str(programs), *command]

    def stop(self) -> None:
        if not os.environ.get("RELAYPERMIT_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)


class Exim(Enclosed):
    packages = ("exim4-daemon-light",)
    options = ""

    def start(self) -> None:
        self.file("etc/exim4/exim4.conf", f"""\
primary_hostname = {NAME}
{self.options}
keep_environment =
log_file_path = /var/log/exim4/%slog
local_interfaces = <; 127.0.0.1
begin routers
smart_host:
  driver = manualroute
  transport = smart_host
  route_list = * 127.0.0.1::{self.port}
  self = send
begin transports
smart_host:
  driver = smtp
  protocol = smtps
  hosts_require_auth = *
  tls_verify_hosts =
  tls_try_verify_hosts =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^{self.login}^{self.password}
""")
        self.folder("var/spool/exim4", 60103, 60103, 0o750)
        self.folder("var/log/exim4", 60103, 60103, 0o750)

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        # -odi: it delivers, and reports what it could not, before it ends.
        run(self.inside("/usr/sbin/exim4", "-odi", "-oi", "-f", sender, recipient), input=message.decode())

    def log(self) -> str:
        return (self.root / "var/log/exim4/mainlog").read_text()


class CopyingExim(Exim):
    """Its administrator gets a copy of each report."""

    options = "errors_copy = *@* postmaster@example.com"


class OpenSmtpd(Enclosed):
    packages = ("opensmtpd",)

    def __init__(self, port: int, login: str, password: str) -> None:
        super().__init__(port, login, password)
        self._listener = free_port()
        self._child: Child | None = None

    def start(self) -> None:
        self.file("etc/secrets", f"main {self.login}:{self.password}\n", 60101, 0o600)
        self.file("etc/smtpd.conf", f"""\
table secrets file:/etc/secrets
listen on 127.0.0.1 port {self._listener} hostname {NAME}
action "smart_host" relay host smtps://main@127.0.0.1:{self.port} auth <secrets> tls no-verify helo {NAME}
match from any for any action "smart_host"
""")
        # It reads them although it verifies nothing, from 7 on.
        self.file("etc/ssl/certs/ca-certificates.crt", Path("/etc/ssl/certs/ca-certificates.crt").read_text())
        self.folder("var/lib/opensmtpd/empty", 0, 0, 0o755)
        self.folder("var/spool/smtpd", 0, 0, 0o711)
        self._child = Child(self.inside("/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"), self.root / "log")
        wait_for("OpenSMTPD's listener", self._listens)

    def _listens(self) -> bool:
        assert self._child
        if self._child.exit_code() is not None:
            raise NotReady(f"OpenSMTPD ended in its start:\n{self.log()}")
        return accepts(("127.0.0.1", self._listener))

    def stop(self) -> None:
        if self._child:
            self._child.stop()
        super().stop()

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        submit(self._listener, sender, recipient, message)

    def log(self) -> str:
        return (self.root / "log").read_text()


class Nullmailer(Enclosed):
    packages = ("nullmailer",)

    def start(self) -> None:
        self.file("etc/nullmailer/remotes", f"127.0.0.1 smtp port={self.port} ssl insecure user={self.login} "
                  f"pass={self.password}\n", 8, 0o600)
        # One run of the queue.
        self.file("etc/nullmailer/pausetime", "0\n")
        for name in ("", "/queue", "/tmp", "/failed"):
            self.folder(f"var/spool/nullmailer{name}", 8, 8, 0o750)
        os.mkfifo(self.root / "var/spool/nullmailer/trigger")
        os.chown(self.root / "var/spool/nullmailer/trigger", 8, 8)

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        run(self._as_mail("/usr/sbin/nullmailer-queue"), input=f"{sender}\n{recipient}\n\n{message.decode()}")
        # The second run takes the report of the first.
        for _ in range(2):
            output = run([*self._as_mail("sh", "-c", "exec /usr/sbin/nullmailer-send 2>&1")])
            with (self.root / "log").open("a") as log:
                log.write(output)

    def _as_mail(self, *command: str) -> list[str]:
        return self.inside("/bin/setpriv", "--reuid", "8", "--regid", "8", "--clear-groups", *command)

    def log(self) -> str:
        return (self.root / "log").read_text()


def submit(port: int, sender: str, recipient: str, message: bytes) -> None:
    """Hands a message to a server of the loopback, without a login."""
    with Session("127.0.0.1", port) as session:
        session.ehlo()
        for reply in (session.mail(sender), session.rcpt(recipient), session.data(message)):
            assert reply.ok, reply


CLIENTS = (PostfixClient, Exim, OpenSmtpd, Nullmailer)
