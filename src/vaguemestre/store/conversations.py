"""Conversations, pairs and the digests that lead to them, in the database. domain.md §2."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, Conversation, ConversationId, Pair
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.ports.conversation import OpenSide
from vaguemestre.store import statements
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, to_micros
from vaguemestre.store.unit import UnitState

_CONDITIONS: Final = {
    "citizen": "citizen = :citizen",
    "professional": "professional_key = :professional",
    "conversation": "conversation = :conversation",
    "open_only": "closed_at IS NULL",
}


@cache
def _pairs_where(conditions: tuple[str, ...]) -> str:
    if not conditions:
        return statements.PAIRS
    return " ".join((statements.PAIRS, "WHERE", " AND ".join(_CONDITIONS[name] for name in conditions)))


def pair_from(row: Row) -> Pair:
    """A row of the columns of ``statements.PAIRS``."""
    conversation, citizen, professional, opened_at, closed_at, closed_by = row
    return Pair(
        conversation=conversation,
        citizen=citizen,
        professional=address_from(professional),
        opened_at=from_micros(opened_at),
        closed_at=maybe_from_micros(closed_at),
        closed_by=None if closed_by is None else ClosedBy(closed_by),
    )


class ConversationTable:
    """``service.ports.conversation.Conversations``."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def by_id(self, conversation: ConversationId) -> Conversation | None:
        """None when there is none."""
        row = self._connection.one(statements.CONVERSATION, {"id": conversation})
        if row is None:
            return None
        id_, citizen, opened_at, last_message_at = row
        return Conversation(id_, citizen, from_micros(opened_at), from_micros(last_message_at))

    def start(self, citizen: PartyId, now: datetime) -> Conversation:
        """A new one, without pairs."""
        self._state.lock_party(citizen)
        at = to_micros(now)
        number = self._connection.insert(statements.START, {"citizen": citizen, "now": at})
        conversation = ConversationId(number)
        self._state.started(conversation, citizen, at)
        return Conversation(conversation, citizen, now, now)

    def found_by(self, citizen: PartyId, digests: Sequence[bytes]) -> ConversationId | None:
        """One look-up a digest, in order: the first, In-Reply-To, is nearly always the one."""
        self._state.lock_party(citizen)
        for digest in digests:
            row = self._connection.one(statements.FOUND_BY, {"citizen": citizen, "digest": digest})
            if row is not None:
                self._state.is_of_locked_citizen(row[0])
                return ConversationId(row[0])
        return None

    def remember(self, conversation: ConversationId, digest: bytes, now: datetime) -> None:
        """The first conversation to know an identifier keeps it: a repeated one cannot lead elsewhere.

        Raises LookupError when there is no such conversation.
        """
        at = to_micros(now)
        citizen = self._state.citizen_of_started(conversation, at)
        if citizen is None:
            row = self._connection.one(
                statements.TOUCH_CONVERSATION, {"conversation": conversation, "now": at}
            )
            if row is None:
                raise LookupError("there is no such conversation")
            citizen = row[0]
        self._connection.run(
            statements.REMEMBER, {"citizen": citizen, "digest": digest, "conversation": conversation}
        )

    def pair(self, conversation: ConversationId, professional: Address) -> Pair | None:
        """None when this professional was never in it."""
        self._state.lock_citizen_of(conversation)
        row = self._connection.one(
            statements.PAIR, {"conversation": conversation, "professional": professional.key}
        )
        return None if row is None else pair_from(row)

    def pairs(
        self,
        citizen: PartyId | None = None,
        professional: Address | None = None,
        conversation: ConversationId | None = None,
        open_only: bool = False,
    ) -> list[Pair]:
        """Those that match everything given; by conversation, then professional."""
        if citizen is not None:
            self._state.lock_party(citizen)
        elif conversation is not None:
            self._state.lock_citizen_of(conversation)
        given: dict[str, int | str] = {}
        if citizen is not None:
            given["citizen"] = citizen
        if professional is not None:
            given["professional"] = professional.key
        if conversation is not None:
            given["conversation"] = conversation
        conditions = (*given, "open_only") if open_only else tuple(given)
        found = map(pair_from, self._connection.all(_pairs_where(conditions), given))
        return sorted(found, key=lambda pair: (pair.conversation, pair.professional.key))

    def is_open(self, conversation: ConversationId) -> bool:
        """Asked of the index alone."""
        if conversation in self._state.opened:
            return True
        self._state.lock_citizen_of(conversation)
        return self._connection.one(statements.ANY_OPEN_PAIR, {"conversation": conversation}) is not None

    def open_sides(self, after: ConversationId, limit: int) -> list[OpenSide]:
        """By the index of open pairs; without a lock: whoever closes them reads each again."""
        rows = self._connection.all(statements.OPEN_SIDES, {"after": after, "limit": limit})
        return [OpenSide(pair_from(row[:-1]), from_micros(row[-1])) for row in rows]

    def open_pair(self, conversation: ConversationId, professional: Address, now: datetime) -> bool:
        """``opened_at`` becomes ``now`` when it is opened again. Without such a conversation: False."""
        self._state.lock_citizen_of(conversation)
        changed = self._connection.run(
            statements.OPEN_PAIR,
            {
                "conversation": conversation,
                "key": professional.key,
                "professional": str(professional),
                "now": to_micros(now),
            },
        )
        if changed > 0:
            self._state.opened.add(conversation)
        return changed > 0

    def close_pair(
        self, conversation: ConversationId, professional: Address, by: ClosedBy, now: datetime
    ) -> bool:
        """Who closed first is kept."""
        self._state.opened.discard(conversation)
        self._state.lock_citizen_of(conversation)
        changed = self._connection.run(
            statements.CLOSE_PAIR,
            {
                "conversation": conversation,
                "key": professional.key,
                "by": by.value,
                "now": to_micros(now),
            },
        )
        return changed > 0
