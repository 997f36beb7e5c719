"""relaypermit doctor on a sendmail.cf that m4 built from Debian's files: each wrong setting gives exactly its own finding.

No Sendmail runs; one relaypermitd listens where the shipped lines look for it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import sendmail
from daemon import Relaypermitd
from doctor import doctor
from process import free_port

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

    def build(self, old: str = "", new: str = "", before: str = "", built: bool = True) -> Path:
        """A sendmail.cf of the shipped lines, `old` in them replaced, and more lines of the .mc ahead of them."""
        wiring = sendmail.shipped_wiring().replace("/run/relaypermit", "@FOLDER@")
        assert old in wiring
        wiring = (wiring.replace(old, new) if old else wiring).replace("@FOLDER@", str(self.folder))
        mc = sendmail.MC.replace("@BEFORE@", before).replace("@WIRING@", wiring).replace("/run/sendmail/", f"{self.folder}/")
        mc = mc.replace("define(`confAUTH_OPTIONS', `A')", "define(`confAUTH_OPTIONS', `A p')")
        (self.folder / "sendmail.mc").write_text(mc)
        return self.made(self.folder / "sendmail.cf") if built else self.folder / "sendmail.cf"

    def made(self, path: Path) -> Path:
        """What m4 makes of the sendmail.mc beside it."""
        library = sendmail.packages() / "usr/share/sendmail/cf"
        with path.open("w") as cf:
            subprocess.run(["m4", f"-D_CF_DIR_={library}/", f"{library}/m4/cf.m4", "sendmail.mc"],
                           cwd=self.folder, stdout=cf, stderr=subprocess.DEVNULL, check=True)
        return path

    def findings(self, path: Path, policy: Path | None = None) -> list[dict]:
        done = doctor("--sendmail", path, "-c", policy or self.daemon.policy_file, "--json")
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
    "over TCP": (["milter-over-tcp", "socket-elsewhere"], "S=local:@FOLDER@/milter.sock", "S=inet:1@127.0.0.1", ""),
    "MIMEDefang behind it": (["milter-behind"], MILTER, MILTER + "\nINPUT_MAIL_FILTER(`mimedefang', `S=unix:/var/spool/MIMEDefang/mimedefang.sock, F=T')dnl", ""),
    "M=Ea": (["auth-before-milter"], "Port=submission, M=E'", "Port=submission, M=Ea'", ""),
    "a submission port of its own": (["submission-unrecognised"], "Name=MSA-v4, Port=submission, M=E", "Name=Users, Port=2525, M=Ea", ""),
    "port 25 by the name of a submission": (["submission-everywhere"], "Name=MTA-v4", "Name=MSA", ""),
    "no map": (["socketmap-unasked"], "Krelaypermit socket -f -q -d5s -a<OK> -T<TMPF> local:@FOLDER@/map.sock", "Krelaypermit null", ""),
    "promiscuous_relay": (["open-relay"], "", "", "FEATURE(`promiscuous_relay')dnl"),
    "relay_local_from": (["open-relay"], "", "", "FEATURE(`relay_local_from')dnl"),
    "relay_mail_from": (["open-relay"], "", "", "FEATURE(`access_db')dnl\nFEATURE(`relay_mail_from', `domain')dnl"),
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


def test_a_milter_over_tcp_is_its_own_finding(place: Place) -> None:
    """On the port where a relaypermitd listens."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="relaypermit-") as name:
        text = re.sub(r"^milter .*", f'milter = "inet:{port}@127.0.0.1"', POLICY.format(folder=name), flags=re.MULTILINE)
        with Relaypermitd(text, "") as daemon:
            cf = place.build("S=local:@FOLDER@/milter.sock", f"S=inet:{port}@127.0.0.1")
            cf.write_text(cf.read_text().replace(f"{place.folder}/map.sock", f"{name}/map.sock"))
            assert [one["id"] for one in place.findings(cf, daemon.policy_file)] == ["milter-over-tcp"]


def test_filters_before_it_and_such_as_change_nothing_are_right(place: Place) -> None:
    others = "\n".join(f"INPUT_MAIL_FILTER(`{name}', `S=unix:/run/{name}.sock, F=T')dnl"
                       for name in ("mimedefang", "clamav-milter", "opendkim"))
    assert place.findings(place.build(before=others)) == []
    behind = "\n".join(f"INPUT_MAIL_FILTER(`{name}', `S=unix:/run/{name}.sock, F=T')dnl" for name in ("clamav-milter", "opendkim"))
    assert place.findings(place.build(MILTER, f"{MILTER}\n{behind}")) == []


