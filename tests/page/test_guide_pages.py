"""The help pages in headless Chromium, from their folder: as narrow as a phone and on a desk, light and dark."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from test_report_page import BUILD, MEASURE, laid_out

POLICY = """
[server]
name = "mail.a-provider-with-a-rather-long-name.test"
contact = "helpdesk@a-provider-with-a-rather-long-name.test"
help_url = "https://help.a-provider-with-a-rather-long-name.test/relay"
[relay]
hosted_domains = ["hoster.test"]
[[restrict]]
id = "devices"
logins = ["scanner@hoster.test"]
recipients = ["hosted"]
networks = ["192.0.2.0/24"]
mechanisms = ["PLAIN"]
[cause.helo-forged]
action = "reject"
[cause.null-sender-refused]
action = "reject"
[cause.hosted-sender-needs-login]
action = "reject"
[cause.hosted-from-needs-login]
action = "reject"
[from]
alignment = "address"
[guide]
organisation = "A Provider With a Rather Long Name and Sons"
incoming = ["imaps://mail.a-provider-with-a-rather-long-name.test"]
webmail = "https://webmail.a-provider-with-a-rather-long-name.test/a/long/path"
password_url = "https://account.a-provider-with-a-rather-long-name.test/"
languages = ["en", "de", "fr", "es", "nl", "it"]
"""
PHONE, DESK = 320, 1280
FROM_FOLDER = MEASURE.replace("frame.srcdoc = PAGE", "frame.src = PAGE")


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guide")
    (folder / "policy.toml").write_text(POLICY)
    # Whatever root's umask is: a web server reads the folder.
    done = subprocess.run([BUILD / "tool/commands/relaypermit", "guide", "-c", folder / "policy.toml", "--out", folder / "help"],
                          capture_output=True, text=True, check=True, umask=0o077)
    assert done.stderr == ""
    assert (folder / "help").stat().st_mode & 0o777 == 0o755
    assert (folder / "help/de/index.html").stat().st_mode & 0o777 == 0o644
    return folder / "help"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["index.html", "thunderbird.html", "de/index.html", "es/index.html"])
def test_the_page_is_readable(site: Path, tmp_path: Path, name: str, width: int, dark: bool) -> None:
    seen = laid_out((site / name).as_uri(), tmp_path, width, dark, FROM_FOLDER)
    assert (sum(seen["page"]) < 150) == dark, seen["page"]
    assert seen["width"] <= width and seen["outside"] == [], "wider than the screen"
    assert seen["faint"] == [], "less contrast than WCAG 2.2 asks for"
    assert seen["smallest"] >= 12.5
    assert {os.path.basename(path) for path in seen["fetched"]} <= {"style.css"}
    assert not {"script", "img", "iframe", "form"} & set(seen["tags"])
    assert seen["tags"]["h1"] == 1
