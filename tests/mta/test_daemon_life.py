"""How relaypermitd starts, reloads and ends, and what it says when it cannot."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import Relaypermitd, program, tool, with_listen
from milter_client import Closed, MilterClient
from process import Child, accepts, free_port, wait_for

POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
"""
ALICE = "alice@example.com"
BOSS = "boss@example.com"
USAGE, UNAVAILABLE, CANTCREAT, NOPERM, CONFIG = 64, 69, 73, 77, 78  # sysexits.h


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """relaypermitd with arguments under which it must end by itself."""
    return subprocess.run([str(program()), *arguments], capture_output=True, text=True, timeout=20, check=False,
                          stdin=subprocess.DEVNULL)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    return file


@pytest.fixture
def spec(tmp_path: Path) -> str:
    return f"unix:{tmp_path}/milter.sock"


@pytest.fixture
def daemon(spec: str) -> Iterator[Relaypermitd]:
    with Relaypermitd(POLICY, spec) as running:
        yield running


# -- options and exit codes ----------------------------------------------------------


def test_n_says_that_a_policy_is_sound(policy: Path) -> None:
    done = run("-n", "-c", str(policy))
    assert done.returncode == 0
    assert done.stdout == f"{policy}: no mistakes, enforce mode, 0 aliases, 0 restrictions\n"
    assert done.stderr == ""


@pytest.mark.parametrize("options", [("-n",), ("-f",)])
def test_a_policy_with_mistakes_starts_nothing_and_says_all_of_them(policy: Path, options: tuple[str]) -> None:
    policy.write_text('mode = "loud"\n[relay]\nhosted_domain = ["example.com"]\n')
    done = run(*options, "-c", str(policy))
    assert done.returncode == CONFIG
    first, second = done.stderr.splitlines()
    assert first.startswith("policy.toml:1:") or first.startswith(f"{policy}:1:")
    assert "did you mean `hosted_domains`?" in second


@pytest.mark.parametrize("line", ["mode = enforce", "[relay", "x = ", 'mode = "enforce"\nmode = "monitor"', "[relay]\n[relay]"])
def test_a_policy_that_is_no_toml_is_a_mistake_with_its_place(policy: Path, line: str) -> None:
    policy.write_text(line + "\n")
    done = run("-n", "-c", str(policy))
    assert done.returncode == CONFIG, done
    assert done.stderr.startswith(f"{policy}:"), done.stderr


@pytest.mark.parametrize("made", ["missing", "directory", "binary"])
def test_a_policy_that_is_no_file_of_text_is_one_message(tmp_path: Path, made: str) -> None:
    file = tmp_path / "p.toml"
    if made == "directory":
        file.mkdir()
    elif made == "binary":
        file.write_bytes(b"\xff\xfe\x00")
    done = run("-c", str(file))
    assert done.returncode == CONFIG
    assert len(done.stderr.splitlines()) == 1


def test_unknown_options_and_stray_words_are_refused(policy: Path) -> None:
    assert run("-x").returncode == USAGE
    done = run("-c", str(policy), "start")
    assert done.returncode == USAGE
    assert "unexpected argument `start`" in done.stderr


