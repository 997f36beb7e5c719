"""What holds for every kind of alias table that a server answers: the same tests against each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import HOSTILE, Table
from servers import KINDS, Certificates, Server, Silent, Slow, wait_until

OpenTable = Callable[..., Table]
ALICE = ["*@example.net", "sales@example.com"]


@pytest.fixture(name="server", scope="module", params=KINDS, ids=lambda kind: kind.kind)
def _server(request: pytest.FixtureRequest, started: Callable[[type], Server]) -> Server:
    return started(request.param)


def values(table: Table, login: str) -> list[str]:
    answer = table.ask(login)
    assert answer["known"], answer
    return sorted(split(answer["values"]))


def split(values: list[str]) -> list[str]:
    """A socketmap has one value, in which senders are apart by commas."""
    return [sender for value in values for sender in value.split(", ")]


def test_answers_what_a_login_may_send_as(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    assert values(table, "Alice@example.com") == ALICE
    answer = table.ask("nobody@example.com")
    assert (answer["known"], answer["values"], answer["why"]) == (True, [], "it has nothing for this key")


def test_sees_a_change(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    assert values(table, "carol@example.com") == []
    server.add("carol@example.com", "info@example.com")
    assert values(table, "carol@example.com") == ["info@example.com"]


def test_gives_hostile_logins_nothing(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    for login in HOSTILE:
        answer = table.ask(login)
        assert (answer["known"], answer["values"]) == (True, []), (login, answer)
    assert values(table, "alice@example.com") == ALICE


def test_recovers_from_a_crash_of_the_server(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    assert values(table, "alice@example.com") == ALICE
    server.kill()
    for _ in range(2):
        answer = table.ask("alice@example.com")
        assert (answer["known"], answer["values"]) == (False, []) and answer["ms"] < 1500, answer
        assert answer["why"]
    server.start()
    assert values(table, "alice@example.com") == ALICE


def test_asks_a_server_that_was_restarted_at_once(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    assert values(table, "alice@example.com") == ALICE
    server.end()
    server.start()
    assert values(table, "alice@example.com") == ALICE


def test_is_opened_while_the_server_is_away(open_table: OpenTable, server: Server) -> None:
    server.end()
    try:
        table = open_table(server.lines())
        assert not table.ask("alice@example.com")["known"]
    finally:
        server.start()
    assert values(table, "alice@example.com") == ALICE


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_waits_for_a_silent_server_no_longer_than_it_may(open_table: OpenTable, server: Server, tls: bool) -> None:
    if tls and not server.has_tls:
        pytest.skip("it has no TLS")
    with closing(Silent()) as silent:
        table = open_table(server.lines(silent.port, tls=tls, more="timeout_ms = 300\n"))
        for _ in range(2):
            answer = table.ask("alice@example.com")
            assert not answer["known"] and answer["why"].startswith("timed out"), answer
            assert 280 < answer["ms"] < 800, answer


def test_waits_for_a_server_that_stands_still_no_longer_than_it_may(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines(more="timeout_ms = 600\n"))
    wait_until(lambda: table.ask("alice@example.com")["known"], "an answer")
    with server.stopped():
        answer = table.ask("alice@example.com")
        assert not answer["known"] and answer["why"].startswith("timed out"), answer
        assert 580 < answer["ms"] < 1500, answer
    # An answer that comes late belongs to nobody.
    wait_until(lambda: table.ask("nobody@example.com")["known"], "an answer")
    assert values(table, "nobody@example.com") == []
    assert values(table, "alice@example.com") == ALICE


def test_is_patient_with_a_slow_server(open_table: OpenTable, server: Server) -> None:
    with closing(Slow(server.port, 0.04)) as slow:
        table = open_table(server.lines(slow.port, more="timeout_ms = 2000\n"))
        assert values(table, "alice@example.com") == ALICE
        assert table.ask("alice@example.com")["ms"] >= 40
    with closing(Slow(server.port, 0.5)) as slow:
        table = open_table(server.lines(slow.port, more="timeout_ms = 300\n"))
        answer = table.ask("alice@example.com")
        assert not answer["known"] and 280 < answer["ms"] < 800, answer


def test_says_that_the_query_does_not_fit_another_schema(open_table: OpenTable, server: Server) -> None:
    table = open_table(server.lines())
    assert values(table, "alice@example.com") == ALICE
    server.change_schema(back=False)
    try:
        for asked in (table, open_table(server.lines())):
            answer = asked.ask("alice@example.com")
            assert (answer["known"], answer["values"]) == (False, [])
            assert server.OTHER_SCHEMA in answer["why"]
    finally:
        server.change_schema(back=True)
    assert values(table, "alice@example.com") == ALICE


def test_encrypts_and_knows_whom_it_talks_to(open_table: OpenTable, server: Server, tmp_path: Path) -> None:
    if not server.has_tls:
        pytest.skip("it has no TLS")
    assert values(open_table(server.lines(tls=True)), "alice@example.com") == ALICE
    other = Certificates(tmp_path / "other")
    answer = open_table(server.lines(tls=True, ca=other.ca)).ask("alice@example.com")
    assert not answer["known"], answer
    assert "certificate" in answer["why"].lower() or "tls" in answer["why"].lower(), answer


def test_never_shows_the_password(open_table: OpenTable, server: Server) -> None:
    if not server.has_password:
        pytest.skip("it has no password")
    server.password_file.write_text("wrong-hunter3\n")
    try:
        answer = open_table(server.lines()).ask("alice@example.com")
        assert not answer["known"] and "hunter" not in answer["why"], answer
        server.password_file.chmod(0o644)
        answer = open_table(server.lines()).ask("alice@example.com")
        assert answer["why"] == (f"password_file `{server.password_file}`: others may read or change it "
                                 "(chmod o= takes that away)")
    finally:
        server.password_file.chmod(0o600)
        server.password_file.write_text("hunter2 'x\\y\n")


def test_answers_eight_threads_while_the_server_comes_and_goes(open_table: OpenTable, server: Server) -> None:
    # Time enough for eight logins at once, by ThreadSanitizer too.
    table = open_table(server.lines(more="timeout_ms = 3000\n"))
    said = table.ask_by_threads("alice@example.com", 0.3)
    assert [sorted(text.replace(",", "").split()) for text in said["counts"]] == [ALICE], said

    def restart() -> None:
        time.sleep(0.2)
        server.kill()
        server.start()

    restarting = threading.Thread(target=restart)
    restarting.start()
    said = table.ask_by_threads("alice@example.com", 1.0)
    restarting.join()
    # Redis begins empty, and is filled anew.
    assert all(text == "unknown" or set(text.replace(",", "").split()) <= set(ALICE) for text in said["counts"]), said
    assert said["slowest"] < 5000, said
    assert values(table, "alice@example.com") == ALICE
