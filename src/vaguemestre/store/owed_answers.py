"""Automatic answers that are owed, in the database: ``service.ports.answer.OwedAnswers``. RFC 3834."""

from typing import Final

from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.answer import NewAnswer, OwedAnswer, Said
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros

_OWE: Final = """
INSERT INTO owed_answer (bal, said, value, about, since, conversation)
VALUES (:bal, :said, :value, :about, :since, :conversation)
"""
_DUE: Final = """
SELECT id, bal, said, value, about, since, conversation FROM owed_answer ORDER BY id LIMIT :limit
"""
_STRIKE: Final = "DELETE FROM owed_answer WHERE id = :id RETURNING id"


def _owed(row: Row) -> OwedAnswer:
    number, bal, said, value, about, since, conversation = row
    body = None if about is None else BodyId(bytes(about))
    return OwedAnswer(number, NewAnswer(bal, Said(said), value, body, from_micros(since), conversation))


class OwedAnswerTable:
    """Few rows at any time: they are paid within seconds."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def owe(self, answer: NewAnswer) -> None:
        """A row each."""
        self._connection.run(
            _OWE,
            {
                "bal": answer.bal,
                "said": answer.said.value,
                "value": answer.value,
                "about": answer.about,
                "since": to_micros(answer.since),
                "conversation": answer.conversation,
            },
        )

    def due(self, limit: int) -> list[OwedAnswer]:
        """By number."""
        return [_owed(row) for row in self._connection.all(_DUE, {"limit": limit})]

    def strike(self, number: int) -> bool:
        """Of two who strike it at once, one is told False."""
        return self._connection.one(_STRIKE, {"id": number}) is not None
