"""A suspension on a running mail server: it holds, or the tool says that it does not.

In each case either the login's next message is refused and the tool exits 0, or
the tool says NOT suspended and does not.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from daemon import Relaypermitd, program, tool, worker_of
from milter_client import MilterClient
from process import Child, accepts, wait_for
from session import Session
from test_daemon_life import POLICY as SMALL
from test_daemon_life import start_activated
from world import POLICY, World, message

BOB = "bob@example.com"
REFUSED = "account-suspended"
# What `suspend` says of BOB where the server hosts example.org, too.
OTHER_REALM = "note: `bob@example.org` is not suspended and may send: suspend it too if the mail server lets this account in " \
    "by it\n"


def run_tool(policy: Path, *words: str, umask: int = -1) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(tool()), words[0], "-c", str(policy), *words[1:]], capture_output=True, text=True,
                          check=False, timeout=60, umask=umask)


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world, with its policy as it was and nobody suspended."""
    yield shared
    shutil.rmtree(shared.daemon.directory / "policy.d", ignore_errors=True)
    shared.daemon.write(POLICY)
    done = run_tool(shared.daemon.policy_file, "reload")
    assert done.returncode == 0, done


def sends(world: World, session: Session) -> bool:
    """Whether a message of bob passes in this session; where not, that it is refused for the suspension."""
    mark = world.daemon.mark()
    reply = session.mail(BOB)
    if not reply.ok:
        world.refused(reply, REFUSED, mark)
        return False
    session.rcpt("someone@remote.invalid")
    world.accepted(session.data(message(BOB)), mark)
    return True


def test_done_means_that_the_next_message_of_an_open_session_is_refused(world: World) -> None:
    policy = world.daemon.policy_file
    with world.session("submissions", login=BOB) as session:
        assert sends(world, session)
        done = run_tool(policy, "suspend", BOB, umask=0o077)
        assert (done.returncode, done.stderr) == (0, OTHER_REALM), done
        assert not sends(world, session)
        done = run_tool(policy, "resume", BOB)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert sends(world, session)


def test_a_suspension_ends_by_itself_in_an_open_session(world: World) -> None:
    policy = world.daemon.policy_file
    end = datetime.now(timezone.utc) + timedelta(seconds=6)
    with world.session("submissions", login=BOB) as session:
        until = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        done = run_tool(policy, "suspend", BOB, "--until", until)
        assert (done.returncode, done.stderr) == (0, OTHER_REALM), done
        assert f"{BOB} is suspended until {until}: its next message is refused" in done.stdout
        assert not sends(world, session)
        wait_for("its end", lambda: datetime.now(timezone.utc) > end + timedelta(seconds=1), 20)
        assert sends(world, session)
        done = run_tool(policy, "resume", BOB)
        assert done.returncode == 0, done


def test_a_mistake_elsewhere_keeps_nobody_from_being_stopped(world: World) -> None:
    policy = world.daemon.policy_file
    with world.session("submissions", login=BOB) as session:
        world.daemon.write(POLICY.replace("hosted_domains", "hosted_domain"))
        done = run_tool(policy, "suspend", BOB)
        assert done.returncode == 0, done
        assert "did you mean `hosted_domains`?" in done.stderr and "the old one stays in force, with this suspension" in done.stderr
        assert not sends(world, session)
        status = run_tool(policy, "status")
        assert status.returncode == 1 and "an older policy, with the suspensions" in status.stdout, status
        done = run_tool(policy, "resume", BOB)
        assert done.returncode == 0, done
        assert sends(world, session)


def test_a_daemon_of_another_policy_is_named(world: World, tmp_path: Path) -> None:
    other = tmp_path / "policy.toml"
    shutil.copy(world.daemon.policy_file, other)
    with world.session("submissions", login=BOB) as session:
        done = run_tool(other, "suspend", BOB)
        assert done.returncode == 2, done
        assert f"{BOB} is NOT suspended" in done.stderr and f"reads {world.daemon.policy_file}" in done.stderr
        assert sends(world, session)


def test_policy_d_is_beside_the_policy_as_it_is_named(world: World, tmp_path: Path) -> None:
    target = world.daemon.policy_file
    link = tmp_path / "policy.toml"
    link.symlink_to(target)
    for words in (["suspend", BOB], ["status"], ["reload"]):
        done = run_tool(link, *words)
        assert done.returncode == 2, done
        assert f"reads policy.d beside {link} (the daemon on " in done.stderr, done
        assert f"was given the same file as {target} and reads policy.d beside that: name it with -c" in done.stderr, done


def test_two_daemons_on_one_policy_are_both_told(world: World, tmp_path: Path) -> None:
    policy = world.daemon.policy_file
    spec = f"unix:{tmp_path}/second.sock"
    second = Child([str(program()), "-f", "-c", str(policy), "-p", spec], tmp_path / "log")
    try:
        wait_for("the second daemon", lambda: accepts(spec.removeprefix("unix:")))
        with world.session("submissions", login=BOB) as session, MilterClient(spec).open() as client:
            assert client.message(BOB, BOB).kind == "c"
            done = run_tool(policy, "suspend", BOB, "--json")
            assert done.returncode == 0, done
            assert {one["process"] for one in json.loads(done.stdout)["daemons"]} == {world.daemon.pid, second.pid}
            assert not sends(world, session)
            assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
    finally:
        assert second.stop() == 0


