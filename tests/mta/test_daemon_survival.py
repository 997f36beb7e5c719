"""What relaypermitd outlives: a crash of the process that serves, a kill -9 of the one that watches over it, a
front end that fails, a limit of file sizes. And that its sockets, its lock and who may signal it stay the same."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from daemon import Relaypermitd, program, worker_of
from milter_client import MilterClient
from process import Child, accepts, run, wait_for

POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
"""
ALICE = "alice@example.com"
SUSPENDED = f'[[restrict]]\nid = "cracked"\nlogins = ["{ALICE}"]\nsuspended = true\n'
CONFIG = 78  # sysexits.h


@pytest.fixture
def spec(tmp_path: Path) -> str:
    return f"unix:{tmp_path}/milter.sock"


@pytest.fixture
def daemon(spec: str) -> Iterator[Relaypermitd]:
    with Relaypermitd(POLICY, spec) as running:
        yield running


def crash(daemon: Relaypermitd, sign: signal.Signals = signal.SIGSEGV) -> int:
    """What a fault of the serving process comes to. Returns its process id."""
    worker = daemon.worker
    assert worker, "no process of its own that serves"
    os.kill(worker, sign)
    wait_for("its end", lambda: daemon.worker != worker)
    return worker


def serves(spec: str, timeout_s: float = 20) -> None:
    with MilterClient(spec, timeout_s=timeout_s).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"
        assert client.mail("boss@example.com", ALICE).text.startswith("550 5.7.1 ")


# -- a crash ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_after_a_crash_another_process_serves_within_a_second(daemon: Relaypermitd, spec: str,
                                                              sign: signal.Signals) -> None:
    serves(spec)
    with MilterClient(spec).open() as under_way:
        assert under_way.mail(ALICE, ALICE).kind == "c"
        started = time.monotonic()
        worker = crash(daemon, sign)
        assert under_way.closed(), "its client gets a 4xx from the mail server"
        serves(spec)
        assert time.monotonic() - started < 1
    assert daemon.child and daemon.child.exit_code() is None
    assert daemon.worker not in (0, worker)
    log = daemon.log()
    assert f"process {worker}, which served, was ended by signal {sign.value} (" in log
    assert "another one serves at once" in log


def test_a_crash_leaves_the_socket_and_its_lock_where_they_are(daemon: Relaypermitd, spec: str) -> None:
    path = Path(spec.removeprefix("unix:"))
    before = path.stat().st_ino
    crash(daemon)
    second = subprocess.run([str(program()), "-f", "-c", str(daemon.policy_file), "-p", spec], capture_output=True,
                            text=True, timeout=20, check=False)
    assert second.returncode == 69, second
    assert f"another relaypermitd (process {daemon.pid}) is already listening" in second.stderr
    serves(spec)
    assert path.stat().st_ino == before


def test_the_process_in_the_lock_file_is_the_one_to_signal_after_a_crash_too(daemon: Relaypermitd, spec: str) -> None:
    path = Path(spec.removeprefix("unix:"))
    crash(daemon)
    serves(spec)
    watching = int(Path(f"{path}.lock").read_text())
    assert watching == daemon.pid
    daemon.write(POLICY + SUSPENDED)
    for sign in (signal.SIGHUP, signal.SIGUSR1):
        mark = daemon.mark()
        os.kill(watching, sign)
        daemon.wait_for_log("1 restriction", mark)
    with MilterClient(spec).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")
    assert daemon.stop_within(5) == 0
    assert not path.exists()
    assert daemon.log().rstrip().endswith("ended")


