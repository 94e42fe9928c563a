"""Conversations: found, opened, continued, closed, inside a unit of work. domain.md §2.

Message identifiers lead from an answer to its conversation. They are content, so only their keyed digests
are kept: ``IdentifierDigest`` makes them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.case import Standing
from vaguemestre.policy.limits import Policy
from vaguemestre.service.conversations.keywords import show_state
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.owed_elsewhere import OwedElsewhere, Whom
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.trust.standing import standing_of

CLOSING_SUBJECT = "[FIN]"  # exactly, case included: domain.md §2
CLOSING_HEADER = "FIN"  # of X-MSS-MES: domain.md §4


class IdentifierDigest:
    """Makes the digests by which message identifiers are known: keyed, 16 octets."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, identifiers: Iterable[str]) -> list[bytes]:
        """One digest for each identifier, in their order."""
        return [
            hashlib.blake2b(text.encode(errors="surrogateescape"), key=self._key, digest_size=16).digest()
            for text in identifiers
        ]


@dataclass(frozen=True, slots=True)
class Closing:
    """What a professional's message closes: every conversation with the citizen, or its own."""

    by: ClosedBy

    @property
    def closes_all(self) -> bool:
        """[FIN] closes all of them, the header just its own."""
        return self.by is ClosedBy.SUBJECT


def closing_of(facts: MessageFacts) -> Closing | None:
    """Whether a professional's message asks to close, and how. domain.md §2."""
    if facts.subject == CLOSING_SUBJECT:
        return Closing(ClosedBy.SUBJECT)
    if facts.mss_mes == CLOSING_HEADER:
        return Closing(ClosedBy.HEADER)
    return None


@dataclass(frozen=True, slots=True)
class Professionals:
    """The professionals a message names in its header, found by address: who has no mailbox here is nobody.

    At another operator of the trust space nobody knows who has one: every address there counts.
    A header is the sender's to write, so ``most`` addresses of each field are looked at and no more; an
    alias stands for its holder, under the address by which a rule will look for the pair.
    """

    tx: Transaction
    policy: Policy
    trust: Trust | None
    most: int

    def among(self, addresses: Sequence[Address]) -> list[Address]:
        """Those who are professionals in the trust space, in their order."""
        found = map(self._found, addresses[: self.most])
        return [address for address in found if address is not None]

    def _found(self, address: Address) -> Address | None:
        if self.policy.is_of_citizens(address):
            return None
        if address.domain_key in self.policy.professional_domains:
            holder = self.tx.bals.by_address(address)
            return holder.address if holder is not None and holder.kind.is_professional else None
        is_listed = standing_of(self.trust, address.domain_key) is Standing.LISTED
        return address if is_listed else None


class Answerable(NamedTuple):
    """Whom a citizen may answer once a message is filed, each once: domain.md §2.

    ``own`` is the sender, or instead of him the Reply-To addresses inside the trust space; ``copied`` are the
    professionals in To and Cc.
    """

    own: tuple[Address, ...]
    copied: tuple[Address, ...]


def answerable(facts: MessageFacts, sender: Address, professionals: Professionals) -> Answerable:
    """Whom this message makes answerable."""
    own = {address.key: address for address in professionals.among(facts.reply_to) or [sender]}
    # With a Reply-To the sender asked that another address be answered: a copy to himself changes nothing.
    copied = (*professionals.among(facts.to), *professionals.among(facts.cc))
    others = {address.key: address for address in copied if address.key not in {*own, sender.key}}
    return Answerable(tuple(own.values()), tuple(others.values()))


def sender_addresses(
    facts: MessageFacts, sender: Address, professionals: Professionals
) -> tuple[Address, ...]:
    """The addresses under which this sender may hold a pair: his own and his Reply-To."""
    return tuple({a.key: a for a in (sender, *professionals.among(facts.reply_to))}.values())


def continue_or_start(
    tx: Transaction, citizen: PartyId, digests: Sequence[bytes], now: datetime
) -> tuple[ConversationId, bool]:
    """The conversation that one of the digests leads to, or a new one; and whether it is new."""
    found = tx.conversations.found_by(citizen, digests) if digests else None
    return (found, False) if found is not None else (tx.conversations.start(citizen, now).id, True)


