"""What clients are answered. RFC 4511 §4.1.9, §4.5.2, §4.4.1."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from vaguemestre.ldap.ber import ENUMERATED, SEQUENCE, SET, element, integer, text

BIND: Final = 0x61
SEARCH_DONE: Final = 0x65
EXTENDED: Final = 0x78
_ENTRY: Final = 0x64
_OID: Final = 0x8A
START_TLS: Final = "1.3.6.1.4.1.1466.20037"
"""RFC 4511 §4.14.1."""
_DISCONNECTION: Final = "1.3.6.1.4.1.1466.20036"


class Code(IntEnum):
    """What became of it. RFC 4511 §4.1.9; what each means, in its appendix A.2."""

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    PROTOCOL_ERROR = 2
    SIZE_LIMIT_EXCEEDED = 4
    AUTH_METHOD_NOT_SUPPORTED = 7
    ADMIN_LIMIT_EXCEEDED = 11
    UNAVAILABLE_CRITICAL_EXTENSION = 12
    CONFIDENTIALITY_REQUIRED = 13
    NO_SUCH_OBJECT = 32
    INVALID_DN_SYNTAX = 34
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS_RIGHTS = 50
    BUSY = 51
    UNAVAILABLE = 52
    UNWILLING_TO_PERFORM = 53


def result(number: int, tag: int, code: Code, said: str = "", name: str = "") -> bytes:
    """The end of an operation, and a sentence for whoever reads it. ``name`` of an extended response."""
    oid = text(name, _OID) if name else b""
    return _message(number, element(tag, integer(code, ENUMERATED), text(""), text(said), oid))


def entry(number: int, dn: str, attributes: Mapping[str, Sequence[str]], *, types_only: bool) -> bytes:
    """One entry that was found."""
    listed = [
        element(SEQUENCE, text(name), element(SET, *(() if types_only else map(text, values))))
        for name, values in attributes.items()
    ]
    return _message(number, element(_ENTRY, text(dn), element(SEQUENCE, *listed)))


def disconnection(code: Code, said: str) -> bytes:
    """That the connection ends, and why. RFC 4511 §4.4.1."""
    return result(0, EXTENDED, code, said, _DISCONNECTION)


def _message(number: int, operation: bytes) -> bytes:
    return element(SEQUENCE, integer(number), operation)
