"""Mail programs without a window, each sending one letter by a server that it logs in to; what it says then."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from process import wait_for
from unpacked import unpacked
from world import PASSWORD

REMOTE = "someone@remote.invalid"


@dataclass(frozen=True)
class Letter:
    """login: as whom the program logs in. sender: of the envelope. author: what stands in From."""

    login: str
    sender: str
    author: str

    @property
    def text(self) -> str:
        return f"From: {self.author}\nTo: {REMOTE}\nSubject: hello\n\nhello\n"

    @property
    def user(self) -> str:
        """As it stands in a URL."""
        return self.login.replace("@", "%40")


Program = Callable[[Path, int, Letter], str]


def ran(folder: Path, *command: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "HOME": str(folder), "LC_ALL": "C", **(env or {})})
    return done.stdout + done.stderr


def msmtp(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "msmtp", "--file=/dev/null", "--host=127.0.0.1", f"--port={port}", "--tls=on", "--tls-certcheck=off",
               "--auth=plain", f"--user={letter.login}", f"--passwordeval=echo {PASSWORD}", f"--from={letter.sender}", REMOTE,
               stdin=letter.text)


def php_mail(folder: Path, port: int, letter: Letter) -> str:
    """By msmtp, as many web servers have it: its text is on standard error."""
    sendmail = folder / "sendmail"
    sendmail.write_text(
        f"#!/bin/sh\nexec msmtp --file=/dev/null --host=127.0.0.1 --port={port} --tls=on --tls-certcheck=off --auth=plain "
        f"--user={letter.login} --passwordeval='echo {PASSWORD}' --from={letter.sender} -t\n")
    sendmail.chmod(0o755)
    return ran(folder, "php", "-d", f"sendmail_path={sendmail}", "-r",
               f"mail('{REMOTE}', 'hello', 'hello', 'From: {letter.author}') and print('sent');")


def curl(folder: Path, port: int, letter: Letter) -> str:
    """Its text is in -v alone."""
    return ran(folder, "curl", "-sv", "--ssl-reqd", "-k", f"smtp://127.0.0.1:{port}", "-u", f"{letter.login}:{PASSWORD}",
               "--mail-from", letter.sender, "--mail-rcpt", REMOTE, "-T", "-", stdin=letter.text)


def swaks(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "swaks", "--server", "127.0.0.1", "--port", str(port), "--tls", "--auth", "PLAIN", "--auth-user",
               letter.login, "--auth-password", PASSWORD, "--from", letter.sender, "--to", REMOTE, "--h-From", letter.author)


def s_nail(folder: Path, port: int, letter: Letter) -> str:
    # Its envelope sender is From, or Sender where From has several.
    authors = letter.author if letter.author == letter.sender else f"{letter.author},{letter.sender}"
    return ran(folder, "s-nail", "-n", "-S", "v15-compat", "-S", f"mta=smtp://{letter.user}:{PASSWORD}@127.0.0.1:{port}", "-S",
               "smtp-use-starttls", "-S", "smtp-auth=plain", "-S", "tls-verify=ignore", "-S", f"from={authors}", "-S",
               f"sender={letter.sender}", "-S", "sendwait", "-s", "hello", REMOTE, stdin="hello\n")


def _muttrc(folder: Path, port: int, letter: Letter) -> str:
    file = folder / "muttrc"
    file.write_text(
        f'set smtp_url="smtp://{letter.user}@127.0.0.1:{port}/"\nset smtp_pass="{PASSWORD}"\n'
        f'set from="{letter.author}"\nset envelope_from_address="{letter.sender}"\nset use_envelope_from=yes\n'
        f'set ssl_force_tls=yes\nset ssl_verify_host=no\nset ssl_verify_dates=no\n'
        f'set certificate_file="{folder}/cert.pem"\nset copy=no\nset hostname=client.example\n')
    return str(file)


def mutt(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "mutt", "-F", _muttrc(folder, port, letter), "-s", "hello", REMOTE, stdin="hello\n")


def neomutt(folder: Path, port: int, letter: Letter) -> str:
    return ran(folder, "neomutt", "-F", _muttrc(folder, port, letter), "-s", "hello", REMOTE, stdin="hello\n")


def git_send_email(folder: Path, port: int, letter: Letter) -> str:
    patch = folder / "0001.patch"
    patch.write_text(letter.text.replace("Subject: hello", "Subject: [PATCH] hello"))
    return ran(folder, "git", "-c", "sendemail.smtpsslcertpath=", "send-email", "--smtp-server=127.0.0.1", f"--smtp-server-port={port}", "--smtp-encryption=tls",
               f"--smtp-user={letter.login}", f"--smtp-pass={PASSWORD}", "--smtp-auth=PLAIN",
               f"--from={letter.author}", f"--envelope-sender={letter.sender}", f"--to={REMOTE}", "--confirm=never",
               "--suppress-cc=all", "--no-validate", str(patch), env={
                   "GIT_CEILING_DIRECTORIES": str(folder.parent),
                   **{f"GIT_{who}_{what}": letter.author for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}})


def sendemail(folder: Path, port: int, letter: Letter) -> str:
    # It has no option to trust a certificate that nobody signed.
    (folder / "Trusting.pm").write_text("use IO::Socket::SSL; IO::Socket::SSL::set_defaults(SSL_verify_mode => 0); 1;\n")
    message = folder / "message"
    message.write_text(letter.text)
    return ran(folder, "sendemail", "-f", letter.sender, "-t", REMOTE, "-s", f"127.0.0.1:{port}", "-o", "tls=yes", "-xu",
               letter.login, "-xp", PASSWORD, "-o", "message-format=raw", "-o", f"message-file={message}",
               env={"PERL5LIB": str(folder), "PERL5OPT": "-MTrusting"})


def ssmtp(folder: Path, port: int, letter: Letter) -> str:
    """Its envelope sender is From: an author beside it can stand in Sender alone."""
    root = unpacked("ssmtp", ("ssmtp",))
    settings = folder / "ssmtp.conf"
    settings.write_text(f"mailhub=127.0.0.1:{port}\nUseTLS=yes\nUseSTARTTLS=yes\nFromLineOverride=yes\nhostname=client.example\n")
    author = "" if letter.author == letter.sender else f"Sender: {letter.author}\n"
    return ran(folder, str(root / "usr/sbin/ssmtp"), f"-C{settings}", f"-au{letter.login}", f"-ap{PASSWORD}", REMOTE,
               stdin=f"{author}{replace(letter, author=letter.sender).text}")


PROGRAMS: list[Program] = [msmtp, php_mail, curl, swaks, s_nail, mutt, neomutt, git_send_email, sendemail, ssmtp]


class Screen:
    """A program in a terminal of 80 columns, `with Screen(folder, command) as screen:`."""

    def __init__(self, folder: Path, command: str) -> None:
        self.tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.env = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self.command = command

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run([*self.tmux, *arguments], capture_output=True, text=True, check=True, env=self.env).stdout

    def __enter__(self) -> Screen:
        self._tmux("new-session", "-d", "-x", "80", "-y", "24", self.command)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, check=False)

    def shown(self) -> str:
        return self._tmux("capture-pane", "-p")

    def wait_for(self, words: str) -> str:
        """All that is shown, once these words are."""
        return wait_for(f"{words!r} on the screen", lambda: shown if words in (shown := self.shown()) else "", 20)

    def keys(self, *keys: str) -> None:
        time.sleep(0.2)  # for what is shown is not yet read from
        self._tmux("send-keys", *keys)


def alpine(folder: Path, port: int, letter: Letter) -> str:
    """The line that it shows in its composer. Its envelope sender is the address of From."""
    (folder / "mail").mkdir()
    (folder / "inbox").touch()
    (folder / "pinerc").write_text(
        f"smtp-server=127.0.0.1:{port}/tls/novalidate-cert/user={letter.login}\nuser-domain=example.com\n"
        f"inbox-path={folder}/inbox\nfolder-collections=Mail {folder}/mail/[]\ndefault-fcc=\"\"\n"
        f"customized-hdrs=From: {letter.author}\nlast-version-used=6.26\nmail-check-interval=0\n"
        "feature-list=allow-changing-from,quell-folder-internal-msg,send-without-confirm\n")
    with Screen(folder, f"alpine -p {folder}/pinerc -P /dev/null {REMOTE}") as screen:
        screen.wait_for("Message Text")
        screen.keys("C-x")
        screen.wait_for("ENTER PASSWORD")
        screen.keys(PASSWORD, "Enter")
        screen.wait_for("Preserve password")
        screen.keys("n")
        shown = screen.wait_for("Mail not sent")
    line = next(line.strip() for line in shown.splitlines() if "Mail not sent" in line)
    return line.replace("[>", "[").replace("<]", "]")  # of a line that it has just begun to show
