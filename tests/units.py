#!/usr/bin/python3
"""Checks contrib/systemd: the units are sound to systemd, the service is shut in well, and both
name the socket, the user and the paths that the program has as its own defaults.

usage: units.py RELAYPERMITD
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UNITS = TOP / "contrib/systemd"
MAX_EXPOSURE = 2.0


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def values(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)


def main(program: str) -> int:
    faults = []
    with tempfile.TemporaryDirectory() as directory:
        service = Path(directory) / "relaypermitd.service"
        service.write_text((UNITS / "relaypermitd.service").read_text().replace("/usr/sbin/relaypermitd", program))
        socket = Path(directory) / "relaypermitd.socket"
        socket.write_text((UNITS / "relaypermitd.socket").read_text())
        checked = run("systemd-analyze", "verify", "--man=no", str(service), str(socket))
        if checked.returncode != 0 or checked.stderr.strip():
            faults.append(f"systemd-analyze verify: {checked.stderr.strip() or checked.returncode}")

    security = run("systemd-analyze", "security", "--offline=yes", str(UNITS / "relaypermitd.service"))
    exposure = re.search(r"Overall exposure level for .*: ([0-9.]+)", security.stdout)
    if not exposure or float(exposure[1]) >= MAX_EXPOSURE:
        faults.append(f"exposure is {exposure[1] if exposure else 'unknown'}, wanted below {MAX_EXPOSURE}")

    default = re.search(r'std::string milter\{"unix:([^"]+)"\}', (TOP / "config/settings.h").read_text())
    assert default, "config/settings.h has another form"
    if values("relaypermitd.socket", "ListenStream") != [default[1]]:
        faults.append(f"relaypermitd.socket does not listen on {default[1]}, the default of [listen] milter")
    user, = values("relaypermitd.service", "User")
    if f"\nu {user} " not in (UNITS / "relaypermit.sysusers").read_text():
        faults.append(f"relaypermit.sysusers does not make the user {user}")

    for fault in faults:
        print(f"contrib/systemd: {fault}")
    print(f"exposure: {exposure[1] if exposure else 'unknown'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
