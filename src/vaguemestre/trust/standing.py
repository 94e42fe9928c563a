"""Whether the signer of a list, and the authorities above it, are revoked: asked of each list that comes.

domain.md §6. A key that was stolen signs well until its authority says so. What was taken before is not asked
about again: it stays the last good list, and its age tells when it must no longer be acted on.
"""

from datetime import datetime

from cryptography import x509

from vaguemestre.net.authorities import Authorities
from vaguemestre.net.revocation import RevocationLists
from vaguemestre.service.ports.trust_list import ListFault, TrustListReader, TrustListRefused, VerifiedList


class StandingReader:
    """A reader that takes nothing from a signer who is revoked, or of whom no list in force speaks."""

    def __init__(self, reader: TrustListReader, lists: RevocationLists, authorities: Authorities) -> None:
        self._reader = reader
        self._lists = lists
        self._authorities = authorities

    async def read(self, octets: bytes, now: datetime, *, fresh: bool) -> VerifiedList:
        """See ``TrustListReader``."""
        found = await self._reader.read(octets, now, fresh=fresh)
        if fresh:
            await self._lists.run_once(1)
            self._check(x509.load_der_x509_certificate(found.signed_by))
        return found

    def _check(self, signer: x509.Certificate) -> None:
        for certificate in self._authorities.chain_of(signer):
            if certificate.subject == certificate.issuer:
                return  # RFC 5280 §6.1: a trust anchor is trusted because the settings name it
            is_revoked = self._lists.is_revoked(certificate)
            if is_revoked is None:
                raise TrustListRefused(
                    ListFault.REVOKED,
                    "Aucune liste de révocation en vigueur ne parle du signataire (signer_revocations).",
                    "No revocation list in force speaks of the signer (signer_revocations).",
                )
            if is_revoked:
                raise TrustListRefused(
                    ListFault.REVOKED,
                    "Le certificat du signataire est révoqué : demandez à qui publie la liste par quel "
                    "certificat il signe désormais.",
                    "The signer's certificate is revoked: ask whoever publishes the list which certificate "
                    "signs it now.",
                )
