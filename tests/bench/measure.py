"""What the benchmarks share: rows that are measured beside a baseline, in turns, in namespaces of their own."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mta"))
from process import Child, accepts, wait_for  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
LINE_BYTES = 300  # about what an accepted message has in the log
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
DEV_LOG = """set -eu
mkdir "$1/dev"
mount -t tmpfs -o mode=755 dev "$1/dev"
for device in null zero full random urandom tty; do : >"$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mkdir "$1/dev/shm"
mount --bind /dev/shm "$1/dev/shm"
ln -s /proc/self/fd "$1/dev/fd"
ln -s "$1/log" "$1/dev/log"
mount --move "$1/dev" /dev
"""


def family(pid: int) -> list[int]:
    """The process and its children's children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_s(pid: int) -> float:
    fields = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in family(pid)]
    return sum(int(f[11]) + int(f[12]) for f in fields) / TICKS


def rss_mb(pid: int) -> float:
    return sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family(pid)) * PAGE_KB / 1024


def bring_up_loopback() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket() as any_socket:
        answer = fcntl.ioctl(any_socket, get_flags, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", answer)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def take_log_queue_of_systemd() -> None:
    """As many datagrams as systemd lets wait at a socket, where the kernel's own default is 10."""
    try:
        Path("/proc/sys/net/unix/max_dgram_qlen").write_text("512\n")
    except OSError as error:
        print(f"the log's queue holds 10 lines only: {error}", file=sys.stderr)


@dataclass
class Row:
    name: str
    aliases: int
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    rate_ratios: list[float] = field(default_factory=list)
    cpu_ratios: list[float] = field(default_factory=list)
    replies: dict[str, list[float]] = field(default_factory=dict)
    rss_mb: float = 0
    start_s: float = 0

    def take(self, load: dict, cpu: float) -> None:
        self.rates.append(load["rate"])
        self.cpu_us.append(cpu / load["messages"] * 1e6)
        for key, value in load.items():
            if key.endswith("_us"):
                self.replies.setdefault(key, []).append(value)

    def compare(self, baseline: Row) -> None:
        self.rate_ratios.append(self.rates[-1] / baseline.rates[-1])
        if baseline.cpu_us[-1] > 0:
            self.cpu_ratios.append(self.cpu_us[-1] / baseline.cpu_us[-1])

    def figures(self) -> dict:
        middle = {name: statistics.median(values) for name, values in self.replies.items()}
        return {"name": self.name, "aliases": self.aliases, "rate": statistics.median(self.rates),
                "rate_ratio": statistics.median(self.rate_ratios) if self.rate_ratios else 1.0,
                # The mean, because the kernel counts in ticks, of which a turn behind Postfix has a few.
                "cpu_us": statistics.fmean(self.cpu_us),
                "cpu_ratio": statistics.median(self.cpu_ratios) if self.cpu_ratios else None,
                "rss_mb": self.rss_mb, "start_s": self.start_s, **middle}


class Bench:
    def __init__(self, build: Path, folder: Path, rounds: int, messages: int) -> None:
        self.build, self.folder, self.rounds, self.messages = build, folder, rounds, messages
        self.programs = build / "tests/bench"
        self.number = 0

    def load(self, *command: object) -> dict:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise SystemExit(f"{command[0]}: {done.stderr}")
        return json.loads(done.stdout)

    def filter(self, command: list[str], socket: Path, out: str) -> tuple[Child, float]:
        started = time.monotonic()
        child = Child(command, self.folder / out)
        wait_for(str(socket), lambda: child.exit_code() is not None or accepts(str(socket)), 60)
        if child.exit_code() is not None:
            raise SystemExit((self.folder / out).read_text())
        return child, time.monotonic() - started


def table(title: str, rows: list[dict], replies: list[str]) -> str:
    head = ["", "aliases", "rate", "ratio", "CPU/msg", "ratio", *(f"{name} p50/p99" for name in replies), "RSS", "start"]
    lines = [head]
    for row in rows:
        ratio = f"{row['cpu_ratio']:.2f}" if row["cpu_ratio"] else "-"
        lines.append([row["name"], f"{row['aliases']:,}" if row["aliases"] else "-", f"{row['rate']:,.0f}/s",
                      f"{row['rate_ratio']:.2f}", f"{row['cpu_us']:.0f} us" if row["cpu_us"] else "-", ratio,
                      *(f"{row[name + '_p50_us']:.0f}/{row[name + '_p99_us']:.0f} us" for name in replies),
                      f"{row['rss_mb']:.0f} MB" if row["rss_mb"] else "-", f"{row['start_s']:.2f} s" if row["start_s"] else "-"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    text = [title]
    for line in lines:
        text.append("  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                                     for i, (cell, width) in enumerate(zip(line, widths))).rstrip())
    return "\n".join(text)


def in_own_namespaces() -> None:
    """Starts the program anew where /dev/log and the loopback are its own: they go with it, however it ends."""
    if "RELAYPERMIT_BENCH" not in os.environ:
        os.environ["RELAYPERMIT_BENCH"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, *sys.argv])
    bring_up_loopback()
    take_log_queue_of_systemd()


@contextmanager
def scratch_with_log(programs: Path, pause: list[str]) -> Iterator[Path]:
    """A folder, and log_sink at /dev/log; says at the end how many lines that took."""
    with tempfile.TemporaryDirectory(prefix="relaypermit-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        subprocess.run(["bash", "-c", DEV_LOG, "bash", name], check=True)
        log = Child([str(programs / "log_sink"), str(folder / "log"), *pause], folder / "log.out")
        try:
            wait_for("log_sink", (folder / "log").exists)
            yield folder
        finally:
            log.send(signal.SIGTERM)
            log.wait(5)
        print(f"{(folder / 'log.out').read_text().strip()} lines were logged")