def test_v_names_the_version_and_that_of_libmilter() -> None:
    done = run("-V")
    assert done.returncode == 0
    assert done.stdout.startswith("relaypermitd ") and re.search(r"^libmilter +1\.", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("socket_text", ["milter.sock", "inet:8891", "inet:0@127.0.0.1", "fd:x"])
def test_a_socket_that_is_none_is_named(policy: Path, socket_text: str) -> None:
    done = run("-f", "-c", str(policy), "-p", socket_text)
    assert done.returncode == CONFIG
    assert "`" in done.stderr


def test_a_socket_in_a_missing_directory_is_refused_with_the_remedy(policy: Path, tmp_path: Path) -> None:
    done = run("-f", "-c", str(policy), "-p", f"unix:{tmp_path}/no/milter.sock")
    assert done.returncode == CANTCREAT
    assert f"install -d -o relaypermit -g postfix -m 2750 {tmp_path}/no" in done.stderr


# -- one instance ------------------------------------------------------------------------


def test_a_second_instance_leaves_the_first_alone(daemon: Relaypermitd) -> None:
    assert daemon.child
    done = run("-f", "-c", str(daemon.policy_file), "-p", daemon.socket)
    assert done.returncode == UNAVAILABLE
    assert f"another relaypermitd (process {daemon.child.pid}) is already listening on {daemon.socket}" in done.stderr
    with MilterClient(daemon.socket).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"


def test_a_second_instance_on_a_tcp_port_is_refused(policy: Path) -> None:
    spec = f"inet:{free_port()}@127.0.0.1"
    with Relaypermitd(POLICY, spec):
        done = run("-f", "-c", str(policy), "-p", spec)
    assert done.returncode == UNAVAILABLE
    assert "already listens there" in done.stderr


def test_a_socket_that_a_killed_instance_left_is_taken_over(daemon: Relaypermitd, spec: str) -> None:
    daemon.kill()
    assert Path(spec.removeprefix("unix:")).is_socket()
    daemon.start()
    with MilterClient(spec).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"


# -- the end -------------------------------------------------------------------------------


def test_term_ends_it_at_once_with_idle_sessions_and_takes_the_socket_away(daemon: Relaypermitd, spec: str) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(20):
            held.enter_context(MilterClient(spec).open())
        started = time.monotonic()
        assert daemon.stop_within(5) == 0
        assert time.monotonic() - started < 1.5, "nothing was under way"
    assert not Path(spec.removeprefix("unix:")).exists()
    assert daemon.log().rstrip().endswith("ended")


def test_term_lets_a_message_under_way_end(daemon: Relaypermitd, spec: str) -> None:
    assert daemon.child
    with MilterClient(spec).open() as client:
        assert client.mail(ALICE, ALICE).kind == "c"
        assert client.rcpt("x@remote.example").kind == "c"
        daemon.child.send(signal.SIGTERM)
        client.header("From", ALICE)
        assert client.end().kind == "c"
    assert daemon.child.wait(5) == 0


def test_term_does_not_wait_for_ever_for_a_message_under_way(daemon: Relaypermitd, spec: str) -> None:
    with MilterClient(spec).open() as client:
        assert client.mail(ALICE, ALICE).kind == "c"
        assert daemon.stop_within(5) == 0
        assert client.closed()
    daemon.wait_for_log("ended with 1 messages under way")


def test_int_ends_it_as_term_does(daemon: Relaypermitd) -> None:
    assert daemon.child
    daemon.child.send(signal.SIGINT)
    assert daemon.child.wait(5) == 0


# -- reload --------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [signal.SIGHUP, signal.SIGUSR1])
def test_a_reload_takes_a_new_policy(daemon: Relaypermitd, sign: signal.Signals) -> None:
    daemon.write(POLICY + f'[[restrict]]\nid = "cracked"\nlogins = ["{ALICE}"]\nsuspended = true\n')
    daemon.reload(sign)
    daemon.wait_for_log("enforce mode, 0 aliases, 1 restriction")
    with MilterClient(daemon.socket).open() as client:
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")


def test_a_suspension_holds_for_a_session_that_is_open(daemon: Relaypermitd) -> None:
    with MilterClient(daemon.socket).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"
        assert client.mail(ALICE, ALICE).kind == "c"
        daemon.write(POLICY + f'[[restrict]]\nid = "cracked"\nlogins = ["{ALICE}"]\nsuspended = true\n')
        daemon.reload()
        daemon.wait_for_log("1 restriction")
        assert client.rcpt("x@remote.example").kind == "c", "the message that had begun"
        client.header("From", ALICE)
        assert client.end().kind == "c"
        assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")


def test_a_broken_policy_is_said_and_not_taken(daemon: Relaypermitd) -> None:
    daemon.write('mode = "loud"\nmod = 1\n')
    daemon.reload()
    log = daemon.wait_for_log("the old policy stays in force")
    assert "policy.toml:1:" in log and "policy.toml:2:" in log
    with MilterClient(daemon.socket).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"


def asked(daemon: Relaypermitd, word: str) -> tuple[int, str]:
    """A command of relaypermit: its exit code, and all that it says."""
    done = daemon.tool(word)
    return done.returncode, done.stdout + done.stderr


def test_a_table_that_cannot_be_opened_makes_a_reload_fail(daemon: Relaypermitd) -> None:
    daemon.write(POLICY + f'[[alias_table]]\nid = "sales"\ntype = "sasl"\nconfig = "{daemon.directory}/none"\n')
    for _ in range(2):
        exit_code, output = asked(daemon, "reload")
        assert exit_code == 1 and "has reloaded, but not all of it: alias table sales: " in output, output
    exit_code, output = asked(daemon, "status")
    assert exit_code == 1 and "not all of it could be taken up" in output, output
    daemon.write(POLICY)
    assert asked(daemon, "reload")[0] == asked(daemon, "status")[0] == 0


def test_a_policy_named_from_the_folder_of_the_start_keeps_its_whole_name(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "etc", tmp_path / "moved"
    folder.mkdir()
    policy, milter, log = folder / "policy.toml", tmp_path / "milter.sock", tmp_path / "log"
    policy.write_text(with_listen(POLICY, tmp_path / "control.sock"))

    def ask(*words: str, of: Path = policy) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(tool()), *words, "-c", str(of)], capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL)

    child = Child(["env", "-C", str(folder), str(program()), "-f", "-c", "policy.toml", "-p", f"unix:{milter}"], log)
    try:
        wait_for("relaypermitd's socket", lambda: log.exists() and " serves " in log.read_text() and accepts(str(milter)))
        # The working directory of the daemon goes along with the folder, and a relative name would too.
        folder.rename(elsewhere)
        moved = ask("status", of=elsewhere / "policy.toml")
        assert moved.returncode == 2 and f"control.sock reads {policy}: name it with -c" in moved.stderr, moved
        elsewhere.rename(folder)
        status = ask("status")
        assert status.returncode == 0 and f"  policy    {policy}: enforce mode" in status.stdout, status
        suspended = ask("suspend", ALICE)
        assert suspended.returncode == 0 and suspended.stdout.startswith(
            f"{ALICE} is suspended: its next message is refused ({folder}/policy.d/"), suspended
        with MilterClient(f"unix:{milter}").open() as client:
            assert client.mail(ALICE, ALICE).text.startswith("550 5.7.1 ")
    finally:
        child.stop()


