"""Plays case files against relaypermitd in a real Sendmail.

Each case is sent to a Sendmail that may relay for every client, so that the one
who decides is relaypermitd. The wiring is the shipped one but for the
listeners, which are those that the cases name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from case_file import Case, CaseFile
from case_player import MECHANISMS, PASSWORD, CasePlayer
from daemon import Relaypermitd, enforced
from sendmail import SINK_PORT, Sendmail, shipped_wiring
from session import Reply, Session

# Mailers that every Sendmail has; others are made for the cases that name them.
MAILERS = ("local", "smtp", "esmtp", "smtp8", "dsmtp", "relay")
# Clients may come from anywhere: class R, matched against the first token of their address.
ANY_CLIENT = "RELAY_DOMAIN(`IPv6 " + " ".join(str(n) for n in range(256)) + "')dnl\n"
# Without a name of its own in the case, a listener has one that no policy knows: Sendmail always says one.
NO_NAME = "case"


def inexpressible(case: Case) -> str | None:
    """Why no Sendmail can have these facts; None where one can. Observed with Sendmail 8.17.1.9."""
    if case.has_now:
        return "the daemon's clock shows the present"
    if case.mechanism and case.mechanism not in MECHANISMS:
        return f"this Sendmail has no mechanism {case.mechanism}"
    if case.rcpt_mailer == "error":
        return "Sendmail refuses recipients of the mailer error itself"
    for address in (case.sender, *case.recipients):
        if any(byte & 0x7F < 0x20 or byte & 0x7F == 0x7F for byte in address.encode() if byte >= 0x80):
            return "Sendmail refuses such bytes of UTF-8 in an address, without EAI"
    if case.sender.count("@") > 1 and not re.search(r'^<?@|"', case.sender):
        return "Sendmail refuses an address with two @ itself"
    if any("\0" in header for header in case.headers):
        return "Sendmail takes NUL out of a message"
    if any(re.fullmatch(r"(?i)from[ \t]*:\s*", header) for header in case.headers):
        return "Sendmail drops an empty From and puts the sender's address in its place"
    if any("\r" in header or re.search(r"\n(?![ \t])", header) for header in case.headers):
        return "Sendmail ends a session with a bare CR or LF"
    return None


@dataclass(frozen=True)
class Listener:
    """A port of Sendmail, at addresses of its own so that the same port may be there with several names."""

    port: int
    name: str
    wrapped: bool

    def lines(self, number: int) -> str:
        flags = "Es" if self.wrapped else "E"
        return "".join(f"DAEMON_OPTIONS(`Family={family}, Addr={address}, Name={self.name}, Port={self.port}, M={flags}')dnl\n"
                       for family, address in zip(("inet", "inet6"), addresses(number)))


def addresses(number: int) -> tuple[str, str]:
    """Those of the listener of that number."""
    return f"192.0.2.{100 + number}", f"2001:db8::{100 + number}"


def listener_of(case: Case) -> Listener:
    return Listener(case.port, case.daemon_name or NO_NAME, case.tls and case.port == 465)


def domain_of(path: str) -> str:
    return path.strip("<>").rpartition("@")[2].lower()


def hosts(policy_domains: list[str], domain: str) -> bool:
    """Whether one of the policy's domain patterns, all of them ASCII here, is this domain."""
    return any(domain.endswith(pattern[1:]) if pattern.startswith("*.") else domain == pattern for pattern in policy_domains)


def account(login: str) -> str:
    """As sasldb has it: a login without a realm belongs to the default one of the MTA."""
    return login if "@" in login else f"{login}@example.com"


def mailer_rules(cases: list[Case]) -> str:
    """Rules that give the recipients of cases with a mailer this mailer, before Sendmail looks at their domain."""
    wanted = {(recipient.strip("<>"), case.rcpt_mailer) for case in cases if case.rcpt_mailer for recipient in case.recipients}
    rules = "".join(f"R{user} < @ {domain} $* >\t\t$#{mailer} $@ [127.0.0.2] $: {user} < @ {domain} >\n"
                    for address, mailer in sorted(wanted) for user, _, domain in [address.partition("@")])
    made = "".join(f"M{mailer}, P=[IPC], F=mDFMuXa, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=990,\n"
                   f"\t\tT=DNS/RFC822/SMTP, A=TCP [127.0.0.2] {SINK_PORT}\n"
                   for mailer in sorted({mailer for _, mailer in wanted} - set(MAILERS)))
    return (f"LOCAL_RULE_0\n{rules}" if rules else "") + (f"MAILER_DEFINITIONS\n{made}" if made else "")


def wiring(listeners: list[Listener], rules: str) -> str:
    """The shipped lines, with these listeners."""
    shipped = shipped_wiring()
    others = re.sub(r"^DAEMON_OPTIONS.*\n", "", shipped, flags=re.MULTILINE)
    assert others.count("DAEMON_OPTIONS") == shipped.count("DAEMON_OPTIONS") - 3
    return others + "".join(listener.lines(number) for number, listener in enumerate(listeners)) + rules + "divert(0)dnl\n"


class SendmailPlayer(CasePlayer):
    def __init__(self, file: CaseFile) -> None:
        cases = [case for case in file.cases if not inexpressible(case)]
        self.listeners = sorted({listener_of(case) for case in cases}, key=str)
        hosted = file.table("relay").get("hosted_domains", [])
        local = {domain for case in cases for recipient in case.recipients if hosts(hosted, domain := domain_of(recipient))}
        self.sendmail = Sendmail(users={account(case.login): PASSWORD for case in cases if case.login},
                                 local=tuple(sorted(local)), before=ANY_CLIENT,
                                 wiring=wiring(self.listeners, mailer_rules(cases)))
        super().__init__(file, Relaypermitd(enforced(file.text), f"unix:{self.sendmail.milter_socket}"))

    def start(self) -> None:
        self.sendmail.start()
        self.daemon.start()

    def stop(self) -> None:
        self.daemon.stop()
        self.sendmail.stop()

    def connect(self, case: Case) -> Session:
        listener = listener_of(case)
        # A mapped address is how a program sees an IPv4 client on a socket for both; on the wire it is IPv4.
        client = case.client.removeprefix("::ffff:")
        server = addresses(self.listeners.index(listener))[":" in client]
        return self.sendmail.session(case.port, client, server, listener.wrapped)

    def our_words(self, reply: Reply, argument: str) -> Reply:
        return without_prefix(reply, argument)

    def message(self, case: Case) -> bytes:
        # Another field first: Sendmail takes a first line that begins with "From " for that of a mailbox file.
        return b"X-Case: 1\r\n" + super().message(case)


def without_prefix(reply: Reply, argument: str) -> Reply:
    """The refusal as we gave it: ahead of a 450, 550 or 553 Sendmail puts the address, of which it cuts the
    middle where it is long, and mangles what is not ASCII."""
    if reply.code not in (450, 550, 553):
        return reply
    enhanced, _, rest = reply.text.partition(" ")
    prefix, dots, text = rest.partition("... ")
    assert dots, f"no address ahead of {reply}"
    if argument.isascii() and len(argument) <= 200:
        assert prefix == argument, f"{prefix} is not {argument}"
    return Reply(reply.code, (f"{enhanced} {text}",))
