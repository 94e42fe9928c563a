"""Strings as a server prints them: quoted when short and plain, literals otherwise. RFC 9051 §4.3."""

import re
from typing import Final

from vaguemestre.imap.grammar import ASTRING
from vaguemestre.imap.mailbox_name import encode_mailbox_name

MAX_QUOTED: Final = 1024  # octets; longer ones cost the client less as a literal, which needs no escapes

# RFC 9051 §9: quoted has neither CR nor LF nor NUL; above 127 only for clients that enabled UTF-8.
_PLAIN: Final = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*")
_TO_ESCAPE: Final = re.compile(rb'(["\\])')


def literal(octets: bytes) -> bytes:
    """``{n}`` CR LF and the octets."""
    return b"{%d}\r\n%b" % (len(octets), octets)


def literal8_head(octets: int, has_nul: bool) -> bytes:
    """What announces decoded octets: ``~{n}`` only when NUL is among them. RFC 3516 §4.3."""
    return b"%b{%d}\r\n" % (b"~" if has_nul else b"", octets)


def string(octets: bytes) -> bytes:
    """Quoted, or a literal."""
    if len(octets) <= MAX_QUOTED and _PLAIN.fullmatch(octets):
        return b'"%b"' % _TO_ESCAPE.sub(rb"\\\1", octets)
    return literal(octets)


def nstring(octets: bytes | None) -> bytes:
    """A string, or NIL for None."""
    return b"NIL" if octets is None else string(octets)


def mailbox(name: str, utf8: bool) -> bytes:
    """A mailbox name as this client reads them (``Session.utf8``), as an atom when it can be one."""
    octets = encode_mailbox_name(name, utf8)
    if utf8 and not octets.isascii():
        return b'"%b"' % _TO_ESCAPE.sub(rb"\\\1", octets)
    # NIL as an atom would be no name at all to some clients.
    return octets if ASTRING.fullmatch(octets) and octets.upper() != b"NIL" else string(octets)
