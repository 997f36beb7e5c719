"""Whom contrib/fail2ban bans for what a real Postfix and relaypermitd log, and whom never.

fail2ban itself reads the lines (fail2ban-regex) and its configuration with ours in it; nothing of it runs
as a service.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspected import MailLog
from process import run
from world import PASSWORD, POLICY, World, message, policy_for

TREE = Path(__file__).resolve().parents[2]
FAIL2BAN = Path("/etc/fail2ban")
REMOTE = "someone@remote.invalid"
# What is banned; every other client of this file is not. The address that texts name is nobody's.
PROBES = ["203.0.113.1", "203.0.113.2", "2001:db8::7", "203.0.113.8"]
FRAMED = "198.51.100.99"
GUESSER = "203.0.113.66"
CLAIM = f"client={FRAMED} port=25 "
JSON_CLAIM = f'"client":"{FRAMED}","port":25,'
WHOLE = f"NOQUEUE: verdict=reject cause=relay-not-permitted ref=X stage=rcpt login=- mech=- sender=a from=- hdrsender=- rcpt=a mailer=a {CLAIM}"


def probe(world: World, client: str, sender: str, recipient: str = REMOTE, helo: str = "laptop.example") -> None:
    with world.session("smtp", client=client, tls=False, helo=helo) as session:
        assert session.mail(sender).ok
        assert session.rcpt(recipient).code in (550, 554)


def hostile_texts() -> list[str]:
    """What a client may put where it can write."""
    return [JSON_CLAIM, f"\\{JSON_CLAIM}", f'x","mailer":null,{JSON_CLAIM}', CLAIM, f'"{CLAIM}', f'\\" {CLAIM}', f"{CLAIM}relaypermitd[1]: {WHOLE}", f"host relaypermitd[1]: {WHOLE}", f"x: {WHOLE}"]


def quoted(text: str) -> str:
    """An address with this text as its local part."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@elsewhere.invalid'


def customers(world: World) -> None:
    """Everything for which somebody with an account is refused, and mail that passes."""
    def refused(client: str, sender: str, author: str = "", login: str = "alice@example.com", **options: str) -> None:
        with world.session("submission", client=client, login=login, **options) as session:
            reply = session.mail(sender)
            if author:
                assert reply.ok and session.rcpt(REMOTE).ok
                reply = session.data(message(author))
            assert reply.code in (530, 550), reply
    refused("198.51.100.1", "boss@example.com")
    refused("198.51.100.2", "alice@gmail.invalid")
    refused("198.51.100.3", "alice@example.com", "boss@example.com")
    refused("198.51.100.4", "alice@example.com", "a@x.invalid\r\nFrom: b@x.invalid")
    refused("198.51.100.5", "mallory@example.com", login="mallory@example.com")
    refused("198.51.100.6", "alice@example.com", login="")
    for text in hostile_texts():
        refused("198.51.100.7", quoted(text))
        refused("198.51.100.8", "boss@example.com", helo=text)
        refused("198.51.100.9", "alice@example.com", f"{quoted(text)}")
        refused("198.51.100.10", "alice@example.com", login="", helo=text)
    with world.session("submission", client="198.51.100.11", login="alice@example.com") as session:
        assert session.mail("alice@example.com").ok and session.rcpt(REMOTE).ok
        assert session.data(message()).ok


def strangers(world: World) -> None:
    probe(world, PROBES[0], "stranger@elsewhere.invalid")
    probe(world, PROBES[1], "alice@example.com")
    probe(world, PROBES[2], "")
    # Those who probe and write are themselves banned, and nobody else.
    for text in hostile_texts():
        probe(world, PROBES[3], quoted(text))
        probe(world, PROBES[3], "x@elsewhere.invalid", recipient=quoted(text), helo=text)
    # Mail for this server from anywhere is what port 25 is for.
    with world.session("smtp", client="203.0.113.9", tls=False, helo=CLAIM) as session:
        assert session.mail("x@elsewhere.invalid").ok and session.rcpt("bob@example.com").ok
        assert session.data(message("x@elsewhere.invalid")).ok


