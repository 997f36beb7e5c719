"""Real servers on loopback, each with the same few rows, started and ended by the tests."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

# The logins and what each may send as.
ROWS = [("alice@example.com", "sales@example.com"), ("alice@example.com", "*@example.net"), ("x", "secret@example.com")]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(done: Callable[[], object], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(*command: object, given: str | None = None) -> str:
    ran = subprocess.run([str(word) for word in command], input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


class Certificates:
    """An authority, and a server's certificate of it for 127.0.0.1."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.ca, self.key, self.cert = directory / "ca.pem", directory / "key.pem", directory / "cert.pem"
        ca_key, request, extensions = directory / "ca.key", directory / "request", directory / "extensions"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", ca_key, "-out", self.ca, "-days", "2",
            "-subj", "/CN=authority of a test")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key, "-out", request, "-subj", "/CN=server")
        extensions.write_text("subjectAltName=IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out", self.cert,
            "-days", "2", "-extfile", extensions)

    def copy_for(self, user: str, directory: Path) -> Certificates:
        """With a key that this user alone may read."""
        copy = Certificates.__new__(Certificates)
        directory.mkdir()
        for name in ("ca", "key", "cert"):
            path = directory / f"{name}.pem"
            shutil.copy(getattr(self, name), path)
            shutil.chown(path, user)
            path.chmod(0o600 if name == "key" else 0o644)
            setattr(copy, name, path)
        shutil.chown(directory, user)
        return copy


