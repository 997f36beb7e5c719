"""A host of its own for one MTA, inside this one.

Sendmail has no XCLIENT: the only way to show it a client from 198.51.100.7 is
to come from there. So the MTA gets a network namespace in which every address
is local: clients bind whichever address a test names, the MTA listens on the
true ports 25, 465 and 587, and not one packet can leave. It also gets a host
name and a hosts file (Sendmail sleeps for a minute where its own name does not
resolve), a /dev/log that is read here (it logs by syslog(3) only), and process
ids of its own.

The namespaces live as long as their first process, a `cat` that reads a pipe
from us. When the pipe closes, because close() was called or because this
process died, the kernel ends everything that still runs in there: nothing
stays behind, whatever a test did.

Namespaces hold for a thread, not for a process, and a socket stays in the one
that it was made in. So connect() and listen() enter the network in a thread
that ends at once, and hand out an ordinary socket: the test itself never moves.

Needs root. Threads: one reader of /dev/log per host; everything else is for the
thread that made the object.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from process import NotReady

CLONE_NEWNET = 0x40000000  # <sched.h>; Python 3.11 has no os.setns
SERVER_V4, SERVER_V6 = "192.0.2.25", "2001:db8::25"
LIBC = ctypes.CDLL(None, use_errno=True)

# Runs as process 1. /proc is still the outer one at the start, which is how the
# shell learns the pid that we know it by. An ignored SIGCHLD outlives the exec,
# so `cat` need not wait for the orphans that it inherits.
SETUP = r"""
set -eu
read -r pid rest </proc/self/stat
mount -t proc proc /proc
hostname "$HOST_NAME"
mount --bind "$HOST_DIR/hosts" /etc/hosts
mount --bind "$HOST_DIR/resolv.conf" /etc/resolv.conf
mount --bind "$HOST_DIR/nsswitch.conf" /etc/nsswitch.conf
mkdir "$HOST_DIR/dev"
mount -t tmpfs -o mode=755 dev "$HOST_DIR/dev"
for device in null zero full random urandom tty; do
    : >"$HOST_DIR/dev/$device"
    mount --bind "/dev/$device" "$HOST_DIR/dev/$device"
done
ln -s /proc/self/fd "$HOST_DIR/dev/fd"
ln -s "$HOST_DIR/log" "$HOST_DIR/dev/log"
mount --move "$HOST_DIR/dev" /dev
mount -t tmpfs -o mode=755 run /run
for name in $HOST_RUN; do
    mkdir "/run/$name"
    mount --bind "$HOST_DIR/run/$name" "/run/$name"
done
ip link set lo up
ip route add local 0.0.0.0/0 dev lo
# A machine may be without IPv6.
if [ -e /proc/sys/net/ipv6/ip_nonlocal_bind ]; then
    ip -6 route add local ::/0 dev lo
    echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind
fi
trap '' CHLD
echo "$pid"
exec cat
"""


class Process:
    """A program inside the host. `pid` is the program's own, seen from outside."""

    def __init__(self, popen: subprocess.Popen) -> None:
        self.popen = popen
        self.stdin, self.stdout, self.stderr = popen.stdin, popen.stdout, popen.stderr
        # nsenter has to fork to enter a pid namespace, and waits for its child.
        children = Path(f"/proc/{popen.pid}/task/{popen.pid}/children")
        self.pid = None
        while self.pid is None and popen.poll() is None:
            try:
                self.pid = int(children.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError, IndexError):
                time.sleep(0.001)

    def poll(self) -> int | None:
        return self.popen.poll()

    def signal(self, number: int) -> None:
        if self.pid is not None and self.popen.poll() is None:
            os.kill(self.pid, number)

    def stop(self, timeout_s: float = 10) -> int:
        """TERM, then KILL after timeout_s. The exit status, negative for a signal."""
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.popen.wait(timeout_s)
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                stream.close()
        return self.popen.returncode


