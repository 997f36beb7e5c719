"""What mail programs without a window show of a refusal: each logs in to a real Postfix as alice, sends as bob,
and what it prints names the remedy, whom to ask and the reference."""

from __future__ import annotations

import os
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from world import PASSWORD, World

LOGIN = "alice@example.com"
COLLEAGUE = "bob@example.com"
REMOTE = "someone@remote.invalid"
BODY = f"From: {COLLEAGUE}\nTo: {REMOTE}\nSubject: hello\n\nhello\n"
WORDS = f"Not sent - use {LOGIN} as 'From'. To send as {COLLEAGUE} ask postmaster@example.com - "


def ran(folder: Path, *command: str, stdin: str = BODY) -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "HOME": str(folder), "LC_ALL": "C"})
    return done.stdout + done.stderr


def msmtp(folder: Path, port: int) -> str:
    return ran(folder, "msmtp", "--file=/dev/null", "--host=127.0.0.1", f"--port={port}", "--tls=on",
               "--tls-certcheck=off", "--auth=plain", f"--user={LOGIN}", f"--passwordeval=echo {PASSWORD}",
               f"--from={COLLEAGUE}", REMOTE)


def curl(folder: Path, port: int) -> str:
    """Its text is in -v alone."""
    return ran(folder, "curl", "-sv", "--ssl-reqd", "-k", f"smtp://127.0.0.1:{port}", "-u", f"{LOGIN}:{PASSWORD}",
               "--mail-from", COLLEAGUE, "--mail-rcpt", REMOTE, "-T", "-")


def swaks(folder: Path, port: int) -> str:
    return ran(folder, "swaks", "--server", "127.0.0.1", "--port", str(port), "--tls", "--auth", "PLAIN", "--auth-user",
               LOGIN, "--auth-password", PASSWORD, "--from", COLLEAGUE, "--to", REMOTE)


def s_nail(folder: Path, port: int) -> str:
    user = LOGIN.replace("@", "%40")
    return ran(folder, "s-nail", "-n", "-S", "v15-compat", "-S", f"mta=smtp://{user}:{PASSWORD}@127.0.0.1:{port}", "-S",
               "smtp-use-starttls", "-S", "smtp-auth=plain", "-S", "tls-verify=ignore", "-S", f"from={COLLEAGUE}", "-S",
               "sendwait", "-r", COLLEAGUE, "-s", "hello", REMOTE, stdin="hello\n")


def mutt(folder: Path, port: int) -> str:
    (folder / "muttrc").write_text(
        f'set smtp_url="smtp://{LOGIN.replace("@", "%40")}@127.0.0.1:{port}/"\nset smtp_pass="{PASSWORD}"\n'
        f'set from="{COLLEAGUE}"\nset envelope_from_address="{COLLEAGUE}"\nset use_envelope_from=yes\n'
        f'set ssl_force_tls=yes\nset ssl_verify_host=no\nset ssl_verify_dates=no\n'
        f'set certificate_file="{folder}/cert.pem"\nset copy=no\nset hostname=client.example\n')
    return ran(folder, "mutt", "-F", str(folder / "muttrc"), "-s", "hello", REMOTE, stdin="hello\n")


def smtplib_of_python(_: Path, port: int) -> str:
    context = ssl._create_unverified_context()  # pylint: disable=protected-access
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.starttls(context=context)
        client.login(LOGIN, PASSWORD)
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail(COLLEAGUE, REMOTE, BODY)
    return refused.value.smtp_error.decode()


PROGRAMS: list[Callable[[Path, int], str]] = [msmtp, curl, swaks, s_nail, mutt, smtplib_of_python]


@pytest.fixture(name="world", scope="module")
def _world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_it_shows_the_remedy(world: World, tmp_path: Path, program: Callable[[Path, int], str]) -> None:
    certificate = world.postfix.directory / "tls/cert.pem"
    (tmp_path / "cert.pem").write_text(certificate.read_text())
    mark = world.daemon.mark()
    shown = " ".join(program(tmp_path, world.postfix.ports["submission"]).split())
    record = world.daemon.wait_for_records(mark)[-1]
    assert record["cause"] == "sender-not-owned", record.line
    assert WORDS in shown, shown
    assert shown.count(f"ref {record['ref']}") >= 1, shown
