"""A client's filter as questions to the directory, and whether what came answers it. RFC 4511 §4.5.1.7.

The directory finds words; a filter may be any tree of conditions. So a filter becomes a few questions that
find all that can match, and each listing found is then held against the filter itself.

What we bend, for whoever types into «To»: a piece of a name matches where a word *begins* with it, in any
word of the value and without case or accents. Strictly ``sn=goff*`` would not find LE GOFF; and mail
programs send ``*goff*`` for what people type, which no index of ours would find in the middle of a word.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vaguemestre.ldap.filters import Every, Filter, Has, Not, Some
from vaguemestre.mail.folding import words_of
from vaguemestre.service.ports.directory import Wanted

_NAMES: Final = frozenset(
    {"cn", "commonname", "displayname", "name", "sn", "surname", "givenname", "gn", "o", "ou", "company"}
)
_ADDRESSES: Final = frozenset({"mail", "rfc822mailbox", "uid", "userid"})
_OCCUPATIONS: Final = frozenset({"title", "businesscategory"})
_PLACES: Final = frozenset({"l", "localityname", "postalcode", "st"})
_NUMBERS: Final = frozenset({"employeenumber"})
_CLASS: Final = "objectclass"
_PERSONS: Final = frozenset({"top", "person", "organizationalperson", "inetorgperson"})
# What a client calls an attribute → what an entry has.
_SPELLED: Final = {
    "commonname": "cn",
    "name": "cn",
    "surname": "sn",
    "gn": "givenname",
    "company": "o",
    "rfc822mailbox": "mail",
    "uid": "mail",
    "userid": "mail",
    "localityname": "l",
}
_MOST: Final = 8  # questions for one filter: mail programs' come to three
EVERYBODY: Final = Wanted()


class TooManyQuestions(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The filter has more alternatives than an address book asks for."""


def questions(asked: Filter) -> list[Wanted]:
    """Who could match, each alternative a question; ``EVERYBODY`` among them when anybody could.

    Raises TooManyQuestions.
    """
    match asked:
        case Has():
            return _of_item(asked)
        case Some(parts):
            return _distinct(question for part in parts for question in questions(part))
        case Every(parts):
            found = [EVERYBODY]
            for part in parts:  # one after another, so that what is alike is asked once all along
                more = questions(part)
                found = _distinct(_both(one, other) for one in found for other in more)
            return found
        case Not():
            return [EVERYBODY]
        case _:
            return []


def matches(asked: Filter, entry: Mapping[str, Sequence[str]]) -> bool | None:
    """Whether an entry, its attributes in small letters, answers; None when that is not known."""
    match asked:
        case Has():
            return _has(asked, entry)
        case Some(parts):
            told = [matches(part, entry) for part in parts]
            return True if True in told else None if None in told else False
        case Every(parts):
            told = [matches(part, entry) for part in parts]
            return False if False in told else None if None in told else True
        case Not(part):
            inside = matches(part, entry)
            return None if inside is None else not inside
        case _:
            return None


def _of_item(item: Has) -> list[Wanted]:
    name = item.attribute
    if name == _CLASS:
        return [EVERYBODY] if not item.pieces or item.pieces[0].lower() in _PERSONS else []
    if not item.pieces:
        return [EVERYBODY] if name in _NAMES | _ADDRESSES | _OCCUPATIONS | _PLACES | _NUMBERS else []
    words = words_of(" ".join(item.pieces))
    if name in _ADDRESSES:
        first = item.pieces[0].strip().lower()
        if item.is_whole or item.begins or first.startswith("@"):
            return [Wanted(address=first)] if first else [EVERYBODY]
        # In the middle of an address stands what is in names: the same question as of a name, asked once.
        return [Wanted(name=words_of(item.pieces[0].partition("@")[0]))]
    if not words:
        return []
    if name in _NAMES:
        return [Wanted(name=words)]
    if name in _OCCUPATIONS:
        return [Wanted(occupation=words)]
    if name in _PLACES:
        return [Wanted(place=words)]
    return [Wanted(anywhere=words)] if name in _NUMBERS else []


def _both(one: Wanted, other: Wanted) -> Wanted:
    """One question of two; of two beginnings of an address the longer is asked."""
    return Wanted(
        _joined(one.anywhere, other.anywhere),
        _joined(one.name, other.name),
        _joined(one.occupation, other.occupation),
        _joined(one.place, other.place),
        max(one.address, other.address, key=len),
    )


def _joined(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))


def _distinct(found: Iterable[Wanted]) -> list[Wanted]:
    kept: dict[Wanted, None] = {}
    for one in found:
        kept[one] = None
        if len(kept) > _MOST:
            raise TooManyQuestions
    return list(kept)


def _has(item: Has, entry: Mapping[str, Sequence[str]]) -> bool | None:
    name = _SPELLED.get(item.attribute, item.attribute)
    if name not in entry:
        return False if item.attribute in _NAMES | _ADDRESSES | _OCCUPATIONS | _PLACES | _NUMBERS else None
    values = entry[name]
    if not item.pieces:
        return True
    if name == "mail":
        return any(_address_has(item, value.lower()) for value in values)
    if name == _CLASS:
        return any(piece.lower() == value.lower() for piece in item.pieces for value in values)
    wanted = words_of(" ".join(item.pieces))
    there = [word for value in values for word in words_of(value)]
    return bool(wanted) and all(any(one.startswith(word) for one in there) for word in wanted)


def _address_has(item: Has, address: str) -> bool:
    first = item.pieces[0].lower()
    if item.is_whole:
        return address == first
    return (address.startswith(first) if item.begins else first in address) and all(
        piece.lower() in address for piece in item.pieces
    )
