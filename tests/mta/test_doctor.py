"""relaypermit doctor on real configuration directories of Postfix: each wrong setting gives exactly its own finding, and
a set-up that is right gives none.

postconf(1) needs no running Postfix, so that each test is a copy of main.cf and master.cf with one change in it. The
queue directory and a relaypermitd that listens there are shared.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon import TREE, Relaypermitd, tool
from doctor import MILTERS, NO_CLOCK, OWN, RELAY, Place, running_place, shipped_services
from postfix import BASE_SERVICES, CONTRIB, shipped_settings

REINJECTION = "127.0.0.1:10025 inet n - y - - smtpd\n  -o content_filter=\n  -o smtpd_relay_restrictions=permit_mynetworks,reject\n"


@pytest.fixture(scope="module", name="place")
def _place() -> Iterator[Place]:
    with running_place() as place:
        yield place


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
    Wrong("judged twice with AUTH in main.cf", ["milter-twice"], services=REINJECTION, line="127.0.0.1:10025",
          main={"content_filter": "smtp:[127.0.0.1]:10024", "smtpd_sasl_auth_enable": "yes", "smtpd_tls_auth_only": "yes"}),
    Wrong("away and on hold before it", ["milter-ahead"], {"smtpd_milters": "{ inet:127.0.0.1:1, default_action=quarantine }, " + MILTERS}, line="smtpd_milters"),
    Wrong("away and on hold by the general one", ["milter-ahead"], {"smtpd_milters": "inet:127.0.0.1:1, " + MILTERS, "milter_default_action": "quarantine"}),
    Wrong("clamav-milter before it", ["milter-ahead"], {"smtpd_milters": "unix:/run/clamav/clamav-milter.ctl, " + MILTERS}),
    Wrong("MIMEDefang behind it", ["milter-behind"], {"smtpd_milters": MILTERS + ", unix:/var/spool/MIMEDefang/mimedefang.sock"}, line="smtpd_milters"),
    Wrong("mailfromd behind it on submission", ["milter-behind"], line="-o { smtpd_milters",
          edit=(FIRST_DAEMON_NAME, "  -o { smtpd_milters = " + MILTERS + ", unix:/run/mailfromd/mailfrom }\n" + FIRST_DAEMON_NAME)),
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
    Wrong("nothing at the end", ["open-relay", "policy-service-unasked"], {"smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated"},
          line="smtpd_relay_restrictions"),
    Wrong("a sender's claim", ["open-relay", "policy-service-unasked"],
          {"smtpd_relay_restrictions": "check_sender_access hash:/etc/postfix/senders, reject_unauth_destination"}),
    Wrong("a class that permits", ["open-relay"],
          {"smtpd_restriction_classes": "friends, all", "friends": "permit_mynetworks, all", "all": "permit",
           "smtpd_relay_restrictions": "friends, " + RELAY}, line="smtpd_relay_restrictions"),
    Wrong("a class that goes by a claim", ["open-relay"],
          {"smtpd_restriction_classes": "friends", "friends": "check_sender_access hash:/etc/postfix/friends",
           "smtpd_relay_restrictions": "friends, " + RELAY}),
    Wrong("owners checked in a class", ["sender-login-maps"], line="smtpd_sender_restrictions",
          main={"smtpd_sender_login_maps": "static:all", "smtpd_restriction_classes": "owners",
                "owners": "reject_authenticated_sender_login_mismatch", "smtpd_sender_restrictions": "owners"}),
    Wrong("owners checked by an access table", ["sender-login-maps"], line="smtpd_sender_restrictions",
          main={"smtpd_sender_login_maps": "static:all", "smtpd_restriction_classes": "owners",
                "owners": "reject_sender_login_mismatch",
                "smtpd_sender_restrictions": "check_sender_access inline:{example.com=owners}"}),
    Wrong("policy service too late in a class", ["policy-service-late"],
          {"smtpd_restriction_classes": "refuse", "refuse": "reject_unauth_destination",
           "smtpd_relay_restrictions": "permit_mynetworks, refuse, check_policy_service { unix:relaypermit/policy.sock, default_action=DUNNO }"}),
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
    Wrong("a domain of accounts that the policy has not", ["domains-differ"], {"mydestination": "$myhostname, localhost, example.org"}, line="mydestination"),
    Wrong("a domain of aliases that the policy has not", ["domains-differ"], {"virtual_alias_domains": "example.org"}, line="virtual_alias_domains"),
    Wrong("a relayed domain that Postfix has not", ["domains-differ"], {"relay_domains": ""}),
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


def test_the_manual_has_each_finding_and_no_other() -> None:
    sources = [*(TREE / "tool/wiring").glob("*_checks.cpp"), TREE / "tool/commands/doctor_command.cpp"]
    # The id follows the severity, with `?:` in one or the other at times.
    ids = {found for path in sources
           for found in re.findall(r'Severity::\w+,\s*"([a-z0-9-]+)"', path.read_text())}
    manual = (TREE / "contrib/man/relaypermit.1").read_text()
    section = manual[manual.index(".It Cm doctor"):manual.index(".It Cm reload")]
    listed = [word for line in re.findall(r"^\.It Cm (?!doctor)(.*)$", section, re.MULTILINE) for word in line.split(" , ")]
    assert sorted(listed) == sorted(ids)


def test_logins_on_port_25_alone_are_a_finding(place: Place) -> None:
    main = OWN | shipped_settings() | {"smtpd_sasl_auth_enable": "yes", "smtpd_tls_auth_only": "yes"}
    master = BASE_SERVICES.replace("?       ", "y       ") + "smtp inet n - y - - smtpd\n"
    assert [one["id"] for one in place.findings(place.directory(main, master))] == ["auth-on-25-only"]


def test_a_submission_on_another_port_is_known_by_its_name(place: Place) -> None:
    service = ("2525 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=yes\n"
               "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n  -o milter_macro_daemon_name=ORIGINATING\n")
    assert place.findings(place.directory(OWN | shipped_settings(), shipped_services() + service)) == []


def test_each_network_that_postfix_lacks_is_named(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(place.daemon.policy_file.read_text().replace('"::1/128"]', '"::1/128", "203.0.113.0/24", "198.51.100.0/24"]'))
    found = place.findings(place.directory(OWN | shipped_settings(), shipped_services()), path)
    assert [one["id"] for one in found] == ["networks-differ"] * 2


def test_who_may_not_look_is_told_nothing_wrong(place: Place) -> None:
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    with tempfile.TemporaryDirectory(prefix="relaypermit-") as name:
        Path(name).chmod(0o755)
        policy = Path(shutil.copy(place.daemon.policy_file, name))
        policy.chmod(0o644)
        program = Path(shutil.copy(tool(), name))
        done = subprocess.run([*NO_CLOCK, "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "doctor",
                               "--postfix", directory, "-c", policy], capture_output=True, text=True, check=False)
    assert "wired as the policy needs it" in done.stdout, done.stdout + done.stderr


def test_a_wiring_for_submissions_alone_is_right(place: Place) -> None:
    lines = [line.partition(" = ") for line in (CONTRIB / "submission-only.cf").read_text().splitlines() if not line.startswith("#")]
    main = OWN | shipped_settings() | {name.removesuffix(" ="): value for name, _, value in lines}
    master = shipped_services().replace("#  -o smtpd_milters=", "  -o smtpd_milters=")
    assert place.findings(place.directory(main, master)) == []
    # The two lines of master.cf forgotten.
    found = place.findings(place.directory(main, shipped_services()))
    assert [one["id"] for one in found] == ["milter-missing"] * 2


def test_a_table_that_cannot_be_asked_is_said(place: Place) -> None:
    main = OWN | shipped_settings() | {"virtual_mailbox_domains": "mysql:/nowhere/domains.cf"}
    done = place.doctor(place.directory(main, shipped_services()))
    assert done.returncode == 0
    assert "not looked into: mysql:/nowhere/domains.cf cannot be asked from here" in done.stdout


def test_domains_in_tables_are_read(place: Place) -> None:
    table = place.postfix.directory / "domains"
    table.write_text("example.com x\nsold.example x\n")
    main = OWN | shipped_settings() | {"virtual_mailbox_domains": f"texthash:{table}"}
    found = place.findings(place.directory(main, shipped_services()))
    assert [one["id"] for one in found] == ["domains-differ"] and "sold.example" in found[0]["what"]
    # A table of patterns is asked for the domains of the policy.
    table.write_text("/^example\\.com$/ x\n")
    main["virtual_mailbox_domains"] = f"regexp:{table}"
    assert place.findings(place.directory(main, shipped_services())) == []


def test_an_access_table_that_checks_no_owners_is_right(place: Place) -> None:
    main = OWN | shipped_settings() | {"smtpd_sender_login_maps": "static:all", "smtpd_sender_restrictions": (
        "check_sender_access inline:{spam.example=REJECT}, check_sender_access pcre:/nowhere/senders")}
    assert place.findings(place.directory(main, shipped_services())) == []


def test_what_is_printed_names_the_line_the_reason_and_the_remedy(place: Place) -> None:
    directory = place.directory(OWN | shipped_settings() | {"smtpd_delay_reject": "no"}, shipped_services())
    line = [number for number, text in enumerate((directory / "main.cf").read_text().splitlines(), 1) if text.startswith("smtpd_delay")][0]
    done = place.doctor(directory)
    assert done.stdout.splitlines()[:-1] == [
        f"{directory}/main.cf:{line}: warning: Postfix refuses clients and senders before relaypermitd is asked [delay-reject]",
        "   because: people read its words and not what to do",
        "   write:   smtpd_delay_reject = yes",
    ]
    assert done.stdout.splitlines()[-1].endswith(": 1 warning") and done.returncode == 0
    assert place.doctor(directory, "--strict").returncode == 1


@pytest.fixture
def broken_socket(place: Place, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The socket of this name, put back in order afterwards."""
    socket = place.postfix.spool / f"relaypermit/{request.param}.sock"
    before = socket.stat()
    aside = socket.with_name("aside")
    yield socket
    if aside.exists():
        socket.unlink(missing_ok=True)
        aside.rename(socket)
    socket.chmod(before.st_mode & 0o7777)
    os.chown(socket, before.st_uid, before.st_gid)
    socket.parent.chmod(0o750)


