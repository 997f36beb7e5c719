"""relaypermitd as a child process, with the records that it has written so far."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import record_line
from process import Child, NotReady, Running, accepts, wait_for
from record_line import Record

TREE = Path(__file__).resolve().parents[2]


def program() -> Path:
    """The daemon under test: $RELAYPERMITD, or the one of $RELAYPERMIT_BUILD, or the newest build."""
    if given := os.environ.get("RELAYPERMITD"):
        return Path(given)
    builds = [Path(os.environ["RELAYPERMIT_BUILD"])] if "RELAYPERMIT_BUILD" in os.environ else [
        TREE / "build/release", TREE / "build/debug"]
    built = [path for build in builds if (path := build / "milter/relaypermitd").exists()]
    if not built:
        raise FileNotFoundError(f"no relaypermitd in {', '.join(map(str, builds))}: build it, or set RELAYPERMITD")
    return max(built, key=lambda path: path.stat().st_mtime)


def tool() -> Path:
    """relaypermit, of the same build."""
    return program().parent.parent / "tool/commands/relaypermit"


def address_of(socket: str) -> str | tuple[str, int]:
    """Where a socket in libmilter's syntax is to be reached."""
    kind, _, rest = socket.partition(":")
    if kind in ("unix", "local"):
        return rest
    port, _, host = rest.partition("@")
    return host.strip("[]"), int(port)


def worker_of(pid: int) -> int:
    """The process that serves for a relaypermitd that was started as `pid`; 0 where there is none just now."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    assert len(children) <= 1, children
    return int(children[0]) if children else 0


def with_listen(text: str, control: Path) -> str:
    """The policy with what lets Postfix reach its socket, where it does not say so itself, and with a control socket of its own."""
    if re.search(r"^\[listen\]", text, re.MULTILINE):
        return text
    return f'{text}\n[listen]\nsocket_mode  = "0660"\nsocket_group = "postfix"\ncontrol = "unix:{control}"\n'


def enforced(text: str) -> str:
    """The policy with its mode set to enforce, as tests assume it."""
    return re.sub(r'^mode\s*=\s*"monitor"', 'mode = "enforce"', text, flags=re.MULTILINE)


class Relaypermitd(Running):
    """One daemon; `with Relaypermitd(text, socket) as daemon:` starts it and ends it whatever happens.

    policy: the text of its policy file. socket: as -p wants it; empty: the policy names all. files: its limit of open files.
    user, group: as whom it runs; empty: as we do. parent: where its directory is made.
    """

    def __init__(self, policy: str, socket: str, files: int | None = None, user: str = "", group: str = "",
                 parent: Path | None = None) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="relaypermitd-", dir=parent))
        self.directory.chmod(0o755)
        self.policy_file = self.directory / "policy.toml"
        self.log_file = self.directory / "log"
        self.socket = socket
        self.files = files
        self.user, self.group = user, group
        self.child: Child | None = None
        self.before_start = 0
        self.write(policy)

    def write(self, policy: str) -> None:
        """Puts another policy in place, in one step; it counts after reload()."""
        new = self.directory / "policy.new"
        new.write_text(with_listen(policy, self.directory / "control.sock"))
        new.rename(self.policy_file)

    def tool(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of relaypermit with this daemon's policy."""
        return subprocess.run([str(tool()), *words, "-c", str(self.policy_file)], capture_output=True, text=True,
                              check=False, timeout=60)

    def launch(self) -> None:
        """Starts the process and waits for nothing."""
        binary = program()
        if self.user:
            # Another user may not be able to reach the build tree.
            binary = Path(shutil.copy(binary, self.directory / "relaypermitd"))
            binary.chmod(0o755)
        limit = ["prlimit", f"--nofile={self.files}"] if self.files else []
        self.child = Child([*limit, str(binary), "-f", "-c", str(self.policy_file), *(["-p", self.socket] if self.socket else [])],
                           self.log_file, user=self.user, group=self.group)

    def start(self) -> None:
        """On return it serves. Its sockets accept connections before that, and where it cannot serve."""
        self.before_start = self.mark()
        self.launch()
        wait_for("relaypermitd's socket", self._listens, 20)

    def _listens(self) -> bool:
        assert self.child
        if (code := self.child.exit_code()) is not None:
            raise NotReady(f"relaypermitd ended in its start with {code}:\n{self.log()}")
        # The front ends beside the milter, whose sockets the policy names.
        sockets = re.findall(r'^(?:policy|socketmap)\s*=\s*"(.+)"', self.policy_file.read_text(), re.MULTILINE)
        return " serves " in self.log()[self.before_start:] and all(
            accepts(address_of(socket)) for socket in [*sockets, self.socket] if socket)

    @property
    def pid(self) -> int:
        assert self.child
        return self.child.pid

    @property
    def worker(self) -> int:
        """The process that serves: the one child of the process that was started; 0 between two."""
        return worker_of(self.pid)

    def end(self) -> int:
        """TERM; its exit code, also where it had ended before. start() may follow."""
        code = self.child.stop(10) if self.child else 0
        self.child = None
        return code

    def stop(self) -> None:
        """Ends it and removes its directory. RELAYPERMIT_KEEP=1 leaves that for a look."""
        self.end()
        if not os.environ.get("RELAYPERMIT_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)

    def stop_within(self, limit_s: float) -> int:
        """TERM; its exit code, or NotReady where it takes longer."""
        assert self.child
        self.child.send(signal.SIGTERM)
        return self.child.wait(limit_s)

    def kill(self) -> None:
        """kill -9."""
        assert self.child
        self.child.send(signal.SIGKILL)
        self.child.wait(5)
        self.child = None

    def reload(self, sign: signal.Signals = signal.SIGHUP) -> None:
        assert self.child
        self.child.send(sign)

    def log(self) -> str:
        try:
            return self.log_file.read_text(errors="backslashreplace")
        except FileNotFoundError:
            return ""

    def wait_for_log(self, what: str, since: int = 0) -> str:
        """The log from offset `since` on, once it contains `what`."""
        wait_for(f"{what!r} in relaypermitd's log", lambda: what in self.log()[since:])
        return self.log()[since:]

    def records(self, since: int = 0) -> list[Record]:
        """The records from offset `since` of the log on; see `mark`. A last line still being written is left out."""
        lines = self.log()[since:].split("\n")[:-1]
        return [record for line in lines if (record := record_line.parse(line))]

    def mark(self) -> int:
        """The present end of the log, for `records`."""
        return len(self.log())

    def wait_for_records(self, since: int, count: int = 1,
                         wanted: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """The wanted records since the mark, once there are at least `count`."""
        def enough() -> list[Record]:
            found = [record for record in self.records(since) if wanted(record)]
            return found if len(found) >= count else []
        try:
            return wait_for(f"{count} records", enough, 10)
        except NotReady as fault:
            raise NotReady(f"{fault}; since then:\n{self.log()[since:]}") from None
