"""Whose mail this server keeps, and which people elsewhere are citizens. domain.md §2."""

from pydantic import model_validator

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Domains


class DomainsSection(Section):
    """Whose mail this server keeps."""

    professional: Domains = ()
    """Domains of professionals' mailboxes (PER, ORG, APP, CAB)."""

    citizen: Domains = ()
    """Domains of citizens' mailboxes, `<matricule INS>@domain`."""

    citizen_elsewhere: Domains = ()
    """Domains of citizens' mailboxes that other operators run, such as `patient.mssante.fr`: whoever has an
    address there is a citizen, in conversations too."""

    @model_validator(mode="after")
    def _apart(self) -> "DomainsSection":
        both = sorted(set(self.professional) & {*self.citizen, *self.citizen_elsewhere})
        if both:
            raise ValueError(f"{', '.join(both)} cannot be professional and citizen at once")
        twice = sorted(set(self.citizen) & set(self.citizen_elsewhere))
        if twice:
            raise ValueError(f"{', '.join(twice)} cannot be here and elsewhere at once")
        return self
