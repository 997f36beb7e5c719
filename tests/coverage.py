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
    root = os.getcwd() + "/"
    for entry in sorted(data["files"], key=lambda e: e["summary"]["branches"]["percent"]):
        lines, branches = entry["summary"]["lines"], entry["summary"]["branches"]
        print(f"{entry['filename'].removeprefix(root).removeprefix('build/asan/rooms/policy/'):32}"
              f" lines {lines['covered']:5}/{lines['count']:<5}"
              f" branches {branches['covered']:5}/{branches['count']:<5} {branches['percent']:6.2f} %")
    lines, branches = data["totals"]["lines"], data["totals"]["branches"]
    if lines["count"] == 0:
        print("no line of policy/ was measured")
        return 1
    percent = branches["percent"] if branches["count"] else 100.0
    print(f"coverage: {lines['percent']:.2f} % of lines, {percent:.2f} % of branches of policy/"
          f" (at least {minimum:g} % of branches)")
    return 0 if percent >= minimum else 1


if __name__ == "__main__":
    sys.exit(main())
