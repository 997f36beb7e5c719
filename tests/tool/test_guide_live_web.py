"""guide --check --live against web and name servers of loopback: where replies lead and mail programs look."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from live_servers import IMAP, POP3, Guide, NameServer, Server, WebServer, certificate, make_authority

MAIL, HELP = "mail.hoster.test", "help.hoster.test"
AUTOCONFIG = "autoconfig.hoster.test/mail/config-v1.1.xml"
AUTODISCOVER = "autodiscover.hoster.test/autodiscover/autodiscover.xml"
PROFILE = "help.hoster.test/relay/setup/hoster.test.mobileconfig"
PROFILE_TYPE = "application/x-apple-aspen-config"
POLICY = """[server]
name = "mail.hoster.test"
help_url = "https://help.hoster.test/relay"
[relay]
hosted_domains = ["hoster.test"]
[guide]
incoming = ["imaps://mail.hoster.test", "imap://mail.hoster.test", "pop3s://mail.hoster.test", "pop3://mail.hoster.test"]
"""
PORTS = {465: (True, None), 587: (False, None), 993: (True, IMAP), 143: (False, IMAP), 995: (True, POP3), 110: (False, POP3)}


class Served(Guide):
    """All of it on one web server, as the guide's own lines serve it."""

    def __init__(self, folder: Path, authority: Path) -> None:
        super().__init__(folder, authority, POLICY)
        good = authority / "good.pem"
        self.mail = {port: Server(good, tls=tls, **({"protocol": protocol} if protocol else {}))
                     for port, (tls, protocol) in PORTS.items()}
        self.web = WebServer(authority / "web.pem")
        self.places = {f"{MAIL}:{port}": server.port for port, server in self.mail.items()}
        for name in (HELP, "autoconfig.hoster.test", "autodiscover.hoster.test", "hoster.test"):
            self.places[f"{name}:443"] = self.web.port
        self.serve()

    def serve(self) -> None:
        setup = self.site / "setup"
        request = "<Autodiscover><Request><EMailAddress>postmaster@hoster.test</EMailAddress></Request></Autodiscover>"
        answer = subprocess.run([setup / "autodiscover.cgi"], input=request.encode(), capture_output=True, check=True,
                                env={"PATH": os.environ["PATH"], "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(request))}).stdout
        self.web.pages |= {
            f"{HELP}/relay": (301, "text/html", f"https://{HELP}/relay/".encode()),
            f"{HELP}/relay/": (200, "text/html", (self.site / "index.html").read_bytes()),
            AUTOCONFIG: (200, "text/xml", (setup / "config-v1.1.xml").read_bytes()),
            AUTODISCOVER: (200, "text/xml", answer.partition(b"\r\n\r\n")[2]),
            PROFILE: (200, PROFILE_TYPE, (setup / "hoster.test.mobileconfig").read_bytes())}

    def changed(self, page: str, before: bytes, after: bytes) -> str:
        """The one line about a page that says something else; it is as it was afterwards."""
        status, kind, body = self.web.pages[page]
        assert before in body
        return self.answered(page, status, kind, body.replace(before, after))

    def answered(self, page: str, status: int, kind: str = "text/html", body: bytes = b"<p>hello</p>") -> str:
        was = self.web.pages[page]
        self.web.pages[page] = (status, kind, body)
        code, lines = self.check()
        self.web.pages[page] = was
        assert code == 1
        [line] = lines
        return line

    def close(self) -> None:
        for server in (*self.mail.values(), self.web, self.names):
            server.close()


@pytest.fixture(scope="session", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    certificate(folder, "good", [MAIL])
    certificate(folder, "web", [HELP, "autoconfig.hoster.test", "autodiscover.hoster.test", "hoster.test"])
    certificate(folder, "old", [HELP, "autoconfig.hoster.test", "autodiscover.hoster.test", "hoster.test"], -1)
    return folder


@pytest.fixture(scope="module", name="servers")
def _servers(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Served]:
    guide = Served(tmp_path_factory.mktemp("guide"), authority)
    yield guide
    guide.close()


@pytest.fixture(name="guide")
def _guide(servers: Served) -> Iterator[Served]:
    """Every test finds all of it well."""
    pages, places, names = dict(servers.web.pages), dict(servers.places), servers.names
    servers.web.heard.clear()
    names.asked.clear()
    yield servers
    servers.web.pages, servers.places = pages, places
    names.records, names.code = {}, 0


def test_a_guide_that_is_served_as_it_is_written(guide: Served) -> None:
    guide.is_as_it_says()
    asked = [heard.split()[:2] for heard in guide.web.heard if "@" in heard]
    assert asked == [["POST", AUTODISCOVER], ["POST", "hoster.test/autodiscover/autodiscover.xml"]], "an address goes there alone"


def test_replies_lead_to_a_page_with_the_anchors_of_the_causes(guide: Served) -> None:
    lead = "replies lead to https://help.hoster.test/relay, "
    page = f"{HELP}/relay/"
    line = guide.answered(page, 404)
    assert line.startswith(lead + "and nobody can read it: it answers 404: serve this guide there, or mend help_url")
    assert guide.changed(page, b'id="wrong-password"', b'id="x"') == (
        lead + "which has no #wrong-password: serve this guide there, as it is written now")
    assert "#wrong-password" in guide.answered(page, 200)
    # A page of one's own, in another's HTML.
    assert "#wrong-password" not in guide.answered(page, 200, body=b"<a name=\"wrong-password\"></a>")


def test_the_certificate_of_the_help_page_is_looked_at(guide: Served, authority: Path) -> None:
    web = guide.web
    for name, fault in (("good", "the certificate of help.hoster.test is not for the name help.hoster.test but for"),
                        ("old", "the certificate of help.hoster.test ran out on 20")):
        other = WebServer(authority / f"{name}.pem", web.pages)
        guide.places[f"{HELP}:443"] = other.port
        code, lines = guide.check()
        other.close()
        assert code == 1
        # The page, and the profile that it links to.
        assert len(lines) == 2 and all(fault in line for line in lines)
        assert lines[0].startswith("replies lead to https://help.hoster.test/relay, and nobody can read it: ")


def test_a_web_server_that_keeps_silent_ends_within_the_limit(guide: Served) -> None:
    guide.web.silent = HELP
    code, lines = guide.check()
    guide.web.silent = ""
    assert code == 1 and len(lines) == 2, "the page and the profile"
    assert all("it gives no answer within 5 seconds" in line for line in lines)


def test_autoconfig_is_held_against_the_policy(guide: Served) -> None:
    here, put = f"https://{AUTOCONFIG}", ": put setup/config-v1.1.xml of this guide there, or include setup/nginx-clients.conf"
    line = guide.changed(AUTOCONFIG, b"<port>587</port>", b"<port>25</port>")
    assert line.startswith(
        f"{here} is not as the policy is: it names SMTP mail.hoster.test port 25 with STARTTLS, user name %EMAILADDRESS%; "
        f"it lacks SMTP mail.hoster.test port 587 with STARTTLS, user name %EMAILADDRESS%{put}")
    assert "it names IMAP old.hoster.test port 993" in guide.changed(
        AUTOCONFIG, b"mail.hoster.test</hostname>\n      <port>993", b"old.hoster.test</hostname>\n      <port>993")
    assert "port 587 without encryption" in guide.changed(
        AUTOCONFIG, b"587</port>\n      <socketType>STARTTLS", b"587</port>\n      <socketType>plain")
    assert "user name %EMAILLOCALPART%" in guide.changed(AUTOCONFIG, b"%EMAILADDRESS%", b"%EMAILLOCALPART%")
    assert guide.changed(AUTOCONFIG, b"<domain>hoster.test", b"<domain>other.test").startswith(
        f"{here} is not as the policy is: it is not for the domain hoster.test{put}")


def test_autoconfig_at_either_place_is_enough(guide: Served) -> None:
    second = "hoster.test/.well-known/autoconfig/mail/config-v1.1.xml"
    line = guide.answered(AUTOCONFIG, 200)
    assert line.startswith("mail programs find no configuration of hoster.test: "
                           f"https://{AUTOCONFIG}, it is no <clientConfig>; https://{second}, it answers 404: put ")
    guide.web.pages[second] = guide.web.pages.pop(AUTOCONFIG)
    guide.is_as_it_says()


def test_autodiscover_is_asked_by_post_and_held_against_the_policy(guide: Served) -> None:
    here = f"https://{AUTODISCOVER}"
    line = guide.answered(AUTODISCOVER, 405)
    assert line.startswith(f"Outlook is told no servers of hoster.test: {here}, it answers 405; https://hoster.test/auto")
    assert line.endswith(": start setup/autodiscover.cgi of this guide there, or include setup/nginx-clients.conf "
                         "(or that of Apache or Caddy) in the server of that name")
    line = guide.changed(AUTODISCOVER, b"<Port>465</Port>", b"<Port>2465</Port>")
    assert line.startswith(f"{here} is not as the policy is: it names SMTP mail.hoster.test port 2465 with TLS from the "
                           "first byte, user name postmaster@hoster.test; it lacks SMTP mail.hoster.test port 465 ")
    refusal = b"<Autodiscover><Response><Error><ErrorCode>500</ErrorCode><Message>No such</Message></Error></Response></Autodiscover>"
    assert f"{here}, it answers `No such` (error 500); " in guide.answered(AUTODISCOVER, 200, "text/xml", refusal)
    bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><Autodiscover>&b;</Autodiscover>"
    assert f"{here}, it has a DOCTYPE; " in guide.answered(AUTODISCOVER, 200, "text/xml", bomb)


def test_profiles_are_those_of_now_and_served_as_such(guide: Served) -> None:
    here, put = f"https://{PROFILE}", ": put setup/hoster.test.mobileconfig of this guide there, or include setup/nginx-pages.conf"
    assert guide.answered(PROFILE, 404).startswith(f"iPhones find no profile of hoster.test: {here}, it answers 404{put}")
    assert guide.changed(PROFILE, b"993", b"143").startswith(f"{here} is not the profile that would be written now{put}")
    assert guide.answered(PROFILE, 200, "text/xml; charset=utf-8", guide.web.pages[PROFILE][2]).startswith(
        f"{here} is served as text/xml, and iPhones take it as application/x-apple-aspen-config alone{put}")


def test_signed_profiles_are_those_of_now_while_the_certificate_lasts(guide: Served) -> None:
    def signed_by(name: str) -> None:
        done = guide.tool("--out", str(guide.site), "--sign", str(guide.authority / f"{name}.crt"), str(guide.authority / f"{name}.key"))
        assert done.returncode == 0, done.stderr
        guide.serve()

    here = f"https://{PROFILE}"
    try:
        signed_by("web")
        assert guide.web.pages[PROFILE][2].startswith(b"0")
        guide.is_as_it_says()
        assert guide.changed(PROFILE, b"993", b"143").startswith(f"{here} is not the profile that would be written now: ")
        body = guide.web.pages[PROFILE][2]
        assert guide.answered(PROFILE, 200, PROFILE_TYPE, body[:-1] + bytes([body[-1] ^ 1])) == (
            f"{here} has a signature that is broken, of which iPhones warn: write the guide anew with --sign CERT KEY")
        signed_by("old")
        code, lines = guide.check()
        lapsed = " is signed by a certificate that was valid until "
        assert code == 1 and len(lines) == 2, lines
        assert lines[0].startswith(here + lapsed) and lines[1].startswith("setup/hoster.test.mobileconfig" + lapsed)
        assert all(line.endswith(", of which iPhones warn: write the guide anew with --sign CERT KEY") for line in lines)
    finally:
        guide.write(POLICY)


def test_what_mail_programs_are_told_need_not_be_there_where_the_guide_has_none(guide: Served) -> None:
    with written(guide, POLICY[:POLICY.index("[guide]")]):
        guide.web.pages = {f"{HELP}/relay": (200, "text/html", (guide.site / "index.html").read_bytes())}
        guide.is_as_it_says()


@contextmanager
def written(guide: Served, policy: str) -> Iterator[None]:
    """The guide of another policy, and served."""
    guide.write(policy)
    if "[guide]" in policy:
        guide.serve()
    try:
        yield
    finally:
        guide.write(POLICY)


# --- SRV records


SERVICES = {"submissions": 465, "submission": 587, "imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}


def put(names: NameServer, records: dict[str, list[tuple[int, str]]]) -> None:
    names.records = {f"_{name}._tcp.hoster.test": targets for name, targets in records.items()}


def test_records_of_the_guide_itself_are_well(guide: Served) -> None:
    zone = (guide.site / "setup/records.zone").read_text().splitlines()
    for words in (line.split() for line in zone if " IN SRV " in line and not line.startswith(";")):
        guide.names.records.setdefault(words[0].rstrip("."), []).append((int(words[5]), words[6]))
    assert len(guide.names.records) == 7
    guide.is_as_it_says()
    assert guide.names.asked == [f"_{service}._tcp.hoster.test" for service in SERVICES]


def test_a_record_of_each_service_that_leads_elsewhere_is_named(guide: Served) -> None:
    mend = ": put those of setup/records.zone into its zone"
    put(guide.names, {service: [(port, "Mail.hoster.test."), (port + 1, "mail.hoster.test."), (port, "old.hoster.test.")]
                      for service, port in SERVICES.items()})
    assert guide.check() == (1, [
        f"the DNS leads from _{service}._tcp.hoster.test to {target}, which the guide does not name{mend}"
        for service, port in SERVICES.items() for target in (f"mail.hoster.test port {port + 1}", f"old.hoster.test port {port}")])
    put(guide.names, {service: [(0, ".")] for service in SERVICES})
    assert guide.check() == (1, [
        f"the DNS says by _{service}._tcp.hoster.test that there is no such server, and the guide names one{mend}"
        for service in SERVICES])


def test_a_record_of_a_service_that_the_guide_has_not_is_named(guide: Served) -> None:
    with written(guide, POLICY.replace(', "pop3s://mail.hoster.test", "pop3://mail.hoster.test"', "")):
        put(guide.names, {"pop3": [(110, "mail.hoster.test.")], "pop3s": [(0, ".")]})
        code, lines = guide.check()
    assert code == 1 and lines == ["the DNS leads from _pop3._tcp.hoster.test to mail.hoster.test port 110, which the guide "
                                   "does not name: put those of setup/records.zone into its zone"]


def test_a_name_server_without_an_answer_is_said_once_a_domain(guide: Served) -> None:
    guide.names.code = 2
    none = (1, ["the DNS gives no answer to _submissions._tcp.hoster.test (SRV), and is asked no more of hoster.test"])
    assert guide.check() == none
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        place, guide.names.place = guide.names.place, f"127.0.0.1:{silent.getsockname()[1]}"
        found = guide.check()
        guide.names.place = place
    assert found == none


def test_a_name_server_is_an_address(guide: Served) -> None:
    for wrong in ("dns.hoster.test", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000", "::1"):
        done = guide.tool("--check", str(guide.site), "--live", "--resolver", wrong)
        assert done.returncode == 2 and f"and not `{wrong}`" in done.stderr
