"""replay takes less than ten microseconds of one core for a decision: a million in ten seconds."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

from conftest import RELAYPERMIT, STORE_PROGRAM

DECISIONS = 200_000
BUDGET_US = 10.0


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_a_decision_takes_less_than_ten_microseconds(tmp_path: Path) -> None:
    store = tmp_path / "d.db"
    subprocess.run([STORE_PROGRAM, "fill", store, str(DECISIONS)], check=True, capture_output=True)
    policy = tmp_path / "policy.toml"
    aliases = "".join(f'[[alias]]\nid = "a{i}"\nlogins = ["user{i}"]\nsenders = ["team{i}@example.com"]\n'
                      for i in range(1000))
    policy.write_text('[relay]\nhosted_domains = ["example.com"]\n[login]\ndefault_realm = "example.com"\n' + aliases)
    best = BUDGET_US * 100
    # The best of a few: a neighbour on the same core counts as ours otherwise.
    for _ in range(4):
        before = cpu_s()
        done = subprocess.run([RELAYPERMIT, "replay", "--policy", policy, "--store", store, "--since", "30d"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f"{DECISIONS:,} decisions" in done.stdout
        best = min(best, (cpu_s() - before) * 1e6 / DECISIONS)
    print(f"{best:.1f} us a decision")
    assert best < BUDGET_US
