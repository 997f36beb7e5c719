"""Plays the scenes on a private mail server and shows them; contrib/quickstart prepares and calls this.

    python3 contrib/demonstration [--once] [--mta postfix|sendmail]

The exit code is 1 where a session ended otherwise than its scene says. Whatever
ends the demonstration, Ctrl-C included, ends every process that it started.
"""

from __future__ import annotations

import argparse
import difflib
import re
import signal
import sys
import time
from pathlib import Path
from types import FrameType

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/mta"))

from help_pages import HelpPages  # noqa: E402
from process import wait_for  # noqa: E402
from record_line import Record  # noqa: E402
from scenes import ACCOUNTS, OUTSIDE, PASSWORD, SCENES, Scene  # noqa: E402
from screen import Screen  # noqa: E402
from servers import SERVERS, MailServer  # noqa: E402
from session import Session  # noqa: E402


def play(server: MailServer, scene: Scene) -> Session:
    """The session of a scene, up to the first refusal that is not of the password."""
    session = server.session(scene.port, OUTSIDE)
    with session:
        session.ehlo("laptop.example")
        if scene.tls and not session.secure:
            session.starttls()
            session.ehlo("laptop.example")
        if scene.login:
            session.auth(scene.login, scene.password)
        reply = session.mail(scene.sender)
        if reply.ok:
            reply = session.rcpt(scene.recipient)
        if reply.ok:
            author = scene.author or scene.sender
            session.data(f"From: {author}\r\nSubject: hello\r\n\r\nhello\r\n".encode())
    return session


def load(server: MailServer, policy: str) -> None:
    """Puts a file into policy.d and has it loaded."""
    folder = server.daemon.directory / "policy.d"
    folder.mkdir(exist_ok=True)
    (folder / "stolen.toml").write_text(policy)
    mark = server.daemon.mark()
    server.daemon.reload()
    server.daemon.wait_for_log("reloaded ", mark)


def shown(record: Record, whole: bool) -> str:
    """The log line; its reply, which stands above already, cut unless `whole`."""
    line = record.line[record.line.index("relaypermitd["):]
    return line if whole else re.sub(r'(reply="\d+ \S+ \w+ \w+).*(ref \w+)"$', r'\1 ... \2"', line)


def show_scene(screen: Screen, server: MailServer, number: int, scene: Scene, whole: bool) -> tuple[str, str]:
    """Plays and prints one scene. Returns the code of the deciding answer, and the cause or accept."""
    aside = f"port {scene.port}"
    screen.heading(f"{number:2}", scene.title, aside)
    screen.paragraph(scene.told, "  ", colour="dim")
    if scene.policy:
        load(server, scene.policy)
        screen.line()
        for line in scene.policy.splitlines():
            screen.line(f"     {line}", "cyan")
    screen.line()
    mark = server.daemon.mark()
    session = play(server, scene)
    record = server.daemon.wait_for_records(mark)[-1]
    screen.transcript(session.transcript)
    screen.log_line(shown(record, whole))
    if record["verdict"] == "mta-reject":
        screen.paragraph("The mail server refuses by itself, as it does without relaypermitd, which cannot change "
                         "its words here; the log says why.", "  ", colour="dim")
    outcome = record["cause"] or record["verdict"] or ""
    if outcome != scene.expect:
        screen.line(f"  expected {scene.expect}, got {outcome}", "red")
    return session.transcript[-1].line[:3], outcome


def changed_lines(shipped: str, used: str) -> tuple[list[str], list[str]]:
    """The lines of the policy in use that are not the shipped ones, and the keys that it does without."""
    def key(line: str) -> str:
        return line.partition("=")[0].strip()

    lines = [(diff[0], diff[2:].partition("#")[0].strip())
             for diff in difflib.ndiff(shipped.splitlines(), used.splitlines()) if diff[0] in "+-"]
    new = [line for sign, line in lines if sign == "+"]
    return new, [key(line) for sign, line in lines if sign == "-" and key(line) not in map(key, new)]