class Server:
    """A kind of table. `user` owns its files and runs it."""

    kind = ""
    user = ""
    has_tls = has_password = True
    # What is said where the query does not fit the schema any more.
    OTHER_SCHEMA = ""

    def __init__(self, directory: Path, certificates: Certificates) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        for folder in [directory, *directory.parents]:
            if folder.stat().st_uid == os.getuid() and folder not in (Path("/"), Path("/tmp")):
                folder.chmod(folder.stat().st_mode | 0o755)
        if self.user:
            shutil.chown(directory, self.user, pwd.getpwnam(self.user).pw_name)
        self.certificates = certificates.copy_for(self.user or "root", directory / "tls")
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.password_file = directory.parent / f"{self.kind}.password"
        self.password_file.write_text("hunter2 'x\\y\n")
        self.password_file.chmod(0o600)
        self.install()
        self.start()
        self.fill()

    def install(self) -> None:
        """Makes its files."""

    def command(self) -> Sequence[object]:
        """What runs it in the foreground."""
        raise NotImplementedError

    def fill(self) -> None:
        for login, sender in ROWS:
            self.add(login, sender)

    def add(self, login: str, sender: str) -> None:
        raise NotImplementedError

    def change_schema(self, back: bool) -> None:
        """To one that the query is wrong for, and back."""
        raise NotImplementedError

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "") -> str:
        """[[alias_table]] for it, or for what listens at the port in its place."""
        raise NotImplementedError

    def common(self, ca: Path | None, tls: bool, password: bool, more: str) -> str:
        text = f'type = "{self.kind}"\n{more}'
        if tls:
            text += f'ca_file = "{ca or self.certificates.ca}"\n'
        return text + (f'password_file = "{self.password_file}"\n' if password else "")

    def ready(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        account = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups"] if self.user else []
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen([*account, *(str(word) for word in self.command())], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd="/", start_new_session=True)
        wait_until(lambda: self.process.poll() is not None or self.ready(), f"{self.kind} starts")
        assert self.process.poll() is None, (self.directory / "log").read_text()

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)
            self.process = None
            wait_until(lambda: not listens(self.port), f"{self.kind} ends")

    def kill(self) -> None:
        """As a crash ends it."""
        self.end(signal.SIGKILL)

    @contextmanager
    def stopped(self):
        """It accepts, as the kernel does for it, and says nothing."""
        processes = [self.process.pid, *self.children()]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def children(self) -> list[int]:
        """Those of PostgreSQL leave the group."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in listed.split()]


class Postgresql(Server):
    kind, user = "postgresql", "postgres"
    OTHER_SCHEMA = 'PostgreSQL does not take the query: column "sender" does not exist'

    def install(self) -> None:
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.data = self.directory / "data"
        (self.directory / "admin").write_text("hunter2 'x\\y\n")
        (self.directory / "admin").chmod(0o644)
        run("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", self.programs / "initdb", "-D", self.data,
            "-A", "scram-sha-256", "-U", "postgres", f"--pwfile={self.directory / 'admin'}", "--no-sync")

    def command(self) -> Sequence[object]:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.directory,
                    "fsync": "off", "ssl": "on", "ssl_cert_file": self.certificates.cert,
                    "ssl_key_file": self.certificates.key}
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return [self.programs / "postgres", "-D", self.data, *(f"--{key}={value}" for key, value in settings.items())]

    def ready(self) -> bool:
        return subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def kill(self) -> None:
        """The postmaster and its processes: what is left of them would hold the data."""
        for child in self.children():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        super().kill()

    def end(self, number: int = signal.SIGINT) -> None:
        super().end(number)

    def sql(self, statement: str, database: str = "postgres") -> None:
        environment = {**os.environ, "PGPASSWORD": "hunter2 'x\\y", "PGSSLMODE": "disable"}
        ran = subprocess.run(["psql", "-qX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database,
                              "-v", "ON_ERROR_STOP=1", "-c", statement], env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr

    def fill(self) -> None:
        self.sql("CREATE TABLE senders (login text, sender text)")
        super().fill()

    def add(self, login: str, sender: str) -> None:
        self.sql(f"INSERT INTO senders VALUES ('{login}', '{sender}')")

    def change_schema(self, back: bool) -> None:
        self.sql(f"ALTER TABLE senders RENAME COLUMN {'other TO sender' if back else 'sender TO other'}")

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "", query: str = "SELECT sender FROM senders WHERE login = :login") -> str:
        return self.common(ca, tls, password, more) + (
            f'url = "postgresql://postgres@127.0.0.1:{port or self.port}/postgres"\nquery = "{query}"\n')


class Mysql(Server):
    kind, user = "mysql", "mysql"
    OTHER_SCHEMA = "the server does not take the query: Unknown column 'sender'"

    def install(self) -> None:
        run("mariadb-install-db", "--no-defaults", f"--datadir={self.directory / 'data'}", "--skip-test-db", "--user=mysql",
            "--auth-root-authentication-method=normal")

    def command(self) -> Sequence[object]:
        return ["mariadbd", "--no-defaults", f"--datadir={self.directory / 'data'}", f"--socket={self.directory / 'socket'}",
                f"--pid-file={self.directory / 'pid'}", "--bind-address=127.0.0.1", f"--port={self.port}",
                f"--ssl-cert={self.certificates.cert}", f"--ssl-key={self.certificates.key}", "--skip-name-resolve",
                # What was said to be stored has to be there after a crash.
                "--innodb-flush-log-at-trx-commit=1"]

    def ready(self) -> bool:
        return super().ready() and (self.directory / "socket").exists()

    def sql(self, statement: str) -> None:
        run("mariadb", "--no-defaults", "--skip-ssl", "-S", self.directory / "socket", "-u", "root", "-e", statement)

    def fill(self) -> None:
        self.sql("CREATE DATABASE mail; CREATE TABLE mail.senders (login VARCHAR(255) COLLATE utf8mb4_bin, sender VARCHAR(255))"
                 "; CREATE USER reader@'%' IDENTIFIED BY 'hunter2 ''x\\\\y'; GRANT SELECT ON mail.* TO reader@'%'")
        super().fill()
        self.sql("FLUSH TABLES")

    def add(self, login: str, sender: str) -> None:
        self.sql(f"INSERT INTO mail.senders VALUES ('{login}', '{sender}')")

    def change_schema(self, back: bool) -> None:
        self.sql(f"ALTER TABLE mail.senders RENAME COLUMN {'other TO sender' if back else 'sender TO other'}")

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "", query: str = "SELECT sender FROM senders WHERE login = :login") -> str:
        return self.common(ca, tls, password, more) + (
            f'url = "mysql://reader@127.0.0.1:{port or self.port}/mail"\nquery = "{query}"\n')


class Redis(Server):
    kind = "redis"
    OTHER_SCHEMA = "Redis does not take the command: WRONGTYPE"

    def install(self) -> None:
        self.tls_port = free_port()
        self.rows: list[tuple[str, str]] = []
        hashed = hashlib.sha256(b"hunter2 'x\\y").hexdigest()
        (self.directory / "users").write_text(
            f"user default on nopass ~* +@all\nuser reader on #{hashed} ~sendas:* +smembers +get +lrange +select\n")

    def command(self) -> Sequence[object]:
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--aclfile", self.directory / "users",
                "--dir", self.directory, "--unixsocket", self.directory / "socket",
                "--tls-port", self.tls_port, "--tls-cert-file", self.certificates.cert,
                "--tls-key-file", self.certificates.key, "--tls-ca-cert-file", self.certificates.ca, "--tls-auth-clients", "no"]

    def client(self, *words: str) -> None:
        run("redis-cli", "-e", "-p", self.port, *words)

    def start(self) -> None:
        super().start()
        for login, sender in self.rows:
            self.client("SADD", f"sendas:{login}", sender)

    def add(self, login: str, sender: str) -> None:
        self.rows.append((login, sender))
        self.client("SADD", f"sendas:{login}", sender)

    def change_schema(self, back: bool) -> None:
        key, other = "sendas:alice@example.com", "other"
        if back:
            self.client("RENAME", other, key)
        else:
            self.client("RENAME", key, other)
            self.client("SET", key, "text")

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "", command: str = '"SMEMBERS", "sendas:{login}"') -> str:
        where = f"127.0.0.1:{port or (self.tls_port if tls else self.port)}"
        return self.common(ca, tls, password, more) + (
            f'url = "redis{"s" * tls}://{"reader@" * password}{where}/0"\ncommand = [{command}]\n')


class Ldap(Server):
    kind = "ldap"
    OTHER_SCHEMA = "the base `ou=people,dc=example,dc=com` does not exist"
    CONFIGURATION = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {directory}/pid
olcTLSCertificateFile: {tls.cert}
olcTLSCertificateKeyFile: {tls.key}
olcTLSCACertificateFile: {tls.ca}

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: cn=other,cn=schema,cn=config
objectClass: olcSchemaConfig
cn: other
olcAttributeTypes: ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
olcObjectClasses: ( 1.3.6.1.4.1.4203.666.11 NAME 'mailPerson' SUP top AUXILIARY MAY proxyAddresses )

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcSuffix: dc=example,dc=com
olcDbDirectory: {directory}/data
olcDbNoSync: TRUE
olcRootDN: cn=admin,dc=example,dc=com
olcRootPW: admin
"""
    PEOPLE = """\
dn: dc=example,dc=com
objectClass: domain
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: cn=reader,dc=example,dc=com
objectClass: person
cn: reader
sn: reader
userPassword: hunter2 'x\\y
"""

    def install(self) -> None:
        self.tls_port = free_port()
        self.logins: set[str] = set()
        for folder in ("cfg", "data"):
            (self.directory / folder).mkdir()
        for number, text in (("0", self.CONFIGURATION.format(directory=self.directory, tls=self.certificates)), ("1", self.PEOPLE)):
            file = self.directory / f"{number}.ldif"
            file.write_text(text)
            run("slapadd", "-F", self.directory / "cfg", "-n", number, "-l", file)

    def command(self) -> Sequence[object]:
        return ["slapd", "-d", "0", "-F", self.directory / "cfg",
                "-h", f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/ "
                f"ldapi://{str(self.directory / 'socket').replace('/', '%2F')}/"]

    def client(self, program: str, *words: str, given: str | None = None) -> None:
        run(program, "-x", "-H", f"ldap://127.0.0.1:{self.port}", "-D", "cn=admin,dc=example,dc=com", "-w", "admin", *words,
            given=given)

    def add(self, login: str, sender: str) -> None:
        name = f"uid={login},ou=people,dc=example,dc=com"
        if login in self.logins:
            self.client("ldapmodify", given=f"dn: {name}\nchangetype: modify\nadd: proxyAddresses\nproxyAddresses: smtp:{sender}\n")
        else:
            self.client("ldapadd", given=f"dn: {name}\nobjectClass: inetOrgPerson\nobjectClass: mailPerson\nuid: {login}\ncn: x\n"
                        f"sn: x\nproxyAddresses: SMTP:{sender}\nproxyAddresses: sip:{sender}\nproxyAddresses: x\n")
        self.logins.add(login)

    def change_schema(self, back: bool) -> None:
        now, then = ("others", "people") if back else ("people", "others")
        self.client("ldapmodrdn", "-r", f"ou={now},dc=example,dc=com", f"ou={then}")

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "", filter: str = "(&(objectClass=inetOrgPerson)(uid={login}))") -> str:
        where = f"127.0.0.1:{port or (self.tls_port if tls else self.port)}"
        who = 'bind_dn = "cn=reader,dc=example,dc=com"\n' if password else ""
        return self.common(ca, tls, password, more) + who + (
            f'url = "ldap{"s" * tls}://{where}"\nbase = "ou=people,dc=example,dc=com"\n'
            f'filter = "{filter}"\nattributes = ["proxyAddresses"]\nvalue_prefix = "smtp:"\n')


