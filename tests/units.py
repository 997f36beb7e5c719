#!/usr/bin/python3
"""Checks contrib/systemd: the units are sound to systemd, the service is shut in well, and both
name the socket, the user and the paths that the program has as its own defaults. Then the same
with contrib/sendmail's drop-in, whose sockets are those that relaypermit.m4 has Sendmail ask.

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
MAX_EXPOSURE = 2.0


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


def tool_of(program: str) -> Path:
    return Path(program).resolve().parent.parent / "tool/commands/relaypermit"


def verify(program: str, with_sendmail: bool) -> list[str]:
    """What systemd finds wrong."""
    with tempfile.TemporaryDirectory() as directory:
        service = Path(directory) / "relaypermitd.service"
        text = (UNITS / "relaypermitd.service").read_text().replace("/usr/sbin/relaypermitd", program)
        service.write_text(text.replace("/usr/bin/relaypermit ", f"{tool_of(program)} "))
        socket = Path(directory) / "relaypermitd.socket"
        socket.write_text((UNITS / "relaypermitd.socket").read_text())
        if with_sendmail:
            drop_in = Path(directory) / DROP_IN
            drop_in.parent.mkdir()
            drop_in.write_text((SENDMAIL / DROP_IN).read_text())
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
    times = re.findall(r"(?:Next elapse|Iter. #\d+): \w+ (\S+) (\S+)", run("systemd-analyze", "calendar", "--iterations=2", when).stdout)
    days = [date.fromisoformat(day) for day, _ in times]
    if len(days) != 2 or days[1] - days[0] != timedelta(days=7):
        faults.append(f"{timer.name} does not come once a week: {when}")
    if "[Install]" in service.read_text() or values(timer, "WantedBy") != ["timers.target"]:
        faults.append(f"{timer.name} alone can be enabled, for timers.target")
    return faults


def main(program: str) -> int:
    faults = verify(program, with_sendmail=False) + verify(program, with_sendmail=True)
    faults += report_faults(program)

    security = run("systemd-analyze", "security", "--offline=yes", str(UNITS / "relaypermitd.service"))
    exposure = re.search(r"Overall exposure level for .*: ([0-9.]+)", security.stdout)
    if not exposure or float(exposure[1]) >= MAX_EXPOSURE:
        faults.append(f"exposure is {exposure[1] if exposure else 'unknown'}, wanted below {MAX_EXPOSURE}")

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
    if f"\nu {user} " not in (UNITS / "relaypermit.sysusers").read_text():
        faults.append(f"relaypermit.sysusers does not make the user {user}")

    for fault in faults:
        print(f"contrib/systemd: {fault}")
    print(f"exposure: {exposure[1] if exposure else 'unknown'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
