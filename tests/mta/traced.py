"""relaypermitd under strace(1), from its start to its end, in a small tree that stands for the whole machine.

Without systemd and AppArmor at work this shows what they would have to let it do: the system calls, the programs and
the files. The tree has the places of the units and of the samples below one directory, which is taken off each path.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sasl_property
from daemon import program, tool, worker_of
from milter_client import MilterClient
from process import Child, NotReady, Running, accepts, wait_for

USER, GROUP = "nobody", "nogroup"
OTHER_GROUP = "mail"  # what Postfix's is on a mail server
ALICE, BOB = "alice@example.com", "bob@example.com"

POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[listen]
milter       = "unix:{root}/var/spool/postfix/relaypermit/milter.sock"
policy       = "unix:{root}/var/spool/postfix/relaypermit/policy.sock"
socketmap    = "unix:{root}/run/relaypermit/map.sock"
control      = "unix:{root}/run/relaypermit/control.sock"
socket_group = "{group}"
[log]
store = "{root}/var/lib/relaypermit/decisions.db"
[[alias_table]]
id       = "sasl-directory"
type     = "sasl"
config   = "{root}/etc/relaypermit/sasl"
property = "sendAs"
timeout_ms = 5000
"""

# Makes sockets as systemd does, lets them be descriptors 3 and on, and becomes the command.
ACTIVATION = """
import os, socket, sys
paths, command = sys.argv[1].split(":"), sys.argv[2:]
for number, path in enumerate(filter(None, paths)):
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    os.chmod(path, 0o666)
    listening.listen(100)
    os.dup2(listening.detach(), 3 + number)
    os.set_inheritable(3 + number, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(number + 1))
os.execvp(command[0], command)
"""


@dataclass(frozen=True)
class Call:
    """One system call: name, arguments as strace writes them, and what came of it."""

    name: str
    arguments: str
    result: str

    @property
    def failed(self) -> bool:
        return self.result.startswith("-1")


def calls_of(trace: str, binary: Path) -> list[Call]:
    """From the execve of the program on, which is left out; calls that two lines tell of are put together."""
    begun: dict[str, str] = {}
    calls: list[Call] = []
    started = False
    for line in trace.splitlines():
        number, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[number] = text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", text):
            text = begun.pop(number, "") + text[resumed.end():]
        if not (found := re.match(r"(\w+)\((.*)\)\s+= (.*)", text)):
            continue
        call = Call(*found.groups())
        if started:
            calls.append(call)
        started = started or (call.name == "execve" and call.arguments.startswith(f'"{binary}"'))
    # Those that never came back: exit_group, and what a signal ended.
    calls += [Call(text.partition("(")[0], text.partition("(")[2], "?") for text in begun.values()]
    return calls


class TracedLife(Running):
    """One daemon with a store, a SASL table, policy.d and every front end. `activated`: its sockets are handed over, as
    relaypermitd.socket does it, all but the control socket."""

    def __init__(self, activated: bool) -> None:
        self.activated = activated
        self.root = Path(tempfile.mkdtemp(prefix="traced-"))
        self.root.chmod(0o755)
        self.policy = self.root / "etc/relaypermit/policy.toml"
        self.binary = self.root / "usr/sbin/relaypermitd"
        self.trace = self.root / "trace"
        self.child: Child | None = None
        self.reload: list[Call] = []  # what ExecReload runs, beside the daemon

    def start(self) -> None:
        for folder in ("etc/relaypermit/policy.d", "etc/relaypermit/sasl", "usr/sbin", "run/systemd"):
            (self.root / folder).mkdir(parents=True)
        for folder in ("var/lib/relaypermit", "run/relaypermit", "var/spool/postfix/relaypermit"):
            (self.root / folder).mkdir(parents=True)
            if not (self.activated and "spool" in folder):
                shutil.chown(self.root / folder, USER, GROUP)
        shutil.copy(program(), self.binary)
        self.policy.write_text(POLICY.format(root=self.root, group="" if self.activated else OTHER_GROUP))
        (self.root / "etc/relaypermit/sasl/relaypermit.conf").write_text(
            f"auxprop_plugin: sasldb\nsasldb_path: {self.root}/etc/sasldb2\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", f"{self.root}/etc/sasldb2", "-u", "example.com", "alice"],
                       input="secret", text=True, check=True)
        sasl_property.store(self.root / "etc/relaypermit/sasl", ALICE, BOB)
        (self.root / "etc/sasldb2").chmod(0o644)
        spool = self.root / "var/spool/postfix/relaypermit"
        sockets = f"{spool}/milter.sock:{spool}/policy.sock:{self.root}/run/relaypermit/map.sock" * self.activated
        self.child = Child(
            ["strace", "-D", "-f", "-qq", "-s", "300", "-o", str(self.trace), "/usr/bin/python3", "-c", ACTIVATION, sockets,
             "setpriv", "--reuid", USER, "--regid", GROUP, "--groups", OTHER_GROUP, str(self.binary), "-c", str(self.policy)],
            self.root / "log", env={"NOTIFY_SOCKET": f"{self.root}/run/systemd/notify"})
        wait_for("the control socket", self._serves, 60)

    def _serves(self) -> bool:
        assert self.child
        if self.child.exit_code() is not None:
            raise NotReady((self.root / "log").read_text())
        return accepts(f"{self.root}/run/relaypermit/control.sock")

    def stop(self) -> None:
        if self.child:
            self.child.stop(20)
            self.child = None
        shutil.rmtree(self.root, ignore_errors=True)

    def ask(self, *words: str) -> list[Call]:
        """Runs relaypermit, and what it did."""
        trace = self.root / "tool-trace"
        done = subprocess.run(["strace", "-f", "-qq", "-o", str(trace), str(tool()), *words, "-c", str(self.policy)],
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return calls_of(trace.read_text(errors="replace"), tool())

    def send(self) -> None:
        """A message by a right of the table, one that is refused, and a question of each other front end."""
        spool = self.root / "var/spool/postfix/relaypermit"
        with MilterClient(f"unix:{spool}/milter.sock", timeout_s=60).open() as client:
            assert client.message(BOB, ALICE).kind == "c"
            assert client.mail(ALICE, BOB).kind == "y"
        for path, question in ((f"{spool}/policy.sock", b"request=smtpd_access_policy\nprotocol_state=RCPT\n\n"),
                               (f"{self.root}/run/relaypermit/map.sock", b"16:login alice@x.y ,")):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(60)
                peer.connect(path)
                peer.sendall(question)
                assert peer.recv(4096), path

    def live(self) -> list[Call]:
        """Start, decisions, reloads by both ways, a suspension, a broken policy, a crash, what comes after it, the end."""
        assert self.child
        self.send()
        self.child.send(signal.SIGHUP)
        self.reload = self.ask("reload")
        self.ask("suspend", "mallory@example.com")
        sound = self.policy.read_text()
        self.policy.write_text(sound + "\nmood = 1\n")
        self.child.send(signal.SIGUSR1)
        worker = worker_of(self.child.pid)
        os.kill(worker, signal.SIGSEGV)
        wait_for("another process that serves", lambda: worker_of(self.child.pid if self.child else 0) not in (0, worker))
        self.send()
        self.policy.write_text(sound)
        self.ask("reload")
        self.send()
        assert self.child.stop(30) == 0
        wait_for("the end of the trace", lambda: "exit_group(0)" in self.trace.read_text(errors="replace").splitlines()[-1])
        return calls_of(self.trace.read_text(errors="replace"), self.binary)
