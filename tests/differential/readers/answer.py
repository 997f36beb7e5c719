"""The protocol of a reader in Python: see README.md."""

import sys

import platform


def encode(text):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return data.hex()


def answer_lines(readings):
    """`readings(value)` yields pairs of a name and a function that gives the addresses read."""
    if sys.argv[1:] == ["--version"]:
        print("Python", platform.python_version())
        return
    for line in sys.stdin:
        parts = []
        for name, read in readings(bytes.fromhex(line)):
            try:
                addresses = [address for address in read() if address]
            except Exception:  # no reading at all
                addresses = []
            parts.append(name + "=" + ",".join(map(encode, addresses)))
        print(";".join(parts), flush=True)
