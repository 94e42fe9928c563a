"""People at other operators, as the services need them from the database. domain.md §6."""

from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import CorrespondentId, PartyId


class Forgotten(NamedTuple):
    """A step of a walk: ``up_to`` is who was looked at last, None at the end; ``gone`` how many went."""

    up_to: CorrespondentId | None
    gone: int


class Correspondents(Protocol):
    """Their numbers, by address. A number stays his, also when he comes to have a bal here."""

    def known(self, address: Address) -> CorrespondentId | None:
        """None for somebody whom nobody here ever had to do with."""
        ...

    def meet(self, address: Address, now: datetime) -> CorrespondentId:
        """The same, and from now on he is known."""
        ...

    def address_of(self, party: PartyId) -> Address | None:
        """None when there is no such number, or it is a bal's."""
        ...

    def forget(self, after: CorrespondentId, met_before: datetime, limit: int) -> Forgotten:
        """Of the next ``limit`` met before: those whom neither conversation, trace nor journal names.

        A number is never given twice, so the highest stays.
        """
        ...
