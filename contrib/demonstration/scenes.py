"""What is played: two messages as they should be, and one session for each common mistake.

Scenes know ports, people and addresses, and no MTA.
"""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "quickstart"
ACCOUNTS = {login: PASSWORD for login in ("alice@example.com", "bob@example.com", "mallory@example.com")}
OUTSIDE = "198.51.100.7"

SUSPENSION = """\
[[restrict]]
id        = "stolen-password"
logins    = ["mallory@example.com"]
suspended = true
"""


@dataclass(frozen=True)
class Scene:
    """One session. `expect` is the cause, or accept; the demonstration fails where it comes out otherwise."""

    title: str
    told: str
    expect: str
    port: int = 587
    tls: bool = True
    login: str = ""
    password: str = PASSWORD
    sender: str = "alice@example.com"
    author: str = ""  # the From field; empty: the sender
    recipient: str = "someone@remote.example"
    # Put into policy.d and loaded before the session.
    policy: str = ""


SCENES = [
    Scene("Everything is right",
          "Alice's program uses port 587 with STARTTLS and logs in; she writes as herself.",
          "accept", login="alice@example.com", author="Alice <alice@example.com>"),
    Scene("An alias that the policy grants",
          "Bob is in the group sales, which may send as orders@example.com. Port 465 has TLS from the start.",
          "accept", port=465, login="bob@example.com", sender="orders@example.com",
          author="Our shop <orders@example.com>"),
    Scene("No login",
          "Authentication for outgoing mail is switched off in Alice's program.",
          "login-required"),
    Scene("A wrong password",
          "The program tries, is turned away, and goes on as if nothing had happened.",
          "login-required", login="alice@example.com", password="qiuckstart"),
    Scene("No TLS",
          "The connection is set to 'no encryption'. (This server offers no login without TLS either.)",
          "tls-required", tls=False),
    Scene("Port 25, from outside, as one of our own",
          "The program still has the port that mail servers use among themselves.",
          "use-submission", port=25, tls=False),
    Scene("Port 25, from outside, as somebody else's customer",
          "The outgoing server of another provider's account has been set to this one.",
          "relay-not-permitted", port=25, tls=False, sender="someone@elsewhere.example"),
    Scene("An address that is not the account's",
          "Alice logs in and sends as orders@example.com, which the policy grants to sales and not to her.",
          "sender-not-owned", login="alice@example.com", sender="orders@example.com"),
    Scene("A From that is not the account's",
          "The envelope says alice, where nobody sees it; the message says it is from orders@example.com.",
          "from-not-owned", port=465, login="alice@example.com", author="Our shop <orders@example.com>"),
    Scene("An address of another provider",
          "Alice has two accounts in her program, and the wrong outgoing server for one of them.",
          "sender-not-hosted", login="alice@example.com", sender="alice@elsewhere.example"),
    Scene("A stolen password",
          "Mallory's account sends spam. The admin drops this into policy.d and reloads with a HUP:",
          "account-suspended", login="mallory@example.com", sender="mallory@example.com", policy=SUSPENSION),
]
