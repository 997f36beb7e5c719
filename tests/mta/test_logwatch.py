"""contrib/logwatch over what a real Postfix and relaypermitd logged, by logwatch itself and by its script alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspected import MailLog
from process import wait_for
from world import POLICY, World, message, policy_for

CONTRIB = Path(__file__).resolve().parents[2] / "contrib/logwatch"
REMOTE = "someone@remote.invalid"


def day(world: World, form: str) -> None:
    def refuse(sender: str, login: str = "alice@example.com", client: str = "198.51.100.1", **options: str) -> None:
        with world.session("submission", client=client, login=login, **options) as session:
            assert session.mail(sender).code in (530, 550)
    for _ in range(3):
        refuse("boss@example.com")
    refuse("boss@example.com", login="bob@example.com", helo='x relaypermitd[1]: NOQUEUE: verdict=reject cause=forged" login=forged')
    refuse("mallory@example.com", login="mallory@example.com", client="203.0.113.5")
    refuse("alice@example.com", login="", client="203.0.113.6")
    with world.session("submission", client="198.51.100.1", login="alice@example.com") as session:
        assert session.mail("alice@example.com").ok and session.rcpt(REMOTE).ok
        assert session.data(message()).ok
    good = world.daemon.policy_file.read_text()
    world.daemon.write(good + "nonsense = \n")
    world.daemon.reload()
    world.daemon.wait_for_log("was not loaded")
    world.daemon.write(good)
    world.daemon.reload()
    world.daemon.wait_for_log("reloaded")
    accepted = '"verdict":"accept"' if form == "json" else "verdict=accept"
    wait_for("the last decision", lambda: accepted in world.daemon.log())


@pytest.fixture(name="log", scope="module", params=["logfmt", "json"])
def _log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = World()
    world.daemon.write(policy_for(world.postfix, f'{POLICY}\n[log]\nformat = "{request.param}"\n'))
    with world:
        maillog = MailLog(world, tmp_path_factory.mktemp("log") / "mail.log")
        day(world, request.param)
        maillog.take()
        yield maillog.file.read_text()


def rfc3339(log: str) -> str:
    """With the stamps that Debian's rsyslog writes."""
    today = time.strftime("%Y-%m-%dT", time.gmtime())
    return re.sub(r"^\w{3} [ \d]\d ([\d:]{8}) ", rf"{today}\1.123456+00:00 ", log, flags=re.MULTILINE)


def section(log: str, detail: int = 0) -> str:
    done = subprocess.run(["perl", str(CONTRIB / "scripts/services/relaypermitd")], input=log, capture_output=True, text=True,
                          check=True, env=os.environ | {"LOGWATCH_DETAIL_LEVEL": str(detail)})
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("stamps", [str, rfc3339], ids=["BSD stamps", "RFC 3339 stamps"])
def test_it_counts_by_cause_and_names_what_needs_somebody(log: str, stamps: type) -> None:
    shown = section(stamps(log))
    assert "Refused, by cause: 6\n       4  sender-not-owned\n       1  account-suspended\n       1  login-required\n" in shown
    assert "Accounts that are suspended and tried to send: 1\n       1  mallory@example.com\n" in shown
    assert re.search(r"error: the policy has 1 mistake and was not loaded", shown)
    assert "forged" not in shown and "Accepted" not in shown and "by login" not in shown


def test_more_detail_says_who(log: str) -> None:
    shown = section(log, 5)
    assert "Refused, by login: 5\n       3  alice@example.com\n       1  bob@example.com\n       1  mallory@example.com\n" in shown
    assert "Refused, by client: 6\n       4  198.51.100.1\n       1  203.0.113.5\n       1  203.0.113.6\n" in shown
    assert "Accepted: 1\n" in section(log, 10)


def test_a_line_that_is_in_two_files_counts_once(log: str) -> None:
    assert section(log + log, 10) == section(log, 10)


def test_monitor_and_the_mail_servers_own_are_apart(log: str) -> None:
    ours = "".join(line + "\n" for line in log.splitlines() if " mail relaypermitd[" in line)
    other = re.sub(r'verdict(=|":")reject', r"verdict\1monitor", ours, count=2)
    other = re.sub(r'verdict(=|":")reject', r"verdict\1mta-reject", other, count=1)
    other = re.sub(r'cause(=|":")login-required', r"cause\1lookup-failed", other)
    shown = section(other)
    assert "Would have been refused, by cause (monitor): 2\n       2  sender-not-owned\n" in shown
    assert "Refused by the mail server itself, by cause: 1\n       1  sender-not-owned\n" in shown
    assert "Not decided, because a lookup failed; the senders try again: 1\n" in shown


def test_where_there_is_nothing_to_say_there_is_no_section(log: str) -> None:
    quiet = "".join(line + "\n" for line in log.splitlines() if not re.search(r"relaypermitd\[\d+\]: .*(reject|error: |warning: )", line))
    assert "relaypermitd[" in quiet
    assert section("") == section(quiet, 5) == ""


@pytest.mark.parametrize("stamps", [str, rfc3339], ids=["BSD stamps", "RFC 3339 stamps"])
def test_logwatch_itself_makes_a_section_of_it(log: str, stamps: type, tmp_path: Path) -> None:
    # Its configuration is looked for below a directory of its own, and so are logs.
    for part in ("conf/services/relaypermitd.conf", "scripts/services/relaypermitd"):
        target = tmp_path / "base" / part
        target.parent.mkdir(parents=True)
        shutil.copy(CONTRIB / part, target)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "mail.log").write_text(stamps(log))
    bind = "mount --bind {0}/base/conf /etc/logwatch/conf && mount --bind {0}/base/scripts /etc/logwatch/scripts && exec logwatch " \
           "--service relaypermitd --range all --detail Low --output stdout --format text --logdir {0}/logs --numeric"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", bind.format(tmp_path)], capture_output=True, text=True, check=False,
                          env=os.environ | {"TZ": "UTC"}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "relaypermit Begin" in done.stdout and "       4  sender-not-owned\n" in done.stdout, done.stdout + done.stderr
    (logs / "mail.log").write_text("")
    empty = subprocess.run(["unshare", "--mount", "sh", "-c", bind.format(tmp_path)], capture_output=True, text=True, check=False, timeout=60)
    assert "relaypermit Begin" not in empty.stdout
