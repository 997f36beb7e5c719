"""How bundles of mail servers set Postfix up, reduced to what relaypermit doctor reads, and what has to be done to each
so that relaypermitd is asked as it should be.

Each names where its settings were read. Addresses of other programs are kept where nobody listens on them here;
tables in SQL are left as they are written, since doctor says of such what it cannot ask.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from postfix import shipped_settings

OURS = shipped_settings()
MILTER, RELAY = OURS["smtpd_milters"], OURS["smtpd_relay_restrictions"]
NUL = {"message_reject_characters": "\\0"}


@dataclass
class Bundle:
    """`main` and `services` as the bundle has them; `first` is what README.md has one add to main.cf, after which doctor
    finds `found`; `then` and `edits` are what these findings say to write, after which it finds nothing."""

    main: dict[str, str]
    services: str
    first: dict[str, str]
    found: list[str] = field(default_factory=list)
    then: dict[str, str] = field(default_factory=dict)
    edits: list[tuple[str, str]] = field(default_factory=list)
    networks: tuple[str, ...] = ()


REINJECTED = "  -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks"

# github.com/iredmail/iRedMail: samples/postfix/main.cf and master.cf; amavis as content_filter in main.cf
IREDMAIL = Bundle(
    main={
        "smtpd_tls_security_level": "may", "smtpd_reject_unlisted_sender": "yes", "mynetworks": "127.0.0.1",
        "mydestination": "$myhostname, localhost, localhost.localdomain", "virtual_alias_domains": "",
        "virtual_mailbox_domains": "proxy:mysql:/etc/postfix/mysql/virtual_mailbox_domains.cf",
        "relay_domains": "$mydestination, proxy:mysql:/etc/postfix/mysql/relay_domains.cf",
        "smtpd_helo_restrictions": "permit_mynetworks permit_sasl_authenticated check_helo_access pcre:/etc/postfix/helo_access.pcre "
                                   "reject_non_fqdn_helo_hostname reject_unknown_helo_hostname",
        "smtpd_sender_restrictions": "reject_non_fqdn_sender reject_unlisted_sender permit_mynetworks permit_sasl_authenticated "
                                     "check_sender_access pcre:/etc/postfix/sender_access.pcre reject_unknown_sender_domain",
        "smtpd_recipient_restrictions": "reject_non_fqdn_recipient reject_unlisted_recipient check_policy_service inet:127.0.0.1:7777 "
                                        "permit_mynetworks permit_sasl_authenticated reject_unauth_destination "
                                        "check_policy_service inet:127.0.0.1:12340",
        "smtpd_end_of_data_restrictions": "check_policy_service inet:127.0.0.1:7777",
        "content_filter": "smtp-amavis:[127.0.0.1]:10024",
    },
    services="""smtp inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
submission inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o content_filter=smtp-amavis:[127.0.0.1]:10026
465 inet n - n - - smtpd
  -o syslog_name=postfix/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o content_filter=smtp-amavis:[127.0.0.1]:10026
smtp-amavis unix - - n - 2 smtp
""" + "".join(f"""127.0.0.1:{port} inet n - n - - smtpd
  -o content_filter=
  -o mynetworks_style=host
  -o mynetworks=127.0.0.0/8
  -o local_header_rewrite_clients=
  -o smtpd_restriction_classes=
  -o smtpd_delay_reject=no
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o smtpd_end_of_data_restrictions=
{REINJECTED}{more}
""" for port, more in ((10025, ",no_address_mappings"), (10028, ""))),
    first={"smtpd_milters": MILTER, "smtpd_relay_restrictions": RELAY, **NUL},
    found=["milter-twice", "milter-twice"],
    edits=[(REINJECTED, REINJECTED + ",no_milters")],
)

# github.com/mail-in-a-box/mailinabox: setup/mail-postfix.sh and setup/dkim.sh; OpenDMARC by a milter of its own
MAIL_IN_A_BOX = Bundle(
    main={
        "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "yes", "mydestination": "localhost",
        "virtual_mailbox_domains": "sqlite:/etc/postfix/virtual-mailbox-domains.cf", "virtual_transport": "lmtp:[127.0.0.1]:10025",
        "smtpd_sender_login_maps": "sqlite:/etc/postfix/sender-login-maps.cf",
        "smtpd_sender_restrictions": "reject_non_fqdn_sender,reject_unknown_sender_domain,reject_authenticated_sender_login_mismatch,"
                                     "reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]",
        "smtpd_recipient_restrictions": "permit_sasl_authenticated,permit_mynetworks,reject_rbl_client zen.spamhaus.org=127.0.0.[2..11],"
                                        "reject_unlisted_recipient,check_policy_service inet:127.0.0.1:10023,check_policy_service inet:127.0.0.1:12340",
        "non_smtpd_milters": "$smtpd_milters", "milter_default_action": "accept", "mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
    },
    services="""smtp inet n - y - - smtpd