def test_a_changed_listen_is_said_to_need_a_restart(daemon: Relaypermitd) -> None:
    """In the log, by `reload` and by `status`, and still after a crash."""
    daemon.write(daemon.policy_file.read_text().replace('"0660"', '"0600"'))
    said = "what has changed in [listen] (socket_mode) takes a restart of relaypermitd: a reload opens no sockets"

    for word, code in (("reload", 0), ("status", 1)):
        exit_code, output = asked(daemon, word)
        assert exit_code == code and said in output, output
    assert said in daemon.log()
    worker = daemon.worker
    os.kill(worker, signal.SIGKILL)
    wait_for("another process that serves", lambda: daemon.worker not in (0, worker) and asked(daemon, "status")[0] != 2)
    exit_code, output = asked(daemon, "status")
    assert exit_code == 1 and said in output, output


def test_two_hundred_reloads_half_of_them_broken_cost_no_message(daemon: Relaypermitd) -> None:
    """Alice may always send as herself and never as the boss, whichever policy is in force."""
    ending = threading.Event()
    wrong: list[str] = []
    done = [0] * 8

    def send(number: int) -> None:
        try:
            while not ending.is_set():
                with MilterClient(daemon.socket).open() as client:
                    for _ in range(5):
                        if (answer := client.message(ALICE, ALICE)).kind != "c":
                            wrong.append(f"own address: {answer}")
                        if not (answer := client.message(BOSS, ALICE)).text.startswith("550 "):
                            wrong.append(f"boss: {answer}")
                        if not (answer := client.message(ALICE, ALICE, header_from=BOSS)).text.startswith("550 "):
                            wrong.append(f"From: {answer}")
                        done[number] += 3
                    client.quit()
        except (Closed, OSError, AssertionError) as fault:
            wrong.append(repr(fault))

    senders = [threading.Thread(target=send, args=(number,)) for number in range(len(done))]
    for sender in senders:
        sender.start()
    taken = 0
    for number in range(200):
        broken = number % 2 == 1
        daemon.write("mode = 7\n" if broken else POLICY + f'[[alias]]\nid = "n{number}"\nlogins = ["x"]\n'
                                                          f'senders = ["x{number}@example.com"]\n')
        mark = daemon.mark()
        daemon.reload(signal.SIGHUP if number % 4 < 2 else signal.SIGUSR1)
        daemon.wait_for_log("the old policy stays in force" if broken else "reloaded ", mark)
        taken += not broken
    ending.set()
    for sender in senders:
        sender.join()
    assert wrong == []
    assert taken == 100
    assert min(done) > 0
    assert sum(record["verdict"] == "accept" for record in daemon.records()) == sum(done) // 3


