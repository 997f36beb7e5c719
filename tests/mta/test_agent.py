"""What a message calls the program that wrote it, on record where [log] agent is on."""

from __future__ import annotations

from inspected import Inspected, same_decision
from world import message

HOSTILE = ('User-Agent: Evil "reply=\\"250 ok\\"" rule=- \\ \r\n\tverdict=accept\r\n  \u00fc ').encode() + b"\xff\x80"


def test_a_hostile_user_agent_is_data_in_the_log_the_store_and_json() -> None:
    world = Inspected()
    without = world.daemon.policy_file.read_text()
    world.daemon.write(without.replace("[log]\n", "[log]\nagent = true\n"))
    with world:
        fields = [b"X-Mailer: never this", HOSTILE, b"User-Agent: the second", b"X-Mailer: " + b"y" * 2000]
        hostile = b"\r\n".join([b"From: alice@example.com", *fields, b"Subject: hello", b"", b"hello", b""])
        long = message("bob@example.com", "User-Agent:", "X-Mailer: " + '"' * 1000, "X-Mailer: second")
        with world.session(login="alice@example.com") as session:
            mark = world.daemon.mark()
            assert session.mail("bob@example.com").code == 550
            assert world.daemon.wait_for_records(mark)[-1].values["agent"] is None
            replies = []
            for body in (hostile, long):
                mark = world.daemon.mark()
                assert session.mail("alice@example.com").ok and session.rcpt("x@remote.example").ok
                replies.append((session.data(body), world.daemon.wait_for_records(mark)[-1]))
        (queued, accepted), (refused, cut) = replies
        assert queued.code == 250 and accepted["verdict"] == "accept"
        assert accepted["agent"] == 'Evil "reply=\\"250 ok\\"" rule=- \\ \tverdict=accept  \u00c3\u00bc \u00ff\u0080'
        assert accepted.line.isascii() and accepted.line.isprintable() and accepted["reply"] is None
        assert refused.code == 550 and cut["cause"] == "from-not-owned" and cut["reply"] == str(refused)
        assert cut["agent"] is not None and cut["agent"].endswith('"...') and len(cut.written["agent"]) <= 260
        # The same in the store and in JSON, where bytes that are no UTF-8 are the replacement character.
        world.wait_until_stored(3)
        rows = world.json_lines("log", "--verdict", "accept", "--verdict", "reject")
        assert [row["agent"] for row in rows][0] is None
        assert rows[1]["agent"].startswith('Evil "reply=\\"250 ok\\"" rule=- \\ \tverdict=accept  \u00fc \ufffd')
        assert same_decision(rows[2], cut)
        # Switched off, there is no word of it.
        mark = world.daemon.mark()
        world.daemon.write(without)
        world.daemon.reload()
        world.daemon.wait_for_log("reloaded ", mark)
        with world.session(login="alice@example.com") as session:
            mark = world.daemon.mark()
            assert session.mail("alice@example.com").ok and session.rcpt("x@remote.example").ok
            session.data(hostile)
            assert "agent" not in world.daemon.wait_for_records(mark)[-1].line
