"""[log] format = "json": what a log shipper gets of a real Postfix's refusals, and that the tool reads it too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspected import Inspected, MailLog
from process import wait_for
from world import POLICY, message

REMOTE = "someone@remote.invalid"
# What a client says in HELO: what ends a string of JSON, an escape, a letter beyond ASCII.
HOSTILE = ['x" , "verdict":"accept', "back\\slash", "j\u00fcrgen"]
# A From in Latin 1, which JSON cannot hold.
NO_TEXT = b"From: Ren\xe9 <alice@example.com>\r\nSubject: x\r\n\r\nhello\r\n"


class Refused:
    """A server whose log is JSON, after a few sessions; its mail log also has a line of before the change."""

    def __init__(self, world: Inspected, file: Path) -> None:
        self.world = world
        self.file = file
        self.lines: list[str] = []

    def messages(self) -> list[str]:
        """What relaypermitd said, without what syslog puts before it."""
        return [line.partition("]: ")[2] for line in self.lines if " relaypermitd[" in line]

    def objects(self) -> list[dict]:
        return [json.loads(text) for text in self.messages() if text.startswith("{")]


def write(world: Inspected, form: str) -> None:
    mark = world.daemon.mark()
    world.write_policy(POLICY)
    text = world.daemon.policy_file.read_text()
    world.daemon.write(text.replace("[log]\n", f'[log]\nformat = "{form}"\n'))
    if world.daemon.child:
        world.daemon.reload()
        world.daemon.wait_for_log("reloaded", mark)


@pytest.fixture(name="refused", scope="module")
def _refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refused]:
    with Inspected() as world:
        maillog = MailLog(world, tmp_path_factory.mktemp("log") / "mail.log")

        def refuse(sender: str, **options: str) -> None:
            with world.session("submission", client="198.51.100.1", login="alice@example.com", **options) as session:
                assert session.mail(sender).code == 550
        refuse("first@example.com")
        write(world, "json")
        refuse("boss@example.com")
        for helo in HOSTILE:
            refuse("boss@example.com", helo=helo)
        with world.session("submission", client="198.51.100.1", login="alice@example.com") as session:
            assert session.mail("alice@example.com").ok and session.rcpt(REMOTE).ok
            assert session.data(NO_TEXT).code == 550
            assert session.mail("alice@example.com").ok and session.rcpt(REMOTE).ok
            assert session.data(message("boss@example.com")).code == 550
            assert session.mail("alice@example.com").ok and session.rcpt(REMOTE).ok
            assert session.data(message()).ok
        wait_for("the last decision", lambda: '"verdict":"accept"' in world.daemon.log())
        maillog.take()
        refused = Refused(world, maillog.file)
        refused.lines = maillog.file.read_text().splitlines()
        yield refused


def test_each_decision_is_one_object_with_the_keys_of_the_record(refused: Refused) -> None:
    objects = refused.objects()
    assert all(line.isascii() for line in refused.lines if "relaypermitd[" in line)
    assert len(objects) == len(HOSTILE) + 4
    keys = ("queue verdict cause ref stage login mech sender from hdrsender rcpt rcpt_count mailer client port daemon mta tls "
            "helo rule also reply").split()
    assert all([key for key in row if key != "exact"] == keys for row in objects)
    assert objects[0]["sender"] == "boss@example.com" and objects[0]["queue"] is None and objects[0]["port"] == 587
    assert [row["verdict"] for row in objects] == ["reject"] * (len(HOSTILE) + 3) + ["accept"]
    assert objects[-3]["from"] == ["Ren\ufffd <alice@example.com>"]
    assert objects[-3]["exact"] == {"from": '"Ren\\xe9 <alice@example.com>"'}
    assert objects[-2]["from"] == ["boss@example.com"] and objects[-1]["rcpt"] == [REMOTE]


def test_it_is_what_the_tool_prints_of_the_store(refused: Refused) -> None:
    refused.world.wait_until_stored(len(refused.objects()) + 1)
    rows = {row["ref"]: row for row in refused.world.json_lines("log")}
    shown = [row for row in refused.objects() if row["ref"] in rows and "exact" not in row]
    assert len(shown) >= 2
    for row in shown:
        assert {key: rows[row["ref"]][key] for key in row} == row


def test_other_readers_of_json_agree(refused: Refused) -> None:
    texts = [text for text in refused.messages() if text.startswith("{")]
    done = subprocess.run(["jq", "-c", "[.verdict, .cause, .helo]"], input="\n".join(texts), capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        [row["verdict"], row["cause"], row["helo"]] for row in refused.objects()]


def test_the_tool_reads_both_forms_in_one_file(refused: Refused) -> None:
    source = ["--maillog", str(refused.file)]
    rows = refused.world.json_lines("log", *source)
    assert [row["ref"] for row in rows[1:]] == [row["ref"] for row in refused.objects()[:-1]]
    assert rows[0]["sender"] == "first@example.com"
    assert {row["sender"]: row["count"] for row in rows}["boss@example.com"] == 1
    reference = rows[-1]["ref"]
    assert "from-not-owned" in refused.world.tool("explain", reference, *source, code=1)
    assert "sender-not-owned" in refused.world.tool("report", *source)
    assert "boss@example.com" in refused.world.tool("suggest", *source)
    same = refused.world.tool("replay", "--policy", refused.world.daemon.policy_file, *source)
    assert "change" in same


def test_a_line_that_was_cut_off_is_said(refused: Refused, tmp_path: Path) -> None:
    cut = tmp_path / "mail.log"
    line = next(line for line in refused.lines if "]: {" in line)
    cut.write_text(line[:-30] + "\n" + refused.lines[-1] + "\n")
    done = subprocess.run(refused.world.command("log", "--maillog", cut), capture_output=True, text=True, check=False)
    assert "1 line" in done.stderr, done.stdout + done.stderr