smtps inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o syslog_name=postfix/submission
  -o smtpd_milters=inet:127.0.0.1:8891
  -o cleanup_service_name=authclean
submission inet n - y - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o syslog_name=postfix/submission
  -o smtpd_milters=inet:127.0.0.1:8891
  -o smtpd_tls_security_level=encrypt
  -o cleanup_service_name=authclean
authclean unix n - y - 0 cleanup
""",
    first={"smtpd_milters": f"{MILTER}, inet:127.0.0.1:8891, inet:127.0.0.1:8893", "smtpd_relay_restrictions": RELAY, **NUL},
    found=["local-mail", "milter-missing", "milter-missing", "sender-login-maps"],
    then={"non_smtpd_milters": "inet:127.0.0.1:8891, inet:127.0.0.1:8893",
          "smtpd_sender_restrictions": "reject_non_fqdn_sender,reject_unknown_sender_domain,reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]"},
    edits=[("  -o smtpd_milters=inet:127.0.0.1:8891", f"  -o {{ smtpd_milters = {MILTER}, inet:127.0.0.1:8891 }}")],
)

# github.com/mailcow/mailcow-dockerized: data/conf/postfix/main.cf and master.cf
MAILCOW = Bundle(
    main={
        "smtpd_use_tls": "yes", "smtpd_tls_security_level": "may", "smtpd_tls_auth_only": "yes", "smtpd_sasl_auth_enable": "yes",
        "mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 [fe80::]/10 [fc00::]/7",
        "milter_default_action": "accept", "milter_protocol": "6", "milter_mail_macros": "i {mail_addr} {client_addr} {client_name} {auth_authen}",
        "relay_domains": "proxy:mysql:/opt/postfix/conf/sql/mysql_virtual_relay_domain_maps.cf",
        "virtual_mailbox_domains": "proxy:mysql:/opt/postfix/conf/sql/mysql_virtual_domains_maps.cf",
        "mydestination": "localhost.localdomain, localhost",
        "smtpd_recipient_restrictions": "permit_sasl_authenticated, permit_mynetworks, "
                                        "check_recipient_access proxy:mysql:/opt/postfix/conf/sql/mysql_tls_enforce_in_policy.cf, "
                                        "reject_invalid_helo_hostname, reject_unknown_reverse_client_hostname, reject_unauth_destination",
        "smtpd_sender_login_maps": "proxy:mysql:/opt/postfix/conf/sql/mysql_virtual_sender_acl.cf",
        "smtpd_sender_restrictions": "reject_authenticated_sender_login_mismatch, permit_mynetworks, permit_sasl_authenticated, "
                                     "reject_unlisted_sender, reject_unknown_sender_domain",
        "non_smtpd_milters": "inet:rspamd.invalid:9900",
    },
    services="""smtp inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
  -o smtpd_helo_restrictions=permit_mynetworks,reject_non_fqdn_helo_hostname
  -o smtpd_sasl_auth_enable=no
smtps inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_client_restrictions=permit_mynetworks,permit_sasl_authenticated,reject
submission inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_mynetworks,permit_sasl_authenticated,reject
  -o smtpd_enforce_tls=yes
  -o smtpd_tls_security_level=encrypt