def test_lists_of_macros_do_not_count(place: Place) -> None:
    """relaypermitd asks for what it needs, and Sendmail has it so since 8.14."""
    assert place.findings(place.build(before="define(`confMILTER_MACROS_ENVFROM', `i')dnl\ndefine(`confMILTER_MACROS_CONNECT', `j')dnl")) == []


@pytest.fixture
def broken_socket(place: Place) -> Iterator[Path]:
    """The milter's socket, put back in order afterwards."""
    path = place.folder / "milter.sock"
    before = path.stat()
    aside = path.with_name("aside")
    yield path
    if aside.exists():
        path.unlink(missing_ok=True)
        aside.rename(path)
    path.chmod(before.st_mode & 0o7777)


@pytest.mark.parametrize(("breaks", "ids"), [
    ("nobody", ["socket-silent"]), ("open", ["socket-open"]), ("root's", ["socket-permissions"])])
def test_a_socket_out_of_order_is_its_own_finding(place: Place, broken_socket: Path, breaks: str, ids: list[str]) -> None:
    cf = place.build(before="define(`confRUN_AS_USER', `mail:mail')dnl" if breaks == "root's" else "")
    if breaks == "nobody":
        broken_socket.rename(broken_socket.with_name("aside"))
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(broken_socket))
        broken_socket.chmod(0o660)
    elif breaks == "open":
        broken_socket.chmod(0o666)
    else:
        broken_socket.chmod(0o600)
    found = place.findings(cf)
    # The map's socket is root's as well.
    assert {one["id"] for one in found} == set(ids), found


# ---- the .mc


@pytest.mark.parametrize(("name", "text"), [
    ("F=R", "INPUT_MAIL_FILTER("), ("defined and not named", "MAIL_FILTER("), ("M=Ea", "Port=submission, M=Ea"),
    ("promiscuous_relay", "FEATURE(`promiscuous_relay')"), ("passwords in the clear", "define(`confAUTH_OPTIONS', `A y')"),
    ("port 25 by the name of a submission", "Name=MSA, Port=smtp")])
def test_the_line_of_the_mc_is_named(place: Place, name: str, text: str) -> None:
    _, old, new, before = WRONG[name]
    found, = place.findings(place.build(old, new, before))
    source = place.folder / "sendmail.mc"
    assert found["file"] == str(source)
    line = source.read_text().splitlines()[found["line"] - 1]
    assert text in line and not line.startswith("dnl")


def test_the_line_of_a_file_that_the_mc_includes_is_named(place: Place) -> None:
    wiring = place.folder / "relaypermit.m4"
    text = sendmail.shipped_wiring().replace("/run/relaypermit", str(place.folder))
    cf = place.build(sendmail.shipped_wiring().replace("/run/relaypermit", "@FOLDER@"), f"include(`{wiring}')dnl\n", built=False)
    wiring.write_text(text)
    assert place.findings(place.made(cf)) == []
    wiring.write_text(text.replace("F=T", "F=R"))
    found, = place.findings(place.made(cf))
    assert found["file"] == str(wiring) and "F=R" in wiring.read_text().splitlines()[found["line"] - 1]


def test_the_mc_that_the_cf_names_counts(place: Place) -> None:
    """Debian's has an $Id of sendmail.mc in its VERSIONID; another says what it is called."""
    cf = place.build("F=T", "F=R")
    source = place.folder / "sendmail.mc"
    other = source.with_name("mail.mc")
    source.rename(other)
    # Without a name it is looked for as sendmail.mc, and where there is none the .cf is named.
    found, = place.findings(cf)
    assert found["file"] == str(cf)
    cf.write_text(cf.read_text().replace("#####  relaypermit test  #####", "#####  $Id: mail.mc, v 1.2 2024-06-16 21:07:57 who Exp $  #####"))
    found, = place.findings(cf)
    assert found["file"] == str(other)
    # Elsewhere than it was built.
    with tempfile.TemporaryDirectory(prefix="relaypermit-") as name:
        moved = Path(shutil.copy(cf, name))
        assert place.findings(moved)[0]["file"] == str(other)
    other.unlink()


def test_where_no_milter_is_asked_the_mc_is_the_file_to_change(place: Place) -> None:
    found, = place.findings(place.build(MILTER, ""))
    assert (found["file"], found["line"]) == (str(place.folder / "sendmail.mc"), None)
