"""A World whose policy has an alias table, and what a message through its Postfix says of it."""

from __future__ import annotations

from process import wait_for
from record_line import Record
from session import Reply
from world import World, message

REMOTE = "someone@remote.invalid"


class TableWorld(World):
    table = "senders"  # the id of its [[alias_table]]

    def send(self, login: str, sender: str) -> tuple[Reply, Record]:
        """One message, up to the reply that decides it, and its only record."""
        mark = self.daemon.mark()
        with self.session(login=login) as session:
            reply = session.mail(sender)
            if reply.ok:
                assert session.rcpt(REMOTE).ok
                reply = session.data(message(sender))
        record, = self.daemon.wait_for_records(mark)
        return reply, record

    def may(self, login: str, sender: str, rules: list[str]) -> None:
        reply, record = self.send(login, sender)
        assert (reply.code, record["verdict"], record.rules) == (250, "accept", rules), record.line

    def may_not(self, login: str, sender: str, cause: str = "sender-not-owned") -> None:
        reply, record = self.send(login, sender)
        assert (reply.code, record["cause"]) == (550, cause), record.line

    def cannot_tell(self, login: str, sender: str) -> None:
        """That the sender shall try again later, and that the record names the table."""
        reply, record = self.send(login, sender)
        assert str(reply).startswith("450 4.3.0 "), reply
        assert (record["verdict"], record["cause"], record.rules) == ("tempfail", "lookup-failed", [self.table]), record.line

    def comes_to(self, login: str, sender: str, code: int) -> Record:
        """The record of the first message that this is the answer to: that a change counts without a reload."""
        return wait_for(f"{code} for {login} as {sender}", lambda: next(
            (record for reply, record in [self.send(login, sender)] if reply.code == code), None))
