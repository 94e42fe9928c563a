"""One row of the directory as it is kept: texts, and what of them is searched."""

from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.folding import folded, folded_often
from vaguemestre.mail.listing import Listing, plain_number

_KINDS: Final = {kind.value: kind for kind in BalKind if kind.is_professional}
UNRANKED: Final = 0


class Row(NamedTuple):
    """A mailbox at one place, as both databases hold it: the columns are these fields, in this order.

    ``key`` is the address folded; ``legal_name`` is searched and not shown; ``rank`` 0 means none.
    """

    key: str
    address: str
    kind: str
    title: str = ""
    family: str = ""
    given: str = ""
    holder: str = ""
    structure: str = ""
    organisation: str = ""
    legal_name: str = ""
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
    rank: int = UNRANKED


class Searched(NamedTuple):
    """The words of a row, by what they are about; ``mail.folding`` made them."""

    name: str
    occupation: str
    place: str
    number: str


def is_kind(word: str) -> bool:
    """Whether it is a kind of mailbox that professionals have."""
    return word in _KINDS


def searched(row: Row) -> Searched:
    """What of a row is searched."""
    names = (row.family, row.given, row.organisation, row.legal_name, row.service, row.description)
    numbers = {row.holder, row.structure, plain_number(row.structure)}
    return Searched(
        " ".join([folded(name) for name in names if name]),
        f"{folded_often(row.profession)} {folded_often(row.specialty)}",
        f"{row.postal_code} {folded_often(row.city)} {folded_often(row.department)}",
        " ".join(numbers).lower(),
    )


def listing_of(row: Row) -> Listing:
    """The row as the services see it."""
    local, _, domain = row.address.rpartition("@")
    return Listing(
        Address(local, domain),
        _KINDS[row.kind],
        row.title,
        row.family,
        row.given,
        row.holder,
        row.structure,
        row.organisation,
        row.service,
        row.profession,
        row.specialty,
        row.street,
        row.postal_code,
        row.city,
        row.department,
        row.country,
        row.sector,
        row.description,
        row.rank or None,
    )
