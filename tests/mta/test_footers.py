"""What Postfix says by itself has our words behind it, and what relaypermitd says has not: `relaypermit footers`
in smtpd_reject_footer_maps of a real Postfix."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import tool
from process import run
from postfix import Service
from world import STRANGER, World, policy_for

ASK = "For help ask postmaster@example.com - https://help.example.com/relay"
TLS = f"set connection security to STARTTLS in the outgoing server settings of your program or device. {ASK}#tls-required"
REMOTE = "someone@remote.invalid"


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("footers")
    folder.chmod(0o755)
    table = folder / "relaypermit_footers"
    owners = folder / "owners"
    owners.write_text("/^boss@example.com$/ bob@example.com\n")
    world = World(settings={
        "smtpd_reject_footer_maps": f"regexp:{table}",
        "smtpd_sender_login_maps": f"regexp:{owners}",
        "smtpd_sender_restrictions": "reject_sender_login_mismatch",
    }, extra_services={"bare": Service({
        # relaypermitd has no say here.
        "smtpd_milters": "",
        "smtpd_tls_security_level": "encrypt",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_tls_auth_only": "yes",
    })})
    world.daemon.write(policy_for(world.postfix))
    table.write_text(run([str(tool()), "footers", "-c", str(world.daemon.policy_file)]))
    table.chmod(0o644)
    owners.chmod(0o644)
    with world:
        yield world


def test_a_wrong_password(world: World) -> None:
    with world.session() as session:
        reply = session.auth("alice@example.com", "wrong")
    assert str(reply).startswith("535 5.7.8 Error: authentication failed: "), reply
    assert str(reply).endswith(
        f" - enter your user name and password for the outgoing server anew. {ASK}#wrong-password"), reply
    explained = subprocess.run([tool(), "explain", "-c", world.daemon.policy_file, "--login", "alice@example.com",
                                "--wrong-password", "--json"], capture_output=True, text=True, check=False)
    assert explained.returncode == 1, explained.stderr
    assert json.loads(explained.stdout)["reply"] == str(reply)


def test_no_starttls(world: World) -> None:
    with world.session("bare", tls=False) as session:
        reply = session.mail("alice@example.com")
    assert str(reply) == f"530 5.7.0 Must issue a STARTTLS command first - {TLS}"


def test_a_login_ahead_of_starttls(world: World) -> None:
    with world.session(tls=False) as session:
        reply = session.command("AUTH PLAIN AGEAYgBj")
    assert reply.code in (503, 530) and str(reply).endswith(TLS), reply


def test_an_address_that_postfix_keeps_for_another(world: World) -> None:
    with world.session("bare", tls=True, login="alice@example.com") as session:
        session.mail("boss@example.com")
        reply = session.rcpt(REMOTE)
    assert str(reply) == (
        "553 5.7.1 <boss@example.com>: Sender address rejected: not owned by user alice@example.com - use your own address "
        "as 'From'. To send as another one ask postmaster@example.com - https://help.example.com/relay#sender-not-owned")


def test_what_relaypermitd_says_gets_nothing_more(world: World) -> None:
    mark = world.daemon.mark()
    with world.session(login="alice@example.com") as session:
        world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    mark = world.daemon.mark()
    with world.session("smtp", client=STRANGER) as session:
        session.mail("bob@example.com")
        reply = session.rcpt(REMOTE)
    record = world.daemon.wait_for_records(mark)[-1]
    assert str(reply).endswith(f"#use-submission - ref {record['ref']}"), reply


def test_while_relaypermitd_is_away(world: World) -> None:
    world.daemon.end()
    try:
        with world.session("smtp", client=STRANGER) as session:
            waits = session.mail("x@remote.invalid")
        with world.session("bare", client=STRANGER, tls=True) as session:
            session.mail("x@remote.invalid")
            denied = session.rcpt(REMOTE)
    finally:
        world.daemon.start()
    assert str(waits) == ("451 4.7.1 Service unavailable - try again later - wait five minutes and send again. Your settings "
                          "are right. If it lasts ask postmaster@example.com - https://help.example.com/relay#lookup-failed")
    assert str(denied) == (f"554 5.7.1 <{REMOTE}>: Relay access denied - set outgoing server port to 587 and STARTTLS with "
                           f"user name and password. {ASK}#use-submission")
