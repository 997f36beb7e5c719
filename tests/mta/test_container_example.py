"""contrib/docker/example without its containers: the configuration of each of the three, run by a real
Postfix, Dovecot and relaypermitd, with the paths of this machine in place of those of the volumes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import TREE, Relaypermitd
from dovecot import Dovecot
from postfix import Postfix, logical_lines
from process import run, wait_for
from session import Session

EXAMPLE = TREE / "contrib/docker/example"
# Of the container: there the log goes to its output, and the certificate is made at its first start.
OTHERWISE_HERE = {"maillog_file", "smtpd_tls_chain_files"}


class ExampleDovecot(Dovecot):
    """With the example's dovecot.conf and users."""

    def _configure(self) -> Path:
        self.directory.mkdir()
        text = (EXAMPLE / "dovecot/dovecot.conf").read_text()
        for theirs, here in (("/auth/socket", self.socket), ("/etc/dovecot/users", EXAMPLE / "dovecot/users"),
                             ("/dev/stderr", self.directory / "log")):
            assert theirs in text
            text = text.replace(theirs, str(here))
        file = self.directory / "dovecot.conf"
        # Not the machine's own folders, nor its port and its login users.
        file.write_text(f"{text}\nbase_dir = {self.directory}/run\nstate_dir = {self.directory}/state\nlisten = 127.0.0.1\n")
        return file


@pytest.fixture(scope="module", name="postfix")
def _postfix() -> Iterator[Postfix]:
    pairs = (line.partition("=") for line in logical_lines((EXAMPLE / "postfix/main.cf").read_text()))
    settings = {name.strip(): value.strip() for name, _, value in pairs if name.strip() not in OTHERWISE_HERE}
    users = (EXAMPLE / "dovecot/users").read_text().split()
    postfix = Postfix(settings=settings, accounts=dict(user.split(":{PLAIN}") for user in users))
    postfix.sasl = settings["smtpd_sasl_path"]
    (postfix.spool / "auth").mkdir()
    # The image has bookworm's, whatever is here: another one does not read its configuration.
    as_in_the_image = run(["dovecot", "--version"]).startswith("2.3.")
    authentication = ExampleDovecot(postfix) if as_in_the_image else Dovecot(postfix)
    authentication.socket = postfix.spool / settings["smtpd_sasl_path"]
    policy = (EXAMPLE / "policy.toml").read_text()
    for theirs, here in (("/sockets/", f"{postfix.spool}/relaypermit/"), ("/var/lib/relaypermit/", f"{postfix.directory}/")):
        assert theirs in policy
        policy = policy.replace(theirs, here)
    # There the sockets belong to a group that Postfix is in.
    policy = policy.replace("[listen]\n", f'[listen]\nsocket_group = "postfix"\ncontrol = "unix:{postfix.directory}/control.sock"\n')
    with Relaypermitd(policy, ""), authentication, postfix:
        yield postfix


def login(port: int, name: str, password: str) -> tuple[Session, int]:
    session = Session("127.0.0.1", port)
    session.ehlo()
    assert session.starttls().code == 220
    session.ehlo()
    return session, session.auth(name, password).code


def test_a_login_sends_as_itself_and_is_told_why_not_as_another(postfix: Postfix) -> None:
    session, code = login(postfix.ports["submission"], "Alice@example.com", "secret")
    assert code == 235
    refused = session.mail("bob@example.com")
    assert refused.code == 550 and "bob@example.com" in refused.text, refused
    assert session.mail("alice@example.com").code == 250
    assert session.rcpt("somebody@example.net").code == 250
    sent = session.data(b"From: alice@example.com\r\nSubject: hello\r\n\r\nhello\r\n")
    assert "queued as" in sent.text, sent
    # It is there to be looked at, and goes nowhere.
    wait_for("it to wait in the queue", lambda: "deferred transport" in postfix.log())
    assert not postfix.sink.messages()


def test_a_wrong_password_is_refused(postfix: Postfix) -> None:
    _, code = login(postfix.ports["submission"], "alice@example.com", "wrong")
    assert code == 535


def test_nobody_relays_without_a_login(postfix: Postfix) -> None:
    session = Session("127.0.0.1", postfix.ports["submission"])
    session.ehlo()
    session.starttls()
    session.ehlo()
    assert session.mail("alice@example.com").code == 530, session.last()
