"""`relaypermit ping` before sockets that are no relaypermitd's; tests/mta/test_ping.py asks the real one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOOL = os.environ["RELAYPERMIT_TOOL"]
OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3


def ping(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOL, "ping", *options], capture_output=True, text=True, timeout=60, check=False)


def state(done: subprocess.CompletedProcess[str]) -> int:
    """The exit code, which the first line names too."""
    words = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
    assert done.stdout.startswith(f"RELAYPERMIT {words[done.returncode]} - "), done
    assert done.stdout.count("\n") == 1 and done.stdout.count(" | time=") == 1, done
    return done.returncode


@contextmanager
def answering(path: Path, answer: bytes | None, end: bool = False) -> Iterator[None]:
    """A server that says the same to everybody, or nothing; `end`: and hangs up."""
    kept: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(10)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                kept.append(peer)
                if answer:
                    peer.sendall(answer)
                if end:
                    peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for peer in kept:
                peer.close()


def test_a_socket_that_is_not_there_or_has_nobody_is_critical(tmp_path: Path) -> None:
    done = ping("--socket", f"unix:{tmp_path}/m.sock")
    assert state(done) == CRITICAL and "there is no such socket" in done.stdout
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{tmp_path}/m.sock")
    done = ping("--socket", f"unix:{tmp_path}/m.sock")
    assert state(done) == CRITICAL and "nobody listens there" in done.stdout
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        done = ping("--socket", f"inet:{port.getsockname()[1]}@127.0.0.1")
        assert state(done) == CRITICAL and "nobody listens there" in done.stdout


@pytest.mark.parametrize("answer", [
    b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x01r",
    # A milter of another kind, which asks for no macros of ours.
    b"\0\0\0\x0dO\0\0\0\x06\0\0\0\x11\0\0\0\0", b"\xff\xff\xff\xffO", b"\0" * 20000],
    ids=["smtp", "http", "refused", "another milter", "length", "zeros"])
def test_another_service_on_the_socket_is_critical(tmp_path: Path, answer: bytes) -> None:
    with answering(tmp_path / "m.sock", answer):
        done = ping("--socket", f"unix:{tmp_path}/m.sock", "--timeout", "5")
    assert state(done) == CRITICAL and "what answers there is no relaypermitd" in done.stdout


def test_who_hangs_up_is_critical(tmp_path: Path) -> None:
    with answering(tmp_path / "m.sock", None, end=True):
        done = ping("--socket", f"unix:{tmp_path}/m.sock")
    assert state(done) == CRITICAL and "it hung up" in done.stdout


@pytest.mark.parametrize("answer", [None, b"\0\0\1"], ids=["nothing", "half an answer"])
def test_silence_is_critical_when_the_time_is_up(tmp_path: Path, answer: bytes | None) -> None:
    with answering(tmp_path / "m.sock", answer):
        begin = time.monotonic()
        done = ping("--socket", f"unix:{tmp_path}/m.sock", "--timeout", "0.3")
    assert state(done) == CRITICAL and "no answer in time" in done.stdout
    assert 0.3 <= time.monotonic() - begin < 10


def test_a_socket_that_takes_no_connection_is_critical(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/m.sock")
        listening.listen(0)
        waiting = []
        for _ in range(3):
            peer = socket.socket(socket.AF_UNIX)
            peer.setblocking(False)
            peer.connect_ex(f"{tmp_path}/m.sock")
            waiting.append(peer)
        done = ping("--socket", f"unix:{tmp_path}/m.sock")
        for peer in waiting:
            peer.close()
    assert state(done) == CRITICAL and "it takes no connections" in done.stdout


@pytest.mark.parametrize("options", [
    ("--socket", "fd:3"), ("--socket", "tcp:25"), ("--socket", "inet:1@host.invalid"), ("--timeout", "0"), ("--timeout", "x"),
    ("--warning", "-1"), ("--critical", "1e9"), ("--warning", "3", "--critical", "2"), ("-c", "/nonexistent/policy.toml")])
def test_what_cannot_be_asked_is_unknown(options: tuple[str, ...]) -> None:
    assert state(ping(*options)) == UNKNOWN


def test_a_wrong_command_line_is_unknown_and_no_alarm() -> None:
    done = ping("--sockte", "x")
    assert done.returncode == UNKNOWN and "--socket" in done.stderr


def test_json_has_the_same_exit_code(tmp_path: Path) -> None:
    done = ping("--json", "--socket", f"unix:{tmp_path}/m.sock")
    told = json.loads(done.stdout)
    assert (done.returncode, told["state"]) == (CRITICAL, "CRITICAL")
    assert told["sockets"] == [{"protocol": "milter", "address": f"unix:{tmp_path}/m.sock", "answered": False,
                                "seconds": told["sockets"][0]["seconds"], "why": "there is no such socket"}]


MILTER = b"\0\0\0\x1aO" + b"\0\0\0\x06" + b"\0" * 8 + b"{rcpt_mailer}"
DUNNO = b"action=DUNNO\n\n"


def policy(folder: Path) -> str:
    file = folder / "policy.toml"
    names = {"milter": "m", "policy": "p", "control": "c"}
    file.write_text('[server]\nname = "mail.example.com"\n[relay]\nhosted_domains = ["example.com"]\n[listen]\n'
                    + "".join(f'{key} = "unix:{folder}/{name}.sock"\n' for key, name in names.items()))
    return str(file)


def test_a_control_socket_that_hangs_is_a_warning_within_the_second(tmp_path: Path) -> None:
    with answering(tmp_path / "m.sock", MILTER), answering(tmp_path / "p.sock", DUNNO), answering(tmp_path / "c.sock", None):
        begin = time.monotonic()
        done = ping("-c", policy(tmp_path))
        took = time.monotonic() - begin
    assert state(done) == WARNING and "no answer within" in done.stdout, done.stdout
    assert "the policy in force is not known" in done.stdout
    assert took < 3, "half a second, on a machine that is not busy"


def test_a_socket_that_hangs_takes_no_time_from_the_others(tmp_path: Path) -> None:
    with answering(tmp_path / "m.sock", None), answering(tmp_path / "p.sock", DUNNO), answering(tmp_path / "c.sock", None):
        begin = time.monotonic()
        done = ping("-c", policy(tmp_path), "--warning", "0.5", "--critical", "0.8")
        took = time.monotonic() - begin
    assert state(done) == CRITICAL and "milter on unix:" in done.stdout
    assert "policy on unix:" not in done.stdout, "it answered"
    assert took < 4, "0.8 s, on a machine that is not busy"
