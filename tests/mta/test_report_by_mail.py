"""The report that relaypermit-report.service mails, by the commands of that unit through a real Postfix."""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
from pathlib import Path

from inspected import Inspected
from process import wait_for

UNIT = Path(__file__).resolve().parents[2] / "contrib/systemd/relaypermit-report.service"
ADMIN = "postmaster@remote.invalid"


def test_the_report_of_the_week_arrives_and_no_client_writes_its_header(tmp_path: Path) -> None:
    with Inspected() as world:
        with world.session("submission", client="198.51.100.1", login="alice@example.com") as session:
            assert session.mail('"x\\ Bcc: all"@example.com').code == 550
            session.rset()
            assert session.mail("boss@example.com").code == 550
        world.wait_until_stored(2)
        # As the unit has it, with what systemd would put in: the variables, the programs, the policy, the folder.
        make, = re.findall(r"^ExecStart=/bin/sh -c 'exec (.*)'$", UNIT.read_text(), re.MULTILINE)
        send, = re.findall(r"^ExecStartPost=.* -- /bin/sh -c 'exec (.*)'$", UNIT.read_text(), re.MULTILINE)
        tool = world.command("report")[0]
        make = make.replace("/usr/bin/relaypermit report", f"{tool} report -c {world.daemon.policy_file}")
        environment = {"RECIPIENT": ADMIN, "SINCE": "7d", "TZ": "UTC", "PATH": "/usr/bin:/bin:/usr/sbin",
                       "MAIL_CONFIG": str(world.postfix.etc)}
        for command in (make, send):
            subprocess.run(["sh", "-c", command.replace("/run/relaypermit-report", str(tmp_path))], env=environment, check=True,
                           timeout=60, stdin=subprocess.DEVNULL)
        raw = wait_for("the report", lambda: world.sent("refusals"))
    # Before the message the sink writes the envelope.
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["To"] == ADMIN and message["Bcc"] is None and message["From"]
    assert re.fullmatch(r"relaypermit on mail\.example\.com: 2 refusals from \S+ to \S+", message["Subject"])
    assert message["Auto-Submitted"] == "auto-generated"
    assert f"X-Rcpt-Args: <{ADMIN}>".encode() in raw and raw.count(b"X-Rcpt-Args") == 1
    text = message.get_content()
    assert "2 refused" in text and "alice@example.com" in text and "\x1b" not in text
