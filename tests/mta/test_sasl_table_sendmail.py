"""[[alias_table]] of type sasl behind the real Sendmail: its own sasldb has the rights beside the passwords."""

from __future__ import annotations

from pathlib import Path

import sasl_property
from daemon import Relaypermitd, tool
from process import run
from sendmail import Sendmail
from sendmail_cases import without_prefix
from world import message

ALICE, BOB, PLUS = "alice@example.com", "bob@example.com", "a+b@example.com"
POLICY = """
[server]
name = "mail.example.com"

[relay]
hosted_domains = ["example.com", "example.org"]

[login]
default_realm = "example.com"

[[alias_table]]
id      = "sasl-directory"
type    = "sasl"
config  = "%s"
cache_s = 0
"""


def send(mta: Sendmail, daemon: Relaypermitd, login: str, sender: str) -> tuple[int, str | None, list[str]]:
    """One message on the submission port: the code of the reply that decides, the record's cause and rules."""
    mark = daemon.mark()
    with mta.session(587) as session:
        session.ehlo()
        assert session.starttls().code == 220
        session.ehlo()
        assert session.auth(login, "secret").code == 235
        reply = session.mail(sender)
        if reply.ok:
            assert session.rcpt("someone@remote.invalid").ok
            reply = session.data(message(sender))
    record, = daemon.wait_for_records(mark)
    if not reply.ok:
        assert str(without_prefix(reply, f"<{sender}>")) == record["reply"]
    return reply.code, record["cause"], record.rules


def test_the_rights_that_sasl_keeps_beside_the_passwords_count(tmp_path: Path) -> None:
    with Sendmail(users={login: "secret" for login in (ALICE, BOB, PLUS)}) as mta:
        sasldb = mta.directory / "sasl/sasldb2"
        (tmp_path / "relaypermit.conf").write_text(f"auxprop_plugin: sasldb\nsasldb_path: {sasldb}\n")
        sasl_property.store(tmp_path, ALICE, "info@example.org *@list.example.net")
        with Relaypermitd(POLICY % tmp_path, f"unix:{mta.milter_socket}") as daemon:
            assert send(mta, daemon, ALICE, "info@example.org") == (250, None, ["sasl-directory"])
            # Without a realm, as people type it.
            assert send(mta, daemon, "alice", "x@list.example.net") == (250, None, ["sasl-directory"])
            assert send(mta, daemon, BOB, "info@example.org") == (550, "sender-not-owned", [])
            # Sendmail shows this login as a+2Bb@example.com.
            assert send(mta, daemon, PLUS, "info@example.org") == (550, "sender-not-owned", [])
            run([str(tool()), "sasl-property", "-c", str(daemon.policy_file), PLUS, "add", "info@example.org"])
            assert send(mta, daemon, PLUS, "info@example.org") == (250, None, ["sasl-directory"])
            run([str(tool()), "sasl-property", "-c", str(daemon.policy_file), PLUS, "del", "info@example.org"])
            assert send(mta, daemon, PLUS, "info@example.org") == (550, "sender-not-owned", [])
