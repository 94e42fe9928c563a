"""AUTHENTICATE. RFC 9051 §6.2.2; the initial response of RFC 4959, where ``=`` is the empty one.

The lines that the client then sends are base64 too; ``*`` alone gives up.
"""

import binascii
from dataclasses import dataclass, field

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Sign in by a SASL mechanism (in capitals); ``initial`` is decoded, None when there is none."""

    mechanism: str
    initial: bytes | None = field(default=None, repr=False)


def parse(scanner: Scanner) -> Authenticate:
    """``AUTHENTICATE mechanism [initial-response]``."""
    scanner.space()
    mechanism = grammar.word(scanner, "the name of a mechanism")
    initial: bytes | None = None
    if scanner.take(b" "):
        coded = grammar.atom(scanner, "a response in base64")
        initial = b"" if coded == "=" else decode_response(coded.encode("ascii"))
    scanner.end()
    return Authenticate(mechanism, initial)


def decode_response(line: bytes) -> bytes | None:
    """The octets of a line of base64; None when the client gave up with ``*``. Raises CommandSyntaxError."""
    if line == b"*":
        return None
    try:
        return binascii.a2b_base64(line, strict_mode=True) if line else b""
    except binascii.Error:
        raise CommandSyntaxError("Expected a response in base64") from None
