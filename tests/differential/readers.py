"""The programs that read mail: each gets all fields at once and answers a line for each."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import npm  # noqa: E402

HERE = pathlib.Path(__file__).parent / "readers"

# One line a reader; one process of it may have several readings.
READERS = {
    "python": ["/usr/bin/python3", HERE / "python_email.py"],
    "perl": ["perl", HERE / "perl_email.pl"],
    "spamassassin": ["perl", HERE / "perl_spamassassin.pl"],
    "ruby": ["ruby", HERE / "ruby_mail.rb"],
    "php": ["php", HERE / "php_mail.php"],
    "rspamd": ["sh", HERE / "rspamd.sh"],
    "jakarta": ["java", "-cp", "/usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar",
                HERE / "JakartaMail.java"],
    "npm": ["node", HERE / "npm_mail.cjs"],
    "gmime": ["{build}/tests/differential/read_gmime"],
    "etpan": ["{build}/tests/differential/read_etpan"],
    "mimetic": ["{build}/tests/differential/read_mimetic"],
    "vmime": ["{build}/tests/differential/read_vmime"],
}

SECONDS = 60  # for one process, which needs about ten
SLICE = 1500  # fields for one process


class Reader:
    def __init__(self, name, build):
        self.name = name
        self.command = [str(part).replace("{build}", str(build)) for part in READERS[name]]
        modules = pathlib.Path(build) / "tests" / "differential" / "npm" / "node_modules"
        self.environment = {**os.environ, "NODE_PATH": str(modules), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}

    def version(self):
        return self._run(["--version"], "").stdout.strip()

    def read(self, values):
        """For each value a dict from the reading's name to its addresses in bytes.

        A value at which the process dies or stays has no reading; another process reads the next.
        """
        answers = []
        while len(answers) < len(values):
            lines = "".join(value.hex() + "\n" for value in values[len(answers):])
            done = self._run([], lines)
            answers += [parse(line) for line in done.stdout.split("\n")[:-1]]
            if len(answers) < len(values):
                # One that answers nothing at all is broken, not fooled.
                if not done.stdout and len(answers) == 0:
                    raise RuntimeError(f"{self.name} does not run: {done.stderr[-2000:]}")
                answers.append({"died": []})
        return answers

    def _run(self, arguments, text):
        command = ["timeout", "-s", "KILL", str(SECONDS), *self.command, *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, errors="replace",
                              env=self.environment)


def parse(line):
    readings = {}
    for part in line.split(";"):
        name, _, addresses = part.rpartition("=")
        readings[name] = [bytes.fromhex(address) for address in addresses.split(",") if address]
    return readings


def install_npm(build):
    """The readers of npm, in the versions of npm/package-lock.json, into the build directory; where they lie then."""
    return npm.install(HERE.parent / "npm", pathlib.Path(build) / "tests" / "differential" / "npm")


def all_readings(readers, values):
    """For each reader the list of its readings, in slices that two processors share."""
    slices = [values[at:at + SLICE] for at in range(0, len(values), SLICE)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [(reader, [pool.submit(reader.read, part) for part in slices]) for reader in readers]
        return {reader.name: [answer for part in parts for answer in part.result()]
                for reader, parts in results}
