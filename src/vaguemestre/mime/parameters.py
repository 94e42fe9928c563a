"""Fields with parameters: Content-Type and Content-Disposition, and what their parameters mean.

RFC 2045 §5.1 gives the grammar, RFC 2231 §3 and RFC 2231 §4 continuations and charsets. Two readings are
kept apart: ``parameters`` gives them as they stand, which is what IMAP prints; ``parameter_text`` gives
what a person reads.

Written by hand and lenient, as every mail client is: a value without its quotes runs to the next semicolon,
so that ``filename=compte rendu.exe`` is seen whole.
"""

import re
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from vaguemestre.mime.charsets import decode
from vaguemestre.mime.headers import decode_words

Parameters: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Names as written and values without their quotes, in order."""

MAX_PARAMETERS: Final = 200

# RFC 2045 §5.1: parameter := attribute "=" value; value := token / quoted-string
_PARAMETER: Final = re.compile(
    rb';[ \t]*([^\s=;"()]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)("?)|([^;"]*))[^;]*', re.DOTALL
)
_TOKEN: Final = re.compile(rb"[ \t]*([^\s;\"/()<>@,:\\\[\]?=]+)")
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_SECTION: Final = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")
_COMMENT: Final = re.compile(rb"\([^()\"\\]*\)")


def parameters(value: bytes) -> Parameters:
    """The parameters of an unfolded field value."""
    start = value.find(b";")
    if start < 0:
        return ()
    found: list[tuple[bytes, bytes]] = []
    for match in _PARAMETER.finditer(value, start):
        name, quoted, _, bare = match.groups()
        if quoted is None:
            # Comments are only sought outside quotes, and only where one follows the value.
            text = _COMMENT.sub(b"", bare).strip() if b"(" in bare else bare.strip()
        else:
            text = _ESCAPE.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        found.append((name, text))
        if len(found) >= MAX_PARAMETERS:
            break
    return tuple(found)


def token(value: bytes) -> bytes | None:
    """The word an unfolded value begins with, such as ``attachment``; ``None`` when there is none."""
    match = _TOKEN.match(value)
    return match[1] if match else None


def raw_parameter(found: Parameters, name: bytes) -> bytes | None:
    """The first parameter of that name (in lower case), as it stands."""
    for key, value in found:
        if key.lower() == name:
            return value
    return None


def parameter_text(found: Parameters, name: str) -> str | None:
    """What a parameter says: continuations and charsets of RFC 2231 and, as many send them, RFC 2047 words.

    ``name`` in lower case. ``None`` when it is absent in every form.
    """
    plain: str | None = None
    sections: dict[int, tuple[bytes, bool]] = {}
    for key, value in found:
        match = _SECTION.fullmatch(key.decode("latin-1").lower())
        if match is None or match[1] != name:
            continue
        if match[2] is None and match[3] is None:
            if plain is None:
                text = decode(value)
                plain = decode_words(text) if "=?" in text else text
        else:
            sections.setdefault(int(match[2] or 0), (value, match[3] is not None))
    return _joined(sections) if sections else plain


def _joined(sections: dict[int, tuple[bytes, bool]]) -> str:
    """RFC 2231 §4.1: the sections in the order of their numbers; the first may name the charset."""
    charset = ""
    octets = b""
    for place, number in enumerate(sorted(sections)):
        value, extended = sections[number]
        if extended and place == 0 and value.count(b"'") >= 2:
            name, _, value = value.split(b"'", 2)
            charset = name.decode("latin-1")
        octets += unquote_to_bytes(value) if extended else value
    return decode(octets, charset)
