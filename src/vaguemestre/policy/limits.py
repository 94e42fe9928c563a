"""The numbers and choices that rules read: settings, as the rules see them. domain.md §2, §3."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.correspondent import Party
from vaguemestre.policy.access import PARIS

MEGABYTE: Final = 1_000_000  # the official texts count in MB, so do the refusals


class CitizenMayWrite(StrEnum):
    """What a citizen may do while a conversation is open; two official texts differ (domain.md §2)."""

    REPLY = "reply"  # answer in it, nothing else
    WHILE_OPEN = "while-open"  # also write anew to that professional


class ReplyWithoutReference(StrEnum):
    """A citizen's message that names no message it answers, while one conversation is open."""

    REFUSE = "refuse"  # it is a new message
    IF_REPLY = "if-reply"  # a reply when its subject says so: some programs drop the fields that say it
    IF_ONE_OPEN = "if-one-open"  # it belongs to the conversation that is open, whatever it says


class InsKeyCheck(StrEnum):
    """What becomes of an address whose INS key is wrong (domain.md §2)."""

    REFUSE = "refuse"  # production
    WARN = "warn"  # a demonstration realm: public tutorials use a wrong key


class Destination(StrEnum):
    """To whom a message goes, as limits tell."""

    PROFESSIONAL = "professional"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What one message may be: octets as it travels, of its attachments once decoded, and their number."""

    message: int = 25 * MEGABYTE  # what the patient domain takes at most
    attachments: int = 10 * MEGABYTE
    count: int = 50

    def __str__(self) -> str:
        return f"{megabytes(self.message)} message, {megabytes(self.attachments)} in {self.count} attachments"


USUAL: Final = Carriage()


class Bound(NamedTuple):
    """What a message may be at most; ``is_recipients``: whoever receives it, others may be sent more."""

    octets: int
    is_recipients: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """``message_size`` bounds what is taken from anyone, ``carriage`` what goes to whom from which kind."""

    message_size: int = 25 * MEGABYTE
    recipients: int = 100
    longest_hold: timedelta = timedelta(
        days=30
    )  # of a message that is to be released later; none: not offered
    held: int = 1_000  # messages of one account that wait to be released
    carriage: Mapping[tuple[Destination, BalKind], Carriage] = field(default_factory=dict)
    _largest: Mapping[BalKind | None, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """What is asked four times a message is computed once."""
        kinds: tuple[BalKind | None, ...] = (*BalKind, None)
        largest = {kind: self.largest_message(kind, Destination) for kind in kinds}
        object.__setattr__(self, "_largest", largest)

    def carried(self, destination: Destination, sender: BalKind | None) -> Carriage:
        """What a message from that kind of mailbox to that destination may be.

        Of a professional elsewhere the kind is unknown: each thing is what the most favoured kind may send.
        """
        if sender is not None:
            return self.carriage.get((destination, sender), USUAL)
        kinds = [self.carried(destination, kind) for kind in BalKind if kind.is_professional]
        return Carriage(*(max(map(attrgetter(name), kinds)) for name in ("message", "attachments", "count")))

    def largest_message(
        self, sender: BalKind | None, destinations: Iterable[Destination] | None = None
    ) -> int:
        """What that kind of mailbox may send to any of these, or to anybody, in octets."""
        if destinations is None:
            return self._largest[sender]
        allowed = (self.carried(destination, sender).message for destination in destinations)
        return min(self.message_size, max(allowed, default=self.message_size))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one account may do; ``recipients`` of one message, ``connections`` at once to submit by."""

    messages_a_minute: int
    messages_a_day: int
    recipients: int
    recipients_a_day: int
    connections: int

    def __str__(self) -> str:
        return (
            f"{self.messages_a_minute} messages/minute, {self.messages_a_day} messages/day, "
            f"{self.recipients} recipients/message, {self.recipients_a_day} recipients/day, "
            f"{self.connections} connections"
        )


BOUNDLESS: Final = Allowance(2**31, 2**31, 2**31, 2**31, 2**31)


@dataclass(frozen=True, slots=True)
class Marks:
    """The words, in capitals, by which a document says who may not see it. domain.md §4."""

    not_for_patient: frozenset[str] = frozenset({"INVISIBLE_PATIENT"})
    not_for_professionals: frozenset[str] = frozenset({"MASQUE_PS"})
    not_for_representatives: frozenset[str] = frozenset(
        {"INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_REP_LEGAUX"}
    )

    @property
    def all(self) -> frozenset[str]:
        """Every one."""
        return self.not_for_patient | self.not_for_professionals | self.not_for_representatives


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the rules are told beside the facts of a case. Domains are folded to lower case.

    ``citizen_domains_elsewhere`` are run by other operators: who has an address there is a citizen too.
    ``peer_allowance`` is that of each other operator.
    """

    professional_domains: frozenset[str]
    citizen_domains: frozenset[str]
    citizen_may_write: CitizenMayWrite = CitizenMayWrite.REPLY
    ins_key: InsKeyCheck = InsKeyCheck.REFUSE
    limits: Limits = Limits()
    reply_without_reference: ReplyWithoutReference = ReplyWithoutReference.IF_REPLY
    pharmacy_sectors: frozenset[str] = frozenset()
    checks_dispensation: bool = False
    allowances: Mapping[BalKind, Allowance] = field(default_factory=dict)
    marks: Marks = Marks()
    zone: tzinfo = PARIS  # where professionals' clocks hang
    citizen_domains_elsewhere: frozenset[str] = frozenset()
    peer_allowance: Allowance = BOUNDLESS

    def allowance_of(self, kind: BalKind) -> Allowance:
        """What accounts of that kind may do; without bound when nothing is said of it."""
        return self.allowances.get(kind, BOUNDLESS)

    def recipients_of(self, kind: BalKind | None) -> int:
        """How many recipients a message of theirs may have; the kind of somebody elsewhere is unknown."""
        if kind is None:
            return self.limits.recipients
        return min(self.limits.recipients, self.allowance_of(kind).recipients)

    def destination_of(self, address: Address) -> Destination:
        """Where an address leads, as far as its domain says."""
        return Destination.CITIZEN if self.is_of_citizens(address) else Destination.PROFESSIONAL

    def is_of_citizens(self, address: Address) -> bool:
        """Whether the domain is one of citizens, ours or another operator's."""
        domain = address.domain_key
        return domain in self.citizen_domains or domain in self.citizen_domains_elsewhere

    def is_pharmacy(self, party: Party) -> bool:
        """Whether citizens may write to it first: a published service of one of the sectors. domain.md §2."""
        if isinstance(party, Bal) and (party.kind is not BalKind.ORG or party.is_unlisted):
            return False
        return party.sector in self.pharmacy_sectors

    def is_ours(self, domain_key: str) -> bool:
        """Whether this gateway holds the mailboxes of that domain."""
        return domain_key in self.professional_domains or domain_key in self.citizen_domains


def megabytes(octets: int) -> str:
    """``11.2 MB``: how sizes are said in a refusal; never rounded down onto the limit itself."""
    whole, tenths = divmod(-(-octets * 10 // MEGABYTE), 10)
    return f"{whole}.{tenths} MB" if tenths else f"{whole} MB"


def megaoctets(octets: int) -> str:
    """``11,2 Mo``: the same in French."""
    return megabytes(octets).replace(".", ",").replace("MB", "Mo")