def rfc3339(log: str) -> str:
    """The log with the stamps that Debian's rsyslog writes."""
    month = {name: f"{number:02}" for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
    return re.sub(r"^(\w{3}) ([ \d]\d) ([\d:]{8}) ",
                  lambda m: f"2026-{month[m[1]]}-{m[2].replace(' ', '0')}T{m[3]}.123456+00:00 ", log, flags=re.MULTILINE)


@pytest.fixture(name="configuration", scope="module")
def _configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fail2ban's own configuration with ours beside it."""
    folder = tmp_path_factory.mktemp("fail2ban") / "fail2ban"
    shutil.copytree(FAIL2BAN, folder)
    for other in (folder / "jail.d").iterdir():
        other.unlink()
    for part in ("filter.d", "jail.d"):
        shutil.copy(TREE / "contrib/fail2ban" / part / "relaypermitd.conf", folder / part)
    return folder


@pytest.fixture(name="log", scope="module", params=["logfmt", "json"])
def _log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mail log of all of them, with BSD stamps, in each form of a decision."""
    world = World()
    world.daemon.write(policy_for(world.postfix, f'{POLICY}\n[log]\nformat = "{request.param}"\n'))
    with world:
        maillog = MailLog(world, tmp_path_factory.mktemp("log") / "mail.log")
        customers(world)
        strangers(world)
        with world.session("submission", client=GUESSER) as session:
            for _ in range(3):
                assert session.auth("alice@example.com", PASSWORD + "?").code == 535
        maillog.take("authentication failed", times=3)
        yield maillog.file.read_text()


def matched(configuration: Path, log: str, name: str, folder: Path) -> list[str]:
    """The addresses that the filter finds, one for each line that it matches."""
    file = folder / "mail.log"
    file.write_text(log)
    done = subprocess.run(["fail2ban-regex", "-c", str(configuration), "-o", "ip", str(file), name],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 255) and "ERROR" not in done.stderr, done.stdout + done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("stamps", [str, rfc3339], ids=["BSD stamps", "RFC 3339 stamps"])
def test_strangers_who_probe_are_found_and_nobody_else(configuration: Path, log: str, stamps: type, tmp_path: Path) -> None:
    found = matched(configuration, stamps(log), "relaypermitd", tmp_path)
    assert set(found) == set(PROBES)
    assert [found.count(client) for client in PROBES] == [1, 1, 1, 2 * len(hostile_texts())], found


def test_the_log_holds_what_could_fool_a_filter(log: str) -> None:
    """So that the test above says something: refusals of customers for each cause, and texts that name somebody."""
    causes = set(re.findall(r'["\s]cause"?[=:]"?([a-z-]+)', log))
    assert {"sender-not-owned", "sender-not-hosted", "from-not-owned", "from-unusable", "account-suspended", "login-required"} <= causes
    for number in range(1, 12):
        assert re.search(rf'client(=|":")198\.51\.100\.{number}[ "]', log), number
    for key in ("helo", "sender", "rcpt", "from"):
        assert re.search(rf'{key}(=|":\[?)"[^ ]*client={FRAMED}', log), key


def test_lines_of_other_programs_never_count(configuration: Path, log: str, tmp_path: Path) -> None:
    others = log.replace(" relaypermitd[", " postfix/smtpd[") + "".join(
        f"Nov 28 03:50:00 mail {program}: {text}\n" for program in ("postfix/smtpd[7]", "sshd[1]", "xrelaypermitd[1]", "kernel")
        for text in (*hostile_texts(), WHOLE))
    assert matched(configuration, others, "relaypermitd", tmp_path) == []


@pytest.mark.parametrize("verdict, bans", [("reject", True), ("mta-reject", True), ("monitor", False), ("tempfail", False)])
def test_who_was_not_refused_is_not_banned(configuration: Path, log: str, verdict: str, bans: bool, tmp_path: Path) -> None:
    line = next(line for line in log.splitlines() if re.search(rf'client(=|":"){PROBES[0]}', line))
    line = line.replace("verdict=reject", f"verdict={verdict}").replace('"reject"', f'"{verdict}"') + "\n"
    assert matched(configuration, line, "relaypermitd", tmp_path) == ([PROBES[0]] if bans else [])


def test_wrong_passwords_are_found_by_fail2bans_own_filter_in_postfixs_lines(configuration: Path, log: str, tmp_path: Path) -> None:
    assert matched(configuration, log, "postfix[mode=auth]", tmp_path) == [GUESSER] * 3


def test_fail2bans_own_filter_does_not_ban_for_our_replies(configuration: Path, log: str, tmp_path: Path) -> None:
    # As Postfix logs them: milter-reject with our text.
    found = matched(configuration, log, "postfix", tmp_path)
    assert "milter-reject" in log and [client for client in found if client.startswith("198.51.100.")] == []


@pytest.mark.parametrize("source", ["file", "journal"])
def test_the_jail_is_off_until_it_is_turned_on_and_closes_port_25_alone(configuration: Path, source: str, tmp_path: Path) -> None:
    def shown() -> str:
        assert run(["fail2ban-client", "-c", str(configuration), "-t"]).strip() == "OK: configuration test is successful"
        return run(["fail2ban-client", "-c", str(configuration), "-d"])
    assert "relaypermitd" not in shown()
    log = tmp_path / "mail.log"
    log.touch()
    local = configuration / "jail.local"
    local.write_text("[relaypermitd]\nenabled = true\n" + (f"postfix_backend = auto\npostfix_log = {log}\n" if source == "file" else "postfix_backend = systemd\n"))
    try:
        jail = shown()
    finally:
        local.unlink()
    expected = f"'addlogpath', '{log}'" if source == "file" else "'addjournalmatch', '_SYSTEMD_UNIT=relaypermitd.service'"
    assert "['add', 'relaypermitd'," in jail and expected in jail
    assert ["smtp"] == re.findall(r"\['port', '([^']*)'\]", jail), jail
