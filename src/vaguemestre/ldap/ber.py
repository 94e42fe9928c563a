"""BER as LDAP restricts it: definite lengths, strings in one piece. RFC 4511 §5.1.

Tags are one octet: LDAP has none of a higher number. Everything read here came from a stranger: what is
not of this form is an error, and nothing is read past the octets that were given.
"""

from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
BOOLEAN: Final = 0x01
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG: Final = 0x80  # the bit of a length's first octet that says how many octets of length follow
_MOST_LENGTH_OCTETS: Final = 4
_MOST_INTEGER_OCTETS: Final = 4  # RFC 4511 §4.1.1: maxInt is 2^31 - 1


class LdapSyntaxError(ValueError):
    """The octets are no LDAP message of the form expected; the text says where they go wrong."""


def header(octets: bytes | bytearray, start: int) -> tuple[int, int, int] | None:
    """Tag, where the content begins, and its length; None when more octets are needed."""
    if len(octets) < start + 2:
        return None
    tag, first = octets[start], octets[start + 1]
    if tag & 0x1F == 0x1F:
        raise LdapSyntaxError("a tag of more than one octet")
    if first < _LONG:
        return tag, start + 2, first
    count = first - _LONG
    if not 1 <= count <= _MOST_LENGTH_OCTETS:
        raise LdapSyntaxError("a length that is indefinite, or of too many octets")
    begin = start + 2 + count
    if len(octets) < begin:
        return None
    return tag, begin, int.from_bytes(octets[start + 2 : begin], "big")


class Reader:
    """Takes one element after another out of a content."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def tag(self) -> int | None:
        """Of the next element; None at the end."""
        return self._octets[self._at] if self._at < len(self._octets) else None

    def take(self, *tags: int) -> bytes:
        """The content of the next element, which has one of these tags. Raises LdapSyntaxError."""
        tag = self.tag
        found = header(self._octets, self._at)
        if found is None or tag not in tags:
            raise LdapSyntaxError("an element is missing, or another stands in its place")
        _, begin, length = found
        end = begin + length
        if end > len(self._octets):
            raise LdapSyntaxError("an element is longer than what holds it")
        self._at = end
        return self._octets[begin:end]

    def integer(self, tag: int = INTEGER) -> int:
        """A number, not negative. Raises LdapSyntaxError."""
        content = self.take(tag)
        if not 1 <= len(content) <= _MOST_INTEGER_OCTETS or content[0] & 0x80:
            raise LdapSyntaxError("a number that is negative, or too large")
        return int.from_bytes(content, "big")

    def boolean(self, tag: int = BOOLEAN) -> bool:
        """True for anything but zero. Raises LdapSyntaxError."""
        content = self.take(tag)
        if len(content) != 1:
            raise LdapSyntaxError("a truth value of more than one octet")
        return content != b"\x00"

    def text(self, tag: int = OCTETS) -> str:
        """UTF-8. Raises LdapSyntaxError."""
        try:
            return self.take(tag).decode()
        except UnicodeDecodeError as error:
            raise LdapSyntaxError("a text that is not UTF-8") from error

    def inner(self, *tags: int) -> "Reader":
        """The next element, to be read from within. Raises LdapSyntaxError."""
        return Reader(self.take(*tags))


def element(tag: int, *contents: bytes) -> bytes:
    """One element around its contents, its length as short as may be."""
    content = b"".join(contents)
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(octets))) + octets + content


def integer(number: int, tag: int = INTEGER) -> bytes:
    """A number that is not negative."""
    return element(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def text(value: str, tag: int = OCTETS) -> bytes:
    """UTF-8."""
    return element(tag, value.encode())
