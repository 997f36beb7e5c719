"""What contrib/systemd ships fits the sample policy that stands beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def test_systemd_opens_every_socket_of_the_sample_policy_in_postfixs_queue() -> None:
    # The daemon's user may not make one there: /var/spool/postfix/relaypermit belongs to root.
    listen = tomllib.loads((TREE / "config/policy.toml").read_text())["listen"]
    wanted = {listen[key].removeprefix("unix:") for key in ("milter", "policy", "socketmap") if key in listen}
    unit = (TREE / "contrib/systemd/relaypermitd.socket").read_text().splitlines()
    assert wanted == {line.partition("=")[2] for line in unit if line.startswith("ListenStream=")}
