"""Settings of what messages carry: how much, to whom, from whom; what is opened, and which words count.
domain.md §3.
"""

from pydantic import ByteSize, field_validator

from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Carriage
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Carrying, Count, Seconds, Size, Words, read_endpoint


class ToProfessionalSection(Section):
    """What one message to a professional may be, by the kind of mailbox that sends it."""

    per: Carrying = Carriage()
    """From a person's mailbox."""

    org: Carrying = Carriage()
    """From a service's mailbox."""

    app: Carrying = Carriage()
    """From a program's mailbox."""

    cab: Carrying = Carriage()
    """From a practice's mailbox."""

    citizen: Carrying = Carriage()
    """From a citizen's mailbox."""

    def of(self, kind: BalKind) -> Carriage:
        """What mailboxes of a kind may send there."""
        return {
            BalKind.PER: self.per,
            BalKind.ORG: self.org,
            BalKind.APP: self.app,
            BalKind.CAB: self.cab,
            BalKind.CITIZEN: self.citizen,
        }[kind]


class ToCitizenSection(Section):
    """What one message to a citizen may be, by the kind of mailbox that sends it."""

    per: Carrying = Carriage()
    """From a person's mailbox."""

    org: Carrying = Carriage()
    """From a service's mailbox."""

    app: Carrying = Carriage()
    """From a program's mailbox."""

    cab: Carrying = Carriage()
    """From a practice's mailbox."""

    def of(self, kind: BalKind) -> Carriage | None:
        """What mailboxes of a kind may send there; None for those that send nothing."""
        return {
            BalKind.PER: self.per,
            BalKind.ORG: self.org,
            BalKind.APP: self.app,
            BalKind.CAB: self.cab,
        }.get(kind)


class ArchivesSection(Section):
    """How far archives among the attachments are opened; what goes further is refused from anyone."""

    unpacked: Size = ByteSize(100_000_000)
    """What all archives of one attachment may unpack to."""

    ratio: Count = 100
    """How many times its own size an archive may unpack to, from 1 MB on."""

    files: Count = 2_000
    """Files in one archive."""


class DocumentsSection(Section):
    """The words by which health documents (CDA, XDM, HL7 v2) say who may not see them; case is ignored."""

    not_for_patient: Words = ("INVISIBLE_PATIENT",)
    """Never sent to the citizen."""

    not_for_professionals: Words = ("MASQUE_PS",)
    """Sent to the citizen only."""

    not_for_representatives: Words = ("INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_REP_LEGAUX")
    """Never sent to a mailbox that legal representatives read."""


class AntivirusSection(Section):
    """ClamAV, if the operator runs it: every message is scanned, none is taken while it does not answer."""

    clamd: str = ""
    """Where clamd listens: the path of its Unix socket, or host:port; empty scans nothing. Its
    StreamMaxLength has to be larger than `limits.message_size`."""

    connections: Count = 4
    """Messages scanned at once."""

    timeout: Seconds = 60
    """For one message, the wait for its turn included."""

    @field_validator("clamd")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value and not value.startswith("/"):
            read_endpoint(value)
        return value
