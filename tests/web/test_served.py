"""Each web server with the lines that the guide has for it: what mail programs ask for, they get."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from guide_folder import POLICY, REQUEST, fault_of_xml, readable_folder, write_guide
from web_servers import SYSTEM_LOG, serving, wait_for_line

AUTODISCOVER = "/autodiscover/autodiscover.xml"


@dataclass
class Answer:
    status: int
    kind: str
    place: str
    body: bytes


@dataclass
class Site:
    port: int
    folder: Path
    guide: Path
    path: str  # of the pages, with a slash at its end

    @property
    def run(self) -> Path:
        return self.folder / "run"

    def ask(self, method: str, path: str, body: bytes | None = None, host: str = "hoster.test") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {"Host": host, "Content-Type": "text/xml"})
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return Answer(answer.status, answer.headers.get("Content-Type", "").split(";")[0],
                      answer.headers.get("Location", ""), read)

    def post(self, address: str, path: str = AUTODISCOVER) -> Answer:
        return self.ask("POST", path, REQUEST.format(address=address).encode())


@pytest.fixture(name="site", scope="module", params=[f"{server}{path}" for server in ("nginx", "apache", "caddy")
                                                     for path in ("/", "/re.lay")])
def _site(request: pytest.FixtureRequest) -> Iterator[Site]:
    server, _, path = request.param.partition("/")
    with readable_folder() as folder:
        guide = write_guide(folder, POLICY.format(path=f"/{path}"))
        (folder / "run").mkdir()
        with serving(server, guide, folder / "run") as port:
            yield Site(port, folder, guide, f"/{path}/" if path else "/")


@pytest.mark.parametrize("path", ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"])
def test_thunderbird_finds_its_file(site: Site, path: str) -> None:
    for query in ("", "?emailaddress=alice%40hoster.test"):
        answer = site.ask("GET", path + query, host="autoconfig.hoster.test")
        assert (answer.status, answer.kind) == (200, "application/xml")
        assert answer.body == (site.guide / "setup/config-v1.1.xml").read_bytes()


@pytest.mark.parametrize("path", [AUTODISCOVER, "/Autodiscover/Autodiscover.xml", "/AutoDiscover/AutoDiscover.xml",
                                  "/AUTODISCOVER/autodiscover.XML"])
def test_outlook_is_told_the_servers_of_its_address(site: Site, path: str) -> None:
    answer = site.post("alice@hoster.test", path)
    assert (answer.status, answer.kind) == (200, "text/xml")
    assert fault_of_xml("autodiscover.rng", answer.body) == ""
    assert answer.body.count(b"<LoginName>alice@hoster.test</LoginName>") == 3


def test_outlook_is_told_servers_of_hosted_domains_alone(site: Site) -> None:
    assert b"<Action>settings" in site.post("a@x.shops.test").body
    answer = site.post("a@elsewhere.test")
    assert answer.status == 200 and b"<ErrorCode>500</ErrorCode>" in answer.body
    assert fault_of_xml("autodiscover.rng", answer.body) == ""


def test_what_is_no_request_is_answered(site: Site) -> None:
    assert site.ask("GET", AUTODISCOVER).status == 405
    assert site.ask("POST", AUTODISCOVER, b"").status in (400, 411)
    assert site.ask("POST", AUTODISCOVER, b"x" * 20000).status == 413
    bomb = site.ask("POST", AUTODISCOVER, b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>")
    assert bomb.status == 400 and b"<ErrorCode>600</ErrorCode>" in bomb.body and b"root:" not in bomb.body
    assert site.post("alice@hoster.test").status == 200, "and it goes on"


def test_the_words_of_a_query_reach_no_command_line(site: Site) -> None:
    made = site.folder / "run/made"
    answer = site.post("alice@hoster.test", f"{AUTODISCOVER}?--out+{made}+--json")
    assert answer.status == 200 and b"<Action>settings" in answer.body
    assert not made.exists()


def test_a_profile_is_served_as_one(site: Site) -> None:
    for domain in ("hoster.test", "xn--bcher-kva.test"):
        name = f"setup/{domain}.mobileconfig"
        answer = site.ask("GET", site.path + name, host="help.hoster.test")
        assert (answer.status, answer.kind) == (200, "application/x-apple-aspen-config")
        assert answer.body == (site.guide / name).read_bytes()


def test_the_pages_lie_where_replies_lead(site: Site) -> None:
    if site.path != "/":
        answer = site.ask("GET", site.path[:-1], host="help.hoster.test")
        assert answer.status == 301 and answer.place.endswith(site.path), "the links of a page are beside it"
    for name, kind in (("", "text/html"), ("iphone.html", "text/html"), ("style.css", "text/css")):
        answer = site.ask("GET", site.path + name, host="help.hoster.test")
        assert (answer.status, answer.kind) == (200, kind), name
        assert answer.body == (site.guide / (name or "index.html")).read_bytes()


@pytest.mark.parametrize("name", ["setup/autodiscover.toml", "setup/autodiscover.cgi", "setup/nginx-pages.conf",
                                  "setup/records.zone", "setup/", "guide.json", "setup/a/b.mobileconfig", "setup/../../policy.toml"])
def test_what_is_for_the_admin_is_not_served(site: Site, name: str) -> None:
    answer = site.ask("GET", site.path + name, host="help.hoster.test")
    # What no line is about, Caddy answers with nothing.
    assert answer.status in (400, 403, 404) or answer.body == b""


def test_what_the_program_cannot_reach_is_a_fault_with_a_line_in_the_logs(site: Site) -> None:
    for file in (site.guide / "setup/autodiscover.toml", site.folder / "relaypermit"):
        mode = file.stat().st_mode
        file.chmod(0)
        try:
            answer = site.post("alice@hoster.test")
        finally:
            file.chmod(mode)
        assert answer.status == 500, file
        said = f"{file}: error: cannot be read" if file.suffix == ".toml" else f"{file}: Permission denied"
        assert said in wait_for_line(site.run / SYSTEM_LOG, said)
        # Caddy 2.6 keeps nothing of what a CGI program says.
        if not (site.run / "caddy.out").exists():
            assert said in wait_for_line(site.run / "error.log", said)
    assert site.post("alice@hoster.test").status == 200
