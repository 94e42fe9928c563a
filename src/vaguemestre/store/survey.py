"""The whole database looked through in pages: ``service.ports.survey.Survey``."""

from collections.abc import Sequence
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId
from vaguemestre.service.ports.survey import BalSums, MailboxEnds, NumberedBody
from vaguemestre.service.ports.vault import SealedBody
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.unit import UnitState

_SUM: Final = """(SELECT CAST(coalesce(sum(m.size), 0) AS BIGINT)
    FROM message m JOIN mailbox x ON x.id = m.mailbox WHERE x.bal = bal.id)"""
_BALS: Final = f"SELECT id, used, {_SUM} FROM bal WHERE id > :after ORDER BY id LIMIT :limit"  # noqa: S608 (written above)
_RECOUNT: Final = f"UPDATE bal SET used = {_SUM} WHERE id = :bal"  # noqa: S608 (written above)
_GREATEST: Final = """(SELECT coalesce(max(g.{column}), 0) FROM (
    SELECT max({column}) AS {column} FROM message WHERE mailbox = mailbox_id
    UNION ALL SELECT max({column}) FROM expunged WHERE mailbox = mailbox_id) AS g)"""
_UID: Final = _GREATEST.format(column="uid").replace("mailbox_id", "mailbox.id")
_MODSEQ: Final = _GREATEST.format(column="modseq").replace("mailbox_id", "mailbox.id")
_MAILBOXES: Final = f"""
SELECT id, uid_next, highest_modseq, {_UID}, {_MODSEQ} FROM mailbox
WHERE id > :after ORDER BY id LIMIT :limit
"""  # noqa: S608 (written above)
_RAISE_UID: Final = f"""
UPDATE mailbox SET uid_next = {_UID} + 1 WHERE id = :mailbox AND uid_next <= {_UID}
"""  # noqa: S608 (written above)
_RAISE_MODSEQ: Final = f"""
UPDATE mailbox SET highest_modseq = {_MODSEQ} WHERE id = :mailbox AND highest_modseq < {_MODSEQ}
"""  # noqa: S608 (written above)
_WITHOUT_BODY: Final = """
SELECT m.mailbox, m.uid FROM message m LEFT JOIN body b ON b.id = m.body
WHERE m.mailbox ANY_OF(:mailboxes) AND b.id IS NULL ORDER BY m.mailbox, m.uid
"""
_BODIES: Final = """
SELECT b.number, b.id, b.bal, b.day, b.size, o.octets, b.location, b.wrapped_key, b.card
FROM body b LEFT JOIN octets o ON o.body = b.number WHERE b.number > :after ORDER BY b.number LIMIT :limit
"""
_BODY_COUNT: Final = "SELECT count(*) FROM body"


class SurveyTable:
    """Over every table that has to agree with another."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def bals(self, after: BalId, limit: int) -> list[BalSums]:
        """By the primary key."""
        return [BalSums(*row) for row in self._connection.all(_BALS, {"after": after, "limit": limit})]

    def mailboxes(self, after: MailboxId, limit: int) -> list[MailboxEnds]:
        """By the primary key."""
        rows = self._connection.all(_MAILBOXES, {"after": after, "limit": limit})
        return [MailboxEnds(*row) for row in rows]

    def without_body(self, mailboxes: Sequence[int]) -> list[tuple[MailboxId, int]]:
        """Nothing of the database forbids it: bodies are named by what they are, not by a key."""
        rows = self._connection.all(_WITHOUT_BODY, {"mailboxes": list(mailboxes)})
        return [(MailboxId(mailbox), uid) for mailbox, uid in rows]

    def bodies(self, after: int, limit: int) -> list[NumberedBody]:
        """Orphans too: they are swept later."""
        rows = self._connection.all(_BODIES, {"after": after, "limit": limit})
        return [NumberedBody(number, SealedBody(*columns)) for number, *columns in rows]

    def body_count(self) -> int:
        """For a bar."""
        row = self._connection.one(_BODY_COUNT, {})
        return 0 if row is None else int(row[0])

    def recount(self, bal: BalId) -> None:
        """Under the account's lock, as whoever files is."""
        self._state.lock_bal(bal)
        self._connection.run(_RECOUNT, {"bal": bal})

    def raise_ends(self, mailbox: MailboxId) -> None:
        """Under the account's lock."""
        self._state.lock_bal_of(mailbox)
        self._connection.run(_RAISE_UID, {"mailbox": mailbox})
        self._connection.run(_RAISE_MODSEQ, {"mailbox": mailbox})
