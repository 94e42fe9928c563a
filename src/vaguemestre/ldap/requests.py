"""What clients ask. RFC 4511 §4; of the operations, those that an address book needs.

The others are named, so that each is answered by its own kind of response.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from vaguemestre.ldap.ber import BOOLEAN, ENUMERATED, OCTETS, SEQUENCE, LdapSyntaxError, Reader
from vaguemestre.ldap.filters import Filter, read_filter

_CONTROLS: Final = 0xA0
_BIND, _UNBIND, _SEARCH, _ABANDON, _EXTENDED = 0x60, 0x42, 0x63, 0x50, 0x77
_SIMPLE, _SASL = 0x80, 0xA3
_NAME, _VALUE = 0x80, 0x81
_MOST_ATTRIBUTES: Final = 200
# RFC 4511 §4: the tag of each other request, and of the response that it is given.
_OTHERS: Final = {0x66: 0x67, 0x68: 0x69, 0x4A: 0x6B, 0x6C: 0x6D, 0x6E: 0x6F}


class Scope(IntEnum):
    """How far from the base. RFC 4511 §4.5.1.2."""

    BASE = 0
    ONE = 1
    SUBTREE = 2


@dataclass(frozen=True, slots=True)
class Bind:
    """Sign in. ``password`` is None when it is by SASL."""

    version: int
    name: str
    password: str | None


@dataclass(frozen=True, slots=True)
class Unbind:
    """Goodbye."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Never mind; there is no answer."""


@dataclass(frozen=True, slots=True)
class Search:
    """``size`` 0: no limit of the client's. ``attributes`` as they were spelled; none means all."""

    base: str
    scope: Scope
    size: int
    types_only: bool
    filter: Filter
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extended:
    """An operation by the name of an object identifier."""

    name: str


@dataclass(frozen=True, slots=True)
class Other:
    """An operation that is not for an address book; the tag of its response."""

    response: int


Request: TypeAlias = Bind | Unbind | Abandon | Search | Extended | Other


@dataclass(frozen=True, slots=True)
class Message:
    """A request and its number; ``critical``: the controls it will not do without."""

    id: int
    request: Request
    critical: tuple[str, ...] = ()


def read_message(content: bytes) -> Message:
    """The content of one message. Raises LdapSyntaxError."""
    reader = Reader(content)
    number = reader.integer()
    request = _request(reader)
    critical = []
    if reader.tag == _CONTROLS:
        controls = reader.inner(_CONTROLS)
        while controls.tag is not None:
            control = controls.inner(SEQUENCE)
            name = control.text()
            if control.tag == BOOLEAN and control.boolean():
                critical.append(name)
    return Message(number, request, tuple(critical))


def _request(reader: Reader) -> Request:
    tag = reader.tag
    if tag == _BIND:
        return _bind(reader.inner(_BIND))
    if tag == _SEARCH:
        return _search(reader.inner(_SEARCH))
    if tag == _EXTENDED:
        return Extended(reader.inner(_EXTENDED).text(_NAME))
    if tag == _UNBIND:
        reader.take(_UNBIND)
        return Unbind()
    if tag == _ABANDON:
        reader.take(_ABANDON)
        return Abandon()
    if tag in _OTHERS:
        reader.take(tag)
        return Other(_OTHERS[tag])
    raise LdapSyntaxError("an operation that LDAP does not have")


def _bind(inside: Reader) -> Bind:
    version, name = inside.integer(), inside.text()
    return Bind(version, name, inside.text(_SIMPLE) if inside.tag == _SIMPLE else None)


def _search(inside: Reader) -> Search:
    base = inside.text()
    scope = inside.integer(ENUMERATED)
    inside.integer(ENUMERATED)  # aliases: there are none to dereference
    size = inside.integer()
    inside.integer()  # seconds: a search here is over before a client's shortest patience
    types_only = inside.boolean()
    wanted = read_filter(inside)
    names, attributes = inside.inner(SEQUENCE), []
    while names.tag is not None:
        attributes.append(names.text(OCTETS))
    if scope not in set(Scope) or len(attributes) > _MOST_ATTRIBUTES:
        raise LdapSyntaxError("a search of a scope that there is not, or of too many attributes")
    return Search(base, Scope(scope), size, types_only, wanted, tuple(attributes))
