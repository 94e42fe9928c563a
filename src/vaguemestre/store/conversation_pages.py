"""Conversations leafed through: ``service.ports.conversation_pages.ConversationPages``. domain.md §2.

Along the primary key, or the index of a professional, both of which end in the number of the conversation. A
citizen has few, so his are read whole. Numbers grow with the moment a conversation began, so a span of days
is a span of numbers, whose ends are found by halving.
"""

from datetime import datetime
from typing import Final

from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.mailbox import SEEN
from vaguemestre.service.ports.conversation_pages import FiledIn, Leafed, PairLook, PairPlace
from vaguemestre.store import statements
from vaguemestre.store.conversations import pair_from
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, to_micros

_LATEST: Final = 2**62
_NEXT: Final = """
    AND conversation >= :first AND conversation <= :conversation
    AND (conversation < :conversation OR professional_key < :professional)
ORDER BY conversation DESC, professional_key DESC LIMIT :most
"""
_ALL: Final = statements.PAIRS + " WHERE 0 = 0" + _NEXT
_OPEN: Final = statements.PAIRS + " WHERE closed_at IS NULL" + _NEXT
_OF_CITIZEN: Final = statements.PAIRS + " WHERE citizen = :citizen" + _NEXT
_OF_PROFESSIONAL: Final = statements.PAIRS + " WHERE professional_key = :key" + _NEXT
_BEGAN: Final = "SELECT id, opened_at FROM conversation WHERE id >= :id ORDER BY id LIMIT 1"
_LAST: Final = "SELECT max(id) FROM conversation"
_FILED: Final = """
SELECT m.filed_at, b.bal, m.flags FROM message m JOIN mailbox b ON b.id = m.mailbox
WHERE m.conversation = :conversation ORDER BY m.filed_at, b.bal LIMIT :limit
"""


class ConversationPageTable:
    """Over the rows that ``conversations`` changes."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def leaf(self, asked: Leafed, after: PairPlace | None, limit: int, most: int) -> PairLook:
        """Candidates by an index; what it does not tell is asked of each."""
        rows = self._rows(asked, after, most)
        pairs = list(map(pair_from, rows))
        found = [pair for pair in pairs if _is_meant(pair, asked)]
        told = found[:limit]
        last = told[-1] if len(found) > limit else pairs[-1] if len(rows) >= most else None
        place = None if last is None else PairPlace(last.conversation, last.professional.key)
        return PairLook(tuple(told), place)

    def filed_in(self, conversation: ConversationId, limit: int) -> list[FiledIn]:
        """By the index of conversations."""
        rows = self._connection.all(_FILED, {"conversation": conversation, "limit": limit})
        return [FiledIn(from_micros(at), bal, bool(flags & SEEN)) for at, bal, flags in rows]

    def _rows(self, asked: Leafed, after: PairPlace | None, most: int) -> list[Row]:
        first = 0 if asked.since is None else self._begun_from(asked.since)
        # What began from then on is left out: the number before it, and whoever is in that.
        end = PairPlace(ConversationId(_LATEST), "")
        if asked.until is not None:
            end = PairPlace(ConversationId(self._begun_from(asked.until)), "")
        place = end if after is None else min(after, end)
        given: Parameters = {
            "first": first,
            "conversation": place.conversation,
            "professional": place.professional,
            "most": most,
        }
        if asked.citizen is not None:
            return self._connection.all(_OF_CITIZEN, {**given, "citizen": asked.citizen})
        if asked.professional is not None:
            return self._connection.all(_OF_PROFESSIONAL, {**given, "key": asked.professional})
        return self._connection.all(_OPEN if asked.is_open else _ALL, given)

    def _begun_from(self, moment: datetime) -> int:
        """The number of the first that began from then on."""
        row = self._connection.one(_LAST, {})
        low, high = 0, 1 if row is None or row[0] is None else int(row[0]) + 1
        at = to_micros(moment)
        while low < high:
            middle = (low + high) // 2
            began = self._connection.one(_BEGAN, {"id": middle})
            if began is None or began[1] >= at:
                high = middle
            else:
                low = int(began[0]) + 1
        return low


def _is_meant(pair: Pair, asked: Leafed) -> bool:
    return (
        (asked.is_open is None or (pair.closed_at is None) is asked.is_open)
        and (asked.professional is None or pair.professional.key == asked.professional)
        and (not asked.domain or pair.professional.domain_key == asked.domain)
    )
