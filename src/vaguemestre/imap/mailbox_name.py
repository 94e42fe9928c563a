"""Mailbox names between the client's octets and our text. RFC 9051 §5.1, RFC 3501 §5.1.3.

Before a client enables IMAP4rev2 or UTF8=ACCEPT its names travel in *modified UTF-7*: printable ASCII stands
for itself, ``&`` is ``&-``, and the rest is UTF-16 in a base64 whose ``/`` is ``,`` between ``&`` and ``-``.
Afterwards they are UTF-8. INBOX is INBOX in any case (RFC 9051 §5.1).

Decoding modified UTF-7 is strict: two spellings of one name would be two names to a client and one to us.
The exception is a name that holds octets above 127 outright: it is read as UTF-8, which is what such
clients mean.
"""

import binascii
from typing import Final
from unicodedata import category

from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.mail.mailbox import INBOX

MAX_NAME = 1000  # octets of UTF-8; long enough for any tree, short enough for an index
_LINE_BREAKERS: Final = frozenset(
    {"Cc", "Zl", "Zp"}
)  # RFC 9051 §5.1, by RFC 5198 §2: no controls, no separators


def decode_mailbox_name(octets: bytes, utf8: bool) -> str:
    """The name in a client's octets; raise CommandSyntaxError when they are not one."""
    try:
        name = octets.decode("utf-8") if utf8 or not octets.isascii() else _decode_utf7(octets)
    except (UnicodeDecodeError, binascii.Error, ValueError):
        coding = "UTF-8" if utf8 else "modified UTF-7"
        raise CommandSyntaxError(f"Expected a mailbox name in {coding}") from None
    if len(octets) > MAX_NAME:
        raise CommandSyntaxError(f"A mailbox name has at most {MAX_NAME} octets")
    if any(category(character) in _LINE_BREAKERS for character in name):
        raise CommandSyntaxError("A mailbox name holds no control characters")
    # Only ASCII folds: the capital of a dotless ı is I, and that is no INBOX.
    return INBOX if name.isascii() and name.upper() == INBOX else name


def encode_mailbox_name(name: str, utf8: bool) -> bytes:
    """The octets of a name as the client expects them, not yet quoted."""
    if utf8:
        return name.encode("utf-8")
    pieces: list[bytes] = []
    foreign: list[str] = []
    for character in name:
        if " " <= character <= "~":
            if foreign:
                pieces.append(_base64(foreign))
                foreign = []
            pieces.append(b"&-" if character == "&" else character.encode("ascii"))
        else:
            foreign.append(character)
    if foreign:
        pieces.append(_base64(foreign))
    return b"".join(pieces)


def _base64(characters: list[str]) -> bytes:
    encoded = binascii.b2a_base64("".join(characters).encode("utf-16-be"), newline=False)
    return b"&" + encoded.rstrip(b"=").replace(b"/", b",") + b"-"


def _decode_utf7(octets: bytes) -> str:
    pieces: list[str] = []
    rest = octets
    while rest:
        plain, ampersand, rest = rest.partition(b"&")
        pieces.append(plain.decode("ascii"))
        if not ampersand:
            break
        coded, closed, rest = rest.partition(b"-")
        if not closed or b"/" in coded:
            raise ValueError("not closed")
        pieces.append(_decode_base64(coded) if coded else "&")
    name = "".join(pieces)
    if encode_mailbox_name(name, utf8=False) != octets:
        raise ValueError("not the one spelling")
    return name


def _decode_base64(coded: bytes) -> str:
    padded = coded.replace(b",", b"/") + b"=" * (-len(coded) % 4)
    return binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be")
