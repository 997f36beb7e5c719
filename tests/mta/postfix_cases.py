"""Plays case files against relaypermitd in a real Postfix.

Each case is sent to a listener that permits all relaying, so that the one who
decides is relaypermitd.
"""

from __future__ import annotations

import re

from case_file import Case, CaseFile
from case_player import MECHANISMS, PASSWORD, CasePlayer
from daemon import Relaypermitd, enforced
from postfix import PERMISSIVE, WRAPPED, Postfix, Service
from session import Session

# Transports that every Postfix has; others are made for the cases that name them.
TRANSPORTS = ("smtp", "relay", "lmtp", "virtual", "local", "discard")


def inexpressible(case: Case) -> str | None:
    """Why no Postfix can have these facts; None where one can."""
    if case.mta != "postfix":
        return f"mta = {case.mta}"
    if case.has_now:
        return "the daemon's clock shows the present"
    if not case.login.isascii():
        return "Postfix writes ? for the bytes of a login that are not ASCII"
    if case.mechanism and case.mechanism not in MECHANISMS:
        return f"this Postfix has no mechanism {case.mechanism}"
    if case.rcpt_mailer == "error":
        return "Postfix refuses such recipients itself, but for those of virtual aliases, which have a test of their own"
    if any("\0" in header for header in case.headers):
        return "Postfix refuses NUL in a message, as wired"
    return None


def domain_expression(pattern: str) -> str:
    """A domain pattern of a policy as a line of a regexp table, its A-label form included."""
    expressions = set()
    for form in (pattern, pattern.encode("idna").decode() if "ß" not in pattern else a_label(pattern)):
        below, _, domain = form.rpartition("*.")
        head = r"([^.]+\.)+" if pattern.startswith("*.") else ""
        assert not below
        expressions.add(head + re.escape(domain or form).replace("/", r"\/"))
    return "".join(f"/^{expression}$/ hosted\n" for expression in sorted(expressions))


def a_label(domain: str) -> str:
    """IDNA 2008 keeps sharp s, for which Python's codec, of 2003, writes ss."""
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode()
                    for label in domain.split("."))


def postfix_for(file: CaseFile) -> Postfix:
    """A Postfix, not yet started, that hosts what the policy hosts and knows every login of the cases."""
    cases = [case for case in file.cases if not inexpressible(case)]
    services = {"case": Service(PERMISSIVE), "case wrapped": Service(PERMISSIVE | WRAPPED)}
    for case in cases:
        if case.daemon_name:
            services[f"case {case.daemon_name}"] = Service(
                PERMISSIVE | {"milter_macro_daemon_name": case.daemon_name})
    postfix = Postfix(accounts={case.login: PASSWORD for case in cases if case.login}, extra_services=services)
    # As every Postfix before 3.7.9 had it: nothing takes a case's bare CR away before relaypermitd sees it.
    postfix.settings["cleanup_replace_stray_cr_lf"] = "no"
    for name, key in (("virtual_mailbox_domains", "hosted_domains"), ("relay_domains", "relay_domains")):
        domains = postfix.write(key, "".join(domain_expression(p) for p in file.table("relay").get(key, [])))
        postfix.settings[name] = f"regexp:{domains}"
    transports = {(recipient.strip("<>").lower(), case.rcpt_mailer) for case in cases if case.rcpt_mailer
                  for recipient in case.recipients}
    routes = postfix.write("transports", "".join(f"{to} {mailer}:\n" for to, mailer in sorted(transports)))
    postfix.settings["transport_maps"] = f"texthash:{routes}"
    postfix.extra_transports = sorted({mailer for _, mailer in transports} - set(TRANSPORTS))
    return postfix


class PostfixPlayer(CasePlayer):
    def __init__(self, file: CaseFile) -> None:
        self.postfix = postfix_for(file)
        super().__init__(file, Relaypermitd(enforced(file.text), self.postfix.milter_socket()))

    def start(self) -> None:
        self.daemon.start()
        self.postfix.start()

    def stop(self) -> None:
        self.postfix.stop()
        self.daemon.stop()

    def connect(self, case: Case) -> Session:
        wrapped = case.tls and case.port == 465 and not case.daemon_name
        listener = f"case {case.daemon_name}" if case.daemon_name else "case wrapped" if wrapped else "case"
        session = Session("127.0.0.1", self.postfix.ports[listener], wrapped)
        session.ehlo()
        address = f"IPV6:{case.client}" if ":" in case.client else case.client
        session.xclient(name="[UNAVAILABLE]", addr=address, destport=str(case.port))
        return session

    def mail_options(self, case: Case) -> str:
        return "" if all(address.isascii() for address in (case.sender, *case.recipients)) else " SMTPUTF8"