def test_a_reload_exits_1_and_says_the_mistakes(world: World) -> None:
    world.daemon.write(POLICY + "\nmood = 1\n")
    done = run_tool(world.daemon.policy_file, "reload")
    assert done.returncode == 1 and "unknown key `mood`" in done.stderr, done


# -- without a mail server: how the daemon was started is what matters


@pytest.fixture
def unprivileged() -> Iterator[Relaypermitd]:
    """A daemon of a user that cannot read what root makes under umask 077."""
    daemon = Relaypermitd(SMALL, "", user="nobody", group="nogroup")
    home = daemon.directory / "run"
    home.mkdir()
    shutil.chown(home, "nobody", "nogroup")
    daemon.write(f'{SMALL}\n[listen]\nmilter = "unix:{home}/milter.sock"\ncontrol = "unix:{home}/control.sock"\n')
    daemon.policy_file.chmod(0o644)
    with daemon:
        wait_for("its socket", lambda: accepts(f"{home}/milter.sock"))
        daemon.socket = f"unix:{home}/milter.sock"
        yield daemon


def test_a_folder_that_the_daemon_cannot_read_is_said_with_the_remedy(unprivileged: Relaypermitd) -> None:
    policy = unprivileged.policy_file
    folder = policy.parent / "policy.d"
    folder.mkdir(mode=0o700)
    with MilterClient(unprivileged.socket).open() as client:
        done = run_tool(policy, "suspend", BOB, umask=0o077)
        assert done.returncode == 2, done
        assert f"{BOB} is NOT suspended: " in done.stderr and "permission denied" in done.stderr
        assert client.message(BOB, BOB).kind == "c"
        remedy = done.stderr.splitlines()[-1].removeprefix("run: ")
        *mend, reload = remedy.split(" && ")
        for command in mend:
            subprocess.run(shlex.split(command), check=True)
        assert reload == f"relaypermit reload -c {policy}"
        done = run_tool(policy, *shlex.split(reload)[1:2])
        assert done.returncode == 0, done
        assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")


def test_what_the_tool_makes_under_umask_077_the_daemon_can_read(unprivileged: Relaypermitd) -> None:
    with MilterClient(unprivileged.socket).open() as client:
        done = run_tool(unprivileged.policy_file, "suspend", BOB, umask=0o077)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")