class PrivateHost:
    def __init__(self, directory: Path, name: str, run: tuple[str, ...] = ()) -> None:
        """Starts it. `directory`: empty, absolute, ours. `run`: the directories in the
        host's /run; outside they are those in `directory`/run. The log is in `directory`/maillog, too."""
        self.directory = directory
        self.name = name
        self._lines: list[str] = []
        self._more_lines = threading.Condition()
        self._processes: list[Process] = []
        (directory / "run").mkdir()
        for name_in_run in run:
            (directory / "run" / name_in_run).mkdir()
        (directory / "hosts").write_text(f"127.0.0.1 {name} localhost\n::1 {name} localhost\n")
        (directory / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        (directory / "nsswitch.conf").write_text(
            "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\n")
        self._log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._log.bind(str(directory / "log"))
        os.chmod(directory / "log", 0o666)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        environment = os.environ | {"HOST_NAME": name, "HOST_DIR": str(directory), "HOST_RUN": " ".join(run)}
        self._init = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
             "sh", "-c", SETUP],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            start_new_session=True)
        answer = self._init.stdout.readline()
        if not answer:
            error = self._init.stderr.read().decode()
            self.close()
            raise NotReady("no host of its own for the mail server, which needs CAP_SYS_ADMIN and CAP_NET_ADMIN (in a "
                           f"container: docker run --privileged): {error}")
        self._pid = int(answer)

    # Processes

    def _enter(self, argv: list[str]) -> list[str]:
        return ["nsenter", "-t", str(self._pid), "--net", "--mount", "--uts", "--pid",
                f"--wd={self.directory}", "--", *argv]

    def start(self, argv: list[str], **options: Any) -> Process:
        """Starts a program inside; options as for Popen. close() ends it at the latest."""
        # In a session of its own: a Ctrl-C is for us, who end things in their order.
        process = Process(subprocess.Popen(self._enter(argv), start_new_session=True, **options))
        self._processes.append(process)
        return process

    def run(self, argv: list[str], **options: Any) -> subprocess.CompletedProcess:
        """As subprocess.run, inside."""
        return subprocess.run(self._enter(argv), **options)

    # Network

    def _inside(self, make_socket: Callable[[], socket.socket]) -> socket.socket:
        result: list[socket.socket | OSError] = []

        def enter() -> None:
            network = os.open(f"/proc/{self._pid}/ns/net", os.O_RDONLY)
            try:
                if LIBC.setns(network, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
                result.append(make_socket())
            except OSError as error:
                result.append(error)
            finally:
                os.close(network)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        made = result[0]
        if isinstance(made, OSError):
            raise made
        return made

    def connect(self, port: int, client: str = "198.51.100.1", server: str | None = None,
                timeout_s: float = 10) -> socket.socket:
        """A connection from the address `client`, whichever that is, to `server`, whichever that is."""
        family = socket.AF_INET6 if ":" in client else socket.AF_INET
        server = server or (SERVER_V6 if family == socket.AF_INET6 else SERVER_V4)

        def make() -> socket.socket:
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(timeout_s)
                connection.bind((client, 0))
                connection.connect((server, port))
            except OSError:
                connection.close()
                raise
            return connection

        return self._inside(make)

    def listening_ports(self) -> list[int]:
        """The TCP ports that something listens on, one entry for each socket."""
        rows = [line.split() for table in ("tcp", "tcp6")
                for line in Path(f"/proc/{self._pid}/net/{table}").read_text().splitlines()[1:]]
        return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"]  # TCP_LISTEN of <net/tcp_states.h>

    def listen(self, address: str, port: int) -> socket.socket:
        return self._inside(lambda: socket.create_server((address, port)))

    # Log

    def _read_log(self) -> None:
        while True:
            try:
                datagram = self._log.recv(65536)
            except OSError:
                return
            if not datagram:  # shutdown() in close()
                return
            whole = re.sub(r"^<\d+>", "", datagram.decode("latin-1").rstrip("\0\n"))
            line = re.sub(r"^\w{3} [ \d]\d [\d:]{8} ", "", whole)
            with self._more_lines, open(self.directory / "maillog", "a", encoding="latin-1") as file:
                file.write(f"{whole}\n")
                self._lines.append(line)
                self._more_lines.notify_all()

    def log(self) -> list[str]:
        """What was logged so far, without priority and time."""
        with self._more_lines:
            return list(self._lines)

    def wait_for_log(self, pattern: str, after: int = 0, timeout_s: float = 10) -> str:
        """The first line that the regular expression finds, from line `after` on.
        AssertionError, with the log, if there is none in time."""
        deadline = time.monotonic() + timeout_s
        with self._more_lines:
            seen = after
            while True:
                for line in self._lines[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = len(self._lines)
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not self._more_lines.wait(left_s):
                    raise AssertionError(f"no line like {pattern!r} in\n" + "\n".join(self._lines[after:]))

    def close(self) -> None:
        for process in self._processes:
            process.stop()
        self._init.stdin.close()
        self._init.wait()
        self._init.stdout.close()
        self._init.stderr.close()
        self._log.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._log.close()
