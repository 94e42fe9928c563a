"""The authorities whose certificates operators show one another, and the way from a certificate up to them.

RFC 5280 §6.1, domain.md §6: only the configured authorities count. One that a peer sends along is never
looked at, so the file names every authority that signs operators, not the root alone.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from vaguemestre.net.tls import CertificateError

_DEEPEST: Final = 8  # authorities above one another: a chain that is longer goes in circles


class Authorities:
    """What stands in one PEM file. Raises CertificateError when it cannot be read, or holds no authority."""

    def __init__(self, file: Path) -> None:
        try:
            found = x509.load_pem_x509_certificates(file.read_bytes())
        except (OSError, ValueError) as error:
            raise CertificateError(f"the authorities {file} cannot be read: {error}") from error
        self._all = tuple(certificate for certificate in found if _signs_certificates(certificate))
        if len(self._all) < len(found):
            raise CertificateError(f"{file} holds a certificate that is no authority's")

    def __iter__(self) -> Iterator[x509.Certificate]:
        """In the order of the file."""
        return iter(self._all)

    def chain_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The certificate, who signed it, who signed that one, as far as we know; alone when nobody did.

        The signatures have been verified, how deep an authority lets others stand below it too; not the
        dates, nor whether anything is revoked.
        """
        chain = [certificate]
        while len(chain) <= _DEEPEST and chain[-1].subject != chain[-1].issuer:
            above = self._signer_of(chain[-1], below=len(chain) - 1)
            if above is None:
                break
            chain.append(above)
        return tuple(chain)

    def _signer_of(self, certificate: x509.Certificate, below: int) -> x509.Certificate | None:
        return next((each for each in self._all if _has_signed(each, certificate, below)), None)


def is_in_force(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether its dates let it be used now."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _has_signed(authority: x509.Certificate, certificate: x509.Certificate, below: int) -> bool:
    depth = authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if depth is not None and depth < below:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signs_certificates(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign
