"""A private Postfix on the loopback, wired as contrib/postfix says.

Its configuration, queue, data, log, passwords and certificate lie in one
directory; nothing of the machine's own mail system is read or written, and all
outgoing mail ends in a smtp-sink beside it. What the shipped main.cf and
master.cf say is used as it stands, with addresses of our own in place of the
service names; `settings` and `extra_services` add what a test needs on top.

Two things make an instance play any scene of the real world: XCLIENT gives a
session any client address and server port, and several instances run side by
side on ports that the kernel chose.

Needs root, because master(8) does.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from process import Child, NotReady, Running, accepts, free_port, run, wait_for

CONTRIB = Path(__file__).resolve().parents[2] / "contrib" / "postfix"
MYHOSTNAME = "mail.example.com"
SHIPPED_MILTER = "unix:relaypermit/milter.sock"

# Everything of Debian's master.cf that a server with virtual mailboxes needs.
# "?" is the chroot column, filled in for the instance's layout.
BASE_SERVICES = """\
pickup    unix  n       -       ?       60      1       pickup
cleanup   unix  n       -       ?       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       ?       1000?   1       tlsmgr
rewrite   unix  -       -       ?       -       -       trivial-rewrite
bounce    unix  -       -       ?       -       0       bounce
defer     unix  -       -       ?       -       0       bounce
trace     unix  -       -       ?       -       0       bounce
verify    unix  -       -       ?       -       1       verify
flush     unix  n       -       ?       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       ?       -       -       smtp
relay     unix  -       -       ?       -       -       smtp
showq     unix  n       -       ?       -       -       showq
error     unix  -       -       ?       -       -       error
retry     unix  -       -       ?       -       -       error
discard   unix  -       -       ?       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
lmtp      unix  -       -       ?       -       -       lmtp
anvil     unix  -       -       ?       -       1       anvil
scache    unix  -       -       ?       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""

QUEUE_FOLDERS = ("active bounce corrupt defer deferred flush hold incoming private saved trace "
                 "maildrop public pid").split()

# A listener that permits all relaying, so that what relaypermitd says of *any*
# facts reaches the wire: no TLS on a submission port, AUTH in the clear,
# strangers on port 25. No real server may be set up like this; here nothing but
# the sink can be reached.
PERMISSIVE = {
    "mynetworks": "0.0.0.0/0,[::]/0",
    "smtpd_relay_restrictions": "permit_mynetworks,reject",
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_tls_auth_only": "no",
    "smtpd_sasl_security_options": "",
}
WRAPPED = {"smtpd_tls_wrappermode": "yes"}


def logical_lines(text: str) -> list[str]:
    """Lines of a Postfix configuration file: comments left out, continuations joined."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.rstrip())
    return lines


def shipped_settings() -> dict[str, str]:
    """The parameters of contrib/postfix/main.cf."""
    pairs = (line.partition("=") for line in logical_lines((CONTRIB / "main.cf").read_text()))
    return {name.strip(): value.strip() for name, _, value in pairs}


@dataclass
class Service:
    """An smtpd(8) listener on a port of its own."""

    options: dict[str, str] = field(default_factory=dict)

    def line(self, port: int, chroot: str) -> str:
        options = "".join(f"\n  -o {{ {name} = {value} }}" for name, value in self.options.items())
        return f"127.0.0.1:{port} inet n - {chroot} - - smtpd{options}\n"


@dataclass
class Sink:
    """smtp-sink: takes every outgoing message and keeps it in a file of its own."""

    folder: Path
    port: int = 0
    child: Child | None = None

    def start(self) -> None:
        # smtp-sink refuses to run as root; nobody must be able to write the files.
        nobody = pwd.getpwnam("nobody")
        (self.folder / "mail").mkdir(parents=True)
        os.chown(self.folder / "mail", nobody.pw_uid, nobody.pw_gid)
        self.port = free_port()
        self.child = Child(["smtp-sink", "-u", "nobody", "-d", f"{self.folder}/mail/%M.",
                            f"127.0.0.1:{self.port}", "200"], self.folder / "log")
        wait_for("smtp-sink", lambda: accepts(("127.0.0.1", self.port)))

    def stop(self) -> None:
        if self.child:
            self.child.stop()

    def messages(self) -> list[bytes]:
        """What has been sent so far: X- lines with the envelope, then the message."""
        return [path.read_bytes() for path in sorted((self.folder / "mail").iterdir())]


class Postfix(Running):
    """One instance; `with Postfix() as postfix:` starts it and ends it whatever happens.

    milter: as in smtpd_milters (a unix path is relative to the queue directory).
    accounts: login -> password; a login without "@" is one without a realm.
    sasl: "cyrus" (sasldb), or the path of a Dovecot auth socket that stands
      below the queue directory already (see dovecot.py).
    chroot: Debian's layout; False is everybody else's.
    Each of `ports` is a listener: smtp, submission, submissions as shipped, and
    those of `extra_services`.
    """

    def __init__(self, *, milter: str | None = SHIPPED_MILTER, accounts: dict[str, str] | None = None,
                 sasl: str = "cyrus", chroot: bool = True, hosted: str = "example.com",
                 mynetworks: str = "192.0.2.255/32", settings: dict[str, str] | None = None,
                 extra_services: dict[str, Service] | None = None, parent: Path | None = None,
                 mechanisms: str = "PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 ANONYMOUS") -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="relaypermit-", dir=parent))
        self.directory.chmod(0o755)
        self.spool = self.directory / "spool"
        self.etc = self.directory / "etc"
        self.maillog = self.directory / "maillog"
        self.milter = milter
        self.accounts = accounts or {}
        self.sasl = sasl
        self.chroot = chroot
        self.hosted = hosted
        self.mynetworks = mynetworks
        self.settings = settings or {}
        self.extra_services = extra_services or {}
        self.mechanisms = mechanisms
        # Names of further transports, each an smtp(8).
        self.extra_transports: list[str] = []
        self.sink = Sink(self.directory / "sink")
        self.ports: dict[str, int] = {}
        self.master: Child | None = None
        for folder in ("etc", "spool", "data", "tls", "sasl", "mail", "etc/sasl", "spool/relaypermit"):
            (self.directory / folder).mkdir()
        self.own("data", "postfix", "postfix")
        self.own("mail", "nobody", "nogroup")
        # The daemon's sockets lie here: only Postfix may reach them.
        self.own("spool/relaypermit", "root", "postfix", 0o750)
        # The queue, as "postfix check" makes it; that takes seconds, for its other checks.
        for folder in QUEUE_FOLDERS:
            (self.spool / folder).mkdir()
            self.own(f"spool/{folder}", "postfix", "root", 0o700)
        self.own("spool/maildrop", "postfix", "postdrop", 0o1730)
        self.own("spool/public", "postfix", "postdrop", 0o2710)
        self.own("spool/pid", "root", "root", 0o755)

    # -- paths ---------------------------------------------------------------

    def milter_socket(self) -> str:
        """Where relaypermitd has to listen, as its -p wants it."""
        assert self.milter is not None
        kind, _, rest = self.milter.partition(":")
        if kind == "unix":
            return f"unix:{self.spool / rest}"
        host, _, port = rest.rpartition(":")
        return f"{'inet6' if host.startswith('[') else 'inet'}:{port}@{host}"

    def own(self, name: str, user: str, group: str, mode: int | None = None) -> None:
        """Gives something below the directory to somebody."""
        shutil.chown(self.directory / name, user, group)
        if mode is not None:
            (self.directory / name).chmod(mode)

    # -- configuration -------------------------------------------------------

    def main_cf(self) -> dict[str, str]:
        """All parameters, each once: Postfix hangs in its start on a repeated one, because the
        warning is written before postlogd(8) listens."""
        there = self.directory
        base = {
            "compatibility_level": "3.6",
            "config_directory": f"{self.etc}",
            "queue_directory": f"{self.spool}",
            "data_directory": f"{there}/data",
            "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin",
            "mail_owner": "postfix",
            "setgid_group": "postdrop",
            "maillog_file_prefixes": f"{there}",
            "maillog_file": f"{self.maillog}",
            "myhostname": MYHOSTNAME,
            "myorigin": "example.com",
            "mydestination": "$myhostname",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "all",
            # Without the loopback, or every client of a test would be trusted.
            "mynetworks": self.mynetworks,
            "smtpd_authorized_xclient_hosts": "127.0.0.1",
            "smtpd_peername_lookup": "no",
            # Postfix adds a missing From for these (the loopback, also under XCLIENT) before a milter looks.
            "local_header_rewrite_clients": "",
            "relayhost": f"[127.0.0.1]:{self.sink.port}",
            "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native",
            "smtp_tls_security_level": "none",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "forward_path": "",
            "mail_spool_directory": f"{there}/mail/",
            "virtual_mailbox_domains": self.hosted,
            "virtual_mailbox_base": f"{there}/mail",
            "virtual_mailbox_maps": "static:user/",
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
            "biff": "no",
            "smtpd_tls_cert_file": f"{there}/tls/cert.pem",
            "smtpd_tls_key_file": f"{there}/tls/key.pem",
            "smtpd_tls_security_level": "may",
            "smtpd_sasl_type": "cyrus" if self.sasl == "cyrus" else "dovecot",
            "smtpd_sasl_path": "smtpd" if self.sasl == "cyrus" else self.sasl,
            "cyrus_sasl_config_path": f"{self.etc}/sasl",
            # Many sessions from one address, many refusals: no tarpits.
            "smtpd_error_sleep_time": "0",
            "smtpd_soft_error_limit": "100000",
            "smtpd_hard_error_limit": "100000",
            "smtpd_client_connection_count_limit": "0",
            "in_flow_delay": "0",
            "default_process_limit": "200",
        }
        shipped = shipped_settings()
        if self.milter is None:
            shipped["smtpd_milters"] = ""
        else:
            assert SHIPPED_MILTER in shipped["smtpd_milters"]
            shipped["smtpd_milters"] = shipped["smtpd_milters"].replace(SHIPPED_MILTER, self.milter)
        return base | shipped | self.settings

    def shipped_services(self) -> str:
        """contrib/postfix/master.cf."""
        return (CONTRIB / "master.cf").read_text()

    def master_cf(self) -> str:
        chroot = "y" if self.chroot else "n"
        lines = BASE_SERVICES.replace("?       ", f"{chroot}       ")
        lines += Service().line(self.ports["smtp"], chroot)
        for line in logical_lines(self.shipped_services()):
            name, kind, private, unprivileged, _, rest = line.split(maxsplit=5)
            lines += f"127.0.0.1:{self.ports[name]} {kind} {private} {unprivileged} {chroot} {rest}\n"
        for name in self.extra_transports:
            lines += f"{name} unix - - {chroot} - - smtp\n"
        for name, service in self.extra_services.items():
            lines += service.line(self.ports[name], chroot)
        return lines

    def configure(self) -> None:
        """Writes main.cf and master.cf, as for a start or before `reload`."""
        main = "".join(f"{name} = {value}\n" for name, value in self.main_cf().items())
        self.write("main.cf", main)
        self.write("master.cf", self.master_cf())

    def write(self, name: str, text: str) -> Path:
        """A file below etc, which Postfix believes at once: it waits seconds for a young one to settle."""
        path = self.etc / name
        path.write_text(text)
        old = time.time() - 60
        os.utime(path, (old, old))
        return path

    def _make_certificate(self) -> None:
        key, certificate = self.directory / "tls/key.pem", self.directory / "tls/cert.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", f"/CN={MYHOSTNAME}", "-keyout", str(key), "-out", str(certificate)])
        key.chmod(0o600)

    def _make_accounts(self) -> None:
        database = self.directory / "sasl/sasldb2"
        (self.etc / "sasl/smtpd.conf").write_text(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
            f"sasldb_path: {database}\nmech_list: {self.mechanisms}\n")
        # An empty list still needs the file: without it every AUTH is a temporary failure.
        for login, password in (self.accounts or {"nobody@invalid": "none"}).items():
            # Cyrus SASL splits at the first @.
            user, _, realm = login.partition("@")
            realm = realm or MYHOSTNAME
            run(["saslpasswd2", "-p", "-c", "-f", str(database), "-u", realm, user], input=password)
        shutil.chown(database, "root", "postfix")
        database.chmod(0o640)
        # A chrooted smtpd opens the same path below its root.
        inside = self.spool / str(database)[1:]
        inside.parent.mkdir(parents=True)
        os.link(database, inside)

    # -- life ----------------------------------------------------------------

    def start(self) -> None:
        """Starts the sink and Postfix; on return every listener answers."""
        self.sink.start()
        self._make_certificate()
        if self.sasl == "cyrus":
            self._make_accounts()
        for attempt in range(5):
            self.ports = {name: free_port()
                          for name in ("smtp", "submission", "submissions", *self.extra_services)}
            self.configure()
            self.master = Child(["/usr/lib/postfix/sbin/master", "-c", str(self.etc), "-d"],
                                self.directory / "master.out")
            try:
                for name, port in self.ports.items():
                    wait_for(f"Postfix's {name} listener", lambda port=port: self._listens(port), 10)
                return
            except NotReady:
                # Between free_port and master's bind somebody else took a port.
                if "Address already in use" not in self.log() or attempt == 4:
                    raise
                self._end_master()

    def _listens(self, port: int) -> bool:
        assert self.master
        if self.master.exit_code() is not None:
            raise NotReady(f"Postfix ended in its start:\n{self.log()}")
        return accepts(("127.0.0.1", port))

    def reload(self) -> None:
        """Has a rewritten configuration read; on return every new session sees it."""
        before = self.log().count("reload -- version")
        run(["postfix", "-c", str(self.etc), "reload"])
        wait_for("Postfix's reload", lambda: self.log().count("reload -- version") > before)

    def _end_master(self) -> None:
        if self.master:
            self.master.stop()
            self.master = None

    def stop(self) -> None:
        """Ends everything and removes the directory. RELAYPERMIT_KEEP=1 leaves it for a look."""
        self._end_master()
        self.sink.stop()
        if not os.environ.get("RELAYPERMIT_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """The mail log so far."""
        try:
            return self.maillog.read_text(errors="replace")
        except FileNotFoundError:
            return ""
