"""What Prometheus reads of relaypermitd beside a real Postfix, and whether its own promtool takes that,
the alerts and what the dashboard asks for."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import TREE, Relaypermitd, tool
from process import free_port, wait_for
from unpacked import unpacked
from world import POLICY, World, message

ALERTS = TREE / "contrib/prometheus/relaypermit.rules.yml"
DASHBOARD = TREE / "contrib/grafana/relaypermit.json"
LABELS = {"verdict", "cause", "stage", "table", "result", "version", "le"}


def promtool(*arguments: str | Path, given: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    # A package of its own since Debian 13.
    own = subprocess.run(["apt-cache", "show", "promtool"], capture_output=True, check=False).returncode == 0
    package = "promtool" if own else "prometheus"
    program = unpacked(package, (package,)) / "usr/bin/promtool"
    return subprocess.run([program, *arguments], input=given, cwd=cwd, capture_output=True, text=True, check=False)


def curl(*arguments: str) -> str:
    return subprocess.run(["curl", "-sS", "--max-time", "10", *arguments], check=True, capture_output=True, text=True).stdout


def with_metrics(listen: str) -> str:
    return f'{POLICY}\n[metrics]\nlisten = "{listen}"\n'


class Watched:
    """A World of which metrics are read."""

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.port = port

    def page(self, *arguments: str) -> str:
        return curl(*arguments, f"http://127.0.0.1:{self.port}/metrics")

    def value(self, sample: str) -> float:
        """Of one sample, as it is named on the page."""
        values = [line.rpartition(" ")[2] for line in self.page().splitlines() if line.rpartition(" ")[0] == sample]
        assert len(values) == 1, (sample, values)
        return float(values[0])

    def decisions(self, verdict: str, cause: str, stage: str) -> float:
        return self.value(f'relaypermit_decisions_total{{verdict="{verdict}",cause="{cause}",stage="{stage}"}}')


@pytest.fixture(name="watched", scope="module")
def _watched() -> Iterator[Watched]:
    port = free_port()
    with World(with_metrics(f"127.0.0.1:{port}")) as world:
        yield Watched(world, port)


def test_a_refusal_through_postfix_shows_up_under_its_cause(watched: Watched) -> None:
    assert watched.decisions("reject", "sender-not-owned", "mail") == 0
    waits = watched.value('relaypermit_callback_duration_seconds_count{stage="mail"}')
    mark = watched.world.daemon.mark()
    with watched.world.session(login="alice@example.com") as session:
        watched.world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    assert watched.decisions("reject", "sender-not-owned", "mail") == 1
    assert watched.value('relaypermit_callback_duration_seconds_count{stage="mail"}') == waits + 1

    accepted = watched.decisions("accept", "none", "eom")
    mark = watched.world.daemon.mark()
    with watched.world.session(login="alice@example.com") as session:
        assert session.mail("alice@example.com").ok
        assert session.rcpt("someone@remote.invalid").ok
        assert watched.value("relaypermit_sessions") >= 1
        watched.world.accepted(session.data(message()), mark)
    assert watched.decisions("accept", "none", "eom") == accepted + 1
    # Who it was stands nowhere.
    for name in ("alice", "bob@", "203.0.113", "remote.invalid", "shop-team", "cracked"):
        assert name not in watched.page()


def test_counts_go_on_over_a_reload_and_a_failed_one_is_told_of(watched: Watched) -> None:
    daemon = watched.world.daemon
    refused = watched.decisions("reject", "sender-not-owned", "mail")
    good = daemon.policy_file.read_text()
    success = 'relaypermit_policy_reloads_total{result="success"}'
    failure = 'relaypermit_policy_reloads_total{result="failure"}'
    last = "relaypermit_policy_last_reload_successful"
    before = watched.value(success), watched.value(failure)
    assert watched.value(last) == 1

    daemon.policy_file.write_text(good + "\n[nonsense]\n")
    daemon.reload()
    wait_for("a failed reload", lambda: watched.value(failure) == before[1] + 1)
    assert watched.value(last) == 0
    daemon.policy_file.write_text(good)
    daemon.reload()
    wait_for("a reload", lambda: watched.value(success) == before[0] + 1)
    assert watched.value(last) == 1
    assert abs(time.time() - watched.value("relaypermit_policy_last_reload_success_timestamp_seconds")) < 60
    assert watched.decisions("reject", "sender-not-owned", "mail") == refused


def test_promtool_finds_nothing_to_say_of_the_page(watched: Watched) -> None:
    done = promtool("check", "metrics", given=watched.page())
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    # It does say what it finds.
    assert promtool("check", "metrics", given="# HELP a_count b\n# TYPE a_count gauge\na_count 1\n").returncode != 0
    assert set(re.findall(r'[{,](\w+)="', watched.page())) <= LABELS


def test_the_content_type_is_the_one_asked_for(watched: Watched) -> None:
    head = watched.page("-I")
    assert "\nContent-Type: text/plain; version=0.0.4; charset=utf-8\n" in head.replace("\r", "")
    answer = watched.page("-i", "-H", "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5").replace("\r", "")
    assert "\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\n" in answer
    assert answer.endswith("\n# EOF\n")
    assert "# TYPE relaypermit_decisions counter\nrelaypermit_decisions_total{" in answer


def test_readers_that_hang_hold_up_no_mail_and_go(watched: Watched) -> None:
    slow = [socket.create_connection(("127.0.0.1", watched.port)) for _ in range(20)]
    for one in slow:
        try:
            one.sendall(b"GET /met")
        except OSError:
            pass  # one too many, and closed already
    begun = time.monotonic()
    mark = watched.world.daemon.mark()
    with watched.world.session(login="alice@example.com") as session:
        watched.world.refused(session.mail("bob@example.com"), "sender-not-owned", mark)
    assert time.monotonic() - begun < 4
    wait_for("a page", lambda: "relaypermit_sessions" in subprocess.run(
        ["curl", "-s", f"http://127.0.0.1:{watched.port}/metrics"], capture_output=True, text=True, check=False).stdout)
    for one in slow:
        one.close()


def test_a_unix_socket_is_read_by_curl_and_status_names_it(open_folder: Path) -> None:
    metrics = open_folder / "metrics.sock"
    with Relaypermitd(with_metrics(f"unix:{metrics}"), f"unix:{open_folder}/milter.sock") as daemon:
        page = curl("--unix-socket", str(metrics), "http://localhost/metrics")
        assert "relaypermit_sessions 0\n" in page
        assert metrics.stat().st_mode & 0o777 == 0o660
        said = subprocess.run([tool(), "status", "-c", daemon.policy_file], capture_output=True, text=True, check=True).stdout
        assert f"unix:{metrics}" in said
    assert not metrics.exists()


def test_a_port_that_is_taken_costs_the_metrics_and_no_mail(open_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Relaypermitd(with_metrics(f"127.0.0.1:{port}"), f"unix:{open_folder}/milter.sock") as daemon:
            daemon.wait_for_log("error: no metrics are served: cannot listen on inet:")
            daemon.wait_for_log("serves the milter protocol")


# -- what is shipped beside it


def expressions() -> list[str]:
    """What the alerts and the dashboard ask Prometheus for."""
    asked = re.findall(r"^ +expr: (>-\n(?:^ {10}.*\n)+|.*\n)", ALERTS.read_text(), re.MULTILINE)
    dashboard = json.loads(DASHBOARD.read_text())
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [one["expr"] for one in dashboard["annotations"]["list"]]
    asked += [one["definition"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    return asked


def test_alerts_and_dashboard_ask_for_nothing_that_is_not_there(watched: Watched) -> None:
    exported = set(re.findall(r"^# TYPE (\S+)", watched.page(), re.MULTILINE))
    exported |= {name + end for name in exported for end in ("_bucket", "_sum", "_count") if name.endswith("_seconds")}
    asked = expressions()
    assert len(asked) > 25
    used = {name for text in asked for name in re.findall(r"\b(?:relaypermit|process)_\w+", text)}
    assert len(used) > 10
    assert used <= exported, used - exported


def test_the_alerts_fire_when_they_should(tmp_path: Path) -> None:
    done = promtool("check", "rules", ALERTS)
    assert done.returncode == 0 and "6 rules found" in done.stdout, done.stdout + done.stderr
    done = promtool("test", "rules", "relaypermit.rules.test.yml", cwd=ALERTS.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    # Each says what it is, and where to read on; that is there.
    rules = ALERTS.read_text()
    guide = (TREE / "docs/monitoring.md").read_text()
    for name in re.findall(r"- alert: (\w+)", rules):
        rule = rules.partition(f"- alert: {name}\n")[2].partition("- alert:")[0]
        assert all(f" {key}: " in rule for key in ("summary", "description", "runbook_url")), name
        assert f"docs/monitoring.md#{name.lower()}" in rule
        assert f"\n### {name}\n" in guide
    # A rule that is wrong is found.
    (tmp_path / ALERTS.name).write_text(rules.replace("== 0", "== 2"))
    (tmp_path / "t.yml").write_text(ALERTS.with_suffix(".test.yml").read_text())
    assert promtool("test", "rules", "t.yml", cwd=tmp_path).returncode != 0


def test_the_dashboard_is_one_that_provisioning_takes(tmp_path: Path) -> None:
    text = DASHBOARD.read_text()
    dashboard = json.loads(text)
    assert "__inputs" not in text and "DS_PROMETHEUS" not in text
    assert dashboard["id"] is None and dashboard["uid"] == "relaypermit"
    assert [one["query"] for one in dashboard["templating"]["list"] if one["type"] == "datasource"] == ["prometheus"]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    # Prometheus reads every one of its questions.
    rules = [{"record": "a:b", "expr": target["expr"].replace("$__rate_interval", "5m")}
             for panel in panels for target in panel["targets"]]
    rules = [{**rule, "labels": {"panel": str(at)}} for at, rule in enumerate(rules)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = promtool("check", "rules", tmp_path / "panels.yml")
    assert done.returncode == 0 and f"{len(rules)} rules found" in done.stdout, done.stdout + done.stderr
