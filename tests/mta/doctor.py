"""relaypermit doctor on copies of a Postfix' configuration, and on a machine whose clock is somebody else's to keep.

Without CAP_SYS_TIME doctor takes the clock for its host's, so that a test machine that nobody keeps in time gives
the findings of the test alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon import Relaypermitd, tool
from postfix import BASE_SERVICES, CONTRIB, Postfix, shipped_settings

NO_CLOCK = ("setpriv", "--bounding-set=-sys_time")
POLICY = """
[listen]
milter       = "unix:{spool}/relaypermit/milter.sock"
policy       = "unix:{spool}/relaypermit/policy.sock"
control      = "unix:{control}"
socket_group = "postfix"
[relay]
hosted_domains   = ["example.com", "*.shops.example.com"]
relay_domains    = ["backup.example"]
trusted_networks = ["127.0.0.0/8", "::1/128"]
[[alias]]
id      = "printers"
clients = ["192.0.2.0/24"]
senders = ["*@example.com"]
"""
# What an administrator sets beside the lines that are shipped.
OWN = {
    "compatibility_level": "3.6",
    "myhostname": "mail.example.com",
    "mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 192.0.2.0/24",
    "virtual_mailbox_domains": "example.com",
    "relay_domains": "backup.example",
    "smtpd_tls_security_level": "may",
    "smtpd_sasl_type": "dovecot",
    "smtpd_sasl_path": "private/auth",
}
MILTERS = shipped_settings()["smtpd_milters"]
RELAY = shipped_settings()["smtpd_relay_restrictions"]


def doctor(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*NO_CLOCK, tool(), "doctor", *arguments], capture_output=True, text=True, check=False)


def shipped_services(chroot: bool = True) -> str:
    column = "y" if chroot else "n"
    services = BASE_SERVICES.replace("?       ", f"{column}       ") + f"smtp inet n - {column} - - smtpd\n"
    return services + re.sub(r" y( +-){2} +smtpd", f" {column} - - smtpd", (CONTRIB / "master.cf").read_text())


@dataclass
class Place:
    """What all tests share: a queue with a relaypermitd in it."""

    postfix: Postfix
    daemon: Relaypermitd
    count: int = 0

    def directory(self, main: dict[str, str], master: str, text: str = "") -> Path:
        """A configuration directory of its own."""
        self.count += 1
        folder = self.postfix.directory / f"etc{self.count}"
        folder.mkdir()
        own = {"queue_directory": str(self.postfix.spool), "data_directory": f"{self.postfix.directory}/data"}
        body = text + "".join(f"{name} = {value}\n" for name, value in (own | main).items())
        old = time.time() - 60
        for name, content in (("main.cf", body), ("master.cf", master)):
            (folder / name).write_text(content)
            # Postfix waits seconds for a young file to settle.
            os.utime(folder / name, (old, old))
        # Where the kinds of tables are that Debian packages by themselves.
        (folder / "dynamicmaps.cf").symlink_to("/etc/postfix/dynamicmaps.cf")
        (folder / "dynamicmaps.cf.d").symlink_to("/etc/postfix/dynamicmaps.cf.d")
        return folder

    def doctor(self, directory: Path, *arguments: str, policy: Path | None = None) -> subprocess.CompletedProcess[str]:
        return doctor("--postfix", directory, "-c", policy or self.daemon.policy_file, *arguments)

    def findings(self, directory: Path, policy: Path | None = None) -> list[dict]:
        done = self.doctor(directory, "--json", policy=policy)
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
        found = json.loads(done.stdout)["findings"]
        assert (done.returncode == 1) == any(one["severity"] == "error" for one in found)
        return found


@contextmanager
def running_place() -> Iterator[Place]:
    postfix = Postfix()
    try:
        control = postfix.directory / "control.sock"
        with Relaypermitd(POLICY.format(spool=postfix.spool, control=control), "") as daemon:
            yield Place(postfix, daemon)
    finally:
        postfix.stop()
