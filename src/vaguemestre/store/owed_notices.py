"""Who has still to be told of a closing, in the database: ``service.ports.owed_notice``. domain.md §2."""

from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.owed_notice import OwedNotice
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import from_micros, to_micros


class OwedNoticeTable:
    """``service.ports.owed_notice.OwedNotices``."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def owe(self, bal: BalId, conversation: ConversationId, by: ClosedBy, now: datetime) -> None:
        """The first debt stands: what closed first is what is told."""
        owed = {"bal": bal, "conversation": conversation, "by": by.value, "now": to_micros(now)}
        self._connection.run(statements.OWE_NOTICE, owed)

    def due(self, limit: int) -> list[OwedNotice]:
        """By bal, then conversation."""
        rows = self._connection.all(statements.NOTICES_OWED, {"limit": limit})
        return [
            OwedNotice(BalId(bal), ConversationId(conversation), ClosedBy(by), from_micros(since))
            for bal, conversation, by, since in rows
        ]

    def strike(self, owed: OwedNotice) -> bool:
        """Of two who strike it at once, one is told False."""
        struck = {"bal": owed.bal, "conversation": owed.conversation}
        return self._connection.one(statements.STRIKE_NOTICE, struck) is not None

    def latest_messages(self, bal: BalId, conversation: ConversationId, most: int) -> list[BodyId]:
        """By the index on conversations."""
        asked = {"bal": bal, "conversation": conversation, "limit": most}
        return [BodyId(body) for (body,) in self._connection.all(statements.LATEST_IN_CONVERSATION, asked)]
