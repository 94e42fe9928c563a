"""Whom citizens have blocked, in the database: ``service.ports.block.Blocks``. domain.md §2."""

from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.ports.block import Block
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection, Parameters
from vaguemestre.store.times import from_micros, to_micros
from vaguemestre.store.unit import UnitState

_OF: Final = "SELECT professional, since FROM block WHERE citizen = :citizen"
_IS_BLOCKED: Final = "SELECT 1 FROM block WHERE citizen = :citizen AND professional_key = :key"
_ADD: Final = """
INSERT INTO block (citizen, professional_key, professional, since)
VALUES (:citizen, :key, :professional, :since)
ON CONFLICT (citizen, professional_key) DO NOTHING RETURNING since
"""
_REMOVE: Final = "DELETE FROM block WHERE citizen = :citizen AND professional_key = :key RETURNING since"


class BlockTable:
    """What a decision stands on is read under the citizen's lock (docs/decisions/0005)."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def of(self, citizen: BalId) -> list[Block]:
        """Ordered here, because databases collate each in its way."""
        rows = self._connection.all(_OF, {"citizen": citizen})
        found = (Block(address_from(professional), from_micros(since)) for professional, since in rows)
        return sorted(found, key=lambda block: block.professional.key)

    def is_blocked(self, citizen: PartyId, professional: Address) -> bool:
        """By the primary key."""
        asked = citizen, professional.key
        known = self._state.blocked.get(asked)
        if known is None:
            self._state.lock_party(citizen)
            row = self._connection.one(_IS_BLOCKED, {"citizen": citizen, "key": asked[1]})
            known = self._state.blocked[asked] = row is not None
        return known

    def add(self, citizen: BalId, professional: Address, now: datetime) -> bool:
        """The first stands."""
        self._state.blocked.clear()
        self._state.lock_bal(citizen)
        values: Parameters = {
            "citizen": citizen,
            "key": professional.key,
            "professional": str(professional),
            "since": to_micros(now),
        }
        return self._connection.one(_ADD, values) is not None

    def remove(self, citizen: BalId, professional: Address) -> bool:
        """Whether there was one."""
        self._state.blocked.clear()
        self._state.lock_bal(citizen)
        return self._connection.one(_REMOVE, {"citizen": citizen, "key": professional.key}) is not None