def open_pairs(
    tx: Transaction,
    conversation: ConversationId,
    citizen: PartyId,
    professionals: Iterable[Address],
    actor: str,
    now: datetime,
    *,
    is_new: bool = False,
    reason: str = "",
) -> list[Address]:
    """Open those that are not, with a line in the journal of the citizen for each; which they were.

    Whom the citizen has blocked is passed over: a colleague's Reply-To must not bring him back.
    ``is_new``: the conversation has no message yet that would show it. ``reason``: as ``close_pairs``.
    """
    wanted = [one for one in professionals if not tx.blocks.is_blocked(citizen, one)]
    opened = [one for one in wanted if tx.conversations.open_pair(conversation, one, now)]
    for professional in opened:
        detail = {"conversation": str(conversation), "professional": str(professional)}
        if reason:
            detail["reason"] = reason
        tx.journal.record(JournalEntry(now, actor, "conversation_opened", citizen, detail))
    if opened and not is_new:
        show_state(tx, conversation, opened)
    return opened


def close_pairs(
    tx: Transaction, pairs: Iterable[Pair], by: ClosedBy, actor: str, now: datetime, reason: str = ""
) -> list[Pair]:
    """Close those that are open, with a line in the journal of the citizen for each; which they were.

    Whoever has to be told is, soon, by ``closing_notices``, beside: nothing else has to be done for it.
    ``reason`` is what whoever closes wants to be read there.
    """
    closed = []
    for pair in pairs:
        if tx.conversations.close_pair(pair.conversation, pair.professional, by, now):
            closed.append(pair)
            detail = {
                "conversation": str(pair.conversation),
                "professional": str(pair.professional),
                "by": str(by),
            }
            if reason:
                detail["reason"] = reason
            tx.journal.record(JournalEntry(now, actor, "conversation_closed", pair.citizen, detail))
            _owe_notices(tx, pair, by, now)
    for conversation in dict.fromkeys(pair.conversation for pair in closed):
        show_state(tx, conversation, [p.professional for p in closed if p.conversation == conversation])
    return closed


# Beside the citizen, the professional is told of what he did not do himself. Who blocks knows it, and the one
# he blocks learns it from the refusal of his next letter: no reason is owed to him (domain.md §2).
_TELLS_PROFESSIONAL: Final = frozenset({ClosedBy.OPERATOR, ClosedBy.INACTIVITY, ClosedBy.ACCOUNT})
# A message that closes goes to the citizen wherever he is, and closes at his operator as it does here.
_TELLS_ITSELF: Final = frozenset({ClosedBy.SUBJECT, ClosedBy.HEADER})


def _owe_notices(tx: Transaction, pair: Pair, by: ClosedBy, now: datetime) -> None:
    if by is ClosedBy.BLOCKED:
        return
    citizen = tx.bals.by_id(pair.citizen)
    professional = tx.bals.by_address(pair.professional)
    if citizen is not None:
        tx.owed_notices.owe(citizen.id, pair.conversation, by, now)
    elif professional is not None and by not in _TELLS_ITSELF:
        _owe_elsewhere(tx, Whom.CITIZEN, pair, by, now)
    if by not in _TELLS_PROFESSIONAL:
        return
    if professional is not None:
        tx.owed_notices.owe(professional.id, pair.conversation, by, now)
    elif tx.correspondents.known(pair.professional) is not None:  # who was only named in a header is not told
        _owe_elsewhere(tx, Whom.PROFESSIONAL, pair, by, now)


def owe_that_open_again(tx: Transaction, pair: Pair, now: datetime) -> None:
    """No message of the professional's opened it: a citizen elsewhere has to be told, and his operator."""
    if tx.bals.by_id(pair.citizen) is None and tx.bals.by_address(pair.professional) is not None:
        _owe_elsewhere(tx, Whom.CITIZEN, pair, None, now)


def _owe_elsewhere(tx: Transaction, whom: Whom, pair: Pair, by: ClosedBy | None, now: datetime) -> None:
    tx.owed_elsewhere.owe(OwedElsewhere(whom, pair.professional, pair.conversation, by, now))
