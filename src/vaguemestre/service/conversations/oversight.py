"""The operator's hand on conversations: listed, closed and opened from the command line. domain.md §2."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.policy.limits import Policy
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.arriving.parties import address_of
from vaguemestre.service.conversations.life import close_pairs, open_pairs, owe_that_open_again
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

MOST_ENTRIES: Final = 10_000  # of one citizen, each way: years of openings and closings


class ConversationUnknown(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """No such conversation, or that professional is not in it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations: of an account, with another, open or closed, opened or closed since a day."""

    account: Address | None = None
    other: Address | None = None
    is_open: bool | None = None
    since: datetime | None = None

    def takes(self, pair: Pair) -> bool:
        """Whether it is one of them, as far as accounts do not tell."""
        if self.is_open is not None and (pair.closed_at is None) is not self.is_open:
            return False
        return self.since is None or max(pair.opened_at, pair.closed_at or pair.opened_at) >= self.since


class Oversight:
    """Conversations as the operator sees them: who with whom, open or closed, never what was said."""

    def __init__(self, store: Store, clock: Clock, policy: Policy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy

    async def pairs(
        self, address: Address | None = None, open_only: bool = False
    ) -> list[tuple[Pair, Address]]:
        """Pairs with their citizen, of one account or of all. Raises AccountUnknown."""
        return await self.find(Wanted(address, is_open=True if open_only else None))

    async def find(self, wanted: Wanted) -> list[tuple[Pair, Address]]:
        """Pairs with their citizen; either side may be at another operator. Raises AccountUnknown."""

        def unit(tx: Transaction) -> list[tuple[Pair, Address]]:
            if wanted.account is not None and not self._is_known(tx, wanted.account):
                raise AccountUnknown(
                    f"No account has the address {wanted.account}, and no conversation names it"
                )
            asked = [one for one in (wanted.account, wanted.other) if one is not None]
            sides = [self._side(tx, one) for one in asked]
            professionals = [side for side in sides if isinstance(side, Address)]
            citizens = [side for side in sides if side is not None and not isinstance(side, Address)]
            if len(professionals) > 1 or len(citizens) > 1 or None in sides:
                return []  # a conversation has one citizen, and a pair one professional
            citizen, professional = next(iter(citizens), None), next(iter(professionals), None)
            found = tx.conversations.pairs(
                citizen=citizen, professional=professional, open_only=wanted.is_open is True
            )
            return _with_citizens(tx, [pair for pair in found if wanted.takes(pair)])

        return await self._store.read(unit)

    def _side(self, tx: Transaction, address: Address) -> PartyId | Address | None:
        """How pairs name who has that address: a citizen by number; None elsewhere for whom nobody met."""
        bal = tx.bals.by_address(address)
        if bal is not None:
            return bal.id if bal.is_citizen else bal.address
        return tx.correspondents.known(address) if self._policy.is_of_citizens(address) else address

    def _is_known(self, tx: Transaction, address: Address) -> bool:
        """Whether an account has it, or a conversation names it."""
        if tx.bals.by_address(address) is not None:
            return True
        side = self._side(tx, address)
        if isinstance(side, Address):
            return bool(tx.conversations.pairs(professional=side))
        return side is not None

    async def history(self, conversation: ConversationId) -> list[JournalEntry]:
        """When it was opened and closed, by whom and why, the oldest first. Raises ConversationUnknown."""
        citizen = (await self.show(conversation))[0][0].citizen

        def unit(tx: Transaction) -> list[JournalEntry]:
            found = [
                entry
                for event in ("conversation_opened", "conversation_closed")
                for entry in tx.journal.entries(citizen, event, MOST_ENTRIES)
                if entry.detail.get("conversation") == str(conversation)
            ]
            found.reverse()  # of the same moment, the first written stands first
            return sorted(found, key=lambda entry: entry.at)

        return await self._store.read(unit)

    async def show(self, conversation: ConversationId) -> list[tuple[Pair, Address]]:
        """The pairs of one conversation. Raises ConversationUnknown."""

        def unit(tx: Transaction) -> list[tuple[Pair, Address]]:
            return _with_citizens(tx, tx.conversations.pairs(conversation=conversation))

        pairs = await self._store.read(unit)
        if not pairs:
            raise ConversationUnknown(f"There is no conversation {conversation}")
        return pairs

    async def close(
        self,
        conversation: ConversationId,
        operator: str,
        professional: Address | None = None,
        reason: str = "",
    ) -> list[Pair]:
        """Close it for one professional or for all; which pairs were open. The citizen is told.

        Raises ConversationUnknown.
        """
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Pair]:
            pairs = _chosen(tx, conversation, professional)
            return close_pairs(tx, pairs, ClosedBy.OPERATOR, f"operator:{operator}", now, _line(reason))

        return await self._store.write(unit, "close conversation", is_long=True)

    async def open(
        self,
        conversation: ConversationId,
        operator: str,
        professional: Address | None = None,
        reason: str = "",
    ) -> list[Pair]:
        """Open it again for one professional or for all; which pairs were closed. Raises as ``close``."""
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Pair]:
            pairs = _chosen(tx, conversation, professional)
            wanted = [pair.professional for pair in pairs]
            opened = open_pairs(
                tx,
                conversation,
                pairs[0].citizen,
                wanted,
                f"operator:{operator}",
                now,
                reason=_line(reason),
            )
            changed = [pair for pair in pairs if pair.professional in opened]
            for pair in changed:
                owe_that_open_again(tx, pair, now)
            return changed

        return await self._store.write(unit, "open conversation", is_long=True)


def _line(reason: str) -> str:
    return " ".join(reason.split())


def _chosen(tx: Transaction, conversation: ConversationId, professional: Address | None) -> list[Pair]:
    bal = None if professional is None else tx.bals.by_address(professional)
    named = professional if bal is None else bal.address  # an alias stands for its holder
    pairs = tx.conversations.pairs(conversation=conversation, professional=named)
    if not pairs:
        who = f" with {professional}" if professional is not None else ""
        raise ConversationUnknown(f"There is no conversation {conversation}{who}")
    return pairs


def _with_citizens(tx: Transaction, pairs: list[Pair]) -> list[tuple[Pair, Address]]:
    citizens = {pair.citizen: address_of(tx, pair.citizen) for pair in pairs}
    return [(pair, address) for pair in pairs if (address := citizens[pair.citizen]) is not None]