def test_crashes_in_a_row_are_slowed_down_and_who_comes_meanwhile_is_served(daemon: Relaypermitd, spec: str) -> None:
    crash(daemon)
    serves(spec)
    for wait_s in (1, 2):
        mark = daemon.mark()
        started = time.monotonic()
        crash(daemon)
        daemon.wait_for_log(f"another one serves in {wait_s} s (failure {wait_s + 1} in a row)", mark)
        with ExitStack() as held:
            waiting = [held.enter_context(MilterClient(spec)) for _ in range(20)]
            assert daemon.worker == 0
            for client in waiting:
                assert client.open().message(ALICE, ALICE).kind == "c"
        assert wait_s <= time.monotonic() - started < wait_s + 1


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_between_two_processes_that_serve(daemon: Relaypermitd, spec: str, sign: signal.Signals) -> None:
    assert daemon.child
    crash(daemon)
    serves(spec)
    crash(daemon)
    daemon.wait_for_log("another one serves in 1 s")
    daemon.child.send(sign)
    assert daemon.child.wait(0.9) == 0
    assert not Path(spec.removeprefix("unix:")).exists()


def test_a_crash_while_somebody_edits_the_policy_leaves_the_one_before_in_force(daemon: Relaypermitd, spec: str) -> None:
    daemon.write('mode = "loud"\nmod = 1\n')
    for _ in range(2):
        mark = daemon.mark()
        crash(daemon)
        serves(spec)
        daemon.wait_for_log("the last one that was read without any serves on until they are mended", mark)
    assert "policy.toml:1:" in daemon.log() and "policy.toml:2:" in daemon.log()
    told = daemon.tool("status")
    assert told.returncode == 1 and "2 mistakes, not loaded" in told.stdout, told
    told = daemon.tool("reload")
    assert told.returncode == 1 and "policy.toml:2:" in told.stderr, told
    # A suspension counts on it, and over the next crash.
    told = daemon.tool("suspend", ALICE)
    assert told.returncode == 0 and "is suspended: " in told.stdout, told
    crash(daemon)
    with MilterClient(spec, timeout_s=20).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")
    assert daemon.tool("resume", ALICE).returncode == 0
    serves(spec)
    # And the mended one counts.
    daemon.write(POLICY + SUSPENDED)
    assert daemon.tool("reload").returncode == 0
    assert daemon.tool("status").returncode == 0
    with MilterClient(spec).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")


def test_a_suspension_on_a_broken_policy_holds_over_a_crash_that_finds_it_broken_too(daemon: Relaypermitd, spec: str) -> None:
    daemon.write('mode = "loud"\n')
    told = daemon.tool("suspend", ALICE)
    assert told.returncode == 0 and "is suspended: " in told.stdout, told
    file = daemon.policy_file.parent / "policy.d" / "00-suspended.toml"
    file.write_text("[[restrict]\n")
    crash(daemon)
    with MilterClient(spec, timeout_s=20).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")
    told = daemon.tool("status")
    assert told.returncode == 1, told
    assert "an older policy, kept in memory over a crash of the daemon, with the suspensions of policy.d as they " \
        "last could be read\n" in told.stdout
    assert f"suspended {ALICE}, without an end\n" in told.stdout


