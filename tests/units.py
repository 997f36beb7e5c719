#!/usr/bin/python3
"""Checks contrib/systemd: the units are sound to systemd, the service is shut in well, also with each
drop-in that opens it, and both name the socket, the user and the paths that the program has as its own
defaults. Then the same with contrib/sendmail's drop-in, whose sockets are those that relaypermit.m4 has Sendmail ask.

Last, that the weekly report is off until it is turned on, comes once a week, and is made in a sandbox.

usage: units.py RELAYPERMITD
"""
import re
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UNITS = TOP / "contrib/systemd"
SENDMAIL = TOP / "contrib/sendmail"
DROP_IN = "relaypermitd.socket.d/sendmail.conf"
# Of the service as it is, and with each of the drop-ins that open it further.
MOST_EXPOSURE = {"": 1.0, "remote-tables.conf": 1.1, "own-sockets.conf": 1.3}
# Postfix's units on Debian 12 and 13, and Sendmail's.
MAIL_SERVERS = {"postfix.service", "postfix@-.service", "sendmail.service"}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


def tool_of(program: str) -> Path:
    return Path(program).resolve().parent.parent / "tool/commands/relaypermit"


def add_drop_in(directory: str, drop_in: Path) -> None:
    folder = Path(directory) / drop_in.parent.name
    folder.mkdir(exist_ok=True)
    (folder / drop_in.name).write_text(drop_in.read_text())


def exposure(drop_in: str) -> float | None:
    """How exposed systemd finds the service, with a drop-in or with none (""); None where it does not say."""
    with tempfile.TemporaryDirectory() as directory:
        service = Path(directory) / "relaypermitd.service"
        service.write_text((UNITS / service.name).read_text())
        if drop_in:
            add_drop_in(directory, UNITS / "relaypermitd.service.d" / drop_in)
        analysed = run("systemd-analyze", "security", "--offline=yes", str(service))
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", analysed.stdout)
    return float(found[1]) if found else None


def verify(program: str, with_sendmail: bool, drop_in: str = "") -> list[str]:
    """What systemd finds wrong."""
    with tempfile.TemporaryDirectory() as directory:
        service = Path(directory) / "relaypermitd.service"
        text = (UNITS / "relaypermitd.service").read_text().replace("/usr/sbin/relaypermitd", program)
        service.write_text(text.replace("/usr/bin/relaypermit ", f"{tool_of(program)} "))
        socket = Path(directory) / "relaypermitd.socket"
        socket.write_text((UNITS / "relaypermitd.socket").read_text())
        if with_sendmail:
            add_drop_in(directory, SENDMAIL / DROP_IN)
        if drop_in:
            add_drop_in(directory, UNITS / "relaypermitd.service.d" / drop_in)
        checked = run("systemd-analyze", "verify", "--man=no", str(service), str(socket))
    if checked.returncode == 0 and not checked.stderr.strip():
        return []
    return [f"systemd-analyze verify: {checked.stderr.strip() or checked.returncode}"]


def report_faults(program: str) -> list[str]:
    service, timer = UNITS / "relaypermit-report.service", UNITS / "relaypermit-report.timer"
    with tempfile.TemporaryDirectory() as directory:
        for unit in (service, timer):
            (Path(directory) / unit.name).write_text(unit.read_text().replace("/usr/bin/relaypermit ", f"{tool_of(program)} "))
        checked = run("systemd-analyze", "verify", "--man=no", *(f"{directory}/{unit.name}" for unit in (service, timer)))
    faults = [f"systemd-analyze verify: {checked.stderr}"] if checked.returncode or checked.stderr.strip() else []
    security = run("systemd-analyze", "security", "--offline=yes", str(service)).stdout
    exposure = re.search(r"Overall exposure level for .*: ([0-9.]+)", security)
    if not exposure or float(exposure[1]) > 1.0:
        faults.append(f"exposure of {service.name} is {exposure[1] if exposure else 'unknown'}, wanted at most 1.0")
    when, = values(timer, "OnCalendar")
    times = re.findall(r"(?:Next elapse|Iter\S* #\d+): \w+ (\S+) (\S+)", run("systemd-analyze", "calendar", "--iterations=2", when).stdout)
    days = [date.fromisoformat(day) for day, _ in times]
    if len(days) != 2 or days[1] - days[0] != timedelta(days=7):
        faults.append(f"{timer.name} does not come once a week: {when}")
    if "[Install]" in service.read_text() or values(timer, "WantedBy") != ["timers.target"]:
        faults.append(f"{timer.name} alone can be enabled, for timers.target")
    return faults


