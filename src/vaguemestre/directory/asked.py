"""What is asked of the directory, as texts that both databases turn into their own questions."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from vaguemestre.mail.folding import folded
from vaguemestre.mail.listing import Listing
from vaguemestre.service.ports.directory import Wanted

EVERYWHERE: Final = ""


class Term(NamedTuple):
    """One word: in which field of ``row.Searched`` (or everywhere), and whether it may go on."""

    field: str
    word: str
    is_beginning: bool


def terms_of(wanted: Wanted, *, whole: bool) -> list[Term]:
    """Every word is asked for; ``whole`` asks for whole words, else they are beginnings."""
    by_field = {
        EVERYWHERE: wanted.anywhere,
        "name": wanted.name,
        "occupation": wanted.occupation,
        "place": wanted.place,
    }
    return [Term(field, word, not whole) for field, words in by_field.items() for word in words]


def address_range(beginning: str) -> tuple[str, str]:
    """The keys that begin so: from the first, up to the second left out."""
    key = beginning.lower()
    return key, key + "\U0010ffff"


def best_first(
    ask: Callable[[Sequence[Term], int], list[Listing]], wanted: Wanted, limit: int
) -> list[Listing]:
    """Whole words, then beginnings if that is not enough; each address once. ``ask`` for at most so many."""
    found: dict[str, Listing] = {}
    for whole in (True, False):
        terms = terms_of(wanted, whole=whole)
        for listing in sorted(ask(terms, limit + len(found)), key=by_name):
            found.setdefault(listing.address.key, listing)
        if not terms or len(found) >= limit:
            break
    return list(found.values())[:limit]


def by_name(listing: Listing) -> tuple[str, str, int]:
    """The order of what was found: by the name it goes under, the preferred mailbox first."""
    name = f"{listing.family} {listing.given}" if listing.family else listing.structure_name
    return folded(name), folded(listing.given), listing.rank or 1_000
