"""Names of certificates, read and compared by their parts. RFC 5280 §7.1, RFC 4514 §2, domain.md §6.

One name has many texts: programs print it from either end, with other capitals, other spaces and other
escapes, in quotes, or between slashes. So names are parsed and compared as RFC 4518 §2 prepares them, never
as text, and what kind of string a certificate holds (PrintableString, UTF8String) does not matter.

The order of the parts does not either: text tells not from which end it was written, and no authority gives
two holders the same parts in different order.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from vaguemestre.mail.name_types import LONGEST_SHORT_NAME, OF_SHORT_NAMES, SHORT_NAMES

_COUNTRY: Final = "2.5.4.6"
_LONGEST: Final = 4096  # characters; those of the trust list have 200 at most


class NameSyntaxError(ValueError):
    """This is no distinguished name; the message says how one is written."""


class Part(NamedTuple):
    """One attribute: its type as a dotted object identifier, and its value."""

    oid: str
    value: str


Rdn = tuple[Part, ...]
"""What stands between two commas: one attribute, seldom several joined by ``+``."""


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """``text`` is as RFC 4514 prints it, the most specific part first; ``key`` is what is compared."""

    text: str
    key: str

    def __str__(self) -> str:
        return self.text

    def values(self, short_name: str) -> tuple[str, ...]:
        """What it says under a name of a type, such as ``O``; the first is the most specific."""
        oid = OF_SHORT_NAMES[short_name.upper()]
        return tuple(part.value for rdn in _read(self.text) for part in rdn if part.oid == oid)


def parse_name(text: str) -> DistinguishedName:
    """``CN=program,OU=service,O=hospital,C=FR``, however it is written. Raises NameSyntaxError."""
    return name_of(_read(text))


def name_of(rdns: Sequence[Rdn]) -> DistinguishedName:
    """A name by its parts, in either order. Raises NameSyntaxError when it has none."""
    if not rdns or not all(rdn and all(part.value for part in rdn) for rdn in rdns):
        raise NameSyntaxError("This names nobody")
    ordered = list(rdns)
    if _names_country(ordered[0]) and not _names_country(ordered[-1]):
        ordered.reverse()  # it begins at the country: the end that RFC 4514 §2.1 writes last
    # Neither tab nor line feed is left in a prepared value: two names never share a key by what they hold.
    key = "\n".join(sorted("\t".join(sorted(_key(part) for part in rdn)) for rdn in rdns))
    return DistinguishedName(",".join("+".join(map(_printed, rdn)) for rdn in ordered), key)


def _names_country(rdn: Rdn) -> bool:
    return any(part.oid == _COUNTRY for part in rdn)


def _key(part: Part) -> str:
    return f"{part.oid}={prepared(part.value)}"


def prepared(value: str) -> str:
    """A value as RFC 4518 §2 prepares it to be compared without case. Raises NameSyntaxError."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split()).casefold()
    mapped = "".join(map(_mapped, value)).casefold()
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", mapped).casefold())
    if any(unicodedata.category(character) in _PROHIBITED or character == "\ufffd" for character in normal):
        raise NameSyntaxError("A value holds characters that no name has")
    return " ".join(normal.split())


_PROHIBITED: Final = frozenset({"Cn", "Co", "Cs"})  # RFC 4518 §2.4: unassigned, private, half characters
_TO_SPACE: Final = frozenset("\t\n\x0b\x0c\r\x85")  # RFC 4518 §2.2
_TO_NOTHING: Final = frozenset("\u00ad\u034f\u1806\u180b\u180c\u180d\u200b\ufffc")  # likewise


def _mapped(character: str) -> str:
    category = unicodedata.category(character)
    if character in _TO_SPACE or category in ("Zs", "Zl", "Zp"):
        return " "
    if character in _TO_NOTHING or category in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f":
        return ""
    return character


