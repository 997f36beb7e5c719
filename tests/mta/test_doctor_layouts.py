"""relaypermit doctor on set-ups that are right, or that need what it says and no more: Debian's, and the bundles'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundles import BUNDLES, Bundle
from doctor import MILTERS, OWN, Place, running_place, shipped_services
from postfix import BASE_SERVICES, shipped_settings


@pytest.fixture(scope="module", name="place")
def _place() -> Iterator[Place]:
    with running_place() as place:
        yield place


# Debian's own main.cf, as its installer writes it for an internet site, and the lines of README.md below it.
DEBIAN = """smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no
append_dot_mydomain = no
readme_directory = no
compatibility_level = 3.6
smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem
smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key
smtpd_tls_security_level=may
smtp_tls_CApath=/etc/ssl/certs
smtp_tls_security_level=may
smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = mail.example.com
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
mydestination = $myhostname, example.com, mail.example.com, localhost.example.com, , localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
inet_protocols = all
"""
README_LINES = ("smtpd_milters", "milter_default_action", "message_reject_characters")
MINIMAL = """
[listen]
milter       = "unix:{spool}/relaypermit/milter.sock"
control      = "unix:{spool}/relaypermit/none.sock"
[relay]
hosted_domains = ["example.com"]
"""


@pytest.fixture
def minimal(place: Place, tmp_path: Path) -> Path:
    """A policy without a policy service, on the socket of the daemon that runs."""
    path = tmp_path / "policy.toml"
    path.write_text(MINIMAL.format(spool=place.postfix.spool))
    return path


def test_debians_main_cf_and_the_lines_of_the_readme_are_right(place: Place, minimal: Path) -> None:
    ours = {name: shipped_settings()[name] for name in README_LINES}
    assert place.findings(place.directory(ours, shipped_services(), DEBIAN), minimal) == []


# As the common bundles lay a Postfix out: what matters here of their main.cf and master.cf.
AMAVIS = """127.0.0.1:10025 inet n - y - - smtpd
  -o content_filter=
  -o mynetworks_style=host
  -o mynetworks=127.0.0.0/8
  -o local_recipient_maps=
  -o relay_recipient_maps=
  -o smtpd_restriction_classes=
  -o smtpd_client_restrictions=
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks,no_milters
"""
POSTSCREEN = """smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
dnsblog unix - - y - 0 dnsblog
tlsproxy unix - - y - 0 tlsproxy
"""
LAYOUTS = {
    "amavis behind content_filter": ({"content_filter": "smtp:[127.0.0.1]:10024"}, AMAVIS, False),
    "rspamd and OpenDKIM before it": ({"smtpd_milters": "inet:127.0.0.1:1, unix:opendkim/opendkim.sock, " + MILTERS}, "", False),
    "AUTH in main.cf and amavis": ({"content_filter": "smtp:[127.0.0.1]:10024", "smtpd_sasl_auth_enable": "yes",
                                    "smtpd_tls_auth_only": "yes"}, AMAVIS, False),
    "no IPv6 in mynetworks": ({"mynetworks": "127.0.0.0/8 192.0.2.0/24"}, "", False),
    "postscreen": ({}, POSTSCREEN, True),
    "domains in SQL": ({"virtual_mailbox_domains": "proxy:mysql:/etc/postfix/mysql/domains.cf, example.com"}, "", False),
    "a greylist among the recipient restrictions":
        ({"smtpd_recipient_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, "
          "check_policy_service inet:127.0.0.1:1"}, "", False),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_of_common_bundles_are_right(place: Place, name: str) -> None:
    main, services, replaces_port_25 = LAYOUTS[name]
    master = shipped_services()
    if replaces_port_25:
        master = master.replace("smtp inet n - y - - smtpd\n", "")
    assert place.findings(place.directory(OWN | shipped_settings() | main, master + services)) == []


def bundle_policy(place: Place, bundle: Bundle, path: Path) -> Path:
    text = place.daemon.policy_file.read_text()
    text = text[:text.index("[[alias]]")].replace('relay_domains    = ["backup.example"]\n', "").replace(', "*.shops.example.com"', "")
    path.write_text(text.replace('"::1/128"]', "".join(f'"{network}", ' for network in ("::1/128", *bundle.networks)).rstrip(", ") + "]"))
    return path


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_with_the_lines_of_the_readme_needs_what_doctor_says_and_no_more(place: Place, tmp_path: Path, name: str) -> None:
    bundle = BUNDLES[name]
    policy = bundle_policy(place, bundle, tmp_path / "policy.toml")
    main = {"compatibility_level": "3.6", "myhostname": "mail.example.com", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "private/auth"} | bundle.main | bundle.first
    services = BASE_SERVICES.replace("?       ", "n       ")
    found = place.findings(place.directory(main, services + bundle.services), policy)
    assert sorted(one["id"] for one in found) == sorted(bundle.found), json.dumps(found, indent=1)
    changed = bundle.services
    for old, new in bundle.edits:
        assert old in changed
        changed = changed.replace(old, new)
    found = place.findings(place.directory(main | bundle.then, services + changed), policy)
    assert found == [], json.dumps(found, indent=1)