def test_the_daemons_own_user_may_reload_as_systemd_has_it(unprivileged: Relaypermitd) -> None:
    own = shutil.copy(tool(), unprivileged.directory)
    command = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", own, "reload",
               "-c", str(unprivileged.policy_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done
    command = ["daemon" if word in ("nobody", "nogroup") else word for word in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2 and "permission denied (run this as root" in done.stderr, done


def test_a_suspension_holds_under_a_socket_that_systemd_opened(tmp_path: Path) -> None:
    path = tmp_path / "activated.sock"
    policy = tmp_path / "policy.toml"
    policy.write_text(SMALL + f'[listen]\nmilter = "unix:{path}"\ncontrol = "unix:{tmp_path}/control.sock"\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen(100)
        process = start_activated(policy, listening, tmp_path / "log")
        try:
            with MilterClient(f"unix:{path}").open() as client:
                assert client.message(BOB, BOB).kind == "c"
                done = run_tool(policy, "suspend", BOB)
                assert (done.returncode, done.stderr) == (0, ""), done
                assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
        finally:
            process.terminate()
            assert process.wait(5) == 0


def test_a_daemon_that_hangs_has_confirmed_nothing(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(SMALL + f'[listen]\nmilter = "unix:{tmp_path}/m.sock"\ncontrol = "unix:{tmp_path}/c.sock"\n')
    child = Child([str(program()), "-f", "-c", str(policy)], tmp_path / "log")
    try:
        wait_for("its socket", lambda: accepts(str(tmp_path / "c.sock")))
        # The socket is there before the process that serves it.
        wait_for("who serves", lambda: worker_of(child.pid))
        worker = worker_of(child.pid)
        os.kill(worker, signal.SIGSTOP)
        done = run_tool(policy, "suspend", BOB)
        assert done.returncode == 2, done
        assert "NOT suspended" in done.stderr and "no answer within 5 s: the daemon hangs" in done.stderr
    finally:
        os.kill(worker, 18)  # SIGCONT
        assert child.stop() == 0


def test_a_daemon_without_a_control_socket_is_named_by_its_process(open_folder: Path) -> None:
    """It runs as another user, and on a socket that only its command line names."""
    policy, home = open_folder / "policy.toml", open_folder / "run"
    policy.write_text(SMALL + '[listen]\ncontrol = ""\n')
    home.mkdir()
    shutil.chown(home, "nobody", "nogroup")
    own = shutil.copy(program(), open_folder)
    child = Child(["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", own, "-f", "-c", str(policy),
                   "-p", f"unix:{home}/m.sock"], open_folder / "log")
    try:
        wait_for("its socket", lambda: accepts(f"{home}/m.sock"))
        with MilterClient(f"unix:{home}/m.sock").open() as client:
            done = run_tool(policy, "suspend", BOB)
            assert done.returncode == 2, done
            assert f"NOT suspended: process {child.pid} (relaypermitd) of the user nobody uses this policy and answers on no control socket" in done.stderr
            assert client.message(BOB, BOB).kind == "c"
            assert f"`kill -HUP {child.pid}`" in done.stderr
            child.send(signal.SIGHUP)
            wait_for("the reload", lambda: "reloaded" in (open_folder / "log").read_text())
            assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
    finally:
        assert child.stop() == 0
    done = run_tool(policy, "resume", BOB)
    assert f"no running relaypermitd reads {policy}" in done.stderr, done
    assert "uses this policy" not in done.stderr, "the lock has ended with it"


def test_a_daemon_of_other_files_is_noted_and_keeps_nothing_from_being_done(tmp_path: Path) -> None:
    """Both have the same control path, and the other one hangs."""
    policies = [tmp_path / name / "policy.toml" for name in ("own", "other")]
    children = []
    for policy in policies:
        policy.parent.mkdir()
        policy.write_text(f'{SMALL}[listen]\nmilter = "unix:{policy.parent}/m.sock"\ncontrol = "unix:{tmp_path}/c.sock"\n')
        children.append(Child([str(program()), "-f", "-c", str(policy)], policy.parent / "log"))
        wait_for("its socket", lambda at=policy: accepts(f"{at.parent}/m.sock"))
    try:
        with MilterClient(f"unix:{tmp_path}/own/m.sock").open() as client:
            assert client.message(BOB, BOB).kind == "c"
            done = run_tool(policies[0], "suspend", BOB)
            assert done.returncode == 0, done
            assert f"another relaypermitd, process {children[1].pid} ({policies[1]}), answers on {tmp_path}/c.sock.2 and " \
                "reads other files: it was not told" in done.stderr
            assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
            wait_for("who serves", lambda: worker_of(children[1].pid))
            os.kill(worker_of(children[1].pid), signal.SIGSTOP)
            done = run_tool(policies[0], "suspend", BOB)
            assert done.returncode == 0, done
            assert "By its locks it reads other files, and it was not told" in done.stderr
    finally:
        os.kill(worker_of(children[1].pid), signal.SIGCONT)
        assert [child.stop() for child in children] == [0, 0]


def test_a_lock_of_somebody_else_on_the_folder_is_passed_over_and_said(unprivileged: Relaypermitd) -> None:
    folder = unprivileged.policy_file.parent
    hold = f"import fcntl, os, time; fcntl.flock(os.open({str(folder)!r}, os.O_RDONLY), fcntl.LOCK_SH); print(flush=True); time.sleep(99)"
    command = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups", "/usr/bin/python3", "-c", hold]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as intruder:
        try:
            assert intruder.stdout and intruder.stdout.readline()
            with MilterClient(unprivileged.socket).open() as client:
                done = run_tool(unprivileged.policy_file, "suspend", BOB)
                assert done.returncode == 0, done
                assert f"process {intruder.pid} (python3) of the user daemon has locked the folder" in done.stderr
                assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
        finally:
            intruder.kill()


def opened_by(process: int) -> list[str]:
    names = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            names.append(os.readlink(descriptor))
    return names


def test_a_daemon_that_starts_during_a_suspension_reads_it(tmp_path: Path) -> None:
    """It has read the policy, the suspension is written, and only then can it be found and told."""
    path, policy = tmp_path / "m.sock", tmp_path / "policy.toml"
    policy.write_text(SMALL + f'[listen]\nmilter = "unix:{path}"\ncontrol = "unix:{tmp_path}/c.sock"\n')
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = Path(f"{path}.lock")
    with lock.open("w") as held:
        # The daemon, which opens its sockets once it has read the policy, waits for one that is about to be gone.
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(f"{ended.pid}\n")
        held.flush()
        child = Child([str(program()), "-f", "-c", str(policy)], tmp_path / "log")
        wait_for("the daemon to have read its policy",
                 lambda: str(lock) in opened_by(child.pid))
        folder = tmp_path / "policy.d"
        folder.mkdir()
        (folder / "00-suspended.toml").write_text(f'[[restrict]]\nid = "x"\nlogins = ["{BOB}"]\nsuspended = true\n')
    try:
        log = tmp_path / "log"
        wait_for("its start on the policy as it was", lambda: "0 restrictions" in log.read_text())
        wait_for("it to read the policy once more", lambda: "reloaded" in log.read_text())
        with MilterClient(f"unix:{path}").open() as client:
            assert client.mail(BOB, BOB).text.startswith("550 5.7.1 ")
    finally:
        assert child.stop() == 0
