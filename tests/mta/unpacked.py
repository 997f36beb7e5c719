"""Debian packages that are unpacked into a cache and never installed.

Mail servers conflict with each other as packages, and none of those that are
tested here may touch the machine's own.
"""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from process import NotReady


def unpacked(name: str, packages: tuple[str, ...], prepare: Callable[[Path], None] = lambda _: None) -> Path:
    """The root folder of the packages, from the cache. Downloads them where it has none of this name yet,
    and has `prepare` change what it must before anybody uses it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "/var/tmp")) / "relaypermit-test"
    cache.mkdir(parents=True, exist_ok=True)
    # Root runs what lies here, and in /var/tmp anybody may make a directory of that name.
    about = cache.lstat()
    if about.st_uid != os.geteuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o022:
        raise NotReady(f"{cache} is not ours alone: remove it")
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = cache / name
        if not ready.exists():
            with tempfile.TemporaryDirectory(dir=cache) as new:
                download = ["apt-get", "-q", "download", *packages]
                if subprocess.run(download, cwd=new, check=False).returncode != 0:
                    subprocess.run(["apt-get", "-q", "update"], check=True)
                    subprocess.run(download, cwd=new, check=True)
                root = Path(new) / "root"
                for package in Path(new).glob("*.deb"):
                    subprocess.run(["dpkg-deb", "-x", package, root], check=True)
                prepare(root)
                root.rename(ready)
    return ready
