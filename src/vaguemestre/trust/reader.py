"""Octets become a trust list, or are refused. domain.md §6."""

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from vaguemestre.service.ports.trust_list import VerifiedList
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.trust.entries import read_entries
from vaguemestre.trust.signature import Pinned, check_chain, signed_part


def read_list(octets: bytes, pinned: Pinned, now: datetime, *, fresh: bool) -> VerifiedList:
    """The list. Raises TrustListRefused. Busy for half a second with 10,000 entries.

    A list that was taken while its signer was one stays good when the certificate ends, so that a restart on
    the day after does not part this gateway from everybody; one that comes then is refused.
    """
    signed = signed_part(octets, pinned)
    if fresh:
        check_chain(signed, pinned, now)
    found = read_entries(signed.octets)
    check_chain(signed, pinned, found.trust_list.generated_at)
    signer = signed.signer
    return VerifiedList(
        found.trust_list,
        found.skipped,
        str(subject_of(signer)),
        signer.not_valid_after_utc,
        signer.public_bytes(Encoding.DER),
    )
