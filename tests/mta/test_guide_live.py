"""guide --check --live against the real Postfix as shipped: 587 with STARTTLS and 465 keep what the guide says."""

from __future__ import annotations

import json
from pathlib import Path

from inspected import Inspected
from postfix import MYHOSTNAME


def test_what_the_guide_says_of_a_postfix_as_shipped_holds(tmp_path: Path) -> None:
    with Inspected() as world:
        guide, certificate = tmp_path / "help", world.postfix.directory / "tls/cert.pem"
        world.tool("guide", "--out", guide)
        places = [word for port, listener in ((587, "submission"), (465, "submissions")) for word in (
            "--connect-to", f"{MYHOSTNAME}:{port}:127.0.0.1:{world.postfix.ports[listener]}")]
        found = json.loads(world.tool("guide", "--check", guide, "--live", "--ca", certificate, *places, "--json"))
        assert found["findings"] == []
        # Port 25, where no login is offered, is no port for mail programs.
        places[1] = f"{MYHOSTNAME}:587:127.0.0.1:{world.postfix.ports['smtp']}"
        found = json.loads(world.tool("guide", "--check", guide, "--live", "--ca", certificate, *places, "--json", code=1))
        assert [(f["about"], f["sentence"]) for f in found["findings"]] == [
            ("service", f"{MYHOSTNAME} port 587 offers no login once it is encrypted (AUTH)")]
