"""Where the domains of other operators stand, by the trust list of this moment. domain.md §6."""

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import Correspondent
from vaguemestre.policy.case import Standing
from vaguemestre.policy.limits import Policy
from vaguemestre.service.trust_port import Trust


def standing_of(trust: Trust | None, domain_key: str) -> Standing:
    """Of a domain that is not ours. ``trust`` None: this gateway exchanges mail with nobody."""
    if trust is None:
        return Standing.ALONE
    if not trust.is_current:
        return Standing.UNKNOWN
    return Standing.LISTED if trust.lists(domain_key) else Standing.OUTSIDE


def correspondent_at(policy: Policy, address: Address) -> Correspondent:
    """Whoever has that address elsewhere."""
    return Correspondent(address, policy.is_of_citizens(address))
