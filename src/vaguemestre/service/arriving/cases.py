"""The facts that rules decide on, read in one transaction: a case for each recipient. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import Pair
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.access import is_read_by_representatives
from vaguemestre.policy.case import Case, Standing
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.parties import number_of
from vaguemestre.service.conversations.soliciting import solicitation_of
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.trust.standing import ALONE, Beyond, correspondent_at, standing_of


def case_for(
    tx: Transaction,
    policy: Policy,
    sender: Party,
    recipient: Address,
    citizens: int,
    now: datetime,
    facts: MessageFacts | None = None,
    references: Sequence[bytes] = (),
    beyond: Beyond = ALONE,
) -> Case:
    """The facts of one recipient. ``beyond`` says who is in the trust space, and what is published there."""
    bal = tx.bals.by_address(recipient)
    case = Case(now, policy, sender, recipient, bal, citizens, content=facts)
    if bal is None and not case.is_ours:
        standing = standing_of(beyond.trust, recipient.domain_key)
        is_reached = standing is Standing.LISTED and not case.is_relayed
        holder = correspondent_at(policy, beyond, sender, recipient) if is_reached else None
        case = replace(case, standing=standing, holder=holder)
    elif bal is not None and bal.is_citizen:
        case = _of_citizen(tx, case, bal)
    return _between(tx, case, references)


def _of_citizen(tx: Transaction, case: Case, bal: Bal) -> Case:
    """Whom he has blocked; who reads his mailbox, and by which addresses he is known, if there are documents.

    Rules on documents alone ask for these (``policy.rulebook``), and they are two reads of every message.
    """
    facts = case.content
    writers = (case.sender.address, *(facts.from_ if facts is not None else ()))  # on somebody's behalf, too
    is_blocked = any(tx.blocks.is_blocked(bal.id, writer) for writer in dict.fromkeys(writers))
    if facts is None or not facts.has_documents:
        return replace(case, is_blocked=True) if is_blocked else case
    return replace(
        case,
        holder_is_read_by_representatives=is_read_by_representatives(tx.grants.of_bal(bal.id), case.now),
        aliases=tx.aliases.of(bal.id),
        is_blocked=is_blocked,
    )


def _between(tx: Transaction, case: Case, references: Sequence[bytes]) -> Case:
    """The conversations of a citizen who writes with the professional he writes to."""
    holder = case.holder
    if holder is None or holder.is_citizen or not case.from_citizen:
        return case
    citizen = number_of(tx, case.sender)
    if citizen is None:
        return case
    between = tx.conversations.pairs(citizen=citizen, professional=holder.address)
    found = tx.conversations.found_by(citizen, references) if references and between else None
    return replace(
        case,
        between=tuple(between),
        answered=next((pair for pair in between if pair.conversation == found), None),
        alone=None if case.content is None or references else _alone(between),
        solicitation=None if case.bal is None else solicitation_of(tx, case.bal, between, case.now),
    )


def _alone(between: Sequence[Pair]) -> Pair | None:
    """The only one that is open: what a message answers that names nothing."""
    is_open = [pair for pair in between if pair.closed_at is None]
    return is_open[0] if len(is_open) == 1 else None


def of_one_conversation(cases: Sequence[Case]) -> Sequence[Case]:
    """A message stands in one conversation: what would be presumed to answer two answers none."""
    presumed = {case.presumed.conversation for case in cases if case.presumed is not None}
    return cases if len(presumed) < 2 else [replace(case, alone=None) for case in cases]


def citizen_addresses(
    policy: Policy, recipients: Sequence[Address], facts: MessageFacts | None = None
) -> dict[str, Address]:
    """The different addresses at citizen domains, those that the header shows included, by their keys.

    Software may send one message a recipient, each with all of them in To: they would see one another.
    """
    shown = (*facts.to, *facts.cc, *facts.bcc) if facts is not None else ()
    return {a.key: a for a in (*recipients, *shown) if policy.is_of_citizens(a)}


def citizens_among(tx: Transaction, addresses: Mapping[str, Address]) -> int:
    """How many people these are: a former and a later INS are one person's."""
    if len(addresses) <= 1:
        return len(addresses)
    holders = {key: tx.bals.by_address(address) for key, address in addresses.items()}
    return len({key if bal is None else bal.id for key, bal in holders.items()})