class Socketmap(Server):
    """Within the test, as there is no program that is only this."""

    kind = "socketmap"
    has_tls = has_password = False
    OTHER_SCHEMA = "the server says PERM: no such map"

    def install(self) -> None:
        self.senders: dict[str, list[str]] = {}
        self.good = True
        self.running = threading.Event()
        self.running.set()
        self.keys: list[str] = []

    def start(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.peers: list[socket.socket] = []
        threading.Thread(target=self.accept, args=(self.listener, self.peers), daemon=True).start()

    def accept(self, listener: socket.socket, peers: list[socket.socket]) -> None:
        while True:
            try:
                peers.append(listener.accept()[0])
            except OSError:
                return
            threading.Thread(target=self.answer, args=(peers[-1],), daemon=True).start()

    def answer(self, peer: socket.socket) -> None:
        try:
            with peer.makefile("rb") as asked:
                while digits := b"".join(iter(lambda: asked.read(1).strip(b":"), b"")):
                    request = asked.read(int(digits) + 1)[:-1].decode()
                    self.running.wait()
                    reply = self.reply(request).encode()
                    peer.sendall(b"%d:%s," % (len(reply), reply))
        except OSError:
            pass

    def reply(self, request: str) -> str:
        name, _, key = request.partition(" ")
        self.keys.append(key)
        if name != "senders" or not self.good:
            return "PERM no such map"
        return f"OK {', '.join(self.senders[key])}" if key in self.senders else "NOTFOUND "

    def end(self, number: int = 0) -> None:
        for one in (self.listener, *self.peers):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        wait_until(lambda: not listens(self.port), "socketmap ends")

    @contextmanager
    def stopped(self):
        self.running.clear()
        try:
            yield
        finally:
            self.running.set()

    def add(self, login: str, sender: str) -> None:
        self.senders.setdefault(login, []).append(sender)

    def change_schema(self, back: bool) -> None:
        self.good = back

    def lines(self, port: int | None = None, *, tls: bool = False, ca: Path | None = None, password: bool = True,
              more: str = "") -> str:
        return f'type = "socketmap"\naddress = "inet:127.0.0.1:{port or self.port}"\nname = "senders"\n{more}'


class Silent:
    """Accepts, and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peers: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                self.peers.append(self.socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for peer in self.peers:
            peer.close()


class Slow(Silent):
    """Passes on what another server says, each piece `delay` seconds late."""

    def __init__(self, port: int, delay: float) -> None:
        self.behind, self.delay = port, delay
        super().__init__()

    def accept(self) -> None:
        while True:
            try:
                peer = self.socket.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.behind))
            self.peers += [peer, server]
            threading.Thread(target=self.pass_on, args=(peer, server, 0), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(server, peer, self.delay), daemon=True).start()

    @staticmethod
    def pass_on(source: socket.socket, target: socket.socket, delay: float) -> None:
        try:
            while piece := source.recv(65536):
                time.sleep(delay)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


KINDS: list[type[Server]] = [Postgresql, Mysql, Redis, Socketmap, Ldap]
