"""What the directory (*Annuaire Santé*) says of a published mailbox. domain.md §7.

An address may be listed several times, once for each place where its holder is at work. Numbers are kept
as they are published: which are RPPS, FINESS or SIRET is told by their lengths (domain.md §1).
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind

_RPPS: Final = 11
_FINESS: Final = 9
_SIRET: Final = 14
_FINESS_FIRST: Final = "1"  # how a national number says that a FINESS follows; a SIRET comes after 3
_SIRET_FIRST: Final = "3"


@dataclass(frozen=True, slots=True)
class Listing:
    """One mailbox at one place; an empty text is what the directory does not say.

    ``holder`` is the number of the person, ``structure`` that of the place. ``organisation`` is what the
    place is called, ``service`` the part of it the mailbox belongs to. ``rank`` is what its holder said of
    several mailboxes, 1 for the preferred one; None where nothing was said. ``is_ours``: kept here.
    """

    address: Address
    kind: BalKind
    title: str = ""
    family: str = ""
    given: str = ""
    holder: str = ""
    structure: str = ""
    organisation: str = ""
    service: str = ""
    profession: str = ""
    specialty: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    department: str = ""
    country: str = ""
    sector: str = ""
    description: str = ""
    rank: int | None = None
    is_ours: bool = False

    @property
    def name(self) -> str:
        """Whom a reader would say it belongs to: the person, else the place and its service."""
        person = " ".join(filter(None, (self.given, self.family)))
        return person or self.structure_name or self.description or self.address.local

    @property
    def structure_name(self) -> str:
        """The place, and the service in it."""
        return " - ".join(dict.fromkeys(filter(None, (self.organisation, self.service))))

    @property
    def place(self) -> str:
        """Where, on one line."""
        return " ".join(filter(None, (self.postal_code, self.city)))

    @property
    def occupation(self) -> str:
        """The profession, and what is known of it beyond."""
        return ", ".join(dict.fromkeys(filter(None, (self.profession, self.specialty))))

    @property
    def rpps(self) -> str | None:
        """The holder's RPPS number, when it is one."""
        return self.holder if len(self.holder) == _RPPS and self.holder.isdigit() else None

    @property
    def finess(self) -> str | None:
        """The structure's FINESS number, when it is one."""
        return plain_number(self.structure) if len(plain_number(self.structure)) == _FINESS else None


def plain_number(number: str) -> str:
    """A structure's number without the digit that tells its kind in a national identifier."""
    if len(number) == _FINESS + 1 and number.startswith(_FINESS_FIRST):
        return number[1:]
    if len(number) == _SIRET + 1 and number.startswith(_SIRET_FIRST):
        return number[1:]
    return number


def preferred(listings: list[Listing]) -> Listing | None:
    """Of the mailboxes of one holder, the one to write to; None when the directory does not say.

    It says so by rank, or by listing one mailbox alone. Several without rank, as in the public extraction,
    which has none, leave it open: guessing would send a report to the wrong service.
    """
    ranked = [listing for listing in listings if listing.rank == 1]
    chosen = ranked or listings
    return chosen[0] if len({listing.address.key for listing in chosen}) == 1 else None
