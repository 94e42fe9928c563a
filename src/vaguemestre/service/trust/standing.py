"""What is known beyond this gateway. domain.md §6, §7.

Where domains stand, by the trust list of this moment, and which services the directory publishes.
"""

from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import Correspondent, Party
from vaguemestre.policy.case import Standing
from vaguemestre.policy.limits import Policy
from vaguemestre.service.ports.directory import Directory, service_in
from vaguemestre.service.ports.trust import Trust


class Beyond(NamedTuple):
    """Who can be asked; ``trust`` None: this gateway exchanges mail with nobody."""

    trust: Trust | None = None
    directory: Directory | None = None


ALONE: Final = Beyond()
"""A gateway that knows of nobody else."""


def standing_of(trust: Trust | None, domain_key: str) -> Standing:
    """Of a domain that is not ours. ``trust`` None: this gateway exchanges mail with nobody."""
    if trust is None:
        return Standing.ALONE
    if not trust.is_current:
        return Standing.UNKNOWN
    return Standing.LISTED if trust.lists(domain_key) else Standing.OUTSIDE


def correspondent_at(policy: Policy, beyond: Beyond, sender: Party, address: Address) -> Correspondent:
    """Whoever has that address elsewhere. Raises StoreBusyError.

    The directory is asked when a citizen writes to a professional, and of nobody else: a pharmacy alone is
    something else to him than the others (PHA-1), and every other message is spared the question.
    """
    known = Correspondent(address, policy.is_of_citizens(address))
    if beyond.directory is None or known.is_citizen or not (sender.is_citizen and policy.pharmacy_sectors):
        return known
    found = service_in(beyond.directory.listings(address), policy.pharmacy_sectors)
    return known if found is None else Correspondent(address, False, found.sector, found.finess)