def introduce(screen: Screen, server: MailServer, pages: HelpPages) -> None:
    screen.line()
    screen.line(f"relaypermit on a real {server.name}", "bold")
    screen.line()
    ports = ", ".join(f"{real} for {port}" for port, real in server.ports.items())
    screen.items([
        ("mail server", f"127.0.0.1, port {ports}; all of it lies in {server.directory}"),
        ("outgoing mail", "ends in a sink on this machine: nothing leaves it"),
        ("accounts", f"{', '.join(ACCOUNTS)}; password {PASSWORD}"),
        ("help pages", f"{pages.address}, where every answer leads; relaypermit guide wrote them to {pages.folder}"),
        ("clients", f"come from {OUTSIDE}, which is outside"),
        ("policy", f"{server.daemon.policy_file}, which is config/policy.toml but for these lines:"),
    ])
    new, gone = changed_lines((TREE / "config/policy.toml").read_text(), server.daemon.policy_file.read_text())
    for line in new:
        screen.line(" " * 17 + line, "cyan")
    if gone:
        screen.line(" " * 17 + f"and without {' and '.join(gone)}")
    screen.line()
    screen.paragraph("Below, C is what the mail program says, with the code of the server's answer at the right; "
                     "S is the answer that decides, in full (what stands ahead of \"Not sent\" is the mail server's "
                     "own); log is relaypermitd's line for the admin.", colour="dim")


def show_all(screen: Screen, server: MailServer, pages: HelpPages) -> bool:
    """Every scene, and what it comes to."""
    introduce(screen, server, pages)
    outcomes = []
    for number, scene in enumerate(SCENES, 1):
        first_refusal = all(outcome == "accept" for _, outcome in outcomes)
        outcomes.append(show_scene(screen, server, number, scene, whole=first_refusal))

    accepted = sum(outcome == "accept" for _, outcome in outcomes)
    wait_for("the accepted messages in the sink", lambda: server.left() >= accepted)
    screen.heading("", "At a glance", "")
    for number, (scene, (code, outcome)) in enumerate(zip(SCENES, outcomes), 1):
        colour = "green" if outcome == "accept" else "red"
        screen.paragraph(scene.title, " " * 31, f"{number:2}  {screen.paint(code, colour)}  {outcome:<20}  ")
    screen.line()
    left = server.left()
    screen.paragraph(f"{accepted} messages were accepted, and {left} left the server, for the sink. "
                     f"{len(SCENES) - accepted} sessions were refused: the sentence tells people what to do, and by its "
                     "reference (ref) the admin finds the line in the log, with the cause and the rule.")
    return left == accepted and all(scene.expect == outcome for scene, (_, outcome) in zip(SCENES, outcomes))


def linger(screen: Screen, server: MailServer, pages: HelpPages) -> None:
    """Keeps running for the newcomer's own attempts; new records appear as they are written."""
    screen.line()
    screen.line("Your turn", "bold")
    screen.paragraph("Everything keeps running until Ctrl-C. Send something yourself from another terminal, or set up "
                     "an account in a mail program; the log lines appear here:")
    screen.line()
    for line in (
            f"curl --ssl-reqd -k --crlf smtp://127.0.0.1:{server.ports[587]} --user alice@example.com:{PASSWORD} \\",
            "  --mail-from orders@example.com --mail-rcpt someone@remote.example -T - \\",
            "  <<< 'From: orders@example.com'"):
        screen.line(f"  {line}", "cyan")
    screen.line()
    screen.items([
        ("change", f"{server.daemon.policy_file}, then kill -HUP {server.daemon.pid}"),
        ("read", f"{pages.address}, what people find who follow the address in an answer"),
        ("follow", f"{server.log} is the mail server's own log"),
    ])
    screen.line()
    mark = server.daemon.mark()
    while True:
        # A reader of another's log can but look at it now and then.
        time.sleep(0.2)
        text = server.daemon.log()[mark:]
        lines, end, _ = text.rpartition("\n")
        mark += len(lines) + len(end)
        for line in lines.splitlines():
            screen.log_line(line)


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ended_by_signal(number: int, _: FrameType | None) -> None:
    # A second Ctrl-C, out of impatience, must not leave half of it behind.
    for sign in ENDING:
        signal.signal(sign, lambda *_: None)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./contrib/quickstart")
    parser.add_argument("--once", action="store_true", help="end after the demonstration")
    parser.add_argument("--mta", choices=SERVERS, default="postfix", help="the mail server to show it on")
    options = parser.parse_args()
    for sign in ENDING:
        signal.signal(sign, ended_by_signal)

    screen = Screen()
    pages = HelpPages()
    server = SERVERS[options.mta](ACCOUNTS, pages.address)
    good = False
    try:
        server.start()
        pages.write(server.daemon.policy_file, server.directory / "help")
        good = show_all(screen, server, pages)
        if not options.once:
            linger(screen, server, pages)
    except KeyboardInterrupt:
        good = True
        screen.line()
    except BrokenPipeError:
        # Who reads has seen enough, as with `| head`.
        screen.mute()
    except (AssertionError, OSError) as fault:
        print(f"./contrib/quickstart: {fault}", file=sys.stderr)
    finally:
        pages.close()
        server.stop()
    screen.paragraph("Ended: no process is left, and the directory is removed.", colour="dim")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