@pytest.mark.parametrize(("breaks", "ids"), [
    ("gone", ["socket-missing"]), ("root's", ["socket-permissions"]), ("folder", ["socket-permissions", "socket-permissions"]),
    ("open", ["socket-open"]), ("nobody", ["socket-silent"])])
@pytest.mark.parametrize("broken_socket", ["milter", "policy"], indirect=True)
def test_a_socket_out_of_order_is_its_own_finding(place: Place, broken_socket: Path, breaks: str, ids: list[str]) -> None:
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    if breaks == "root's":
        os.chown(broken_socket, 0, 0)
    elif breaks == "open":
        broken_socket.chmod(0o666)
    elif breaks == "folder":
        broken_socket.parent.chmod(0o700)
    else:
        broken_socket.rename(broken_socket.with_name("aside"))
        if breaks == "nobody":
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(broken_socket))
            broken_socket.chmod(0o660)
            shutil.chown(broken_socket, "root", "postfix")
    assert [one["id"] for one in place.findings(directory)] == ids


@pytest.mark.parametrize(("breaks", "ids"), [
    ("mistake", ["policy-broken"]), ("writable", ["policy-writable"]), ("future", ["clock"]), ("store", ["store-readable"]),
    ("no policy service", ["policy-service-unserved"]), ("other socket", ["socket-elsewhere"])])
