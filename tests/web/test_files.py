"""The files that set mail programs up, held against their formats by other people's readers."""

from __future__ import annotations

import os
import plistlib
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from guide_folder import POLICY, REQUEST, fault_of_xml, readable_folder, write_guide

HOSTILE = r"""
[server]
name = "mail.hoster.test"
contact = "the help desk & co"
help_url = "https://help.hoster.test/relay"
[relay]
hosted_domains = ["hoster.test", "bücher.test", "_under.hoster.test"]
[guide]
organisation = "</string><x/>&lol;]]>\"'{{{y}}} \uFFFE ÄÖÜ and then a name that is longer"
user_name = "local-part"
incoming = ["pop3s://imap.hoster.test", "imap://imap.hoster.test:1143"]
outgoing = ["submission://smtp.bücher.test:2587"]
webmail = 'https://webmail.hoster.test/"><x/>'
password_url = 'https://account.hoster.test/"><x/>'
"""
RECORD = re.compile(r"(?:_[a-z0-9]+\._tcp\.[a-z0-9._-]+\. IN SRV \d+ \d+ \d+ [a-z0-9._-]*\."
                    r"|[a-z]+\.[a-z0-9._-]+\. IN CNAME [a-z0-9._-]+\.)")


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    with readable_folder() as folder:
        yield folder


@pytest.fixture(name="guide", params=[POLICY.format(path="/relay"), HOSTILE], ids=["plain", "hostile"])
def _guide(request: pytest.FixtureRequest, folder: Path) -> Path:
    return write_guide(folder, request.param)


def test_autoconfig_is_what_its_draft_says(guide: Path) -> None:
    assert fault_of_xml("autoconfig.rng", (guide / "setup/config-v1.1.xml").read_bytes()) == ""


def test_the_schema_of_autoconfig_finds_what_programs_drop(folder: Path) -> None:
    text = (write_guide(folder, POLICY.format(path="/relay")) / "setup/config-v1.1.xml").read_bytes()
    without_incoming = re.sub(rb"<incomingServer.*</incomingServer>", b"", text, flags=re.DOTALL)
    for wrong in (without_incoming, text.replace(b">SSL<", b">plain<"), text.replace(b'id="hoster.test"', b'id="%EMAILDOMAIN%"')):
        assert wrong != text and fault_of_xml("autoconfig.rng", wrong) != ""


def test_a_profile_is_a_plist_with_what_the_device_needs(guide: Path) -> None:
    profiles = sorted((guide / "setup").glob("*.mobileconfig"))
    assert profiles
    seen = set()
    for file in profiles:
        outer = plistlib.loads(file.read_bytes(), fmt=plistlib.FMT_XML)
        assert (outer["PayloadType"], outer["PayloadVersion"]) == ("Configuration", 1)
        mail, = outer["PayloadContent"]
        assert (mail["PayloadType"], mail["PayloadVersion"]) == ("com.apple.mail.managed", 1)
        assert mail["EmailAccountType"] in ("EmailTypeIMAP", "EmailTypePOP")
        for way in ("Incoming", "Outgoing"):
            assert mail[f"{way}MailServerAuthentication"] == "EmailAuthPassword"
            assert re.fullmatch(r"[a-z0-9.-]+", mail[f"{way}MailServerHostName"])
            assert mail[f"{way}MailServerPortNumber"] in (110, 465, 993, 995, 2587)
            assert mail[f"{way}MailServerUseSSL"] is True
        assert not {"EmailAddress", "IncomingMailServerUsername", "IncomingPassword", "OutgoingPassword"} & mail.keys()
        for payload in (outer, mail):
            seen |= {payload["PayloadIdentifier"], str(uuid.UUID(payload["PayloadUUID"]))}
    assert len(seen) == 4 * len(profiles), "nothing replaces another domain's"


def test_a_hostile_name_is_the_name_that_is_read(folder: Path) -> None:
    guide = write_guide(folder, HOSTILE)
    outer = plistlib.loads((guide / "setup/hoster.test.mobileconfig").read_bytes())
    assert outer["PayloadOrganization"] == "</string><x/>&lol;]]>\"'{{{y}}} \ufffd ÄÖÜ and then a name that is longer"


def test_the_zone_has_records_and_comments_alone(guide: Path) -> None:
    lines = (guide / "setup/records.zone").read_text().splitlines()
    records = [line for line in lines if line and not line.startswith(";")]
    assert [line for line in records if not RECORD.fullmatch(line)] == []
    assert len(records) % 9 == 0


@pytest.mark.parametrize("address", ["alice@hoster.test", "a@elsewhere.test", "&#34;&lt;x/&gt;&#34;@hoster.test", "ä@bücher.test"])
def test_answers_of_autodiscover_are_what_their_documents_say(guide: Path, address: str) -> None:
    request = REQUEST.format(address=address).encode()
    done = subprocess.run([guide / "setup/autodiscover.cgi"], input=request, capture_output=True, check=True, timeout=30,
                          env={"PATH": os.environ["PATH"], "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(request))})
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"Status: 200 OK\r\n") and done.stderr == b""
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
    assert fault_of_xml("autodiscover.rng", body) == ""


def test_a_policy_that_cannot_be_read_is_a_fault_of_the_server(folder: Path) -> None:
    done = subprocess.run([write_guide(folder, HOSTILE).parent / "relaypermit", "guide", "--autodiscover", "-c", folder / "none.toml"],
                          input=b"", capture_output=True, check=False, env={"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "0"})
    assert done.stdout.startswith(b"Status: 500 ") and b"none.toml" in done.stderr


def openssl(*arguments: str | Path) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True, timeout=30).stdout


def test_a_signed_profile_is_verified_by_its_authority(folder: Path) -> None:
    """As of a public authority: a root, one between, and the certificate of the web server."""
    above: list[str | Path] = []
    chain = ""
    for name, authority in (("root", True), ("between", True), ("profiles", False)):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")
        (folder / f"{name}.ext").write_text(f"basicConstraints=critical,CA:{'TRUE' if authority else 'FALSE'}\n")
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-out", folder / f"{name}.pem", "-days", "2",
                "-extfile", folder / f"{name}.ext", *(above or ["-signkey", folder / f"{name}.key"]))
        above = ["-CA", folder / f"{name}.pem", "-CAkey", folder / f"{name}.key", "-CAcreateserial"]
        chain = (folder / f"{name}.pem").read_text() + chain if name != "root" else ""
    (folder / "chain.pem").write_text(chain)
    policy = POLICY.format(path="/relay")
    plain = (write_guide(folder, policy) / "setup/hoster.test.mobileconfig").read_bytes()
    guide = write_guide(folder, policy, "--sign", folder / "chain.pem", folder / "profiles.key")
    for command in ("smime", "cms"):
        out = folder / f"{command}.out"
        openssl(command, "-verify", "-binary", "-inform", "der", "-in", guide / "setup/hoster.test.mobileconfig", "-CAfile", folder / "root.pem",
                "-purpose", "any", "-out", out)
        assert out.read_bytes() == plain


def test_what_cannot_sign_leaves_the_folder_as_it_was(folder: Path) -> None:
    policy = POLICY.format(path="/relay")
    guide = write_guide(folder, policy)
    before = {file: file.read_bytes() for file in guide.rglob("*") if file.is_file()}
    (folder / "key.pem").write_text("no key")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        write_guide(folder, policy, "--sign", folder / "key.pem", folder / "key.pem")
    assert failed.value.returncode == 2 and "the certificate is not PEM" in failed.value.stderr
    assert {file: file.read_bytes() for file in guide.rglob("*") if file.is_file()} == before