def test_signals_in_quick_succession_are_all_taken_by_us_and_not_by_libmilter(daemon: Relaypermitd) -> None:
    assert daemon.child
    for _ in range(300):
        daemon.reload(signal.SIGUSR1)
        daemon.reload(signal.SIGHUP)
    mark = daemon.mark()
    daemon.reload()
    daemon.wait_for_log("reloaded ", mark)
    with MilterClient(daemon.socket).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"
    assert daemon.child.exit_code() is None


# -- under systemd --------------------------------------------------------------------------


@contextlib.contextmanager
def notified(path: Path) -> Iterator[socket.socket]:
    """What the service manager hears ($NOTIFY_SOCKET)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(10)
        yield manager


def start_activated(policy: Path, listening: socket.socket, log: Path, *options: str,
                    env: dict[str, str] | None = None) -> Child:
    """As systemd starts it: the socket is descriptor 3, and LISTEN_PID is its own process id."""
    wrapper = ("import os, sys\n"
               "os.dup2(int(sys.argv[1]), 3, inheritable=True)\n"
               "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
               "os.execv(sys.argv[2], sys.argv[2:])\n")
    os.set_inheritable(listening.fileno(), True)
    command = ["/usr/bin/python3", "-c", wrapper, str(listening.fileno()), str(program()), "-f", "-c", str(policy),
               *options]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                   close_fds=False, env=os.environ | (env or {}))
    return process  # type: ignore[return-value]


@pytest.fixture
def activated(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "activated.sock"))
        listening.listen(100)
        yield listening


@pytest.mark.parametrize("named", ["by [listen]", "by -p fd:3"])
def test_it_serves_the_socket_that_systemd_opened(policy: Path, tmp_path: Path, activated: socket.socket,
                                                  named: str) -> None:
    path = tmp_path / "activated.sock"
    options: tuple[str, ...] = ("-p", "fd:3")
    if named == "by [listen]":
        policy.write_text(POLICY + f'[listen]\nmilter = "unix:{path}"\n')
        options = ()
    process = start_activated(policy, activated, tmp_path / "log", *options)
    try:
        with MilterClient(f"unix:{path}").open() as client:
            assert client.message(ALICE, ALICE).kind == "c"
    finally:
        process.terminate()
        assert process.wait(5) == 0
    assert path.is_socket(), "the socket is systemd's"
    assert not Path(f"{path}.lock").exists()


def test_sessions_that_come_during_a_restart_wait_for_the_new_instance(
        policy: Path, tmp_path: Path, activated: socket.socket) -> None:
    spec = f"unix:{tmp_path}/activated.sock"
    first = start_activated(policy, activated, tmp_path / "log", "-p", "fd:3")
    with MilterClient(spec).open() as client:
        assert client.message(ALICE, ALICE).kind == "c"
    first.terminate()
    assert first.wait(5) == 0
    with MilterClient(spec) as client:
        client.send("O", b"\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")
        second = start_activated(policy, activated, tmp_path / "log", "-p", "fd:3")
        try:
            assert client.answer().kind == "O"
            client.connect()
            assert client.message(ALICE, ALICE).kind == "c"
        finally:
            second.terminate()
            assert second.wait(5) == 0


def test_a_socket_that_nobody_asked_for_is_said(policy: Path, tmp_path: Path, activated: socket.socket,
                                                spec: str) -> None:
    process = start_activated(policy, activated, tmp_path / "log", "-p", spec)
    said = f"systemd handed over unix:{tmp_path}/activated.sock"
    try:
        wait_for("the line of the log", lambda: said in (tmp_path / "log").read_text())
    finally:
        process.terminate()
        process.wait(5)


def test_it_tells_systemd_of_its_start_its_reloads_and_its_end(policy: Path, spec: str, tmp_path: Path) -> None:
    with notified(tmp_path / "notify") as manager:
        child = Child([str(program()), "-f", "-c", str(policy), "-p", spec], tmp_path / "log",
                      env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        try:
            assert manager.recv(4096).decode().splitlines() == [
                "READY=1", "STATUS=enforce mode, 0 aliases, 0 restrictions"]
            assert accepts(spec.removeprefix("unix:")), "ready means that it can be reached"
            child.send(signal.SIGHUP)
            reloading = manager.recv(4096).decode()
            assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
            assert manager.recv(4096).startswith(b"READY=1\n")
        finally:
            code = child.stop()
        assert manager.recv(4096) == b"STOPPING=1\n"
        assert code == 0


# -- without privileges -----------------------------------------------------------------------


UNPRIVILEGED = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@pytest.fixture
def nobodys(open_folder: Path) -> Path:
    """A directory of nobody's own, with a policy beside it that nobody may read."""
    (open_folder / "policy.toml").write_text(POLICY)
    own = open_folder / "own"
    own.mkdir()
    shutil.copy(program(), own)  # the tree may lie where nobody cannot read
    shutil.chown(own, "nobody", "nogroup")
    return own


