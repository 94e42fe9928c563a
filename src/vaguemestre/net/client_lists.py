"""Whether the certificate of a client may still be shown: asked at each sign-in. RFC 5280 §6.3, domain.md §5.

OpenSSL judges a certificate in a handshake, and TLS 1.2 resumes sessions without one, from a memory that
Python's ssl cannot switch off; a connection may also last longer than a certificate. So dates and revocation
are looked at again when somebody signs in by it. The lists are the operator's own file, which OpenSSL reads
too: in a whole handshake their signatures count, here what they say.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

_LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _List:
    """One authority's, while it is in force."""

    since: datetime
    until: datetime
    serials: frozenset[int]


class ClientLists:
    """The revocation lists of one PEM file; without a file nothing is known to be revoked.

    Raises ValueError when a list cannot be understood, OSError when the file cannot be read.
    """

    def __init__(self, file: Path | None) -> None:
        self._asks = file is not None
        self._lists: dict[bytes, list[_List]] = {}
        octets = file.read_bytes() if file is not None else b""
        for found in map(x509.load_pem_x509_crl, _LIST.findall(octets)):
            until = found.next_update_utc
            if until is None or _is_delta(found):
                continue
            serials = frozenset(entry.serial_number for entry in found)
            of_issuer = self._lists.setdefault(found.issuer.public_bytes(), [])
            of_issuer.append(_List(found.last_update_utc, until, serials))

    def fault_in(self, certificate: bytes, now: datetime) -> str | None:
        """What is wrong with a certificate (DER) that a handshake has found good; None when nothing is."""
        shown = x509.load_der_x509_certificate(certificate)
        if not shown.not_valid_before_utc <= now <= shown.not_valid_after_utc:
            return "certificate expired"
        if not self._asks:
            return None
        of_issuer = self._lists.get(shown.issuer.public_bytes(), ())
        in_force = [each for each in of_issuer if each.since <= now <= each.until]
        if not in_force:
            return "no revocation list in force"
        newest = max(in_force, key=lambda each: each.since)
        return "certificate revoked" if shown.serial_number in newest.serials else None


def _is_delta(found: x509.CertificateRevocationList) -> bool:
    """Whether it says what changed since another, and nothing of the rest. RFC 5280 §5.2.4."""
    return any(isinstance(each.value, x509.DeltaCRLIndicator) for each in found.extensions)