def main(program: str) -> int:
    faults = verify(program, with_sendmail=False) + verify(program, with_sendmail=True)
    faults += report_faults(program)

    drop_ins = sorted(path.name for path in (UNITS / "relaypermitd.service.d").iterdir())
    if sorted(MOST_EXPOSURE) != ["", *drop_ins]:
        faults.append(f"it is said of other drop-ins than {drop_ins} how far they may open the service")
    for drop_in, most in MOST_EXPOSURE.items():
        faults += verify(program, with_sendmail=False, drop_in=drop_in)
        found = exposure(drop_in)
        print(f"exposure{' with ' * bool(drop_in)}{drop_in}: {found}")
        if found is None or found > most:
            faults.append(f"exposure{' with ' * bool(drop_in)}{drop_in} is {found}, wanted {most} at the most")
    for unit in ("relaypermitd.service", "relaypermitd.socket"):
        if set(" ".join(values(UNITS / unit, "Before")).split()) != MAIL_SERVERS:
            faults.append(f"{unit} does not come before each of {', '.join(sorted(MAIL_SERVERS))}")
    service = UNITS / "relaypermitd.service"
    run_from = " ".join(values(service, "ExecPaths")).split()
    for command in values(service, "ExecStart") + values(service, "ExecReload"):
        if command.split()[0] not in run_from:
            faults.append(f"ExecPaths lacks {command.split()[0]}")
    if values(service, "LogRateLimitIntervalSec") != ["0"]:
        faults.append("the journal drops lines of the record above its limit of lines")

    protocols = (TOP / "config/protocols.h").read_text()
    default = re.search(r'"milter", "unix:([^"]+)"', protocols)
    assert default, "config/protocols.h has another form"
    if default[1] not in values(UNITS / "relaypermitd.socket", "ListenStream"):
        faults.append(f"relaypermitd.socket does not listen on {default[1]}, the default of [listen] milter")
    control = re.search(r'"control", "unix:([^"]+)"', protocols)
    assert control, "config/protocols.h has another form"
    if f"/run/{values(UNITS / 'relaypermitd.service', 'RuntimeDirectory')[0]}" != str(Path(control[1]).parent):
        faults.append(f"relaypermitd.service makes no directory for {control[1]}, the default of [listen] control")
    if values(UNITS / "relaypermitd.service", "ExecReload") != ["/usr/bin/relaypermit reload"]:
        faults.append("a reload does not fail where the policy has mistakes")
    asked = re.findall(r"\blocal:([^ ,\n]+)", (SENDMAIL / "relaypermit.m4").read_text())
    # The first value, an empty one, takes the sockets of the unit away.
    if values(SENDMAIL / DROP_IN, "ListenStream") != ["", *asked] or len(asked) != 2:
        faults.append(f"{DROP_IN} does not listen on {' and '.join(asked)}, which relaypermit.m4 asks")
    runtime, = values(UNITS / "relaypermitd.service", "RuntimeDirectory")
    kept = values(UNITS / "relaypermitd.service", "RuntimeDirectoryPreserve") == ["yes"]
    if any(path.startswith(f"/run/{runtime}/") for path in asked) and not kept:
        faults.append(f"the end of the service removes /run/{runtime} with the sockets of the socket unit")
    user, = values(UNITS / "relaypermitd.service", "User")
    if values(UNITS / "relaypermitd.socket", "SocketUser") != [user]:
        faults.append("the watchdog may not ask the sockets of relaypermitd.socket")
    if f"\nu {user} " not in (UNITS / "relaypermit.sysusers").read_text():
        faults.append(f"relaypermit.sysusers does not make the user {user}")

    for fault in faults:
        print(f"contrib/systemd: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
