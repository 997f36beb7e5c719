"""relaypermit doctor on what a milter is told, on the milters of others beside it, and on one of another machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import MILTERS, OWN, RELAY, Place, running_place, shipped_services
from postfix import shipped_settings


@pytest.fixture(scope="module", name="place")
def _place() -> Iterator[Place]:
    with running_place() as place:
        yield place


# What relaypermitd has to be told where it cannot ask: the list, the macro, and what else must not have it.
MACROS = [
    ("milter_connect_macros", "{daemon_name}", ()), ("milter_connect_macros", "{daemon_port}", ()),
    ("milter_mail_macros", "{tls_version}", ("milter_helo_macros",)),
    ("milter_mail_macros", "{auth_type}", ()), ("milter_mail_macros", "{auth_authen}", ()), ("milter_mail_macros", "{mail_addr}", ()),
    ("milter_rcpt_macros", "{rcpt_mailer}", ()), ("milter_rcpt_macros", "i", ()),
    ("milter_end_of_data_macros", "i", ("milter_data_macros",)),
]
ALL_MACROS = {
    "milter_protocol": "2", "milter_connect_macros": "j v {daemon_name} {daemon_port}", "milter_helo_macros": "{tls_version}",
    "milter_mail_macros": "i {auth_type} {auth_authen} {mail_addr}", "milter_rcpt_macros": "i {rcpt_mailer}",
    "milter_data_macros": "i", "milter_end_of_data_macros": "i",
}


@pytest.mark.parametrize(("parameter", "macro", "others"), MACROS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_macro_that_an_old_protocol_leaves_out_is_named(place: Place, parameter: str, macro: str, others: tuple[str, ...]) -> None:
    macros = dict(ALL_MACROS)
    for name in (parameter, *others):
        macros[name] = " ".join(word for word in macros[name].split() if word != macro)
    found = place.findings(place.directory(OWN | shipped_settings() | macros, shipped_services()))
    assert [one["id"] for one in found] == ["milter-macros"]
    assert found[0]["what"].endswith(f"is not told {macro} in {parameter}")


def test_an_old_protocol_that_tells_all_is_right(place: Place) -> None:
    assert place.findings(place.directory(OWN | shipped_settings() | ALL_MACROS, shipped_services())) == []


@pytest.mark.parametrize("where", ["before", "behind"])
def test_milters_that_neither_hold_nor_rewrite_may_stand_anywhere(place: Place, where: str) -> None:
    others = ", ".join(("local:opendkim/opendkim.sock", "local:openarc/openarc.sock", "local:opendmarc/opendmarc.sock",
                        "inet:localhost:11332", "unix:/run/rspamd/milter.sock", "unix:amavis/amavisd-milter.sock",
                        "unix:milter-greylist/milter-greylist.sock", "unix:spamass/spamass.sock",
                        "{ unix:/run/milter-regex/sock, default_action=accept }"))
    main = {"smtpd_milters": f"{others}, {MILTERS}" if where == "before" else f"{MILTERS}, {others}"}
    assert place.findings(place.directory(OWN | shipped_settings() | main, shipped_services())) == []
    # Those that do, in the right place.
    main = {"smtpd_milters": f"unix:/var/spool/MIMEDefang/mimedefang.sock, {MILTERS}, unix:/run/clamav/clamav-milter.ctl"}
    assert place.findings(place.directory(OWN | shipped_settings() | main, shipped_services())) == []


def test_the_line_that_is_given_has_the_milters_in_their_order(place: Place) -> None:
    milters = f"unix:a/a.sock, unix:/run/clamav/clamav-milter.ctl, {MILTERS}, unix:b/b.sock"
    found, = place.findings(place.directory(OWN | shipped_settings() | {"smtpd_milters": milters}, shipped_services()))
    assert found["write"] == f"smtpd_milters = unix:a/a.sock, {MILTERS}, unix:/run/clamav/clamav-milter.ctl, unix:b/b.sock"
    # Written so, it is right.
    milters = found["write"].removeprefix("smtpd_milters = ")
    assert place.findings(place.directory(OWN | shipped_settings() | {"smtpd_milters": milters}, shipped_services())) == []


def test_a_policy_service_in_a_class_is_found(place: Place) -> None:
    main = {"smtpd_restriction_classes": "explained", "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, explained",
            "explained": RELAY.removeprefix("permit_mynetworks, permit_sasl_authenticated, ")}
    assert place.findings(place.directory(OWN | shipped_settings() | main, shipped_services())) == []


def test_a_milter_on_another_machine_is_over_the_network(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = place.daemon.policy_file.read_text()
    path.write_text(re.sub(r'^milter .*', 'milter = "inet:8891@192.0.2.9"', text, flags=re.MULTILINE))
    main = {"smtpd_milters": "{ inet:192.0.2.9:8891, command_timeout=15s, default_action=tempfail }"}
    # Nobody is there.
    found = place.findings(place.directory(OWN | shipped_settings() | main, shipped_services()), path)
    assert sorted(one["id"] for one in found) == ["milter-over-tcp", "socket-silent"]
