"""What the tests take from npm: the versions of a package-lock.json, kept in the build directory."""

from __future__ import annotations

import subprocess
from pathlib import Path


def install(source: Path, target: Path) -> Path:
    """The packages of `source`, which has package.json and package-lock.json, below `target`: its node_modules.

    Where they are there already in these versions, nothing is fetched."""
    lock = (source / "package-lock.json").read_bytes()
    stamp = target / "installed"
    if not stamp.exists() or stamp.read_bytes() != lock:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (target / name).write_bytes((source / name).read_bytes())
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=target, check=True,
                       stdout=subprocess.DEVNULL)
        stamp.write_bytes(lock)
    return target / "node_modules"
