"""What a message does to its conversation: opens it, continues it, closes it, opens it again. domain.md §2.

Each professional's side is his own. A letter opens again what its sender had closed, or the address he asks
to be answered at; a colleague who is only named in copy gets a side if he never had one, and one that he
closed stays closed: answering to all must not undo what another decided.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.correspondent import Party, PartyId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.parties import number_for, number_of
from vaguemestre.service.conversations.life import (
    Closing,
    Professionals,
    answerable,
    close_pairs,
    closing_of,
    continue_or_start,
    open_pairs,
    sender_addresses,
)
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.trust import Trust


class Letter(Protocol):
    """What is asked of a message that is being filed.

    ``references`` are the digests of what it answers, nearest first; ``identifier`` that of its Message-ID.
    ``actor`` is who sent it, as the journal has him. ``trust`` says who is in the trust space.
    """

    @property
    def sender(self) -> Party: ...  # noqa: D102

    @property
    def actor(self) -> str: ...  # noqa: D102

    @property
    def facts(self) -> MessageFacts: ...  # noqa: D102

    @property
    def references(self) -> Sequence[bytes]: ...  # noqa: D102

    @property
    def identifier(self) -> Sequence[bytes]: ...  # noqa: D102

    @property
    def now(self) -> datetime: ...  # noqa: D102

    @property
    def trust(self) -> Trust | None: ...  # noqa: D102


class MessageWithCopies(Letter, Protocol):
    """The same, with the sealed copies of it."""

    @property
    def account(self) -> Bal:
        """Its sender, where an account of ours sends it."""
        ...

    def copy_of(self, bal: Bal) -> BodyId:
        """The one that this holder receives."""
        ...


def professionals_of(tx: Transaction, policy: Policy, letter: Letter) -> Professionals:
    """Who is looked for in a header, and how far."""
    return Professionals(tx, policy, letter.trust, policy.limits.recipients)


def continue_from_citizen(
    tx: Transaction, letter: Letter, holders: Iterable[Party], thread: ConversationId | None
) -> ConversationId:
    """The conversation a citizen's message belongs to; a new one when he may write anew (CONV-3, PHA-1).

    Whoever he may write to, and is not in it yet, gets his side of it.
    """
    is_new = thread is None
    citizen = number_for(tx, letter.sender, letter.now)
    if thread is None:
        thread = tx.conversations.start(citizen, letter.now).id
    addressed = [party.address for party in holders if is_new or _is_stranger(tx, thread, party.address)]
    open_pairs(tx, thread, citizen, addressed, letter.actor, letter.now, is_new=is_new)
    for digest in letter.identifier:
        tx.conversations.remember(thread, digest, letter.now)
    return thread


def continue_from_professional(
    tx: Transaction, policy: Policy, letter: Letter, citizen: Party
) -> ConversationId:
    """Open, continue or close the conversation of a professional's message."""
    facts, sender, now = letter.facts, letter.sender, letter.now
    number = number_for(tx, citizen, now)
    thread, is_new = continue_or_start(tx, number, letter.references, now)
    for digest in letter.identifier:
        tx.conversations.remember(thread, digest, now)
    closing = closing_of(facts)
    if closing is not None:
        _close(tx, policy, letter, number, thread, closing)
        return thread
    whom = answerable(facts, sender.address, professionals_of(tx, policy, letter))
    opened = [*whom.own, *(one for one in whom.copied if is_new or _is_stranger(tx, thread, one))]
    open_pairs(tx, thread, number, opened, letter.actor, now, is_new=is_new)
    return thread


def thread_of_report(tx: Transaction, letter: Letter, holders: Iterable[Party]) -> ConversationId | None:
    """Where a report stands: with what it reports on. It opens and closes nothing, whoever it comes from.

    An automatic answer from another operator stands there too, and may be answered as what it is under.
    """
    for party in (*holders, letter.sender):
        number = number_of(tx, party)
        found = None if number is None else tx.conversations.found_by(number, letter.references)
        if found is not None:
            if letter.facts.notification is None and letter.facts.failures is None:
                for digest in letter.identifier:
                    tx.conversations.remember(found, digest, letter.now)
            return found
    return None


def _is_stranger(tx: Transaction, thread: ConversationId, professional: Address) -> bool:
    return tx.conversations.pair(thread, professional) is None


def _close(
    tx: Transaction,
    policy: Policy,
    letter: Letter,
    citizen: PartyId,
    thread: ConversationId,
    closing: Closing,
) -> None:
    facts, sender, now = letter.facts, letter.sender, letter.now
    if closing.closes_all:
        # The sender's own pairs only: a Reply-To must not close what a colleague has open.
        pairs = tx.conversations.pairs(citizen=citizen, professional=sender.address, open_only=True)
    else:
        mine = sender_addresses(facts, sender.address, professionals_of(tx, policy, letter))
        pairs = [p for a in mine if (p := tx.conversations.pair(thread, a)) is not None]
    close_pairs(tx, pairs, closing.by, letter.actor, now)
