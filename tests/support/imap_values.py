r"""Reads a FETCH response as a client does: atoms, strings, lists, NIL. RFC 9051 §9.

Quoted strings and literals are octets; NIL is None; atoms and numbers are text. Whatever is not well formed
raises AssertionError: a client would have lost its way there.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "bytes | str | list[Value] | None"

_HEAD = re.compile(rb"\* [1-9][0-9]* FETCH \(")
# BODY[1.2.HEADER.FIELDS (To From)]<0>: what stands in the brackets is of the name.
_NAME = re.compile(rb"[A-Z0-9.]+(?:\[[^\]]*\])?(?:<[0-9]+>)? ")
_LITERAL = re.compile(rb"~?\{([0-9]+)\}\r\n")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\0]|\\["\\])*)"')
_ATOM = re.compile(rb'[^ ()"{\r\n\0]+')


def fetch_items(response: bytes) -> Mapping[str, Value]:
    """The items of one FETCH response, by their names as the server spells them."""
    head = _HEAD.match(response)
    assert head is not None, response[:200]
    items: dict[str, Value] = {}
    at = head.end()
    while True:
        name = _NAME.match(response, at)
        assert name is not None, response[at : at + 200]
        items[name[0][:-1].decode()], at = _value(response, name.end())
        if response[at:] == b")\r\n":
            return items
        assert response[at : at + 1] == b" ", response[at : at + 200]
        at += 1


def octets(value: Value) -> bytes:
    """A value that must be a string."""
    assert isinstance(value, bytes), value
    return value


def listed(value: Value) -> list[Value]:
    """A value that must be a list."""
    assert isinstance(value, list), value
    return value


def _value(octets: bytes, at: int) -> tuple[Value, int]:
    if octets[at : at + 1] == b"(":
        return _list(octets, at + 1)
    if found := _LITERAL.match(octets, at):
        end = found.end() + int(found[1])
        return octets[found.end() : end], end
    if found := _QUOTED.match(octets, at):
        return re.sub(rb"\\(.)", rb"\1", found[1]), found.end()
    found = _ATOM.match(octets, at)
    assert found is not None, octets[at : at + 200]
    return (None if found[0] == b"NIL" else found[0].decode("ascii")), found.end()


def _list(octets: bytes, at: int) -> tuple[Value, int]:
    values: list[Value] = []
    while octets[at : at + 1] != b")":
        if values and octets[at : at + 1] == b" ":
            at += 1  # but body structures side by side stand without
        value, at = _value(octets, at)
        values.append(value)
    return values, at + 1