def test_a_policy_out_of_order_is_its_own_finding(place: Place, tmp_path: Path, breaks: str, ids: list[str]) -> None:
    path = tmp_path / "policy.toml"
    text = place.daemon.policy_file.read_text()
    store = tmp_path / "decisions.db"
    if breaks == "mistake":
        text += "mood = 1\n"
    elif breaks == "store":
        store.touch(0o644)
        text += f'[log]\nstore = "{store}"\n'
    elif breaks == "no policy service":
        text = re.sub(r"^policy .*\n", "", text, flags=re.MULTILINE)
    path.write_text(text)
    path.chmod(0o666 if breaks == "writable" else 0o640)
    if breaks == "future":
        os.utime(path, (time.time() + 7200, time.time() + 7200))
    main = OWN | shipped_settings()
    if breaks == "other socket":
        main["smtpd_milters"] = MILTERS.replace("unix:relaypermit/milter.sock", "inet:127.0.0.1:1")
        path.write_text(text.replace(f"unix:{place.postfix.spool}/relaypermit/milter.sock", "unix:/run/elsewhere/milter.sock"))
        main["smtpd_milters"] = MILTERS.replace("milter.sock", "other.sock")
    assert [one["id"] for one in place.findings(place.directory(main, shipped_services()), path)] == ids


def test_a_clock_before_the_day_of_the_program_is_wrong(place: Place, tmp_path: Path) -> None:
    program = Path(shutil.copy(tool(), tmp_path))
    os.utime(program, (time.time() + 86400, time.time() + 86400))
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    done = subprocess.run([*NO_CLOCK, program, "doctor", "--postfix", directory, "-c", place.daemon.policy_file, "--json"],
                          capture_output=True, text=True, check=False)
    found, = json.loads(done.stdout)["findings"]
    assert (found["id"], found["severity"], found["file"]) == ("clock", "error", str(program)) and done.returncode == 1
    assert "until" in found["because"] and "certificates" in found["because"]


