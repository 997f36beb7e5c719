"""relaypermit doctor on real configuration directories of Postfix: each wrong setting gives exactly its own finding, and
a set-up that is right gives none.

postconf(1) needs no running Postfix, so that each test is a copy of main.cf and master.cf with one change in it. The
queue directory and a relaypermitd that listens there are shared.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon import Relaypermitd, tool
from postfix import BASE_SERVICES, CONTRIB, Postfix, shipped_settings

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
REINJECTION = "127.0.0.1:10025 inet n - y - - smtpd\n  -o content_filter=\n  -o smtpd_relay_restrictions=permit_mynetworks,reject\n"


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
        return subprocess.run([tool(), "doctor", "--postfix", directory, "-c", policy or self.daemon.policy_file, *arguments],
                              capture_output=True, text=True, check=False)

    def findings(self, directory: Path, policy: Path | None = None) -> list[dict]:
        done = self.doctor(directory, "--json", policy=policy)
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
        found = json.loads(done.stdout)["findings"]
        assert (done.returncode == 1) == any(one["severity"] == "error" for one in found)
        return found


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    postfix = Postfix()
    try:
        control = postfix.directory / "control.sock"
        with Relaypermitd(POLICY.format(spool=postfix.spool, control=control), "") as daemon:
            yield Place(postfix, daemon)
    finally:
        postfix.stop()


@dataclass
class Wrong:
    """One change, and the findings that it gives: `line` is what stands in the line that is named."""

    name: str
    ids: list[str]
    main: dict[str, str] = field(default_factory=dict)
    services: str = ""
    edit: tuple[str, str] | None = None
    line: str = ""
    chroot: bool = True


MILTERS = shipped_settings()["smtpd_milters"]
RELAY = shipped_settings()["smtpd_relay_restrictions"]
SUBMISSION = "  -o milter_macro_daemon_name=ORIGINATING\n"
FIRST_DAEMON_NAME = SUBMISSION + "#  -o smtpd_milters=$relaypermit_milters\n# Port 465"

WRONG = [
    Wrong("no milter at all", ["milter-missing"], {"smtpd_milters": ""}),
    Wrong("another milter only", ["milter-missing"], {"smtpd_milters": "inet:127.0.0.1:1"}),
    Wrong("submission without the milter", ["milter-missing"], line="-o smtpd_milters=",
          edit=(FIRST_DAEMON_NAME, "  -o smtpd_milters=\n" + FIRST_DAEMON_NAME)),
    Wrong("no_milters on submission", ["milter-missing"], line="-o receive_override_options=no_milters",
          edit=(FIRST_DAEMON_NAME, "  -o receive_override_options=no_milters\n" + FIRST_DAEMON_NAME)),
    Wrong("port 25 alone without it", ["milter-missing"], edit=("smtp inet n - y - - smtpd\n", "smtp inet n - y - - smtpd -o smtpd_milters=\n")),
    Wrong("milters by client", ["milter-maps"], {"smtpd_milter_maps": "cidr:/etc/postfix/milters"}),
    Wrong("an absolute path in the chroot", ["socket-elsewhere"],
          {"smtpd_milters": MILTERS.replace("unix:relaypermit/", "unix:/var/spool/postfix/relaypermit/")}, line="smtpd_milters"),
    Wrong("another path", ["socket-elsewhere"], {"smtpd_milters": MILTERS.replace("relaypermit/milter", "private/relaypermit")}),
    Wrong("default_action=accept", ["default-action"], {"smtpd_milters": MILTERS.replace("=tempfail", "=accept")}, line="smtpd_milters"),
    Wrong("milter_default_action", ["default-action"], line="milter_default_action",
          main={"smtpd_milters": "unix:relaypermit/milter.sock", "milter_default_action": "accept"}),
    Wrong("quarantine", ["default-action"], {"smtpd_milters": MILTERS.replace("=tempfail", "=quarantine")}),
    Wrong("reject", ["default-action"], {"smtpd_milters": MILTERS.replace("=tempfail", "=reject")}),
    Wrong("a short timeout", ["milter-timeout"], {"smtpd_milters": MILTERS.replace("command_timeout=15s", "command_timeout=2s")}),
    Wrong("a short time for content", ["milter-timeout"], line="milter_content_timeout",
          main={"smtpd_milters": MILTERS.replace("content_timeout=60s, ", ""), "milter_content_timeout": "3s"}),
    Wrong("an old protocol", ["milter-macros"], {"milter_protocol": "2"}, line="milter_protocol"),
    Wrong("an old protocol of the milter", ["milter-macros"], {"smtpd_milters": MILTERS.replace("{ unix", "{ unix").replace(", connect", ", protocol=3, connect")}),
    Wrong("macros made up", ["macro-defaults"], {"milter_macro_defaults": "auth_type=PLAIN"}),
    Wrong("local mail", ["local-mail"], {"non_smtpd_milters": "unix:relaypermit/milter.sock"}, line="non_smtpd_milters"),
    Wrong("a proxy filter", ["proxy-filter"], edit=("smtp inet n - y - - smtpd\n", "smtp inet n - y - - smtpd\n  -o smtpd_proxy_filter=127.0.0.1:10024\n"),
          line="-o smtpd_proxy_filter"),
    Wrong("judged twice", ["milter-twice"], {"content_filter": "smtp:[127.0.0.1]:10024"}, services=REINJECTION, line="127.0.0.1:10025"),
    Wrong("NUL bytes", ["nul-bytes"], {"message_reject_characters": ""}),
    Wrong("From completed", ["header-rewriting"], {"local_header_rewrite_clients": "permit_mynetworks, permit_sasl_authenticated"}),
    Wrong("policy service elsewhere", ["socket-elsewhere"], {"smtpd_relay_restrictions": RELAY.replace("relaypermit/policy", "private/relaypermit-policy")}),
    Wrong("policy service permits", ["policy-default-action"], {"smtpd_relay_restrictions": RELAY.replace("DUNNO", "OK")}),
    Wrong("policy service puts off", ["policy-default-action"], {"smtpd_relay_restrictions": RELAY.replace(", default_action=DUNNO", "")}),
    Wrong("policy service too late", ["policy-service-late"], line="smtpd_relay_restrictions",
          main={"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination, "
                "check_policy_service { unix:relaypermit/policy.sock, timeout=5s, default_action=DUNNO }"}),
    Wrong("policy service not asked", ["policy-service-unasked"], {"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}),
    Wrong("no refusal", ["open-relay", "policy-service-unasked"], {"smtpd_relay_restrictions": "permit_mynetworks, permit"}),
    Wrong("a sender's claim", ["open-relay", "policy-service-unasked"],
          {"smtpd_relay_restrictions": "check_sender_access hash:/etc/postfix/senders, reject_unauth_destination"}),
    Wrong("another policy service before", ["open-relay"], {"smtpd_relay_restrictions": "check_policy_service inet:127.0.0.1:1, " + RELAY}),
    Wrong("everybody's network", ["open-networks", "networks-differ"], {"mynetworks": OWN["mynetworks"] + " 0.0.0.0/0"}, line="mynetworks"),
    Wrong("a network that the policy has not", ["networks-differ"], {"mynetworks": OWN["mynetworks"] + " 198.51.100.0/24"}, line="mynetworks"),
    Wrong("a network that Postfix has not", ["networks-differ"], {"mynetworks": "127.0.0.0/8 [::1]/128"}),
    Wrong("smtpd_delay_reject", ["delay-reject"], {"smtpd_delay_reject": "no"}, line="smtpd_delay_reject"),
    Wrong("sender login maps too", ["sender-login-maps"], line="smtpd_sender_restrictions",
          main={"smtpd_sender_login_maps": "static:all", "smtpd_sender_restrictions": "reject_sender_login_mismatch"}),
    Wrong("a submission port of its own", ["submission-unrecognised"], line="2525 inet",
          services="2525 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=yes\n"
                   "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n"),
    Wrong("all mail a submission", ["submission-everywhere"], {"milter_macro_daemon_name": "ORIGINATING"}, line="milter_macro_daemon_name"),
    Wrong("submission without AUTH", ["submission-without-auth"], edit=("  -o smtpd_tls_security_level=may\n  -o smtpd_sasl_auth_enable=yes\n", "  -o smtpd_tls_security_level=may\n")),
    Wrong("AUTH in the clear", ["auth-without-tls"], edit=("  -o smtpd_tls_auth_only=yes\n", ""), line="-o smtpd_sasl_auth_enable"),
    Wrong("AUTH that nobody can use", ["auth-never"], edit=("  -o smtpd_tls_security_level=may\n", "  -o smtpd_tls_security_level=none\n")),
    Wrong("a domain that the policy has not", ["domains-differ"], {"virtual_mailbox_domains": "example.com, example.org"}, line="virtual_mailbox_domains"),
    Wrong("a relayed domain that the policy has not", ["domains-differ"], {"relay_domains": "backup.example, other.example"}, line="relay_domains"),
    Wrong("a domain that Postfix has not", ["domains-differ"], {"virtual_mailbox_domains": "x.shops.example.com"}),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name.replace(" ", "-"))
def test_a_wrong_setting_gives_its_own_finding(place: Place, wrong: Wrong) -> None:
    master = shipped_services(wrong.chroot)
    if wrong.edit:
        assert wrong.edit[0] in master
        master = master.replace(*wrong.edit, 1)
    directory = place.directory(OWN | shipped_settings() | wrong.main, master + wrong.services)
    found = place.findings(directory)
    assert sorted(one["id"] for one in found) == sorted(wrong.ids), json.dumps(found, indent=1)
    if wrong.line:
        lines = [Path(one["file"]).read_text().splitlines()[one["line"] - 1] for one in found if one["line"]]
        assert any(line.strip().startswith(wrong.line) for line in lines), found


@pytest.mark.parametrize("chroot", [True, False], ids=["chroot", "no chroot"])
def test_what_is_shipped_is_right(place: Place, chroot: bool) -> None:
    directory = place.directory(OWN | shipped_settings(), shipped_services(chroot))
    assert place.findings(directory) == []
    done = place.doctor(directory)
    assert re.fullmatch(r"Postfix [\d.]+ in \S+: wired as the policy needs it\n", done.stdout) and done.returncode == 0


def test_an_absolute_path_outside_of_a_chroot_is_right(place: Place) -> None:
    main = OWN | shipped_settings()
    main["smtpd_milters"] = MILTERS.replace("unix:relaypermit/", f"unix:{place.postfix.spool}/relaypermit/")
    assert place.findings(place.directory(main, shipped_services(False))) == []
    assert {one["id"] for one in place.findings(place.directory(main, shipped_services(True)))} == {"socket-elsewhere"}


def test_a_wiring_for_submissions_alone_is_right(place: Place) -> None:
    lines = [line.partition(" = ") for line in (CONTRIB / "submission-only.cf").read_text().splitlines() if not line.startswith("#")]
    main = OWN | shipped_settings() | {name.removesuffix(" ="): value for name, _, value in lines}
    master = shipped_services().replace("#  -o smtpd_milters=", "  -o smtpd_milters=")
    assert place.findings(place.directory(main, master)) == []
    # The two lines of master.cf forgotten.
    found = place.findings(place.directory(main, shipped_services()))
    assert [one["id"] for one in found] == ["milter-missing"] * 2
