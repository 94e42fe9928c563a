"""Values with meaningful defaults, for tests: ``a_professional()``, ``a_citizen()``, ``some_facts(…)``.

Every person and number here is fictitious; the matricules are those of public test identities.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.mail.message import Attachment, MessageFacts
from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.limits import CitizenMayWrite, InsKeyCheck, Limits, Policy, ReplyWithoutReference

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DOCTOR = "claire.martin@cabinet.mssante.fr"
OTHER_DOCTOR = "paul.durand@cabinet.mssante.fr"
CITIZEN = "279035121518989@patient.mssante.fr"
OTHER_CITIZEN = "277076322082910@patient.mssante.fr"


def a_policy(
    citizen_may_write: CitizenMayWrite = CitizenMayWrite.REPLY,
    ins_key: InsKeyCheck = InsKeyCheck.REFUSE,
    limits: Limits | None = None,
    reply_without_reference: ReplyWithoutReference = ReplyWithoutReference.IF_REPLY,
) -> Policy:
    """One professional domain, one citizen domain."""
    return Policy(
        frozenset({"cabinet.mssante.fr"}),
        frozenset({"patient.mssante.fr"}),
        citizen_may_write,
        ins_key,
        limits or Limits(),
        reply_without_reference,
        frozenset({"SA33", "SA38"}),
    )


def a_bal(
    address: str, kind: BalKind, state: BalState = BalState.ACTIVE, quota: int = 0, used: int = 0
) -> Bal:
    """An account whose number is read off its address, so that two addresses are two accounts."""
    number = BalId(1 + sum(map(ord, address)))
    return Bal(number, parse_address(address), kind, state, "", None, None, quota, used, NOON)


def a_professional(
    address: str = DOCTOR, kind: BalKind = BalKind.PER, state: BalState = BalState.ACTIVE
) -> Bal:
    """A doctor, unless another kind is asked for."""
    return a_bal(address, kind, state)


def a_citizen(address: str = CITIZEN, state: BalState = BalState.ACTIVE) -> Bal:
    """A citizen."""
    return a_bal(address, BalKind.CITIZEN, state)


def an_attachment(
    detected_type: str = "application/pdf", name: str = "lettre.pdf", size: int = 20_000
) -> Attachment:
    """A small PDF."""
    return Attachment(name, "application/pdf", detected_type, size)


def some_facts(
    from_: str = DOCTOR,
    subject: str = "Compte rendu",
    references: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
    size: int = 2_000,
    mss_mes: str | None = None,
    has_bare_line_end: bool = False,
    has_nul: bool = False,
    binary_flaw: BinaryFlaw | None = None,
) -> MessageFacts:
    """An ordinary letter."""
    return MessageFacts(
        size=size,
        subject=subject,
        message_id="<letter@cabinet.mssante.fr>",
        references=tuple(references),
        from_=(parse_address(from_),),
        unreadable_from=False,
        reply_to=_addresses(reply_to),
        to=_addresses(to),
        cc=_addresses(cc),
        mss_mes=mss_mes,
        expires=None,
        attachments=tuple(attachments),
        has_bare_line_end=has_bare_line_end,
        has_nul=has_nul,
        binary_flaw=binary_flaw,
    )


def a_pair(
    citizen: Bal,
    professional: Bal,
    closed: bool = False,
    conversation: int = 1,
    by: ClosedBy = ClosedBy.SUBJECT,
) -> Pair:
    """A conversation between two people, open unless said otherwise."""
    return Pair(
        ConversationId(conversation),
        citizen.id,
        professional.address,
        NOON,
        NOON if closed else None,
        by if closed else None,
    )


def a_case(
    sender: Bal,
    holder: Bal | None,
    *,
    recipient: str | None = None,
    policy: Policy | None = None,
    citizens: int = 1,
    between: Sequence[Pair] = (),
    answered: Pair | None = None,
    content: MessageFacts | None = None,
) -> Case:
    """One message for one recipient."""
    address = (
        parse_address(recipient) if recipient is not None else holder.address if holder else Address("", "")
    )
    return Case(
        NOON, policy or a_policy(), sender, address, holder, citizens, tuple(between), answered, content
    )


def a_sender_case(
    sender: Bal,
    reverse_path: str | None = "",
    *,
    declared_size: int | None = None,
    recipient_count: int = 1,
    content: MessageFacts | None = None,
    policy: Policy | None = None,
) -> SenderCase:
    """A sender under his own address, unless told otherwise (None: the null reverse-path)."""
    path = sender.address if reverse_path == "" else parse_address(reverse_path) if reverse_path else None
    return SenderCase(policy or a_policy(), sender, path, declared_size, recipient_count, content)


def _addresses(texts: Sequence[str]) -> tuple[Address, ...]:
    return tuple(parse_address(text) for text in texts)
