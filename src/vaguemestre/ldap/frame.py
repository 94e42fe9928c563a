"""Whole messages out of a stream of octets. RFC 4511 §5.2.1: each is one SEQUENCE, one after another."""

from typing import Final

from vaguemestre.ldap.ber import SEQUENCE, LdapSyntaxError, header

MOST: Final = 16_384
"""Octets of one message: a search of an address book has some 300. Times two, times the connections that the
door takes, is what strangers can make it hold: 128 MiB as it is shipped."""


class Frames:
    """What has come and is not read yet; never more than a message and what came with its end."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def feed(self, octets: bytes) -> None:
        """Take what came."""
        self._octets += octets

    @property
    def waiting(self) -> int:
        """Octets not read yet."""
        return len(self._octets)

    def take(self) -> bytes | None:
        """The content of the next message; None until it is whole. Raises LdapSyntaxError."""
        if self._octets and self._octets[0] != SEQUENCE:
            raise LdapSyntaxError("this is not LDAP")
        found = header(self._octets, 0)
        if found is None:
            return None
        _, begin, length = found
        if length > MOST:
            raise LdapSyntaxError("a message longer than any request of an address book")
        if len(self._octets) < begin + length:
            return None
        content = bytes(self._octets[begin : begin + length])
        del self._octets[: begin + length]
        return content
