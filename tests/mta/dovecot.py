"""Dovecot as the SASL server of a private Postfix: authentication only, no mailboxes."""

from __future__ import annotations

from pathlib import Path

from postfix import Postfix
from process import Child, Running, accepts, run, wait_for

# Relative to Postfix's queue directory, so that it is right for a chrooted smtpd and for one that is not.
SOCKET = "private/dauth"


class Dovecot(Running):
    """Serves the accounts of a Postfix that has sasl=dovecot.SOCKET; start it first."""

    def __init__(self, postfix: Postfix) -> None:
        self.directory = postfix.directory / "dovecot"
        self.socket = postfix.spool / SOCKET
        self.accounts = postfix.accounts
        self.child: Child | None = None

    def _configure(self) -> Path:
        self.directory.mkdir()
        passwords = self.directory / "passwords"
        passwords.write_text("".join(f"{login}:{{PLAIN}}{password}\n" for login, password in self.accounts.items()))
        file = self.directory / "dovecot.conf"
        # Logins reach Postfix in lower case, as most sites have it.
        if run(["dovecot", "--version"]).startswith("2.3."):
            settings = f"""\
auth_username_format = %Lu
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu {passwords}
}}
"""
        else:
            settings = f"""\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_username_format = %{{user | lower}}
auth_allow_cleartext = yes
passdb passwd-file {{
  auth_username_format = %{{user | lower}}
  passwd_file_path = {passwords}
}}
"""
        # From 2.4 on the first setting has to be the version.
        file.write_text(settings + f"""\
protocols =
ssl = no
listen = 127.0.0.1
base_dir = {self.directory}/run
state_dir = {self.directory}/state
log_path = {self.directory}/log
auth_mechanisms = plain login
# Any, as where a directory asks for them: blanks in a login, too.
auth_username_chars =
# Wrong passwords are part of the tests: nobody waits for them.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {self.socket} {{
    mode = 0660
    user = postfix
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")
        return file

    def start(self) -> None:
        self.child = Child(["dovecot", "-F", "-c", str(self._configure())], self.directory / "out")
        wait_for("Dovecot's auth socket", lambda: self.socket.exists() and accepts(str(self.socket)))

    def stop(self) -> None:
        if self.child:
            self.child.stop()
            self.child = None
