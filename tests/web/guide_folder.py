"""A guide as the tool writes it, in a folder that a web server of another user can read."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
HERE = Path(__file__).resolve().parent

POLICY = """
[server]
name = "mail.hoster.test"
contact = "helpdesk@hoster.test"
help_url = "https://help.hoster.test{path}"
[relay]
hosted_domains = ["hoster.test", "bücher.test", "*.shops.test"]
[[restrict]]
id = "cracked"
logins = ["mallory@hoster.test"]
suspended = true
[guide]
organisation = "Hoster & Sons"
incoming = ["imaps://imap.hoster.test", "pop3://imap.hoster.test"]
"""

REQUEST = ('<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
           'outlook/requestschema/2006"><Request><EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>'
           'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>'
           '</Request></Autodiscover>')


@contextmanager
def readable_folder() -> Iterator[Path]:
    """pytest's own are for one user alone, and a web server runs as another."""
    folder = Path(tempfile.mkdtemp(prefix="relaypermit-web-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def write_guide(folder: Path, policy: str, *options: str | Path) -> Path:
    """By a copy of the tool: the web server may not reach where it was built."""
    program = folder / "relaypermit"
    if not program.exists():
        shutil.copy(BUILD / "tool/commands/relaypermit", program)
    # As contrib/set-up leaves it: nothing for a web server.
    (folder / "policy.toml").write_text(policy)
    (folder / "policy.toml").chmod(0o600)
    done = subprocess.run([program, "guide", "-c", folder / "policy.toml", "--out", folder / "help", *options],
                          capture_output=True, text=True, check=True, umask=0o077, timeout=60)
    assert done.stderr == ""
    return folder / "help"


def fault_of_xml(schema: str, text: bytes) -> str:
    """What xmllint says of it; empty where it is sound."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--relaxng", HERE / schema, "-"], input=text,
                          capture_output=True, check=False, timeout=30)
    return "" if done.returncode == 0 else done.stderr.decode()
