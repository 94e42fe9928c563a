"""Who elsewhere has still to be told of a closing: ``service.ports.owed_elsewhere``. domain.md §2, §6."""

from typing import Final

from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.service.ports.owed_elsewhere import OwedElsewhere, Whom
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import from_micros, to_micros

_OWE: Final = """
INSERT INTO closing_elsewhere (whom, professional_key, conversation, professional, closed_by, since)
VALUES (:whom, :key, :conversation, :professional, :by, :since)
ON CONFLICT (whom, professional_key, conversation) DO NOTHING
"""
_DUE: Final = """
SELECT whom, professional, conversation, closed_by, since FROM closing_elsewhere
ORDER BY whom, professional_key, conversation LIMIT :limit
"""
_STRIKE: Final = """
DELETE FROM closing_elsewhere WHERE whom = :whom AND professional_key = :key AND conversation = :conversation
RETURNING since
"""


class OwedElsewhereTable:
    """Few rows at any time: they are paid within seconds."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def owe(self, owed: OwedElsewhere) -> None:
        """The first debt stands: what happened first is what is told."""
        by = None if owed.by is None else owed.by.value
        told = {"professional": str(owed.professional), "by": by, "since": to_micros(owed.since)}
        self._connection.run(_OWE, {**_key(owed), **told})

    def due(self, limit: int) -> list[OwedElsewhere]:
        """By side and professional, then conversation."""
        return [
            OwedElsewhere(
                Whom(whom),
                address_from(professional),
                ConversationId(conversation),
                None if by is None else ClosedBy(by),
                from_micros(since),
            )
            for whom, professional, conversation, by, since in self._connection.all(_DUE, {"limit": limit})
        ]

    def strike(self, owed: OwedElsewhere) -> bool:
        """Of two who strike it at once, one is told False."""
        return self._connection.one(_STRIKE, _key(owed)) is not None


def _key(owed: OwedElsewhere) -> dict[str, str | int]:
    return {
        "whom": owed.whom.value,
        "key": owed.professional.key,
        "conversation": owed.conversation,
    }
