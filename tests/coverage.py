#!/usr/bin/python3
"""Prints the coverage of policy/ and fails below the threshold.

usage: coverage.py EXPORT.json MINIMUM_BRANCH_PERCENT
EXPORT.json is what `llvm-cov export -summary-only` writes.
"""
import json
import os
import sys


def main() -> int:
    export, minimum = sys.argv[1], float(sys.argv[2])
    with open(export, encoding="utf-8") as file:
        data = json.load(file)["data"][0]
    # Sources alone: of a function in a header the linker takes whichever copy it meets first, which is
    # mostly one of a room that is not measured.
    root = os.path.realpath("policy") + "/"
    files = [(path.removeprefix(root), entry["summary"]) for entry in data["files"]
             if (path := os.path.realpath(entry["filename"])).startswith(root) and path.endswith(".cpp")]
    total = {what: {part: sum(summary[what][part] for _, summary in files) for part in ("covered", "count")}
             for what in ("lines", "branches")}
    for name, summary in sorted(files, key=lambda file: file[1]["branches"]["percent"]):
        lines, branches = summary["lines"], summary["branches"]
        print(f"{name:32} lines {lines['covered']:5}/{lines['count']:<5}"
              f" branches {branches['covered']:5}/{branches['count']:<5} {branches['percent']:6.2f} %")
    if total["lines"]["count"] == 0:
        print("no line of policy/ was measured")
        return 1
    lines_percent, percent = (100.0 * total[what]["covered"] / max(total[what]["count"], 1)
                              for what in ("lines", "branches"))
    print(f"coverage: {lines_percent:.2f} % of lines, {percent:.2f} % of branches of policy/"
          f" (at least {minimum:g} % of branches)")
    return 0 if percent >= minimum else 1


if __name__ == "__main__":
    sys.exit(main())