def test_a_start_is_refused_by_a_policy_with_mistakes(tmp_path: Path, spec: str) -> None:
    policy = tmp_path / "broken.toml"
    policy.write_text('mode = "loud"\n')
    done = subprocess.run([str(program()), "-c", str(policy), "-p", spec], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == CONFIG and "broken.toml:1:" in done.stderr, done


def test_what_a_crash_serves_next_is_the_policy_of_the_file(daemon: Relaypermitd, spec: str) -> None:
    daemon.write(POLICY + SUSPENDED + '[listen]\nmilter = "unix:/elsewhere/milter.sock"\n')
    crash(daemon)
    with MilterClient(spec).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")


@pytest.mark.parametrize("store, lost", [
    ("", None),
    ('[log]\nstore = "{store}"\n', "may be missing in the store: the log has them")])
def test_a_crash_says_what_it_costs_of_the_record(tmp_path: Path, spec: str, store: str, lost: str | None) -> None:
    with Relaypermitd(POLICY + store.format(store=tmp_path / "d.db"), spec) as daemon:
        serves(spec)
        crash(daemon)
        log = daemon.wait_for_log("another one serves at once")
        line, = (line for line in log.splitlines() if "another one serves" in line)
        assert (lost in line) if lost else "store" not in line


# A /dev of its own, in which the system's log is a socket of the test.
OWN_LOG = """
set -eu
mkdir "$0/dev"
for device in null zero full random urandom; do
    : >"$0/dev/$device"
    mount --bind "/dev/$device" "$0/dev/$device"
done
ln -s "$0/log" "$0/dev/log"
mount --rbind "$0/dev" /dev
exec "$@"
"""


def test_the_line_of_a_crash_that_a_full_log_does_not_take_is_counted(tmp_path: Path, spec: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY + f'[listen]\nmilter = "{spec}"\ncontrol = "unix:{tmp_path}/control.sock"\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        log.bind(str(tmp_path / "log"))
        log.settimeout(20)
        filler.setblocking(False)
        child = Child(["unshare", "--mount", "sh", "-c", OWN_LOG, str(tmp_path), str(program()), "-c", str(policy)],
                      tmp_path / "out")
        try:
            wait_for("its socket", lambda: accepts(spec.removeprefix("unix:")), 20)
            serves(spec)
            log.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    log.recv(8192)
            with suppress(BlockingIOError):
                while True:
                    filler.sendto(b"filler", str(tmp_path / "log"))
            worker = worker_of(child.pid)
            os.kill(worker, signal.SIGSEGV)
            wait_for("the next process", lambda: worker_of(child.pid) not in (0, worker))
            # By now both have written, and nothing of it was taken.
            serves(spec)
            with suppress(BlockingIOError):
                while True:
                    assert log.recv(8192) == b"filler", "else nothing was lost"
            log.settimeout(20)
            serves(spec)
            line = ""
            while " missing above" not in line:
                line = log.recv(8192).decode()
            assert re.search(r": \d+ lines? .* missing above: the log daemon did not take (it|them) "
                             r"\(its queue was full\)$", line), line
        finally:
            child.stop()


def test_the_watching_process_alone_is_killed_and_the_other_ends_too(daemon: Relaypermitd, spec: str) -> None:
    worker = daemon.worker
    serves(spec)
    daemon.kill()
    wait_for("the end of the serving process", lambda: not Path(f"/proc/{worker}").exists(), 1)


def test_after_a_kill_the_next_start_waits_for_the_lock_of_what_is_dying(daemon: Relaypermitd, spec: str) -> None:
    for _ in range(10):
        daemon.kill()
        daemon.start()
        serves(spec)


def test_the_watching_process_keeps_no_policy(tmp_path: Path, spec: str) -> None:
    """Of 60,000 aliases."""
    aliases = "".join(f'[[alias]]\nid = "a{n}"\nlogins = ["u{n}@example.com"]\nsenders = ["s{n}@example.com"]\n'
                      for n in range(60_000))
    with Relaypermitd(POLICY + aliases, spec) as daemon:
        def memory_kb(pid: int, of: str) -> int:
            status = Path(f"/proc/{pid}/smaps_rollup").read_text()
            return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(of))
        serves(spec)
        assert memory_kb(daemon.worker, "Pss:") > 10_000, "else this tests nothing"
        wait_for("the policy given back", lambda: memory_kb(daemon.pid, "Pss:") < 6_000, 10)


# -- sockets that systemd made ---------------------------------------------------------------


class Activated:
    """relaypermitd as systemd starts it, with the sockets of its three front ends, which outlive it."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.policy = directory / "policy.toml"
        self.paths = {name: directory / f"{name}.sock" for name in ("milter", "policy", "socketmap")}
        self.sockets = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in self.paths]
        for listening, path in zip(self.sockets, self.paths.values()):
            listening.bind(str(path))
            listening.listen(100)
        self.manager = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.manager.bind(str(directory / "notify"))
        self.manager.settimeout(10)
        self.write("")
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        stack.callback(self.end)

    def write(self, more: str) -> None:
        listen = "".join(f'{name} = "unix:{path}"\n' for name, path in self.paths.items())
        self.policy.write_text(f"{POLICY}\n[listen]\n{listen}{more}")

    def start(self) -> None:
        wrapper = ("import fcntl, os, sys\n"
                   "fds = [fcntl.fcntl(int(n), fcntl.F_DUPFD, 100) for n in sys.argv[1].split(',')]\n"
                   "for n, fd in enumerate(fds): os.dup2(fd, 3 + n, inheritable=True)\n"
                   "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))\n"
                   "os.execv(sys.argv[2], sys.argv[2:])\n")
        for listening in self.sockets:
            os.set_inheritable(listening.fileno(), True)
        numbers = ",".join(str(listening.fileno()) for listening in self.sockets)
        self.starts += 1
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-c", wrapper, numbers, str(program()), "-f", "-c", str(self.policy)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, close_fds=False,
                env=os.environ | {"NOTIFY_SOCKET": str(self.directory / "notify")})
        self.heard("READY=1")

    def heard(self, what: str) -> None:
        """Waits until the service manager has heard it."""
        while what not in self.manager.recv(4096).decode():
            pass

    @property
    def log_file(self) -> Path:
        return self.directory / f"log{self.starts}"

    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def worker(self) -> int:
        assert self.process
        return worker_of(self.process.pid)

    def end(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        code = self.process.wait(10)
        self.process = None
        assert code == 0, self.log()

    def ask(self, name: str, request: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(5)
            peer.connect(str(self.paths[name]))
            peer.sendall(request)
            return peer.recv(4096)

    def wake(self, *names: str) -> None:
        """Has them poll again now, and not at the end of their second."""
        for name in names:
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self.paths[name]))

    def policy_service_answers(self) -> bool:
        request = (b"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=203.0.113.99\n"
                   b"sender=x@foreign.example\nrecipient=x@remote.example\n\n")
        return b"action=" in self.ask("policy", request)

    def socketmap_answers(self) -> bool:
        request = b"relayexplain Q!25!203.0.113.99!!x@foreign.example!<x@remote.example>"
        return b":OK 550" in self.ask("socketmap", b"%d:%s," % (len(request), request))

    def answers(self) -> None:
        """All three, at once."""
        started = time.monotonic()
        serves(f"unix:{self.paths['milter']}", timeout_s=5)
        assert self.policy_service_answers()
        assert self.socketmap_answers()
        assert time.monotonic() - started < 1


@pytest.fixture
def activated(tmp_path: Path) -> Iterator[Activated]:
    with ExitStack() as stack:
        yield Activated(tmp_path, stack)


def test_every_front_end_answers_on_its_handed_over_socket_after_a_reload(activated: Activated) -> None:
    activated.start()
    activated.answers()
    for sign in (signal.SIGHUP, signal.SIGUSR1):
        assert activated.process
        activated.process.send_signal(sign)
        activated.heard("RELOADING=1")
        activated.heard("READY=1")
        activated.answers()


def test_every_front_end_answers_on_its_handed_over_socket_after_restarts(activated: Activated) -> None:
    for _ in range(3):
        activated.start()
        activated.answers()
        activated.end()
        # systemd goes on listening: who comes now waits for the next start.
        assert all(path.is_socket() for path in activated.paths.values())


def test_every_front_end_answers_on_its_handed_over_socket_after_crashes(activated: Activated) -> None:
    activated.start()
    activated.answers()
    os.kill(activated.worker, signal.SIGSEGV)
    activated.heard("READY=1")
    activated.answers()
    os.kill(activated.worker, signal.SIGABRT)
    activated.heard("READY=1")
    activated.answers()
    activated.end()
    activated.start()
    activated.answers()


def test_every_front_end_answers_on_its_handed_over_socket_after_a_failure(activated: Activated) -> None:
    # poll(2) fails where there are more descriptors than the limit of open files, and with it whoever polls.
    activated.start()
    activated.answers()
    worker = activated.worker
    run(["prlimit", f"--pid={worker}", "--nofile=1:"])
    activated.wake("policy", "socketmap")
    failures = [f"error: {name} has failed and is served again at once, its socket stays open: poll"
                for name in ("the policy delegation protocol", "the socketmap protocol")]
    # One of them may fail a second time before the other does at all.
    wait_for("both failures", lambda: all(failure in activated.log() for failure in failures))
    run(["prlimit", f"--pid={worker}", "--nofile=1024:"])
    wait_for("both again", lambda: activated.policy_service_answers() and activated.socketmap_answers(), 10)
    activated.answers()
    activated.end()


def test_a_front_end_that_goes_on_failing_is_not_tried_without_a_pause(activated: Activated) -> None:
    activated.start()
    activated.answers()
    run(["prlimit", f"--pid={activated.worker}", "--nofile=1:"])
    activated.wake("policy")
    name = "the policy delegation protocol has failed and is served again"
    wait_for("four failures", lambda: activated.log().count(name) >= 4, 10)
    tries = [line.partition(name)[2].partition(",")[0] for line in activated.log().splitlines() if name in line]
    assert tries[:4] == [" at once", " in 1 s", " in 2 s", " in 4 s"]
    run(["prlimit", f"--pid={activated.worker}", "--nofile=1024:"])


# -- a limit of file sizes --------------------------------------------------------------------


@contextmanager
def logging_to_a_pipe(policy: Path, spec: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A daemon whose log no limit of file sizes meets, and the lines of it so far."""
    lines: list[str] = []
    process = subprocess.Popen([str(program()), "-f", "-c", str(policy), "-p", spec], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    assert process.stderr
    reader = threading.Thread(target=lines.extend, args=(process.stderr,))
    reader.start()
    try:
        wait_for("its socket", lambda: worker_of(process.pid) and accepts(spec.removeprefix("unix:")))
        yield process, lines
    finally:
        process.terminate()
        process.wait(10)
        reader.join()


def test_a_limit_of_file_sizes_costs_the_store_and_not_the_daemon(tmp_path: Path, spec: str) -> None:
    store, policy = tmp_path / "d.db", tmp_path / "policy.toml"
    policy.write_text(f'{POLICY}[log]\nstore = "{store}"\n')
    with logging_to_a_pipe(policy, spec) as (process, log):
        serves(spec)
        wait_for("a first decision in the store", lambda: rows(store) == 2)
        worker = worker_of(process.pid)
        for pid in (process.pid, worker):
            run(["prlimit", f"--pid={pid}", "--fsize=4096:"])
        for _ in range(20):
            serves(spec)
        said = wait_for("what it says of that", lambda: [line for line in log if "wait in memory" in line])
        assert f"warning: store {store}: " in said[0] and "the log has them" in said[0]
        assert worker_of(process.pid) == worker, "no crash"
        for pid in (process.pid, worker):
            run(["prlimit", f"--pid={pid}", "--fsize=unlimited:"])
        wait_for("all in the store", lambda: rows(store) == 42, 10)
        assert missing(store) == 0


def test_a_limit_of_file_sizes_below_its_log_does_not_end_it(daemon: Relaypermitd, spec: str) -> None:
    processes = (daemon.pid, daemon.worker)
    for pid in processes:
        run(["prlimit", f"--pid={pid}", "--fsize=1:"])
    serves(spec)
    crash(daemon)  # which the other process wants to log
    serves(spec)
    assert daemon.child and daemon.child.exit_code() is None


def rows(store: Path) -> int:
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
            return int(database.execute("select coalesce(sum(count), 0) from decision").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def missing(store: Path) -> int:
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        return int(database.execute("select coalesce(sum(count), 0) from gap").fetchone()[0])
