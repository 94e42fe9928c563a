"""Somebody whose mailbox is at another operator: an address, and what its domain says. domain.md §6.

Nothing else is known of him: neither whether his mailbox is open nor, of a professional, which kind it is,
beyond what the public directory says of a service. His number comes from the same row of numbers as those
of bals: who comes here keeps it, and what hangs on it.
"""

from dataclasses import dataclass
from typing import NewType, TypeAlias

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId

CorrespondentId = NewType("CorrespondentId", int)

PartyId: TypeAlias = BalId | CorrespondentId
"""The number of whoever writes or is written to, wherever his mailbox is."""


@dataclass(frozen=True, slots=True)
class Correspondent:
    """``is_citizen``: the domain is one of citizens. ``kind`` is unknown: no bal of ours, no kind of ours.

    ``sector`` is the one a published service's mailbox works in, ``finess`` its number; None where the
    directory says nothing of it, or was not asked.
    """

    address: Address
    is_citizen: bool
    sector: str | None = None
    finess: str | None = None

    @property
    def kind(self) -> None:
        """Unknown."""
        return None


Party: TypeAlias = Bal | Correspondent
"""Who sends, or is sent to: ``address`` and ``is_citizen`` are known of both, ``kind`` where it can be."""
