"""relaypermit doctor on a sendmail.cf that m4 built from Debian's files: each wrong setting gives exactly its own finding.

No Sendmail runs; one relaypermitd listens where the shipped lines look for it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import sendmail
from daemon import Relaypermitd, tool

POLICY = """
[listen]
milter    = "unix:{folder}/milter.sock"
socketmap = "unix:{folder}/map.sock"
control   = "unix:{folder}/control.sock"
[relay]
hosted_domains = ["example.com"]
"""
MILTER = "INPUT_MAIL_FILTER(`relaypermit', `S=local:@FOLDER@/milter.sock, F=T, T=C:10s;S:5s;R:15s;E:1m')dnl"
DAEMONS = "DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl"


@dataclass
class Place:
    """A folder with the sockets of a relaypermitd."""

    folder: Path
    daemon: Relaypermitd

    def build(self, old: str = "", new: str = "", before: str = "") -> Path:
        """A sendmail.cf of the shipped lines, `old` in them replaced, and more lines of the .mc ahead of them."""
        wiring = sendmail.shipped_wiring().replace("/run/relaypermit", "@FOLDER@")
        assert old in wiring
        wiring = (wiring.replace(old, new) if old else wiring).replace("@FOLDER@", str(self.folder))
        mc = sendmail.MC.replace("@BEFORE@", before).replace("@WIRING@", wiring).replace("/run/sendmail/", f"{self.folder}/")
        mc = mc.replace("define(`confAUTH_OPTIONS', `A')", "define(`confAUTH_OPTIONS', `A p')")
        (self.folder / "sendmail.mc").write_text(mc)
        library = sendmail.packages() / "usr/share/sendmail/cf"
        path = self.folder / "sendmail.cf"
        with path.open("w") as cf:
            subprocess.run(["m4", f"-D_CF_DIR_={library}/", f"{library}/m4/cf.m4", "sendmail.mc"],
                           cwd=self.folder, stdout=cf, stderr=subprocess.DEVNULL, check=True)
        return path

    def findings(self, path: Path, policy: Path | None = None) -> list[dict]:
        done = subprocess.run([tool(), "doctor", "--sendmail", path, "-c", policy or self.daemon.policy_file, "--json"],
                              capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)["findings"]
        assert (done.returncode == 1) == any(one["severity"] == "error" for one in found)
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("relaypermit")
    folder.chmod(0o755)
    (folder / "local-host-names").write_text("example.com\n")
    with Relaypermitd(POLICY.format(folder=folder), "") as daemon:
        yield Place(folder, daemon)


def test_what_is_shipped_is_right(place: Place) -> None:
    assert place.findings(place.build()) == []


WRONG = {
    "no milter": (["milter-missing"], MILTER, "", ""),
    "defined and not named": (["milter-missing"], "INPUT_MAIL_FILTER(", "MAIL_FILTER(", ""),
    "a port with other filters": (["milter-missing"], "Name=MTA-v4, Port=smtp", "Name=MTA-v4, Port=smtp, InputMailFilters=other", ""),
    "no F=": (["default-action"], "F=T, ", "", ""),
    "F=R": (["default-action"], "F=T", "F=R", ""),
    "a short time": (["milter-timeout"], "R:15s", "R:2s", ""),
    "another path": (["socket-elsewhere"], "/milter.sock", "/other.sock", ""),
    "M=Ea": (["auth-before-milter"], "Port=submission, M=E'", "Port=submission, M=Ea'", ""),
    "a submission port of its own": (["submission-unrecognised"], "Name=MSA-v4, Port=submission, M=E", "Name=Users, Port=2525, M=Ea", ""),
    "port 25 by the name of a submission": (["submission-everywhere"], "Name=MTA-v4", "Name=MSA", ""),
    "no map": (["socketmap-unasked"], "Krelaypermit socket -f -q -d5s -a<OK> -T<TMPF> local:@FOLDER@/map.sock", "Krelaypermit null", ""),
    "promiscuous_relay": (["open-relay"], "", "", "FEATURE(`promiscuous_relay')dnl"),
    "relay_local_from": (["open-relay"], "", "", "FEATURE(`relay_local_from')dnl"),
    "relay_based_on_MX": (["open-relay"], "", "", "FEATURE(`relay_based_on_MX')dnl"),
    "loose_relay_check": (["open-relay"], "", "", "FEATURE(`loose_relay_check')dnl"),
    "passwords in the clear": (["auth-without-tls"], "", "", "define(`confAUTH_OPTIONS', `A y')dnl"),
    "a domain that the policy has not": (["domains-differ"], "", "", "LOCAL_DOMAIN(`sold.example')dnl"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_gives_its_own_finding(place: Place, name: str) -> None:
    ids, old, new, before = WRONG[name]
    found = place.findings(place.build(old, new, before))
    also = ["auth-before-milter"] if name == "a submission port of its own" else []
    assert sorted(one["id"] for one in found) == sorted(ids + also), json.dumps(found, indent=1)


def test_the_policy_and_the_folder_have_their_findings_too(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = place.daemon.policy_file.read_text()
    path.write_text(text.replace("socketmap", "#socketmap"))
    assert [one["id"] for one in place.findings(place.build(), path)] == ["socketmap-unserved"]
    path.write_text(text.replace('["example.com"]', '["example.com", "new.example"]'))
    assert [one["id"] for one in place.findings(place.build(), path)] == ["domains-differ"]
    place.folder.chmod(0o775)
    try:
        assert [one["id"] for one in place.findings(place.build())] == ["socket-unsafe"]
    finally:
        place.folder.chmod(0o755)
    os.rename(place.folder / "milter.sock", place.folder / "aside")
    try:
        assert [one["id"] for one in place.findings(place.build())] == ["socket-missing"]
    finally:
        os.rename(place.folder / "aside", place.folder / "milter.sock")
