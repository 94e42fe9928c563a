"""Search filters. RFC 4511 §4.5.1.7.

Bounded in depth and in number of parts, because they nest. An item of a kind that no address book needs
(ordering, extensible matching) is ``Unknown``: neither true nor false, as an attribute that is not known.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from vaguemestre.ldap.ber import OCTETS, SEQUENCE, LdapSyntaxError, Reader

_MOST_PARTS: Final = 64
_DEEPEST: Final = 8

_AND, _OR, _NOT, _EQUALITY, _SUBSTRINGS, _PRESENT, _APPROX = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0x87, 0xA8
_GREATER, _LESS, _EXTENSIBLE = 0xA5, 0xA6, 0xA9
_INITIAL, _INSIDE, _FINAL = 0x80, 0x81, 0x82


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; none is true (RFC 4526 §2)."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """One of them at least; none is false (RFC 4526 §2)."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class Has:
    """The attribute, in small letters, has a value made of these pieces in this order.

    ``is_whole``: one piece that is the whole value; ``begins``: the first piece begins it. No piece at all:
    the attribute is there.
    """

    attribute: str
    pieces: tuple[str, ...] = ()
    is_whole: bool = False
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of this nothing is known."""


Filter: TypeAlias = Every | Some | Not | Has | Unknown


def read_filter(reader: Reader) -> Filter:
    """The next element, a filter. Raises LdapSyntaxError."""
    return _Filters().read(reader, 0)


class _Filters:
    """Counts the parts of one filter."""

    def __init__(self) -> None:
        self._parts = 0

    def read(self, reader: Reader, depth: int) -> Filter:
        self._parts += 1
        if depth > _DEEPEST or self._parts > _MOST_PARTS:
            raise LdapSyntaxError("a filter of too many parts")
        tag = reader.tag
        if tag in {_AND, _OR}:
            inside, parts = reader.inner(_AND, _OR), []
            while inside.tag is not None:
                parts.append(self.read(inside, depth + 1))
            return Every(tuple(parts)) if tag == _AND else Some(tuple(parts))
        if tag == _NOT:
            return Not(self.read(reader.inner(_NOT), depth + 1))
        if tag in {_EQUALITY, _APPROX}:
            inside = reader.inner(_EQUALITY, _APPROX)
            return Has(attribute_name(inside.text()), (_loose(inside.take(OCTETS)),), is_whole=True)
        if tag == _SUBSTRINGS:
            return _substrings(reader.inner(_SUBSTRINGS))
        if tag == _PRESENT:
            return Has(attribute_name(reader.text(_PRESENT)))
        reader.take(_GREATER, _LESS, _EXTENSIBLE)
        return Unknown()


def _substrings(inside: Reader) -> Filter:
    attribute, pieces = attribute_name(inside.text()), inside.inner(SEQUENCE)
    begins = pieces.tag == _INITIAL
    found = []
    while pieces.tag is not None:
        found.append(_loose(pieces.take(_INITIAL, _INSIDE, _FINAL)))
    if not found:
        raise LdapSyntaxError("a substring filter without any")
    return Has(attribute, tuple(found), begins=begins)


def attribute_name(description: str) -> str:
    """Without options, in small letters. RFC 4512 §2.5."""
    return description.partition(";")[0].strip().lower()


def _loose(octets: bytes) -> str:
    """A value that is looked for: what is not UTF-8 is found nowhere, and is no reason to hang up."""
    return octets.decode(errors="replace")
