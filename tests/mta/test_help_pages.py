"""The address at the end of a refusal leads to the part of the help pages that is about it: for every cause that a
policy can give, refused by a real Postfix and looked up at a real web server."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag
from urllib.request import urlopen

import pytest

from daemon import tool
from world import World, message, policy_for

POLICY = """
[server]
name     = "mail.example.com"
help_url = "HELP"

[relay]
hosted_domains = ["example.com", "example.org"]

[from]
alignment = "address"

[guide]
languages = ["en", "de"]

[[alias]]
id      = "team"
logins  = ["alice@example.com"]
senders = ["orders@example.com"]

[[restrict]]
id        = "cracked"
logins    = ["mallory@example.com"]
suspended = true

[[restrict]]
id         = "devices-stay-inside"
logins     = ["scanner@example.com"]
recipients = ["hosted"]

[[restrict]]
id       = "office"
logins   = ["smarthost@example.com"]
networks = ["192.0.2.0/24"]

[[restrict]]
id         = "strong"
logins     = ["bob@example.com"]
mechanisms = ["SCRAM-SHA-256"]

[cause.helo-forged]
action = "reject"
[cause.null-sender-refused]
action = "reject"
[cause.hosted-sender-needs-login]
action = "reject"
[cause.hosted-from-needs-login]
action = "reject"
"""


@dataclass(frozen=True)
class Attempt:
    """A session that ends in the cause."""

    listener: str = "submission"
    login: str = ""
    tls: bool | None = None
    helo: str = "laptop.example"
    sender: str = "alice@example.com"
    recipient: str = "someone@remote.invalid"
    author: str = ""  # empty: the sender
    second_author: str = ""


ALICE = "alice@example.com"
ATTEMPTS = {
    "tls-required": Attempt(tls=False),
    "login-required": Attempt(),
    "account-suspended": Attempt(login="mallory@example.com", sender="mallory@example.com"),
    "client-not-allowed": Attempt(login="smarthost@example.com", sender="smarthost@example.com"),
    "weak-login": Attempt(login="bob@example.com", sender="bob@example.com"),
    "helo-forged": Attempt("smtp", helo="mail.example.com", sender="someone@remote.invalid", recipient=ALICE),
    "null-sender-refused": Attempt(login=ALICE, sender=""),
    "sender-not-owned": Attempt(login=ALICE, sender="sales@example.com"),
    "sender-not-hosted": Attempt(login=ALICE, sender="alice@elsewhere.invalid"),
    "recipient-not-allowed": Attempt(login="scanner@example.com", sender="scanner@example.com"),
    "use-submission": Attempt("smtp"),
    "relay-not-permitted": Attempt("smtp", sender="someone@elsewhere.invalid"),
    "hosted-sender-needs-login": Attempt("smtp", recipient="bob@example.com"),
    "from-unusable": Attempt(login=ALICE, second_author="bob@example.com"),
    "from-not-owned": Attempt(login=ALICE, author="sales@example.com"),
    "from-not-aligned": Attempt(login=ALICE, author="orders@example.com"),
    "hosted-from-needs-login": Attempt("smtp", sender="someone@remote.invalid", recipient="bob@example.com", author=ALICE),
}
# It takes a table that does not answer; and of a wrong password Postfix speaks by itself.
NOT_PLAYED = {"lookup-failed", "wrong-password"}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Its help pages lie behind a web server, where its replies say."""
    folder = tmp_path_factory.mktemp("help")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Quiet(*given, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    world = World()
    help_url = f"http://127.0.0.1:{server.server_port}/guide/index.html"
    world.daemon.write(policy_for(world.postfix, POLICY.replace("HELP", help_url)))
    done = subprocess.run([tool(), "guide", "-c", world.daemon.policy_file, "--out", folder / "guide"], capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    try:
        with world:
            world.folder = folder / "guide"  # type: ignore[attr-defined]
            yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(world: World, attempt: Attempt) -> str:
    """What the client reads when it is refused."""
    author = attempt.author or attempt.sender
    more = [f"From: {attempt.second_author}"] if attempt.second_author else []
    with world.session(attempt.listener, login=attempt.login, tls=attempt.tls, helo=attempt.helo) as session:
        reply = session.mail(attempt.sender)
        if reply.ok:
            reply = session.rcpt(attempt.recipient)
        if reply.ok:
            reply = session.data(message(author, *more))
    assert not reply.ok, reply
    return reply.text


@pytest.mark.parametrize("cause", ATTEMPTS)
def test_the_address_of_a_refusal_leads_to_its_part_of_the_pages(world: World, cause: str) -> None:
    reply = refusal(world, ATTEMPTS[cause])
    address = re.search(r" - (http://\S+) - ref ", reply)
    assert address, reply
    page, anchor = urldefrag(address[1])
    assert anchor == cause, reply
    for language in ("", "de/"):
        with urlopen(page.replace("index.html", f"{language}index.html"), timeout=10) as answer:
            text = answer.read().decode()
        assert f'<section class="cause" id="{anchor}"' in text


def test_no_cause_of_the_pages_is_left_out(world: World) -> None:
    anchors = json.loads((Path(world.folder) / "guide.json").read_text())["anchors"]  # type: ignore[attr-defined]
    assert set(anchors) == set(ATTEMPTS) | NOT_PLAYED
