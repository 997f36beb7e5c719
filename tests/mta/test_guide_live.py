"""guide --check --live against the real Postfix as shipped: 587 with STARTTLS and 465 keep what the guide says.
The page that replies lead to and the name server are the test's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from inspected import Inspected
from postfix import MYHOSTNAME

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tool"))
from live_servers import NameServer, WebServer, certificate, make_authority


def test_what_the_guide_says_of_a_postfix_as_shipped_holds(tmp_path: Path) -> None:
    with Inspected() as world:
        guide, trusted = tmp_path / "help", tmp_path / "trusted.pem"
        world.tool("guide", "--out", guide)
        make_authority(tmp_path)
        trusted.write_text((world.postfix.directory / "tls/cert.pem").read_text() + (tmp_path / "ca.pem").read_text())
        web, names = WebServer(certificate(tmp_path, "web", ["help.example.com"])), NameServer()
        page = (200, "text/html", (guide / "index.html").read_bytes())
        web.pages = {"help.example.com/relay": page}
        places = [word for port, listener in ((587, "submission"), (465, "submissions")) for word in (
            "--connect-to", f"{MYHOSTNAME}:{port}:127.0.0.1:{world.postfix.ports[listener]}")]
        places += ["--connect-to", f"help.example.com:443:127.0.0.1:{web.port}", "--resolver", names.place]
        found = json.loads(world.tool("guide", "--check", guide, "--live", "--ca", trusted, *places, "--json"))
        assert found["findings"] == []
        # Port 25, where no login is offered, is no port for mail programs.
        places[1] = f"{MYHOSTNAME}:587:127.0.0.1:{world.postfix.ports['smtp']}"
        found = json.loads(world.tool("guide", "--check", guide, "--live", "--ca", trusted, *places, "--json", code=1))
        assert [(f["about"], f["sentence"]) for f in found["findings"]] == [
            ("service", f"{MYHOSTNAME} port 587 offers no login once it is encrypted (AUTH)")]
        web.close()
        names.close()
