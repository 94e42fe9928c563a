"""Another operator, on a connection of his to us, once he is believed. domain.md §6."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from vaguemestre.mail.distinguished_name import DistinguishedName


@dataclass(frozen=True, slots=True)
class Peer:
    """``subject`` is his certificate's, ``domains`` those it may speak for at this moment, in lower case.

    ``address`` is the network's. ``name`` is what he called himself in EHLO, which nobody has verified, and
    ``protection`` the version and suite of TLS.
    """

    subject: DistinguishedName
    domains: frozenset[str]
    address: str
    name: str = ""
    protection: str = ""

    @property
    def trace(self) -> str:
        """What stands after ``from`` in Received, RFC 5321 §4.4: name, address, and TLS in a comment."""
        try:
            address = ip_address(self.address.partition("%")[0])
        except ValueError:
            literal = "unknown"
        else:
            literal = f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"
        protected = f" ({self.protection})" if self.protection else ""
        return f"{self.name or literal} ({literal}){protected}"