588 inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_mynetworks,permit_sasl_authenticated,reject
  -o smtpd_tls_auth_only=no
  -o smtpd_sender_restrictions=check_sasl_access,regexp:/opt/postfix/conf/allow_mailcow_local.regexp,reject_authenticated_sender_login_mismatch,permit_mynetworks,permit_sasl_authenticated,reject_unlisted_sender,reject_unknown_sender_domain
590 inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_tls_auth_only=no
  -o smtpd_milters=
  -o non_smtpd_milters=
127.0.0.1:10026 inet n - n - 10 smtpd
  -o content_filter=
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters
  -o smtpd_helo_restrictions=
  -o smtpd_client_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o mynetworks=127.0.0.0/8
589 inet n - n - - smtpd
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o syslog_name=watchdog
  -o smtpd_milters=
""",
    first={"smtpd_milters": f"{MILTER}, inet:rspamd.invalid:9900", "smtpd_relay_restrictions": RELAY, **NUL},
    # 588 is for the web mail of the same network, which logs in without TLS.
    found=["auth-without-tls", "auth-without-tls", "milter-missing", "milter-missing", "sender-login-maps", "sender-login-maps",
           "submission-unrecognised"],
    then={"smtpd_sender_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unlisted_sender, reject_unknown_sender_domain"},
    edits=[("588 inet n - n - - smtpd\n", "588 inet n - n - - smtpd\n  -o milter_macro_daemon_name=ORIGINATING\n"),
           ("  -o smtpd_tls_auth_only=no\n", ""),
           ("allow_mailcow_local.regexp,reject_authenticated_sender_login_mismatch,", "allow_mailcow_local.regexp,"),
           ("  -o smtpd_milters=\n", "  -o smtpd_sasl_auth_enable=no\n")],
    networks=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fe80::/10", "fc00::/7"),
)

# github.com/docker-mailserver/docker-mailserver: target/postfix/main.cf and master.cf, with SPOOF_PROTECTION=1 and amavis
DOCKER_MAILSERVER = Bundle(
    main={
        "mydestination": "$myhostname, localhost.$mydomain, localhost", "mynetworks": "127.0.0.0/8 [::1]/128 [fe80::]/64",
        "smtpd_tls_security_level": "may", "smtpd_delay_reject": "yes",
        "smtpd_helo_restrictions": "permit_mynetworks, reject_invalid_helo_hostname, permit",
        "smtpd_recipient_restrictions": "permit_sasl_authenticated, permit_mynetworks, reject_unauth_destination, reject_unauth_pipelining, "
                                        "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, reject_unknown_recipient_domain",
        "smtpd_client_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, reject_unauth_pipelining",
        "dms_smtpd_sender_restrictions": "permit_sasl_authenticated, permit_mynetworks, reject_unknown_sender_domain",
        "smtpd_sender_restrictions": "$dms_smtpd_sender_restrictions",
        "mua_sender_restrictions": "reject_authenticated_sender_login_mismatch, $dms_smtpd_sender_restrictions",
        "smtpd_sender_login_maps": "pcre:/etc/postfix/maps/sender_login_maps.pcre", "smtpd_sasl_auth_enable": "no",
        "virtual_mailbox_domains": "example.com", "milter_protocol": "6", "milter_default_action": "accept", "non_smtpd_milters": "",
        "content_filter": "smtp-amavis:[127.0.0.1]:10024", "compatibility_level": "2",
    },
    services="smtp inet n - n - - smtpd\n" + "".join(f"""{name} inet n - n - - smtpd
  -o syslog_name=postfix/{name}
  -o {tls}
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=dovecot
  -o smtpd_sasl_path=private/auth
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=$mua_sender_restrictions
  -o milter_macro_daemon_name=ORIGINATING
