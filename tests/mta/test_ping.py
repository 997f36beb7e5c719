"""`relaypermit ping` and the daemon: as a monitoring system runs it, in every state that the daemon can be in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import Relaypermitd, tool
from milter_client import MilterClient
from process import accepts, wait_for

POLICY = """
[server]
name = "mail.example.com"
[relay]
hosted_domains = ["example.com"]
[listen]
milter    = "unix:{0}/milter.sock"
policy    = "unix:{0}/policy.sock"
socketmap = "unix:{0}/map.sock"
control   = "unix:{0}/control.sock"
"""


@pytest.fixture
def daemon(open_folder: Path) -> Iterator[Relaypermitd]:
    with Relaypermitd(POLICY.format(open_folder), "") as running:
        running.socket = f"unix:{open_folder}/milter.sock"
        wait_for("its sockets", lambda: all(accepts(f"{open_folder}/{name}.sock") for name in ("milter", "policy", "map")))
        yield running


def ping(daemon: Relaypermitd, *options: str, user: str = "") -> tuple[int, str]:
    identity = ["setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups"] if user else []
    done = subprocess.run([*identity, str(tool()), "ping", "-c", str(daemon.policy_file), *options], capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_a_daemon_that_serves_is_ok_and_nothing_is_recorded(daemon: Relaypermitd) -> None:
    mark = daemon.mark()
    code, line = ping(daemon)
    assert code == 0, line
    assert line.startswith("RELAYPERMIT OK - milter, policy, socketmap answer in ")
    assert "; enforce mode, 0 aliases, 0 restrictions | time=0.0" in line
    assert daemon.log()[mark:] == "", "neither a decision nor a complaint"
    told = json.loads(subprocess.run([str(tool()), "status", "--json", "-c", str(daemon.policy_file)], capture_output=True,
                                     text=True, check=True).stdout)
    assert told[0]["sessions"] == 0, "its session has ended"


def test_a_daemon_that_has_ended_is_critical(daemon: Relaypermitd) -> None:
    daemon.end()
    code, line = ping(daemon)
    assert code == 2 and "milter on unix:" in line and "there is no such socket" in line


def test_a_daemon_that_was_killed_is_critical(daemon: Relaypermitd) -> None:
    daemon.kill()
    wait_for("the end of who served", lambda: not accepts(daemon.socket.removeprefix("unix:")))
    code, line = ping(daemon)
    assert code == 2 and "nobody listens there" in line


def test_a_daemon_that_hangs_is_critical_when_the_time_is_up(daemon: Relaypermitd) -> None:
    worker = daemon.worker
    os.kill(worker, signal.SIGSTOP)
    try:
        code, line = ping(daemon, "--timeout", "0.5")
    finally:
        os.kill(worker, signal.SIGCONT)
    assert code == 2 and "no answer in time" in line
    assert ping(daemon)[0] == 0


def test_a_policy_on_disk_that_is_not_in_force_is_a_warning(daemon: Relaypermitd, open_folder: Path) -> None:
    # Just after its start it looks once more whether the policy has changed; a signal is taken after that.
    mark = daemon.mark()
    daemon.reload()
    daemon.wait_for_log("reloaded", mark)
    daemon.write(POLICY.format(open_folder) + '[groups]\nsales = ["a@example.com"]\n')
    code, line = ping(daemon)
    assert code == 1 and "the policy on disk is not the one in force" in line
    daemon.write(POLICY.format(open_folder) + "mood = 1\n")
    code, line = ping(daemon)
    assert code == 1 and "the policy on disk has 1 mistake" in line
    daemon.write(POLICY.format(open_folder))
    assert ping(daemon)[0] == 0


def test_who_may_not_connect_is_told_that_and_raises_no_alarm(daemon: Relaypermitd, open_folder: Path) -> None:
    daemon.policy_file.chmod(0o644)
    (open_folder / "milter.sock").chmod(0o600)
    code, line = ping(daemon, user="nobody")
    assert code == 3 and "permission denied" in line
    for name in ("milter", "policy", "map"):
        (open_folder / f"{name}.sock").chmod(0o666)
    (open_folder / "control.sock").chmod(0o600)
    code, line = ping(daemon, user="nobody")
    assert code == 0 and "the policy in force is not known: permission denied" in line
    daemon.policy_file.chmod(0o600)
    code, line = ping(daemon, user="nobody")
    assert code == 3 and "Permission denied" in line and "--socket" in line
    assert ping(daemon, "--socket", daemon.socket, user="nobody")[0] == 0


def test_without_a_control_socket_that_should_be_there_it_is_a_warning(daemon: Relaypermitd, open_folder: Path) -> None:
    (open_folder / "control.sock").unlink()
    code, line = ping(daemon)
    assert code == 1 and "no daemon of this policy answers on the control socket" in line


def test_a_ping_beside_sessions_leaves_them_alone(daemon: Relaypermitd) -> None:
    with MilterClient(daemon.socket).open() as client:
        assert client.mail("alice@example.com", "alice@example.com").kind == "c"
        assert ping(daemon)[0] == 0
        assert client.rcpt("someone@remote.example").kind == "c"
        client.header("From", "alice@example.com")
        assert client.end().kind == "c"