# RFC 4514 §3: attributeType = descr / numericoid. People put spaces around the sign, tools "OID." before.
_KEYSTRING: Final = r"(?:[A-Za-z][A-Za-z0-9-]*|[0-2](?:\.(?:0|[1-9][0-9]*))+)"
_TYPE: Final = re.compile(rf"\s*(?:OID\.)?(?P<type>{_KEYSTRING})\s*=\s*", re.I | re.A)
# RFC 4514 §3: string, with pair = ESC ( ESC / special / hexpair ). Quotes inside a value are taken as they
# are: the trust list holds them so, and RFC 4514 §2.4 would have them escaped.
_STRING: Final = re.compile(r"(?:[^\\,+;]|\\.)*", re.S)
# RFC 2253 §4 has readers take what RFC 1779 quoted; Java and OpenSSL quote to this day, and so does the list.
_QUOTED: Final = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)"\s*(?=[,+;]|\Z)', re.S | re.A)
_HEX: Final = re.compile(r"#(?P<octets>(?:[0-9A-Fa-f]{2})+)\s*")
_ESCAPED: Final = re.compile(r"(?:\\[0-9A-Fa-f]{2})+|\\(?P<one>.)", re.S)
_SLASH: Final = re.compile(rf"/(?={_KEYSTRING}\s*=)")
_BEFORE: Final = re.compile(r"\s*(?:subject|issuer)\s*[:=]\s*(?=/|[A-Za-z0-9.-]+\s*=)", re.I)


def _read(text: str) -> list[Rdn]:
    """The parts, in the order of the text."""
    if len(text) > _LONGEST:
        raise _no_name()
    at = before.end() if (before := _BEFORE.match(text)) else 0
    if text[at : at + 1] == "/" and _SLASH.match(text, at):
        return [(_slashed(piece),) for piece in _SLASH.split(text[at:].rstrip())[1:]]
    rdns: list[Rdn] = []
    parts: list[Part] = []
    while True:
        part, at = _part(text, at)
        parts.append(part)
        sign = text[at : at + 1]
        at += 1
        if sign == "+":
            continue
        rdns.append(tuple(parts))
        parts = []
        if not sign:
            return rdns


def _part(text: str, at: int) -> tuple[Part, int]:
    """One attribute, and where the sign stands that ends it, or the end."""
    named = _TYPE.match(text, at)
    if named is None:
        raise _no_name()
    at = named.end()
    if match := _QUOTED.match(text, at):
        value = _unescaped(match["inside"])
    elif match := _HEX.match(text, at):
        value = _decoded(bytes.fromhex(match["octets"]))
    else:
        match = _STRING.match(text, at)
        assert match is not None  # noqa: S101 (it matches nothing as well)
        value = _unescaped(_stripped(match[0]))
    if not value or text[match.end() : match.end() + 1] not in ("", ",", "+", ";"):
        raise _no_name()
    return Part(_oid(named["type"]), value), match.end()


def _slashed(piece: str) -> Part:
    """``O=hospital``, as OpenSSL printed it on one line."""
    named, _, value = piece.partition("=")
    if not value.strip():
        raise _no_name()
    return Part(_oid(named.strip()), value)


def _stripped(value: str) -> str:
    """Without the spaces at its end, but for one that is escaped."""
    bare = value.rstrip(" \t\r\n")
    escapes = len(bare) - len(bare.rstrip("\\"))
    return value[: len(bare) + 1] if escapes % 2 else bare


def _unescaped(value: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match["one"] is not None:
            return match["one"]
        return bytes.fromhex(match[0].replace("\\", "")).decode()

    try:
        return _ESCAPED.sub(character, value)
    except UnicodeDecodeError:
        raise _no_name() from None


# RFC 4514 §2.4: the BER encoding of the value. The strings of X.520, by their tags; BMPString is UTF-16.
_STRINGS: Final = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}


def _decoded(octets: bytes) -> str:
    tag, length, content = octets[0], octets[1:2], octets[2:]
    if length == b"\x81":
        length, content = octets[2:3], octets[3:]
    if not length or length[0] != len(content):
        raise _no_name()
    if tag not in _STRINGS:
        return content.hex()
    try:
        return content.decode(_STRINGS[tag])
    except UnicodeDecodeError:
        raise _no_name() from None


def _oid(named: str) -> str:
    if named[0].isdigit():
        return named
    oid = OF_SHORT_NAMES.get(named.upper()) if len(named) <= LONGEST_SHORT_NAME else None
    if oid is None:
        raise NameSyntaxError(f"{named[:32]} is no type of attribute that is known: write its number")
    return oid


def _no_name() -> NameSyntaxError:
    return NameSyntaxError("Write the name as CN=…,O=…,C=FR, or give the certificate")


_SPECIAL: Final = re.compile(r'[,+"\\<>;]|^[ #]|[ ]\Z')  # RFC 4514 §2.4
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _printed(part: Part) -> str:
    value = _SPECIAL.sub(lambda special: f"\\{special[0]}", part.value)
    value = _CONTROL.sub(lambda control: f"\\{ord(control[0]):02X}", value)
    return f"{SHORT_NAMES.get(part.oid, part.oid)}={value}"
