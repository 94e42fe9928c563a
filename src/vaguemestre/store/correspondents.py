"""People at other operators in the database: ``service.ports.correspondent.Correspondents``."""

from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import CorrespondentId, PartyId
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import to_micros

_KNOWN: Final = "SELECT id FROM party WHERE address_key = :key"
_MEET: Final = """
INSERT INTO party (address_key, address, met_at) VALUES (:key, :address, :now)
ON CONFLICT (address_key) DO NOTHING
"""
_ADDRESS: Final = "SELECT address FROM party WHERE id = :id AND address IS NOT NULL"


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
