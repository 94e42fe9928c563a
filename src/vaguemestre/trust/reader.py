"""Octets become a trust list, or are refused: ``service.trust_list_port.TrustListReader``. domain.md §6."""

from datetime import datetime

from vaguemestre.service.subjects import subject_of
from vaguemestre.service.trust_list_port import VerifiedList
from vaguemestre.trust.entries import read_entries
from vaguemestre.trust.signature import Pinned, check_chain, signed_part


class SignedListReader:
    """Takes what one signer signed, and nothing else."""

    def __init__(self, pinned: Pinned) -> None:
        self._pinned = pinned

    def read(self, octets: bytes, now: datetime, *, fresh: bool) -> VerifiedList:
        """The list. Raises TrustListRefused.

        A list that was taken while its signer was one stays good when the certificate ends, so that a restart
        on the day after does not part this gateway from everybody; one that comes then is refused.
        """
        signed = signed_part(octets, self._pinned)
        if fresh:
            check_chain(signed, self._pinned, now)
        found = read_entries(signed.octets)
        check_chain(signed, self._pinned, found.trust_list.generated_at)
        signer = signed.signer
        return VerifiedList(
            found.trust_list, found.skipped, str(subject_of(signer)), signer.not_valid_after_utc
        )
