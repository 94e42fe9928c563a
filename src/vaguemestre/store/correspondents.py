"""People at other operators in the database: ``service.ports.correspondent.Correspondents``."""

from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import CorrespondentId, PartyId
from vaguemestre.service.ports.correspondent import Forgotten
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import to_micros

_KNOWN: Final = "SELECT id FROM party WHERE address_key = :key"
_MEET: Final = """
INSERT INTO party (address_key, address, met_at) VALUES (:key, :address, :now)
ON CONFLICT (address_key) DO NOTHING
"""
_ADDRESS: Final = "SELECT address FROM party WHERE id = :id AND address IS NOT NULL"
_NEXT: Final = """
SELECT id FROM party WHERE id > :after AND address IS NOT NULL AND met_at < :before ORDER BY id LIMIT :limit
"""
# SQLite gives the highest number again when its row has gone, and a journal would speak of another person.
_FORGET: Final = """
DELETE FROM party WHERE id BETWEEN :first AND :last AND id < (SELECT max(id) FROM party)
AND address IS NOT NULL AND met_at < :before
AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.citizen = party.id)
AND NOT EXISTS (SELECT 1 FROM pair p WHERE p.citizen = party.id)
AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.citizen = party.id)
AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.sender = party.id)
AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.bal = party.id)
"""


class CorrespondentTable:
    """Rows of ``party`` that have an address: bals have theirs in tables of their own."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def known(self, address: Address) -> CorrespondentId | None:
        """By the unique key."""
        row = self._connection.one(_KNOWN, {"key": address.key})
        return None if row is None else CorrespondentId(row[0])

    def meet(self, address: Address, now: datetime) -> CorrespondentId:
        """Who meets him at the same moment is waited for: his row stands."""
        known = self.known(address)
        if known is None:
            self._connection.run(_MEET, {"key": address.key, "address": str(address), "now": to_micros(now)})
            known = self.known(address)
        if known is None:
            raise LookupError("somebody else has just made this address a mailbox here")
        return known

    def address_of(self, party: PartyId) -> Address | None:
        """As he was first spelled."""
        row = self._connection.one(_ADDRESS, {"id": party})
        return None if row is None else address_from(row[0])

    def forget(self, after: CorrespondentId, met_before: datetime, limit: int) -> Forgotten:
        """Each look is by an index of its table."""
        before = to_micros(met_before)
        found = self._connection.all(_NEXT, {"after": after, "before": before, "limit": limit})
        if not found:
            return Forgotten(None, 0)
        (first,), (last,) = found[0], found[-1]
        gone = self._connection.run(_FORGET, {"first": first, "last": last, "before": before})
        return Forgotten(CorrespondentId(last), gone)