def test_it_needs_no_privileges(nobodys: Path) -> None:
    policy = nobodys.parent / "policy.toml"
    spec = f"unix:{nobodys}/milter.sock"
    child = Child([*UNPRIVILEGED, f"{nobodys}/relaypermitd", "-f", "-c", str(policy), "-p", spec],
                  policy.parent / "log")
    try:
        wait_for("its socket", lambda: accepts(spec.removeprefix("unix:")))
        with MilterClient(spec).open() as client:
            assert client.message(ALICE, ALICE).kind == "c"
    finally:
        assert child.stop() == 0
    assert "running as root" not in (policy.parent / "log").read_text()


def test_as_root_it_says_that_it_need_not_be(daemon: Relaypermitd) -> None:
    assert "running as root" in daemon.log()


def test_a_group_that_its_user_is_not_in_is_refused_with_the_remedy(nobodys: Path) -> None:
    policy = nobodys.parent / "policy.toml"
    policy.write_text(POLICY + '[listen]\nsocket_group = "postfix"\n')
    done = subprocess.run([*UNPRIVILEGED, f"{nobodys}/relaypermitd", "-f", "-c", str(policy),
                           "-p", f"unix:{nobodys}/m.sock"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == NOPERM
    assert "SupplementaryGroups=postfix" in done.stderr and "own-sockets.conf" in done.stderr
    assert not (nobodys / "m.sock").exists()


# -- memory ---------------------------------------------------------------------------


def memory_kb(pid: int) -> int:
    """What a process holds for itself, without the pages of its program and libraries."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("Anonymous:")[1].split()[0])


def test_reloads_of_a_large_policy_do_not_make_the_daemon_larger(daemon: Relaypermitd) -> None:
    rules = "".join(f'[[alias]]\nid = "a{i}"\nlogins = ["user{i}@example.com"]\nsenders = ["team{i}@example.com"]\n'
                    for i in range(30_000))
    for number in range(8):
        since = daemon.mark()
        daemon.write(POLICY + rules)
        daemon.reload()
        daemon.wait_for_log("30,000 aliases", since)
        # A third of a kilobyte an alias, and what the daemon takes without any. What the reading took is given back
        # behind the line.
        wait_for(f"the memory of reload {number + 1} to be given back", lambda: memory_kb(daemon.worker) < 12_000)
