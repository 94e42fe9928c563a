"""Octets to text under a charset that a message names, never raising.

RFC 2045 §5.1 lets a message name any charset. Only names the standard library lists as text encodings are
looked up: the registry of codecs remembers every name it is asked for, so strangers' names would fill
the memory, and a few codecs (``idna``, ``punycode``, the escapes) are not charsets of mail.
"""

import codecs
from encodings.aliases import aliases
from typing import Final

_NOT_CHARSETS: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
)
_NOT_TEXT: Final = frozenset(
    {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
)
_CODECS: Final = {
    name: codec
    for name, codec in [*aliases.items(), *((codec, codec) for codec in set(aliases.values()))]
    if codec not in _NOT_CHARSETS | _NOT_TEXT
}
# What Windows and the web mean when they say so: the superset reads the few octets the name forbids.
_SUPERSETS: Final = {"ascii": "utf_8", "latin_1": "cp1252", "gb2312": "gb18030", "shift_jis": "cp932"}


_AS_ASCII: Final = frozenset({"utf_8", "cp1252", "iso8859_15"})  # nearly all mail; below 128 they are ASCII


def decode(octets: bytes, charset: str = "") -> str:
    """Text of ``octets``; UTF-8, then Windows-1252, when the charset is unknown or does not fit."""
    codec = _codec(charset) if charset else None  # a header names none
    if codec is not None:
        try:
            return octets.decode(codec)
        except (UnicodeError, ValueError):
            if codec != "utf_8":
                return octets.decode(codec, "replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def decode_beginning(octets: bytes, charset: str = "") -> str:
    """As ``decode``, of octets that were cut: half a character at their end is left out."""
    codec = _codec(charset) or "utf_8"
    if codec in _AS_ASCII and octets.isascii():
        return octets.decode("ascii")  # no character is cut: an eighth of the time of the other way
    try:
        return codecs.getincrementaldecoder(codec)().decode(octets)
    except (UnicodeError, ValueError):
        return decode(octets, charset)


def _codec(charset: str) -> str | None:
    # RFC 2231 §5: a charset may be followed by a star and a language.
    name = charset.partition("*")[0].strip().lower().replace("-", "_").replace(" ", "_")
    codec = _CODECS.get(name)
    return None if codec is None else _SUPERSETS.get(codec, codec)