""" for name, tls in (("submission", "smtpd_tls_security_level=encrypt"), ("smtps", "smtpd_tls_wrappermode=yes"))) + f"""127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter=
  -o smtpd_restriction_classes=
  -o smtpd_delay_reject=no
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o mynetworks=127.0.0.0/8
{REINJECTED},no_milters
""",
    first={"smtpd_milters": MILTER, "smtpd_relay_restrictions": RELAY, **NUL},
    found=["sender-login-maps", "sender-login-maps"],
    edits=[("=$mua_sender_restrictions", "=$dms_smtpd_sender_restrictions")],
    networks=("fe80::/64",),
)

# github.com/AVENTER-UG/ispconfig3, a copy of ISPConfig 3: install/tpl/debian_postfix.conf.master and
# master_cf_amavis10025.master, with its option reject_sender_login_mismatch and submission uncommented in Debian's master.cf
ISPCONFIG = Bundle(
    main={
        "smtpd_sasl_auth_enable": "yes", "smtpd_restriction_classes": "greylisting", "greylisting": "check_policy_service inet:127.0.0.1:10023",
        "virtual_alias_domains": "proxy:mysql:/etc/postfix/mysql-virtual_alias_domains.cf",
        "virtual_mailbox_domains": "proxy:mysql:/etc/postfix/mysql-virtual_domains.cf",
        "relay_domains": "proxy:mysql:/etc/postfix/mysql-virtual_relaydomains.cf",
        "mydestination": "mail.example.com, localhost, localhost.localdomain", "mynetworks": "127.0.0.0/8 [::1]/128",
        "smtpd_recipient_restrictions": "permit_mynetworks, reject_unknown_recipient_domain, reject_unlisted_recipient, "
                                        "check_recipient_access proxy:mysql:/etc/postfix/mysql-verify_recipients.cf, permit_sasl_authenticated, "
                                        "reject_non_fqdn_recipient, reject_unauth_destination, "
                                        "check_recipient_access proxy:mysql:/etc/postfix/mysql-virtual_recipient.cf, "
                                        "check_policy_service unix:private/quota-status",
        "smtpd_tls_security_level": "may", "smtpd_sender_login_maps": "proxy:mysql:/etc/postfix/mysql-virtual_sender_login_maps.cf",
        "smtpd_helo_restrictions": "permit_mynetworks, check_helo_access regexp:/etc/postfix/helo_access, permit_sasl_authenticated, "
                                   "reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, permit",
        "smtpd_sender_restrictions": "check_sender_access proxy:mysql:/etc/postfix/mysql-virtual_sender.cf, "
                                     "check_sender_access regexp:/etc/postfix/tag_as_originating.re, permit_mynetworks, "
                                     "reject_authenticated_sender_login_mismatch, permit_sasl_authenticated, reject_non_fqdn_sender, "
                                     "reject_unlisted_sender, check_sender_access regexp:/etc/postfix/tag_as_foreign.re",
        "smtpd_client_restrictions": "check_client_access proxy:mysql:/etc/postfix/mysql-virtual_client.cf, permit_inet_interfaces, "
                                     "permit_mynetworks, permit_sasl_authenticated, reject_unauth_pipelining, permit",
        "content_filter": "amavis:[127.0.0.1]:10024", "receive_override_options": "no_address_mappings",
    },
    services=f"""smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
smtps inet n - y - - smtpd
  -o syslog_name=postfix/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
amavis unix - - - - 2 smtp
127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter=
  -o smtpd_restriction_classes=
  -o smtpd_client_restrictions=
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o smtpd_end_of_data_restrictions=
  -o mynetworks=127.0.0.0/8
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks
""",
    first={"smtpd_milters": MILTER, "smtpd_relay_restrictions": RELAY, **NUL},
    # Port 25 offers AUTH in the clear.
    found=["auth-without-tls", "milter-twice", "sender-login-maps"],
    then={"smtpd_tls_auth_only": "yes",
          "smtpd_sender_restrictions": "check_sender_access proxy:mysql:/etc/postfix/mysql-virtual_sender.cf, permit_mynetworks, "
                                       "permit_sasl_authenticated, reject_non_fqdn_sender, reject_unlisted_sender"},
    edits=[("no_unknown_recipient_checks,no_header_body_checks", "no_unknown_recipient_checks,no_header_body_checks,no_milters")],
)


def modoboa(amavis: bool) -> Bundle:
    """github.com/modoboa/modoboa-installer: modoboa_installer/scripts/files/postfix/main.cf.tpl and master.cf.tpl"""
    port_25 = "smtp inet n - y - - smtpd\n"
    if amavis:
        port_25 = "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n  -o smtpd_proxy_filter=inet:[127.0.0.1]:10024\n"
    outer = "  -o smtpd_proxy_filter=inet:[127.0.0.1]:10026\n" if amavis else ""
    services = f"""{port_25}submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
  -o milter_macro_daemon_name=ORIGINATING
  -o cleanup_service_name=ascleanup
{outer}ascleanup unix n - y - 0 cleanup
"""
    if amavis:
        services += f"""127.0.0.1:10025 inet n - y - - smtpd
  -o content_filter=
  -o smtpd_delay_reject=no
  -o smtpd_client_restrictions=permit_mynetworks,reject
  -o smtpd_helo_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o smtpd_restriction_classes=
  -o mynetworks=127.0.0.0/8
{REINJECTED}
  -o local_header_rewrite_clients=permit_mynetworks,permit_sasl_authenticated
