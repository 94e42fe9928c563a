"""Sealed octets and cards in the database. architecture.md, The vault.

A body counts the messages that refer to it; one that none refers to is an *orphan* since that moment,
swept later. A body added and never filed by its unit is an orphan at once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import repeat
from typing import Final, NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BodyId, MailboxId, Uid
from vaguemestre.service.ports.vault import KeyDay, SealedBody, SealedCard
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import to_micros
from vaguemestre.store.unit import UnitState


class _Card(NamedTuple):
    """``service.ports.vault.SealedCard``: a row of the database as it comes."""

    id: BodyId
    bal: BalId
    day: KeyDay
    card: bytes


_card_of = partial(tuple.__new__, _Card)
_CARD_NAMES: Final = tuple(f"id{number}" for number in range(statements.CARDS_AT_ONCE))


class BodyTable:
    """What ``service.ports.message.Messages`` asks about bodies."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def add_body(self, body: SealedBody, now: datetime) -> None:
        """Its row, and its octets when they are kept here. It is counted as filed until the unit ends."""
        number = self._connection.insert(
            statements.ADD_BODY,
            {
                "id": body.id,
                "bal": body.bal,
                "day": body.day,
                "size": body.size,
                "location": body.location,
                "wrapped_key": body.wrapped_key,
                "card": body.card,
            },
        )
        if body.octets is not None:
            self._connection.run(statements.ADD_OCTETS, {"body": number, "octets": body.octets})
        self._state.unfiled[body.id] = to_micros(now)

    def _use(self, body: BodyId) -> None:
        """A message refers to it now; the first of a new body was counted when it was added."""
        if self._state.unfiled.pop(body, None) is None:
            self._connection.run(statements.USE_BODY, {"id": body})

    def leave_unfiled(self) -> None:
        """At the end of a unit: the bodies it added and did not file are orphans."""
        if self._state.unfiled:
            self._connection.many(
                statements.LEAVE_BODY, [{"id": id_, "now": now} for id_, now in self._state.unfiled.items()]
            )

    def cards(self, bodies: Sequence[BodyId]) -> dict[BodyId, SealedCard]:
        """The sealed cards of those that still exist."""
        found: dict[BodyId, SealedCard] = {}
        for start in range(0, len(bodies), len(_CARD_NAMES)):
            some = bodies[start : start + len(_CARD_NAMES)]
            # The last one again and again fills what is left, so that the statement is always the same.
            some = [*some, *repeat(some[-1], len(_CARD_NAMES) - len(some))]
            named = dict(zip(_CARD_NAMES, some, strict=True))
            for card in map(_card_of, self._connection.all(statements.CARDS, named)):
                found[card.id] = card
        return found

    def body(self, body: BodyId) -> SealedBody | None:
        """Everything that is kept of it."""
        row = self._connection.one(statements.BODY, {"id": body})
        return None if row is None else SealedBody(*row)

    def cards_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedCard]:
        """Those of every message from one uid to another, both included."""
        between = {"mailbox": mailbox, "first": first, "last": last}
        return {row[0]: _card_of(row) for row in self._connection.all(statements.CARDS_BETWEEN, between)}

    def bodies_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedBody]:
        """Those of every message from one uid to another, both included."""
        between = {"mailbox": mailbox, "first": first, "last": last}
        return {row[0]: SealedBody(*row) for row in self._connection.all(statements.BODIES_BETWEEN, between)}

    def orphans(self, before: datetime, limit: int) -> list[SealedBody]:
        """The longest orphaned first, without their octets and cards: they are about to be destroyed."""
        rows = self._connection.all(statements.ORPHANS, {"before": to_micros(before), "limit": limit})
        return [
            SealedBody(id_, bal, day, size, b"" if location is None else None, location, wrapped_key, b"")
            for id_, bal, day, size, location, wrapped_key in rows
        ]

    def located(self, locations: Sequence[str]) -> frozenset[str]:
        """Those of these locations of objects that a body's row names."""
        ones = ((place, self._connection.one(statements.LOCATED, {"location": place})) for place in locations)
        return frozenset(place for place, row in ones if row is not None)

    def days_in_use(self, bal: BalId) -> frozenset[KeyDay]:
        """The days of all bodies of a bal, orphans included."""
        return frozenset(row[0] for row in self._connection.all(statements.DAYS_IN_USE, {"bal": bal}))