# In place of the kernel's answer: STA_UNSYNC is 0x40, TIME_ERROR 5 (adjtimex(2)).
ADJTIMEX = """#include <sys/timex.h>
int adjtimex(struct timex* state) { state->status = UNKEPT ? STA_UNSYNC : STA_PLL; return UNKEPT ? TIME_ERROR : TIME_OK; }
"""


@pytest.mark.parametrize(("unkept", "prefix", "ids"), [
    (1, (), ["clock"]), (0, (), []), (1, NO_CLOCK, [])], ids=["nobody keeps it", "kept", "a container"])
def test_a_clock_that_nobody_keeps_is_a_finding(place: Place, tmp_path: Path, unkept: int, prefix: tuple[str, ...], ids: list[str]) -> None:
    (tmp_path / "adjtimex.c").write_text(ADJTIMEX)
    subprocess.run(["cc", "-shared", "-fPIC", f"-DUNKEPT={unkept}", "-o", tmp_path / "adjtimex.so", tmp_path / "adjtimex.c"], check=True)
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    done = subprocess.run([*prefix, "env", f"LD_PRELOAD={tmp_path}/adjtimex.so", tool(), "doctor", "--postfix", directory,
                           "-c", place.daemon.policy_file, "--json"], capture_output=True, text=True, check=False,
                          env=os.environ | {"ASAN_OPTIONS": "verify_asan_link_order=0"})
    found = json.loads(done.stdout)["findings"]
    assert [one["id"] for one in found] == ids and done.returncode == 0
    assert all(one["severity"] == "warning" for one in found)


def test_what_cannot_be_read_is_exit_code_2(place: Place) -> None:
    done = place.doctor(Path("/nowhere"))
    assert done.returncode == 2 and "/nowhere/main.cf cannot be read" in done.stderr
    directory = place.directory(OWN | shipped_settings(), "smtp inet n\n")
    done = place.doctor(directory)
    assert done.returncode == 2 and "master.cf: line 1: bad field count" in done.stderr
    done = place.doctor(directory, policy=Path("/nowhere/policy.toml"))
    assert done.returncode == 2 and "name the policy with -c" in done.stderr


def test_a_probe_shows_what_each_socket_says_to_a_stranger(place: Place) -> None:
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    mark = place.daemon.mark()
    done = place.doctor(directory, "--probe")
    milter, policy, last = done.stdout.splitlines()
    spool = place.postfix.spool
    assert re.fullmatch(rf"probe: milter on unix:{spool}/relaypermit/milter\.sock in [\d.]+ ms: 530 5\.7\.0 .*ref \w{{8}}", milter)
    assert re.fullmatch(rf"probe: policy on unix:{spool}/relaypermit/policy\.sock in [\d.]+ ms: 550 5\.7\.1 .*ref \w{{8}}", policy)
    assert last.endswith("wired as the policy needs it") and done.returncode == 0
    # It is decided as any session, and recorded as one.
    records = place.daemon.wait_for_records(mark, 2)
    assert [(one["cause"], one["sender"]) for one in records] == [
        ("login-required", "relaypermit-doctor@example.com"), ("use-submission", "relaypermit-doctor@example.com")]


def test_a_probe_of_a_daemon_that_has_nothing_against_strangers_is_a_finding(place: Place) -> None:
    directory = place.directory(OWN | shipped_settings(), shipped_services())
    with tempfile.TemporaryDirectory(prefix="relaypermit-") as name:
        text = place.daemon.policy_file.read_text().replace(f"{place.postfix.spool}/relaypermit", name).replace("printers", "other")
        with Relaypermitd('mode = "monitor"\n' + text.replace(str(place.postfix.directory), name), "") as monitoring:
            enforcing = Path(name) / "policy.toml"
            enforcing.write_text(monitoring.policy_file.read_text().replace("monitor", "enforce"))
            done = place.doctor(directory, "--probe", "--json", policy=enforcing)
            assert "probe-accepted" in [one["id"] for one in json.loads(done.stdout)["findings"]]
        done = place.doctor(directory, "--probe", "--json", policy=enforcing)
        assert [one["id"] for one in json.loads(done.stdout)["findings"]].count("probe-failed") == 2