"""
    others = "" if amavis else ", inet:localhost:11332"
    return Bundle(
        main={
            "mydestination": "", "mynetworks": "127.0.0.0/8", "smtpd_use_tls": "yes", "smtpd_tls_auth_only": "no", "smtpd_tls_security_level": "may",
            "virtual_mailbox_domains": "pgsql:/etc/postfix/sql-domains.cf", "virtual_alias_domains": "pgsql:/etc/postfix/sql-domain-aliases.cf",
            "relay_domains": "pgsql:/etc/postfix/sql-relaydomains.cf", "smtpd_sasl_auth_enable": "yes",
            "smtpd_sender_login_maps": "pgsql:/etc/postfix/sql-sender-login-mailboxes.cf pgsql:/etc/postfix/sql-sender-login-aliases.cf",
            "smtpd_recipient_restrictions": "permit_mynetworks permit_sasl_authenticated check_recipient_access pgsql:/etc/postfix/sql-maintain.cf "
                                            "pgsql:/etc/postfix/sql-relay-recipient-verification.cf reject_unverified_recipient "
                                            "reject_unauth_destination reject_non_fqdn_sender reject_non_fqdn_recipient reject_non_fqdn_helo_hostname",
        },
        services=services,
        first={"smtpd_milters": MILTER + others, "smtpd_relay_restrictions": RELAY, **NUL},
        found=["auth-without-tls", *(["proxy-filter", "proxy-filter"] if amavis else []), "sender-login-maps"],
        # amavis as content_filter in place of smtpd_proxy_filter.
        then={"smtpd_tls_auth_only": "yes"} | ({"content_filter": "smtp:[127.0.0.1]:10024"} if amavis else {}),
        edits=[("=reject_sender_login_mismatch", "=")] + ([
            ("  -o smtpd_proxy_filter=inet:[127.0.0.1]:10024\n", ""),
            ("  -o smtpd_proxy_filter=inet:[127.0.0.1]:10026\n", "  -o content_filter=smtp:[127.0.0.1]:10026\n"),
            (REINJECTED, REINJECTED + ",no_milters")] if amavis else []),
    )


# github.com/postfixadmin/postfixadmin: DOCUMENTS/POSTFIX_CONF.txt, on Debian's main.cf
POSTFIXADMIN = Bundle(
    main={
        "smtpd_tls_security_level": "may", "mydestination": "$myhostname, localhost", "mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128",
        "virtual_mailbox_domains": "proxy:mysql:/etc/postfix/sql/mysql_virtual_domains_maps.cf",
        "virtual_alias_maps": "proxy:mysql:/etc/postfix/sql/mysql_virtual_alias_maps.cf, proxy:mysql:/etc/postfix/sql/mysql_virtual_alias_domain_maps.cf",
    },
    services="""smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
""",
    first={"smtpd_milters": MILTER, "smtpd_relay_restrictions": RELAY, **NUL},
)

BUNDLES = {
    "iRedMail": IREDMAIL, "Mail-in-a-Box": MAIL_IN_A_BOX, "mailcow": MAILCOW, "docker-mailserver": DOCKER_MAILSERVER,
    "ISPConfig": ISPCONFIG, "Modoboa with rspamd": modoboa(False), "Modoboa with amavis": modoboa(True), "PostfixAdmin": POSTFIXADMIN,
}
