"""A trust space in memory, for tests that need no list: who is in it, and by which certificate."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.support.builders import NOON

from vaguemestre.mail.distinguished_name import DistinguishedName, parse_name
from vaguemestre.mail.peer import Peer

CLINIC = "clinique.mssante.fr"
PATIENTS = "patients.example.fr"
"""A domain of citizens that another operator runs."""
SUBJECT = parse_name("CN=smtp.clinique.mssante.fr,OU=1750000001,O=Clinique Fictive,C=FR")


@dataclass(slots=True)
class ATrustSpace:
    """``service.ports.trust.Trust``: which domains each name may speak for; tests change it."""

    domains: dict[DistinguishedName, frozenset[str]] = field(
        default_factory=lambda: {SUBJECT: frozenset({CLINIC, PATIENTS})}
    )
    is_current: bool = True
    generated_at: datetime | None = NOON

    def lists(self, domain: str) -> bool:
        """Whether that domain is in it."""
        return any(domain.lower() in domains for domains in self.domains.values())

    def accepts(self, domain: str, subject: DistinguishedName) -> bool:
        """Whether that name may speak for it."""
        return domain.lower() in self.domains_of(subject)

    def domains_of(self, subject: DistinguishedName) -> frozenset[str]:
        """What that name may speak for."""
        return self.domains.get(subject, frozenset())


def a_peer() -> Peer:
    """An operator with a clinic's professionals and a domain of citizens."""
    return Peer(SUBJECT, frozenset({CLINIC, PATIENTS}), "192.0.2.7", "mx.clinique.example")
